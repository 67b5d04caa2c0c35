/* SPDX-License-Identifier: MIT
 * messages.h: handles the messages of the supervisor. wire_receive() has checked the form of a
 * message; this file checks its content against the run. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_MESSAGES_H
#define SESSION_MESSAGES_H

#include "session/state.h"

/* Handles the messages that have arrived, and does not wait for more. `all`: all of them; else a
 * limited number, so that signals and deadlines get their turn. */
void session_hear(struct session *session, bool all);

#endif
