/* SPDX-License-Identifier: MIT
 * volume.c: a block device without a file system. Each actor owns a part of it, writes sectors
 * whose content follows from their place and a number, and reads them back. What was written and
 * flushed must be there, also after the machine has died.
 *     stress-supervisor ./volume
 *     stress-supervisor vm --disk=64M run ./volume -- --disk=/dev/vda
 *     stress-supervisor vm --disk=64M --with=/sbin/lvm run ./volume -- --disk=/dev/vda --lvm=yes
 *
 *     --disk=DEVICE   an empty block device; without it a part of the environment's memory
 *     --lvm=yes       makes a logical volume on the device, and uses that
 *     --flush=no      the actors acknowledge without a flush: a cut then loses what was written
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* O_DIRECT, environ */
#endif
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stress.h>

enum { USERS = 3, SECTOR = 512, SECTORS = 4096, MOST = 64 /* sectors in a write */,
       ALIGNED = 4096, EMPTY = 256 << 10 };
#define VOLUME "/dev/stress/volume"

struct world { /* global state: the device, if there is no other */
    unsigned char disk[USERS * SECTORS * SECTOR];
};

/* Actor state: the number that each sector must have; 0: nothing was written. A write that was cut
 * off may be there in any part of its sectors. */
struct user {
    uint64_t last;
    uint64_t held[SECTORS];
    struct {
        _Atomic bool active;
        unsigned first, n;
        uint64_t number;
    } pending;
};

static bool flushes, logical;            /* set in setup, inherited by the runners */
static const char *disk;                 /* NULL: the global state */
static int volume = -1;
static _Alignas(ALIGNED) unsigned char buffer[MOST * SECTOR];

/* ---- content ---------------------------------------------------------------------------- */

static void make_sector(unsigned char *bytes, unsigned user, unsigned sector, uint64_t number)
{
    uint64_t x = (number * SECTORS + sector) * USERS + user, words[SECTOR / sizeof x];
    for (size_t i = 0; i < SECTOR / sizeof x; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        words[i] = number == 0 ? 0 : x ^ x >> 32;
    }
    memcpy(bytes, words, SECTOR);
}

static bool has(const unsigned char *bytes, unsigned user, unsigned sector, uint64_t number)
{
    unsigned char expected[SECTOR];
    make_sector(expected, user, sector, number);
    return memcmp(bytes, expected, SECTOR) == 0;
}

static off_t place_of(unsigned user, unsigned sector)
{
    return (off_t)(user * SECTORS + sector) * SECTOR;
}

/* ---- operations ------------------------------------------------------------------------- */

static enum stress_outcome trouble(struct stress_actor *a, const char *what)
{
    return stress_actor_fail(a, "%s: %s", what, strerror(errno));
}

static enum stress_outcome write_some(struct stress_actor *a)
{
    struct user *me = stress_actor_state(a);
    struct stress_random *random = stress_actor_random(a);
    unsigned user = stress_actor_index(a), n = 1 + (unsigned)stress_random_below(random, MOST);
    unsigned first = (unsigned)stress_random_below(random, SECTORS - n + 1);
    uint64_t number = ++me->last;
    for (unsigned i = 0; i < n; i++)
        make_sector(buffer + i * SECTOR, user, first + i, number);
    me->pending.first = first;
    me->pending.n = n;
    me->pending.number = number;
    atomic_store(&me->pending.active, true);
    ssize_t size = (ssize_t)n * SECTOR;
    if (pwrite(volume, buffer, (size_t)size, place_of(user, first)) != size)
        return trouble(a, "write");
    if (flushes && fdatasync(volume) != 0)
        return trouble(a, "flush");
    for (unsigned i = first; i < first + n; i++)
        me->held[i] = number;
    atomic_store(&me->pending.active, false);
    return STRESS_OK;
}

static enum stress_outcome read_some(struct stress_actor *a)
{
    const struct user *me = stress_actor_state(a);
    struct stress_random *random = stress_actor_random(a);
    unsigned user = stress_actor_index(a), n = 1 + (unsigned)stress_random_below(random, MOST);
    unsigned first = (unsigned)stress_random_below(random, SECTORS - n + 1);
    ssize_t size = (ssize_t)n * SECTOR;
    if (pread(volume, buffer, (size_t)size, place_of(user, first)) != size)
        return trouble(a, "read");
    for (unsigned i = 0; i < n; i++)
        if (!has(buffer + i * SECTOR, user, first + i, me->held[first + i]))
            return stress_actor_fail(a, "sector %u is not what was written (number %ju)", first + i,
                                     (uintmax_t)me->held[first + i]);
    return STRESS_OK;
}

/* ---- the device (hooks) ----------------------------------------------------------------- */

static int run(const char *const *argv)
{
    pid_t pid;
    int status;
    errno = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (errno != 0)
        return -1;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* There is no udev in a machine, so lvm makes the names itself. */
static enum stress_env_result make_volume(struct stress_env *env, bool again)
{
    static const char settings[] = "activation { udev_sync=0 udev_rules=0 } "
                                   "devices { use_devicesfile=0 } log { level=0 }";
    const char *const modprobe[] = { "/sbin/modprobe", "dm-mod", NULL };
    const char *const activate[] = { "/sbin/lvm", "vgchange", "-q", "-q", "--config", settings,
                                     "-ay", "stress", NULL };
    const char *const steps[][16] = {
        { "/sbin/lvm", "pvcreate", "-q", "-q", "--config", settings, "-y", disk },
        { "/sbin/lvm", "vgcreate", "-q", "-q", "--config", settings, "stress", disk },
        { "/sbin/lvm", "lvcreate", "-q", "-q", "--config", settings, "-y", "-Zn", "-Wn", "-L",
          "16M", "-n", "volume", "stress" },
    };
    if (access("/dev/mapper/control", F_OK) != 0)
        run(modprobe); /* what is missing then shows */
    if (again)
        return run(activate) == 0 ? STRESS_ENV_OK
                                  : stress_env_fail(env, "cannot activate the logical volume");
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        int status = run(steps[i]);
        if (status != 0)
            return stress_env_fail(env, "lvm %s ended with %d", steps[i][1], status);
    }
    return STRESS_ENV_OK;
}

/* What is on the device would be lost. */
static enum stress_env_result check_empty(struct stress_env *env)
{
    unsigned char *begin = calloc(2, EMPTY);
    int fd = open(disk, O_RDONLY | O_CLOEXEC);
    struct stat status;
    bool block = fd >= 0 && fstat(fd, &status) == 0 && S_ISBLK(status.st_mode);
    bool whole = block && begin && read(fd, begin, EMPTY) == EMPTY;
    bool empty = whole && memcmp(begin, begin + EMPTY, EMPTY) == 0;
    close(fd);
    free(begin);
    return empty   ? STRESS_ENV_OK
           : whole ? stress_env_usage(env, "--disk=%s: there is something on it: clear its first "
                                      "256 KiB if it may be lost", disk)
                   : stress_env_usage(env, "--disk=%s: not a block device that can be read", disk);
}

static enum stress_env_result answer(struct stress_env *env, const char *name, const char *usual,
                                     bool *ret)
{
    const char *word = stress_env_argument(env, name, usual);
    *ret = strcmp(word, "yes") == 0;
    return *ret || strcmp(word, "no") == 0
               ? STRESS_ENV_OK : stress_env_usage(env, "--%s=%s: must be yes or no", name, word);
}

/* The descriptor stays: runners inherit it. */
static enum stress_env_result setup(struct stress_env *env)
{
    bool again = stress_env_restarts(env) > 0;
    disk = stress_env_argument(env, "disk", NULL);
    enum stress_env_result result = answer(env, "flush", "yes", &flushes);
    if (result == STRESS_ENV_OK)
        result = answer(env, "lvm", "no", &logical);
    if (result != STRESS_ENV_OK)
        return result;
    if (logical && !disk)
        return stress_env_usage(env, "--lvm=yes needs --disk=DEVICE");
    if (logical && access("/sbin/lvm", X_OK) != 0)
        return stress_env_skip(env, "needs /sbin/lvm: install lvm2");
    if (disk && !again)
        result = check_empty(env);
    if (result == STRESS_ENV_OK && logical)
        result = make_volume(env, again);
    if (result != STRESS_ENV_OK)
        return result;
    volume = disk ? open(logical ? VOLUME : disk, O_RDWR | O_DIRECT | O_CLOEXEC)
                  : dup(stress_env_global_fd(env));
    return volume >= 0 ? STRESS_ENV_OK
                       : stress_env_fail(env, "cannot open %s: %s", logical ? VOLUME : disk,
                                         strerror(errno));
}

/* Is a sector what it must be? If a write of it was cut off, what is found becomes the model. */
static bool check_sector(struct stress_env *env, struct user *user, unsigned index, unsigned sector,
                         const unsigned char *bytes)
{
    bool pending = user->pending.active && sector >= user->pending.first &&
                   sector < user->pending.first + user->pending.n;
    if (has(bytes, index, sector, user->held[sector]))
        return true;
    if (pending && has(bytes, index, sector, user->pending.number)) {
        user->held[sector] = user->pending.number;
        return true;
    }
    stress_env_fail(env, "user %u, sector %u: acknowledged number %ju (0: none), found something "
                    "else", index, sector, (uintmax_t)user->held[sector]);
    return false;
}

static enum stress_env_result check(struct stress_env *env)
{
    enum stress_env_result result = STRESS_ENV_OK;
    for (unsigned index = 0; index < USERS; index++) {
        struct user *user = stress_env_actor_state(env, (int)index);
        for (unsigned sector = 0; sector < SECTORS; sector++) {
            if (sector % MOST == 0 &&
                pread(volume, buffer, sizeof buffer, place_of(index, sector)) != sizeof buffer)
                return stress_env_fail(env, "cannot read: %s", strerror(errno));
            if (!check_sector(env, user, index, sector, buffer + sector % MOST * SECTOR))
                result = STRESS_ENV_FAIL;
        }
        user->pending.active = false;
    }
    return result;
}

static const struct stress_action_spec actions[] = {
    { .name = "write", .weight = 60, .perform = write_some },
    { .name = "read", .weight = 40, .perform = read_some }, {0} };

/* check() takes the users to be the first type. */
static const struct stress_actor_spec actors[] = {
    { .name = "user", .count = USERS, .state_size = sizeof(struct user), .actions = actions },
    {0} };

static const struct stress_env_spec spec = {
    .name = "volume", .global_size = sizeof(struct world), .actors = actors, .time_limit_s = 10,
    .setup = setup, .check = check };

STRESS_WORKLOAD(spec)
