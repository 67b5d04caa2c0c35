/* SPDX-License-Identifier: MIT
 * memory.h: the shared memory of a run: what lies where (layout), the memfds (control), the checked
 * contents of slots (slot), the order of operations (order), the last ones of all actors (story).
 *
 * Runs in: monitor, injector, supervisor, runner.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include "memory/control.h"
#include "memory/layout.h"
#include "memory/note.h"
#include "memory/order.h"
#include "memory/slot.h"
#include "memory/story.h"

#endif
