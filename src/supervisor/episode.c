/* SPDX-License-Identifier: MIT
 * episode.c: see episode.h.
 */
#include "supervisor/episode.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "memory/memory.h"

/* Memory that the parent shares with its children. */
struct episode_note {
    _Atomic uint32_t again;
};

void episode_wants_another(struct supervisor *s)
{
    atomic_store(&s->note->again, 1);
}

/* ---- in the supervisor ------------------------------------------------------------------ */

/* Keeps the count of incarnations, so that a fault of the last episode does not count in this one.
 */
static void clear_ledger(struct layout_ledger *ledger)
{
    _Atomic uint64_t *const counters[] = {
        &ledger->counted, &ledger->uncounted, &ledger->failed, &ledger->resets,
        &ledger->indeterminate, &ledger->corrupted, &ledger->next_operation,
        &ledger->logged_generation, &ledger->logged_first };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        atomic_store(counters[i], 0);
    atomic_store(&ledger->retired, 0);
    ledger->cut_generation = 0;
    memset(&ledger->latency, 0, sizeof ledger->latency);
}

void episode_clear_control(struct stress_env *env)
{
    struct layout_header *header = env->control.header;
    struct order *order = control_order(&env->control);
    uint32_t n_actors = definition_actors(&env->definition);
    atomic_store(&header->stop, 0);
    atomic_store(&header->scarce, 0);
    atomic_store(&header->generation, 0);
    atomic_store(&header->resets, 0);
    atomic_store(&header->resets_begun, 0);
    atomic_store(&order->n, 0);
    atomic_store(&order->late, 0);
    for (uint32_t i = 0; i < n_actors; i++)
        clear_ledger(control_ledger(&env->control, i));
    for (uint32_t i = 0; i < 1 + n_actors + DEFINITION_SERVERS; i++)
        atomic_store(&control_breaks(&env->control)[i], 0);
}

/* ---- in its parent ---------------------------------------------------------------------- */

/* The warden sees only the death of the parent, so the parent dies in the same way as the
 * supervisor. */
static _Noreturn void end_as(int status)
{
    if (WIFSIGNALED(status)) {
        const struct rlimit no_core = { 0, 0 };
        sigset_t all;
        setrlimit(RLIMIT_CORE, &no_core); /* the supervisor has left one, if any */
        signal(WTERMSIG(status), SIG_DFL);
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 3);
}

static int wait_for(pid_t pid)
{
    int status;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            _exit(3); /* the monitor sees a supervisor that exited early */
    return status;
}

/* The first thing in a child. */
static int be_supervisor(struct supervisor *s, pid_t parent, struct error *error)
{
    s->child.supervisor = getpid();
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
        return error_set(error, errno, "cannot begin an episode");
    if (getppid() != parent) /* it died before the line above */
        _exit(3);
    return 0;
}

int episode_begin(struct supervisor *s, struct error *error)
{
    pid_t parent = getpid();
    s->note =
        mmap(NULL, sizeof *s->note, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->note == MAP_FAILED)
        return error_set(error, errno, "cannot prepare episodes");
    signal(SIGCHLD, SIG_DFL); /* a constructor may have ignored it, which loses deaths */
    /* Keeps an actor of the same user from tracing this process. */
    if (s->env.config.sandbox != WIRE_SANDBOX_NONE && prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_set(error, errno, "cannot make the parent of the supervisors undumpable");
    for (;;) {
        pid_t pid = fork();
        if (pid < 0)
            return error_set(error, errno, "cannot fork the supervisor of an episode");
        if (pid == 0)
            return be_supervisor(s, parent, error);
        int status = wait_for(pid);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 ||
            !atomic_exchange(&s->note->again, 0))
            end_as(status);
        s->anew = true;
        s->env.config.restarts = 0;
    }
}
