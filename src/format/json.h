/* SPDX-License-Identifier: MIT
 * json.h: members of JSON objects (jansson): set with values that any text or number makes valid
 * JSON, read with a fallback where a file has something else. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Setting. When memory runs out, *object is freed and becomes NULL, and stays so: check it once, at
 * the end. */
void member_set(json_t **object, const char *key, json_t *value); /* takes over `value` */
void member_text(json_t **object, const char *key, const char *text); /* NULL or "": null */
void member_count(json_t **object, const char *key, uint64_t value);  /* at most INT64_MAX */
void member_hex(json_t **object, const char *key, uint64_t value);    /* "0x1f" */
void member_seconds(json_t **object, const char *key, uint64_t ns);   /* to the microsecond */
void member_instant(json_t **object, const char *key, uint64_t unix_s); /* "2023-11-14T22:13:20Z" */
/* The same for elements of an array. */
void member_append(json_t **array, json_t *value);
/* Text as a JSON string; bytes that are not printable UTF-8 become '?', newlines stay. */
json_t *member_string(const char *text);

/* Reading. `object` may be NULL or of any type. */
uint64_t member_get_count(const json_t *object, const char *key); /* 0 where there is none */
double member_get_real(const json_t *object, const char *key);    /* 0 where there is none */
/* One printable line, cut to `size`; `fallback` where there is none. Returns `buffer`. */
const char *member_get_text(const json_t *object, const char *key, const char *fallback,
                            char *buffer, size_t size);

#endif
