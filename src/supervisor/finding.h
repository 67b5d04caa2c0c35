/* SPDX-License-Identifier: MIT
 * finding.h: sends a finding to the monitor with the operations around it. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_FINDING_H
#define SUPERVISOR_FINDING_H

#include "supervisor/state.h"

/* Fills in generation, description and the last operations of all actors, and sends the finding. */
int finding_send(struct supervisor *s, struct wire_finding *finding, struct error *error);
/* Writes a title such as "writer in put: SIGSEGV". */
void finding_title(struct wire_finding *finding, const char *type, const char *where,
                   const char *what);
/* Sends a finding about the environment itself, with one line of text. */
int finding_environment(struct supervisor *s, enum wire_finding_kind kind, struct error *error,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Sends a finding about the current hook: `before`, then the reason that the hook gave. */
int finding_of_hook(struct supervisor *s, enum wire_finding_kind kind, const char *before,
                    struct error *error);

#endif
