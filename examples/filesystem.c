/* SPDX-License-Identifier: MIT
 * filesystem.c: a file system on a block device. Actors create, replace, rename, read and delete
 * files; a saboteur cuts the device off at an arbitrary moment. After the repair and a new mount,
 * what was fsynced before the cut must be there, and what was deleted must not.
 *     stress-supervisor ./filesystem [-- ARGUMENT...]       (as root)
 *     stress-supervisor vm --disk=512M --with=/sbin/mkfs.xfs --with=/sbin/xfs_repair run \
 *         ./filesystem -- --fs=xfs --disk=/dev/vda          (as anybody)
 *
 *     --fs=ext4|xfs|btrfs|f2fs   (default ext4)
 *     --disk=DEVICE              an empty block device, such as a logical volume; without it the
 *                                bytes of the device lie in the environment's memory
 *     --files=mixed|small|large  few files; many small ones; large ones (default mixed)
 *     --full=yes                 the disk is full: what fails for want of space does not count, but
 *                                an unlink must never fail for it
 *     --cut=no                   no cuts; btrfs has none, since it cannot be shut down
 *     --fsync=no                 the actors acknowledge without fsync: that is found
 *
 * How a power cut is made: FS_IOC_SHUTDOWN stops the file system where it stands: what it has not
 * handed to the device by then never reaches it, and the page cache dies with the unmount. The
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

#define SHUTDOWN _IOR('X', 125, uint32_t) /* FS_IOC_SHUTDOWN: in no header of user space */
#define SHUTDOWN_NOLOGFLUSH 2u            /* not even what waits for the journal */

enum { USERS = 3, FILES = 400, CONTENT_MAX = 4 << 20, DISK_SIZE = 32 << 20, PIECE = 1 << 20 };

static const struct kind { /* of file system */
    const char *name, *mkfs[8], *fsck[6];
    int repaired;          /* the highest exit status of fsck that is good */
    bool replays;          /* its log must be replayed by a mount before fsck */
    bool cuts;             /* it can be shut down */
    const char *package;
} kinds[] = {
    { "ext4", { "/sbin/mkfs.ext4", "-q", "-F", "-E",
                "nodiscard,lazy_itable_init=0,lazy_journal_init=0" },
      { "/sbin/e2fsck", "-f", "-p" }, 1, false, true, "e2fsprogs" },
    { "xfs", { "/sbin/mkfs.xfs", "-q", "-f", "-K" }, { "/sbin/xfs_repair", "-n" }, 0, true, true,
      "xfsprogs" },
    { "btrfs", { "/sbin/mkfs.btrfs", "-q", "-f", "-K" },
      { "/bin/btrfs", "check", "--readonly" }, 0, true, false, "btrfs-progs" },
    { "f2fs", { "/sbin/mkfs.f2fs", "-q", "-f", "-t", "0" }, { "/sbin/fsck.f2fs", "-f" }, 0, true,
      true, "f2fs-tools" },
};

static const struct files { /* of each user */
    const char *name;
    unsigned n;
    size_t most; /* bytes of one */
} all_files[] = { { "mixed", 24, 60000 }, { "small", FILES, 4000 }, { "large", 4, CONTENT_MAX } };

struct world { /* global state */
    unsigned char disk[DISK_SIZE];
    _Atomic uint64_t refused; /* operations for which there was no space: less than a sector */
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

/* Set in setup, inherited by the runners. */
static bool with_fsync, is_full;
static const struct kind *kind;
static const struct files *files;
static const char *disk;   /* NULL: the memfd */
static int directory = -1; /* of this runner */

/* ---- operations ------------------------------------------------------------------------- */

static size_t make_content(unsigned char *bytes, unsigned user, uint64_t number)
{
    uint64_t x = (number << 8 | user) * 0x9e3779b97f4a7c15;
    size_t size = 1 + (size_t)((x >> 32) % files->most);
    for (size_t i = 0; i < size; i += sizeof x) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        uint64_t word = x ^ x >> 32;
        memcpy(bytes + i, &word, size - i < sizeof x ? size - i : sizeof x);
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

/* XFS returns 0 from the fsync of a directory, also after it was shut down with a change of it in
 * memory only (seen on Linux 6.1 and 6.18); then it can not be opened any more. */
static int sync_directory(void)
{
    if (sync_it(directory) != 0)
        return -1;
    int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return again < 0 ? -1 : close(again);
}

/* Makes the directory durable; then the operation is acknowledged. */
static enum stress_outcome acknowledge(struct stress_actor *a, struct user *me)
{
    if (sync_directory() != 0)
        return trouble(a, "fsync of the directory");
    if (me->pending.to != me->pending.file)
        me->held[me->pending.to] = me->held[me->pending.file];
    me->held[me->pending.file] = me->pending.content;
    atomic_store(&me->pending.active, false);
    return STRESS_OK;
}

/* For want of space a new file is given up: the old one is as it was. That must work, however full
 * the disk is. */
static enum stress_outcome give_up(struct stress_actor *a, struct user *me, const char *what)
{
    if (!is_full || errno != ENOSPC)
        return trouble(a, what);
    if (unlinkat(directory, "new", 0) != 0 && errno != ENOENT)
        return trouble(a, "unlink on a full disk");
    struct world *world = stress_actor_global(a);
    world->refused++;
    atomic_store(&me->pending.active, false);
    return STRESS_UNCOUNTED;
}

/* A new file under another name, fsync, rename over the old one, fsync of the directory. */
static enum stress_outcome replace(struct stress_actor *a)
{
    static unsigned char bytes[CONTENT_MAX + 1];
    struct user *me = stress_actor_state(a);
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), files->n);
    uint64_t number = ++me->last;
    size_t size = make_content(bytes, stress_actor_index(a), number);
    pend(me, file, file, number);
    int fd = openat(directory, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return give_up(a, me, "create");
    errno = is_full ? ENOSPC : EIO; /* for a short write; without want of space, a cut made it */
    int error = write(fd, bytes, size) != (ssize_t)size || sync_it(fd) != 0 ? errno : 0;
    close(fd);
    errno = error;
    if (error != 0)
        return give_up(a, me, "write");
    if (renameat(directory, "new", directory, file_name(file)) != 0)
        return give_up(a, me, "rename of a new file");
    return acknowledge(a, me);
}

/* Renames a file that is there, over another one or not. */
static enum stress_outcome move(struct stress_actor *a)
{
    struct user *me = stress_actor_state(a);
    struct stress_random *random = stress_actor_random(a);
    unsigned from = (unsigned)stress_random_below(random, files->n);
    unsigned to = (unsigned)stress_random_below(random, files->n);
    if (me->held[from] == 0 || from == to)
        return STRESS_UNCOUNTED;
    pend(me, from, to, 0);
    if (renameat(directory, file_name(from), directory, file_name(to)) != 0)
        return give_up(a, me, "rename");
    return acknowledge(a, me);
}

static enum stress_outcome delete_one(struct stress_actor *a)
{
    struct user *me = stress_actor_state(a);
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), files->n);
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
    unsigned file = (unsigned)stress_random_below(stress_actor_random(a), files->n);
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

/* Runs a program with the path of the device as its last argument. */
static int run_on(const char *const *words, const char *path)
{
    const char *argv[10];
    int n = 0;
    for (; words[n]; n++)
        argv[n] = words[n];
    argv[n++] = path;
    argv[n] = NULL;
    return run(argv);
}

static enum stress_env_result mount_it(struct stress_env *env, const char *path, const char *mnt)
{
    return mount(path, mnt, kind->name, MS_NOATIME, NULL) == 0
               ? STRESS_ENV_OK : stress_env_fail(env, "cannot mount: %s", strerror(errno));
}

/* Makes or repairs the file system, and mounts it. */
static enum stress_env_result open_disk(struct stress_env *env, const char *path, bool make)
{
    char mnt[4096];
    const char *const *words = make ? kind->mkfs : kind->fsck;
    snprintf(mnt, sizeof mnt, "%s/mnt", stress_env_scratch(env));
    if (!make && kind->replays) {
        if (mount_it(env, path, mnt) != STRESS_ENV_OK)
            return STRESS_ENV_FAIL;
        if (umount2(mnt, 0) != 0)
            return stress_env_fail(env, "cannot unmount: %s", strerror(errno));
    }
    int status = run_on(words, path); /* e2fsck: 1 is "repaired", 4 is "cannot" */
    if (status < 0 || status > (make ? 0 : kind->repaired))
        return stress_env_fail(env, "%s ended with %d", words[0], status);
    return mount_it(env, path, mnt);
}

static enum stress_env_result connect_disk(struct stress_env *env, bool make)
{
    char path[64];
    if (disk)
        return open_disk(env, disk, make);
    int device = attach(stress_env_global_fd(env), path, sizeof path);
    if (device < 0)
        return make ? stress_env_skip(env, "no loop device to be had: %s", strerror(errno))
                    : stress_env_fail(env, "cannot attach the loop device: %s", strerror(errno));
    enum stress_env_result result = open_disk(env, path, make);
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

static bool write_block(int fd, off_t *at)
{
    static const char block[4096];
    bool written = pwrite(fd, block, sizeof block, *at) == sizeof block && fdatasync(fd) == 0;
    *at += (off_t)sizeof block;
    return written;
}

/* Fills the disk, except for the room that two large files need. */
static enum stress_env_result fill(struct stress_env *env)
{
    static const char *const names[] = { "room", "ballast" };
    off_t most[] = { (off_t)(2 * files->most), INT64_MAX };
    char path[4096];
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/mnt/%s", stress_env_scratch(env), names[i]);
        int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        off_t at = 0, piece = most[i] < PIECE ? most[i] : PIECE;
        while (fd >= 0 && at < most[i] && piece >= 4096) {
            if (fallocate(fd, 0, at, piece) == 0)
                at += piece;
            else if (errno == ENOSPC)
                piece /= 2;
            else
                break;
        }
        bool failed = fd < 0 || (at < most[i] && piece >= 4096);
        while (!failed && at < most[i] && write_block(fd, &at)) /* ext4 keeps some from fallocate */
            continue;
        close(fd);
        if (failed)
            return stress_env_fail(env, "cannot fill the disk: %s", strerror(errno));
    }
    snprintf(path, sizeof path, "%s/mnt/room", stress_env_scratch(env));
    return unlink(path) == 0 ? STRESS_ENV_OK
                             : stress_env_fail(env, "cannot delete %s: %s", path, strerror(errno));
}

static enum stress_env_result answer(struct stress_env *env, const char *name, bool usual,
                                     bool *ret)
{
    const char *word = stress_env_argument(env, name, usual ? "yes" : "no");
    *ret = strcmp(word, "yes") == 0;
    return *ret || strcmp(word, "no") == 0
               ? STRESS_ENV_OK : stress_env_usage(env, "--%s=%s: must be yes or no", name, word);
}

/* What is on the device would be lost. */
static enum stress_env_result check_empty(struct stress_env *env)
{
    static const unsigned char zeros[PIECE / 4];
    static unsigned char begin[PIECE / 4];
    int fd = open(disk, O_RDONLY | O_CLOEXEC);
    struct stat status;
    bool block = fd >= 0 && fstat(fd, &status) == 0 && S_ISBLK(status.st_mode);
    ssize_t n = block ? read(fd, begin, sizeof begin) : -1;
    close(fd);
    if (n != (ssize_t)sizeof begin)
        return stress_env_usage(env, "--disk=%s: not a block device that can be read", disk);
    return memcmp(begin, zeros, sizeof begin) == 0
               ? STRESS_ENV_OK
               : stress_env_usage(env, "--disk=%s: there is something on it: clear its first 256 "
                                  "KiB if it may be lost", disk);
}

static enum stress_env_result read_arguments(struct stress_env *env)
{
    const char *name = stress_env_argument(env, "fs", "ext4");
    const char *which = stress_env_argument(env, "files", "mixed");
    bool cuts = false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        kind = strcmp(kinds[i].name, name) == 0 ? &kinds[i] : kind;
    for (size_t i = 0; i < sizeof all_files / sizeof *all_files; i++)
        files = strcmp(all_files[i].name, which) == 0 ? &all_files[i] : files;
    if (!kind)
        return stress_env_usage(env, "--fs=%s: must be ext4, xfs, btrfs or f2fs", name);
    if (!files)
        return stress_env_usage(env, "--files=%s: must be mixed, small or large", which);
    disk = stress_env_argument(env, "disk", NULL);
    enum stress_env_result result = answer(env, "fsync", true, &with_fsync);
    if (result == STRESS_ENV_OK)
        result = answer(env, "full", false, &is_full);
    if (result == STRESS_ENV_OK)
        result = answer(env, "cut", kind->cuts, &cuts);
    if (result != STRESS_ENV_OK)
        return result;
    if (cuts && !kind->cuts)
        return stress_env_usage(env, "--cut=yes: %s cannot be shut down", kind->name);
    stress_env_set_count(env, "power", cuts);
    return STRESS_ENV_OK;
}

/* All that cannot be had here is told. */
static enum stress_env_result find_parts(struct stress_env *env)
{
    if (geteuid() != 0)
        return stress_env_skip(env, "needs root: it mounts a filesystem");
    if (access(kind->mkfs[0], X_OK) != 0 || access(kind->fsck[0], X_OK) != 0)
        return stress_env_skip(env, "needs %s and %s: install %s", kind->mkfs[0], kind->fsck[0],
                               kind->package);
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return stress_env_skip(env, "no mount namespace to be had: %s", strerror(errno));
    /* Without a device this fails, but not for want of the file system. */
    if (mount("none", "/", kind->name, MS_RDONLY, NULL) != 0 && errno == ENODEV)
        return stress_env_skip(env, "this kernel does not have %s", kind->name);
    return STRESS_ENV_OK;
}

static enum stress_env_result setup(struct stress_env *env)
{
    char path[4096];
    enum stress_env_result result = read_arguments(env);
    if (result == STRESS_ENV_OK)
        result = find_parts(env);
    if (result != STRESS_ENV_OK)
        return result;
    snprintf(path, sizeof path, "%s/mnt", stress_env_scratch(env));
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return stress_env_fail(env, "cannot make %s: %s", path, strerror(errno));
    if (stress_env_restarts(env) > 0)
        return STRESS_ENV_OK; /* the disk is there; reset() mounts it */
    if (disk)
        result = check_empty(env);
    if (result == STRESS_ENV_OK)
        result = connect_disk(env, true);
    for (unsigned i = 0; i < USERS && result == STRESS_ENV_OK; i++) {
        snprintf(path, sizeof path, "%s/mnt/user-%u", stress_env_scratch(env), i);
        if (mkdir(path, 0700) != 0)
            result = stress_env_fail(env, "cannot make %s: %s", path, strerror(errno));
    }
    if (result == STRESS_ENV_OK && is_full)
        result = fill(env);
    return result == STRESS_ENV_OK ? reset(env, NULL) : result; /* unmounting makes it durable */
}

/* The number that a file has; 0: there is none; UINT64_MAX: it has what no operation wrote. */
static uint64_t number_of(int dir, unsigned user, unsigned file, uint64_t last)
{
    uint64_t number = 0;
    while (number <= last && compare(dir, user, file, number) != 1)
        number++;
    return number <= last ? number : UINT64_MAX;
}

/* Are the files just those of this model? If not, the first that differs is told. */
static bool matches(struct stress_env *env, int dir, int user, const uint64_t *model)
{
    const struct user *state = stress_env_actor_state(env, user);
    for (unsigned file = 0; file < files->n; file++) {
        int same = compare(dir, (unsigned)user, file, model[file]);
        if (same == 1)
            continue;
        uint64_t number = same < 0 ? 0 : number_of(dir, (unsigned)user, file, state->last);
        stress_env_fail(env, "user-%d/file-%u: acknowledged number %ju (0: no file), found %s%jd",
                        user, file, (uintmax_t)model[file],
                        same < 0 ? strerror(errno) : "number ", (intmax_t)number);
        return false;
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
    for (unsigned file = 0; file < files->n; file++)
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

/* A disk that was never full has not shown what it was to show. */
static enum stress_env_result teardown(struct stress_env *env)
{
    const struct world *world = stress_env_global(env);
    enum stress_env_result result = disconnect_disk(env);
    return !is_full || world->refused > 0
               ? result
               : stress_env_fail(env, "the disk was never full: let it run for longer");
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
    .teardown = teardown };

STRESS_WORKLOAD(filesystem)
