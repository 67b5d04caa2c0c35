/* SPDX-License-Identifier: MIT
 * warden.h: the process between monitor and supervisor. It runs no user code and is the ancestor of
 * all that does, so it can make sure of three things: how the supervisor died is known; whatever
 * is left when it died is killed; and when the monitor dies, even by SIGKILL, all of it is killed
 * and the scratch directory removed. Being the ancestor of all targets it is the injector, too.
 * One warden per supervisor process. Called by the monitor; the warden is forked, not exec'ed.
 *
 * Runs in: monitor (the functions), warden (what they fork).
 */
#ifndef WARDEN_WARDEN_H
#define WARDEN_WARDEN_H

#include <signal.h>
#include <sys/types.h>

#include "base/base.h"

struct share_points;

struct warden {
    pid_t pid;
    int pipe; /* socket to the warden: readable when the supervisor is gone; closing it kills */
};

/* What becomes the supervisor. */
struct warden_program {
    const char *path;             /* executed; NULL: */
    int (*host)(int argc, char **argv); /* our own program in that role, which needs no exec */
    int argc;
    char **argv;
    char **envp;
    int keep[4];     /* descriptors it inherits at the same numbers; -1: unused */
    int output;      /* becomes its stdout and stderr */
    const char *scratch; /* removed if the monitor dies */
    int injector;        /* where the injected hand their listeners over: the warden's end */
    struct share_points *points; /* for the injector; NULL: none are recorded */
};

/* How it ended. `exec_errno` is not 0 if the program could not be executed. */
struct warden_death {
    siginfo_t info; /* of waitid() */
    int exec_errno;
    int strays;     /* processes killed after it */
};

/* Forks the warden, which forks and executes the supervisor: in a session of its own, PDEATHSIG
 * SIGKILL on the warden's death, all signals default and unblocked, stdin /dev/null. */
int warden_start(struct warden *warden, const struct warden_program *program, struct error *error);
/* Kills the supervisor and everything below it; the death is then received as usual. */
void warden_kill(const struct warden *warden);
/* The supervisor shall have its stack read and die of that, by SIGABRT: its crash handler does. It
 * may not be able to, so warden_kill() must follow. */
void warden_abort(const struct warden *warden);
/* Hands over the memory of injection (first), and the control memory. The descriptors stay the
 * caller's. If the warden is gone its death tells. */
void warden_share(const struct warden *warden, int fd);
void warden_control(const struct warden *warden, int fd);
/* The rules in the memory of injection are others now. */
void warden_rules(const struct warden *warden);
/* Receives the death when `pipe` is readable, and reaps the warden. 1: there; 0: not yet; -1: the
 * warden itself died (then everything below it is dead or a child of the monitor, a subreaper,
 * which has swept it). Closes the pipe unless 0. */
int warden_receive(struct warden *warden, struct warden_death *ret, struct error *error);

#endif
