/* SPDX-License-Identifier: MIT
 * clean.c: see clean.h. A run holds a lock on its directory (rundir/directory.h). events.jsonl,
 * which tells that a directory is one of a run, is removed last: what an interrupted removal leaves
 * is removed by the next one.
 */
#include "clean/clean.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "rundir/rundir.h"

/* One run directory. */
struct entry {
    char *name;
    uint64_t age_ns; /* since its last event */
};

struct clean {
    const struct options *options;
    const char *place;      /* as typed */
    int at;                 /* where they lie */
    struct entry *entries;  /* n of them, the youngest first */
    size_t n, room;
    size_t removed, in_use, failed;
};

/* Does events.jsonl begin with a start? *ret_age: since its last change. */
static bool is_run(int at, uint64_t *ret_age)
{
    struct stat status;
    struct timespec now;
    json_t *start = rundir_start(at);
    bool found = start != NULL;
    *ret_age = 0;
    json_decref(start);
    if (!found || fstatat(at, "events.jsonl", &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        clock_gettime(CLOCK_REALTIME, &now) < 0)
        return false;
    int64_t age_ns = (now.tv_sec - status.st_mtim.tv_sec) * (int64_t)CLOCK_SECOND +
                     now.tv_nsec - status.st_mtim.tv_nsec;
    *ret_age = age_ns > 0 ? (uint64_t)age_ns : 0;
    return true;
}

static int open_below(int at, const char *name)
{
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static int add(struct clean *clean, const char *name, uint64_t age_ns, struct error *error)
{
    if (clean->n == clean->room) {
        size_t room = 2 * clean->room + 16;
        struct entry *more = realloc(clean->entries, room * sizeof *more);
        if (!more)
            return error_set(error, ENOMEM, "cannot list '%.300s'", clean->place);
        clean->entries = more;
        clean->room = room;
    }
    char *copy = strdup(name);
    if (!copy)
        return error_set(error, ENOMEM, "cannot list '%.300s'", clean->place);
    clean->entries[clean->n++] = (struct entry){ copy, age_ns };
    return 0;
}

static int by_age(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    if (left->age_ns != right->age_ns)
        return left->age_ns > right->age_ns ? 1 : -1;
    return strcmp(right->name, left->name); /* names have the date */
}

static int list(struct clean *clean, struct error *error)
{
    int own = fcntl(clean->at, F_DUPFD_CLOEXEC, 0), result = 0;
    DIR *directory = own < 0 ? NULL : fdopendir(own);
    if (!directory) {
        error_set(error, errno, "cannot read '%.300s'", clean->place);
        fd_close(&own);
        return -1;
    }
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));) {
        uint64_t age_ns;
        int at FD_CLEANUP = entry->d_name[0] == '.' ? -1 : open_below(clean->at, entry->d_name);
        if (at >= 0 && is_run(at, &age_ns))
            result = add(clean, entry->d_name, age_ns, error);
    }
    closedir(directory);
    if (clean->n > 0)
        qsort(clean->entries, clean->n, sizeof *clean->entries, by_age);
    return result;
}

/* Removes all in the directory, and last of all what tells that it is one of a run. */
static int remove_run(const struct clean *clean, int run, const char *name, struct error *error)
{
    int own = fcntl(run, F_DUPFD_CLOEXEC, 0), result = 0;
    DIR *directory = own < 0 ? NULL : fdopendir(own);
    if (!directory) {
        error_set(error, errno, "cannot remove '%.200s'", name);
        fd_close(&own);
        return -1;
    }
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));) {
        const char *part = entry->d_name;
        struct stat status;
        if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0 ||
            strcmp(part, "events.jsonl") == 0 ||
            fstatat(run, part, &status, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        if (S_ISDIR(status.st_mode))
            result = tree_remove_at(run, part, error);
        else if (unlinkat(run, part, 0) < 0)
            result = error_set(error, errno, "cannot remove '%.100s' in '%.200s'", part, name);
    }
    closedir(directory);
    return result < 0 ? -1 : tree_remove_at(clean->at, name, error);
}

static void say(const struct clean *clean, const char *what, const struct entry *entry)
{
    char name[256], age[32];
    text_copy(name, sizeof name, entry->name);
    if (clean->options->verbosity >= 0)
        printf("%s %s/%s, %s old\n", what, clean->place, name,
               text_format_duration(entry->age_ns, age, sizeof age));
}

static void take(struct clean *clean, const struct entry *entry)
{
    struct error error;
    int run FD_CLEANUP = open_below(clean->at, entry->name);
    if (run < 0)
        return; /* it is gone */
    if (flock(run, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
        say(clean, "in use:", entry);
        clean->in_use++;
    } else if (clean->options->dry_run) {
        say(clean, "would remove", entry);
        clean->removed++;
    } else if (remove_run(clean, run, entry->name, &error) < 0) {
        cli_complain(&error, CLI_HARNESS);
        clean->failed++;
    } else {
        say(clean, "removed", entry);
        clean->removed++;
    }
}

/* A link that leads nowhere now leads to the youngest that is left. */
static void mend_latest(const struct clean *clean)
{
    char path[PATH_MAX];
    struct stat status;
    if (fstatat(clean->at, "latest", &status, AT_SYMLINK_NOFOLLOW) < 0 ||
        !S_ISLNK(status.st_mode) || fstatat(clean->at, "latest", &status, 0) == 0)
        return;
    unlinkat(clean->at, "latest", 0);
    for (size_t i = 0; i < clean->n; i++)
        if (fstatat(clean->at, clean->entries[i].name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
            snprintf(path, sizeof path, "%s/%s", clean->place, clean->entries[i].name);
            rundir_point_latest(NULL, path);
            return;
        }
}

static int perform(struct clean *clean, struct error *error)
{
    const struct options *options = clean->options;
    uint64_t leave = options->leave.given ? options->leave.value : 0;
    uint64_t older_ns = options->older.given ? options->older.value : 0;
    if (list(clean, error) < 0)
        return CLI_HARNESS;
    for (size_t i = leave < clean->n ? (size_t)leave : clean->n; i < clean->n; i++)
        if (clean->entries[i].age_ns >= older_ns)
            take(clean, &clean->entries[i]);
    if (!options->dry_run)
        mend_latest(clean);
    if (options->verbosity >= 0)
        printf("%s %zu of %zu run directories\n", options->dry_run ? "would remove" : "removed",
               clean->removed, clean->n);
    return clean->failed > 0 ? CLI_HARNESS : CLI_PASSED;
}

int clean_directories(const struct options *options, struct error *error)
{
    struct clean clean = { .options = options,
                           .place = options->subject ? options->subject : "stress-runs" };
    if (!options->older.given && !options->leave.given) {
        error_set(error, 0, "give --older=DURATION, --leave=N or both: say what is old "
                  "(--dry-run shows what would go)");
        return CLI_USAGE;
    }
    clean.at = open(clean.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (clean.at < 0 && errno == ENOENT && !options->subject) {
        if (options->verbosity >= 0)
            printf("there is no directory stress-runs here\n");
        return CLI_PASSED;
    }
    if (clean.at < 0) {
        error_set(error, errno, "cannot open '%.300s'", clean.place);
        return CLI_USAGE;
    }
    int status = perform(&clean, error);
    for (size_t i = 0; i < clean.n; i++)
        free(clean.entries[i].name);
    free(clean.entries);
    fd_close(&clean.at);
    return status;
}
