/* SPDX-License-Identifier: MIT
 * table.c: what `crash` found: the table, the failing cases with the commands that repeat them,
 * result.json.
 */
#include "config.h"

#include "crash/table.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "crash/finding.h"
#include "crash/keep.h"
#include "crash/loss.h"
#include "crash/picture.h"
#include "crash/points.h"
#include "crash/recovery.h"
#include "crash/site.h"
#include "format/format.h"
#include "report/report.h"
#include "rundir/rundir.h"

enum { SHOWN = 20, SHOWN_ALIKE = 2 };

static const char *const verdict_texts[CRASH_VERDICTS] = {
    [CRASH_UNTRIED] = "untried", [CRASH_OK] = "ok", [CRASH_FINDING] = "finding",
    [CRASH_NOT_REACHED] = "not-reached", [CRASH_ERROR] = "error",
};

/* ---- one case --------------------------------------------------------------------------- */

static const struct share_call *call_at(const struct crash *crash, const struct crash_case *entry)
{
    return &crash->points->points[entry->point];
}

static const char *fault_text(const struct crash_fault *fault, char *to, size_t size)
{
    static const char *const texts[RULE_ACTIONS] = { [RULE_KILL] = "kill", [RULE_TORN] = "torn",
                                                     [RULE_KILL_AFTER] = "kill-after",
                                                     [RULE_SHORT] = "short",
                                                     [RULE_FULL] = "full" };
    if (fault->power)
        snprintf(to, size, "power:%s", durable_model_name(fault->model));
    else if (fault->action == RULE_ERROR)
        snprintf(to, size, "error=%s%s", strerrorname_np((int)fault->amount),
                 fault->persists ? " from there on" : "");
    else if (crash_has_size(fault))
        snprintf(to, size, "full=%" PRIu64, fault->amount);
    else
        snprintf(to, size, "%s", texts[fault->action]);
    return to;
}

static void whose_text(const struct crash *crash, const struct share_call *call, char *to,
                       size_t size)
{
    if (call->whose == RULE_OF_HOOK)
        snprintf(to, size, "the reset hook");
    else if (call->whose == RULE_OF_SERVER)
        snprintf(to, size, "server %s", call->server);
    else
        snprintf(to, size, "%s.%" PRIu32, crash->definition.types[call->type].name, call->index);
}

static const char *action_of(const struct crash *crash, const struct share_call *call)
{
    if (call->whose != RULE_OF_ACTOR || call->type >= crash->definition.n_types)
        return "";
    const struct definition_type *type = &crash->definition.types[call->type];
    return call->action < type->n_actions ? type->actions[call->action].name : "";
}

/* Only an enumeration has the check of --atomic, and --disk: one with the points at this call. */
static char *narrowed_command(const struct crash *crash, const struct crash_case *entry)
{
    struct options options = *crash->options;
    const struct crash_fault *fault = &crash->faults[entry->fault];
    char name[CALL_NAME], action[64];
    fault_text(fault, action, sizeof action);
    if (fault->persists)
        action[strcspn(action, " ")] = '\0';
    options.method = OPTIONS_RERUN;
    options.calls = call_name(call_at(crash, entry)->number, name, sizeof name);
    options.fault = action;
    options.persist = fault->persists;
    options.output = NULL;
    return options_command_line(&options, crash->seed);
}

/* Returns the command line that repeats a case. The caller frees it. NULL: no memory. */
static char *command_of(const struct crash *crash, const struct crash_case *entry)
{
    if (crash->options->atomic || *crash->disk)
        return narrowed_command(crash, entry);
    struct rule rules[2];
    struct options options = crash->run;
    unsigned n = crash_rules(crash, entry, rules);
    options.command = OPTIONS_RUN;
    options.time_limit = (struct options_number){ false, 0 };
    for (unsigned i = 0; i < n; i++)
        options.injections.text[i] = rules[i].text;
    options.injections.n = n;
    return options_command_line(&options, crash->seed);
}

/* ---- the table -------------------------------------------------------------------------- */

struct row {
    int number; /* of the system call */
    size_t points, runs, verdicts[CRASH_VERDICTS];
};

/* Makes a row for each system call, in the order of their first points. */
static size_t make_rows(const struct crash *crash, struct row *rows, size_t most)
{
    size_t n = 0;
    bool *known = calloc(crash->n_points + 1, sizeof *known); /* NULL: points are not counted */
    for (size_t i = 0; i < crash->n_cases; i++) {
        const struct crash_case *entry = &crash->cases[i];
        const struct share_call *call = call_at(crash, entry);
        size_t r = 0;
        while (r < n && rows[r].number != call->number)
            r++;
        if (r == most)
            continue;
        if (r == n)
            rows[n++] = (struct row){ .number = call->number };
        if (known && !entry->hook && !known[entry->point]) {
            known[entry->point] = true;
            rows[r].points++;
        }
        rows[r].runs += entry->verdict != CRASH_UNTRIED;
        rows[r].verdicts[entry->verdict]++;
    }
    free(known);
    return n;
}

static void print_table(const struct crash *crash)
{
    struct row rows[CALL_NUMBERS];
    size_t n = make_rows(crash, rows, CALL_NUMBERS), points = 0;
    char name[CALL_NAME];
    printf("%-20s %8s %8s %8s %8s %12s\n", "call", "points", "runs", "ok", "findings",
           "not reached");
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        points += row->points;
        printf("%-20s %8zu %8zu %8zu %8zu %12zu\n", call_name(row->number, name, sizeof name),
               row->points, row->runs, row->verdicts[CRASH_OK], row->verdicts[CRASH_FINDING],
               row->verdicts[CRASH_NOT_REACHED]);
    }
    printf("%-20s %8zu %8zu %8zu %8zu %12zu\n", "all", points,
           crash->n_cases - crash->totals[CRASH_UNTRIED],
           crash->totals[CRASH_OK], crash->totals[CRASH_FINDING], crash->totals[CRASH_NOT_REACHED]);
    if (crash->by_states)
        printf("%zu steps, %" PRIu64 " states possible, %zu distinct, %zu not judged\n",
               crash->recorded.steps.n_steps, crash->possible, crash->distinct,
               crash->left_out + crash->totals[CRASH_UNTRIED]);
    if (crash->n_recoveries > 0)
        printf("%zu resets recorded, with %zu states of their own (--recovery)\n",
               crash->n_recoveries, crash->in_resets);
    if (crash->pairs > 0)
        printf("in %zu of them two steps are lost (--time-limit)\n", crash->pairs);
    if (points < crash->n_points && crash->options->points.given)
        printf("%zu of %" PRIu32 " points were tried (--points)\n", points, crash->n_points);
}

static void print_known(const struct crash_finding *finding)
{
    if (finding->known)
        printf("  known since %s: %s\n", finding->known->since, finding->known->reason);
}

/* A finding of states. */
static void print_finding(const struct crash *crash, size_t which)
{
    const struct crash_finding *finding = &crash->findings[which];
    const struct crash_case *entry = &crash->cases[finding->first];
    char text[2 * LOSS_TEXT];
    printf("\nfinding %zu, %" PRIu64 " state%s: %s\n", which + 1, finding->states,
           finding->states == 1 ? "" : "s", finding_headline(crash, finding, text, sizeof text));
    printf("  %s: %s\n", wire_finding_kind_name((enum wire_finding_kind)entry->kind),
           entry->title ? entry->title : "");
    print_known(finding);
    if (finding->repair)
        printf("  repair: %s\n", finding->repair);
    if (which < KEEP_MOST)
        printf("  see %s/%s\n", crash->directory, keep_name(crash, which, text, sizeof text));
}

static void print_case(const struct crash *crash, const struct crash_case *entry)
{
    const struct share_call *call = call_at(crash, entry);
    char name[CALL_NAME], whose[2 * TEXT_NAME], fault[64], operation[48] = "";
    whose_text(crash, call, whose, sizeof whose);
    if (call->operation != RULE_ANY)
        snprintf(operation, sizeof operation, " operation %" PRIu64, call->operation);
    printf("\n%s: %s at %s %s%s, %s %" PRIu64 "%s%s", verdict_texts[entry->verdict],
           fault_text(&crash->faults[entry->fault], fault, sizeof fault), whose,
           action_of(crash, call), operation, call_name(call->number, name, sizeof name),
           entry->ordinal, *call->path ? " of " : "", call->path);
    if (entry->hook)
        printf(", then %s in the reset hook at %s %" PRIu64 "%s%s",
               entry->recovery ? fault_text(recovery_fault(crash, entry), fault, sizeof fault)
                               : "kill",
               call_name(entry->hook->number, name, sizeof name), entry->hook_ordinal,
               *entry->hook->path ? " of " : "", entry->hook->path);
    printf("\n");
    if (entry->title)
        printf("  %s%s%s\n", entry->verdict == CRASH_FINDING
                                 ? wire_finding_kind_name((enum wire_finding_kind)entry->kind) : "",
               entry->verdict == CRASH_FINDING ? ": " : "", entry->title);
    if (entry->verdict == CRASH_FINDING && crash->n_findings > 0)
        print_known(&crash->findings[entry->finding]);
    char *command = command_of(crash, entry);
    if (command)
        printf("  %s\n", command);
    free(command);
}

/* Have enough cases with the same finding been printed? */
static bool is_well_known(const struct crash *crash, size_t which)
{
    const struct crash_case *entry = &crash->cases[which];
    unsigned alike = 0;
    for (size_t i = 0; i < which && alike < SHOWN_ALIKE; i++) {
        const struct crash_case *before = &crash->cases[i];
        alike += before->verdict == entry->verdict && before->kind == entry->kind &&
                 !before->title == !entry->title &&
                 (!entry->title || strcmp(before->title, entry->title) == 0);
    }
    return alike >= SHOWN_ALIKE;
}

/* ---- verdict and doubts ----------------------------------------------------------------- */

/* A command without hooks is judged by nothing. The points of an operation that goes on after its
 * fault are judged by how it ends. */
static bool is_unjudged(const struct crash *crash)
{
    const struct options *options = crash->options;
    bool goes_on = false;
    for (uint32_t i = 0; i < crash->n_faults; i++)
        goes_on = goes_on || crash->faults[i].action == RULE_ERROR ||
                  crash->faults[i].action == RULE_SHORT || crash->faults[i].action == RULE_FULL;
    return crash->subject->kind == SUBJECT_COMMAND && !options->check && !options->reset &&
           !options->atomic && !goes_on;
}

/* Collects the doubts of the enumeration. Points that --points leaves out are not among them. */
static void doubts_of(const struct crash *crash, struct doubts *ret)
{
    *ret = crash->doubts;
    ret->count[DOUBT_NOT_REACHED] += crash->totals[CRASH_NOT_REACHED];
    ret->count[DOUBT_UNTRIED] += crash->totals[CRASH_UNTRIED];
    ret->count[DOUBT_REPEATED] += crash->repeated;
    ret->count[DOUBT_INEXACT] += crash->by_states && crash->inexact[0];
    ret->count[DOUBT_OUTSIDE] += crash->by_states && crash->outside[0];
    ret->count[DOUBT_LEFT_OUT] += crash->left_out;
    ret->count[DOUBT_UNJUDGED] += is_unjudged(crash);
}

/* An enumeration does not pass if a doubt concerns what the faults were to show, or if a point was
 * not reached again. */
enum record_verdict crash_verdict(const struct crash *crash)
{
    struct doubts doubts;
    doubts_of(crash, &doubts);
    if (*crash->unwritten)
        return RECORD_ERROR;
    if (cli_stopped())
        return RECORD_INTERRUPTED;
    if (crash->totals[CRASH_ERROR] > 0)
        return RECORD_ERROR;
    if (crash->totals[CRASH_FINDING] > crash->n_known)
        return RECORD_FAILED;
    return doubt_matters(&doubts, crash->options->accepted) ? RECORD_ERROR : RECORD_PASSED;
}

static const char *reason_of(const struct crash *crash, char *to, size_t size)
{
    struct doubts doubts;
    char line[256], shard[64], of[80] = "";
    size_t done = crash->n_cases - crash->totals[CRASH_UNTRIED];
    if (shard_is(&crash->options->shard))
        snprintf(of, sizeof of, " of %s",
                 shard_text(&crash->options->shard, false, shard, sizeof shard));
    doubts_of(crash, &doubts);
    doubt_line(&doubts, crash->options->accepted, line, sizeof line);
    if (*crash->unwritten)
        snprintf(to, size, "%s", crash->unwritten);
    else if (cli_stopped())
        snprintf(to, size, "ended by signal %d: %zu of %zu runs were done", cli_stopped(), done,
                 crash->n_cases);
    else if (crash_verdict(crash) == RECORD_ERROR && *line)
        snprintf(to, size, "not passed, because of doubts: %s (see --accept)", line);
    else if (crash->options->points.given)
        snprintf(to, size, "as many points%s as --points says were tried, in %zu runs", of, done);
    else
        snprintf(to, size, "all points%s were tried", of);
    return to;
}

static void print_doubts(const struct crash *crash)
{
    struct doubts doubts;
    doubts_of(crash, &doubts);
    json_t *list = doubt_json(&doubts), *entry;
    size_t i;
    char text[256];
    json_array_foreach(list, i, entry) {
        printf("%sdoubt: %" PRIu64 "x %s: ", i == 0 ? "\n" : "", member_get_count(entry, "count"),
               member_get_text(entry, "kind", "?", text, sizeof text));
        printf("%s\n", member_get_text(entry, "means", "", text, sizeof text));
        printf("  %s\n", member_get_text(entry, "do", "", text, sizeof text));
    }
    json_decref(list);
    if (crash->by_states && *crash->inexact)
        printf("inexact: %s\n", crash->inexact);
    if (crash->by_states && *crash->outside)
        printf("%s\n", crash->outside);
}

/* result.json of the run without faults, from which that of the enumeration is made. NULL: `error`
 * has the reason. */
static json_t *load_clean(const struct crash *crash, struct error *error)
{
    char path[4200];
    json_error_t why;
    snprintf(path, sizeof path, "%.4000s/clean/result.json", crash->directory);
    json_t *result = json_load_file(path, 0, &why);
    if (!result)
        error_set(error, 0, "%.500s: %s", path, why.text);
    return result;
}

/* How often a finding that is known came in the run without faults. */
static uint64_t came_without_faults(const json_t *clean, const char *bucket)
{
    const json_t *list = json_object_get(clean, "known"), *one;
    size_t i;
    json_array_foreach(list, i, one)
        if (strcmp(json_string_value(json_object_get(one, "bucket")), bucket) == 0)
            return member_get_count(one, "came");
    return 0;
}

/* What the file of --known has, and how often each came: cases, and findings of the run without
 * faults, whose result is `clean`. */
static json_t *known_json(const struct crash *crash, const json_t *clean)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < crash->known.n; i++) {
        const struct known_entry *entry = &crash->known.list[i];
        uint64_t came = came_without_faults(clean, entry->bucket);
        for (size_t f = 0; f < crash->n_findings; f++)
            if (crash->findings[f].known == entry)
                came += crash->findings[f].count;
        member_append(&list, finding_known_json(entry, came));
    }
    return list;
}

static void print_gone(const struct crash *crash)
{
    struct error ignored;
    json_t *result = json_object();
    json_t *clean = crash->known.n > 0 ? load_clean(crash, &ignored) : NULL;
    member_set(&result, "known", known_json(crash, clean));
    report_text_gone(stdout, result);
    json_decref(clean);
    json_decref(result);
}

void crash_print(const struct crash *crash)
{
    char reason[512], known[64] = "";
    size_t shown = 0, bad = 0;
    print_table(crash);
    for (size_t i = 0; i < crash->n_findings && i < SHOWN && crash->by_states; i++)
        print_finding(crash, i);
    for (size_t i = 0; i < crash->n_cases; i++) {
        const struct crash_case *entry = &crash->cases[i];
        if (entry->verdict == CRASH_OK || entry->verdict == CRASH_UNTRIED ||
            (entry->verdict == CRASH_FINDING && crash->by_states))
            continue;
        bad++;
        if (shown < SHOWN && !is_well_known(crash, i)) {
            print_case(crash, entry);
            shown++;
        }
    }
    if (crash->by_states && crash->n_findings > SHOWN)
        printf("\n... and %zu more: see %s/result.json\n", crash->n_findings - SHOWN,
               crash->directory);
    if (bad > shown)
        printf("\n... and %zu more: see %s/result.json\n", bad - shown, crash->directory);
    print_doubts(crash);
    print_gone(crash);
    if (crash->n_known > 0)
        snprintf(known, sizeof known, " (%zu of them known)", crash->n_known);
    printf("\nverdict: %s: %zu runs, %zu findings%s, %zu not reached, %zu errors; %s\n",
           record_verdict_text(crash_verdict(crash)), crash->n_cases - crash->totals[CRASH_UNTRIED],
           crash->totals[CRASH_FINDING], known, crash->totals[CRASH_NOT_REACHED],
           crash->totals[CRASH_ERROR], reason_of(crash, reason, sizeof reason));
}

/* ---- verdict and result.json ------------------------------------------------------------ */

int crash_exit_status(const struct crash *crash)
{
    return record_verdict_status(crash_verdict(crash), cli_stopped());
}

static json_t *address_json(const struct crash *crash, const struct share_call *call,
                            uint64_t ordinal)
{
    json_t *address = json_object();
    char name[CALL_NAME], whose[2 * TEXT_NAME];
    whose_text(crash, call, whose, sizeof whose);
    member_text(&address, call->whose == RULE_OF_SERVER ? "server"
                          : call->whose == RULE_OF_HOOK ? "hook" : "actor",
                call->whose == RULE_OF_SERVER ? call->server
                : call->whose == RULE_OF_HOOK ? "reset" : whose);
    member_text(&address, "action", action_of(crash, call));
    if (call->operation == RULE_ANY)
        member_text(&address, "operation", NULL);
    else
        member_count(&address, "operation", call->operation);
    member_text(&address, "call", call_name(call->number, name, sizeof name));
    member_count(&address, "ordinal", ordinal);
    member_text(&address, "path", call->path);
    return address;
}

static json_t *recovery_json(const struct crash *crash, const struct crash_case *entry)
{
    json_t *recovery = address_json(crash, entry->hook, entry->hook_ordinal);
    char fault[64];
    if (entry->recovery)
        member_text(&recovery, "fault",
                    fault_text(&crash->faults[entry->hook_fault], fault, sizeof fault));
    return recovery;
}

static json_t *case_json(const struct crash *crash, const struct crash_case *entry)
{
    json_t *object = json_object();
    char fault[64];
    member_set(&object, "address", address_json(crash, call_at(crash, entry), entry->ordinal));
    member_text(&object, "fault", fault_text(&crash->faults[entry->fault], fault, sizeof fault));
    if (entry->hook)
        member_set(&object, "recovery", recovery_json(crash, entry));
    if (entry->verdict == CRASH_FINDING && crash->n_findings > 0)
        member_count(&object, "finding", entry->finding + 1);
    member_text(&object, "verdict", verdict_texts[entry->verdict]);
    if (entry->title)
        member_text(&object, "title", entry->title);
    if (entry->verdict != CRASH_OK && entry->verdict != CRASH_UNTRIED && !crash->by_states) {
        char *command = command_of(crash, entry);
        member_text(&object, "reproduce", command);
        free(command);
    }
    return object;
}

void crash_write_start(struct crash *crash)
{
    json_t *fields = json_object();
    member_count(&fields, "schema", RECORD_SCHEMA);
    member_text(&fields, "version", PACKAGE_VERSION);
    member_text(&fields, "command", "crash");
    member_text(&fields, "workload", crash->options->subject);
    member_hex(&fields, "seed", crash->seed);
    member_instant(&fields, "started", (uint64_t)time(NULL));
    origin_set(&fields, &crash->options->shard, crash->tested);
    rundir_event_since(&crash->rundir, crash->started_ns, "start", fields);
}

void crash_write_case(struct crash *crash, size_t which)
{
    rundir_event_since(&crash->rundir, crash->started_ns, "point",
                       case_json(crash, &crash->cases[which]));
}

static json_t *models_json(unsigned models)
{
    json_t *list = json_array();
    for (unsigned m = 0; m < DURABLE_MODELS; m++)
        if (models >> m & 1)
            member_append(&list, member_string(durable_model_name((enum durable_model)m)));
    return list;
}

/* A step that the finding names, and where in the program it was taken. */
static void add_step(const struct crash_source *source, const char *key, uint64_t step,
                     json_t **object)
{
    char text[LOSS_TEXT];
    if (step >= source->steps.n_steps)
        return;
    json_t *one = json_object(), *stack = site_stack(source, step);
    const char *site = site_text(source, step);
    member_count(&one, "step", step);
    member_text(&one, "text", loss_step(source, step, UINT64_MAX, text, sizeof text));
    member_text(&one, "site", *site ? site : NULL);
    member_set(&one, "stack", stack ? stack : json_array());
    member_set(object, key, one);
}

/* What only findings of states have. */
static void add_state(const struct crash *crash, const struct crash_finding *finding,
                      json_t **object)
{
    const struct crash_source *source = recovery_source(crash, &crash->cases[finding->first]);
    char text[2 * LOSS_TEXT];
    member_count(object, "states", finding->states);
    member_set(object, "models", models_json(finding->models));
    member_text(object, "state", finding_headline(crash, finding, text, sizeof text));
    add_step(source, "lost", finding->lost, object);
    add_step(source, "kept", finding->kept, object);
    size_t which = (size_t)(finding - crash->findings);
    if (which < KEEP_MOST) {
        member_text(object, "directory", keep_name(crash, which, text, sizeof text));
        member_set(object, "steps", picture_steps(crash, finding));
    }
    if (!finding->repair)
        return;
    json_t *repair = json_object();
    member_text(&repair, "text", finding->repair);
    member_count(&repair, "removes", finding->removes);
    member_count(&repair, "leaves", finding->leaves);
    member_set(object, "repair", repair);
}

static json_t *bucket_json(const struct crash *crash, size_t which)
{
    const struct crash_finding *known = &crash->findings[which];
    const struct crash_case *entry = &crash->cases[known->first];
    const struct share_call *call = call_at(crash, entry);
    json_t *finding = json_object(), *first = json_object();
    char whose[2 * TEXT_NAME], name[CALL_NAME], fault[64];
    char *command = !crash->by_states  ? command_of(crash, entry)
                    : which < KEEP_MOST ? keep_command(crash, which) : NULL;
    whose_text(crash, call, whose, sizeof whose);
    member_count(&finding, "id", which + 1);
    member_text(&finding, "kind", wire_finding_kind_name((enum wire_finding_kind)entry->kind));
    member_text(&finding, "actor", whose);
    member_text(&finding, "action", action_of(crash, call));
    member_text(&finding, "title", entry->title ? entry->title : "");
    member_text(&finding, "bucket", known->key);
    finding_set_known(&finding, known->known);
    member_count(&finding, "count", known->count);
    member_count(&first, "generation", 0);
    if (call->operation != RULE_ANY)
        member_count(&first, "operation", call->operation);
    member_hex(&first, "seed", crash->seed);
    member_text(&first, "call", call_name(call->number, name, sizeof name));
    member_count(&first, "ordinal", entry->ordinal);
    member_text(&first, "path", call->path);
    member_text(&first, "fault", fault_text(&crash->faults[entry->fault], fault, sizeof fault));
    member_set(&finding, "first", first);
    if (crash->by_states)
        add_state(crash, known, &finding);
    member_text(&finding, "reproduce", command);
    free(command);
    return finding;
}

/* The table, for reports. */
static json_t *calls_json(const struct crash *crash)
{
    struct row rows[CALL_NUMBERS];
    size_t n = make_rows(crash, rows, CALL_NUMBERS);
    json_t *list = json_array();
    char name[CALL_NAME];
    for (size_t i = 0; i < n; i++) {
        const struct row *row = &rows[i];
        json_t *one = json_object();
        member_text(&one, "call", call_name(row->number, name, sizeof name));
        member_count(&one, "points", row->points);
        member_count(&one, "runs", row->runs);
        member_count(&one, "ok", row->verdicts[CRASH_OK]);
        member_count(&one, "findings", row->verdicts[CRASH_FINDING]);
        member_count(&one, "not_reached", row->verdicts[CRASH_NOT_REACHED]);
        member_count(&one, "errors", row->verdicts[CRASH_ERROR]);
        member_append(&list, one);
    }
    return list;
}

/* Which share it is, and of what. */
static void add_share(const struct crash *crash, json_t **result)
{
    origin_set(result, &crash->options->shard, crash->tested);
    shard_set_whole(*result, crash->n_whole, crash->whole);
}

static json_t *make_result(const struct crash *crash, struct error *error)
{
    char reason[512];
    struct doubts doubts;
    json_t *result = load_clean(crash, error);
    if (!result)
        return NULL;
    enum record_verdict verdict = crash_verdict(crash);
    json_t *points = json_array(), *findings = json_array();
    for (size_t i = 0; i < crash->n_cases; i++) {
        member_append(&points, case_json(crash, &crash->cases[i]));
    }
    for (size_t i = 0; i < crash->n_findings; i++)
        member_append(&findings, bucket_json(crash, i));
    member_text(&result, "command", "crash");
    member_text(&result, "verdict", record_verdict_text(verdict));
    add_share(crash, &result);
    member_set(&result, "exit_status", json_integer(crash_exit_status(crash)));
    member_text(&result, "reason", reason_of(crash, reason, sizeof reason));
    doubts_of(crash, &doubts);
    member_set(&result, "doubts", doubt_json(&doubts));
    member_count(&result, "points_found", crash->n_points);
    member_set(&result, "calls", calls_json(crash));
    member_text(&result, "method", crash->by_states ? "states" : "rerun");
    if (crash->by_states) {
        json_t *states = json_object();
        member_count(&states, "steps", crash->recorded.steps.n_steps);
        member_count(&states, "possible", crash->possible);
        member_count(&states, "distinct", crash->distinct);
        member_count(&states, "left_out", crash->left_out);
        member_count(&states, "pairs", crash->pairs);
        member_count(&states, "resets", crash->n_recoveries);
        member_count(&states, "in_resets", crash->in_resets);
        member_seconds(&states, "judged_cpu_s", crash->judged_ns);
        member_set(&result, "states", states);
        member_set(&result, "models", models_json(crash->models));
    }
    if (crash->known.n > 0)
        member_set(&result, "known", known_json(crash, result));
    member_set(&result, "points", points);
    member_set(&result, "findings", findings);
    return result;
}

static int write_result(const struct crash *crash, json_t *result, struct error *error)
{
    int fd FD_CLEANUP = open(crash->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(error, errno, "cannot open %.500s", crash->directory);
    return rundir_document(fd, "result.json", result, error);
}

int crash_write(const struct crash *crash, struct error *error)
{
    json_t *result = make_result(crash, error);
    int status = result ? write_result(crash, result, error) : -1;
    json_decref(result);
    return status;
}

int crash_write_early(const struct crash *crash, int exit_status, const char *reason,
                      struct error *error)
{
    json_t *result = load_clean(crash, error);
    if (!result)
        return -1;
    member_text(&result, "command", "crash");
    member_text(&result, "verdict", record_verdict_text(record_verdict_of_status(exit_status)));
    member_set(&result, "exit_status", json_integer(exit_status));
    member_text(&result, "reason", reason);
    origin_set(&result, &crash->options->shard, crash->tested);
    member_count(&result, "points_found", 0);
    member_set(&result, "points", json_array());
    int status = write_result(crash, result, error);
    json_decref(result);
    return status;
}
