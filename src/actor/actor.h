/* SPDX-License-Identifier: MIT
 * actor.h: one actor and its runner: the handle that an operation gets, the sandbox, what
 * happens between fork and the first operation, the loop.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ACTOR_ACTOR_H
#define ACTOR_ACTOR_H

#include "actor/child.h"
#include "actor/crash.h"
#include "actor/handle.h"
#include "actor/runner.h"
#include "actor/sandbox.h"

#endif
