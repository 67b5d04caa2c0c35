/* SPDX-License-Identifier: MIT
 * leveldb.c: LevelDB, each put with a sync of the log, unless --sync=off is given.
 */
#include <leveldb/c.h>
#include <stdlib.h>

#include "store.h"

static leveldb_t *db;
static leveldb_options_t *options;
static leveldb_readoptions_t *reading;
static leveldb_writeoptions_t *writing;
static unsigned char syncing = 1;

static int result(const char *what, char *error)
{
    if (!error)
        return 0;
    store_fail("%s: %s", what, error);
    leveldb_free(error);
    return -1;
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
    char *error = NULL;
    options = leveldb_options_create();
    leveldb_options_set_create_if_missing(options, 1);
    reading = leveldb_readoptions_create();
    leveldb_readoptions_set_verify_checksums(reading, 1);
    writing = leveldb_writeoptions_create();
    leveldb_writeoptions_set_sync(writing, syncing);
    db = leveldb_open(options, store_path(directory, "store"), &error);
    return result("open", error);
}

static int put(struct bytes key, struct bytes value)
{
    char *error = NULL;
    leveldb_put(db, writing, key.data, key.size, value.data, value.size, &error);
    return result("put", error);
}

static int get(struct bytes key, int (*see)(struct bytes key, struct bytes value))
{
    char *error = NULL;
    struct bytes found;
    char *value = leveldb_get(db, reading, key.data, key.size, &found.size, &error);
    if (error)
        return result("get", error);
    found.data = value;
    int status = value ? see(key, found) : 0;
    leveldb_free(value);
    return status;
}

static int scan(int (*see)(struct bytes key, struct bytes value))
{
    leveldb_iterator_t *at = leveldb_create_iterator(db, reading);
    char *error = NULL;
    int status = 0;
    for (leveldb_iter_seek_to_first(at); status == 0 && leveldb_iter_valid(at);
         leveldb_iter_next(at)) {
        struct bytes key, value;
        key.data = leveldb_iter_key(at, &key.size);
        value.data = leveldb_iter_value(at, &value.size);
        status = see(key, value);
    }
    leveldb_iter_get_error(at, &error);
    if (error)
        status = result("iterate", error);
    leveldb_iter_destroy(at);
    return status;
}

static int close_store(void)
{
    leveldb_close(db);
    leveldb_writeoptions_destroy(writing);
    leveldb_readoptions_destroy(reading);
    leveldb_options_destroy(options);
    return 0;
}

const struct store store = { .name = "leveldb", .puts = 60, .configure = configure,
    .usage = " [--sync=off|full]", .open = open_store, .put = put,
    .get = get, .scan = scan, .close = close_store };
