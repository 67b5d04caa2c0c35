/* SPDX-License-Identifier: MIT
 * timeline.c: see timeline.h.
 */
#include "report/timeline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"

/* A run writes far fewer, but a forged file may have any number. */
enum { MOST_SAMPLES = 20000, MOST_MARKS = 20000, MOST_OCCURRENCES = 20000 };

/* Grows a list by doubling. NULL: out of memory, or `most` is reached. */
static void *grow(void **list, size_t n, size_t most, size_t size)
{
    if (n >= most)
        return NULL;
    if ((n & (n - 1)) == 0) {
        void *grown = realloc(*list, (n ? 2 * n : 1) * size);
        if (!grown)
            return NULL;
        *list = grown;
    }
    return (char *)*list + n * size;
}

static double quantile(const json_t *event, const char *key)
{
    double ns = member_get_real(event, key);
    return ns >= 1 ? ns : 0;
}

/* The sums of the run at one sample. */
struct sums {
    double counted, marks[TIMELINE_KINDS];
};

static void take_sample(struct timeline *timeline, const json_t *event, struct sums *before)
{
    double from = timeline->n_samples ? timeline->samples[timeline->n_samples - 1].to_s : 0;
    const struct sums now = {
        .counted = member_get_real(event, "counted"),
        .marks = { [TIMELINE_RESET] = member_get_real(event, "resets"),
                   [TIMELINE_FAULT] = member_get_real(event, "faults") }
    };
    /* Else there is no time between them, or they are not from one run. */
    bool fits = member_get_real(event, "t") > from && now.counted >= before->counted;
    for (int i = 0; i < TIMELINE_KINDS; i++)
        fits = fits && now.marks[i] >= before->marks[i];
    struct timeline_sample *sample = !fits ? NULL : grow((void **)&timeline->samples,
        timeline->n_samples, MOST_SAMPLES, sizeof *sample);
    if (!sample)
        return;
    *sample = (struct timeline_sample){
        .from_s = from, .to_s = member_get_real(event, "t"),
        .counted = now.counted - before->counted, .p50 = quantile(event, "p50"),
        .p99 = quantile(event, "p99"), .p999 = quantile(event, "p999")
    };
    for (int i = 0; i < TIMELINE_KINDS; i++)
        sample->marks[i] = now.marks[i] - before->marks[i];
    timeline->n_samples++;
    *before = now;
}

/* "write:error=EIO in writer.1", "server store: write:kill", "death of writer.0". */
static void tell(const json_t *event, enum timeline_kind kind, char what[TIMELINE_WHAT])
{
    static const char *const whose[] = { "actor", "server", "hook" };
    char text[TIMELINE_WHAT / 2 - 4], who[TIMELINE_WHAT / 2] = "";
    bool rule = json_is_string(json_object_get(event, "rule"));
    for (size_t i = 0; i < sizeof whose / sizeof *whose && !*who; i++)
        member_get_text(event, whose[i], "", who, sizeof who);
    if (kind == TIMELINE_FAULT && !rule) { /* it names what it breaks */
        member_get_text(event, "announcement", "a break", what, TIMELINE_WHAT);
        return;
    }
    member_get_text(event, rule ? "rule" : "cause", "?", text, sizeof text);
    snprintf(what, TIMELINE_WHAT, "%s%s%s", text, !*who ? "" : rule ? " in " : " of ", who);
}

static void add_occurrence(struct timeline *timeline, double time, uint64_t id)
{
    struct timeline_occurrence *one = grow((void **)&timeline->occurrences,
                                           timeline->n_occurrences, MOST_OCCURRENCES, sizeof *one);
    if (!one)
        return;
    *one = (struct timeline_occurrence){ .time_s = time > 0 ? time : 0, .id = id };
    timeline->n_occurrences++;
}

/* The events have those of a run that was cut off, too; result.json has the last of each. */
static void add_ends(struct timeline *timeline, const json_t *result)
{
    static const char *const ends[] = { "first", "last" };
    const json_t *list = json_object_get(result, "findings");
    for (size_t i = 0; i < json_array_size(list); i++)
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            const json_t *one = json_array_get(list, i), *end = json_object_get(one, ends[e]);
            if (json_is_number(json_object_get(end, "time_s")))
                add_occurrence(timeline, member_get_real(end, "time_s"),
                               member_get_count(one, "id"));
        }
}

static void add_mark(struct timeline *timeline, const json_t *event, enum timeline_kind kind)
{
    double time = member_get_real(event, "t");
    timeline->total[kind]++;
    struct timeline_mark *mark = grow((void **)&timeline->marks, timeline->n_marks, MOST_MARKS,
                                      sizeof *mark);
    if (!mark)
        return;
    *mark = (struct timeline_mark){ .time_s = time > 0 ? time : 0, .kind = kind };
    tell(event, kind, mark->what);
    timeline->n_marks++;
}

/* Whether an event is a fault: an injection, or a reset after a break that a saboteur announced. */
static bool is_fault(const json_t *event, const char *name)
{
    char announcement[32];
    member_get_text(event, "announcement", "", announcement, sizeof announcement);
    if (strcmp(name, "reset") == 0)
        return json_is_true(json_object_get(event, "announced")) &&
               strcmp(announcement, "injection") != 0;
    return strcmp(name, "injection") == 0;
}

static void take_event(struct timeline *timeline, const json_t *event, struct sums *sums)
{
    char name[32];
    member_get_text(event, "event", "", name, sizeof name);
    if (strcmp(name, "sample") == 0)
        take_sample(timeline, event, sums);
    if (strcmp(name, "reset") == 0)
        add_mark(timeline, event, TIMELINE_RESET);
    if (is_fault(event, name))
        add_mark(timeline, event, TIMELINE_FAULT);
    if (strcmp(name, "finding") == 0)
        add_occurrence(timeline, member_get_real(event, "t"), member_get_count(event, "id"));
    if (member_get_real(event, "t") > timeline->end_s)
        timeline->end_s = member_get_real(event, "t");
}

void timeline_load(struct timeline *timeline, int at, const json_t *result)
{
    struct sums sums = { .counted = 0 };
    char *line = NULL;
    size_t size = 0;
    FILE *file = file_open(at, "events.jsonl");
    *timeline = (struct timeline){ .end_s = member_get_real(result, "duration_s") };
    for (ssize_t length; file && (length = getline(&line, &size, file)) >= 0;) {
        json_t *event = json_loadb(line, (size_t)length, 0, NULL);
        take_event(timeline, event, &sums);
        json_decref(event);
    }
    free(line);
    if (file)
        fclose(file);
    add_ends(timeline, result);
    for (int i = 0; i < TIMELINE_KINDS; i++) /* the sums include marks without an event */
        timeline->total[i] = fmax(timeline->total[i], sums.marks[i]);
    if (!(timeline->end_s > 1e-6))
        timeline->end_s = 1e-6;
}

static void merge(struct timeline_sample *into, const struct timeline_sample *next)
{
    double counted = into->counted + next->counted;
    /* The weighted mean is about the median of both. Of the tails the worst matters. */
    if (into->p50 > 0 && next->p50 > 0 && counted > 0)
        into->p50 = into->p50 * (into->counted / counted) + next->p50 * (next->counted / counted);
    else
        into->p50 = fmax(into->p50, next->p50);
    into->p99 = fmax(into->p99, next->p99);
    into->p999 = fmax(into->p999, next->p999);
    into->to_s = next->to_s;
    into->counted = counted;
    for (int i = 0; i < TIMELINE_KINDS; i++)
        into->marks[i] += next->marks[i];
}

/* Merges by time, not by number, because early samples are closer together. */
void timeline_thin(struct timeline *timeline, size_t most)
{
    const double width = timeline->end_s / (double)most;
    size_t kept = 0;
    for (size_t i = 0; i < timeline->n_samples; i++) {
        const struct timeline_sample *one = &timeline->samples[i];
        if (kept > 0 && one->to_s - timeline->samples[kept - 1].from_s <= width)
            merge(&timeline->samples[kept - 1], one);
        else
            timeline->samples[kept++] = *one;
    }
    timeline->n_samples = kept;
}

void timeline_free(struct timeline *timeline)
{
    free(timeline->samples);
    free(timeline->marks);
    free(timeline->occurrences);
    *timeline = (struct timeline){ .n_samples = 0 };
}
