/* SPDX-License-Identifier: MIT
 * target.c: see target.h.
 */
#include "injector/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
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

/* Is this the file's own name? A file may be named "a (deleted)". */
static bool is_there(const char *link, const char *path)
{
    struct stat one, other;
    return stat(link, &one) == 0 && stat(path, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* Reads the path that /proc/PID/NAME links to. False: the target is gone. */
static bool read_link(pid_t pid, const char *name, char *to, size_t size)
{
    static const char deleted[] = " (deleted)";
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/%s", (int)pid, name);
    ssize_t n = readlink(link, to, size - 1);
    if (n < 0)
        return false;
    to[n] = '\0';
    size_t length = (size_t)n, tail = sizeof deleted - 1;
    if (length > tail && strcmp(to + length - tail, deleted) == 0 && !is_there(link, to))
        to[length - tail] = '\0';
    return true;
}

static bool is_file(pid_t pid, int fd)
{
    char link[64];
    struct stat status;
    snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)pid, fd);
    return stat(link, &status) == 0 &&
           (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode));
}

/* The kernel does not tell a path of more than 4,095 bytes; the call still is one on a file. */
static void add_descriptor(pid_t pid, int fd, struct target_paths *ret)
{
    char name[32];
    snprintf(name, sizeof name, "fd/%d", fd);
    if (fd < 0)
        return;
    ret->is_file = ret->is_file || is_file(pid, fd);
    if (ret->n < 2 && read_link(pid, name, ret->path[ret->n], TARGET_PATH))
        ret->n++;
}

/* An empty path (AT_EMPTY_PATH) or a null pointer means the descriptor itself, as in the C
 * library's fstat() and futimens(). If the directory is unknown, or the whole path too long, the
 * argument is kept as it is. */
static void add_path(pid_t pid, int directory, uint64_t address, struct target_paths *ret)
{
    char text[TARGET_PATH], base[TARGET_PATH], name[32];
    char *to = ret->path[ret->n];
    if (address == 0)
        text[0] = '\0';
    else if (ret->n == 2 || target_string(pid, address, text, sizeof text) < 0)
        return;
    if (*text == '\0') { /* add_descriptor() ignores AT_FDCWD */
        add_descriptor(pid, directory, ret);
        return;
    }
    snprintf(name, sizeof name, directory == AT_FDCWD ? "cwd" : "fd/%d", directory);
    if (*text == '/' || !read_link(pid, name, base, sizeof base) ||
        (size_t)snprintf(to, TARGET_PATH, "%s/%s", strcmp(base, "/") == 0 ? "" : base, text) >=
            TARGET_PATH)
        strcpy(to, text);
    ret->n++;
    ret->is_file = true;
}

void target_paths(pid_t pid, const struct call *call, const struct seccomp_data *data,
                  struct target_paths *ret)
{
    int directory = AT_FDCWD;
    ret->n = 0;
    ret->is_file = false;
    for (unsigned i = 0; call && call->arguments[i]; i++) {
        if (call->arguments[i] == 'f')
            add_descriptor(pid, (int)data->args[i], ret);
        else if (call->arguments[i] == 'd')
            directory = (int)data->args[i];
        else if (call->arguments[i] == 'p')
            add_path(pid, directory, data->args[i], ret);
    }
}
