/* SPDX-License-Identifier: MIT
 * operation.c: see operation.h. A runner has one actor, so everything is prepared once, in static
 * memory. An operation then only overwrites values.
 */
#include "workload/operation.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "actor/actor.h"
#include "workload/launch.h"
#include "workload/program.h"

/* The variables whose values change with each operation. */
enum value { VALUE_SEED, VALUE_OPERATION, VALUE_ACTION, VALUE_GENERATION, VALUES };
/* A program that stays has the last one alone. */
static const char *const value_names[VALUES] = { "STRESS_SEED", "STRESS_OPERATION",
                                                 "STRESS_ACTION", "STRESS_GENERATION" };

static const struct command_spec *spec;

static struct {
    const struct command_actor *actor;
    const char *line;  /* for a shell; NULL: `argv` is executed */
    char *const *argv;
    char values[VALUES][48];   /* "NAME=18446744073709551615" */
    char **environment;        /* `values`, then the inherited variables */
    int output;                /* the file STRESS_OUTPUT; -1: none */
} self;

void operation_use(const struct command_spec *use)
{
    spec = use;
}

static const struct command_actor *find_actor(const char *name)
{
    for (uint32_t i = 0; i < spec->n_actors; i++)
        if (strcmp(spec->actors[i].name, name) == 0)
            return &spec->actors[i];
    return NULL;
}

static void set_number(enum value value, uint64_t number)
{
    snprintf(self.values[value], sizeof self.values[value], "%s=%" PRIu64, value_names[value],
             number);
}

static void set_action(const struct stress_actor *actor)
{
    uint32_t action = atomic_load_explicit(&actor->slot->action, memory_order_relaxed);
    snprintf(self.values[VALUE_ACTION], sizeof self.values[VALUE_ACTION], "%s=%s",
             value_names[VALUE_ACTION], actor->actions[action].name);
}

/* Makes the environment of the commands: `values`, then the environment that the hooks left. */
static int make_environment(struct stress_actor *actor)
{
    char index[16];
    size_t n = 0;
    snprintf(index, sizeof index, "%u", stress_actor_index(actor));
    if (setenv("STRESS_ACTOR", stress_actor_type(actor), 1) < 0 ||
        setenv("STRESS_ACTOR_INDEX", index, 1) < 0)
        return -errno;
    for (size_t i = 0; i < VALUES; i++)
        if (unsetenv(value_names[i]) < 0)
            return -errno;
    while (environ && environ[n])
        n++;
    self.environment = malloc((VALUES + n + 1) * sizeof *self.environment);
    if (!self.environment)
        return -ENOMEM;
    for (size_t i = 0; i < VALUES; i++)
        self.environment[i] = self.values[i];
    for (size_t i = 0; i < n; i++)
        self.environment[VALUES + i] = environ[i];
    self.environment[VALUES + n] = NULL;
    return 0;
}

enum stress_outcome operation_start(struct stress_actor *actor)
{
    self.actor = find_actor(stress_actor_type(actor));
    if (!self.actor)
        return stress_actor_fail(actor, "the workload has no actor %s", stress_actor_type(actor));
    int result = make_environment(actor);
    if (result < 0)
        return stress_actor_fail(actor, "cannot prepare the command: %s", strerror(-result));
    const char *output = actor->env->config.output;
    self.output = *output ? open(output, O_RDWR | O_APPEND | O_CLOEXEC) : -1;
    if (*output && self.output < 0)
        return stress_actor_fail(actor, "cannot open %s: %s", output, strerror(errno));
    const struct command_line *line = &self.actor->command;
    self.line = line->shell;
    self.argv = line->argv;
    return STRESS_OK;
}

/* Runs the command. What it prints into the file goes where it would have gone without the file,
 * too. */
static int launch(const struct inject_plan *inject, struct enter_hello *hello, siginfo_t *ret,
                  struct error *error)
{
    struct stat status;
    char part[4096];
    off_t at = self.output >= 0 && fstat(self.output, &status) == 0 ? status.st_size : 0;
    int result = self.line ? launch_line(self.line, self.environment, self.output, inject, hello,
                                         ret, error)
                           : launch_wait(self.argv, self.environment, self.output, inject, hello,
                                         ret, error);
    ssize_t n;
    while (self.output >= 0 && (n = pread(self.output, part, sizeof part, at)) > 0 &&
           fd_write_all(STDOUT_FILENO, part, (size_t)n) == 0)
        at += n;
    return result;
}

static enum stress_outcome run_command(struct stress_actor *actor)
{
    siginfo_t end;
    struct error error;
    set_number(VALUE_SEED, stress_random_next(stress_actor_random(actor)));
    set_number(VALUE_OPERATION, stress_actor_operation(actor));
    set_action(actor);
    set_number(VALUE_GENERATION, stress_actor_generation(actor));
    wire_output_mark(STDERR_FILENO, stress_actor_operation(actor) + 1);
    struct enter_hello hello = actor_hello(actor);
    hello.performs = stress_actor_operation(actor) + 1;
    const struct inject_plan *inject = actor_is_injected(actor) ? actor->env->inject : NULL;
    if (launch(inject, &hello, &end, &error) < 0)
        return stress_actor_fail(actor, "%s", error.text);
    if (end.si_code != CLD_EXITED) { /* the run must see a crash */
        launch_die_as(&end);
        return stress_actor_fail(actor, "the command was killed by SIG%s",
                                 sigabbrev_np(end.si_status));
    }
    switch (end.si_status) {
    case 0:
        return STRESS_OK;
    case COMMAND_EXIT_UNCOUNTED:
        return STRESS_UNCOUNTED;
    case COMMAND_EXIT_RESET:
        return STRESS_RESET;
    default:
        atomic_store_explicit(&actor->slot->status, (uint32_t)end.si_status, memory_order_relaxed);
        return stress_actor_fail(actor, "exit status %d", end.si_status);
    }
}

/* The number of the actor that a break is about, drawn among those of its type; -1: it is about a
 * server. */
static int draw_victim(struct stress_actor *actor)
{
    const char *target = self.actor->break_target;
    const struct command_actor *victim = find_actor(target);
    for (uint32_t i = 0; i < spec->n_servers; i++)
        if (strcmp(spec->servers[i].name, target) == 0)
            return -1;
    uint64_t index = stress_random_below(stress_actor_random(actor), victim ? victim->count : 0);
    return victim ? stress_actor_find(actor, target, (unsigned)index) : -1;
}

static int send_signal(struct stress_actor *actor, int victim, int signo)
{
    return victim < 0 ? stress_actor_signal_server(actor, self.actor->break_target, signo)
                      : stress_actor_signal(actor, victim, signo);
}

/* Waits, but not longer than the runner may go on. */
static void wait_for(const struct stress_actor *actor, uint32_t ms)
{
    const struct timespec pause = { .tv_nsec = 5 * (long)CLOCK_MILLISECOND };
    uint64_t until = clock_now() + ms * CLOCK_MILLISECOND;
    while (clock_now() < until && !stress_actor_stopping(actor))
        nanosleep(&pause, NULL);
}

static enum stress_outcome run_break(struct stress_actor *actor)
{
    static const int signals[] = { [COMMAND_BREAK_KILL] = SIGKILL,
                                   [COMMAND_BREAK_TERMINATE] = SIGTERM,
                                   [COMMAND_BREAK_STOP] = SIGSTOP,
                                   [COMMAND_BREAK_CONTINUE] = SIGCONT };
    int victim = draw_victim(actor);
    const char *target = self.actor->break_target;
    int result = send_signal(actor, victim, signals[self.actor->break_kind]);
    if (result == 0 && self.actor->break_ms > 0) {
        wait_for(actor, self.actor->break_ms);
        send_signal(actor, victim, SIGCONT); /* it may be gone meanwhile */
    }
    if (result == -ESRCH)
        return STRESS_UNCOUNTED;
    if (result < 0)
        return stress_actor_fail(actor, "cannot signal %s: %s", target, strerror(-result));
    return STRESS_OK;
}

enum stress_outcome operation_perform(struct stress_actor *actor)
{
    if (self.actor->break_kind != COMMAND_BREAK_NONE)
        return run_break(actor);
    if (self.actor->saboteur)
        stress_actor_announce(actor, "%s", self.actor->name);
    if (!self.actor->program)
        return run_command(actor);
    set_number(VALUE_GENERATION, stress_actor_generation(actor));
    return program_perform(actor, self.actor->program, self.environment + VALUE_GENERATION);
}
