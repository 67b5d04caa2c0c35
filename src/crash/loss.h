/* SPDX-License-Identifier: MIT
 * loss.h: steps of a recording in words, and those that a state lost and kept. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_LOSS_H
#define CRASH_LOSS_H

#include "crash/state.h"

enum { LOSS_TEXT = 512 };

/* Writes the path, below the disk, that a node had before a step, or else got after it. Returns
 * `to`. */
const char *loss_path(const struct recording *recording, uint32_t node, uint64_t before,
                        char *to, size_t size);
/* Writes a step: "the data of a.tmp (write at 0, 4096 bytes, prog.c:70)". `keep`: bytes of a torn
 * one; UINT64_MAX: whole. Returns `to`. */
const char *loss_step(const struct crash_source *source, uint64_t step, uint64_t keep, char *to,
                      size_t size);
/* Writes what tells the call site of a step from others: its call, its file, its place. */
void loss_key(const struct crash_source *source, uint64_t step, char *to, size_t size);
/* What became of a step in a state. `pending`: its pending steps, sorted. */
enum loss_kind { LOSS_IS_DURABLE, LOSS_IS_KEPT, LOSS_IS_LOST, LOSS_IS_TORN };
struct loss_set {
    uint64_t *pending;
    size_t n;
};
/* Returns 0, or -1: no memory. The caller frees ret->pending. */
int loss_of_state(const struct crash_source *source, const struct durable_state *state,
                  struct loss_set *ret);
/* *ret_keep: bytes of a torn step that are kept. */
enum loss_kind loss_fate(const struct durable_state *state, const struct loss_set *losses,
                                uint64_t step, uint64_t *ret_keep);
/* The first step that was lost or torn, and the last one behind it that was kept: of the same file,
 * if there is one. UINT64_MAX: there is none. */
void loss_ends(const struct recording *recording, const struct durable_state *state,
               const struct loss_set *losses, uint64_t *ret_lost, uint64_t *ret_kept);

#endif
