/* SPDX-License-Identifier: MIT
 * ticker.c: see ticker.h.
 */
#include "cli/ticker.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/base.h"

#define MOVING (CLOCK_SECOND / 4)
enum { LINE = 2048, PATIENCE_MS = 100, PIECE = 256 };

/* Writes piecewise: a terminal that is ready accepts a piece, but a longer write might block. */
static void put(const char *text, size_t size, int patience_ms)
{
    struct pollfd ready = { .fd = STDERR_FILENO, .events = POLLOUT };
    while (size > 0 && poll(&ready, 1, patience_ms) == 1 && (ready.revents & POLLOUT)) {
        size_t piece = size < PIECE ? size : PIECE;
        if (write(STDERR_FILENO, text, piece) != (ssize_t)piece)
            return;
        text += piece;
        size -= piece;
    }
}

/* Prints the text and a newline. */
static void put_line(struct ticker *ticker, const char *format, va_list arguments)
{
    char line[LINE];
    int size = vsnprintf(line, sizeof line - 1, format, arguments);
    if (size < 0 || ticker->quiet)
        return;
    size_t used = (size_t)size < sizeof line - 1 ? (size_t)size : sizeof line - 2;
    line[used++] = '\n';
    ticker_clear(ticker);
    put(line, used, PATIENCE_MS);
}

/* Draws over the current line, cut to the width of the window. */
static void put_moving(struct ticker *ticker, bool alarm, const char *format, va_list arguments)
{
    char line[256], out[300];
    struct winsize window = { .ws_col = 0 };
    bool red = alarm && ticker->colour;
    vsnprintf(line, sizeof line, format, arguments);
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1
                         ? window.ws_col - 1u : 79;
    int size = snprintf(out, sizeof out, "\r%s%.*s%s\033[K", red ? "\033[31m" : "",
                        (int)(columns < sizeof line ? columns : sizeof line), line,
                        red ? "\033[0m" : "");
    put(out, (size_t)size, 0);
    ticker->is_up = true;
}

void ticker_init(struct ticker *ticker, bool quiet, uint64_t plain_ns)
{
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
    bool able = isatty(STDERR_FILENO) == 1 && kind && strcmp(kind, "dumb") != 0;
    *ticker = (struct ticker){ .quiet = quiet, .terminal = able && !quiet };
    ticker->colour = ticker->terminal && !(no_colour && *no_colour != '\0');
    ticker->every_ns = quiet ? CLOCK_NEVER : ticker->terminal ? MOVING : plain_ns;
    ticker->next_ns = ticker->every_ns == CLOCK_NEVER ? CLOCK_NEVER
                                                      : clock_now() + ticker->every_ns;
}

bool ticker_due(struct ticker *ticker)
{
    uint64_t now = clock_now();
    if (now < ticker->next_ns)
        return false;
    ticker->next_ns = now + ticker->every_ns;
    return true;
}

void ticker_draw(struct ticker *ticker, bool alarm, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (ticker->terminal)
        put_moving(ticker, alarm, format, arguments);
    else
        put_line(ticker, format, arguments);
    va_end(arguments);
}

void ticker_say(struct ticker *ticker, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_line(ticker, format, arguments);
    va_end(arguments);
}

void ticker_clear(struct ticker *ticker)
{
    static const char erase[] = "\r\033[K";
    if (ticker->is_up)
        put(erase, sizeof erase - 1, PATIENCE_MS);
    ticker->is_up = false;
}
