/* SPDX-License-Identifier: MIT
 * runners.c: see runners.h.
 */
#include "supervisor/runners.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "memory/memory.h"
#include "supervisor/breaks.h"
#include "supervisor/finding.h"
#include "supervisor/lifecycle.h"
#include "supervisor/injection.h"
#include "supervisor/outbox.h"
#include "supervisor/run.h"
#include "supervisor/serial.h"
#include "supervisor/spawn.h"
#include "supervisor/stack.h"
#include "supervisor/state.h"
#include "supervisor/tickets.h"

enum { GATE_FIRST = 8 }; /* runners that are woken, to wake the others: see wait_at_gate() */
#define HOLD_FIRST_NS (10 * CLOCK_MILLISECOND)
#define HOLD_MOST_NS CLOCK_SECOND

static bool is_due(const struct runner *runner, uint64_t now)
{
    return runner->state == RUNNER_ABSENT ||
           (runner->state == RUNNER_HELD && runner->held_until_ns <= now);
}

static bool is_crowded(struct runner *runner, const struct error *error, uint64_t now)
{
    if (error->code != EAGAIN && error->code != ENOMEM)
        return false;
    if (runner->crowded_ns == 0)
        runner->crowded_ns = now;
    return now - runner->crowded_ns < RUNNER_CROWDED_S * CLOCK_SECOND;
}

int runner_fork(struct supervisor *s, uint32_t actor, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    uint64_t now = clock_now();
    if (spawn_runner(s, actor, error) == 0) {
        runner->crowded_ns = 0;
        return 0;
    }
    if (!is_crowded(runner, error, now))
        return -1;
    tickets_settle(s, actor, 0);
    runner->held_until_ns = now + HOLD_FIRST_NS;
    clock_sooner(&s->held_check_ns, runner->held_until_ns);
    runner_apply(runner, RUNNER_EVENT_HOLD);
    return 0;
}

/* Forks all runners whose backoff is over, and notes when the next backoff ends. */
static int fork_due(struct supervisor *s, uint64_t now, struct error *error)
{
    s->held_check_ns = CLOCK_NEVER;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        struct runner *runner = &s->runners[i];
        if (is_due(runner, now)) {
            if (runner_fork(s, i, error) < 0)
                return -1;
        } else if (runner->state == RUNNER_HELD) {
            clock_sooner(&s->held_check_ns, runner->held_until_ns);
        }
    }
    return 0;
}

static bool anybody_works(const struct supervisor *s)
{
    uint32_t index;
    if (s->env.config.serial == WIRE_LISTED)
        return true;
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].state != RUNNER_RETIRED &&
            !definition_type_of(&s->env.definition, i, &index)->saboteur)
            return true;
    return false;
}

static const struct definition_type *type_of(const struct supervisor *s, uint32_t actor)
{
    uint32_t index;
    return definition_type_of(&s->env.definition, actor, &index);
}

/* How long an operation of this type may take. */
static uint64_t timeout_ns(const struct supervisor *s, const struct definition_type *type)
{
    const struct wire_config *config = &s->env.config;
    return type->timeout_ms ? config->slowness * type->timeout_ms * CLOCK_MILLISECOND
                            : config->op_timeout_ns;
}

/* The shortest of all these times. */
static uint64_t least_timeout_ns(const struct supervisor *s)
{
    uint64_t least = s->env.config.op_timeout_ns;
    for (uint32_t i = 0; i < s->env.definition.n_types; i++)
        clock_sooner(&least, timeout_ns(s, &s->env.definition.types[i]));
    return least;
}

void runners_open(struct supervisor *s)
{
    struct layout_header *header = s->env.control.header;
    uint64_t now = clock_now();
    s->hang_check_ns = now + least_timeout_ns(s);
    atomic_store(&header->begun_ns, now);
    if (header->time_limit_ns > 0 && atomic_load(&header->time_is_up_ns) == 0)
        atomic_store(&header->time_is_up_ns, now + header->time_limit_ns);
    atomic_store(&header->gate, 0);
    syscall(SYS_futex, &header->gate, FUTEX_WAKE, GATE_FIRST, NULL, NULL, 0);
}

int runners_start(struct supervisor *s, struct error *error)
{
    s->stop_deadline_ns = CLOCK_NEVER;
    if (!anybody_works(s)) {
        s->end = WIRE_END_NO_ACTORS;
        run_apply(s, RUN_EVENT_END);
        return 0;
    }
    atomic_store(&s->env.control.header->gate, 1);
    return fork_due(s, clock_now(), error);
}

void runner_kill(struct supervisor *s, uint32_t actor)
{
    struct runner *runner = &s->runners[actor];
    runner_apply(runner, RUNNER_EVENT_KILL);
    runner->death_deadline_ns = clock_now() + s->env.config.reset_timeout_ns;
    clock_sooner(&s->kill_check_ns, runner->death_deadline_ns);
    /* Kill its group, and the runner itself in case it has left the group. */
    kill(-runner->pid, SIGKILL);
    kill(runner->pid, SIGKILL);
}

static int retire(struct supervisor *s, uint32_t actor, uint32_t fruitless, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    struct wire_retired retired = { .actor = (int32_t)actor, .fruitless = fruitless,
                                    .n_deaths = runner->n_deaths };
    memcpy(retired.deaths, runner->deaths, sizeof retired.deaths);
    runner_apply(runner, RUNNER_EVENT_RETIRE);
    atomic_store(&control_ledger(&s->env.control, actor)->retired, 1);
    return outbox_put(s, WIRE_RETIRED, &retired, sizeof retired, error);
}

int runner_fail(struct supervisor *s, uint32_t actor, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    if (++runner->failures < RUNNER_MAX_FAILURES)
        return 0;
    return retire(s, actor, runner->failures, error);
}

int runner_punish(struct supervisor *s, uint32_t actor, const struct wire_death *death,
                  struct error *error)
{
    struct runner *runner = &s->runners[actor];
    /* Keeps the first WIRE_DEATHS - 1 and the last. */
    uint32_t at = runner->n_deaths < WIRE_DEATHS ? runner->n_deaths++ : WIRE_DEATHS - 1;
    runner->deaths[at] = *death;
    runner->fruitless++;
    if (runner->fruitless >= RUNNER_MAX_FRUITLESS)
        return retire(s, actor, runner->fruitless, error);
    if (runner->fruitless > RUNNER_FREE_DEATHS) {
        uint64_t wait = HOLD_FIRST_NS << (runner->fruitless - RUNNER_FREE_DEATHS - 1);
        runner->held_until_ns = clock_now() + (wait < HOLD_MOST_NS ? wait : HOLD_MOST_NS);
        runner_apply(runner, RUNNER_EVENT_HOLD);
    }
    return 0;
}

/* Returns when an actor that makes no progress from now on counts as hanging. */
static uint64_t hang_deadline(const struct supervisor *s, uint32_t actor)
{
    const struct runner *runner = &s->runners[actor];
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    const struct definition_type *type = type_of(s, actor);
    uint64_t timeout = timeout_ns(s, type), since = atomic_load(&slot->since_ns);
    uint64_t latest = clock_now();
    if (since < runner->forked_ns || since > latest)
        since = runner_begun(s, actor);
    switch (atomic_load(&slot->phase)) {
    case PHASE_BETWEEN:
        return since + type->delay_most_ms * CLOCK_MILLISECOND + timeout;
    case PHASE_WAITING:
        if (atomic_load(&slot->tickets) == 0 && !tickets_lack(s, actor))
            return CLOCK_NEVER; /* the runner waits for the supervisor */
        return (runner->granted_ns > since ? runner->granted_ns : since) + timeout;
    default:
        return since + timeout + injection_held_ns(s, actor);
    }
}

/* Has it crashed, and waits for its stack to be read? */
static bool is_dying(const struct supervisor *s, uint32_t actor)
{
    const volatile uint32_t *signal = &control_slot(&s->env.control, actor)->crash.signal;
    return *signal != 0;
}

static uint64_t hold_ns(const struct supervisor *s)
{
    return s->env.config.hold_ms * CLOCK_MILLISECOND;
}

/* The process whose stack tells what an actor does: its program, if that stays. */
static pid_t process_of(const struct supervisor *s, uint32_t actor)
{
    int32_t program = atomic_load(&control_slot(&s->env.control, actor)->program);
    return s->env.by_command && program > 0 ? program : s->runners[actor].pid;
}

static int report_hang(struct supervisor *s, uint32_t actor, const char *what, struct error *error)
{
    struct wire_finding finding = { .kind = FINDING_HANG, .actor = (int32_t)actor,
                                    .operation = UINT64_MAX, .pid = process_of(s, actor),
                                    .n_others = s->runners[actor].n_others };
    struct slot_bounds bounds;
    struct slot_view view;
    const char *nonsense;
    uint32_t index;
    const struct definition_type *type = definition_type_of(&s->env.definition, actor, &index);
    runner_bounds(s, actor, &bounds);
    const char *where = "between operations";
    memcpy(finding.others, s->runners[actor].others, sizeof finding.others);
    char text[WIRE_TEXT];
    snprintf(text, sizeof text, "%s", what);
    if (slot_read(control_slot(&s->env.control, actor), &bounds, false, &view, &nonsense) &&
        slot_is_performing(&view, &bounds)) {
        finding.operation = view.operation;
        where = type->actions[view.action].name;
        snprintf(finding.action, sizeof finding.action, "%s", where);
        if (view.program > 0 && *view.message)
            snprintf(text, sizeof text, "%s: %s", what, view.message);
    }
    finding_title(&finding, type->name, where, text);
    return finding_send(s, &finding, error);
}

/* Reports a runner that hangs, and kills it. */
static int condemn(struct supervisor *s, uint32_t actor, enum runner_exam why, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    const struct wire_config *config = &s->env.config;
    char what[96];
    if (why == EXAM_HANG)
        snprintf(what, sizeof what, "hangs: still running after %g s",
                 (double)timeout_ns(s, type_of(s, actor)) / 1e9);
    else
        snprintf(what, sizeof what, "hangs: did not stop within %g s",
                 (double)config->reset_timeout_ns / 1e9);
    runner->exam = EXAM_NONE;
    if (why == EXAM_HANG) /* here, so that no operation begins while it is told and killed */
        run_want_reset(s, STRESS_CAUSE_HANG, (int)actor);
    /* A runner that a saboteur stopped does not hang. */
    if (!breaks_announced(s, 1 + actor) && report_hang(s, actor, what, error) < 0)
        return -1;
    runner->hung = why == EXAM_HANG;
    runner_kill(s, actor);
    return 0;
}

/* Was its stack asked for, and is there no answer yet? */
static bool is_awaited(const struct supervisor *s, uint32_t actor)
{
    return clock_now() < s->runners[actor].answer_deadline_ns;
}

/* Asks for its stack, if no answer is on its way: read again, it may be that of a process which is
 * being killed. */
static int ask(struct supervisor *s, uint32_t actor)
{
    struct runner *runner = &s->runners[actor];
    if (is_awaited(s, actor))
        return 0;
    if (stack_ask(s, process_of(s, actor)) < 0)
        return -1;
    runner->answer_deadline_ns = clock_now() + hold_ns(s);
    return 0;
}

/* Has the actor been in one operation for half of the time that one may take? */
static bool is_stuck(const struct supervisor *s, uint32_t actor, uint64_t now)
{
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    uint64_t since = atomic_load(&slot->since_ns);
    return runner_state_is_live(s->runners[actor].state) &&
           atomic_load(&slot->phase) == PHASE_PERFORMING && since <= now &&
           now - since >= timeout_ns(s, type_of(s, actor)) / 2;
}

static bool is_examining(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].exam != EXAM_NONE)
            return true;
    return false;
}

/* Has the stacks of those read that perhaps hold what the actor waits for, before its own, since
 * they may go on when it is killed. Of a command there would be nothing to see. If many hang at
 * once, the first one asks, and the others share its answers: the tracer must have time. */
static void ask_about_others(struct supervisor *s, uint32_t actor)
{
    struct runner *runner = &s->runners[actor];
    uint64_t now = clock_now();
    bool first = !is_examining(s);
    runner->n_others = 0;
    for (uint32_t i = 0; i < s->n_actors && runner->n_others < WIRE_OTHERS; i++)
        if (i != actor && (!s->env.by_command || process_of(s, i) != s->runners[i].pid) &&
            is_stuck(s, i, now) && (first || is_awaited(s, i)) && ask(s, i) == 0)
            runner->others[runner->n_others++] = (struct wire_process){ i, process_of(s, i) };
}

/* Has its stack read first, for at most config.hold_ms. */
static int examine(struct supervisor *s, uint32_t actor, enum runner_exam why, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    ask_about_others(s, actor);
    if (breaks_announced(s, 1 + actor) || ask(s, actor) < 0)
        return condemn(s, actor, why, error);
    runner->exam = why;
    runner->exam_deadline_ns = clock_now() + hold_ns(s);
    clock_sooner(&s->exam_check_ns, runner->exam_deadline_ns);
    return 0;
}

/* Is its stack read, and are those of the others that it perhaps waits for? */
static bool is_examined(const struct supervisor *s, uint32_t actor)
{
    const struct runner *runner = &s->runners[actor];
    if (runner->exam == EXAM_NONE || !runner_state_is_live(runner->state) || is_awaited(s, actor))
        return false;
    for (uint32_t i = 0; i < runner->n_others; i++)
        if (is_awaited(s, runner->others[i].actor))
            return false;
    return true;
}

int runners_examined(struct supervisor *s, struct error *error)
{
    for (pid_t pid; (pid = stack_answer(s)) > 0;)
        for (uint32_t i = 0; i < s->n_actors; i++)
            if (process_of(s, i) == pid)
                s->runners[i].answer_deadline_ns = 0;
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (is_examined(s, i) && condemn(s, i, s->runners[i].exam, error) < 0)
            return -1;
    return 0;
}

static int expire_exams(struct supervisor *s, uint64_t now, struct error *error)
{
    s->exam_check_ns = CLOCK_NEVER;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        struct runner *runner = &s->runners[i];
        if (runner->exam == EXAM_NONE || !runner_state_is_live(runner->state))
            continue;
        if (runner->exam_deadline_ns > now) {
            clock_sooner(&s->exam_check_ns, runner->exam_deadline_ns);
        } else if (condemn(s, i, runner->exam, error) < 0) {
            return -1;
        }
    }
    return 0;
}

/* Looks at an overdue operation twice: if the whole machine stood still, or the runner got no
 * processor, the operation has ended by the second time. */
static bool still_overdue(struct supervisor *s, uint32_t actor)
{
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    uint64_t operation = atomic_load(&slot->operation) + 1, before = s->runners[actor].suspect;
    s->runners[actor].suspect = operation;
    return before == operation;
}

/* While the run is stopping, operations are still timed; a stop hook has the reset's time. */
static bool is_timed(const struct supervisor *s, uint32_t actor)
{
    const struct runner *runner = &s->runners[actor];
    uint32_t phase = atomic_load(&control_slot(&s->env.control, actor)->phase);
    return runner->exam == EXAM_NONE &&
           (runner->state == RUNNER_ALIVE ||
            (runner->state == RUNNER_LEAVING && phase == PHASE_PERFORMING));
}

static bool has_runners(const struct supervisor *s)
{
    return s->state == RUN_RUNNING || s->state == RUN_STOPPING || s->state == RUN_ENDING;
}

static int expire_hangs(struct supervisor *s, uint64_t now, struct error *error)
{
    s->hang_check_ns = CLOCK_NEVER;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        if (!is_timed(s, i))
            continue;
        uint64_t deadline = hang_deadline(s, i);
        if (is_dying(s, i) && deadline != CLOCK_NEVER)
            deadline += hold_ns(s);
        if (deadline <= now && !still_overdue(s, i))
            deadline = now + timeout_ns(s, type_of(s, i)) / 4;
        if (deadline > now) {
            clock_sooner(&s->hang_check_ns, deadline);
            continue;
        }
        if (tickets_lack(s, i)) {
            s->runners[i].lost = true;
            runner_kill(s, i);
        } else if (examine(s, i, EXAM_HANG, error) < 0) {
            return -1;
        }
    }
    /* A runner that waits for tickets now may perform, and hang, later. */
    clock_sooner(&s->hang_check_ns, now + least_timeout_ns(s));
    return 0;
}

static int expire_stop(struct supervisor *s, struct error *error)
{
    s->stop_deadline_ns = CLOCK_NEVER;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        if (s->runners[i].state != RUNNER_LEAVING || s->runners[i].exam != EXAM_NONE)
            continue;
        if (examine(s, i, EXAM_LATE, error) < 0)
            return -1;
    }
    return 0;
}

/* While a runner cannot die, the environment cannot be reset. */
static int expire_kills(struct supervisor *s, uint64_t now, struct error *error)
{
    s->kill_check_ns = CLOCK_NEVER;
    for (uint32_t i = 0; i < s->n_actors; i++) {
        const struct runner *runner = &s->runners[i];
        if (runner->state != RUNNER_KILLED)
            continue;
        if (runner->death_deadline_ns > now) {
            clock_sooner(&s->kill_check_ns, runner->death_deadline_ns);
            continue;
        }
        uint32_t index;
        const struct definition_type *type = definition_type_of(&s->env.definition, i, &index);
        return error_set(error, 0, "cannot kill actor %s.%u: it hangs in the kernel; "
                         "see /proc/%d/stack", type->name, index, (int)runner->pid);
    }
    return 0;
}

int runners_expire(struct supervisor *s, uint64_t now, struct error *error)
{
    if (has_runners(s) && s->hang_check_ns <= now && expire_hangs(s, now, error) < 0)
        return -1;
    if (s->exam_check_ns <= now && expire_exams(s, now, error) < 0)
        return -1;
    if (s->stop_deadline_ns <= now && expire_stop(s, error) < 0)
        return -1;
    if (s->kill_check_ns <= now && expire_kills(s, now, error) < 0)
        return -1;
    if (serial_deadline(s) <= now)
        serial_serve(s);
    if (s->state == RUN_RUNNING && s->late_check_ns <= now) {
        s->late_check_ns = CLOCK_NEVER;
        tickets_serve(s);
    }
    if (s->state == RUN_RUNNING && s->held_check_ns <= now)
        return fork_due(s, now, error);
    return 0;
}

uint64_t runners_deadline(const struct supervisor *s)
{
    uint64_t deadline = s->stop_deadline_ns;
    clock_sooner(&deadline, s->exam_check_ns);
    clock_sooner(&deadline, s->kill_check_ns);
    if (has_runners(s))
        clock_sooner(&deadline, s->hang_check_ns);
    if (s->state != RUN_RUNNING)
        return deadline;
    clock_sooner(&deadline, serial_deadline(s));
    clock_sooner(&deadline, s->late_check_ns);
    clock_sooner(&deadline, s->held_check_ns);
    return deadline;
}
