/* SPDX-License-Identifier: MIT
 * child.h: for unit tests of what a process does to itself: a body runs in a forked child, and
 * returns what was wrong, or NULL.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <check.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILD_TEXT_(x) #x
#define CHILD_TEXT(x) CHILD_TEXT_(x)
/* In a body: returns from it, with the place and the condition, if that does not hold. */
#define CHILD_EXPECT(condition)                                                                    \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return __FILE__ ":" CHILD_TEXT(__LINE__) ": " #condition;                              \
    } while (0)

static inline void child_run(const char *(*body)(void))
{
    char said[512] = "";
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        const char *wrong = body();
        _exit(wrong && write(ends[1], wrong, strlen(wrong)) >= 0 ? 1 : wrong ? 2 : 0);
    }
    close(ends[1]);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    /* Does not wait for the end of the pipe, which processes of the body may still hold open. */
    if (status != 0 && read(ends[0], said, sizeof said - 1) < 0)
        said[0] = '\0';
    close(ends[0]);
    ck_assert_msg(status == 0, "the child ended with status %#x: %s", (unsigned)status, said);
}

#endif
