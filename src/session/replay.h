/* SPDX-License-Identifier: MIT
 * replay.h: the operations of a replay file, checked against the workload, become the list in the
 * control memory that the supervisor goes by. Also what is said of a serial schedule. Not async-
 * signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_REPLAY_H
#define SESSION_REPLAY_H

#include "session/state.h"

/* On the first DEFINITION, and when the numbers of actors are known: -1: the file names what is not
 * there: wrong usage. */
int session_replay_check(const struct session *session, bool counts, struct error *error);
/* Puts the operations into the fresh control memory. */
int session_replay_fill(const struct session *session, const struct layout_plan *plan,
                        struct error *error);
enum wire_schedule session_replay_schedule(const struct session *session);
/* Says which operations did not end in time, at the end. */
void session_replay_say(struct session *session);
void session_replay_result(const struct session *session, struct session_result *ret);

#endif
