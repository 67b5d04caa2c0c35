/* SPDX-License-Identifier: MIT
 * episode.h: many episodes in one session. The supervisor of each episode is forked from a process
 * that has already loaded the workload (supervisor/episode.c), and begins with rules of its own.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_EPISODE_H
#define SESSION_EPISODE_H

#include "session/state.h"

/* Handles EPISODE: an episode has ended. Stops the session, or begins the next episode. */
void session_episode(struct session *session, const struct wire_message *message);
/* The hooks of an episode, or of the run, have returned: lets the caller of the run look. */
void session_inspect(struct session *session);
/* Writes to `ret` what came of the episode, apart from `same`, `late` and `skipped`, which become
 * zero (session_replay_result() sets them). */
void episode_result(const struct session *session, struct session_result *ret);

#endif
