/* SPDX-License-Identifier: MIT
 * peer_threads.c: a peer to measure against: one thread for each actor sends a message for each
 * operation to a thread that counts, without isolation. Usage: peer_threads THREADS SECONDS; prints
 * the counted operations per second.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

enum { QUEUE = 1024, THREADS_MAX = 256 };

struct message {
    uint32_t actor, outcome;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    struct message messages[QUEUE];
    uint64_t sent, received;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER,
            .not_empty = PTHREAD_COND_INITIALIZER,
            .not_full = PTHREAD_COND_INITIALIZER };

static uint64_t counted[THREADS_MAX];
static _Atomic int stop;

static void send_message(struct message message)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.sent - queue.received == QUEUE)
        pthread_cond_wait(&queue.not_full, &queue.lock);
    queue.messages[queue.sent++ % QUEUE] = message;
    pthread_cond_signal(&queue.not_empty);
    pthread_mutex_unlock(&queue.lock);
}

static struct message receive_message(void)
{
    pthread_mutex_lock(&queue.lock);
    while (queue.sent == queue.received)
        pthread_cond_wait(&queue.not_empty, &queue.lock);
    struct message message = queue.messages[queue.received++ % QUEUE];
    pthread_cond_signal(&queue.not_full);
    pthread_mutex_unlock(&queue.lock);
    return message;
}

static __attribute__((noinline)) uint32_t trivial(uint64_t *calls)
{
    ++*calls;
    return 0;
}

static void *actor_main(void *argument)
{
    uint32_t actor = (uint32_t)(uintptr_t)argument;
    uint64_t calls = 0;
    while (!atomic_load_explicit(&stop, memory_order_relaxed))
        send_message((struct message){ actor, trivial(&calls) });
    return NULL;
}

static void *counter_main(void *argument)
{
    (void)argument;
    for (;;) {
        struct message message = receive_message();
        if (message.actor == THREADS_MAX)
            return NULL;
        if (message.outcome == 0)
            counted[message.actor]++;
    }
}

int main(int argc, char **argv)
{
    unsigned threads = argc > 1 ? (unsigned)atoi(argv[1]) : 4;
    unsigned seconds = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
    pthread_t actors[THREADS_MAX], counter;
    uint64_t total = 0, begun = clock_now();
    if (threads == 0 || threads > THREADS_MAX || pthread_create(&counter, NULL, counter_main, NULL))
        return EXIT_FAILURE;
    for (uintptr_t i = 0; i < threads; i++)
        if (pthread_create(&actors[i], NULL, actor_main, (void *)i))
            return EXIT_FAILURE;
    sleep(seconds);
    atomic_store(&stop, 1);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(actors[i], NULL);
    send_message((struct message){ THREADS_MAX, 0 });
    pthread_join(counter, NULL);
    for (unsigned i = 0; i < threads; i++)
        total += counted[i];
    printf("%.0f\n", (double)total * 1e9 / (double)(clock_now() - begun));
    return EXIT_SUCCESS;
}
