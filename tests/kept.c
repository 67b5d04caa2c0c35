/* SPDX-License-Identifier: MIT
 * kept.c: a workload whose actors write to a server and to no file: what the server has
 * acknowledged is in memory alone. states.test runs it.
 *     -- --server=LINE   the command of the server, which listens on `s` in the scratch directory
 *     -- --stays=1       an actor asks for resets, and they do not start the server again
 *     -- --helper=1      the check starts another server
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <stress.h>

struct world {
    uint64_t acknowledged; /* by all actors */
};
struct state {
    uint64_t acknowledged;
};

static const char *line;
static bool stays, helper;

/* Sends a line to the server and reads what it answers, up to the end. Returns -1 with errno. */
static ssize_t ask(const char *text, char *answer, size_t size)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "s" };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t n = -1, all = 0;
    if (fd < 0)
        return -1;
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text))
        while ((n = recv(fd, answer + all, size - 1 - (size_t)all, 0)) > 0)
            all += n;
    answer[all] = '\0';
    close(fd);
    return n < 0 ? -1 : all;
}

static enum stress_outcome put(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    struct state *state = stress_actor_state(actor);
    char text[64], answer[64];
    snprintf(text, sizeof text, "%u.%" PRIu64 "\n", stress_actor_index(actor), state->acknowledged);
    if (ask(text, answer, sizeof answer) < 0 || strcmp(answer, "ok") != 0)
        return stress_actor_fail(actor, "no answer: %s", strerror(errno));
    state->acknowledged++;
    world->acknowledged++; /* the schedule is serial */
    return STRESS_OK;
}

static enum stress_outcome disturb(struct stress_actor *actor)
{
    stress_actor_announce(actor, "a reset");
    return STRESS_RESET;
}

static enum stress_env_result start(struct stress_env *env)
{
    const char *const argv[] = { "/bin/sh", "-c", line, NULL };
    return stress_env_server_start(env, &(struct stress_server_spec){
               .name = "store", .argv = argv, .directory = stress_env_scratch(env),
               .ready_line = "ready" }) < 0 ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

static enum stress_env_result setup(struct stress_env *env)
{
    line = stress_env_argument(env, "server", "exit 1");
    stays = strcmp(stress_env_argument(env, "stays", "0"), "1") == 0;
    helper = strcmp(stress_env_argument(env, "helper", "0"), "1") == 0;
    if (!stays)
        stress_env_set_count(env, "disturber", 0);
    if (chdir(stress_env_scratch(env)) < 0)
        return stress_env_fail(env, "chdir: %s", strerror(errno));
    return stress_env_restarts(env) > 0 ? STRESS_ENV_OK : start(env);
}

static bool has_helper(struct stress_env *env)
{
    const char *const argv[] = { "/bin/sh", "-c", "echo ready; exec sleep 1000", NULL };
    return stress_env_server_pid(env, "helper") > 0 ||
           stress_env_server_start(env, &(struct stress_server_spec){
               .name = "helper", .argv = argv, .ready_line = "ready" }) == 0;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    (void)why;
    return stays && stress_env_server_pid(env, "store") > 0 ? STRESS_ENV_OK : start(env);
}

static uint64_t count(const char *text, unsigned index)
{
    uint64_t n = 0;
    char *end;
    for (; *text; text = *end ? end + 1 : end) {
        n += strtoul(text, NULL, 10) == index;
        end = strchrnul(text, '\n');
    }
    return n;
}

static enum stress_env_result check(struct stress_env *env)
{
    const struct world *world = stress_env_global(env);
    uint64_t all = 0;
    char stored[4096];
    if (helper && !has_helper(env))
        return stress_env_fail(env, "no helper");
    if (ask("?", stored, sizeof stored) < 0)
        return stress_env_fail(env, "no answer: %s", strerror(errno));
    for (int i = 0; i < stress_env_actor_count(env); i++) {
        const struct state *state = stress_env_actor_state(env, i);
        if (!state) /* the disturber */
            continue;
        uint64_t n = count(stored, stress_env_actor_index(env, i));
        bool cut = stress_env_cut_off(env, i, NULL, NULL);
        if (n < state->acknowledged)
            return stress_env_fail(env, "actor %d: %" PRIu64 " acknowledged, %" PRIu64 " stored", i,
                                   state->acknowledged, n);
        if (n > state->acknowledged + cut)
            return stress_env_fail(env, "actor %d: %" PRIu64 " stored, %" PRIu64 " acknowledged "
                                   "and %d cut off", i, n, state->acknowledged, cut);
        all += state->acknowledged;
    }
    return all >= world->acknowledged ? STRESS_ENV_OK
                                      : stress_env_fail(env, "the memory is of another moment");
}

static const struct stress_actor_spec actors[] = {
    { .name = "writer", .count = 2, .state_size = sizeof(struct state), .perform = put },
    { .name = "disturber", .count = 1, .saboteur = true, .perform = disturb }, { 0 } };
static const struct stress_env_spec env = {
    .name = "kept", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .reset = reset, .check = check,
};
STRESS_WORKLOAD(env)
