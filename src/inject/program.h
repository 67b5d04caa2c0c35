/* SPDX-License-Identifier: MIT
 * program.h: a seccomp filter of libseccomp's as the program that the kernel takes. Supervisor; not
 * async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef INJECT_PROGRAM_H
#define INJECT_PROGRAM_H

#include <linux/filter.h>
#include <seccomp.h>

#include "base/base.h"

/* scmp_filter_ctx context PROGRAM_CLEANUP = seccomp_init(...);  releases it at scope exit. */
#define PROGRAM_CLEANUP __attribute__((cleanup(program_cleanup)))
void program_cleanup(scmp_filter_ctx *context);
/* ret->filter is the caller's to free. `what`: for the message, "the sandbox's filter". */
int program_export(scmp_filter_ctx context, const char *what, struct sock_fprog *ret,
                   struct error *error);

#endif
