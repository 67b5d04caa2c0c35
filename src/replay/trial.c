/* SPDX-License-Identifier: MIT
 * trial.c: see trial.h: a session like any other, with orders. In a process forked for it, so that
 * what it leaves in memory goes with it, and so that it can be killed.
 */
#include "replay/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "session/session.h"

enum { TRIAL_HARNESS = 3 };

/* ---- the command ------------------------------------------------------------------------- */

/* The most actors of a plain command that the file names. */
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
    command->argv[n++] = (char *)"stress-supervisor"; /* nobody writes to it */
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
    if (ret->subject.kind == SUBJECT_COMMAND && !options->actors.given &&
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
    trial->pid = 0;
    trial->pidfd = -1;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) /* trial_stop() waits for what a killed one left */
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
        _exit(TRIAL_HARNESS);
}

/* In the child. */
static void perform(const struct trial *trial, const struct trial_plan *plan)
{
    const struct session_orders orders = {
        .silent = true, .replay = plan->replay, .serial_wait_ns = plan->serial_wait_ns,
        .held = plan->hold ? tell_held : NULL, .held_user = trial->outcome };
    struct options options = plan->command->options;
    options.output = trial->directory;
    options.n_injections = 0;
    for (uint32_t i = 0; i < plan->replay->injections.n; i++)
        options.injections[options.n_injections++] = plan->replay->injections.word[i];
    if (plan->silent)
        throw_away(STDERR_FILENO);
    throw_away(STDOUT_FILENO);
    trial->outcome->status = session_run_ordered(&options, &plan->command->subject,
                                                 (char **)plan->command->argv, &orders,
                                                 &trial->outcome->result, NULL);
    trial->outcome->finished = true;
    _exit(trial->outcome->status);
}

int trial_start(struct trial *trial, const struct trial_plan *plan, struct error *error)
{
    pid_t parent = getpid();
    memset(trial->outcome, 0, sizeof *trial->outcome);
    fflush(NULL);
    trial->killed = false;
    trial->deadline_ns = plan->limit_ns ? clock_now() + plan->limit_ns : CLOCK_NEVER;
    trial->pid = fork();
    if (trial->pid == 0) {
        if (forked_begin(parent) < 0 ||
            (plan->hold && setpgid(0, 0) < 0)) /* Ctrl-C is the debugger's */
            _exit(TRIAL_HARNESS);
        perform(trial, plan);
    }
    trial->pidfd = trial->pid < 0 ? -1 : pidfd_open(trial->pid, 0);
    if (trial->pidfd >= 0)
        return 0;
    error_set(error, errno, "cannot start a run");
    if (trial->pid > 0) {
        kill(trial->pid, SIGKILL);
        waitpid(trial->pid, NULL, 0);
    }
    trial->pid = 0;
    return -1;
}

static bool take(struct trial *trial)
{
    int status;
    pid_t pid;
    do
        pid = waitpid(trial->pid, &status, WNOHANG);
    while (pid < 0 && errno == EINTR);
    if (pid == 0)
        return false;
    trial->pid = 0;
    fd_close(&trial->pidfd);
    return true;
}

static void kill_overdue(struct trial *trial)
{
    if (trial->deadline_ns > clock_now())
        return;
    trial->killed = true;
    trial->deadline_ns = CLOCK_NEVER;
    kill(trial->pid, SIGKILL); /* its warden ends all that is below */
}

struct trial *trial_wait(struct trial *trials, unsigned n, unsigned wait_ms)
{
    struct pollfd fds[256];
    unsigned used = n < 256 ? n : 256;
    for (unsigned i = 0; i < used; i++)
        fds[i] = (struct pollfd){ .fd = trials[i].pid > 0 ? trials[i].pidfd : -1,
                                  .events = POLLIN };
    if (poll(fds, used, (int)wait_ms) > 0)
        for (unsigned i = 0; i < used; i++)
            if (fds[i].revents && take(&trials[i]))
                return &trials[i];
    for (unsigned i = 0; i < used; i++)
        if (trials[i].pid > 0)
            kill_overdue(&trials[i]);
    return NULL;
}

void trial_stop(struct trial *trials, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (trials[i].pid > 0) {
            kill(trials[i].pid, SIGKILL);
            while (waitpid(trials[i].pid, NULL, 0) < 0 && errno == EINTR)
                continue;
            trials[i].pid = 0;
            fd_close(&trials[i].pidfd);
        }
    /* Their wardens, which end all that is below: until then files may be made. */
    while (wait(NULL) > 0)
        continue;
}
