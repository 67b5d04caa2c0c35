/* SPDX-License-Identifier: MIT
 * text.h: what users type and read: numbers, durations, names. Any process; not
 * async-signal-safe.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stress.h"

enum { TEXT_NAME = STRESS_NAME_MAX + 1 }; /* a name with its NUL */

/* [A-Za-z0-9_.-]+, at most TEXT_NAME - 1 bytes, no leading '-' or '.'. */
bool text_is_name(const char *text);
/* The same for bytes from shared memory or a socket: NUL-terminated within TEXT_NAME, too. */
bool text_is_stored_name(const char bytes[TEXT_NAME]);
/* An unsigned decimal or 0x number; the whole string; false on a sign, rubbish or overflow. */
bool text_parse_u64(const char *text, uint64_t *ret_value);
/* "90s" "22h" "500ms" "1h30m" "250us" "2d"; a bare "0". Nanoseconds; the whole string; false on a
 * sign, a missing or repeated unit, rubbish or overflow. */
bool text_parse_duration(const char *text, uint64_t *ret_ns);
/* "1.2 us", "90 s", "1h30m": for reports. Returns `buffer`. */
char *text_format_duration(uint64_t ns, char *buffer, size_t size);
/* "SIGSEGV", or "signal 42" for a signal without a name. Returns `buffer`. */
const char *text_signal(int signal, char *buffer, size_t size);
/* Length of the printable UTF-8 character that terminated bytes begin with; 0: there is none. A
 * change of writing direction is not printable, nor is what XML does not allow. */
size_t text_printable(const char *bytes);
/* Copies with truncation, always terminated; bytes that are not printable UTF-8 become '?'. */
void text_copy(char *to, size_t size, const char *from);

#endif
