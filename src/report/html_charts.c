/* SPDX-License-Identifier: MIT
 * html_charts.c: see html_charts.h.
 */
#include "report/html_charts.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"
#include "report/story.h"
#include "report/timeline.h"

/* The size of the drawing in its own units, and the most bars of a strip. They enter arithmetic
 * with double: clang 19 warns of an enum there. */
#define WIDTH 1000
#define HEIGHT 200
#define STRIP 20
#define BARS 250
/* The most points of a curve, findings drawn as lines, findings with a lane of their own, dots of a
 * lane, and different things in a tick. */
enum { POINTS = 500, LINES = 100, LANES = 12, DOTS = 200, WHATS = 4 };

struct axis {
    double low, high; /* the values at the bottom and at the top */
    bool log;
};

static double place(const struct axis *axis, double value)
{
    double part = axis->log
        ? (log10(value) - log10(axis->low)) / (log10(axis->high) - log10(axis->low))
        : (value - axis->low) / (axis->high - axis->low);
    return part > 1 ? 1 : part > 0 ? part : 0;
}

static double y_of(const struct axis *axis, double value)
{
    return HEIGHT * (1 - place(axis, value));
}

static double x_of(const struct timeline *timeline, double seconds)
{
    double part = seconds / timeline->end_s;
    return WIDTH * (part > 1 ? 1 : part > 0 ? part : 0);
}

/* ---- the axis of time -------------------------------------------------------------------- */

static const double steps_s[] = { 1e-6, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600,
                                  7200, 14400, 21600, 43200, 86400 };

/* The distance in seconds between the labels of the axis, which are about six at most: below a
 * second 1, 2 or 5 times a power of ten, above a day whole days. */
static double step_of(double end)
{
    if (end < 6) {
        double power = pow(10, floor(log10(end / 6)));
        return end / 6 <= power * 2 ? power * 2 : end / 6 <= power * 5 ? power * 5 : power * 10;
    }
    for (unsigned i = 0; i < sizeof steps_s / sizeof steps_s[0]; i++)
        if (end / steps_s[i] <= 6)
            return steps_s[i];
    return 86400 * ceil(end / 86400 / 6);
}

static void time_axis(FILE *out, const struct timeline *timeline)
{
    char text[32];
    double step = step_of(timeline->end_s);
    fputs("<div class=\"times\">", out);
    for (int i = 0; i <= 6 && i * step <= timeline->end_s; i++) {
        double part = 100 * i * step / timeline->end_s;
        double ns = i * step * 1e9;
        fprintf(out, "<span class=\"%s%s\" style=\"left:%.2f%%\">%s</span>",
                part > 93 ? "last " : "", i % 2 ? "odd" : "even", part,
                i == 0 ? "0" : text_format_duration(ns < 9e18 ? (uint64_t)llround(ns) : UINT64_MAX,
                                                    text, sizeof text));
    }
    fputs("</div>\n", out);
}

/* ---- curves ------------------------------------------------------------------------------ */

typedef double value_of(const struct timeline_sample *sample);

static double rate(const struct timeline_sample *sample)
{
    return sample->counted / (sample->to_s - sample->from_s);
}

static double p50(const struct timeline_sample *sample)
{
    return sample->p50;
}

static double p99(const struct timeline_sample *sample)
{
    return sample->p99;
}

static double p999(const struct timeline_sample *sample)
{
    return sample->p999;
}

/* Draws a step for each sample, as nothing is known between samples. On a logarithmic axis 0 is a
 * gap. */
static void curve(FILE *out, const struct timeline *timeline, const struct axis *axis,
                  const char *class, value_of *value)
{
    bool drawing = false;
    fprintf(out, "<path class=\"%s\" fill=\"none\" stroke=\"currentColor\" "
                 "vector-effect=\"non-scaling-stroke\" d=\"", class);
    for (size_t i = 0; i < timeline->n_samples; i++) {
        const struct timeline_sample *sample = &timeline->samples[i];
        double v = value(sample);
        bool gap = axis->log && v <= 0;
        if (!gap)
            fprintf(out, "%s%.1f,%.1fH%.1f", drawing ? "L" : "M", x_of(timeline, sample->from_s),
                    y_of(axis, v), x_of(timeline, sample->to_s));
        drawing = !gap;
    }
    fputs("\"/>\n", out);
}

static void grid_line(FILE *out, const struct axis *axis, double value)
{
    fprintf(out, "<path class=\"grid\" stroke=\"currentColor\" "
                 "vector-effect=\"non-scaling-stroke\" d=\"M0,%.1fH%d\"/>\n",
            y_of(axis, value), WIDTH);
}

static void label(FILE *out, const struct axis *axis, double value, const char *text)
{
    fprintf(out, "<span style=\"top:%.1f%%\">%s</span>", 100 * (1 - place(axis, value)), text);
}

/* Draws the findings, which are in all drawings. */
static void finding_lines(FILE *out, const json_t *findings, const struct timeline *timeline,
                          int height)
{
    size_t n = json_array_size(findings);
    for (size_t i = 0; i < n && i < LINES; i++) {
        const json_t *first = json_object_get(json_array_get(findings, i), "first");
        fprintf(out, "<path class=\"finding\" stroke=\"currentColor\" "
                     "vector-effect=\"non-scaling-stroke\" d=\"M%.1f,0V%d\"/>\n",
                x_of(timeline, member_get_real(first, "time_s")), height);
    }
}

static void open_plot(FILE *out, const char *label_text, int height)
{
    fprintf(out, "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" role=\"img\" "
                 "aria-label=\"%s\">\n", WIDTH, height, label_text);
}

/* The smallest 1, 2 or 5 times a power of ten that is not below the value. */
static double round_up(double value)
{
    double power = pow(10, floor(log10(value)));
    double part = value / power;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
}

static void format_number(double value, char *text, size_t size)
{
    static const char *const units[] = { "", "k", "M", "G", "T" };
    unsigned unit = 0;
    for (; value >= 1000 && unit < 4; unit++)
        value /= 1000;
    snprintf(text, size, "%.3g%s", value, units[unit]);
}

static void throughput(FILE *out, const json_t *findings, const struct timeline *timeline)
{
    struct axis axis = { .high = 1 };
    char text[32];
    for (size_t i = 0; i < timeline->n_samples; i++)
        if (rate(&timeline->samples[i]) > axis.high)
            axis.high = rate(&timeline->samples[i]);
    axis.high = round_up(axis.high);
    fputs("<h3>Operations per second</h3>\n<div class=\"chart\"><div class=\"values\">", out);
    for (int i = 0; i <= 2; i++) {
        format_number(axis.high * i / 2, text, sizeof text);
        label(out, &axis, axis.high * i / 2, text);
    }
    fputs("</div>\n", out);
    open_plot(out, "operations per second over time", HEIGHT);
    for (int i = 0; i <= 2; i++)
        grid_line(out, &axis, axis.high * i / 2);
    finding_lines(out, findings, timeline, HEIGHT);
    curve(out, timeline, &axis, "rate", rate);
    fputs("</svg></div>\n", out);
}

/* The axis from one power of ten to another that has all values. */
static struct axis latency_axis(const struct timeline *timeline)
{
    double low = 1e300, high = 0;
    for (size_t i = 0; i < timeline->n_samples; i++) {
        const struct timeline_sample *sample = &timeline->samples[i];
        if (sample->p50 > 0 && sample->p50 < low)
            low = sample->p50;
        if (sample->p999 > high)
            high = sample->p999;
        if (sample->p99 > high)
            high = sample->p99;
    }
    if (!(high > 0) || low > high)
        return (struct axis){ .low = 1e3, .high = 1e6, .log = true };
    struct axis axis = { pow(10, floor(log10(low))), pow(10, ceil(log10(high))), true };
    if (axis.high <= axis.low)
        axis.high = 10 * axis.low;
    return axis;
}

static void latency(FILE *out, const json_t *findings, const struct timeline *timeline)
{
    struct axis axis = latency_axis(timeline);
    char text[32];
    int powers = (int)lround(log10(axis.high / axis.low)), each = powers > 6 ? powers / 5 + 1 : 1;
    fputs("<h3>Latency <small><span class=\"key p50\">p50</span> <span class=\"key p99\">p99</span>"
          " <span class=\"key p999\">p99.9</span></small></h3>\n"
          "<div class=\"chart\"><div class=\"values\">", out);
    for (int i = 0; i <= powers; i += each) {
        double ns = axis.low * pow(10, i);
        label(out, &axis, ns, text_format_duration((uint64_t)(ns < 9e18 ? ns : 9e18), text,
                                                   sizeof text));
    }
    fputs("</div>\n", out);
    open_plot(out, "latency percentiles over time", HEIGHT);
    for (int i = 0; i <= powers; i += each)
        grid_line(out, &axis, axis.low * pow(10, i));
    finding_lines(out, findings, timeline, HEIGHT);
    curve(out, timeline, &axis, "p999", p999);
    curve(out, timeline, &axis, "p99", p99);
    curve(out, timeline, &axis, "p50", p50);
    fputs("</svg></div>\n", out);
}

/* ---- strips of marks --------------------------------------------------------------------- */

static int bar_of(const struct timeline *timeline, double seconds)
{
    int bar = (int)(x_of(timeline, seconds) * BARS / WIDTH);
    return bar < BARS ? bar : BARS - 1;
}

/* What fired in one bar: the different things, each with its number. */
struct tick {
    double time_s; /* of the first */
    size_t n, others;
    const char *what[WHATS];
    size_t count[WHATS];
};

static void add_to_tick(struct tick *tick, const struct timeline_mark *mark)
{
    size_t i = 0;
    while (i < tick->n && strcmp(tick->what[i], mark->what) != 0)
        i++;
    if (i == WHATS) {
        tick->others++;
        return;
    }
    if (tick->n == 0)
        tick->time_s = mark->time_s;
    if (i == tick->n) {
        tick->what[tick->n++] = mark->what;
        tick->count[i] = 0;
    }
    tick->count[i]++;
}

/* Fills the ticks of the bars of each kind from the marks. */
static void fill_ticks(const struct timeline *timeline, struct tick ticks[TIMELINE_KINDS][BARS])
{
    memset(ticks, 0, TIMELINE_KINDS * sizeof *ticks);
    for (size_t i = 0; i < timeline->n_marks; i++) {
        const struct timeline_mark *mark = &timeline->marks[i];
        add_to_tick(&ticks[mark->kind][bar_of(timeline, mark->time_s)], mark);
    }
}

/* "3x write:error=EIO in writer.1, death of reader.0". */
static void tick_text(FILE *out, const struct tick *tick)
{
    for (size_t i = 0; i < tick->n; i++) {
        fputs(i > 0 ? ", " : "", out);
        if (tick->count[i] > 1)
            fprintf(out, "%zu× ", tick->count[i]);
        markup_line(out, tick->what[i]);
    }
    if (tick->others > 0)
        fprintf(out, ", and %zu more", tick->others);
}

static void draw_bar(FILE *out, const char *class, int bar, double height, double count)
{
    fprintf(out, "<rect class=\"%s\" x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\">"
                 "<title>%.0f at ", class, bar * WIDTH / BARS, STRIP - height, WIDTH / BARS, height,
            ceil(count));
}

/* Draws a bar for each part of the time, higher for more marks. */
static void strip(FILE *out, const char *title, const char *class, double total,
                  const double *bars, const struct tick *ticks, const struct timeline *timeline)
{
    double most = 1;
    char text[32];
    for (int i = 0; i < BARS; i++)
        most = bars[i] > most ? bars[i] : most;
    fprintf(out, "<div class=\"chart strip\"><div class=\"values\"><span>%s</span></div>\n", title);
    open_plot(out, title, STRIP);
    for (int i = 0; i < BARS; i++) {
        if (!(bars[i] > 0))
            continue;
        draw_bar(out, class, i, STRIP * (0.4 + 0.6 * log2(1 + bars[i]) / log2(1 + most)), bars[i]);
        text_format_seconds(timeline->end_s * i / BARS, text, sizeof text);
        fprintf(out, "%s%s", text, ticks[i].n > 0 ? ": " : "");
        tick_text(out, &ticks[i]);
        fputs("</title></rect>\n", out);
    }
    format_number(total, text, sizeof text);
    fprintf(out, "</svg><div class=\"sum\">%s</div></div>\n", text);
}

/* Draws the marks from their events. If some had no event, draws them from the samples, spread
 * evenly between two of them. */
static void marks(FILE *out, const struct timeline *timeline, enum timeline_kind kind,
                  const char *title, const char *class, const struct tick *ticks)
{
    double bars[BARS] = { 0 }, seen = 0;
    for (size_t i = 0; i < timeline->n_marks; i++)
        seen += timeline->marks[i].kind == kind;
    for (size_t i = 0; i < timeline->n_marks && seen >= timeline->total[kind]; i++)
        bars[bar_of(timeline, timeline->marks[i].time_s)] += timeline->marks[i].kind == kind;
    for (size_t i = 0; i < timeline->n_samples && seen < timeline->total[kind]; i++) {
        const struct timeline_sample *sample = &timeline->samples[i];
        int first = bar_of(timeline, sample->from_s), last = bar_of(timeline, sample->to_s);
        for (int bar = first; bar <= last; bar++)
            bars[bar] += sample->marks[kind] / (last - first + 1);
    }
    strip(out, title, class, timeline->total[kind], bars, ticks, timeline);
}

/* Lists what fired at each tick, for readers that have no pointer to rest on it. */
static void list_ticks(FILE *out, const struct timeline *timeline,
                       struct tick ticks[TIMELINE_KINDS][BARS])
{
    char text[32];
    if (timeline->n_marks == 0)
        return;
    fputs("<details><summary>What fired at each tick</summary>\n<div class=\"scroll\">"
          "<table class=\"ticks\">\n<thead><tr><th class=\"name\">at</th>"
          "<th class=\"text\">faults</th><th class=\"text\">resets</th></tr></thead>\n"
          "<tbody>\n", out);
    for (int i = 0; i < BARS; i++) {
        const struct tick *fault = &ticks[TIMELINE_FAULT][i], *reset = &ticks[TIMELINE_RESET][i];
        if (fault->n + reset->n == 0)
            continue;
        text_format_seconds(fault->n > 0 ? fault->time_s : reset->time_s, text, sizeof text);
        fprintf(out, "<tr><td class=\"name\">%s</td><td class=\"text\">", text);
        tick_text(out, fault);
        fputs("</td><td class=\"text\">", out);
        tick_text(out, reset);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody></table></div></details>\n", out);
}

/* ---- findings ---------------------------------------------------------------------------- */

static bool is_listed(const json_t *const *findings, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (member_get_count(findings[i], "id") == id)
            return true;
    return false;
}

/* Where the occurrences of one finding are drawn, in a thousandth of the axis. */
struct dots {
    size_t n;
    int at[DOTS];
};

/* Returns whether a dot is new; result.json and events.jsonl both have the first one. */
static bool add_dot(struct dots *dots, double x)
{
    int at = (int)x;
    for (size_t i = 0; i < dots->n; i++)
        if (dots->at[i] == at)
            return false;
    if (dots->n == DOTS)
        return false;
    dots->at[dots->n++] = at;
    return true;
}

/* Draws the occurrences of one finding, as links to its story. */
static void lane(FILE *out, const json_t *finding, const struct timeline *timeline)
{
    uint64_t id = member_get_count(finding, "id");
    double first = member_get_real(json_object_get(finding, "first"), "time_s");
    struct dots dots = { .n = 0 };
    char text[32];
    fprintf(out, "<div class=\"chart strip\"><div class=\"values\"><span>#%" PRIu64
                 "</span></div>\n<div class=\"dots\">", id);
    for (size_t i = 0; i < timeline->n_occurrences; i++) {
        const struct timeline_occurrence *one = &timeline->occurrences[i];
        double x = x_of(timeline, one->time_s);
        if (one->id != id || !add_dot(&dots, x))
            continue;
        text_format_seconds(one->time_s, text, sizeof text);
        fprintf(out, "<a href=\"#finding-%" PRIu64 "\"%s style=\"left:%.2f%%\" title=\"%s: ", id,
                x > x_of(timeline, first) + 1 ? " class=\"again\"" : "", x * 100 / WIDTH, text);
        markup_line(out, json_string_value(json_object_get(finding, "title")));
        fputs("\"></a>", out);
    }
    format_number((double)member_get_count(finding, "count"), text, sizeof text);
    fprintf(out, "</div><div class=\"sum\">%s×</div></div>\n", text);
}

/* Draws the occurrences of the findings that have no lane of their own. */
static void last_lane(FILE *out, const json_t *const *findings, size_t n,
                      const struct timeline *timeline)
{
    struct dots dots = { .n = 0 };
    fputs("<div class=\"chart strip\"><div class=\"values\"><span>others</span></div>\n"
          "<div class=\"dots\">", out);
    for (size_t i = 0; i < timeline->n_occurrences; i++) {
        double x = x_of(timeline, timeline->occurrences[i].time_s);
        if (!is_listed(findings, LANES, timeline->occurrences[i].id) && add_dot(&dots, x))
            fprintf(out, "<span class=\"dot\" style=\"left:%.2f%%\"></span>", x * 100 / WIDTH);
    }
    fprintf(out, "</div><div class=\"sum\">%zu</div></div>\n", n - LANES);
}

static void lanes(FILE *out, const json_t *result, const struct timeline *timeline)
{
    size_t n;
    const json_t **sorted = report_sorted_findings(result, &n);
    for (size_t i = 0; i < n && i < LANES; i++)
        lane(out, sorted[i], timeline);
    if (n > LANES)
        last_lane(out, sorted, n, timeline);
    free(sorted);
}

void report_html_charts(FILE *out, const json_t *result, struct timeline *timeline)
{
    struct tick ticks[TIMELINE_KINDS][BARS];
    const json_t *findings = json_object_get(result, "findings");
    fputs("<section class=\"charts\">\n", out);
    if (timeline->n_samples > 0) {
        timeline_thin(timeline, POINTS);
        throughput(out, findings, timeline);
        latency(out, findings, timeline);
    } else {
        fputs("<p class=\"note\">No curves: events.jsonl has no samples.</p>\n", out);
    }
    fill_ticks(timeline, ticks);
    marks(out, timeline, TIMELINE_RESET, "resets", "reset", ticks[TIMELINE_RESET]);
    marks(out, timeline, TIMELINE_FAULT, "faults", "fault", ticks[TIMELINE_FAULT]);
    lanes(out, result, timeline);
    time_axis(out, timeline);
    if (json_array_size(findings) > 0)
        fputs("<p class=\"note\">A dot is the first occurrence of a finding; a ring is the last "
              "one, or one of 2, 4, 8, ... that events.jsonl has.</p>\n", out);
    list_ticks(out, timeline, ticks);
    fputs("</section>\n", out);
}
