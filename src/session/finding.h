/* SPDX-License-Identifier: MIT
 * finding.h: a finding, its stack and what the process wrote come together: what it is called,
 * which of those already there it is, and what of it is kept. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_FINDING_H
#define SESSION_FINDING_H

#include "session/state.h"

/* Puts a finding into the record, the run directory and on the screen. */
void session_finding(struct session *session, const struct wire_finding *finding);
void session_publish(struct session *session, struct record_finding *finding);
/* The reset that followed the last findings is over. */
void session_finding_reset(struct session *session, const struct wire_generation *generation);

#endif
