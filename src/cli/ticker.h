/* SPDX-License-Identifier: MIT
 * ticker.h: prints the progress of a command on standard error. On a terminal it redraws one line
 * at most 4 times a second and erases it before other output; elsewhere it prints plain lines at a
 * longer interval. A stopped terminal or a full pipe does not block the command: text that cannot
 * be written soon is dropped. Honours NO_COLOR. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_TICKER_H
#define CLI_TICKER_H

#include <stdbool.h>
#include <stdint.h>

struct ticker {
    bool quiet;        /* prints nothing */
    bool terminal;     /* standard error is one: there is a moving line */
    bool colour;
    bool is_up;        /* the moving line is on the screen */
    uint64_t every_ns;
    uint64_t next_ns;  /* when the next line is due; CLOCK_NEVER: never */
};

/* `plain_ns`: interval of plain lines; CLOCK_NEVER: print none. */
void ticker_init(struct ticker *ticker, bool quiet, uint64_t plain_ns);
/* Is the next line due? If so, schedules the one after it. */
bool ticker_due(struct ticker *ticker);
/* Draws the moving line, in red if `alarm`; without a terminal, prints a plain line. */
void ticker_draw(struct ticker *ticker, bool alarm, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Prints a line that stays. */
void ticker_say(struct ticker *ticker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Erases the moving line, so that other output can follow. */
void ticker_clear(struct ticker *ticker);

#endif
