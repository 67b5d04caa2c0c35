/* SPDX-License-Identifier: MIT
 * server.c: servers under test. Supervisor process, inside the setup and reset hooks. It waits for
 * readiness outside the loop, until a deadline or the server's death.
 */
#include "supervisor/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "supervisor/spawn.h"
#include "trace/trace.h"

enum { READY_TIMEOUT_MS = 10000, READY_FIRST_MS = 2, READY_MOST_MS = 50, READY_LINE = 4096,
       STOP_GRACE_MS = 10000, WATCH_MOST_MS = 200, START_TRIES = 3,
       SOCKET_PATH = sizeof((struct sockaddr_un *)0)->sun_path };

/* The start of a server. */
struct start {
    const struct stress_server_spec *spec;
    char **environment;    /* for its processes; NULL: the supervisor's own */
    uint64_t deadline;
    const _Atomic uint64_t *held_ns; /* how long faults have held it in all; NULL: no faults */
    uint64_t held_before;
    int pidfd, pipe;       /* pipe: its output, until it is ready; -1: the monitor reads it */
    int copy;              /* for the monitor, of what is read from `pipe`; -1: none */
    bool line_seen;
    char line[READY_LINE]; /* the incomplete line */
    size_t line_size;
};

void server_publish(const struct stress_env *env)
{
    struct layout_header *header = env->control.header;
    const struct server_table *table = env->servers;
    if (!header)
        return;
    for (uint32_t i = 0; i < table->n; i++) {
        struct layout_server *shared = control_server(&env->control, i);
        memcpy(shared->name, table->server[i].name, TEXT_NAME);
        atomic_store(&shared->pid, table->server[i].pid);
    }
    header->n_servers = table->n;
}

int server_of_pid(const struct server_table *table, pid_t pid)
{
    for (uint32_t i = 0; i < table->n; i++)
        if (table->server[i].pid == pid)
            return (int)i;
    return -1;
}

size_t server_pids(const struct server_table *table, pid_t *keep)
{
    size_t n = 0;
    for (uint32_t i = 0; i < table->n; i++)
        if (table->server[i].pid > 0)
            keep[n++] = table->server[i].pid;
    return n;
}

bool server_has_group(const struct server_table *table, pid_t group)
{
    for (uint32_t i = 0; i < table->n_groups && i < SERVER_GROUPS; i++)
        if (table->groups[i] == group)
            return true;
    return false;
}

/* `status`: as from waitpid(), if it has ended. */
static void tell(const struct stress_env *env, const struct server *server, pid_t pid,
                 enum wire_server_event event, int status)
{
    struct wire_server body = { .event = event, .pid = pid,
                                .number = (uint32_t)(server - env->servers->server),
                                .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                                .exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : 0 };
    struct error ignored; /* the loop notices if the monitor is gone */
    memcpy(body.name, server->name, TEXT_NAME);
    wire_send(env->servers->wire, WIRE_SERVER, &body, sizeof body, NULL, 0, &ignored);
}

void server_forget(struct stress_env *env, uint32_t server)
{
    pid_t pid = env->servers->server[server].pid;
    env->servers->server[server].pid = 0;
    server_publish(env);
    kill(-pid, SIGKILL);
}

static uint64_t faults_in(const struct stress_env *env, uint32_t server)
{
    return env->inject ? atomic_load(&env->inject->share->server_faults[server]) : 0;
}

bool server_was_faulted(const struct stress_env *env, uint32_t server)
{
    return faults_in(env, server) > env->servers->server[server].faults;
}

void server_forget_faults(struct stress_env *env)
{
    for (uint32_t i = 0; i < env->servers->n; i++)
        env->servers->server[i].faults = faults_in(env, i);
}

/* Returns the status of waitpid(). */
static int kill_and_reap(struct stress_env *env, struct server *server)
{
    pid_t pid = server->pid;
    int status = 0;
    if (pid <= 0)
        return 0;
    kill(pid, SIGKILL);
    server_forget(env, (uint32_t)(server - env->servers->server));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    tell(env, server, pid, killed ? WIRE_SERVER_KILLED : WIRE_SERVER_ENDED, status);
    return status;
}

void server_kill_all(struct stress_env *env)
{
    for (uint32_t i = 0; i < env->servers->n; i++)
        kill_and_reap(env, &env->servers->server[i]);
}

static struct server *find(struct server_table *table, const char *name)
{
    for (uint32_t i = 0; i < table->n; i++)
        if (strcmp(table->server[i].name, name) == 0)
            return &table->server[i];
    return NULL;
}

static struct server *find_or_add(const struct stress_env *env, const char *name)
{
    struct server_table *table = env->servers;
    struct server *server = find(table, name);
    if (server || table->n == DEFINITION_SERVERS)
        return server;
    server = &table->server[table->n];
    server->faults = faults_in(env, table->n++); /* ignore those of earlier supervisors */
    snprintf(server->name, sizeof server->name, "%s", name);
    return server;
}

/* Reads the server's output and looks for the ready line. The monitor does not see what is read
 * here, so it is copied to a pipe that the monitor reads. */
static void read_lines(struct start *start)
{
    char bytes[1024];
    ssize_t n;
    while ((n = read(start->pipe, bytes, sizeof bytes)) > 0) {
        (void)!write(start->copy, bytes, (size_t)n);
        for (ssize_t i = 0; i < n; i++) {
            if (bytes[i] != '\n') {
                if (start->line_size < sizeof start->line - 1)
                    start->line[start->line_size++] = bytes[i];
                continue;
            }
            start->line[start->line_size] = '\0';
            start->line_size = 0;
            if (strstr(start->line, start->spec->ready_line))
                start->line_seen = true;
        }
    }
}

static bool answers(int family, const void *address, socklen_t size)
{
    FD_CLEANUP int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return fd >= 0 && connect(fd, address, size) == 0;
}

static bool port_answers(const struct stress_server_spec *spec)
{
    uint16_t port = htons((uint16_t)spec->ready_port);
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };
    if (inet_pton(AF_INET, spec->ready_address, &v4.sin_addr) == 1)
        return answers(AF_INET, &v4, sizeof v4);
    return inet_pton(AF_INET6, spec->ready_address, &v6.sin6_addr) == 1 &&
           answers(AF_INET6, &v6, sizeof v6);
}

static bool socket_answers(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return answers(AF_UNIX, &address, sizeof address);
}

/* Does a process answer at the server's address already? */
static bool is_taken(const struct stress_server_spec *spec)
{
    return (spec->ready_port != 0 && port_answers(spec)) ||
           (spec->ready_socket && socket_answers(spec->ready_socket));
}

/* Waits until no other process answers at the server's address: it would make the server look
 * ready. Processes of an earlier server may still be ending. Returns 0, or -EADDRINUSE. */
static int wait_until_free(const struct start *start)
{
    while (is_taken(start->spec)) {
        if (clock_poll_timeout(start->deadline) == 0)
            return -EADDRINUSE;
        poll(NULL, 0, READY_FIRST_MS);
    }
    return 0;
}

/* Runs the ready command, at most until the deadline: it may hang. */
static bool command_succeeds(const struct start *start)
{
    const char *const argv[] = { "/bin/sh", "-c", start->spec->ready_command, NULL };
    siginfo_t info = { 0 };
    pid_t pid = spawn_command(&(struct spawn_command){ .argv = argv,
                                                       .directory = start->spec->directory,
                                                       .environment = start->environment,
                                                       .output = -1 });
    if (pid < 0)
        return false;
    FD_CLEANUP int pidfd = pidfd_open(pid, 0);
    fd_wait(pidfd, start->deadline);
    kill(-pid, SIGKILL); /* not reaped yet, so the pid is still its own */
    while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0 && errno == EINTR)
        continue;
    return info.si_code == CLD_EXITED && info.si_status == 0;
}

static bool is_ready(struct start *start)
{
    const struct stress_server_spec *spec = start->spec;
    if (start->pipe >= 0)
        read_lines(start);
    return (!spec->ready_line || start->line_seen) &&
           (spec->ready_port == 0 || port_answers(spec)) &&
           (!spec->ready_socket || socket_answers(spec->ready_socket)) &&
           (!spec->ready_command || command_succeeds(start));
}

/* What faults have taken does not count towards the deadline. Returns false if that is over. */
static bool has_time(struct start *start)
{
    uint64_t held = start->held_ns ? atomic_load(start->held_ns) : 0;
    if (clock_poll_timeout(start->deadline) == 0 && held > start->held_before) {
        start->deadline += held - start->held_before;
        start->held_before = held;
    }
    return clock_poll_timeout(start->deadline) > 0;
}

/* Returns 0, -ETIMEDOUT or -ECHILD. A line and a death end the sleep. A port and a command have to
 * be polled, at growing intervals. */
static int wait_until_ready(struct start *start)
{
    int pause = READY_FIRST_MS;
    while (!is_ready(start)) {
        struct pollfd events[2] = { { .fd = start->pidfd, .events = POLLIN },
                                    { .fd = start->pipe, .events = POLLIN } };
        if (!has_time(start))
            return -ETIMEDOUT;
        int left = clock_poll_timeout(start->deadline);
        poll(events, 2, left < pause ? left : pause);
        if (events[0].revents)
            return -ECHILD;
        pause = pause * 2 < READY_MOST_MS ? pause * 2 : READY_MOST_MS;
    }
    return 0;
}

/* Do its calls go to the injector? Not in a run that ends at a fault, once the fault has fired: a
 * persistent error would prevent the recovery. */
static bool is_injected(const struct stress_env *env, const char *name)
{
    const struct inject_plan *plan = env->inject;
    return plan && !plan->hook_entered &&
           !(env->config.end_at_fault && atomic_load(&plan->share->fired) > 0) &&
           share_concerns(plan->share, RULE_OF_SERVER, 0, 0, name);
}

/* Of the process that was started last. */
static uint64_t start_mark(const struct server *server)
{
    return WIRE_MARK_START | server->starts;
}

/* Starts the process. The monitor reads its output; with a ready line, only once it is ready. */
static int launch(struct stress_env *env, struct server *server, struct start *start)
{
    struct server_table *table = env->servers;
    uint32_t index = (uint32_t)(server - table->server);
    struct enter_hello hello = { .kind = ENTER_SERVER, .number = index };
    struct spawn_command command = { .argv = start->spec->argv,
                                     .directory = start->spec->directory,
                                     .environment = start->environment, .hello = &hello };
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    memcpy(hello.server, server->name, sizeof hello.server);
    command.output = ends[1];
    if (start->spec->ready_line)
        start->copy = wire_output_open(table->output, WIRE_SOURCE_SERVER, index);
    server->starts++;
    wire_output_mark(start->spec->ready_line ? start->copy : ends[1], start_mark(server));
    command.reader = table->reader;
    if (is_injected(env, server->name))
        command.inject = env->inject;
    pid_t pid = spawn_command(&command);
    int failure = errno;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -failure;
    }
    server->pid = table->groups[table->n_groups++ % SERVER_GROUPS] = pid;
    server_publish(env);
    /* If this fails, only a stack is missing when the server dies. The server already runs. */
    trace_ask_and_wait(table->tracer, &(struct trace_request){ .kind = TRACE_WATCH, .pid = pid },
                       WATCH_MOST_MS);
    start->pidfd = pidfd_open(pid, 0);
    failure = start->pidfd < 0 ? -errno : 0;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if (start->spec->ready_line)
        start->pipe = ends[0];
    else
        wire_output_hand_over(table->output, WIRE_SOURCE_SERVER, index, ends[0]);
    return failure;
}

static bool is_address(const char *text)
{
    struct in6_addr any; /* large enough for both families */
    return inet_pton(AF_INET, text, &any) == 1 || inet_pton(AF_INET6, text, &any) == 1;
}

/* Returns what is wrong with a specification; NULL: nothing. */
static const char *wrong_in(const struct stress_server_spec *spec)
{
    if (!spec->name || !text_is_name(spec->name))
        return "its name: use 1 to 31 letters, digits, '_', '.' or '-'";
    if (!spec->argv || !spec->argv[0])
        return "its argv is empty";
    if (spec->ready_port > 65535)
        return "ready_port: use 1 to 65535";
    if (!is_address(spec->ready_address))
        return "ready_address: use an IPv4 or IPv6 address";
    if (spec->ready_socket && strlen(spec->ready_socket) >= SOCKET_PATH)
        return "ready_socket: the path is longer than 107 bytes";
    if (spec->stop_signal < 1 || spec->stop_signal > SIGRTMAX)
        return "stop_signal is not a signal";
    return NULL;
}

/* Fills in the defaults of members that were left out. */
static struct stress_server_spec complete(const struct stress_env *env,
                                          const struct stress_server_spec *user)
{
    struct stress_server_spec spec;
    declared_convert(&spec, sizeof spec, user, env->declared.server_size);
    if (!spec.ready_address)
        spec.ready_address = "127.0.0.1";
    if (spec.ready_timeout_ms == 0)
        spec.ready_timeout_ms = READY_TIMEOUT_MS;
    if (spec.stop_signal == 0)
        spec.stop_signal = SIGTERM;
    if (spec.stop_grace_ms == 0)
        spec.stop_grace_ms = STOP_GRACE_MS;
    return spec;
}

static bool is_of(const char *variable, const char *assignment)
{
    size_t n = strcspn(assignment, "=") + 1;
    return strncmp(variable, assignment, n) == 0;
}

/* Returns the given variables and those of the supervisor that they do not replace. The caller
 * frees it. NULL: no memory. */
static char **merge_environment(const char *const *given)
{
    size_t n = 0, n_given = 0, at = 0;
    while (environ[n])
        n++;
    while (given[n_given])
        n_given++;
    char **merged = calloc(n + n_given + 1, sizeof *merged);
    for (size_t i = 0; merged && i < n; i++) {
        size_t k = 0;
        while (k < n_given && !is_of(environ[i], given[k]))
            k++;
        if (k == n_given)
            merged[at++] = environ[i];
    }
    for (size_t k = 0; merged && k < n_given; k++)
        merged[at++] = (char *)given[k];
    return merged;
}

/* `status`: as from waitpid(), if the server ended by itself. */
static int explain(struct stress_env *env, const struct server *server, const struct start *start,
                   int failure, int status)
{
    const struct stress_server_spec *spec = start->spec;
    char signal[32];
    env->failed_server = 1 + (int)(server - env->servers->server);
    env->mark = start_mark(server); /* the output to show is the server's */
    if (failure == -ETIMEDOUT)
        stress_env_fail(env, "server %s was not ready after %u ms", spec->name,
                        spec->ready_timeout_ms);
    else if (failure == -ECHILD && WIFSIGNALED(status))
        stress_env_fail(env, "server %s was killed by %s before it was ready", spec->name,
                        text_signal(WTERMSIG(status), signal, sizeof signal));
    else if (failure == -ECHILD)
        stress_env_fail(env, "server %s ended before it was ready: exit status %d", spec->name,
                        env->exit_status = WEXITSTATUS(status));
    else if (failure == -EADDRINUSE && (!spec->ready_socket || port_answers(spec)))
        stress_env_fail(env, "cannot start server %s: port %u of %s is in use: another process "
                        "answers (environments side by side: see stress_env_port() and "
                        "$STRESS_PORT)", spec->name, spec->ready_port, spec->ready_address);
    else if (failure == -EADDRINUSE)
        stress_env_fail(env, "cannot start server %s: socket %s is in use: another process "
                        "answers", spec->name, spec->ready_socket);
    else {
        env->harness_failed = error_is_of_machine(-failure);
        stress_env_fail(env, "server %s: cannot start %s: %s", spec->name, spec->argv[0],
                        strerror(-failure));
    }
    return failure;
}

/* Sets `ret_again` if the start failed because of a fault. That alone does not make the hook fail:
 * the caller starts the server again, up to START_TRIES times. */
static int start_once(struct stress_env *env, struct server *server,
                      const struct stress_server_spec *spec, char **environment,
                      bool *ret_again)
{
    uint32_t number = (uint32_t)(server - env->servers->server);
    uint64_t faults = faults_in(env, number);
    struct start start = {
        .spec = spec, .environment = environment, .pidfd = -1, .pipe = -1, .copy = -1,
        .deadline = clock_now() + spec->ready_timeout_ms * CLOCK_MILLISECOND };
    if (env->inject) {
        start.held_ns = &env->inject->share->server_held_ns[number];
        start.held_before = atomic_load(start.held_ns);
    }
    int failure = wait_until_free(&start);
    if (failure == 0)
        failure = launch(env, server, &start);
    if (failure == 0)
        failure = wait_until_ready(&start);
    fd_close(&start.pidfd);
    if (failure < 0 && start.pipe >= 0)
        read_lines(&start); /* the rest of its output, in order */
    fd_close(&start.copy);
    if (start.pipe >= 0)
        wire_output_hand_over(env->servers->output, WIRE_SOURCE_SERVER, number, start.pipe);
    *ret_again = failure < 0 && faults_in(env, number) > faults;
    if (failure < 0)
        return explain(env, server, &start, failure, kill_and_reap(env, server));
    tell(env, server, server->pid, WIRE_SERVER_READY, 0);
    return 0;
}

/* Kills the server first if it is running. */
static int start_server(struct stress_env *env, struct server *server,
                        const struct stress_server_spec *spec, char **environment)
{
    int failure = -ECHILD;
    bool again = true;
    kill_and_reap(env, server);
    server->stop_signal = spec->stop_signal;
    server->stop_grace_ns = spec->stop_grace_ms * CLOCK_MILLISECOND;
    for (unsigned i = 0; i < START_TRIES && again; i++) {
        env->failure[0] = '\0';
        failure = start_once(env, server, spec, environment, &again);
    }
    return failure;
}

int stress_env_server_start(struct stress_env *env, const struct stress_server_spec *user)
{
    const struct stress_server_spec spec = complete(env, user);
    const char *wrong = wrong_in(&spec);
    if (wrong) {
        stress_env_fail(env, "cannot start server %s: %s", spec.name ? spec.name : "(null)", wrong);
        return -EINVAL;
    }
    struct server *server = find_or_add(env, spec.name);
    if (!server) {
        stress_env_fail(env, "cannot start server %s: there are %d already", spec.name,
                        STRESS_SERVERS_MAX);
        return -ENOSPC;
    }
    char **environment = spec.environment ? merge_environment(spec.environment) : NULL;
    if (spec.environment && !environment) {
        stress_env_fail(env, "cannot start server %s: %s", spec.name, strerror(ENOMEM));
        return -ENOMEM;
    }
    int failure = start_server(env, server, &spec, environment);
    free(environment);
    return failure;
}

int stress_env_server_kill(struct stress_env *env, const char *name)
{
    struct server *server = find(env->servers, name);
    if (!server)
        return -ENOENT;
    kill_and_reap(env, server);
    return 0;
}

int stress_env_server_stop(struct stress_env *env, const char *name)
{
    struct server *server = find(env->servers, name);
    siginfo_t end = { 0 };
    if (!server)
        return -ENOENT;
    if (server->pid <= 0)
        return 0;
    FD_CLEANUP int pidfd = pidfd_open(server->pid, 0);
    kill(server->pid, server->stop_signal);
    kill(-server->pid, SIGCONT); /* a saboteur may have stopped it */
    /* The tracer watches servers, so the status may arrive a moment after the end. */
    bool ended = fd_wait(pidfd, clock_now() + server->stop_grace_ns);
    while (waitid(P_PID, (id_t)server->pid, &end, WEXITED | WNOWAIT | (ended ? 0 : WNOHANG)) < 0)
        if (errno != EINTR)
            return -errno;
    kill_and_reap(env, server);
    env->failed_server = 1 + (int)(server - env->servers->server); /* if it is in the wrong */
    env->mark = 0;
    if (end.si_pid == 0) {
        stress_env_fail(env, "server %s did not end within %llu ms of SIG%s", name,
                        (unsigned long long)(server->stop_grace_ns / CLOCK_MILLISECOND),
                        sigabbrev_np(server->stop_signal));
        return -ETIMEDOUT;
    }
    if (end.si_code != CLD_EXITED && end.si_status != server->stop_signal) {
        stress_env_fail(env, "server %s died of SIG%s when it was stopped", name,
                        sigabbrev_np(end.si_status));
        return -ECHILD;
    }
    env->failed_server = 0;
    return 0;
}

int stress_env_server_pid(const struct stress_env *env, const char *name)
{
    const struct server *server = find(env->servers, name);
    if (!server)
        return -ENOENT;
    return server->pid > 0 ? server->pid : -ESRCH;
}
