/* SPDX-License-Identifier: MIT
 * finding.h: brings together a finding, its stack and the output of the process: gives the finding
 * its title, recognises a finding that the run has already, and decides what is kept of it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_FINDING_H
#define SESSION_FINDING_H

#include "session/state.h"

/* Puts a finding into the record and, if it is new, into the run directory and on the screen. Stops
 * the run at its last permitted finding (--max-findings). */
void session_finding(struct session *session, const struct wire_finding *finding);
/* Writes a finding of the record into the run directory and shows it. */
void session_publish(struct session *session, struct record_finding *finding);
/* Keeps a copy of the scratch directory for each new finding, if --keep says so. */
void session_finding_keep(struct session *session);
/* A reset begins: the findings of this generation learn how the servers ended meanwhile, and what
 * they wrote. */
void session_finding_servers(struct session *session);
/* The reset that followed the latest findings is over: adds it to them. */
void session_finding_reset(struct session *session, const struct wire_generation *generation);

#endif
