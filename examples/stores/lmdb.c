/* SPDX-License-Identifier: MIT
 * lmdb.c: LMDB with its default flags, each put a transaction; --sync=off is its MDB_NOSYNC.
 */
#include <lmdb.h>

#include "store.h"

static MDB_env *env;
static MDB_dbi dbi;
static unsigned flags = MDB_NOSUBDIR;

static int fail(const char *what, int error)
{
    return store_fail("%s: %s", what, mdb_strerror(error));
}

/* LMDB does not change what a value points to here; it only lacks the const. */
static MDB_val to_val(struct bytes bytes)
{
    union { const void *in; void *out; } data = { .in = bytes.data };
    return (MDB_val) { bytes.size, data.out };
}

static struct bytes to_bytes(MDB_val val)
{
    return (struct bytes) { val.mv_data, val.mv_size };
}

static int configure(const char *option)
{
    static const char *const syncs[] = { "off", "full", NULL };
    int sync = store_choice(option, "--sync", syncs);
    flags = sync == 0 ? MDB_NOSUBDIR | MDB_NOSYNC : MDB_NOSUBDIR;
    return sync < 0 ? -1 : 0;
}

static int open_store(const char *directory)
{
    MDB_txn *txn;
    int error = mdb_env_create(&env);
    if (error)
        return fail("create", error);
    error = mdb_env_open(env, store_path(directory, "store.mdb"), flags, 0644);
    if (error)
        return fail("open", error);
    error = mdb_txn_begin(env, NULL, 0, &txn);
    if (error)
        return fail("begin", error);
    error = mdb_dbi_open(txn, NULL, 0, &dbi);
    if (error) {
        mdb_txn_abort(txn);
        return fail("open", error);
    }
    error = mdb_txn_commit(txn);
    return error ? fail("commit", error) : 0;
}

static int put(struct bytes key, struct bytes value)
{
    MDB_txn *txn;
    MDB_val k = to_val(key), v = to_val(value);
    int error = mdb_txn_begin(env, NULL, 0, &txn);
    if (error)
        return fail("begin", error);
    error = mdb_put(txn, dbi, &k, &v, 0);
    if (error) {
        mdb_txn_abort(txn);
        return fail("put", error);
    }
    error = mdb_txn_commit(txn);
    return error ? fail("commit", error) : 0;
}

static int get(struct bytes key, int (*see)(struct bytes key, struct bytes value))
{
    MDB_txn *txn;
    MDB_val k = to_val(key), v;
    int error = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (error)
        return fail("begin", error);
    error = mdb_get(txn, dbi, &k, &v);
    int status = error == MDB_NOTFOUND ? 0 : error ? fail("get", error) : see(key, to_bytes(v));
    mdb_txn_abort(txn);
    return status;
}

static int scan(int (*see)(struct bytes key, struct bytes value))
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val k, v;
    int status = 0, error = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
    if (error)
        return fail("begin", error);
    error = mdb_cursor_open(txn, dbi, &cursor);
    if (error) {
        mdb_txn_abort(txn);
        return fail("cursor", error);
    }
    while (status == 0 && (error = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
        status = see(to_bytes(k), to_bytes(v));
    mdb_cursor_close(cursor);
    mdb_txn_abort(txn);
    if (status == 0 && error != MDB_NOTFOUND)
        return fail("iterate", error);
    return status;
}

static int close_store(void)
{
    mdb_env_close(env);
    return 0;
}

const struct store store = { .name = "lmdb", .puts = 40, .configure = configure,
    .usage = " [--sync=off|full]", .open = open_store, .put = put,
    .get = get, .scan = scan, .close = close_store };
