/* SPDX-License-Identifier: MIT
 * judge.h: episodes that judge a state: has the orders put it in place. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_JUDGE_H
#define SESSION_JUDGE_H

#include "session/state.h"

/* These return 0, or -1 with `error`. They do nothing in a session that judges no states. */

/* Fills what is empty at the beginning of an episode: the scratch directory, what lies beside it,
 * the global state. */
int session_judge_fill(struct session *session, struct error *error);
/* Fills the actor states, which are made after setup. Once in each episode. */
int session_judge_fill_states(struct session *session, struct error *error);

#endif
