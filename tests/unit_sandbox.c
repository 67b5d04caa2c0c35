/* SPDX-License-Identifier: MIT
 * unit_sandbox.c: what a process in the sandbox may do to a protected process, and to one that is
 * not protected. Every attempt is made in a child of its own, as this user, and, if that is root,
 * as an ordinary user, too. Only signal 0 is sent, so a broken filter does no harm.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/ioprio.h>
#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor/sandbox.h"
#include "unit.h"

enum { NOBODY = 65534, EXIT_CHILD = 120, EXIT_DIED = 121, LOWEST = 19 };

static long victim_word = 1; /* at the same address in every child */

/* An attempt returns 0 or an errno value. */
typedef int attempt_fn(pid_t target);

static int result_of(long value)
{
    return value < 0 ? errno : 0;
}

/* Attempts that are a single system call, or a libc function that is little more. */
#define ATTEMPT(name, call) \
    static int name(pid_t pid) { (void)pid; return result_of(call); }

/* ---- attempts on another process ---- */

ATTEMPT(try_kill, kill(pid, 0))
ATTEMPT(try_kill_group, kill(-pid, 0))
ATTEMPT(try_kill_garbage,
        syscall(SYS_kill, (uint64_t)(uint32_t)pid | UINT64_C(0xdeadbeef00000000), 0))
ATTEMPT(try_tkill, syscall(SYS_tkill, pid, 0))
ATTEMPT(try_tgkill, syscall(SYS_tgkill, pid, pid, 0))
ATTEMPT(try_sigqueue, sigqueue(pid, 0, (union sigval){ 0 }))

static int try_tgsigqueue(pid_t pid)
{
    siginfo_t info = { .si_code = SI_QUEUE };
    return result_of(syscall(SYS_rt_tgsigqueueinfo, pid, pid, 0, &info));
}

ATTEMPT(try_pidfd, syscall(SYS_pidfd_open, pid, 0))
ATTEMPT(try_join_group, setpgid(0, pid))

static int fcntl_owner(int owner)
{
    int pipes[2];
    return pipe(pipes) < 0 ? -1 : fcntl(pipes[0], F_SETOWN, owner);
}

ATTEMPT(try_fcntl_owner, fcntl_owner(pid))
ATTEMPT(try_fcntl_owner_group, fcntl_owner(-pid))
ATTEMPT(try_ptrace, ptrace(PTRACE_SEIZE, pid, NULL, NULL))

static int try_vm_write(pid_t pid)
{
    long mine = 2;
    struct iovec from = { &mine, sizeof mine }, to = { &victim_word, sizeof victim_word };
    return result_of(process_vm_writev(pid, &from, 1, &to, 1, 0));
}

static int try_vm_read(pid_t pid)
{
    long mine;
    struct iovec to = { &mine, sizeof mine }, from = { &victim_word, sizeof victim_word };
    return result_of(process_vm_readv(pid, &to, 1, &from, 1, 0));
}

static int try_proc_mem(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    bool read_only = fd < 0 && errno == EROFS; /* all of /proc: then it can only be read */
    if (read_only)
        fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? EPERM : errno; /* file mode or ptrace check: both will do */
    long word = victim_word;
    off_t at = (off_t)(uintptr_t)&victim_word;
    return result_of(read_only ? pread(fd, &word, sizeof word, at) :
                                 pwrite(fd, &word, sizeof word, at));
}

ATTEMPT(try_kcmp, syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0))

static int try_prlimit(pid_t pid)
{
    struct rlimit limit;
    if (prlimit(0, RLIMIT_CORE, NULL, &limit) < 0)
        return EXIT_CHILD;
    return result_of(prlimit(pid, RLIMIT_CORE, &limit, NULL));
}

ATTEMPT(try_priority, setpriority(PRIO_PROCESS, (id_t)pid, LOWEST))
ATTEMPT(try_priority_group, setpriority(PRIO_PGRP, (id_t)pid, LOWEST))
ATTEMPT(try_io_priority, syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, pid,
                                 IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)))

static int try_affinity(pid_t pid)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) < 0)
        return EXIT_CHILD;
    return result_of(sched_setaffinity(pid, sizeof set, &set));
}

ATTEMPT(try_scheduler, sched_setscheduler(pid, SCHED_BATCH, &(struct sched_param){ 0 }))
ATTEMPT(try_sched_parameter, sched_setparam(pid, &(struct sched_param){ 0 }))

static int try_sched_attributes(pid_t pid)
{
    struct { /* struct sched_attr, first version */
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = { .size = sizeof attributes, .policy = SCHED_BATCH, .nice = LOWEST };
    return result_of(syscall(SYS_sched_setattr, pid, &attributes, 0));
}

static int try_migrate_pages(pid_t pid)
{
    unsigned long node = 1;
    return result_of(syscall(SYS_migrate_pages, pid, 8 * sizeof node, &node, &node));
}

static int try_move_pages(pid_t pid)
{
    int status;
    void *page = &victim_word;
    return result_of(syscall(SYS_move_pages, pid, 1UL, &page, NULL, &status, 0));
}

#define TRY(name) { #name, try_##name }

static const struct {
    const char *name;
    attempt_fn *attempt;
} attempts[] = {
    TRY(kill), TRY(kill_group), TRY(kill_garbage), TRY(tkill), TRY(tgkill), TRY(sigqueue),
    TRY(tgsigqueue), TRY(pidfd), TRY(join_group), TRY(fcntl_owner), TRY(fcntl_owner_group),
    TRY(ptrace), TRY(vm_write), TRY(vm_read), TRY(proc_mem), TRY(kcmp), TRY(prlimit),
    TRY(priority), TRY(priority_group), TRY(io_priority), TRY(affinity), TRY(scheduler),
    TRY(sched_parameter), TRY(sched_attributes), TRY(migrate_pages), TRY(move_pages),
};

/* ---- attempts that are refused, or not, whoever the target is ---- */

ATTEMPT(try_everybody, kill(-1, 0))
ATTEMPT(try_everybody_garbage, syscall(SYS_kill, UINT64_C(0x12345678ffffffff), 0))
ATTEMPT(try_own_group, kill(0, 0))

static int try_proc_pidfd(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    int fd = open(path, O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? EXIT_CHILD : result_of(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

ATTEMPT(try_priority_user, setpriority(PRIO_USER, 0, LOWEST))

static int try_owner_ex(pid_t pid)
{
    int pipes[2];
    struct f_owner_ex owner = { F_OWNER_PID, pid };
    return pipe(pipes) < 0 ? EXIT_CHILD : result_of(fcntl(pipes[0], F_SETOWN_EX, &owner));
}

static int ioctl_owner(unsigned long request, int owner)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return -1;
    return ioctl(pair[0], request, &owner);
}

ATTEMPT(try_ioctl_owner, ioctl_owner(FIOSETOWN, pid))
ATTEMPT(try_ioctl_group, ioctl_owner(SIOCSPGRP, -pid))
ATTEMPT(try_io_priority_user, syscall(SYS_ioprio_set, IOPRIO_WHO_USER, 0,
                                      IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0)))
ATTEMPT(try_inet, socket(AF_INET, SOCK_STREAM, 0))
ATTEMPT(try_unix, socket(AF_UNIX, SOCK_STREAM, 0))
ATTEMPT(try_mount, mount("none", "/nowhere-at-all", "tmpfs", 0, NULL))

static long clone_and_wait(int flags)
{
    long child = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
    if (child == 0)
        _exit(0);
    return child < 0 ? child : waitpid((pid_t)child, NULL, 0);
}

ATTEMPT(try_user_namespace, clone_and_wait(CLONE_NEWUSER))
ATTEMPT(try_fork, clone_and_wait(0))
ATTEMPT(try_clone3, syscall(SYS_clone3, NULL, 0))
ATTEMPT(try_unshare, unshare(CLONE_FS))
ATTEMPT(try_io_uring, syscall(SYS_io_uring_setup, 0, NULL))
ATTEMPT(try_module, syscall(SYS_finit_module, -1, "", 0))
ATTEMPT(try_bpf, syscall(SYS_bpf, -1, NULL, 0))

static int try_new_privileges(pid_t pid)
{
    (void)pid;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0;
}

enum { ANY = -1 }; /* not checked: it depends on the kernel and the user */

static const struct {
    const char *name;
    attempt_fn *attempt;
    int guard, strict;
} fixed[] = {
    { "kill(-1)", try_everybody, EPERM, EPERM },
    { "kill(-1) with garbage above", try_everybody_garbage, EPERM, EPERM },
    { "kill(0)", try_own_group, 0, 0 },
    { "pidfd_send_signal on /proc/PID", try_proc_pidfd, ENOSYS, ENOSYS },
    { "setpriority of a user", try_priority_user, EPERM, EPERM },
    { "fcntl F_SETOWN_EX", try_owner_ex, EPERM, EPERM },
    { "ioctl FIOSETOWN", try_ioctl_owner, EPERM, EPERM },
    { "ioctl SIOCSPGRP", try_ioctl_group, EPERM, EPERM },
    { "ioprio_set of a user", try_io_priority_user, EPERM, EPERM },
    { "an internet socket", try_inet, 0, EPERM },
    { "a unix socket", try_unix, 0, 0 },
    { "mount", try_mount, ANY, EPERM },
    { "a user namespace", try_user_namespace, ANY, EPERM },
    { "fork", try_fork, 0, 0 },
    { "clone3", try_clone3, EINVAL, ENOSYS },
    { "unshare", try_unshare, 0, EPERM },
    { "io_uring_setup", try_io_uring, ANY, ENOSYS },
    { "finit_module", try_module, ANY, EPERM },
    { "bpf", try_bpf, ANY, EPERM },
    { "new privileges", try_new_privileges, ANY, EPERM },
};

/* ---- the scene: a protected process, another one, and who attempts ---- */

static struct sandbox scene_sandbox(enum wire_sandbox kind, pid_t protect)
{
    struct sandbox sandbox;
    struct error error;
    if (sandbox_build(&sandbox, kind, &protect, 1, &error) < 0 || sandbox_own(&sandbox, &error) < 0)
        ck_abort_msg("%s", error.text);
    return sandbox;
}

static void become(uid_t user)
{
    if (user != getuid() && (setgid(user) < 0 || setuid(user) < 0))
        _exit(EXIT_CHILD);
}

/* Starts a process in a group of its own that waits to be attacked: closed like the harness's own,
 * or open like a runner. */
static pid_t target_start(uid_t user, bool closed)
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    pid_t parent = getpid(), pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        become(user);
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent || setpgid(0, 0) < 0 ||
            prctl(PR_SET_DUMPABLE, !closed) < 0)
            _exit(EXIT_CHILD);
        if (!closed) {
            struct sandbox sandbox;
            struct error error;
            if (sandbox_build(&sandbox, WIRE_SANDBOX_GUARD, NULL, 0, &error) < 0 ||
                sandbox_own(&sandbox, &error) < 0 || sandbox_enter(&sandbox) < 0)
                _exit(EXIT_CHILD);
        }
        if (write(ready[1], "", 1) != 1)
            _exit(EXIT_CHILD);
        for (;;)
            pause();
    }
    close(ready[1]);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    return pid;
}

static void target_stop(pid_t target)
{
    kill(target, SIGKILL);
    waitpid(target, NULL, 0);
}

/* The result of an attempt in a process of its own that has entered the sandbox. */
static int outcome_of(attempt_fn *attempt, pid_t target, const struct sandbox *sandbox, uid_t user)
{
    int status;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        become(user);
        /* After setuid() a process that built the filter as root no longer has the right to load it
         * so. */
        struct sandbox mine = *sandbox;
        mine.no_new_privs |= user != 0;
        if (prctl(PR_SET_DUMPABLE, 1) < 0 || setpgid(0, 0) < 0 || sandbox_enter(&mine) < 0)
            _exit(EXIT_CHILD);
        _exit(attempt(target));
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_DIED;
}

/* On an open process the filter refuses what the kernel would allow. On a closed one the kernel
 * refuses what no filter can see: files of /proc. */
static void check_targets(enum wire_sandbox kind, uid_t user)
{
    pid_t closed = target_start(user, true), open = target_start(user, false);
    struct sandbox guards_closed = scene_sandbox(kind, closed);
    struct sandbox guards_open = scene_sandbox(kind, open);
    for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
        attempt_fn *attempt = attempts[i].attempt;
        int refused = outcome_of(attempt, closed, &guards_closed, user);
        int filtered = outcome_of(attempt, open, &guards_open, user);
        int allowed = outcome_of(attempt, open, &guards_closed, user);
        int owner = outcome_of(attempt, getpid(), &guards_closed, user);
        ck_assert_msg(attempt == try_proc_mem || owner == EPERM,
                      "%s as user %u: errno %d on the owner", attempts[i].name,
                      (unsigned)user, owner);
        ck_assert_msg(refused == EPERM, "%s as user %u: errno %d on a protected process",
                      attempts[i].name, (unsigned)user, refused);
        ck_assert_msg(filtered == (attempt == try_proc_mem ? 0 : EPERM),
                      "%s as user %u: errno %d on a protected but open process",
                      attempts[i].name, (unsigned)user, filtered);
        ck_assert_msg(allowed == 0, "%s as user %u: errno %d on another process",
                      attempts[i].name, (unsigned)user, allowed);
    }
    sandbox_free(&guards_closed);
    sandbox_free(&guards_open);
    target_stop(closed);
    target_stop(open);
}

static void check_fixed(enum wire_sandbox kind, uid_t user)
{
    pid_t harness = target_start(user, true);
    struct sandbox sandbox = scene_sandbox(kind, harness);
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        int expected = kind == WIRE_SANDBOX_STRICT ? fixed[i].strict : fixed[i].guard;
        int outcome = outcome_of(fixed[i].attempt, harness, &sandbox, user);
        ck_assert_msg(expected == ANY || outcome == expected,
                      "%s as user %u: errno %d instead of %d", fixed[i].name, (unsigned)user,
                      outcome, expected);
    }
    sandbox_free(&sandbox);
    target_stop(harness);
}

/* Loop tests: the kinds. */
START_TEST(harness_is_out_of_reach)
{
    check_targets((enum wire_sandbox)_i, getuid());
    if (getuid() == 0)
        check_targets((enum wire_sandbox)_i, NOBODY);
}
END_TEST

START_TEST(machine_is_out_of_reach)
{
    check_fixed((enum wire_sandbox)_i, getuid());
    if (getuid() == 0)
        check_fixed((enum wire_sandbox)_i, NOBODY);
}
END_TEST

/* ---- the rest ---- */

#ifdef __x86_64__
enum { NARROW_KILL = 37, X32_BIT = 0x40000000 };

static int try_narrow_kill(pid_t pid)
{
    long result;
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(NARROW_KILL), "b"(pid), "c"(0)
                     : "memory", "r8", "r9", "r10", "r11");
    return (int)-result;
}

ATTEMPT(try_x32_kill, syscall(X32_BIT | SYS_kill, pid, 0))

START_TEST(narrow_calls_are_no_way_around)
{
    pid_t harness = target_start(getuid(), true), other = target_start(getuid(), false);
    struct sandbox sandbox = scene_sandbox(WIRE_SANDBOX_GUARD, harness);
    struct sandbox none = { .kind = WIRE_SANDBOX_NONE };
    if (outcome_of(try_narrow_kill, other, &none, getuid()) == 0) { /* the kernel accepts them */
        ck_assert_int_eq(outcome_of(try_narrow_kill, other, &sandbox, getuid()), 0);
        ck_assert_int_eq(outcome_of(try_narrow_kill, harness, &sandbox, getuid()), EPERM);
    }
    ck_assert_int_eq(outcome_of(try_x32_kill, harness, &sandbox, getuid()), ENOSYS);
    sandbox_free(&sandbox);
    target_stop(harness);
    target_stop(other);
}
END_TEST
#endif

static int try_regain_ptrace(pid_t pid)
{
    (void)pid;
    execl("/bin/sh", "sh", "-c",
          "while read -r name value; do case $name in Cap[EP]*:)"
          " [ $((0x$value >> 19 & 1)) = 0 ] || exit 1;; esac; done </proc/self/status",
          (char *)NULL);
    return EXIT_CHILD;
}

START_TEST(exec_does_not_bring_ptrace_back)
{
    struct sandbox sandbox = scene_sandbox(WIRE_SANDBOX_GUARD, getpid());
    ck_assert_int_eq(outcome_of(try_regain_ptrace, 0, &sandbox, getuid()), 0);
    sandbox_free(&sandbox);
}
END_TEST

START_TEST(privileged_guard_keeps_new_privileges)
{
    struct sandbox sandbox = scene_sandbox(WIRE_SANDBOX_GUARD, getpid());
    if (getuid() != 0)
        ck_assert(sandbox.no_new_privs);
    ck_assert_int_eq(outcome_of(try_new_privileges, 0, &sandbox, getuid()),
                     sandbox.no_new_privs ? EPERM : 0);
    sandbox_free(&sandbox);
}
END_TEST

START_TEST(none_does_nothing)
{
    struct sandbox sandbox = scene_sandbox(WIRE_SANDBOX_NONE, getpid());
    ck_assert_ptr_null(sandbox.program.filter);
    ck_assert(!sandbox.no_new_privs);
    ck_assert_int_eq(outcome_of(try_kill, getpid(), &sandbox, getuid()), 0);
    sandbox_free(&sandbox);
}
END_TEST

START_TEST(bad_pids_are_refused)
{
    struct sandbox sandbox;
    struct error error = { 0 };
    pid_t gone = fork();
    ck_assert_int_ge(gone, 0);
    if (gone == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(gone, NULL, 0), gone);
    ck_assert_int_eq(sandbox_build(&sandbox, WIRE_SANDBOX_GUARD, &gone, 1, &error), -1);
    ck_assert_int_eq(error.code, ESRCH);
    sandbox_free(&sandbox);
    pid_t many[64] = { 0 };
    ck_assert_int_eq(sandbox_build(&sandbox, WIRE_SANDBOX_GUARD, many, 64, &error), -1);
    ck_assert_int_eq(error.code, E2BIG);
    sandbox_free(&sandbox);
}
END_TEST

Suite *sandbox_suite(void)
{
    Suite *suite = suite_create("sandbox");
    TCase *attack = tcase_create("attack"), *rest = tcase_create("rest");
    tcase_set_timeout(attack, 60);
    tcase_add_loop_test(attack, harness_is_out_of_reach, WIRE_SANDBOX_GUARD, WIRE_SANDBOX_NONE);
    tcase_add_loop_test(attack, machine_is_out_of_reach, WIRE_SANDBOX_GUARD, WIRE_SANDBOX_NONE);
#ifdef __x86_64__
    tcase_add_test(rest, narrow_calls_are_no_way_around);
#endif
    tcase_add_test(rest, exec_does_not_bring_ptrace_back);
    tcase_add_test(rest, privileged_guard_keeps_new_privileges);
    tcase_add_test(rest, none_does_nothing);
    tcase_add_test(rest, bad_pids_are_refused);
    suite_add_tcase(suite, attack);
    suite_add_tcase(suite, rest);
    return suite;
}
