/* SPDX-License-Identifier: MIT
 * gdbm.c: GDBM as one gets it: the file is mapped. Each put is followed by
 * gdbm_sync(), unless --sync=off is given.
 */
#include <gdbm.h>
#include <stdbool.h>
#include <stdlib.h>

#include "store.h"

static GDBM_FILE db;
static bool syncing = true;

static int fail(const char *what)
{
    return store_fail("%s: %s", what, db ? gdbm_db_strerror(db) : gdbm_strerror(gdbm_errno));
}

/* GDBM does not change what a datum points to; it only lacks the const. */
static datum to_datum(struct bytes bytes)
{
    union { const void *in; char *out; } data = { .in = bytes.data };
    return (datum) { data.out, (int)bytes.size };
}

static struct bytes to_bytes(datum d)
{
    return (struct bytes) { d.dptr, (size_t)d.dsize };
}

static int configure(const char *option)
{
    static const char *const syncs[] = { "off", "full", NULL };
    int sync = store_choice(option, "--sync", syncs);
    syncing = sync != 0;
    return sync < 0 ? -1 : 0;
}

static int open_store(const char *directory)
{
    db = gdbm_open(store_path(directory, "store.gdbm"), 0, GDBM_WRCREAT, 0644, NULL);
    return db ? 0 : fail("open");
}

static int put(struct bytes key, struct bytes value)
{
    if (gdbm_store(db, to_datum(key), to_datum(value), GDBM_REPLACE) != 0)
        return fail("put");
    return !syncing || gdbm_sync(db) == 0 ? 0 : fail("sync");
}

static int get(struct bytes key, int (*see)(struct bytes key, struct bytes value))
{
    datum value = gdbm_fetch(db, to_datum(key));
    if (!value.dptr)
        return gdbm_errno == GDBM_ITEM_NOT_FOUND ? 0 : fail("get");
    int status = see(key, to_bytes(value));
    free(value.dptr);
    return status;
}

static int scan(int (*see)(struct bytes key, struct bytes value))
{
    int status = 0;
    datum key = gdbm_firstkey(db);
    while (key.dptr && status == 0) {
        status = get(to_bytes(key), see);
        datum next = gdbm_nextkey(db, key);
        free(key.dptr);
        key = next;
    }
    free(key.dptr);
    if (status == 0 && gdbm_errno != GDBM_ITEM_NOT_FOUND)
        return fail("iterate");
    return status;
}

static int close_store(void)
{
    return gdbm_close(db) == 0 ? 0 : fail("close");
}

const struct store store = { .name = "gdbm", .puts = 300, .configure = configure,
    .usage = " [--sync=off|full]", .open = open_store, .put = put,
    .get = get, .scan = scan, .close = close_store };
