/* SPDX-License-Identifier: MIT
 * act.h: what is done to a call. What others must know of a fault (whose death it was, in which
 * operation) stands in the shared memory before it happens. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_ACT_H
#define INJECTOR_ACT_H

#include "injector/state.h"

enum acted {
    ACTED,     /* the fault is in */
    ACTED_NOT, /* it could not be had: the call took place */
    ACTED_GONE /* no call took place */
};
/* Does what the rule says to the call, and answers it. */
enum acted injector_act(struct injector *injector, const struct act *act, uint32_t rule);

#endif
