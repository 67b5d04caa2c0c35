/* SPDX-License-Identifier: MIT
 * control.h: the sealed memfds and their mappings.
 *
 * The monitor creates and reads them, the supervisor maps and writes them, the injector reads them.
 * Not async-signal-safe. Functions that take an error return 0, a descriptor or a pointer, or -1 or
 * NULL with `error`.
 *
 * Runs in: monitor, supervisor, injector.
 */
#ifndef MEMORY_CONTROL_H
#define MEMORY_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "memory/layout.h"

/* Makes a memfd of `size` bytes, sealed against shrinking, growing and further seals. The kernel
 * allocates its pages when they are touched. Returns a close-on-exec descriptor of the caller's. */
int memory_create(const char *name, uint64_t size, struct error *error);
/* Makes the memory zero again and gives its pages back. */
int memory_clear(int fd, uint64_t size, struct error *error);
/* Maps the memory shared: at `address` or not at all; 0 lets the kernel choose. Checks the seals
 * and the size first, since the descriptor may have come over a socket. Keeps fd open. */
void *memory_map(int fd, uint64_t size, bool writable, uint64_t address, struct error *error);

/* The control memory: writable in the supervisor, read-only elsewhere. */
struct control {
    struct layout_header *header;
    uint64_t size;
    struct layout_plan plan; /* calculated, not read: a hook may have scribbled over the header */
    int fd;          /* read-write, in the supervisor; elsewhere -1 */
    int fd_readonly; /* the same memory opened read-only, in the supervisor; elsewhere -1 */
};

/* Lays out a fresh control memfd in the monitor. `definition` has the final counts of actors;
 * `limited`: operations take tickets; `time_limit_ns` 0: there is none. */
int control_format(int fd, const struct definition *definition, uint64_t seed, bool limited,
                   uint64_t time_limit_ns, struct error *error);
/* Maps the memory writable in the supervisor and opens the read-only descriptor. Takes over fd,
 * also on failure. */
int control_attach(struct control *control, int fd, uint64_t size, struct error *error);
/* Checks a mapped header against its size and the definition, and calculates the plan. Call it
 * before any function below. */
int control_check(struct control *control, const struct definition *definition,
                  struct error *error);

/* Return the address of a part of the memory. The index must be in range. */
struct layout_ledger *control_ledger(const struct control *control, uint32_t actor);
struct layout_slot *control_slot(const struct control *control, uint32_t actor);
struct layout_logged *control_log(const struct control *control, uint32_t actor);
struct layout_note *control_notes(const struct control *control, uint32_t actor);
struct order;
struct order *control_order(const struct control *control);
struct layout_server *control_server(const struct control *control, uint32_t server);
layout_break *control_breaks(const struct control *control);

/* Returns the bytes of one actor's region in the actor state memfd, in whole pages. */
uint64_t memory_state_stride(uint64_t state_size);
/* Returns the offset of an actor's region in it; the total size if `actor` is the number of
 * actors. */
uint64_t memory_state_offset(const struct definition *definition, uint32_t actor);

#endif
