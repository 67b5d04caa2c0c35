/* SPDX-License-Identifier: MIT
 * call.h: the system calls that the injector knows more of than their number: which families they
 * are in, what their arguments are, and so what can be done to them.
 *
 * Runs in: every process.
 */
#ifndef INJECT_CALL_H
#define INJECT_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum { CALL_NUMBERS = 512, CALL_NAME = 32 };

/* A set of system calls by their numbers on this architecture. */
struct call_set {
    uint64_t bits[CALL_NUMBERS / 64];
};

static inline bool call_set_has(const struct call_set *set, int number)
{
    return number >= 0 && number < CALL_NUMBERS &&
           (set->bits[number / 64] >> (number % 64) & 1) != 0;
}

/* What happens to bytes. */
enum call_data {
    CALL_DATA_NONE,
    CALL_DATA_OUT, /* fd, buffer, length: write */
    CALL_DATA_IN   /* ... read */
};

struct call {
    const char *name;
    /* One letter an argument: f descriptor, d descriptor of a directory, p path, s string, i a
     * plain value, b buffer. "" : not known. */
    const char *arguments;
    uint8_t families;    /* bits of enum call_family */
    uint8_t data;        /* enum call_data */
    bool vector;         /* arguments 1 and 2 are an array of struct iovec and its length */
    bool offset;         /* argument 3 is the place in the file (on 32-bit: with argument 4) */
    bool changes;        /* files or directories, or makes them durable */
    bool repeatable;     /* the injector can do it in the target's stead */
};

/* The entry for a number, or NULL for a call that is nothing but a number to us. */
const struct call *call_of(int number);
/* Its name, also for calls without an entry; "call 77" if nobody knows it. */
const char *call_name(int number, char *buffer, size_t size);
/* All calls that change files or directories, or make them durable. */
void call_set_changes(struct call_set *ret);
/* What the rule of a user names: names and %families, with commas. -1: unknown, or nothing that can
 * be seen, with one line that says so. `ret_named` may be NULL: those that have their name there,
 * not that of their family. */
int call_set_parse(const char *text, struct call_set *ret, struct call_set *ret_named,
                   struct error *error);

#endif
