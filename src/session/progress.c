/* SPDX-License-Identifier: MIT
 * progress.c: signs of life on standard error: see progress.h. Monitor only.
 */
#include "config.h"

#include "session/progress.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "session/orders.h"

#define REDRAW (CLOCK_SECOND / 4)
#define MINUTE (60 * CLOCK_SECOND)
enum { LINE = 2048, PATIENCE_MS = 100, PIECE = 256 };

/* A terminal that is stopped or a pipe that nobody reads must not hold up the run: what can't be
 * said soon is not said. It is all in the run directory. A terminal that is ready takes a piece;
 * with more at once a write might wait for ever. */
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

static void take_away(struct progress *progress)
{
    static const char erase[] = "\r\033[K";
    if (progress->line_is_up)
        put(erase, sizeof erase - 1, PATIENCE_MS);
    progress->line_is_up = false;
}

void progress_init(struct progress *progress, int verbosity)
{
    const char *no_colour = getenv("NO_COLOR"), *kind = getenv("TERM");
    uint64_t now = clock_now();
    bool able = kind && strcmp(kind, "dumb") != 0;
    *progress = (struct progress){ .verbosity = verbosity, .last_ns = now };
    progress->terminal = isatty(STDERR_FILENO) == 1 && able;
    progress->colour = progress->terminal && !(no_colour && *no_colour != '\0');
    progress->next_alive_ns = now + MINUTE;
    progress->next_line_ns = progress->terminal && verbosity >= 0 ? now + REDRAW : CLOCK_NEVER;
}

void progress_say(struct progress *progress, const char *format, ...)
{
    char line[LINE];
    va_list arguments;
    if (progress->verbosity < 0)
        return;
    va_start(arguments, format);
    int size = vsnprintf(line, sizeof line - 1, format, arguments);
    va_end(arguments);
    if (size < 0)
        return;
    size_t used = (size_t)size < sizeof line - 1 ? (size_t)size : sizeof line - 2;
    line[used++] = '\n';
    take_away(progress);
    put(line, used, PATIENCE_MS);
}

void progress_end(struct progress *progress)
{
    take_away(progress);
}

/* ---- the start --------------------------------------------------------------------------- */

static void say_actors(struct progress *progress, const struct definition *definition)
{
    char line[LINE / 2] = "";
    size_t used = 0;
    for (uint32_t i = 0; i < definition->n_types && i < DEFINITION_TYPES; i++) {
        const struct definition_type *type = &definition->types[i];
        int added = snprintf(line + used, sizeof line - used, "%s%" PRIu32 " %s%s",
                             used ? ", " : "", type->count, type->name,
                             type->saboteur ? " (saboteur)" : "");
        if (added < 0 || (size_t)added >= sizeof line - used)
            break;
        used += (size_t)added;
    }
    if (used)
        progress_say(progress, "actors: %s", line);
}

void progress_start(struct progress *progress, const struct record *record)
{
    char text[LINE / 2], time[32] = "", target[48] = "";
    progress_say(progress, "stress-supervisor %s  seed 0x%" PRIx64, PACKAGE_VERSION, record->seed);
    text_copy(text, sizeof text, record->workload ? record->workload : "");
    progress_say(progress, "workload %s", text);
    text_copy(text, sizeof text, record->directory);
    if (*text != '\0')
        progress_say(progress, "run directory %s", text);
    say_actors(progress, &record->definition);
    if (record->target)
        snprintf(target, sizeof target, "%" PRIu64 " operations", record->target);
    if (record->time_limit_ns)
        text_format_duration(record->time_limit_ns, time, sizeof time);
    if (*target != '\0' || *time != '\0')
        progress_say(progress, "ends after %s%s%s", target, *target && *time ? " or " : "", time);
}

/* ---- while it runs ----------------------------------------------------------------------- */

uint64_t progress_deadline(const struct progress *progress)
{
    return progress->next_line_ns < progress->next_alive_ns ? progress->next_line_ns
                                                            : progress->next_alive_ns;
}

static uint64_t elapsed(const struct record *record, uint64_t now)
{
    return record->started_ns && now > record->started_ns ? now - record->started_ns : 0;
}

/* Operations per second since the last sign of life of this kind. */
static uint64_t current_rate(struct progress *progress, uint64_t counted, uint64_t now)
{
    uint64_t done = counted > progress->last_counted ? counted - progress->last_counted : 0;
    uint64_t ns = now > progress->last_ns ? now - progress->last_ns : 1;
    progress->last_counted = counted;
    progress->last_ns = now;
    return (uint64_t)((double)done * 1e9 / (double)ns);
}

static void draw(struct progress *progress, const struct record *record,
                 const struct record_actor *all, uint64_t now)
{
    char line[256], out[300], time[32];
    struct winsize window = { .ws_col = 0 };
    uint64_t rate = current_rate(progress, all->counted, now);
    text_format_duration(elapsed(record, now), time, sizeof time);
    snprintf(line, sizeof line,
             "%s  %" PRIu64 " operations  %" PRIu64 "/s  %" PRIu64 " resets  %u finding%s", time,
             all->counted, rate, record->resets, record->n_findings,
             record->n_findings == 1 ? "" : "s");
    size_t columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 1
                         ? window.ws_col - 1u : 79;
    int size = snprintf(out, sizeof out, "\r%s%.*s%s\033[K",
                        progress->colour && record->n_findings ? "\033[31m" : "",
                        (int)(columns < sizeof line ? columns : sizeof line), line,
                        progress->colour && record->n_findings ? "\033[0m" : "");
    put(out, (size_t)size, 0);
    progress->line_is_up = true;
}

static void be_alive(struct progress *progress, const struct record *record, struct rundir *rundir,
                     const struct record_actor *all, uint64_t now)
{
    if (!progress->terminal && progress->verbosity >= 0)
        progress_say(progress,
                     "time=%" PRIu64 "s operations=%" PRIu64 " rate=%" PRIu64 "/s"
                     " generation=%" PRIu64 " resets=%" PRIu64 " findings=%u",
                     elapsed(record, now) / CLOCK_SECOND, all->counted,
                     current_rate(progress, all->counted, now), record->generation, record->resets,
                     record->n_findings);
    if (!rundir)
        return;
    json_t *fields = json_object();
    counters_set(&fields, all);
    member_count(&fields, "generation", record->generation);
    member_count(&fields, "resets", record->resets);
    member_count(&fields, "findings", record->n_findings);
    rundir_event(rundir, record, "alive", fields);
}

/* The next time that is not past, of one every `step`. */
static uint64_t following(uint64_t deadline, uint64_t step, uint64_t now)
{
    return deadline + ((now - deadline) / step + 1) * step;
}

void progress_tick(struct progress *progress, const struct record *record, struct rundir *rundir)
{
    uint64_t now = clock_now();
    struct record_actor all;
    if (now < progress_deadline(progress))
        return;
    record_totals(record, &all);
    if (now >= progress->next_alive_ns) {
        be_alive(progress, record, rundir, &all, now);
        progress->next_alive_ns = following(progress->next_alive_ns, MINUTE, now);
    }
    if (now >= progress->next_line_ns) {
        draw(progress, record, &all, now);
        progress->next_line_ns = following(progress->next_line_ns, REDRAW, now);
    }
}

void progress_finding(struct progress *progress, const struct record *record,
                      const struct record_finding *finding)
{
    char time[32];
    const struct wire_finding *first = &finding->first;
    progress_say(progress, "%sfinding %u: %s%s: %s (generation %" PRIu64 ", at %s)%s%s",
                 progress->colour ? "\033[31m" : "", finding->id,
                 wire_finding_kind_name((enum wire_finding_kind)first->kind),
                 progress->colour ? "\033[0m" : "", first->title, first->generation,
                 text_format_duration(finding->first_ns, time, sizeof time),
                 finding->directory[0] != '\0' ? ", " : "", finding->directory);
    (void)record;
}
