/* SPDX-License-Identifier: MIT
 * crasher.c: an actor that crashes or hangs in ways that make its stack hard to read; stack.test
 * runs it. `-- --row=NAME` selects the way. With the argument "serve" it is a server that crashes.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stress.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __clang__
#define ALONE __attribute__((noinline))
#else
#define ALONE __attribute__((noinline, noclone))
#endif

struct world {
    _Atomic uint64_t operations;
    struct stress_lock locks[2];
    _Atomic unsigned holders;
};

static int *volatile nowhere; /* NULL */
static volatile int sink; /* used after a call, so that the caller's frame stays */
static void (*volatile nobody)(void); /* NULL */
static const char *row, *program;

/* ---- where it crashes --------------------------------------------------------------------- */

static inline __attribute__((always_inline)) void store_split(int value)
{
    *nowhere = value; /* split here */
}

ALONE static int store_insert(int value)
{
    store_split(value); /* inserted here */
    return value + 1;
}

ALONE static int store_remove(int value)
{
    *nowhere = value;
    return value + 2;
}

ALONE static int descend(volatile unsigned *levels)
{
    int below = --*levels == 0 ? store_insert(3) : descend(levels);
    sink += below;
    return below + 1;
}

/* Overwrites its own frame, its caller's and those above. */
ALONE static int smash(volatile char *here)
{
    for (int i = -64; i < 4096; i++)
        here[i] = 'A';
    *nowhere = 1;
    return here[0];
}

static int compare(const void *a, const void *b)
{
    sink += store_insert(*(const int *)a + *(const int *)b);
    return 0;
}

ALONE static void sort(void)
{
    int values[] = { 3, 2, 1 };
    qsort(values, 3, sizeof *values, compare);
}

ALONE static void call_nowhere(void)
{
    nobody();
    sink++;
}

static _Noreturn void wait_here(void)
{
    for (;;)
        pause();
}

static _Atomic int lurking;

static void *lurk(void *unused)
{
    (void)unused;
    atomic_fetch_add(&lurking, 1);
    wait_here();
}

ALONE static void crash_beside_threads(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, lurk, NULL))
            return;
    while (atomic_load(&lurking) < 3)
        sched_yield();
    sink += store_insert(4);
}

static void *crash_again(void *unused)
{
    (void)unused;
    for (volatile int i = 0; i < 1000; i++)
        ;
    sink += store_remove(2);
    return NULL;
}

ALONE static void crash_twice(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, crash_again, NULL))
            return;
    sink += store_remove(5);
}

/* ---- what goes wrong meanwhile ------------------------------------------------------------ */

/* The state of a process, its parent and its name. */
static char state_of(int pid, int *parent, char name[32])
{
    char path[64], state = '?';
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%*d (%31[^)]) %c %d", name, &state, parent) != 3)
        state = '?';
    if (file)
        fclose(file);
    return state;
}

/* A child kills this process while the tracer holds it. */
static void die_while_read(void)
{
    int self = getpid(), parent;
    char name[32];
    if (fork() == 0) {
        char state;
        do
            state = state_of(self, &parent, name);
        while (state != 't' && state != '?' && state != 'Z');
        kill(self, SIGKILL);
        _exit(0);
    }
    sink += store_insert(6);
}

static int parent_of(int pid)
{
    int parent = 0;
    char name[32];
    state_of(pid, &parent, name);
    return parent;
}

/* The worker of this run's tracer; its keeper, a child of the monitor, is protected. */
static void signal_tracers(int signo)
{
    int monitor = parent_of(parent_of(getppid()));
    DIR *all = opendir("/proc");
    struct dirent *entry;
    while (all && (entry = readdir(all))) {
        char name[32] = "";
        int pid = atoi(entry->d_name), parent = 0;
        if (pid > 1 && state_of(pid, &parent, name) != '?' && !strcmp(name, "stress-tracer")) {
            if (parent_of(parent) == monitor)
                kill(pid, signo);
        }
    }
    if (all)
        closedir(all);
}

/* Makes all sockets of the harness in this process useless. */
static void shut_down(void)
{
    for (int fd = 3; fd < 1024; fd++)
        shutdown(fd, SHUT_RDWR);
}

/* ---- rows --------------------------------------------------------------------------------- */

/* Each of two actors holds one lock and wants the other. */
ALONE static int take_second(struct stress_lock *lock)
{
    int taken = stress_lock_take(lock);
    return taken + ++sink;
}

ALONE static int take_a_then_b(struct world *world)
{
    stress_lock_take(&world->locks[0]);
    atomic_fetch_add(&world->holders, 1);
    while (atomic_load(&world->holders) < 2)
        sched_yield();
    return take_second(&world->locks[1]) + sink;
}

ALONE static int take_b_then_a(struct world *world)
{
    stress_lock_take(&world->locks[1]);
    atomic_fetch_add(&world->holders, 1);
    while (atomic_load(&world->holders) < 2)
        sched_yield();
    return take_second(&world->locks[0]) + sink;
}

static unsigned many(void)
{
    return 100000;
}

static enum stress_outcome misbehave(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    uint64_t operation = atomic_fetch_add(&world->operations, 1);
    volatile unsigned levels = many();
    stress_actor_note(a, "first");
    stress_actor_note(a, "turn=%u \t<%s>", (unsigned)operation, row);
    char here[64] = "";
    if (!strcmp(row, "insert") || (!strcmp(row, "often") && operation % 2))
        sink = store_insert(1) + 1;
    else if (!strcmp(row, "sort"))
        sort();
    else if (!strcmp(row, "deep"))
        descend(&levels);
    else if (!strcmp(row, "smashed"))
        smash(here);
    else if (!strcmp(row, "nowhere"))
        call_nowhere();
    else if (!strcmp(row, "threads"))
        crash_beside_threads();
    else if (!strcmp(row, "twice"))
        crash_twice();
    else if (!strcmp(row, "killed"))
        die_while_read();
    else if (!strcmp(row, "hang"))
        wait_here();
    else if (!strcmp(row, "deadlock"))
        sink = take_a_then_b(world) + 6;
    else if (!strcmp(row, "shuts-down")) {
        if (operation == 1)
            shut_down();
        sink = store_insert(12) + 5;
    } else if (!strcmp(row, "hook"))
        return STRESS_RESET;
    else if (!strcmp(row, "two") && operation % 2)
        sink = store_insert(7) + 2;
    else if (!strcmp(row, "two"))
        sink = store_remove(8) + 3;
    else if (!strcmp(row, "tracer-killed") || !strcmp(row, "tracer-stopped")) {
        if (operation == 1)
            signal_tracers(!strcmp(row, "tracer-killed") ? SIGKILL : SIGSTOP);
        sink = store_insert(9) + 4;
    } else if (!strcmp(row, "asserts")) {
        fprintf(stderr, "crasher: it is %lu\n", (unsigned long)operation);
        abort();
    }
    return STRESS_OK;
}

/* So that no run ends before the bad actor has had its turns. */
static enum stress_outcome behave(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    const struct timespec pause = { 0, 100000 };
    nanosleep(&pause, NULL);
    if (!strcmp(row, "deadlock"))
        sink = take_b_then_a(world) + 7;
    return atomic_load(&world->operations) > 6 ? STRESS_OK : STRESS_UNCOUNTED;
}

static const struct stress_action_spec actions[] = {
    { .name = "put", .weight = 1, .perform = misbehave },
    { .name = "move", .weight = 1, .perform = misbehave },
    { 0 }
};

static const struct stress_actor_spec actors[] = {
    { .name = "writer", .actions = actions }, { .name = "reader", .perform = behave }, { 0 }
};

static enum stress_env_result start_server(struct stress_env *env)
{
    const char *const argv[] = { program, "serve", NULL };
    const struct stress_server_spec spec = { .name = "store", .argv = argv, .ready_line = "ready" };
    if (strcmp(row, "server") != 0)
        return STRESS_ENV_OK;
    return stress_env_server_start(env, &spec) ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

static enum stress_env_result setup(struct stress_env *env)
{
    row = stress_env_argument(env, "row", "insert");
    program = stress_env_argument(env, "program", "");
    struct world *world = stress_env_global(env);
    if (stress_lock_init(&world->locks[0]) < 0 || stress_lock_init(&world->locks[1]) < 0)
        return STRESS_ENV_FAIL;
    return start_server(env);
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    (void)why;
    if (!strcmp(row, "hook") && stress_env_restarts(env) == 0)
        sink = store_insert(10);
    return start_server(env);
}

static void describe(struct stress_env *env, char *text, size_t size)
{
    snprintf(text, size, "generation %lu of the store", (unsigned long)stress_env_generation(env));
}

static const struct stress_env_spec env = {
    .name = "crasher", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .reset = reset, .describe = describe
};

/* A server whose second thread crashes a little later. */
static void *serve_thread(void *unused)
{
    const struct timespec pause = { 0, 20000000 };
    nanosleep(&pause, unused);
    sink = store_insert(11);
    return NULL;
}

static int serve(void)
{
    pthread_t thread;
    raise(SIGCONT); /* what comes through the tracer goes on */
    puts("ready");
    fflush(stdout);
    if (pthread_create(&thread, NULL, serve_thread, NULL))
        return 1;
    wait_here();
}

#define main workload_main
STRESS_WORKLOAD(env)
#undef main

int main(int argc, char **argv)
{
    return argc == 2 && !strcmp(argv[1], "serve") ? serve() : workload_main(argc, argv);
}
