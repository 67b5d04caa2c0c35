/* SPDX-License-Identifier: MIT
 * effect.c: see effect.h. Calls are made on duplicates of the target's descriptors.
 */
#include "injector/effect.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/base.h"
#include "inject/inject.h"
#include "injector/identity.h"
#include "injector/target.h"

/* Larger transfers are let through. */
enum { BYTES_MAX = 64 << 20, PARTS_MAX = 1024, ARGUMENTS = 6, PAGE = 4096 };

/* ---- bytes ------------------------------------------------------------------------------ */

/* Reads the buffers that a call names. Returns their number, or -1. */
static int read_parts(pid_t pid, const struct call *call, const struct seccomp_data *data,
                      struct iovec *parts)
{
    if (!call->vector) {
        parts[0].iov_base = (void *)(uintptr_t)data->args[1];
        parts[0].iov_len = (size_t)data->args[2];
        return 1;
    }
    if (data->args[2] > PARTS_MAX ||
        target_read(pid, data->args[1], parts, (size_t)data->args[2] * sizeof *parts) < 0)
        return -1;
    return (int)data->args[2];
}

static uint64_t length_of(const struct iovec *parts, int n)
{
    uint64_t sum = 0;
    for (int i = 0; i < n; i++)
        if (__builtin_add_overflow(sum, parts[i].iov_len, &sum))
            return UINT64_MAX;
    return sum;
}

/* Copies from the target if `out`, else to it. */
static int copy_parts(pid_t pid, const struct iovec *parts, int n, unsigned char *bytes,
                      uint64_t size, bool out)
{
    for (int i = 0; i < n && size > 0; i++) {
        uint64_t address = (uint64_t)(uintptr_t)parts[i].iov_base;
        size_t part = parts[i].iov_len < size ? parts[i].iov_len : (size_t)size;
        int failed = out ? target_read(pid, address, bytes, part)
                         : target_write(pid, address, bytes, part);
        if (failed < 0)
            return -1;
        bytes += part;
        size -= part;
    }
    return 0;
}

static int64_t offset_of(const struct seccomp_data *data)
{
    if (sizeof(long) == 4)
        return (int64_t)((data->args[4] & UINT32_MAX) << 32 | (data->args[3] & UINT32_MAX));
    return (int64_t)data->args[3];
}

/* pwritev2() with offset -1 is write(): it uses and moves the file offset. The older calls with an
 * offset refuse -1. A pipe must not make us wait. */
static int64_t move_bytes(const struct call *call, const struct seccomp_data *data, int fd,
                          unsigned char *bytes, uint64_t size)
{
    struct stat status;
    struct iovec part = { bytes, (size_t)size };
    bool second = data->nr == SYS_pwritev2 || data->nr == SYS_preadv2;
    int64_t offset = call->offset ? offset_of(data) : -1;
    int flags = second ? (int)data->args[5] : 0;
    bool waits = fstat(fd, &status) < 0 || !S_ISREG(status.st_mode);
    if (call->offset && !second && offset < 0)
        return -EINVAL;
    if (waits)
        flags |= RWF_NOWAIT;
    ssize_t n = call->data == CALL_DATA_OUT ? pwritev2(fd, &part, 1, offset, flags)
                                            : preadv2(fd, &part, 1, offset, flags);
    if (n < 0 && waits && (errno == EAGAIN || errno == EOPNOTSUPP))
        return EFFECT_REFUSED;
    return n < 0 ? -errno : n;
}

/* A call that reads or writes, to be made for the target. */
struct transfer {
    pid_t pid;
    const struct call *call;
    const struct seccomp_data *data;
    const struct iovec *parts;
    int n, fd;            /* of parts; our duplicate of the descriptor */
    bool cut;             /* only `size` of the bytes are to be moved */
    bool direct;          /* O_DIRECT */
    uint64_t size;
    unsigned char *bytes; /* has room for `size`, and is aligned as the target's first part */
};

/* Does a kernel ever move a part of such a call, while more would be possible? Not of messages, nor
 * of what a pipe takes at once. */
static bool can_be_cut(const struct transfer *transfer, uint64_t whole)
{
    struct stat status;
    int type = 0;
    socklen_t size = sizeof type;
    if (fstat(transfer->fd, &status) < 0)
        return false;
    if (S_ISSOCK(status.st_mode))
        return getsockopt(transfer->fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
               type == SOCK_STREAM;
    if (S_ISFIFO(status.st_mode))
        return !transfer->direct && (transfer->call->data == CALL_DATA_IN || whole > PIPE_BUF);
    return S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
}

static int64_t move(const struct transfer *transfer, uint64_t size)
{
    struct identity own, target;
    if (!identity_read(0, &own) || !identity_read(transfer->pid, &target) ||
        !identity_take(&own, &target))
        return EFFECT_REFUSED;
    int64_t moved = move_bytes(transfer->call, transfer->data, transfer->fd, transfer->bytes, size);
    identity_leave(&own, &target);
    return moved;
}

/* Direct input and output moves whole blocks, of a size that the kernel does not tell in every
 * version. A part of the first block cannot be moved. */
static int64_t move_blocks(const struct transfer *transfer)
{
    static const uint64_t blocks[] = { 512, PAGE };
    int64_t moved = -EINVAL;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks && moved == -EINVAL; i++) {
        uint64_t size = transfer->size - transfer->size % blocks[i];
        moved = size == 0 ? EFFECT_REFUSED : move(transfer, size);
    }
    return moved == -EINVAL ? EFFECT_REFUSED : moved;
}

/* Of several parts only the first keeps its alignment. */
static bool is_aligned(const struct transfer *transfer)
{
    for (int i = 0; transfer->n > 1 && i < transfer->n; i++)
        if (((uintptr_t)transfer->parts[i].iov_base | transfer->parts[i].iov_len) % PAGE != 0)
            return false;
    return true;
}

static int64_t move_parts(const struct transfer *transfer)
{
    bool out = transfer->call->data == CALL_DATA_OUT;
    if (out && copy_parts(transfer->pid, transfer->parts, transfer->n, transfer->bytes,
                          transfer->size, true) < 0)
        return EFFECT_REFUSED;
    int64_t moved = transfer->direct && transfer->cut && transfer->size > 0
                        ? move_blocks(transfer) : move(transfer, transfer->size);
    if (!out && moved > 0 && copy_parts(transfer->pid, transfer->parts, transfer->n,
                                        transfer->bytes, (uint64_t)moved, false) < 0)
        return -EFAULT;
    return moved;
}

/* Takes a buffer for the bytes: the kernel refuses direct input and output of one that is not
 * aligned, and must refuse ours where it would have refused the target's. */
static int64_t move_with_buffer(struct transfer *transfer)
{
    void *pages;
    uintptr_t start = transfer->n > 0 ? (uintptr_t)transfer->parts[0].iov_base % PAGE : 0;
    if (posix_memalign(&pages, PAGE, PAGE + (size_t)transfer->size) != 0)
        return EFFECT_REFUSED;
    transfer->bytes = (unsigned char *)pages + start;
    int64_t moved = move_parts(transfer);
    free(pages);
    return moved;
}

int64_t effect_bytes(pid_t pid, const struct call *call, const struct seccomp_data *data,
                     uint64_t limit, bool legal)
{
    struct iovec parts[PARTS_MAX];
    int n = read_parts(pid, call, data, parts);
    uint64_t whole = n < 0 ? 0 : length_of(parts, n), size = whole;
    if (n < 0 || (limit == RULE_HALF && size > BYTES_MAX))
        return EFFECT_REFUSED;
    if (limit == RULE_HALF)
        limit = size > 1 ? size / 2 : size;
    if (limit < size)
        size = limit;
    int fd FD_CLEANUP = size > BYTES_MAX ? -1 : target_descriptor(pid, (int)data->args[0]);
    if (fd < 0)
        return EFFECT_REFUSED;
    struct transfer transfer = { .pid = pid, .call = call, .data = data, .parts = parts, .n = n,
                                 .fd = fd, .cut = size < whole, .size = size };
    transfer.direct = (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
    if ((legal && transfer.cut && !can_be_cut(&transfer, whole)) ||
        (transfer.direct && !is_aligned(&transfer)))
        return EFFECT_REFUSED;
    return move_with_buffer(&transfer);
}

/* ---- copies ----------------------------------------------------------------------------- */

/* A call that copies from one descriptor to another. */
struct copy {
    int fds[2];          /* our duplicates: from, to */
    unsigned at[2];      /* which arguments they are */
    unsigned offset[2];  /* and their offsets; UINT_MAX: the call has none */
    unsigned length;
    size_t offset_size;
    int64_t offsets[2];
};

static void copy_cleanup(struct copy *copy)
{
    for (unsigned i = 0; i < 2; i++)
        fd_close(&copy->fds[i]);
}

/* Is there an offset in the memory of the target? Without one the descriptor's own counts. */
static bool has_offset(const struct copy *copy, unsigned i, const struct seccomp_data *data)
{
    return copy->offset[i] != UINT_MAX && data->args[copy->offset[i]] != 0;
}

/* The calls are sendfile(to, from, offset, length), and others (from, offset, to, offset, length,
 * flags). */
static bool take_copy(pid_t pid, const struct call *call, const struct seccomp_data *data,
                      struct copy *ret)
{
    static const struct copy sends = { .fds = { -1, -1 }, .at = { 1, 0 },
                                       .offset = { 2, UINT_MAX }, .length = 3 };
    static const struct copy copies = { .fds = { -1, -1 }, .at = { 0, 2 }, .offset = { 1, 3 },
                                        .length = 4 };
    *ret = call->arguments[1] == 'f' ? sends : copies;
    ret->offset_size = strcmp(call->name, "sendfile") == 0 ? sizeof(long) : sizeof(int64_t);
    for (unsigned i = 0; i < 2; i++) {
        ret->fds[i] = target_descriptor(pid, (int)data->args[ret->at[i]]);
        if (ret->fds[i] < 0 ||
            (has_offset(ret, i, data) &&
             target_read(pid, data->args[ret->offset[i]], &ret->offsets[i], ret->offset_size) < 0))
            return false;
    }
    return true;
}

int64_t effect_copy(pid_t pid, const struct call *call, const struct seccomp_data *data,
                    uint64_t limit)
{
    struct copy copy __attribute__((cleanup(copy_cleanup)));
    struct identity own, target;
    long value[ARGUMENTS];
    if (!take_copy(pid, call, data, &copy) || !identity_read(0, &own) ||
        !identity_read(pid, &target) || !identity_take(&own, &target))
        return EFFECT_REFUSED;
    for (unsigned i = 0; i < ARGUMENTS; i++)
        value[i] = (long)data->args[i];
    for (unsigned i = 0; i < 2; i++) {
        value[copy.at[i]] = copy.fds[i];
        if (has_offset(&copy, i, data))
            value[copy.offset[i]] = (long)(uintptr_t)&copy.offsets[i];
    }
    value[copy.length] = (long)(limit < (uint64_t)LONG_MAX ? limit : (uint64_t)LONG_MAX);
    if (data->nr == SYS_splice)
        value[5] |= SPLICE_F_NONBLOCK;
    long result = syscall(data->nr, value[0], value[1], value[2], value[3], value[4], value[5]);
    int code = errno;
    identity_leave(&own, &target);
    for (unsigned i = 0; result >= 0 && i < 2; i++)
        if (has_offset(&copy, i, data) &&
            target_write(pid, data->args[copy.offset[i]], &copy.offsets[i], copy.offset_size) < 0)
            return -EFAULT;
    return result < 0 ? code == EAGAIN ? EFFECT_REFUSED : -code : result;
}

/* How much there is to copy: the rest of a file, or what lies in a pipe. */
static uint64_t source_size(const struct copy *copy, bool has_own_offset)
{
    struct stat status;
    int queued = 0;
    if (fstat(copy->fds[0], &status) < 0)
        return UINT64_MAX;
    if (S_ISFIFO(status.st_mode)) {
        if (ioctl(copy->fds[0], FIONREAD, &queued) < 0 || queued == 0)
            queued = fcntl(copy->fds[0], F_GETPIPE_SZ);
        return queued < 0 ? UINT64_MAX : (uint64_t)queued;
    }
    int64_t offset = has_own_offset ? copy->offsets[0] : lseek(copy->fds[0], 0, SEEK_CUR);
    if (!S_ISREG(status.st_mode) || offset < 0)
        return UINT64_MAX;
    return offset < status.st_size ? (uint64_t)(status.st_size - offset) : 0;
}

/* Holes that are made need no space. */
static uint64_t allocated_size(const struct seccomp_data *data)
{
    uint64_t length = sizeof(long) == 4
                          ? (data->args[5] & UINT32_MAX) << 32 | (data->args[4] & UINT32_MAX)
                          : data->args[3];
    return data->args[1] & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE) ? 0 : length;
}

bool effect_size(pid_t pid, const struct call *call, const struct seccomp_data *data,
                 uint64_t *ret)
{
    struct iovec parts[PARTS_MAX];
    struct copy copy __attribute__((cleanup(copy_cleanup))) = { .fds = { -1, -1 } };
    if (call->data != CALL_DATA_NONE) {
        int n = read_parts(pid, call, data, parts);
        *ret = n < 0 ? 0 : length_of(parts, n);
        return n >= 0;
    }
    if (data->nr == SYS_fallocate) {
        *ret = allocated_size(data);
        return true;
    }
    if (!take_copy(pid, call, data, &copy))
        return false;
    uint64_t source = source_size(&copy, has_offset(&copy, 0, data));
    *ret = source < data->args[copy.length] ? source : data->args[copy.length];
    return true;
}

/* ---- whole calls ------------------------------------------------------------------------ */

/* Does a path mean the same file to the target as to us? */
static bool same_place(pid_t pid)
{
    static const char *const links[] = { "root", "ns/mnt" };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        char path[64], own[64];
        struct stat theirs, ours;
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, links[i]);
        snprintf(own, sizeof own, "/proc/self/%s", links[i]);
        if (stat(path, &theirs) < 0 || stat(own, &ours) < 0 || theirs.st_dev != ours.st_dev ||
            theirs.st_ino != ours.st_ino)
            return false;
    }
    return true;
}

/* A path of a call, relative to our copy of its directory. */
struct argument_path {
    int directory;
    bool own; /* of the kind that target_own_path() replaces */
    char text[TARGET_PATH];
};

/* Our copies of the arguments of a call: duplicated descriptors, copied strings. */
struct arguments {
    long value[ARGUMENTS];
    int fds[ARGUMENTS];
    unsigned n_paths;
    struct argument_path paths[2];
    char string[TARGET_PATH];
};

static void arguments_cleanup(struct arguments *arguments)
{
    for (int i = 0; i < ARGUMENTS; i++)
        fd_close(&arguments->fds[i]);
}

static bool take_descriptor(pid_t pid, unsigned i, uint64_t value, struct arguments *ret)
{
    ret->fds[i] = target_descriptor(pid, (int)value);
    ret->value[i] = ret->fds[i];
    return ret->fds[i] >= 0;
}

static bool take_path(pid_t pid, unsigned i, uint64_t value, int directory, struct arguments *ret)
{
    struct argument_path *path = &ret->paths[ret->n_paths++];
    if (target_string(pid, value, path->text, sizeof path->text) < 0)
        return false;
    path->directory = directory;
    path->own = target_own_path(pid, path->text, sizeof path->text);
    ret->value[i] = (long)(uintptr_t)path->text;
    return !path->own || path->text[0];
}

static bool take_arguments(pid_t pid, const struct call *call, const struct seccomp_data *data,
                           struct arguments *ret)
{
    bool taken = true;
    int directory = AT_FDCWD;
    for (unsigned i = 0; i < ARGUMENTS; i++)
        ret->fds[i] = -1;
    for (unsigned i = 0; i < ARGUMENTS; i++)
        ret->value[i] = (long)data->args[i];
    for (unsigned i = 0; taken && call->arguments[i]; i++) {
        char kind = call->arguments[i];
        bool here = kind == 'd' && (int)data->args[i] == AT_FDCWD;
        if (here)
            ret->value[i] = AT_FDCWD;
        else if (kind == 'f' || kind == 'd')
            taken = take_descriptor(pid, i, data->args[i], ret);
        else if (kind == 'p')
            taken = take_path(pid, i, data->args[i], directory, ret);
        else if (kind == 's')
            taken = target_string(pid, data->args[i], ret->string, sizeof ret->string) == 0;
        if (kind == 'd')
            directory = (int)ret->value[i];
        if (kind == 's')
            ret->value[i] = (long)(uintptr_t)ret->string;
    }
    return taken;
}

enum { LINKS_MAX = 40 }; /* with more the call fails, for the target as for us */

/* A path that is followed link by link. */
struct walk {
    int directory;
    size_t at; /* what lies before it holds no link */
    char text[TARGET_PATH];
    char link[TARGET_PATH]; /* what the last link that was read contains */
};

static bool is_same(const struct stat *file, const char *path)
{
    struct stat other;
    return lstat(path, &other) == 0 && file->st_dev == other.st_dev && file->st_ino == other.st_ino;
}

enum walk_name { WALK_PLAIN, WALK_LINK, WALK_OWN };

/* Looks at the path up to `end`. Only the two links of /proc themselves mean another file to each
 * process; others there, as /proc/7/cwd, contain no path that could be followed. */
static enum walk_name look_at(struct walk *walk, size_t end)
{
    struct stat status, proc;
    char after = walk->text[end];
    walk->text[end] = '\0';
    bool known = fstatat(walk->directory, walk->text, &status, AT_SYMLINK_NOFOLLOW) == 0;
    ssize_t n = readlinkat(walk->directory, walk->text, walk->link, sizeof walk->link - 1);
    walk->text[end] = after;
    walk->link[n < 0 ? 0 : n] = '\0';
    if (!known || n <= 0)
        return WALK_PLAIN;
    if (is_same(&status, "/proc/self") || is_same(&status, "/proc/thread-self"))
        return WALK_OWN;
    return stat("/proc", &proc) == 0 && status.st_dev == proc.st_dev ? WALK_PLAIN : WALK_LINK;
}

/* Puts what the link contains in place of its name. Returns false if there is no room. */
static bool follow(struct walk *walk, size_t begin, size_t end)
{
    char rest[TARGET_PATH];
    strcpy(rest, walk->text + end);
    walk->at = *walk->link == '/' ? 0 : begin;
    int n = snprintf(walk->text + walk->at, sizeof walk->text - walk->at, "%s%s", walk->link, rest);
    return n >= 0 && (size_t)n < sizeof walk->text - walk->at;
}

/* Does a path lead through a link of /proc that means another file to us? Symbolic links may hide
 * that, one behind the other, and the file that the path means to us need not exist. */
static bool is_misleading(const struct argument_path *path)
{
    struct walk walk = { .directory = path->directory };
    strcpy(walk.text, path->text);
    for (unsigned links = 0; links < LINKS_MAX && walk.text[walk.at];) {
        size_t begin = walk.at + strspn(walk.text + walk.at, "/");
        size_t end = begin + strcspn(walk.text + begin, "/");
        enum walk_name name = look_at(&walk, end);
        walk.at = end;
        links += name == WALK_LINK;
        if (name == WALK_OWN || (name == WALK_LINK && !follow(&walk, begin, end)))
            return true;
    }
    return false;
}

/* A relative path is relative to the target's directory, which is ours now. What is the target's
 * own in /proc may be forbidden to us. */
static int64_t perform_here(int number, const struct arguments *arguments,
                            const struct identity *own, const struct identity *target)
{
    bool own_path = false;
    for (unsigned i = 0; i < arguments->n_paths; i++) {
        own_path = own_path || arguments->paths[i].own;
        if (is_misleading(&arguments->paths[i]))
            return EFFECT_REFUSED;
    }
    if (!identity_take(own, target))
        return EFFECT_REFUSED;
    umask(target->mask);
    const long *a = arguments->value;
    long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    int code = errno;
    identity_leave(own, target);
    if (result < 0 && own_path && code == EACCES)
        return EFFECT_REFUSED;
    return result < 0 ? -code : result;
}

static int64_t perform(pid_t pid, int number, const struct arguments *arguments)
{
    char path[64];
    struct identity own, target;
    snprintf(path, sizeof path, "/proc/%d/cwd", (int)pid);
    if (!identity_read(0, &own) || !identity_read(pid, &target) ||
        (arguments->n_paths > 0 && chdir(path) < 0))
        return EFFECT_REFUSED;
    int64_t result = perform_here(number, arguments, &own, &target);
    (void)!chdir("/"); /* cannot fail, and nothing depends on it */
    return result;
}

int64_t effect_whole(pid_t pid, const struct call *call, const struct seccomp_data *data)
{
    if (call->data != CALL_DATA_NONE)
        return effect_bytes(pid, call, data, UINT64_MAX - 1, false);
    struct arguments arguments __attribute__((cleanup(arguments_cleanup))) = { .n_paths = 0 };
    if (!take_arguments(pid, call, data, &arguments))
        return EFFECT_REFUSED;
    if ((arguments.n_paths > 0 && !same_place(pid)) || !identity_same_namespace(pid))
        return EFFECT_ELSEWHERE;
    return perform(pid, data->nr, &arguments);
}
