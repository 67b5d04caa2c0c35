/* SPDX-License-Identifier: MIT
 * place.c: see place.h.
 */
#include "crash/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"

static int write_file(const char *path, const char *text)
{
    int fd FD_CLEANUP = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? -1 : fd_write_all(fd, text, strlen(text));
}

/* A user who may not mount may do so in a user namespace, where he stays who he is. */
static int leave_namespaces(void)
{
    char map[64];
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWNS) == 0)
        return 0;
    if (errno != EPERM || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return -1;
    (void)write_file("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", group, group);
    if (write_file("/proc/self/gid_map", map) < 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1", user, user);
    return write_file("/proc/self/uid_map", map);
}

/* To a mount namespace of its own, whose mounts stay in it. */
static int leave(struct error *error)
{
    return leave_namespaces() < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
               ? error_set(error, errno, "cannot make a mount namespace") : 0;
}

int place_enter(const struct crash *crash, struct error *error)
{
    char own[PATH_MAX + 64], recorded[PATH_MAX + 64];
    snprintf(own, sizeof own, "%s/places", crash->directory);
    if (mkdir(own, 0777) < 0 && errno != EEXIST)
        return error_set(error, errno, "cannot make %.500s", own);
    snprintf(own, sizeof own, "%s/places/%d", crash->directory, (int)getpid());
    snprintf(recorded, sizeof recorded, "%s/clean", crash->directory);
    if (mkdir(own, 0777) < 0)
        return error_set(error, errno, "cannot make %.500s", own);
    if (leave(error) < 0)
        return -1;
    return mount(own, recorded, NULL, MS_BIND, NULL) < 0
               ? error_set(error, errno, "cannot mount over %.500s", recorded) : 0;
}

int place_leave(const struct crash *crash, struct error *error)
{
    return *crash->disk ? leave(error) : 0;
}

/* Does it work in a child? */
static bool works(int (*attempt)(const struct crash *crash, struct error *error),
                  const struct crash *crash)
{
    struct error ignored;
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(attempt(crash, &ignored) < 0);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool place_is_possible(const struct crash *crash)
{
    return works(place_enter, crash);
}

/* ---- the disk ----------------------------------------------------------------------------- */

static int cover(const struct crash *crash, struct error *error)
{
    return place_leave(crash, error) < 0 || mount(crash->disk, crash->disk, NULL, MS_BIND, NULL) < 0
               ? -1 : 0;
}

static bool lies_in(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 &&
           (path[length] == '/' || path[length] == '\0' || length == 1);
}

/* Where a path lies that need not exist yet: the directory in it that does. */
static bool find_existing(const char *path, char ret[PATH_MAX])
{
    char part[PATH_MAX];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return false;
    while (!realpath(part, ret)) {
        char *slash = strrchr(part, '/');
        if (!slash)
            return realpath(".", ret) != NULL;
        slash[slash == part] = '\0';
    }
    return true;
}

/* Whatever lies below the disk is hidden during the run. */
static int check_hidden(const struct crash *crash, struct error *error)
{
    char here[PATH_MAX], runs[PATH_MAX];
    const char *output = crash->options->output;
    if (!find_existing(".", here) || !find_existing(output ? output : ".", runs))
        return error_set(error, errno, "cannot find the current directory");
    if (lies_in(here, crash->disk))
        return error_set(error, 0, "--disk=%.300s: the current directory lies in it, which is "
                         "hidden during the run", crash->disk);
    return lies_in(runs, crash->disk)
               ? error_set(error, 0, "--disk=%.300s: the run directory lies in it, which is hidden "
                           "during the run: give another -o", crash->disk) : 0;
}

int place_find_disk(struct crash *crash, int *ret_status, struct error *error)
{
    const char *wanted = crash->options->disk_over;
    struct stat status;
    *ret_status = CLI_USAGE;
    if (!wanted)
        return 0;
    if (!realpath(wanted, crash->disk) || stat(crash->disk, &status) < 0)
        return error_set(error, errno, "--disk=%.500s", wanted);
    if (!S_ISDIR(status.st_mode))
        return error_set(error, ENOTDIR, "--disk=%.500s", wanted);
    if (check_hidden(crash, error) < 0)
        return -1;
    *ret_status = CLI_HARNESS;
    return works(cover, crash)
               ? 0 : error_set(error, 0, "--disk=%.300s: mount namespaces are not permitted here: "
                               "run it as root, or let users make user namespaces", wanted);
}

void place_clean(const struct crash *crash)
{
    char path[PATH_MAX + 64];
    struct error ignored;
    snprintf(path, sizeof path, "%s/places", crash->directory);
    tree_remove(path, &ignored);
}
