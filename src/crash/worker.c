/* SPDX-License-Identifier: MIT
 * worker.c: a process that runs one case after the other. It receives tasks over a socket and
 * answers with their outcomes. Each case is an episode of a session with orders. The session
 * continues from case to case; if a case ends the session, the worker opens a new one.
 */
#include "crash/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/atomic.h"
#include "crash/place.h"
#include "crash/points.h"
#include "crash/recovery.h"
#include "crash/states.h"

const struct job_step crash_steps[CRASH_STEPS] = {
    { SIGTERM, false, CLOCK_NEVER },
    { SIGTERM, false, CLOCK_NEVER },
    { SIGKILL, false, CLOCK_NEVER },
};

/* ---- in the child ----------------------------------------------------------------------- */

struct worker {
    const struct crash *crash;
    int socket;
    struct share_points *points;
    struct crash_task task;
    bool open; /* the task is not answered yet */
    char directory[PATH_MAX]; /* of the session */
    char scratch[PATH_MAX];   /* of the session */
    struct states_builder *builder; /* by states */
};

static const char *disk_of(const struct crash *crash)
{
    return *crash->disk ? crash->disk : NULL;
}

/* Redirects the messages of the runs to a file. */
static void redirect(const struct crash *crash)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/messages", crash->directory);
    FILE *file = freopen(path, "ae", stderr);
    if (!file || fd_redirect(STDERR_FILENO, STDOUT_FILENO) < 0)
        _exit(CLI_HARNESS);
    setvbuf(stderr, NULL, _IONBF, 0);
}

static bool take_task(struct worker *worker)
{
    ssize_t n;
    do
        n = recv(worker->socket, &worker->task, sizeof worker->task, 0);
    while (n < 0 && errno == EINTR);
    worker->open = n == (ssize_t)sizeof worker->task && worker->task.n <= SESSION_RULES;
    return worker->open;
}

static void answer(struct worker *worker, int status, const struct session_result *result)
{
    const struct crash_outcome outcome = { .status = status, .finished = true, .result = *result };
    worker->open = false;
    /* If the parent is gone, no further task will come. */
    (void)!packet_send_bytes(worker->socket, &outcome, sizeof outcome, 0);
}

/* Where the scratch directory of the current task lies. */
static void scratch_path(const struct worker *worker, char *to, size_t size)
{
    const struct crash *crash = worker->crash;
    if (crash->by_states)
        snprintf(to, size, "%.4000s/clean/scratch", crash->directory);
    else
        snprintf(to, size, "%.4000s/scratch", worker->directory);
}

/* --atomic: see struct session_orders. */
static void inspect(void *user, const struct session_result *result, char *title, size_t size)
{
    const struct worker *worker = user;
    if (!worker->task.lists)
        atomic_judge(worker->crash, (size_t)worker->task.which,
                     worker->builder ? states_edge(worker->builder) : NULL, worker->scratch,
                     result, title, size);
}

/* The end of an episode: see struct session_orders. */
static bool again(void *user, const struct session_result *ended, struct rule *ret_rules,
                  uint32_t *ret_n)
{
    struct worker *worker = user;
    answer(worker, ended->n_findings > 0, ended);
    if (!take_task(worker))
        return false;
    memcpy(ret_rules, worker->task.rules, worker->task.n * sizeof *ret_rules);
    *ret_n = worker->task.n;
    return true;
}

/* Removes the directory of a run without a finding. What cannot be removed stays in the directory
 * that the user named, where it does no harm. */
static void remove_directory(const char *path)
{
    int fd FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    unlinkat(fd, "events.jsonl", 0);
    unlinkat(fd, "result.json", 0);
    unlinkat(fd, "findings", AT_REMOVEDIR);
    rmdir(path);
}

/* Puts the state of the task in place: see struct session_orders. */
static int fill(void *user, const struct session_place *place, struct session_judge *ret,
                struct error *error)
{
    struct worker *worker = user;
    memcpy(worker->scratch, place->scratch->path, sizeof worker->scratch);
    return states_build(worker->builder, (size_t)worker->task.which, place, ret, error);
}

static int fill_states(void *user, int fd, uint64_t size, struct error *error)
{
    struct worker *worker = user;
    (void)size;
    return states_fill(worker->builder, (size_t)worker->task.which, 1, fd, error);
}

/* Makes the directory in which the reset of the task is recorded. A failure ends the task. */
static int make_recording(struct worker *worker, char *to, size_t size)
{
    struct session_result result = { .counted = 0 };
    struct error ignored;
    recovery_directory(worker->crash, (size_t)worker->task.which, to, size);
    if (worker->task.tries > 0)
        tree_remove(to, &ignored);
    if (mkdir(to, 0777) == 0)
        return 0;
    snprintf(result.title, sizeof result.title, "cannot make %.200s: %s", to, strerror(errno));
    answer(worker, CLI_HARNESS, &result);
    return -1;
}

static void run_task(struct worker *worker)
{
    const struct crash *crash = worker->crash;
    struct options options = crash->run;
    struct session_result result = { .counted = 0 };
    struct rule rules[SESSION_RULES];
    memcpy(rules, worker->task.rules, sizeof rules);
    snprintf(worker->directory, sizeof worker->directory, "%.4000s/points/%06llu-%u%s",
             crash->directory, (unsigned long long)worker->task.which, worker->task.tries,
             worker->task.lists ? "-reset" : "");
    scratch_path(worker, worker->scratch, sizeof worker->scratch);
    bool records = crash->by_states && worker->task.lists;
    char recording[PATH_MAX + 64];
    if (records && make_recording(worker, recording, sizeof recording) < 0)
        return;
    const struct session_orders orders = {
        .recording = records ? recording : NULL, .disk = disk_of(crash),
        .scratch = crash->by_states ? worker->scratch : NULL, .rules = rules,
        .n_rules = worker->task.n, .points = worker->points, .silent = true,
        .keep_output = true, .attempts = true, .end_at_fault = true,
        .again = records ? NULL : again, /* a session has one recording */
        .inspect = crash->options->atomic ? inspect : NULL,
        .fill = crash->by_states ? fill : NULL,
        .fill_states = crash->by_states ? fill_states : NULL,
        .global_address = crash->global_address, .states_address = crash->states_address,
        .user = worker };
    options.output = worker->directory;
    int status = session_run_ordered(&options, crash->subject, crash->argv, &orders, &result, NULL);
    if (worker->open)
        answer(worker, status, &result);
    if (status == CLI_PASSED)
        remove_directory(worker->directory);
}

static _Noreturn void work(const struct crash *crash, int socket, struct share_points *points)
{
    struct worker worker = { .crash = crash, .socket = socket, .points = points };
    redirect(crash);
    worker.builder = crash->by_states ? states_builder_new(crash) : NULL;
    struct error error;
    bool side_by_side = crash->by_states && crash->workers > 1;
    if ((crash->by_states && !worker.builder) ||
        (side_by_side ? place_enter(crash, &error) : place_leave(crash, &error)) < 0)
        _exit(CLI_HARNESS);
    while (take_task(&worker))
        run_task(&worker);
    _exit(CLI_PASSED);
}

/* ---- in the parent ---------------------------------------------------------------------- */

int crash_hire(const struct crash *crash, struct share_points *points, struct jobs *jobs,
               struct job *job, struct error *error)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set(error, errno, "cannot make a socket to a run");
    job->socket = ends[0];
    pid_t pid = jobs_fork(jobs, job, "a run", error);
    if (pid == 0) {
        /* Close the sockets of other workers: each worker exits when the last copy is closed. */
        close_range(STDERR_FILENO + 1, (unsigned)ends[1] - 1, 0);
        close_range((unsigned)ends[1] + 1, ~0u, 0);
        work(crash, ends[1], points);
    }
    close(ends[1]);
    return pid < 0 ? -1 : 0;
}

static _Noreturn void work_cleanly(const struct crash *crash, struct crash_clean *ret)
{
    struct options options = crash->run;
    struct rule rule;
    char directory[4200];
    const struct session_orders orders = { .rules = &rule, .n_rules = 1, .points = crash->points,
                                           .silent = true, .keep_output = true,
                                           .attempts = true,
                                           .end_at_fault = true,
                                           .recording = *crash->recording ? crash->recording : NULL,
                                           .disk = disk_of(crash),
                                           .most_operations = CRASH_OPERATIONS };
    redirect(crash);
    struct error error;
    if (place_leave(crash, &error) < 0)
        _exit(CLI_HARNESS);
    crash_record_rule(crash, RULE_OF_ANYBODY, &rule);
    snprintf(directory, sizeof directory, "%.4000s/clean", crash->directory);
    options.output = directory;
    options.known = crash->options->known;
    options.required = crash->options->required;
    ret->outcome.status = session_run_ordered(&options, crash->subject, crash->argv, &orders,
                                              &ret->outcome.result, &ret->definition);
    ret->outcome.finished = true;
    _exit(CLI_PASSED);
}

int crash_start_clean(const struct crash *crash, struct crash_clean *ret, struct jobs *jobs,
                      struct job *job, struct error *error)
{
    pid_t pid = jobs_fork(jobs, job, "the run without faults", error);
    if (pid == 0)
        work_cleanly(crash, ret);
    return pid < 0 ? -1 : 0;
}

/* ---- one state again ---------------------------------------------------------------------- */

int crash_judge_again(const struct crash *crash)
{
    struct worker worker = { .crash = crash, .socket = -1, .task.which = crash->n_cases - 1,
                             .builder = states_builder_new(crash) };
    struct session_result result;
    struct error error;
    if (place_leave(crash, &error) < 0)
        return cli_complain(&error, CLI_HARNESS);
    const struct session_orders orders = { .disk = disk_of(crash),
                                           .attempts = true, .end_at_fault = true, .fill = fill,
                                           .fill_states = fill_states,
                                           .inspect = crash->options->atomic ? inspect : NULL,
                                           .keep_output = true, .user = &worker };
    if (!worker.builder)
        return cli_no_memory();
    int status = session_run_ordered(&crash->run, crash->subject, crash->argv, &orders, &result,
                                     NULL);
    states_builder_free(worker.builder);
    return status;
}
