/* SPDX-License-Identifier: MIT
 * html_grid.c: see html_grid.h.
 */
#include "report/html_grid.h"

#include "format/format.h"

static void cell(FILE *out, const struct html_grid *grid, size_t row, size_t column)
{
    static const char *const classes[] = { [HTML_PLAIN] = "", [HTML_GOOD] = "cell good",
                                           [HTML_BAD] = "cell bad", [HTML_ODD] = "cell odd",
                                           [HTML_NOTHING] = "cell nothing" };
    struct html_cell one = { .text = "" };
    grid->cell(grid->of, row, column, &one);
    fprintf(out, "<td class=\"%s\">", classes[one.tone]);
    if (*one.link) {
        fputs("<a href=\"#", out);
        markup_line(out, one.link);
        fputs("\">", out);
    }
    markup_line(out, one.text);
    fputs(*one.link ? "</a></td>" : "</td>", out);
}

static void head(FILE *out, const struct html_grid *grid)
{
    fprintf(out, "<h2>%s</h2>\n<p class=\"note\">%s</p>\n<div class=\"scroll\">"
                 "<table class=\"grid\">\n<thead><tr><th class=\"text name\">%s</th>", grid->title,
            grid->note, grid->corner);
    for (size_t column = 0; column < grid->n_columns; column++) {
        fputs("<th>", out);
        markup_line(out, grid->column(grid->of, column));
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
}

void html_grid(FILE *out, const struct html_grid *grid)
{
    if (grid->n_rows == 0 || grid->n_columns == 0)
        return;
    head(out, grid);
    for (size_t row = 0; row < grid->n_rows; row++) {
        fputs("<tr><td class=\"text name\">", out);
        markup_line(out, grid->row(grid->of, row));
        fputs("</td>", out);
        for (size_t column = 0; column < grid->n_columns; column++)
            cell(out, grid, row, column);
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
