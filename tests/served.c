/* SPDX-License-Identifier: MIT
 * served.c: servers under test as a workload in C has them; server.test runs it. `-- --mode=NAME`
 * selects what setup does with a server: what goes wrong is a finding. `--python=PATH` runs
 * listen.py, which says where it listens and on what.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <stress.h>

static const char *python, *listener, *dump;

static enum stress_env_result differs(struct stress_env *env, const char *what, long got)
{
    return stress_env_fail(env, "%s: %ld", what, got);
}

/* A server whose command is a line for the shell. */
static int start(struct stress_env *env, const char *line, struct stress_server_spec spec)
{
    const char *const argv[] = { "/bin/sh", "-c", line, NULL };
    spec.name = "store";
    spec.argv = argv;
    spec.directory = stress_env_scratch(env);
    spec.ready_line = "ready";
    return stress_env_server_start(env, &spec);
}

/* Runs listen.py on an address and a port, or on a Unix socket. */
static int listen_on(struct stress_env *env, const char *address, int port, const char *path)
{
    char number[16];
    const char *where = path ? path : address ? address : "";
    const char *const argv[] = { python, listener, where, number, NULL };
    snprintf(number, sizeof number, "%d", port);
    return stress_env_server_start(env, &(struct stress_server_spec){
        .name = "store", .argv = argv, .ready_socket = path, .ready_address = address,
        .ready_port = path ? 0 : (unsigned)port });
}

static enum stress_env_result environment(struct stress_env *env)
{
    const char *const given[] = { "GIVEN=a b", "HOME=elsewhere", NULL };
    int error = start(env, "test \"$GIVEN\" = 'a b' && test \"$HOME\" = elsewhere && "
                           "test -n \"$PATH\" && echo ready; exec sleep 1000",
                      (struct stress_server_spec){ .environment = given,
                                                   .ready_command = "test \"$HOME\" = elsewhere" });
    return error ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

static enum stress_env_result pid(struct stress_env *env)
{
    if (start(env, "echo ready; exec sleep 1000", (struct stress_server_spec){ 0 }))
        return STRESS_ENV_FAIL;
    int found = stress_env_server_pid(env, "store");
    if (found <= 0 || kill(found, 0) != 0)
        return differs(env, "pid", found);
    if (stress_env_server_pid(env, "nobody") != -ENOENT)
        return differs(env, "pid of nobody", stress_env_server_pid(env, "nobody"));
    stress_env_server_kill(env, "store");
    found = stress_env_server_pid(env, "store");
    return found == -ESRCH ? STRESS_ENV_OK : differs(env, "pid of a dead one", found);
}

/* What it returns, and that it is gone. */
static enum stress_env_result stop(struct stress_env *env, const char *line,
                                   struct stress_server_spec spec, int wanted)
{
    if (start(env, line, spec))
        return STRESS_ENV_FAIL;
    int got = stress_env_server_stop(env, "store");
    if (got != wanted)
        return differs(env, "stop", got);
    if (stress_env_server_pid(env, "store") != -ESRCH || stress_env_server_stop(env, "store") != 0)
        return stress_env_fail(env, "it is not gone");
    return STRESS_ENV_OK;
}

/* The shell has a child, too, and tidies up. */
static enum stress_env_result stop_gently(struct stress_env *env)
{
    char path[4200];
    enum stress_env_result result =
        stop(env, "trap '>stopped; exit 0' USR1; sleep 1000 & echo ready; wait",
             (struct stress_server_spec){ .stop_signal = SIGUSR1 }, 0);
    snprintf(path, sizeof path, "%s/stopped", stress_env_scratch(env));
    if (result == STRESS_ENV_OK && access(path, F_OK) != 0)
        return stress_env_fail(env, "it did not get the signal");
    if (stress_env_server_stop(env, "nobody") != -ENOENT)
        return stress_env_fail(env, "there is a server nobody");
    return result;
}

static enum stress_env_result stop_by_default(struct stress_env *env)
{
    return stop(env, "echo ready; exec sleep 1000", (struct stress_server_spec){ 0 }, 0);
}

static enum stress_env_result stop_deaf(struct stress_env *env)
{
    return stop(env, "trap '' TERM; echo ready; exec sleep 1000",
                (struct stress_server_spec){ .stop_grace_ms = 50 }, -ETIMEDOUT);
}

static enum stress_env_result stop_crashes(struct stress_env *env)
{
    return stop(env, "trap 'kill -ABRT $$' TERM; sleep 1000 & echo ready; wait",
                (struct stress_server_spec){ 0 }, -ECHILD);
}

/* Twice on the same port: it is the environment's. */
static enum stress_env_result port(struct stress_env *env)
{
    int first = stress_env_port(env, 0), second = stress_env_port(env, 1);
    FILE *file = fopen(dump, "we");
    if (!file || fprintf(file, "%d\n", first) < 0 || fclose(file) != 0)
        return stress_env_fail(env, "%s: %s", dump, strerror(errno));
    if (first <= 0 || second <= 0 || first == second || stress_env_port(env, 0) != first)
        return differs(env, "port", first);
    if (stress_env_port(env, STRESS_PORTS_MAX) != -EINVAL)
        return stress_env_fail(env, "there are too many ports");
    for (int i = 0; i < 2; i++)
        if (listen_on(env, NULL, first, NULL))
            return STRESS_ENV_FAIL;
    return STRESS_ENV_OK;
}

static enum stress_env_result address(struct stress_env *env)
{
    return listen_on(env, "127.0.0.2", stress_env_port(env, 0), NULL) ? STRESS_ENV_FAIL
                                                                      : STRESS_ENV_OK;
}

static enum stress_env_result unix_socket(struct stress_env *env)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/stress-served-%ld", (long)getpid());
    int error = listen_on(env, NULL, 0, path);
    unlink(path);
    return error ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

/* Another process answers there: that does not make a server ready. */
static enum stress_env_result socket_in_use(struct stress_env *env)
{
    const char *const argv[] = { "sleep", "1000", NULL };
    char path[64];
    snprintf(path, sizeof path, "/tmp/stress-served-%ld", (long)getpid());
    int error = listen_on(env, NULL, 0, path);
    int second = stress_env_server_start(env, &(struct stress_server_spec){
        .name = "other", .argv = argv, .ready_socket = path, .ready_timeout_ms = 50 });
    unlink(path);
    return error || second != -EADDRINUSE ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

/* Each is refused with words of its own. */
static enum stress_env_result refusals(struct stress_env *env)
{
    const char *const argv[] = { "true", NULL };
    const struct stress_server_spec bad[] = {
        { .argv = argv },
        { .name = "a/b", .argv = argv },
        { .name = "store" },
        { .name = "store", .argv = argv, .ready_port = 65536 },
        { .name = "store", .argv = argv, .ready_port = 1, .ready_address = "localhost" },
        { .name = "store", .argv = argv, .stop_signal = 4711 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (stress_env_server_start(env, &bad[i]) != -EINVAL)
            return differs(env, "not refused", (long)i);
    return STRESS_ENV_OK;
}

static const struct {
    const char *name;
    enum stress_env_result (*run)(struct stress_env *);
} modes[] = {
    { "environment", environment }, { "pid", pid }, { "stop-gently", stop_gently },
    { "stop-by-default", stop_by_default }, { "stop-deaf", stop_deaf },
    { "stop-crashes", stop_crashes }, { "port", port }, { "address", address },
    { "unix-socket", unix_socket }, { "socket-in-use", socket_in_use },
    { "refusals", refusals },
};

static enum stress_env_result setup(struct stress_env *env)
{
    const char *mode = stress_env_argument(env, "mode", "");
    python = stress_env_argument(env, "python", "python3");
    listener = stress_env_argument(env, "listener", "");
    dump = stress_env_argument(env, "dump", "");
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i].name) == 0)
            return modes[i].run(env);
    return stress_env_usage(env, "--mode=%s: there is no such mode", mode);
}

static enum stress_outcome perform(struct stress_actor *a)
{
    (void)a;
    return STRESS_OK;
}

static const struct stress_actor_spec actors[] = {
    { .name = "worker", .perform = perform }, { 0 } };

static const struct stress_env_spec env = {
    .name = "served", .actors = actors, .target_operations = 1, .setup = setup };

STRESS_WORKLOAD(env)
