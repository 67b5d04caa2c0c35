/* SPDX-License-Identifier: MIT
 * stacks.h: the stacks that the tracer has sent and that no finding has claimed yet.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_STACKS_H
#define RECORD_STACKS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "tracer/tracer.h"

enum { STACKS_KEPT = 64 };

struct stacks {
    struct tracer tracer;
    unsigned n;
    struct stacks_entry {
        int32_t pid;
        json_t *threads;
    } kept[STACKS_KEPT]; /* oldest first */
};

/* Takes in what is there; never blocks. */
void stacks_hear(struct stacks *stacks);
/* That of this process, if it came (new reference), as tracer/unwind.h says, checked; else NULL. */
json_t *stacks_claim(struct stacks *stacks, int32_t pid);
void stacks_free(struct stacks *stacks);

/* The first frames that are of neither the harness nor the C library: "store_insert<put", at most
 * `most` of them; "" if there are none. By function, or by module and offset; never by address.
 * Returns `buffer`. */
const char *stacks_frames(const json_t *threads, unsigned most, char *buffer, size_t size);

#endif
