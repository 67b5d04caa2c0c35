/* SPDX-License-Identifier: MIT
 * address.h: how a point is found again in another run: whose call it is, in which operation, which
 * call, on which path, and which of those on that path. Parts of a path that differ from run to run
 * do not count: the place of the scratch directory, numbers, and names that mkstemp(3) made up. So
 * the writes that another process of the same operation makes to other files do not move it. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_ADDRESS_H
#define CRASH_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inject/inject.h"

/* Which of the calls with the same address each of n calls is, from 1, in their order: of calls
 * without a path among all of their number. The caller frees it. NULL: no memory. */
uint64_t *address_ordinals(const struct share_call *calls, uint32_t n);
/* A pattern for path= that fits the path in every run; "" without a path. Fits into a rule. */
void address_pattern(const char *path, char *to, size_t size);
/* Is it the call that was meant, in another run? */
bool address_same(const struct share_call *a, const struct share_call *b);
/* Do the paths name the same file in two runs? For the order of call sites: <0, 0, >0. */
int address_compare_paths(const char *a, const char *b);

#endif
