/* SPDX-License-Identifier: MIT
 * json.h: members of JSON objects (jansson): any text or number is set as valid JSON, and read with
 * a fallback if a file has something else. Not async-signal-safe.
 *
 * Runs in: monitor, tracer.
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Set a member. When memory runs out, they free *object and set it to NULL, where it stays: check
 * it once, at the end. */
void member_set(json_t **object, const char *key, json_t *value); /* takes over `value` */
void member_text(json_t **object, const char *key, const char *text); /* NULL or "": null */
void member_count(json_t **object, const char *key, uint64_t value);  /* at most INT64_MAX */
void member_hex(json_t **object, const char *key, uint64_t value);    /* "0x1f" */
void member_seconds(json_t **object, const char *key, uint64_t ns);   /* to the microsecond */
void member_instant(json_t **object, const char *key, uint64_t unix_s); /* "2023-11-14T22:13:20Z" */
/* Sets those of the members that `from` has; `keys` ends with NULL. */
void member_copy(json_t **object, const json_t *from, const char *const *keys);
/* Appends an element to an array in the same way. Takes over `value`. */
void member_append(json_t **array, json_t *value);
/* Returns the text as a JSON string (a new reference); NULL: memory ran out. Bytes that are not
 * printable UTF-8 become '?'; newlines stay. */
json_t *member_string(const char *text);

/* Read a member. `object` may be NULL or of any type. */
uint64_t member_get_count(const json_t *object, const char *key); /* 0: no such count */
double member_get_real(const json_t *object, const char *key);    /* 0: no such number */
/* Returns the instant that member_instant() has set, as seconds since 1970; 0: there is none. */
int64_t member_get_instant(const json_t *object, const char *key);
/* Is it that text? */
bool member_is(const json_t *object, const char *key, const char *text);
/* Copies one printable line, cut to `size`; `fallback` if there is no such text. Returns `buffer`.
 */
const char *member_get_text(const json_t *object, const char *key, const char *fallback,
                            char *buffer, size_t size);

#endif
