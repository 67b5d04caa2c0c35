/* SPDX-License-Identifier: MIT
 * points.c: see points.h.
 */
#include "crash/points.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crash/address.h"
#include "crash/part.h"

static const char default_faults[] = "kill,torn,kill-after";

static size_t points_size(uint64_t room)
{
    return sizeof(struct share_points) + (size_t)room * sizeof(struct share_call);
}

struct share_points *crash_points_new(uint64_t room)
{
    struct share_points *points = mmap(NULL, points_size(room), PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (points == MAP_FAILED)
        return NULL;
    points->room = room;
    return points;
}

void crash_points_free(struct share_points *points)
{
    if (points)
        munmap(points, points_size(points->room));
}

bool crash_has_size(const struct crash_fault *fault)
{
    return fault->action == RULE_FULL && fault->amount != RULE_HALF;
}

/* ---- what the user wants ---------------------------------------------------------------- */

static int add_fault(struct crash *crash, const struct crash_fault *fault, struct error *error)
{
    if (crash->n_faults == CRASH_FAULTS)
        return error_set(error, 0, "--fault: more than %d", CRASH_FAULTS);
    crash->faults[crash->n_faults++] = *fault;
    return 0;
}

int crash_add_power(struct crash *crash, enum durable_model model, uint32_t *ret,
                    struct error *error)
{
    *ret = crash->n_faults;
    return add_fault(crash, &(struct crash_fault){ .action = RULE_KILL, .power = true,
                                                   .model = model }, error);
}

/* Adds an error in two variants: once, and at all calls from the point on. --persist: only the
 * second. */
static int add_error(struct crash *crash, const char *name, struct error *error)
{
    struct rule rule;
    char text[128];
    snprintf(text, sizeof text, "write:error=%s", name);
    if (rule_parse(text, &rule, error) < 0)
        return -1;
    struct crash_fault fault = { .action = RULE_ERROR, .amount = rule.amount };
    if (!crash->options->persist && add_fault(crash, &fault, error) < 0)
        return -1;
    fault.persists = true;
    return add_fault(crash, &fault, error);
}

/* Adds a disk of some size. */
static int add_full(struct crash *crash, const char *word, struct error *error)
{
    struct rule rule;
    char text[128];
    snprintf(text, sizeof text, "write:%.100s", word);
    if (rule_parse(text, &rule, error) < 0)
        return -1;
    return add_fault(crash, &(struct crash_fault){ .action = RULE_FULL, .amount = rule.amount },
                     error);
}

static int parse_fault(struct crash *crash, const char *word, bool after_error,
                       struct error *error)
{
    static const struct {
        const char *name;
        enum rule_action action;
    } names[] = { { "kill", RULE_KILL }, { "torn", RULE_TORN }, { "kill-after", RULE_KILL_AFTER },
                  { "short", RULE_SHORT }, { "full", RULE_FULL } };
    if (strncmp(word, "error=", 6) == 0)
        return add_error(crash, word + 6, error);
    if (after_error && *word == 'E') /* error=EIO,ENOSPC */
        return add_error(crash, word, error);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i].name, word) == 0)
            return add_fault(crash, &(struct crash_fault){ .action = names[i].action,
                                                           .amount = RULE_HALF }, error);
    if (strncmp(word, "full=", 5) == 0)
        return add_full(crash, word, error);
    return error_set(error, 0, "--fault=%.100s: unknown: give kill, torn, kill-after, short, full "
                               "or error=ERRNO", word);
}

static int parse_faults(struct crash *crash, const char *text, struct error *error)
{
    char *copy = strdup(text), *rest = copy, *word;
    bool after_error = false;
    int result = copy ? 0 : error_set(error, ENOMEM, "--fault");
    while (result == 0 && rest && (word = strsep(&rest, ","))) {
        result = parse_fault(crash, word, after_error, error);
        after_error = strncmp(word, "error=", 6) == 0 || (after_error && *word == 'E');
    }
    free(copy);
    return result;
}

/* A disk can be full at each call that stores data on it; one of some size is there from the first
 * of these calls on. */
bool crash_fits(const struct crash_fault *fault, const struct share_call *point)
{
    const struct call *call = call_of(point->number);
    switch (fault->action) {
    case RULE_TORN:
    case RULE_KILL_AFTER: /* at other calls it equals a kill at the next call */
        return call && call->data == CALL_DATA_OUT;
    case RULE_SHORT:
        return call && call->data != CALL_DATA_NONE;
    case RULE_FULL:
        return crash_has_size(fault) ? point->stored == 1 : point->stored > 0;
    default:
        return true;
    }
}

int crash_choose(struct crash *crash, struct error *error)
{
    const struct options *options = crash->options;
    if (options->calls) {
        struct error why;
        if (call_set_parse(options->calls, &crash->calls, NULL, &why) < 0)
            return error_set(error, 0, "--calls=%.100s: %s", options->calls, why.text);
    } else {
        call_set_changes(&crash->calls);
        crash->files_only = true;
    }
    return parse_faults(crash, options->fault ? options->fault : default_faults, error);
}

void crash_record_rule(const struct crash *crash, enum rule_whose whose, struct rule *ret)
{
    *ret = (struct rule){ .calls = crash->calls, .action = RULE_RECORD, .whose = whose,
                          .first = 1, .step = 1, .operation = RULE_ANY, .index = UINT32_MAX,
                          .files_only = crash->files_only, .text = "record" };
}

/* ---- call sites ------------------------------------------------------------------------- */

/* Two points belong to the same site if actors of the same type make the same call on the same path
 * in the same action. */
static int compare_sites(const struct share_call *a, const struct share_call *b)
{
    const uint32_t left[] = { a->whose, a->type, a->action, (uint32_t)a->number };
    const uint32_t right[] = { b->whose, b->type, b->action, (uint32_t)b->number };
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    int order = address_compare_paths(a->path, b->path);
    return order ? order : strcmp(a->server, b->server);
}

static const struct share_call *sorted_calls; /* for qsort() */

static int compare_indices(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    int order = compare_sites(&sorted_calls[left], &sorted_calls[right]);
    return order ? order : left < right ? -1 : left > right;
}

/* The call sites, and the calls in the order of their sites. */
struct sites {
    uint32_t n;       /* sites */
    uint32_t *order;  /* indices of calls: by site, then by time */
    uint32_t *begin;  /* n + 1: where a site begins in `order` */
    uint64_t *quota;  /* n: how many calls of a site are chosen */
};

static void sites_free(struct sites *sites)
{
    free(sites->order);
    free(sites->begin);
    free(sites->quota);
}

/* Sorts the calls that `among` marks into sites. -1: no memory. */
static int sites_make(const struct share_call *calls, uint32_t n, const bool *among,
                      struct sites *ret)
{
    uint32_t size = 0;
    *ret = (struct sites){ .order = calloc((size_t)n + 1, sizeof *ret->order),
                           .begin = calloc((size_t)n + 1, sizeof *ret->begin),
                           .quota = calloc((size_t)n + 1, sizeof *ret->quota) };
    if (!ret->order || !ret->begin || !ret->quota) {
        sites_free(ret);
        return -1;
    }
    for (uint32_t i = 0; i < n; i++)
        if (among[i])
            ret->order[size++] = i;
    sorted_calls = calls;
    qsort(ret->order, size, sizeof *ret->order, compare_indices);
    for (uint32_t i = 0; i < size; i++)
        if (i == 0 || compare_sites(&calls[ret->order[i - 1]], &calls[ret->order[i]]) != 0)
            ret->begin[ret->n++] = i;
    ret->begin[ret->n] = size;
    return 0;
}

/* Shares `wanted` (at most n) equally among the sites; a site gets at most what it has. */
static void sites_share(struct sites *sites, uint32_t n, uint64_t wanted)
{
    for (uint32_t share = 1; share <= n && wanted > 0; share++)
        for (uint32_t s = 0; s < sites->n && wanted > 0; s++)
            if (share <= sites->begin[s + 1] - sites->begin[s]) {
                sites->quota[s] = share;
                wanted--;
            }
}

/* Of n calls, leaves `wanted` of those marked, shared equally among their sites and spread evenly
 * over time within a site. -1: no memory. */
static int choose_evenly(const struct share_call *calls, uint32_t n, uint64_t wanted, bool *marked)
{
    struct sites sites;
    if (sites_make(calls, n, marked, &sites) < 0)
        return -1;
    uint32_t size = sites.begin[sites.n];
    sites_share(&sites, size, wanted < size ? wanted : size);
    memset(marked, 0, n * sizeof *marked);
    for (uint32_t s = 0; s < sites.n; s++) {
        uint32_t begin = sites.begin[s];
        size = sites.begin[s + 1] - begin;
        for (uint64_t k = 0; k < sites.quota[s]; k++)
            marked[sites.order[begin + k * size / sites.quota[s]]] = true;
    }
    sites_free(&sites);
    return 0;
}

/* ---- cases ------------------------------------------------------------------------------ */

/* `hook`: NULL, or the point in the following reset; `hook_ordinal` is its ordinal. */
static int add_case(struct crash *crash, uint32_t point, uint32_t fault,
                    const struct share_call *hook, uint64_t hook_ordinal, struct error *error)
{
    if (crash->n_cases == crash->room) {
        size_t room = crash->room ? 2 * crash->room : 256;
        struct crash_case *more = realloc(crash->cases, room * sizeof *more);
        if (!more)
            return error_set(error, ENOMEM, "cannot plan %zu runs", room);
        crash->cases = more;
        crash->room = room;
    }
    struct share_call *copy = hook ? malloc(sizeof *copy) : NULL;
    if (hook && !copy)
        return error_set(error, ENOMEM, "cannot plan a run");
    if (copy)
        *copy = *hook;
    crash->cases[crash->n_cases] = (struct crash_case){
        .point = point, .fault = fault, .same = crash->n_cases,
        .ordinal = crash->ordinals[point], .hook = copy,
        .hook_ordinal = hook ? hook_ordinal : 0 };
    crash->n_cases++;
    crash->totals[CRASH_UNTRIED]++;
    return 0;
}

int crash_add_like(struct crash *crash, const struct crash_case *like, struct error *error)
{
    if (add_case(crash, like->point, like->fault, like->hook, like->hook_ordinal, error) < 0)
        return -1;
    struct crash_case *made = &crash->cases[crash->n_cases - 1];
    made->recovery = like->recovery;
    made->after = like->after;
    made->hook_fault = like->hook_fault;
    return 0;
}

/* The first case with the state of this one that came about under the model. */
static size_t first_like(const struct crash *crash, size_t which, enum durable_model model)
{
    for (size_t i = which; i < crash->n_cases; i++)
        if (crash->cases[i].same == which && !crash->cases[i].recovery &&
            crash->faults[crash->cases[i].fault].model == model)
            return i;
    return which;
}

int crash_add_in_reset(struct crash *crash, struct crash_recovery *recovery, uint32_t call,
                       uint32_t fault, struct error *error)
{
    size_t after = first_like(crash, recovery->after, crash->faults[fault].model);
    if (add_case(crash, crash->cases[after].point, crash->cases[after].fault,
                 &recovery->points->points[call], recovery->ordinals[call], error) < 0)
        return -1;
    crash->cases[crash->n_cases - 1].recovery = recovery;
    crash->cases[crash->n_cases - 1].after = after;
    crash->cases[crash->n_cases - 1].hook_fault = fault;
    return 0;
}

int crash_add_case(struct crash *crash, uint32_t point, uint32_t fault, struct error *error)
{
    return add_case(crash, point, fault, NULL, 0, error);
}

/* As path= of a rule: by either path. */
static bool path_fits(const char *pattern, const struct share_call *call)
{
    return rule_path_fits(pattern, call->path) ||
           (*call->other && rule_path_fits(pattern, call->other));
}

/* Is it a call that --path, --not-path and --only leave? */
static bool is_on_path(const struct crash *crash, const struct share_call *call)
{
    const struct options *options = crash->options;
    bool of_server = call->whose == RULE_OF_SERVER;
    return (options->only == OPTIONS_ANY || (options->only == OPTIONS_SERVER) == of_server) &&
           (!options->path || path_fits(options->path, call)) &&
           (!options->not_path || !path_fits(options->not_path, call));
}

bool *crash_chosen(const struct crash *crash, const struct share_call *calls, uint32_t n)
{
    bool *chosen = calloc((size_t)n + 1, sizeof *chosen);
    uint64_t wanted = crash->options->points.given ? crash->options->points.value : n;
    if (!chosen)
        return NULL;
    for (uint32_t i = 0; i < n; i++)
        chosen[i] = is_on_path(crash, &calls[i]);
    if (choose_evenly(calls, n, wanted, chosen) < 0) {
        free(chosen);
        return NULL;
    }
    return chosen;
}

bool *crash_left(const struct crash *crash, const struct share_call *calls, uint32_t n)
{
    bool *left = calloc((size_t)n + 1, sizeof *left);
    for (uint32_t i = 0; left && i < n; i++)
        left[i] = is_on_path(crash, &calls[i]);
    return left;
}

int crash_plan(struct crash *crash, struct error *error)
{
    const struct share_call *calls = crash->points->points;
    bool *chosen = crash_chosen(crash, calls, crash->n_points);
    int result = 0;
    crash->ordinals = address_ordinals(calls, crash->n_points);
    if (!chosen || !crash->ordinals) {
        free(chosen);
        return error_set(error, ENOMEM, "cannot plan the runs");
    }
    for (uint32_t i = 0; i < crash->n_points && result == 0; i++)
        for (uint32_t f = 0; f < crash->n_faults && result == 0; f++)
            if ((chosen[i] || crash_has_size(&crash->faults[f])) &&
                crash_fits(&crash->faults[f], &calls[i])) {
                part_count(crash, i, f, NULL);
                if (part_has_point(crash, i))
                    result = add_case(crash, i, f, NULL, 0, error);
            }
    free(chosen);
    return result;
}

/* The second fault is a crash during the recovery from the first, so it is a kill. */
int crash_plan_recovery(struct crash *crash, size_t which, const struct share_points *points,
                        struct error *error)
{
    uint64_t n = atomic_load(&points->n) < points->room ? atomic_load(&points->n) : points->room;
    const struct crash_case first = crash->cases[which];
    bool *chosen = crash_chosen(crash, points->points, (uint32_t)n);
    uint64_t *ordinals = address_ordinals(points->points, (uint32_t)n);
    int result = 0;
    if (!chosen || !ordinals) {
        free(ordinals);
        free(chosen);
        return error_set(error, ENOMEM, "cannot plan the runs");
    }
    for (uint32_t i = 0; i < n && result == 0; i++)
        if (chosen[i])
            result = add_case(crash, first.point, first.fault, &points->points[i], ordinals[i],
                              error);
    free(ordinals);
    free(chosen);
    return result;
}

static void write_whose(const struct crash *crash, const struct share_call *call, char *to,
                        size_t size)
{
    if (call->whose == RULE_OF_HOOK)
        snprintf(to, size, ":hook=reset");
    else if (call->whose == RULE_OF_SERVER)
        snprintf(to, size, ":server=%s", call->server);
    else
        snprintf(to, size, ":actor=%s.%" PRIu32, crash->definition.types[call->type].name,
                 call->index);
}

/* Writes the names of the points' calls that store data. */
static size_t write_storing(const struct crash *crash, char *to, size_t size)
{
    char name[CALL_NAME];
    size_t n = 0;
    if (!crash->options->calls)
        return (size_t)snprintf(to, size, "%%write,fallocate");
    for (int i = 0; i < CALL_NUMBERS; i++)
        if (call_set_has(&crash->calls, i) && call_of(i) && call_of(i)->stores)
            n += (size_t)snprintf(to + n, size - n, "%s%s", n > 0 ? "," : "",
                                  call_name(i, name, sizeof name));
    return n;
}

/* A full disk is full for all calls that are points, so its rule has no path= and no actor=. */
static void write_full(const struct crash *crash, const struct share_call *call,
                       const struct crash_fault *fault, struct rule *ret)
{
    char text[RULE_TEXT], size[32] = "", when[32] = "";
    struct error ignored;
    size_t n = write_storing(crash, text, sizeof text);
    if (crash_has_size(fault))
        snprintf(size, sizeof size, "=%" PRIu64, fault->amount);
    else
        snprintf(when, sizeof when, ":when=%" PRIu32, call->stored);
    snprintf(text + n, sizeof text - n, ":full%s%s", size, when);
    rule_parse(text, ret, &ignored); /* cannot fail: the text is valid */
}

/* A persistent error affects the whole disk, so its rule has no path=: it counts all calls of that
 * number, as the injector did when it recorded them. */
static void write_rule(const struct crash *crash, const struct share_call *call, uint64_t ordinal,
                       const struct crash_fault *fault, struct rule *ret)
{
    static const char *const actions[RULE_ACTIONS] = {
        [RULE_SHORT] = "short", [RULE_KILL] = "kill", [RULE_KILL_AFTER] = "kill-after",
        [RULE_TORN] = "torn" };
    char name[CALL_NAME], text[RULE_TEXT], action[64], whose[2 * TEXT_NAME], operation[48] = "";
    char path[RULE_PATH] = "";
    struct error ignored;
    const char *onwards = fault->persists ? "+" : "";
    if (fault->action == RULE_ERROR)
        snprintf(action, sizeof action, "error=%s", strerrorname_np((int)fault->amount));
    else
        snprintf(action, sizeof action, "%s", actions[fault->action]);
    write_whose(crash, call, whose, sizeof whose);
    if (call->operation != RULE_ANY)
        snprintf(operation, sizeof operation, ":operation=%" PRIu64 "%s", call->operation, onwards);
    if (!fault->persists)
        address_pattern(call->path, path, sizeof path - 1);
    snprintf(text, sizeof text, "%s:%s:when=%" PRIu64 "%s%s%s%s%s",
             call_name(call->number, name, sizeof name), action,
             fault->persists ? call->ordinal : ordinal, onwards, whose, operation,
             *path ? ":path=" : "", path);
    rule_parse(text, ret, &ignored); /* cannot fail: the text is valid */
    ret->files_only = crash->files_only && !fault->persists;
}

unsigned crash_rules(const struct crash *crash, const struct crash_case *which, struct rule *ret)
{
    static const struct crash_fault again = { .action = RULE_KILL };
    const struct share_call *point = &crash->points->points[which->point];
    const struct crash_fault *fault = &crash->faults[which->fault];
    if (fault->action == RULE_FULL)
        write_full(crash, point, fault, &ret[0]);
    else
        write_rule(crash, point, which->ordinal, fault, &ret[0]);
    if (!which->hook)
        return 1;
    write_rule(crash, which->hook, which->hook_ordinal, &again, &ret[1]);
    return 2;
}
