/* SPDX-License-Identifier: MIT
 * episode.h: `crash` runs a workload hundreds of times, each in a fresh environment. To load it and
 * to say what it is takes longer than most runs, so that is done once: the process that did so
 * forks the supervisor of each episode, one after the other. It runs no hook and keeps no memory of
 * the run; each supervisor begins with what was there before any setup. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_EPISODE_H
#define SUPERVISOR_EPISODE_H

#include "supervisor/state.h"

/* For who runs a workload many times. */
/* Goes on in a child, which is the supervisor of one episode; then in another one, as long as the
 * last one said episode_wants_another(). Their parent never returns: it ends as its last child. */
int episode_begin(struct supervisor *s, struct error *error);
void episode_wants_another(struct supervisor *s);
/* Of the last episode nothing is to be left in the control memory. */
void episode_clear_control(struct stress_env *env);

#endif
