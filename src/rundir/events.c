/* SPDX-License-Identifier: MIT
 * events.c: see events.h.
 */
#include "rundir/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "format/format.h"

/* Appends the whole line or nothing: removes a part that a full disk let through, so that later
 * events begin on a new line. */
static int append_line(int fd, const char *line, size_t size)
{
    off_t end = lseek(fd, 0, SEEK_END);
    if (fd_write_all(fd, line, size) == 0)
        return 0;
    int code = errno;
    if (end >= 0 && ftruncate(fd, end) != 0)
        code = errno;
    errno = code;
    return -1;
}

/* Whether to leave out an event that comes with each reset, because there were many. */
static bool is_too_much(struct rundir *rundir, const char *event)
{
    static const char *const frequent[RUNDIR_FREQUENT] = { "generation", "reset", "server",
                                                           "hook" };
    for (unsigned i = 0; i < RUNDIR_FREQUENT; i++)
        if (strcmp(event, frequent[i]) == 0) {
            if (rundir->frequent[i] >= RUNDIR_EVENTS + rundir->samples)
                return true;
            rundir->frequent[i]++;
        }
    return false;
}

void rundir_sample(struct rundir *rundir, const struct record *record, json_t *fields)
{
    rundir->samples++;
    if (rundir->left_out)
        member_count(&fields, "left_out", rundir->left_out);
    rundir_event(rundir, record, "sample", fields);
}

void rundir_event(struct rundir *rundir, const struct record *record, const char *event,
                  json_t *fields)
{
    rundir_event_since(rundir, record->started_ns, event, fields);
}

void rundir_event_since(struct rundir *rundir, uint64_t since_ns, const char *event,
                        json_t *fields)
{
    if (is_too_much(rundir, event)) {
        rundir->left_out++;
        json_decref(fields);
        return;
    }
    uint64_t now = clock_now();
    rundir_event_at(rundir, since_ns && now > since_ns ? now - since_ns : 0, event, fields);
}

void rundir_event_at(struct rundir *rundir, uint64_t t_ns, const char *event, json_t *fields)
{
    json_t *whole = json_object();
    member_seconds(&whole, "t", t_ns);
    member_text(&whole, "event", event);
    if (fields && json_object_update_missing(whole, fields) != 0) {
        json_decref(whole);
        whole = NULL;
    }
    json_decref(fields);
    struct error error;
    char *text = whole ? json_dumps(whole, JSON_COMPACT | JSON_REAL_PRECISION(12)) : NULL;
    json_decref(whole);
    if (!text) {
        error_set(&error, ENOMEM, "cannot make the event '%s'", event);
        rundir_fail(rundir, &error);
        return;
    }
    size_t size = strlen(text);
    text[size] = '\n'; /* replaces the terminating zero */
    if (rundir->events >= 0 && append_line(rundir->events, text, size + 1) != 0) {
        error_set(&error, errno, "cannot write events.jsonl in the run directory");
        rundir_fail(rundir, &error);
    }
    free(text);
}
