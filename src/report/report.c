/* SPDX-License-Identifier: MIT
 * report.c: see report.h.
 */
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"
#include "report/cases.h"
#include "report/events.h"
#include "report/html.h"
#include "report/text.h"

/* Loads result.json. NULL: it is missing, or cut off. */
static json_t *load_result(int at)
{
    FILE *file = file_open(at, "result.json");
    if (!file)
        return NULL;
    json_t *result = json_loadf(file, 0, NULL);
    fclose(file);
    if (json_is_object(result))
        return result;
    json_decref(result);
    return NULL;
}

/* Whether the directory is of a suite. That is not a run: a report of it would be empty and look
 * like a pass. */
static bool is_of_suite(const json_t *result)
{
    char command[16];
    return strcmp(member_get_text(result, "command", "", command, sizeof command), "suite") == 0;
}

/* Checks that this is the result of a run that this program can report. Returns 0, or the exit
 * status with `error`. */
static int check(const json_t *result, bool from_file, const char *name, struct error *error)
{
    uint64_t schema = member_get_count(result, "schema");
    struct error why;
    char version[64];
    if (schema > RECORD_SCHEMA) {
        error_set(error, 0, "'%s' was written by a newer stress-supervisor (%s, schema %" PRIu64
                  "; this one reads up to %d): use that one", name,
                  member_get_text(result, "version", "?", version, sizeof version), schema,
                  RECORD_SCHEMA);
        return CLI_USAGE;
    }
    if (is_of_suite(result)) {
        error_set(error, 0, "'%s' is the directory of a suite: give that of one of its cases, "
                  "which is in it under the case's name", name);
        return CLI_USAGE;
    }
    if (!from_file || record_result_check(result, &why) == 0)
        return 0;
    error_set(error, 0, "result.json in '%s' is damaged: %s; remove it for a report that is made "
              "from events.jsonl", name, why.text);
    return CLI_HARNESS;
}

/* Loads the result of a run directory. Returns 0, or the exit status with `error`. */
static int load(int at, const char *name, json_t **ret, struct error *error)
{
    json_t *result = load_result(at);
    bool from_file = result != NULL;
    if (!result)
        result = report_events(at);
    if (!result) {
        error_set(error, 0, "'%s' is not a run directory: it has neither a readable "
                  "result.json nor a readable events.jsonl", name);
        return CLI_USAGE;
    }
    int status = check(result, from_file, name, error);
    if (status != 0)
        json_decref(result);
    *ret = result;
    return status;
}

static int print_cases(int at, const json_t *result,
                       int (*write)(FILE *out, const struct cases *cases))
{
    struct cases cases;
    report_cases(&cases, at, result);
    int status = write(stdout, &cases);
    int code = errno;
    cases_free(&cases);
    errno = code;
    return status;
}

static int print(int at, const json_t *result, enum options_format format)
{
    const char *no_colour = getenv("NO_COLOR");
    bool colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour);
    switch (format) {
    case OPTIONS_JSON:
        json_dumpf(result, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
        putchar('\n');
        return 0;
    case OPTIONS_JUNIT:
        return print_cases(at, result, cases_write_junit);
    case OPTIONS_TAP:
        return print_cases(at, result, cases_write_tap);
    case OPTIONS_HTML:
        return report_html(stdout, at, result);
    case OPTIONS_TEXT:
    default:
        report_text(stdout, result, colour);
        return 0;
    }
}

int report_directory(const struct options *options, struct error *error)
{
    char name[256];
    text_copy(name, sizeof name, options->subject);
    int at FD_CLEANUP = open(options->subject, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0) {
        error_set(error, errno, "cannot open run directory '%s'", name);
        return CLI_USAGE;
    }
    json_t *result;
    int status = load(at, name, &result, error);
    if (status != 0)
        return status;
    status = print(at, result, options->format);
    json_decref(result);
    if (status == 0 && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    error_unwritten(error, "the report to standard output");
    return CLI_HARNESS;
}
