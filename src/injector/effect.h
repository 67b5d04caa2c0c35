/* SPDX-License-Identifier: MIT
 * effect.h: makes a call for a target that waits in it: the whole call, or its first bytes. It is
 * made with the rights of the target. Not async-signal-safe.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_EFFECT_H
#define INJECTOR_EFFECT_H

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "inject/inject.h"

/* Moves at most `limit` bytes of a call that reads or writes (RULE_HALF: half of its bytes, at
 * least one), of a file opened with O_DIRECT whole blocks. Never blocks on a pipe or a socket.
 * `pid` may be that of a thread. With `legal`, only where a kernel moves a part of a call, too.
 * Returns what the kernel would have returned to the target, the number of bytes or -errno; or
 * EFFECT_REFUSED if the injector cannot make the call, or must not. */
#define EFFECT_REFUSED INT64_MIN
#define EFFECT_ELSEWHERE (INT64_MIN + 1) /* the target has another root directory or other mounts */
int64_t effect_bytes(pid_t pid, const struct call *call, const struct seccomp_data *data,
                     uint64_t limit, bool legal);
/* Copies at most `limit` bytes, in place of a call that copies from one descriptor to another, to a
 * regular file. Never blocks on a pipe. Returns the same values. */
int64_t effect_copy(pid_t pid, const struct call *call, const struct seccomp_data *data,
                    uint64_t limit);
/* Sets *ret to how many bytes a call that stores data would store at most; to what a pipe can hold
 * if it would wait for one. Returns false if that is not known. */
bool effect_size(pid_t pid, const struct call *call, const struct seccomp_data *data,
                 uint64_t *ret);
/* Makes the whole call, which must be `repeatable` (struct call). Returns the same values, or
 * EFFECT_ELSEWHERE. */
int64_t effect_whole(pid_t pid, const struct call *call, const struct seccomp_data *data);

#endif
