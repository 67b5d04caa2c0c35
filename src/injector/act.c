/* SPDX-License-Identifier: MIT
 * act.c: see act.h.
 */
#include "injector/act.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "base/base.h"
#include "injector/disk.h"
#include "injector/effect.h"
#include "injector/state.h"
#include "injector/target.h"

/* ---- writing down ----------------------------------------------------------------------- */

/* Before the fault happens: a process that sees its damage must also see the event. */
static void record_event(struct injector *injector, const struct act *act, uint32_t rule)
{
    struct share *share = injector->share;
    uint64_t n = atomic_load(&share->n_events);
    if (rule < SHARE_HITS && atomic_load(&share->tally[rule].fired) == 0)
        share->hits[rule] = act->call;
    atomic_fetch_add(&share->tally[rule].fired, 1);
    if (rule < SHARE_RULES)
        atomic_fetch_add(&share->fired, 1);
    share->events[n % SHARE_EVENTS] =
        (struct share_event){ .at_ns = clock_now(), .rule = rule, .call = act->call };
    atomic_store(&share->n_events, n + 1);
}

/* The fault did not happen after all. */
static void take_back_event(struct injector *injector, uint32_t rule, uint64_t n_events)
{
    struct share *share = injector->share;
    atomic_fetch_sub(&share->tally[rule].fired, 1);
    if (rule < SHARE_RULES)
        atomic_fetch_sub(&share->fired, 1);
    atomic_store(&share->n_events, n_events);
}

/* From now on the operation may fail, and the server may exit, which is not a finding. */
static void mark_faulted(struct injector *injector, const struct act *act)
{
    const struct enter_hello *hello = &act->peer->hello;
    if (hello->kind == ENTER_SERVER && hello->number < DEFINITION_SERVERS)
        atomic_fetch_add(&injector->share->server_faults[hello->number], 1);
    if (hello->kind != ENTER_ACTOR || hello->number >= DEFINITION_ACTORS)
        return;
    struct share_victim *victim = &injector->share->victims[hello->number];
    atomic_store(&victim->operation, act->call.operation + 1);
    atomic_store(&victim->faulted, hello->incarnation);
}

/* A time limit must not count what the fault takes. */
static void mark_held(struct injector *injector, const struct act *act, uint64_t ns)
{
    const struct enter_hello *hello = &act->peer->hello;
    if (hello->kind == ENTER_SERVER && hello->number < DEFINITION_SERVERS)
        atomic_fetch_add(&injector->share->server_held_ns[hello->number], ns);
    if (hello->kind == ENTER_HOOK)
        atomic_fetch_add(&injector->share->hook_held_ns, ns);
    if (hello->kind != ENTER_ACTOR || hello->number >= DEFINITION_ACTORS)
        return;
    struct share_victim *victim = &injector->share->victims[hello->number];
    if (atomic_load(&victim->held) != hello->incarnation ||
        atomic_load(&victim->held_operation) != act->call.operation + 1)
        atomic_store(&victim->held_ns, 0);
    atomic_store(&victim->held_operation, act->call.operation + 1);
    atomic_store(&victim->held, hello->incarnation);
    uint64_t sum = atomic_load(&victim->held_ns);
    atomic_store(&victim->held_ns, ns < UINT64_MAX / 4 - sum ? sum + ns : UINT64_MAX / 4);
}

static void mark_killed(struct injector *injector, const struct enter_hello *hello)
{
    struct share *share = injector->share;
    if (hello->kind == ENTER_ACTOR && hello->number < DEFINITION_ACTORS)
        atomic_store(&share->victims[hello->number].killed, hello->incarnation);
    else if (hello->kind == ENTER_HOOK)
        atomic_fetch_add(&share->hook_killed, 1);
    if (hello->kind != ENTER_SERVER || hello->number >= DEFINITION_SERVERS)
        return;
    atomic_store(&share->servers[hello->number], (uint64_t)hello->pid);
    atomic_fetch_add(&share->server_faults[hello->number], 1);
}

/* ---- killing ---------------------------------------------------------------------------- */

static bool is_waiting(const struct act *act)
{
    return ioctl(act->peer->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &act->id) == 0;
}

/* Kills the process that made the call and its whole actor or server, as if the machine had
 * stopped: a process that is left would go on with a system that has crashed. Does not kill the
 * group of a hook, which is that of the supervisor. */
static bool kill_all(struct injector *injector, const struct act *act)
{
    const struct enter_hello *hello = &act->peer->hello;
    pid_t process = target_process(act->thread);
    int pidfd FD_CLEANUP = process < 0 ? -1 : pidfd_open(process, 0);
    if (pidfd < 0 || !is_waiting(act)) /* the pid has not been reused */
        return false;
    mark_killed(injector, hello);
    if (hello->kind == ENTER_HOOK)
        kill(hello->pid, SIGKILL);
    else if (hello->group > 1 && hello->group != getpgrp())
        kill(-hello->group, SIGKILL);
    return pidfd_send_signal(pidfd, SIGKILL, NULL, 0) == 0 || errno == ESRCH;
}

/* ---- the actions ------------------------------------------------------------------------ */

/* Each function answers the call, now or later, or finds that it is gone. */

static enum acted let_through(struct injector *injector, const struct act *act)
{
    return injector_answer(injector, act->peer->listener, act->id, 0, 0, true) ? ACTED_NOT
                                                                              : ACTED_GONE;
}

static enum acted act_error(struct injector *injector, const struct act *act,
                            const struct rule *rule, uint32_t number)
{
    (void)number;
    mark_faulted(injector, act);
    return injector_answer(injector, act->peer->listener, act->id, 0, -(int)rule->amount, false)
               ? ACTED : ACTED_GONE;
}

static enum acted act_delay(struct injector *injector, const struct act *act,
                            const struct rule *rule, uint32_t number)
{
    const struct pending pending = {
        .due_ns = clock_now() + rule->amount, .peer = (uint32_t)(act->peer - injector->peers),
        .listener = act->peer->listener, .id = act->id, .pidfd = -1, .rule = number };
    if (!injector_postpone(injector, &pending))
        return let_through(injector, act);
    mark_held(injector, act, rule->amount);
    return ACTED;
}

static enum acted act_stop(struct injector *injector, const struct act *act,
                           const struct rule *rule, uint32_t number)
{
    pid_t process = target_process(act->thread);
    struct pending pending = { .due_ns = clock_now() + rule->amount, .rule = number };
    pending.pidfd = process < 0 ? -1 : pidfd_open(process, 0);
    if (pending.pidfd < 0 || !is_waiting(act)) {
        fd_close(&pending.pidfd);
        return let_through(injector, act);
    }
    if (!injector_postpone(injector, &pending)) {
        fd_close(&pending.pidfd);
        return let_through(injector, act);
    }
    mark_held(injector, act, rule->amount);
    pidfd_send_signal(pending.pidfd, SIGSTOP, NULL, 0);
    injector_answer(injector, act->peer->listener, act->id, 0, 0, true);
    return ACTED;
}

static enum acted act_kill(struct injector *injector, const struct act *act,
                           const struct rule *rule, uint32_t number)
{
    (void)rule;
    (void)number;
    return kill_all(injector, act) ? ACTED : let_through(injector, act);
}

static bool is_refused(int64_t result)
{
    return result == EFFECT_REFUSED || result == EFFECT_ELSEWHERE;
}

/* The injector cannot make the call: lets it through unchanged and notes that for the user. */
static enum acted refused(struct injector *injector, const struct act *act, int64_t result)
{
    enum share_note note = result == EFFECT_REFUSED ? SHARE_NOTE_EFFECT : SHARE_NOTE_ROOT;
    atomic_fetch_add(&injector->share->notes[note], 1);
    return let_through(injector, act);
}

/* The call has taken effect: the fault happened, whatever becomes of the target. */
static enum acted answer_effect(struct injector *injector, const struct act *act, int64_t result)
{
    injector_answer(injector, act->peer->listener, act->id, result < 0 ? 0 : result,
                    result < 0 ? (int)result : 0, false);
    return ACTED;
}

static int64_t make_whole(const struct injector *injector, const struct act *act)
{
    return injector_can_make(injector, act)
               ? effect_whole(act->thread, call_of(act->data->nr), act->data) : EFFECT_REFUSED;
}

static int64_t make_part(const struct injector *injector, const struct act *act, uint64_t limit,
                         bool legal)
{
    return injector_can_make(injector, act)
               ? effect_bytes(act->thread, call_of(act->data->nr), act->data, limit, legal)
               : EFFECT_REFUSED;
}

static enum acted act_kill_after(struct injector *injector, const struct act *act,
                                 const struct rule *rule, uint32_t number)
{
    (void)rule;
    (void)number;
    int64_t result = make_whole(injector, act);
    if (is_refused(result))
        return refused(injector, act, result);
    return kill_all(injector, act) ? ACTED : answer_effect(injector, act, result);
}

static enum acted act_torn(struct injector *injector, const struct act *act,
                           const struct rule *rule, uint32_t number)
{
    (void)number;
    int64_t result = make_part(injector, act, rule->amount, false);
    if (is_refused(result))
        return refused(injector, act, result);
    return kill_all(injector, act) ? ACTED : answer_effect(injector, act, result);
}

static enum acted act_short(struct injector *injector, const struct act *act,
                            const struct rule *rule, uint32_t number)
{
    (void)number;
    int64_t result = make_part(injector, act, rule->amount, true);
    if (is_refused(result))
        return refused(injector, act, result);
    if (result < 0) /* nothing was moved: the kernel fails the call itself, with the signal */
        return let_through(injector, act);
    return answer_effect(injector, act, result);
}

/* The call needs more than the disk has. A call that the kernel fails for another reason it fails
 * itself. */
static enum acted act_full(struct injector *injector, const struct act *act,
                           const struct rule *rule, uint32_t number)
{
    (void)rule;
    if (act->need.known && act->need.bytes == 0)
        return let_through(injector, act) == ACTED_GONE ? ACTED_GONE : ACTED;
    int64_t result = disk_fill(injector, act, number);
    if (result < 0 && result != -ENOSPC)
        return let_through(injector, act);
    mark_faulted(injector, act);
    return answer_effect(injector, act, result);
}

static enum acted act_record(struct injector *injector, const struct act *act,
                             const struct rule *rule, uint32_t number)
{
    struct share_points *points = injector->points;
    (void)number;
    if (let_through(injector, act) == ACTED_GONE)
        return ACTED_GONE;
    if (points) {
        uint64_t n = atomic_fetch_add(&points->n, 1);
        if (n < points->room)
            points->points[n] = act->call;
        if (n < points->room && disk_has(injector, act, rule))
            points->points[n].stored = atomic_fetch_add(&points->stored, 1) + 1;
    }
    return ACTED;
}

typedef enum acted act_function(struct injector *injector, const struct act *act,
                          const struct rule *rule, uint32_t number);
static act_function *const act_functions[RULE_ACTIONS] = {
    [RULE_ERROR] = act_error,  [RULE_DELAY] = act_delay,           [RULE_SHORT] = act_short,
    [RULE_KILL] = act_kill,    [RULE_KILL_AFTER] = act_kill_after, [RULE_TORN] = act_torn,
    [RULE_STOP] = act_stop,    [RULE_FULL] = act_full,             [RULE_RECORD] = act_record,
};

enum acted injector_act(struct injector *injector, const struct act *act, uint32_t number)
{
    const struct rule *rule = &injector->share->rules[number];
    uint64_t n_events = atomic_load(&injector->share->n_events);
    if (rule->action == RULE_RECORD)
        return act_record(injector, act, rule, number);
    record_event(injector, act, number);
    enum acted acted = act_functions[rule->action](injector, act, rule, number);
    if (acted != ACTED)
        take_back_event(injector, number, n_events);
    return acted;
}
