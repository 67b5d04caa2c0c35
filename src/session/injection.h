/* SPDX-License-Identifier: MIT
 * injection.h: the rules of injection become memory that warden and supervisor share; what became
 * of them is written down. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_INJECTION_H
#define SESSION_INJECTION_H

#include "session/state.h"

/* On the first DEFINITION: checks the rules against it and makes the memory. -1: one that can never
 * match, or the like: wrong usage. */
int session_injection_open(struct session *session, struct error *error);
/* Writes down the faults that were put in since last time. */
void session_injection_note(struct session *session);
/* Was the supervisor that just died killed by a fault, in its hook? */
bool session_injection_killed(struct session *session);

#endif
