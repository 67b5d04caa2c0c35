/* SPDX-License-Identifier: MIT
 * judge.h: an episode that judges a state: what an operation left behind was put in place, and the
 * supervisor does what it does when a fault has killed that operation. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_JUDGE_H
#define SUPERVISOR_JUDGE_H

#include "supervisor/state.h"

/* Makes the supervisor take the operation for killed, and asks for the reset. Returns 0, or -1 with
 * `error`: the workload has no such operation. */
int judge_begin(struct supervisor *s, struct error *error);
/* Can this supervisor judge the next state, too? Else another must begin, from an image that no
 * code of the workload has changed. */
bool judge_stays(const struct supervisor *s);
/* Forgets the last state. Returns 0, or -1 with `error`. */
int judge_renew(struct supervisor *s, struct error *error);

#endif
