/* SPDX-License-Identifier: MIT
 * address.c: see address.h.
 */
#include "crash/address.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RANDOM = 6 }; /* characters that mkstemp(3) makes up */

/* ---- paths ------------------------------------------------------------------------------- */

/* Does a name end in characters that mkstemp(3) may have made? It draws from 62. Lower-case letters
 * alone are taken for a word if two or more are vowels, digits alone for a number. */
static bool is_random(const char *name, size_t length)
{
    unsigned small = 0, digits = 0, vowels = 0;
    if (length <= RANDOM)
        return false;
    for (size_t i = length - RANDOM; i < length; i++) {
        if (!isalnum((unsigned char)name[i]))
            return false;
        small += islower((unsigned char)name[i]) != 0;
        digits += isdigit((unsigned char)name[i]) != 0;
        vowels += strchr("aeiou", name[i]) != NULL;
    }
    return digits < RANDOM && (small < RANDOM || vowels < 2);
}

/* The path from the scratch directory on, or from what lies beside it; it may be that itself. NULL:
 * it is elsewhere. */
static const char *from_scratch(const char *path)
{
    static const char *const names[] = { "/scratch", "/witness", "/output" };
    const char *found = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t length = strlen(names[i]);
        for (const char *at = path; (at = strstr(at, names[i])); at++)
            if ((at[length] == '/' || at[length] == '\0') && (!found || at > found))
                found = at;
    }
    return found;
}

/* Writes what of a name is the same in every run behind `n` bytes of `to`: '#' for a number, '?'
 * for each random character. Returns how many bytes there are now. */
static size_t mask_name(const char *name, size_t length, char *to, size_t n, size_t size)
{
    size_t made_up = is_random(name, length) ? RANDOM : 0;
    for (size_t i = 0; i < length && n + 1 < size; i++) {
        if (i >= length - made_up)
            to[n++] = '?';
        else if (!isdigit((unsigned char)name[i]))
            to[n++] = name[i];
        else if (n == 0 || to[n - 1] != '#')
            to[n++] = '#';
    }
    return n;
}

/* Writes the part of a path that is the same in every run, from the scratch directory on. */
static void mask(const char *path, char to[RULE_PATH])
{
    const char *inside = from_scratch(path);
    size_t n = 0;
    if (inside) { /* its first name is ours, and not made up */
        n = 1 + strcspn(inside + 1, "/");
        memcpy(to, inside, n);
        path = inside + n;
    }
    while (*path && n + 1 < RULE_PATH) {
        size_t length = strcspn(path, "/");
        n = mask_name(path, length, to, n, RULE_PATH);
        path += length;
        while (*path == '/' && n + 1 < RULE_PATH)
            to[n++] = *path++;
    }
    to[n] = '\0';
}

void address_mask(const char *text, char *to, size_t size)
{
    static const char between[] = " /(),";
    size_t n = 0;
    while (*text && n + 1 < size) {
        size_t length = strcspn(text, between);
        n = mask_name(text, length, to, n, size);
        text += length;
        while (*text && strchr(between, *text) && n + 1 < size)
            to[n++] = *text++;
    }
    to[n] = '\0';
}

int address_compare_paths(const char *a, const char *b)
{
    char masked[2][RULE_PATH];
    mask(a, masked[0]);
    mask(b, masked[1]);
    return strcmp(masked[0], masked[1]);
}

const char *address_text(const struct share_call *call, uint64_t ordinal, char *to, size_t size)
{
    char masked[RULE_PATH], name[CALL_NAME];
    mask(call->path, masked);
    snprintf(to, size, "%" PRIu32 " %" PRIu32 ".%" PRIu32 " %.*s %" PRIu64 " %s %" PRIu64 " %s",
             call->whose, call->type, call->index, TEXT_NAME, call->server, call->operation,
             call_name(call->number, name, sizeof name), ordinal, masked);
    return to;
}

void address_pattern(const char *path, char *to, size_t size)
{
    char masked[RULE_PATH], whole[5 * RULE_PATH + 2];
    size_t n = 0;
    to[0] = '\0';
    if (!*path)
        return;
    mask(path, masked);
    whole[n++] = '*';
    for (const char *c = masked; *c; c++) {
        if (*c == '#') { /* a digit, then anything: fnmatch(3) cannot repeat */
            memcpy(whole + n, "[0-9]*", 6);
            n += 6;
        } else {
            whole[n++] = strchr("*?[]\\:", *c) ? '?' : *c;
        }
        if (n + 8 > sizeof whole)
            break;
    }
    whole[n] = '\0';
    if (n < size) {
        memcpy(to, whole, n + 1);
        return;
    }
    const char *tail = whole + n - (size - 2); /* too long: keep its end */
    const char *bracket = strpbrk(tail, "[]");
    if (bracket && *bracket == ']') /* do not cut one in two */
        tail = bracket + 1;
    to[0] = '*';
    memcpy(to + 1, tail, strlen(tail) + 1);
}

/* ---- calls ------------------------------------------------------------------------------- */

static int compare(const struct share_call *a, const struct share_call *b)
{
    const uint64_t left[] = { a->whose, a->type, a->index, a->operation, (uint64_t)a->number,
                              *a->path == '\0' };
    const uint64_t right[] = { b->whose, b->type, b->index, b->operation, (uint64_t)b->number,
                               *b->path == '\0' };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    int order = address_compare_paths(a->path, b->path);
    if (order == 0)
        order = address_compare_paths(a->other, b->other);
    return order ? order : strcmp(a->server, b->server);
}

bool address_same(const struct share_call *a, const struct share_call *b)
{
    return compare(a, b) == 0;
}

static int compare_entries(const void *a, const void *b, void *calls)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    const struct share_call *all = calls;
    int order = compare(&all[left], &all[right]);
    return order ? order : left < right ? -1 : left > right;
}

/* Counts all calls of that number, as a rule without path= does. */
static void count_all_of_number(const struct share_call *calls, uint32_t n, uint32_t which,
                                uint64_t *ret)
{
    struct share_call wanted = calls[which];
    *ret = 0;
    for (uint32_t i = 0; i <= which && i < n; i++) {
        struct share_call other = calls[i];
        other.path[0] = other.other[0] = '\0';
        *ret += compare(&other, &wanted) == 0;
    }
}

/* Does the pattern fit? Most do not, which their ends show. */
static bool fits(const char *pattern, const char *path)
{
    size_t tail = strlen(pattern), length = strlen(path);
    const char *end = pattern + tail;
    while (end > pattern && !strchr("*?]", end[-1]))
        end--;
    tail -= (size_t)(end - pattern);
    return length >= tail && memcmp(path + length - tail, end, tail) == 0 &&
           rule_path_fits(pattern, path);
}

/* A rule counts a call by each of its paths. */
static bool fits_either(const char *pattern, const struct share_call *call)
{
    return fits(pattern, call->path) || (*call->other && fits(pattern, call->other));
}

/* Calls with all but the paths in common; both with a path. */
static bool same_but_path(const struct share_call *a, const struct share_call *b)
{
    struct share_call other = *b;
    memcpy(other.path, a->path, sizeof other.path);
    memcpy(other.other, a->other, sizeof other.other);
    return *b->path && compare(a, &other) == 0;
}

/* Adds to the ordinals of one address, whose calls are those from `mine` on in the sorted order,
 * the calls of another address that come before them. Both ends are exclusive. */
static void add_earlier(const uint32_t *order, uint32_t mine, uint32_t my_end, uint32_t other,
                        uint32_t other_end, uint64_t *ordinals)
{
    for (uint32_t i = mine, k = other; i < my_end; i++) {
        while (k < other_end && order[k] < order[i])
            k++;
        ordinals[order[i]] += k - other;
    }
}

/* The pattern of a path may fit paths of other addresses, too: that of a.1 is "a.[0-9]*" and fits
 * a.1x, and a rename has two paths. The rule for a point counts these calls, so its ordinal does.
 * `order`: sorted by address. */
static void count_patterns(const struct share_call *calls, const uint32_t *order, uint32_t n,
                           uint64_t *ordinals)
{
    uint32_t *begins = calloc((size_t)n + 1, sizeof *begins), n_begins = 0;
    char pattern[RULE_PATH];
    if (!begins)
        return; /* a rule may then hit another call, which is seen */
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || !address_same(&calls[order[i - 1]], &calls[order[i]]))
            begins[n_begins++] = i;
    begins[n_begins] = n;
    for (uint32_t group = 0, end; group < n_begins; group = end) {
        const struct share_call *first = &calls[order[begins[group]]];
        for (end = group + 1; *first->path && end < n_begins &&
                              same_but_path(first, &calls[order[begins[end]]]); end++)
            continue;
        for (uint32_t i = group; i < end; i++) {
            address_pattern(calls[order[begins[i]]].path, pattern, sizeof pattern - 1);
            for (uint32_t k = group; k < end; k++)
                if (k != i && fits_either(pattern, &calls[order[begins[k]]]))
                    add_earlier(order, begins[i], begins[i + 1], begins[k], begins[k + 1],
                                ordinals);
        }
    }
    free(begins);
}

uint64_t *address_ordinals(const struct share_call *calls, uint32_t n)
{
    uint32_t *order = calloc((size_t)n + 1, sizeof *order);
    uint64_t *ordinals = calloc((size_t)n + 1, sizeof *ordinals);
    for (uint32_t i = 0; order && i < n; i++)
        order[i] = i;
    if (order && ordinals) {
        qsort_r(order, n, sizeof *order, compare_entries, (void *)(uintptr_t)calls);
        ordinals[order[0]] = 1;
    }
    /* From 1: gcc 14 reads order[i - 1] for any i, also where a condition forbids that. */
    for (uint32_t i = 1; order && ordinals && i < n; i++) {
        bool same = address_same(&calls[order[i - 1]], &calls[order[i]]);
        ordinals[order[i]] = same ? ordinals[order[i - 1]] + 1 : 1;
    }
    for (uint32_t i = 0; order && ordinals && i < n; i++)
        if (!*calls[i].path)
            count_all_of_number(calls, n, i, &ordinals[i]);
    if (order && ordinals)
        count_patterns(calls, order, n, ordinals);
    if (!order) {
        free(ordinals);
        ordinals = NULL;
    }
    free(order);
    return ordinals;
}
