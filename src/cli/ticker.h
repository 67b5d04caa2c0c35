/* SPDX-License-Identifier: MIT
 * ticker.h: how far a command has come, on standard error. On a terminal that is one line, drawn
 * anew over itself at most 4 times a second and taken away before a line that stays; elsewhere
 * plain lines, at a longer interval. A terminal that is stopped, and a pipe that nobody reads, hold
 * nothing up: what cannot be said soon is not said. NO_COLOR is honoured. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef CLI_TICKER_H
#define CLI_TICKER_H

#include <stdbool.h>
#include <stdint.h>

struct ticker {
    bool quiet;        /* says nothing */
    bool terminal;     /* there is a moving line */
    bool colour;
    bool is_up;        /* ... and it is on the screen */
    uint64_t every_ns;
    uint64_t next_ns;  /* when the next line is due; CLOCK_NEVER: it is not */
};

/* `plain_ns`: the interval of plain lines; CLOCK_NEVER: there are none. */
void ticker_init(struct ticker *ticker, bool quiet, uint64_t plain_ns);
/* Is the next line due? Then the one after it is due an interval later. */
bool ticker_due(struct ticker *ticker);
/* Draws the moving line, in red if `alarm`; without a terminal a plain line. */
void ticker_draw(struct ticker *ticker, bool alarm, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A line that stays. */
void ticker_say(struct ticker *ticker, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the moving line away, so that something else can be written. */
void ticker_clear(struct ticker *ticker);

#endif
