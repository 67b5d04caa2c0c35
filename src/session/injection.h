/* SPDX-License-Identifier: MIT
 * injection.h: puts the injection rules into memory that the warden and the supervisor share, and
 * logs the faults that they caused. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_INJECTION_H
#define SESSION_INJECTION_H

#include "session/state.h"

/* On the first DEFINITION: checks the rules against it and makes the memory. Returns 0, or -1 with
 * the reason. error->code is 0 for wrong usage, such as a rule that can never match. */
int session_injection_open(struct session *session, struct error *error);
/* Appends the faults since the last call to events.jsonl. */
void session_injection_note(struct session *session);
/* Whether a fault killed the supervisor in a hook since the last call. */
bool session_injection_killed(struct session *session);

/* Returns for how long faults have delayed or stopped the reset hook, and the servers that hooks
 * wait for. */
uint64_t session_injection_held(const struct session *session);

#endif
