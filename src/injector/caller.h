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
#include "injector/target.h"
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
/* Is it a call on the pipes over which a program that stays is told of operations, and answers? It
 * belongs to no operation. */
bool caller_is_on_channel(const struct enter_hello *hello, pid_t thread, const struct call *call,
                          const __u64 args[6]);
/* Keeps the paths of a call in its description: of long ones the ends. */
void caller_keep_paths(const struct target_paths *paths, struct share_call *ret);
/* Is a call with these paths one that the rule is about, by its path= and, if it asks for files
 * only, by what it does to which file? Only what makes such a rule differ is looked at in the
 * target. `output`: the file with what operations print, which is not theirs; "": none. */
bool caller_path_fits(const struct rule *rule, const char *output, pid_t thread,
                      const struct call *call, const __u64 args[6],
                      const struct target_paths *paths);

#endif
