/* SPDX-License-Identifier: MIT
 * unit_target.c: reading another process: memory, descriptors, paths.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "injector/target.h"
#include "target_fixture.h"
#include "unit.h"

#ifndef SYS_mmap /* armhf */
#define SYS_mmap SYS_mmap2
#endif

enum { PAGE = 4096 };
static char *memory; /* a page, and none behind it */
static char text[64], other[64], nothing[1], long_name[1024];
static struct target_paths paths;

static void prepare_memory(void)
{
    memset(memory, 'x', PAGE);
    strcpy(memory + PAGE - 6, "e end"); /* its NUL is the last byte */
    strcpy(text, "of the child");
}

static void map(void)
{
    memory = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(memory, MAP_FAILED);
    ck_assert_int_eq(mprotect(memory + PAGE, PAGE, PROT_NONE), 0);
}

START_TEST(reads)
{
    char got[PAGE];
    map();
    pid_t pid = fixture_start(prepare_memory);
    ck_assert_int_eq(target_read(pid, ADDRESS(text), got, 13), 0);
    ck_assert_str_eq(got, "of the child");
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(target_string(pid, ADDRESS(text), got, sizeof got), 0);
    ck_assert_str_eq(got, "of the child");
    ck_assert_int_eq(target_string(pid, ADDRESS(memory + PAGE - 6), got, sizeof got), 0);
    ck_assert_str_eq(got, "e end");
    ck_assert_int_eq(target_write(pid, ADDRESS(text), "written", 8), 0);
    ck_assert_int_eq(target_read(pid, ADDRESS(text), got, 8), 0);
    ck_assert_str_eq(got, "written");
}
END_TEST

START_TEST(bad_addresses)
{
    char got[2 * PAGE];
    map();
    pid_t pid = fixture_start(prepare_memory);
    errno = 0;
    ck_assert_int_lt(target_read(pid, ADDRESS(memory + PAGE - 1), got, 2), 0);
    ck_assert_int_eq(errno, EFAULT);
    ck_assert_int_lt(target_write(pid, ADDRESS(memory + PAGE - 1), got, 2), 0);
    ck_assert_int_lt(target_read(pid, 0, got, 1), 0);
    ck_assert_int_lt(target_read(pid, UINT64_MAX - 1, got, 2), 0);
    ck_assert_int_lt(target_string(pid, 0, got, sizeof got), 0);
    ck_assert_int_lt(target_string(pid, UINT64_MAX, got, sizeof got), 0);
    errno = 0;
    ck_assert_int_lt(target_string(pid, ADDRESS(memory), got, 100), 0);
    ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

static void prepare_nothing(void)
{
}

START_TEST(gone)
{
    char got[16];
    pid_t pid = fixture_start(prepare_nothing);
    struct seccomp_data data = { .nr = SYS_write, .args = { 1 } };
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    fixture_child = -1;
    ck_assert_int_lt(target_read(pid, ADDRESS(text), got, 1), 0);
    ck_assert_int_lt(target_string(pid, ADDRESS(text), got, 1), 0);
    ck_assert_int_lt(target_descriptor(pid, 0), 0);
    ck_assert_int_lt(target_process(pid), 0);
    target_paths(pid, call_of(SYS_write), &data, &paths);
    ck_assert_uint_eq(paths.n, 0);
}
END_TEST

enum { THE_NAMESAKE = NO_DESCRIPTOR + 1 };

static _Atomic pid_t *thread;

static void *wait_for_ever(void *unused)
{
    (void)unused;
    atomic_store(thread, (pid_t)syscall(SYS_gettid));
    for (;;)
        pause();
    return NULL;
}

static void prepare_thread(void)
{
    pthread_t handle;
    if (pthread_create(&handle, NULL, wait_for_ever, NULL))
        _exit(1);
    while (!atomic_load(thread))
        sched_yield();
    fixture_keep(open("file", O_RDWR | O_CREAT, 0600), THE_FILE);
}

/* A notification names the thread. Descriptors mostly belong to the process, and are read through
 * it. */
START_TEST(of_a_thread)
{
    thread = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(thread, MAP_FAILED);
    pid_t pid = fixture_start(prepare_thread), caller = atomic_load(thread);
    ck_assert_int_ne(caller, pid);
    ck_assert_int_eq(target_process(caller), pid);
    ck_assert_int_eq(target_process(pid), pid);
    int fd FD_CLEANUP = target_descriptor(caller, THE_FILE);
    ck_assert_int_ge(fd, 0);
    struct seccomp_data data = fixture_call(SYS_write, (uint64_t[6]){ THE_FILE });
    target_paths(caller, call_of(SYS_write), &data, &paths);
    ck_assert_uint_eq(paths.n, 1);
    ck_assert_str_eq(paths.path[0], fixture_path("file"));
    ck_assert(paths.is_file);
}
END_TEST

static void prepare_descriptors(void)
{
    int ends[2], sockets[2];
    if (mkdir("sub", 0700) < 0 || mkdir("gone", 0700) < 0 || pipe(ends) < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) < 0)
        _exit(1);
    fixture_keep(open("file", O_RDWR | O_CREAT, 0600), THE_FILE);
    fixture_keep(open("sub", O_RDONLY | O_DIRECTORY), THE_DIRECTORY);
    fixture_keep(ends[1], THE_PIPE);
    fixture_keep(sockets[0], THE_OTHER);
    fixture_keep(open("such (deleted)", O_RDWR | O_CREAT, 0600), THE_NAMESAKE);
    strcpy(text, "name");
    strcpy(other, "/absolute");
}

static const void *fixture_places[FIXTURE_PLACES] = { text, other, nothing };
#define NAME PLACE(0)
#define OTHER PLACE(1)
#define NOTHING PLACE(2)
#define HERE ((uint64_t)(uint32_t)AT_FDCWD)

static const struct {
    int number;
    uint64_t arguments[4];
    bool is_file;
    const char *first, *second; /* below the directory; NULL: none; "/...": as it is */
} rows[] = {
    { SYS_write, { THE_FILE }, true, "file", NULL },
    { SYS_read, { THE_PIPE }, false, "/pipe:[", NULL },
    { SYS_sendto, { THE_OTHER }, false, "/socket:[", NULL },
    { SYS_fsync, { THE_DIRECTORY }, true, "sub", NULL },
    { SYS_write, { NO_DESCRIPTOR }, false, NULL, NULL },
    { SYS_write, { (uint64_t)-1 }, false, NULL, NULL },
    { SYS_write, { UINT64_MAX - 7 }, false, NULL, NULL },
    { SYS_openat, { HERE, NAME }, true, "name", NULL },
    { SYS_openat, { UINT64_MAX - 99, NAME }, true, "name", NULL }, /* AT_FDCWD in 64 bits */
    { SYS_openat, { THE_DIRECTORY, NAME }, true, "sub/name", NULL },
    { SYS_openat, { THE_DIRECTORY, OTHER }, true, "//absolute", NULL },
    { SYS_openat, { HERE, 0 }, false, NULL, NULL },
    { SYS_statx, { THE_FILE, NOTHING, AT_EMPTY_PATH }, true, "file", NULL },
    { SYS_statx, { THE_PIPE, NOTHING, AT_EMPTY_PATH }, false, "/pipe:[", NULL },
    { SYS_statx, { NO_DESCRIPTOR, NOTHING, AT_EMPTY_PATH }, false, NULL, NULL },
    { SYS_utimensat, { THE_FILE, 0, 0, 0 }, true, "file", NULL },
    { SYS_linkat, { THE_FILE, NOTHING, HERE, NAME }, true, "file", "name" },
    { SYS_renameat2, { HERE, NAME, THE_DIRECTORY, NAME }, true, "name", "sub/name" },
    { SYS_linkat, { THE_DIRECTORY, NAME, HERE, OTHER }, true, "sub/name", "//absolute" },
    { SYS_symlinkat, { OTHER, THE_DIRECTORY, NAME }, true, "sub/name", NULL },
    { SYS_mmap, { 0, 0, 0, 0 }, false, NULL, NULL },
    { SYS_getpid, { 0 }, false, NULL, NULL },
#ifdef SYS_rename
    { SYS_rename, { NAME, OTHER }, true, "name", "//absolute" },
    { SYS_mkdir, { NAME }, true, "name", NULL },
#endif
};

static void check_path(const char *got, const char *wanted)
{
    size_t length = strlen(wanted);
    if (wanted[0] == '/')
        ck_assert_msg(strncmp(got, wanted + 1, length - 1) == 0, "%s", got);
    else
        ck_assert_str_eq(got, fixture_path(wanted));
}

START_TEST(path)
{
    uint64_t arguments[6] = { 0 };
    pid_t pid = fixture_start(prepare_descriptors);
    memcpy(arguments, rows[_i].arguments, sizeof rows[_i].arguments);
    if (rows[_i].number == SYS_mmap)
        arguments[4] = UINT64_MAX;
    struct seccomp_data data = fixture_call(rows[_i].number, arguments);
    target_paths(pid, call_of(data.nr), &data, &paths);
    unsigned n = rows[_i].second ? 2 : rows[_i].first ? 1 : 0;
    ck_assert_uint_eq(paths.n, n);
    ck_assert_int_eq(paths.is_file, rows[_i].is_file);
    for (unsigned i = 0; i < paths.n; i++)
        check_path(paths.path[i], i ? rows[_i].second : rows[_i].first);
}
END_TEST

static void prepare_own(void)
{
    prepare_descriptors();
    snprintf(text, sizeof text, "/proc/self/fd/%d", THE_FILE);
    snprintf(other, sizeof other, "//dev/./fd/%d", THE_FILE);
}

/* A path that means another file in each process means the target's. */
START_TEST(own)
{
    static const struct {
        const char *name, *below, *rest; /* /proc/PID BELOW [PID] REST; NULL: not replaced */
    } table[] = {
        { "/proc/self/fd/7", "", "/fd/7" },
        { "/proc//./self", "", "" },
        { "/proc/thread-self/fd/7", "/task/", "/fd/7" },
        { "/dev/fd/7", "", "/fd/7" },
        { "/dev/stdout", "", "/fd/1" },
        { "/proc/selfish", NULL, NULL },
        { "/proc", NULL, NULL },
        { "/", NULL, NULL },
        { "", NULL, NULL },
        { "proc/self/fd/7", NULL, NULL },
        { "/dev/null", NULL, NULL },
    };
    pid_t pid = fixture_start(prepare_own);
    char name[64], wanted[64], task[16] = "";
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        strcpy(name, table[i].name);
        strcpy(wanted, name);
        if (table[i].below) {
            task[0] = '\0';
            if (*table[i].below)
                snprintf(task, sizeof task, "%d", pid);
            snprintf(wanted, sizeof wanted, "/proc/%d%s%s%s", pid, table[i].below, task,
                     table[i].rest);
        }
        ck_assert_int_eq(target_own_path(pid, name, sizeof name), table[i].below != NULL);
        ck_assert_str_eq(name, wanted);
    }
    strcpy(name, "/proc/self/fd/7");
    ck_assert(target_own_path(pid, name, 12));
    ck_assert_str_eq(name, "");
    struct seccomp_data data = { .nr = SYS_linkat,
                                 .args = { HERE, ADDRESS(text), HERE, ADDRESS(other) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_uint_eq(paths.n, 2);
    ck_assert(paths.is_file);
    ck_assert_str_eq(paths.path[0], fixture_path("file"));
    ck_assert_str_eq(paths.path[1], fixture_path("file"));
}
END_TEST

static void prepare_forbidden(void)
{
    prepare_descriptors();
    prctl(PR_SET_DUMPABLE, 0);
}

/* Where we may not look, that is told. Root with CAP_SYS_PTRACE may look everywhere. */
START_TEST(forbidden)
{
    pid_t pid = fixture_start(prepare_forbidden);
    uid_t before = geteuid();
    if (before == 0) /* not for good: the fixture kills the child */
        ck_assert_int_eq(setresuid(65534, 65534, 0), 0);
    struct seccomp_data data = { .nr = SYS_fsync, .args = { THE_FILE } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert(paths.unread);
    ck_assert(paths.is_file); /* it may be one */
    ck_assert_uint_eq(paths.n, 0);
    data = (struct seccomp_data){ .nr = SYS_openat, .args = { HERE, ADDRESS(text) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert(paths.unread);
    ck_assert(paths.is_file);
    ck_assert_int_eq(setresuid(before, before, before), 0);
}
END_TEST

static void prepare_deleted(void)
{
    prepare_descriptors();
    if (unlink("file") < 0 || rmdir("sub") < 0 || chdir("gone") < 0 || rmdir("../gone") < 0)
        _exit(1);
}

START_TEST(deleted)
{
    pid_t pid = fixture_start(prepare_deleted);
    struct seccomp_data data = { .nr = SYS_write, .args = { THE_FILE } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_uint_eq(paths.n, 1);
    ck_assert_str_eq(paths.path[0], fixture_path("file"));
    ck_assert(paths.is_file);
    data = (struct seccomp_data){ .nr = SYS_openat, .args = { THE_DIRECTORY, ADDRESS(text) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_str_eq(paths.path[0], fixture_path("sub/name"));
    data = (struct seccomp_data){ .nr = SYS_openat, .args = { HERE, ADDRESS(text) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_str_eq(paths.path[0], fixture_path("gone/name"));
    data = (struct seccomp_data){ .nr = SYS_write, .args = { THE_NAMESAKE } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_str_eq(paths.path[0], fixture_path("such (deleted)"));
}
END_TEST

static void prepare_root(void)
{
    prepare_descriptors();
    if (chdir("/") < 0)
        _exit(1);
}

START_TEST(below_the_root)
{
    pid_t pid = fixture_start(prepare_root);
    struct seccomp_data data = { .nr = SYS_openat, .args = { HERE, ADDRESS(text) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_str_eq(paths.path[0], "/name");
}
END_TEST

enum { STEP = 200, DEPTH = 21 }; /* DEPTH names of STEP bytes are longer than PATH_MAX */

static char step[STEP + 1];

/* The working directory is too deep for a path. The one above it, which is open, is just not. */
static void prepare_deep(void)
{
    memset(step, 'd', STEP);
    for (int i = 0; i < DEPTH; i++) {
        if (mkdir(step, 0700) < 0 || chdir(step) < 0)
            _exit(1);
        if (i == DEPTH - 3)
            fixture_keep(open(".", O_RDONLY | O_DIRECTORY), THE_DIRECTORY);
    }
    fixture_keep(open("file", O_RDWR | O_CREAT, 0600), THE_FILE);
    snprintf(text, sizeof text, "name");
    memset(long_name, 'n', sizeof long_name - 1);
    strcpy(long_name + sizeof long_name - 5, ".log");
}

/* The fixture removes by path, and this directory has none. */
static void remove_deep(void)
{
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memset(step, 'd', STEP);
    ck_assert_int_eq(chdir(fixture_directory), 0);
    for (int i = 0; i < DEPTH; i++)
        ck_assert_int_eq(chdir(step), 0);
    ck_assert_int_eq(unlink("file"), 0);
    for (int i = 0; i < DEPTH; i++)
        ck_assert(chdir("..") == 0 && rmdir(step) == 0);
    ck_assert_int_eq(fchdir(here), 0);
    close(here);
}

/* The kernel does not return such a path, or it does not fit: the argument is still a path, and the
 * descriptor is still that of a file. */
START_TEST(too_long)
{
    pid_t pid = fixture_start(prepare_deep);
    struct seccomp_data data = { .nr = SYS_write, .args = { THE_FILE } };
    target_paths(pid, call_of(SYS_write), &data, &paths);
    ck_assert_uint_eq(paths.n, 0);
    ck_assert(paths.is_file);
    data = (struct seccomp_data){ .nr = SYS_openat, .args = { HERE, ADDRESS(text) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_uint_eq(paths.n, 1);
    ck_assert_str_eq(paths.path[0], "name");
    ck_assert(paths.is_file);
    data = (struct seccomp_data){ .nr = SYS_openat, .args = { THE_DIRECTORY, ADDRESS(long_name) } };
    target_paths(pid, call_of(data.nr), &data, &paths);
    ck_assert_uint_eq(paths.n, 1);
    ck_assert_uint_eq(strlen(paths.path[0]), sizeof long_name - 1);
    ck_assert_str_eq(paths.path[0] + sizeof long_name - 5, ".log");
    ck_assert(paths.is_file);
    remove_deep();
}
END_TEST

Suite *target_suite(void)
{
    Suite *suite = suite_create("target");
    TCase *tcase = tcase_create("target");
    tcase_add_checked_fixture(tcase, fixture_setup, fixture_teardown);
    tcase_add_test(tcase, reads);
    tcase_add_test(tcase, bad_addresses);
    tcase_add_test(tcase, gone);
    tcase_add_test(tcase, of_a_thread);
    tcase_add_loop_test(tcase, path, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tcase, deleted);
    tcase_add_test(tcase, own);
    tcase_add_test(tcase, forbidden);
    tcase_add_test(tcase, too_long);
    tcase_add_test(tcase, below_the_root);
    suite_add_tcase(suite, tcase);
    return suite;
}
