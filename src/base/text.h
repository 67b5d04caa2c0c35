/* SPDX-License-Identifier: MIT
 * text.h: what users type and read: numbers, durations, names. Not async-signal-safe.
 *
 * Runs in: every process.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stress.h"

enum { TEXT_NAME = STRESS_NAME_MAX + 1 }; /* a name with its NUL */

/* Is the text a name: [A-Za-z0-9_.-]+, at most TEXT_NAME - 1 bytes, no leading '-' or '.'? */
bool text_is_name(const char *text);
/* Is this a name with its NUL within TEXT_NAME bytes? For bytes from shared memory or a socket. */
bool text_is_stored_name(const char bytes[TEXT_NAME]);
/* Parses the whole string as an unsigned decimal or 0x number. Returns false on a sign, other
 * characters or overflow. */
bool text_parse_u64(const char *text, uint64_t *ret_value);
/* Parses the whole string as a duration in nanoseconds: "90s" "22h" "500ms" "1h30m" "250us" "2d";
 * "0" needs no unit. Units go from large to small. Returns false on a sign, a missing or repeated
 * unit, other characters or overflow. */
bool text_parse_duration(const char *text, uint64_t *ret_ns);
/* Writes a duration for reports: "1.2 us", "90 s", "1h30m". Returns `buffer`. */
char *text_format_duration(uint64_t ns, char *buffer, size_t size);
/* The same for seconds; what is negative or no number is 0. */
char *text_format_seconds(double seconds, char *buffer, size_t size);
/* Writes how a process ended, from si_code and si_status of waitid(2): "(exit status 3)" or
 * "(killed by signal 9)"; "" if it succeeded. Returns `buffer`. */
const char *text_ending(int code, int status, char *buffer, size_t size);
/* Writes the name of a signal: "SIGSEGV", or "signal 42" if it has none. Returns `buffer`. */
const char *text_signal(int signal, char *buffer, size_t size);
/* Returns the length of the printable UTF-8 character that the terminated bytes begin with; 0: they
 * do not begin with one. Characters that change the writing direction, and those that XML does not
 * allow, are not printable. */
size_t text_printable(const char *bytes);
/* Copies a text, truncated to `size` and always terminated. Bytes that are not printable UTF-8
 * become '?'. */
void text_copy(char *to, size_t size, const char *from);
/* Adds a word to a list, with a comma before all but the first: "a, b". What does not fit is cut
 * off. */
void text_add_word(char *list, size_t size, const char *word);
/* Replaces the escapes \\, \n and \xHH, in place. Returns NULL; or where another one is, or \x00,
 * which would end the text. */
const char *text_unescape(char *text);

/* Copies a text with '#' for each number: pids, addresses and counts differ from one occurrence of
 * a message to the next. Cuts it to `size`. */
void text_without_numbers(char *to, size_t size, const char *from);

#endif
