/* SPDX-License-Identifier: MIT
 * site.h: where in the program a step was taken: the stack of its call. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_SITE_H
#define CRASH_SITE_H

#include <jansson.h>

#include "crash/state.h"

enum { SITE_TEXT = 160 };

/* Marks the call that took a step. `wanted` has an element for each call of the recording. */
void site_want(const struct crash_source *source, uint64_t step, bool *wanted);
/* Reads the stacks of the calls that are marked. Those that are known are not read again. Returns
 * 0, or -1: no memory. */
int site_read(struct crash_source *source, const bool *wanted);
void site_free(struct crash_source *source);
/* Returns the place of a step: "store.c:70", "in put"; "": it is not known. */
const char *site_text(const struct crash_source *source, uint64_t step);
/* Writes what tells the place from others, also where it has no name. Returns `to`. */
const char *site_key(const struct crash_source *source, uint64_t step, char *to, size_t size);
/* Returns the stack as a list of texts, innermost first, without the C library and the harness (a
 * new reference). NULL: it is not known, or no memory. */
json_t *site_stack(const struct crash_source *source, uint64_t step);

#endif
