/* SPDX-License-Identifier: MIT
 * identity.c: see identity.h. The injector has one thread, so the wrappers of the C library, which
 * change all threads, are right.
 */
#include "injector/identity.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"

enum { STATUS_SIZE = 8192, FIELD_OF_FILES = 3 };

/* ---- reading ---------------------------------------------------------------------------- */

/* Reads a number from a line in /proc/PID/status: number `field` of the line, from 0. */
static bool read_number(const char *text, const char *line, int field, int base, uint64_t *ret)
{
    const char *at = strstr(text, line);
    char *end = NULL;
    if (!at)
        return false;
    for (at += strlen(line); field >= 0; field--, at = end)
        *ret = strtoull(at, &end, base);
    return true;
}

static bool read_groups(const char *text, struct identity *ret)
{
    const char *at = strstr(text, "\nGroups:");
    if (!at)
        return false;
    for (at += strlen("\nGroups:"); *at == ' ' || *at == '\t'; at++)
        continue;
    for (ret->n_groups = 0; *at >= '0' && *at <= '9'; ret->n_groups++) {
        char *end;
        if (ret->n_groups == IDENTITY_GROUPS)
            return false;
        ret->groups[ret->n_groups] = (gid_t)strtoul(at, &end, 10);
        at = end + strspn(end, " ");
    }
    return true;
}

bool identity_same_namespace(pid_t pid)
{
    char path[64];
    struct stat theirs, ours;
    snprintf(path, sizeof path, "/proc/%d/ns/user", (int)pid);
    return stat(path, &theirs) == 0 && stat("/proc/self/ns/user", &ours) == 0 &&
           theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino;
}

/* Reads a file in /proc/PID as text. */
static bool read_text(pid_t pid, const char *name, char *to, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, to, size - 1);
    if (n < 0)
        return false;
    to[n] = '\0';
    return true;
}

/* prlimit() would need CAP_SYS_RESOURCE for a process of another user. */
static bool read_size_limit(pid_t pid, struct rlimit *ret)
{
    static const char line[] = "\nMax file size";
    char text[STATUS_SIZE], *end;
    rlim_t *limits[] = { &ret->rlim_cur, &ret->rlim_max };
    if (!read_text(pid, "limits", text, sizeof text))
        return false;
    const char *at = strstr(text, line);
    if (!at)
        return false;
    at += strlen(line);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        at += strspn(at, " ");
        *limits[i] = (rlim_t)strtoull(at, &end, 10);
        if (end == at) /* "unlimited" */
            *limits[i] = RLIM_INFINITY;
        at += strcspn(at, " ");
    }
    return true;
}

bool identity_read(pid_t pid, struct identity *ret)
{
    char text[STATUS_SIZE];
    uint64_t mask, user, group;
    if (pid == 0)
        pid = getpid();
    if (!read_text(pid, "status", text, sizeof text) ||
        !read_number(text, "\nUmask:", 0, 8, &mask) ||
        !read_number(text, "\nUid:", FIELD_OF_FILES, 10, &user) ||
        !read_number(text, "\nGid:", FIELD_OF_FILES, 10, &group) || !read_groups(text, ret) ||
        !read_number(text, "\nCapEff:", 0, 16, &ret->capabilities))
        return false;
    ret->mask = (mode_t)mask;
    ret->user = (uid_t)user;
    ret->group = (gid_t)group;
    if (!identity_same_namespace(pid))
        ret->capabilities = 0;
    return read_size_limit(pid, &ret->size);
}

/* ---- changing --------------------------------------------------------------------------- */

static bool set_capabilities(uint64_t effective)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct data[2];
    if (syscall(SYS_capget, &header, data) < 0)
        return false;
    data[0].effective = (uint32_t)effective;
    data[1].effective = (uint32_t)(effective >> 32);
    return syscall(SYS_capset, &header, data) == 0;
}

static bool has_groups(const struct identity *one, const struct identity *other)
{
    return one->n_groups == other->n_groups &&
           memcmp(one->groups, other->groups, (size_t)one->n_groups * sizeof *one->groups) == 0;
}

/* The user comes last but one: without it the capabilities to change the rest may be gone. A change
 * of user changes the effective capabilities, too. */
static bool put_on(const struct identity *from, const struct identity *to)
{
    const struct rlimit size = { to->size.rlim_cur, from->size.rlim_max };
    if (to->size.rlim_cur != from->size.rlim_cur && setrlimit(RLIMIT_FSIZE, &size) < 0)
        return false;
    if (!has_groups(from, to) && setgroups((size_t)to->n_groups, to->groups) < 0)
        return false;
    setfsgid(to->group);
    setfsuid(to->user);
    return (gid_t)setfsgid((gid_t)-1) == to->group && (uid_t)setfsuid((uid_t)-1) == to->user &&
           set_capabilities(to->capabilities);
}

/* In the reverse order, and the capabilities once more, after the user has changed them. */
static void put_off(const struct identity *own)
{
    set_capabilities(own->capabilities);
    setfsuid(own->user);
    set_capabilities(own->capabilities);
    setfsgid(own->group);
    (void)!setgroups((size_t)own->n_groups, own->groups);
    setrlimit(RLIMIT_FSIZE, &own->size);
}

static bool equal(const struct identity *one, const struct identity *other)
{
    return one->user == other->user && one->group == other->group && has_groups(one, other) &&
           one->capabilities == other->capabilities &&
           one->size.rlim_cur == other->size.rlim_cur;
}

/* A process whose user changes is no longer dumpable. */
static void set_dumpable(int before)
{
    if (before == 1)
        prctl(PR_SET_DUMPABLE, 1);
}

bool identity_take(const struct identity *own, const struct identity *other)
{
    if (equal(own, other))
        return true;
    int dumpable = prctl(PR_GET_DUMPABLE);
    bool taken = put_on(own, other);
    if (!taken)
        put_off(own);
    set_dumpable(dumpable);
    return taken;
}

void identity_leave(const struct identity *own, const struct identity *other)
{
    if (equal(own, other))
        return;
    int dumpable = prctl(PR_GET_DUMPABLE);
    put_off(own);
    set_dumpable(dumpable);
}
