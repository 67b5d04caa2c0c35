/* SPDX-License-Identifier: MIT
 * crash_worker.c: one run of `crash`: a session like any other, with orders. It runs in a process
 * forked for it, so that what the run leaves in memory goes with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "monitor/crash_private.h"

static size_t points_size(uint64_t room)
{
    return sizeof(struct share_points) + (size_t)room * sizeof(struct share_call);
}

struct share_points *crash_points_new(uint64_t room)
{
    struct share_points *points = mmap(NULL, points_size(room), PROT_READ | PROT_WRITE,
                                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (points == MAP_FAILED)
        return NULL;
    points->room = room;
    return points;
}

void crash_points_free(struct share_points *points)
{
    if (points)
        munmap(points, points_size(points->room));
}

/* Of a run without a finding nothing is kept. If something is left it is in the directory that the
 * user named, so nothing is lost by that. */
static void remove_directory(const char *path)
{
    int fd FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    unlinkat(fd, "events.jsonl", 0);
    unlinkat(fd, "result.json", 0);
    unlinkat(fd, "findings", AT_REMOVEDIR);
    rmdir(path);
}

void crash_work(const struct crash *crash, const char *directory, const struct rule *rules,
                unsigned n, struct share_points *points, bool to_the_end,
                struct crash_outcome *ret)
{
    struct options options = crash->run;
    const struct session_orders orders = { .rules = rules, .n_rules = n, .points = points,
                                           .end_at_fault = !to_the_end, .silent = true };
    options.output = directory;
    ret->status = session_run_ordered(&options, crash->subject, crash->argv, &orders,
                                      &ret->result);
    if (!to_the_end && ret->status == 0)
        remove_directory(directory);
    ret->finished = true;
}
