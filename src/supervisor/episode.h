/* SPDX-License-Identifier: MIT
 * episode.h: runs a workload many times without loading it again.
 *
 * crash runs a workload hundreds of times, each time in a fresh environment. Loading it takes
 * longer than most of these runs, so one process loads it once and forks the supervisor of each
 * episode, one after the other. This parent runs no hook and maps no memory of a run, so each
 * supervisor begins in the state before any setup. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_EPISODE_H
#define SUPERVISOR_EPISODE_H

#include "supervisor/state.h"

/* Returns in a child, which becomes the supervisor of an episode. When that child ends after
 * episode_wants_another(), returns in another child. Never returns in the parent, which ends in the
 * same way as its last child. Returns 0, or -1 with `error`. */
int episode_begin(struct supervisor *s, struct error *error);
/* Tells the parent to fork another supervisor when this one has exited with status 0. */
void episode_wants_another(struct supervisor *s);
/* Clears what the last episode left in the control memory. */
void episode_clear_control(struct stress_env *env);

#endif
