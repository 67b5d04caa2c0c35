/* SPDX-License-Identifier: MIT
 * rundir_finding.c: the directory of one finding: finding.json, stderr, operations.txt and
 * reproduce.txt, made under another name and renamed, so that it is there whole or not at all.
 * Monitor only.
 */
#include "monitor/rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"
#include "monitor/member.h"
#include "monitor/rundir_replay.h"

static void unlink_all(int at)
{
    static const char *const files[] = { "finding.json", "stderr", "operations.txt",
                                         "reproduce.txt", "replay" };
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++)
        unlinkat(at, files[i], 0);
}

/* "writer.0", or NULL for none. */
static const char *actor_name(const struct record *record, int64_t actor, char buffer[64])
{
    uint32_t index;
    const struct definition_type *type = NULL;
    if (actor >= 0 && actor < UINT32_MAX)
        type = definition_type_of(&record->definition, (uint32_t)actor, &index);
    if (!type)
        return NULL;
    snprintf(buffer, 64, "%.*s.%u", TEXT_NAME, type->name, index);
    return buffer;
}

static const char *action_name(const struct record *record, const struct wire_operation *operation)
{
    uint32_t index;
    const struct definition_type *type =
        definition_type_of(&record->definition, operation->actor, &index);
    uint32_t action = operation->operation.action;
    return type && action < type->n_actions && action < DEFINITION_ACTIONS
               ? type->actions[action].name : NULL;
}

/* "SIGSEGV"; NULL for none. */
static const char *signal_name(int64_t signal, char buffer[32])
{
    if (signal <= 0 || signal > 64)
        return NULL;
    const char *name = sigabbrev_np((int)signal);
    if (name)
        snprintf(buffer, 32, "SIG%s", name);
    else
        snprintf(buffer, 32, "SIG%d", (int)signal);
    return buffer;
}

/* ---- finding.json ------------------------------------------------------------------------ */

/* A stamp as an offset from another, in ns. */
static json_t *offset_from(uint64_t from, uint64_t at)
{
    int64_t difference = (int64_t)(at - from);
    return json_integer((json_int_t)difference);
}

static json_t *operations_json(const struct record *record, const struct wire_finding *finding)
{
    json_t *list = json_array();
    uint32_t n = finding->n_operations < WIRE_STORY ? finding->n_operations : WIRE_STORY;
    uint64_t last = n ? finding->operations[n - 1].operation.started_ns : 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct wire_operation *one = &finding->operations[i];
        char name[64];
        json_t *object = json_object();
        member_text(&object, "actor", actor_name(record, one->actor, name));
        member_count(&object, "index", one->operation.index);
        member_text(&object, "action", action_name(record, one));
        member_text(&object, "outcome",
                    one->finished ? wire_outcome_text(one->operation.outcome) : "in flight");
        member_set(&object, "started_ns", offset_from(last, one->operation.started_ns));
        if (one->finished)
            member_count(&object, "duration_ns", one->operation.duration_ns);
        else
            member_text(&object, "duration_ns", NULL);
        member_append(&list, object);
    }
    return list;
}

static json_t *crash_json(const struct layout_crash *crash)
{
    char name[32];
    if (crash->signal == 0)
        return json_null();
    json_t *object = json_object();
    member_text(&object, "signal", signal_name(crash->signal, name));
    member_hex(&object, "address", crash->address);
    member_set(&object, "code", json_integer(crash->code));
    member_set(&object, "thread", json_integer(crash->thread));
    return object;
}

static json_t *finding_json(const struct record *record, const struct record_finding *finding)
{
    const struct wire_finding *first = &finding->first;
    char name[64], signal[32];
    json_t *object = json_object();
    member_count(&object, "id", finding->id);
    member_text(&object, "kind", wire_finding_kind_name((enum wire_finding_kind)first->kind));
    member_text(&object, "actor", actor_name(record, first->actor, name));
    member_text(&object, "action", first->action);
    member_text(&object, "title", first->title);
    member_count(&object, "generation", first->generation);
    if (first->operation == UINT64_MAX)
        member_text(&object, "operation", NULL);
    else
        member_count(&object, "operation", first->operation);
    member_hex(&object, "seed", record->seed);
    member_seconds(&object, "time_s", finding->first_ns);
    member_text(&object, "signal", signal_name(first->signal, signal));
    member_set(&object, "exit_status", json_integer(first->exit_status));
    member_set(&object, "code", json_integer(first->code));
    member_set(&object, "out_of_memory", json_boolean(first->out_of_memory));
    member_set(&object, "crash", crash_json(&first->crash));
    member_text(&object, "server", first->server);
    member_text(&object, "description", first->description);
    member_count(&object, "count", finding->count);
    member_set(&object, "operations", operations_json(record, first));
    return object;
}

/* ---- the text files ---------------------------------------------------------------------- */

static void print_operations(FILE *out, const struct record *record,
                             const struct wire_finding *finding)
{
    uint32_t n = finding->n_operations < WIRE_STORY ? finding->n_operations : WIRE_STORY;
    fprintf(out, "The last operations of all actors, oldest first; times before the last one.\n\n"
                 "%14s  %-20s %12s  %-16s %-10s %s\n", "started", "actor", "operation", "action",
            "outcome", "took");
    for (uint32_t i = 0; i < n; i++) {
        const struct wire_operation *one = &finding->operations[i];
        int64_t before = (int64_t)(one->operation.started_ns -
                                   finding->operations[n - 1].operation.started_ns);
        char name[64], took[32] = "-";
        const char *actor = actor_name(record, one->actor, name);
        const char *action = action_name(record, one);
        if (one->finished)
            text_format_duration(one->operation.duration_ns, took, sizeof took);
        fprintf(out, "%+11.3f ms  %-20s %12" PRIu64 "  %-16s %-10s %s\n", (double)before / 1e6,
                actor ? actor : "?", one->operation.index, action ? action : "?",
                one->finished ? wire_outcome_text(one->operation.outcome) : "in flight", took);
    }
}

static void print_reproduce(FILE *out, const struct record *record)
{
    struct options limits = {
        .subject = record->workload,
        .operations = { record->target != 0, record->target },
        .time_limit = { record->time_limit_ns != 0, record->time_limit_ns },
    };
    char here[PATH_MAX];
    char *line = options_command_line(record->options ? record->options : &limits, record->seed);
    if (getcwd(here, sizeof here)) {
        char shown[PATH_MAX];
        text_copy(shown, sizeof shown, here);
        fprintf(out, "# in %s\n", shown);
    }
    if (line)
        fprintf(out, "%s\n", line);
    free(line);
}

/* A text file from a printing function. */
static int write_printed(int at, const char *name, const struct record *record,
                         const struct record_finding *finding, struct error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return error_set(error, errno, "cannot make %s of finding %u", name, finding->id);
    int status = 0;
    if (strcmp(name, "operations.txt") == 0)
        print_operations(out, record, &finding->first);
    else if (strcmp(name, "replay") == 0)
        status = rundir_replay(out, record, finding, error);
    else
        print_reproduce(out, record);
    if (fclose(out) != 0)
        status = error_set(error, errno, "cannot make %s", name);
    if (status == 0)
        status = rundir_write(at, name, text, size, error);
    free(text);
    return status;
}

static int write_json(int at, const struct record *record, const struct record_finding *finding,
                      struct error *error)
{
    json_t *object = finding_json(record, finding);
    char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(object);
    if (!text)
        return error_set(error, ENOMEM, "cannot make finding.json of finding %u", finding->id);
    size_t size = strlen(text);
    text[size] = '\n';
    int status = rundir_write(at, "finding.json", text, size + 1, error);
    free(text);
    return status;
}

static int write_files(int at, const struct record *record, const struct record_finding *finding,
                       const char *output, size_t output_size, struct error *error)
{
    if (write_json(at, record, finding, error) != 0 ||
        rundir_write(at, "stderr", output, output_size, error) != 0 ||
        write_printed(at, "operations.txt", record, finding, error) != 0 ||
        write_printed(at, "replay", record, finding, error) != 0)
        return -1;
    return write_printed(at, "reproduce.txt", record, finding, error);
}

/* ---- its name ---------------------------------------------------------------------------- */

/* "0001-crash-SIGSEGV-writer": of checked names only, nothing that a workload made up. */
static void directory_name(const struct record *record, const struct record_finding *finding,
                           char *name, size_t size)
{
    const struct wire_finding *first = &finding->first;
    const struct definition_type *type = NULL;
    char signal[32], what[64] = "";
    uint32_t index;
    if (first->actor >= 0)
        type = definition_type_of(&record->definition, (uint32_t)first->actor, &index);
    if (first->out_of_memory)
        snprintf(what, sizeof what, "-out-of-memory");
    else if (first->kind == FINDING_EXIT)
        snprintf(what, sizeof what, "-%d", first->exit_status & 0xff);
    else if (first->kind == FINDING_CRASH && signal_name(first->signal, signal))
        snprintf(what, sizeof what, "-%s", signal);
    else if (text_is_stored_name(first->action) && !(type && !strcmp(first->action, type->name)))
        snprintf(what, sizeof what, "-%s", first->action);
    else if (text_is_stored_name(first->server))
        snprintf(what, sizeof what, "-%s", first->server);
    bool named = type && text_is_stored_name(type->name);
    snprintf(name, size, "%04u-%s%s%s%s", finding->id,
             wire_finding_kind_name((enum wire_finding_kind)first->kind), what, named ? "-" : "",
             named ? type->name : "");
}

static int make_directory(struct rundir *rundir, const struct record *record,
                          struct record_finding *finding, const char *output, size_t output_size,
                          struct error *error)
{
    char temporary[64], name[160];
    int all FD_CLEANUP = openat(rundir->fd, "findings",
                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (all < 0)
        return error_set(error, errno, "cannot open findings/ in the run directory");
    snprintf(temporary, sizeof temporary, ".%04u.tmp", finding->id);
    if (mkdirat(all, temporary, 0777) != 0)
        return error_set(error, errno, "cannot make findings/%s in the run directory", temporary);
    int at FD_CLEANUP = openat(all, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "cannot open findings/%s in the run directory", temporary);
    directory_name(record, finding, name, sizeof name);
    int status = write_files(at, record, finding, output, output_size, error);
    if (status == 0 && renameat(all, temporary, all, name) != 0)
        status = error_set(error, errno, "cannot rename findings/%s in the run directory", name);
    if (status != 0) {
        unlink_all(at);
        unlinkat(all, temporary, AT_REMOVEDIR);
        return -1;
    }
    snprintf(finding->directory, sizeof finding->directory, "findings/%s", name);
    return 0;
}

static json_t *finding_event(const struct record *record, const struct record_finding *finding)
{
    const struct wire_finding *first = &finding->first;
    char name[64];
    json_t *object = json_object();
    member_count(&object, "id", finding->id);
    member_text(&object, "kind", wire_finding_kind_name((enum wire_finding_kind)first->kind));
    member_text(&object, "actor", actor_name(record, first->actor, name));
    member_text(&object, "action", first->action);
    member_text(&object, "title", first->title);
    member_count(&object, "count", finding->count);
    member_count(&object, "generation", first->generation);
    if (first->operation != UINT64_MAX)
        member_count(&object, "operation", first->operation);
    member_text(&object, "directory", finding->directory);
    return object;
}

void rundir_finding(struct rundir *rundir, const struct record *record,
                    struct record_finding *finding, const char *output, size_t output_size)
{
    struct error error;
    if (rundir->fd < 0)
        return;
    if (make_directory(rundir, record, finding, output, output_size, &error) != 0)
        rundir_fail(rundir, &error);
    rundir_event(rundir, record, "finding", finding_event(record, finding));
}
