/* SPDX-License-Identifier: MIT
 * call.h: what the injector knows about system calls: the families that a call is in, the kinds of
 * its arguments, and so the actions that are possible. Not async-signal-safe.
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

/* Which way a call moves bytes. */
enum call_data {
    CALL_DATA_NONE,
    CALL_DATA_OUT, /* takes fd, buffer, length: writes */
    CALL_DATA_IN   /* takes fd, buffer, length: reads */
};

struct call {
    const char *name;
    /* One letter an argument: f descriptor, d descriptor of a directory, p path, s string, i plain
     * value, b buffer. */
    const char *arguments;
    uint8_t families;    /* bits of enum call_family */
    uint8_t data;        /* enum call_data */
    bool vector;         /* arguments 1 and 2 are an array of struct iovec and its length */
    bool offset;         /* argument 3 is the file offset (on 32-bit machines with argument 4) */
    uint8_t stores;      /* 1 + the argument with the file that it stores data in; 0: none */
    bool changes;        /* it changes files or directories, or makes them durable */
    bool repeatable;     /* the injector can make the call for the target */
};

/* Returns the entry for a number; NULL: there is none. The table lives as long as the process. */
const struct call *call_of(int number);
/* Writes the name of a call, with or without an entry; "call 77" if libseccomp does not know the
 * number. Returns `buffer`. */
const char *call_name(int number, char *buffer, size_t size);
/* Returns the number here of a call of another architecture, which has the same arguments; -1: this
 * architecture does not have it. `arch` and `number` are those of struct seccomp_data. A call that
 * is not of another one keeps its number. Sets *ret_foreign. */
int call_translate(uint32_t arch, int number, bool *ret_foreign);
/* Sets *ret to all calls that change files or directories, or make them durable. */
void call_set_changes(struct call_set *ret);
/* Parses the calls of a rule: names and %families, separated by commas. Sets *ret to all of them
 * and *ret_named (may be NULL) to those given by name. Returns 0, or -1 with `error` if a name is
 * unknown or the injector cannot see such calls. */
int call_set_parse(const char *text, struct call_set *ret, struct call_set *ret_named,
                   struct error *error);

#endif
