/* SPDX-License-Identifier: MIT
 * unit_text.c: what users type, good and bad, and how texts are shown to them.
 */
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "unit.h"

static const struct {
    const char *text;
    bool good;
    uint64_t value;
} numbers[] = {
    { "0", true, 0 },
    { "7", true, 7 },
    { "007", true, 7 },
    { "18446744073709551615", true, UINT64_MAX },
    { "0x0", true, 0 },
    { "0xff", true, 255 },
    { "0XfF", true, 255 },
    { "0xffffffffffffffff", true, UINT64_MAX },
    { "", false, 0 },
    { " 1", false, 0 },
    { "1 ", false, 0 },
    { "+1", false, 0 },
    { "-1", false, 0 },
    { "-0", false, 0 },
    { "1.5", false, 0 },
    { "1e3", false, 0 },
    { "ten", false, 0 },
    { "12k", false, 0 },
    { "ff", false, 0 },
    { "0x", false, 0 },
    { "0xg", false, 0 },
    { "0x-1", false, 0 },
    { "0x 1", false, 0 },
    { "0x0x1", false, 0 },
    { "18446744073709551616", false, 0 },
    { "99999999999999999999999", false, 0 },
    { "0x10000000000000000", false, 0 },
};

START_TEST(endings)
{
    char text[48];
    ck_assert_str_eq(text_ending(CLD_EXITED, 0, text, sizeof text), "");
    ck_assert_str_eq(text_ending(CLD_EXITED, 3, text, sizeof text), "(exit status 3)");
    ck_assert_str_eq(text_ending(CLD_KILLED, 9, text, sizeof text), "(killed by signal 9)");
    ck_assert_str_eq(text_ending(CLD_DUMPED, 11, text, sizeof text), "(killed by signal 11)");
}
END_TEST

START_TEST(number)
{
    uint64_t value = 4711;
    ck_assert_msg(text_parse_u64(numbers[_i].text, &value) == numbers[_i].good, "'%s'",
                  numbers[_i].text);
    ck_assert_uint_eq(value, numbers[_i].good ? numbers[_i].value : 4711);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    uint64_t ns;
} durations[] = {
    { "0", true, 0 },
    { "0s", true, 0 },
    { "1ns", true, 1 },
    { "250us", true, 250000 },
    { "500ms", true, 500 * CLOCK_MILLISECOND },
    { "90s", true, 90 * CLOCK_SECOND },
    { "5m", true, 300 * CLOCK_SECOND },
    { "22h", true, 22 * 3600 * CLOCK_SECOND },
    { "2d", true, 2 * 86400 * CLOCK_SECOND },
    { "1h30m", true, 5400 * CLOCK_SECOND },
    { "1d2h3m4s5ms6us7ns", true, 93784 * CLOCK_SECOND + 5006007 },
    { "18446744073709551615ns", true, UINT64_MAX },
    { "18446744073s709551615ns", true, UINT64_MAX },
    { "", false, 0 },
    { "5", false, 0 },
    { "00", false, 0 },
    { "s", false, 0 },
    { "-1s", false, 0 },
    { "+1s", false, 0 },
    { " 1s", false, 0 },
    { "1s ", false, 0 },
    { "1 s", false, 0 },
    { "1m1h", false, 0 },
    { "1ms1m", false, 0 },
    { "1ss", false, 0 },
    { "1s1s", false, 0 },
    { "1h30", false, 0 },
    { "1.5h", false, 0 },
    { "1w", false, 0 },
    { "1S", false, 0 },
    { "1mss", false, 0 },
    { "0x1s", false, 0 },
    { "1h-30m", false, 0 },
    { "1h+30m", false, 0 },
    { "soon", false, 0 },
    { "18446744073709551616ns", false, 0 },
    { "18446744074s", false, 0 },
    { "18446744073s709551616ns", false, 0 },
    { "213504d", false, 0 },
    { "99999999999999999999d", false, 0 },
};

START_TEST(duration)
{
    uint64_t ns = 4711;
    ck_assert_msg(text_parse_duration(durations[_i].text, &ns) == durations[_i].good, "'%s'",
                  durations[_i].text);
    ck_assert_uint_eq(ns, durations[_i].good ? durations[_i].ns : 4711);
}
END_TEST

static const struct {
    uint64_t ns;
    const char *text;
} shown[] = {
    { 0, "0 ns" },
    { 999, "999 ns" },
    { 1200, "1.2 us" },
    { 999499, "999 us" },
    { 999500, "1 ms" },
    { 1500000, "1.5 ms" },
    { 999499999, "999 ms" },
    { 999500000, "1 s" },
    { 90 * CLOCK_SECOND, "90 s" },
    { 99949999999, "99.9 s" },
    { 99950000000, "1m39s" },
    { 3599 * CLOCK_SECOND, "59m59s" },
    { 5400 * CLOCK_SECOND, "1h30m" },
    { UINT64_MAX, "5124095h34m" },
};

START_TEST(format)
{
    char buffer[32], small[4];
    ck_assert_ptr_eq(text_format_duration(shown[_i].ns, buffer, sizeof buffer), buffer);
    ck_assert_str_eq(buffer, shown[_i].text);
    text_format_duration(shown[_i].ns, small, sizeof small);
    ck_assert_int_eq(strncmp(small, shown[_i].text, sizeof small - 1), 0);
    ck_assert_uint_lt(strlen(small), sizeof small);
}
END_TEST

START_TEST(names)
{
    static const char *const good[] = { "a", "A", "9", "_", "a-b.c_d", "writer", "_.-",
                                        "0123456789012345678901234567890" };
    static const char *const bad[] = { "", "-a", ".a", ".", "a b", "a/b", "a\n", "\x80",
                                       "a\xc3\xa4", "a,b", "a\\",
                                       "01234567890123456789012345678901" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(text_is_name(good[i]), "'%s'", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!text_is_name(bad[i]), "'%s'", bad[i]);
}
END_TEST

START_TEST(stored_names)
{
    char bytes[TEXT_NAME];
    memset(bytes, 'a', sizeof bytes);
    ck_assert(!text_is_stored_name(bytes)); /* no NUL within */
    bytes[TEXT_NAME - 1] = '\0';
    ck_assert(text_is_stored_name(bytes));
    bytes[0] = '\0';
    ck_assert(!text_is_stored_name(bytes));
    strcpy(bytes, "-x");
    ck_assert(!text_is_stored_name(bytes));
}
END_TEST

static const struct {
    size_t size;
    const char *from, *to;
} copies[] = {
    { 16, "", "" },
    { 16, "plain text", "plain text" },
    { 5, "plain text", "plai" },
    { 1, "plain text", "" },
    { 6, "exact", "exact" },
    { 16, "a\tb\nc\x7f\x1b[m", "a?b?c??[m" },
    { 16, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80" },
    { 16, "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xc2\xa0", "\xf4\x8f\xbf\xbf\xed\x9f\xbf\xc2\xa0" },
    /* Not cut in the middle of a character. */
    { 3, "a\xc3\xa4", "a" },
    { 4, "a\xc3\xa4", "a\xc3\xa4" },
    { 4, "a\xe2\x82\xac", "a" },
    { 5, "a\xf0\x9f\x98\x80", "a" },
    { 6, "a\xf0\x9f\x98\x80", "a\xf0\x9f\x98\x80" },
    /* Not UTF-8. */
    { 16, "a\x80z", "a?z" },
    { 16, "a\xffz", "a?z" },
    { 16, "\xc3", "?" },                         /* ends within a character */
    { 16, "\xe2\x82", "??" },
    { 16, "\xf0\x9f\x98", "???" },
    { 16, "\xc3z", "?z" },
    { 16, "\xc0\xaf", "??" },                    /* overlong */
    { 16, "\xe0\x9f\xbf", "???" },
    { 16, "\xf0\x8f\xbf\xbf", "????" },
    { 16, "\xed\xa0\x80", "???" },               /* surrogate */
    { 16, "\xf4\x90\x80\x80", "????" },          /* above U+10FFFF */
    { 16, "\xf5\x80\x80\x80", "????" },
    { 16, "a\xe2\x80\xae" "b\xef\xbf\xbe", "a???b???" }, /* right to left; U+FFFE */
    { 16, "\xc2\x85", "??" },                    /* a control character of C1 */
};

START_TEST(copy)
{
    char to[32];
    memset(to, '#', sizeof to);
    text_copy(to, copies[_i].size, copies[_i].from);
    ck_assert_str_eq(to, copies[_i].to);
    for (size_t i = copies[_i].size; i < sizeof to; i++)
        ck_assert_int_eq(to[i], '#');
}
END_TEST

START_TEST(copy_to_nothing)
{
    char to = '#';
    text_copy(&to, 0, "text");
    ck_assert_int_eq(to, '#');
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *text_suite(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("text");
    tcase_add_loop_test(tcase, number, 0, COUNT(numbers));
    tcase_add_loop_test(tcase, duration, 0, COUNT(durations));
    tcase_add_loop_test(tcase, format, 0, COUNT(shown));
    tcase_add_test(tcase, names);
    tcase_add_test(tcase, stored_names);
    tcase_add_loop_test(tcase, copy, 0, COUNT(copies));
    tcase_add_test(tcase, copy_to_nothing);
    tcase_add_test(tcase, endings);
    suite_add_tcase(suite, tcase);
    return suite;
}
