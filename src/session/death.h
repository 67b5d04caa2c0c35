/* SPDX-License-Identifier: MIT
 * death.h: decides what the death of a supervisor means: the end of the run, a new supervisor, a
 * finding about the environment, or an error of the harness. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_DEATH_H
#define SESSION_DEATH_H

#include "session/state.h"

/* Acts on the death of the supervisor at hand: sets session->over, or starts the next
 * supervisor. */
void session_death(struct session *session, const struct warden_death *death);

#endif
