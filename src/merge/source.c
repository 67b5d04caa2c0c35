/* SPDX-License-Identifier: MIT
 * source.c: see source.h.
 */
#include "merge/source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "format/format.h"
#include "report/report.h"
#include "rundir/rundir.h"

int source_open(const char *path, struct error *error)
{
    char shown[256];
    int at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    text_copy(shown, sizeof shown, path);
    return at < 0 ? error_set(error, errno, "cannot open run directory '%s'", shown) : at;
}

/* ---- what it says ------------------------------------------------------------------------- */

static void take(struct source *source, const json_t *from)
{
    const json_t *shard = json_object_get(from, "shard");
    uint64_t number = member_get_count(shard, "number"), count = member_get_count(shard, "count");
    member_get_text(from, "command", "run", source->command, sizeof source->command);
    member_get_text(from, strcmp(source->command, "suite") == 0 ? "suite" : "workload", "",
                    source->subject, sizeof source->subject);
    member_get_text(shard, "seed", "", source->seed, sizeof source->seed);
    member_get_text(json_object_get(from, "tested"), "identity", "", source->identity,
                    sizeof source->identity);
    source->started = member_get_instant(from, "started");
    bool share = number >= 1 && number <= count && count <= SHARD_MOST;
    source->number = share ? (uint32_t)number : 1; /* else it is the whole */
    source->count = share ? (uint32_t)count : 1;
}

static bool has_findings(int at)
{
    int findings = openat(at, "findings", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = findings < 0 ? NULL : fdopendir(findings);
    bool found = false;
    if (!directory) {
        fd_close(&findings);
        return false;
    }
    for (struct dirent *entry; !found && (entry = readdir(directory));)
        found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return found;
}

/* Has events.jsonl a complete line? */
static bool has_line(int at)
{
    size_t length;
    char *line = rundir_first_line(at, &length);
    bool complete = line && length > 0 && line[length - 1] == '\n';
    free(line);
    return complete;
}

/* Does it hold no more than what a run makes before its first event? */
static bool is_bare(int at)
{
    static const char *const expected[] = { "events.jsonl", "findings", "scratch", "points" };
    int copy = fcntl(at, F_DUPFD_CLOEXEC, 0);
    DIR *directory = copy < 0 ? NULL : fdopendir(copy);
    bool bare = directory != NULL;
    for (struct dirent *entry; bare && (entry = readdir(directory));) {
        bool known = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
            known = known || strcmp(entry->d_name, expected[i]) == 0;
        bare = known;
    }
    if (directory)
        closedir(directory);
    else
        fd_close(&copy);
    return bare;
}

/* From the result, since there is no event of the start. */
static int identify_by_result(struct source *source, int at, const char *shown,
                              struct error *error)
{
    json_t *result;
    bool complete, begun = has_findings(at) || has_line(at);
    if (!begun && is_bare(at)) /* it was cut off before it held anything */
        return 0;
    int status = report_load(at, shown, &result, &complete, error);
    if (status == 0 && complete)
        take(source, result);
    json_decref(result);
    if (complete || !begun)
        return status;
    error_set(error, 0, "'%s' does not say which shard it is: it has no readable result.json, and "
              "the first line of its events.jsonl is damaged: give another try of its shard",
              shown);
    return CLI_HARNESS;
}

int source_identify(struct source *source, const char *path, struct error *error)
{
    char shown[256];
    struct stat status;
    int at FD_CLEANUP = source_open(path, error);
    *source = (struct source){ .path = path };
    text_copy(shown, sizeof shown, path);
    if (at < 0)
        return CLI_USAGE;
    if (fstat(at, &status) < 0) {
        error_set(error, errno, "cannot look at '%s'", shown);
        return CLI_USAGE;
    }
    source->device = status.st_dev;
    source->inode = status.st_ino;
    json_t *start = rundir_start(at);
    if (!start)
        return identify_by_result(source, at, shown, error);
    take(source, start);
    json_decref(start);
    return 0;
}

/* ---- together ----------------------------------------------------------------------------- */

int source_compare(const void *a, const void *b)
{
    const struct source *left = a, *right = b;
    if (left->number != right->number)
        return left->number < right->number ? -1 : 1;
    if (left->started != right->started)
        return left->started < right->started ? -1 : 1;
    return strcmp(left->path, right->path);
}

int source_confirm(const struct source *source, const json_t *result, struct error *error)
{
    struct source said = { .number = 0 };
    char shown[256];
    take(&said, result);
    if (said.number == source->number && said.count == source->count &&
        strcmp(said.command, source->command) == 0 && strcmp(said.seed, source->seed) == 0 &&
        strcmp(said.subject, source->subject) == 0 && strcmp(said.identity, source->identity) == 0)
        return 0;
    text_copy(shown, sizeof shown, source->path);
    if (strcmp(said.subject, source->subject) != 0 ||
        strcmp(said.identity, source->identity) != 0)
        return error_set(error, 0, "'%s' contradicts itself: result.json and events.jsonl do not "
                         "have the same workload in 'tested'", shown);
    return error_set(error, 0, "'%s' contradicts itself: events.jsonl is of %s %" PRIu32 "/%" PRIu32
                     " with seed '%s', result.json of %s %" PRIu32 "/%" PRIu32 " with seed '%s'",
                     shown, source->command, source->number, source->count, source->seed,
                     said.command, said.number, said.count, said.seed);
}

static int differ(const struct source *a, const struct source *b, const char *what,
                  const char *of_a, const char *of_b, struct error *error)
{
    char shown[2][128];
    text_copy(shown[0], sizeof shown[0], a->path);
    text_copy(shown[1], sizeof shown[1], b->path);
    return error_set(error, 0, "'%s' and '%s' are not of one fleet: %s '%s' and '%s'", shown[0],
                     shown[1], what, of_a, of_b);
}

/* "tested" of a directory (new reference). NULL: not told. */
static json_t *load_tested(const struct source *source)
{
    struct error ignored;
    bool complete;
    int at FD_CLEANUP = source_open(source->path, &ignored);
    json_t *from = at < 0 ? NULL : rundir_start(at);
    if (!from && at >= 0)
        report_load(at, source->path, &from, &complete, &ignored);
    json_t *tested = json_incref(json_object_get(from, "tested"));
    json_decref(from);
    return tested;
}

/* The first file that differs; "": the command lines or the versions do. */
static void find_difference(const json_t *a, const json_t *b, char *file, size_t size)
{
    const json_t *lists[] = { json_object_get(a, "files"), json_object_get(b, "files") };
    size_t n = json_array_size(lists[0]) < json_array_size(lists[1]) ? json_array_size(lists[0])
                                                                     : json_array_size(lists[1]);
    file[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(lists[0], i), *other = json_array_get(lists[1], i);
        bool same_file = json_equal(json_object_get(one, "file"), json_object_get(other, "file"));
        if (!same_file)
            return;
        if (!json_equal(one, other)) {
            member_get_text(one, "file", "?", file, size);
            return;
        }
    }
}

static int tested_differ(const struct source *a, const struct source *b, struct error *error)
{
    char shown[2][128], file[256];
    json_t *tested[] = { load_tested(a), load_tested(b) };
    find_difference(tested[0], tested[1], file, sizeof file);
    json_decref(tested[0]);
    json_decref(tested[1]);
    text_copy(shown[0], sizeof shown[0], a->path);
    text_copy(shown[1], sizeof shown[1], b->path);
    if (*file)
        return error_set(error, 0, "'%s' and '%s' are not of one fleet: the content of '%s' "
                         "differs", shown[0], shown[1], file);
    return error_set(error, 0, "'%s' and '%s' are not of one fleet: their command lines or suite "
                     "files, or the versions of stress-supervisor, differ", shown[0], shown[1]);
}

int source_agree(const struct source *a, const struct source *b, struct error *error)
{
    char counts[2][16], shown[2][128];
    if (a->device == b->device && a->inode == b->inode) {
        text_copy(shown[0], sizeof shown[0], a->path);
        text_copy(shown[1], sizeof shown[1], b->path);
        return error_set(error, 0, "'%s' and '%s' are the same directory: give it once", shown[0],
                         shown[1]);
    }
    if (a->number == 0 || b->number == 0) /* it says nothing */
        return 0;
    snprintf(counts[0], sizeof counts[0], "%" PRIu32, a->count);
    snprintf(counts[1], sizeof counts[1], "%" PRIu32, b->count);
    if (strcmp(a->command, b->command) != 0)
        return differ(a, b, "commands", a->command, b->command, error);
    if (strcmp(a->subject, b->subject) != 0)
        return differ(a, b, strcmp(a->command, "suite") == 0 ? "suites" : "workloads", a->subject,
                      b->subject, error);
    if (a->count != b->count)
        return differ(a, b, "numbers of shards", counts[0], counts[1], error);
    if (strcmp(a->seed, b->seed) != 0)
        return differ(a, b, "seeds", a->seed, b->seed, error);
    return !*a->identity || !*b->identity || strcmp(a->identity, b->identity) == 0
               ? 0 : tested_differ(a, b, error); /* what is not told, the verdict is about */
}
