/* SPDX-License-Identifier: MIT
 * recovery.h: crashes in a reset, by states (--recovery): the reset of a state is recorded like a
 * run, and gives states of its own, one level deep. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CRASH_RECOVERY_H
#define CRASH_RECOVERY_H

#include "crash/state.h"

enum { RECOVERY_BATCH = 64 /* resets that are recorded before their states are judged */ };

/* What the state of a case is made of. */
const struct crash_source *recovery_source(const struct crash *crash,
                                           const struct crash_case *entry);
/* The fault that left it: the last one. */
const struct crash_fault *recovery_fault(const struct crash *crash, const struct crash_case *entry);

/* Writes the directory of the reset that follows a case, and returns it. */
const char *recovery_directory(const struct crash *crash, size_t after, char *to, size_t size);
/* Chooses cases whose resets are to be recorded, from *next on: at most RECOVERY_BATCH. Returns how
 * many. */
size_t recovery_choose(const struct crash *crash, size_t *next, size_t before,
                       size_t ret[RECOVERY_BATCH]);
/* Opens the recording of a reset. What keeps it from being used is a doubt, and the reset then has
 * no states. Returns 0, or -1 with `error`. */
int recovery_open(struct crash *crash, size_t after, const char *directory, struct error *error);
/* Notes the doubt that a reset ended otherwise when it was recorded: with this title. */
void recovery_failed(struct crash *crash, const char *title);
/* Returns for each of the first n cases under which models its state was met. The caller frees it.
 * NULL: no memory. */
unsigned *recovery_models(const struct crash *crash, size_t n);
/* Removes the recordings from number `first` on that no finding needs. */
void recovery_discard(struct crash *crash, size_t first);
void recovery_free(struct crash *crash);

#endif
