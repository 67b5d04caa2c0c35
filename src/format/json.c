/* SPDX-License-Identifier: MIT
 * json.c: see json.h.
 */
#include "format/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"

void member_set(json_t **object, const char *key, json_t *value)
{
    if (json_object_set_new(*object, key, value) == 0)
        return;
    json_decref(*object);
    *object = NULL;
}

void member_append(json_t **array, json_t *value)
{
    if (json_array_append_new(*array, value) == 0)
        return;
    json_decref(*array);
    *array = NULL;
}

json_t *member_string(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(2 * size);
    if (!copy)
        return NULL;
    char *line = copy + size;
    /* Line by line, since text_copy() replaces newlines. It never makes a line longer. */
    char *to = copy;
    for (const char *from = text; *from != '\0';) {
        size_t length = strcspn(from, "\n");
        memcpy(line, from, length);
        line[length] = '\0';
        text_copy(to, length + 1, line);
        to += strlen(to);
        from += length;
        if (*from == '\n')
            *to++ = *from++;
    }
    *to = '\0';
    json_t *string = json_string(copy);
    free(copy);
    return string;
}

void member_text(json_t **object, const char *key, const char *text)
{
    member_set(object, key, text && *text != '\0' ? member_string(text) : json_null());
}

void member_count(json_t **object, const char *key, uint64_t value)
{
    member_set(object, key, json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value));
}

void member_hex(json_t **object, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    member_set(object, key, json_string(text));
}

void member_seconds(json_t **object, const char *key, uint64_t ns)
{
    const uint64_t us = ns / 1000; /* more digits would be noise */
    member_set(object, key, json_real((double)us / 1e6));
}

void member_instant(json_t **object, const char *key, uint64_t unix_s)
{
    char text[64] = "";
    const time_t instant = (time_t)unix_s;
    struct tm utc;
    if (gmtime_r(&instant, &utc) && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        member_text(object, key, text);
}

void member_copy(json_t **object, const json_t *from, const char *const *keys)
{
    for (; *keys; keys++) {
        json_t *value = json_object_get(from, *keys);
        if (value)
            member_set(object, *keys, json_incref(value));
    }
}

uint64_t member_get_count(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value < 0 ? 0 : (uint64_t)value;
}

double member_get_real(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

int64_t member_get_instant(const json_t *object, const char *key)
{
    char text[32];
    struct tm utc = { .tm_sec = 0 };
    member_get_text(object, key, "", text, sizeof text);
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return end && *end == '\0' ? (int64_t)timegm(&utc) : 0;
}

bool member_is(const json_t *object, const char *key, const char *text)
{
    const char *own = json_string_value(json_object_get(object, key));
    return own && strcmp(own, text) == 0;
}

const char *member_get_text(const json_t *object, const char *key, const char *fallback,
                            char *buffer, size_t size)
{
    const char *text = json_string_value(json_object_get(object, key));
    text_copy(buffer, size, text ? text : fallback);
    return buffer;
}
