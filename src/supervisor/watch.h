/* SPDX-License-Identifier: MIT
 * watch.h: a command that is run every second while the actors run. What it prints goes to the
 * monitor. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_WATCH_H
#define SUPERVISOR_WATCH_H

#include "supervisor/state.h"

/* The actors begin: the command is due, if there is one. */
void watch_begin(struct supervisor *s);
/* Before hooks run: kills and reaps it. */
void watch_end(struct supervisor *s);
/* When watch_expire() has work. */
uint64_t watch_deadline(const struct supervisor *s);
/* Starts the command if it is due, and kills one that takes too long. */
void watch_expire(struct supervisor *s, uint64_t now);
/* Is this process the command? */
bool watch_is(const struct supervisor *s, pid_t pid);
/* It was reaped: sends what it printed. Returns 0, or -1 with `error`. */
int watch_reaped(struct supervisor *s, const siginfo_t *info, struct error *error);

#endif
