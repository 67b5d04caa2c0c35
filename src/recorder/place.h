/* SPDX-License-Identifier: MIT
 * place.h: where a path of a call leads, seen with the eyes of the process that makes it. Not
 * async-signal-safe.
 *
 * Runs in: recorder.
 */
#ifndef RECORDER_PLACE_H
#define RECORDER_PLACE_H

#include "recorder/state.h"

/* Finds the directory and the name that a path leads to, and what has that name now. `follow`: a
 * symbolic link at the end leads further. A path that ends with "." or "..", and an empty one,
 * which means the descriptor, lead to a place without a name, whose `parent` is the object itself.
 * The caller closes it. */
void place_find(struct recorder *recorder, pid_t thread, int directory, uint64_t address,
                bool follow, struct place *ret);
/* The same with the text of the path, which it changes; TARGET_PATH bytes. */
void place_find_path(struct recorder *recorder, pid_t thread, int directory, char *path,
                     bool follow, struct place *ret);
void place_close(struct place *place);
/* Opens what the place leads to for reading; -1: it cannot be read. */
int place_open(const struct place *place);

#endif
