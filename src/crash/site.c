/* SPDX-License-Identifier: MIT
 * site.c: see site.h.
 */
#include "crash/site.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "tracer/tracer.h"

enum { MOST = 4096 /* stacks */, PATH = 512 };

struct crash_site {
    uint64_t stack;      /* as struct recording_call has it */
    json_t *frames;      /* see tracer/unwind.h. Owned */
    char text[SITE_TEXT];
};

/* ---- frames ------------------------------------------------------------------------------- */

struct frame {
    char function[SITE_TEXT], file[PATH], module[PATH], offset[32];
    uint64_t line;
};

/* False: it belongs to the C library or the harness. */
static bool read_frame(const json_t *object, struct frame *ret)
{
    member_get_text(object, "function", "", ret->function, sizeof ret->function);
    member_get_text(object, "file", "", ret->file, sizeof ret->file);
    member_get_text(object, "module", "", ret->module, sizeof ret->module);
    member_get_text(object, "offset", "", ret->offset, sizeof ret->offset);
    ret->line = member_get_count(object, "line");
    return *ret->module && !module_is_common(ret->module);
}

/* The place in a line of source; else the function; else nothing. */
static void say_place(const json_t *frames, char *to, size_t size)
{
    struct frame frame;
    *to = '\0';
    for (size_t i = 0; i < json_array_size(frames); i++) {
        if (!read_frame(json_array_get(frames, i), &frame))
            continue;
        if (*frame.file && frame.line > 0) {
            snprintf(to, size, "%.120s:%" PRIu64, module_base(frame.file), frame.line);
            return;
        }
        if (*frame.function && !*to)
            snprintf(to, size, "in %.120s", frame.function);
    }
}

/* "put at store.c:70", "sed+0x4a31" */
static json_t *text_of(const struct frame *frame)
{
    char text[3 * SITE_TEXT], line[SITE_TEXT] = "";
    if (*frame->file && frame->line > 0)
        snprintf(line, sizeof line, " at %.120s:%" PRIu64, module_base(frame->file), frame->line);
    if (*frame->function)
        snprintf(text, sizeof text, "%s%s%s%.120s", frame->function, line, *line ? "" : " in ",
                 *line ? "" : module_base(frame->module));
    else
        snprintf(text, sizeof text, "%.120s+%s%s", module_base(frame->module), frame->offset, line);
    return member_string(text);
}

/* ---- reading ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    const struct crash_site *left = a, *right = b;
    return left->stack < right->stack ? -1 : left->stack > right->stack;
}

static const struct crash_site *find(const struct crash_source *source, uint64_t stack)
{
    const struct crash_site key = { .stack = stack };
    return source->n_sites == 0
               ? NULL : bsearch(&key, source->sites, source->n_sites, sizeof key, compare);
}

/* The call that took a step. Stores into a mapping have none: they are seen at a later one. */
static const struct recording_call *taker_of(const struct crash_source *source, uint64_t step)
{
    const struct recording_step *taken = step < source->steps.n_steps ? &source->steps.steps[step]
                                                                     : NULL;
    return !taken || taken->call == RECORDING_NONE || taken->flags & RECORDING_MAPPED
               ? NULL : &source->steps.calls[taken->call];
}

void site_want(const struct crash_source *source, uint64_t step, bool *wanted)
{
    const struct recording_call *call = taker_of(source, step);
    if (call)
        wanted[call - source->steps.calls] = true;
}

/* Adds a site for each wanted stack that is not known. Returns how many, unsorted, behind the
 * others; -1: no memory. */
static int64_t add_sites(struct crash_source *source, const bool *wanted)
{
    size_t n = source->n_sites;
    uint64_t last = 0; /* many calls in a row have the same */
    for (size_t i = 0; i < source->steps.n_calls && n < MOST; i++) {
        uint64_t stack = source->steps.calls[i].stack;
        bool known = !wanted[i] || stack == 0 || stack == last || find(source, stack);
        for (size_t k = source->n_sites; k < n && !known; k++)
            known = source->sites[k].stack == stack;
        if (known)
            continue;
        struct crash_site *more = realloc(source->sites, (n + 1) * sizeof *more);
        if (!more)
            return -1;
        source->sites = more;
        more[n++] = (struct crash_site){ .stack = stack };
        last = stack;
    }
    return (int64_t)(n - source->n_sites);
}

/* Reads the stacks of n sites. */
static int read_stacks(const struct crash_source *source, struct crash_site *sites, size_t n)
{
    struct recording_stack *stacks = calloc(n, sizeof *stacks);
    struct stack_sample *samples = calloc(n, sizeof *samples);
    json_t *list = NULL;
    for (size_t i = 0; stacks && samples && i < n; i++) {
        const struct recording_call call = { .stack = sites[i].stack };
        if (recording_stack(&source->steps, &call, &stacks[i]))
            samples[i] = (struct stack_sample){ stacks[i].registers, stacks[i].n_registers,
                                          stacks[i].size, stacks[i].bytes, stacks[i].maps };
        else
            samples[i].maps = "";
    }
    if (stacks && samples)
        list = frames_read(samples, n);
    for (size_t i = 0; i < n; i++) {
        sites[i].frames = json_incref(json_array_get(list, i));
        say_place(sites[i].frames, sites[i].text, sizeof sites[i].text);
    }
    json_decref(list);
    free(samples);
    free(stacks);
    return list ? 0 : -1;
}

int site_read(struct crash_source *source, const bool *wanted)
{
    int64_t n = add_sites(source, wanted);
    if (n <= 0)
        return (int)n;
    int result = read_stacks(source, source->sites + source->n_sites, (size_t)n);
    source->n_sites += (size_t)n;
    qsort(source->sites, source->n_sites, sizeof *source->sites, compare);
    return result;
}

void site_free(struct crash_source *source)
{
    for (size_t i = 0; i < source->n_sites; i++)
        json_decref(source->sites[i].frames);
    free(source->sites);
}

/* ---- asking ------------------------------------------------------------------------------- */

static const struct crash_site *site_of(const struct crash_source *source, uint64_t step)
{
    const struct recording_call *call = taker_of(source, step);
    return call ? find(source, call->stack) : NULL;
}

const char *site_text(const struct crash_source *source, uint64_t step)
{
    const struct crash_site *site = site_of(source, step);
    return site ? site->text : "";
}

const char *site_key(const struct crash_source *source, uint64_t step, char *to, size_t size)
{
    const struct crash_site *site = site_of(source, step);
    struct frame frame;
    snprintf(to, size, "%s", site ? site->text : "");
    for (size_t i = 0; site && !*to && i < json_array_size(site->frames); i++)
        if (read_frame(json_array_get(site->frames, i), &frame))
            snprintf(to, size, "%.100s+%s", module_base(frame.module), frame.offset);
    return to;
}

json_t *site_stack(const struct crash_source *source, uint64_t step)
{
    const struct crash_site *site = site_of(source, step);
    json_t *list = site ? json_array() : NULL;
    struct frame frame;
    for (size_t i = 0; list && i < json_array_size(site->frames); i++)
        if (read_frame(json_array_get(site->frames, i), &frame))
            member_append(&list, text_of(&frame));
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return NULL;
}
