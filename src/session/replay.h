/* SPDX-License-Identifier: MIT
 * replay.h: checks the operations of a replay file against the workload, and puts them into the
 * control memory as the list that the supervisor follows. Also reports on serial schedules. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_REPLAY_H
#define SESSION_REPLAY_H

#include "session/state.h"

/* Called on the first DEFINITION, and with `counts` once the numbers of actors are known. Returns
 * 0, or -1 if the file names an actor or an action that the workload does not have: wrong usage. */
int session_replay_check(const struct session *session, bool counts, struct error *error);
/* Puts the operations into the new control memory. Returns 0, or -1 with the reason. */
int session_replay_fill(const struct session *session, const struct layout_plan *plan,
                        struct error *error);
/* The schedule that the options and the orders ask for. */
enum wire_schedule session_replay_schedule(const struct session *session);
/* At the end of the run: says how many operations did not end in time. */
void session_replay_say(struct session *session);
/* Sets `same`, `late` and `skipped` of `ret`. */
void session_replay_result(const struct session *session, struct session_result *ret);

#endif
