/* SPDX-License-Identifier: MIT
 * death.h: what the death of a supervisor means: the end, a new supervisor, a finding of the
 * environment, or an error of the harness. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_DEATH_H
#define SESSION_DEATH_H

#include "session/state.h"

void session_death(struct session *session, const struct warden_death *death);

#endif
