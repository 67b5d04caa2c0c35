/* SPDX-License-Identifier: MIT
 * store.h: what a store is to the driver in store.c, and what that does for main.c. One program for
 * each store; each defines `store`. They are ordinary programs: they know nothing of
 * stress-supervisor.
 */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>

struct bytes {
    const void *data;
    size_t size;
};

struct store {
    const char *name;
    unsigned puts; /* of one run, without --puts; so that it makes 100 to 200 calls that matter */
    /* Takes an option besides those of the driver, `--name=value`. -1: it is none of them. */
    int (*configure)(const char *option);
    const char *usage; /* of these options */

    /* All return 0, or -1 after store_fail(). A store is created where there is none, and
     * recovered where it needs to be, in the way its manual says. */
    int (*open)(const char *directory);
    /* Returns 0 when the store says that the value is durable, or, with --sync=off, is there. */
    int (*put)(struct bytes key, struct bytes value);
    /* Calls see() for the key's value; does not, when there is none. */
    int (*get)(struct bytes key, int (*see)(struct bytes key, struct bytes value));
    /* The store's own check of itself, if it has one; then see() for all that it holds. */
    int (*scan)(int (*see)(struct bytes key, struct bytes value));
    int (*close)(void);
};

extern const struct store store;

/* Remembers why something failed; -1. */
__attribute__((format(printf, 1, 2))) int store_fail(const char *format, ...);

/* Returns which of the values, whose list ends with NULL, `--name=value` gives; -1: none. */
int store_choice(const char *option, const char *name, const char *const *values);

/* DIRECTORY/NAME; valid until the next call. */
const char *store_path(const char *directory, const char *name);

/* The modes of the program. 0; 1: the store refused, or did not keep its word; 2: it could not be
 * found out. They say why on stderr. A later write goes on with the next put. */
int store_set_up(const char *directory);
int store_write(const char *directory, unsigned puts);
int store_check(const char *directory);

#endif
