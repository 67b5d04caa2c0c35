/* SPDX-License-Identifier: MIT
 * peer_check.c: a peer to measure against: Check in fork mode, with a process for each trivial
 * test. Usage: peer_check TESTS; prints microseconds per test.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

START_TEST(trivial)
{
    ck_assert_int_ge(_i, 0);
}
END_TEST

int main(int argc, char **argv)
{
    int tests = argc > 1 ? atoi(argv[1]) : 1000;
    Suite *suite = suite_create("peer");
    TCase *tcase = tcase_create("trivial");
    tcase_add_loop_test(tcase, trivial, 0, tests);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    uint64_t begun = clock_now();
    srunner_run_all(runner, CK_SILENT);
    double us = (double)(clock_now() - begun) / 1e3 / tests;
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%.2f\n", us);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
