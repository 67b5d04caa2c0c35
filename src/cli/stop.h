/* SPDX-License-Identifier: MIT
 * stop.h: the signals with which a user ends a command that runs other processes: SIGINT, SIGTERM,
 * SIGHUP and SIGQUIT. They come only while the command waits in cli_wait(), so none is missed
 * between asking and waiting. One that was ignored when the program started, as SIGHUP is under
 * nohup, stays ignored, here and in the processes that are forked. For a process with one thread.
 *
 * Runs in: monitor.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* Fills in those that end a command: all that are not ignored. */
void cli_stop_signals(sigset_t *ret);
/* From now on these signals, and SIGCHLD, are blocked outside of cli_wait(). Call once. */
void cli_catch_signals(void);
/* poll(), until the deadline (clock_now()). -1 with EINTR: a signal came, or a child ended. */
int cli_wait(struct pollfd *fds, unsigned n, uint64_t deadline);
/* The first of the signals that came; 0: none. */
int cli_stopped(void);
/* How many came. */
unsigned cli_signals(void);
/* Forgets those that came: another process in the foreground was meant. */
void cli_forget_signals(void);
/* In a forked process: as it was before cli_catch_signals(). Async-signal-safe. */
void cli_default_signals(void);

#endif
