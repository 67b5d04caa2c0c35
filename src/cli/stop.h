/* SPDX-License-Identifier: MIT
 * stop.h: the signals with which a user ends a command that runs other processes: SIGINT, SIGTERM,
 * SIGHUP and SIGQUIT. They are delivered only inside cli_wait(), so none is missed between a check
 * and the wait. A signal that was ignored when the program started, as SIGHUP is under nohup, stays
 * ignored, here and in forked processes. Only for processes with one thread.
 *
 * Runs in: monitor.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* Fills in the stop signals: those of the four that are not ignored. */
void cli_stop_signals(sigset_t *ret);
/* Blocks the stop signals and SIGCHLD outside of cli_wait(). Call once. */
void cli_catch_signals(void);
/* poll() until the deadline, a time of clock_now(). Returns -1 with EINTR after a stop signal or
 * the end of a child. */
int cli_wait(struct pollfd *fds, unsigned n, uint64_t deadline);
/* Returns the first stop signal that came; 0: none. */
int cli_stopped(void);
/* Returns how many stop signals came. */
unsigned cli_signals(void);
/* Forgets the signals that came: they were meant for another process in the foreground. */
void cli_forget_signals(void);
/* In a forked process: restores the state before cli_catch_signals(). Async-signal-safe. */
void cli_default_signals(void);

#endif
