/* SPDX-License-Identifier: MIT
 * place.c: see place.h.
 */
#include "crash/place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
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
    if (leave_namespaces() < 0)
        return error_set(error, errno, "cannot make a mount namespace");
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount(own, recorded, NULL, MS_BIND, NULL) < 0)
        return error_set(error, errno, "cannot mount over %.500s", recorded);
    return 0;
}

bool place_is_possible(const struct crash *crash)
{
    struct error ignored;
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(place_enter(crash, &ignored) < 0);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void place_clean(const struct crash *crash)
{
    char path[PATH_MAX + 64];
    struct error ignored;
    snprintf(path, sizeof path, "%s/places", crash->directory);
    tree_remove(path, &ignored);
}
