/* SPDX-License-Identifier: MIT
 * unit_effect.c: calls made for another process: what becomes of the files, and the result that the
 * other process would get.
 */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "injector/effect.h"
#include "inject/rule.h"
#include "injector/target.h"
#include "target_fixture.h"
#include "unit.h"

#define START "abcdefghij"
#define WORDS "0123456789"
#define HERE ((uint64_t)(uint32_t)AT_FDCWD)

static char buffer[64], first[64], second[64]; /* filled in the child only */
static struct iovec parts[3];
static uint64_t arguments[6];
static struct stat status;

static int64_t bytes(pid_t pid, int number, uint64_t limit)
{
    struct seccomp_data data = fixture_call(number, arguments);
    return effect_bytes(pid, call_of(number), &data, limit, true);
}

static int64_t whole(pid_t pid, int number)
{
    struct seccomp_data data = fixture_call(number, arguments);
    return effect_whole(pid, call_of(number), &data);
}

static const char *content_of(const char *name)
{
    static char content[256];
    int fd = open(fixture_path(name), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, content, sizeof content - 1);
    ck_assert_msg(n >= 0, "there is no %s", name);
    content[n] = '\0';
    close(fd);
    return content;
}

/* ---- bytes ------------------------------------------------------------------------------ */

static int open_flags = O_RDWR;

static void prepare_file(void)
{
    int fd = open("file", O_RDWR | O_CREAT, 0600);
    if (fd < 0 || write(fd, START, 10) != 10)
        _exit(1);
    close(fd);
    fixture_keep(open("file", open_flags), THE_FILE);
    if (lseek(THE_FILE, 2, SEEK_SET) != 2)
        _exit(1);
    strcpy(buffer, WORDS);
    parts[0] = (struct iovec){ buffer, 3 };
    parts[1] = (struct iovec){ NULL, 0 };
    parts[2] = (struct iovec){ buffer + 3, 7 };
}

/* The child's position in the file. */
static off_t place_of(pid_t pid)
{
    int fd = target_descriptor(pid, THE_FILE);
    off_t place = lseek(fd, 0, SEEK_CUR);
    close(fd);
    return place;
}

static const void *fixture_places[FIXTURE_PLACES] = { buffer, parts, first, second };
#define BUFFER PLACE(0)
#define PARTS PLACE(1)

static const struct {
    int number, flags;
    uint64_t arguments[6], limit;
    int64_t result;
    const char *content;
    off_t place;
} writes[] = {
    { SYS_write, 0, { THE_FILE, BUFFER, 10 }, 4, 4, "ab0123ghij", 6 },
    { SYS_write, 0, { THE_FILE, BUFFER, 10 }, RULE_HALF, 5, "ab01234hij", 7 },
    { SYS_write, 0, { THE_FILE, BUFFER, 1 }, RULE_HALF, 1, "ab0defghij", 3 },
    { SYS_write, 0, { THE_FILE, BUFFER, 0 }, RULE_HALF, 0, START, 2 },
    { SYS_write, 0, { THE_FILE, BUFFER, 10 }, 0, 0, START, 2 },
    { SYS_write, 0, { THE_FILE, BUFFER, 10 }, 10, 10, "ab" WORDS, 12 },
    { SYS_write, 0, { THE_FILE, BUFFER, 10 }, 4711, 10, "ab" WORDS, 12 },
    { SYS_write, 0, { THE_FILE, BUFFER, UINT64_C(1) << 62 }, 4, 4, "ab0123ghij", 6 },
    { SYS_write, O_APPEND, { THE_FILE, BUFFER, 10 }, 4, 4, START "0123", 14 },
    { SYS_pwrite64, 0, { THE_FILE, BUFFER, 10, 8 }, 4, 4, "abcdefgh0123", 2 },
    { SYS_pwrite64, 0, { THE_FILE, BUFFER, 10, UINT64_MAX }, 4, -EINVAL, START, 2 },
    { SYS_writev, 0, { THE_FILE, PARTS, 3 }, 5, 5, "ab01234hij", 7 },
    { SYS_writev, 0, { THE_FILE, PARTS, 3 }, RULE_HALF, 5, "ab01234hij", 7 },
    { SYS_writev, 0, { THE_FILE, PARTS, 0 }, 5, 0, START, 2 },
    { SYS_pwritev, 0, { THE_FILE, PARTS, 3, 1 }, 2, 2, "a01defghij", 2 },
    { SYS_pwritev2, 0, { THE_FILE, PARTS, 3, 1 }, 2, 2, "a01defghij", 2 },
    { SYS_pwritev2, 0, { THE_FILE, PARTS, 3, UINT64_MAX, UINT64_MAX }, 2, 2, "ab01efghij", 4 },
    { SYS_pwritev2, 0, { THE_FILE, PARTS, 3, 1, 0, RWF_APPEND }, 2, 2, START "01", 2 },
};

START_TEST(write_part)
{
    open_flags = O_RDWR | writes[_i].flags;
    pid_t pid = fixture_start(prepare_file);
    memcpy(arguments, writes[_i].arguments, sizeof arguments);
    ck_assert_int_eq(bytes(pid, writes[_i].number, writes[_i].limit), writes[_i].result);
    ck_assert_str_eq(content_of("file"), writes[_i].content);
    ck_assert_int_eq(place_of(pid), writes[_i].place);
}
END_TEST

/* Without a limit the whole call is made. */
START_TEST(write_whole)
{
    pid_t pid = fixture_start(prepare_file);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, PARTS, 3 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_writev), 10);
    ck_assert_str_eq(content_of("file"), "ab" WORDS);
}
END_TEST

static const struct {
    int number;
    uint64_t arguments[6], limit;
    int64_t result;
    const char *buffer; /* of the child */
    off_t place;
} reads[] = {
    { SYS_read, { THE_FILE, BUFFER, 10 }, 3, 3, "cde3456789", 5 },
    { SYS_read, { THE_FILE, BUFFER, 6 }, RULE_HALF, 3, "cde3456789", 5 },
    { SYS_read, { THE_FILE, BUFFER, 10 }, 10, 8, "cdefghij89", 10 },
    { SYS_pread64, { THE_FILE, BUFFER, 10, 9 }, 3, 1, "j123456789", 2 },
    { SYS_pread64, { THE_FILE, BUFFER, 10, 20 }, 3, 0, WORDS, 2 },
    { SYS_readv, { THE_FILE, PARTS, 3 }, 5, 5, "cdefg56789", 7 },
    { SYS_preadv, { THE_FILE, PARTS, 3, 1 }, 4, 4, "bcde456789", 2 },
    { SYS_preadv2, { THE_FILE, PARTS, 3, UINT64_MAX, UINT64_MAX }, 1, 1, "c123456789", 3 },
};

START_TEST(read_part)
{
    char got[16];
    pid_t pid = fixture_start(prepare_file);
    memcpy(arguments, reads[_i].arguments, sizeof arguments);
    ck_assert_int_eq(bytes(pid, reads[_i].number, reads[_i].limit), reads[_i].result);
    ck_assert_int_eq(target_read(pid, ADDRESS(buffer), got, 11), 0);
    ck_assert_str_eq(got, reads[_i].buffer);
    ck_assert_int_eq(place_of(pid), reads[_i].place);
}
END_TEST

/* A call that cannot be made is left to the kernel, which tells why. Nothing is written. */
static const struct {
    int number;
    uint64_t arguments[6], limit;
} refusals[] = {
    { SYS_write, { NO_DESCRIPTOR, BUFFER, 10 }, 4 },
    { SYS_write, { UINT64_MAX, BUFFER, 10 }, 4 },
    { SYS_write, { THE_FILE, 0, 10 }, 4 },
    { SYS_write, { THE_FILE, UINT64_MAX - 2, 10 }, 4 },
    { SYS_write, { THE_FILE, BUFFER, UINT64_C(1) << 62 }, RULE_HALF },
    { SYS_write, { THE_FILE, BUFFER, UINT64_C(1) << 62 }, UINT64_C(1) << 30 },
    { SYS_writev, { THE_FILE, 0, 3 }, 4 },
    { SYS_writev, { THE_FILE, PARTS, 1025 }, 4 },
    { SYS_writev, { THE_FILE, PARTS, UINT64_MAX }, 4 },
    { SYS_read, { NO_DESCRIPTOR, BUFFER, 10 }, 4 },
    { SYS_readv, { THE_FILE, 0, 3 }, 4 },
};

START_TEST(refused)
{
    pid_t pid = fixture_start(prepare_file);
    memcpy(arguments, refusals[_i].arguments, sizeof arguments);
    ck_assert_int_eq(bytes(pid, refusals[_i].number, refusals[_i].limit), EFFECT_REFUSED);
    ck_assert_str_eq(content_of("file"), START);
}
END_TEST

START_TEST(not_for_writing)
{
    open_flags = O_RDONLY;
    pid_t pid = fixture_start(prepare_file);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_write, 4), -EBADF);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, 0, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_read, 4), -EFAULT);
}
END_TEST

START_TEST(gone)
{
    pid_t pid = fixture_start(prepare_file);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    fixture_child = -1;
    memcpy(arguments, (uint64_t[6]){ THE_FILE, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_write, 4), EFFECT_REFUSED);
    ck_assert_int_eq(whole(pid, SYS_fsync), EFFECT_REFUSED);
    memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(first), 0700 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_mkdirat), EFFECT_REFUSED);
}
END_TEST

static void prepare_pipe(void)
{
    static char full[1 << 16];
    int ends[2], sockets[2];
    if (pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
        _exit(1);
    fixture_keep(ends[0], THE_OTHER);
    fixture_keep(ends[1], THE_PIPE);
    if (fcntl(THE_PIPE, F_SETPIPE_SZ, sizeof full) < 0 ||
        write(THE_PIPE, full, sizeof full) != sizeof full)
        _exit(1);
    strcpy(buffer, WORDS);
}

/* The injector must not wait: there may be no other process that would read. */
START_TEST(full_pipe)
{
    static char drained[1 << 16];
    pid_t pid = fixture_start(prepare_pipe);
    memcpy(arguments, (uint64_t[6]){ THE_PIPE, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_write, 10), EFFECT_REFUSED);
    int fd = target_descriptor(pid, THE_OTHER);
    ck_assert_int_eq(read(fd, drained, sizeof drained), sizeof drained);
    ck_assert_int_eq(bytes(pid, SYS_write, 10), 10);
    ck_assert_int_eq(read(fd, drained, sizeof drained), 10);
    ck_assert_int_eq(memcmp(drained, WORDS, 10), 0);
    memcpy(arguments, (uint64_t[6]){ THE_OTHER, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_read, 4), EFFECT_REFUSED); /* an empty one */
    close(fd);
}
END_TEST

static char large[2 * PIPE_BUF];

static void prepare_whole_only(void)
{
    int ends[2], stream[2], packets[2], counter = eventfd(0, 0);
    static const uint64_t one = 1;
    if (pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, stream) < 0 ||
        socketpair(AF_UNIX, SOCK_DGRAM, 0, packets) < 0 || write(ends[1], "abcd", 4) != 4)
        _exit(1);
    fixture_keep(ends[0], THE_DIRECTORY);
    fixture_keep(ends[1], THE_PIPE);
    fixture_keep(stream[0], THE_OTHER);
    fixture_keep(packets[0], THE_FILE);
    fixture_keep(counter, NO_DESCRIPTOR);
    memcpy(buffer, &one, sizeof one);
    memset(large, 'x', sizeof large);
}

/* A kernel moves a part only where it may: a program relies on the rest. */
START_TEST(never_cut)
{
    const uint64_t of_large = ADDRESS(large);
    const struct {
        int number;
        uint64_t arguments[3], limit;
        int64_t result;
    } calls[] = {
        { SYS_write, { NO_DESCRIPTOR, ADDRESS(buffer), 8 }, 4, EFFECT_REFUSED },
        { SYS_read, { NO_DESCRIPTOR, ADDRESS(buffer), 8 }, 4, EFFECT_REFUSED },
        { SYS_write, { THE_FILE, of_large, 10 }, 4, EFFECT_REFUSED },
        { SYS_write, { THE_FILE, of_large, 10 }, 10, 10 },
        { SYS_write, { THE_OTHER, of_large, 10 }, 4, 4 },
        { SYS_read, { THE_DIRECTORY, of_large, 4 }, 2, 2 },
        { SYS_write, { THE_PIPE, of_large, PIPE_BUF }, 4, EFFECT_REFUSED },
        { SYS_write, { THE_PIPE, of_large, PIPE_BUF + 1 }, RULE_HALF, PIPE_BUF / 2 },
    };
    pid_t pid = fixture_start(prepare_whole_only);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        memset(arguments, 0, sizeof arguments);
        memcpy(arguments, calls[i].arguments, sizeof calls[i].arguments);
        ck_assert_msg(bytes(pid, calls[i].number, calls[i].limit) == calls[i].result, "row %zu", i);
    }
    /* A torn call is a matter of crashes, which nothing limits. */
    struct seccomp_data data = { .nr = SYS_write, .args = { THE_FILE, of_large, 10 } };
    ck_assert_int_eq(effect_bytes(pid, call_of(SYS_write), &data, 4, false), 4);
}
END_TEST

enum { BLOCK = 4096, BLOCKS = 4 };

static char *blocks; /* aligned, in both processes */

static void prepare_direct(void)
{
    memset(blocks, 'x', BLOCKS * BLOCK);
    int fd = open("file", O_RDWR | O_CREAT | O_DIRECT, 0600);
    if (fd < 0)
        fd = open("/dev/null", O_RDWR);
    fixture_keep(fd, THE_FILE);
    parts[0] = (struct iovec){ blocks, BLOCK };
    parts[1] = (struct iovec){ blocks + BLOCK, BLOCK };
}

/* Direct input and output needs aligned memory and whole blocks. */
START_TEST(direct)
{
    ck_assert_int_eq(posix_memalign((void **)&blocks, BLOCK, (BLOCKS + 1) * BLOCK), 0);
    const uint64_t start = ADDRESS(blocks);
    const struct {
        int number;
        uint64_t second, third, limit;
        int64_t result;
    } calls[] = {
        { SYS_write, start, 2 * BLOCK, RULE_HALF, BLOCK },
        { SYS_write, start, 2 * BLOCK, BLOCK + BLOCK / 2 + 1, BLOCK + BLOCK / 2 },
        { SYS_write, start, 2 * BLOCK, 2 * BLOCK, 2 * BLOCK },
        { SYS_write, start, 2 * BLOCK, 100, EFFECT_REFUSED },
        { SYS_write, start, 2 * BLOCK, 0, 0 },
        { SYS_writev, ADDRESS(parts), 2, RULE_HALF, BLOCK },
        { SYS_pread64, start, 2 * BLOCK, RULE_HALF, BLOCK },
    };
    pid_t pid = fixture_start(prepare_direct);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        int fd FD_CLEANUP = target_descriptor(pid, THE_FILE);
        if (!(fcntl(fd, F_GETFL) & O_DIRECT))
            return; /* not on this file system */
        ck_assert_int_eq(ftruncate(fd, calls[i].number == SYS_pread64 ? 2 * BLOCK : 0), 0);
        ck_assert_int_eq(lseek(fd, 0, SEEK_SET), 0);
        memcpy(arguments, (uint64_t[6]){ THE_FILE, calls[i].second, calls[i].third },
               sizeof arguments);
        int64_t result = bytes(pid, calls[i].number, calls[i].limit);
        /* A disk of larger blocks moves fewer of them. */
        ck_assert_msg(result == calls[i].result ||
                      (i == 1 && result == BLOCK), "row %zu: %ld", i, (long)result);
        ck_assert_int_eq(fstat(fd, &status), 0);
        ck_assert(calls[i].number == SYS_pread64 || status.st_size == (result > 0 ? result : 0));
    }
    free(blocks);
}
END_TEST

static void prepare_small(void)
{
    prepare_file();
    if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 8, 1000 }) < 0)
        _exit(1);
}

/* The limits of the target count, and ours are ours again afterwards. */
START_TEST(beyond_the_limit)
{
    struct rlimit before, after;
    signal(SIGXFSZ, SIG_IGN); /* as in the injector */
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    pid_t pid = fixture_start(prepare_small);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_write, 9), 6);
    ck_assert_int_eq(bytes(pid, SYS_write, 9), -EFBIG);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, 100 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_ftruncate), -EFBIG);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &after), 0);
    ck_assert_int_eq(memcmp(&before, &after, sizeof before), 0);
}
END_TEST

/* ---- whole calls ------------------------------------------------------------------------ */

static void prepare_tree(void)
{
    umask(027);
    prepare_file();
    if (mkdir("sub", 0700) < 0 || mkdir("empty", 0700) < 0)
        _exit(1);
    fixture_keep(open("sub", O_RDONLY | O_DIRECTORY), THE_DIRECTORY);
    strcpy(first, "file");
    strcpy(second, "new");
}

#define FIRST PLACE(2)
#define SECOND PLACE(3)
#define MODE(mode_) (status.st_mode == (mode_))

static bool is_new_directory(void)
{
    return MODE(S_IFDIR | 0750); /* by the umask of the child, not of this process */
}

static bool is_fifo(void)
{
    return MODE(S_IFIFO | 0640);
}

static bool is_link(void)
{
    return S_ISLNK(status.st_mode);
}

static bool is_the_file(void)
{
    return MODE(S_IFREG | 0600) && status.st_size == 10;
}

static bool is_twice(void)
{
    return status.st_nlink == 2;
}

static bool is_short(void)
{
    return status.st_size == 3;
}

static bool is_long(void)
{
    return status.st_size == 4096;
}

static bool is_private(void)
{
    return MODE(S_IFREG | 0400);
}

static const struct {
    int number;
    uint64_t arguments[6];
    int64_t result;
    const char *name;     /* exists afterwards; NULL: not checked */
    bool (*is)(void);     /* NULL: it does not exist */
} calls[] = {
    { SYS_fsync, { THE_FILE }, 0, "file", is_the_file },
    { SYS_fdatasync, { THE_FILE }, 0, NULL, NULL },
    { SYS_mkdirat, { HERE, SECOND, 0777 }, 0, "new", is_new_directory },
    { SYS_mkdirat, { THE_DIRECTORY, SECOND, 0777 }, 0, "sub/new", is_new_directory },
    { SYS_mkdirat, { HERE, FIRST, 0777 }, -EEXIST, NULL, NULL },
    { SYS_mknodat, { HERE, SECOND, S_IFIFO | 0666 }, 0, "new", is_fifo },
    { SYS_symlinkat, { FIRST, THE_DIRECTORY, SECOND }, 0, "sub/new", is_link },
    { SYS_linkat, { HERE, FIRST, THE_DIRECTORY, SECOND, 0 }, 0, "sub/new", is_twice },
    { SYS_renameat2, { HERE, FIRST, THE_DIRECTORY, SECOND, 0 }, 0, "sub/new", is_the_file },
    { SYS_renameat2, { HERE, FIRST, HERE, SECOND, 0 }, 0, "file", NULL },
    { SYS_unlinkat, { HERE, FIRST, 0 }, 0, "file", NULL },
    { SYS_unlinkat, { HERE, SECOND, 0 }, -ENOENT, NULL, NULL },
    { SYS_unlinkat, { HERE, FIRST, AT_REMOVEDIR }, -ENOTDIR, "file", is_the_file },
    { SYS_truncate, { FIRST, 3 }, 0, "file", is_short },
    { SYS_ftruncate, { THE_FILE, 4096 }, 0, "file", is_long },
    { SYS_ftruncate, { THE_DIRECTORY, 3 }, -EINVAL, NULL, NULL },
    { SYS_fallocate, { THE_FILE, 0, 0, 4096 }, 0, "file", is_long },
    { SYS_fchmod, { THE_FILE, 0400 }, 0, "file", is_private },
    { SYS_fchmodat, { HERE, FIRST, 0400 }, 0, "file", is_private },
    { SYS_mkdirat, { HERE, 0, 0777 }, EFFECT_REFUSED, NULL, NULL },
    { SYS_fsync, { NO_DESCRIPTOR }, EFFECT_REFUSED, NULL, NULL },
    { SYS_mkdirat, { NO_DESCRIPTOR, SECOND, 0777 }, EFFECT_REFUSED, "new", NULL },
#ifdef SYS_rename
    { SYS_rename, { FIRST, SECOND }, 0, "new", is_the_file },
    { SYS_mkdir, { SECOND, 0777 }, 0, "new", is_new_directory },
    { SYS_unlink, { FIRST }, 0, "file", NULL },
    { SYS_link, { FIRST, SECOND }, 0, "new", is_twice },
    { SYS_symlink, { FIRST, SECOND }, 0, "new", is_link },
    { SYS_rmdir, { SECOND }, -ENOENT, NULL, NULL },
#endif
};

START_TEST(call)
{
    pid_t pid = fixture_start(prepare_tree);
    mode_t mask = umask(0);
    memcpy(arguments, calls[_i].arguments, sizeof arguments);
    int64_t result = whole(pid, calls[_i].number);
    umask(mask);
    if (result == -EOPNOTSUPP && calls[_i].number == SYS_fallocate)
        return; /* not on this file system */
    ck_assert_int_eq(result, calls[_i].result);
    if (!calls[_i].name)
        return;
    bool there = lstat(fixture_path(calls[_i].name), &status) == 0;
    ck_assert_int_eq(there, calls[_i].is != NULL);
    ck_assert_msg(!there || calls[_i].is(), "%s: mode %o, %ld bytes", calls[_i].name,
                  (unsigned)status.st_mode, (long)status.st_size);
}
END_TEST

#define NOT_OURS 199 /* a descriptor of the target alone */
#define STRING(number) STRING_OF(number)
#define STRING_OF(number) #number

static void prepare_own_path(void)
{
    prepare_tree();
    snprintf(first, sizeof first, "/proc/self/fd/%d", THE_FILE);
    if (symlink(first, "hidden") < 0 || symlink("hidden", "twice") < 0 ||
        symlink("./twice", "thrice") < 0 || symlink("/proc/self/fd", "fds") < 0 ||
        symlink("fds", "all") < 0 || dup2(THE_FILE, NOT_OURS) < 0 ||
        symlink("fds/" STRING(NOT_OURS), "not-ours") < 0 || symlink("not-ours", "nor") < 0 ||
        symlink("../hidden", "sub/up") < 0)
        _exit(1);
}

/* The target's /proc/self is not ours. A link that hides it is left to the kernel, also behind
 * others, and where we have no such file. */
START_TEST(own_path)
{
    static const char *const hidden[] = { "hidden", "twice", "thrice", "not-ours", "nor",
                                          ("all/" STRING(NOT_OURS)), "sub/up" };
    pid_t pid = fixture_start(prepare_own_path);
    memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(first), HERE, ADDRESS(second),
                                     AT_SYMLINK_FOLLOW }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_linkat), 0);
    ck_assert_int_eq(lstat(fixture_path("new"), &status), 0);
    ck_assert(is_twice());
    memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(first), 0400 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_fchmodat), 0);
    ck_assert_int_eq(lstat(fixture_path("file"), &status), 0);
    ck_assert(is_private());
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(hidden[i]), 0600 }, sizeof arguments);
        ck_assert_msg(whole(pid, SYS_fchmodat) == EFFECT_REFUSED, "%s", hidden[i]);
    }
    ck_assert_int_eq(lstat(fixture_path("file"), &status), 0);
    ck_assert(is_private());
}
END_TEST

static void prepare_links(void)
{
    prepare_tree();
    if (mkdir("folder", 0700) < 0 || symlink("../file", "folder/link") < 0 ||
        symlink("folder", "way") < 0 || symlink("way/link", "far") < 0)
        _exit(1);
}

/* Links that mean the same file to all are followed. */
START_TEST(links)
{
    static const char far[] = "far", nowhere[] = "way/link/none";
    pid_t pid = fixture_start(prepare_links);
    memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(far), 0400 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_fchmodat), 0);
    ck_assert_int_eq(lstat(fixture_path("file"), &status), 0);
    ck_assert(is_private());
    memcpy(arguments, (uint64_t[6]){ HERE, ADDRESS(nowhere), 0400 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_fchmodat), -ENOTDIR);
}
END_TEST

static void prepare_no_directory(void)
{
    prepare_tree();
    if (chdir("empty") < 0 || rmdir("../empty") < 0)
        _exit(1);
}

START_TEST(directory_gone)
{
    pid_t pid = fixture_start(prepare_no_directory);
    memcpy(arguments, (uint64_t[6]){ HERE, SECOND, 0777 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_mkdirat), -ENOENT);
}
END_TEST

static void prepare_elsewhere(void)
{
    prepare_tree();
    if (chroot(".") < 0)
        strcpy(second, "");
}

/* In another root its paths have another meaning; its descriptors have the same. */
START_TEST(elsewhere)
{
    char got[8];
    pid_t pid = fixture_start(prepare_elsewhere);
    ck_assert_int_eq(target_read(pid, ADDRESS(second), got, 4), 0);
    if (!got[0])
        return; /* not root: there is no other */
    memcpy(arguments, (uint64_t[6]){ HERE, SECOND, 0777 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_mkdirat), EFFECT_ELSEWHERE);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, 3 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_ftruncate), 0);
}
END_TEST

static void prepare_other_user(void)
{
    static const gid_t groups[] = { 65533 };
    prepare_tree();
    if (geteuid() != 0 || chmod("file", 06777) < 0 || setgroups(1, groups) < 0 ||
        setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0)
        strcpy(second, ""); /* nobody may become nobody */
    prctl(PR_SET_DUMPABLE, 1);
}

static bool is_other_user(pid_t pid)
{
    char got[8];
    ck_assert_int_eq(target_read(pid, ADDRESS(second), got, 4), 0);
    return got[0] != '\0';
}

/* What another user makes is its own, and it may do what it may do: no more than that, though root
 * makes the call. */
START_TEST(other_user)
{
    pid_t pid = fixture_start(prepare_other_user);
    if (!is_other_user(pid))
        return; /* not root */
    memcpy(arguments, (uint64_t[6]){ HERE, SECOND, 0777 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_mkdirat), 0);
    ck_assert_int_eq(lstat(fixture_path("new"), &status), 0);
    ck_assert_uint_eq(status.st_uid, 65534);
    ck_assert_uint_eq(status.st_gid, 65534);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, 0400 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_fchmod), -EPERM);
    memcpy(arguments, (uint64_t[6]){ THE_DIRECTORY, SECOND, 0777 }, sizeof arguments);
    ck_assert_int_eq(whole(pid, SYS_mkdirat), -EACCES);
    ck_assert_uint_eq(geteuid(), 0);
    ck_assert_int_eq(lstat(fixture_path("sub"), &status), 0);
    ck_assert_int_eq(mkdir(fixture_path("sub/of-root"), 0700), 0); /* its rights are back */
}
END_TEST

/* A write of a user takes the set-user-ID bit away. */
START_TEST(set_id)
{
    pid_t pid = fixture_start(prepare_other_user);
    if (!is_other_user(pid))
        return;
    ck_assert_int_eq(stat(fixture_path("file"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07000, 06000);
    memcpy(arguments, (uint64_t[6]){ THE_FILE, BUFFER, 10 }, sizeof arguments);
    ck_assert_int_eq(bytes(pid, SYS_write, 4), 4);
    ck_assert_int_eq(stat(fixture_path("file"), &status), 0);
    ck_assert_uint_eq(status.st_mode & 07000, 0);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *effect_suite(void)
{
    Suite *suite = suite_create("effect");
    TCase *tcase = tcase_create("effect");
    tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
    tcase_add_loop_test(tcase, write_part, 0, ROWS(writes));
    tcase_add_test(tcase, write_whole);
    tcase_add_loop_test(tcase, read_part, 0, ROWS(reads));
    tcase_add_loop_test(tcase, refused, 0, ROWS(refusals));
    tcase_add_test(tcase, not_for_writing);
    tcase_add_test(tcase, gone);
    tcase_add_test(tcase, full_pipe);
    tcase_add_test(tcase, never_cut);
    tcase_add_test(tcase, direct);
    tcase_add_test(tcase, beyond_the_limit);
    tcase_add_test(tcase, set_id);
    tcase_add_loop_test(tcase, call, 0, ROWS(calls));
    tcase_add_test(tcase, directory_gone);
    tcase_add_test(tcase, own_path);
    tcase_add_test(tcase, links);
    tcase_add_test(tcase, elsewhere);
    tcase_add_test(tcase, other_user);
    suite_add_tcase(suite, tcase);
    return suite;
}
