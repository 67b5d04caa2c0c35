/* SPDX-License-Identifier: MIT
 * markup.h: text of any bytes inside XML and HTML. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_MARKUP_H
#define FORMAT_MARKUP_H

#include <stddef.h>
#include <stdio.h>

/* Writes a terminated text for an attribute in quotes or for one line of content. NULL writes
 * nothing. Escapes < > & and quotes. Bytes that are not printable (base/text.h), newlines included,
 * become '?'. */
void markup_line(FILE *out, const char *text);
/* Writes `size` bytes for content of many lines: newlines and tabs stay. A NUL must follow the
 * bytes; a NUL among them becomes '?'. */
void markup_block(FILE *out, const char *text, size_t size);

#endif
