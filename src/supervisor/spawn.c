/* SPDX-License-Identifier: MIT
 * spawn.c: see spawn.h.
 */
#include "supervisor/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor/actor.h"
#include "base/base.h"
#include "supervisor/state.h"
#include "supervisor/tickets.h"

/* Forks with all signals blocked, so that none is handled in the child before it is set up. */
static pid_t fork_blocked(sigset_t *ret_mask)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, ret_mask);
    pid_t pid = fork();
    if (pid != 0) {
        int error = errno;
        sigprocmask(SIG_SETMASK, ret_mask, NULL);
        errno = error;
    }
    return pid;
}

int spawn_runner(struct supervisor *s, uint32_t actor, struct error *error)
{
    struct runner *runner = &s->runners[actor];
    struct layout_ledger *ledger = control_ledger(&s->env.control, actor);
    struct stress_actor self;
    sigset_t mask;
    memset(control_slot(&s->env.control, actor), 0, sizeof(struct layout_slot));
    runner->let_go = false;
    tickets_grant_first(s, actor);
    actor_init(&self, &s->env, actor, runner->output, s->child.tickets_calls);
    self.tracer = s->child.tracer;
    runner->first_operation = self.operation;
    if (atomic_load(&ledger->logged_generation) != supervisor_generation(s) + 1) {
        atomic_store(&ledger->logged_first, self.operation);
        atomic_store(&ledger->logged_generation, supervisor_generation(s) + 1);
    }
    runner->hung = runner->lost = false;
    runner->exam = EXAM_NONE;
    runner->suspect = 0;
    runner->answer_deadline_ns = 0;
    runner->forked_ns = clock_now();
    pid_t pid = fork_blocked(&mask);
    if (pid == 0) {
        child_set_up(&s->child, &self);
        _exit(runner_run(&self));
    }
    if (pid < 0)
        return error_set(error, errno, "cannot fork the runner of actor %s.%u (ulimit -u or a "
                         "control group limits processes)", self.type->name, self.index);
    setpgid(pid, pid); /* the child does this, too: either may be first */
    runner->pid = pid;
    runner_apply(runner, RUNNER_EVENT_FORK);
    s->n_live++;
    atomic_store(&ledger->pid, pid);
    atomic_fetch_add(&ledger->starts, 1);
    return 0;
}

static void child_execute(const struct spawn_command *command, pid_t parent, int report)
{
    struct sigaction normal = { .sa_handler = SIG_DFL };
    sigset_t none;
    for (int i = 1; i < SIGRTMAX; i++)
        sigaction(i, &normal, NULL); /* fails for SIGKILL and SIGSTOP */
    sigemptyset(&none);
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || setpgid(0, 0) < 0)
        return;
    if (getppid() != parent) {
        errno = ESRCH;
        return;
    }
    if (command->output >= 0 && (fd_redirect(command->output, STDOUT_FILENO) < 0 ||
                                 fd_redirect(command->output, STDERR_FILENO) < 0))
        return;
    if (command->directory && chdir(command->directory) < 0)
        return;
    if (fd_restore_limit() < 0)
        return;
    if (command->reader > 0 && prctl(PR_SET_PTRACER, command->reader) < 0)
        return;
    /* The supervisor is not dumpable; a recorder traces this process before it executes. */
    if (command->inject && prctl(PR_SET_DUMPABLE, 1) < 0)
        return;
    fcntl(report, F_SETFD, FD_CLOEXEC);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (command->inject && inject_enter(command->inject, command->hello) < 0)
        return; /* last of all: from here on calls may fail */
    execvpe(command->argv[0], (char *const *)command->argv,
            command->environment ? command->environment : environ);
}

pid_t spawn_command(const struct spawn_command *command)
{
    int report[2], failure = 0;
    sigset_t mask;
    pid_t parent = getpid();
    if (pipe2(report, O_CLOEXEC) < 0)
        return -1;
    pid_t pid = fork_blocked(&mask);
    if (pid == 0) {
        child_execute(command, parent, report[1]);
        failure = errno;
        (void)!write(report[1], &failure, sizeof failure);
        _exit(127);
    }
    failure = pid < 0 ? errno : 0;
    close(report[1]);
    if (pid > 0) {
        ssize_t n;
        while ((n = read(report[0], &failure, sizeof failure)) < 0 && errno == EINTR)
            continue;
        if (n == sizeof failure) {
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                continue;
            pid = -1;
        }
    }
    close(report[0]);
    errno = failure;
    return pid;
}
