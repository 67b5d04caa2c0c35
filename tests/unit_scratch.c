/* SPDX-License-Identifier: MIT
 * unit_scratch.c: the scratch directory and what lies beside it: made if nothing is there, anew
 * whatever a workload did to it, and removed.
 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/tree.h"
#include "unit.h"

static char place[] = "/tmp/stress-scratch-XXXXXX";
static char path[64];
static struct scratch scratch;
static struct error error;

static void set_up(void)
{
    strcpy(place + strlen(place) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
    snprintf(path, sizeof path, "%s/disk", place);
}

static void tear_down(void)
{
    scratch_close(&scratch);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_msg(tree_remove(place, &error) == 0, "%s", error.text);
}

static void make(void)
{
    ck_assert_msg(scratch_make(&scratch, path, &error) == 0, "%s", error.text);
}

static void put(const char *name, const char *text)
{
    int fd FD_CLEANUP = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ck_assert(fd >= 0 && fd_write_all(fd, text, strlen(text)) == 0);
}

static void expect_mode(const char *name, mode_t mode)
{
    struct stat status;
    ck_assert_int_eq(lstat(name, &status), 0);
    ck_assert_msg(status.st_mode == mode, "%s: mode %o", name, status.st_mode);
    ck_assert(!S_ISREG(mode) || status.st_size == 0);
}

static void expect_new(void)
{
    expect_mode("disk", S_IFDIR | 0700);
    expect_mode("witness", S_IFDIR | 0700);
    expect_mode("output", S_IFREG | 0600);
    ck_assert_int_eq(rmdir("disk"), 0); /* they are empty */
    ck_assert_int_eq(rmdir("witness"), 0);
}

START_TEST(what_is_made)
{
    make();
    ck_assert_str_eq(scratch.path, path);
    ck_assert_ptr_nonnull(strstr(scratch.witness, "/witness"));
    ck_assert_ptr_nonnull(strstr(scratch.output, "/output"));
    ck_assert_int_eq(strncmp(scratch.witness, place, strlen(place)), 0);
    expect_new();
}
END_TEST

/* Nothing is left of what was made, and what was there stays. */
START_TEST(what_is_there_already)
{
    static const char *const names[] = { "disk", "witness", "output" };
    for (int i = 0; i < 3; i++) {
        put(names[i], "mine");
        ck_assert_int_eq(scratch_make(&scratch, path, &error), -1);
        ck_assert_int_eq(scratch.at, -1);
        for (int j = 0; j < 3; j++)
            ck_assert_int_eq(access(names[j], F_OK), i == j ? 0 : -1);
        ck_assert_int_eq(unlink(names[i]), 0);
    }
    ck_assert_int_eq(scratch_remove(&scratch, &error), 0); /* not made: nothing to do */
}
END_TEST

START_TEST(what_is_no_path)
{
    static const char *const paths[] = { "disk", "", "/", "/tmp/", "/none/such/place" };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ck_assert_int_eq(scratch_make(&scratch, paths[i], &error), -1);
}
END_TEST

/* What a workload does to one of them. */
static void fill(void)
{
    put("disk/a", "1");
    ck_assert_int_eq(mkdir("disk/below", 0700), 0);
    put("disk/below/a", "1");
    put("witness/a", "1");
    put("output", "text");
}
static void lock(void)
{
    fill();
    ck_assert(chmod("disk", 0) == 0 && chmod("witness", 01777) == 0 && chmod("output", 0644) == 0);
}
static void mark(void)
{
    ck_assert(setxattr("disk", "user.a", "1", 1, 0) == 0 || errno == ENOTSUP);
    ck_assert(setxattr("output", "user.a", "1", 1, 0) == 0 || errno == ENOTSUP);
}
static void give_away(void)
{
    ck_assert(geteuid() != 0 || (chown("disk", 1, 1) == 0 && chown("output", (uid_t)-1, 1) == 0));
}
static void remove_all(void)
{
    ck_assert(rmdir("witness") == 0 && unlink("output") == 0);
}
static void keep_output(void)
{
    put("output", "text");
    ck_assert_int_eq(link("output", "kept"), 0);
}
static void link_output(void)
{
    put("kept", "text");
    ck_assert(unlink("output") == 0 && symlink("kept", "output") == 0);
}
static void pipe_output(void)
{
    ck_assert(unlink("output") == 0 && mkfifo("output", 0600) == 0);
}
static void (*const deeds[])(void) = { fill, lock, mark, give_away, remove_all, keep_output,
                                       link_output, pipe_output };

START_TEST(renewed)
{
    make();
    deeds[_i]();
    ck_assert_msg(scratch_renew(&scratch, &error) == 0, "%s", error.text);
    ck_assert_int_le(listxattr("disk", NULL, 0), 0);
    ck_assert_int_le(listxattr("output", NULL, 0), 0);
    struct stat status;
    ck_assert(stat("disk", &status) == 0 && status.st_uid == geteuid());
    ck_assert(stat("output", &status) == 0 && status.st_gid == scratch.gid);
    ck_assert(stat("kept", &status) < 0 || status.st_size == 4);
    expect_new();
}
END_TEST

START_TEST(removed)
{
    make();
    deeds[_i]();
    ck_assert_msg(scratch_remove(&scratch, &error) == 0, "%s", error.text);
    unlink("kept");
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(rmdir(place), 0); /* nothing is left */
    ck_assert_int_eq(mkdir(place, 0700), 0);
}
END_TEST

Suite *scratch_suite(void)
{
    Suite *suite = suite_create("scratch");
    TCase *test = tcase_create("scratch");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, what_is_made);
    tcase_add_test(test, what_is_there_already);
    tcase_add_test(test, what_is_no_path);
    tcase_add_loop_test(test, renewed, 0, sizeof deeds / sizeof *deeds);
    tcase_add_loop_test(test, removed, 0, sizeof deeds / sizeof *deeds);
    suite_add_tcase(suite, test);
    return suite;
}
