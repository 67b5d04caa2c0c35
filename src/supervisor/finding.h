/* SPDX-License-Identifier: MIT
 * finding.h: a finding goes to the monitor with what was going on. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_FINDING_H
#define SUPERVISOR_FINDING_H

#include "supervisor/state.h"

/* Fills in generation, description and the last operations of all actors, and sends it. */
int finding_send(struct supervisor *s, struct wire_finding *finding, struct error *error);
/* "writer in put: SIGSEGV". */
void finding_title(struct wire_finding *finding, const char *type, const char *where,
                   const char *what);
/* A finding of the environment itself: kind, one line. */
int finding_environment(struct supervisor *s, enum wire_finding_kind kind, struct error *error,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The hook under way failed: `before`, then the reason that it gave. */
int finding_of_hook(struct supervisor *s, enum wire_finding_kind kind, const char *before,
                    struct error *error);

#endif
