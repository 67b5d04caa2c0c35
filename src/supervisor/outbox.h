/* SPDX-License-Identifier: MIT
 * outbox.h: messages to the monitor that can wait a little.
 *
 * They wait until the runners are forked: to wake the monitor earlier would keep the runners from
 * the processor. The order of messages is kept. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef SUPERVISOR_OUTBOX_H
#define SUPERVISOR_OUTBOX_H

#include "supervisor/state.h"

/* Copies a message into the outbox, and flushes the outbox first if it is full. */
int outbox_put(struct supervisor *s, enum wire_type type, const void *body, size_t size,
               struct error *error);
/* Sends all messages. Call it before user code runs, and when nothing has happened for
 * OUTBOX_WAIT_MS. */
int outbox_flush(struct supervisor *s, struct error *error);

#endif
