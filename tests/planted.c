/* SPDX-License-Identifier: MIT
 * planted.c: the workload of shrink.test. It has planted bugs, of which `--bug=` selects one:
 *     store      a dropped value is sometimes still found, and then used
 *     update     two actors change the same number, and one change is lost
 *     recovery   the reset does not repair a journal that ends in the middle of a record
 *     three      crashes after three given operations of three actors, in order
 *     wait       an operation waits for one of another actor
 *     hang       an operation never ends
 *     turns      fails in every second run; the file "turns" counts the runs
 */
#include <stress.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEYS = 64, PAGE = 4096, LEAKY = 16 };

struct world {
    struct stress_lock lock;
    int64_t number, changes;
    uint32_t stage, flag;
};

struct changer {
    int64_t seen;
    bool has;
};

/* ---- store: in the runner's own memory ---------------------------------------------------- */

static char *values[KEYS];

static enum stress_outcome put(struct stress_actor *actor)
{
    uint64_t key = stress_random_below(stress_actor_random(actor), KEYS);
    if (!values[key]) {
        void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED)
            return stress_actor_fail(actor, "no memory");
        values[key] = page;
    }
    values[key][0] = 1;
    return STRESS_OK;
}

static enum stress_outcome drop(struct stress_actor *actor)
{
    uint64_t key = stress_random_below(stress_actor_random(actor), KEYS);
    if (!values[key])
        return STRESS_UNCOUNTED;
    mprotect(values[key], PAGE, PROT_NONE); /* freed, and nothing else takes the place */
    if (key % LEAKY != 7) /* the bug */
        values[key] = NULL;
    return STRESS_OK;
}

static enum stress_outcome get(struct stress_actor *actor)
{
    const char *value = values[stress_random_below(stress_actor_random(actor), KEYS)];
    return value && *(const volatile char *)value != 1 ? stress_actor_fail(actor, "another value")
                                                       : STRESS_OK;
}

/* ---- update -------------------------------------------------------------------------------- */

static enum stress_outcome look(struct stress_actor *actor)
{
    const struct world *world = stress_actor_global(actor);
    struct changer *self = stress_actor_state(actor);
    self->seen = world->number;
    self->has = true;
    return STRESS_OK;
}

static enum stress_outcome change(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    struct changer *self = stress_actor_state(actor);
    if (!self->has)
        return STRESS_UNCOUNTED;
    self->has = false;
    if (stress_lock_take(&world->lock) != 0)
        return stress_actor_fail(actor, "no lock");
    world->number = self->seen + 1; /* the bug: it may have changed since */
    world->changes++;
    stress_lock_release(&world->lock);
    return STRESS_OK;
}

static enum stress_outcome audit(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    if (stress_lock_take(&world->lock) != 0)
        return stress_actor_fail(actor, "no lock");
    int64_t lost = world->changes - world->number;
    stress_lock_release(&world->lock);
    return lost ? stress_actor_fail(actor, "%lld changes are lost", (long long)lost) : STRESS_OK;
}

/* ---- recovery ------------------------------------------------------------------------------ */

static void journal(const char *scratch, unsigned index, char *to, size_t size)
{
    snprintf(to, size, "%s/journal%u", scratch, index);
}

static enum stress_outcome append(struct stress_actor *actor)
{
    char path[4200], record[32];
    journal(stress_actor_scratch(actor), stress_actor_index(actor), path, sizeof path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    uint64_t value = stress_random_below(stress_actor_random(actor), 1000);
    int n = snprintf(record, sizeof record, "%u", (unsigned)value);
    bool written = fd >= 0 && write(fd, record, (size_t)n) == n && write(fd, "\n", 1) == 1;
    if (fd >= 0)
        close(fd);
    return written ? STRESS_OK : stress_actor_fail(actor, "cannot append");
}

static enum stress_env_result check(struct stress_env *env)
{
    char path[4200], last = '\n';
    for (unsigned i = 0; i < 3; i++) {
        journal(stress_env_scratch(env), i, path, sizeof path);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        if (lseek(fd, -1, SEEK_END) >= 0 && read(fd, &last, 1) != 1)
            last = '?';
        close(fd);
        unlink(path);
        if (last != '\n') /* the bug: the reset should have cut it off */
            return stress_env_fail(env, "journal %u ends within a record", i);
    }
    return STRESS_ENV_OK;
}

/* ---- three --------------------------------------------------------------------------------- */

static enum stress_outcome walk(struct stress_actor *actor)
{
    static const uint64_t given[] = { 100, 300, 590 }; /* of actors 0, 1 and 2 */
    struct world *world = stress_actor_global(actor);
    unsigned index = stress_actor_index(actor);
    if (index < 3 && world->stage == index && stress_actor_operation(actor) == given[index])
        world->stage++;
    if (world->stage == 3)
        abort();
    return STRESS_OK;
}

/* ---- wait, hang ---------------------------------------------------------------------------- */

/* Operation 3 of the first actor ends when another actor has had a turn. */
static enum stress_outcome wait_for(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    bool waits = stress_actor_index(actor) == 0 && stress_actor_operation(actor) == 3;
    if (waits)
        __atomic_store_n(&world->flag, 1, __ATOMIC_SEQ_CST);
    else
        __atomic_store_n(&world->flag, 0, __ATOMIC_SEQ_CST);
    while (waits && __atomic_load_n(&world->flag, __ATOMIC_SEQ_CST) &&
           !stress_actor_stopping(actor))
        usleep(100);
    return STRESS_OK;
}

static enum stress_outcome stand(struct stress_actor *actor)
{
    if (stress_actor_index(actor) == 1 && stress_actor_operation(actor) == 5)
        pause();
    return STRESS_OK;
}

/* ---- turns --------------------------------------------------------------------------------- */

static enum stress_outcome take_turn(struct stress_actor *actor)
{
    struct world *world = stress_actor_global(actor);
    return world->flag && stress_actor_operation(actor) == 2
               ? stress_actor_fail(actor, "its turn") : STRESS_OK;
}

static int count_turn(void)
{
    int turns = 0;
    FILE *file = fopen("turns", "a+e");
    if (!file)
        return -1;
    while (fgetc(file) != EOF)
        turns++;
    fputc('.', file);
    return fclose(file) == 0 ? turns : -1;
}

/* ---- the whole ----------------------------------------------------------------------------- */

static const struct stress_action_spec store_actions[] = {
    { "put", 6, put }, { "drop", 3, drop }, { "get", 3, get }, { 0 } };
static const struct stress_action_spec update_actions[] = {
    { "look", 8, look }, { "change", 8, change }, { "audit", 1, audit }, { 0 } };

static const struct stress_actor_spec actors[] = {
    { .name = "store", .count = 3, .actions = store_actions },
    { .name = "update", .count = 3, .actions = update_actions,
      .state_size = sizeof(struct changer) },
    { .name = "recovery", .count = 3, .perform = append },
    { .name = "three", .count = 8, .perform = walk },
    { .name = "wait", .count = 2, .perform = wait_for },
    { .name = "hang", .count = 3, .perform = stand },
    { .name = "turns", .count = 1, .perform = take_turn },
    { 0 } };

static enum stress_env_result setup(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    const char *bug = stress_env_argument(env, "bug", "");
    for (const struct stress_actor_spec *type = actors; type->name; type++)
        if (strcmp(type->name, bug) != 0 && stress_env_set_count(env, type->name, 0) < 0)
            return stress_env_fail(env, "cannot do without %s", type->name);
    int turns = strcmp(bug, "turns") == 0 ? count_turn() : 0;
    if (turns < 0)
        return stress_env_fail(env, "cannot count the turns");
    world->flag = turns % 2 == 0;
    if (stress_env_restarts(env) == 0 && stress_lock_init(&world->lock) < 0)
        return stress_env_fail(env, "no lock");
    return STRESS_ENV_OK;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    (void)why;
    world->number = world->changes = 0;
    world->stage = world->flag = 0;
    for (int i = 0; stress_env_actor_state(env, i); i++)
        memset(stress_env_actor_state(env, i), 0, sizeof(struct changer));
    return STRESS_ENV_OK;
}

static const struct stress_env_spec environment = {
    .name = "planted", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .reset = reset, .check = check,
};
STRESS_WORKLOAD(environment)
