/* SPDX-License-Identifier: MIT
 * text.c: see text.h.
 */
#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '_' || c == '.' || c == '-';
}

bool text_is_name(const char *text)
{
    size_t n = 0;
    if (*text == '-' || *text == '.')
        return false;
    for (; text[n] != '\0'; n++)
        if (n >= TEXT_NAME - 1 || !is_name_byte(text[n]))
            return false;
    return n > 0;
}

bool text_is_stored_name(const char bytes[TEXT_NAME])
{
    return memchr(bytes, '\0', TEXT_NAME) && text_is_name(bytes);
}

bool text_parse_u64(const char *text, uint64_t *ret_value)
{
    bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    char *end;
    if (!(hex ? isxdigit((unsigned char)text[2]) : isdigit((unsigned char)text[0])))
        return false;
    errno = 0;
    /* Pass the "0x" on: after it, strtoull() would accept a second one. */
    unsigned long long value = strtoull(text, &end, hex ? 16 : 10);
    if (errno != 0 || *end != '\0')
        return false;
    *ret_value = value;
    return true;
}

static const struct {
    const char *name;
    uint64_t ns;
} text_units[] = { /* a longer name stands before its prefix */
    { "ns", 1 },
    { "us", 1000 },
    { "ms", CLOCK_MILLISECOND },
    { "s", CLOCK_SECOND },
    { "m", 60 * CLOCK_SECOND },
    { "h", 3600 * CLOCK_SECOND },
    { "d", 86400 * CLOCK_SECOND },
};
enum { TEXT_UNITS = sizeof text_units / sizeof *text_units };

/* Returns the index of the unit at `text` and sets *ret_end behind it; -1: there is none. */
static int parse_unit(const char *text, const char **ret_end)
{
    for (int i = 0; i < TEXT_UNITS; i++) {
        size_t n = strlen(text_units[i].name);
        if (strncmp(text, text_units[i].name, n) == 0) {
            *ret_end = text + n;
            return i;
        }
    }
    return -1;
}

bool text_parse_duration(const char *text, uint64_t *ret_ns)
{
    uint64_t total = 0;
    int last = TEXT_UNITS;
    if (strcmp(text, "0") == 0) {
        *ret_ns = 0;
        return true;
    }
    do {
        char *end;
        uint64_t part;
        if (!isdigit((unsigned char)*text))
            return false;
        errno = 0;
        unsigned long long value = strtoull(text, &end, 10);
        int unit = parse_unit(end, &text);
        if (errno != 0 || unit < 0 || unit >= last || /* large units first, each once */
            __builtin_mul_overflow(value, text_units[unit].ns, &part) ||
            __builtin_add_overflow(total, part, &total))
            return false;
        last = unit;
    } while (*text != '\0');
    *ret_ns = total;
    return true;
}

/* Three digits: a value that would round up to four is written in the next unit. */
static const struct {
    uint64_t below_ns, unit_ns;
    const char *name;
} text_scales[] = {
    { 999500, 1000, "us" },
    { 999500000, CLOCK_MILLISECOND, "ms" },
    { UINT64_C(99950000000), CLOCK_SECOND, "s" },
};

char *text_format_duration(uint64_t ns, char *buffer, size_t size)
{
    if (ns < 1000) {
        snprintf(buffer, size, "%" PRIu64 " ns", ns);
        return buffer;
    }
    for (size_t i = 0; i < sizeof text_scales / sizeof *text_scales; i++)
        if (ns < text_scales[i].below_ns) {
            snprintf(buffer, size, "%.3g %s", (double)ns / (double)text_scales[i].unit_ns,
                     text_scales[i].name);
            return buffer;
        }
    uint64_t seconds = ns / CLOCK_SECOND;
    if (seconds < 3600)
        snprintf(buffer, size, "%" PRIu64 "m%02" PRIu64 "s", seconds / 60, seconds % 60);
    else
        snprintf(buffer, size, "%" PRIu64 "h%02" PRIu64 "m", seconds / 3600, seconds / 60 % 60);
    return buffer;
}

char *text_format_seconds(double seconds, char *buffer, size_t size)
{
    double ns = seconds * 1e9;
    return text_format_duration(ns > 0 && ns < 9e18 ? (uint64_t)ns : 0, buffer, size);
}

/* The forms of UTF-8: the bits that tell them, and the least character, as longer forms are not
 * allowed. */
static const struct {
    unsigned char mask, lead;
    uint32_t least;
} text_forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
                   { 0xf8, 0xf0, 0x10000 } };
enum { TEXT_FORMS = sizeof text_forms / sizeof *text_forms };

static const struct {
    uint32_t first, last;
} text_banned[] = {
    { 0x00, 0x1f }, { 0x7f, 0x9f },             /* controls */
    { 0x202a, 0x202e }, { 0x2066, 0x2069 },     /* they change the writing direction */
    { 0xd800, 0xdfff },                         /* surrogates */
    { 0xfffe, 0xffff }, { 0x110000, UINT32_MAX } /* not allowed in XML; not in Unicode */
};

size_t text_printable(const char *bytes)
{
    const unsigned char *text = (const unsigned char *)bytes;
    size_t form = 0;
    while (form < TEXT_FORMS && (text[0] & text_forms[form].mask) != text_forms[form].lead)
        form++;
    if (form == TEXT_FORMS)
        return 0;
    uint32_t character = text[0] & (unsigned char)~text_forms[form].mask;
    for (size_t i = 1; i <= form; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (text[i] & 0x3f);
    }
    for (size_t i = 0; i < sizeof text_banned / sizeof *text_banned; i++)
        if (character >= text_banned[i].first && character <= text_banned[i].last)
            return 0;
    return character >= text_forms[form].least ? form + 1 : 0;
}

void text_copy(char *to, size_t size, const char *from)
{
    size_t used = 0;
    while (*from != '\0') {
        size_t n = text_printable(from);
        size_t width = n > 0 ? n : 1;
        if (used + width >= size)
            break;
        if (n > 0)
            memcpy(to + used, from, n);
        else
            to[used] = '?';
        used += width;
        from += width;
    }
    if (size > 0)
        to[used] = '\0';
}

const char *text_signal(int signal, char *buffer, size_t size)
{
    const char *name = sigabbrev_np(signal);
    if (name)
        snprintf(buffer, size, "SIG%s", name);
    else
        snprintf(buffer, size, "signal %d", signal);
    return buffer;
}

const char *text_ending(int code, int status, char *buffer, size_t size)
{
    if (code == CLD_EXITED && status == 0)
        buffer[0] = '\0';
    else
        snprintf(buffer, size, "(%s %d)",
                 code == CLD_EXITED ? "exit status" : "killed by signal", status);
    return buffer;
}

void text_add_word(char *list, size_t size, const char *word)
{
    size_t used = strlen(list);
    text_copy(list + used, size - used, used > 0 ? ", " : "");
    used = strlen(list);
    text_copy(list + used, size - used, word);
}

const char *text_unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++) {
        unsigned byte;
        if (*from != '\\') {
            *to++ = *from;
        } else if (from[1] == '\\' || from[1] == 'n') {
            *to++ = *++from == 'n' ? '\n' : '\\';
        } else if (from[1] == 'x' && isxdigit((unsigned char)from[2]) &&
                   isxdigit((unsigned char)from[3]) && sscanf(from + 2, "%2x", &byte) == 1 &&
                   byte) {
            *to++ = (char)byte;
            from += 3;
        } else {
            return from;
        }
    }
    *to = '\0';
    return NULL;
}

void text_without_numbers(char *to, size_t size, const char *from)
{
    size_t used = 0;
    while (*from != '\0' && used + 1 < size) {
        if (!isdigit((unsigned char)*from)) {
            to[used++] = *from++;
            continue;
        }
        if (from[0] == '0' && (from[1] == 'x' || from[1] == 'X') &&
            isxdigit((unsigned char)from[2]))
            for (from += 2; isxdigit((unsigned char)*from);)
                from++;
        while (isdigit((unsigned char)*from))
            from++;
        to[used++] = '#';
    }
    to[used] = '\0';
}
