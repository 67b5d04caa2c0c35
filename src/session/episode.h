/* SPDX-License-Identifier: MIT
 * episode.h: one session, many episodes: the supervisor of each is forked from a process that has
 * loaded the workload (supervisor/episode.c), and begins with other rules. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_EPISODE_H
#define SESSION_EPISODE_H

#include "session/state.h"

/* Takes EPISODE: the end, or another one. */
void session_episode(struct session *session, const struct wire_message *message);
void episode_result(const struct session *session, struct session_result *ret);

#endif
