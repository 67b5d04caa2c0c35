/* SPDX-License-Identifier: MIT
 * unit_match.c: which rule matches which call, and at which of its matches it fires.
 */
#include <string.h>
#include <sys/syscall.h>

#include "injector/match.h"
#include "unit.h"

static struct definition definition = {
    .n_types = 2,
    .types = { { .name = "a", .n_actions = 2,
                 .actions = { { .name = "put" }, { .name = "get" } } },
               { .name = "b", .n_actions = 1, .actions = { { .name = "put" } } } },
};

/* type.index, operation, action; or a server; or the hook. */
#define ACTOR(type_, index_, operation_, action_)                                                  \
    { .whose = RULE_OF_ACTOR, .type = type_, .index = index_, .operation = operation_,             \
      .action = action_, .number = SYS_write }
#define SERVER(name_)                                                                              \
    { .whose = RULE_OF_SERVER, .operation = RULE_ANY, .action = UINT32_MAX, .number = SYS_write,   \
      .server = name_ }
#define HOOK                                                                                       \
    { .whose = RULE_OF_HOOK, .operation = RULE_ANY, .action = UINT32_MAX, .number = SYS_write }

static const struct {
    const char *rule;
    bool applies;
    struct share_call call;
} rows[] = {
    { "write:kill", true, ACTOR(0, 0, 5, 0) },
    { "read,write:kill", true, ACTOR(0, 0, 5, 0) },
    { "read:kill", false, ACTOR(0, 0, 5, 0) },
    { "write:kill", true, SERVER("db") },
    { "write:kill", false, HOOK },
    { "write:kill", true, ACTOR(1, 0, RULE_ANY, UINT32_MAX) },
    { "write:kill:actor=a", true, ACTOR(0, 3, 5, 0) },
    { "write:kill:actor=a", false, ACTOR(1, 3, 5, 0) },
    { "write:kill:actor=a", false, SERVER("a") },
    { "write:kill:actor=a", false, HOOK },
    { "write:kill:actor=a.3", true, ACTOR(0, 3, 5, 0) },
    { "write:kill:actor=a.3", false, ACTOR(0, 2, 5, 0) },
    { "write:kill:server=db", true, SERVER("db") },
    { "write:kill:server=db", false, SERVER("cache") },
    { "write:kill:server=db", false, ACTOR(0, 0, 5, 0) },
    { "write:kill:hook=reset", true, HOOK },
    { "write:kill:hook=reset", false, SERVER("reset") },
    { "write:kill:hook=reset", false, ACTOR(0, 0, 5, 0) },
    { "write:kill:action=put", true, ACTOR(0, 0, 5, 0) },
    { "write:kill:action=put", true, ACTOR(1, 0, 5, 0) },
    { "write:kill:action=put", false, ACTOR(0, 0, 5, 1) },
    { "write:kill:action=put", false, ACTOR(0, 0, 5, 2) },
    { "write:kill:action=put", false, ACTOR(2, 0, 5, 0) },
    { "write:kill:action=put", false, ACTOR(0, 0, RULE_ANY, UINT32_MAX) },
    { "write:kill:action=put", false, SERVER("put") },
    { "write:kill:operation=5", true, ACTOR(0, 0, 5, 0) },
    { "write:kill:operation=5", false, ACTOR(0, 0, 4, 0) },
    { "write:kill:operation=5", false, ACTOR(0, 0, 6, 0) },
    { "write:kill:operation=5+", true, ACTOR(0, 0, 6, 0) },
    { "write:kill:operation=5+", false, ACTOR(0, 0, 4, 0) },
    { "write:kill:operation=0+", false, ACTOR(0, 0, RULE_ANY, UINT32_MAX) },
    { "write:kill:operation=5", false, SERVER("db") },
};

START_TEST(applies)
{
    struct rule rule;
    struct error why;
    ck_assert_int_eq(rule_parse(rows[_i].rule, &rule, &why), 0);
    ck_assert_int_eq(rule_resolve(&rule, &definition, &why), 0);
    ck_assert_int_eq(match_applies(&rule, &rows[_i].call, &definition), rows[_i].applies);
}
END_TEST

static const struct {
    const char *when, *fires; /* at the 1st, 2nd, ... match */
} whens[] = {
    { "write:kill", "111111" },          { "write:kill:when=1", "100000" },
    { "write:kill:when=3", "001000" },   { "write:kill:when=3+", "001111" },
    { "write:kill:when=2+2", "010101" }, { "write:kill:when=1+3", "100100" },
    { "write:kill:p=1", "111111" },      { "write:kill:p=1e-300", "000000" },
    { "write:kill:when=18446744073709551615", "000000" },
};

START_TEST(fires)
{
    struct rule rule;
    struct error why;
    ck_assert_int_eq(rule_parse(whens[_i].when, &rule, &why), 0);
    for (uint64_t n = 1; whens[_i].fires[n - 1]; n++)
        ck_assert_msg(match_fires(&rule, n, 7, 0) == (whens[_i].fires[n - 1] == '1'), "%s at %u",
                      whens[_i].when, (unsigned)n);
}
END_TEST

enum { DRAWS = 20000 };

static unsigned draw(const struct rule *rule, uint64_t seed, uint32_t which, bool *ret)
{
    unsigned sum = 0;
    for (uint64_t n = 1; n <= DRAWS; n++)
        sum += ret[n - 1] = match_fires(rule, n, seed, which);
    return sum;
}

/* About as many fire as asked for: the same with the same seed, others with another seed or
 * rule. */
START_TEST(chance)
{
    static bool first[DRAWS], other[DRAWS];
    struct rule rule;
    struct error why;
    ck_assert_int_eq(rule_parse("write:kill:p=0.1", &rule, &why), 0);
    unsigned sum = draw(&rule, 7, 0, first);
    ck_assert_uint_gt(sum, DRAWS / 10 * 9 / 10);
    ck_assert_uint_lt(sum, DRAWS / 10 * 11 / 10);
    draw(&rule, 7, 0, other);
    ck_assert_int_eq(memcmp(first, other, sizeof first), 0);
    draw(&rule, 8, 0, other);
    ck_assert_int_ne(memcmp(first, other, sizeof first), 0);
    draw(&rule, 7, 1, other);
    ck_assert_int_ne(memcmp(first, other, sizeof first), 0);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *match_suite(void)
{
    Suite *suite = suite_create("match");
    TCase *tcase = tcase_create("match");
    tcase_add_loop_test(tcase, applies, 0, ROWS(rows));
    tcase_add_loop_test(tcase, fires, 0, ROWS(whens));
    tcase_add_test(tcase, chance);
    suite_add_tcase(suite, tcase);
    return suite;
}
