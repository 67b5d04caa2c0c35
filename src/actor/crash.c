/* SPDX-License-Identifier: MIT
 * crash.c: the crash handler. Async-signal-safe throughout.
 */
#include "actor/crash.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace/trace.h"

enum { CRASH_STACK = 65536 }; /* more than any MINSIGSTKSZ, including AVX-512 and SVE state */

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

static struct layout_crash *crash_record;
static int crash_tracer = -1;
static int crash_hold_ms;
static _Atomic int crash_thread; /* the first that crashed; others wait for it */
static char crash_stack[CRASH_STACK] __attribute__((aligned(64)));

static void ask_for_stack(pid_t thread, const void *context)
{
    struct trace_request request = { .kind = TRACE_CRASH, .pid = getpid(), .thread = thread };
    request.n_registers = registers_of_context(context, request.registers);
    if (!crash_record) /* the supervisor, in a hook: not dumpable until now */
        prctl(PR_SET_DUMPABLE, 1);
    trace_ask_and_wait(crash_tracer, &request, crash_hold_ms);
}

static void crash_handler(int signo, siginfo_t *info, void *context)
{
    struct layout_crash *crash = crash_record;
    pid_t thread = (pid_t)syscall(SYS_gettid);
    int first = 0;
    if (!atomic_compare_exchange_strong(&crash_thread, &first, thread) && first != thread) {
        /* The first thread's stack is being read: do not end the process meanwhile. */
        poll(NULL, 0, crash_hold_ms);
    } else if (crash) {
        crash->code = info->si_code;
        crash->address = (uint64_t)(uintptr_t)info->si_addr;
        crash->thread = thread;
        atomic_signal_fence(memory_order_release);
        crash->signal = (uint32_t)signo;
    }
    if (first == 0 && crash_tracer >= 0)
        ask_for_stack(thread, context);
    /* Restore the default action only now: before, a second thread's crash would have ended the
     * process while the first one's stack was read. A fault recurs when the handler returns; a
     * signal that was sent must be sent again. */
    sigaction(signo, &(const struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    if (info->si_code <= 0)
        syscall(SYS_tgkill, getpid(), thread, signo);
}

void crash_arm(struct layout_slot *slot)
{
    crash_record = &slot->crash;
}

int crash_install(int tracer, int hold_ms)
{
    crash_tracer = tracer;
    crash_hold_ms = hold_ms;
    const stack_t stack = { .ss_sp = crash_stack, .ss_size = sizeof crash_stack };
    if (sigaltstack(&stack, NULL) < 0)
        return -1;
    for (size_t i = 0; i < sizeof crash_signals / sizeof *crash_signals; i++) {
        struct sigaction now;
        if (sigaction(crash_signals[i], NULL, &now) < 0)
            return -1;
        if ((now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL)
            continue;
        struct sigaction action = { .sa_sigaction = crash_handler,
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK };
        sigemptyset(&action.sa_mask);
        if (sigaction(crash_signals[i], &action, NULL) < 0)
            return -1;
    }
    return 0;
}
