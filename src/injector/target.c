/* SPDX-License-Identifier: MIT
 * target.c: see target.h.
 */
#include "injector/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/base.h"

enum { PAGE = 4096 };

pid_t target_process(pid_t thread)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n < 0)
        return -1;
    text[n] = '\0';
    const char *line = strstr(text, "\nTgid:");
    return line ? (pid_t)strtol(line + 6, NULL, 10) : -1;
}

int target_read(pid_t pid, uint64_t address, void *to, size_t size)
{
    struct iovec here = { to, size }, there = { (void *)(uintptr_t)address, size };
    ssize_t n = process_vm_readv(pid, &here, 1, &there, 1, 0);
    if (n >= 0 && (size_t)n < size)
        errno = EFAULT;
    return n == (ssize_t)size ? 0 : -1;
}

int target_write(pid_t pid, uint64_t address, const void *from, size_t size)
{
    struct iovec here = { (void *)(uintptr_t)from, size };
    struct iovec there = { (void *)(uintptr_t)address, size };
    ssize_t n = process_vm_writev(pid, &here, 1, &there, 1, 0);
    if (n >= 0 && (size_t)n < size)
        errno = EFAULT;
    return n == (ssize_t)size ? 0 : -1;
}

/* Reads page by page: the page behind the string may not exist. */
int target_string(pid_t pid, uint64_t address, char *to, size_t size)
{
    size_t used = 0;
    while (used < size) {
        size_t part = PAGE - (address + used) % PAGE;
        if (part > size - used)
            part = size - used;
        if (target_read(pid, address + used, to + used, part) < 0)
            return -1;
        if (memchr(to + used, '\0', part))
            return 0;
        used += part;
    }
    errno = ENAMETOOLONG;
    return -1;
}

int target_descriptor(pid_t pid, int fd)
{
    int pidfd FD_CLEANUP = pidfd_open(pid, 0);
    pid_t process = pidfd < 0 ? target_process(pid) : -1; /* pid is a thread */
    if (process > 0)
        pidfd = pidfd_open(process, 0);
    return pidfd < 0 ? -1 : pidfd_getfd(pidfd, fd, 0);
}

/* ---- paths ------------------------------------------------------------------------------ */

#ifndef RESOLVE_CACHED /* since Linux 5.12 */
#define RESOLVE_CACHED 0x20
#endif

static bool is_forbidden(int code)
{
    return code == EPERM || code == EACCES || code == ENOSYS;
}

/* What the kernel knows of a file without asking its file system, which may wait for us: the type
 * and the numbers of device and inode. */
static int look(int directory, const char *path, int flags, struct statx *ret)
{
    return statx(directory, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT | flags, 0, ret);
}

/* Is this the file's own name? A file may be named "a (deleted)". The kernel has the name of an
 * open file in its cache. */
static bool is_there(const char *link, const char *path)
{
    struct statx one, other;
    struct open_how how = { .flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = RESOLVE_CACHED };
    int fd FD_CLEANUP = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
    return fd >= 0 && look(AT_FDCWD, link, 0, &one) == 0 &&
           look(fd, "", AT_EMPTY_PATH, &other) == 0 &&
           one.stx_dev_major == other.stx_dev_major && one.stx_dev_minor == other.stx_dev_minor &&
           one.stx_ino == other.stx_ino;
}

/* Reads the path that a link in /proc leads to. Returns false with errno if that is not possible:
 * the target is gone, or has no such descriptor. */
static bool read_link(const char *link, char *to, size_t size)
{
    static const char deleted[] = " (deleted)";
    ssize_t n = readlink(link, to, size - 1);
    if (n < 0)
        return false;
    to[n] = '\0';
    size_t length = (size_t)n, tail = sizeof deleted - 1;
    if (length > tail && strcmp(to + length - tail, deleted) == 0 && !is_there(link, to))
        to[length - tail] = '\0';
    return true;
}

/* The kernel does not tell a path of more than 4,095 bytes; the call still is one on a file. */
static void add_link(const char *link, struct target_paths *ret)
{
    struct statx status;
    mode_t mode = look(AT_FDCWD, link, 0, &status) == 0 ? status.stx_mode : 0;
    ret->is_file = ret->is_file || S_ISREG(mode) || S_ISDIR(mode) || S_ISBLK(mode);
    if (ret->n == 2)
        return;
    if (read_link(link, ret->path[ret->n], TARGET_PATH))
        ret->of[ret->n++].regular = S_ISREG(mode);
    else if (is_forbidden(errno))
        ret->unread = ret->is_file = true;
}

static void add_descriptor(pid_t pid, int fd, struct target_paths *ret)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
    if (fd >= 0)
        add_link(link, ret);
}

/* Takes the next name of a path. Returns its length; 0: there is no more. */
static size_t next_name(const char **path)
{
    size_t length = 0;
    for (;;) {
        *path += strspn(*path, "/");
        length = strcspn(*path, "/");
        if (length != 1 || **path != '.')
            return length;
        ++*path;
    }
}

/* A path that begins with these names... */
static const struct {
    const char *first, *second;
    const char *means; /* ...continues like this below /proc/PID */
    bool of_thread;    /* below /proc/PID/task/TID */
} own_paths[] = {
    { "proc", "self", "", false },       { "proc", "thread-self", "", true },
    { "dev", "fd", "/fd", false },       { "dev", "stdin", "/fd/0", false },
    { "dev", "stdout", "/fd/1", false }, { "dev", "stderr", "/fd/2", false },
};

static bool is_name(const char *name, size_t length, const char *wanted)
{
    return length == strlen(wanted) && memcmp(name, wanted, length) == 0;
}

bool target_own_path(pid_t pid, char *path, size_t size)
{
    char rest[TARGET_PATH], task[32] = "";
    const char *first = path, *second;
    size_t first_length = *path == '/' ? next_name(&first) : 0, second_length;
    second = first + first_length;
    second_length = first_length > 0 ? next_name(&second) : 0;
    for (size_t i = 0; second_length > 0 && i < sizeof own_paths / sizeof *own_paths; i++) {
        if (!is_name(first, first_length, own_paths[i].first) ||
            !is_name(second, second_length, own_paths[i].second))
            continue;
        pid_t process = target_process(pid);
        snprintf(rest, sizeof rest, "%s", second + second_length);
        if (own_paths[i].of_thread)
            snprintf(task, sizeof task, "/task/%d", (int)pid);
        int n = snprintf(path, size, "/proc/%d%s%s%s", (int)process, task, own_paths[i].means,
                         rest);
        if (process < 0 || n < 0 || (size_t)n >= size)
            *path = '\0';
        return true;
    }
    return false;
}

/* Reads the number of the mount that a descriptor is on; -1: unknown. */
static int mount_of(pid_t pid, int fd)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, fd);
    int file FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = file < 0 ? -1 : read(file, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = '\0';
    const char *line = strstr(text, "mnt_id:");
    return line ? (int)strtol(line + strlen("mnt_id:"), NULL, 10) : -1;
}

bool target_is_on_fuse(pid_t pid, int fd)
{
    char path[64], *line = NULL;
    size_t size = 0;
    int mount = mount_of(pid, fd);
    bool fuse = mount < 0;
    snprintf(path, sizeof path, "/proc/%d/mountinfo", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && !fuse && getline(&line, &size, file) > 0)
        fuse = strtol(line, NULL, 10) == mount && strstr(line, " - fuse");
    fuse = fuse || !file;
    free(line);
    if (file)
        fclose(file);
    return fuse;
}

bool target_is_kept_file(pid_t pid, int fd)
{
    char link[64];
    struct statx status;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
    return fd >= 0 && look(AT_FDCWD, link, 0, &status) == 0 && status.stx_nlink > 0 &&
           (S_ISREG(status.stx_mode) || S_ISBLK(status.stx_mode));
}

uint64_t target_pipe(pid_t pid, int fd)
{
    char link[64];
    struct statx status;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
    return fd >= 0 && look(AT_FDCWD, link, 0, &status) == 0 && S_ISFIFO(status.stx_mode)
               ? status.stx_ino : 0;
}

bool target_shares_file(pid_t pid, uint64_t address, uint64_t size)
{
    char path[64], *line = NULL;
    size_t room = 0;
    bool shares = false;
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && !shares && getline(&line, &room, file) > 0) {
        uint64_t from, to, inode;
        char rights[8];
        shares = sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %" SCNu64, &from, &to, rights,
                        &inode) == 4 &&
                 from < address + size && to > address && rights[3] == 's' && inode > 0 &&
                 !strstr(line, " (deleted)\n");
    }
    free(line);
    if (file)
        fclose(file);
    return shares;
}

static bool is_descriptor(const char *path)
{
    const char *name = strrchr(path, '/');
    return name && name - path >= 3 && memcmp(name - 3, "/fd", 3) == 0 && name[1] != '\0' &&
           name[1 + strspn(name + 1, "0123456789")] == '\0';
}

/* An empty path (AT_EMPTY_PATH) or a null pointer means the descriptor itself, as in the C
 * library's fstat() and futimens(). If the directory is unknown, or the whole path too long, the
 * argument is kept as it is. */
static void add_path(pid_t pid, int directory, uint64_t address, struct target_paths *ret)
{
    char text[TARGET_PATH], base[TARGET_PATH], link[64];
    char *to = ret->path[ret->n];
    if (address == 0) {
        text[0] = '\0';
    } else if (ret->n == 2 || target_string(pid, address, text, sizeof text) < 0) {
        if (ret->n < 2 && is_forbidden(errno))
            ret->unread = ret->is_file = true;
        return;
    }
    if (*text == '\0') { /* add_descriptor() ignores AT_FDCWD */
        add_descriptor(pid, directory, ret);
        return;
    }
    if (target_own_path(pid, text, sizeof text) && is_descriptor(text)) {
        add_link(text, ret);
        return;
    }
    snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/%d/cwd" : "/proc/%d/fd/%d", (int)pid,
             directory);
    if (*text == '/' || !read_link(link, base, sizeof base) ||
        (size_t)snprintf(to, TARGET_PATH, "%s/%s", strcmp(base, "/") == 0 ? "" : base, text) >=
            TARGET_PATH)
        strcpy(to, text);
    ret->of[ret->n++].regular = false;
    ret->is_file = true;
}

void target_paths(pid_t pid, const struct call *call, const struct seccomp_data *data,
                  struct target_paths *ret)
{
    int directory = AT_FDCWD;
    ret->n = 0;
    ret->is_file = ret->unread = false;
    for (unsigned i = 0; call && call->arguments[i]; i++) {
        unsigned before = ret->n;
        if (call->arguments[i] == 'f')
            add_descriptor(pid, (int)data->args[i], ret);
        else if (call->arguments[i] == 'd')
            directory = (int)data->args[i];
        else if (call->arguments[i] == 'p')
            add_path(pid, directory, data->args[i], ret);
        if (ret->n > before)
            ret->of[before].argument = i;
    }
}
