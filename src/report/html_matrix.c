/* SPDX-License-Identifier: MIT
 * html_matrix.c: see html_matrix.h. The first row are the runs without faults.
 */
#include "report/html_matrix.h"

#include <string.h>

#include "report/grid.h"
#include "report/html_grid.h"
#include "report/html_tables.h"
#include "report/tests.h"

struct matrix {
    struct grid grid;
    char *row; /* where the name of a row is written */
    size_t size;
};

static const char *row_of(const void *of, size_t row)
{
    const struct matrix *matrix = of;
    if (row == 0)
        return "none";
    snprintf(matrix->row, matrix->size, "@%s", matrix->grid.presets.name[row - 1]);
    return matrix->row;
}

static const char *column_of(const void *of, size_t column)
{
    const struct matrix *matrix = of;
    return matrix->grid.columns.name[column];
}

/* How an outcome of grid_outcome() looks. */
static enum html_tone tone_of(const char *outcome)
{
    static const struct {
        const char *outcome;
        enum html_tone tone;
    } tones[] = { { "fails", HTML_BAD }, { "error", HTML_BAD }, { "slower", HTML_ODD },
                  { "holds", HTML_GOOD } };
    for (size_t i = 0; i < sizeof tones / sizeof *tones; i++)
        if (strcmp(outcome, tones[i].outcome) == 0)
            return tones[i].tone;
    return HTML_NOTHING;
}

static void cell_of(const void *of, size_t row, size_t column, struct html_cell *ret)
{
    const struct grid *grid = &((const struct matrix *)of)->grid;
    if (row == 0) {
        grid_rate(grid, (uint32_t)column, ret->text, sizeof ret->text);
        return;
    }
    const json_t *one = grid_case(grid, (uint32_t)row - 1, (uint32_t)column);
    const char *name = json_string_value(json_object_get(one, "name"));
    grid_cell(one, ret->text, sizeof ret->text);
    ret->tone = tone_of(grid_outcome(one));
    if (name && strcmp(tests_verdict(one), "passed") != 0 &&
        (size_t)snprintf(ret->link, sizeof ret->link, "case-%s", name) >= sizeof ret->link)
        ret->link[0] = '\0'; /* a name that leads nowhere is worse than none */
}

void report_html_matrix(FILE *out, const json_t *result)
{
    char note[320], row[64];
    struct matrix matrix = { .row = row, .size = sizeof row };
    const struct grid *grid = &matrix.grid;
    grid_load(&matrix.grid, result);
    snprintf(note, sizeof note, "The number is the rate of operations, 1 without faults; below "
             "%.2f it is slower. No number: too few operations without faults. Unfired: no fault "
             "was put in.", GRID_SLOWER);
    html_grid(out, &(struct html_grid){
        .title = "Faults", .note = note, .corner = "faults", .n_columns = grid->columns.n,
        .n_rows = grid->columns.n > 0 ? grid->presets.n + 1 : 0, .of = &matrix, .row = row_of,
        .column = column_of, .cell = cell_of });
    report_html_doubts(out, result);
    grid_free(&matrix.grid);
}
