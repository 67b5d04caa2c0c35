/* SPDX-License-Identifier: MIT
 * target_fixture.h: for unit tests of what is done to another process: a child that prepares
 * something and then waits, as in a notified call. Both processes have the same addresses, but only
 * the child has its data there.
 */
#ifndef TESTS_TARGET_FIXTURE_H
#define TESTS_TARGET_FIXTURE_H

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject/call.h"

/* The numbers of descriptors in the child. The test has no descriptors of these numbers. */
enum { THE_FILE = 200, THE_DIRECTORY, THE_PIPE, THE_OTHER, NO_DESCRIPTOR };

static char fixture_directory[] = "/tmp/stress-target-XXXXXX";
static pid_t fixture_child = -1;

/* The path of a name in the directory of the test. */
static inline const char *fixture_path(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture_directory, name);
    return path;
}

/* In the child: moves a descriptor to a known number. */
static inline void fixture_keep(int fd, int number)
{
    if (fd < 0 || dup2(fd, number) != number)
        _exit(1);
    close(fd);
}

static inline void fixture_setup(void)
{
    strcpy(fixture_directory + strlen(fixture_directory) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(fixture_directory));
    ck_assert_int_eq(chmod(fixture_directory, 0777), 0);
}

static inline int fixture_remove(const char *path, const struct stat *status, int kind,
                                 struct FTW *where)
{
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void fixture_teardown(void)
{
    if (fixture_child > 0) {
        kill(fixture_child, SIGKILL);
        waitpid(fixture_child, NULL, 0);
        fixture_child = -1;
    }
    nftw(fixture_directory, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Starts the child, and returns when it has changed to its directory and called `prepare`. */
static inline pid_t fixture_start(void (*prepare)(void))
{
    int ready[2];
    char byte;
    ck_assert_int_eq(pipe(ready), 0);
    fixture_child = fork();
    ck_assert_int_ge(fixture_child, 0);
    if (fixture_child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (chdir(fixture_directory) < 0)
            _exit(1);
        prepare();
        if (write(ready[1], "r", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(ready[1]);
    ck_assert_msg(read(ready[0], &byte, 1) == 1, "the child failed to prepare");
    close(ready[0]);
    return fixture_child;
}

#define ADDRESS(pointer) ((uint64_t)(uintptr_t)(pointer))

/* For tables: stands for an address, which is not a constant where uint64_t is wider.
 * fixture_call() replaces it by the address that the test has set. */
enum { FIXTURE_PLACES = 4 };
#define PLACE(number) (UINT64_C(0x7e57000000000000) + (number))
static const void *fixture_places[FIXTURE_PLACES];

static inline struct seccomp_data fixture_call(int number, const uint64_t arguments[6])
{
    struct seccomp_data data = { .nr = number };
    for (int i = 0; i < 6; i++) {
        bool place = arguments[i] - PLACE(0) < FIXTURE_PLACES;
        data.args[i] = place ? ADDRESS(fixture_places[arguments[i] - PLACE(0)]) : arguments[i];
    }
    return data;
}

#endif
