/* SPDX-License-Identifier: MIT
 * warden.h: the process between monitor and supervisor.
 *
 * The warden runs no user code and is the ancestor of every process that does. So it can report how
 * the supervisor died, kill every process that the supervisor left behind, and, when the monitor
 * dies, even by SIGKILL, kill them all and remove the scratch directory. As the ancestor of all
 * targets it is the injector, too. Each supervisor has a warden of its own. The monitor forks the
 * warden without an exec and calls these functions. Not async-signal-safe.
 *
 * Runs in: monitor (the functions), warden (what they fork).
 */
#ifndef WARDEN_WARDEN_H
#define WARDEN_WARDEN_H

#include <signal.h>
#include <sys/types.h>

#include "recorder/recorder.h"
#include "base/base.h"

struct share_points;

struct warden {
    pid_t pid;
    int pipe; /* socket to the warden: readable when the supervisor is gone; closing it kills the
               * supervisor */
};

/* What becomes the supervisor. */
struct warden_program {
    const char *path;                   /* the program to execute; NULL: call `host` */
    int (*host)(int argc, char **argv); /* our own program as the host of a workload */
    int argc;
    char **argv;
    char **envp;
    int keep[4];     /* descriptors that it inherits at the same numbers; -1: unused */
    int output;      /* becomes its stdout and stderr */
    const struct scratch *scratch; /* the warden removes it if the monitor dies; NULL: none */
    int injector;        /* the warden's end of the socket for listeners; -1: none */
    struct share_points *points; /* for the injector; NULL: it records none */
    const struct recorder_task *record; /* not NULL: a recorder instead of the injector */
};

/* How the supervisor ended. */
struct warden_death {
    siginfo_t info; /* from waitid() */
    struct warden_failure {
        int code;   /* errno; 0: it was started */
        bool exec;  /* the program could not be executed; else the harness failed before */
    } failure;
    int strays;     /* processes that the warden killed after it */
};

/* Forks the warden, which forks and executes the supervisor: in the warden's session, killed
 * (PR_SET_PDEATHSIG) when the warden dies, with all signals default and unblocked, and with
 * /dev/null as its standard input. Returns 0, or -1 with `error`. */
int warden_start(struct warden *warden, const struct warden_program *program, struct error *error);
/* Kills the supervisor and all processes below it. Receive the death as usual. */
void warden_kill(const struct warden *warden);
/* Sends SIGABRT to the supervisor, whose crash handler has its stack read and lets it die. It may
 * fail to, so call warden_kill() later. */
void warden_abort(const struct warden *warden);
/* Hand over the memory of injection (first) and the control memory. The descriptors stay the
 * caller's. If the warden is gone, its death reports that. */
void warden_share(const struct warden *warden, int fd);
void warden_control(const struct warden *warden, int fd);
/* Hands over a memory of the workload, for the recorder: the global state (0), the actor states
 * (1). */
void warden_memory(const struct warden *warden, unsigned number, int fd);
/* Tells the warden that the rules in the memory of injection have changed. */
void warden_rules(const struct warden *warden);
/* Receives the death when `pipe` is readable, and reaps the warden. Returns 1 if it is there, 0 if
 * not yet, -1 with `error` if the warden itself died: then the processes below it are dead, or have
 * become children of the monitor, which is a subreaper and must sweep them. Closes the pipe unless
 * it returns 0. */
int warden_receive(struct warden *warden, struct warden_death *ret, struct error *error);

#endif
