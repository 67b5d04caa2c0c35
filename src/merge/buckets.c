/* SPDX-License-Identifier: MIT
 * buckets.c: see buckets.h.
 */
#include "merge/buckets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/format.h"
#include "merge/copy.h"
#include "record/record.h"

enum { NAME = 1536, DIRECTORY = 256 };

struct bucket {
    json_t *finding;           /* as the first shard has it, with the sums. Owned */
    uint64_t count;
    double first_at, last_at;  /* seconds since 1970 */
    off_t replay;              /* bytes of the shortest replay file; 0: none has one */
    const char *path;          /* the run directory of the one to copy */
    char directory[DIRECTORY]; /* below it; "": none */
};

/* ---- adding ------------------------------------------------------------------------------- */

static const char *name_of(const json_t *finding, char name[NAME])
{
    char kind[64], title[NAME / 2];
    if (*member_get_text(finding, "bucket", "", name, NAME))
        return name;
    snprintf(name, NAME, "%s %s", member_get_text(finding, "kind", "?", kind, sizeof kind),
             member_get_text(finding, "title", "", title, sizeof title));
    return name;
}

static struct bucket *append(struct buckets *buckets, const json_t *finding, const char *name)
{
    if (buckets->n == buckets->room) {
        size_t room = buckets->room ? 2 * buckets->room : 64;
        struct bucket *more = realloc(buckets->list, room * sizeof *more);
        if (!more)
            return NULL;
        buckets->list = more;
        buckets->room = room;
    }
    if (!buckets->numbers)
        buckets->numbers = json_object();
    member_set(&buckets->numbers, name, json_integer((json_int_t)buckets->n));
    json_t *copy = json_copy((json_t *)(uintptr_t)finding);
    if (!buckets->numbers || !copy) {
        json_decref(copy);
        return NULL;
    }
    buckets->list[buckets->n] = (struct bucket){ .finding = copy };
    return &buckets->list[buckets->n++];
}

static struct bucket *find(const struct buckets *buckets, const char *name)
{
    const json_t *number = json_object_get(buckets->numbers, name);
    return number ? &buckets->list[json_integer_value(number)] : NULL;
}

/* The bucket that stands for all of a kind when there are too many. */
static struct bucket *add_more(struct buckets *buckets, const json_t *finding)
{
    char name[NAME], kind[64], title[128];
    member_get_text(finding, "kind", "?", kind, sizeof kind);
    snprintf(name, sizeof name, "%s (more)", kind);
    struct bucket *bucket = find(buckets, name);
    if (bucket || !(bucket = append(buckets, finding, name)))
        return bucket;
    snprintf(title, sizeof title, "more than %d findings: further ones of this kind are only "
             "counted", BUCKETS_MOST);
    member_text(&bucket->finding, "title", title);
    member_text(&bucket->finding, "bucket", name);
    json_object_del(bucket->finding, "known");
    return bucket;
}

/* Sets "first" or "last", with the machine and the shard. */
static void set_end(struct bucket *bucket, const char *key, const json_t *end, const json_t *result)
{
    const json_t *shard = json_object_get(result, "shard");
    json_t *copy = json_is_object(end) ? json_copy((json_t *)(uintptr_t)end) : json_object();
    char machine[256];
    member_text(&copy, "machine", member_get_text(result, "machine", "", machine, sizeof machine));
    member_count(&copy, "shard", member_get_count(shard, "number"));
    member_set(&bucket->finding, key, copy);
}

/* Notes where it was seen. `started`: that of its run. */
static void take_ends(struct bucket *bucket, const json_t *finding, const json_t *result,
                      int64_t started)
{
    const json_t *first = json_object_get(finding, "first");
    const json_t *last = json_object_get(finding, "last");
    if (!last)
        last = first;
    double first_at = (double)started + member_get_real(first, "time_s");
    double last_at = (double)started + member_get_real(last, "time_s");
    if (bucket->count == 0 || first_at < bucket->first_at) {
        bucket->first_at = first_at;
        set_end(bucket, "first", first, result);
    }
    if (bucket->count == 0 || last_at > bucket->last_at) {
        bucket->last_at = last_at;
        set_end(bucket, "last", last, result);
    }
}

/* Notes the directory of the finding if it has the shortest replay so far, or the first at all. */
static void take_directory(struct bucket *bucket, const json_t *finding, int at, const char *path)
{
    char directory[DIRECTORY], replay[DIRECTORY + 16];
    struct stat status = { .st_size = 0 };
    if (!copy_is_directory(member_get_text(finding, "directory", "", directory, sizeof directory)))
        return;
    snprintf(replay, sizeof replay, "%s/replay", directory);
    if (fstatat(at, replay, &status, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(status.st_mode))
        status.st_size = 0;
    if (*bucket->directory &&
        (status.st_size == 0 || (bucket->replay > 0 && status.st_size >= bucket->replay)))
        return;
    memcpy(bucket->directory, directory, sizeof directory);
    bucket->replay = status.st_size;
    bucket->path = path;
}

/* A finding of states in one more shard. Whether the repair removes these, too, is not known. */
static void add_states(struct bucket *bucket, const json_t *finding)
{
    uint64_t states = member_get_count(finding, "states");
    if (!json_object_get(finding, "states"))
        return;
    member_count(&bucket->finding, "states",
                 member_get_count(bucket->finding, "states") + states);
    json_object_del(bucket->finding, "repair");
}

int buckets_add(struct buckets *buckets, const json_t *result, int at, const char *path)
{
    const json_t *list = json_object_get(result, "findings"), *finding;
    int64_t started = member_get_instant(result, "started");
    char name[NAME];
    size_t i;
    json_array_foreach(list, i, finding) {
        struct bucket *bucket = find(buckets, name_of(finding, name));
        if (!bucket)
            bucket = buckets->n < BUCKETS_MOST ? append(buckets, finding, name)
                                               : add_more(buckets, finding);
        if (!bucket)
            return -1;
        if (bucket->count > 0)
            add_states(bucket, finding);
        if (!finding_is_known(finding))
            json_object_del(bucket->finding, "known");
        take_ends(bucket, finding, result, started);
        take_directory(bucket, finding, at, path);
        uint64_t count = member_get_count(finding, "count");
        bucket->count += count > UINT64_MAX - bucket->count ? 0 : count;
        if (!bucket->finding)
            return -1;
    }
    return 0;
}

void buckets_numbers(const struct buckets *buckets, const json_t *result, json_t *numbers)
{
    const json_t *list = json_object_get(result, "findings"), *finding;
    char name[NAME], id[32];
    size_t i;
    json_array_foreach(list, i, finding) {
        const struct bucket *bucket = find(buckets, name_of(finding, name));
        snprintf(id, sizeof id, "%llu", (unsigned long long)member_get_count(finding, "id"));
        if (bucket)
            json_object_set_new(numbers, id,
                                json_integer((json_int_t)(bucket - buckets->list) + 1));
    }
}

bool buckets_has_unknown(const struct buckets *buckets)
{
    for (size_t i = 0; i < buckets->n; i++)
        if (!finding_is_known(buckets->list[i].finding))
            return true;
    return false;
}

/* ---- writing ------------------------------------------------------------------------------ */

void buckets_copy(struct buckets *buckets, struct rundir *rundir)
{
    size_t kept = 0;
    for (size_t i = 0; i < buckets->n; i++) {
        struct bucket *bucket = &buckets->list[i];
        char name[DIRECTORY] = "";
        if (*bucket->directory && kept < RUNDIR_FINDINGS_MOST) {
            member_count(&bucket->finding, "id", i + 1);
            member_count(&bucket->finding, "count", bucket->count);
            copy_finding(rundir, bucket->path, bucket->directory, bucket->finding, name, &kept);
        }
        if (*bucket->directory)
            member_text(&bucket->finding, "directory", name);
    }
}

json_t *buckets_json(const struct buckets *buckets)
{
    json_t *list = json_array();
    for (size_t i = 0; i < buckets->n; i++) {
        json_t *finding = json_copy(buckets->list[i].finding);
        member_count(&finding, "id", i + 1);
        member_count(&finding, "count", buckets->list[i].count);
        member_append(&list, finding);
    }
    return list;
}

void buckets_free(struct buckets *buckets)
{
    for (size_t i = 0; i < buckets->n; i++)
        json_decref(buckets->list[i].finding);
    free(buckets->list);
    json_decref(buckets->numbers);
    *buckets = (struct buckets){ .n = 0 };
}
