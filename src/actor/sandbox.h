/* SPDX-License-Identifier: MIT
 * sandbox.h: limits what an actor may do to the harness and to the machine, with a seccomp filter
 * (libseccomp).
 *
 * guard:  an actor gets EPERM when it tries to signal or ptrace the monitor, warden or supervisor,
 *         to change their limits or scheduling, or to write into their memory; kill(-1) is refused,
 *         too. An actor that is root loses CAP_SYS_PTRACE, so it cannot open /proc/PID/mem of the
 *         harness, which is not dumpable. The filter cannot see which process is named by
 *         pidfd_send_signal, F_SETOWN_EX, FIOSETOWN and SIOCSPGRP: the first fails with ENOSYS, as
 *         x32 calls do, the others with EPERM.
 * strict: in addition EPERM for all sockets except AF_UNIX, mounts and namespaces, module loading,
 *         kexec, bpf, io_uring; no new privileges.
 *
 * sandbox_build() builds the filter once (half a millisecond). Each supervisor adds itself to it
 * with sandbox_own(). Each runner enters it between fork and loop with sandbox_enter(), which is
 * async-signal-safe and does not allocate.
 *
 * Runs in: supervisor, runner.
 */
#ifndef ACTOR_SANDBOX_H
#define ACTOR_SANDBOX_H

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/base.h"
#include "wire/wire.h"

struct sandbox {
    enum wire_sandbox kind;
    bool no_new_privs;        /* strict, or needed to load a filter: no CAP_SYS_ADMIN */
    struct sock_fprog program; /* owned; empty for WIRE_SANDBOX_NONE */
};

/* Builds the filter. It protects the pids protect[0 .. n) and the process that calls sandbox_own().
 * Free it with sandbox_free(). Returns 0, or -1 with `error`. */
int sandbox_build(struct sandbox *sandbox, enum wire_sandbox kind, const pid_t *protect, size_t n,
                  struct error *error);
/* Protects the calling process, too; its children may then enter. The process loses CAP_SYS_PTRACE
 * for good, so its runners start without it and need not spend time on dropping it. Returns 0, or
 * -1 with `error`. */
int sandbox_own(struct sandbox *sandbox, struct error *error);
/* Returns 0, or -1 with errno: the caller must then not run user code. */
int sandbox_enter(const struct sandbox *sandbox);
void sandbox_free(struct sandbox *sandbox);

#endif
