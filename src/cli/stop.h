/* SPDX-License-Identifier: MIT
 * stop.h: the signals with which a user ends a command that runs other processes: SIGINT, SIGTERM
 * and SIGHUP. A command that waits is interrupted by them (EINTR) and asks cli_stopped().
 *
 * Runs in: monitor.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

/* From now on these signals are kept instead of ending the process. */
void cli_catch_signals(void);
/* The first of them that came; 0: none. Async-signal-safe. */
int cli_stopped(void);
/* Forgets it: another process in the foreground was meant. */
void cli_forget_signal(void);
/* In a forked process: they end it again. Async-signal-safe. */
void cli_default_signals(void);

#endif
