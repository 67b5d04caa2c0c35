/* SPDX-License-Identifier: MIT
 * start.c: see start.h.
 */
#include "session/start.h"

#include "session/state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "session/cover.h"
#include "session/judge.h"
#include "session/metrics.h"
#include "session/orders.h"
#include "session/output.h"
#include "session/replay.h"
#include "workload/workload.h"

enum { SHOW_S = 60 }; /* the longest wait for the init of a machine, which has nothing else to do */
/* Variables that a supervisor must not inherit. The second would make tools query the network. */
static const char *const session_unset[] = { WIRE_VARIABLE, "DEBUGINFOD_URLS" };

/* ---- the run ---------------------------------------------------------------------------- */

static int open_signals(struct session *session, struct error *error)
{
    sigset_t set;
    cli_stop_signals(&set);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return error_set(error, errno, "cannot block signals");
    session->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return session->signals < 0 ? error_set(error, errno, "cannot create a signalfd") : 0;
}

/* Counts the directories of a path that do not exist. */
static unsigned missing_levels(const char *path)
{
    char part[4096];
    unsigned n = 0;
    snprintf(part, sizeof part, "%s", path);
    for (size_t length = strlen(part); length > 0; length = strlen(part)) {
        while (length > 1 && part[length - 1] == '/')
            part[--length] = '\0';
        if (access(part, F_OK) == 0)
            break;
        n++;
        char *slash = strrchr(part, '/');
        if (!slash || slash == part)
            break;
        *slash = '\0';
    }
    return n;
}

static int make_scratch(struct session *session, struct error *error)
{
    char path[PATH_MAX + sizeof "/scratch"];
    const char *ordered = session->orders ? session->orders->scratch : NULL;
    snprintf(path, sizeof path, "%s/scratch", session->rundir.path);
    return scratch_make(&session->scratch, ordered ? ordered : path, error);
}

int session_open_directory(struct session *session, struct error *error)
{
    const char *output = session->options->output;
    struct record *record = &session->record;
    unsigned missing = output ? missing_levels(output) : 1 + missing_levels("stress-runs");
    const char *known = session->options->known;
    if ((known && known_read(known, &record->known, error) < 0) ||
        metrics_open(&session->metrics, session->options->metrics, error) < 0 ||
        history_open(&session->history, session->options->history, error) < 0 ||
        rundir_precheck(output, error) < 0 ||
        rundir_create(&session->rundir, output, session->subject->name, record->seed, error) < 0)
        return -1;
    session->made_levels = missing;
    memcpy(record->directory, session->rundir.path, sizeof record->directory);
    if (make_scratch(session, error) == 0 && session_cover(session, error) == 0)
        return 0;
    session_discard(session);
    return -1;
}

void session_discard(struct session *session)
{
    struct rundir *rundir = &session->rundir;
    struct error ignored;
    if (rundir->fd < 0)
        return;
    session_uncover(session);
    scratch_remove(&session->scratch, &ignored);
    unlinkat(rundir->fd, "events.jsonl", 0);
    unlinkat(rundir->fd, "findings", AT_REMOVEDIR);
    rundir_close(rundir);
    for (unsigned i = 0; i < session->made_levels && rmdir(rundir->path) == 0; i++)
        *strrchr(rundir->path, '/') = '\0';
}

int session_open(struct session *session, struct error *error)
{
    const struct options *options = session->options;
    struct record *record = &session->record;
    record_init(record);
    record->samples = &session->samples;
    record->workload = options->subject;
    record->options = options;
    if (!session->orders && !session->list) /* else it is a part of what another command tells */
        record->tested = tested_make(options);
    record->replayed = session->orders && session->orders->replay;
    record->max_findings = options->max_findings.given ? options->max_findings.value : 0;
    record->started_ns = clock_now();
    session->clocks = clock_lead();
    record->started_unix = (uint64_t)time(NULL);
    record->seed = options->seed.value;
    session->rundir.fd = session->rundir.events = session->scratch.at = -1;
    session->signals = session->wire = session->warden.pipe = -1;
    session->global_fd = session->control_fd = session->state_fd = -1;
    session->share_fd = session->share_readonly = -1;
    session->stacks.tracer.requests = session->stacks.tracer.results = -1;
    session->hook = -1;
    for (int i = 0; i < TIMERS; i++)
        session->timers[i] = CLOCK_NEVER;
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
        return error_set(error, errno, "cannot make the monitor a child subreaper");
    /* Prevents ptrace and /proc/PID/mem by an actor of the same user. The warden inherits it. */
    if (options->sandbox != WIRE_SANDBOX_NONE && prctl(PR_SET_DUMPABLE, 0) < 0)
        return error_set(error, errno, "cannot make the monitor undumpable");
    if (!options->seed.given && random_seed_fresh(&record->seed) < 0)
        return error_set(error, errno, "cannot draw a seed");
    session->output = output_new(error);
    if (!session->output || open_signals(session, error) < 0)
        return -1;
    return tracer_start(&session->stacks.tracer, options->debuginfod, error);
}

/* ---- a supervisor ----------------------------------------------------------------------- */

static bool is_unset(const char *variable)
{
    for (size_t i = 0; i < sizeof session_unset / sizeof *session_unset; i++) {
        size_t length = strlen(session_unset[i]);
        if (strncmp(variable, session_unset[i], length) == 0 && variable[length] == '=')
            return true;
    }
    return false;
}

/* The caller frees the array, but not its strings. NULL: out of memory. */
static char **make_environment(char *sockets)
{
    size_t n = 0, used = 0;
    while (environ[n])
        n++;
    char **copy = calloc(n + 2, sizeof *copy);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!is_unset(environ[i]))
            copy[used++] = environ[i];
    copy[used] = sockets;
    return copy;
}

/* [workload, argument...] for a program. The caller frees the array, but not its strings. */
static char **make_arguments(struct session *session)
{
    const struct options *options = session->options;
    char **copy = calloc((size_t)options->argc + 2, sizeof *copy);
    if (!copy)
        return NULL;
    copy[0] = (char *)session->subject->path; /* execve() does not change it */
    for (int i = 0; i < options->argc; i++)
        copy[1 + i] = options->argv[i];
    return copy;
}

/* The monitor's and the supervisor's ends of the wire, the output socket and the pipe for the
 * hooks' output; the warden's and the supervisor's ends of the injector's socket. */
struct ends {
    int wire[2], output[2], hooks[2], injector[2];
};

static void ends_cleanup(struct ends *ends)
{
    for (int i = 0; i < 2; i++) {
        fd_close(&ends->wire[i]);
        fd_close(&ends->output[i]);
        fd_close(&ends->hooks[i]);
        fd_close(&ends->injector[i]);
    }
}

static int open_ends(struct ends *ends, struct error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->wire) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->output) < 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends->injector) < 0 ||
        pipe2(ends->hooks, O_CLOEXEC) < 0)
        return error_set(error, errno, "cannot create the sockets to the supervisor");
    return 0;
}

static int count(char **words)
{
    int n = 0;
    while (words[n])
        n++;
    return n;
}

static int start_warden(struct session *session, const struct ends *ends, struct error *error)
{
    bool program = session->subject->kind == SUBJECT_PROGRAM;
    char sockets[64];
    int requests = session->stacks.tracer.requests;
    snprintf(sockets, sizeof sockets, "%s=%d,%d,%d,%d", WIRE_VARIABLE, ends->wire[1],
             ends->output[1], ends->injector[1], requests);
    char **environment = make_environment(sockets);
    char **arguments = program ? make_arguments(session) : NULL;
    int result = -1;
    const char *recording = session->orders ? session->orders->recording : NULL;
    const struct recorder_task record = { .recording = recording, .disk = session->scratch.path,
                                          .witness = session->scratch.witness,
                                          .witnesses = session->options->witness,
                                          .output = session->scratch.output };
    if (!environment || (program && !arguments)) {
        error_set(error, ENOMEM, "cannot start the supervisor");
    } else {
        const struct warden_program what = {
            .path = program ? session->subject->path : NULL,
            .host = host_main,
            .argc = count(session->argv),
            .argv = program ? arguments : session->argv,
            .envp = environment,
            .keep = { ends->wire[1], ends->output[1], ends->injector[1], requests },
            .output = ends->hooks[1],
            .scratch = session->options->keep == OPTIONS_KEEP_ALWAYS ? NULL : &session->scratch,
            .injector = ends->injector[0],
            .points = session->orders ? session->orders->points : NULL,
            .record = recording ? &record : NULL,
        };
        result = warden_start(&session->warden, &what, error);
    }
    free(environment);
    free(arguments);
    return result;
}

bool session_keeps_output(const struct session *session)
{
    return (session->orders && session->orders->keep_output) ||
           (session_replay_schedule(session) != WIRE_FREE && session->options->injections.n > 0);
}

/* A recorded operation stops at each of its calls, so a limit that nobody gave is longer. */
static uint64_t op_timeout(const struct session *session)
{
    uint64_t given_ns = session->options->op_timeout_ns;
    bool recorded = session->orders && session->orders->recording;
    return recorded && given_ns == OPTIONS_OP_TIMEOUT ? SESSION_RECORDED * given_ns : given_ns;
}

static int send_config(struct session *session, struct error *error)
{
    const struct options *options = session->options;
    struct wire_config config = {
        .version = WIRE_VERSION,
        .list_only = session->list,
        .seed = session->record.seed,
        .target = options->operations.value,
        .target_set = options->operations.given,
        .target_most = session->orders ? session->orders->most_operations : 0,
        .op_timeout_ns = op_timeout(session),
        .slowness = session->orders && session->orders->recording ? SESSION_RECORDED : 1,
        .reset_timeout_ns = options->reset_timeout_ns,
        .sandbox = options->sandbox,
        .restarts = session->record.supervisors + options->inherits,
        .monitor_pid = getpid(),
        .warden_pid = session->warden.pid,
        .tracer_pid = session->stacks.tracer.pid,
        .hold_ms = (uint32_t)tracer_hold_ms(options->debuginfod),
        .serial = session_replay_schedule(session),
        .hold_last = session->orders && session->orders->held,
        .serial_wait_ns = session->orders && session->orders->serial_wait_ns
                              ? session->orders->serial_wait_ns : SESSION_SERIAL_WAIT_NS,
        .attempts = session->orders && session->orders->attempts,
        .episodes = session->orders && session->orders->again,
        .end_at_fault = session->orders && session->orders->end_at_fault,
        .asks = session->record.max_findings > 0,
        .inherits = options->inherits && session->record.supervisors == 0,
        .counts = options->actors,
        .keeps = options->keep != OPTIONS_KEEP_NEVER,
    };
    if (!session->list) {
        snprintf(config.scratch, sizeof config.scratch, "%s", session_cover_path(session));
        memcpy(config.witness, session->scratch.witness, sizeof config.witness);
        if (session_keeps_output(session))
            memcpy(config.output, session->scratch.output, sizeof config.output);
    }
    return wire_send(session->wire, WIRE_CONFIG, &config, sizeof config, NULL, 0, error);
}

int session_spawn(struct session *session, struct error *error)
{
    __attribute__((cleanup(ends_cleanup)))
    struct ends ends = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
    session->phase = SESSION_DEFINING;
    session->kill = KILL_NONE;
    session->hook = -1;
    session->stop_sent = false;
    if (open_ends(&ends, error) < 0)
        return -1;
    int output = ends.output[0], hooks = ends.hooks[0];
    ends.output[0] = ends.hooks[0] = -1; /* taken over */
    if (output_listen(session->output, output, hooks, error) < 0 ||
        start_warden(session, &ends, error) < 0)
        return -1;
    session->wire = ends.wire[0];
    ends.wire[0] = -1;
    session->timers[TIMER_SPEAK] = clock_now() + session->options->reset_timeout_ns;
    /* If it is gone already, its death tells more than the failed send. */
    struct error gone;
    if (send_config(session, &gone) < 0 && gone.code != EPIPE && gone.code != ECONNRESET) {
        *error = gone;
        return -1;
    }
    session->record.supervisors++;
    return 0;
}

/* ---- memory ----------------------------------------------------------------------------- */

/* In a machine: the init shows the memories to the host, and fills them with those of an earlier
 * machine. It is the parent of this process. */
static int show_memory(const struct session *session, struct error *error)
{
    const struct timespec limit = { .tv_sec = SHOW_S };
    sigset_t answer, before;
    if (!session->options->vm || session->orders)
        return 0;
    sigemptyset(&answer);
    sigaddset(&answer, SIGUSR2);
    sigprocmask(SIG_BLOCK, &answer, &before);
    kill(getppid(), SIGUSR1);
    int result = sigtimedwait(&answer, NULL, &limit);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return result < 0 ? error_set(error, errno, "cannot show the memory of the run to the host")
                      : 0;
}

/* What the host needs to read the control memory. */
static int show_definition(const struct session *session, struct error *error)
{
    const struct definition *definition = &session->record.definition;
    if (!session->options->vm || session->orders)
        return 0;
    int fd FD_CLEANUP = memory_create("stress-definition", sizeof *definition, error);
    if (fd < 0)
        return -1;
    if (fd_write_all(fd, definition, sizeof *definition) < 0)
        return error_set(error, errno, "cannot keep the definition of the workload");
    return show_memory(session, error);
}

int session_make_global(struct session *session, struct error *error)
{
    uint64_t size = session->record.definition.global_size;
    if (session->orders)
        session->global_address = session->orders->global_address;
    if (size == 0)
        return 0;
    session->global_fd = memory_create("stress-global", size, error);
    return session->global_fd < 0 ? -1 : show_memory(session, error);
}

int session_send_global(struct session *session, struct error *error)
{
    uint64_t size = session->record.definition.global_size;
    const struct wire_memory memory = { .size = size, .address = session->global_address,
                                        .injects = session->share_fd >= 0,
                                        .judge = session->judge };
    int fds[2];
    size_t n = 0;
    if (size > 0)
        fds[n++] = session->global_fd;
    if (session->share_fd >= 0) {
        warden_share(&session->warden, session->share_fd);
        if (size > 0 && session->orders && session->orders->recording)
            warden_memory(&session->warden, 0, session->global_fd);
        fds[n++] = session->share_readonly;
    }
    return wire_send(session->wire, WIRE_GLOBAL, &memory, sizeof memory, fds, n, error);
}

static int make_control(struct session *session, struct error *error)
{
    struct record *record = &session->record;
    struct layout_plan plan;
    layout_plan(definition_actors(&record->definition), (uint64_t)sysconf(_SC_PAGESIZE), &plan);
    session->control_size = plan.size;
    session->control_fd = memory_create("stress-control", plan.size, error);
    if (session->control_fd < 0 ||
        control_format(session->control_fd, &record->definition, record->seed,
                       record->target != 0 || session_replay_schedule(session) != WIRE_FREE,
                       record->time_limit_ns, error) < 0 ||
        session_replay_fill(session, &plan, error) < 0)
        return -1;
    struct control control = { .size = plan.size, .fd = -1, .fd_readonly = -1 };
    bool history = session->history.out != NULL; /* it writes how far it is */
    control.header = memory_map(session->control_fd, plan.size, history, 0, error);
    if (!control.header || control_check(&control, &record->definition, error) < 0)
        return -1;
    if (history)
        control.header->history = 1;
    record->control = control;
    return 0;
}

static int make_state(struct session *session, struct error *error)
{
    const struct definition *definition = &session->record.definition;
    session->state_size = memory_state_offset(definition, definition_actors(definition));
    if (session->state_size == 0)
        return 0;
    session->state_fd = memory_create("stress-state", session->state_size, error);
    return session->state_fd < 0 ? -1 : 0;
}

int session_send_memory(struct session *session, struct error *error)
{
    if (session->control_fd < 0 &&
        (make_control(session, error) < 0 || make_state(session, error) < 0 ||
         show_definition(session, error) < 0))
        return -1;
    if (session_judge_fill_states(session, error) < 0)
        return -1;
    const struct wire_memory memory = { .size = session->control_size,
                                        .state_size = session->state_size,
                                        .address = session->orders
                                                       ? session->orders->states_address : 0 };
    const int fds[] = { session->control_fd, session->state_fd };
    if (session->share_fd >= 0)
        warden_control(&session->warden, session->control_fd);
    if (session->state_size > 0 && session->orders && session->orders->recording)
        warden_memory(&session->warden, 1, session->state_fd);
    return wire_send(session->wire, WIRE_MEMORY, &memory, sizeof memory, fds,
                     session->state_size > 0 ? 2 : 1, error);
}
