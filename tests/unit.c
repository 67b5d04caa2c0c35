/* SPDX-License-Identifier: MIT
 * unit.c: runs all suites of unit.h, or those named as arguments. The last line has the form of the
 * other tests, so that scripts/check can add them up.
 */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    Suite *(*make)(void);
} suites[] = {
#define UNIT_ENTRY(noun) { #noun, noun##_suite },
    UNIT_SUITES(UNIT_ENTRY)
};
enum { N_SUITES = sizeof suites / sizeof suites[0] };

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(name, argv[i]))
            return true;
    return argc < 2;
}

int main(int argc, char **argv)
{
    SRunner *runner = srunner_create(NULL);
    int added = 0;
    for (int i = 0; i < N_SUITES; i++)
        if (is_wanted(suites[i].name, argc, argv)) {
            srunner_add_suite(runner, suites[i].make());
            added++;
        }
    if (added < argc - 1) {
        fprintf(stderr, "unit: unknown suite: the names are in tests/unit.h\n");
        return EXIT_FAILURE;
    }
    srunner_run_all(runner, CK_ENV);
    int run = srunner_ntests_run(runner), failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed, 0 skipped\n", run - failed, failed);
    return failed || run == 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
