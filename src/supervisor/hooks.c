/* SPDX-License-Identifier: MIT
 * hooks.c: see hooks.h.
 */
#include "supervisor/hooks.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisor/outbox.h"
#include "supervisor/state.h"

static void tell(struct supervisor *s, enum wire_type type, enum wire_hook_name hook,
                 enum stress_env_result result)
{
    struct error ignored; /* the loop notices if the monitor is gone */
    outbox_flush(s, &ignored);
    struct wire_hook body = { .hook = hook, .result = result, .pid = getpid() };
    wire_send(s->wire, type, &body, sizeof body, NULL, 0, &ignored);
}

/* User code runs with the signal mask of the start, which its programs inherit. Children that die
 * meanwhile are reaped after the hook. */
static void begin(struct supervisor *s, enum wire_hook_name hook, sigset_t *ret_mask)
{
    s->env.failure[0] = '\0';
    s->env.exit_status = s->env.failed_server = 0;
    s->env.harness_failed = false;
    s->env.mark = 0;
    tell(s, WIRE_HOOK_BEGIN, hook, STRESS_ENV_OK);
    if (s->env.control.header)
        atomic_store(&s->env.control.header->hook, hook + 1);
    sigprocmask(SIG_SETMASK, &s->child.signals, ret_mask);
}

/* Returns a hint for a value that belongs to operations, or to another hook. */
static const char *hint(enum stress_env_result result)
{
    switch ((int)result) {
    case STRESS_UNCOUNTED:
        return " (STRESS_UNCOUNTED, for operations)";
    case STRESS_RESET:
        return " (STRESS_RESET, for operations)";
    case STRESS_FAIL:
        return " (STRESS_FAIL, for operations)";
    case STRESS_ENV_SKIP:
        return " (STRESS_ENV_SKIP, for setup)";
    case STRESS_ENV_USAGE:
        return " (STRESS_ENV_USAGE, for setup)";
    default:
        return "";
    }
}

/* Checks what the hook returned. An invalid value is a failure, and the message says so. */
static enum stress_env_result checked(struct supervisor *s, enum wire_hook_name hook,
                                      enum stress_env_result result)
{
    bool early = result == STRESS_ENV_SKIP || result == STRESS_ENV_USAGE;
    if (result != STRESS_ENV_OK && result != STRESS_ENV_FAIL && !(early && hook == WIRE_HOOK_SETUP))
        return stress_env_fail(&s->env, "the %s hook returned %d, which is not one of its "
                               "results%s", wire_hook_text(hook), (int)result, hint(result));
    if (result != STRESS_ENV_OK && !*s->env.failure)
        strcpy(s->env.failure, "it gave no reason");
    return result;
}

static enum stress_env_result end(struct supervisor *s, enum wire_hook_name hook,
                                  enum stress_env_result result, const sigset_t *mask)
{
    if (getpid() != s->child.supervisor) /* a child that the hook forked returned here */
        _exit(EXIT_FAILURE);
    if (s->env.control.header)
        atomic_store(&s->env.control.header->hook, 0);
    sigprocmask(SIG_SETMASK, mask, NULL);
    signal(SIGCHLD, SIG_DFL); /* if a hook ignores it, the kernel reaps our children */
    s->deaths_unseen = true;
    result = checked(s, hook, result);
    tell(s, WIRE_HOOK_END, hook, result);
    return result;
}

static enum stress_env_result run(struct supervisor *s, enum wire_hook_name name,
                               enum stress_env_result (*hook)(struct stress_env *))
{
    sigset_t mask;
    if (!hook)
        return STRESS_ENV_OK;
    begin(s, name, &mask);
    return end(s, name, hook(&s->env), &mask);
}

enum stress_env_result hooks_setup(struct supervisor *s)
{
    s->env.in_setup = true;
    enum stress_env_result result = run(s, WIRE_HOOK_SETUP, s->env.declared.environment.setup);
    s->env.in_setup = false;
    return result;
}

enum stress_env_result hooks_reset(struct supervisor *s)
{
    size_t size = s->env.declared.reset_size; /* the workload's struct may be longer */
    sigset_t mask;
    if (!s->env.declared.environment.reset)
        return STRESS_ENV_OK;
    struct stress_reset *why = malloc(size > sizeof *why ? size : sizeof *why);
    if (!why)
        return stress_env_fail(&s->env, "out of memory");
    declared_convert(why, size, &s->why, sizeof s->why);
    begin(s, WIRE_HOOK_RESET, &mask);
    enum stress_env_result result = s->env.declared.environment.reset(&s->env, why);
    free(why);
    return end(s, WIRE_HOOK_RESET, result, &mask);
}

enum stress_env_result hooks_check(struct supervisor *s)
{
    return run(s, WIRE_HOOK_CHECK, s->env.declared.environment.check);
}

enum stress_env_result hooks_teardown(struct supervisor *s)
{
    return run(s, WIRE_HOOK_TEARDOWN, s->env.declared.environment.teardown);
}

bool hooks_describe_is_due(const struct supervisor *s)
{
    return s->env.declared.environment.describe &&
           s->described_generation != supervisor_generation(s) + 1;
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
    end(s, WIRE_HOOK_DESCRIBE, STRESS_ENV_OK, &mask);
    s->description[sizeof s->description - 1] = '\0';
    memcpy(s->env.failure, reason, sizeof reason);
}
