/* SPDX-License-Identifier: MIT
 * inject.c: a workload for faults at system calls; inject.test runs it. `-- --mode=NAME` selects
 * what the actors do, `--dump=FILE` the file to which teardown writes what was seen, in lines of
 * "what actor number".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stress.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef INJECTS
#define INJECTS "write,pread64,getsid"
#endif

enum { ENTRIES = 20000, ACTORS = 128 };

struct world {
    _Atomic uint32_t n;              /* operations that have ended */
    _Atomic uint32_t entry[ENTRIES]; /* ... the actor of each, in their order */
    _Atomic uint32_t puts[ACTORS], errors[ACTORS];
    _Atomic uint32_t begun[ACTORS];
    _Atomic uint64_t failed_at[ACTORS]; /* a sum that shows which operations had errors */
    _Atomic uint32_t fired, done;    /* what the saboteur saw */
    _Atomic int64_t handle, own;     /* of the faults armed for a writer and for itself; plus 1 */
    uint32_t cut_off[ACTORS];        /* operations that the checks saw cut off */
};

static const char *mode, *dump;
static int file = -1;

static bool mode_is(const char *name)
{
    return !strcmp(mode, name);
}

/* "arm", "arm-kill", "arm-often" */
static bool mode_arms(void)
{
    return !strncmp(mode, "arm", 3);
}

static enum stress_outcome start(struct stress_actor *a)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s.%u", stress_actor_scratch(a), stress_actor_type(a),
             stress_actor_index(a));
    file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    return file < 0 ? stress_actor_fail(a, "open %s: %m", path) : STRESS_OK;
}

static void note(struct stress_actor *a, struct world *world)
{
    uint32_t n = atomic_fetch_add(&world->n, 1);
    if (n < ENTRIES)
        atomic_store(&world->entry[n], (uint32_t)stress_actor_number(a) + 1);
}

/* Whoever is killed between the two counters is cut off. */
static enum stress_outcome cross(struct world *world, unsigned self)
{
    atomic_fetch_add(&world->begun[self], 1);
    syscall(SYS_getsid, 0);
    atomic_fetch_add(&world->puts[self], 1);
    return STRESS_OK;
}

static enum stress_outcome put(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    unsigned self = (unsigned)stress_actor_number(a) % ACTORS;
    /* The first operation of one is over when another has had one. */
    if (mode_is("wait") && atomic_fetch_add(&world->begun[self], 1) == 0 && self == 0)
        while (atomic_load(&world->n) == 0 && !stress_actor_stopping(a))
            usleep(1000);
    if (mode_is("cut-off"))
        return cross(world, self);
    note(a, world);
    ssize_t n = write(file, "0123456789", 10);
    if (n >= 0) {
        atomic_fetch_add(&world->puts[self], 1);
        if (!mode_arms() || atomic_load(&world->done))
            return STRESS_OK;
        usleep(1000); /* the run must not end before the saboteur has seen the fault */
        return STRESS_UNCOUNTED;
    }
    atomic_fetch_add(&world->errors[self], 1);
    atomic_fetch_add(&world->failed_at[self],
                     (stress_actor_operation(a) + 1) * (stress_actor_operation(a) + 7));
    if (mode_is("crash")) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
        raise(SIGSEGV);
    }
    return stress_actor_fail(a, "write: %m");
}

static enum stress_outcome get(struct stress_actor *a)
{
    char byte;
    note(a, stress_actor_global(a));
    return pread(file, &byte, 1, 0) < 0 ? stress_actor_fail(a, "pread: %m") : STRESS_OK;
}

/* ---- who arms --------------------------------------------------------------------------- */

static const struct {
    const char *type;
    unsigned index;
    const char *rule;
    int64_t wanted;
} refusals[] = {
    { "writer", 0, "write:nonsense", -EINVAL },
    { "writer", 0, "", -EINVAL },
    { "writer", 0, "write:kill:actor=writer", -EINVAL },
    { "writer", 0, "write:kill:server=db", -EINVAL },
    { "writer", 0, "write:kill:hook=reset", -EINVAL },
    { "writer", 0, "write:kill:operation=3", -EINVAL },
    { "writer", 0, "fsync:kill", -ENOENT },
    { "writer", 0, "write,fsync:kill", -ENOENT },
    { "writer", 4711, "write:kill", -ENOENT },
    { "nobody", 0, "write:kill", -ENOENT },
};

/* A fault stays known until 64 others have been armed after it. */
static enum stress_outcome outlive_handles(struct stress_actor *a)
{
    int64_t first = -1, last = -1;
    int writer = stress_actor_find(a, "writer", 0);
    for (int i = 0; i <= 64; i++) {
        last = stress_actor_inject(a, writer, "write:error=EIO:when=1000000");
        if (i == 0)
            first = last;
        if (last != first + i || stress_actor_inject_fired(a, first) != (i < 64 ? 0 : -ENOENT))
            return stress_actor_fail(a, "after %d others: handle %ld", i, (long)last);
    }
    return stress_actor_inject_fired(a, first + 1) == 0 ? STRESS_OK
                                                        : stress_actor_fail(a, "the second one");
}

static enum stress_outcome try_refusals(struct stress_actor *a)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        int actor = stress_actor_find(a, refusals[i].type, refusals[i].index);
        int64_t got = stress_actor_inject(a, actor, refusals[i].rule);
        if (got != refusals[i].wanted)
            return stress_actor_fail(a, "refusal %zu: %ld", i, (long)got);
    }
    for (int64_t handle = -2; handle < 3; handle++)
        if (stress_actor_inject_fired(a, handle) != -ENOENT)
            return stress_actor_fail(a, "handle %ld is one", (long)handle);
    return outlive_handles(a);
}

/* Its next operation meets the fault that it armed for itself, once. */
static enum stress_outcome meet_own(struct stress_actor *a, struct world *world)
{
    long result = syscall(SYS_getsid, 0);
    if (result >= 0 || errno != EPERM ||
        stress_actor_inject_fired(a, atomic_load(&world->own) - 1) != 1)
        return stress_actor_fail(a, "its own fault did not fire: %ld", result);
    if (syscall(SYS_getsid, 0) < 0)
        return stress_actor_fail(a, "its own fault fired twice");
    atomic_store(&world->own, -1);
    return STRESS_UNCOUNTED;
}

/* The rule's own when= says how often. */
static enum stress_outcome arm_often(struct stress_actor *a, struct world *world)
{
    if (atomic_load(&world->own) == 0) {
        atomic_store(&world->own, 1 + stress_actor_inject(a, stress_actor_number(a),
                                                         "getsid:error=EPERM:when=2+2"));
        return STRESS_UNCOUNTED;
    }
    for (int i = 1; i <= 4; i++)
        if ((syscall(SYS_getsid, 0) < 0) != (i % 2 == 0))
            return stress_actor_fail(a, "call %d of four", i);
    int64_t fired = stress_actor_inject_fired(a, atomic_load(&world->own) - 1);
    atomic_store(&world->fired, (uint32_t)fired);
    atomic_store(&world->done, 1);
    return STRESS_UNCOUNTED;
}

/* Arms a fault for a writer and one for itself. The reset that the writer's fault causes ends this
 * process, so its notes are in the global state. */
static enum stress_outcome sabotage(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    if (atomic_load(&world->done))
        return STRESS_OK;
    if (mode_is("refusals")) {
        atomic_store(&world->done, 1);
        return try_refusals(a);
    }
    if (mode_is("arm-often"))
        return arm_often(a, world);
    if (atomic_load(&world->own) == 0) {
        if (syscall(SYS_getsid, 0) < 0)
            return stress_actor_fail(a, "nothing was armed: %m");
        atomic_store(&world->own, 1 + stress_actor_inject(a, stress_actor_number(a),
                                                         "getsid:error=EPERM"));
        if (syscall(SYS_getsid, 0) < 0)
            return stress_actor_fail(a, "it was armed for the next operation, not for this one");
        return atomic_load(&world->own) > 0 ? STRESS_UNCOUNTED : stress_actor_fail(a, "own");
    }
    if (atomic_load(&world->own) > 0)
        return meet_own(a, world);
    if (atomic_load(&world->handle) == 0) {
        const char *rule = mode_is("arm-kill") ? "write:kill" : "write:error=ENOSPC";
        int writer = stress_actor_find(a, "writer", 0);
        atomic_store(&world->handle, 1 + stress_actor_inject(a, writer, rule));
        return atomic_load(&world->handle) > 0 ? STRESS_UNCOUNTED
                                               : stress_actor_fail(a, "a writer's");
    }
    int64_t fired = stress_actor_inject_fired(a, atomic_load(&world->handle) - 1);
    if (fired < 0 || fired > 1)
        return stress_actor_fail(a, "fired: %ld", (long)fired);
    atomic_store(&world->fired, (uint32_t)fired);
    atomic_store(&world->done, (uint32_t)fired);
    return STRESS_UNCOUNTED;
}

static const struct stress_action_spec actions[] = {
    { .name = "put", .weight = 1, .perform = put }, { .name = "get", .weight = 1, .perform = get },
    { 0 }
};
static const struct stress_actor_spec actors[] = {
    { .name = "writer", .actions = actions, .start = start },
    { .name = "saboteur", .saboteur = true, .delay_ms = 2, .perform = sabotage },
    { 0 }
};

/* ---- hooks ------------------------------------------------------------------------------ */

static enum stress_env_result setup(struct stress_env *env)
{
    mode = stress_env_argument(env, "mode", "calls");
    dump = stress_env_argument(env, "dump", "");
    unsigned writers = (unsigned)strtoul(stress_env_argument(env, "writers", "2"), NULL, 10);
    bool arms = mode_arms() || mode_is("refusals") || mode_is("reset");
    if (stress_env_set_count(env, "writer", writers) < 0 ||
        stress_env_set_count(env, "saboteur", arms && !mode_is("reset") ? 1 : 0) < 0)
        return stress_env_fail(env, "counts");
    if (mode_is("none") && stress_env_inject(env, 0, "write:kill") != -EPERM)
        return stress_env_fail(env, "arming is possible without being asked for");
    return STRESS_ENV_OK;
}

/* The hook that a fault has brought about arms another one. */
static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    int writer = stress_env_actor_find(env, "writer", 0);
    if (!mode_is("reset") || atomic_load(&world->handle))
        return STRESS_ENV_OK;
    if (!why->announced)
        return stress_env_fail(env, "a fault is no announcement");
    if (stress_env_inject(env, -1, "write:kill") != -ENOENT ||
        stress_env_inject(env, writer, "write:oops") != -EINVAL ||
        stress_env_inject_fired(env, 0) != -ENOENT)
        return stress_env_fail(env, "refusals in a hook");
    int64_t handle = stress_env_inject(env, writer, "write:error=EROFS");
    atomic_store(&world->handle, handle + 1);
    return handle < 0 ? stress_env_fail(env, "armed: %ld", (long)handle) : STRESS_ENV_OK;
}

/* The check sees every operation that was cut off since the last one. */
static enum stress_env_result check_cut_off(struct stress_env *env, struct world *world)
{
    for (int i = 0; i < stress_env_actor_count(env) && i < ACTORS; i++) {
        world->cut_off[i] += stress_env_cut_off(env, i, NULL, NULL);
        if (atomic_load(&world->begun[i]) != atomic_load(&world->puts[i]) + world->cut_off[i])
            return stress_env_fail(env, "the check does not know of an operation cut off");
    }
    return STRESS_ENV_OK;
}

static enum stress_env_result check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    if (mode_is("cut-off"))
        return check_cut_off(env, world);
    int64_t handle = atomic_load(&world->handle) - 1;
    if (handle >= 0)
        atomic_store(&world->fired, (uint32_t)stress_env_inject_fired(env, handle));
    return STRESS_ENV_OK;
}

static enum stress_env_result teardown(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    FILE *out = *dump ? fopen(dump, "w") : NULL;
    if (!out)
        return STRESS_ENV_OK;
    for (uint32_t i = 0; i < atomic_load(&world->n) && i < ENTRIES; i++)
        fprintf(out, "order %u 0\n", (unsigned)atomic_load(&world->entry[i]) - 1);
    for (int i = 0; i < stress_env_actor_count(env) && i < ACTORS; i++)
        fprintf(out, "puts %d %u\nerrors %d %u\nfailed_at %d %lu\n", i,
                (unsigned)atomic_load(&world->puts[i]), i, (unsigned)atomic_load(&world->errors[i]),
                i, (unsigned long)atomic_load(&world->failed_at[i]));
    fprintf(out, "fired 0 %u\n", (unsigned)atomic_load(&world->fired));
    return fclose(out) ? stress_env_fail(env, "%s: %m", dump) : STRESS_ENV_OK;
}

static const struct stress_env_spec env = {
    .name = "inject", .global_size = sizeof(struct world), .actors = actors, .setup = setup,
    .reset = reset, .check = check, .teardown = teardown, .injects = INJECTS
};

STRESS_WORKLOAD(env)
