/* SPDX-License-Identifier: MIT
 * outcome.c: see outcome.h. A write is read back from the file, at the place where the descriptor's
 * offset says it went: so it does not matter how many bytes the call was asked for.
 */
#include "recorder/outcome.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include "recorder/descriptor.h"
#include "recorder/inode.h"
#include "recorder/mapped.h"
#include "recorder/step.h"

enum { PAGE = 4096 };

/* ---- writes -------------------------------------------------------------------------------- */

static void put_written(struct recorder *recorder, struct visit *visit, uint64_t offset,
                        int64_t result, bool synchronous)
{
    int reader = descriptor_reader(recorder, &visit->file);
    if (reader >= 0)
        inode_written(recorder, visit->file.node, reader, offset, (uint64_t)result,
                      synchronous ? RECORDING_SYNCHRONOUS : 0, visit->call);
    descriptor_reader_close(&visit->file, reader);
}

/* The end of a file that is appended to. */
static uint64_t end_of(struct visit *visit)
{
    return descriptor_look(&visit->file) ? (uint64_t)visit->file.status.st_size : 0;
}

/* Where a write went: to the descriptor's offset, or to the offset of argument 3, which does not
 * matter to a file that is appended to. */
static uint64_t begin_of_write(const struct call *call, struct visit *visit, uint64_t n)
{
    bool current = !call->offset || (int64_t)visit->args[3] == -1;
    bool appends = strcmp(call->name, "pwritev2") == 0 && visit->args[5] & RWF_APPEND;
    if (appends || (!current && descriptor_flags(&visit->file) & O_APPEND))
        return end_of(visit) - n;
    return current ? descriptor_offset(&visit->file) - n : visit->args[3];
}

void outcome_write(struct recorder *recorder, struct task *task, int64_t result)
{
    struct visit *visit = &task->visit;
    const struct call *call = call_of(visit->number);
    if (result <= 0)
        return;
    bool synchronous = (descriptor_flags(&visit->file) & O_DSYNC) != 0;
    if (strcmp(call->name, "pwritev2") == 0)
        synchronous = synchronous || (visit->args[5] & (RWF_DSYNC | RWF_SYNC));
    put_written(recorder, visit, begin_of_write(call, visit, (uint64_t)result), result,
                synchronous);
}

void outcome_copy(struct recorder *recorder, struct task *task, int64_t result)
{
    struct visit *visit = &task->visit;
    if (result > 0)
        put_written(recorder, visit,
                    visit->has_offset ? visit->offset
                                      : descriptor_offset(&visit->file) - (uint64_t)result,
                    result, (descriptor_flags(&visit->file) & O_DSYNC) != 0);
}

/* A file that becomes shorter has zeros in the rest of its last page: they are bytes, which reach
 * the disk without the size, and before it. */
static void put_zeros(struct recorder *recorder, const struct inode *node, uint64_t before,
                      uint64_t size, uint32_t call)
{
    uint64_t end = size % PAGE == 0 ? size : size - size % PAGE + PAGE;
    if (end > before)
        end = before;
    if (end > size)
        step_put(recorder, node, &(struct recording_step){
            .kind = RECORDING_ZERO, .call = call, .node = node->number, .offset = size,
            .length = end - size });
}

static void put_size(struct recorder *recorder, struct inode *node, uint64_t before, uint64_t size,
                     uint32_t call)
{
    put_zeros(recorder, node, before, size, call);
    mapped_cut(node, size);
    step_put(recorder, node, &(struct recording_step){ .kind = RECORDING_SIZE, .call = call,
                                                        .node = node->number, .length = size });
}

/* The whole content anew, after a call that may have moved all of it. */
static void put_all(struct recorder *recorder, struct visit *visit)
{
    struct descriptor *file = &visit->file;
    int reader = descriptor_reader(recorder, file);
    if (reader >= 0 && descriptor_look(file)) {
        put_size(recorder, file->node, 0, 0, visit->call);
        if (file->status.st_size > 0)
            inode_written(recorder, file->node, reader, 0, (uint64_t)file->status.st_size, 0,
                          visit->call);
    }
    descriptor_reader_close(file, reader);
}

/* FICLONE, FICLONERANGE. FIDEDUPERANGE does not change bytes. */
void outcome_ioctl(struct recorder *recorder, struct task *task, int64_t result)
{
    if (result >= 0)
        put_all(recorder, &task->visit);
}

/* Pages that a call has cleared have been seen. */
static void see_cleared(struct recorder *recorder, struct visit *visit)
{
    int reader = visit->file.node->mapped ? descriptor_reader(recorder, &visit->file) : -1;
    if (reader >= 0)
        mapped_seen(visit->file.node, reader, visit->args[2], visit->args[3]);
    descriptor_reader_close(&visit->file, reader);
}

void outcome_fallocate(struct recorder *recorder, struct task *task, int64_t result)
{
    struct visit *visit = &task->visit;
    struct descriptor *file = &visit->file;
    uint64_t mode = visit->args[1], before = (uint64_t)file->status.st_size;
    if (result < 0 || !descriptor_look(file))
        return;
    uint64_t size = (uint64_t)file->status.st_size;
    if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
        put_all(recorder, visit);
    else if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
        step_put(recorder, file->node, &(struct recording_step){
            .kind = RECORDING_ZERO, .call = visit->call, .node = file->node->number,
            .offset = visit->args[2], .length = visit->args[3] });
    if (size != before)
        put_size(recorder, file->node, before, size, visit->call);
    see_cleared(recorder, visit);
}

/* ---- sizes --------------------------------------------------------------------------------- */

void outcome_ftruncate(struct recorder *recorder, struct task *task, int64_t result)
{
    struct descriptor *file = &task->visit.file;
    uint64_t before = (uint64_t)file->status.st_size;
    if (result < 0 || !descriptor_look(file))
        return;
    uint64_t size = (uint64_t)file->status.st_size;
    if (size != before)
        put_size(recorder, file->node, before, size, task->visit.call);
}

void outcome_truncate(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    const struct place *place = &visit->place[0];
    struct inode *node = place->existed ? inode_find(recorder, &place->before) : NULL;
    uint64_t before = (uint64_t)place->before.st_size;
    if (node && result == 0 && visit->args[1] != before)
        put_size(recorder, node, before, visit->args[1], visit->call);
}

/* ---- names --------------------------------------------------------------------------------- */

/* What has the name of a place now; NULL: nothing, or it cannot be taken into the disk. `fresh`: a
 * new object, even if its inode's number is known. */
static struct inode *node_at(struct recorder *recorder, const struct place *place, bool fresh,
                            uint32_t call)
{
    struct stat status;
    if (fstatat(place->parent, place->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
        return NULL;
    struct inode *node = fresh ? NULL : inode_find(recorder, &status);
    if (fresh)
        inode_forget(recorder, &status);
    return node ? node : inode_adopt(recorder, place->parent, place->name, place->dir->witness,
                                    call);
}

static void put_name(struct recorder *recorder, const struct place *place, bool fresh,
                     uint32_t call)
{
    const struct inode *node = place->dir ? node_at(recorder, place, fresh, call) : NULL;
    if (node)
        inode_linked(recorder, place->dir, place->name, node, call);
}

/* A file without a name. */
static void put_unnamed(struct recorder *recorder, struct task *task, int fd)
{
    struct descriptor made;
    descriptor_open(recorder, task, fd, &made);
    int reader = made.fd < 0 ? -1 : descriptor_reader(recorder, &made);
    if (reader >= 0) {
        inode_forget(recorder, &made.status);
        inode_adopt_open(recorder, reader, false, task->visit.call);
    }
    descriptor_reader_close(&made, reader);
    descriptor_close(&made);
}

void outcome_open(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    const struct place *place = &visit->place[0];
    if (result < 0)
        return;
    if (visit->unnamed) {
        put_unnamed(recorder, task, (int)result);
        return;
    }
    if (!place->existed) {
        put_name(recorder, place, true, visit->call);
        return;
    }
    struct inode *node = inode_find(recorder, &place->before);
    if (node && visit->offset & O_TRUNC && place->before.st_size > 0)
        put_size(recorder, node, 0, 0, visit->call);
}

/* mkdir, mknod, symlink: the place is the first, or the only one. */
void outcome_make(struct recorder *recorder, struct task *task, int64_t result)
{
    if (result == 0)
        put_name(recorder, &task->visit.place[0], true, task->visit.call);
}

void outcome_link(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct place *from = &task->visit.place[0];
    /* A link in /proc leads to a file that may be in the disk. */
    bool foreign = from->existed && !from->dir && !S_ISLNK(from->before.st_mode);
    if (result == 0)
        put_name(recorder, &task->visit.place[1], foreign, task->visit.call);
}

static void put_unlink(struct recorder *recorder, const struct place *place, uint32_t call)
{
    const struct inode *node = inode_find(recorder, &place->before);
    if (!place->dir || !node)
        return;
    step_put(recorder, node->witness ? node : place->dir, &(struct recording_step){
        .kind = RECORDING_UNLINK, .call = call, .dir = place->dir->number, .node = node->number,
        .name = recording_text(recorder->writer, place->name) });
}

void outcome_unlink(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct place *place = &task->visit.place[0];
    if (result < 0)
        return;
    put_unlink(recorder, place, task->visit.call);
    if (S_ISDIR(place->before.st_mode))
        inode_forget(recorder, &place->before);
}

static void put_rename(struct recorder *recorder, const struct visit *visit,
                       const struct inode *node, bool exchange)
{
    const struct place *from = &visit->place[0], *to = &visit->place[1];
    const struct inode *other = to->existed ? inode_find(recorder, &to->before) : NULL;
    step_put(recorder, node->witness ? node : to->dir, &(struct recording_step){
        .kind = exchange ? RECORDING_EXCHANGE : RECORDING_RENAME, .call = visit->call,
        .node = node->number, .other = other ? other->number : RECORDING_NONE,
        .dir = from->dir->number, .name = recording_text(recorder->writer, from->name),
        .dir2 = to->dir->number, .name2 = recording_text(recorder->writer, to->name) });
}

/* Between two places of the disk, into it, or out of it. */
void outcome_rename(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    const struct place *from = &visit->place[0], *to = &visit->place[1];
    const struct call *call = call_of(visit->number);
    uint64_t flags = strcmp(call->name, "renameat2") == 0 ? visit->args[4] : 0;
    bool exchange = (flags & RENAME_EXCHANGE) != 0;
    if (result < 0 || !from->existed)
        return;
    if (to->existed && from->before.st_ino == to->before.st_ino &&
        from->before.st_dev == to->before.st_dev)
        return; /* two names of one file: nothing happens */
    const struct inode *node = inode_find(recorder, &from->before);
    if (from->dir && to->dir && node) {
        put_rename(recorder, visit, node, exchange);
        return;
    }
    if (from->dir && !exchange)
        put_unlink(recorder, from, visit->call);
    if (to->dir)
        put_name(recorder, to, !from->dir, visit->call);
    if (from->dir && exchange)
        put_name(recorder, from, false, visit->call);
}

/* ---- attributes ---------------------------------------------------------------------------- */

static void put_mode(struct recorder *recorder, struct inode *node, const struct stat *status,
                     uint32_t call)
{
    if (!node)
        return;
    node->mode = status->st_mode;
    step_put(recorder, node, &(struct recording_step){
        .kind = RECORDING_MODE, .call = call, .node = node->number, .mode = status->st_mode,
        .uid = status->st_uid, .gid = status->st_gid });
}

/* What the call was about, and its attributes now. */
static struct inode *attributes_now(struct recorder *recorder, struct visit *visit,
                                    struct stat *ret)
{
    const struct place *place = &visit->place[0];
    if (visit->file.node) {
        bool looked = descriptor_look(&visit->file);
        *ret = visit->file.status;
        return looked ? visit->file.node : NULL;
    }
    return place->existed && fstatat(place->parent, place->name, ret,
                                     AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0
               ? inode_find(recorder, &place->before) : NULL;
}

void outcome_attributes(struct recorder *recorder, struct task *task, int64_t result)
{
    struct stat status;
    if (result == 0)
        put_mode(recorder, attributes_now(recorder, &task->visit, &status), &status,
                 task->visit.call);
}

void outcome_times(struct recorder *recorder, struct task *task, int64_t result)
{
    struct stat status;
    struct inode *node = result == 0 ? attributes_now(recorder, &task->visit, &status) : NULL;
    if (node)
        step_put(recorder, node, &(struct recording_step){
            .kind = RECORDING_TIMES, .call = task->visit.call, .node = node->number,
            .time = step_time(&status.st_mtim) });
}

void outcome_list(struct recorder *recorder, struct task *task, int64_t result)
{
    struct stat status;
    const struct visit *visit = &task->visit;
    struct inode *node = result == 0 ? attributes_now(recorder, &task->visit, &status) : NULL;
    if (node && visit->file.node)
        inode_look_at_attributes(recorder, visit->file.fd, NULL);
    else if (node)
        inode_look_at_attributes(recorder, visit->place[0].parent, visit->place[0].name);
    if (node && node->mode != status.st_mode)
        put_mode(recorder, node, &status, task->visit.call);
}

/* ---- durability ---------------------------------------------------------------------------- */

static void put_sync(struct recorder *recorder, const struct inode *node, uint64_t offset,
                     uint64_t length, uint16_t flags, uint32_t call)
{
    if (node && !node->output)
        step_put(recorder, node, &(struct recording_step){
            .kind = RECORDING_SYNC, .flags = flags, .call = call, .node = node->number,
            .offset = offset, .length = length });
}

void outcome_fsync(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    bool data_only = strcmp(call_of(visit->number)->name, "fdatasync") == 0;
    if (result == 0)
        put_sync(recorder, visit->file.node, 0, 0, data_only ? RECORDING_DATA_ONLY : 0,
                 visit->call);
}

void outcome_sync(struct recorder *recorder, struct task *task, int64_t result)
{
    if (result == 0)
        step_put(recorder, NULL, &(struct recording_step){ .kind = RECORDING_SYNC_ALL,
                                                            .call = task->visit.call });
}

/* A mapped file, by its inode and, where that is told as stat(2) tells it, its device. */
static const struct inode *mapped_file(const struct recorder *recorder, dev_t device, ino_t number)
{
    const struct inode *found = NULL;
    for (const struct inode *node = recorder->mapped; node; node = node->next_mapped)
        if (node->inode == number && (!found || node->device == device))
            found = node;
    return found;
}

/* The file that is mapped at an address, and where in it the address lies. /proc/PID/map_files,
 * which is exact, takes a capability. */
static const struct inode *node_mapped_at(struct recorder *recorder, pid_t thread,
                                         uint64_t address, uint64_t *ret_offset)
{
    char path[64], line[512];
    const struct inode *found = NULL;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)thread);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char *at = line;
        uint64_t begin = strtoull(at, &at, 16), end = strtoull(at + 1, &at, 16);
        if (address < begin || address >= end)
            continue;
        snprintf(path, sizeof path, "/proc/%d/map_files/%llx-%llx", (int)thread,
                 (unsigned long long)begin, (unsigned long long)end);
        struct stat status;
        at += strcspn(at + 1, " ") + 1; /* the permissions */
        *ret_offset = strtoull(at, &at, 16) + address - begin;
        if (stat(path, &status) == 0) {
            found = inode_find(recorder, &status);
            break;
        }
        unsigned major = (unsigned)strtoul(at, &at, 16);
        unsigned minor = (unsigned)strtoul(at + 1, &at, 16);
        found = mapped_file(recorder, makedev(major, minor), strtoull(at, NULL, 10));
        break;
    }
    if (file)
        fclose(file);
    return found;
}

void outcome_msync(struct recorder *recorder, struct task *task, int64_t result)
{
    const struct visit *visit = &task->visit;
    uint64_t offset = 0;
    if (result < 0 || !(visit->args[2] & MS_SYNC))
        return;
    const struct inode *node = node_mapped_at(recorder, task->thread, visit->args[0], &offset);
    put_sync(recorder, node, offset, visit->args[1], RECORDING_DATA_ONLY, visit->call);
}

void outcome_mmap(struct recorder *recorder, struct task *task, int64_t result)
{
    struct descriptor *file = &task->visit.file;
    bool failed = result < 0 && result > -4096;
    int reader = failed || file->node->output ? -1 : descriptor_reader(recorder, file);
    if (reader >= 0)
        mapped_begin(recorder, file->node, reader);
    descriptor_reader_close(file, reader);
}

void outcome_submit(struct recorder *recorder, struct task *task, int64_t result)
{
    (void)task;
    if (result > 0)
        recorder_trouble(recorder, "a program writes with io_submit(2), whose writes end at a time "
                         "that is not known");
}
