/* SPDX-License-Identifier: MIT
 * launch.h: runs one command and waits until it ends, or starts a program that stays. Only one
 * thread of a process may do so. Does not allocate memory. Not async-signal-safe.
 *
 * Runs in: supervisor, runner.
 */
#ifndef WORKLOAD_LAUNCH_H
#define WORKLOAD_LAUNCH_H

#include <signal.h>

#include "base/base.h"
#include "inject/inject.h"

/* Runs argv[0], which is looked up in PATH, with default signal handlers and an empty signal mask.
 * The command dies with this process. `output` is its standard output; -1: that of this process.
 * With `inject` it is a target of injection, described by
 * *hello; `inject` may be NULL. Returns 0 when the command has ended, with si_code and si_status of
 * *ret; or -1 with the reason if it could not be started. */
int launch_wait(char *const *argv, char *const *environment, int output,
                const struct inject_plan *inject, struct enter_hello *hello, siginfo_t *ret,
                struct error *error);
/* The same for a command line of /bin/sh -c. The shell is left out where it makes no difference. */
int launch_line(const char *line, char *const *environment, int output,
                const struct inject_plan *inject, struct enter_hello *hello, siginfo_t *ret,
                struct error *error);

/* A program that stays. */
struct launch_program {
    const char *line; /* of /bin/sh -c */
    char *const *environment;
    int input, output; /* its standard input and output; the caller's own ones stay open */
    pid_t reader;      /* the process that may read its stack (Yama); 0: none */
    const struct inject_plan *inject; /* as above */
    struct enter_hello *hello;
};
/* Starts it. Returns its pid, or -1 with the reason. */
pid_t launch_program(const struct launch_program *program, struct error *error);
/* Waits until a process that was started here ends. Returns 0, or -1 with errno. */
int launch_end(pid_t pid, siginfo_t *ret);
/* Ends this process as that one ended: with its exit status, or of its signal. Returns if the
 * signal does not end it. */
void launch_die_as(const siginfo_t *end);

#endif
