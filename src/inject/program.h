/* SPDX-License-Identifier: MIT
 * program.h: turns a libseccomp filter into the program that the kernel takes. Not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef INJECT_PROGRAM_H
#define INJECT_PROGRAM_H

#include <linux/filter.h>
#include <seccomp.h>

#include "base/base.h"

/* scmp_filter_ctx context PROGRAM_CLEANUP = seccomp_init(...);  releases context at scope exit. */
#define PROGRAM_CLEANUP __attribute__((cleanup(program_cleanup)))
void program_cleanup(scmp_filter_ctx *context);
/* Exports the filter. ret->filter is the caller's to free. `what` names the filter in messages:
 * "the sandbox's filter". Returns 0, or -1 with `error`. */
int program_export(scmp_filter_ctx context, const char *what, struct sock_fprog *ret,
                   struct error *error);

#endif
