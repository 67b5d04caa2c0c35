/* SPDX-License-Identifier: MIT
 * note.h: what an operation did, in the words of its actor. Async-signal-safe.
 *
 * Runs in: monitor, supervisor, runner.
 */
#ifndef MEMORY_NOTE_H
#define MEMORY_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/control.h"

/* Stores a note of this operation in its place. Runner only. */
void note_leave(struct layout_note *note, uint64_t operation, const char *text);
/* Copies the note of an operation, printable. Returns false, with "", if it left none or a later
 * operation has its place. */
bool note_read(const struct control *control, uint32_t actor, uint64_t operation,
               char to[LAYOUT_NOTE]);

#endif
