/* SPDX-License-Identifier: MIT
 * inject_target.c: programs that know nothing of injection; inject.test injects faults into them.
 * The first argument selects what the program does, the second names the file that it writes. It
 * exits with 0 if all went well and with 1 if a call failed. It repeats short writes and calls that
 * end with EINTR, as both are legal.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1UL << 3)
#endif

enum { THREADS = 8, THREAD_WRITES = 50, STORM_CALLS = 3000, CHILDREN = 1000 };
#define WORDS "0123456789"

static int write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno != EINTR)
            return 1;
        if (n > 0) {
            bytes += n;
            size -= (size_t)n;
        }
    }
    return 0;
}

static int open_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND, 0600);
    if (fd < 0)
        exit(1);
    return fd;
}

static int write_thrice(const char *path)
{
    int fd = open_file(path);
    for (int i = 0; i < 3; i++)
        if (write_all(fd, WORDS, 10))
            return 1;
    return fsync(fd) < 0;
}

static void *write_often(void *fd)
{
    for (int i = 0; i < THREAD_WRITES; i++)
        if (write_all(*(int *)fd, WORDS, 10))
            return fd;
    return NULL;
}

static int write_in_threads(const char *path)
{
    pthread_t threads[THREADS];
    int fd = open_file(path), failed = 0;
    void *result;
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, write_often, &fd))
            return 1;
    for (int i = 0; i < THREADS; i++)
        failed |= pthread_join(threads[i], &result) || result;
    return failed;
}

static void on_alarm(int signo)
{
    (void)signo;
}

/* Exactly STORM_CALLS calls succeed: a call that a signal interrupts has not taken place. */
static int storm(const char *path, int flags)
{
    struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };
    struct itimerval every = { { 0, 1000 }, { 0, 1000 } };
    int fd = open_file(path);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &every, NULL);
    for (int done = 0; done < STORM_CALLS;) {
        ssize_t n = write(fd, "x", 1);
        if (n < 0 && errno != EINTR)
            return 1;
        done += n == 1;
    }
    return 0;
}

static int storm_restarting(const char *path)
{
    return storm(path, SA_RESTART);
}

static int storm_interrupting(const char *path)
{
    return storm(path, 0);
}

static int fork_often(const char *path)
{
    int failed = 0, status;
    (void)path;
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(syscall(SYS_getsid, 0) < 0);
        if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
            failed = 1;
    }
    return failed;
}

static long load_filter(unsigned long flags)
{
    struct sock_filter refuse_getpriority[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { 4, refuse_getpriority };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    if (flags == 0)
        return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* Its own filter takes precedence: the injector does not see the call, which fails as the filter
 * says. */
static int filter_oneself(unsigned long flags)
{
    if (load_filter(flags) < 0)
        return 1;
    return syscall(SYS_getpriority, 0, 0) >= 0 || errno != EACCES || syscall(SYS_getsid, 0) < 0;
}

static int own_filter(const char *path)
{
    (void)path;
    return filter_oneself(0); /* by prctl() */
}

static int own_filter_too(const char *path)
{
    (void)path;
    return filter_oneself(SECCOMP_FILTER_FLAG_TSYNC); /* by seccomp() */
}

static int own_listener(const char *path)
{
    (void)path;
    return load_filter(SECCOMP_FILTER_FLAG_NEW_LISTENER) >= 0 || errno != EBUSY ||
           syscall(SYS_getsid, 0) < 0;
}

static int ask_for_io_uring(const char *path)
{
    char parameters[256] = { 0 };
    (void)path;
    return syscall(SYS_io_uring_setup, 4, parameters) >= 0 || errno != ENOSYS;
}

/* Each has the right path; a rule with a path matches exactly one of them. */
static int odd_paths(const char *path)
{
    int fd = open_file(path), ends[2], sockets[2], failed = 0;
    char *volatile nowhere = (char *)(uintptr_t)16;
    if (unlink(path) < 0 || pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
        return 1;
    failed |= write(fd, WORDS, 10) != 10;
    failed |= write(ends[1], WORDS, 10) != 10;
    failed |= write(sockets[0], WORDS, 10) != 10;
    failed |= write(-1, WORDS, 10) >= 0 || errno != EBADF;
    failed |= syscall(SYS_write, fd, nowhere, 10) >= 0 || errno != EFAULT;
    failed |= unlink("no/such/file") >= 0 || errno != ENOENT;
    failed |= unlink(nowhere) >= 0 || errno != EFAULT;
    failed |= mkdir("gone", 0700) < 0 || chdir("gone") < 0 || rmdir("../gone") < 0;
    failed |= unlink("in-nowhere") >= 0 || errno != ENOENT;
    return failed;
}

/* A program that aborts where a write is short relies on what the kernel promises. */
static int relies_on_whole_writes(const char *path)
{
    uint64_t one = 1;
    int packets[2], ends[2], counter = eventfd(0, 0);
    (void)path;
    if (counter < 0 || pipe(ends) < 0 || socketpair(AF_UNIX, SOCK_DGRAM, 0, packets) < 0)
        return 1;
    return write(counter, &one, sizeof one) != sizeof one || write(ends[1], WORDS, 10) != 10 ||
           write(packets[0], WORDS, 10) != 10;
}

/* The program writes past the socket's end: it must die of SIGPIPE, whatever the fault. */
static int relies_on_sigpipe(const char *path)
{
    int sockets[2];
    (void)path;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0 || close(sockets[1]) < 0)
        return 1;
    signal(SIGPIPE, SIG_DFL);
    (void)!write(sockets[0], WORDS, 10);
    return 1;
}

/* Two blocks, as a database writes them. */
static int write_direct(const char *path)
{
    static _Alignas(4096) char blocks[8192];
    int fd = open(path, O_WRONLY | O_CREAT | O_DIRECT, 0600);
    if (fd < 0)
        return 3; /* this file system has no O_DIRECT */
    return write(fd, blocks, sizeof blocks) < 0;
}

/* A server that gives its rights up: it may write what it opened, but not change the mode. */
static int give_up_rights(const char *path)
{
    int fd = open_file(path);
    if (fchmod(fd, 06777) < 0 || setresgid(65534, 65534, 65534) < 0 ||
        setresuid(65534, 65534, 65534) < 0)
        return 1;
    if (fchmod(fd, 0400) == 0 || write_all(fd, WORDS, 10))
        return 1;
    return 0;
}

/* As programs name a file that they have made with O_TMPFILE. */
static int link_own_path(const char *path)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", open_file(path));
    return linkat(AT_FDCWD, name, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW) < 0;
}

/* Makes durable what no path or descriptor names. */
static int sync_all(const char *path)
{
    int fd = open_file(path);
    if (ftruncate(fd, 4096) < 0)
        return 1;
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED)
        return 1;
    page[0] = 'x';
    int failed = msync(page, 4096, MS_SYNC) < 0 || syncfs(fd) < 0;
    sync();
    return failed;
}

/* A bug: it ignores the result of write(). */
static int crash_on_error(const char *path)
{
    signal(SIGSEGV, SIG_DFL); /* a sanitizer would turn it into an exit */
    if (write(open_file(path), WORDS, 10) < 0)
        raise(SIGSEGV);
    return 0;
}

/* By this call the test finds the process. */
static int say_number_of_write(const char *path)
{
    (void)path;
    return printf("%d\n", SYS_write) < 0;
}

static const struct {
    const char *name;
    int (*does)(const char *path);
} modes[] = {
    { "write-number", say_number_of_write },
    { "write", write_thrice },          { "threads", write_in_threads },
    { "storm", storm_interrupting },    { "storm-restart", storm_restarting },
    { "fork", fork_often },             { "own-filter", own_filter },
    { "own-listener", own_listener },   { "io-uring", ask_for_io_uring },
    { "own-filter-too", own_filter_too },
    { "odd", odd_paths },               { "crash", crash_on_error },
    { "whole", relies_on_whole_writes }, { "sigpipe", relies_on_sigpipe },
    { "direct", write_direct },         { "rights", give_up_rights },
    { "own-path", link_own_path },      { "sync", sync_all },
};

/* Runs a command in a sandbox that refuses one call with EPERM: "seccomp" if it asks for a
 * listener. */
static int run_without(char **argv)
{
    static const struct {
        const char *name;
        unsigned number, flag;
    } calls[] = {
        { "pidfd_getfd", SYS_pidfd_getfd, 0 },
        { "process_vm_readv", SYS_process_vm_readv, 0 },
        { "seccomp", SYS_seccomp, SECCOMP_FILTER_FLAG_NEW_LISTENER },
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct sock_filter refuse[] = {
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
            BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 3),
            BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
            BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, calls[i].flag, 0, calls[i].flag ? 1 : 0),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
            BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = { sizeof refuse / sizeof *refuse, refuse };
        if (strcmp(calls[i].name, argv[0]) != 0)
            continue;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0)
            execvp(argv[1], argv + 1);
        return 1;
    }
    return 2;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "without") == 0)
        return run_without(argv + 2);
    for (size_t i = 0; argc == 3 && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, argv[1]) == 0)
            return modes[i].does(argv[2]);
    fprintf(stderr, "inject_target: what?\n");
    return 2;
}
