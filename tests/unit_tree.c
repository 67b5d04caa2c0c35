/* SPDX-License-Identifier: MIT
 * unit_tree.c: whole directories are removed, however deep, and nothing that lies outside of them:
 * not behind a link, not on another mount.
 */
#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

enum { DEEP = 200 };

static char place[] = "/tmp/stress-tree-XXXXXX";
static struct error error;

static void set_up(void)
{
    strcpy(place + strlen(place) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(place));
    ck_assert_int_eq(chdir(place), 0);
    ck_assert_int_eq(mkdir("top", 0700), 0);
}

static void tear_down(void)
{
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_msg(tree_remove(place, &error) == 0, "%s", error.text);
    ck_assert_int_eq(access(place, F_OK), -1);
}

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    close(fd);
}

static void expect_gone(void)
{
    ck_assert_msg(tree_remove("top", &error) == 0, "%s", error.text);
    ck_assert_int_eq(access("top", F_OK), -1);
    ck_assert_int_eq(tree_remove("top", &error), 0); /* it is removed already */
}

START_TEST(all_kinds_of_files)
{
    make_file("top/file");
    ck_assert_int_eq(mkdir("top/below", 0700), 0);
    make_file("top/below/.hidden");
    ck_assert_int_eq(mkfifo("top/below/pipe", 0600), 0);
    ck_assert_int_eq(symlink("nowhere", "top/dangling"), 0);
    expect_gone();
}
END_TEST

START_TEST(deeper_than_descriptors_go)
{
    int at = open("top", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < DEEP; i++) {
        ck_assert_int_eq(mkdirat(at, "d", 0700), 0);
        int below = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(below, 0);
        close(at);
        at = below;
    }
    close(openat(at, "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    close(at);
    expect_gone();
}
END_TEST

START_TEST(without_permissions)
{
    ck_assert_int_eq(mkdir("top/below", 0700), 0);
    ck_assert_int_eq(mkdir("top/below/further", 0700), 0);
    make_file("top/below/further/file");
    ck_assert_int_eq(chmod("top/below/further", 0), 0);
    ck_assert_int_eq(chmod("top/below", 0500), 0);
    ck_assert_int_eq(chmod("top", 0), 0);
    expect_gone();
}
END_TEST

START_TEST(links_are_not_followed)
{
    ck_assert_int_eq(mkdir("outside", 0700), 0);
    make_file("outside/file");
    ck_assert_int_eq(symlink("../outside", "top/link"), 0);
    ck_assert_int_eq(symlink("outside", "alias"), 0);
    ck_assert_int_eq(tree_remove("alias", &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot remove 'alias'"));
    expect_gone();
    ck_assert_int_eq(access("outside/file", F_OK), 0);
}
END_TEST

START_TEST(a_file_is_not_a_tree)
{
    make_file("file");
    ck_assert_int_eq(tree_remove("file", &error), -1);
    ck_assert_int_eq(error.code, ENOTDIR);
    ck_assert_int_eq(access("file", F_OK), 0);
}
END_TEST

/* In mounts of its own, where that is allowed. */
static const char *on_another_mount(void)
{
    if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return NULL;
    CHILD_EXPECT(mkdir("top/mounted", 0700) == 0);
    CHILD_EXPECT(mount("outside", "top/mounted", NULL, MS_BIND, NULL) == 0);
    CHILD_EXPECT(tree_remove("top", &error) == -1);
    CHILD_EXPECT(strstr(error.text, "cannot remove 'mounted' in 'top'") != NULL);
    CHILD_EXPECT(error.code == EXDEV);
    CHILD_EXPECT(access("outside/file", F_OK) == 0);
    return NULL;
}

START_TEST(mounts_are_left_alone)
{
    ck_assert_int_eq(mkdir("outside", 0700), 0);
    make_file("outside/file");
    child_run(on_another_mount);
    ck_assert_int_eq(access("outside/file", F_OK), 0);
    expect_gone();
}
END_TEST

/* As somebody who may look and not touch. */
static const char *of_somebody_else(void)
{
    if (geteuid() != 0 || setuid(65534) < 0)
        return NULL;
    CHILD_EXPECT(tree_remove("top", &error) == -1);
    CHILD_EXPECT(strstr(error.text, "' in 'top'") != NULL);
    CHILD_EXPECT(error.code == EACCES);
    return NULL;
}

START_TEST(what_may_not_be_removed)
{
    make_file("top/one");
    make_file("top/two");
    ck_assert_int_eq(chmod(place, 0755), 0);
    ck_assert_int_eq(chmod("top", 0755), 0);
    child_run(of_somebody_else);
    expect_gone();
}
END_TEST

Suite *tree_suite(void)
{
    Suite *suite = suite_create("tree");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, all_kinds_of_files);
    tcase_add_test(all, deeper_than_descriptors_go);
    tcase_add_test(all, without_permissions);
    tcase_add_test(all, links_are_not_followed);
    tcase_add_test(all, a_file_is_not_a_tree);
    tcase_add_test(all, mounts_are_left_alone);
    tcase_add_test(all, what_may_not_be_removed);
    suite_add_tcase(suite, all);
    return suite;
}
