/* SPDX-License-Identifier: MIT
 * html_grid.h: a table whose cells compare: a row for each of one kind, a column for each of
 * another, and in each cell what came of the two together. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef REPORT_HTML_GRID_H
#define REPORT_HTML_GRID_H

#include <stddef.h>
#include <stdio.h>

enum html_tone { HTML_PLAIN, HTML_GOOD, HTML_BAD, HTML_ODD, HTML_NOTHING };

struct html_cell {
    char text[96];
    enum html_tone tone;
    char link[96]; /* the id of an element of the page; "": none */
};

struct html_grid {
    const char *title, *note, *corner; /* of ours; `corner`: what the rows are */
    size_t n_rows, n_columns;
    const void *of; /* what the functions read */
    const char *(*row)(const void *of, size_t row);
    const char *(*column)(const void *of, size_t column);
    void (*cell)(const void *of, size_t row, size_t column, struct html_cell *ret);
};

/* Prints the table; nothing, if it has no cells. */
void html_grid(FILE *out, const struct html_grid *grid);

#endif
