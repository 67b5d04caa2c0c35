/* SPDX-License-Identifier: MIT
 * caller.h: which operation, server or hook a call belongs to. Not async-signal-safe.
 *
 * Runs in: injector, recorder.
 */
#ifndef INJECTOR_CALLER_H
#define INJECTOR_CALLER_H

#include <linux/types.h>
#include <stdbool.h>
#include <sys/types.h>

#include "inject/inject.h"
#include "memory/memory.h"

enum caller_time {
    CALLER_TARGET,  /* the operation, server or hook that is described */
    CALLER_HARNESS, /* no operation: the harness itself makes the call */
    CALLER_OUTLIVED /* no operation: its process has outlived the one that started it */
};

/* Maps the control memory. Takes over fd, also on failure. Returns 0, or -1 with `error`. */
int caller_map_control(int fd, struct control *ret, struct error *error);
/* Describes who makes a call: `hello` is what its process said when it entered, `thread` the
 * thread. `control`: the control memory; its header may be NULL. */
enum caller_time caller_describe(const struct control *control, const struct enter_hello *hello,
                                 pid_t thread, struct share_call *ret);
/* Would a call with these arguments change no file because it only opens one? */
bool caller_only_opens(pid_t thread, const struct call *call, const __u64 args[6]);

#endif
