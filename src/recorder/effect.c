/* SPDX-License-Identifier: MIT
 * effect.c: see effect.h.
 */
#include "recorder/effect.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "recorder/descriptor.h"
#include "recorder/inode.h"
#include "recorder/outcome.h"
#include "recorder/place.h"

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
    void (*after)(struct recorder *recorder, struct task *task, int64_t result);
} effects[] = {
    { "write", AT_FD, 0, false, outcome_write },
    { "pwrite64", AT_FD, 0, false, outcome_write },
    { "writev", AT_FD, 0, false, outcome_write },
    { "pwritev", AT_FD, 0, false, outcome_write },
    { "pwritev2", AT_FD, 0, false, outcome_write },
    { "copy_file_range", AT_FD, 2, false, outcome_copy },
    { "splice", AT_FD, 2, false, outcome_copy },
    { "sendfile", AT_FD, 0, false, outcome_copy },
    { "sendfile64", AT_FD, 0, false, outcome_copy },
    { "ioctl", AT_FD, 0, false, outcome_ioctl },
    { "fallocate", AT_FD, 0, false, outcome_fallocate },
    { "ftruncate", AT_FD, 0, false, outcome_ftruncate },
    { "truncate", AT_PATH, 0, true, outcome_truncate },
    { "open", AT_PATH, 0, true, outcome_open },
    { "creat", AT_PATH, 0, true, outcome_open },
    { "openat", AT_PATH, 0, true, outcome_open },
    { "openat2", AT_PATH, 0, true, outcome_open },
    { "bind", AT_SOCKET, 0, false, outcome_make },
    { "mkdir", AT_PATH, 0, false, outcome_make },
    { "mkdirat", AT_PATH, 0, false, outcome_make },
    { "mknod", AT_PATH, 0, false, outcome_make },
    { "mknodat", AT_PATH, 0, false, outcome_make },
    { "symlink", AT_TARGET, 0, false, outcome_make },
    { "symlinkat", AT_TARGET, 0, false, outcome_make },
    { "link", AT_PATHS, 0, false, outcome_link },
    { "linkat", AT_PATHS, 0, false, outcome_link },
    { "unlink", AT_PATH, 0, false, outcome_unlink },
    { "unlinkat", AT_PATH, 0, false, outcome_unlink },
    { "rmdir", AT_PATH, 0, false, outcome_unlink },
    { "rename", AT_PATHS, 0, false, outcome_rename },
    { "renameat", AT_PATHS, 0, false, outcome_rename },
    { "renameat2", AT_PATHS, 0, false, outcome_rename },
    { "chmod", AT_PATH, 0, true, outcome_attributes },
    { "fchmod", AT_FD, 0, false, outcome_attributes },
    { "fchmodat", AT_PATH, 0, true, outcome_attributes },
    { "fchmodat2", AT_PATH, 0, true, outcome_attributes },
    { "chown", AT_PATH, 0, true, outcome_attributes },
    { "lchown", AT_PATH, 0, false, outcome_attributes },
    { "fchown", AT_FD, 0, false, outcome_attributes },
    { "fchownat", AT_PATH, 0, true, outcome_attributes },
    { "utimensat", AT_PATH, 0, true, outcome_times },
    { "futimesat", AT_PATH, 0, true, outcome_times },
    { "utimes", AT_PATH, 0, true, outcome_times },
    { "utime", AT_PATH, 0, true, outcome_times },
    { "setxattr", AT_PATH, 0, true, outcome_list },
    { "lsetxattr", AT_PATH, 0, false, outcome_list },
    { "fsetxattr", AT_FD, 0, false, outcome_list },
    { "removexattr", AT_PATH, 0, true, outcome_list },
    { "lremovexattr", AT_PATH, 0, false, outcome_list },
    { "fremovexattr", AT_FD, 0, false, outcome_list },
    { "fsync", AT_FD, 0, false, outcome_fsync },
    { "fdatasync", AT_FD, 0, false, outcome_fsync },
    { "sync", AT_NO_PATH, 0, false, outcome_sync },
    { "syncfs", AT_FD, 0, false, outcome_sync },
    { "msync", AT_NO_PATH, 0, false, outcome_msync },
    { "mmap", AT_FD, 4, false, outcome_mmap },
    { "mmap2", AT_FD, 4, false, outcome_mmap },
    { "io_submit", AT_NO_PATH, 0, false, outcome_submit },
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
        visit->unnamed = true;
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
           (strcmp(name, "fchmodat2") == 0 && visit->args[3] & AT_SYMLINK_NOFOLLOW) ||
           (strcmp(name, "utimensat") == 0 && visit->args[3] & AT_SYMLINK_NOFOLLOW);
}

/* The paths of a call, with the directories before them. */
static bool begin_paths(struct recorder *recorder, const struct task *task, struct visit *visit,
                        const struct effect *effect)
{
    const struct call *call = call_of(visit->number);
    int directory = AT_FDCWD;
    unsigned n = 0;
    bool inside = false;
    if (effect->after == outcome_open)
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
static void begin_copy(const struct task *task, struct visit *visit, const struct effect *effect)
{
    bool is_sendfile = effect->which == 0;
    visit->may_wait = is_pipe(task->thread, (int)visit->args[is_sendfile]);
    if (!is_sendfile && visit->args[3] != 0)
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

static bool begin_descriptor(struct recorder *recorder, struct task *task, struct visit *visit,
                             const struct effect *effect)
{
    struct descriptor *file = &visit->file;
    descriptor_open(recorder, task, (int)visit->args[effect->which], file);
    bool changes = file->node && (holds_data(file->node) || effect->after == outcome_attributes ||
                                  effect->after == outcome_list ||
                                  effect->after == outcome_times);
    if (!changes)
        descriptor_close(file); /* nobody shall wait for what it holds open */
    else if (effect->after == outcome_copy)
        begin_copy(task, visit, effect);
    return changes;
}

static bool is_wanted_ioctl(const struct visit *visit)
{
    return visit->args[1] == FICLONE || visit->args[1] == FICLONERANGE;
}

bool effect_begin(struct recorder *recorder, struct task *task)
{
    struct visit *visit = &task->visit;
    const struct effect *effect = effect_of(visit->number);
    if (!effect)
        return false;
    if (effect->after == outcome_ioctl && !is_wanted_ioctl(visit))
        return false;
    if (effect->after == outcome_mmap && !(visit->args[3] & MAP_SHARED))
        return false;
    switch (effect->sight) {
    case AT_FD:
        return begin_descriptor(recorder, task, visit, effect);
    case AT_SOCKET:
        return begin_socket(recorder, task, visit);
    case AT_PATH:
        if (effect->after == outcome_times && visit->number == SYS_utimensat &&
            visit->args[1] == 0) /* futimens(3) */
            return begin_descriptor(recorder, task, visit, effect);
        return begin_paths(recorder, task, visit, effect);
    case AT_PATHS:
    case AT_TARGET:
        return begin_paths(recorder, task, visit, effect);
    case AT_NO_PATH:
        break;
    }
    return true;
}

bool effect_is_lost(const struct visit *visit)
{
    const struct effect *effect = effect_of(visit->number);
    return effect && effect->after != outcome_fsync && effect->after != outcome_sync &&
           effect->after != outcome_msync && effect->after != outcome_mmap;
}

bool effect_make(const struct recorder *recorder, struct task *task)
{
    static const struct {
        int number;
        int (*make)(int fd);
    } made[] = { { SYS_fsync, fsync }, { SYS_fdatasync, fdatasync } };
    struct visit *visit = &task->visit;
    if (recorder->device == 0 || visit->file.status.st_dev != recorder->device)
        return false;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        if (made[i].number == visit->number) {
            visit->result = made[i].make(visit->file.fd) < 0 ? -errno : 0;
            return true;
        }
    return false;
}

void effect_drop(struct visit *visit)
{
    descriptor_close(&visit->file);
    place_close(&visit->place[0]);
    place_close(&visit->place[1]);
}

void effect_end(struct recorder *recorder, struct task *task)
{
    struct visit *visit = &task->visit;
    const struct effect *effect = effect_of(visit->number);
    if (effect)
        effect->after(recorder, task, visit->result);
    effect_drop(visit);
}
