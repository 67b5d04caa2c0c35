/* SPDX-License-Identifier: MIT
 * crash.c: the crash handler. Async-signal-safe throughout.
 */
#include "actor/crash.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CRASH_STACK = 65536 }; /* above every MINSIGSTKSZ, with AVX-512 and SVE state */

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP };

static struct layout_crash *crash_record;
static char crash_stack[CRASH_STACK] __attribute__((aligned(64)));

static void crash_handler(int signo, siginfo_t *info, void *context)
{
    (void)context;
    struct layout_crash *crash = crash_record;
    pid_t thread = (pid_t)syscall(SYS_gettid);
    if (crash) {
        crash->code = info->si_code;
        crash->address = (uint64_t)(uintptr_t)info->si_addr;
        crash->thread = thread;
        atomic_signal_fence(memory_order_release);
        crash->signal = (uint32_t)signo;
    }
    /* SA_RESETHAND has put the default back: a fault comes again on return; what was sent must be
     * sent again. */
    if (info->si_code <= 0)
        syscall(SYS_tgkill, getpid(), thread, signo);
}

void crash_arm(struct layout_slot *slot)
{
    crash_record = &slot->crash;
}

int crash_install(void)
{
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
                                    .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND };
        sigemptyset(&action.sa_mask);
        if (sigaction(crash_signals[i], &action, NULL) < 0)
            return -1;
    }
    return 0;
}
