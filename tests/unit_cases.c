/* SPDX-License-Identifier: MIT
 * unit_cases.c: cases as TAP and JUnit: their content, and any byte in names and texts. report.test
 * checks whole documents with the tools that read them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "format/cases.h"
#include "format/markup.h"
#include "unit.h"

typedef int writer(FILE *out, const struct cases *cases);

static char *written(const struct cases *cases, writer *write)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(write(out, cases), 0);
    fclose(out);
    return text;
}

static void expect_in(char *text, const char *const *parts, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(strstr(text, parts[i]) != NULL, "no %s in:\n%s", parts[i], text);
    free(text);
}

START_TEST(four_verdicts)
{
    static const char *const tap[] = {
        "TAP version 13\n1..4\n# a.suite\n", "\nok 1 - store put\n  ---\n  duration_ms: 1500.000\n",
        "\nnot ok 2 - store get \\#2\n", "\n  severity: fail\n  message: \"lost \\\"x\\\"\"\n",
        "\n  details: |\n    one\n    \n      three\n  ...\n",
        "\nnot ok 3 - store end\n", "\n  severity: error\n",
        "\nok 4 - store root # SKIP needs root\n"
    };
    static const char *const junit[] = {
        "<testsuite name=\"a.suite\" ", " timestamp=\"2023-11-14T22:13:20\" ",
        "tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" time=\"1.500000\"",
        "<testcase name=\"put\" classname=\"store\" time=\"1.500000\"/>",
        "<failure message=\"lost &quot;x&quot;\" type=\"failure\">  one\n\n  three\n</failure>",
        "<error message=\"cut off\" type=\"error\"></error>", "<skipped message=\"needs root\"/>"
    };
    static const char *const none = "\n1..0 # SKIP";
    struct cases cases;
    cases_init(&cases, "a.suite", 1700000000);
    cases_add(&cases, "put", "store", 1.5, CASES_PASSED, NULL, NULL);
    cases_add(&cases, "get #2", "store", -1, CASES_FAILED, "lost \"x\"", "  one\n\n  three\n");
    cases_add(&cases, "end", "store", 0, CASES_ERROR, "cut off", NULL);
    cases_add(&cases, "root", "store", 0, CASES_SKIPPED, "needs root", NULL);
    expect_in(written(&cases, cases_write_tap), tap, sizeof tap / sizeof *tap);
    expect_in(written(&cases, cases_write_junit), junit, sizeof junit / sizeof *junit);
    cases_free(&cases);
    cases_init(&cases, NULL, 0);
    expect_in(written(&cases, cases_write_tap), &none, 1);
    cases_free(&cases);
}
END_TEST

START_TEST(every_byte)
{
    static const char more[] = "]]>\xef\xbf\xbe\xe2\x80\xae\xed\xa0\x80\xc2\x85\xf5\x80 \xc3\xa4";
    char bytes[256 + sizeof more];
    struct cases cases;
    for (int i = 0; i < 255; i++)
        bytes[i] = (char)(i + 1);
    memcpy(bytes + 255, more, sizeof more);
    cases_init(&cases, bytes, 0);
    cases_add(&cases, bytes, bytes, 1e300, CASES_FAILED, bytes, bytes);
    for (int i = 0; i < 2; i++) {
        char *text = written(&cases, i ? cases_write_tap : cases_write_junit);
        for (const unsigned char *c = (unsigned char *)text; *c; c++)
            ck_assert_msg((*c >= 0x20 && *c != 0x7f) || *c == '\n' || *c == '\t', "0x%02x", *c);
        ck_assert_ptr_nonnull(strstr(text, " \xc3\xa4"));
        if (i == 0) {
            ck_assert_ptr_nonnull(strstr(text, "]]&gt;????????????? \xc3\xa4"));
            ck_assert_ptr_nonnull(strstr(text, "!&quot;#$%&amp;&#39;()"));
        }
        free(text);
    }
    cases_free(&cases);
}
END_TEST

START_TEST(what_cannot_be_written)
{
    struct cases cases;
    FILE *full = fopen("/dev/full", "w");
    ck_assert_ptr_nonnull(full);
    cases_init(&cases, "x", 0);
    ck_assert_int_eq(cases_write_tap(full, &cases), -1);
    ck_assert_int_eq(cases_write_junit(full, &cases), -1);
    cases.failed = true;
    ck_assert_int_eq(cases_write_junit(stdout, &cases), -1);
    ck_assert_int_eq(errno, ENOMEM);
    fclose(full);
    cases_free(&cases);
}
END_TEST

START_TEST(blocks_with_nul)
{
    char text[64] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    ck_assert_ptr_nonnull(out);
    markup_block(out, "a\0b\n\t\r<", 7);
    markup_line(out, NULL);
    markup_line(out, "c\nd\te");
    fclose(out);
    ck_assert_str_eq(text, "a?b\n\t?&lt;c?d?e");
}
END_TEST

Suite *cases_suite(void)
{
    Suite *suite = suite_create("cases");
    TCase *all = tcase_create("all");
    tcase_add_test(all, four_verdicts);
    tcase_add_test(all, every_byte);
    tcase_add_test(all, what_cannot_be_written);
    tcase_add_test(all, blocks_with_nul);
    suite_add_tcase(suite, all);
    return suite;
}
