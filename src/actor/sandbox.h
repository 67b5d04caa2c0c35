/* SPDX-License-Identifier: MIT
 * sandbox.h: what an actor may do to the harness and to the machine, by seccomp (libseccomp).
 *
 * guard:  cannot signal, ptrace, change the limits or scheduling of, or write into the memory of
 *         monitor, warden and supervisor (EPERM); kill(-1) is refused, too. As root it has no
 *         CAP_SYS_PTRACE, so that /proc/PID/mem of the harness (not dumpable) is closed to it.
 *         pidfd_send_signal is ENOSYS, as are x32 calls; F_SETOWN_EX, FIOSETOWN and SIOCSPGRP are
 *         EPERM: the filter cannot see which process they name.
 * strict: in addition EPERM for all sockets except AF_UNIX, mounts and namespaces, module loading,
 * kexec,
 *         bpf, io_uring; no new privileges.
 * The filter is built once (sandbox_build, half a millisecond), made its own by each supervisor
 * (sandbox_own) and entered by each runner between fork and loop (sandbox_enter: async-signal-safe,
 * no allocation).
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
    bool no_new_privs;        /* strict, or no CAP_SYS_ADMIN to load a filter without */
    struct sock_fprog program; /* owned; empty for WIRE_SANDBOX_NONE */
};

/* protect[0 .. n): the harness's pids, in addition to the process that will own it. */
int sandbox_build(struct sandbox *sandbox, enum wire_sandbox kind, const pid_t *protect, size_t n,
                  struct error *error);
/* The calling process is protected from now on, too; its children may enter. Takes CAP_SYS_PTRACE
 * from it, for good: what it forks from then on has none, and no runner has to spend the time. */
int sandbox_own(struct sandbox *sandbox, struct error *error);
/* 0, or -1 with errno; the caller must not run user code then. */
int sandbox_enter(const struct sandbox *sandbox);
void sandbox_free(struct sandbox *sandbox);

#endif
