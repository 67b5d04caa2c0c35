/* SPDX-License-Identifier: MIT
 * markup.h: text of any bytes inside XML and HTML. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_MARKUP_H
#define FORMAT_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* Terminated text (NULL: none) for an attribute in quotes or for one line of content: < > & and
 * quotes escaped; what is not printable (base/text.h), newlines too, becomes '?'. */
void markup_line(FILE *out, const char *text);
/* The same for content of many lines: newlines and tabs stay. `text` is terminated, but a NUL may
 * also stand before `size`. */
void markup_block(FILE *out, const char *text, size_t size);

#endif
