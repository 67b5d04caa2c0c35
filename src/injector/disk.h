/* SPDX-License-Identifier: MIT
 * disk.h: the disks of RULE_FULL: which calls store data on them, how much space a call needs, and
 * how much is left. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_DISK_H
#define INJECTOR_DISK_H

#include "injector/state.h"

/* Does the call store data in a regular file on the disk that the rule is about: a file that
 * matches path=, or without that one below the scratch directory? The paths must have been read. */
bool disk_has(const struct injector *injector, const struct act *act, const struct rule *rule);
/* Takes what the call needs from the disk of the rule. `fires`: at this call the rule fires, so
 * that there is such a disk from now on. Returns true if the disk has less, or, for RULE_HALF, if
 * this call is the first: then disk_fill() is next. */
bool disk_lacks(struct injector *injector, struct act *act, uint32_t rule, bool fires);
/* Makes as much of the call as fits; then the disk is full. Returns what the target gets: a number
 * of bytes, or -errno. Any other error than ENOSPC is one that has nothing to do with the disk. */
int64_t disk_fill(struct injector *injector, const struct act *act, uint32_t rule);
/* The call did not take place: gives back what it took. */
void disk_give_back(struct injector *injector, const struct act *act);

#endif
