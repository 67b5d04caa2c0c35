/* SPDX-License-Identifier: MIT
 * registers.h: the registers that unwinding starts from, in the order of their DWARF numbers.
 *
 * They come from the context of a signal handler (runner) or from ptrace (tracer). On other
 * architectures than these there are none, and no stacks. Each function returns how many registers
 * it wrote. Async-signal-safe.
 *
 * Runs in: supervisor, runner, tracer.
 */
#ifndef TRACE_REGISTERS_H
#define TRACE_REGISTERS_H

#include <stdint.h>
#include <sys/user.h>
#include <ucontext.h>

#include "trace/request.h"

#if defined(__x86_64__)

typedef struct user_regs_struct registers_user;
enum { REGISTERS_N = 17, REGISTERS_SP = 7, REGISTERS_PC = 16 };

static inline uint32_t registers_of_context(const ucontext_t *context,
                                            uint64_t to[TRACE_REGISTERS])
{
    static const int order[REGISTERS_N] = {
        REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
        REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP,
    };
    for (int i = 0; i < REGISTERS_N; i++)
        to[i] = (uint64_t)context->uc_mcontext.gregs[order[i]];
    return REGISTERS_N;
}

static inline uint32_t registers_of_user(const registers_user *user,
                                         uint64_t to[TRACE_REGISTERS])
{
    const uint64_t ordered[REGISTERS_N] = {
        user->rax, user->rdx, user->rcx, user->rbx, user->rsi, user->rdi, user->rbp, user->rsp,
        user->r8,  user->r9,  user->r10, user->r11, user->r12, user->r13, user->r14, user->r15,
        user->rip,
    };
    for (int i = 0; i < REGISTERS_N; i++)
        to[i] = ordered[i];
    return REGISTERS_N;
}

#elif defined(__aarch64__)

typedef struct user_regs_struct registers_user;
enum { REGISTERS_N = 33, REGISTERS_SP = 31, REGISTERS_PC = 32 };

static inline uint32_t registers_of_context(const ucontext_t *context,
                                            uint64_t to[TRACE_REGISTERS])
{
    for (int i = 0; i < REGISTERS_SP; i++)
        to[i] = context->uc_mcontext.regs[i];
    to[REGISTERS_SP] = context->uc_mcontext.sp;
    to[REGISTERS_PC] = context->uc_mcontext.pc;
    return REGISTERS_N;
}

static inline uint32_t registers_of_user(const registers_user *user,
                                         uint64_t to[TRACE_REGISTERS])
{
    for (int i = 0; i < REGISTERS_SP; i++)
        to[i] = user->regs[i];
    to[REGISTERS_SP] = user->sp;
    to[REGISTERS_PC] = user->pc;
    return REGISTERS_N;
}

#else

typedef struct { long none; } registers_user;
enum { REGISTERS_N = 0, REGISTERS_SP = 0, REGISTERS_PC = 0 };

static inline uint32_t registers_of_context(const ucontext_t *context,
                                            uint64_t to[TRACE_REGISTERS])
{
    (void)context;
    (void)to;
    return 0;
}

static inline uint32_t registers_of_user(const registers_user *user,
                                         uint64_t to[TRACE_REGISTERS])
{
    (void)user;
    (void)to;
    return 0;
}

#endif
#endif
