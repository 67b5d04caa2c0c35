/* SPDX-License-Identifier: MIT
 * messages.h: what the supervisor says. wire_receive() has checked the form of a message; here it
 * is checked against what is known of the run. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_MESSAGES_H
#define SESSION_MESSAGES_H

#include "session/state.h"

/* Takes in what is there, at most some; `all`: until nothing is. */
void session_hear(struct session *session, bool all);

#endif
