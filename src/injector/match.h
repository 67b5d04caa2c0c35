/* SPDX-License-Identifier: MIT
 * match.h: does a rule match this call, and does it fire? Pure functions without system calls, so
 * that each row can be tested. Async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_MATCH_H
#define INJECTOR_MATCH_H

#include <stdbool.h>

#include "inject/inject.h"

/* Does the rule match the call in everything except the path? */
bool match_applies(const struct rule *rule, const struct share_call *call,
                   const struct definition *definition);
/* Does rule number `which` fire at its n-th match, from 1? */
bool match_fires(const struct rule *rule, uint64_t n, uint64_t seed, uint32_t which);

#endif
