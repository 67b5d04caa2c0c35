/* SPDX-License-Identifier: MIT
 * trial.c: see trial.h. A trial is a session with orders, in a process of its own, so that it can
 * be killed and leaves nothing in this process's memory.
 */
#include "replay/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/base.h"

/* ---- the command ------------------------------------------------------------------------- */

/* Returns the highest index of an actor in the file; a plain command has one type. */
static uint64_t highest_index(const struct replay *replay)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < replay->actors.n; i++) {
        uint64_t index = 0;
        text_parse_u64(strrchr(replay->actors.name[i], '.') + 1, &index);
        most = index > most ? index : most;
    }
    return most;
}

static int build(const struct replay *replay, struct trial_command *command, uint64_t actors)
{
    int n = 0;
    command->argv[n++] = (char *)"stress-supervisor"; /* never written to */
    command->argv[n++] = (char *)"run";
    for (uint32_t i = 0; i < replay->options.n; i++)
        command->argv[n++] = replay->options.word[i];
    snprintf(command->text[0], sizeof command->text[0], "--seed=0x%" PRIx64, replay->seed);
    command->argv[n++] = command->text[0];
    snprintf(command->text[1], sizeof command->text[1], "--actors=%" PRIu64, actors);
    if (actors > 0)
        command->argv[n++] = command->text[1];
    command->argv[n++] = (char *)"--";
    command->argv[n++] = replay->workload;
    command->argv[n++] = (char *)"--";
    for (uint32_t i = 0; i < replay->arguments.n; i++)
        command->argv[n++] = replay->arguments.word[i];
    command->argv[n] = NULL;
    return n;
}

int trial_prepare(const struct replay *replay, struct trial_command *ret, struct error *error)
{
    struct options *options = &ret->options;
    struct error why;
    if (replay->directory && chdir(replay->directory) < 0)
        return error_set(error, errno, "%s: 'directory: %.200s'", replay->path, replay->directory);
    if (options_parse(build(replay, ret, 0), ret->argv, options, &why) < 0 ||
        subject_find(options, &ret->subject, &why) < 0)
        return error_set(error, 0, "%s: %.300s", replay->path, why.text);
    if (ret->subject.kind == SUBJECT_COMMAND && options->actors.only == 0 &&
        options->actors.n == 0 &&
        options_parse(build(replay, ret, highest_index(replay) + 1), ret->argv, options, &why) < 0)
        return error_set(error, 0, "%s: %.300s", replay->path, why.text);
    options->schedule = OPTIONS_SERIAL;
    options->operations = options->time_limit = (struct options_number){ true, 0 };
    options->verbosity = -1;
    return 0;
}

/* ---- one run ----------------------------------------------------------------------------- */

int trial_open(struct trial *trial, struct error *error)
{
    /* When a trial is killed, its warden ends all processes below. */
    static const struct job_step steps[] = { { SIGKILL, false, CLOCK_NEVER } };
    trial->job = (struct job){ .socket = -1, .steps = steps, .owner = trial };
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) /* for trial_stop(), which waits for the wardens */
        return error_set(error, errno, "cannot prepare a run");
    trial->outcome = mmap(NULL, sizeof *trial->outcome, PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return trial->outcome == MAP_FAILED ? error_set(error, errno, "cannot prepare a run") : 0;
}

void trial_close(struct trial *trial)
{
    munmap(trial->outcome, sizeof *trial->outcome);
}

static void tell_held(void *user, int pid)
{
    struct trial_outcome *outcome = user;
    atomic_store(&outcome->held, pid);
}

static void throw_away(int fd)
{
    if (fd_redirect(-1, fd) < 0)
        _exit(CLI_HARNESS);
}

/* In the child. */
static void perform(const struct trial *trial, const struct trial_plan *plan)
{
    const struct session_orders orders = {
        .silent = true, .replay = plan->replay, .serial_wait_ns = plan->serial_wait_ns,
        .held = plan->hold ? tell_held : NULL, .held_user = trial->outcome };
    struct options options = plan->command->options;
    options.output = trial->directory;
    options.injections.n = 0;
    for (uint32_t i = 0; i < plan->replay->injections.n; i++)
        options.injections.text[options.injections.n++] = plan->replay->injections.word[i];
    if (plan->silent)
        throw_away(STDERR_FILENO);
    throw_away(STDOUT_FILENO);
    trial->outcome->status = session_run_ordered(&options, &plan->command->subject,
                                                 (char **)plan->command->argv, &orders,
                                                 &trial->outcome->result, NULL);
    trial->outcome->finished = true;
    _exit(trial->outcome->status);
}

int trial_start(struct trial *trial, struct jobs *jobs, const struct trial_plan *plan,
                struct error *error)
{
    memset(trial->outcome, 0, sizeof *trial->outcome);
    trial->job.deadline_ns = plan->limit_ns ? clock_now() + plan->limit_ns : CLOCK_NEVER;
    pid_t pid = jobs_fork(jobs, &trial->job, "a run", error);
    if (pid == 0) {
        if (plan->hold && setpgid(0, 0) < 0) /* Ctrl-C is for the debugger */
            _exit(CLI_HARNESS);
        perform(trial, plan);
    }
    return pid < 0 ? -1 : 0;
}

struct trial *trial_wait(struct jobs *jobs, uint64_t until)
{
    struct job *job = jobs_wait(jobs, until);
    if (!job)
        return NULL;
    jobs_reap(jobs, job);
    return job->owner;
}

void trial_stop(struct jobs *jobs)
{
    jobs_stop(jobs);
    jobs_orphans(); /* their wardens: until they are gone, files may appear */
}

const char *trial_hint(const struct replay *replay)
{
    unsigned actors = 0;
    for (size_t i = 0; i < replay->actors.n; i++)
        actors += replay->takes_part[i];
    return actors < 2 ? NULL
                      : "the operations ran one at a time, so a bug that needs two at once does "
                        "not show: run the workload again, as reproduce.txt says";
}
