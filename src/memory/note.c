/* SPDX-License-Identifier: MIT
 * note.c: see note.h. A reader looks at the number before and after the text: the runner goes on.
 */
#include "memory/note.h"

#include <string.h>

#include "base/base.h"

void note_leave(struct layout_note *note, uint64_t operation, const char *text)
{
    atomic_store_explicit(&note->operation, 0, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
    memcpy(note->text, text, strnlen(text, LAYOUT_NOTE - 1));
    note->text[strnlen(text, LAYOUT_NOTE - 1)] = '\0';
    atomic_store_explicit(&note->operation, operation + 1, memory_order_release);
}

bool note_read(const struct control *control, uint32_t actor, uint64_t operation,
               char to[LAYOUT_NOTE])
{
    const struct layout_note *note =
        &control_notes(control, actor)[operation & (control->plan.n_logged - 1)];
    char text[LAYOUT_NOTE];
    bool there = atomic_load_explicit(&note->operation, memory_order_acquire) == operation + 1;
    if (there)
        memcpy(text, note->text, sizeof text);
    atomic_thread_fence(memory_order_acquire);
    there = there && atomic_load_explicit(&note->operation, memory_order_relaxed) == operation + 1;
    text[there ? LAYOUT_NOTE - 1 : 0] = '\0';
    text_copy(to, LAYOUT_NOTE, text);
    return there;
}
