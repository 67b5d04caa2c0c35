/* SPDX-License-Identifier: MIT
 * filesystem.c: an ext4 on a block device whose bytes live in the environment's memory. Actors
 * create, replace, rename, read and delete files; a saboteur cuts the device off at an arbitrary
 * moment. After e2fsck and a new mount, what was fsynced before the cut must be there.
 *     stress-supervisor ./filesystem [-- --fsync=no]       (as root)
 * With --fsync=no the actors break the rules (they acknowledge without fsync): that is found.
 *
 * How a power cut is made: the memfd of the global state is the disk, a loop device makes it a
 * block device. EXT4_IOC_SHUTDOWN stops the filesystem where it stands: what it has not handed to
 * the device by then never reaches the memfd, and the page cache dies with the unmount. The loop
 * device has no cache that could lose or reorder writes, so missing flushes are not seen.
 *
 * Nothing is left behind, whoever dies how: the mount is in a mount namespace of the supervisor and
 * its runners, and goes with the last of them; the loop device detaches itself with the mount.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* unshare(), environ */
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stress.h>

#define SHUTDOWN _IOR('X', 125, uint32_t) /* EXT4_IOC_SHUTDOWN: in no header of user space */
#define SHUTDOWN_NOLOGFLUSH 2u            /* not even what waits for the journal */

enum { USERS = 3, FILES = 24, CONTENT_MAX = 60000, DISK_SIZE = 32 << 20 };

struct world { /* global state; the memfd holds just this */
    unsigned char disk[DISK_SIZE];
};

/* Actor state: what must be there. A file's size and bytes follow from its number; 0: no file.
 * The operation under way is noted before it starts and taken back when it is acknowledged. Every
 * operation is atomic in the filesystem, so if it was cut off, all or nothing of it is there. */
struct user {
    uint64_t last;        /* highest number ever used */
    uint64_t held[FILES];
    struct {
        _Atomic bool active;
        unsigned file, to; /* `to`: renamed to that one; the same as `file`: not renamed */
        uint64_t content;  /* then: what `file` becomes */
    } pending;
};

static bool with_fsync; /* set in setup, inherited by the runners */
static int directory = -1; /* of this runner */

/* ---- operations ------------------------------------------------------------------------- */

static size_t make_content(unsigned char *bytes, unsigned user, uint64_t number)
{
    uint64_t x = (number << 8 | user) * 0x9e3779b97f4a7c15;
    size_t size = 1 + (size_t)((x >> 32) % CONTENT_MAX);
    for (size_t i = 0; i < size; i++) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        bytes[i] = (unsigned char)(x >> 56);
    }
    return size;
}

static const char *file_name(unsigned file)
{
    static char names[FILES][16];
    snprintf(names[file], sizeof names[file], "file-%u", file);
    return names[file];
}

/* After the cut every call fails. Without an announced cut a reset is a finding, too. */
static enum stress_outcome trouble(struct stress_actor *a, const char *what)
{
    if (errno == EIO || errno == EROFS || errno == ESHUTDOWN)
        return STRESS_RESET;
    return stress_actor_fail(a, "%s: %s", what, strerror(errno));
}

static int sync_it(int fd)
{
    return with_fsync ? fsync(fd) : 0;
}

static void pend(struct user *me, unsigned file, unsigned to, uint64_t content)
{
    me->pending.file = file;
    me->pending.to = to;
    me->pending.content = content;
    atomic_store(&me->pending.active, true);
}

/* Makes the directory durable; then the operation is acknowledged. */
static enum stress_outcome acknowledge(struct stress_actor *a, struct user *me)
{
    if (sync_it(directory) != 0)
        return trouble(a, "fsync of the directory");
    if (me->pending.to != me->pending.file)
        me->held[me->pending.to] = me->held[me->pending.file];
    me->held[me->pending.file] = me->pending.content;
    atomic_store(&me->pending.active, false);
    return STRESS_OK;
}

/* A new file under another name, fsync, rename over the old one, fsync of the directory. */
static enum stress_outcome replace(struct stress_actor *a)
{
    static unsigned char bytes[CONTENT_MAX + 1];
    struct user *me = stress_actor_state(a);
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), FILES);
    uint64_t number = ++me->last;
    size_t size = make_content(bytes, stress_actor_index(a), number);
    pend(me, file, file, number);
    int fd = openat(directory, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return trouble(a, "create");
    errno = EIO; /* for a short write: a cut in the middle of it */
    int error = write(fd, bytes, size) != (ssize_t)size || sync_it(fd) != 0 ? errno : 0;
    close(fd);
    errno = error;
    if (error != 0)
        return trouble(a, "write");
    if (renameat(directory, "new", directory, file_name(file)) != 0)
        return trouble(a, "rename of a new file");
    return acknowledge(a, me);
}

/* Renames a file that is there, over another one or not. */
static enum stress_outcome move(struct stress_actor *a)
{
    struct user *me = stress_actor_state(a);
    struct stress_random *random = stress_actor_random(a);
    unsigned from = (unsigned)stress_random_below(random, FILES);
    unsigned to = (unsigned)stress_random_below(random, FILES);
    if (me->held[from] == 0 || from == to)
        return STRESS_UNCOUNTED;
    pend(me, from, to, 0);
    if (renameat(directory, file_name(from), directory, file_name(to)) != 0)
        return trouble(a, "rename");
    return acknowledge(a, me);
}

static enum stress_outcome delete_one(struct stress_actor *a)
{
    struct user *me = stress_actor_state(a);
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), FILES);
    if (me->held[file] == 0)
        return STRESS_UNCOUNTED;
    pend(me, file, file, 0);
    if (unlinkat(directory, file_name(file), 0) != 0)
        return trouble(a, "unlink");
    return acknowledge(a, me);
}

/* Does the file hold this content (0: is it not there)? 1 yes, 0 no, -1 errno. */
static int compare(int dir, unsigned user, unsigned file, uint64_t number)
{
    static unsigned char expected[CONTENT_MAX + 1], found[CONTENT_MAX + 1];
    int fd = openat(dir, file_name(file), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? number == 0 : -1;
    ssize_t n, size = 0;
    while ((n = read(fd, found + size, sizeof found - (size_t)size)) > 0)
        size += n;
    int error = errno;
    close(fd);
    errno = error;
    if (n < 0)
        return -1;
    return number != 0 && (size_t)size == make_content(expected, user, number) &&
           memcmp(expected, found, (size_t)size) == 0;
}

static enum stress_outcome read_back(struct stress_actor *a)
{
    const struct user *me = stress_actor_state(a);
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), FILES);
    switch (compare(directory, stress_actor_index(a), file, me->held[file])) {
    case 1: return STRESS_OK;
    case 0: return stress_actor_fail(a, "file-%u is not what was written (number %ju)", file,
                                     (uintmax_t)me->held[file]);
    default: return trouble(a, "read");
    }
}

static enum stress_outcome start(struct stress_actor *a)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/mnt/user-%u", stress_actor_scratch(a), stress_actor_index(a));
    directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return directory < 0 ? trouble(a, path) : STRESS_OK;
}

static enum stress_outcome cut(struct stress_actor *a)
{
    char path[4096];
    uint32_t how = SHUTDOWN_NOLOGFLUSH;
    snprintf(path, sizeof path, "%s/mnt", stress_actor_scratch(a));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return trouble(a, path);
    /* A cut ends the generation, so the wait is here and no delay of the actor. */
    struct stress_random *random = stress_actor_random(a);
    uint64_t ms = 20 + stress_random_below(random, 300);
    for (; ms > 0 && !stress_actor_stopping(a); ms--)
        usleep(1000);
    usleep((useconds_t)stress_random_below(random, 1000));
    stress_actor_announce(a, "power cut");
    enum stress_outcome outcome = STRESS_RESET;
    if (ioctl(fd, SHUTDOWN, &how) != 0)
        outcome = stress_actor_fail(a, "cannot cut the device off: %s", strerror(errno));
    close(fd);
    return outcome;
}

/* ---- the device and the mount (hooks) --------------------------------------------------- */

/* Runs a program; its exit status, or -1 with errno. */
static int run(const char *const *argv)
{
    pid_t pid;
    int status, error = posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ);
    if (error) {
        errno = error;
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* Makes the memfd a block device and opens it: it detaches when nobody has it open or mounted. */
static int attach(int memfd, char *path, size_t size)
{
    const struct loop_config config = { .fd = (uint32_t)memfd, .block_size = 512,
                                        .info = { .lo_flags = LO_FLAGS_AUTOCLEAR } };
    int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC), device = -1, error = errno;
    for (int tries = 0; tries < 64 && control >= 0 && device < 0; tries++) {
        int number = ioctl(control, LOOP_CTL_GET_FREE);
        snprintf(path, size, "/dev/loop%d", number);
        device = number < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
        error = errno;
        if (device < 0)
            break;
        if (ioctl(device, LOOP_CONFIGURE, &config) != 0) {
            error = errno;
            close(device);
            device = -1;
            if (error != EBUSY) /* that is: somebody else was faster */
                break;
        }
    }
    if (control >= 0)
        close(control);
    errno = error;
    return device;
}

/* Attaches, runs a program on the device, mounts. */
static enum stress_env_result connect_disk(struct stress_env *env, bool make)
{
    char path[64], mnt[4096];
    int device = attach(stress_env_global_fd(env), path, sizeof path);
    if (device < 0)
        return make ? stress_env_skip(env, "no loop device to be had: %s", strerror(errno))
                    : stress_env_fail(env, "cannot attach the loop device: %s", strerror(errno));
    const char *mkfs[] = { "/sbin/mkfs.ext4", "-q", "-F", "-E",
                           "nodiscard,lazy_itable_init=0,lazy_journal_init=0", path, NULL };
    const char *fsck[] = { "/sbin/e2fsck", "-f", "-p", path, NULL };
    int status = run(make ? mkfs : fsck);
    snprintf(mnt, sizeof mnt, "%s/mnt", stress_env_scratch(env));
    enum stress_env_result result = STRESS_ENV_OK;
    if (status < 0 || status > (make ? 0 : 1)) /* e2fsck: 1 is "repaired", 4 is "cannot" */
        result = stress_env_fail(env, "%s ended with %d", make ? mkfs[0] : fsck[0], status);
    else if (mount(path, mnt, "ext4", MS_NOATIME, NULL) != 0)
        result = stress_env_fail(env, "cannot mount: %s", strerror(errno));
    close(device);
    return result;
}

static enum stress_env_result disconnect_disk(struct stress_env *env)
{
    char mnt[4096];
    snprintf(mnt, sizeof mnt, "%s/mnt", stress_env_scratch(env));
    if (umount2(mnt, 0) != 0 && errno != EINVAL) /* EINVAL: not mounted */
        return stress_env_fail(env, "cannot unmount: %s", strerror(errno));
    return STRESS_ENV_OK;
}

static enum stress_env_result reset(struct stress_env *env, const struct stress_reset *why)
{
    (void)why;
    enum stress_env_result result = disconnect_disk(env);
    return result == STRESS_ENV_OK ? connect_disk(env, false) : result;
}

static enum stress_env_result setup(struct stress_env *env)
{
    char path[4096];
    const char *option = stress_env_argument(env, "fsync", "yes");
    with_fsync = strcmp(option, "no") != 0;
    if (with_fsync && strcmp(option, "yes") != 0)
        return stress_env_usage(env, "--fsync=%s: must be yes or no", option);
    if (geteuid() != 0)
        return stress_env_skip(env, "needs root: it mounts a filesystem");
    if (access("/sbin/mkfs.ext4", X_OK) != 0 || access("/sbin/e2fsck", X_OK) != 0)
        return stress_env_skip(env, "needs mkfs.ext4 and e2fsck: install e2fsprogs");
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return stress_env_skip(env, "no mount namespace to be had: %s", strerror(errno));
    if (stress_env_restarts(env) > 0)
        return STRESS_ENV_OK; /* the disk is there; reset() mounts it */
    snprintf(path, sizeof path, "%s/mnt", stress_env_scratch(env));
    if (mkdir(path, 0700) != 0)
        return stress_env_fail(env, "cannot make %s: %s", path, strerror(errno));
    enum stress_env_result result = connect_disk(env, true);
    for (unsigned i = 0; i < USERS && result == STRESS_ENV_OK; i++) {
        snprintf(path, sizeof path, "%s/mnt/user-%u", stress_env_scratch(env), i);
        if (mkdir(path, 0700) != 0)
            result = stress_env_fail(env, "cannot make %s: %s", path, strerror(errno));
    }
    return result == STRESS_ENV_OK ? reset(env, NULL) : result; /* unmounting makes it durable */
}

/* Are the files just those of this model? If not, the first that differs is told. */
static bool matches(struct stress_env *env, int dir, int user, const uint64_t *model)
{
    for (unsigned file = 0; file < FILES; file++) {
        int same = compare(dir, (unsigned)user, file, model[file]);
        if (same != 1) {
            stress_env_fail(env, "user-%d/file-%u: acknowledged number %ju (0: no file), found %s",
                            user, file, (uintmax_t)model[file],
                            same < 0 ? strerror(errno) : "something else");
            return false;
        }
    }
    return true;
}

/* Everything acknowledged must be there; what was cut off, all or nothing. What is found becomes
 * the model. A user whose files are wrong starts anew, so that nothing is found twice. */
static bool check_user(struct stress_env *env, int dir, int index)
{
    struct user *user = stress_env_actor_state(env, index);
    uint64_t after[FILES];
    memcpy(after, user->held, sizeof after);
    after[user->pending.to] = user->held[user->pending.file];
    after[user->pending.file] = user->pending.content;
    bool as_before = matches(env, dir, index, user->held);
    bool as_after = !as_before && user->pending.active && matches(env, dir, index, after);
    user->pending.active = false;
    if (as_after)
        memcpy(user->held, after, sizeof after);
    if (as_before || as_after)
        return true;
    memset(user->held, 0, sizeof user->held);
    for (unsigned file = 0; file < FILES; file++)
        unlinkat(dir, file_name(file), 0);
    fsync(dir);
    return false;
}

static enum stress_env_result check(struct stress_env *env)
{
    enum stress_env_result result = STRESS_ENV_OK;
    for (int i = 0; i < USERS; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/mnt/user-%d", stress_env_scratch(env), i);
        int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (dir < 0)
            return stress_env_fail(env, "%s: %s", path, strerror(errno));
        if (!check_user(env, dir, i))
            result = STRESS_ENV_FAIL;
        close(dir);
    }
    return result;
}

static const struct stress_action_spec actions[] = {
    { .name = "replace", .weight = 40, .perform = replace },
    { .name = "move", .weight = 20, .perform = move },
    { .name = "delete", .weight = 10, .perform = delete_one },
    { .name = "read", .weight = 30, .perform = read_back }, {0} };

/* check() takes the users to be the first type. */
static const struct stress_actor_spec actors[] = {
    { .name = "user", .count = USERS, .state_size = sizeof(struct user), .actions = actions,
      .start = start },
    { .name = "power", .saboteur = true, .perform = cut }, {0} };

static const struct stress_env_spec filesystem = {
    .name = "filesystem", .global_size = sizeof(struct world), .actors = actors,
    .time_limit_s = 10, .setup = setup, .reset = reset, .check = check,
    .teardown = disconnect_disk };

STRESS_WORKLOAD(filesystem)
