/* SPDX-License-Identifier: MIT
 * judged.c: a workload whose states judge.test has judged. Each hook appends a line to the file
 * `seen` in the current directory.
 *     -- --crash=1     the reset hook is killed
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <stress.h>
#include <string.h>

struct world {
    char text[32];
};

static unsigned hooks;                  /* in this process */
static int crash;

static enum stress_outcome put(struct stress_actor *actor)
{
    return stress_actor_fail(actor, "an operation is performed");
}

static void see(struct stress_env *env, const char *hook)
{
    const struct world *world = stress_env_global(env);
    const char *state = stress_env_actor_state(env, 1), *action = "none";
    uint64_t operation = 0;
    char path[4200], witness[64] = "", kept[64] = "";
    FILE *seen = fopen("seen", "ae"), *file;
    snprintf(path, sizeof path, "%s/note", stress_env_witness(env));
    if ((file = fopen(path, "re"))) {
        (void)!fgets(witness, sizeof witness, file);
        fclose(file);
    }
    snprintf(path, sizeof path, "%s/kept", stress_env_scratch(env));
    if ((file = fopen(path, "re"))) {
        (void)!fgets(kept, sizeof kept, file);
        fclose(file);
    }
    if (!seen)
        abort();
    bool cut = stress_env_cut_off(env, 1, &operation, &action);
    fprintf(seen, "%u %s restarts=%u generation=%" PRIu64 " global=%s state=%s cut=%d:%" PRIu64
            ":%s witness=%s kept=%s\n", hooks++, hook, stress_env_restarts(env),
            stress_env_generation(env), world->text, state ? state : "none", cut, operation, action,
            witness, kept);
    fclose(seen);
}

static enum stress_env_result setup(struct stress_env *env)
{
    crash = strcmp(stress_env_argument(env, "crash", "0"), "1") == 0;
    see(env, "setup");
    FILE *where = fopen("where", "ae");
    if (!where)
        abort();
    fprintf(where, "%p", stress_env_global(env));
    fclose(where);
    return STRESS_ENV_OK;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    char text[64];
    snprintf(text, sizeof text, "reset:%d:%d:%d:%s", (int)why->cause, why->actor, why->announced,
             why->announcement);
    see(env, text);
    if (crash && why->cause == STRESS_CAUSE_DEATH)
        raise(SIGKILL);
    return STRESS_ENV_OK;
}

static enum stress_env_result check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    see(env, "check");
    if (strcmp(world->text, "bad") == 0)
        return stress_env_fail(env, "the world is bad");
    strcpy(world->text, "used");
    strcpy(stress_env_actor_state(env, 1), "used");
    FILE *where = fopen("where", "ae");
    if (!where)
        abort();
    fprintf(where, " %p\n", stress_env_actor_state(env, 0));
    fclose(where);
    return STRESS_ENV_OK;
}

static const struct stress_action_spec actions[] = {
    { .name = "get", .weight = 1, .perform = put },
    { .name = "put", .weight = 1, .perform = put },
    { 0 } };
static const struct stress_actor_spec actors[] = {
    { .name = "writer", .count = 2, .state_size = 32, .actions = actions }, { 0 } };

static const struct stress_env_spec env = {
    .name = "judged", .global_size = sizeof(struct world), .actors = actors,
    .target_operations = 2, .setup = setup, .reset = reset, .check = check,
};
STRESS_WORKLOAD(env)
