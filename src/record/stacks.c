/* SPDX-License-Identifier: MIT
 * stacks.c: see stacks.h.
 */
#include "record/stacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "tracer/tracer.h"

enum { SIZE_MOST = 1 << 20, THREADS_MOST = 80, FRAMES_MOST = 1024, TEXT_MOST = 512 };

/* ---- receiving --------------------------------------------------------------------------- */

static void copy_text(json_t **to, const json_t *from, const char *key)
{
    char text[TEXT_MOST];
    member_text(to, key, member_get_text(from, key, "", text, sizeof text));
}

static json_t *checked_frame(const json_t *from)
{
    static const char *const texts[] = { "function", "file", "module", "offset" };
    json_t *frame = json_object();
    uint64_t line = member_get_count(from, "line");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        copy_text(&frame, from, texts[i]);
    member_set(&frame, "line", line ? json_integer((json_int_t)line) : json_null());
    member_set(&frame, "inlined", json_boolean(json_is_true(json_object_get(from, "inlined"))));
    return frame;
}

static json_t *checked_thread(const json_t *from)
{
    json_t *thread = json_object(), *frames = json_array();
    const json_t *list = json_object_get(from, "frames");
    for (size_t i = 0; i < json_array_size(list) && i < FRAMES_MOST; i++)
        member_append(&frames, checked_frame(json_array_get(list, i)));
    if (json_is_integer(json_object_get(from, "thread")))
        member_count(&thread, "thread", member_get_count(from, "thread"));
    copy_text(&thread, from, "name");
    if (json_is_true(json_object_get(from, "crashed")))
        member_set(&thread, "crashed", json_true());
    member_set(&thread, "frames", frames);
    if (json_object_get(from, "note"))
        copy_text(&thread, from, "note");
    return thread;
}

/* Copies the members that are known and well-formed. NULL: not a list, or out of memory. */
static json_t *checked(const json_t *from)
{
    json_t *threads = json_is_array(from) ? json_array() : NULL;
    for (size_t i = 0; threads && i < json_array_size(from) && i < THREADS_MOST; i++)
        member_append(&threads, checked_thread(json_array_get(from, i)));
    return threads;
}

static json_t *load(int fd)
{
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size <= 0 ||
        status.st_size > SIZE_MOST)
        return NULL;
    size_t size = (size_t)status.st_size;
    char *text = malloc(size);
    ssize_t n = text ? pread(fd, text, size, 0) : -1;
    json_t *raw = n > 0 ? json_loadb(text, (size_t)n, 0, NULL) : NULL;
    json_t *threads = checked(raw);
    json_decref(raw);
    free(text);
    return threads;
}

static void forget(struct stacks *stacks, unsigned index)
{
    stacks->n--;
    memmove(&stacks->kept[index], &stacks->kept[index + 1],
            (stacks->n - index) * sizeof stacks->kept[0]);
}

void stacks_hear(struct stacks *stacks)
{
    struct trace_result result;
    int fd;
    for (unsigned i = 0; i < STACKS_KEPT && tracer_receive(&stacks->tracer, &result, &fd); i++) {
        json_t *threads = fd < 0 ? NULL : load(fd);
        fd_close(&fd);
        if (!threads)
            continue;
        if (stacks->n == STACKS_KEPT) { /* of a process that no finding was about */
            json_decref(stacks->kept[0].threads);
            forget(stacks, 0);
        }
        stacks->kept[stacks->n++] = (struct stacks_entry){ result.pid, threads };
    }
}

/* The index of the last stack of this process; stacks->n: none has arrived. */
static unsigned find(struct stacks *stacks, int32_t pid)
{
    stacks_hear(stacks);
    for (unsigned i = stacks->n; pid > 0 && i-- > 0;)
        if (stacks->kept[i].pid == pid)
            return i;
    return stacks->n;
}

json_t *stacks_claim(struct stacks *stacks, int32_t pid)
{
    unsigned i = find(stacks, pid);
    if (i == stacks->n)
        return NULL;
    json_t *threads = stacks->kept[i].threads;
    forget(stacks, i);
    return threads;
}

void stacks_add_other(struct stacks *stacks, json_t *stack, int32_t pid, const char *actor)
{
    unsigned other = find(stacks, pid);
    const json_t *threads = other < stacks->n ? stacks->kept[other].threads : NULL;
    for (size_t i = 0; i < json_array_size(threads); i++) {
        json_t *thread = json_copy(json_array_get(threads, i));
        member_text(&thread, "actor", actor);
        member_append(&stack, thread);
    }
}

void stacks_free(struct stacks *stacks)
{
    while (stacks->n > 0)
        json_decref(stacks->kept[--stacks->n].threads);
    tracer_stop(&stacks->tracer);
}

/* ---- the frames that distinguish one crash from another ---------------------------------- */

/* Functions that many crashes share in a static program, or in one with a sanitizer. */
static bool is_common(const char *function)
{
    static const char *const names[] = { "__", "_start", "abort", "raise", "gsignal",
                                         "pthread_kill" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(function, names[i], strlen(names[i])) == 0)
            return true;
    return false;
}

const char *stacks_frames(const json_t *threads, unsigned most, char *buffer, size_t size)
{
    const json_t *frames = json_object_get(json_array_get(threads, 0), "frames");
    size_t used = 0;
    unsigned n = 0;
    buffer[0] = '\0';
    for (size_t i = 0; i < json_array_size(frames) && n < most; i++) {
        const json_t *frame = json_array_get(frames, i);
        char function[128], path[TEXT_MOST], offset[32];
        member_get_text(frame, "function", "", function, sizeof function);
        member_get_text(frame, "module", "", path, sizeof path);
        member_get_text(frame, "offset", "", offset, sizeof offset);
        const char *module = module_base(path);
        if (!*module || module_is_common(path) || is_common(function))
            continue;
        const char *between = n++ > 0 ? "<" : "";
        int length = *function ? snprintf(buffer + used, size - used, "%s%s", between, function)
                     : most == 1 ? snprintf(buffer, size, "%s", module)
                                 : snprintf(buffer + used, size - used, "%s%s+%s", between, module,
                                            offset);
        used += (size_t)length;
        if (used >= size)
            break;
    }
    return buffer;
}
