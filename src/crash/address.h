/* SPDX-License-Identifier: MIT
 * address.h: the address of a point, by which it is found again in another run: the actor or hook
 * that makes the call, the operation, the system call, the path, and the ordinal among the calls
 * that have all of these in common, or whose path fits the same pattern. Writes by another process
 * of the operation to other files therefore do not change it. Parts of a path that differ from run
 * to run are ignored: the location of the scratch directory, numbers, and names that mkstemp(3)
 * made. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_ADDRESS_H
#define CRASH_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject/inject.h"

/* Returns for each of n calls its ordinal, from 1, among the calls that the rule for it counts; a
 * call without a path is counted among all calls with its number. The caller frees it. NULL: no
 * memory. */
uint64_t *address_ordinals(const struct share_call *calls, uint32_t n);
/* Writes a pattern for path= that matches the path in every run; "" without a path. A long pattern
 * loses its beginning. */
void address_pattern(const char *path, char *to, size_t size);
/* Writes the address of a point as a text that is the same in every run. Returns `to`. */
const char *address_text(const struct share_call *call, uint64_t ordinal, char *to, size_t size);
/* Do two calls, each in a run of its own, have the same address? */
bool address_same(const struct share_call *a, const struct share_call *b);
/* Writes a text with paths in it without the numbers and random characters of their names. */
void address_mask(const char *text, char *to, size_t size);
/* Compares paths of two runs: 0 if they name the same file, else <0 or >0, to sort call sites. */
int address_compare_paths(const char *a, const char *b);

#endif
