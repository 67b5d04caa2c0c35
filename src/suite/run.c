/* SPDX-License-Identifier: MIT
 * run.c: see run.h.
 */
#include "suite/run.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "suite/faults.h"
#include "suite/judge.h"
#include "suite/print.h"

/* At the first signal a run waits for its operations, at the second it kills them; after either it
 * cleans up and reports. */
static const struct job_step steps[] = {
    { SIGINT, false, CLOCK_SECOND },
    { SIGINT, false, 10 * CLOCK_SECOND },
    { SIGKILL, true, CLOCK_SECOND },
};

struct pool {
    struct suite *suite;
    struct jobs jobs;
    size_t room;
};

/* ---- one case ---------------------------------------------------------------------------- */

static void case_path(const struct suite *suite, const struct suite_case *entry,
                      const char *suffix, char to[2 * sizeof suite->directory])
{
    snprintf(to, 2 * sizeof suite->directory, "%s/%s%s", suite->directory, entry->name, suffix);
}

/* In the child: the words of its process, with those of the machine behind the program. */
static char *const *words_of(const struct suite *suite, struct suite_case *entry)
{
    static char vm[] = "vm", *argv[3 * SUITE_WORDS];
    const struct options *options = suite->options;
    size_t n = 0;
    if (!entry->vm)
        return entry->argv;
    argv[n++] = entry->argv[0];
    argv[n++] = vm;
    for (unsigned i = 0; i < options->n_machine && i < SUITE_WORDS; i++)
        argv[n++] = options->machine[i];
    for (size_t i = 0; i < entry->n_machine; i++)
        argv[n++] = entry->machine[i];
    for (size_t i = 1; i < entry->argc; i++)
        argv[n++] = entry->argv[i];
    return argv;
}

/* In the child, for its commands. */
static int set_variables(const struct suite_case *entry)
{
    char names[1024] = "";
    int result = 0;
    for (size_t i = 0; entry->variables[i] && result == 0; i++) {
        const char *variable = entry->variables[i];
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s%.*s", i > 0 ? "," : "",
                 (int)strcspn(variable, "="), variable);
        result = putenv(entry->variables[i]);
    }
    if (result == 0)
        result = *names ? setenv(OPTIONS_SUITE_VARIABLES, names, 1)
                        : unsetenv(OPTIONS_SUITE_VARIABLES);
    return result;
}

/* In the child. Errors go to its log and become an exit status that does not pass. */
static void become(const struct suite *suite, struct suite_case *entry, int log)
{
    char output[2 * sizeof suite->directory];
    const char *what = "cannot run it";
    case_path(suite, entry, "", output);
    if (fd_redirect(log, STDERR_FILENO) < 0 || fd_redirect(log, STDOUT_FILENO) < 0 ||
        fd_redirect(-1, STDIN_FILENO) < 0 || setpgid(0, 0) < 0 || fd_restore_limit() < 0 ||
        signal(SIGINT, SIG_DFL) == SIG_ERR || /* steps[0], even if ignored here */
        signal(SIGPIPE, SIG_DFL) == SIG_ERR || signal(SIGXFSZ, SIG_DFL) == SIG_ERR)
        what = "cannot prepare it";
    else if (set_variables(entry) < 0)
        what = "cannot set its variables";
    else if (chdir(entry->directory) < 0)
        what = "cannot enter its directory";
    else if (mkdir(output, 0777) < 0) /* by the case itself it would be wrong usage */
        what = "cannot make its run directory";
    else {
        entry->argv[SUITE_OUTPUT] = output;
        execv("/proc/self/exe", words_of(suite, entry));
    }
    dprintf(STDERR_FILENO, "%s: %s: %s\n", what, entry->directory, strerror(errno));
    _exit(127);
}

static int start(struct pool *pool, struct suite_case *entry, struct error *error)
{
    char path[2 * sizeof pool->suite->directory], what[SUITE_NAME + 16];
    case_path(pool->suite, entry, ".log", path);
    int log FD_CLEANUP = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0)
        return error_set(error, errno, "cannot make %.400s", path);
    snprintf(what, sizeof what, "[case %s]", entry->name);
    entry->started_ns = clock_now();
    entry->job = (struct job){ .socket = -1, .steps = steps, .owner = entry };
    entry->job.deadline_ns = entry->time_limit_ns > 0 ? entry->started_ns + entry->time_limit_ns
                                                      : CLOCK_NEVER;
    pid_t pid = jobs_fork(&pool->jobs, &entry->job, what, error);
    if (pid == 0)
        become(pool->suite, entry, log);
    if (pid > 0)
        setpgid(pid, pid); /* the child does the same, so the order does not matter */
    return pid < 0 ? -1 : 0;
}

/* An enumeration that was skipped has only the result.json of its clean run. */
static json_t *load_result(const struct suite *suite, const struct suite_case *entry)
{
    char path[2 * sizeof suite->directory];
    case_path(suite, entry, entry->crash && entry->exit_status == CLI_SKIPPED ? "/clean/result.json"
                                                                     : "/result.json", path);
    FILE *file = file_open(AT_FDCWD, path);
    if (!file)
        return NULL;
    json_t *result = json_loadf(file, 0, NULL);
    fclose(file);
    return result;
}

/* Reads the last line with text from the case's log; "": none. */
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

static void finish(struct suite *suite, struct suite_case *entry)
{
    int status = entry->job.status;
    char said[SUITE_REASON];
    entry->ended_ns = clock_now();
    entry->exit_status = WIFSIGNALED(status) ? CLI_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
    load_said(suite, entry, said, sizeof said);
    json_t *result = load_result(suite, entry);
    struct suite_outcome outcome = { .status = status, .result = result, .said = said };
    entry->verdict = suite_judge(entry, &outcome, entry->reason, sizeof entry->reason);
    if (suite->workload)
        faults_measure(suite, entry, result);
    json_decref(result);
    suite->totals[SUITE_UNTRIED]--;
    suite->totals[entry->verdict]++;
    suite_write_case(suite, entry);
    suite_print_case(suite, entry);
}

/* ---- all cases --------------------------------------------------------------------------- */

static int run_all(struct pool *pool, struct error *error)
{
    struct suite *suite = pool->suite;
    for (;;) {
        while (!cli_stopped() && suite->next < suite->n && pool->jobs.n < pool->room)
            if (start(pool, &suite->cases[suite->next++], error) < 0)
                return -1;
        if (pool->jobs.n == 0)
            return 0;
        suite_show(suite);
        struct job *job = jobs_wait(&pool->jobs, suite->ticker.next_ns);
        if (!job)
            continue;
        jobs_reap(&pool->jobs, job);
        finish(suite, job->owner);
    }
}

int suite_run_cases(struct suite *suite, struct error *error)
{
    const struct options_number *jobs = &suite->options->jobs;
    struct pool pool = { .suite = suite, .room = jobs->given ? (size_t)jobs->value : 1 };
    suite->totals[SUITE_UNTRIED] = suite->n - suite->next;
    int result = run_all(&pool, error);
    jobs_stop(&pool.jobs); /* if the harness failed, end what still runs */
    return result;
}
