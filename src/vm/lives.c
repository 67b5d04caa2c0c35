/* SPDX-License-Identifier: MIT
 * lives.c: see lives.h.
 */
#include "vm/lives.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doubt/doubt.h"
#include "format/format.h"
#include "record/record.h"
#include "report/report.h"
#include "rundir/rundir.h"

/* Members of events that grow during a life. */
static const char *const sums[LIVES_SUMS] = { "counted", "uncounted", "failed", "indeterminate",
                                              "resets", "faults", "findings" };
enum { SUM_COUNTED, SUM_RESETS = 4, SUM_FINDINGS = LIVES_SUMS - 1, LIVES_RESULT = 256 << 20 };

static void fail(struct lives *lives, const struct error *error)
{
    if (!lives->failed)
        lives->error = *error;
    lives->failed = true;
}

static void fail_with(struct lives *lives, int code, const char *what)
{
    struct error error;
    error_set(&error, code, "cannot write %s in the run directory", what);
    fail(lives, &error);
}

bool lives_plain(const struct lives *lives)
{
    return lives->life == 1 && lives->n_kernel == 0 && !lives->cuts &&
           lives->n_ignored == 0;
}

unsigned lives_unknown(const struct lives *lives)
{
    unsigned n = 0;
    for (unsigned i = 0; i < lives->n_findings; i++)
        n += !lives->findings[i].known;
    return n;
}

uint64_t lives_counted(const struct lives *lives)
{
    return lives->before[SUM_COUNTED] + lives->now[SUM_COUNTED];
}

static double since_start(const struct lives *lives)
{
    uint64_t now = clock_now();
    return lives->started_ns && now > lives->started_ns ? (double)(now - lives->started_ns) / 1e9
                                                        : 0;
}

/* ---- events ------------------------------------------------------------------------------ */

static void write_line(struct lives *lives, const char *line, size_t size)
{
    if (lives->events < 0 || lives->failed)
        return;
    if (fd_write_all(lives->events, line, size) < 0)
        fail_with(lives, errno, "events.jsonl");
}

/* Takes over the event. */
static void write_event(struct lives *lives, json_t *event)
{
    char *text = event ? json_dumps(event, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(event);
    if (!text) {
        fail_with(lives, ENOMEM, "events.jsonl");
        return;
    }
    size_t size = strlen(text);
    text[size] = '\n'; /* replaces the terminating zero */
    write_line(lives, text, size + 1);
    free(text);
}

static json_t *new_event(const struct lives *lives, const char *name)
{
    json_t *event = json_object();
    member_set(&event, "t", json_real(since_start(lives)));
    member_text(&event, "event", name);
    return event;
}

/* ---- findings ---------------------------------------------------------------------------- */

/* What tells a finding from others over all lives: kind, actor type, title without numbers. */
static void make_key(const json_t *finding, char *key, size_t size)
{
    char kind[32], actor[64], title[400];
    member_get_text(finding, "kind", "?", kind, sizeof kind);
    member_get_text(finding, "actor", "", actor, sizeof actor);
    member_get_text(finding, "title", "", title, sizeof title);
    char *dot = strrchr(actor, '.');
    if (dot)
        *dot = '\0';
    int used = snprintf(key, size, "%s %s ", kind, actor);
    text_without_numbers(key + used, size - (size_t)used, title);
}

static struct lives_finding *find_key(struct lives *lives, const char *key)
{
    for (unsigned i = 0; i < lives->n_findings; i++)
        if (strcmp(lives->findings[i].key, key) == 0)
            return &lives->findings[i];
    return NULL;
}

static struct lives_finding *find_local(struct lives *lives, unsigned local)
{
    for (unsigned i = 0; local > 0 && i < lives->n_findings; i++)
        if (lives->findings[i].local == local)
            return &lives->findings[i];
    return NULL;
}

static struct lives_finding *append(struct lives *lives, const char *key)
{
    struct lives_finding *more = NULL;
    if (lives->n_findings < LIVES_FINDINGS)
        more = realloc(lives->findings, (lives->n_findings + 1) * sizeof *more);
    if (!more)
        return NULL;
    lives->findings = more;
    struct lives_finding *finding = &more[lives->n_findings++];
    *finding = (struct lives_finding){ .id = lives->n_findings };
    snprintf(finding->key, sizeof finding->key, "%s", key);
    return finding;
}

/* The finding that has this number in this life. Two of one life stay two. */
static struct lives_finding *number(struct lives *lives, unsigned local, const json_t *json)
{
    char key[sizeof lives->findings->key];
    struct lives_finding *finding = find_local(lives, local);
    if (finding)
        return finding;
    make_key(json, key, sizeof key);
    finding = find_key(lives, key);
    if (!finding || finding->local > 0 || finding->kernel)
        finding = append(lives, key);
    if (finding)
        finding->local = local;
    return finding;
}

static json_t *load_at(int at, const char *path)
{
    FILE *file = file_open(at, path);
    json_t *json = file ? json_loadf(file, 0, NULL) : NULL;
    if (file)
        fclose(file);
    return json;
}

/* finding.json has the number that the finding has here. */
static void renumber(struct lives *lives, int at, const char *directory, json_t *json,
                     const struct lives_finding *finding)
{
    struct error error;
    int folder FD_CLEANUP = openat(at, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    member_count(&json, "id", finding->id);
    if (folder >= 0 && rundir_document(folder, "finding.json", json, &error) < 0)
        fail(lives, &error);
}

/* "findings/0001-crash-SIGSEGV-writer/latest": its number, and where what follows it begins. */
static unsigned local_of(const char *path, size_t *ret_length)
{
    unsigned local = 0;
    int digits = 0;
    if (sscanf(path, "findings/%u%n", &local, &digits) != 1 || path[digits] != '-')
        return 0;
    *ret_length = strcspn(path + strlen("findings/"), "/") + strlen("findings/");
    return local;
}

/* A finding's directory is complete: where does it go? */
static bool place_new(struct lives *lives, const char *path, unsigned local, char to[PATH_MAX])
{
    json_t *json = load_at(lives->at, ".tree/finding.json");
    struct lives_finding *finding = number(lives, local, json);
    if (!finding) {
        json_decref(json);
        return false;
    }
    if (finding->id != local)
        renumber(lives, lives->at, ".tree", json, finding);
    json_decref(json);
    if (*finding->directory) { /* an earlier life had it */
        snprintf(to, PATH_MAX, "%s/latest", finding->directory);
        return true;
    }
    const char *dash = strchr(path, '-');
    snprintf(finding->directory, sizeof finding->directory, "findings/%04u%.200s", finding->id,
             dash ? dash : "");
    snprintf(to, PATH_MAX, "%s", finding->directory);
    return true;
}

bool lives_place(void *user, const char *path, char to[PATH_MAX])
{
    struct lives *lives = user;
    size_t length = 0;
    unsigned local = lives->run ? local_of(path, &length) : 0;
    if (local == 0) {
        snprintf(to, PATH_MAX, "%s", path);
        return true;
    }
    const struct lives_finding *finding = find_local(lives, local);
    if (!finding || !*finding->directory)
        return path[length] == '\0' && place_new(lives, path, local, to);
    bool is_first = finding->count == 0;
    snprintf(to, PATH_MAX, "%s%s%s", finding->directory, is_first ? "" : "/latest", path + length);
    return is_first || path[length] == '\0' || strncmp(path + length, "/latest", 7) != 0;
}

/* ---- what comes from a life -------------------------------------------------------------- */

static void take_start(struct lives *lives, json_t *event)
{
    double t = member_get_real(event, "t");
    double limit = member_get_real(event, "time_limit_s");
    if (lives->started_ns == 0) {
        lives->started_ns = clock_now() - (uint64_t)(t * 1e9);
        lives->target = member_get_count(event, "target");
        lives->time_limit_ns = (uint64_t)(limit * 1e9);
        return;
    }
    lives->shift_s = since_start(lives) - t;
    member_text(&event, "event", "life");
    member_count(&event, "life", lives->life);
    json_object_del(event, "target");
    json_object_del(event, "time_limit_s");
}

static void shift_sums(struct lives *lives, json_t *event)
{
    for (unsigned i = 0; i < LIVES_SUMS; i++) {
        json_t *value = json_object_get(event, sums[i]);
        if (!json_is_integer(value))
            continue;
        uint64_t n = member_get_count(event, sums[i]);
        lives->now[i] = n > lives->now[i] ? n : lives->now[i];
        member_count(&event, sums[i], n + lives->before[i] +
                                          (i == SUM_FINDINGS ? lives->n_kernel : 0));
    }
}

static void shift_resets(struct lives *lives, json_t *event)
{
    if (!json_object_get(event, "reset_max_s"))
        return;
    double total = member_get_real(event, "reset_s"), most = member_get_real(event, "reset_max_s");
    lives->resets_s = total;
    lives->reset_max_s = most > lives->reset_max_s ? most : lives->reset_max_s;
    member_set(&event, "reset_s", json_real(total + lives->resets_before_s));
    member_set(&event, "reset_max_s", json_real(lives->reset_max_s));
}

static void shift_generation(struct lives *lives, json_t *event)
{
    if (!json_is_integer(json_object_get(event, "generation")))
        return;
    uint64_t generation = member_get_count(event, "generation");
    lives->generation = generation + 1 > lives->generation ? generation + 1 : lives->generation;
    member_count(&event, "generation", generation + lives->generations_before);
}

static void shift_finding(struct lives *lives, json_t *event)
{
    struct lives_finding *finding =
        number(lives, (unsigned)member_get_count(event, "id"), event);
    if (!finding)
        return;
    finding->now = member_get_count(event, "count");
    finding->known = finding_is_known(event);
    member_count(&event, "id", finding->id);
    member_count(&event, "count", finding->now + finding->count);
    if (*finding->directory)
        member_text(&event, "directory", finding->directory);
}

/* A line of events.jsonl, with its newline. The end of the run is told at the end of all lives. */
static void take_line(struct lives *lives, const char *line, size_t size)
{
    char name[32];
    json_t *event = json_loadb(line, size, 0, NULL);
    member_get_text(event, "event", "", name, sizeof name);
    bool plain = lives_plain(lives);
    if (strcmp(name, "end") == 0) {
        free(lives->end);
        lives->end = strndup(line, size);
        json_decref(event);
        return;
    }
    if (strcmp(name, "start") == 0)
        take_start(lives, event);
    lives->begun |= strcmp(name, "generation") == 0;
    if (lives->begun && lives->timed_ns == 0)
        lives->timed_ns = clock_now();
    if (strcmp(name, "finding") == 0)
        shift_finding(lives, event);
    shift_sums(lives, event);
    shift_resets(lives, event);
    shift_generation(lives, event);
    if (event)
        member_set(&event, "t", json_real(member_get_real(event, "t") + lives->shift_s));
    if (plain || !event) {
        write_line(lives, line, size);
        json_decref(event);
    } else {
        write_event(lives, event);
    }
}

static void take_events(struct lives *lives, const char *bytes, size_t size)
{
    char *whole = realloc(lives->part, lives->part_size + size + 1);
    if (!whole) {
        fail_with(lives, ENOMEM, "events.jsonl");
        return;
    }
    memcpy(whole + lives->part_size, bytes, size);
    lives->part = whole;
    lives->part_size += size;
    char *line = whole, *end;
    while ((end = memchr(line, '\n', (size_t)(whole + lives->part_size - line)))) {
        take_line(lives, line, (size_t)(end + 1 - line));
        line = end + 1;
    }
    lives->part_size -= (size_t)(line - whole);
    memmove(whole, line, lives->part_size);
}

bool lives_more(void *user, const char *path, const char *bytes, size_t size)
{
    struct lives *lives = user;
    if (!lives->run || strcmp(path, "events.jsonl") != 0)
        return false;
    take_events(lives, bytes, size);
    return true;
}

static char *read_all(int fd, size_t *ret_size)
{
    struct stat stat;
    if (fstat(fd, &stat) < 0 || stat.st_size > LIVES_RESULT)
        return NULL;
    char *text = malloc((size_t)stat.st_size + 1);
    ssize_t n = text ? pread(fd, text, (size_t)stat.st_size, 0) : -1;
    if (n < 0) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    *ret_size = (size_t)n;
    return text;
}

/* A finding.json that was written again. */
static bool take_update(struct lives *lives, const char *path, const char *text)
{
    size_t length = 0;
    unsigned local = local_of(path, &length);
    const struct lives_finding *finding = find_local(lives, local);
    char folder[PATH_MAX];
    if (!finding || strcmp(path + length, "/finding.json") != 0 || finding->id == local)
        return false;
    json_t *json = json_loads(text, 0, NULL);
    snprintf(folder, sizeof folder, "%s%s", finding->directory,
             finding->count > 0 ? "/latest" : "");
    renumber(lives, lives->at, folder, json, finding);
    json_decref(json);
    return true;
}

/* The result is written when all lives are over, the events go on in one file. */
bool lives_file(void *user, const char *path, int fd)
{
    struct lives *lives = user;
    size_t size = 0;
    bool result = strcmp(path, "result.json") == 0, taken = true;
    bool events = lives->run && strcmp(path, "events.jsonl") == 0;
    bool finding = lives->run && strncmp(path, "findings/", strlen("findings/")) == 0;
    char *text = result || events || finding ? read_all(fd, &size) : NULL;
    if (!text)
        return false;
    if (events) {
        take_events(lives, text, size);
    } else if (result) {
        free(lives->result_text);
        json_decref(lives->result);
        lives->result_text = text;
        lives->result = json_loads(text, 0, NULL);
        return true;
    } else {
        taken = take_update(lives, path, text);
    }
    free(text);
    return taken;
}

/* ---- lives ------------------------------------------------------------------------------- */

void lives_begin(struct lives *lives, uint64_t seed)
{
    lives->life++;
    lives->begun = false;
    lives->life_seed = seed;
    free(lives->end);
    free(lives->result_text);
    json_decref(lives->result);
    lives->end = lives->result_text = NULL;
    lives->result = NULL;
    if (lives->life > 1)
        return;
    lives->events = -1;
    lives->started_ns = lives->run ? 0 : clock_now(); /* that of a run comes with its first event */
    if (lives->run)
        lives->events = openat(lives->at, "events.jsonl",
                               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
                               0666);
    if (lives->run && lives->events < 0)
        fail_with(lives, errno, "events.jsonl");
}

/* A line that is not complete came from a guest that died. */
void lives_over(struct lives *lives)
{
    lives->part_size = 0;
    for (unsigned i = 0; i < LIVES_SUMS; i++) {
        lives->before[i] += lives->now[i];
        lives->now[i] = 0;
    }
    for (unsigned i = 0; i < lives->n_findings; i++) {
        lives->findings[i].count += lives->findings[i].now;
        lives->findings[i].now = lives->findings[i].local = 0;
    }
    lives->generations_before += lives->generation;
    lives->resets_before_s += lives->resets_s;
    lives->generation = 0;
    lives->resets_s = 0;
}

void lives_cut(struct lives *lives, const struct cache_loss *loss)
{
    json_t *event = new_event(lives, "power-cut");
    lives->n_cuts++;
    member_count(&event, "life", lives->life);
    member_count(&event, "unflushed", loss->writes);
    member_count(&event, "lost", loss->lost);
    member_count(&event, "torn", loss->torn);
    member_count(&event, "lost_bytes", loss->bytes);
    write_event(lives, event);
}

/* ---- findings of the kernel -------------------------------------------------------------- */

static json_t *kernel_json(const struct lives *lives, const struct lives_finding *finding,
                           const char *kind, const char *title)
{
    json_t *json = json_object(), *first = json_object();
    uint64_t generation = lives->generations_before + lives->generation;
    member_count(&json, "id", finding->id);
    member_text(&json, "kind", kind);
    member_text(&json, "actor", NULL);
    member_text(&json, "action", NULL);
    member_text(&json, "title", title);
    member_count(&json, "count", 1);
    member_count(&first, "generation", generation > 0 ? generation - 1 : 0);
    member_text(&first, "operation", NULL);
    member_hex(&first, "seed", lives->life_seed);
    member_set(&first, "time_s", json_real(since_start(lives)));
    member_set(&json, "first", first);
    member_count(&json, "life", lives->life);
    member_text(&json, "kernel", lives->release);
    member_text(&json, "directory", finding->directory);
    return json;
}

/* What the actors did: operations.txt, replay, and "operations" of finding.json. Only a run has
 * its memory shown. */
static bool write_story(struct lives *lives, struct lives_finding *finding, const char *title,
                        int at)
{
    struct error error = { .text = "" };
    json_t *operations = lives->run ? flight_write(lives->flight, at, title, lives->life_seed,
                                                   &error) : NULL;
    if (error.text[0])
        fail(lives, &error);
    if (operations)
        member_set(&finding->kernel, "operations", operations);
    return operations != NULL;
}

/* Makes its directory: finding.json, what the console said, what the actors did, how to make it
 * again. */
static void write_kernel(struct lives *lives, struct lives_finding *finding, const char *title,
                         const char *text, size_t size)
{
    struct error error;
    char line[4096 + 512];
    if (lives->at < 0)
        return;
    mkdirat(lives->at, "findings", 0777);
    mkdirat(lives->at, ".new", 0777);
    int at FD_CLEANUP = openat(lives->at, ".new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int used = snprintf(line, sizeof line, "%.3000s\n", lives->again);
    if (write_story(lives, finding, title, at))
        used += snprintf(line + used, sizeof line - (size_t)used, "# in this directory: the same "
                         "operations in the same order:\n#   stress-supervisor %.1000s replay .\n",
                         lives->flight->options->vm);
    if (rundir_document(at, "finding.json", finding->kernel, &error) < 0 ||
        rundir_write(at, "console", text, size, &error) < 0 ||
        rundir_write(at, "reproduce.txt", line, (size_t)used, &error) < 0)
        fail(lives, &error);
    else if (renameat(lives->at, ".new", lives->at, finding->directory) < 0)
        fail_with(lives, errno, finding->directory);
}

static void count_again(struct lives *lives, struct lives_finding *finding)
{
    struct error error;
    member_count(&finding->kernel, "count", ++finding->count);
    int at FD_CLEANUP = openat(lives->at, finding->directory,
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at >= 0 && rundir_document(at, "finding.json", finding->kernel, &error) < 0)
        fail(lives, &error);
}

static void say_kernel(struct lives *lives, const struct lives_finding *finding)
{
    static const char *const same[] = { "id", "kind", "actor", "action", "title", "count",
                                        "directory" };
    const json_t *first = json_object_get(finding->kernel, "first");
    json_t *event = new_event(lives, "finding");
    for (unsigned i = 0; i < sizeof same / sizeof *same; i++)
        member_set(&event, same[i], json_incref(json_object_get(finding->kernel, same[i])));
    member_set(&event, "generation", json_incref(json_object_get(first, "generation")));
    member_text(&event, "operation", NULL);
    write_event(lives, event);
}

unsigned lives_kernel(struct lives *lives, const char *kind, const char *title, const char *text,
                      size_t size, bool *ret_new)
{
    char key[sizeof lives->findings->key];
    snprintf(key, sizeof key, "%s  %.400s", kind, title);
    struct lives_finding *finding = find_key(lives, key);
    *ret_new = !finding;
    lives->n_kernel += !finding;
    snprintf(lives->last_kernel, sizeof lives->last_kernel, "%s", title);
    if (!finding) {
        finding = append(lives, key);
        if (!finding)
            return 0;
        finding->count = 1;
        snprintf(finding->directory, sizeof finding->directory,
                 lives->run ? "findings/%04u-%s" : "findings/machine-%04u-%s", finding->id, kind);
        finding->kernel = kernel_json(lives, finding, kind, title);
        write_kernel(lives, finding, title, text, size);
    } else {
        count_again(lives, finding);
    }
    if (lives->run)
        say_kernel(lives, finding);
    return finding->id;
}

/* ---- the end ----------------------------------------------------------------------------- */

/* Puts what the guest knows of its findings into those of all lives. */
static void merge_findings(struct lives *lives, json_t *result)
{
    json_t *list = json_object_get(result, "findings");
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *one = json_array_get(list, i);
        unsigned id = (unsigned)member_get_count(one, "id");
        struct lives_finding *finding = id > 0 && id <= lives->n_findings
                                            ? &lives->findings[id - 1] : NULL;
        const json_t *from = json_object_get(lives->result, "findings");
        for (size_t k = 0; finding && finding->local > 0 && k < json_array_size(from); k++)
            if (member_get_count(json_array_get(from, k), "id") == finding->local)
                json_object_update_missing(one, json_array_get(from, k));
        if (finding && finding->kernel)
            json_object_update_missing(one, finding->kernel);
    }
}

static const char *verdict_of(int status)
{
    return record_verdict_text(record_verdict_of_status(status));
}

/* A saboteur that has done nothing, as a rule that never fired. */
static void doubt_cuts(const struct lives *lives, json_t *result)
{
    struct doubts doubts = { 0 };
    if (!lives->cuts || lives->n_cuts > 0)
        return;
    doubt_add(&doubts, json_object_get(result, "doubts"));
    doubts.count[DOUBT_NEVER_FIRED]++;
    json_object_set_new(result, "doubts", doubt_json(&doubts));
}

static void complete(struct lives *lives, json_t *result, int status, const char *reason)
{
    json_t *machine = json_object();
    doubt_cuts(lives, result);
    member_set(&result, "complete", json_true());
    member_text(&result, "verdict", verdict_of(status));
    member_set(&result, "exit_status", json_integer(status));
    member_text(&result, "reason", reason);
    member_count(&machine, "lives", lives->life);
    if (lives->least > OPTIONS_WARNING)
        member_count(&machine, "below_severity", lives->n_ignored);
    if (lives->cuts)
        member_count(&machine, "power_cuts", lives->n_cuts);
    member_text(&machine, "accelerator", lives->accelerator);
    member_text(&machine, "kernel", lives->release);
    member_set(&result, "vm", machine);
    json_object_del(result, "skipped_lines");
}

/* The sums are those of the events of all lives; what only the guest's result has, as the counters
 * of each actor, is that of the last life. */
static json_t *combined(struct lives *lives, int status, const char *reason)
{
    static const char *const last[] = { "actors", "types", "actions", "injections", "doubts",
                                        "supervisors", "server_deaths", "strays" };
    json_t *result = report_events(lives->at);
    for (unsigned i = 0; i < sizeof last / sizeof *last; i++) {
        json_t *value = json_object_get(lives->result, last[i]);
        if (value && result)
            json_object_set(result, last[i], value);
    }
    if (!result)
        return NULL;
    if (!json_object_get(result, "workload")) { /* no life has begun its run */
        member_text(&result, "workload", lives->workload);
        member_hex(&result, "seed", lives->seed);
    }
    if (lives->time_limit_ns)
        json_object_set_new(result, "time_limit_s", json_real((double)lives->time_limit_ns / 1e9));
    member_count(&result, "resets", lives->before[SUM_RESETS]); /* a life begins without one */
    merge_findings(lives, result);
    complete(lives, result, status, reason);
    return result;
}

/* What a report needs of a command that came to no result. */
static json_t *no_result(const struct lives *lives)
{
    json_t *result = json_pack("{s:i s:s s:{s:n s:i s:i s:i s:i} s:i s:i s:f s:[] s:[] s:[] s:[]}",
                               "schema", RECORD_SCHEMA, "workload", lives->workload, "operations",
                               "target", "counted", 0, "uncounted", 0, "indeterminate", 0, "failed",
                               0, "generations", 0, "resets", 0, "duration_s", since_start(lives),
                               "actors", "injections", "points", "findings");
    member_hex(&result, "seed", lives->seed);
    return result;
}

/* The result of `crash` and the like, with the findings of the kernel. */
static json_t *complemented(struct lives *lives, int status, const char *reason)
{
    json_t *result = lives->result ? json_incref(lives->result) : no_result(lives);
    json_t *list = json_object_get(result, "findings");
    for (unsigned i = 0; i < lives->n_findings; i++)
        json_array_append(list, lives->findings[i].kernel);
    complete(lives, result, status, reason);
    member_set(&result, "complete", json_boolean(lives->result != NULL));
    return result;
}

static void write_end(struct lives *lives, int status, const char *reason)
{
    json_t *event = new_event(lives, "end");
    member_text(&event, "verdict", verdict_of(status));
    member_set(&event, "exit_status", json_integer(status));
    member_text(&event, "reason", reason);
    write_event(lives, event);
}

/* As the guest wrote it. */
static void write_plain(struct lives *lives)
{
    struct error error;
    if (lives->end)
        write_line(lives, lives->end, strlen(lives->end));
    if (rundir_write(lives->at, ".result.json", lives->result_text, strlen(lives->result_text),
                     &error) < 0)
        fail(lives, &error);
    else if (renameat(lives->at, ".result.json", lives->at, "result.json") < 0)
        fail_with(lives, errno, "result.json");
}

json_t *lives_finish(struct lives *lives, int status, const char *reason)
{
    struct error error;
    bool begun = lives->run && lives->started_ns > 0;
    if (lives->at < 0 || (!lives->result && lives->n_kernel == 0 && !begun))
        return NULL;
    if (lives_plain(lives) && lives->result) {
        write_plain(lives);
        return json_incref(lives->result);
    }
    if (lives->run)
        write_end(lives, status, reason);
    json_t *result = lives->run ? combined(lives, status, reason)
                                : complemented(lives, status, reason);
    if (rundir_document(lives->at, "result.json", result, &error) < 0)
        fail(lives, &error);
    return result;
}

void lives_free(struct lives *lives)
{
    for (unsigned i = 0; i < lives->n_findings; i++)
        json_decref(lives->findings[i].kernel);
    free(lives->findings);
    free(lives->part);
    free(lives->end);
    free(lives->result_text);
    json_decref(lives->result);
    fd_close(&lives->events);
}
