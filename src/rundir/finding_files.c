/* SPDX-License-Identifier: MIT
 * finding_files.c: see finding_files.h.
 */
#include "rundir/finding_files.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "rundir/finding_replay.h"
#include "rundir/result.h"

enum { STORY_FILES = 2 };

static const char *action_name(const struct record *record, const struct story_operation *operation)
{
    uint32_t index;
    const struct definition_type *type =
        definition_type_of(&record->definition, operation->actor, &index);
    uint32_t action = operation->operation.action;
    return type && action < type->n_actions && action < DEFINITION_ACTIONS
               ? type->actions[action].name : NULL;
}

/* "SIGSEGV"; NULL for 0. */
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

/* One time minus another, in ns. */
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
        const struct story_operation *one = &finding->operations[i];
        char name[64];
        json_t *object = json_object();
        member_text(&object, "actor", record_actor_name(record, one->actor, name));
        member_count(&object, "index", one->operation.index);
        member_text(&object, "action", action_name(record, one));
        member_text(&object, "outcome",
                    one->finished ? wire_outcome_text(one->operation.outcome) : "in flight");
        member_set(&object, "started_ns", offset_from(last, one->operation.started_ns));
        if (one->finished)
            member_count(&object, "duration_ns", one->operation.duration_ns);
        else
            member_text(&object, "duration_ns", NULL);
        member_text(&object, "note", *one->note ? one->note : NULL);
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

/* The reset that followed; null: none. */
static json_t *reset_json(const struct record *record, const struct record_finding *finding)
{
    const struct wire_reset *reset = &finding->reset;
    char name[64];
    if (!finding->was_reset)
        return json_null();
    json_t *object = json_object();
    member_text(&object, "cause", wire_cause_text(reset->cause));
    member_text(&object, "actor", record_actor_name(record, reset->actor, name));
    member_set(&object, "announced", json_boolean(reset->announced));
    member_text(&object, "announcement", reset->announcement);
    member_seconds(&object, "took_s", finding->reset_ns);
    return object;
}

/* The copy of the scratch directory; null: none. */
static json_t *scratch_json(const struct record_scratch *scratch)
{
    if (!scratch->kept)
        return json_null();
    json_t *object = json_object();
    member_count(&object, "files", scratch->files);
    member_count(&object, "bytes", scratch->bytes);
    member_count(&object, "left_out", scratch->left_out);
    return object;
}

/* The command that makes the run again. It has the rules of the command line, then those of the
 * orders. */
static char *reproduce_line(const struct record *record)
{
    const struct share *share = record->share;
    struct options options = {
        .subject = record->workload,
        .operations = { record->target != 0, record->target },
        .time_limit = { record->time_limit_ns != 0, record->time_limit_ns },
    };
    if (record->replayed)
        return strdup("stress-supervisor replay .");
    if (record->options)
        options = *record->options;
    bool crash = options.command == OPTIONS_CRASH;
    if (crash) /* there it is about pairs of losses */
        options.time_limit = (struct options_number){ .given = false };
    for (uint32_t i = options.injections.n; share && i < share->n_rules; i++)
        if (share->rules[i].action != RULE_RECORD && options.injections.n < OPTIONS_INJECTIONS)
            options.injections.text[options.injections.n++] = share->rules[i].text;
    if (crash && !options.atomic && options.injections.n > 0)
        options.command = OPTIONS_RUN; /* with the faults of the point; a run has no --atomic */
    return options_command_line(&options, record->seed);
}

json_t *finding_files_json(const struct record *record, const struct record_finding *finding)
{
    const struct wire_finding *first = &finding->first;
    char signal[32];
    json_t *object = finding_json(record, finding);
    finding_set_place(&object, first);
    member_hex(&object, "seed", record->seed);
    member_seconds(&object, "time_s", finding->first_ns);
    member_text(&object, "signal", signal_name(first->signal, signal));
    member_set(&object, "exit_status", json_integer(first->exit_status));
    member_set(&object, "code", json_integer(first->code));
    member_set(&object, "out_of_memory", json_boolean(first->out_of_memory));
    member_set(&object, "crash", crash_json(&first->crash));
    member_text(&object, "server", first->server);
    member_text(&object, "description", first->description);
    finding_set_last(&object, finding);
    member_set(&object, "stack", finding->stack ? json_incref(finding->stack) : json_null());
    member_set(&object, "operations", operations_json(record, first));
    member_set(&object, "injections", finding->injections ? json_incref(finding->injections)
                                                          : json_array());
    member_set(&object, "reset", reset_json(record, finding));
    member_set(&object, "servers", finding->servers ? json_incref(finding->servers)
                                                    : json_array());
    member_set(&object, "watch", finding->watched ? json_incref(finding->watched) : json_array());
    member_set(&object, "scratch", scratch_json(&finding->scratch));
    char *line = reproduce_line(record);
    member_text(&object, "reproduce", line);
    free(line);
    return object;
}

/* ---- the text files ---------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void print_operations(FILE *out, const struct record *record,
                             const struct wire_finding *finding)
{
    uint32_t n = finding->n_operations < WIRE_STORY ? finding->n_operations : WIRE_STORY;
    fprintf(out, "The last operations of all actors, oldest first; times relative to the last.\n\n"
                 "%14s  %-20s %12s  %-16s %-10s %-8s  %s\n", "started", "actor", "operation",
            "action", "outcome", "took", "note");
    for (uint32_t i = 0; i < n; i++) {
        const struct story_operation *one = &finding->operations[i];
        int64_t before = (int64_t)(one->operation.started_ns -
                                   finding->operations[n - 1].operation.started_ns);
        char name[64], took[32] = "-";
        const char *actor = record_actor_name(record, one->actor, name);
        const char *action = action_name(record, one);
        if (one->finished)
            text_format_duration(one->operation.duration_ns, took, sizeof took);
        fprintf(out, "%+11.3f ms  %-20s %12" PRIu64 "  %-16s %-10s %*s%s%s\n",
                (double)before / 1e6, actor ? actor : "?", one->operation.index,
                action ? action : "?",
                one->finished ? wire_outcome_text(one->operation.outcome) : "in flight",
                *one->note ? -8 : 0, took, *one->note ? "  " : "", one->note);
    }
}

static void print_injections(FILE *out, const json_t *injections)
{
    size_t i;
    const json_t *one;
    if (json_array_size(injections) > 0)
        fprintf(out, "\nThe faults injected in this generation, oldest first.\n\n");
    json_array_foreach(injections, i, one) {
        fprintf(out, "%s", text_of(one, "rule"));
        if (*text_of(one, "actor"))
            fprintf(out, " in %s %s", text_of(one, "actor"), text_of(one, "action"));
        else
            fprintf(out, " in %s",
                    *text_of(one, "hook") ? "the reset hook" : text_of(one, "server"));
        if (json_is_integer(json_object_get(one, "operation")))
            fprintf(out, ", operation %" PRIu64, member_get_count(one, "operation"));
        fprintf(out, ": %s %s\n", text_of(one, "call"), text_of(one, "path"));
    }
}

/* Were operations of others under way when the last one of this actor was? */
static bool is_overlapped(const struct wire_finding *finding)
{
    uint32_t n = finding->n_operations < WIRE_STORY ? finding->n_operations : WIRE_STORY;
    const struct story_operation *own = NULL;
    for (uint32_t i = 0; i < n; i++)
        if ((int64_t)finding->operations[i].actor == finding->actor)
            own = &finding->operations[i];
    for (uint32_t i = 0; i < n && own; i++) {
        const struct story_operation *other = &finding->operations[i];
        uint64_t begin = other->operation.started_ns, own_begin = own->operation.started_ns;
        if (other->actor != own->actor &&
            (!own->finished || begin <= own_begin + own->operation.duration_ns) &&
            (!other->finished || begin + other->operation.duration_ns >= own_begin))
            return true;
    }
    return false;
}

/* What a replay has not. */
static void print_limits(FILE *out, const struct record *record, const struct wire_finding *finding)
{
    bool serial = record->options && record->options->schedule == OPTIONS_SERIAL;
    fputs("# They run with the environment variables of the shell that starts them.\n", out);
    if (!serial && !record->replayed && is_overlapped(finding))
        fputs("# They perform one operation at a time, but here some overlapped. A bug that needs "
              "that\n# does not show then: repeat the first command, with more operations or "
              "actors.\n", out);
}

/* A finding of a replay is shown again by a replay, not by a run. */
static void print_reproduce(FILE *out, const struct record *record,
                            const struct wire_finding *finding)
{
    char *line = reproduce_line(record);
    if (record->replayed)
        fputs("# in this directory\n", out);
    else
        options_print_directory(out);
    if (line)
        fprintf(out, "%s\n", line);
    free(line);
    fputs(record->replayed
              ? "# the fewest operations that still show it:\n#   stress-supervisor shrink .\n"
              : "# in this directory: the same operations in the same order; the fewest that "
                "still show it:\n#   stress-supervisor replay .\n#   stress-supervisor shrink .\n",
          out);
    print_limits(out, record, finding);
}

static void print_stack(FILE *out, const json_t *stack)
{
    for (size_t t = 0; t < json_array_size(stack); t++) {
        const json_t *thread = json_array_get(stack, t);
        const json_t *frames = json_object_get(thread, "frames");
        const char *actor = text_of(thread, "actor");
        fprintf(out, "%sthread %" PRIu64 " %s%s%s%s\n", t > 0 ? "\n" : "",
                member_get_count(thread, "thread"), text_of(thread, "name"),
                json_is_true(json_object_get(thread, "crashed")) ? ": crashed here" : "",
                *actor ? " of " : "", actor);
        for (size_t i = 0; i < json_array_size(frames); i++) {
            const json_t *frame = json_array_get(frames, i);
            const char *function = text_of(frame, "function"), *file = text_of(frame, "file");
            fprintf(out, "#%-3zu %s", i, *function ? function : "?");
            if (*file)
                fprintf(out, " at %s:%" PRIu64, file, member_get_count(frame, "line"));
            if (json_is_true(json_object_get(frame, "inlined")))
                fprintf(out, " (inlined)");
            fprintf(out, " [%s+%s]\n", text_of(frame, "module"), text_of(frame, "offset"));
        }
        if (*text_of(thread, "note"))
            fprintf(out, "(%s)\n", text_of(thread, "note"));
    }
}

static int print_operations_file(FILE *out, const struct finding_files *files, struct error *error)
{
    print_operations(out, files->record, &files->finding->first);
    print_injections(out, files->finding->injections);
    (void)error;
    return 0;
}

static int print_stack_file(FILE *out, const struct finding_files *files, struct error *error)
{
    print_stack(out, files->finding->stack);
    (void)error;
    return 0;
}

static int print_description_file(FILE *out, const struct finding_files *files, struct error *error)
{
    const char *text = files->finding->first.description;
    size_t size = strlen(text);
    fprintf(out, "%s%s", text, size > 0 && text[size - 1] == '\n' ? "" : "\n");
    (void)error;
    return 0;
}

static int print_watch_file(FILE *out, const struct finding_files *files, struct error *error)
{
    const json_t *list = files->finding->watched;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        fprintf(out, "%9.3f  %s\n", member_get_real(one, "t"), text_of(one, "value"));
    }
    (void)error;
    return 0;
}

static int print_replay_file(FILE *out, const struct finding_files *files, struct error *error)
{
    return rundir_replay(out, files->record, files->finding, error);
}

static int print_reproduce_file(FILE *out, const struct finding_files *files, struct error *error)
{
    print_reproduce(out, files->record, &files->finding->first);
    (void)error;
    return 0;
}

static bool has_stack(const struct record_finding *finding)
{
    return finding->stack != NULL;
}

static bool has_description(const struct record_finding *finding)
{
    return *finding->first.description != '\0';
}

static bool has_watched(const struct record_finding *finding)
{
    return finding->watched != NULL;
}

static const struct text_file {
    const char *name;
    int (*print)(FILE *out, const struct finding_files *files, struct error *error);
    bool (*has)(const struct record_finding *finding); /* NULL: each finding has it */
} text_files[] = {
    { "operations.txt", print_operations_file, NULL }, /* the first STORY_FILES are the story */
    { "replay", print_replay_file, NULL },
    { "stack.txt", print_stack_file, has_stack },
    { "reproduce.txt", print_reproduce_file, NULL },
    { "watch.txt", print_watch_file, has_watched },
    { "description.txt", print_description_file, has_description },
};

static int write_text(int at, const struct text_file *file, const struct finding_files *files,
                      size_t *size, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return error_set(error, errno, "cannot write %s of finding %u", file->name,
                         files->finding->id);
    int status = file->print(out, files, error);
    if (fclose(out) != 0)
        status = error_set(error, errno, "cannot write %s", file->name);
    if (status == 0)
        status = rundir_write(at, file->name, text, length, error);
    *size += length;
    free(text);
    return status;
}

static int write_json(int at, const struct finding_files *files, size_t *size,
                      struct error *error)
{
    struct stat written;
    json_t *document = finding_files_json(files->record, files->finding);
    int status = rundir_document(at, "finding.json", document, error);
    json_decref(document);
    if (status == 0 && fstatat(at, "finding.json", &written, AT_SYMLINK_NOFOLLOW) == 0)
        *size += (size_t)written.st_size;
    return status;
}

int finding_files_story(int at, const struct record *record, const struct record_finding *finding,
                        json_t **ret, struct error *error)
{
    const struct finding_files files = { .record = record, .finding = finding };
    size_t size = 0;
    int status = 0;
    for (unsigned i = 0; i < STORY_FILES && status == 0; i++)
        status = write_text(at, &text_files[i], &files, &size, error);
    *ret = status == 0 ? operations_json(record, &finding->first) : NULL;
    return status;
}

int finding_files_servers(int at, const struct record *record, size_t *size, struct error *error)
{
    int status = 0;
    for (uint32_t i = 0; status == 0 && i < record->n_servers; i++) {
        const struct record_server *server = &record->servers[i];
        char name[SERVERS_FILE];
        servers_file(server->last.name, name);
        if (!server->output || !text_is_stored_name(server->last.name))
            continue;
        unlinkat(at, name, 0);
        status = rundir_write(at, name, server->output, server->output_size, error);
        *size += server->output_size;
    }
    return status;
}

int finding_files_write(int at, const struct finding_files *files, size_t *size,
                        struct error *error)
{
    *size += files->output_size;
    if (write_json(at, files, size, error) != 0 ||
        rundir_write(at, "stderr", files->output, files->output_size, error) != 0 ||
        finding_files_servers(at, files->record, size, error) != 0)
        return -1;
    for (unsigned i = 0; i < sizeof text_files / sizeof *text_files; i++)
        if ((!text_files[i].has || text_files[i].has(files->finding)) &&
            write_text(at, &text_files[i], files, size, error) != 0)
            return -1;
    return 0;
}
