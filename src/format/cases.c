/* SPDX-License-Identifier: MIT
 * cases.c: see cases.h.
 */
#include "format/cases.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "format/json.h"
#include "format/markup.h"

/* ---- the list ---------------------------------------------------------------------------- */

/* Copies a text; NULL stays NULL. If memory runs out, sets `failed`. */
static char *copy(struct cases *cases, const char *text)
{
    char *made = text ? strdup(text) : NULL;
    if (text && !made)
        cases->failed = true;
    return made;
}

void cases_init(struct cases *cases, const char *name, int64_t started_unix)
{
    *cases = (struct cases){ .started_unix = started_unix };
    cases->name = copy(cases, name);
}

void cases_add(struct cases *cases, const char *name, const char *class, double seconds,
               enum cases_verdict verdict, const char *message, const char *details)
{
    struct cases_case *grown = realloc(cases->list, (cases->n + 1) * sizeof *grown);
    if (!grown) {
        cases->failed = true;
        return;
    }
    cases->list = grown;
    cases->list[cases->n++] = (struct cases_case){
        .name = copy(cases, name), .class = copy(cases, class),
        .seconds = seconds >= 0 && seconds < 1e12 ? seconds : 0, .verdict = verdict,
        .message = copy(cases, message), .details = copy(cases, details)
    };
}

void cases_attach(struct cases *cases, const char *path)
{
    struct cases_case *last = cases->n > 0 ? &cases->list[cases->n - 1] : NULL;
    char *files = NULL;
    if (!last)
        return;
    if (asprintf(&files, "%s%s\n", last->files ? last->files : "", path) < 0) {
        cases->failed = true;
        return;
    }
    free(last->files);
    last->files = files;
}

void cases_free(struct cases *cases)
{
    for (size_t i = 0; i < cases->n; i++) {
        free(cases->list[i].name);
        free(cases->list[i].class);
        free(cases->list[i].message);
        free(cases->list[i].details);
        free(cases->list[i].files);
    }
    free(cases->list);
    free(cases->name);
    *cases = (struct cases){ .n = 0 };
}

static int whole(const struct cases *cases)
{
    if (!cases->failed)
        return 0;
    errno = ENOMEM;
    return -1;
}

static int written(FILE *out)
{
    return fflush(out) == 0 && !ferror(out) ? 0 : -1;
}

/* ---- TAP --------------------------------------------------------------------------------- */

/* Writes one line. Escapes '#', which would begin a directive. */
static void tap_words(FILE *out, const char *text)
{
    for (size_t n; text && *text != '\0'; text += n > 0 ? n : 1) {
        n = text_printable(text);
        if (*text == '#' || *text == '\\')
            fputc('\\', out);
        if (n > 0)
            fwrite(text, 1, n, out);
        else
            fputc('?', out);
    }
}

/* Writes a text as a quoted YAML string, which a JSON string is. */
static int yaml_string(FILE *out, const char *text)
{
    json_t *string = member_string(text);
    int status = string ? json_dumpf(string, out, JSON_ENCODE_ANY) : -1;
    json_decref(string);
    fputc('\n', out);
    return status;
}

/* Writes a text as a literal block. The first line sets the indentation, so the text must not begin
 * with a space. Perl's readers take a line without indentation as the end of the block. */
static void yaml_block(FILE *out, const char *text)
{
    text += strspn(text, " \t\n");
    fputs("  details: |\n    ", out);
    for (size_t n; *text != '\0'; text += n > 0 ? n : 1) {
        n = text_printable(text);
        if (n > 0)
            fwrite(text, 1, n, out);
        else if (*text == '\n' && text[1] != '\0')
            fputs("\n    ", out);
        else
            fputs(*text == '\n' ? "" : *text == '\t' ? " " : "?", out);
    }
    fputc('\n', out);
}

static int tap_case(FILE *out, size_t number, const struct cases_case *one)
{
    bool good = one->verdict == CASES_PASSED || one->verdict == CASES_SKIPPED;
    int status = 0;
    fprintf(out, "%sok %zu - ", good ? "" : "not ", number);
    tap_words(out, one->class);
    fputs(one->class && *one->class != '\0' ? " " : "", out);
    tap_words(out, one->name);
    if (one->verdict == CASES_SKIPPED) {
        fputs(" # SKIP ", out);
        tap_words(out, one->message);
    }
    fprintf(out, "\n  ---\n  duration_ms: %.3f\n", one->seconds * 1e3);
    if (!good)
        fprintf(out, "  severity: %s\n", one->verdict == CASES_FAILED ? "fail" : "error");
    if (one->message) {
        fputs("  message: ", out);
        status = yaml_string(out, one->message);
    }
    if (one->details && status == 0)
        yaml_block(out, one->details);
    fputs("  ...\n", out);
    return status;
}

int cases_write_tap(FILE *out, const struct cases *cases)
{
    if (whole(cases) != 0)
        return -1;
    fprintf(out, "TAP version 13\n1..%zu%s\n", cases->n, cases->n ? "" : " # SKIP no cases");
    fputs("# ", out);
    tap_words(out, cases->name);
    fputc('\n', out);
    for (size_t i = 0; i < cases->n; i++)
        if (tap_case(out, i + 1, &cases->list[i]) != 0) {
            errno = ferror(out) ? errno : ENOMEM;
            return -1;
        }
    return written(out);
}

/* ---- JUnit ------------------------------------------------------------------------------- */

/* Writes NAME="TEXT", with `fallback` if there is no text: the schema requires one. */
static void attribute(FILE *out, const char *name, const char *text, const char *fallback)
{
    fprintf(out, " %s=\"", name);
    markup_line(out, text && *text != '\0' ? text : fallback);
    fputc('"', out);
}

/* Writes "[[ATTACHMENT|PATH]]" for each file. */
static void junit_files(FILE *out, const char *files)
{
    fputs("      <system-out>", out);
    for (size_t length; *files != '\0'; files += length + (files[length] == '\n')) {
        length = strcspn(files, "\n");
        fputs("[[ATTACHMENT|", out);
        markup_block(out, files, length);
        fputs("]]\n", out);
    }
    fputs("</system-out>\n", out);
}

static void junit_trouble(FILE *out, const struct cases_case *one)
{
    static const char *const elements[CASES_VERDICTS] = {
        [CASES_FAILED] = "failure", [CASES_ERROR] = "error", [CASES_SKIPPED] = "skipped"
    };
    const char *element = elements[one->verdict];
    fprintf(out, ">\n      <%s", element);
    attribute(out, "message", one->message, "");
    if (one->verdict != CASES_SKIPPED) {
        attribute(out, "type", element, "");
        fputc('>', out);
        if (one->details)
            markup_block(out, one->details, strlen(one->details));
        fprintf(out, "</%s>\n", element);
    } else {
        fputs("/>\n", out);
    }
    if (one->files)
        junit_files(out, one->files);
    fputs("    </testcase>\n", out);
}

static void junit_case(FILE *out, const struct cases_case *one)
{
    fputs("    <testcase", out);
    attribute(out, "name", one->name, "case");
    attribute(out, "classname", one->class, "stress");
    fprintf(out, " time=\"%.6f\"", one->seconds);
    if (one->verdict == CASES_PASSED || (unsigned)one->verdict >= CASES_VERDICTS)
        fputs("/>\n", out);
    else
        junit_trouble(out, one);
}

/* The union of the attributes that the JUnit schemas in use require. */
static void junit_head(FILE *out, const struct cases *cases)
{
    size_t n[CASES_VERDICTS] = { 0 };
    double seconds = 0;
    char started[32] = "1970-01-01T00:00:00";
    time_t clock = (time_t)cases->started_unix;
    struct tm utc;
    for (size_t i = 0; i < cases->n; i++) {
        if ((unsigned)cases->list[i].verdict < CASES_VERDICTS)
            n[cases->list[i].verdict]++;
        seconds += cases->list[i].seconds;
    }
    if (gmtime_r(&clock, &utc) && utc.tm_year >= 0 && utc.tm_year < 8000)
        strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%S", &utc);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite", out);
    attribute(out, "name", cases->name, "stress");
    fprintf(out, " package=\"stress-supervisor\" id=\"0\" timestamp=\"%s\" hostname=\"localhost\" "
                 "tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.6f\">\n"
                 "    <properties/>\n",
            started, cases->n, n[CASES_FAILED], n[CASES_ERROR], n[CASES_SKIPPED], seconds);
}

int cases_write_junit(FILE *out, const struct cases *cases)
{
    if (whole(cases) != 0)
        return -1;
    junit_head(out, cases);
    for (size_t i = 0; i < cases->n; i++)
        junit_case(out, &cases->list[i]);
    fputs("    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n", out);
    return written(out);
}
