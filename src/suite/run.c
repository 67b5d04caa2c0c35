/* SPDX-License-Identifier: MIT
 * run.c: the cases of a suite side by side, each a process of this program in a process group
 * of its own. Signals are blocked and taken one at a time, so nothing happens in a handler.
 */
#include "suite/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#define SHOW (CLOCK_SECOND / 2) /* how often progress is shown */

/* How a case is ended. At the first signal a run lets its operations end, at the second it ends
 * them; after both it cleans up and reports. */
static const struct {
    int signal;
    bool group;
    uint64_t patience_ns;
} steps[] = {
    { SIGINT, false, CLOCK_SECOND },
    { SIGINT, false, 10 * CLOCK_SECOND },
    { SIGKILL, true, CLOCK_SECOND },
};
enum { STEPS = sizeof steps / sizeof *steps };

struct pool {
    struct suite *suite;
    size_t next, busy, room;
    sigset_t signals, before;
};

/* ---- one case ---------------------------------------------------------------------------- */

static void case_path(const struct suite *suite, const struct suite_case *entry,
                      const char *suffix, char to[2 * sizeof suite->directory])
{
    snprintf(to, 2 * sizeof suite->directory, "%s/%s%s", suite->directory, entry->name, suffix);
}

/* In the child. What is wrong goes to its log, and shows as a wrong exit status. */
static void become(const struct pool *pool, struct suite_case *entry, int log, pid_t parent)
{
    char output[2 * sizeof pool->suite->directory];
    const char *what = "cannot run it";
    if (fd_redirect(log, STDERR_FILENO) < 0 || fd_redirect(log, STDOUT_FILENO) < 0 ||
        fd_redirect(-1, STDIN_FILENO) < 0 || setpgid(0, 0) < 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || fd_restore_limit() < 0 ||
        signal(SIGPIPE, SIG_DFL) == SIG_ERR || signal(SIGXFSZ, SIG_DFL) == SIG_ERR ||
        sigprocmask(SIG_SETMASK, &pool->before, NULL) < 0)
        what = "cannot prepare it";
    else if (getppid() != parent) /* it died before we could ask to be told */
        _exit(127);
    else if (chdir(entry->directory) < 0)
        what = "cannot enter its directory";
    else {
        case_path(pool->suite, entry, "", output);
        entry->argv[SUITE_OUTPUT] = output;
        execv("/proc/self/exe", entry->argv);
    }
    dprintf(STDERR_FILENO, "%s: %s: %s\n", what, entry->directory, strerror(errno));
    _exit(127);
}

static int start(struct pool *pool, struct suite_case *entry, struct error *error)
{
    char path[2 * sizeof pool->suite->directory];
    pid_t parent = getpid();
    case_path(pool->suite, entry, ".log", path);
    int log FD_CLEANUP = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0)
        return error_set(error, errno, "cannot make %.400s", path);
    fflush(NULL);
    entry->started_ns = clock_now();
    entry->deadline_ns = entry->time_limit_ns > 0 ? entry->started_ns + entry->time_limit_ns
                                                  : CLOCK_NEVER;
    entry->pid = fork();
    if (entry->pid < 0) {
        entry->pid = 0;
        return error_set(error, errno, "cannot start [case %s]", entry->name);
    }
    if (entry->pid == 0)
        become(pool, entry, log, parent);
    setpgid(entry->pid, entry->pid); /* the child does the same: whoever comes first */
    pool->busy++;
    return 0;
}

/* An enumeration that was skipped has the report of its clean run only. */
static json_t *load_result(const struct suite *suite, const struct suite_case *entry)
{
    char path[2 * sizeof suite->directory];
    case_path(suite, entry, entry->crash && entry->exit_status == 77 ? "/clean/result.json"
                                                                     : "/result.json", path);
    FILE *file = file_open(AT_FDCWD, path);
    if (!file)
        return NULL;
    json_t *result = json_loadf(file, 0, NULL);
    fclose(file);
    return result;
}

/* The last line of its log that has text, or "". */
static void load_said(const struct suite *suite, const struct suite_case *entry, char *to,
                      size_t size)
{
    char path[2 * sizeof suite->directory], line[SUITE_REASON] = "";
    case_path(suite, entry, ".log", path);
    to[0] = '\0';
    FILE *file = file_open(AT_FDCWD, path);
    if (!file)
        return;
    bool found = fseek(file, -(long)sizeof line, SEEK_END) == 0 || fseek(file, 0, SEEK_SET) == 0;
    while (found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0] != '\0')
            text_copy(to, size, line);
    }
    fclose(file);
}

static void finish(struct pool *pool, struct suite_case *entry, int status)
{
    struct suite *suite = pool->suite;
    char said[SUITE_REASON];
    entry->pid = 0;
    entry->ended_ns = clock_now();
    entry->exit_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    pool->busy--;
    load_said(suite, entry, said, sizeof said);
    json_t *result = load_result(suite, entry);
    struct suite_outcome outcome = { .status = status, .result = result, .said = said };
    entry->verdict = suite_judge(entry, &outcome, entry->reason, sizeof entry->reason);
    json_decref(result);
    suite->totals[SUITE_UNTRIED]--;
    suite->totals[entry->verdict]++;
    suite_ended(suite, entry);
}

/* ---- all of them ------------------------------------------------------------------------- */

static void reap(struct pool *pool)
{
    struct suite *suite = pool->suite;
    for (size_t i = 0; i < pool->next; i++) {
        int status;
        if (suite->cases[i].pid > 0 && waitpid(suite->cases[i].pid, &status, WNOHANG) > 0)
            finish(pool, &suite->cases[i], status);
    }
}

static void end_case(struct suite_case *entry)
{
    unsigned step = entry->steps < STEPS ? entry->steps++ : STEPS - 1;
    kill(steps[step].group ? -entry->pid : entry->pid, steps[step].signal);
    entry->deadline_ns = clock_now() + steps[step].patience_ns;
}

static void end_late(struct pool *pool)
{
    for (size_t i = 0; i < pool->next; i++) {
        struct suite_case *entry = &pool->suite->cases[i];
        if (entry->pid == 0 || clock_now() < entry->deadline_ns)
            continue;
        entry->out_of_time = !entry->stopped;
        end_case(entry);
    }
}

/* Each signal is a step on, so that who has no patience needs none. */
static void end_all(struct pool *pool, int signo)
{
    if (!pool->suite->signal)
        pool->suite->signal = signo;
    for (size_t i = 0; i < pool->next; i++) {
        struct suite_case *entry = &pool->suite->cases[i];
        if (entry->pid == 0)
            continue;
        entry->stopped = !entry->out_of_time;
        end_case(entry);
    }
}

static int wait_for_news(struct pool *pool, struct error *error)
{
    uint64_t now = clock_now(), until = now + SHOW;
    for (size_t i = 0; i < pool->next; i++)
        if (pool->suite->cases[i].pid > 0 && pool->suite->cases[i].deadline_ns < until)
            until = pool->suite->cases[i].deadline_ns;
    uint64_t left = until > now ? until - now : 0;
    struct timespec timeout = { (time_t)(left / CLOCK_SECOND), (long)(left % CLOCK_SECOND) };
    int signo = sigtimedwait(&pool->signals, NULL, &timeout);
    if (signo < 0 && errno != EAGAIN && errno != EINTR)
        return error_set(error, errno, "cannot wait for the cases");
    if (signo > 0 && signo != SIGCHLD)
        end_all(pool, signo);
    return 0;
}

static int run_all(struct pool *pool, struct error *error)
{
    struct suite *suite = pool->suite;
    for (;;) {
        while (!suite->signal && pool->next < suite->n && pool->busy < pool->room)
            if (start(pool, &suite->cases[pool->next++], error) < 0)
                return -1;
        if (pool->busy == 0)
            return 0;
        suite_show(suite);
        if (wait_for_news(pool, error) < 0)
            return -1;
        reap(pool);
        end_late(pool);
    }
}

int suite_run_cases(struct suite *suite, struct error *error)
{
    static const int signals[] = { SIGCHLD, SIGINT, SIGTERM, SIGHUP };
    const struct options_number *jobs = &suite->options->jobs;
    struct pool pool = { .suite = suite, .room = jobs->given ? (size_t)jobs->value : 1 };
    sigemptyset(&pool.signals);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(&pool.signals, signals[i]);
    if (sigprocmask(SIG_BLOCK, &pool.signals, &pool.before) < 0)
        return error_set(error, errno, "cannot block signals");
    suite->totals[SUITE_UNTRIED] = suite->n;
    int result = run_all(&pool, error);
    if (result < 0) /* the harness failed: what runs must not outlive it */
        for (size_t i = 0; i < pool.next; i++)
            if (suite->cases[i].pid > 0) {
                kill(-suite->cases[i].pid, SIGKILL);
                waitpid(suite->cases[i].pid, NULL, 0);
            }
    sigprocmask(SIG_SETMASK, &pool.before, NULL);
    return result;
}
