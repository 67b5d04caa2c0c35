/* SPDX-License-Identifier: MIT
 * sqlite.c: a table in SQLite, each put a transaction. An index over the values
 * makes a transaction change several pages, which must agree.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "store.h"

static sqlite3 *db;
static sqlite3_stmt *put_statement, *get_statement;
static int journal = 1, syncs = 2;
static const char *const journals[] = { "off", "delete", "wal", NULL };
static const char *const synchronous[] = { "off", "normal", "full", "extra", NULL };

static int fail(const char *what)
{
    return store_fail("%s: %s", what, db ? sqlite3_errmsg(db) : "no memory");
}

static int configure(const char *option)
{
    int as_journal = store_choice(option, "--journal", journals);
    int as_sync = store_choice(option, "--sync", synchronous);
    if (as_journal >= 0)
        journal = as_journal;
    if (as_sync >= 0)
        syncs = as_sync;
    return as_journal < 0 && as_sync < 0 ? -1 : 0;
}

static int run(const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(sql);
}

static int prepare(const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2(db, sql, -1, statement, NULL) == SQLITE_OK ? 0 : fail(sql);
}

static int open_store(const char *directory)
{
    char modes[96];
    snprintf(modes, sizeof modes, "PRAGMA journal_mode=%s; PRAGMA synchronous=%s",
             journals[journal], synchronous[syncs]);
    if (sqlite3_open(store_path(directory, "store.db"), &db) != SQLITE_OK)
        return fail("open");
    return run(modes) < 0 ||
                   run("CREATE TABLE IF NOT EXISTS puts (key TEXT PRIMARY KEY, value BLOB)") < 0 ||
                   run("CREATE INDEX IF NOT EXISTS by_value ON puts (value)") < 0 ||
                   prepare("REPLACE INTO puts VALUES (?1, ?2)", &put_statement) < 0 ||
                   prepare("SELECT key, value FROM puts WHERE key = ?1", &get_statement) < 0
               ? -1
               : 0;
}

static int put(struct bytes key, struct bytes value)
{
    sqlite3_bind_text(put_statement, 1, key.data, (int)key.size, SQLITE_STATIC);
    sqlite3_bind_blob(put_statement, 2, value.data, (int)value.size, SQLITE_STATIC);
    sqlite3_step(put_statement);
    return sqlite3_reset(put_statement) == SQLITE_OK ? 0 : fail("put");
}

/* Shows all rows of a statement, then makes it ready for the next use. */
static int show(sqlite3_stmt *statement, int (*see)(struct bytes key, struct bytes value))
{
    int status = 0;
    while (status == 0 && sqlite3_step(statement) == SQLITE_ROW) {
        struct bytes key = { sqlite3_column_text(statement, 0),
                             (size_t)sqlite3_column_bytes(statement, 0) };
        struct bytes value = { sqlite3_column_blob(statement, 1),
                               (size_t)sqlite3_column_bytes(statement, 1) };
        status = see(key, value);
    }
    if (sqlite3_reset(statement) != SQLITE_OK && status == 0)
        return fail("select");
    return status;
}

static int get(struct bytes key, int (*see)(struct bytes key, struct bytes value))
{
    sqlite3_bind_text(get_statement, 1, key.data, (int)key.size, SQLITE_STATIC);
    return show(get_statement, see);
}

static int is_ok(struct bytes key, struct bytes value)
{
    (void)value;
    if (key.size == 2 && memcmp(key.data, "ok", 2) == 0)
        return 0;
    return store_fail("integrity_check: %.*s", (int)key.size, (const char *)key.data);
}

static int show_once(const char *sql, int (*see)(struct bytes key, struct bytes value))
{
    sqlite3_stmt *statement = NULL;
    int status = prepare(sql, &statement) < 0 ? -1 : show(statement, see);
    sqlite3_finalize(statement);
    return status;
}

static int scan(int (*see)(struct bytes key, struct bytes value))
{
    if (show_once("PRAGMA integrity_check(1)", is_ok) < 0)
        return -1;
    return show_once("SELECT key, value FROM puts", see);
}

static int close_store(void)
{
    sqlite3_finalize(put_statement);
    sqlite3_finalize(get_statement);
    return sqlite3_close(db) == SQLITE_OK ? 0 : fail("close");
}

const struct store store = { .name = "sqlite", .puts = 20, .configure = configure,
    .usage = " [--journal=off|delete|wal] [--sync=off|normal|full|extra]", .open = open_store,
    .put = put, .get = get, .scan = scan, .close = close_store };
