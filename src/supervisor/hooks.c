/* SPDX-License-Identifier: MIT
 * hooks.c: runs the environment's hooks. User code: it may crash or hang, so the monitor is told
 * before and after; it keeps the deadline. Supervisor process.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/supervisor.h"

static void tell(struct supervisor *s, enum wire_type type, enum wire_hook_name hook,
                 enum stress_outcome outcome)
{
    struct error ignored; /* if the monitor is gone the loop sees it */
    outbox_flush(s, &ignored);
    struct wire_hook body = { .hook = hook, .outcome = outcome, .pid = getpid() };
    wire_send(s->wire, type, &body, sizeof body, NULL, 0, &ignored);
}

/* User code runs with the signal mask it was started with: what it executes inherits it. Deaths
 * that are not seen meanwhile are reaped after the hook. */
static void begin(struct supervisor *s, enum wire_hook_name hook, sigset_t *ret_mask)
{
    s->env.failure[0] = '\0';
    tell(s, WIRE_HOOK_BEGIN, hook, STRESS_OK);
    if (s->env.control.header)
        atomic_store(&s->env.control.header->hook, hook + 1);
    sigprocmask(SIG_SETMASK, &s->child.signals, ret_mask);
}

static enum stress_outcome end(struct supervisor *s, enum wire_hook_name hook,
                               enum stress_outcome outcome, const sigset_t *mask)
{
    if (getpid() != s->child.supervisor) /* it forked, and its child returned here, too */
        _exit(EXIT_FAILURE);
    if (s->env.control.header)
        atomic_store(&s->env.control.header->hook, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    signal(SIGCHLD, SIG_DFL); /* ignored by a hook, it would take the deaths away */
    s->deaths_unseen = true;
    bool skip = outcome == STRESS_SKIP && hook == WIRE_HOOK_SETUP;
    if (outcome != STRESS_OK && !skip)
        outcome = STRESS_FAIL;
    if (outcome != STRESS_OK && !*s->env.failure)
        strcpy(s->env.failure, "it gave no reason");
    tell(s, WIRE_HOOK_END, hook, outcome);
    return outcome;
}

static enum stress_outcome run(struct supervisor *s, enum wire_hook_name name,
                               enum stress_outcome (*hook)(struct stress_env *))
{
    sigset_t mask;
    if (!hook)
        return STRESS_OK;
    begin(s, name, &mask);
    return end(s, name, hook(&s->env), &mask);
}

enum stress_outcome hooks_setup(struct supervisor *s)
{
    s->env.in_setup = true;
    enum stress_outcome outcome = run(s, WIRE_HOOK_SETUP, s->env.declared.environment.setup);
    s->env.in_setup = false;
    return outcome;
}

enum stress_outcome hooks_reset(struct supervisor *s)
{
    size_t size = s->env.declared.reset_size; /* it may be a workload with a longer struct */
    sigset_t mask;
    if (!s->env.declared.environment.reset)
        return STRESS_OK;
    struct stress_reset *why = malloc(size > sizeof *why ? size : sizeof *why);
    if (!why)
        return stress_env_fail(&s->env, "out of memory");
    declared_convert(why, size, &s->why, sizeof s->why);
    begin(s, WIRE_HOOK_RESET, &mask);
    enum stress_outcome outcome = s->env.declared.environment.reset(&s->env, why);
    free(why);
    return end(s, WIRE_HOOK_RESET, outcome, &mask);
}

enum stress_outcome hooks_check(struct supervisor *s)
{
    return run(s, WIRE_HOOK_CHECK, s->env.declared.environment.check);
}

enum stress_outcome hooks_teardown(struct supervisor *s)
{
    return run(s, WIRE_HOOK_TEARDOWN, s->env.declared.environment.teardown);
}

bool hooks_describe_is_due(const struct supervisor *s)
{
    return s->env.declared.environment.describe && s->described_generation != supervisor_generation(s) + 1;
}

void hooks_describe(struct supervisor *s)
{
    sigset_t mask;
    char reason[WIRE_TEXT];
    s->described_generation = supervisor_generation(s) + 1;
    memcpy(reason, s->env.failure, sizeof reason);
    memset(s->description, 0, sizeof s->description);
    begin(s, WIRE_HOOK_DESCRIBE, &mask);
    s->env.declared.environment.describe(&s->env, s->description, sizeof s->description);
    end(s, WIRE_HOOK_DESCRIBE, STRESS_OK, &mask);
    s->description[sizeof s->description - 1] = '\0';
    memcpy(s->env.failure, reason, sizeof reason);
}
