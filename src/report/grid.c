/* SPDX-License-Identifier: MIT
 * grid.c: see grid.h.
 */
#include "report/grid.h"

#include <string.h>

#include "base/base.h"
#include "report/tests.h"

enum { NAME = 96, REASON = 600, LABEL = 18, LEAST = 12, GAP = 2 };

static const char *string(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool is_cell(const json_t *one)
{
    return *string(one, "preset") != '\0';
}

/* ---- what came of a case ----------------------------------------------------------------- */

/* The mean rate of an actor type in the runs without a fault; "": of all types. 0: unknown.
 * *ret_counted: the sum of its operations. */
static double rate_without(const json_t *cases, const char *actor, uint64_t *ret_counted)
{
    const json_t *one, *rate;
    double sum = 0;
    size_t i, j, n = 0;
    *ret_counted = 0;
    json_array_foreach(cases, i, one)
        json_array_foreach(json_object_get(one, "rates"), j, rate)
            if (!is_cell(one) && strcmp(string(rate, "actor"), actor) == 0) {
                sum += member_get_real(rate, "rate_per_s");
                *ret_counted += member_get_count(rate, "counted");
                n++;
            }
    return n > 0 ? sum / (double)n : 0;
}

/* 0: it is not known. */
static double ratio_of(const json_t *cases, const json_t *one)
{
    uint64_t counted;
    double rate = member_get_real(one, "rate_per_s");
    double without = rate_without(cases, string(one, "actor"), &counted);
    return counted < GRID_LEAST || without <= 0 ? 0 : rate / without;
}

/* In the order of severity. */
static const struct {
    const char *verdict, *outcome;
} outcomes[] = { { "failed", "fails" }, { "error", "error" }, { "skipped", "skipped" },
                 { "untried", "not run" } };
static const char *const good[] = { "unfired", "slower", "holds" };

static const char *outcome_of(const json_t *one, double ratio)
{
    const char *verdict = tests_verdict(one);
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (strcmp(outcomes[i].verdict, verdict) == 0)
            return outcomes[i].outcome;
    return member_get_count(one, "fired") == 0 ? good[0]
           : ratio > 0 && ratio < GRID_SLOWER ? good[1] : good[2];
}

void grid_settle(json_t *result)
{
    const json_t *cases = json_object_get(result, "cases");
    size_t i;
    json_t *one;
    json_array_foreach(cases, i, one) {
        if (!is_cell(one))
            continue;
        double ratio = ratio_of(cases, one);
        json_object_set_new(one, "outcome", json_string(outcome_of(one, ratio)));
        json_object_set_new(one, "ratio", ratio > 0 ? json_real(ratio) : json_null());
    }
}

const char *grid_outcome(const json_t *one)
{
    const char *said = string(one, "outcome");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (strcmp(good[i], said) == 0)
            return good[i];
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (strcmp(outcomes[i].outcome, said) == 0)
            return outcomes[i].outcome;
    return "?";
}

const char *grid_cell(const json_t *one, char *to, size_t size)
{
    double ratio = member_get_real(one, "ratio");
    to[0] = '\0';
    if (!one)
        return to;
    snprintf(to, size, "%s", grid_outcome(one));
    size_t used = strlen(to);
    if (ratio > 0 && strcmp(to, good[0]) != 0)
        snprintf(to + used, size - used, " %.2f", ratio < 99 ? ratio : 99);
    return to;
}

/* ---- the table --------------------------------------------------------------------------- */

static const char *column_of(const json_t *one, char to[NAME])
{
    char actor[TEXT_NAME], action[TEXT_NAME], server[TEXT_NAME];
    member_get_text(one, "actor", "", actor, sizeof actor);
    member_get_text(one, "action", "", action, sizeof action);
    member_get_text(one, "server", "", server, sizeof server);
    if (*server)
        snprintf(to, NAME, "server %s", server);
    else
        snprintf(to, NAME, "%s%s%s", actor, *action ? " " : "", action);
    return to;
}

void grid_load(struct grid *grid, const json_t *result)
{
    size_t i;
    const json_t *one;
    char name[NAME];
    *grid = (struct grid){ .cases = json_object_get(result, "cases") };
    json_array_foreach(grid->cases, i, one) {
        if (!is_cell(one))
            continue;
        member_get_text(one, "preset", "?", name, sizeof name);
        uint32_t preset = names_add(&grid->presets, name);
        if (preset == NAMES_NONE || names_add(&grid->columns, column_of(one, name)) == NAMES_NONE) {
            grid_free(grid);
            return;
        }
    }
}

void grid_free(struct grid *grid)
{
    names_free(&grid->presets);
    names_free(&grid->columns);
}

const json_t *grid_case(const struct grid *grid, uint32_t preset, uint32_t column)
{
    size_t i;
    const json_t *one;
    char name[NAME];
    json_array_foreach(grid->cases, i, one)
        if (is_cell(one) && strcmp(column_of(one, name), grid->columns.name[column]) == 0 &&
            strcmp(member_get_text(one, "preset", "?", name, sizeof name),
                   grid->presets.name[preset]) == 0)
            return one;
    return NULL;
}

const char *grid_rate(const struct grid *grid, uint32_t column, char *to, size_t size)
{
    const json_t *any = NULL;
    for (uint32_t preset = 0; preset < grid->presets.n && !any; preset++)
        any = grid_case(grid, preset, column);
    uint64_t counted;
    double rate = rate_without(grid->cases, string(any, "actor"), &counted);
    snprintf(to, size, "%.*f/s", rate < 100 ? 1 : 0, rate < 1e12 ? rate : 1e12);
    return to;
}

static size_t column_width(const struct grid *grid, uint32_t column)
{
    size_t length = strlen(grid->columns.name[column]);
    return (length > LEAST ? length : LEAST) + GAP;
}

/* The last column of a block is not filled up with spaces. */
static void print_cell(FILE *out, const struct grid *grid, uint32_t column, uint32_t last,
                       const char *text)
{
    fprintf(out, "%-*s", column + 1 < last ? (int)column_width(grid, column) : 0, text);
}

/* Prints the columns from `first` to before `last`. */
static void print_block(FILE *out, const struct grid *grid, uint32_t first, uint32_t last)
{
    char text[NAME];
    fprintf(out, "\n%-*s", LABEL, "");
    for (uint32_t column = first; column < last; column++)
        print_cell(out, grid, column, last, grid->columns.name[column]);
    fprintf(out, "\n%-*s", LABEL, "without faults");
    for (uint32_t column = first; column < last; column++)
        print_cell(out, grid, column, last, grid_rate(grid, column, text, sizeof text));
    for (uint32_t preset = 0; preset < grid->presets.n; preset++) {
        fprintf(out, "\n@%-*s", LABEL - 1, grid->presets.name[preset]);
        for (uint32_t column = first; column < last; column++)
            print_cell(out, grid, column, last,
                       grid_cell(grid_case(grid, preset, column), text, sizeof text));
    }
    fputc('\n', out);
}

void grid_text(FILE *out, const json_t *result, size_t width)
{
    struct grid grid;
    grid_load(&grid, result);
    for (uint32_t first = 0, last; first < grid.columns.n; first = last) {
        size_t used = LABEL + column_width(&grid, first);
        for (last = first + 1; last < grid.columns.n; last++) {
            used += column_width(&grid, last);
            if (used > width + GAP)
                break;
        }
        print_block(out, &grid, first, last);
    }
    if (grid.columns.n > 0)
        fprintf(out, "\nThe number is the rate of operations, 1 without faults; below %.2f it is "
                "slower.\nNo number: too few operations without faults. unfired: no fault was put "
                "in.\n", GRID_SLOWER);
    fputc('\n', out);
    grid_free(&grid);
}

/* ---- TAP and JUnit ----------------------------------------------------------------------- */

void grid_add(struct cases *cases, const json_t *one)
{
    char name[NAME], class[NAME], cell[64], message[REASON];
    bool unfired = strcmp(string(one, "outcome"), good[0]) == 0;
    if (strcmp(tests_verdict(one), "passed") != 0) {
        tests_add(cases, one);
        return;
    }
    member_get_text(one, "name", "?", name, sizeof name);
    member_get_text(one, "preset", "baseline", class, sizeof class);
    snprintf(message, sizeof message, "%s", unfired ? "no fault fired"
                                                    : grid_cell(is_cell(one) ? one : NULL, cell,
                                                                  sizeof cell));
    cases_add(cases, name, class, member_get_real(one, "duration_s"),
              unfired ? CASES_SKIPPED : CASES_PASSED, *message ? message : NULL, NULL);
}
