/* SPDX-License-Identifier: MIT
 * script.c: see script.h. The variables for the commands are set in the supervisor's environment,
 * so servers, their ready commands and the runners inherit them.
 */
#include "workload/script.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env/env.h"
#include "workload/answer.h"
#include "workload/launch.h"
#include "workload/words.h"

#define SCRIPT_DESCRIBE_NS (4 * CLOCK_SECOND) /* the hook has 5 */

static const struct command_spec *spec;

void script_use(const struct command_spec *use)
{
    spec = use;
}

static int set_variables(struct stress_env *env)
{
    char seed[24], generation[24];
    snprintf(seed, sizeof seed, "%" PRIu64, stress_env_seed(env));
    snprintf(generation, sizeof generation, "%" PRIu64, stress_env_generation(env));
    const char *const variables[][2] = {
        { "STRESS_RUN_SEED", seed },      { "STRESS_SEED", seed },
        { "STRESS_ACTOR", "" },           { "STRESS_ACTOR_INDEX", "0" },
        { "STRESS_OPERATION", "0" },      { "STRESS_ACTION", "" },
        { "STRESS_GENERATION", generation },
        { "STRESS_SCRATCH", stress_env_scratch(env) },
        { "STRESS_WITNESS", stress_env_witness(env) },
        { "STRESS_WORKLOAD_DIR", spec->directory ? spec->directory : "" },
    };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (setenv(variables[i][0], variables[i][1], 1) < 0)
            return -errno;
    const char *output = env->config.output;
    return (*output ? setenv("STRESS_OUTPUT", output, 1) : unsetenv("STRESS_OUTPUT")) < 0 ? -errno
                                                                                         : 0;
}

/* $STRESS_PORT, $STRESS_PORT_2, ... If no port is free, the variable is missing: only commands that
 * use it fail. */
static int set_ports(struct stress_env *env)
{
    for (unsigned i = 0; i == 0 || i < spec->ports; i++) {
        char name[32] = "STRESS_PORT", text[16];
        int port = stress_env_port(env, i);
        if (i > 0)
            snprintf(name, sizeof name, "STRESS_PORT_%u", i + 1);
        snprintf(text, sizeof text, "%d", port);
        if ((port < 0 ? unsetenv(name) : setenv(name, text, 1)) < 0)
            return -errno;
    }
    return 0;
}

/* What the harness needed for the hook failed. */
static enum stress_env_result cannot(struct stress_env *env, const char *what, const char *why)
{
    env->harness_failed = true;
    return stress_env_fail(env, "%s: %s", what, why);
}

/* A hook's command was not started. */
static enum stress_env_result not_started(struct stress_env *env, const char *hook,
                                          const struct error *error)
{
    env->harness_failed = error_is_of_machine(error->code);
    return stress_env_fail(env, "%s command: %s", hook, error->text);
}

/* From here on the output of the hook is that of its next command. */
static void mark(struct stress_env *env)
{
    static uint64_t last;
    env->mark = ++last;
    wire_output_mark(STDERR_FILENO, env->mark);
}

/* *ret_status: the exit status, for who knows more of them. */
static enum stress_env_result judge(struct stress_env *env, const char *hook, const siginfo_t *end,
                                 int *ret_status)
{
    *ret_status = 0;
    if (end->si_code != CLD_EXITED)
        return stress_env_fail(env, "%s command: killed by SIG%s", hook,
                               sigabbrev_np(end->si_status));
    *ret_status = env->exit_status = end->si_status;
    if (end->si_status != 0)
        return stress_env_fail(env, "%s command: exit status %d", hook, end->si_status);
    return STRESS_ENV_OK;
}

static enum stress_env_result run_argv(struct stress_env *env, const char *hook, char *const *argv,
                                    int *ret_status)
{
    siginfo_t end;
    struct error error;
    *ret_status = 0;
    mark(env);
    if (launch_wait(argv, environ, -1, NULL, NULL, &end, &error) < 0)
        return not_started(env, hook, &error);
    return judge(env, hook, &end, ret_status);
}

static enum stress_env_result run_line(struct stress_env *env, const char *hook, const char *line)
{
    siginfo_t end;
    struct error error;
    int status;
    struct enter_hello hello = { .kind = ENTER_HOOK };
    bool injected = env->inject && strcmp(hook, "reset") == 0 &&
                    share_concerns(env->inject->share, RULE_OF_HOOK, 0, 0, NULL);
    mark(env);
    if (launch_line(line, environ, -1, injected ? env->inject : NULL, &hello, &end, &error) < 0)
        return not_started(env, hook, &error);
    return judge(env, hook, &end, &status);
}

static enum stress_env_result run(struct stress_env *env, const char *hook,
                               const struct command_line *line)
{
    int result = set_variables(env);
    char what[32];
    snprintf(what, sizeof what, "%s command", hook);
    if (result < 0)
        return cannot(env, what, strerror(-result));
    if (!line->shell)
        return STRESS_ENV_OK;
    return run_line(env, hook, line->shell);
}

/* The port that a server is ready at; 0: none; -1: none is free. */
static int ready_port(struct stress_env *env, const struct command_server *server)
{
    if (server->ready_port < COMMAND_PORT_OWN)
        return (int)server->ready_port;
    int port = stress_env_port(env, server->ready_port - COMMAND_PORT_OWN);
    return port < 0 ? -1 : port;
}

static enum stress_env_result start_servers(struct stress_env *env)
{
    for (uint32_t i = 0; i < spec->n_servers; i++) {
        const struct command_server *server = &spec->servers[i];
        const char *const argv[] = { "/bin/sh", "-c", server->command.shell, NULL };
        int port = ready_port(env, server);
        if (port < 0)
            return stress_env_fail(env, "server %s: no port is free for it", server->name);
        int result = stress_env_server_start(env, &(struct stress_server_spec){
            .name = server->name, .argv = argv,
            .ready_command = server->ready_command, .ready_port = (unsigned)port,
            .ready_line = server->ready_line, .ready_timeout_ms = server->ready_timeout_ms,
            .stop_signal = server->stop_signal, .stop_grace_ms = server->stop_grace_ms });
        if (result < 0)
            return STRESS_ENV_FAIL; /* the library has kept the reason */
    }
    return STRESS_ENV_OK;
}

/* Stops those that have a signal for it, and kills the others; the last one first. A server that
 * does not end as it should makes the hook fail, once all are gone. */
static enum stress_env_result end_servers(struct stress_env *env)
{
    enum stress_env_result outcome = STRESS_ENV_OK;
    for (uint32_t i = spec->n_servers; i-- > 0;) {
        const struct command_server *server = &spec->servers[i];
        bool wrong = outcome != STRESS_ENV_OK; /* the first reason stands */
        int result = server->stop_signal && !wrong ? stress_env_server_stop(env, server->name)
                                                   : stress_env_server_kill(env, server->name);
        if (result == -ETIMEDOUT || result == -ECHILD) /* the library has kept the reason */
            outcome = STRESS_ENV_FAIL;
        else if (result < 0 && result != -ENOENT)
            return stress_env_fail(env, "cannot end server %s: %s", server->name,
                                   strerror(-result));
    }
    return outcome;
}

/* The setup command of a workload file gets the arguments after `--` as $1, $2, ... */
static enum stress_env_result run_setup(struct stress_env *env, int *ret_status)
{
    char **arguments;
    struct words words;
    *ret_status = 0;
    if (!spec->setup.shell)
        return STRESS_ENV_OK;
    int n = stress_env_arguments(env, &arguments);
    if (words_split(spec->setup.shell, &words)) /* it does not use them */
        return run_argv(env, "setup", words.argv, ret_status);
    bool pass = spec->directory && n > 0;
    char **argv = calloc((size_t)(n > 0 ? n : 0) + 5, sizeof *argv);
    if (!argv)
        return cannot(env, "setup command", strerror(ENOMEM));
    memcpy(argv, ((char *[]){ "/bin/sh", "-c", spec->setup.shell }), 3 * sizeof *argv);
    for (int i = 0; pass && i < n; i++)
        argv[3 + i] = arguments[i];
    enum stress_env_result result = run_argv(env, "setup", argv, ret_status);
    free(argv);
    return result;
}

enum stress_env_result script_setup(struct stress_env *env)
{
    char **arguments;
    int status;
    int failed = set_variables(env);
    env->by_command = true;
    /* Not where a run is about single calls. */
    if (!env->judge.given && !env->config.end_at_fault && env->config.slowness == 1)
        env->watch = spec->watch.shell;
    if (env->inject) /* the command is the target, not the shell that starts it */
        env->inject->by_command = true;
    if (failed < 0 || (failed = set_ports(env)) < 0)
        return cannot(env, "cannot prepare setup", strerror(-failed));
    if (!spec->directory || env->judge.given) /* a plain command has them in argv already */
        stress_env_arguments(env, &arguments);
    /* Hooks, servers and runners inherit the directory. */
    if (spec->in_scratch && chdir(stress_env_scratch(env)) < 0)
        return cannot(env, "cannot enter the scratch directory", strerror(errno));
    if (env->judge.given) /* the state is what setup and operations left behind */
        return STRESS_ENV_OK;
    enum stress_env_result result = run_setup(env, &status);
    if (status == COMMAND_EXIT_SKIP)
        return stress_env_skip(env, "the setup command asked for it (exit status %d)", status);
    return result == STRESS_ENV_OK ? start_servers(env) : result;
}

static const char *cause_name(enum stress_cause cause)
{
    static const char *const names[] = {
        [STRESS_CAUSE_REQUEST] = "request", [STRESS_CAUSE_DEATH] = "death",
        [STRESS_CAUSE_FAILURE] = "failure", [STRESS_CAUSE_HANG] = "hang",
        [STRESS_CAUSE_SERVER] = "server",   [STRESS_CAUSE_SUPERVISOR] = "supervisor",
    };
    size_t i = (size_t)cause;
    return i < sizeof names / sizeof *names && names[i] ? names[i] : "request";
}

enum stress_env_result script_reset(struct stress_env *env, const struct stress_reset *why)
{
    if (end_servers(env) != STRESS_ENV_OK)
        return STRESS_ENV_FAIL;
    if (setenv("STRESS_CAUSE", cause_name(why->cause), 1) < 0 ||
        setenv("STRESS_ANNOUNCED", why->announced ? "1" : "0", 1) < 0)
        return cannot(env, "reset command", strerror(errno));
    enum stress_env_result result = run(env, "reset", &spec->reset);
    /* They are for the reset command only: servers and runners must not inherit them. */
    unsetenv("STRESS_CAUSE");
    unsetenv("STRESS_ANNOUNCED");
    return result == STRESS_ENV_OK ? start_servers(env) : result;
}

/* ---- the check -------------------------------------------------------------------------- */

/* How an operation ended, as the runner wrote it down: its exit status; -1: it did not end, or that
 * is no longer known. */
static int status_of(const struct layout_slot *slot, uint64_t operation)
{
    static const int statuses[] = { [STRESS_OK] = 0, [STRESS_UNCOUNTED] = COMMAND_EXIT_UNCOUNTED,
                                    [STRESS_RESET] = COMMAND_EXIT_RESET };
    uint64_t ended = atomic_load(&slot->ended);
    for (uint64_t n = ended < LAYOUT_RING ? ended : LAYOUT_RING; n > 0; n--) {
        const struct layout_operation *entry = &slot->ring[(ended - n) % LAYOUT_RING];
        if (entry->index != operation)
            continue;
        return entry->outcome < sizeof statuses / sizeof *statuses
                   ? statuses[entry->outcome] : (int)(atomic_load(&slot->status) & 0xff);
    }
    return -1;
}

/* Finds out how the operation ended that a fault hit since the last reset. Returns false if there
 * is none. */
static bool find_end(const struct stress_env *env, int *ret_status)
{
    const struct wire_judge *judge = &env->judge;
    uint32_t n = env->inject ? definition_actors(&env->definition) : 0;
    *ret_status = judge->performing ? -1 : judge->status;
    for (uint32_t i = 0; i < n && !judge->given; i++) {
        const struct share_victim *victim = &env->inject->share->victims[i];
        uint64_t starts = atomic_load(&control_ledger(&env->control, i)->starts);
        if (starts == 0 || (atomic_load(&victim->faulted) != starts &&
                            atomic_load(&victim->killed) != starts))
            continue;
        *ret_status = status_of(control_slot(&env->control, i),
                                atomic_load(&victim->operation) - 1);
        return true;
    }
    return judge->given && judge->operation != RULE_ANY;
}

/* Sets STRESS_ENDED. */
static int set_ended(const struct stress_env *env)
{
    char text[16] = "cut off";
    int status;
    if (!find_end(env, &status))
        return 0;
    if (status >= 0)
        snprintf(text, sizeof text, "%d", status);
    return setenv("STRESS_ENDED", text, 1);
}

enum stress_env_result script_check(struct stress_env *env)
{
    if (set_ended(env) < 0)
        return cannot(env, "check command", strerror(errno));
    enum stress_env_result outcome = run(env, "check", &spec->check);
    unsetenv("STRESS_ENDED"); /* it is for the check alone */
    return outcome;
}

enum stress_env_result script_teardown(struct stress_env *env)
{
    enum stress_env_result result = run(env, "teardown", &spec->teardown);
    return result == STRESS_ENV_OK ? end_servers(env) : result;
}

void script_describe(struct stress_env *env, char *text, size_t size)
{
    if (set_variables(env) == 0)
        answer_take(spec->describe.shell, SCRIPT_DESCRIBE_NS, text, size);
}
