/* SPDX-License-Identifier: MIT
 * effect.h: doing a call in the stead of a target that waits in it: all of it, or its first bytes.
 *
 * Runs in: injector.
 */
#ifndef INJECTOR_EFFECT_H
#define INJECTOR_EFFECT_H

#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/types.h>

#include "inject/inject.h"

/* Moves at most `limit` bytes of a call that reads or writes (RULE_HALF: half of what it asks for,
 * at least one). Never blocks on a pipe or a socket. What the target would have been told: the
 * number of bytes, or -errno. Not possible: EFFECT_REFUSED. */
#define EFFECT_REFUSED INT64_MIN
#define EFFECT_ELSEWHERE (INT64_MIN + 1) /* the target has another root directory or other mounts */
int64_t effect_bytes(pid_t pid, const struct call *call, const struct seccomp_data *data,
                     uint64_t limit);
/* Does the whole call (struct call, repeatable). The same values. */
int64_t effect_whole(pid_t pid, const struct call *call, const struct seccomp_data *data);

#endif
