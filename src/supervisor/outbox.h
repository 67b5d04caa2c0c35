/* SPDX-License-Identifier: MIT
 * outbox.h: messages to the monitor that can wait a little. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_OUTBOX_H
#define SUPERVISOR_OUTBOX_H

#include "supervisor/state.h"

/* messages to the monitor that can wait until the runners are forked: waking it earlier
 * would keep them from the processor. Order is kept. Flushed before user code runs, when nothing
 * happened for OUTBOX_WAIT_MS, and when it is full. */
int outbox_put(struct supervisor *s, enum wire_type type, const void *body, size_t size,
               struct error *error);
int outbox_flush(struct supervisor *s, struct error *error);

#endif
