/* SPDX-License-Identifier: MIT
 * unit_grid.c: what a run of a matrix is worth, from its verdict, what fired, and the rates; the
 * table in lines that fit.
 */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report.h"
#include "unit.h"

/* Two baselines: of the writer 100 a second in the mean, of all 200. */
static const char without[] =
    "{'name': 'baseline', 'verdict': 'passed', 'rates': [{'actor': null, 'rate_per_s': 150.0,"
    " 'counted': 10}, {'actor': 'writer', 'rate_per_s': 50.0, 'counted': 10}]},"
    "{'name': 'baseline-2', 'verdict': 'passed', 'rates': [{'actor': null, 'rate_per_s': 250.0,"
    " 'counted': 10}, {'actor': 'writer', 'rate_per_s': 150.0, 'counted': 9}]}";

static json_t *made(const char *format, const char *first, const char *second)
{
    char text[4096];
    json_error_t why;
    snprintf(text, sizeof text, format, first, second);
    for (char *at = text; (at = strchr(at, '\''));)
        *at = '"';
    json_t *result = json_loads(text, 0, &why);
    ck_assert_msg(result != NULL, "%s: %s", text, why.text);
    return result;
}

#define WHOLE "{'command': 'matrix', 'cases': [%s, %s]}"
#define ALL "'preset': 'p', 'actor': null, 'server': 's', "
#define WRITER "'preset': 'p', 'actor': 'writer', 'action': 'put', "

static const struct {
    const char *cell, *text;
} cells[] = {
    { ALL "'verdict': 'passed', 'fired': 1, 'rate_per_s': 199.0", "holds 0.99" },
    { ALL "'verdict': 'passed', 'fired': 1, 'rate_per_s': 151.0", "holds 0.76" },
    { ALL "'verdict': 'passed', 'fired': 1, 'rate_per_s': 149.0", "slower 0.74" },
    { ALL "'verdict': 'passed', 'fired': 0, 'rate_per_s': 1.0", "unfired" },
    { ALL "'verdict': 'failed', 'fired': 0, 'rate_per_s': 100.0", "fails 0.50" },
    { ALL "'verdict': 'failed', 'fired': 3", "fails" },
    { ALL "'verdict': 'error', 'fired': 3", "error" },
    { ALL "'verdict': 'skipped'", "skipped" },
    { ALL "'verdict': 'untried'", "not run" },
    { ALL "'verdict': 'passed', 'fired': 1, 'rate_per_s': 1e300", "holds 99.00" },
    /* With 19 operations there is no rate to compare with. */
    { WRITER "'verdict': 'passed', 'fired': 1, 'rate_per_s': 10.0", "holds" },
    { "'preset': 'p', 'actor': 'nobody', 'verdict': 'passed', 'fired': 1, 'rate_per_s': 1.0",
      "holds" },
    { "'preset': 'p', 'verdict': 7, 'fired': -1, 'rate_per_s': 'x'", "not run" },
};

START_TEST(outcomes)
{
    char cell[256], text[64];
    snprintf(cell, sizeof cell, "{%s}", cells[_i].cell);
    json_t *result = made(WHOLE, without, cell);
    const json_t *cases = json_object_get(result, "cases");
    grid_settle(result);
    ck_assert_str_eq(grid_cell(json_array_get(cases, 2), text, sizeof text), cells[_i].text);
    ck_assert_ptr_null(json_object_get(json_array_get(cases, 0), "outcome"));
    json_decref(result);
}
END_TEST

static const char *const forged[] = {
    "{'cases': 3, 'x': [%s, %s]}",
    "{'cases': [3, null, {'preset': 3}, {'preset': 'p', 'actor': {}, 'outcome': '<b>'}, %s, %s]}",
};

START_TEST(forgeries)
{
    char text[64];
    json_t *result = made(forged[_i], without, "{}");
    FILE *out = fopen("/dev/null", "w");
    grid_text(out, result, 80);
    grid_settle(result);
    grid_text(out, result, 1);
    fclose(out);
    json_decref(result);
    result = made(WHOLE, without, "{" ALL "'outcome': '<b>'}");
    ck_assert_str_eq(grid_cell(json_array_get(json_object_get(result, "cases"), 2), text,
                               sizeof text), "?");
    json_decref(result);
}
END_TEST

/* Columns that do not fit stand below; a wide one stands alone. */
START_TEST(table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    json_t *result = made(WHOLE, without,
                          "{" ALL "'verdict': 'passed', 'fired': 1, 'rate_per_s': 100.0},"
                          "{" WRITER "'verdict': 'failed', 'fired': 1},"
                          "{'preset': 'q', 'actor': 'writer', 'action': 'delete-the-oldest-one',"
                          " 'verdict': 'passed', 'fired': 0}");
    grid_settle(result);
    grid_text(out, result, 48);
    fclose(out);
    char *end = strstr(text, "\nThe number");
    ck_assert_ptr_nonnull(end);
    *end = '\0';
    ck_assert_str_eq(text,
                     "\n"
                     "                  server s      writer put\n"
                     "without faults    200/s         100/s\n"
                     "@p                slower 0.50   fails\n"
                     "@q                              \n"
                     "\n"
                     "                  writer delete-the-oldest-one\n"
                     "without faults    100/s\n"
                     "@p                \n"
                     "@q                unfired\n");
    free(text);
    json_decref(result);
}
END_TEST

Suite *grid_suite(void)
{
    Suite *suite = suite_create("grid");
    TCase *test = tcase_create("grid");
    tcase_add_loop_test(test, outcomes, 0, sizeof cells / sizeof *cells);
    tcase_add_loop_test(test, forgeries, 0, sizeof forged / sizeof *forged);
    tcase_add_test(test, table);
    suite_add_tcase(suite, test);
    return suite;
}
