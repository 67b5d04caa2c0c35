/* SPDX-License-Identifier: MIT
 * sandbox.c: the supervisor builds the filter from the tables below; a runner enters it.
 *
 * The kernel reads a pid from 32 bits, but the filter sees the 64 bits of the register. Only the
 * lower half may be compared, or garbage in the upper half would bypass the filter.
 */
#include "actor/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "inject/inject.h"

#define LOW UINT64_C(0xffffffff)
#define LOW_IS(argument, value) { (argument), SCMP_CMP_MASKED_EQ, LOW, (uint32_t)(value) }
#define FLAG_SET(argument, flag) { (argument), SCMP_CMP_MASKED_EQ, (flag), (flag) }

#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

enum { PROTECT_MAX = 16, TARGETS_MAX = 3 * (PROTECT_MAX + 1) + 1, CAP_WORDS = 2 };
#define OWNER 0x7ffffffe /* placeholder for the owner's pid; no pid is this large */

/* What an argument names. */
enum target_kind {
    TARGET_PID,    /* a process */
    TARGET_GROUP,  /* a process group */
    TARGET_WHO,    /* either; another argument says which */
    TARGET_SIGNAL, /* a process, minus a group, or -1: all processes */
    TARGET_KINDS
};

struct targets {
    size_t n;
    uint32_t values[TARGETS_MAX];
};

static const struct {
    int call;
    unsigned argument;
    enum target_kind kind;
} target_rules[] = {
    { SCMP_SYS(kill), 0, TARGET_SIGNAL },
    { SCMP_SYS(tkill), 0, TARGET_PID },
    { SCMP_SYS(tgkill), 0, TARGET_PID }, /* the kernel checks that the thread is in that process */
    { SCMP_SYS(rt_sigqueueinfo), 0, TARGET_PID },
    { SCMP_SYS(rt_tgsigqueueinfo), 0, TARGET_PID },
    { SCMP_SYS(pidfd_open), 0, TARGET_PID },
    { SCMP_SYS(ptrace), 1, TARGET_PID },
    { SCMP_SYS(process_vm_readv), 0, TARGET_PID },
    { SCMP_SYS(process_vm_writev), 0, TARGET_PID },
    { SCMP_SYS(kcmp), 0, TARGET_PID },
    { SCMP_SYS(kcmp), 1, TARGET_PID },
    { SCMP_SYS(prlimit64), 0, TARGET_PID },
    { SCMP_SYS(sched_setaffinity), 0, TARGET_PID },
    { SCMP_SYS(sched_setattr), 0, TARGET_PID },
    { SCMP_SYS(sched_setparam), 0, TARGET_PID },
    { SCMP_SYS(sched_setscheduler), 0, TARGET_PID },
    { SCMP_SYS(migrate_pages), 0, TARGET_PID },
    { SCMP_SYS(move_pages), 0, TARGET_PID },
    { SCMP_SYS(setpriority), 1, TARGET_WHO },
    { SCMP_SYS(ioprio_set), 1, TARGET_WHO },
    { SCMP_SYS(setpgid), 1, TARGET_GROUP }, /* in its group, kill(0) would reach the harness */
};

/* A call that is refused always, or if one comparison holds. */
struct refused_rule {
    int call;
    int error;
    unsigned n_comparisons;
    struct scmp_arg_cmp comparison;
};

static const struct refused_rule guard_rules[] = {
    /* It takes a descriptor, so the filter cannot see the pid. Programs fall back to kill(). */
    { SCMP_SYS(pidfd_send_signal), ENOSYS, 0, { 0 } },
    { SCMP_SYS(setpriority), EPERM, 1, LOW_IS(0, PRIO_USER) },
    { SCMP_SYS(ioprio_set), EPERM, 1, LOW_IS(0, IOPRIO_WHO_USER) },
    /* The filter cannot follow the pointer to the process that will get SIGIO. */
    { SCMP_SYS(fcntl), EPERM, 1, LOW_IS(1, F_SETOWN_EX) },
    { SCMP_SYS(fcntl64), EPERM, 1, LOW_IS(1, F_SETOWN_EX) },
    { SCMP_SYS(ioctl), EPERM, 1, LOW_IS(1, FIOSETOWN) },
    { SCMP_SYS(ioctl), EPERM, 1, LOW_IS(1, SIOCSPGRP) },
};

#define REFUSE(name) { SCMP_SYS(name), EPERM, 0, { 0 } }
#define ABSENT(name) { SCMP_SYS(name), ENOSYS, 0, { 0 } } /* libraries manage without it */
#define NO_CLONE(flag) { SCMP_SYS(clone), EPERM, 1, FLAG_SET(CLONE_FLAGS, flag) }

static const struct refused_rule strict_rules[] = {
    { SCMP_SYS(socket), EPERM, 1, { 0, SCMP_CMP_NE, AF_UNIX, 0 } },
    REFUSE(mount), REFUSE(umount), REFUSE(umount2), REFUSE(move_mount), REFUSE(open_tree),
    REFUSE(fsopen), REFUSE(fsconfig), REFUSE(fsmount), REFUSE(fspick), REFUSE(mount_setattr),
    REFUSE(pivot_root), REFUSE(chroot),
    REFUSE(unshare), REFUSE(setns), ABSENT(clone3),
    NO_CLONE(CLONE_NEWNS), NO_CLONE(CLONE_NEWCGROUP), NO_CLONE(CLONE_NEWUTS),
    NO_CLONE(CLONE_NEWIPC), NO_CLONE(CLONE_NEWUSER), NO_CLONE(CLONE_NEWPID), NO_CLONE(CLONE_NEWNET),
    REFUSE(init_module), REFUSE(finit_module), REFUSE(delete_module),
    REFUSE(kexec_load), REFUSE(kexec_file_load), REFUSE(reboot),
    REFUSE(bpf), REFUSE(perf_event_open), ABSENT(io_uring_setup),
    REFUSE(swapon), REFUSE(swapoff), REFUSE(quotactl), REFUSE(quotactl_fd), REFUSE(acct),
    REFUSE(settimeofday), REFUSE(stime), REFUSE(adjtimex),
    REFUSE(clock_settime), REFUSE(clock_settime64), REFUSE(clock_adjtime), REFUSE(clock_adjtime64),
    REFUSE(sethostname), REFUSE(setdomainname), REFUSE(iopl), REFUSE(ioperm),
    REFUSE(add_key), REFUSE(keyctl), REFUSE(request_key),
};

/* The 32-bit calls that a 64-bit kernel accepts. x32 is left out: almost no kernel has it enabled,
 * and it would make the filter slower to load. Its calls get ENOSYS, as on those kernels. */
static const struct {
    uint32_t native, narrow;
} architectures[] = {
    { SCMP_ARCH_X86_64, SCMP_ARCH_X86 },
    { SCMP_ARCH_AARCH64, SCMP_ARCH_ARM },
};

static void target_add(struct targets *targets, uint32_t value)
{
    for (size_t i = 0; i < targets->n; i++)
        if (targets->values[i] == value)
            return;
    targets->values[targets->n++] = value;
}

static int targets_fill(struct targets lists[TARGET_KINDS], const pid_t *protect, size_t n,
                        struct error *error)
{
    if (n > PROTECT_MAX)
        return error_set(error, E2BIG, "cannot protect %zu processes", n);
    target_add(&lists[TARGET_SIGNAL], (uint32_t)-1);
    for (size_t i = 0; i <= n; i++) {
        pid_t pid = i < n ? protect[i] : OWNER, group = getpgid(i < n ? pid : 0);
        if (group < 0)
            return error_set(error, errno, "cannot find the process group of %d", (int)pid);
        target_add(&lists[TARGET_PID], (uint32_t)pid);
        target_add(&lists[TARGET_WHO], (uint32_t)pid);
        target_add(&lists[TARGET_WHO], (uint32_t)group);
        target_add(&lists[TARGET_GROUP], (uint32_t)pid);
        target_add(&lists[TARGET_GROUP], (uint32_t)group);
        target_add(&lists[TARGET_SIGNAL], (uint32_t)pid);
        target_add(&lists[TARGET_SIGNAL], (uint32_t)-pid);
        target_add(&lists[TARGET_SIGNAL], (uint32_t)-group);
    }
    return 0;
}

/* Returns 0 or -errno, as libseccomp does. Skips calls that the architecture lacks. */
static int add_targets(scmp_filter_ctx context, const struct targets lists[TARGET_KINDS])
{
    for (size_t i = 0; i < sizeof target_rules / sizeof *target_rules; i++) {
        const struct targets *targets = &lists[target_rules[i].kind];
        for (size_t k = 0; k < targets->n; k++) {
            struct scmp_arg_cmp is = LOW_IS(target_rules[i].argument, targets->values[k]);
            int code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), target_rules[i].call,
                                              1, &is);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

static int add_owners(scmp_filter_ctx context, const struct targets *targets)
{
    static const int calls[] = { SCMP_SYS(fcntl), SCMP_SYS(fcntl64) };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        for (size_t k = 0; k < targets->n; k++) {
            struct scmp_arg_cmp both[] = { LOW_IS(1, F_SETOWN), LOW_IS(2, targets->values[k]) };
            int code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), calls[i], 2, both);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

static int add_refused(scmp_filter_ctx context, const struct refused_rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int code = seccomp_rule_add_array(context, SCMP_ACT_ERRNO((uint32_t)rules[i].error),
                                          rules[i].call, rules[i].n_comparisons,
                                          rules[i].n_comparisons ? &rules[i].comparison : NULL);
        if (code < 0)
            return code;
    }
    return 0;
}

static int add_architectures(scmp_filter_ctx context)
{
    for (size_t i = 0; i < sizeof architectures / sizeof *architectures; i++)
        if (architectures[i].native == seccomp_arch_native())
            return seccomp_arch_add(context, architectures[i].narrow);
    return 0;
}

static int add_everything(scmp_filter_ctx context, enum wire_sandbox kind,
                          const struct targets lists[TARGET_KINDS])
{
    int code = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
    if (code == 0)
        code = add_architectures(context);
    if (code == 0)
        code = add_targets(context, lists);
    if (code == 0)
        code = add_owners(context, &lists[TARGET_SIGNAL]);
    if (code == 0)
        code = add_refused(context, guard_rules, sizeof guard_rules / sizeof *guard_rules);
    if (code == 0 && kind == WIRE_SANDBOX_STRICT)
        code = add_refused(context, strict_rules, sizeof strict_rules / sizeof *strict_rules);
    /* Have the filter search the calls in a binary tree; older libseccomp ignores this. */
    if (code == 0)
        (void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return code;
}

static int capabilities(long call, struct __user_cap_data_struct data[CAP_WORDS])
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    return (int)syscall(call, &header, data);
}

/* Drops CAP_SYS_PTRACE for good, also across an exec as root. Without CAP_SETPCAP that needs
 * no_new_privs. The ambient capability goes with the permitted one. */
static int drop_ptrace(struct sandbox *sandbox, struct __user_cap_data_struct caps[CAP_WORDS])
{
    struct __user_cap_data_struct *word = &caps[CAP_TO_INDEX(CAP_SYS_PTRACE)];
    const uint32_t bit = CAP_TO_MASK(CAP_SYS_PTRACE);
    if (!(word->permitted & bit))
        return 0;
    if (prctl(PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0) < 0)
        sandbox->no_new_privs = true;
    word->effective &= ~bit;
    word->permitted &= ~bit;
    word->inheritable &= ~bit;
    return capabilities(SYS_capset, caps);
}

int sandbox_build(struct sandbox *sandbox, enum wire_sandbox kind, const pid_t *protect, size_t n,
                  struct error *error)
{
    *sandbox = (struct sandbox){ .kind = kind };
    if (kind == WIRE_SANDBOX_NONE)
        return 0;
    struct targets lists[TARGET_KINDS] = { 0 };
    if (targets_fill(lists, protect, n, error) < 0)
        return -1;
    scmp_filter_ctx context PROGRAM_CLEANUP = seccomp_init(SCMP_ACT_ALLOW);
    if (!context)
        return error_set(error, ENOMEM, "cannot start the sandbox's filter");
    int code = add_everything(context, kind, lists);
    if (code < 0)
        return error_set(error, -code, "cannot build the sandbox's filter");
    return program_export(context, "the sandbox's filter", &sandbox->program, error);
}

/* Replaces the placeholder; it occurs only in jumps: see LOW_IS. */
static void name_owner(struct sock_fprog *program, uint32_t pid)
{
    for (unsigned short i = 0; i < program->len; i++) {
        struct sock_filter *step = &program->filter[i];
        if (step->code != (BPF_JMP | BPF_JEQ | BPF_K))
            continue;
        if (step->k == (uint32_t)OWNER)
            step->k = pid;
        else if (step->k == (uint32_t)-OWNER)
            step->k = -pid;
    }
}

int sandbox_own(struct sandbox *sandbox, struct error *error)
{
    struct __user_cap_data_struct caps[CAP_WORDS];
    if (sandbox->kind == WIRE_SANDBOX_NONE)
        return 0;
    name_owner(&sandbox->program, (uint32_t)getpid());
    if (capabilities(SYS_capget, caps) < 0)
        return error_set(error, errno, "cannot read this process's capabilities");
    sandbox->no_new_privs =
        sandbox->kind == WIRE_SANDBOX_STRICT ||
        !(caps[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN));
    return drop_ptrace(sandbox, caps) < 0
               ? error_set(error, errno, "cannot drop the capability CAP_SYS_PTRACE") : 0;
}

int sandbox_enter(const struct sandbox *sandbox)
{
    if (sandbox->kind == WIRE_SANDBOX_NONE)
        return 0;
    if (sandbox->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &sandbox->program) == 0 ? 0 : -1;
}

void sandbox_free(struct sandbox *sandbox)
{
    free(sandbox->program.filter);
    sandbox->program = (struct sock_fprog){ 0 };
}
