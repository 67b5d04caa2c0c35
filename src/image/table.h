/* SPDX-License-Identifier: MIT
 * table.h: a sparse array of shared values. Copies of a table share its parts until one is changed:
 * a copy costs nothing, and a change copies the path to the entry. A radix tree of fan-out 64.
 *
 * A value begins with the number of its owners, a uint32_t. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef IMAGE_TABLE_H
#define IMAGE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table {
    void *top;       /* a branch; at height 0 the value of index 0 */
    uint32_t height;
};

/* Frees a value that nobody owns any more. */
typedef void (*table_release)(void *value);

/* Returns the value at an index, or NULL. It stays the table's. */
void *table_get(const struct table *table, uint64_t index);
/* The same, with a path that no other table shares. The value itself is shared if it has several
 * owners. -1: no memory. */
int table_own(struct table *table, uint64_t index, void **ret);
/* Puts a value, of which it becomes an owner in the caller's place, at an index; NULL: none. What
 * was there is released. -1: no memory, and the value is released. */
int table_set(struct table *table, uint64_t index, void *value, table_release release);
/* Returns the first value at *index or after it, and its index; NULL: there is none. */
void *table_next(const struct table *table, uint64_t *index);
/* Makes another owner of all values. */
struct table table_share(const struct table *table);
/* Releases all values. */
void table_clear(struct table *table, table_release release);

#endif
