/* SPDX-License-Identifier: MIT
 * unit.h: the suites of unit tests. X(noun) stands for tests/unit_<noun>.c with <noun>_suite().
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <check.h>
#include <stdbool.h>

#define UNIT_SUITES(X)                                                                            \
    X(address) X(cache) X(call) X(cases) X(clock) X(command_file) X(console) X(definition)        \
    X(doubt) X(durable) X(effect) X(fd) X(flight) X(grid) X(headline) X(histogram) X(image)       \
    X(injected) X(injection) X(injector) X(known) X(lifecycle) X(lives) X(lock) X(match)          \
    X(memory) X(merge) X(options) X(output) X(progress) X(random) X(reap) X(record) X(recording)  \
    X(replay_file) X(report) X(report_formats) X(rule) X(rundir) X(runners) X(samples)            \
    X(sandbox) X(scratch) X(serial) X(session) X(shard) X(share) X(slot) X(stacks) X(subject)     \
    X(suite) X(sweep) X(target) X(text) X(tickets) X(tree) X(verdict) X(warden) X(why) X(wire)

/* Unsets the variables that lines which show findings again repeat: the tests have their own. */
void unit_forget_variables(void);

#define UNIT_DECLARE(noun) Suite *noun##_suite(void);
UNIT_SUITES(UNIT_DECLARE)

#endif
