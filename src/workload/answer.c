/* SPDX-License-Identifier: MIT
 * answer.c: see answer.h.
 */
#include "workload/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

enum { ANSWER_NOTE = 64 }; /* bytes behind the text */

struct answer {
    char *to;
    size_t used, room;
    bool cut;
};

/* Reads what is there. False: the end, or nothing more now. */
static bool read_some(struct answer *answer, int pipe)
{
    char bytes[4096];
    ssize_t n = read(pipe, bytes, sizeof bytes);
    if (n <= 0)
        return false;
    size_t left = answer->room - answer->used, part = (size_t)n < left ? (size_t)n : left;
    for (size_t i = 0; i < part; i++)
        answer->to[answer->used++] = bytes[i] ? bytes[i] : '?'; /* a zero would end the text */
    answer->cut = answer->cut || part < (size_t)n;
    return true;
}

/* Returns the pid, or -1 with errno. `output`: of both kinds. */
static pid_t start(const char *line, int output)
{
    char *const argv[] = { "/bin/sh", "-c", (char *)(uintptr_t)line, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    pid_t pid = -1;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    int code = posix_spawn(&pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    errno = code;
    return code == 0 ? pid : -1;
}

/* Reads until the process ends. False: it did not until the deadline. */
static bool follow(struct answer *answer, pid_t pid, int pipe, uint64_t deadline)
{
    FD_CLEANUP int pidfd = pidfd_open(pid, 0);
    struct pollfd events[2] = { { .fd = pidfd, .events = POLLIN },
                                { .fd = pipe, .events = POLLIN } };
    while (clock_poll_timeout(deadline) != 0 && events[0].revents == 0) {
        if (poll(events, 2, clock_poll_timeout(deadline)) < 0 && errno != EINTR)
            break;
        if (events[1].revents && !read_some(answer, pipe))
            events[1].fd = -1; /* it has closed them, and goes on */
    }
    while (read_some(answer, pipe))
        continue;
    return events[0].revents != 0;
}

static void note(struct answer *answer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(struct answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    bool begun = answer->used > 0 && answer->to[answer->used - 1] != '\n';
    if (begun)
        answer->to[answer->used++] = '\n';
    vsnprintf(answer->to + answer->used, ANSWER_NOTE - begun, format, arguments);
    va_end(arguments);
}

void answer_take(const char *line, uint64_t limit_ns, char *to, size_t size)
{
    struct answer answer = { .to = to, .room = size - ANSWER_NOTE };
    siginfo_t end = { 0 };
    char text[32];
    int ends[2];
    to[0] = '\0';
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        note(&answer, "(cannot be run: %.32s)", strerror(errno));
        return;
    }
    fcntl(ends[1], F_SETFL, 0); /* the command's end blocks */
    pid_t pid = start(line, ends[1]);
    int code = errno;
    close(ends[1]);
    bool in_time = pid > 0 && follow(&answer, pid, ends[0], clock_now() + limit_ns);
    if (pid > 0)
        kill(-pid, SIGKILL); /* not reaped yet, so the pid is still its own */
    while (pid > 0 && waitid(P_PID, (id_t)pid, &end, WEXITED) < 0 && errno == EINTR)
        continue;
    close(ends[0]);
    to[answer.used] = '\0';
    if (pid < 0)
        note(&answer, "(cannot be run: %.32s)", strerror(code));
    else if (!in_time)
        note(&answer, "(killed: it took longer than %s)",
             text_format_duration(limit_ns, text, sizeof text));
    else if (*text_ending(end.si_code, end.si_status, text, sizeof text))
        note(&answer, "%s", text);
    else if (answer.cut)
        note(&answer, "(cut here)");
}
