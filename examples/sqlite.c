/* SPDX-License-Identifier: MIT
 * sqlite.c: writers, readers and a deleter on one SQLite database file, and a saboteur that kills
 * them with SIGKILL inside their transactions. After each kill the database must hold every
 * transaction that was acknowledged, whole, and nothing of any other.
 *     stress-supervisor ./sqlite [-- --journal=wal|delete|off]
 * wal (the default) and delete keep that promise; off breaks it. A kill leaves the page cache of
 * the kernel alone, so this does not test what fsync is for: see filesystem.c for a power cut.
 * How model and database stay comparable, whatever the moment of a kill:
 *   - A value is PARTS rows with one transaction number, written in one transaction; its bytes
 *     follow from writer, key, number and part. So a half shows, and the model is the number alone.
 *   - Each key belongs to one writer. It notes the key as pending before BEGIN and the number in
 *     `held` after COMMIT returned. What is pending in check() was cut off: all of it or nothing
 *     may be there, and what the database says becomes the model.
 *   - A writer hands a key over to the deleter with one store to `given`, and gets it back with
 *     another: 0 (the writer's) -> number (the deleter's, to be deleted) -> GONE (deleted) -> 0.
 *     Only the owner changes the key or the word, so no kill leaves two owners or none.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <stress.h>

enum {
    WRITERS = 3,       /* actors 0, 1, 2 */
    DELETER = WRITERS, /* actor 3 */
    READERS = 2,
    KEYS = 32, /* of each writer */
    PARTS = 3,
    BODY_MIN = 500,
    BODY_MAX = 12000, /* with pages of 512 bytes a transaction changes some 80 pages, */
    CACHE_PAGES = 10  /* ... far more than the cache: they reach the file before COMMIT */
};
#define GONE UINT64_MAX /* in `given`: deleted */
#define HALF UINT64_MAX /* of look_up(): neither all rows of a transaction nor none */

struct model { /* actor state; other processes read it while it changes */
    _Atomic uint32_t inside;  /* between BEGIN and COMMIT; for the saboteur */
    _Atomic uint32_t pending; /* 1 + writer * KEYS + key of the transaction under way; 0: none */
    _Atomic uint64_t last;       /* of writers: highest transaction number used so far */
    _Atomic uint64_t held[KEYS]; /* ... acknowledged transaction; 0: the key is not there */
};

struct world { _Atomic uint64_t given[WRITERS][KEYS]; }; /* global state */

/* Each process has its own: a connection must not cross a fork. So a hook closes it before it
 * returns, and a runner opens its own in start(). */
static sqlite3 *db;
static const char *journal; /* set in setup, inherited by the runners */

/* ---- what operations and hooks share ---------------------------------------------------- */

static int make_body(unsigned char *body, uint64_t writer, uint64_t key, uint64_t tx, uint64_t part)
{
    uint64_t x = (writer << 56 ^ key << 40 ^ tx << 8 ^ part) * 0x9e3779b97f4a7c15;
    int size = BODY_MIN + (int)((x >> 32) % (BODY_MAX - BODY_MIN));
    for (int i = 0; i < size; i++) {
        x = x * 6364136223846793005 + 1442695040888963407;
        body[i] = (unsigned char)(x >> 56);
    }
    return size;
}

/* Runs one statement that returns no rows: numbers for ?1 ..., then a blob. An SQLite code. */
static int run(const char *sql, const uint64_t *numbers, int n, const void *body, int size)
{
    sqlite3_stmt *statement;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (rc != SQLITE_OK)
        return rc;
    for (int i = 0; i < n; i++)
        sqlite3_bind_int64(statement, i + 1, (sqlite3_int64)numbers[i]);
    if (body)
        sqlite3_bind_blob(statement, n + 1, body, size, SQLITE_STATIC);
    sqlite3_step(statement);
    return sqlite3_finalize(statement);
}

/* Opens the database of this run as every process must. */
static int open_database(const char *scratch)
{
    char path[4096], pragmas[128];
    snprintf(path, sizeof path, "%s/test.db", scratch);
    snprintf(pragmas, sizeof pragmas, "PRAGMA page_size=512; PRAGMA journal_mode=%s;"
             "PRAGMA synchronous=FULL; PRAGMA cache_size=%d", journal, CACHE_PAGES);
    int rc = sqlite3_open(path, &db);
    sqlite3_busy_timeout(db, 500);
    return rc == SQLITE_OK ? sqlite3_exec(db, pragmas, NULL, NULL, NULL) : rc;
}

/* The transaction that wrote the rows of a key; 0: no rows; HALF. Returns an SQLite code. */
static int look_up(uint64_t writer, uint64_t key, uint64_t *ret_tx)
{
    static unsigned char body[BODY_MAX];
    sqlite3_stmt *statement;
    uint64_t n = 0, first = 0;
    bool whole = true;
    int rc = sqlite3_prepare_v2(db, "SELECT part, tx, body FROM parts WHERE writer=?1 AND key=?2"
                                    " ORDER BY part", -1, &statement, NULL);
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)writer);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)key);
    for (; sqlite3_step(statement) == SQLITE_ROW; n++) {
        uint64_t tx = (uint64_t)sqlite3_column_int64(statement, 1);
        int size = make_body(body, writer, key, tx, n);
        first = n == 0 ? tx : first;
        whole = whole && (uint64_t)sqlite3_column_int64(statement, 0) == n && tx == first &&
                sqlite3_column_bytes(statement, 2) == size &&
                memcmp(sqlite3_column_blob(statement, 2), body, (size_t)size) == 0;
    }
    *ret_tx = n == 0 ? 0 : n == PARTS && whole ? first : HALF;
    return sqlite3_finalize(statement);
}

/* ---- operations ------------------------------------------------------------------------- */

/* Waits for a lock in steps, so that the end of a generation need not wait for it. */
static int busy(void *actor, int tries)
{
    if (tries > 4000 || stress_actor_stopping(actor))
        return 0;
    usleep(500);
    return 1;
}

/* Somebody else held the lock for too long: no matter. Anything else is a finding. */
static enum stress_outcome trouble(struct stress_actor *a, int rc)
{
    if ((rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_PROTOCOL)
        return STRESS_UNCOUNTED;
    return stress_actor_fail(a, "%s (%d)", sqlite3_errmsg(db), rc);
}

static enum stress_outcome start(struct stress_actor *a)
{
    const char *scratch = stress_actor_scratch(a);
    int rc;
    while ((rc = open_database(scratch)) == SQLITE_BUSY && !stress_actor_stopping(a))
        sqlite3_close(db);
    sqlite3_busy_handler(db, busy, a);
    return rc == SQLITE_OK || rc == SQLITE_BUSY ? STRESS_OK : trouble(a, rc);
}

static void stop(struct stress_actor *a)
{
    (void)a;
    sqlite3_close(db);
}

/* One transaction: the rows of a key go, and for `tx` other than 0 its rows come. EXCLUSIVE takes
 * all locks at once, so that nothing behind BEGIN is busy. */
static enum stress_outcome transact(struct stress_actor *a, uint64_t writer, uint64_t key,
                                    uint64_t tx)
{
    static unsigned char body[BODY_MAX];
    struct model *me = stress_actor_state(a);
    uint64_t row[4] = { writer, key, 0, tx };
    atomic_store(&me->pending, (uint32_t)(1 + writer * KEYS + key));
    int rc = run("BEGIN EXCLUSIVE", NULL, 0, NULL, 0);
    if (rc != SQLITE_OK) {
        atomic_store(&me->pending, 0);
        return trouble(a, rc);
    }
    atomic_store(&me->inside, 1);
    rc = run("DELETE FROM parts WHERE writer=?1 AND key=?2", row, 2, NULL, 0);
    for (; tx != 0 && row[2] < PARTS && rc == SQLITE_OK; row[2]++)
        rc = run("INSERT INTO parts VALUES (?1, ?2, ?3, ?4, ?5)", row, 4, body,
                 make_body(body, writer, key, tx, row[2]));
    atomic_store(&me->inside, 0);
    if (rc == SQLITE_OK)
        rc = run("COMMIT", NULL, 0, NULL, 0);
    return rc == SQLITE_OK ? STRESS_OK : stress_actor_fail(a, "%s (%d)", sqlite3_errmsg(db), rc);
}

static enum stress_outcome put(struct stress_actor *a)
{
    struct model *me = stress_actor_state(a);
    unsigned writer = stress_actor_index(a);
    struct stress_random *random = stress_actor_random(a);
    uint64_t key = stress_random_below(random, KEYS), tx = me->last + 1;
    _Atomic uint64_t *given = &((struct world *)stress_actor_global(a))->given[writer][key];
    if (atomic_load(given) == GONE) { /* take it back */
        atomic_store(&me->held[key], 0);
        atomic_store(given, 0);
    }
    if (atomic_load(given) != 0)
        return STRESS_UNCOUNTED; /* the deleter's */
    atomic_store(&me->last, tx);
    enum stress_outcome outcome = transact(a, writer, key, tx);
    if (outcome != STRESS_OK)
        return outcome; /* after a failure it stays pending: nobody knows what is stored */
    atomic_store(&me->held[key], tx); /* acknowledged */
    atomic_store(&me->pending, 0);
    if (stress_random_chance(random, 0.2))
        atomic_store(given, tx);
    return STRESS_OK;
}

static enum stress_outcome delete_one(struct stress_actor *a)
{
    struct model *me = stress_actor_state(a);
    struct world *world = stress_actor_global(a);
    uint64_t from = stress_random_below(stress_actor_random(a), WRITERS * KEYS);
    for (uint64_t i = 0; i < WRITERS * KEYS; i++) {
        uint64_t writer = (from + i) / KEYS % WRITERS, key = (from + i) % KEYS;
        _Atomic uint64_t *given = &world->given[writer][key];
        if (*given == 0 || *given == GONE)
            continue;
        enum stress_outcome outcome = transact(a, writer, key, 0);
        if (outcome == STRESS_OK) {
            atomic_store(given, GONE); /* acknowledged, and handed back */
            atomic_store(&me->pending, 0);
        }
        return outcome;
    }
    return STRESS_UNCOUNTED; /* nothing to delete */
}

/* What is acknowledged must be seen by everybody. Where the model changes meanwhile, the rows only
 * have to be whole and not older than what was acknowledged before. */
static enum stress_outcome get(struct stress_actor *a)
{
    struct stress_random *random = stress_actor_random(a);
    int writer = (int)stress_random_below(random, WRITERS);
    uint64_t key = stress_random_below(random, KEYS), tx;
    const struct model *model = stress_actor_state_of(a, writer);
    const struct world *world = stress_actor_global(a);
    uint64_t held = model->held[key], given = world->given[writer][key];
    int rc = look_up((uint64_t)writer, key, &tx);
    if (rc != SQLITE_OK)
        return trouble(a, rc);
    bool lost = tx == 0 && held != 0 && given == 0 && world->given[writer][key] == 0 &&
                model->held[key] == held;
    if (tx == HALF || lost || (tx != 0 && tx < held))
        return stress_actor_fail(a, "key %ju of writer %d: %s", (uintmax_t)key, writer,
                                 tx == HALF ? "half a transaction"
                                            : "an acknowledged one is not there");
    return STRESS_OK;
}

/* ---- the saboteur ----------------------------------------------------------------------- */

/* Every kill ends the generation, so the pause is here and no delay of the actor. */
static void pause_a_while(struct stress_actor *a)
{
    uint64_t ms = 50 + stress_random_below(stress_actor_random(a), 150);
    for (; ms > 0 && !stress_actor_stopping(a); ms--)
        usleep(1000);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Waits for a writer or the deleter to be inside a transaction, and a little longer. */
static enum stress_outcome kill_inside(struct stress_actor *a)
{
    struct stress_random *random = stress_actor_random(a);
    int victim = (int)stress_random_below(random, WRITERS + 1);
    const struct model *model = stress_actor_state_of(a, victim);
    pause_a_while(a);
    double end = seconds() + 0.2;
    while (seconds() < end && !model->inside && !stress_actor_stopping(a))
        usleep(10);
    usleep((useconds_t)stress_random_below(random, 400));
    /* If it fails, the victim was just leaving. */
    return stress_actor_signal(a, victim, SIGKILL) == 0 ? STRESS_OK : STRESS_UNCOUNTED;
}

/* Nobody is left who could repair the database before reset() opens it. */
static enum stress_outcome kill_all(struct stress_actor *a)
{
    pause_a_while(a);
    for (int number = 0; number < WRITERS + 1 + READERS; number++)
        stress_actor_signal(a, number, SIGKILL);
    return STRESS_OK;
}

/* ---- hooks ------------------------------------------------------------------------------ */

/* An empty database and an empty model; for the start, and for a database that is found broken, so
 * that the next generation is about the next defect. Returns `result`, or its own failure. */
static enum stress_env_result start_over(struct stress_env *env, enum stress_env_result result)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-journal" };
    char path[4096];
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        snprintf(path, sizeof path, "%s/test.db%s", stress_env_scratch(env), suffixes[i]);
        unlink(path);
    }
    memset(stress_env_global(env), 0, sizeof(struct world));
    for (int i = 0; i < WRITERS; i++) {
        struct model *model = stress_env_actor_state(env, i);
        if (model) /* not there in setup, and empty then */
            memset(model->held, 0, sizeof model->held);
    }
    if (open_database(stress_env_scratch(env)) != SQLITE_OK ||
        run("CREATE TABLE parts (writer INTEGER, key INTEGER, part INTEGER, tx INTEGER, body BLOB,"
            " PRIMARY KEY (writer, key, part))", NULL, 0, NULL, 0) != SQLITE_OK)
        result = stress_env_fail(env, "cannot make the database: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return result;
}

static enum stress_env_result setup(struct stress_env *env)
{
    journal = stress_env_argument(env, "journal", "wal");
    if (strcmp(journal, "wal") && strcmp(journal, "delete") && strcmp(journal, "off"))
        return stress_env_usage(env, "--journal=%s: must be wal, delete or off", journal);
    return stress_env_restarts(env) > 0 ? STRESS_ENV_OK : start_over(env, STRESS_ENV_OK);
}

/* Opening and reading makes SQLite recover. */
static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    (void)why;
    enum stress_env_result result = STRESS_ENV_OK;
    if (open_database(stress_env_scratch(env)) != SQLITE_OK ||
        sqlite3_exec(db, "SELECT count(*) FROM parts", NULL, NULL, NULL) != SQLITE_OK)
        result = stress_env_fail(env, "cannot open the database again: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return result == STRESS_ENV_OK ? result : start_over(env, result);
}

static enum stress_env_result check_integrity(struct stress_env *env)
{
    sqlite3_stmt *statement;
    const char *verdict = NULL;
    if (sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        verdict = (const char *)sqlite3_column_text(statement, 0);
    if (!verdict)
        verdict = sqlite3_errmsg(db);
    const char *line = strrchr(verdict, '\n'); /* the first one only says "in database main" */
    bool good = strcmp(verdict, "ok") == 0;
    if (!good)
        stress_env_fail(env, "integrity_check: %s", line ? line + 1 : verdict);
    sqlite3_finalize(statement);
    return good ? STRESS_ENV_OK : STRESS_ENV_FAIL;
}

/* Compares one key with the model, and makes what was cut off part of it. */
static enum stress_env_result check_key(struct stress_env *env, int w, uint32_t key)
{
    struct model *writer = stress_env_actor_state(env, w);
    struct model *deleter = stress_env_actor_state(env, DELETER);
    _Atomic uint64_t *given = &((struct world *)stress_env_global(env))->given[w][key];
    uint64_t expected = *given == GONE ? 0 : writer->held[key], tx;
    if (look_up((uint64_t)w, key, &tx) != SQLITE_OK)
        return stress_env_fail(env, "cannot read the database: %s", sqlite3_errmsg(db));
    uint32_t this_one = 1 + (uint32_t)w * KEYS + key;
    bool put = writer->pending == this_one && tx == writer->last;
    bool deleted = deleter->pending == this_one && tx == 0 && *given != 0;
    if (tx == HALF)
        return stress_env_fail(env, "key %u of writer %d: half a transaction", key, w);
    if (tx != expected && !put && !deleted)
        return stress_env_fail(env, "key %u of writer %d: acknowledged %ju (0: none), found %ju",
                               key, w, (uintmax_t)expected, (uintmax_t)tx);
    writer->held[key] = tx;
    *given = *given == tx ? tx : 0; /* what is still to be deleted stays the deleter's */
    return STRESS_ENV_OK;
}

static enum stress_env_result check(struct stress_env *env)
{
    enum stress_env_result result = open_database(stress_env_scratch(env)) == SQLITE_OK
        ? check_integrity(env)
        : stress_env_fail(env, "cannot open the database: %s", sqlite3_errmsg(db));
    for (uint32_t i = 0; i < WRITERS * KEYS && result == STRESS_ENV_OK; i++)
        result = check_key(env, (int)(i / KEYS), i % KEYS);
    for (int i = 0; i <= DELETER; i++) {
        struct model *model = stress_env_actor_state(env, i);
        model->pending = model->inside = 0;
    }
    sqlite3_close(db);
    return result == STRESS_ENV_OK ? result : start_over(env, result);
}

static const struct stress_action_spec sabotage[] = {
    { .name = "kill-inside", .weight = 3, .perform = kill_inside },
    { .name = "kill-all", .weight = 1, .perform = kill_all }, {0} };

static const struct stress_actor_spec actors[] = {
    { .name = "writer", .count = WRITERS, .state_size = sizeof(struct model), .perform = put,
      .delay_ms = 2, .start = start, .stop = stop }, /* the delay lets others have the lock */
    { .name = "deleter", .state_size = sizeof(struct model), .perform = delete_one,
      .delay_ms = 2, .start = start, .stop = stop },
    { .name = "reader", .count = READERS, .perform = get, .start = start, .stop = stop },
    { .name = "killer", .saboteur = true, .actions = sabotage }, {0} };

static const struct stress_env_spec sqlite_env = {
    .name = "sqlite", .global_size = sizeof(struct world), .actors = actors, .time_limit_s = 10,
    .setup = setup, .reset = reset, .check = check };

STRESS_WORKLOAD(sqlite_env)
