/* SPDX-License-Identifier: MIT
 * unit_headline.c: the titles of sanitizers' reports, from real reports.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "record/headline.h"

Suite *headline_suite(void);

static const struct {
    const char *output, *headline; /* NULL: none */
} reports[] = {
    { "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602 at pc 0x55\n    #0 x\n"
      "SUMMARY: AddressSanitizer: heap-use-after-free ../a b.c:12 in store_put2\nShadow bytes\n",
      "AddressSanitizer: heap-use-after-free in store_put2" },
    { "==7==ERROR: AddressSanitizer: SEGV on unknown address 0x0\n"
      "SUMMARY: AddressSanitizer: SEGV /a/b.c:12:3 in put\n", "AddressSanitizer: SEGV in put" },
    { "==7==ERROR: LeakSanitizer: detected memory leaks\n"
      "SUMMARY: AddressSanitizer: 10 byte(s) leaked in 1 allocation(s).\n",
      "AddressSanitizer: # byte(s) leaked in # allocation(s)." },
    { "==8==ERROR: AddressSanitizer: SEGV\nSUMMARY: AddressSanitizer: SEGV a.c:1 in put\n", NULL },
    { "==7==ERROR: AddressSanitizer: SEGV\n", NULL },
    { "    #249 0x5 in down\nSUMMARY: AddressSanitizer: stack-overflow a.c:1 in down\n"
      "==7==ABORTING\n", "AddressSanitizer: stack-overflow in down" },
    { "SUMMARY: AddressSanitizer: stack-overflow a.c:1 in down\n==8==ABORTING\n", NULL },
    { "noise\na.c:5:7: runtime error: signed integer overflow: 2147483647 + 1 cannot be "
      "represented in type 'int'\n    #0 0x1 in f\n\n",
      "UndefinedBehaviorSanitizer: signed integer overflow: # + # cannot be represented in type "
      "'int'" },
    { "a.c:5:7: runtime error: division by zero\nSUMMARY: UndefinedBehaviorSanitizer: x a.c:5:7\n",
      "UndefinedBehaviorSanitizer: division by zero" },
    { "a.c:5:7: runtime error: division by zero\nand on it went\n", NULL },
    { "runtime error: ", NULL },
    { "SUMMARY: ", NULL },
    { "", NULL },
};

START_TEST(finds)
{
    char line[256] = "untouched";
    const char *output = reports[_i].output, *wanted = reports[_i].headline;
    bool found = headline_find(output, strlen(output), 7, line, sizeof line);
    ck_assert_int_eq(found, wanted != NULL);
    ck_assert_str_eq(line, wanted ? wanted : "untouched");
}
END_TEST

/* Cut at every byte, from either side: nothing outside is read, which the sanitizers check. */
START_TEST(cut_off)
{
    char line[16];
    const char *output = reports[_i].output;
    size_t size = strlen(output);
    for (size_t i = 0; i <= size; i++) {
        char *copy = strndup(output, i);
        headline_find(copy, i, 7, line, sizeof line);
        free(copy);
        copy = strdup(output + i);
        headline_find(copy, size - i, 7, line, sizeof line);
        free(copy);
    }
}
END_TEST

Suite *headline_suite(void)
{
    Suite *suite = suite_create("headline");
    TCase *tcase = tcase_create("headline");
    int n = sizeof reports / sizeof *reports;
    tcase_add_loop_test(tcase, finds, 0, n);
    tcase_add_loop_test(tcase, cut_off, 0, n);
    suite_add_tcase(suite, tcase);
    return suite;
}
