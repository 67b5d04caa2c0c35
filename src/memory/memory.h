/* SPDX-License-Identifier: MIT
 * memory.h: the shared memory of a run: what lies where (layout), the memfds
 * (control), what a runner wrote, checked (slot), the order of operations (order).
 *
 * Runs in: monitor, supervisor, runner.
 */
#ifndef MEMORY_MEMORY_H
#define MEMORY_MEMORY_H

#include "memory/control.h"
#include "memory/layout.h"
#include "memory/order.h"
#include "memory/slot.h"

#endif
