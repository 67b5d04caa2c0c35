/* SPDX-License-Identifier: MIT
 * why.h: the decisive fact of a finding in a sentence or two: what hit which operation, where, and
 * what was in flight. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_WHY_H
#define REPORT_WHY_H

#include <jansson.h>
#include <stdbool.h>

/* The text, which the caller frees. `finding`: an entry of "findings"; `story`: its finding.json.
 * NULL: there is nothing to tell, or no memory. */
char *why_text(const json_t *finding, const json_t *story);

/* Is this operation of a story the one that the finding is about? */
bool why_is_own(const json_t *finding, const json_t *operation);
/* Did the fault hit this operation of a story? */
bool why_is_hit(const json_t *fault, const json_t *operation);
/* The number of frames of a thread down to the user's last one above the harness; all, if none is
 * the user's. */
size_t why_user_frames(const json_t *frames);

#endif
