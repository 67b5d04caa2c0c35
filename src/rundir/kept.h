/* SPDX-License-Identifier: MIT
 * kept.h: a copy of the scratch directory, kept in the directory of a finding. What user code left
 * in it is not trusted: no link is followed, no other file system entered, and the copy has a size
 * limit. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RUNDIR_KEPT_H
#define RUNDIR_KEPT_H

#include "base/base.h"
#include "record/record.h"

/* Bytes of the data of one copy, and of all copies of a run. An entry counts as at least
 * KEPT_ENTRY. */
enum { KEPT_MOST = 64 << 20, KEPT_ALL = 512 << 20, KEPT_ENTRY = 4096 };

/* Copies the directory `from` to a new directory `scratch` in `at`: files, with their holes,
 * directories and symbolic links; sockets, pipes and devices are not copied. At most *room bytes,
 * which it lowers; what does not fit, or cannot be read, is left out and counted. Returns 0, or -1
 * with the reason if it cannot be written. */
int kept_copy(int from, int at, size_t *room, struct record_scratch *ret, struct error *error);

#endif
