/* SPDX-License-Identifier: MIT
 * cases.c: see cases.h.
 */
#include "report/cases.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"
#include "report/cases_crash.h"
#include "report/enumeration.h"
#include "report/load.h"
#include "report/grid.h"
#include "report/story.h"
#include "report/tests.h"

enum { NAME = 96, TITLE = 1024, OUTPUT_LINES = 20, STACK_LINES = 40 };

/* The cases of findings without an actor, by kind. The last one has all other kinds. */
static const struct {
    const char *kind, *name;
} environment_cases[] = { { "invariant", "check" }, { "server-death", "servers" },
                          { "limit", "limits" }, { NULL, "environment" } };
enum { N_ENVIRONMENT = sizeof environment_cases / sizeof environment_cases[0] };

/* Writes the name of the case that a finding belongs to. */
static const char *case_of(const json_t *finding, char name[NAME])
{
    char kind[NAME];
    unsigned i = 0;
    member_get_text(finding, "actor", "", name, NAME);
    if (*name != '\0')
        return name;
    member_get_text(finding, "kind", "", kind, sizeof kind);
    while (environment_cases[i].kind && strcmp(environment_cases[i].kind, kind) != 0)
        i++;
    snprintf(name, NAME, "%s", environment_cases[i].name);
    return name;
}

/* Prints the last lines that the actor wrote, or the kernel of a machine. */
static void print_output(FILE *out, const char *what, const struct story_text *output)
{
    const char *begin = output->text + output->size;
    for (int lines = 0; begin > output->text; begin--)
        if (begin[-1] == '\n' && begin != output->text + output->size && ++lines == OUTPUT_LINES)
            break;
    size_t size = output->size - (size_t)(begin - output->text);
    if (size == 0)
        return;
    fprintf(out, "\n%s%s:\n", what, begin > output->text || output->cut ? " (end)" : "");
    fwrite(begin, 1, size, out);
    fputs(begin[size - 1] == '\n' ? "" : "\n", out);
}

/* Prints the first lines of the stack: the thread that crashed. */
static void print_stack(FILE *out, const struct story_text *stack)
{
    const char *end = stack->text, *all = stack->text + stack->size;
    for (int lines = 0; end < all && lines < STACK_LINES; end++)
        lines += *end == '\n';
    fputs("\nstack:\n", out);
    fwrite(stack->text, 1, (size_t)(end - stack->text), out);
    fputs(end > stack->text && end[-1] != '\n' ? "\n" : "", out);
    fputs(end < all || stack->cut ? "...\n" : "", out);
}

static void print_finding(FILE *out, int at, const json_t *finding)
{
    char text[TITLE], kind[NAME];
    struct story story;
    const json_t *first = json_object_get(finding, "first");
    story_load(&story, at, finding);
    fprintf(out, "%" PRIu64 "x %s: %s\n", member_get_count(finding, "count"),
            member_get_text(finding, "kind", "?", kind, sizeof kind),
            member_get_text(finding, "title", "", text, sizeof text));
    fprintf(out, "first: generation %" PRIu64 ", at %.3f s\n",
            member_get_count(first, "generation"), member_get_real(first, "time_s"));
    fprintf(out, "%s\n", member_get_text(finding, "directory", "", text, sizeof text));
    const char *command = json_string_value(json_object_get(finding, "reproduce"));
    if (story.reproduce.text)
        fprintf(out, "\nto see it again:\n%s", story.reproduce.text);
    else if (command)
        fprintf(out, "\nto see it again:\n%s\n", command);
    if (story.stack.text)
        print_stack(out, &story.stack);
    if (story.output.text)
        print_output(out, "standard error", &story.output);
    if (story.console.text)
        print_output(out, "console of the machine", &story.console);
    if (story.operations.text)
        fprintf(out, "\n%s", story.operations.text);
    if (*story_reset(&story, text, sizeof text))
        fprintf(out, "\nthe reset that followed: %s\n", text);
    fputc('\n', out);
    story_free(&story);
}

/* What a case has found. */
struct told {
    unsigned findings, known; /* not known, and known */
    char message[TITLE];      /* the first one that is not known; else the first one */
    char *details;            /* all of them; owned. NULL: out of memory */
};

static void name_first(struct told *told, const json_t *finding, bool known)
{
    char kind[NAME], title[TITLE / 2], reason[TITLE / 4];
    snprintf(told->message, sizeof told->message, "%s%s%s: %s",
             known ? member_get_text(json_object_get(finding, "known"), "reason", "?", reason,
                                     sizeof reason) : "",
             known ? ": " : "", member_get_text(finding, "kind", "?", kind, sizeof kind),
             member_get_text(finding, "title", "", title, sizeof title));
}

static void tell(struct told *told, int at, const json_t *result, const char *name)
{
    char own[NAME];
    size_t size = 0, n;
    FILE *out = open_memstream(&told->details, &size);
    const json_t **findings = report_sorted_findings(result, &n);
    for (size_t i = 0; out && i < n; i++) {
        bool known = finding_is_known(findings[i]);
        if (strcmp(case_of(findings[i], own), name) != 0)
            continue;
        if (known ? told->known == 0 && told->findings == 0 : told->findings == 0)
            name_first(told, findings[i], known);
        (*(known ? &told->known : &told->findings))++;
        print_finding(out, at, findings[i]);
    }
    free(findings);
    size_t used = strlen(told->message);
    if (told->findings > 1)
        snprintf(told->message + used, sizeof told->message - used, " (and %u more findings)",
                 told->findings - 1);
    if (out)
        fclose(out);
}

/* A case that has known findings only is shown as skipped: it is not good, and not to be mended
 * now. */
static void add(struct cases *cases, int at, const json_t *result, const char *class,
                const char *name)
{
    struct told told = { .findings = 0 };
    tell(&told, at, result, name);
    if (!told.details)
        cases->failed = true;
    else if (told.findings > 0)
        cases_add(cases, name, class, 0, CASES_FAILED, told.message, told.details);
    else if (told.known > 0)
        cases_add(cases, name, class, 0, CASES_SKIPPED, told.message, told.details);
    else
        cases_add(cases, name, class, 0, CASES_PASSED, NULL, NULL);
    free(told.details);
}

static bool is_there(const struct cases *cases, const char *name)
{
    for (size_t i = 0; i < cases->n; i++)
        if (cases->list[i].name && strcmp(cases->list[i].name, name) == 0)
            return true;
    return false;
}

/* Adds the run itself: whether it reached its end. Its findings are in the other cases. */
static void add_run(struct cases *cases, const json_t *result, const char *class)
{
    static const struct {
        const char *verdict;
        enum cases_verdict as;
    } verdicts[] = { { "passed", CASES_PASSED }, { "failed", CASES_PASSED },
                     { "skipped", CASES_SKIPPED } };
    char verdict[NAME], reason[TITLE], message[TITLE + NAME + 2];
    enum cases_verdict as = CASES_ERROR;
    member_get_text(result, "verdict", "error", verdict, sizeof verdict);
    member_get_text(result, "reason", "", reason, sizeof reason);
    for (unsigned i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++)
        if (strcmp(verdict, verdicts[i].verdict) == 0)
            as = verdicts[i].as;
    if (as == CASES_ERROR)
        snprintf(message, sizeof message, "%s: %s", verdict, reason);
    else
        snprintf(message, sizeof message, "%s", reason);
    cases_add(cases, "run to its end", class, member_get_real(result, "duration_s"), as, message,
              NULL);
}

/* Adds an injection rule. A rule that never fired has shown nothing, so its case is skipped. */
static void add_rule(struct cases *cases, const json_t *rule, const char *class)
{
    char text[TITLE], name[TITLE + 16], message[64];
    uint64_t fired = member_get_count(rule, "fired");
    snprintf(name, sizeof name, "inject %s", member_get_text(rule, "rule", "?", text, sizeof text));
    if (fired)
        snprintf(message, sizeof message, "fired %" PRIu64 " time%s", fired,
                     fired == 1 ? "" : "s");
    else
        snprintf(message, sizeof message, "never fired");
    cases_add(cases, name, class, 0, fired ? CASES_PASSED : CASES_SKIPPED, message, NULL);
}

/* It was not tested, so it is neither passed nor failed. A rule that never fired has its own. */
static void add_doubt(struct cases *cases, const json_t *doubt, const char *class)
{
    char kind[NAME], name[NAME + 8], means[TITLE], todo[TITLE];
    member_get_text(doubt, "kind", "?", kind, sizeof kind);
    if (strcmp(kind, "never-fired") == 0)
        return;
    snprintf(name, sizeof name, "doubt %s", kind);
    cases_add(cases, name, class, 0, CASES_SKIPPED,
              member_get_text(doubt, "means", "?", means, sizeof means),
              member_get_text(doubt, "do", "", todo, sizeof todo));
}

/* ---- a suite ----------------------------------------------------------------------------- */

enum { MOST_FILES = 10 };

/* Adds a file below the directory `path`, if it is there. */
static void attach(struct cases *cases, int at, const char *path, const char *name)
{
    char whole[2 * PATH_MAX];
    if (faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return;
    snprintf(whole, sizeof whole, "%s/%s", path, name);
    cases_attach(cases, whole);
}

/* Adds how to see each of the first findings again. */
static void attach_findings(struct cases *cases, int at, const char *path, const json_t *one)
{
    int own FD_CLEANUP = tests_open(at, one);
    struct error ignored;
    json_t *result = NULL;
    bool complete;
    char directory[NAME * 4], name[NAME * 8];
    if (own < 0 || report_load(own, "", &result, &complete, &ignored) != 0)
        return;
    const json_t *findings = json_object_get(result, "findings");
    for (size_t i = 0; i < json_array_size(findings) && i < MOST_FILES; i++) {
        member_get_text(json_array_get(findings, i), "directory", "", directory, sizeof directory);
        if (*directory == '\0' || *directory == '/' || strstr(directory, ".."))
            continue;
        snprintf(name, sizeof name, "%s/%s/reproduce.txt",
                 json_string_value(json_object_get(one, "name")), directory);
        attach(cases, at, path, name);
    }
    json_decref(result);
}

/* The cases of a suite, with the paths of what they left. */
static void add_tests(struct cases *all, int at, const json_t *result)
{
    char here[32], path[PATH_MAX] = "", log[NAME + 8];
    const json_t *list = json_object_get(result, "cases");
    snprintf(here, sizeof here, "/proc/self/fd/%d", at);
    ssize_t n = readlink(here, path, sizeof path - 1);
    path[n > 0 ? n : 0] = '\0';
    tests_begin(all, result);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *entry = json_array_get(list, i);
        if (tests_are_matrix(result))
            grid_add(all, entry);
        else
            tests_add(all, entry);
        if (n <= 0 || all->failed || all->list[all->n - 1].verdict == CASES_PASSED)
            continue;
        member_get_text(entry, "name", "", log, NAME);
        if (*log == '\0' || *log == '.' || strchr(log, '/'))
            continue;
        strcat(log, ".log");
        attach(all, at, path, log);
        attach_findings(all, at, path, entry);
    }
}

void report_cases(struct cases *cases, int at, const json_t *result)
{
    char class[NAME], name[NAME], workload[TITLE];
    const json_t *actors = json_object_get(result, "actors");
    const json_t *findings = json_object_get(result, "findings");
    const json_t *rules = json_object_get(result, "injections");
    const json_t *doubts = json_object_get(result, "doubts");
    member_get_text(result, "environment", "stress", class, sizeof class);
    if (tests_are(result)) {
        add_tests(cases, at, result);
        return;
    }
    cases_init(cases, member_get_text(result, "workload", "stress", workload, sizeof workload),
               member_get_instant(result, "started"));
    add_run(cases, result, class);
    if (cases->n > 0 && cases->list[0].verdict == CASES_SKIPPED)
        return;
    bool crash = enumeration_is(result);
    for (unsigned i = 0; i < N_ENVIRONMENT && !crash; i++)
        if (strcmp(environment_cases[i].name, "limits") != 0 ||
            json_array_size(json_object_get(result, "limits")) > 0)
            add(cases, at, result, class, environment_cases[i].name);
    for (size_t i = 0; i < json_array_size(rules); i++)
        add_rule(cases, json_array_get(rules, i), class);
    for (size_t i = 0; i < json_array_size(doubts); i++)
        add_doubt(cases, json_array_get(doubts, i), class);
    if (crash) {
        report_cases_crash(cases, result, class);
        return;
    }
    for (size_t i = 0; i < json_array_size(actors); i++)
        add(cases, at, result, class,
            member_get_text(json_array_get(actors, i), "name", "?", name, sizeof name));
    /* A run that was cut off has no list of its actors, so findings name them. */
    for (size_t i = 0; i < json_array_size(findings); i++)
        if (!is_there(cases, case_of(json_array_get(findings, i), name)))
            add(cases, at, result, class, name);
}
