/* SPDX-License-Identifier: MIT
 * supervisor.c: the supervisor process from the handshake to the end.
 */
#include "supervisor/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/episode.h"
#include "supervisor/finding.h"
#include "supervisor/hooks.h"
#include "supervisor/injection.h"
#include "supervisor/judge.h"
#include "supervisor/loop.h"
#include "supervisor/outbox.h"
#include "supervisor/reap.h"
#include "supervisor/reset.h"
#include "supervisor/serial.h"
#include "supervisor/server.h"
#include "supervisor/stack.h"
#include "supervisor/state.h"
#include "supervisor/tickets.h"

/* Waits for a message of that type. */
static int expect(struct supervisor *s, enum wire_type type, struct wire_message *message,
                  struct error *error)
{
    int got = wire_receive(s->wire, true, message, error);
    if (got < 0)
        return -1;
    if (got == 0)
        return error_set(error, 0, "the monitor is gone");
    if (message->type != type)
        return error_set(error, 0, "message %u instead of %u from the monitor", message->type,
                         (unsigned)type);
    return 0;
}

static int say(struct supervisor *s, enum wire_type type, const char *text, struct error *error)
{
    struct wire_text body = { "" };
    if (outbox_flush(s, error) < 0)
        return -1;
    snprintf(body.text, sizeof body.text, "%s", text);
    return wire_send(s->wire, type, &body, sizeof body, NULL, 0, error);
}

enum step { STEP_GO_ON, STEP_OVER, STEP_AGAIN, STEP_JUDGE, STEP_FAILED };

/* Receives CONFIG, sends DEFINITION and receives GLOBAL. */
static enum step introduce(struct supervisor *s, const struct stress_workload *workload,
                           struct wire_message *message, struct error *error)
{
    struct error reason;
    if (wire_prepare(s->wire, error) < 0 || expect(s, WIRE_CONFIG, message, error) < 0)
        return STEP_FAILED;
    s->env.config = message->body.config;
    if (declared_copy(workload, &s->env.declared, &reason) < 0 ||
        definition_from_declared(&s->env.declared, &s->env.definition, &reason) < 0 ||
        definition_recount(&s->env.definition, &s->env.config.counts, &reason) < 0)
        return say(s, WIRE_REFUSED, reason.text, error) < 0 ? STEP_FAILED : STEP_OVER;
    if (wire_send(s->wire, WIRE_DEFINITION, &s->env.definition, sizeof s->env.definition, NULL, 0,
                  error) < 0)
        return STEP_FAILED;
    return s->env.config.list_only ? STEP_OVER : STEP_GO_ON;
}

/* The memory has been used by the last episode, and the monitor did not fill it for this one. */
static bool clears(const struct supervisor *s)
{
    return s->anew && !s->env.judge.given;
}

static int map_global(struct supervisor *s, struct wire_message *message, struct error *error)
{
    if (expect(s, WIRE_GLOBAL, message, error) < 0)
        return -1;
    bool global = s->env.definition.global_size > 0;
    s->env.global_fd = -1;
    s->env.judge = message->body.memory.judge;
    if (s->env.judge.given) /* the memory has been used */
        s->env.config.restarts = 1;
    if (message->body.memory.injects &&
        injection_open(s, message->fds[global], s->injector, error) < 0)
        return -1;
    if (!global)
        return 0;
    const struct wire_memory *memory = &message->body.memory;
    s->env.global_fd = fd_raise(message->fds[0]);
    s->env.global = memory_map(s->env.global_fd, s->env.definition.global_size, true,
                               memory->address, error);
    if (!s->env.global)
        return -1;
    if (s->env.config.inherits)
        lock_renew(s->env.global, s->env.definition.global_size);
    return clears(s) ? memory_clear(s->env.global_fd, s->env.definition.global_size, error) : 0;
}

/* Writes why the run cannot begin after setup; "": it can. */
static void find_refusal(struct supervisor *s, char *text, size_t size)
{
    const char *argument = environment_unknown_argument(&s->env);
    const struct rule *rule = injection_of_no_server(s);
    text[0] = '\0';
    if (argument)
        snprintf(text, size, "unknown argument '%s' after '--'", argument);
    else if (definition_actors(&s->env.definition) == 0)
        snprintf(text, size, "setup left no actor");
    else if (rule)
        snprintf(text, size, "injection '%.200s' can never match: setup started no server '%s'",
                 rule->text, rule->name);
}

/* Runs setup and applies what it decided. */
static enum step set_up(struct supervisor *s, struct error *error)
{
    struct wire_counts counts = { .n_types = s->env.definition.n_types,
                                  .global_address = (uint64_t)(uintptr_t)s->env.global };
    enum stress_env_result result = hooks_setup(s);
    if (result == STRESS_ENV_SKIP || result == STRESS_ENV_USAGE)
        return say(s, result == STRESS_ENV_SKIP ? WIRE_SKIPPED : WIRE_REFUSED, s->env.failure,
                   error) < 0 ? STEP_FAILED : STEP_OVER;
    if (result != STRESS_ENV_OK) {
        s->end = WIRE_END_SETUP_FAILED;
        return finding_of_hook(s, FINDING_ENVIRONMENT, "the setup hook failed: ", error) < 0
                   ? STEP_FAILED : STEP_OVER;
    }
    char refusal[WIRE_TEXT];
    find_refusal(s, refusal, sizeof refusal);
    if (*refusal) {
        hooks_teardown(s);
        return say(s, WIRE_REFUSED, refusal, error) < 0 ? STEP_FAILED : STEP_OVER;
    }
    for (uint32_t i = 0; i < counts.n_types; i++)
        counts.count[i] = s->env.definition.types[i].count;
    return wire_send(s->wire, WIRE_COUNTS, &counts, sizeof counts, NULL, 0, error) < 0
               ? STEP_FAILED : STEP_GO_ON;
}

static int map_states(struct supervisor *s, const struct wire_memory *memory, int fd,
                      struct error *error)
{
    uint64_t size = memory->state_size;
    char path[64];
    if (size == 0)
        return 0;
    if (size != memory_state_offset(&s->env.definition, s->n_actors))
        return error_set(error, 0, "the actor state memory has the wrong size");
    s->env.states_fd = fd_raise(fd);
    if (s->env.states_fd < 0)
        return error_set(error, errno, "keep the actor state memory");
    snprintf(path, sizeof path, "/proc/self/fd/%d", s->env.states_fd);
    s->env.states_fd_readonly = fd_raise(open(path, O_RDONLY | O_CLOEXEC));
    if (s->env.states_fd_readonly < 0)
        return error_set(error, errno, "open the actor state memory for reading");
    struct layout_header *header = s->env.control.header;
    uint64_t address = header->states_address ? header->states_address : memory->address;
    s->env.states = memory_map(s->env.states_fd, size, true, address, error);
    header->states_address = (uint64_t)(uintptr_t)s->env.states;
    if (!s->env.states)
        return -1;
    return clears(s) ? memory_clear(s->env.states_fd, size, error) : 0;
}

static int map_memory(struct supervisor *s, struct wire_message *message, struct error *error)
{
    if (expect(s, WIRE_MEMORY, message, error) < 0)
        return -1;
    const struct wire_memory *memory = &message->body.memory;
    s->n_actors = definition_actors(&s->env.definition);
    if (control_attach(&s->env.control, message->fds[0], memory->size, error) < 0 ||
        control_check(&s->env.control, &s->env.definition, error) < 0)
        return -1;
    return map_states(s, memory, message->fds[1], error);
}

/* Makes one pipe for each actor, for the whole run: a new pipe for each runner would cost more than
 * copying all descriptors at each fork. */
static int open_outputs(struct supervisor *s, struct error *error)
{
    for (uint32_t i = 0; i < s->n_actors; i++) {
        s->runners[i].output = fd_raise(wire_output_open(s->output, WIRE_SOURCE_ACTOR, i));
        if (s->runners[i].output < 0)
            return error_set(error, errno, "open the output pipes of %u actors (ulimit -n)",
                             s->n_actors);
    }
    return 0;
}

/* Builds the filter once, for all supervisors that this process may fork. */
static int build_sandbox(struct supervisor *s, struct error *error)
{
    const struct wire_config *config = &s->env.config;
    const pid_t protect[] = { config->monitor_pid, config->warden_pid, config->tracer_pid,
                              getpid() };
    return sandbox_build(&s->sandbox, config->sandbox, protect, config->episodes ? 4 : 3, error);
}

/* Prepares the descriptors and the filter that every runner needs. */
static int prepare_runners(struct supervisor *s, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return error_set(error, errno, "make a pipe");
    s->failure_pipe = fd_raise(ends[0]);
    s->child.failure_pipe = fd_raise(ends[1]);
    s->runners = calloc(s->n_actors, sizeof *s->runners);
    if (s->failure_pipe < 0 || s->child.failure_pipe < 0 || !s->runners)
        return error_set(error, errno, "prepare %u runners", s->n_actors);
    if (open_outputs(s, error) < 0)
        return -1;
    if (sandbox_own(&s->sandbox, error) < 0)
        return -1;
    s->child.sandbox = &s->sandbox;
    s->child.inject_socket = -1;
    if (s->env.inject && (s->inject.by_command || s->inject.share->armable))
        s->child.inject_socket = s->inject.socket;
    /* So that an actor of the same user cannot use ptrace or /proc/PID/mem on it. */
    if (s->sandbox.kind != WIRE_SANDBOX_NONE && prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_set(error, errno, "make the supervisor undumpable");
    return 0;
}

/* Takes over after an earlier supervisor died: the environment is reset first. */
static void recover(struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        reap_recover(s, i);
    s->wants_reset = true;
    s->why = (struct stress_reset){ .cause = STRESS_CAUSE_SUPERVISOR, .actor = -1 };
}

static int perform(struct supervisor *s, struct wire_message *message, struct error *error)
{
    if (map_memory(s, message, error) < 0 || prepare_runners(s, error) < 0)
        return -1;
    if (s->anew)
        episode_clear_control(&s->env);
    server_publish(&s->env);
    const struct wire_config *config = &s->env.config;
    s->target = config->target_set ? config->target
                                   : definition_target(&s->env.definition, config->target_most);
    s->oom_kills = reap_oom_kills();
    s->stop_deadline_ns = s->hang_check_ns = s->held_check_ns = CLOCK_NEVER;
    s->late_check_ns = s->exam_check_ns = s->kill_check_ns = CLOCK_NEVER;
    tickets_open(s);
    if (s->env.config.serial && serial_open(s, error) < 0)
        return -1;
    if (s->env.judge.given && judge_begin(s, error) < 0)
        return -1;
    if (s->env.config.restarts > 0 && !s->env.judge.given)
        recover(s);
    /* Actors that were given up earlier, or that a replay leaves out. */
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (atomic_load(&control_ledger(&s->env.control, i)->retired))
            runner_apply(&s->runners[i], RUNNER_EVENT_RETIRE);
    if (loop_run(s, error) < 0)
        return -1;
    return reset_finish(s, error);
}

/* Judges another state. */
static int judge_another(struct supervisor *s, struct error *error)
{
    episode_clear_control(&s->env);
    if (judge_renew(s, error) < 0 || judge_begin(s, error) < 0 || loop_run(s, error) < 0)
        return -1;
    return reset_finish(s, error);
}

/* Ends an episode and waits for the monitor's next message. A stop ends the process. */
static enum step ask_again(struct supervisor *s, struct wire_message *message, struct error *error)
{
    struct wire_done done = { .end = s->end, .strays = s->strays, .stays = judge_stays(s) };
    if (s->end == WIRE_END_STOPPED)
        return STEP_OVER;
    if (outbox_flush(s, error) < 0 ||
        wire_send(s->wire, WIRE_EPISODE, &done, sizeof done, NULL, 0, error) < 0)
        return STEP_FAILED;
    int got = wire_receive(s->wire, true, message, error);
    if (got < 0)
        return STEP_FAILED;
    if (got > 0 && message->type == WIRE_JUDGE && done.stays) {
        s->env.judge = message->body.judge;
        return STEP_JUDGE;
    }
    if (got == 0 || message->type != WIRE_AGAIN)
        return STEP_OVER;
    episode_wants_another(s);
    return STEP_AGAIN;
}

static enum step run(struct supervisor *s, const struct stress_workload *workload,
                     struct wire_message *message, struct error *error)
{
    enum step step = introduce(s, workload, message, error);
    if (step != STEP_GO_ON)
        return step;
    if (build_sandbox(s, error) < 0 || (s->env.config.episodes && episode_begin(s, error) < 0))
        return STEP_FAILED;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        error_set(error, errno, "become a child subreaper");
        return STEP_FAILED;
    }
    if (stack_open(s, error) < 0 || loop_open(s, error) < 0 || map_global(s, message, error) < 0)
        return STEP_FAILED;
    step = set_up(s, error);
    if (step == STEP_GO_ON && perform(s, message, error) < 0)
        return STEP_FAILED;
    if (step == STEP_GO_ON && s->env.config.episodes)
        step = ask_again(s, message, error);
    while (step == STEP_JUDGE)
        step = judge_another(s, error) < 0 ? STEP_FAILED : ask_again(s, message, error);
    if (step == STEP_FAILED || step == STEP_AGAIN)
        return step;
    if (outbox_flush(s, error) < 0)
        return STEP_FAILED;
    server_kill_all(&s->env);
    if (step == STEP_OVER && s->end != WIRE_END_SETUP_FAILED && !s->env.control.header)
        return STEP_OVER; /* skipped or refused: the monitor knows */
    struct wire_done done = { .end = s->end, .strays = s->strays };
    return wire_send(s->wire, WIRE_DONE, &done, sizeof done, NULL, 0, error) < 0 ? STEP_FAILED
                                                                                : STEP_OVER;
}

/* Keeps the sockets that this process was started with, out of the way of user code. The wire comes
 * last, so that it can carry the failure of another. */
static int keep_sockets(struct supervisor *s, int output, int injector, int tracer,
                        struct error *error)
{
    int wire = s->wire;
    if (fd_raise_limit() < 0)
        return error_set(error, errno, "cannot raise the limit of descriptors (ulimit -n)");
    s->output = fd_raise(output);
    s->injector = injector < 0 ? -1 : fd_raise(injector);
    s->tracer = fd_raise(tracer);
    int copy = fcntl(wire, F_DUPFD_CLOEXEC, 0);
    int raised = fd_raise(copy);
    if (s->output < 0 || (injector >= 0 && s->injector < 0) || s->tracer < 0 || raised < 0)
        return error_set(error, errno, "cannot keep the sockets of the supervisor");
    s->wire = raised;
    fd_close(&wire);
    s->env.servers->wire = s->wire;
    s->env.servers->output = s->output;
    return 0;
}

int supervisor_main(const struct stress_workload *workload, int argc, char **argv, int wire,
                    int output, int injector, int tracer)
{
    struct error error = { 0 };
    struct supervisor *s = calloc(1, sizeof *s);
    struct wire_message *message = calloc(1, sizeof *message);
    struct server_table *servers = calloc(1, sizeof *servers);
    bool *used = calloc((size_t)argc + 1, sizeof *used);
    enum step step = STEP_FAILED;
    if (s && message && servers && used) {
        s->wire = wire;
        s->child.supervisor = getpid();
        s->env.servers = servers;
        s->env.argc = argc;
        s->env.argv = argv;
        s->env.argument_used = used;
        if (keep_sockets(s, output, injector, tracer, &error) == 0)
            step = run(s, workload, message, &error);
        struct error ignored;
        if (step == STEP_FAILED) /* if the monitor is gone, this is lost */
            say(s, WIRE_ERROR, error.text, &ignored);
        prctl(PR_SET_DUMPABLE, 1); /* a leak checker at exit needs ptrace */
        sandbox_free(&s->sandbox);
        inject_plan_free(&s->inject);
        serial_close(s);
        free(s->told);
        free(s->runners);
    }
    free(used);
    free(servers);
    free(message);
    free(s);
    return step == STEP_FAILED ? 3 : 0;
}

int stress_main(const struct stress_workload *workload, int argc, char **argv)
{
    static const char by_hand[] = "this is a workload: run it with: stress-supervisor PATH\n";
    const char *sockets = getenv(WIRE_VARIABLE);
    int wire, output, injector, tracer;
    char end;
    if (!sockets ||
        sscanf(sockets, "%d,%d,%d,%d%c", &wire, &output, &injector, &tracer, &end) != 4) {
        (void)!write(STDERR_FILENO, by_hand, sizeof by_hand - 1);
        return 2;
    }
    unsetenv(WIRE_VARIABLE);
    return supervisor_main(workload, argc, argv, wire, output, injector, tracer);
}
