/* SPDX-License-Identifier: MIT
 * progress.c: see progress.h.
 */
#include "shrink/progress.h"

#include <inttypes.h>

#include "base/base.h"

/* Prints "4812 -> 6 operations", or nothing if there never were any. */
static void print_change(FILE *out, const char **before, uint32_t from, uint32_t to,
                         const char *what)
{
    if (from == 0)
        return;
    fprintf(out, "%s%" PRIu32 " -> %" PRIu32 " %s", *before, from, to, what);
    *before = ", ";
}

static void print_changes(FILE *out, const struct shrink *shrink)
{
    const struct replay *replay = shrink->replay;
    const char *before = "";
    uint32_t lines = 0, resets = 0, actors = 0, faults = 0, all = replay_operations(replay);
    uint32_t all_actors = 0;
    for (uint32_t i = 0; i < shrink->n_lines; i++)
        if (shrink->best[i])
            (*(replay->lines[i].actor == REPLAY_RESET ? &resets : &lines))++;
    for (uint32_t i = 0; i < shrink->n_actors; i++) {
        actors += shrink->best[shrink->n_lines + i];
        all_actors += replay->takes_part[i];
    }
    for (uint32_t i = 0; i < shrink->n_faults; i++)
        faults += shrink->best[shrink->n_lines + shrink->n_actors + i];
    print_change(out, &before, all, lines, "operations");
    print_change(out, &before, all_actors, actors, "actors");
    print_change(out, &before, shrink->n_lines - all, resets, "resets");
    print_change(out, &before, shrink->n_faults, faults, "faults");
}

void shrink_progress(struct shrink *shrink)
{
    char line[256] = "";
    if (!ticker_due(&shrink->ticker))
        return;
    FILE *out = fmemopen(line, sizeof line - 1, "w");
    if (!out)
        return;
    print_changes(out, shrink);
    fprintf(out, ", %" PRIu64 " runs", shrink->runs);
    fclose(out);
    ticker_draw(&shrink->ticker, false, "%s", line);
}

void shrink_print_end(const struct shrink *shrink)
{
    char took[32];
    if (shrink->options->verbosity < 0)
        return;
    print_changes(stdout, shrink);
    printf(" in %" PRIu64 " runs", shrink->runs);
    if (shrink->remembered > 0)
        printf(" (and %" PRIu64 " remembered)", shrink->remembered);
    text_format_duration(clock_now() - shrink->started_ns, took, sizeof took);
    printf(", %s%s\n%s\n", took,
           cli_stopped() ? "; stopped: the same command continues it" : "", shrink->output);
}
