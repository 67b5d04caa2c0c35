/* SPDX-License-Identifier: MIT
 * report.c: see report.h.
 */
#include "report/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "report/cases.h"
#include "report/compare.h"
#include "report/html.h"
#include "report/load.h"
#include "report/tests.h"
#include "report/text.h"

static int print_cases(int at, const json_t *result,
                       int (*write)(FILE *out, const struct cases *cases))
{
    struct cases cases;
    if (compare_is(result))
        compare_cases(&cases, result);
    else
        report_cases(&cases, at, result);
    int status = write(stdout, &cases);
    int code = errno;
    cases_free(&cases);
    errno = code;
    return status;
}

/* The width of the window, within what a line can be read at. */
static unsigned columns(bool terminal)
{
    enum { USUAL = 80, LEAST = 40, MOST = 200 };
    struct winsize window = { .ws_col = 0 };
    if (!terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) < 0 || window.ws_col == 0)
        return USUAL;
    return window.ws_col < LEAST ? LEAST : window.ws_col > MOST ? MOST : window.ws_col;
}

void report_print(const json_t *result)
{
    const char *no_colour = getenv("NO_COLOR");
    bool terminal = isatty(STDOUT_FILENO) == 1;
    if (compare_is(result))
        compare_text(stdout, result);
    else
        report_text(stdout, result, terminal && !(no_colour && *no_colour), columns(terminal));
}

int report_write(int at, const json_t *result, enum options_format format)
{
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
        report_print(result);
        return 0;
    }
}

/* Loads the result of a run's directory, whose descriptor is *ret_at. Returns 0, or an exit status
 * with `error`. */
static int load(const char *directory, int *ret_at, json_t **ret, struct error *error)
{
    char name[256];
    bool complete;
    text_copy(name, sizeof name, directory);
    *ret = NULL;
    *ret_at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret_at >= 0)
        return report_load(*ret_at, name, ret, &complete, error);
    error_set(error, errno, "cannot open run directory '%s'", name);
    return CLI_USAGE;
}

static int compare(const struct options *options, const json_t *result, struct error *error)
{
    json_t *before = NULL;
    int at FD_CLEANUP = -1;
    int status = load(options->compare, &at, &before, error);
    if (status == 0 && (tests_are(before) || tests_are(result))) {
        error_set(error, 0, "--compare is of runs and enumerations, not of suites");
        status = CLI_USAGE;
    }
    json_t *comparison = status == 0 ? compare_results(before, result) : NULL;
    if (comparison && report_write(at, comparison, options->format) < 0)
        status = -1;
    if (status == 0 && !comparison) {
        error_set(error, ENOMEM, "cannot compare the runs");
        status = CLI_HARNESS;
    }
    json_decref(comparison);
    json_decref(before);
    return status;
}

int report_directory(const struct options *options, struct error *error)
{
    json_t *result = NULL;
    int at FD_CLEANUP = -1;
    int status = load(options->subject, &at, &result, error);
    if (status == 0 && options->compare)
        status = compare(options, result, error);
    else if (status == 0)
        status = report_write(at, result, options->format) == 0 ? 0 : -1;
    json_decref(result);
    if (status > 0)
        return status;
    if (status == 0 && fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    error_unwritten(error, "the report to standard output");
    return CLI_HARNESS;
}
