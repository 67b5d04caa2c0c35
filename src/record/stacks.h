/* SPDX-License-Identifier: MIT
 * stacks.h: the stacks that the tracer has sent, until a finding claims them. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_STACKS_H
#define RECORD_STACKS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/tracer.h"

enum { STACKS_KEPT = 64 }; /* a further one replaces the oldest */

struct stacks {
    struct tracer tracer;
    unsigned n;
    struct stacks_entry {
        int32_t pid;
        json_t *threads;
    } kept[STACKS_KEPT]; /* oldest first */
};

/* Reads the stacks that have arrived. Never blocks. */
void stacks_hear(struct stacks *stacks);
/* The checked stack of this process, in the form that tracer/unwind.h describes (new reference).
 * NULL: none has arrived. */
json_t *stacks_claim(struct stacks *stacks, int32_t pid);
/* Adds the threads of a process of another actor to a stack, as far as they have arrived. They
 * stay: the other may have a finding of its own. */
void stacks_add_other(struct stacks *stacks, json_t *stack, int32_t pid, const char *actor);
/* Frees the stacks and stops the tracer. */
void stacks_free(struct stacks *stacks);

/* Writes to `buffer` the first frames outside the harness and the C library, at most `most` of
 * them: "store_insert<put"; "" if there are none. Frames are named by function, or by module and
 * offset; never by address. Returns `buffer`. */
const char *stacks_frames(const json_t *threads, unsigned most, char *buffer, size_t size);

#endif
