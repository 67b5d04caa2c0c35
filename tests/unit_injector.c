/* SPDX-License-Identifier: MIT
 * unit_injector.c: the injector with targets that are children of the test: what each action does
 * to a call, what is written down of it, and what it is told that makes no sense.
 */
#include "injector/injector.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "inject/inject.h"
#include "injector/state.h"
#include "record_fixture.h"
#include "unit.h"

enum { WRITES = 3, BYTES = 8 };

static struct injector *injector;
static struct share *share;
static struct definition definition;
static struct inject_plan plan;
static struct error error;
static char place[256];
static int share_fd, control_fd;
static int64_t *results; /* of the target's calls, shared with it */

/* One rule, "" for none, and the calls that may be armed. */
static void start(const char *text, const char *armable)
{
    struct rule rule;
    struct call_set calls;
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    if (*text)
        ck_assert_msg(rule_parse(text, &rule, &error) == 0 &&
                      rule_resolve(&rule, &definition, &error) == 0, "%s", error.text);
    if (armable)
        ck_assert_int_eq(call_set_parse(armable, &calls, NULL, &error), 0);
    share_fd = share_create(&rule, *text ? 1 : 0, armable ? &calls : NULL, 1, &definition, &share,
                            &error);
    ck_assert_msg(share_fd >= 0, "%s", error.text);
    injector = injector_new(ends[0], NULL, &error);
    ck_assert_msg(injector != NULL, "%s", error.text);
    ck_assert_int_eq(injector_share(injector, dup(share_fd), &error), 0);
    ck_assert_ptr_nonnull(realpath(place, share->disk));
    plan = (struct inject_plan){ .share = share, .socket = ends[1] };
    ck_assert_int_eq(inject_plan_build(&plan, &error), 0);
}

static void set_up(void)
{
    fixture_directory(place);
    fixture_define(&definition, 2);
    share = NULL;
    results = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(results, MAP_FAILED);
}

static void tear_down(void)
{
    if (injector)
        injector_free(injector);
    injector = NULL;
    inject_plan_free(&plan);
    fd_close(&plan.socket);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(tree_remove(place, &error), 0);
}

/* Runs it as what `hello` says, to its end, and serves it meanwhile; its status. */
static int run_target(const struct enter_hello *hello, void (*body)(void))
{
    int alive[2], status;
    ck_assert_int_eq(pipe2(alive, O_CLOEXEC), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        struct enter_hello mine = *hello;
        close(alive[0]);
        setpgid(0, 0);
        if (inject_enter(&plan, &mine) < 0)
            _exit(99);
        body();
        _exit(0);
    }
    close(alive[1]);
    ck_assert_uint_eq(injector_serve(injector, alive, 1), 1); /* it is gone */
    close(alive[0]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(!WIFEXITED(status) || WEXITSTATUS(status) != 99);
    return status;
}

static const struct enter_hello db = { .kind = ENTER_SERVER, .server = "db" };
static const struct enter_hello writer = { .kind = ENTER_ACTOR, .number = 1, .type = 0, .index = 1,
                                           .incarnation = 3 };

static void write_three(void)
{
    int fd = open("store.db", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    for (int i = 0; i < WRITES; i++) {
        ssize_t n = pwrite(fd, "abcdefgh", BYTES, i * BYTES);
        results[i] = n < 0 ? -errno : n;
    }
}

/* ---- what is done to a call -------------------------------------------------------------- */

static const struct {
    const char *rule;
    int64_t results[WRITES]; /* 0: it did not come back */
    int signal;              /* that it died of */
    int64_t size;            /* of the file then */
    uint64_t matched, fired;
} actions[] = {
    { "pwrite64:error=ENOSPC:when=2", { 8, -ENOSPC, 8 }, 0, 24, 3, 1 },
    { "pwrite64:error=EIO:when=2+", { 8, -EIO, -EIO }, 0, 8, 3, 2 },
    { "pwrite64:error=EIO:when=1+2", { -EIO, 8, -EIO }, 0, 16, 3, 2 },
    { "pwrite64:short=3:when=2", { 8, 3, 8 }, 0, 24, 3, 1 },
    { "pwrite64:short:when=3", { 8, 8, 4 }, 0, 20, 3, 1 },
    { "pwrite64:delay=1ms:when=2", { 8, 8, 8 }, 0, 24, 3, 1 },
    { "pwrite64:stop=1ms:when=2", { 8, 8, 8 }, 0, 24, 3, 1 },
    { "pwrite64:kill:when=2", { 8, 0, 0 }, SIGKILL, 8, 2, 1 },
    { "pwrite64:kill-after:when=2", { 8, 0, 0 }, SIGKILL, 16, 2, 1 },
    { "pwrite64:torn=5:when=2", { 8, 0, 0 }, SIGKILL, 13, 2, 1 },
    { "pwrite64:error=EIO:server=db:path=*.db", { -EIO, -EIO, -EIO }, 0, 0, 3, 3 },
    { "pwrite64:error=EIO:server=other", { 8, 8, 8 }, 0, 24, 0, 0 },
    { "pwrite64:error=EIO:path=*.log", { 8, 8, 8 }, 0, 24, 0, 0 },
    { "pwrite64:error=EIO:actor=writer", { 8, 8, 8 }, 0, 24, 0, 0 },
};

START_TEST(an_action)
{
    struct stat file;
    start(actions[_i].rule, NULL);
    int status = run_target(&db, write_three);
    ck_assert_int_eq(WIFSIGNALED(status) ? WTERMSIG(status) : 0, actions[_i].signal);
    for (int i = 0; i < WRITES; i++)
        ck_assert_int_eq(results[i], actions[_i].results[i]);
    ck_assert_int_eq(stat("store.db", &file), 0);
    ck_assert_int_eq(file.st_size, actions[_i].size);
    ck_assert_uint_eq(share->tally[0].matched, actions[_i].matched);
    ck_assert_uint_eq(share->tally[0].fired, actions[_i].fired);
    ck_assert_uint_eq(share->fired, actions[_i].fired);
    ck_assert_uint_eq(share->n_events, actions[_i].fired);
    ck_assert_int_eq(share->servers[0] != 0, actions[_i].signal != 0);
}
END_TEST

START_TEST(what_is_written_down)
{
    struct share_event event;
    start("pwrite64:error=EIO:when=2", NULL);
    run_target(&db, write_three);
    ck_assert(share_event(share, 0, &event));
    ck_assert_uint_eq(event.rule, 0);
    ck_assert_uint_eq(event.call.whose, RULE_OF_SERVER);
    ck_assert_str_eq(event.call.server, "db");
    ck_assert_int_eq(event.call.number, SYS_pwrite64);
    ck_assert_uint_eq(event.call.ordinal, 2);
    ck_assert_ptr_nonnull(strstr(event.call.path, "/store.db"));
}
END_TEST

/* ---- a disk that is full ----------------------------------------------------------------- */

enum { CALLS = 4 };

static int fds[3]; /* a file to write, one of 24 bytes to read, one elsewhere */

static void open_all(int flags)
{
    fds[0] = open("out", O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
    fds[1] = open("in", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    fds[2] = memfd_create("out", MFD_CLOEXEC);
    if (ftruncate(fds[1], 24) < 0)
        _exit(98);
}

static void keep(int i, ssize_t n)
{
    results[i] = n < 0 ? -errno : n;
}

static void append_four(void)
{
    open_all(O_APPEND);
    for (int i = 0; i < CALLS; i++)
        keep(i, write(fds[0], "abcdefgh", BYTES));
}

static void append_vectors(void)
{
    struct iovec parts[] = { { (char[]){ "abc" }, 3 }, { NULL, 0 }, { (char[]){ "defgh" }, 5 } };
    open_all(O_APPEND);
    for (int i = 0; i < CALLS; i++)
        keep(i, writev(fds[0], parts, 3));
}

static void write_over(void)
{
    open_all(0);
    for (int i = 0; i < CALLS; i++)
        keep(i, pwrite(fds[0], "abcdefgh", BYTES, 0));
}

/* They ask for more than there is. */
static void copy_by_own_offset(void)
{
    open_all(0);
    for (int i = 0; i < CALLS; i++)
        keep(i, copy_file_range(fds[1], NULL, fds[0], NULL, 1 << 30, 0));
}

static void copy_by_offsets(void)
{
    off_t from = 4, to = 1;
    open_all(0);
    keep(0, copy_file_range(fds[1], &from, fds[0], &to, BYTES, 0));
    keep(1, copy_file_range(fds[1], &from, fds[0], &to, 1 << 30, 0));
    keep(2, from);
    keep(3, to);
}

static void send_files(void)
{
    off_t from = 4;
    open_all(0);
    keep(0, sendfile(fds[0], fds[1], &from, BYTES));
    keep(1, sendfile(fds[0], fds[1], &from, 1 << 20));
    keep(2, from);
    keep(3, sendfile(fds[0], fds[1], NULL, 1 << 20));
}

static void splice_a_pipe(void)
{
    int ends[2];
    open_all(0);
    keep(0, pipe(ends));
    for (int i = 1; i < CALLS; i++) {
        keep(i, write(ends[1], "abcdefgh", BYTES));
        keep(i, splice(ends[0], NULL, fds[0], NULL, 4096, 0));
    }
}

/* The injector must not wait for a writer. */
static void splice_an_empty_pipe(void)
{
    int ends[2];
    open_all(0);
    keep(0, pipe(ends));
    for (int i = 1; i < CALLS; i++)
        keep(i, splice(ends[0], NULL, fds[0], NULL, BYTES, 0));
}

static void reserve_and_write(void)
{
    open_all(0);
    keep(0, fallocate(fds[0], 0, 0, 2 * BYTES));
    keep(1, write(fds[0], "abcdefgh", BYTES));
    keep(2, fallocate(fds[0], FALLOC_FL_KEEP_SIZE, 2 * BYTES, BYTES + 5));
    keep(3, write(fds[0], "abcdefgh", BYTES));
}

/* What needs no space. */
static void make_room(void)
{
    open_all(0);
    keep(0, write(fds[0], "", 0));
    keep(1, fallocate(fds[0], FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
    keep(2, ftruncate(fds[0], 0) < 0 || fsync(fds[0]) < 0 || rename("out", "new") < 0);
    keep(3, write(fds[0], "abcdefgh", BYTES));
}

/* What is not on the disk: a pipe, and files elsewhere. */
static void write_elsewhere(void)
{
    int ends[2];
    open_all(0);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    keep(0, pipe(ends) < 0 ? -1 : write(ends[1], "abcdefgh", BYTES));
    keep(1, write(fds[2], "abcdefgh", BYTES));
    keep(2, sendfile(fds[2], fds[1], NULL, BYTES));
    keep(3, write(null, "abcdefgh", BYTES));
}

/* The kernel itself refuses them, whatever the disk has. */
static void write_badly(void)
{
    open_all(0);
    int reads = open("out", O_RDONLY | O_CLOEXEC);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4, 4 });
    keep(0, write(reads, "abcdefgh", BYTES));
    keep(1, pwrite(fds[0], "abcdefgh", BYTES, 4));
    keep(2, write(fds[0], "ab", 2));
    keep(3, write(fds[0], "abcdefgh", BYTES));
}

#define CALLS_OF_DATA "%write,fallocate"

static const struct {
    const char *rule;
    void (*body)(void);
    int64_t results[CALLS];
    uint64_t matched, fired;
} disks[] = {
    { "%write:full=20", append_four, { 8, 8, 4, -ENOSPC }, 4, 2 },
    { "%write:full=16", append_four, { 8, 8, -ENOSPC, -ENOSPC }, 4, 2 },
    { "%write:full=0", append_four, { -ENOSPC, -ENOSPC, -ENOSPC, -ENOSPC }, 4, 4 },
    { "%write:full=32", append_four, { 8, 8, 8, 8 }, 4, 0 },
    { "%write:full", append_four, { 4, -ENOSPC, -ENOSPC, -ENOSPC }, 4, 4 },
    { "%write:full:when=3", append_four, { 8, 8, 4, -ENOSPC }, 4, 2 },
    { "%write:full=9:when=2", append_four, { 8, 8, 1, -ENOSPC }, 4, 2 },
    { "%write:full=0:path=out", append_four, { -ENOSPC, -ENOSPC, -ENOSPC, -ENOSPC }, 4, 4 },
    { "%write:full=0:path=in", append_four, { 8, 8, 8, 8 }, 0, 0 },
    { "%write:full=12", append_vectors, { 8, 4, -ENOSPC, -ENOSPC }, 4, 3 },
    { "%write:full=12", write_over, { 8, 4, -ENOSPC, -ENOSPC }, 4, 3 },
    { "%write:full=10", copy_by_own_offset, { 10, -ENOSPC, -ENOSPC, -ENOSPC }, 4, 4 },
    { "%write:full=24", copy_by_own_offset, { 24, 0, 0, 0 }, 4, 0 },
    { "%write:full=0:path=in", copy_by_own_offset, { 24, 0, 0, 0 }, 0, 0 },
    { "%write:full=10", copy_by_offsets, { 8, 2, 14, 11 }, 2, 1 },
    { "%write:full=10", send_files, { 8, 2, 14, -ENOSPC }, 3, 2 },
    { "%write:full=32", send_files, { 8, 12, 24, 12 }, 3, 1 },
    { "%write:full=12", splice_a_pipe, { 0, 8, 4, -ENOSPC }, 3, 2 },
    { "%write:full=7", splice_an_empty_pipe, { 0, -ENOSPC, -ENOSPC, -ENOSPC }, 3, 3 },
    { CALLS_OF_DATA ":full=20", reserve_and_write, { 0, 8, -ENOSPC, 8 }, 4, 1 },
    { CALLS_OF_DATA ":full:when=1", reserve_and_write, { -ENOSPC, -ENOSPC, -ENOSPC, -ENOSPC }, 4,
      4 },
    { CALLS_OF_DATA ":full=0", make_room, { 0, 0, 0, -ENOSPC }, 3, 1 },
    { CALLS_OF_DATA ":full:when=1", make_room, { 0, 0, 0, -ENOSPC }, 3, 2 },
    { CALLS_OF_DATA ":full=0", write_elsewhere, { 8, 8, 8, 8 }, 0, 0 },
    { "%write:full=0:path=*", write_elsewhere, { 8, -ENOSPC, -ENOSPC, 8 }, 2, 2 },
    { "%write:full=1", write_badly, { -EBADF, -EFBIG, 1, -ENOSPC }, 4, 2 },
};

START_TEST(a_disk)
{
    signal(SIGXFSZ, SIG_IGN); /* as in the warden */
    start(disks[_i].rule, NULL);
    ck_assert_int_eq(run_target(&db, disks[_i].body), 0);
    for (int i = 0; i < CALLS; i++)
        ck_assert_msg(results[i] == disks[_i].results[i], "call %d: %lld, not %lld", i,
                      (long long)results[i], (long long)disks[_i].results[i]);
    ck_assert_uint_eq(share->tally[0].matched, disks[_i].matched);
    ck_assert_uint_eq(share->tally[0].fired, disks[_i].fired);
    ck_assert_uint_eq(share->n_events, disks[_i].fired);
    for (int i = 0; i < SHARE_NOTE_KINDS; i++)
        ck_assert_uint_eq(share->notes[i], 0);
}
END_TEST

/* A directory whose name begins in the same way. */
START_TEST(beside_the_disk)
{
    start("%write:full=0", NULL);
    share->disk[strlen(share->disk) - 1] = '\0';
    ck_assert_int_eq(run_target(&db, append_four), 0);
    ck_assert_int_eq(results[0], BYTES);
    ck_assert_uint_eq(share->tally[0].matched, 0);
}
END_TEST

static void append_in_two_processes(void)
{
    if (fork() == 0) {
        append_four();
        _exit(0);
    }
    wait(NULL);
    append_four();
}

START_TEST(a_disk_of_all)
{
    static const int64_t wanted_results[] = { 8, 4, -ENOSPC, -ENOSPC };
    start("%write:full=44", NULL);
    run_target(&db, append_in_two_processes);
    for (int i = 0; i < CALLS; i++)
        ck_assert_int_eq(results[i], wanted_results[i]);
    ck_assert_uint_eq(share->tally[0].matched, 8);
    ck_assert_uint_ge(share->server_faults[0], 3);
}
END_TEST

/* ---- whose it is ------------------------------------------------------------------------- */

static struct layout_header *header;

static void give_control(enum layout_phase phase)
{
    struct layout_plan layout;
    layout_plan(3, (uint64_t)sysconf(_SC_PAGESIZE), &layout);
    struct control control = { .size = layout.size };
    control_fd = memory_create("test", layout.size, &error);
    ck_assert_int_eq(control_format(control_fd, &definition, 1, false, 0, &error), 0);
    control.header = memory_map(control_fd, layout.size, true, 0, &error);
    ck_assert_int_eq(control_check(&control, &definition, &error), 0);
    control_slot(&control, 1)->phase = phase;
    control_slot(&control, 1)->operation = 7;
    control_slot(&control, 1)->action = 1;
    header = control.header;
    ck_assert_msg(injector_control(injector, control_fd, &error) == 0, "%s", error.text);
}

static const struct {
    const char *rule;
    enum layout_phase phase;
    bool fires;
} owners[] = {
    { "pwrite64:error=EIO:when=1", PHASE_PERFORMING, true },
    { "pwrite64:error=EIO:when=1", PHASE_STARTING, true },  /* user code, too */
    { "pwrite64:error=EIO:when=1", PHASE_WAITING, false },  /* the harness */
    { "pwrite64:error=EIO:when=1", PHASE_BETWEEN, false },
    { "pwrite64:error=EIO:when=1:actor=writer.1:operation=7", PHASE_PERFORMING, true },
    { "pwrite64:error=EIO:when=1:actor=writer.0", PHASE_PERFORMING, false },
    { "pwrite64:error=EIO:when=1:operation=8", PHASE_PERFORMING, false },
    { "pwrite64:error=EIO:when=1:operation=5+", PHASE_PERFORMING, true },
    { "pwrite64:error=EIO:when=1:action=get", PHASE_PERFORMING, true },
    { "pwrite64:error=EIO:when=1:action=put", PHASE_PERFORMING, false },
};

START_TEST(an_operation)
{
    start(owners[_i].rule, NULL);
    give_control(owners[_i].phase);
    run_target(&writer, write_three);
    ck_assert_int_eq(results[0], owners[_i].fires ? -EIO : BYTES);
    ck_assert_uint_eq(share->fired, owners[_i].fires);
    ck_assert_uint_eq(share->victims[1].faulted, owners[_i].fires ? 3 : 0);
    if (owners[_i].fires && owners[_i].phase == PHASE_PERFORMING)
        ck_assert_uint_eq(share->victims[1].operation, 8);
    ck_assert_uint_eq(share->victims[1].killed, 0);
}
END_TEST

static void write_and_reset(void)
{
    write_three();
    if (results[0] != BYTES || results[1] != 4 || results[2] != -ENOSPC)
        _exit(1);
    atomic_fetch_add(&header->resets_begun, 1);
    write_three();
}

static const struct {
    const char *rule;
    int64_t results[WRITES];
} resets[] = {
    { "pwrite64:full=12", { 8, 4, -ENOSPC } },
    { "pwrite64:full:when=2", { 8, 8, 8 } },      /* which does not come again */
    { "pwrite64:full=4:when=2+", { 4, -ENOSPC, -ENOSPC } },
};

/* A reset empties the disk. */
START_TEST(a_disk_after_a_reset)
{
    start(resets[_i].rule, NULL);
    give_control(PHASE_PERFORMING);
    ck_assert_int_eq(run_target(&writer, write_and_reset), 0);
    for (int i = 0; i < WRITES; i++)
        ck_assert_int_eq(results[i], resets[_i].results[i]);
    ck_assert_uint_eq(share->victims[1].faulted, 3);
    ck_assert_uint_eq(share->victims[1].operation, 8);
    share_renew(share, share->rules, 1);
    ck_assert_uint_eq(share->disks[0].since, 0);
}
END_TEST

START_TEST(an_actor_is_killed)
{
    start("pwrite64:kill:when=2", NULL);
    give_control(PHASE_PERFORMING);
    int status = run_target(&writer, write_three);
    ck_assert(WIFSIGNALED(status));
    ck_assert_uint_eq(share->victims[1].killed, 3);
    ck_assert_uint_eq(share->servers[0], 0);
}
END_TEST

START_TEST(nothing_without_control_memory)
{
    start("pwrite64:error=EIO", NULL);
    run_target(&writer, write_three);
    ck_assert_int_eq(results[0], BYTES);
}
END_TEST

START_TEST(no_control_memory)
{
    start("pwrite64:error=EIO", NULL);
    int fd = memory_create("test", 1 << 20, &error);
    ck_assert_int_eq(injector_control(injector, fd, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "control memory"));
    ck_assert_int_eq(injector_control(injector, -1, &error), -1);
    ck_assert_int_eq(injector_share(injector, open("/dev/null", O_RDONLY), &error), -1);
}
END_TEST

/* ---- what targets do about filters ------------------------------------------------------- */

static void use_filters(void)
{
    struct sock_filter allow = { .code = BPF_RET | BPF_K, .k = SECCOMP_RET_ALLOW };
    struct sock_fprog program = { .len = 1, .filter = &allow };
    char parameters[256] = { 0 };
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    results[0] = syscall(SYS_io_uring_setup, 1, parameters, 0, 0, 0, 0) < 0 ? -errno : 0;
    results[1] = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                         &program, 0, 0, 0) < 0 ? -errno : 0;
    results[2] = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program, 0, 0, 0) < 0 ? -errno
                                                                                        : 1;
}

START_TEST(filters_of_its_own)
{
    start("pwrite64:error=EIO", NULL);
    run_target(&db, use_filters);
    ck_assert_int_eq(results[0], -ENOSYS);
    ck_assert_int_eq(results[1], -EBUSY);
    ck_assert_int_eq(results[2], 1);
    ck_assert_uint_eq(share->notes[SHARE_NOTE_IO_URING], 1);
    ck_assert_uint_eq(share->notes[SHARE_NOTE_LISTENER], 1);
    ck_assert_uint_eq(share->notes[SHARE_NOTE_FILTER], 1);
}
END_TEST

/* ---- rules that are armed ---------------------------------------------------------------- */

static struct rule wanted;

static void arm(void)
{
    results[0] = inject_arm(&plan, &wanted);
    write_three();
}

static const struct {
    const char *armable; /* NULL: nothing */
    const char *rule;
    bool insane;
    int64_t answer;
} armed[] = {
    { "pwrite64", "pwrite64:error=EIO:when=2", false, 0 },
    { NULL, "pwrite64:error=EIO", false, -EPERM },
    { "pwrite64", "fsync:error=EIO", false, -ENOENT },
    { "pwrite64", "pwrite64:error=EIO", true, -EINVAL },
};

START_TEST(a_rule_is_armed)
{
    int ends[2];
    int64_t answer;
    struct packet packet;
    start(armed[_i].armable ? "" : "pwrite64:delay=0:server=other", armed[_i].armable);
    ck_assert_int_eq(rule_parse(armed[_i].rule, &wanted, &error), 0);
    if (armed[_i].insane)
        wanted.action = RULE_ACTIONS;
    struct enter_request request = { .hello = { .kind = ENTER_ARM }, .rule = wanted };
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    packet_out(&packet, &request, sizeof request, ends[1]);
    ck_assert_int_eq(sendmsg(plan.socket, &packet.message, 0), sizeof request);
    close(ends[1]);
    run_target(&db, write_three); /* which the injector comes to behind that */
    ck_assert_int_eq(read(ends[0], &answer, sizeof answer), sizeof answer);
    ck_assert_int_eq(answer, armed[_i].answer);
    ck_assert_int_eq(results[1], answer == 0 ? -EIO : BYTES);
    ck_assert_uint_eq(share->tally[SHARE_RULES].fired, answer == 0);
    ck_assert_uint_eq(share->fired, 0); /* which is of the command line's */
}
END_TEST

START_TEST(a_target_arms_and_is_answered)
{
    start("", "pwrite64");
    ck_assert_int_eq(rule_parse("pwrite64:error=ENOSPC:when=3", &wanted, &error), 0);
    run_target(&db, arm);
    ck_assert_int_eq(results[2], -ENOSPC);
    ck_assert_uint_eq(share->armed, 1);
}
END_TEST

/* The socket is the targets', too: anything may come. */
START_TEST(nonsense)
{
    static const struct enter_hello unknown = { .kind = ENTER_KINDS };
    static const struct { const void *bytes; size_t size; } sent[] = {
        { "x", 1 }, { &unknown, sizeof unknown }, { &db, sizeof db - 1 }, { &db, sizeof db } };
    int ends[2];
    start("pwrite64:error=EIO", NULL);
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    for (size_t i = 0; i < sizeof sent / sizeof *sent; i++) {
        struct packet packet; /* with a descriptor that is not a listener */
        packet_out(&packet, sent[i].bytes, sent[i].size, ends[1]);
        ck_assert_int_eq(sendmsg(plan.socket, &packet.message, 0), (ssize_t)sent[i].size);
        ck_assert_int_eq(send(plan.socket, sent[i].bytes, sent[i].size, 0), (ssize_t)sent[i].size);
    }
    run_target(&db, write_three);
    ck_assert_int_eq(results[0], -EIO);
}
END_TEST

START_TEST(it_goes_on_without_targets)
{
    int ends[2];
    start("pwrite64:error=EIO", NULL);
    fd_close(&plan.socket); /* nobody can hand anything over */
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    close(ends[1]);
    ck_assert_uint_eq(injector_serve(injector, ends, 1), 1);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof *table)

Suite *injector_suite(void)
{
    Suite *suite = suite_create("injector");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, an_action, 0, ROWS(actions));
    tcase_add_test(all, what_is_written_down);
    tcase_add_loop_test(all, an_operation, 0, ROWS(owners));
    tcase_add_loop_test(all, a_disk, 0, ROWS(disks));
    tcase_add_test(all, beside_the_disk);
    tcase_add_test(all, a_disk_of_all);
    tcase_add_loop_test(all, a_disk_after_a_reset, 0, ROWS(resets));
    tcase_add_test(all, an_actor_is_killed);
    tcase_add_test(all, nothing_without_control_memory);
    tcase_add_test(all, no_control_memory);
    tcase_add_test(all, filters_of_its_own);
    tcase_add_loop_test(all, a_rule_is_armed, 0, ROWS(armed));
    tcase_add_test(all, a_target_arms_and_is_answered);
    tcase_add_test(all, nonsense);
    tcase_add_test(all, it_goes_on_without_targets);
    suite_add_tcase(suite, all);
    return suite;
}
