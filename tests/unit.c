/* SPDX-License-Identifier: MIT
 * unit.c: runs all suites of unit.h, or those named as arguments, each in a process of its own, one
 * on each processor (or as many as STRESS_TEST_JOBS says). With CK_FORK=no all are run in this
 * process, one after the other. The closing line is that of the other tests, so that scripts/check
 * can add them up.
 */
#include "unit.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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

void unit_forget_variables(void)
{
    for (char **at = environ; *at;) {
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(*at, "="), *at);
        if (strncmp(name, "STRESS_", 7) != 0 && strncmp(name, "LD_", 3) != 0)
            at++;
        else if (unsetenv(name) < 0 || getenv(name))
            abort();
    }
}

/* What the processes of the suites say. */
struct tally {
    int run, failed;
};
static struct tally *tallies;

/* Check gives a test four seconds, which a busy machine may not have for it. */
static void run_suite(int which)
{
    setenv("CK_DEFAULT_TIMEOUT", "120", 0);
    SRunner *runner = srunner_create(suites[which].make());
    srunner_run_all(runner, CK_ENV);
    tallies[which] = (struct tally){ srunner_ntests_run(runner), srunner_ntests_failed(runner) };
    srunner_free(runner);
}

static int jobs(void)
{
    const char *text = getenv("STRESS_TEST_JOBS");
    cpu_set_t set;
    int n = text ? atoi(text) : sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return n > 0 ? n : 1;
}

/* Runs the suites that are wanted. */
static void run_all(const bool *wanted)
{
    const char *text = getenv("CK_FORK");
    bool forks = !text || strcmp(text, "no") != 0;
    int room = jobs();
    for (int i = 0; i < N_SUITES; i++) {
        if (!wanted[i])
            continue;
        if (forks && room == 0 && wait(NULL) > 0)
            room++;
        pid_t pid = forks ? fork() : 0;
        if (pid == 0)
            run_suite(i);
        if (pid == 0 && forks)
            exit(EXIT_SUCCESS);
        room--;
    }
    while (wait(NULL) > 0)
        ;
}

/* Says how many tests passed and failed; a suite that ran none, since it died, is a failure. */
static bool sum_up(const bool *wanted)
{
    int passed = 0, failed = 0;
    for (int i = 0; i < N_SUITES; i++)
        if (wanted[i]) {
            if (tallies[i].run == 0)
                printf("not ok %s: no test was run\n", suites[i].name);
            passed += tallies[i].run - tallies[i].failed;
            failed += tallies[i].run > 0 ? tallies[i].failed : 1;
        }
    printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0;
}

int main(int argc, char **argv)
{
    bool wanted[N_SUITES];
    int n_wanted = 0;
    for (int i = 0; i < N_SUITES; i++)
        n_wanted += wanted[i] = is_wanted(suites[i].name, argc, argv);
    if (n_wanted < argc - 1) {
        fprintf(stderr, "unit: there is no suite of one of these names\n");
        return EXIT_FAILURE;
    }
    tallies = mmap(NULL, sizeof *tallies * N_SUITES, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (tallies == MAP_FAILED) {
        perror("unit: mmap");
        return EXIT_FAILURE;
    }
    run_all(wanted);
    return sum_up(wanted) ? EXIT_SUCCESS : EXIT_FAILURE;
}
