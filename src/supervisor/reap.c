/* SPDX-License-Identifier: MIT
 * reap.c: see reap.h.
 */
#include "supervisor/reap.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/breaks.h"
#include "supervisor/finding.h"
#include "supervisor/injection.h"
#include "supervisor/outbox.h"
#include "supervisor/run.h"
#include "supervisor/runners.h"
#include "supervisor/server.h"
#include "supervisor/state.h"
#include "supervisor/tickets.h"
#include "supervisor/verdict.h"
#include "supervisor/watch.h"

/* Records the operation that the death cut off. Its outcome is indeterminate. */
static void settle_cut(struct supervisor *s, struct layout_ledger *ledger,
                       const struct slot_view *view)
{
    ledger->cut_generation = supervisor_generation(s) + 1;
    ledger->cut_operation = view->operation;
    ledger->cut_action = view->action;
    atomic_fetch_add(&ledger->indeterminate, 1);
}

/* Adds the slot of a dead runner to the ledger. `view` NULL: the slot makes no sense, and nothing
 * of this incarnation counts. Returns true if an operation was cut off. */
static bool settle(struct supervisor *s, uint32_t actor, const struct slot_view *view,
                   const struct slot_bounds *bounds)
{
    struct layout_ledger *ledger = control_ledger(&s->env.control, actor);
    uint64_t first = s->runners[actor].first_operation;
    tickets_settle(s, actor, view ? view->counted : 0);
    atomic_store(&ledger->settled, atomic_load(&ledger->starts));
    if (!view) {
        atomic_store(&ledger->next_operation, first + 1);
        atomic_fetch_add(&ledger->corrupted, 1); /* last: session/history.c looks at both */
        return false;
    }
    uint64_t entered = atomic_load(&control_slot(&s->env.control, actor)->entered_ns);
    if (entered > 0)
        atomic_store(&ledger->entered_ns, entered);
    uint64_t counted = view->counted + view->uncounted;
    uint64_t ended = view->ended > counted ? view->ended : counted;
    bool cut = slot_is_performing(view, bounds);
    atomic_fetch_add(&ledger->counted, view->counted);
    atomic_fetch_add(&ledger->uncounted, view->uncounted);
    if (view->phase == PHASE_LEFT && view->outcome == STRESS_RESET)
        atomic_fetch_add(&ledger->resets, 1);
    if (view->phase == PHASE_LEFT && view->outcome == STRESS_FAIL)
        atomic_fetch_add(&ledger->failed, 1);
    histogram_merge(&ledger->latency, &control_slot(&s->env.control, actor)->latency);
    atomic_store(&ledger->next_operation, first + ended + cut);
    if (cut)
        settle_cut(s, ledger, view);
    return cut;
}

/* The OOM killer sends SIGKILL and counts its kills here. */
uint64_t reap_oom_kills(void)
{
    char line[128];
    uint64_t kills = 0;
    FILE *file = fopen("/proc/vmstat", "re");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "oom_kill ", 9) == 0) {
            line[strcspn(line, "\n")] = '\0';
            if (!text_parse_u64(line + 9, &kills))
                kills = 0;
        }
    fclose(file);
    return kills;
}

static bool was_out_of_memory(struct supervisor *s, const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED || info->si_status != SIGKILL)
        return false;
    uint64_t before = s->oom_kills;
    s->oom_kills = reap_oom_kills();
    return s->oom_kills > before;
}

void reap_recover(struct supervisor *s, uint32_t actor)
{
    struct layout_ledger *ledger = control_ledger(&s->env.control, actor);
    struct slot_bounds bounds;
    struct slot_view view;
    const char *nonsense;
    atomic_store(&ledger->pid, 0);
    if (atomic_load(&ledger->settled) == atomic_load(&ledger->starts))
        return;
    s->runners[actor].first_operation = atomic_load(&ledger->next_operation);
    /* How many tickets the dead supervisor gave is unknown, but never more than are left. */
    s->runners[actor].granted = s->pool;
    s->pool = 0;
    runner_bounds(s, actor, &bounds);
    bounds.at_most = true;
    bool sane = slot_read(control_slot(&s->env.control, actor), &bounds, true, &view, &nonsense);
    settle(s, actor, sane ? &view : NULL, &bounds);
}

static int harness_failure(struct supervisor *s, uint32_t actor, struct error *error)
{
    struct child_failure failure;
    char name[2 * TEXT_NAME];
    snprintf(name, sizeof name, "%s.%u", stress_env_actor_type(&s->env, (int)actor),
             stress_env_actor_index(&s->env, (int)actor));
    if (read(s->failure_pipe, &failure, sizeof failure) != sizeof failure)
        return error_set(error, 0, "cannot set up the runner of actor %s", name);
    return error_set(error, failure.error, "the runner of actor %s cannot %s", name,
                     child_step_text(failure.step));
}

static int send_finding(struct supervisor *s, uint32_t actor, const struct verdict_death *death,
                        const struct verdict *verdict, bool cut, struct error *error)
{
    struct wire_finding finding = { .kind = verdict->finding_kind, .actor = (int32_t)actor,
                                    .operation = UINT64_MAX,
                                    .out_of_memory = death->out_of_memory };
    uint32_t index;
    const struct definition_type *type = definition_type_of(&s->env.definition, actor, &index);
    const struct slot_view *view = death->view;
    const char *where = "between operations";
    finding.pid = view && view->program > 0 ? view->program : death->info->si_pid;
    if (verdict->died) {
        finding.code = death->info->si_code;
        if (death->info->si_code == CLD_EXITED)
            finding.exit_status = death->info->si_status;
        else
            finding.signal = death->info->si_status;
        finding.by_program = view && view->program > 0;
    }
    if (view && verdict->cause == STRESS_CAUSE_FAILURE) {
        finding.exit_status = view->status;
        finding.mark = view->status ? view->operation + 1 : 0;
    }
    if (view) {
        finding.crash = view->crash;
        if (cut || view->phase == PHASE_LEFT) {
            where = view->ended || cut ? type->actions[view->action].name : "start";
            finding.operation = view->operation;
            snprintf(finding.action, sizeof finding.action, "%s", where);
        }
    }
    finding_title(&finding, type->name, where, verdict->what);
    return finding_send(s, &finding, error);
}

/* Did it end in a failure, or in a reset that nothing explains? */
static bool is_failure(const struct verdict_death *death, const struct verdict *verdict)
{
    return verdict->cause == STRESS_CAUSE_FAILURE ||
           (verdict->cause == STRESS_CAUSE_REQUEST && !death->saboteur && !death->announced_any);
}

/* Counts deaths and failures in a row. An actor without progress is given up, since otherwise the
 * run would not end. */
static int keep_tally(struct supervisor *s, uint32_t actor, const struct verdict_death *death,
                      const struct verdict *verdict, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    const struct slot_view *view = death->view;
    if (view && view->counted + view->uncounted > 0)
        runner->failures = 0;
    if (view && view->ended > 0)
        runner->fruitless = runner->n_deaths = 0;
    else if (verdict->died && !death->announced_actor) {
        struct wire_death end = { 0 };
        if (death->info->si_code == CLD_EXITED)
            end.exit_status = death->info->si_status;
        else
            end.signal = death->info->si_status;
        return runner_punish(s, actor, &end, error);
    }
    if (is_failure(death, verdict) && view && view->counted + view->uncounted == 0)
        return runner_fail(s, actor, error);
    return 0;
}

static int judge(struct supervisor *s, uint32_t actor, const struct verdict_death *death, bool cut,
                 struct error *error)
{
    struct verdict verdict;
    verdict_of_death(death, &verdict);
    if (verdict.kind == VERDICT_HARNESS)
        return harness_failure(s, actor, error);
    if (verdict.kind == VERDICT_AGAIN) {
        if (s->state != RUN_RUNNING)
            return 0;
        if (runner_fork(s, actor, error) < 0)
            return -1;
        tickets_serve(s);
        return 0;
    }
    if (verdict.kind == VERDICT_RESET)
        run_hold_back(s);
    if (verdict.finding && send_finding(s, actor, death, &verdict, cut, error) < 0)
        return -1;
    if (keep_tally(s, actor, death, &verdict, error) < 0)
        return -1;
    if (verdict.kind == VERDICT_RESET)
        run_want_reset(s, verdict.cause, (int)actor);
    return 0;
}

static int runner_died(struct supervisor *s, uint32_t actor, const siginfo_t *info,
                       struct error *error)
{
    struct runner *runner = &s->runners[actor];
    struct slot_bounds bounds;
    struct slot_view view;
    uint32_t index;
    struct verdict_death death = {
        .info = info,
        .saboteur = definition_type_of(&s->env.definition, actor, &index)->saboteur,
        .asked = s->state != RUN_RUNNING,
        .announced_actor = breaks_announced(s, 1 + actor),
        .announced_any = breaks_announced(s, UINT32_MAX),
        .hung = runner->hung,
        .late = runner->state == RUNNER_KILLED && !runner->hung && !runner->lost,
        .injected_kill = injection_killed(s, actor),
    };
    death.out_of_memory = !death.injected_kill && was_out_of_memory(s, info);
    runner_bounds(s, actor, &bounds);
    if (runner->lost)
        death.nonsense = "its tickets are gone";
    else if (slot_read(control_slot(&s->env.control, actor), &bounds, true, &view, &death.nonsense))
        death.view = &view;
    death.injected = death.view && injection_faulted(s, actor, view.operation);
    if (death.injected || death.injected_kill)
        injection_note(s);
    death.announced_any = death.announced_any || injection_noted(s);
    bool cut = settle(s, actor, death.view, &bounds);
    runner_apply(runner, RUNNER_EVENT_REAP);
    s->n_live--;
    runner->pid = 0;
    if (death.saboteur && death.asked) /* the saboteur may have stopped others */
        run_continue(s);
    return judge(s, actor, &death, cut, error);
}

static int server_died(struct supervisor *s, uint32_t server, const siginfo_t *info,
                       struct error *error)
{
    const char *name = s->env.servers->server[server].name;
    bool exited = info->si_code == CLD_EXITED;
    struct wire_server event = { .event = WIRE_SERVER_DIED, .number = server, .pid = info->si_pid,
                                 .signal = exited ? 0 : info->si_status,
                                 .exit_status = exited ? info->si_status : 0 };
    memcpy(event.name, name, TEXT_NAME);
    if (outbox_put(s, WIRE_SERVER, &event, sizeof event, error) < 0)
        return -1;
    /* An error may end it, as it may an operation, but not make it crash. */
    run_hold_back(s);
    bool injected = info->si_code == CLD_EXITED
                        ? server_was_faulted(&s->env, server)
                        : share_killed_server(s->inject.share, server, info->si_pid);
    if (injected)
        injection_note(s);
    if (!injected && !breaks_announced(s, 0) && !breaks_announced(s, 1 + s->n_actors + server)) {
        struct wire_finding finding = { .kind = FINDING_SERVER_DEATH, .actor = -1,
                                        .operation = UINT64_MAX, .code = info->si_code,
                                        .pid = info->si_pid };
        memcpy(finding.server, name, TEXT_NAME);
        if (info->si_code == CLD_EXITED) {
            finding.exit_status = info->si_status;
            snprintf(finding.title, sizeof finding.title, "server %s exited with status %d", name,
                     info->si_status);
        } else {
            const char *signal = sigabbrev_np(info->si_status);
            finding.signal = info->si_status;
            snprintf(finding.title, sizeof finding.title, "server %s died: SIG%s", name,
                     signal ? signal : "?");
        }
        if (finding_send(s, &finding, error) < 0)
            return -1;
    }
    run_want_reset(s, STRESS_CAUSE_SERVER, -1);
    return 0;
}

static int runner_of_pid(const struct supervisor *s, pid_t pid)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].pid == pid)
            return (int)i;
    return -1;
}

bool reap_is_stray(const struct supervisor *s, pid_t pid)
{
    siginfo_t end = { 0 };
    pid_t group = getpgid(pid);
    if (injection_noted(s) || server_has_group(s->env.servers, group) ||
        (group > 0 && group == s->watch.group))
        return false;
    if (waitid(P_PID, (id_t)pid, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_pid == 0)
        return true; /* it lives */
    /* Nothing else kills what is in the group of a runner that is gone. */
    return end.si_code == CLD_KILLED && end.si_status == SIGKILL && getsid(pid) == getsid(0) &&
           group != getpgrp() && runner_of_pid(s, group) < 0;
}

/* Kills the processes that a runner, which was reaped, left in its group. While there are some, the
 * number of the group is not given away. What has ended by itself is reaped before, so that it is
 * not taken for a stray. */
static void kill_group(pid_t group)
{
    siginfo_t info;
    int result;
    do {
        info.si_pid = 0;
        result = waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG);
    } while (result == 0 && info.si_pid != 0);
    if (result == 0)
        kill(-group, SIGKILL);
}

static int reap_one(struct supervisor *s, pid_t pid, struct error *error)
{
    int actor = runner_of_pid(s, pid);
    int server = actor < 0 ? server_of_pid(s->env.servers, pid) : -1;
    siginfo_t info = { 0 };
    if (actor >= 0)
        atomic_store(&control_ledger(&s->env.control, (uint32_t)actor)->pid, 0);
    else if (server >= 0)
        server_forget(&s->env, (uint32_t)server);
    else if (!watch_is(s, pid))
        s->strays += reap_is_stray(s, pid);
    while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
        if (errno != EINTR)
            return error_set(error, errno, "cannot reap process %d", (int)pid);
    if (actor >= 0)
        kill_group(pid);
    if (actor >= 0)
        return runner_died(s, (uint32_t)actor, &info, error);
    if (watch_is(s, pid))
        return watch_reaped(s, &info, error);
    return server >= 0 ? server_died(s, (uint32_t)server, &info, error) : 0;
}

/* Was the child reaped by a hook that waits for any child? */
static bool is_lost(pid_t pid)
{
    siginfo_t info;
    return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
           errno == ECHILD;
}

static int runner_lost(struct supervisor *s, uint32_t actor, struct error *error)
{
    siginfo_t info = { .si_pid = s->runners[actor].pid };
    /* How it ended is unknown. Its slot tells if it left at its boundary. Otherwise treat it like
     * one that hung, so that the finding below is the only one. */
    info.si_code = CLD_EXITED;
    run_hold_back(s);
    s->runners[actor].hung =
        atomic_load(&control_slot(&s->env.control, actor)->phase) != PHASE_LEFT;
    atomic_store(&control_ledger(&s->env.control, actor)->pid, 0);
    if (finding_environment(s, FINDING_ENVIRONMENT, error,
                            "a hook waited for the runner of actor %s.%u: wait only for children "
                            "of your own", stress_env_actor_type(&s->env, (int)actor),
                            stress_env_actor_index(&s->env, (int)actor)) < 0)
        return -1;
    return runner_died(s, actor, &info, error);
}

static int server_lost(struct supervisor *s, uint32_t server, struct error *error)
{
    struct server *entry = &s->env.servers->server[server];
    entry->pid = 0;
    run_hold_back(s);
    server_publish(&s->env);
    if (finding_environment(s, FINDING_ENVIRONMENT, error,
                            "a hook waited for server %s: wait only for children of your own",
                            entry->name) < 0)
        return -1;
    run_want_reset(s, STRESS_CAUSE_SERVER, -1);
    return 0;
}

static int reap_lost(struct supervisor *s, struct error *error)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (is_lost(s->runners[i].pid) && runner_lost(s, i, error) < 0)
            return -1;
    for (uint32_t i = 0; i < s->env.servers->n; i++)
        if (is_lost(s->env.servers->server[i].pid) && server_lost(s, i, error) < 0)
            return -1;
    return 0;
}

int reap_all(struct supervisor *s, struct error *error)
{
    if (s->deaths_unseen) {
        s->deaths_unseen = false;
        if (reap_lost(s, error) < 0)
            return -1;
    }
    for (;;) {
        siginfo_t info = { 0 };
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0) {
            if (errno == EINTR)
                continue;
            if (errno != ECHILD)
                return error_set(error, errno, "cannot wait for children");
            break;
        }
        if (info.si_pid == 0)
            break;
        if (reap_one(s, info.si_pid, error) < 0)
            return -1;
    }
    run_quiet(s);
    return 0;
}

int reap_all_and_servers(struct supervisor *s, struct error *error)
{
    if (reap_all(s, error) < 0)
        return -1;
    for (uint32_t i = 0; i < s->env.servers->n; i++) {
        pid_t pid = s->env.servers->server[i].pid;
        FD_CLEANUP int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
        if (pidfd >= 0 && fd_wait(pidfd, 0) && reap_one(s, pid, error) < 0)
            return -1;
    }
    return 0;
}
