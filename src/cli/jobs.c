/* SPDX-License-Identifier: MIT
 * jobs.c: see jobs.h.
 */
#include "cli/jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/exit.h"
#include "cli/stop.h"

static void become(pid_t parent)
{
    cli_default_signals();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
        _exit(CLI_HARNESS);
}

static void reap(struct job *job)
{
    while (job->pid > 0 && waitpid(job->pid, &job->status, 0) < 0 && errno == EINTR)
        continue;
    job->pid = 0;
    fd_close(&job->pidfd);
    fd_close(&job->socket);
}

pid_t jobs_fork(struct jobs *jobs, struct job *job, const char *what, struct error *error)
{
    pid_t parent = getpid();
    if (jobs->n == JOBS_MOST)
        return error_set(error, EAGAIN, "cannot start %s", what);
    fflush(NULL);
    job->pid = fork();
    if (job->pid == 0) {
        become(parent);
        return 0;
    }
    job->pidfd = job->pid < 0 ? -1 : pidfd_open(job->pid, 0);
    if (job->pidfd < 0) {
        error_set(error, errno, "cannot start %s", what);
        if (job->pid > 0)
            kill(job->pid, SIGKILL);
        reap(job);
        return -1;
    }
    job->step = 0;
    job->late = job->stopped = false;
    jobs->job[jobs->n++] = job;
    return job->pid;
}

static void take_step(struct job *job)
{
    const struct job_step *step = &job->steps[job->step];
    kill(step->group ? -job->pid : job->pid, step->signal);
    job->deadline_ns = step->patience_ns == CLOCK_NEVER ? CLOCK_NEVER
                                                        : clock_now() + step->patience_ns;
    job->step += step->signal != SIGKILL;
}

static void take_steps(struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->n; i++) {
        jobs->job[i]->stopped = !jobs->job[i]->late;
        take_step(jobs->job[i]);
    }
}

static void end_late(struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->n; i++)
        if (jobs->job[i]->deadline_ns <= clock_now()) {
            jobs->job[i]->late = !jobs->job[i]->stopped;
            take_step(jobs->job[i]);
        }
}

struct job *jobs_wait(struct jobs *jobs, uint64_t until)
{
    struct pollfd fds[JOBS_MOST];
    for (unsigned i = 0; i < jobs->n; i++) {
        const struct job *job = jobs->job[i];
        fds[i] = (struct pollfd){ job->socket < 0 ? job->pidfd : job->socket, POLLIN, 0 };
        clock_sooner(&until, job->deadline_ns);
    }
    int ready = cli_wait(fds, jobs->n, until);
    if (cli_signals() != jobs->signals)
        take_steps(jobs);
    jobs->signals = cli_signals();
    end_late(jobs);
    for (unsigned i = 0; ready > 0 && i < jobs->n; i++, jobs->turn++)
        if (fds[jobs->turn % jobs->n].revents)
            return jobs->job[jobs->turn++ % jobs->n];
    return NULL;
}

void jobs_reap(struct jobs *jobs, struct job *job)
{
    reap(job);
    for (unsigned i = 0; i < jobs->n; i++)
        if (jobs->job[i] == job)
            jobs->job[i] = jobs->job[--jobs->n];
}

void jobs_finish(struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->n; i++)
        fd_close(&jobs->job[i]->socket);
    while (jobs->n > 0) {
        struct job *job = jobs_wait(jobs, CLOCK_NEVER);
        if (job)
            jobs_reap(jobs, job);
    }
}

void jobs_stop(struct jobs *jobs)
{
    for (unsigned i = 0; i < jobs->n; i++)
        if (!jobs->job[i]->late && !jobs->job[i]->stopped) {
            jobs->job[i]->stopped = true;
            take_step(jobs->job[i]);
        }
    jobs_finish(jobs);
}

void jobs_orphans(void)
{
    unsigned came = cli_signals();
    while (cli_signals() == came) {
        pid_t pid = waitpid(-1, NULL, WNOHANG);
        if (pid < 0)
            return;
        if (pid == 0)
            cli_wait(NULL, 0, CLOCK_NEVER);
    }
}
