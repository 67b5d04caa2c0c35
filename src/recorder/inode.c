/* SPDX-License-Identifier: MIT
 * inode.c: see inode.h.
 */
#include "recorder/inode.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "recorder/mapped.h"
#include "recorder/step.h"
#include "recorder/watched.h"

enum { DEEPEST = 512 };

/* ---- the table -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const struct inode *one = a, *other = b;
    if (one->inode != other->inode)
        return one->inode < other->inode ? -1 : 1;
    return one->device < other->device ? -1 : one->device > other->device;
}

/* The entry of an inode, whose node may be gone. */
static struct inode *entry_of(struct recorder *recorder, const struct stat *status)
{
    const struct inode key = { .device = status->st_dev, .inode = status->st_ino };
    void *found = tfind(&key, &recorder->nodes, compare);
    return found ? *(struct inode **)found : NULL;
}

struct inode *inode_find(struct recorder *recorder, const struct stat *status)
{
    struct inode *node = entry_of(recorder, status);
    return node && !node->gone ? node : NULL;
}

void inode_forget(struct recorder *recorder, const struct stat *status)
{
    struct inode *node = entry_of(recorder, status);
    if (!node)
        return;
    mapped_drop(recorder, node);
    node->gone = true;
    free(node->path);
    node->path = NULL;
}

/* Adds an entry for an inode. NULL: no memory. */
static struct inode *add_entry(struct recorder *recorder, const struct stat *status)
{
    const struct inode key = { .device = status->st_dev, .inode = status->st_ino };
    struct inode **place = tsearch(&key, &recorder->nodes, compare);
    if (!place)
        return NULL;
    struct inode *node = calloc(1, sizeof *node);
    if (!node) {
        tdelete(&key, &recorder->nodes, compare);
        return NULL;
    }
    *node = key;
    node->fd = -1;
    *place = node;
    return node;
}

/* Enters a new node for an inode, in the place of an older one with the same number. */
static struct inode *enter(struct recorder *recorder, const struct stat *status, bool witness)
{
    struct inode *node = entry_of(recorder, status);
    if (!node)
        node = add_entry(recorder, status);
    if (!node)
        return NULL;
    inode_forget(recorder, status);
    node->gone = false;
    node->number = recorder->n_nodes++;
    node->mode = status->st_mode;
    node->witness = witness;
    node->output = false;
    return node;
}

static void free_node(void *user)
{
    struct inode *node = user;
    if (node->mapped && node->fd >= 0)
        close(node->fd);
    mapped_free(node);
    free(node->path);
    free(node);
}

void inode_forget_all(struct recorder *recorder)
{
    tdestroy(recorder->nodes, free_node);
    recorder->nodes = NULL;
    recorder->mapped = NULL;
}

/* ---- steps ------------------------------------------------------------------------------- */

void inode_written(struct recorder *recorder, struct inode *node, int fd, uint64_t offset,
                   uint64_t length, uint16_t flags, uint32_t call)
{
    uint64_t n = step_written(recorder, node, fd, offset, length, flags, call);
    mapped_seen(node, fd, offset, n);
}

void inode_linked(struct recorder *recorder, const struct inode *dir, const char *name,
                 const struct inode *node, uint32_t call)
{
    step_put(recorder, node->witness ? node : dir, &(struct recording_step){
        .kind = RECORDING_LINK, .call = call, .node = node->number, .dir = dir->number,
        .name = recording_text(recorder->writer, name) });
}

/* Is it one that somebody has set? The labels of SELinux and the like come with each file. */
static bool is_set(const char *attribute)
{
    static const char *const set[] = { "user.", "system.posix_acl_", "security.capability" };
    for (size_t i = 0; i < sizeof set / sizeof *set; i++)
        if (strncmp(attribute, set[i], strlen(set[i])) == 0)
            return true;
    return false;
}

void inode_look_at_attributes(struct recorder *recorder, int fd, const char *name)
{
    char path[64 + NAME_MAX], list[4096] = "";
    snprintf(path, sizeof path, "/proc/self/fd/%d%s%s", fd, name ? "/" : "", name ? name : "");
    ssize_t n = name ? llistxattr(path, list, sizeof list - 1) : listxattr(path, list,
                                                                          sizeof list - 1);
    bool full = n < 0 && errno == ERANGE;
    for (ssize_t at = 0; at < n && !full; at += (ssize_t)strlen(list + at) + 1)
        full = is_set(list + at);
    if (full)
        recorder_trouble(recorder, "a file has extended attributes, which no state has");
}

/* ---- taking what is there ----------------------------------------------------------------- */

/* The bytes of a file, without its holes. */
static void take_bytes(struct recorder *recorder, struct inode *node, int fd, off_t size,
                       uint32_t call)
{
    off_t begin = 0;
    step_put(recorder, node, &(struct recording_step){ .kind = RECORDING_SIZE, .call = call,
                                                        .node = node->number,
                                                        .length = (uint64_t)size });
    while (begin < size && (begin = lseek(fd, begin, SEEK_DATA)) >= 0 && begin < size) {
        off_t end = lseek(fd, begin, SEEK_HOLE);
        if (end <= begin || end > size)
            end = size;
        inode_written(recorder, node, fd, (uint64_t)begin, (uint64_t)(end - begin), 0, call);
        begin = end;
    }
}

static void begin_node(struct recorder *recorder, const struct inode *node,
                       const struct stat *status, const char *target, uint32_t call)
{
    step_put(recorder, node, &(struct recording_step){
        .kind = RECORDING_NODE, .call = call, .node = node->number, .mode = status->st_mode,
        .uid = status->st_uid, .gid = status->st_gid,
        .name = recording_text(recorder->writer, target) });
}

static void take_names(struct recorder *recorder, const struct inode *dir, int fd, uint32_t call,
                       unsigned depth);

static bool is_witness(const struct recorder *recorder, const char *name)
{
    const char *pattern = recorder->task.witnesses;
    return pattern && fnmatch(pattern, name, FNM_PERIOD) == 0;
}

/* `depth`: of directories above it. */
static struct inode *take_object(struct recorder *recorder, int parent, const char *name,
                                 bool witness, uint32_t call, unsigned depth)
{
    struct stat status;
    char target[PATH_MAX] = "";
    if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
        recorder_trouble(recorder, "cannot look at '%s': %s", name, strerror(errno));
        return NULL;
    }
    struct inode *node = inode_find(recorder, &status);
    if (node && S_ISREG(status.st_mode) && status.st_nlink > 1)
        return node; /* another name of it */
    node = enter(recorder, &status, witness || is_witness(recorder, name));
    if (!node) {
        recorder_trouble(recorder, "no memory");
        return NULL;
    }
    recorder->taken_ns = step_time(&status.st_mtim);
    if (S_ISLNK(status.st_mode) && readlinkat(parent, name, target, sizeof target - 1) < 0)
        recorder_trouble(recorder, "cannot read the link '%s': %s", name, strerror(errno));
    begin_node(recorder, node, &status, target, call);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return node;
    int fd FD_CLEANUP = openat(parent, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || depth == DEEPEST)
        recorder_trouble(recorder, "cannot read '%s': %s", name,
                         fd < 0 ? strerror(errno) : "too deep");
    else if (S_ISDIR(status.st_mode))
        take_names(recorder, node, fd, call, depth + 1);
    else if (status.st_size > 0)
        take_bytes(recorder, node, fd, status.st_size, call);
    if (fd >= 0)
        inode_look_at_attributes(recorder, fd, NULL);
    return node;
}

static struct inode *take(struct recorder *recorder, int parent, const char *name, bool witness,
                         uint32_t call, unsigned depth)
{
    uint64_t before = recorder->taken_ns;
    struct inode *node = take_object(recorder, parent, name, witness, call, depth);
    recorder->taken_ns = before;
    return node;
}

static void take_names(struct recorder *recorder, const struct inode *dir, int fd, uint32_t call,
                       unsigned depth)
{
    int copy = dup(fd);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    const struct dirent *entry;
    struct stat status;
    if (!list || fstat(fd, &status) < 0) {
        recorder_trouble(recorder, "cannot list a directory: %s", strerror(errno));
        if (list)
            closedir(list);
        return;
    }
    recorder->taken_ns = step_time(&status.st_mtim);
    rewinddir(list);
    while ((entry = readdir(list))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct inode *node = take(recorder, fd, entry->d_name, dir->witness, call, depth);
        if (node)
            inode_linked(recorder, dir, entry->d_name, node, call);
    }
    closedir(list);
}

struct inode *inode_adopt(struct recorder *recorder, int parent, const char *name, bool witness,
                        uint32_t call)
{
    return take(recorder, parent, name, witness, call, 0);
}

struct inode *inode_adopt_open(struct recorder *recorder, int fd, bool witness, uint32_t call)
{
    struct stat status;
    struct inode *node = fstat(fd, &status) < 0 ? NULL : enter(recorder, &status, witness);
    if (!node)
        return NULL;
    recorder->taken_ns = step_time(&status.st_mtim);
    begin_node(recorder, node, &status, "", call);
    if (S_ISREG(status.st_mode) && status.st_size > 0)
        take_bytes(recorder, node, fd, status.st_size, call);
    recorder->taken_ns = 0;
    return node;
}

static void take_output(struct recorder *recorder)
{
    struct stat status;
    struct inode *node = *recorder->output && stat(recorder->output, &status) == 0
                            ? enter(recorder, &status, false) : NULL;
    if (!node)
        return;
    recorder->n_nodes--; /* it has no number */
    node->output = true;
}

/* Enters a root, whose number is the same in each base. */
static void begin_root(struct recorder *recorder, int fd, uint32_t number)
{
    struct stat status = { .st_mode = S_IFDIR | 0700 };
    struct inode *node = NULL;
    if (fd >= 0 && fstat(fd, &status) == 0)
        node = enter(recorder, &status, number == RECORDING_WITNESS);
    if (node) {
        recorder->n_nodes--;
        node->number = number;
    }
    begin_node(recorder, node ? node : &(struct inode){ .number = number }, &status, "",
               RECORDING_NONE);
}

static void take_root(struct recorder *recorder, int fd)
{
    struct stat status;
    const struct inode *node = fd >= 0 && fstat(fd, &status) == 0 ? inode_find(recorder, &status)
                                                                 : NULL;
    if (node)
        take_names(recorder, node, fd, RECORDING_NONE, 0);
}

/* A file system that a process serves may need one that waits for us. */
static dev_t device_of(int disk)
{
    struct stat status;
    struct statfs system;
    bool known = disk >= 0 && fstat(disk, &status) == 0 && fstatfs(disk, &system) == 0;
    return known && system.f_type != FUSE_SUPER_MAGIC ? status.st_dev : 0;
}

void inode_base(struct recorder *recorder)
{
    static const struct recording_step base = { .kind = RECORDING_BASE, .call = RECORDING_NONE };
    static const struct recording_step ready = { .kind = RECORDING_READY, .call = RECORDING_NONE };
    int disk FD_CLEANUP = open(recorder->disk, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int witness FD_CLEANUP = *recorder->witness
                                 ? open(recorder->witness, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (disk < 0 || (*recorder->witness && witness < 0))
        recorder_trouble(recorder, "cannot read the disk: %s", strerror(errno));
    recorder->device = device_of(disk);
    inode_forget_all(recorder);
    recording_step(recorder->writer, &base);
    if (recorder->n_nodes < RECORDING_ROOTS)
        recorder->n_nodes = RECORDING_ROOTS;
    begin_root(recorder, disk, RECORDING_DISK);
    begin_root(recorder, witness, RECORDING_WITNESS);
    take_root(recorder, disk);
    take_root(recorder, witness);
    recorder->taken_ns = 0;
    take_output(recorder);
    watched_base(recorder);
    recording_step(recorder->writer, &ready);
}
