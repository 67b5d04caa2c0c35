/* SPDX-License-Identifier: MIT
 * recorder_target.c: programs for recorder.test. Each changes files of the current directory in a
 * way that is hard to write down.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, THREADS = 4, ROUNDS = 40 };

static void must_(int true_, const char *what)
{
    if (true_)
        return;
    perror(what);
    _exit(1);
}
#define must(condition) must_((condition), #condition)

static void put(int fd, const char *text)
{
    must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static int make(const char *name, const char *text)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
    must(fd >= 0);
    put(fd, text);
    return fd;
}

static void fill(int fd, size_t size)
{
    static char bytes[PAGE];
    memset(bytes, 'x', sizeof bytes);
    for (size_t n = 0; n < size; n += sizeof bytes)
        must(write(fd, bytes, sizeof bytes) == sizeof bytes);
}

static void join(pid_t child)
{
    int status;
    must(waitpid(child, &status, 0) == child);
    if (status != 0)
        _exit(1);
}

/* ---- threads and processes ---------------------------------------------------------------- */

static void *write_side_by_side(void *user)
{
    int number = (int)(intptr_t)user;
    char name[16];
    snprintf(name, sizeof name, "own.%d", number);
    int own = make(name, ""), common = open("common", O_RDWR | O_CREAT, 0644);
    int log = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    must(common >= 0 && log >= 0);
    for (int i = 0; i < ROUNDS; i++) {
        put(own, name);
        put(log, name);
        must(pwrite(common, name, 5, (i * THREADS + number) * 3) == 5);
    }
    return NULL;
}

static void threads(void)
{
    pthread_t thread[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        must(pthread_create(&thread[i], NULL, write_side_by_side, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
}

static void tree(int depth, int number)
{
    pid_t child[2];
    write_side_by_side((void *)(intptr_t)number);
    for (int i = 0; i < 2 && depth > 0; i++) {
        child[i] = fork();
        must(child[i] >= 0);
        if (child[i] == 0) {
            tree(depth - 1, 2 * number + i);
            _exit(0);
        }
    }
    for (int i = 0; i < 2 && depth > 0; i++)
        join(child[i]);
}

static void forks(void)
{
    tree(3, 1);
}

static void vforks(void)
{
    int fd = make("before", "before");
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/sh", "sh", "-c", "echo child >child; echo more >>before", (char *)NULL);
        _exit(1);
    }
    join(child);
    put(fd, "after");
}

static void *execute(void *user)
{
    (void)user;
    usleep(2000);
    execl("/bin/sh", "sh", "-c", "echo executed >executed; rm -f log", (char *)NULL);
    _exit(1);
}

static void *write_on(void *user)
{
    for (;;)
        write_side_by_side(user);
    return NULL;
}

/* All other threads are killed at the exec, wherever they are, the first one among them. */
static void exec_thread(void)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_on, (void *)1) == 0);
    must(pthread_create(&thread, NULL, write_on, (void *)2) == 0);
    must(pthread_create(&thread, NULL, execute, NULL) == 0);
    write_on((void *)3);
}

static void *write_last(void *user)
{
    (void)user;
    write_side_by_side((void *)7);
    _exit(0);
}

static void leader_gone(void)
{
    pthread_t thread;
    must(pthread_create(&thread, NULL, write_last, NULL) == 0);
    pthread_exit(NULL);
}

static void daemons(void)
{
    int ends[2];
    char byte;
    must(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (fork() > 0)
            _exit(0);
        write_side_by_side((void *)5);
        put(ends[1], "!");
        _exit(0);
    }
    join(child);
    must(read(ends[0], &byte, 1) == 1);
    make("after", "the daemon is done");
}

/* A process that is stopped between its writes. */
static void stopped(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 3; i++) {
            write_side_by_side((void *)(intptr_t)i);
            raise(SIGSTOP);
        }
        _exit(0);
    }
    for (int status, i = 0; i < 3; i++) {
        must(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status));
        make("while", "it is stopped");
        kill(child, SIGCONT);
    }
    join(child);
}

/* A process that is killed inside a write. */
static void killed(void)
{
    const size_t size = (size_t)256 << 20;
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int fd = make("large", "");
    struct stat status = { .st_size = 0 };
    must(bytes != MAP_FAILED);
    memset(bytes, 'x', size);
    pid_t child = fork();
    if (child == 0)
        _exit(write(fd, bytes, size) < 0);
    while (status.st_size == 0)
        must(fstat(fd, &status) == 0);
    kill(child, SIGKILL);
    must(waitpid(child, NULL, 0) == child);
    must(fstat(fd, &status) == 0 && status.st_size > 0);
}

/* It is traced already. */
static void tracer(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || errno != EPERM);
    join(child);
    make("file", "x");
}

/* ---- waits -------------------------------------------------------------------------------- */

/* A call on a file waits for a process that must make such a call first. */
static void splice_waits(void)
{
    int ends[2], fd = make("to", "");
    must(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        make("first", "x");
        put(ends[1], "spliced");
        _exit(0);
    }
    must(splice(ends[0], NULL, fd, NULL, 7, 0) == 7);
    join(child);
}

static void fifo(void)
{
    static char bytes[1 << 17];
    must(mkfifo("fifo", 0600) == 0);
    int fd = open("fifo", O_RDWR);
    must(fd >= 0);
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        make("first", "x");
        for (size_t n = 0; n < sizeof bytes;) {
            ssize_t got = read(fd, bytes, sizeof bytes);
            must(got > 0);
            n += (size_t)got;
        }
        _exit(0);
    }
    must(write(fd, bytes, sizeof bytes) == sizeof bytes);
    join(child);
    must(unlink("fifo") == 0 && mkfifo("fifo2", 0600) == 0);
}

static void named_sockets(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "socket" };
    int one = socket(AF_UNIX, SOCK_STREAM, 0), other = socket(AF_UNIX, SOCK_STREAM, 0);
    must(bind(one, (const struct sockaddr *)&name, sizeof name) == 0);
    must(rename("socket", "moved") == 0 && unlink("moved") == 0);
    must(bind(other, (const struct sockaddr *)&name, sizeof name) == 0);
}

/* ---- bytes -------------------------------------------------------------------------------- */

/* A sync says what it would say without the recorder. */
static void syncs(void)
{
    int file = make("file", "x"), ends[2];
    int only_read = open("file", O_RDONLY), path = open("file", O_PATH);
    int directory = open(".", O_RDONLY | O_DIRECTORY);
    must(pipe(ends) == 0 && only_read >= 0 && path >= 0 && directory >= 0);
    for (int i = 0; i < ROUNDS; i++) {
        put(file, "y");
        must(fsync(file) == 0 && fdatasync(only_read) == 0 && fsync(directory) == 0);
        must(fsync(path) < 0 && errno == EBADF);
        must(fdatasync(ends[1]) < 0 && errno == EINVAL);
        must(fsync(1000) < 0 && errno == EBADF);
    }
}

static void *write_by_own_table(void *user)
{
    int *common = user;
    must(unshare(CLONE_FILES) == 0 && close(*common) == 0);
    must(open("own", O_RDWR | O_CREAT, 0644) == *common);
    put(*common, "own");
    must(fsync(*common) == 0 && ftruncate(*common, 2) == 0);
    return NULL;
}

/* A descriptor means another file in a thread with a table of its own. */
static void own_table(void)
{
    pthread_t thread;
    int common = make("common", "common"), pidfd = (int)syscall(SYS_pidfd_open, getpid(), O_EXCL);
    if (pidfd < 0 && errno == EINVAL)
        _exit(77); /* the kernel cannot tell threads apart */
    close(pidfd);
    must(pthread_create(&thread, NULL, write_by_own_table, &common) == 0);
    must(pthread_join(thread, NULL) == 0);
    put(common, " again");
}

static void append(void)
{
    int log = open("log", O_RDWR | O_CREAT | O_APPEND, 0644);
    pid_t child = fork();
    for (int i = 0; i < ROUNDS; i++) {
        struct iovec parts[2] = { { "one", 3 }, { "more", 4 } };
        put(log, child == 0 ? "child\n" : "parent\n");
        must(writev(log, parts, 2) == 7);
        must(pwrite(log, "at the end", 10, 1) == 10); /* as Linux has it */
    }
    if (child == 0)
        _exit(0);
    join(child);
}

static void direct(void)
{
    char *bytes = aligned_alloc(PAGE, 4 * PAGE);
    int fd = open("direct", O_RDWR | O_CREAT | O_DIRECT, 0644);
    if (fd < 0 && errno == EINVAL)
        _exit(77);
    must(fd >= 0 && bytes);
    memset(bytes, 'd', 4 * PAGE);
    must(pwrite(fd, bytes, 4 * PAGE, 2 * PAGE) == 4 * PAGE);
    must(write(fd, bytes, PAGE) == PAGE);
    must(fdatasync(fd) == 0);
}

static void vectors(void)
{
    struct iovec parts[2] = { { "first", 5 }, { "second", 6 } };
    int fd = make("vectors", "0123456789");
    must(pwritev(fd, parts, 2, 4) == 11);
    must(pwritev2(fd, parts, 2, -1, 0) == 11);
    must(pwritev2(fd, parts, 2, 3, RWF_SYNC) == 11);
    must(pwritev2(fd, parts, 1, 0, RWF_APPEND) == 5);
    int other = dup(fd);
    put(other, "the same offset");
    must(lseek(fd, 100, SEEK_CUR) > 0);
    put(other, "behind a hole");
    int synchronous = open("vectors", O_WRONLY | O_SYNC);
    put(synchronous, "synchronous");
    must(write(open("vectors", O_RDONLY), "x", 1) < 0);
}

static void holes(void)
{
    int fd = make("holes", "");
    fill(fd, 16 * PAGE);
    must(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 100, 3 * PAGE) == 0);
    must(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 15 * PAGE, 9 * PAGE) == 0);
    must(fallocate(fd, 0, 20 * PAGE, PAGE) == 0);
    must(fallocate(fd, FALLOC_FL_KEEP_SIZE, 30 * PAGE, PAGE) == 0);
    /* Not every file system has these. */
    (void)!fallocate(fd, FALLOC_FL_ZERO_RANGE, 5 * PAGE + 7, 30 * PAGE);
    (void)!fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 12 * PAGE, 99 * PAGE);
    (void)!fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, PAGE, 2 * PAGE);
    (void)!fallocate(fd, FALLOC_FL_INSERT_RANGE, 4 * PAGE, PAGE);
    must(pwrite(fd, "far", 3, (off_t)1 << 33) == 3);
}

static void copies(void)
{
    int from = make("from", ""), to = make("to", "before"), ends[2];
    off_t in = 10, out = 5 * PAGE;
    fill(from, 3 * PAGE);
    must(lseek(from, 0, SEEK_SET) == 0);
    must(copy_file_range(from, NULL, to, NULL, 2 * PAGE, 0) > 0);
    must(copy_file_range(from, &in, to, &out, 100, 0) > 0);
    must(lseek(from, 0, SEEK_SET) == 0);
    must(sendfile(to, from, NULL, PAGE) > 0);
    in = 7;
    must(sendfile(to, from, &in, PAGE) > 0);
    must(pipe(ends) == 0);
    put(ends[1], "through a pipe");
    out = 9 * PAGE;
    must(splice(ends[0], NULL, to, &out, 7, 0) == 7);
    must(splice(ends[0], NULL, to, NULL, 7, 0) == 7);
}

static void sizes(void)
{
    int fd = make("sizes", "");
    fill(fd, 3 * PAGE);
    must(ftruncate(fd, PAGE + 17) == 0);
    must(truncate("sizes", 2 * PAGE) == 0);
    must(ftruncate(fd, 0) == 0);
    must(truncate("sizes", 5 * PAGE + 1) == 0);
    put(fd, "behind the end");
    close(creat("sizes", 0600));
    put(fd, "again");
    close(open("sizes", O_RDWR | O_TRUNC));
}

/* ---- mapped files ------------------------------------------------------------------------- */

static char *map(int fd, size_t size)
{
    char *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(bytes != MAP_FAILED);
    return bytes;
}

static void mapped(void)
{
    int fd = make("mapped", "");
    must(ftruncate(fd, 8 * PAGE) == 0);
    char *bytes = map(fd, 16 * PAGE);
    strcpy(bytes + PAGE - 2, "synced");
    must(msync(bytes, 2 * PAGE, MS_SYNC) == 0);
    strcpy(bytes + 3 * PAGE, "not synced");
    must(pwrite(fd, "written", 7, 3 * PAGE + 5) == 7);
    strcpy(bytes + 3 * PAGE + 100, "stored");
    must(ftruncate(fd, 12 * PAGE) == 0);
    strcpy(bytes + 11 * PAGE, "in what is new");
    munmap(bytes, 16 * PAGE);
    close(fd);
    make("other", "x");
}

/* What is cut off and stored once more is the same to a comparison. */
static void mapped_again(void)
{
    int fd = make("mapped", "");
    must(ftruncate(fd, 4 * PAGE) == 0);
    char *bytes = map(fd, 4 * PAGE);
    memset(bytes, 's', 4 * PAGE);
    make("between", "x");
    must(ftruncate(fd, PAGE + 10) == 0 && ftruncate(fd, 4 * PAGE) == 0);
    memset(bytes, 's', 4 * PAGE);
    make("between", "y");
    must(ftruncate(fd, 0) == 0 && truncate("mapped", 4 * PAGE) == 0);
    memset(bytes, 's', 2 * PAGE);
    make("between", "z");
    must(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE) == 0);
    memset(bytes, 's', 10);
}

static void mapped_unlinked(void)
{
    int fd = make("mapped", "");
    must(ftruncate(fd, 2 * PAGE) == 0);
    char *bytes = map(fd, 2 * PAGE);
    must(link("mapped", "kept") == 0 && unlink("mapped") == 0);
    close(fd);
    strcpy(bytes, "stored after the unlink");
    must(unlink("kept") == 0);
    strcpy(bytes + PAGE, "without a name");
    make("mapped", "another file");
}

static void mapped_child(void)
{
    int fd = make("mapped", "");
    must(ftruncate(fd, PAGE) == 0);
    char *bytes = map(fd, PAGE);
    pid_t child = fork();
    if (child == 0) {
        strcpy(bytes + 50, "by the child");
        _exit(0);
    }
    strcpy(bytes, "by the parent");
    join(child);
}

/* ---- names -------------------------------------------------------------------------------- */

static void tmpfile_linked(void)
{
    char path[64];
    int fd = open(".", O_RDWR | O_TMPFILE, 0640);
    must(fd >= 0);
    put(fd, "before it has a name");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    must(linkat(AT_FDCWD, path, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW) == 0);
    put(fd, ", and after");
    int never = open(".", O_RDWR | O_TMPFILE, 0640);
    put(never, "never");
    must(mkdir("dir", 0755) == 0);
    int other = open("dir", O_RDWR | O_TMPFILE, 0600);
    put(other, "other");
    if (geteuid() == 0)
        must(linkat(other, "", AT_FDCWD, "empty", AT_EMPTY_PATH) == 0);
}

static void links(void)
{
    int fd = make("a", "one file"), other = make("x", "another");
    must(link("a", "b") == 0 && link("b", "c") == 0);
    put(fd, ", three names");
    must(unlink("a") == 0);
    put(fd, ", two names");
    must(rename("b", "c") == 0); /* nothing happens */
    must(rename("x", "b") == 0);
    put(other, ", moved");
    must(link("b", "x") == 0 && rename("x", "c") == 0);
    put(fd, ", none");
    must(symlink("nowhere", "link") == 0);
    must(linkat(AT_FDCWD, "link", AT_FDCWD, "link2", 0) == 0);
    must(linkat(AT_FDCWD, "b", AT_FDCWD, "d", AT_SYMLINK_FOLLOW) == 0);
}

static void renames(void)
{
    int a = make("a", "a"), b = make("b", "b");
    must(rename("a", "b") == 0);
    put(a, "+");
    put(b, "gone");
    make("a", "new");
    must(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE) == 0);
    must(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE) < 0);
    must(renameat2(AT_FDCWD, "a", AT_FDCWD, "c", RENAME_NOREPLACE) == 0);
    put(a, "exchanged");
    must(mkdir("d", 0700) == 0 && mkdir("e", 0700) == 0 && mkdir("d/s", 0700) == 0);
    int inside = make("d/s/file", "inside");
    must(renameat2(AT_FDCWD, "d", AT_FDCWD, "b", RENAME_EXCHANGE) == 0);
    must(rename("b", "e") == 0); /* over an empty directory */
    put(inside, "moved along");
    must(rename("e/s", "d2") == 0 && rmdir("e") == 0 && mkdir("e", 0755) == 0);
    make("e/file", "again");
}

/* Into the disk, and out of it. */
static void across(void)
{
    char outside[64] = "/tmp/stress-test-across-XXXXXX", path[128];
    must(mkdtemp(outside) != NULL);
    snprintf(path, sizeof path, "%s/dir", outside);
    must(mkdir("dir", 0755) == 0);
    int fd = make("dir/file", "in");
    int moved = rename("dir", path);
    if (moved == 0) {
        put(fd, ", out");
        must(rename(path, "back") == 0);
        put(fd, ", in again");
    }
    rmdir(outside);
    _exit(moved == 0 || errno == EXDEV ? 0 : 1);
}

static void unlinked(void)
{
    int fd = make("file", "one");
    must(unlink("file") == 0);
    put(fd, ", without a name");
    int other = make("file", "two");
    put(fd, "!");
    put(other, "!");
    close(fd);
    must(unlink("file") == 0);
    close(other);
    int again = make("again", "the number of an inode is used again");
    put(again, "!");
    must(mkdir("dir", 0755) == 0 && rmdir("dir") == 0);
    make("dir", "a file now");
}

static void removed(void)
{
    must(mkdir("dir", 0755) == 0);
    int dir = open("dir", O_RDONLY | O_DIRECTORY), fd = make("dir/file", "x");
    must(unlinkat(dir, "file", 0) == 0);
    must(unlinkat(AT_FDCWD, "dir", AT_REMOVEDIR) == 0);
    must(openat(dir, "new", O_WRONLY | O_CREAT, 0644) < 0);
    put(fd, "y");
    must(mkdir("dir", 0700) == 0);
    make("dir/file", "z");
}

static void directories(void)
{
    must(mkdir("one", 0755) == 0);
    int one = open("one", O_RDONLY | O_DIRECTORY);
    must(mkdirat(one, "sub", 0755) == 0);
    int sub = openat(one, "sub", O_PATH | O_DIRECTORY);
    must(rename("one", "two") == 0);
    put(openat(one, "file", O_WRONLY | O_CREAT, 0644), "in a directory that was moved");
    put(openat(sub, "file", O_WRONLY | O_CREAT, 0644), "deeper");
    must(renameat(one, "file", sub, "other") == 0);
    must(symlinkat("../file", sub, "link") == 0);
    must(linkat(sub, "other", one, "hard", 0) == 0);
    must(unlinkat(sub, "other", 0) == 0);
    must(fchdir(sub) == 0 && rename("file", "../../up") == 0 && chdir("..") == 0);
    make("./sub/../here", "dots");
    must(mknodat(one, "node", S_IFREG | 0600, 0) == 0);
}

static void symlinks(void)
{
    must(mkdir("dir", 0755) == 0 && symlink("dir", "way") == 0);
    make("way/file", "through a link");
    must(symlink("dir/made", "dangling") == 0);
    int fd = make("dangling", "made through a link");
    must(symlink("dangling", "chain") == 0);
    must(truncate("chain", 4) == 0);
    must(rename("way/file", "way/../file") == 0);
    must(unlink("dangling") == 0);
    char path[4096], cwd[4000];
    must(getcwd(cwd, sizeof cwd) != NULL);
    snprintf(path, sizeof path, "%s/dir/made", cwd);
    must(symlink(path, "absolute") == 0);
    close(open("absolute", O_WRONLY | O_TRUNC));
    put(fd, "behind the end");
    must(open("absolute", O_WRONLY | O_CREAT | O_EXCL, 0644) < 0);
    must(open("way", O_WRONLY | O_CREAT | O_NOFOLLOW, 0644) < 0);
}

static void own_paths(void)
{
    static const char *const forms[] = { "/proc/self/fd/%d", "/proc/thread-self/fd/%d",
                                         "/dev/fd/%d" };
    char path[64], name[16];
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "file%d", i);
        int fd = make(name, "long enough");
        snprintf(path, sizeof path, forms[i], fd);
        int again = open(path, O_WRONLY | O_TRUNC);
        must(again >= 0);
        put(again, "short");
        must(truncate(path, 3) == 0 && chmod(path, 0600) == 0);
        snprintf(name, sizeof name, "link%d", i);
        must(symlink(path, name) == 0);
        close(open(name, O_WRONLY | O_TRUNC));
    }
    int dir = (mkdir("dir", 0755), open("dir", O_RDONLY | O_DIRECTORY));
    snprintf(path, sizeof path, "/proc/self/fd/%d/file", dir);
    make(path, "in a directory");
    must(dup2(open("output", O_WRONLY | O_CREAT, 0644), 1) == 1);
    put(1, "something long");
    put(open("/dev/stdout", O_WRONLY | O_TRUNC), "again");
}

static void names(void)
{
    static char name[256];
    static const char *const odd[] = { "new\nline", "\377\376", "a (deleted)", " ", "-rf", "%s%n",
                                       "\"quoted\"", "tab\t", "..." };
    memset(name, 'n', 255);
    make(name, "long");
    name[254] = 'o';
    must(mkdir(name, 0755) == 0 && chdir(name) == 0);
    name[254] = 'n';
    make(name, "long");
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        int fd = make(odd[i], odd[i]);
        must(rename(odd[i], "moved") == 0 && rename("moved", odd[i]) == 0);
        put(fd, "!");
    }
    unlink("a (deleted)");
    make("a", "x");
    unlink("a");
    make("a (deleted)", "y");
}

static void deep(void)
{
    for (int i = 0; i < 300; i++) {
        must(mkdir("d", 0755) == 0 && chdir("d") == 0);
        make("f", "deep");
    }
    must(rename("f", "g") == 0);
}

static void attributes(void)
{
    int fd = make("file", "x");
    must(chmod("file", 0) == 0 && fchmod(fd, 0751) == 0);
    must(symlink("file", "link") == 0 && mkdir("dir", 0700) == 0);
    must(chmod("link", 0640) == 0 && chmod("dir/", 01777) == 0);
    must(fchmodat(AT_FDCWD, "dir", 0711, 0) == 0);
    int dir = open("dir", O_RDONLY | O_DIRECTORY);
    must(fchdir(dir) == 0 && chmod(".", 0500) == 0 && chdir("..") == 0);
    must(fchmod(dir, 0755) == 0 && fchdir(dir) == 0 && chmod("../dir/.", 0555) == 0);
    must(chdir("..") == 0);
    if (geteuid() != 0)
        return;
    must(chown("file", 1, 2) == 0 && lchown("link", 3, 4) == 0 && fchown(fd, 5, 6) == 0);
    must(fchownat(AT_FDCWD, "link", 7, 8, AT_SYMLINK_NOFOLLOW) == 0);
    must(fchownat(fd, "", 9, 10, AT_EMPTY_PATH) == 0);
    must(fchownat(AT_FDCWD, "dir", 11, 12, 0) == 0);
}

static void ring(void)
{
    struct io_uring_params params = { .flags = 0 };
    long fd = syscall(SYS_io_uring_setup, 8, &params);
    must(fd < 0 && errno == ENOSYS);
    make("file", "without a ring");
}

/* The right of another user is not given. */
static void rights(void)
{
    must(geteuid() == getuid());
    make("file", "x");
}

/* As gpg-agent does, so that no other process reads its secrets. */
static void undumpable(void)
{
    must(prctl(PR_SET_DUMPABLE, 0) == 0);
    make("file", "x");
    must(mkdir("dir", 0755) == 0 && rename("file", "dir/file") == 0);
}

static const struct {
    const char *name;
    void (*function)(void);
} modes[] = {
    { "threads", threads },   { "forks", forks },         { "vforks", vforks },
    { "exec-thread", exec_thread }, { "leader-gone", leader_gone }, { "daemons", daemons },
    { "stopped", stopped },   { "killed", killed },       { "tracer", tracer },
    { "splice-waits", splice_waits }, { "fifo", fifo },   { "named-sockets", named_sockets },
    { "append", append },     { "direct", direct },       { "vectors", vectors },
    { "holes", holes },       { "copies", copies },       { "sizes", sizes },
    { "mapped", mapped },     { "mapped-again", mapped_again },
    { "mapped-unlinked", mapped_unlinked },               { "mapped-child", mapped_child },
    { "tmpfile", tmpfile_linked },                        { "links", links },
    { "renames", renames },   { "across", across },       { "unlinked", unlinked },
    { "removed", removed },   { "directories", directories }, { "symlinks", symlinks },
    { "own-paths", own_paths }, { "names", names },       { "deep", deep },
    { "attributes", attributes }, { "ring", ring },       { "rights", rights },
    { "undumpable", undumpable }, { "syncs", syncs },     { "own-table", own_table },
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(argv[1], modes[i].name) == 0) {
            modes[i].function();
            return 0;
        }
    for (size_t i = 0; argc == 1 && i < sizeof modes / sizeof *modes; i++)
        puts(modes[i].name);
    return argc == 1 ? 0 : 2;
}
