/* SPDX-License-Identifier: MIT
 * match.h: does a rule mean this call, and does it fire? Pure: no system calls, so that each row
 * can be tested.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_MATCH_H
#define INJECTOR_MATCH_H

#include <stdbool.h>

#include "inject/inject.h"

/* By everything but the path. */
bool match_applies(const struct rule *rule, const struct share_call *call,
                   const struct definition *definition);
/* The n-th match (from 1) of rule number `which`. */
bool match_fires(const struct rule *rule, uint64_t n, uint64_t seed, uint32_t which);

#endif
