/* SPDX-License-Identifier: MIT
 * verdict.c: see verdict.h.
 */
#include "supervisor/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "actor/actor.h"

static void set(struct verdict *ret, enum stress_cause cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void set(struct verdict *ret, enum stress_cause cause, const char *format, ...)
{
    va_list arguments;
    ret->kind = VERDICT_RESET;
    ret->cause = cause;
    va_start(arguments, format);
    vsnprintf(ret->what, sizeof ret->what, format, arguments);
    va_end(arguments);
}

static void set_finding(struct verdict *ret, bool finding, enum wire_finding_kind kind)
{
    ret->finding = finding;
    ret->finding_kind = kind;
}

/* It left at its boundary, with the outcome of its last operation. */
static void judge_outcome(const struct verdict_death *death, struct verdict *ret)
{
    const struct slot_view *view = death->view;
    switch (view->outcome) {
    case STRESS_OK:
    case STRESS_UNCOUNTED:
        if (death->asked)
            break;
        ret->died = true; /* the runner never does this: user code scribbled and exited */
        set(ret, STRESS_CAUSE_DEATH, "ended without being asked to");
        set_finding(ret, true, FINDING_EXIT);
        break;
    case STRESS_RESET:
        set(ret, STRESS_CAUSE_REQUEST, "asked for a reset without an announced reason%s%s",
            *view->message ? ": " : "", view->message);
        /* A saboteur that asks for a reset has broken something on purpose. */
        set_finding(ret, !death->saboteur && !death->announced_any && !death->injected,
                    FINDING_UNANNOUNCED_RESET);
        break;
    default:
        set(ret, STRESS_CAUSE_FAILURE, "%s", *view->message ? view->message : "failed");
        /* An operation with a fault may fail: what counts is the check after it. */
        set_finding(ret, !death->injected, FINDING_FAILURE);
    }
}

static void judge_exit(const struct verdict_death *death, struct verdict *ret)
{
    int status = death->info->si_status;
    enum layout_phase phase = death->view ? death->view->phase : PHASE_COUNT;
    if (status == CHILD_EXIT_LEFT && phase == PHASE_LEFT) {
        judge_outcome(death, ret);
    } else if (status == CHILD_EXIT_AGAIN && phase == PHASE_WAITING) {
        ret->kind = VERDICT_AGAIN;
    } else if (status == CHILD_EXIT_SETUP && phase == PHASE_ABSENT) {
        ret->kind = VERDICT_HARNESS;
    } else {
        ret->died = true;
        bool says = death->view && death->view->program > 0 && *death->view->message;
        set(ret, STRESS_CAUSE_DEATH, "exited with status %d%s%s", status, says ? ": " : "",
            says ? death->view->message : "");
        set_finding(ret, !death->injected, FINDING_EXIT);
    }
}

/* Did it cause the signal itself? Signals from other processes, also saboteurs, have SI_USER. */
static bool is_own_fault(const struct verdict_death *death)
{
    return death->view && death->view->crash.signal == (uint32_t)death->info->si_status &&
           death->view->crash.code != SI_USER;
}

static void judge_signal(const struct verdict_death *death, struct verdict *ret)
{
    int signo = death->info->si_status;
    const char *name = sigabbrev_np(signo);
    ret->died = true;
    if (death->out_of_memory)
        set(ret, STRESS_CAUSE_DEATH, "killed by the kernel: out of memory");
    else if (name)
        set(ret, STRESS_CAUSE_DEATH, "SIG%s", name);
    else
        set(ret, STRESS_CAUSE_DEATH, "signal %d", signo);
    bool wanted = death->announced_actor || (death->injected_kill && signo == SIGKILL);
    set_finding(ret, !wanted || is_own_fault(death), FINDING_CRASH);
}

void verdict_of_death(const struct verdict_death *death, struct verdict *ret)
{
    *ret = (struct verdict){ .kind = VERDICT_LEFT };
    if (death->hung || death->late) {
        ret->died = death->hung;
        set(ret, STRESS_CAUSE_HANG, death->hung ? "an operation took too long"
                                                : "did not reach its operation boundary");
        /* The finding was sent when the hang was seen, while the process was still there. */
        set_finding(ret, false, FINDING_HANG);
    } else if (death->info->si_code == CLD_EXITED) {
        judge_exit(death, ret);
    } else {
        judge_signal(death, ret);
    }
    if (!death->view) {
        set(ret, ret->cause ? ret->cause : STRESS_CAUSE_DEATH, "its slot makes no sense: %s",
            death->nonsense);
        ret->died = true;
        set_finding(ret, true, FINDING_CORRUPTION);
    }
}
