/* SPDX-License-Identifier: MIT
 * enter.c: see enter.h.
 */
#include "inject/enter.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "inject/program.h"

/* The sixth argument of a call that takes fewer. The call that hands the listener over must be let
 * through, since the injector cannot answer before it has the listener. */
#define COOKIE INJECT_COOKIE
#define NOT_OURS { 5, SCMP_CMP_NE, (uint64_t)(unsigned long)COOKIE, 0 }

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* since Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* ---- the filter -------------------------------------------------------------------------- */

/* Calls that the recorder wants to see besides those that change files. A mask of 0: always. */
static const struct {
    const char *name;
    unsigned argument;
    uint64_t mask, value;
} also_traced[] = {
    { "mmap", 3, MAP_SHARED, MAP_SHARED }, { "mmap2", 3, MAP_SHARED, MAP_SHARED },
    { "mmap", 2, PROT_EXEC, PROT_EXEC },   { "mmap2", 2, PROT_EXEC, PROT_EXEC },
    { "ioctl", 1, UINT32_MAX, FICLONE },   { "ioctl", 1, UINT32_MAX, FICLONERANGE },
    { "bind", 0, 0, 0 },                   { "io_uring_setup", 0, 0, 0 },
};

/* A process that makes itself undumpable, as gpg-agent(1) does, hides its memory and its paths
 * from the injector and the recorder of an ordinary user: it is told that it did. Returns 0 or
 * -errno. */
static int keep_dumpable(scmp_filter_ctx context, const struct call_set *calls)
{
    const struct scmp_arg_cmp hides[] = { { 0, SCMP_CMP_EQ, PR_SET_DUMPABLE, 0 },
                                          { 1, SCMP_CMP_EQ, 0, 0 } };
    if (call_set_has(calls, SCMP_SYS(prctl)))
        return 0;
    return seccomp_rule_add_array(context, SCMP_ACT_ERRNO(0), SCMP_SYS(prctl), 2, hides);
}

/* The filter of a recorded process, whose calls stop it for its tracer. Returns 0 or -errno. */
static int add_traced(scmp_filter_ctx context, const struct call_set *calls)
{
    const struct scmp_arg_cmp not_ours = NOT_OURS;
    struct call_set all;
    int code = 0;
    call_set_changes(&all);
    for (int i = 0; i < CALL_NUMBERS && code == 0; i++)
        if (call_set_has(&all, i) || call_set_has(calls, i))
            code = seccomp_rule_add_array(context, SCMP_ACT_TRACE(0), i, 1, &not_ours);
    for (size_t i = 0; i < sizeof also_traced / sizeof *also_traced && code == 0; i++) {
        int number = seccomp_syscall_resolve_name(also_traced[i].name);
        const struct scmp_arg_cmp fits[] = {
            not_ours, { also_traced[i].argument, SCMP_CMP_MASKED_EQ, also_traced[i].mask,
                        also_traced[i].value } };
        if (number >= 0 && !call_set_has(calls, number))
            code = seccomp_rule_add_array(context, SCMP_ACT_TRACE(0), number,
                                          also_traced[i].mask ? 2 : 1, fits);
    }
    return code;
}

#define HAS(argument_, bits_) { argument_, SCMP_CMP_MASKED_EQ, bits_, bits_ }

/* Asks about mappings through which a process may change files without a call. MAP_SHARED is a bit
 * of MAP_SHARED_VALIDATE. Returns 0 or -errno. */
static int add_mappings(scmp_filter_ctx context, const struct call_set *calls)
{
    const struct scmp_arg_cmp tests[] = { HAS(2, PROT_WRITE), NOT_OURS, HAS(3, MAP_SHARED) };
    const struct { int number; unsigned n; } mappings[] = {
        { SCMP_SYS(mmap), 3 }, { SCMP_SYS(mmap2), 3 }, { SCMP_SYS(mprotect), 2 } };
    int code = 0;
    for (size_t i = 0; i < sizeof mappings / sizeof *mappings && code == 0; i++)
        if (mappings[i].number >= 0 && !call_set_has(calls, mappings[i].number))
            code = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, mappings[i].number,
                                          mappings[i].n, tests);
    return code;
}

/* Returns 0 or -errno, like libseccomp. */
static int add_rules(scmp_filter_ctx context, const struct call_set *calls)
{
    const struct scmp_arg_cmp not_ours = NOT_OURS;
    const struct scmp_arg_cmp filter[] = { { 0, SCMP_CMP_EQ, SECCOMP_SET_MODE_FILTER, 0 },
                                           not_ours };
    const struct scmp_arg_cmp mode[] = { { 0, SCMP_CMP_EQ, PR_SET_SECCOMP, 0 }, not_ours };
    int code = 0;
    for (int i = 0; i < CALL_NUMBERS && code == 0; i++)
        if (call_set_has(calls, i))
            code = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, i, 1, &not_ours);
    /* The report tells what a target does with filters and io_uring. */
    if (code == 0)
        code = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, SCMP_SYS(seccomp), 2, filter);
    if (code == 0 && !call_set_has(calls, SCMP_SYS(prctl)))
        code = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, SCMP_SYS(prctl), 2, mode);
    /* The injector must not wait for a file system that a target serves. */
    const int always[] = { SCMP_SYS(io_uring_setup), SCMP_SYS(mount), SCMP_SYS(fsopen) };
    for (size_t i = 0; i < sizeof always / sizeof *always && code == 0; i++)
        if (!call_set_has(calls, always[i]))
            code = seccomp_rule_add_array(context, SCMP_ACT_NOTIFY, always[i], 1, &not_ours);
    return code;
}

int inject_plan_build(struct inject_plan *plan, struct error *error)
{
    scmp_filter_ctx context PROGRAM_CLEANUP = seccomp_init(SCMP_ACT_ALLOW);
    if (!context)
        return error_set(error, ENOMEM, "cannot build the injection filter");
    /* Calls of another architecture have other numbers: the injector is asked about all of them. */
    bool traced = plan->share->traced;
    int code = seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH,
                                traced ? SCMP_ACT_TRACE(0) : SCMP_ACT_NOTIFY);
    if (code == 0)
        code = traced ? add_traced(context, &plan->share->calls)
                      : add_rules(context, &plan->share->calls);
    if (code == 0)
        code = keep_dumpable(context, &plan->share->calls);
    if (code == 0 && !traced && share_records(plan->share))
        code = add_mappings(context, &plan->share->calls);
    if (code < 0)
        return error_set(error, -code, "cannot build the injection filter");
    (void)seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* older libseccomp: no */
    return program_export(context, "the injection filter", &plan->program, error);
}

void inject_plan_free(struct inject_plan *plan)
{
    free(plan->program.filter);
    plan->program = (struct sock_fprog){ 0 };
}

/* Sends one packet with one descriptor. Async-signal-safe. */
static int hand_over(int socket, const void *bytes, size_t size, int fd)
{
    struct packet packet;
    packet_out(&packet, bytes, size, fd);
    long sent;
    do
        sent = syscall(SYS_sendmsg, socket, &packet.message, MSG_NOSIGNAL, 0, 0, COOKIE);
    while (sent < 0 && (errno == EINTR || errno == ENOMEM || errno == ENOBUFS));
    return sent < 0 ? -1 : 0;
}

/* Returns the listener; 0: a recorded process has none. */
static int load(const struct inject_plan *plan)
{
    const unsigned long wanted = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    if (plan->share->traced)
        return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan->program, 0, 0, COOKIE);
    long fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                      wanted | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &plan->program, 0, 0,
                      COOKIE);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, wanted, &plan->program, 0, 0, COOKIE);
    return (int)fd;
}

static void take_six(long a, long b, long c, long d, long e, long f)
{
    (void)(a + b + c + d + e + f);
}

void inject_forget(void)
{
    void (*volatile call)(long, long, long, long, long, long) = take_six; /* not to be inlined */
    call(0, 0, 0, 0, 0, 0);
}

/* Without privileges and outside the sandbox a filter needs no_new_privs. */
static int load_anyhow(const struct inject_plan *plan)
{
    int listener = load(plan);
    if (listener < 0 && errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        listener = load(plan);
    return listener;
}

/* The filter asks about the exit, too, if a rule does: nobody would answer. */
void inject_try(const struct inject_plan *plan)
{
    int code = load_anyhow(plan) < 0 ? errno : 0;
    for (;;)
        syscall(SYS_exit_group, code, 0, 0, 0, 0, COOKIE);
}

/* Sends a request with one end of a socket, and waits for the answer. Returns it, or -errno. */
static int64_t ask(const struct inject_plan *plan, const void *request, size_t size)
{
    int64_t answer = -EPIPE;
    int ends[2];
    if (syscall(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends, 0, COOKIE) < 0)
        return -errno;
    if (hand_over(plan->socket, request, size, ends[1]) < 0) {
        answer = -errno;
    } else {
        long n;
        syscall(SYS_close, ends[1], 0, 0, 0, 0, COOKIE);
        ends[1] = -1;
        do
            n = syscall(SYS_read, ends[0], &answer, sizeof answer, 0, 0, COOKIE);
        while (n < 0 && errno == EINTR);
        if (n != (long)sizeof answer)
            answer = n < 0 ? -errno : -EPIPE;
    }
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            syscall(SYS_close, ends[i], 0, 0, 0, 0, COOKIE);
    inject_forget();
    return answer;
}

/* The recorder attaches before it answers: a filter that traces without a tracer fails calls. */
static int enter_recorded(const struct inject_plan *plan, const struct enter_hello *hello)
{
    int64_t answer = ask(plan, hello, sizeof *hello);
    if (answer < 0) {
        errno = (int)-answer;
        return -1;
    }
    int result = load_anyhow(plan);
    inject_forget();
    return result;
}

int inject_enter(const struct inject_plan *plan, struct enter_hello *hello)
{
    hello->pid = getpid();
    hello->group = getpgrp();
    if (plan->share->traced)
        return enter_recorded(plan, hello);
    int listener = load_anyhow(plan);
    if (listener < 0)
        return -1;
    int result = hand_over(plan->socket, hello, sizeof *hello, listener);
    int code = errno;
    syscall(SYS_close, listener, 0, 0, 0, 0, COOKIE);
    inject_forget();
    errno = code;
    return result;
}

int64_t inject_arm(const struct inject_plan *plan, const struct rule *rule)
{
    const struct enter_request request = { .hello = { .kind = ENTER_ARM }, .rule = *rule };
    return ask(plan, &request, sizeof request);
}

void inject_settle(const struct inject_plan *plan)
{
    const struct enter_hello hello = { .kind = ENTER_SETTLED };
    if (plan->share && plan->share->traced)
        (void)ask(plan, &hello, sizeof hello); /* without an answer the recording is not whole */
}
