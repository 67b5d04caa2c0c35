/* SPDX-License-Identifier: MIT
 * effect.c: see effect.h. A write is read back from the file, at the place where the descriptor's
 * offset says it went: so it does not matter how many bytes the call was asked for.
 */
#include "recorder/effect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <search.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "recorder/mapped.h"
#include "recorder/inode.h"
#include "recorder/place.h"
#include "recorder/step.h"

/* ---- a descriptor of the target ----------------------------------------------------------- */

/* A file behind a descriptor: opened anew for reading. */
struct opened {
    int fd;             /* -1: it cannot be read */
    struct inode *node;  /* NULL: not in the disk */
    struct stat status;
};

static struct opened open_descriptor(struct recorder *recorder, pid_t thread, int fd)
{
    struct opened opened = { .fd = -1 };
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread, fd);
    if (fd < 0)
        return opened;
    opened.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if ((opened.fd < 0 ? stat(path, &opened.status) : fstat(opened.fd, &opened.status)) == 0)
        opened.node = inode_find(recorder, &opened.status);
    if (!opened.node)
        fd_close(&opened.fd);
    else if (opened.fd < 0)
        recorder_trouble(recorder, "cannot read a file that was written: %s", strerror(errno));
    return opened;
}

/* The node of a descriptor; the visit gets its size and whether it has one name. */
static struct inode *node_of_descriptor(struct recorder *recorder, pid_t thread, int fd,
                                        struct visit *visit)
{
    struct stat status = { .st_size = 0 };
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread, fd);
    struct inode *node = fd >= 0 && stat(path, &status) == 0 ? inode_find(recorder, &status) : NULL;
    visit->size = (uint64_t)status.st_size;
    visit->one_name = status.st_nlink == 1;
    return node;
}

/* Offset and flags of a descriptor. */
struct position {
    uint64_t offset;
    unsigned flags;
};

static struct position position_of(pid_t thread, int fd)
{
    struct position position = { 0 };
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)thread, fd);
    int file FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    const char *pos = strstr(text, "pos:"), *flags = strstr(text, "flags:");
    if (pos)
        position.offset = strtoull(pos + 4, NULL, 10);
    if (flags)
        position.flags = (unsigned)strtoul(flags + 6, NULL, 8);
    return position;
}

/* ---- writes -------------------------------------------------------------------------------- */

/* Each function of a call at its exit. `fd`: the descriptor that the table names, or -1. */
typedef void exit_function(struct recorder *recorder, const struct task *task,
                           struct visit *visit, int64_t result);

static void put_written(struct recorder *recorder, const struct task *task,
                        const struct visit *visit, int fd, uint64_t offset, int64_t result,
                        bool synchronous)
{
    struct opened opened = open_descriptor(recorder, task->thread, fd);
    if (opened.node && opened.fd >= 0)
        inode_written(recorder, opened.node, opened.fd, offset, (uint64_t)result,
                     synchronous ? RECORDING_SYNCHRONOUS : 0, visit->call);
    fd_close(&opened.fd);
}

/* The end of a file that is appended to. */
static uint64_t end_of(pid_t thread, int fd)
{
    struct stat status;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread, fd);
    return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* A write at the descriptor's offset, or at the offset of argument 3. */
static void after_write(struct recorder *recorder, const struct task *task, struct visit *visit,
                        int64_t result)
{
    const struct call *call = call_of(visit->number);
    int fd = (int)visit->args[0];
    struct position position = position_of(task->thread, fd);
    uint64_t n = (uint64_t)result, offset = position.offset - n;
    bool current = !call->offset || (int64_t)visit->args[3] == -1;
    bool synchronous = (position.flags & O_DSYNC) != 0;
    if (result <= 0)
        return;
    if (!current) /* an offset does not matter to a file that is appended to */
        offset = position.flags & O_APPEND ? end_of(task->thread, fd) - n : visit->args[3];
    if (strcmp(call->name, "pwritev2") == 0) {
        if (visit->args[5] & RWF_APPEND)
            offset = end_of(task->thread, fd) - n;
        synchronous = synchronous || (visit->args[5] & (RWF_DSYNC | RWF_SYNC));
    }
    put_written(recorder, task, visit, fd, offset, result, synchronous);
}

/* To the descriptor of argument `which`, at the offset that was given by reference, if any. */
static void after_copy_to(struct recorder *recorder, const struct task *task, struct visit *visit,
                          int64_t result, int which)
{
    int fd = (int)visit->args[which];
    struct position position = position_of(task->thread, fd);
    if (result > 0)
        put_written(recorder, task, visit, fd,
                    visit->has_offset ? visit->offset : position.offset - (uint64_t)result, result,
                    (position.flags & O_DSYNC) != 0);
}

static void after_copy(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    after_copy_to(recorder, task, visit, result, 2); /* copy_file_range, splice */
}

static void after_sendfile(struct recorder *recorder, const struct task *task,
                           struct visit *visit, int64_t result)
{
    after_copy_to(recorder, task, visit, result, 0);
}

static void put_size(struct recorder *recorder, struct inode *node, uint64_t size, uint32_t call)
{
    mapped_cut(node, size);
    step_put(recorder, node, &(struct recording_step){ .kind = RECORDING_SIZE, .call = call,
                                                        .node = node->number, .length = size });
}

/* The whole content anew, after a call that may have moved all of it. */
static void put_all(struct recorder *recorder, struct opened *opened, uint32_t call)
{
    struct stat status;
    if (opened->fd < 0 || fstat(opened->fd, &status) < 0)
        return;
    put_size(recorder, opened->node, 0, call);
    if (status.st_size > 0)
        inode_written(recorder, opened->node, opened->fd, 0, (uint64_t)status.st_size, 0, call);
}

/* FICLONE, FICLONERANGE, FIDEDUPERANGE does not change bytes. */
static void after_ioctl(struct recorder *recorder, const struct task *task, struct visit *visit,
                        int64_t result)
{
    if (result < 0)
        return;
    struct opened opened = open_descriptor(recorder, task->thread, (int)visit->args[0]);
    if (opened.node)
        put_all(recorder, &opened, visit->call);
    fd_close(&opened.fd);
}

static void after_fallocate(struct recorder *recorder, const struct task *task,
                            struct visit *visit, int64_t result)
{
    struct opened opened = open_descriptor(recorder, task->thread, (int)visit->args[0]);
    uint64_t mode = visit->args[1], offset = visit->args[2], length = visit->args[3];
    if (opened.node && result == 0) {
        uint64_t size = (uint64_t)opened.status.st_size;
        if (mode & (FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE))
            put_all(recorder, &opened, visit->call);
        else if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
            step_put(recorder, opened.node, &(struct recording_step){
                .kind = RECORDING_ZERO, .call = visit->call, .node = opened.node->number,
                .offset = offset, .length = length });
        if (size != visit->size)
            put_size(recorder, opened.node, size, visit->call);
        if (opened.fd >= 0)
            mapped_seen(opened.node, opened.fd, offset, length);
    }
    fd_close(&opened.fd);
}

/* ---- sizes --------------------------------------------------------------------------------- */

static void put_cut(struct recorder *recorder, const struct task *task, struct inode *node,
                    uint64_t size, uint32_t call)
{
    put_size(recorder, node, size, call);
    if (size > 0 || node->cut_by != 0)
        return;
    node->cut_by = task->process;
    node->next_cut = recorder->cut;
    recorder->cut = node;
}

static void after_ftruncate(struct recorder *recorder, const struct task *task,
                            struct visit *visit, int64_t result)
{
    struct opened opened = open_descriptor(recorder, task->thread, (int)visit->args[0]);
    if (opened.node && result == 0 && (uint64_t)opened.status.st_size != visit->size)
        put_cut(recorder, task, opened.node, (uint64_t)opened.status.st_size, visit->call);
    fd_close(&opened.fd);
}

static void after_truncate(struct recorder *recorder, const struct task *task,
                           struct visit *visit, int64_t result)
{
    struct place *place = &visit->place[0];
    struct inode *node = place->existed ? inode_find(recorder, &place->before) : NULL;
    if (node && result == 0 && visit->args[1] != (uint64_t)place->before.st_size)
        put_cut(recorder, task, node, visit->args[1], visit->call);
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

static void after_open(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    struct place *place = &visit->place[0];
    struct stat status;
    if (result < 0)
        return;
    if (visit->size == UINT64_MAX) { /* O_TMPFILE */
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)task->thread, (int)result);
        int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &status) == 0) {
            inode_forget(recorder, &status);
            inode_adopt_open(recorder, fd, false, visit->call);
        }
        return;
    }
    if (!place->existed) {
        put_name(recorder, place, true, visit->call);
        return;
    }
    struct inode *node = inode_find(recorder, &place->before);
    if (node && visit->offset & O_TRUNC && place->before.st_size > 0)
        put_cut(recorder, task, node, 0, visit->call);
}

/* mkdir, mknod, symlink: the place is the first, or the only one. */
static void after_make(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    (void)task;
    if (result == 0)
        put_name(recorder, &visit->place[0], true, visit->call);
}

static void after_link(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    const struct place *from = &visit->place[0];
    /* A link in /proc leads to a file that may be in the disk. */
    bool foreign = from->existed && !from->dir && !S_ISLNK(from->before.st_mode);
    (void)task;
    if (result == 0)
        put_name(recorder, &visit->place[1], foreign, visit->call);
}

static void put_unlink(struct recorder *recorder, const struct place *place, uint32_t call)
{
    const struct inode *node = inode_find(recorder, &place->before);
    if (!place->dir || !node)
        return;
    step_put(recorder, place->dir, &(struct recording_step){
        .kind = RECORDING_UNLINK, .call = call, .dir = place->dir->number, .node = node->number,
        .name = recording_text(recorder->writer, place->name) });
}

static void after_unlink(struct recorder *recorder, const struct task *task, struct visit *visit,
                         int64_t result)
{
    struct place *place = &visit->place[0];
    (void)task;
    if (result < 0)
        return;
    put_unlink(recorder, place, visit->call);
    if (S_ISDIR(place->before.st_mode))
        inode_forget(recorder, &place->before);
}

static void put_rename(struct recorder *recorder, const struct visit *visit,
                       const struct inode *node, bool exchange)
{
    const struct place *from = &visit->place[0], *to = &visit->place[1];
    const struct inode *other = to->existed ? inode_find(recorder, &to->before) : NULL;
    step_put(recorder, to->dir, &(struct recording_step){
        .kind = exchange ? RECORDING_EXCHANGE : RECORDING_RENAME, .call = visit->call,
        .node = node->number, .other = other ? other->number : RECORDING_NONE,
        .dir = from->dir->number, .name = recording_text(recorder->writer, from->name),
        .dir2 = to->dir->number, .name2 = recording_text(recorder->writer, to->name) });
}

/* Between two places of the disk, into it, or out of it. */
static void after_rename(struct recorder *recorder, const struct task *task, struct visit *visit,
                         int64_t result)
{
    const struct place *from = &visit->place[0], *to = &visit->place[1];
    const struct call *call = call_of(visit->number);
    uint64_t flags = strcmp(call->name, "renameat2") == 0 ? visit->args[4] : 0;
    bool exchange = (flags & RENAME_EXCHANGE) != 0;
    (void)task;
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
static struct inode *attributes_now(struct recorder *recorder, const struct task *task,
                                    const struct visit *visit, struct stat *ret)
{
    const struct place *place = &visit->place[0];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)task->thread, (int)visit->args[0]);
    if (call_of(visit->number)->arguments[0] == 'f')
        return stat(path, ret) == 0 ? inode_find(recorder, ret) : NULL;
    return place->existed && fstatat(place->parent, place->name, ret,
                                     AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH) == 0
               ? inode_find(recorder, &place->before) : NULL;
}

static void after_attributes(struct recorder *recorder, const struct task *task,
                             struct visit *visit, int64_t result)
{
    struct stat status;
    if (result == 0)
        put_mode(recorder, attributes_now(recorder, task, visit, &status), &status, visit->call);
}

/* setxattr: an access control list has permissions. */
static void after_list(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    struct stat status;
    struct inode *node = result == 0 ? attributes_now(recorder, task, visit, &status) : NULL;
    if (node && node->mode != status.st_mode)
        put_mode(recorder, node, &status, visit->call);
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

static void after_fsync(struct recorder *recorder, const struct task *task, struct visit *visit,
                        int64_t result)
{
    bool data_only = strcmp(call_of(visit->number)->name, "fdatasync") == 0;
    (void)task;
    if (result == 0)
        put_sync(recorder, visit->node, 0, 0, data_only ? RECORDING_DATA_ONLY : 0, visit->call);
}

static void after_sync(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    (void)task;
    if (result == 0)
        step_put(recorder, NULL, &(struct recording_step){ .kind = RECORDING_SYNC_ALL,
                                                            .call = visit->call });
}

/* The file that is mapped at an address, and where in it the address lies. */
static const struct inode *node_mapped_at(struct recorder *recorder, pid_t thread,
                                         uint64_t address, uint64_t *ret_offset)
{
    char path[64], line[512];
    const struct inode *found = NULL;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)thread);
    FILE *file = fopen(path, "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        char *at = line;
        uint64_t begin = strtoull(at, &at, 16), end = strtoull(at + 1, &at, 16);
        if (address < begin || address >= end)
            continue;
        snprintf(path, sizeof path, "/proc/%d/map_files/%llx-%llx", (int)thread,
                 (unsigned long long)begin, (unsigned long long)end);
        struct stat status;
        at += strcspn(at + 1, " ") + 1; /* the permissions */
        *ret_offset = strtoull(at, NULL, 16) + address - begin;
        if (stat(path, &status) == 0)
            found = inode_find(recorder, &status);
        else
            break;
    }
    if (file)
        fclose(file);
    return found;
}

static void after_msync(struct recorder *recorder, const struct task *task, struct visit *visit,
                        int64_t result)
{
    uint64_t offset = 0;
    if (result < 0 || !(visit->args[2] & MS_SYNC))
        return;
    const struct inode *node = node_mapped_at(recorder, task->thread, visit->args[0], &offset);
    put_sync(recorder, node, offset, visit->args[1], RECORDING_DATA_ONLY, visit->call);
}

static void after_mmap(struct recorder *recorder, const struct task *task, struct visit *visit,
                       int64_t result)
{
    if (result < 0 && result > -4096)
        return;
    struct opened opened = open_descriptor(recorder, task->thread, (int)visit->args[4]);
    if (opened.node && !opened.node->output && opened.fd >= 0)
        mapped_begin(recorder, opened.node, opened.fd);
    fd_close(&opened.fd);
}

/* Its writes are seen as stores into a mapping are. */
static void after_submit(struct recorder *recorder, const struct task *task, struct visit *visit,
                         int64_t result)
{
    (void)task;
    (void)visit;
    if (result > 0)
        recorder_trouble(recorder, "a program writes with io_submit(2), whose writes end at a time "
                         "that is not known");
}

/* ---- closes -------------------------------------------------------------------------------- */

/* Has the process a descriptor of the file? */
static bool holds(pid_t process, const struct inode *node)
{
    char path[64];
    struct stat status;
    const struct dirent *entry;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/fd", (int)process);
    DIR *list = opendir(path);
    while (list && !found && (entry = readdir(list)))
        found = fstatat(dirfd(list), entry->d_name, &status, 0) == 0 &&
                status.st_ino == node->inode && status.st_dev == node->device;
    if (list)
        closedir(list);
    return found;
}

void effect_closed(struct recorder *recorder, pid_t process, bool ended)
{
    struct inode **at = &recorder->cut;
    while (*at) {
        struct inode *node = *at;
        if (node->cut_by != process || (!ended && holds(process, node))) {
            at = &node->next_cut;
            continue;
        }
        step_put(recorder, node, &(struct recording_step){
            .kind = RECORDING_CLOSE, .call = RECORDING_NONE, .node = node->number });
        node->cut_by = 0;
        *at = node->next_cut;
    }
}

/* ---- the table ----------------------------------------------------------------------------- */

enum sight {
    AT_NO_PATH, /* nothing to look at */
    AT_FD,      /* argument `which` is a descriptor of the disk, or the call is not watched */
    AT_PATH,    /* a path, with the directory before it if the call has one */
    AT_PATHS,   /* two of them */
    AT_TARGET,  /* a symbolic link's own text, then the path */
    AT_SOCKET   /* the path in the address of a socket */
};

static const struct effect {
    const char *name;
    enum sight sight;
    int which;
    bool follows; /* the last name of the path */
    exit_function *after;
} effects[] = {
    { "write", AT_FD, 0, false, after_write },
    { "pwrite64", AT_FD, 0, false, after_write },
    { "writev", AT_FD, 0, false, after_write },
    { "pwritev", AT_FD, 0, false, after_write },
    { "pwritev2", AT_FD, 0, false, after_write },
    { "copy_file_range", AT_FD, 2, false, after_copy },
    { "splice", AT_FD, 2, false, after_copy },
    { "sendfile", AT_FD, 0, false, after_sendfile },
    { "sendfile64", AT_FD, 0, false, after_sendfile },
    { "ioctl", AT_FD, 0, false, after_ioctl },
    { "fallocate", AT_FD, 0, false, after_fallocate },
    { "ftruncate", AT_FD, 0, false, after_ftruncate },
    { "truncate", AT_PATH, 0, true, after_truncate },
    { "open", AT_PATH, 0, true, after_open },
    { "creat", AT_PATH, 0, true, after_open },
    { "openat", AT_PATH, 0, true, after_open },
    { "openat2", AT_PATH, 0, true, after_open },
    { "bind", AT_SOCKET, 0, false, after_make },
    { "mkdir", AT_PATH, 0, false, after_make },
    { "mkdirat", AT_PATH, 0, false, after_make },
    { "mknod", AT_PATH, 0, false, after_make },
    { "mknodat", AT_PATH, 0, false, after_make },
    { "symlink", AT_TARGET, 0, false, after_make },
    { "symlinkat", AT_TARGET, 0, false, after_make },
    { "link", AT_PATHS, 0, false, after_link },
    { "linkat", AT_PATHS, 0, false, after_link },
    { "unlink", AT_PATH, 0, false, after_unlink },
    { "unlinkat", AT_PATH, 0, false, after_unlink },
    { "rmdir", AT_PATH, 0, false, after_unlink },
    { "rename", AT_PATHS, 0, false, after_rename },
    { "renameat", AT_PATHS, 0, false, after_rename },
    { "renameat2", AT_PATHS, 0, false, after_rename },
    { "chmod", AT_PATH, 0, true, after_attributes },
    { "fchmod", AT_FD, 0, false, after_attributes },
    { "fchmodat", AT_PATH, 0, true, after_attributes },
    { "fchmodat2", AT_PATH, 0, true, after_attributes },
    { "chown", AT_PATH, 0, true, after_attributes },
    { "lchown", AT_PATH, 0, false, after_attributes },
    { "fchown", AT_FD, 0, false, after_attributes },
    { "fchownat", AT_PATH, 0, true, after_attributes },
    { "setxattr", AT_PATH, 0, true, after_list },
    { "lsetxattr", AT_PATH, 0, false, after_list },
    { "fsetxattr", AT_FD, 0, false, after_list },
    { "removexattr", AT_PATH, 0, true, after_list },
    { "lremovexattr", AT_PATH, 0, false, after_list },
    { "fremovexattr", AT_FD, 0, false, after_list },
    { "fsync", AT_FD, 0, false, after_fsync },
    { "fdatasync", AT_FD, 0, false, after_fsync },
    { "sync", AT_NO_PATH, 0, false, after_sync },
    { "syncfs", AT_FD, 0, false, after_sync },
    { "msync", AT_NO_PATH, 0, false, after_msync },
    { "mmap", AT_FD, 4, false, after_mmap },
    { "mmap2", AT_FD, 4, false, after_mmap },
    { "io_submit", AT_NO_PATH, 0, false, after_submit },
};

static const struct effect *effect_of(int number)
{
    static const struct effect *by_number[CALL_NUMBERS];
    static bool resolved;
    for (size_t i = 0; !resolved && i < sizeof effects / sizeof *effects; i++) {
        int known = seccomp_syscall_resolve_name(effects[i].name);
        if (known >= 0 && known < CALL_NUMBERS)
            by_number[known] = &effects[i];
    }
    resolved = true;
    return number >= 0 && number < CALL_NUMBERS ? by_number[number] : NULL;
}

/* ---- the entry ----------------------------------------------------------------------------- */

/* The flags of an open; O_CREAT and O_TRUNC of creat(). */
static uint64_t open_flags(const struct task *task, const struct visit *visit, const char *name)
{
    uint64_t flags = 0;
    if (strcmp(name, "creat") == 0)
        return O_CREAT | O_TRUNC | O_WRONLY;
    if (strcmp(name, "open") == 0)
        return visit->args[1];
    if (strcmp(name, "openat") == 0)
        return visit->args[2];
    return target_read(task->thread, visit->args[2], &flags, sizeof flags) == 0 ? flags : 0;
}

/* An open that makes or cuts a file; `offset` keeps its flags. */
static bool begin_open(struct recorder *recorder, const struct task *task, struct visit *visit,
                       const char *name, int directory, uint64_t path)
{
    uint64_t flags = open_flags(task, visit, name);
    visit->offset = flags;
    if ((flags & O_TMPFILE) == O_TMPFILE) {
        struct stat status;
        place_find(recorder, task->thread, directory, path, true, &visit->place[0]);
        struct place *place = &visit->place[0];
        int fd FD_CLEANUP = *place->name ? place_open(place) : dup(place->parent);
        visit->size = UINT64_MAX;
        return fd >= 0 && fstat(fd, &status) == 0 && inode_find(recorder, &status);
    }
    if (!(flags & (O_CREAT | O_TRUNC)))
        return false;
    place_find(recorder, task->thread, directory, path,
               !(flags & O_NOFOLLOW) && !(flags & O_EXCL), &visit->place[0]);
    struct place *place = &visit->place[0];
    if (place->existed && (S_ISFIFO(place->before.st_mode) || S_ISCHR(place->before.st_mode)))
        return false; /* it may wait for long */
    if (place->existed && !(flags & O_TRUNC))
        return false;
    return place->dir || (place->existed && inode_find(recorder, &place->before));
}

/* Has it flags that say that a symbolic link is meant itself? */
static bool forbids_following(const struct visit *visit, const char *name)
{
    return (strcmp(name, "fchownat") == 0 && visit->args[4] & AT_SYMLINK_NOFOLLOW) ||
           (strcmp(name, "fchmodat2") == 0 && visit->args[3] & AT_SYMLINK_NOFOLLOW);
}

/* The paths of a call, with the directories before them. */
static bool begin_paths(struct recorder *recorder, const struct task *task, struct visit *visit,
                        const struct effect *effect)
{
    const struct call *call = call_of(visit->number);
    int directory = AT_FDCWD;
    unsigned n = 0;
    bool inside = false;
    if (effect->after == after_open)
        return begin_open(recorder, task, visit, call->name,
                          call->arguments[0] == 'd' ? (int)visit->args[0] : AT_FDCWD,
                          visit->args[call->arguments[0] == 'd']);
    bool follows = effect->follows && !forbids_following(visit, call->name);
    for (unsigned i = 0; call->arguments[i] && n < 2; i++) {
        if (call->arguments[i] == 'd')
            directory = (int)visit->args[i];
        if (call->arguments[i] != 'p')
            continue;
        place_find(recorder, task->thread, directory, visit->args[i], follows, &visit->place[n]);
        const struct place *place = &visit->place[n++];
        inside = inside || place->dir || (place->existed && inode_find(recorder, &place->before));
    }
    return inside;
}

/* Is it a pipe or a socket, whose bytes come from another process? */
static bool is_pipe(pid_t thread, int fd)
{
    struct stat status;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)thread, fd);
    return fd >= 0 && stat(path, &status) == 0 &&
           (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode));
}

/* What a copy waits for, and the offset of copy_file_range() and splice() by reference. */
static void begin_descriptor(const struct task *task, struct visit *visit,
                             const struct effect *effect)
{
    int from = effect->after == after_copy       ? (int)visit->args[0]
               : effect->after == after_sendfile ? (int)visit->args[1] : -1;
    visit->may_wait = is_pipe(task->thread, from);
    if (effect->after == after_copy && visit->args[3] != 0)
        visit->has_offset = target_read(task->thread, visit->args[3], &visit->offset,
                                        sizeof visit->offset) == 0;
}

/* The name of a socket. */
static bool begin_socket(struct recorder *recorder, const struct task *task, struct visit *visit)
{
    struct sockaddr_un name = { .sun_family = AF_UNSPEC };
    char path[TARGET_PATH];
    size_t size = visit->args[2] < sizeof name ? (size_t)visit->args[2] : sizeof name;
    if (target_read(task->thread, visit->args[1], &name, size) < 0 || name.sun_family != AF_UNIX)
        return false;
    snprintf(path, sizeof path, "%.*s", (int)sizeof name.sun_path, name.sun_path);
    place_find_path(recorder, task->thread, AT_FDCWD, path, false, &visit->place[0]);
    return *path && visit->place[0].dir;
}

/* Has it bytes or names of its own? A write into a pipe changes no disk, and may wait for long. */
static bool holds_data(const struct inode *node)
{
    return S_ISREG(node->mode) || S_ISDIR(node->mode);
}

static bool is_wanted_ioctl(const struct visit *visit)
{
    return visit->args[1] == FICLONE || visit->args[1] == FICLONERANGE;
}

bool effect_begin(struct recorder *recorder, const struct task *task, struct visit *visit)
{
    const struct effect *effect = effect_of(visit->number);
    char name[CALL_NAME];
    visit->place[0].parent = visit->place[1].parent = -1;
    if (!effect) { /* close() and the like */
        call_name(visit->number, name, sizeof name);
        visit->forgets = strncmp(name, "close", 5) == 0 || strncmp(name, "dup", 3) == 0;
        return visit->forgets && recorder->cut;
    }
    if (effect->after == after_ioctl && !is_wanted_ioctl(visit))
        return false;
    if (effect->after == after_mmap && !(visit->args[3] & MAP_SHARED))
        return false;
    switch (effect->sight) {
    case AT_FD:
        visit->node = node_of_descriptor(recorder, task->thread, (int)visit->args[effect->which],
                                         visit);
        if (!visit->node || (!holds_data(visit->node) && effect->after != after_attributes &&
                             effect->after != after_list))
            return false;
        begin_descriptor(task, visit, effect);
        return true;
    case AT_SOCKET:
        return begin_socket(recorder, task, visit);
    case AT_PATH:
    case AT_PATHS:
    case AT_TARGET:
        return begin_paths(recorder, task, visit, effect);
    case AT_NO_PATH:
        break;
    }
    return true;
}

void effect_drop(struct visit *visit)
{
    place_close(&visit->place[0]);
    place_close(&visit->place[1]);
}

void effect_end(struct recorder *recorder, const struct task *task, struct visit *visit,
                int64_t result)
{
    const struct effect *effect = effect_of(visit->number);
    if (effect)
        effect->after(recorder, task, visit, result);
    else if (visit->forgets)
        effect_closed(recorder, task->process, false);
    effect_drop(visit);
}
