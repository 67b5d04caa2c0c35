/* SPDX-License-Identifier: MIT
 * watch.c: see watch.h. The pipe is read when the command has ended. One that writes more than a
 * pipe holds waits until its time is over.
 */
#include "supervisor/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/outbox.h"
#include "supervisor/spawn.h"

#define WATCH_EVERY_NS CLOCK_SECOND
#define WATCH_MOST_NS (5 * CLOCK_SECOND)

void watch_begin(struct supervisor *s)
{
    s->watch.due_ns = s->env.watch ? clock_now() : CLOCK_NEVER;
}

static void forget(struct watch *watch)
{
    kill(-watch->pid, SIGKILL); /* what it has left in its group */
    watch->pid = 0;
    close(watch->pipe);
}

void watch_end(struct supervisor *s)
{
    struct watch *watch = &s->watch;
    pid_t pid = watch->pid;
    watch->due_ns = CLOCK_NEVER;
    if (pid <= 0)
        return;
    kill(-pid, SIGKILL);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    forget(watch);
}

uint64_t watch_deadline(const struct supervisor *s)
{
    if (!s->env.watch)
        return CLOCK_NEVER;
    return s->watch.pid > 0 ? s->watch.kill_ns : s->watch.due_ns;
}

/* If it cannot be started now, it is tried again. */
static void start(struct supervisor *s, uint64_t now)
{
    const char *const argv[] = { "/bin/sh", "-c", s->env.watch, NULL };
    struct watch *watch = &s->watch;
    int ends[2];
    watch->due_ns = now + WATCH_EVERY_NS;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return;
    fcntl(ends[1], F_SETFL, 0); /* the command's end blocks */
    pid_t pid = spawn_command(&(struct spawn_command){ .argv = argv, .output = ends[1] });
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return;
    }
    *watch = (struct watch){ .pid = pid, .group = pid, .pipe = fd_raise(ends[0]), .begun_ns = now,
                             .due_ns = watch->due_ns, .kill_ns = now + WATCH_MOST_NS };
}

void watch_expire(struct supervisor *s, uint64_t now)
{
    struct watch *watch = &s->watch;
    if (watch_deadline(s) > now)
        return;
    if (watch->pid <= 0) {
        start(s, now);
        return;
    }
    kill(-watch->pid, SIGKILL);
    watch->late = true;
    watch->kill_ns = CLOCK_NEVER;
}

bool watch_is(const struct supervisor *s, pid_t pid)
{
    return pid > 0 && pid == s->watch.pid;
}

/* Its output as one line. */
static void read_line(int pipe, char *line, size_t size)
{
    ssize_t n = read(pipe, line, size - 1);
    size_t used = n > 0 ? (size_t)n : 0;
    while (used > 0 && strchr(" \t\r\n", line[used - 1]))
        used--;
    for (size_t i = 0; i < used; i++)
        if (line[i] == '\n' || line[i] == '\0')
            line[i] = ' ';
    line[used] = '\0';
}

int watch_reaped(struct supervisor *s, const siginfo_t *info, struct error *error)
{
    struct wire_watch body = { .at_ns = s->watch.begun_ns };
    char end[48] = "", line[WIRE_WATCHED - sizeof end];
    read_line(s->watch.pipe, line, sizeof line);
    if (s->watch.late)
        snprintf(end, sizeof end, "(killed: it took longer than 5 s)");
    else
        text_ending(info->si_code, info->si_status, end, sizeof end);
    snprintf(body.text, sizeof body.text, "%s%s%s", line, *line && *end ? " " : "", end);
    forget(&s->watch);
    return outbox_put(s, WIRE_WATCH, &body, sizeof body, error);
}
