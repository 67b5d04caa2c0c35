/* SPDX-License-Identifier: MIT
 * control.h: the sealed memfds and their mappings. Monitor (create, read) and supervisor (map).
 * Not async-signal-safe, but for memory_protect_*().
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

/* Makes a memfd of that size, sealed against shrinking, growing and further seals; its pages are
 * made when touched. Returns a close-on-exec descriptor, or -1. */
int memory_create(const char *name, uint64_t size, struct error *error);
/* All of it zero again, its pages given back. */
int memory_clear(int fd, uint64_t size, struct error *error);
/* Maps it shared, writable or not. `address` 0: the kernel chooses; else there or not at all. The
 * seals and the size of a descriptor that came over a socket are checked. */
void *memory_map(int fd, uint64_t size, bool writable, uint64_t address, struct error *error);

/* The control memory, as the supervisor (writable) or the monitor (read-only) sees it. */
struct control {
    struct layout_header *header;
    uint64_t size;
    struct layout_plan plan; /* where things are, by our own arithmetic: a hook may have scribbled
                              * over the header */
    int fd;          /* read-write; the supervisor's. -1 in the monitor */
    int fd_readonly; /* the same memory opened for reading only. -1 in the monitor */
};

/* Monitor: lays out a fresh control memfd for these actors and this seed. `definition` has the
 * final counts. */
int control_format(int fd, const struct definition *definition, uint64_t seed, bool limited,
                   struct error *error);
/* Supervisor: maps it writable, opens the read-only descriptor, takes over fd (also on failure). */
int control_attach(struct control *control, int fd, uint64_t size, struct error *error);
/* Checks a mapped header against the size and the definition, and keeps the plan: before it,
 * nothing below may be called. */
int control_check(struct control *control, const struct definition *definition,
                  struct error *error);

/* Address arithmetic; the index must be in range. */
struct layout_ledger *control_ledger(const struct control *control, uint32_t actor);
struct layout_slot *control_slot(const struct control *control, uint32_t actor);
struct layout_logged *control_log(const struct control *control, uint32_t actor);
struct order;
struct order *control_order(const struct control *control);
struct layout_server *control_server(const struct control *control, uint32_t server);
layout_break *control_breaks(const struct control *control);

/* Bytes of one actor's region in the actor state memfd, in whole pages. */
uint64_t memory_state_stride(uint64_t state_size);
/* Where actor `actor` starts in it (actor == number of actors: the total). */
uint64_t memory_state_offset(const struct definition *definition, uint32_t actor);

#endif
