/* SPDX-License-Identifier: MIT
 * progress.c: see progress.h.
 */
#include "config.h"

#include "session/progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/base.h"
#include "format/format.h"
#include "session/orders.h"

#define MINUTE (60 * CLOCK_SECOND)
enum { LINE = 1024 };

void progress_init(struct progress *progress, int verbosity)
{
    uint64_t now = clock_now();
    *progress = (struct progress){ .next_alive_ns = now + MINUTE, .last_ns = now };
    ticker_init(&progress->ticker, verbosity < 0, MINUTE);
}

void progress_end(struct progress *progress)
{
    ticker_clear(&progress->ticker);
}

/* ---- the start --------------------------------------------------------------------------- */

static void say_actors(struct progress *progress, const struct definition *definition)
{
    char line[LINE] = "";
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
    char text[LINE], time[32] = "", target[48] = "";
    progress_say(progress, "stress-supervisor %s  seed 0x%" PRIx64, PACKAGE_VERSION, record->seed);
    if (record->options && shard_is(&record->options->shard))
        progress_say(progress, "%s", shard_text(&record->options->shard, true, text, sizeof text));
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
    uint64_t deadline = progress->next_alive_ns;
    clock_sooner(&deadline, progress->ticker.next_ns);
    return deadline;
}

static uint64_t elapsed(const struct record *record, uint64_t now)
{
    return record->started_ns && now > record->started_ns ? now - record->started_ns : 0;
}

/* Writes the operations per second since the last sign of life of this kind: "0.8", "4711". */
static void write_rate(struct progress *progress, uint64_t counted, uint64_t now,
                       char buffer[32])
{
    uint64_t done = counted > progress->last_counted ? counted - progress->last_counted : 0;
    uint64_t ns = now > progress->last_ns ? now - progress->last_ns : 1;
    double rate = (double)done * 1e9 / (double)ns;
    progress->last_counted = counted;
    progress->last_ns = now;
    snprintf(buffer, 32, rate < 10 ? "%.2g" : "%.0f", rate);
}

/* Returns the time until the target at the rate so far; CLOCK_NEVER: not known. */
static uint64_t to_target(const struct record *record, uint64_t counted, uint64_t took_ns)
{
    if (record->target == 0 || counted == 0 || took_ns == 0)
        return CLOCK_NEVER;
    double left = (double)(record->target > counted ? record->target - counted : 0);
    double ns = (double)took_ns / (double)counted * left;
    return ns < 1e18 ? (uint64_t)ns : CLOCK_NEVER;
}

/* What is left of a run. */
struct left {
    bool known, about; /* about: it is the target that ends the run */
    uint64_t s;
};

static struct left left_of(const struct record *record, uint64_t counted, uint64_t now)
{
    uint64_t took_ns = elapsed(record, now), target_ns = to_target(record, counted, took_ns);
    uint64_t limit_ns = record->time_limit_ns == 0 ? CLOCK_NEVER
                        : record->time_limit_ns > took_ns ? record->time_limit_ns - took_ns : 0;
    uint64_t ns = target_ns < limit_ns ? target_ns : limit_ns;
    return (struct left){ .known = ns != CLOCK_NEVER, .about = target_ns < limit_ns,
                          .s = ns / CLOCK_SECOND };
}

/* Writes " (about 2m30s left)". */
static char *write_left(const struct left *left, char buffer[64])
{
    char time[32];
    buffer[0] = '\0';
    if (left->known)
        snprintf(buffer, 64, " (%s%s left)", left->about ? "about " : "",
                 left->s == 0 ? "0 s" : text_format_duration(left->s * CLOCK_SECOND, time,
                                                             sizeof time));
    return buffer;
}

static void draw(struct progress *progress, const struct record *record,
                 const struct record_actor *all, uint64_t now)
{
    char time[32], rate[32], text[64], of[32] = "";
    struct left left = left_of(record, all->counted, now);
    write_rate(progress, all->counted, now, rate);
    if (record->target > 0)
        snprintf(of, sizeof of, " of %" PRIu64, record->target);
    if (progress->ticker.terminal) {
        ticker_draw(&progress->ticker, record_unknown(record) > 0,
                    "%s%s  %" PRIu64 "%s operations  %s/s  %" PRIu64 " resets  %u finding%s",
                    text_format_duration(elapsed(record, now), time, sizeof time),
                    write_left(&left, text), all->counted, of, rate, record->resets,
                    record->n_findings, record->n_findings == 1 ? "" : "s");
    } else {
        if (left.known)
            snprintf(text, sizeof text, " left=%" PRIu64 "s", left.s);
        ticker_draw(&progress->ticker, false,
                    "time=%" PRIu64 "s operations=%" PRIu64 " rate=%s/s"
                    " generation=%" PRIu64 " resets=%" PRIu64 " findings=%u%s",
                    elapsed(record, now) / CLOCK_SECOND, all->counted, rate, record->generation,
                    record->resets, record->n_findings, left.known ? text : "");
    }
}

static void be_alive(const struct record *record, struct rundir *rundir,
                     const struct record_actor *all)
{
    json_t *fields = json_object();
    counters_set(&fields, all);
    member_count(&fields, "generation", record->generation);
    member_count(&fields, "resets", record->resets);
    member_count(&fields, "findings", record->n_findings);
    rundir_event(rundir, record, "alive", fields);
}

void progress_tick(struct progress *progress, const struct record *record, struct rundir *rundir)
{
    uint64_t now = clock_now();
    struct record_actor all;
    if (now < progress_deadline(progress))
        return;
    record_totals(record, &all);
    if (now >= progress->next_alive_ns) {
        be_alive(record, rundir, &all);
        progress->next_alive_ns = now + MINUTE;
    }
    if (ticker_due(&progress->ticker))
        draw(progress, record, &all, now);
}

void progress_finding(struct progress *progress, const struct record_finding *finding)
{
    char time[32];
    const struct wire_finding *first = &finding->first;
    progress_say(progress, "%sfinding %u: %s%s: %s (generation %" PRIu64 ", at %s)%s%s",
                 progress->ticker.colour ? "\033[31m" : "", finding->id,
                 wire_finding_kind_name((enum wire_finding_kind)first->kind),
                 progress->ticker.colour ? "\033[0m" : "", first->title, first->generation,
                 text_format_duration(finding->first_ns, time, sizeof time),
                 finding->directory[0] != '\0' ? ", " : "", finding->directory);
}
