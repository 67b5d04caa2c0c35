/* SPDX-License-Identifier: MIT
 * unit_call.c: what the injector knows of system calls.
 */
#include <string.h>
#include <sys/syscall.h>

#include "inject/call.h"
#include "unit.h"

#ifndef SYS_mmap /* armhf */
#define SYS_mmap SYS_mmap2
#define SYS_sync_file_range SYS_arm_sync_file_range
#endif

static const struct {
    const char *text;
    int in[8], out[8]; /* each ends with 0 */
} sets[] = {
    { "fsync", { SYS_fsync }, { SYS_fdatasync, SYS_getpid } },
    { "fsync,getpid", { SYS_fsync, SYS_getpid }, { SYS_write } },
    { "%write",
      { SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_sendfile, SYS_splice },
      { SYS_sendto, SYS_fsync, SYS_openat } },
    { "%read", { SYS_readv, SYS_pread64, SYS_preadv, SYS_preadv2 }, { SYS_write, SYS_recvfrom } },
    { "%sync", { SYS_fsync, SYS_fdatasync, SYS_sync, SYS_syncfs, SYS_sync_file_range, SYS_msync },
      { SYS_write, SYS_close } },
    { "%file", { SYS_openat, SYS_renameat2, SYS_unlinkat, SYS_linkat, SYS_ftruncate, SYS_close },
      { SYS_write, SYS_fsync, SYS_mmap } },
    { "%file", { SYS_utimensat, SYS_lsetxattr, SYS_fremovexattr, SYS_getxattr, SYS_flistxattr,
                 SYS_chroot }, { SYS_getsockname } },
    { "%net", { SYS_socket, SYS_connect, SYS_accept4, SYS_sendto, SYS_recvmsg, SYS_getpeername },
      { SYS_write, SYS_openat } },
    { "%memory", { SYS_mmap, SYS_munmap, SYS_mremap, SYS_brk, SYS_msync, SYS_munlock },
      { SYS_write } },
    { "%sync,write", { SYS_fsync, SYS_write }, { SYS_writev } },
};

START_TEST(set)
{
    struct call_set calls;
    struct error why;
    ck_assert_msg(call_set_parse(sets[_i].text, &calls, NULL, &why) == 0, "%s", why.text);
    for (const int *number = sets[_i].in; *number; number++)
        ck_assert_msg(call_set_has(&calls, *number), "%s lacks %d", sets[_i].text, *number);
    for (const int *number = sets[_i].out; *number; number++)
        ck_assert_msg(!call_set_has(&calls, *number), "%s has %d", sets[_i].text, *number);
    ck_assert(!call_set_has(&calls, -1));
    ck_assert(!call_set_has(&calls, CALL_NUMBERS));
}
END_TEST

/* The calls that are points of `crash`: they change files or directories, or make them durable. */
START_TEST(changes)
{
    static const int in[] = {
        SYS_write, SYS_pwritev2, SYS_copy_file_range, SYS_sendfile, SYS_splice, SYS_fsync,
        SYS_sync_file_range, SYS_msync, SYS_openat, SYS_renameat2, SYS_unlinkat, SYS_mkdirat,
        SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_ftruncate, SYS_fallocate, SYS_fchmodat,
        SYS_fchownat, SYS_utimensat, SYS_setxattr, SYS_lsetxattr, SYS_fsetxattr, SYS_removexattr,
        SYS_lremovexattr, SYS_fremovexattr,
    };
    static const int out[] = { SYS_read, SYS_preadv2, SYS_lseek, SYS_close, SYS_statx, SYS_getxattr,
                               SYS_sendto, SYS_mmap, SYS_execve, SYS_getpid };
    struct call_set calls;
    call_set_changes(&calls);
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        ck_assert_msg(call_set_has(&calls, in[i]), "no %d", in[i]);
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        ck_assert_msg(!call_set_has(&calls, out[i]), "%d", out[i]);
}
END_TEST

static const char *const unseen[] = {
    "clock_gettime", "clock_getres", "gettimeofday", "time", "getcpu", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "rt_sigreturn", "restart_syscall", "seccomp",
};

START_TEST(never)
{
    struct call_set calls;
    struct error why = { .text = "" };
    ck_assert_int_lt(call_set_parse(unseen[_i], &calls, NULL, &why), 0);
    ck_assert_msg(strstr(why.text, "' can never match: ") && strstr(why.text, unseen[_i]),
                  "it says: %s", why.text);
}
END_TEST

/* Each entry is in the right sets, and its flags fit each other. */
START_TEST(entries)
{
    unsigned known = 0;
    for (int i = -1; i <= CALL_NUMBERS; i++) {
        const struct call *call = call_of(i);
        char name[CALL_NAME];
        if (!call)
            continue;
        known++;
        ck_assert_str_eq(call_name(i, name, sizeof name), call->name);
        ck_assert_msg(call->families != 0, "%s is in no family", name);
        ck_assert_msg(strspn(call->arguments, "fdpsib") == strlen(call->arguments), "%s", name);
        ck_assert_msg(strlen(call->arguments) <= 6, "%s", name);
        ck_assert_msg(call->data == CALL_DATA_NONE || !strcmp(call->arguments, "fbi"), "%s", name);
        ck_assert_msg(!call->repeatable || call->data != CALL_DATA_IN, "%s", name);
        /* A buffer cannot be passed to a call that another process makes. */
        ck_assert_msg(!call->repeatable || call->data == CALL_DATA_OUT ||
                      !strchr(call->arguments, 'b'), "%s", name);
    }
    ck_assert_uint_gt(known, 70); /* some machines have no open, rename, ... */
}
END_TEST

START_TEST(names)
{
    char name[CALL_NAME];
    ck_assert_str_eq(call_name(SYS_getpid, name, sizeof name), "getpid");
    ck_assert_str_eq(call_name(511, name, sizeof name), "call 511");
    ck_assert_ptr_null(call_of(SYS_getpid));
    ck_assert_ptr_null(call_of(-1));
    ck_assert_ptr_null(call_of(CALL_NUMBERS));
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *call_suite(void)
{
    Suite *suite = suite_create("call");
    TCase *tcase = tcase_create("call");
    tcase_add_loop_test(tcase, set, 0, ROWS(sets));
    tcase_add_test(tcase, changes);
    tcase_add_loop_test(tcase, never, 0, ROWS(unseen));
    tcase_add_test(tcase, entries);
    tcase_add_test(tcase, names);
    suite_add_tcase(suite, tcase);
    return suite;
}
