/* SPDX-License-Identifier: MIT
 * hostile_offspring.c: an actor that leaves things behind or floods the machine: processes,
 * programs, output, descriptors.
 */
#include "hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void linger(void)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    hostile_hang();
}

static enum stress_outcome daemonise(struct stress_actor *a)
{
    pid_t child = fork();
    if (child < 0)
        return stress_actor_fail(a, "fork: %s", strerror(errno));
    if (child == 0) {
        setsid();
        if (fork() == 0)
            linger();
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return STRESS_UNCOUNTED;
}

enum { BOMB = 200 };

/* Every process keeps forking until there are enough of them. */
static _Noreturn void explode(struct hostile_world *world)
{
    while (atomic_fetch_add(&world->processes, 1) < BOMB)
        (void)!fork();
    linger();
}

static enum stress_outcome fork_bomb(struct stress_actor *a)
{
    struct hostile_world *world = stress_actor_global(a);
    atomic_store(&world->processes, 1);
    pid_t child = fork();
    if (child < 0)
        return stress_actor_fail(a, "fork: %s", strerror(errno));
    if (child == 0)
        explode(world);
    while (atomic_load(&world->processes) < BOMB && !stress_actor_stopping(a))
        hostile_pause_for(1000000);
    return STRESS_UNCOUNTED;
}

static enum stress_outcome execute(struct stress_actor *a, const char *program,
                                   const char *argument)
{
    execl(program, program, argument, (char *)NULL);
    return stress_actor_fail(a, "%s: %s", program, strerror(errno));
}

static enum stress_outcome exec_true(struct stress_actor *a)
{
    return execute(a, "/bin/true", NULL);
}

static enum stress_outcome exec_sleep(struct stress_actor *a)
{
    return execute(a, "/bin/sleep", "1000");
}

/* A process outside the runner kills it, so that death comes at any instruction of the fast loop.
 * It compares the runner's parent, because the runner may be gone already. */
static enum stress_outcome dies_any_moment(struct stress_actor *a)
{
    static bool armed;
    struct hostile_state *state = stress_actor_state(a);
    pid_t self = getpid();
    state->operations++; /* the next one comes here again */
    if (armed) {
        state->misdeeds--;
        return STRESS_UNCOUNTED;
    }
    long after = (long)stress_random_below(stress_actor_random(a), 2000000);
    pid_t child = fork();
    if (child < 0)
        return stress_actor_fail(a, "fork: %s", strerror(errno));
    if (child == 0) {
        hostile_pause_for(after);
        if (getppid() == self)
            kill(self, SIGKILL);
        _exit(0);
    }
    armed = true;
    return STRESS_UNCOUNTED;
}

static enum stress_outcome print_gigabyte(struct stress_actor *a)
{
    static char chunk[1 << 20];
    memset(chunk, 'x', sizeof(chunk));
    for (size_t i = 79; i < sizeof(chunk); i += 80)
        chunk[i] = '\n';
    for (size_t left = (size_t)hostile_megabytes << 20; left;) {
        ssize_t n = write(2, chunk, sizeof(chunk));
        if (n < 0 && errno != EINTR)
            return stress_actor_fail(a, "write: %s", strerror(errno));
        left -= n > 0 ? ((size_t)n < left ? (size_t)n : left) : 0;
    }
    return STRESS_UNCOUNTED;
}

static enum stress_outcome close_everything(struct stress_actor *a)
{
    if (syscall(SYS_close_range, 0u, ~0u, 0u))
        return stress_actor_fail(a, "close_range: %s", strerror(errno));
    return STRESS_UNCOUNTED;
}

/* An object that the harness shares with this process must not make the harness wait. */
static enum stress_outcome block_descriptors(struct stress_actor *a)
{
    int off = 0;
    (void)a;
    for (int fd = 0; fd < 1 << 16; fd++)
        ioctl(fd, FIONBIO, &off);
    return STRESS_UNCOUNTED;
}

static enum stress_outcome use_up_descriptors(struct stress_actor *a)
{
    while (open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
        ;
    if (errno != EMFILE && errno != ENFILE)
        return stress_actor_fail(a, "open: %s", strerror(errno));
    return STRESS_UNCOUNTED;
}

/* Waits until the driver releases it. */
static enum stress_outcome wait_for_file(struct stress_actor *a)
{
    if (access("go", F_OK))
        ((struct hostile_state *)stress_actor_state(a))->misdeeds--;
    return hostile_idle();
}

const struct hostile_row hostile_offspring[] = {
    { "waits-for-file", wait_for_file },
    { "daemon", daemonise },
    { "fork-bomb", fork_bomb },
    { "exec-true", exec_true },
    { "exec-sleep", exec_sleep },
    { "dies-any-moment", dies_any_moment },
    { "prints-1-GB", print_gigabyte },
    { "closes-descriptors", close_everything },
    { "blocks-descriptors", block_descriptors },
    { "uses-up-descriptors", use_up_descriptors },
    { 0 }
};
