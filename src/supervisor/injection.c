/* SPDX-License-Identifier: MIT
 * injection.c: see injection.h.
 */
#include "supervisor/injection.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "inject/inject.h"
#include "supervisor/server.h"
#include "supervisor/server_table.h"
#include "supervisor/state.h"

/* ---- does the machine permit it? -------------------------------------------------------- */

/* Do the rules need more than the numbers of calls: paths, or calls made for the target? */
static bool needs_sight(const struct share *share)
{
    bool needs = share->armable;
    for (uint32_t i = 0; i < share->n_rules; i++) {
        const struct rule *rule = &share->rules[i];
        needs = needs || *rule->path || rule->files_only || rule->action == RULE_SHORT ||
                rule->action == RULE_TORN || rule->action == RULE_KILL_AFTER;
    }
    return needs;
}

/* Makes on a child the calls with which the injector looks into a target. */
static int look_into(pid_t child, int fd, struct error *error)
{
    static const char todo[] = "(give the harness CAP_SYS_PTRACE, and let the container permit it)";
    char here;
    struct iovec to = { &here, 1 }, from = { (void *)(uintptr_t)todo, 1 };
    if (process_vm_readv(child, &to, 1, &from, 1, 0) < 0)
        return error_set(error, errno, "cannot look into injected processes with "
                         "process_vm_readv() %s", todo);
    int pidfd FD_CLEANUP = pidfd_open(child, 0);
    int copy FD_CLEANUP = pidfd < 0 ? -1 : pidfd_getfd(pidfd, fd, 0);
    if (copy < 0)
        return error_set(error, errno, "cannot look into injected processes with pidfd_getfd() %s",
                         todo);
    return 0;
}

/* Becomes dumpable, as a runner is, tells the parent, waits until the parent has looked into it,
 * and tries the filter. */
static _Noreturn void be_target(const struct inject_plan *plan, int ready, int go)
{
    char byte;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 1);
    close(ready);
    while (read(go, &byte, 1) < 0 && errno == EINTR)
        continue;
    inject_try(plan);
}

/* The child closes `ready`, the parent closes `go`. */
static int try_with(const struct inject_plan *plan, int ready[2], int go[2], struct error *error)
{
    char byte;
    int status, result = 0;
    pid_t child = fork();
    if (child == 0) {
        close(ready[0]);
        close(go[1]);
        be_target(plan, ready[1], go[0]);
    }
    if (child < 0)
        return error_set(error, errno, "cannot fork a process to try injection");
    fd_close(&ready[1]);
    while (read(ready[0], &byte, 1) < 0 && errno == EINTR)
        continue;
    if (needs_sight(plan->share))
        result = look_into(child, go[0], error);
    fd_close(&go[1]);
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(error, errno, "cannot wait for the process that tries injection");
    if (result < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
        return result;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (code == EBUSY)
        return error_set(error, code, "cannot inject: another injector, as of a run around this "
                         "one, has the calls of this process");
    return error_set(error, code, "cannot inject: no seccomp filter with a listener can be loaded");
}

/* Finds out at the start whether processes can be injected, with a child of our own: later the
 * failure would look like one of the workload. */
static int try_injection(const struct inject_plan *plan, struct error *error)
{
    int ready[2], go[2];
    if (pipe(ready) < 0)
        return error_set(error, errno, "cannot make a pipe to try injection");
    int result = pipe(go);
    if (result < 0) {
        error_set(error, errno, "cannot make a pipe to try injection");
    } else {
        result = try_with(plan, ready, go, error);
        fd_close(&go[0]);
        fd_close(&go[1]);
    }
    fd_close(&ready[0]);
    fd_close(&ready[1]);
    return result;
}

/* ---- what the supervisor knows of faults ------------------------------------------------ */

int injection_open(struct supervisor *s, int share, int socket, struct error *error)
{
    struct inject_plan *plan = &s->inject;
    plan->socket = socket;
    plan->share = share_map(share, false, error);
    fd_close(&share);
    if (!plan->share || inject_plan_build(plan, error) < 0 || try_injection(plan, error) < 0)
        return -1;
    s->hook_kills = atomic_load(&plan->share->hook_killed);
    s->env.inject = plan;
    return 0;
}

const struct rule *injection_of_no_server(const struct supervisor *s)
{
    const struct share *share = s->inject.share;
    const struct server_table *table = s->env.servers;
    for (uint32_t i = 0; share && i < share->n_rules; i++) {
        const struct rule *rule = &share->rules[i];
        bool found = rule->whose != RULE_OF_SERVER;
        for (uint32_t server = 0; table && server < table->n && !found; server++)
            found = strcmp(table->server[server].name, rule->name) == 0;
        if (!found)
            return rule;
    }
    return NULL;
}

bool injection_faulted(const struct supervisor *s, uint32_t actor, uint64_t operation)
{
    const struct share *share = s->inject.share;
    uint64_t own = supervisor_incarnation(s, actor);
    return share && atomic_load(&share->victims[actor].faulted) == own &&
           atomic_load(&share->victims[actor].operation) == operation + 1;
}

bool injection_killed(const struct supervisor *s, uint32_t actor)
{
    const struct share *share = s->inject.share;
    return share && atomic_load(&share->victims[actor].killed) == supervisor_incarnation(s, actor);
}

uint64_t injection_held_ns(const struct supervisor *s, uint32_t actor)
{
    const struct share *share = s->inject.share;
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    bool starts = atomic_load(&slot->phase) == PHASE_STARTING;
    uint64_t operation = starts ? 0 : atomic_load(&slot->operation) + 1;
    if (!share || atomic_load(&share->victims[actor].held) != supervisor_incarnation(s, actor) ||
        atomic_load(&share->victims[actor].held_operation) != operation)
        return 0;
    return atomic_load(&share->victims[actor].held_ns);
}

void injection_note(struct supervisor *s)
{
    s->faulted_generation = supervisor_generation(s) + 1;
}

/* A kill is written down before it takes effect, and others see the effect before we reap. */
bool injection_noted(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (runner_state_is_live(s->runners[i].state) && injection_killed(s, i))
            return true;
    for (uint32_t i = 0; i < s->env.servers->n; i++)
        if (server_was_faulted(&s->env, i))
            return true;
    return s->faulted_generation == supervisor_generation(s) + 1;
}

bool injection_ends_run(const struct supervisor *s)
{
    bool fired = s->inject.share && atomic_load(&s->inject.share->fired) > 0;
    return s->env.judge.given || (s->env.config.end_at_fault && (fired || s->has_found));
}

/* A filter cannot be removed. All processes forked from now on inherit it with its listener, so no
 * other process enters later. */
int injection_enter_hook(struct supervisor *s, struct error *error)
{
    struct inject_plan *plan = &s->inject;
    struct enter_hello hello = { .kind = ENTER_HOOK, .for_good = 1 };
    if (!plan->share || plan->by_command || plan->hook_entered ||
        !share_concerns(plan->share, RULE_OF_HOOK, 0, 0, NULL))
        return 0;
    if (inject_enter(plan, &hello) < 0)
        return error_set(error, errno, "cannot hand the reset hook's system calls to the injector");
    plan->hook_entered = true;
    return 0;
}

bool injection_killed_hook(struct supervisor *s)
{
    uint64_t kills = s->inject.share ? atomic_load(&s->inject.share->hook_killed) : 0;
    bool killed = kills > s->hook_kills;
    s->hook_kills = kills;
    return killed;
}
