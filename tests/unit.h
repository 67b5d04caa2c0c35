/* SPDX-License-Identifier: MIT
 * unit.h: the suites of unit tests: X(noun) is tests/unit_<noun>.c with <noun>_suite().
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdbool.h>

#define UNIT_SUITES(X)                                                                             \
    X(command_file) X(lifecycle) X(options) X(output) X(record) X(report) X(rundir) X(sandbox)     \
    X(subject) X(verdict) X(warden)

#define UNIT_DECLARE(noun) Suite *noun##_suite(void);
UNIT_SUITES(UNIT_DECLARE)

#endif
