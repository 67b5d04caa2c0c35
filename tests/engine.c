/* SPDX-License-Identifier: MIT
 * engine.c: a workload that shows how the engine behaves; engine.test runs it. `-- --mode=NAME`
 * selects what the actors do, `--dump=FILE` the file to which teardown writes what was seen, and
 * `--crowded=N` how many forks of runners fail with EAGAIN.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <stress.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 64, DRAWS = 64, ACTIONS = 3 };

struct world {
    _Atomic uint64_t ok;                    /* operations about to return STRESS_OK */
    _Atomic uint64_t action[ACTIONS];
    _Atomic uint64_t begun[WORKERS];        /* operations, by worker; also in the states */
    _Atomic uint64_t draw[WORKERS][DRAWS];  /* the first draw of an operation; 0: not done yet */
    _Atomic uint64_t slow;                  /* operations of the slow actor */
    _Atomic uint64_t broken;                /* the saboteur has announced a break */
    _Atomic uint64_t resets;                /* runs of the reset hook */
    _Atomic uint64_t announced;             /* ... for which there was an announcement */
    _Atomic uint64_t left;                  /* workers that have left at a boundary */
};

struct state {
    uint64_t begun;
};

static const char *mode, *dump;
static double crash_chance, reset_chance;
static unsigned workers, crowded, refused;

static bool mode_is(const char *name)
{
    return !strcmp(mode, name);
}

static void nap(void)
{
    struct timespec t = { 0, 1000000 };
    nanosleep(&t, NULL);
}

/* An operation that is done again must draw the same. */
static enum stress_outcome note_draw(struct stress_actor *a, struct world *world)
{
    uint64_t operation = stress_actor_operation(a), before = 0;
    uint64_t draw = stress_random_next(stress_actor_random(a)) | 1;
    int number = stress_actor_number(a);
    if (operation >= DRAWS || number >= WORKERS)
        return STRESS_OK;
    if (!atomic_compare_exchange_strong(&world->draw[number][operation], &before, draw) &&
        before != draw)
        return stress_actor_fail(a, "operation %lu drew something else before",
                           (unsigned long)operation);
    return STRESS_OK;
}

/* ---- threads of an operation ------------------------------------------------------------ */

enum { THREADS = 4, THREAD_DRAWS = 1000 };

struct job {
    struct stress_actor *actor;
    unsigned n;
    uint64_t sum; /* of what it drew */
    enum stress_outcome outcome;
};

static uint64_t draw_much(struct stress_actor *a, unsigned n)
{
    struct stress_random random;
    uint64_t sum = 0;
    stress_actor_random_split(a, n, &random);
    for (int i = 0; i < THREAD_DRAWS; i++)
        sum = sum * 31 + stress_random_next(&random);
    return sum;
}

/* Each thread fails with a text of one letter of its own. */
static void *thread(void *argument)
{
    struct job *job = argument;
    char text[STRESS_TEXT_MAX + 1];
    memset(text, 'a' + (int)job->n, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    job->sum = stress_actor_stopping(job->actor) ? 0 : draw_much(job->actor, job->n);
    if (mode_is("threads-fail"))
        job->outcome = stress_actor_fail(job->actor, "%s", text);
    return NULL;
}

/* What a thread draws is what this one draws for it, whatever the others do meanwhile. */
static enum stress_outcome use_threads(struct stress_actor *a)
{
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    uint64_t own = stress_random_next(stress_actor_random(a)), known = own;
    for (unsigned i = 0; i < THREADS; i++) {
        jobs[i] = (struct job){ .actor = a, .n = i };
        if (pthread_create(&threads[i], NULL, thread, &jobs[i]) != 0)
            abort();
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        if (jobs[i].outcome != STRESS_OK)
            return jobs[i].outcome;
        if (jobs[i].sum == known || (jobs[i].sum != 0 && jobs[i].sum != draw_much(a, i)))
            return stress_actor_fail(a, "the draws of thread %u depend on the others", i);
        known = jobs[i].sum;
    }
    return STRESS_OK;
}

/* The library's forks come here. */
__attribute__((visibility("default"))) pid_t fork(void)
{
    if (crowded == 0)
        return _Fork();
    crowded--;
    refused++;
    errno = EAGAIN;
    return -1;
}

static enum stress_outcome kill_server(void)
{
    FILE *file = fopen("server.pid", "re");
    int pid = 0;
    if (!file || fscanf(file, "%d", &pid) != 1 || pid <= 1)
        return STRESS_FAIL;
    fclose(file);
    return kill(pid, SIGKILL) ? STRESS_FAIL : STRESS_UNCOUNTED;
}

static enum stress_outcome break_once(struct world *world)
{
    if (atomic_exchange(&world->broken, 1)) {
        nap();
        return STRESS_UNCOUNTED;
    }
    return mode_is("unannounced") ? STRESS_RESET : kill_server();
}

static enum stress_outcome wait_for_break(struct world *world)
{
    nap();
    if (mode_is("announced") && atomic_load(&world->broken))
        return STRESS_RESET;
    return STRESS_UNCOUNTED;
}

/* No operation counts before all actors have begun: a short run could be over by then. */
static bool all_begun(struct stress_actor *a, struct world *world)
{
    for (int i = 0; i < stress_actor_count(a) && i < WORKERS; i++)
        if (i != stress_actor_number(a) && i < (int)workers && atomic_load(&world->begun[i]) == 0)
            return false;
    return true;
}

/* The part that differs from mode to mode; STRESS_OK: go on as usual. */
static enum stress_outcome special(struct stress_actor *a, struct world *world)
{
    if (mode_is("threads") || mode_is("threads-fail"))
        return use_threads(a);
    if (mode_is("fails-twice")) {
        stress_actor_fail(a, "the first reason");
        return stress_actor_fail(a, "the second reason");
    }
    if (strncmp(mode, "told", 4) == 0) {
        bool first = stress_actor_number(a) == 0 && all_begun(a, world);
        if (first && mode_is("told-hang"))
            for (;;)
                pause();
        nap();
        return first ? stress_actor_fail(a, "the first worker fails") : STRESS_UNCOUNTED;
    }
    bool untouched = atomic_load(&world->resets) == 0;
    if (untouched && (mode_is("unannounced") || mode_is("server-death")))
        return break_once(world);
    if (untouched && (mode_is("announced") || mode_is("server-announced")))
        return wait_for_break(world);
    if (mode_is("slow") && atomic_load(&world->slow) == 0) {
        nap();
        return STRESS_UNCOUNTED;
    }
    if (mode_is("stubborn"))
        for (;;)
            pause();
    if (mode_is("forever"))
        nap();
    return STRESS_OK;
}

static enum stress_outcome work(struct stress_actor *a, unsigned action)
{
    struct world *world = stress_actor_global(a);
    struct state *state = stress_actor_state(a);
    uint64_t begun = atomic_fetch_add(&world->begun[stress_actor_number(a) % WORKERS], 1);
    if (state->begun++ != begun && stress_actor_count(a) <= WORKERS)
        return stress_actor_fail(a, "actor state and global state differ");
    enum stress_outcome outcome = note_draw(a, world);
    if (outcome == STRESS_OK)
        outcome = special(a, world);
    if (outcome != STRESS_OK)
        return outcome;
    if (!all_begun(a, world)) {
        nap();
        return STRESS_UNCOUNTED;
    }
    if (stress_random_chance(stress_actor_random(a), crash_chance))
        raise(SIGKILL);
    if (stress_random_chance(stress_actor_random(a), reset_chance))
        return STRESS_RESET;
    if (mode_is("mixed") && stress_random_chance(stress_actor_random(a), 0.3))
        return STRESS_UNCOUNTED;
    atomic_fetch_add(&world->action[action], 1);
    atomic_fetch_add(&world->ok, 1);
    return STRESS_OK;
}

static enum stress_outcome often(struct stress_actor *a)
{
    return work(a, 0);
}

static enum stress_outcome sometimes(struct stress_actor *a)
{
    return work(a, 1);
}

static enum stress_outcome rarely(struct stress_actor *a)
{
    return work(a, 2);
}

static enum stress_outcome slow(struct stress_actor *a)
{
    atomic_fetch_add(&((struct world *)stress_actor_global(a))->slow, 1);
    return STRESS_UNCOUNTED;
}

static enum stress_outcome doomed(struct stress_actor *a)
{
    (void)a;
    raise(SIGKILL);
    return STRESS_OK;
}

/* Reaches its first operation after the time limit. */
static enum stress_outcome start_late(struct stress_actor *a)
{
    (void)a;
    sleep(4);
    return STRESS_OK;
}

/* None begins before all are forked. */
static enum stress_outcome start_worker(struct stress_actor *a)
{
    char path[64], line[4096] = "";
    int n = 0;
    if (!mode_is("gate"))
        return STRESS_OK;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)getppid(), (int)getppid());
    FILE *file = fopen(path, "re");
    if (!file || !fgets(line, sizeof line, file))
        return stress_actor_fail(a, "%s: %s", path, strerror(errno));
    fclose(file);
    for (const char *at = line; *at; at++)
        n += *at == ' ';
    return n >= stress_actor_count(a) ? STRESS_OK
                                      : stress_actor_fail(a, "only %d runners are forked", n);
}

static void stop_worker(struct stress_actor *a)
{
    atomic_fetch_add(&((struct world *)stress_actor_global(a))->left, 1);
}

/* Never reaches its first operation. */
static enum stress_outcome start_stuck(struct stress_actor *a)
{
    while (!stress_actor_stopping(a))
        nap();
    return STRESS_OK;
}

/* The workers ask for a reset as soon as they see the break: so it is announced first. */
static enum stress_outcome sabotage(struct stress_actor *a)
{
    struct world *world = stress_actor_global(a);
    if (atomic_load(&world->broken))
        return STRESS_UNCOUNTED;
    int r = mode_is("server-announced") ? stress_actor_signal_server(a, "store", SIGKILL)
                                        : stress_actor_announce(a, "a break on purpose");
    atomic_store(&world->broken, 1);
    return r ? stress_actor_fail(a, "refused: %s", strerror(-r)) : STRESS_UNCOUNTED;
}

static const struct stress_action_spec actions[] = {
    { .name = "often", .weight = 70, .perform = often },
    { .name = "sometimes", .weight = 20, .perform = sometimes },
    { .name = "rarely", .weight = 10, .perform = rarely },
    { 0 }
};

static const struct stress_actor_spec actors[] = {
    { .name = "worker", .state_size = sizeof(struct state), .actions = actions,
      .start = start_worker, .stop = stop_worker },
    { .name = "slow", .delay_ms = 3600000, .perform = slow },
    { .name = "doomed", .perform = doomed },
    { .name = "stuck", .start = start_stuck, .perform = slow },
    { .name = "late", .start = start_late, .perform = slow },
    { .name = "saboteur", .saboteur = true, .delay_ms = 1, .perform = sabotage },
    { 0 }
};

static int start_server(struct stress_env *env)
{
    static const char *const argv[] = {
        "/bin/sh", "-c", "echo $$ >server.pid.new && mv server.pid.new server.pid; echo ready; "
        "exec sleep 1000", NULL
    };
    const struct stress_server_spec spec = { .name = "store", .argv = argv,
                                             .ready_line = "ready" };
    return strncmp(mode, "server-", 7) ? 0 : stress_env_server_start(env, &spec);
}

static double chance(struct stress_env *env, const char *name)
{
    return strtod(stress_env_argument(env, name, "0"), NULL);
}

static enum stress_env_result setup(struct stress_env *env)
{
    const char *touch = getenv("ENGINE_TOUCH");
    mode = stress_env_argument(env, "mode", "plain");
    dump = stress_env_argument(env, "dump", "");
    crash_chance = chance(env, "crash");
    reset_chance = chance(env, "reset");
    workers = (unsigned)strtoul(stress_env_argument(env, "workers", "1"), NULL, 10);
    crowded = (unsigned)strtoul(stress_env_argument(env, "crowded", "0"), NULL, 10);
    bool saboteur = mode_is("announced") || mode_is("server-announced");
    if (touch)
        close(open(touch, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    if (stress_env_set_count(env, "worker", workers) ||
        stress_env_set_count(env, "slow", mode_is("slow")) ||
        stress_env_set_count(env, "doomed", mode_is("doomed")) ||
        stress_env_set_count(env, "stuck", mode_is("stuck")) ||
        stress_env_set_count(env, "late", mode_is("late")) ||
        stress_env_set_count(env, "saboteur", saboteur))
        return stress_env_fail(env, "the counts were refused");
    if (stress_env_set_count(env, "nobody", 1) != -ENOENT)
        return stress_env_fail(env, "an unknown type was accepted");
    return start_server(env) ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    struct world *world = stress_env_global(env);
    atomic_fetch_add(&world->resets, 1);
    if (why->announced)
        atomic_fetch_add(&world->announced, 1);
    return start_server(env) ? STRESS_ENV_FAIL : STRESS_ENV_OK;
}

static enum stress_env_result check(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    for (int i = 0; i < stress_env_actor_count(env) && i < WORKERS; i++) {
        const struct state *state = stress_env_actor_state(env, i);
        if (!strcmp(stress_env_actor_type(env, i), "worker") &&
            state->begun != atomic_load(&world->begun[i]))
            return stress_env_fail(env, "the state of actor %d was lost", i);
    }
    return STRESS_ENV_OK;
}

static enum stress_env_result teardown(struct stress_env *env)
{
    struct world *world = stress_env_global(env);
    FILE *file = *dump ? fopen(dump, "we") : NULL;
    if (!file)
        return *dump ? stress_env_fail(env, "%s: %s", dump, strerror(errno)) : STRESS_ENV_OK;
    fprintf(file, "{\"refused\": %u, \"ok\": %lu, \"resets\": %lu, \"announced\": %lu, "
            "\"actions\": [%lu, %lu, %lu], \"draws\": [", refused, (unsigned long)world->ok,
            (unsigned long)world->resets, (unsigned long)world->announced,
            (unsigned long)world->action[0],
            (unsigned long)world->action[1], (unsigned long)world->action[2]);
    for (int i = 0; i < stress_env_actor_count(env) && i < WORKERS; i++)
        for (unsigned j = 0; j < DRAWS; j++)
            fprintf(file, "%s\"%lx\"", i || j ? ", " : "", (unsigned long)world->draw[i][j]);
    fprintf(file, "]}\n");
    return fclose(file) ? stress_env_fail(env, "%s: %s", dump, strerror(errno)) : STRESS_ENV_OK;
}

/* While a finding is told no operation begins: all other workers leave, so this sees them all. */
static void describe(struct stress_env *env, char *text, size_t size)
{
    struct world *world = stress_env_global(env);
    uint64_t others = workers - 1 + mode_is("told"); /* a worker that fails leaves, too */
    if (strncmp(mode, "told", 4) != 0)
        return;
    for (int naps = 0; atomic_load(&world->left) < others && naps < 3000; naps++)
        nap();
    snprintf(text, size, "%lu have left", (unsigned long)atomic_load(&world->left));
}

static const struct stress_env_spec env = {
    .name = "engine", .global_size = sizeof(struct world), .actors = actors,
    .setup = setup, .reset = reset, .check = check, .teardown = teardown,
    .describe = describe
};

STRESS_WORKLOAD(env)
