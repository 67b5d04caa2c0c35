/* SPDX-License-Identifier: MIT
 * unit_doubt.c: the ledger of doubt: names, JSON and back, which doubts keep a run from passing.
 */
#include <check.h>
#include <string.h>

#include "doubt/doubt.h"
#include "unit.h"

START_TEST(names_are_parsed)
{
    enum doubt_kind kind;
    char all[512];
    doubt_names(all, sizeof all);
    for (unsigned i = 0; i < DOUBT_KINDS; i++) {
        ck_assert(doubt_parse(doubt_name((enum doubt_kind)i), &kind));
        ck_assert_uint_eq(kind, i);
        ck_assert_ptr_nonnull(strstr(all, doubt_name((enum doubt_kind)i)));
    }
    ck_assert(!doubt_parse("", &kind));
    ck_assert(!doubt_parse("let-throug", &kind));
}
END_TEST

START_TEST(json_and_back)
{
    struct doubts doubts = { 0 }, sum = { 0 };
    doubts.count[DOUBT_LET_THROUGH] = 3;
    doubts.count[DOUBT_CLOCK] = 1;
    json_t *list = doubt_json(&doubts);
    ck_assert_uint_eq(json_array_size(list), 2);
    ck_assert_ptr_nonnull(json_object_get(json_array_get(list, 0), "means"));
    ck_assert_ptr_nonnull(json_object_get(json_array_get(list, 0), "do"));
    json_array_append_new(list, json_string("nonsense"));
    json_array_append_new(list, json_pack("{s:s,s:i}", "kind", "unheard-of", "count", 4));
    doubt_add(&sum, list);
    doubt_add(&sum, list);
    ck_assert_uint_eq(sum.count[DOUBT_LET_THROUGH], 6);
    ck_assert_uint_eq(sum.count[DOUBT_CLOCK], 2);
    ck_assert_uint_eq(sum.count[DOUBT_UNTRIED], 0);
    json_decref(list);
    doubt_add(&sum, NULL);
}
END_TEST

START_TEST(what_matters)
{
    struct doubts doubts = { 0 };
    char line[128];
    ck_assert(!doubt_matters(&doubts, 0));
    ck_assert_str_eq(doubt_line(&doubts, 0, line, sizeof line), "");
    doubts.count[DOUBT_CLOCK] = 7; /* says nothing of faults */
    ck_assert(!doubt_matters(&doubts, 0));
    doubts.count[DOUBT_UNTRIED] = 2;
    doubts.count[DOUBT_LET_THROUGH] = 1;
    ck_assert(doubt_matters(&doubts, 0));
    ck_assert(doubt_matters(&doubts, 1u << DOUBT_UNTRIED));
    ck_assert(!doubt_matters(&doubts, 1u << DOUBT_UNTRIED | 1u << DOUBT_LET_THROUGH));
    ck_assert_str_eq(doubt_line(&doubts, 0, line, sizeof line), "1 let-through, 2 untried");
    ck_assert_str_eq(doubt_line(&doubts, 1u << DOUBT_UNTRIED, line, sizeof line), "1 let-through");
}
END_TEST

Suite *doubt_suite(void)
{
    Suite *suite = suite_create("doubt");
    TCase *tcase = tcase_create("doubt");
    tcase_add_test(tcase, names_are_parsed);
    tcase_add_test(tcase, json_and_back);
    tcase_add_test(tcase, what_matters);
    suite_add_tcase(suite, tcase);
    return suite;
}
