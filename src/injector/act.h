/* SPDX-License-Identifier: MIT
 * act.h: applies the action of a rule to a call. Before a fault happens, the shared memory tells
 * which process and which operation it hits. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_ACT_H
#define INJECTOR_ACT_H

#include "injector/state.h"

enum acted {
    ACTED,     /* the fault happened */
    ACTED_NOT, /* the fault was not possible: the call was let through */
    ACTED_GONE /* the call did not take place */
};
/* Applies the action of rule number `rule` to the call, and answers the call now or later. */
enum acted injector_act(struct injector *injector, const struct act *act, uint32_t rule);

#endif
