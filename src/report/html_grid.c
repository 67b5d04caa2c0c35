/* SPDX-License-Identifier: MIT
 * html_grid.c: see html_grid.h.
 */
#include "report/html_grid.h"

#include <string.h>

#include "format/format.h"
#include "report/html_tables.h"
#include "report/grid.h"
#include "report/tests.h"

const char report_html_grid_style[] =
    ".cell-fails a,.cell-error a{color:var(--bad);font-weight:600}.cell-slower{color:var(--odd)}"
    ".cell-holds{color:var(--good)}.cell-unfired{color:var(--soft)}\n";

/* Only a known outcome becomes a class: the file may be forged. */
static void cell(FILE *out, const json_t *one)
{
    char text[64];
    const char *outcome = grid_outcome(one);
    const char *name = json_string_value(json_object_get(one, "name"));
    bool leads = name && strcmp(tests_verdict(one), "passed") != 0;
    fprintf(out, "<td class=\"text cell-%.*s\">", (int)strcspn(outcome, " ?"), outcome);
    if (leads) {
        fputs("<a href=\"#case-", out);
        markup_line(out, name);
        fputs("\">", out);
    }
    markup_line(out, grid_cell(one, text, sizeof text));
    fprintf(out, "%s</td>", leads ? "</a>" : "");
}

static void head(FILE *out, const struct grid *grid)
{
    char text[64];
    fputs("<thead><tr><th class=\"text\">faults</th>", out);
    for (uint32_t column = 0; column < grid->columns.n; column++) {
        fputs("<th class=\"text\">", out);
        markup_line(out, grid->columns.name[column]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n<tr><td class=\"text\">none</td>", out);
    for (uint32_t column = 0; column < grid->columns.n; column++) {
        fputs("<td class=\"text\">", out);
        markup_line(out, grid_rate(grid, column, text, sizeof text));
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

void report_html_grid(FILE *out, const json_t *result)
{
    struct grid grid;
    grid_load(&grid, result);
    if (grid.columns.n > 0) {
        fputs("<h2>Faults</h2>\n<div class=\"scroll\"><table>\n", out);
        head(out, &grid);
        for (uint32_t preset = 0; preset < grid.presets.n; preset++) {
            fputs("<tr><td class=\"text\">@", out);
            markup_line(out, grid.presets.name[preset]);
            fputs("</td>", out);
            for (uint32_t column = 0; column < grid.columns.n; column++)
                cell(out, grid_case(&grid, preset, column));
            fputs("</tr>\n", out);
        }
        fprintf(out, "</tbody></table></div>\n<p class=\"note\">The number is the rate of "
                "operations, 1 without faults; below %.2f it is slower. No number: too few "
                "operations without faults. Unfired: no fault was put in.</p>\n", GRID_SLOWER);
    }
    report_html_doubts(out, result);
    grid_free(&grid);
}
