/* SPDX-License-Identifier: MIT
 * unit_rule.c: the grammar of --inject, word by word, and every error in it.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/clock.h"
#include "inject/preset.h"
#include "inject/rule.h"
#include "unit.h"

#define LONG_31 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_256 LONG_64 LONG_64 LONG_64 LONG_64

static const struct {
    const char *text;
    enum rule_action action;
    uint64_t amount, first, step, chance;
} actions[] = {
    { "write:error=ENOSPC", RULE_ERROR, ENOSPC, 1, 1, 0 },
    { "write:error=5", RULE_ERROR, 5, 1, 1, 0 },
    { "write:error=4095", RULE_ERROR, 4095, 1, 1, 0 },
    { "write:delay=2ms", RULE_DELAY, 2000000, 1, 1, 0 },
    { "write:delay=0", RULE_DELAY, 0, 1, 1, 0 },
    { "getpid:stop=1m30s", RULE_STOP, 90 * CLOCK_SECOND, 1, 1, 0 },
    { "write:short", RULE_SHORT, RULE_HALF, 1, 1, 0 },
    { "read:short=7", RULE_SHORT, 7, 1, 1, 0 },
    { "%read,%write:short=1", RULE_SHORT, 1, 1, 1, 0 },
    { "%write,fallocate:full=4096", RULE_FULL, 4096, 1, 1, 0 },
    { "write:full=0", RULE_FULL, 0, 1, 1, 0 },
    { "write:full:when=3", RULE_FULL, RULE_HALF, 3, 0, 0 },
    { "getpid:kill", RULE_KILL, 0, 1, 1, 0 },
    { "renameat2:kill-after", RULE_KILL_AFTER, 0, 1, 1, 0 },
    { "pwritev2:torn", RULE_TORN, RULE_HALF, 1, 1, 0 },
    { "write:torn=0", RULE_TORN, 0, 1, 1, 0 },
    { "write:torn=0x10", RULE_TORN, 16, 1, 1, 0 },
    { "write:kill:when=3", RULE_KILL, 0, 3, 0, 0 },
    { "write:kill:when=3+", RULE_KILL, 0, 3, 1, 0 },
    { "write:kill:when=3+2", RULE_KILL, 0, 3, 2, 0 },
    { "write:kill:when=1", RULE_KILL, 0, 1, 0, 0 },
    { "write:kill:p=0.5", RULE_KILL, 0, 0, 0, UINT64_C(1) << 63 },
    { "write:kill:p=1", RULE_KILL, 0, 0, 0, UINT64_MAX },
    { "write:kill:p=1e-300", RULE_KILL, 0, 0, 0, 1 },
};

START_TEST(action)
{
    struct rule rule;
    struct error why;
    ck_assert_msg(rule_parse(actions[_i].text, &rule, &why) == 0, "%s", why.text);
    ck_assert_uint_eq(rule.action, actions[_i].action);
    ck_assert_uint_eq(rule.amount, actions[_i].amount);
    ck_assert_uint_eq(rule.first, actions[_i].first);
    ck_assert_uint_eq(rule.step, actions[_i].step);
    ck_assert_uint_eq(rule.chance, actions[_i].chance);
    ck_assert_str_eq(rule.text, actions[_i].text);
    ck_assert(rule_is_sane(&rule));
    ck_assert_uint_eq(rule.whose, RULE_OF_ANYBODY);
    ck_assert_uint_eq(rule.operation, RULE_ANY);
}
END_TEST

START_TEST(filter)
{
    struct rule rule;
    struct error why;
    ck_assert_int_eq(rule_parse("write,fsync:error=EIO:operation=12+:path=*.log:action=put:"
                                "actor=writer.3:when=2", &rule, &why), 0);
    ck_assert(call_set_has(&rule.calls, SYS_write) && call_set_has(&rule.calls, SYS_fsync));
    ck_assert(!call_set_has(&rule.calls, SYS_read));
    ck_assert_uint_eq(rule.whose, RULE_OF_ACTOR);
    ck_assert_str_eq(rule.name, "writer.3");
    ck_assert_str_eq(rule.path, "*.log");
    ck_assert_str_eq(rule.operation_action, "put");
    ck_assert_uint_eq(rule.operation, 12);
    ck_assert_uint_eq(rule.onwards, 1);
    ck_assert_uint_eq(rule.first, 2);
    ck_assert_int_eq(rule_parse("write:kill:operation=0", &rule, &why), 0);
    ck_assert_uint_eq(rule.operation, 0);
    ck_assert_uint_eq(rule.onwards, 0);
    ck_assert_int_eq(rule_parse("write:kill:server=db", &rule, &why), 0);
    ck_assert_uint_eq(rule.whose, RULE_OF_SERVER);
    ck_assert_str_eq(rule.name, "db");
    ck_assert_int_eq(rule_parse("write:kill:hook=reset", &rule, &why), 0);
    ck_assert_uint_eq(rule.whose, RULE_OF_HOOK);
}
END_TEST

/* A family stands for those of its calls that the action is possible for. */
START_TEST(family)
{
    struct rule rule;
    struct error why;
    ck_assert_int_eq(rule_parse("%write:torn=4", &rule, &why), 0);
    ck_assert(call_set_has(&rule.calls, SYS_write) && call_set_has(&rule.calls, SYS_pwritev2));
    ck_assert(!call_set_has(&rule.calls, SYS_sendfile));
    ck_assert_int_eq(rule_parse("%file:kill-after", &rule, &why), 0);
    ck_assert(call_set_has(&rule.calls, SYS_unlinkat) && !call_set_has(&rule.calls, SYS_openat));
    ck_assert_int_eq(rule_parse("%net:kill:path=socket*", &rule, &why), 0);
    ck_assert(call_set_has(&rule.calls, SYS_connect) && !call_set_has(&rule.calls, SYS_socket));
    ck_assert_int_eq(rule_parse("%write,%file:full=1", &rule, &why), 0);
    ck_assert(call_set_has(&rule.calls, SYS_sendfile) && call_set_has(&rule.calls, SYS_fallocate));
    ck_assert(!call_set_has(&rule.calls, SYS_io_submit) &&
              !call_set_has(&rule.calls, SYS_ftruncate));
    ck_assert(rule_is_sane(&rule));
}
END_TEST

static const struct {
    const char *text, *why;
} wrong[] = {
    { "", "the action is missing: write SYSCALLS:ACTION, for example write:error=EIO" },
    { "fsync", "the action is missing: write SYSCALLS:ACTION, for example fsync:error=EIO" },
    { ":kill", "the name of a system call is missing" },
    { "%sync:torn", "'torn' does not work for" },
    { "%write,fsync:torn", "'torn' does not work for fsync" },
    { "%net:short", "'short' does not work for" },
    { "write,:kill", "the name of a system call is missing" },
    { ",write:kill", "the name of a system call is missing" },
    { "write,,read:kill", "the name of a system call is missing" },
    { "wirte:kill", "unknown system call 'wirte'" },
    { "Write:kill", "unknown system call 'Write'" },
    { LONG_64 ":kill", "unknown system call '" LONG_64 "'" },
    { "%wirte:kill", "unknown family '%wirte': use %write, %read, %sync, %file, %net or "
                     "%memory" },
    { "%:kill", "unknown family '%': use" },
    { "clock_gettime:kill", "'clock_gettime' can never match: programs read the clock without the "
                            "kernel (vDSO)" },
    { "write,io_uring_enter:kill", "'io_uring_enter' can never match: io_uring is refused" },
    { "write:", "unknown action '': use error=, delay=, short, full=, kill, kill-after, "
                "torn or stop=" },
    { "write:explode", "unknown action 'explode'" },
    { "write:KILL", "unknown action 'KILL'" },
    { "write:when=3", "unknown action 'when'" },
    { "write:kill=9", "the action 'kill' takes no value" },
    { "write:kill=", "the action 'kill' takes no value" },
    { "write:kill-after=1", "the action 'kill-after' takes no value" },
    { "write:error", "the action 'error' needs a value: error=ENOSPC" },
    { "write:delay", "the action 'delay' needs a value: a duration, for example 50ms" },
    { "write:stop", "the action 'stop' needs a value: a duration" },
    { "write:error=", "unknown error '': write it as in errno(3), for example ENOSPC" },
    { "write:error=ENOSUCH", "unknown error 'ENOSUCH'" },
    { "write:error=eio", "unknown error 'eio'" },
    { "write:error=0", "unknown error '0'" },
    { "write:error=4096", "unknown error '4096'" },
    { "write:error=-5", "unknown error '-5'" },
    { "write:delay=5", "'5' is not a duration: 50ms, 2s" },
    { "write:delay=", "'' is not a duration" },
    { "write:stop=soon", "'soon' is not a duration" },
    { "write:short=", "'' is not a number of bytes" },
    { "write:short=0", "'short=0' would mean the end of the file: use at least 1 byte" },
    { "write:torn=-1", "'-1' is not a number of bytes" },
    { "write:torn=18446744073709551615", "'18446744073709551615' is not a number of bytes" },
    { "write:full=", "'' is not a number of bytes" },
    { "write:full=4k", "'4k' is not a number of bytes" },
    { "read:full=1", "'full' does not work for read: only for calls that write data into files" },
    { "write,ftruncate:full=1", "'full' does not work for ftruncate" },
    { "vmsplice:full=1", "'full' does not work for vmsplice" },
    { "fsync:torn", "'torn' does not work for fsync: only for calls that write" },
    { "read:torn", "'torn' does not work for read: only for calls that write" },
    { "sendfile:torn", "'torn' does not work for sendfile" },
    { "write,openat:short", "'short' does not work for openat: only for calls that read or write" },
    { "getpid:short", "'short' does not work for getpid" },
    { "read:kill-after", "'kill-after' does not work for read: the injector cannot make "
                         "this call; use 'kill' at the next call" },
    { "openat:kill-after", "'kill-after' does not work for openat" },
    { "getpid:kill-after", "'kill-after' does not work for getpid" },
    { "getpid:kill:path=x", "getpid has no path, so 'path=' can never match" },
    { "write,socket:kill:path=x", "socket has no path, so 'path=' can never match" },
    { "write:kill:when", "unknown filter 'when': use when=, p=, actor=, server=, hook=, "
                         "action=, operation= or path=" },
    { "write:kill:", "unknown filter ''" },
    { "write:kill:=", "unknown filter '='" },
    { "write:kill:whenever=3", "unknown filter 'whenever=3'" },
    { "write:kill:wh=3", "unknown filter 'wh=3'" },
    { "write:kill:when=", "'when=' takes 3, 3+ or 3+2, counted from 1" },
    { "write:kill:when=0", "'when=' takes" },
    { "write:kill:when=+", "'when=' takes" },
    { "write:kill:when=+2", "'when=' takes" },
    { "write:kill:when=0+2", "'when=' takes" },
    { "write:kill:when=3+0", "'when=' takes" },
    { "write:kill:when=3++", "'when=' takes" },
    { "write:kill:when=3-", "'when=' takes" },
    { "write:kill:p=0", "'p=0' is not a chance: use more than 0, at most 1" },
    { "write:kill:p=1.1", "'p=1.1' is not a chance" },
    { "write:kill:p=-0.5", "'p=-0.5' is not a chance" },
    { "write:kill:p=nan", "'p=nan' is not a chance" },
    { "write:kill:p=", "'p=' is not a chance" },
    { "write:kill:p=0.5x", "'p=0.5x' is not a chance" },
    { "write:kill:when=1:p=0.5", "use only one of 'when=' and 'p='" },
    { "write:kill:when=1:when=2", "'when=' is given twice" },
    { "write:kill:path=a:path=b", "'path=' is given twice" },
    { "write:kill:actor=", "'' is not a name" },
    { "write:kill:actor=" LONG_64, "'" LONG_64 "' is not a name" },
    { "write:kill:actor=a:server=b", "use only one of 'actor=', 'server=' and 'hook='" },
    { "write:kill:hook=reset:actor=b", "use only one of 'actor=', 'server=' and 'hook='" },
    { "write:kill:hook=check", "'hook=check': only the reset hook can have faults" },
    { "write:kill:action=", "'' is not a name of an action" },
    { "write:kill:action=a b", "'a b' is not a name of an action" },
    { "write:kill:server=db:action=put", "use 'action=' and 'operation=' for actors only" },
    { "write:kill:hook=reset:operation=1", "use 'action=' and 'operation=' for actors only" },
    { "write:kill:operation=", "'operation=' takes the index of an operation, 12 or 12+" },
    { "write:kill:operation=+", "'operation=' takes" },
    { "write:kill:operation=18446744073709551615", "'operation=' takes" },
    { "write:kill:path=", "'path=' takes a pattern of 1 to 255 bytes" },
    { "write:kill:path=" LONG_256, "'path=' takes a pattern of 1 to 255 bytes" },
    { "write:kill:path=" LONG_256 LONG_256, "a rule of injection has at most 511 bytes" },
};

/* Each name stands for rules, and each rule is one. */
START_TEST(presets)
{
    static const char *const names[] = { "full-disk", "bad-disk", "slow-disk", "flaky-network",
                                         "no-memory", "interrupts", "few-descriptors",
                                         "torn-writes" };
    char all[256];
    preset_names(all, sizeof all);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *filters;
        const struct preset *preset = preset_find(names[i], &filters);
        ck_assert_msg(preset && preset->rules[0] && strstr(all, names[i]), "%s", names[i]);
        ck_assert_ptr_eq(preset_number(i), preset);
        ck_assert_str_eq(filters, "");
        for (const char *const *text = preset->rules; *text; text++) {
            struct rule rule;
            struct error error;
            ck_assert_msg(rule_parse(*text, &rule, &error) == 0, "%s: %s", names[i], error.text);
            ck_assert_msg(rule.chance > 0, "%s always fires", *text);
        }
    }
    const char *filters;
    ck_assert_ptr_null(preset_number(sizeof names / sizeof *names));
    ck_assert_ptr_null(preset_find("disk", &filters));
    ck_assert_ptr_null(preset_find("full", &filters));
    ck_assert_ptr_null(preset_find("full-disks:actor=a", &filters));
    ck_assert_ptr_eq(preset_find("bad-disk:actor=a:action=put", &filters), preset_number(1));
    ck_assert_str_eq(filters, ":actor=a:action=put");
}
END_TEST

/* One rule of a preset that fired is enough for it, not for other rules. */
START_TEST(silent_presets)
{
    struct preset_rule rules[] = {
        { "connect:error=ECONNREFUSED:p=0.05", false }, { "%net:delay=50ms:p=0.02", false },
        { "%read,%write:delay=20ms:p=0.02:path=/*", false }, { "%sync:delay=200ms:p=0.1", false },
        { "write:kill", false } };
    ck_assert_uint_eq(preset_silent(rules, 5), 5);
    rules[3].fired = true;
    ck_assert_uint_eq(preset_silent(rules, 5), 3);
    rules[4].fired = true;
    ck_assert_uint_eq(preset_silent(rules, 5), 2);
    rules[0].fired = true;
    ck_assert_uint_eq(preset_silent(rules, 5), 0);
    rules[4].fired = false;
    ck_assert_uint_eq(preset_silent(rules, 5), 1);
    struct preset_rule filtered[] = {
        { "%read,%write:short:p=0.05:path=pipe?*:actor=a", true },
        { "%read,%write:short:p=0.05:path=socket?*:actor=a", false }, /* of two presets */
        { "%read,%write:short:p=0.05:path=socket?*:actor=b", false } };
    ck_assert_uint_eq(preset_silent(filtered, 3), 1);
    ck_assert_uint_eq(preset_silent(rules, 0), 0);
    /* Of two presets that have the first one of these, one fired. */
    const struct preset_rule shared[] = { { "%read,%write:short:p=0.05:path=socket?*", false },
                                          { "%read,%write:short:p=0.05:path=pipe?*", true } };
    ck_assert_uint_eq(preset_silent(shared, 2), 0);
}
END_TEST

START_TEST(refused)
{
    struct rule rule;
    struct error why = { .text = "" };
    ck_assert_msg(rule_parse(wrong[_i].text, &rule, &why) < 0, "'%s' is taken", wrong[_i].text);
    ck_assert_msg(strstr(why.text, wrong[_i].why), "'%s' says: %s", wrong[_i].text, why.text);
    ck_assert_ptr_null(strchr(why.text, '\n'));
}
END_TEST

static struct definition definition = {
    .n_types = 3,
    .types = { { .name = "a.1", .n_actions = 1, .actions = { { .name = "put" } } },
               { .name = "a", .n_actions = 2,
                 .actions = { { .name = "get" }, { .name = "scan" } } },
               { .name = LONG_31 } },
};

static const struct {
    const char *text, *why; /* NULL: found */
    uint32_t type, index;
} resolved[] = {
    { "write:kill:actor=a", NULL, 1, UINT32_MAX },
    { "write:kill:actor=a.1", NULL, 0, UINT32_MAX },
    { "write:kill:actor=a.0", NULL, 1, 0 },
    { "write:kill:actor=a.12", NULL, 1, 12 },
    { "write:kill:actor=a.1.3", NULL, 0, 3 },
    { "write:kill:actor=a:action=scan", NULL, 1, UINT32_MAX },
    { "write:kill:action=put", NULL, 0, UINT32_MAX },
    { "write:kill:actor=" LONG_31 ".4095", NULL, 2, 4095 },
    { "write:kill:actor=b", "can never match: there is no actor 'b'", 0, 0 },
    { "write:kill:actor=a.x", "there is no actor 'a.x'", 0, 0 },
    { "write:kill:actor=a.-1", "there is no actor 'a.-1'", 0, 0 },
    { "write:kill:actor=a.4294967295", "there is no actor", 0, 0 },
    { "write:kill:actor=.", "there is no actor '.'", 0, 0 },
    { "write:kill:actor=a:action=put", "can never match: there is no action 'put'", 0, 0 },
    { "write:kill:action=none", "there is no action 'none'", 0, 0 },
};

START_TEST(resolve)
{
    struct rule rule;
    struct error why = { .text = "" };
    ck_assert_int_eq(rule_parse(resolved[_i].text, &rule, &why), 0);
    ck_assert_int_eq(rule_resolve(&rule, &definition, &why), resolved[_i].why ? -1 : 0);
    if (resolved[_i].why) {
        ck_assert_msg(strstr(why.text, resolved[_i].why), "it says: %s", why.text);
        return;
    }
    ck_assert_uint_eq(rule.type, resolved[_i].type);
    ck_assert_uint_eq(rule.index, resolved[_i].index);
}
END_TEST

/* Another process may send anything. */
START_TEST(insane)
{
    struct rule good, bad;
    struct error why;
    ck_assert_int_eq(rule_parse("write:error=EIO:actor=a:path=x", &good, &why), 0);
    ck_assert(rule_is_sane(&good));
#define BAD(change) (bad = good, change, ck_assert_msg(!rule_is_sane(&bad), "%s", #change))
    BAD(bad.action = RULE_ACTIONS);
    BAD(bad.action = RULE_RECORD);
    BAD(bad.whose = RULE_OF_HOOK + 1);
    BAD(bad.first = 0);
    BAD(bad.amount = 0);
    BAD(bad.amount = 4096);
    BAD(memset(bad.name, 'x', sizeof bad.name));
    BAD(memset(bad.operation_action, 'x', sizeof bad.operation_action));
    BAD(memset(bad.path, 'x', sizeof bad.path));
    BAD(memset(bad.text, 'x', sizeof bad.text));
    BAD(bad.calls.bits[SYS_getpid / 64] |= UINT64_C(1) << SYS_getpid % 64);
    BAD((bad.action = RULE_TORN, bad.calls.bits[SYS_fsync / 64] |= UINT64_C(1) << SYS_fsync % 64));
#undef BAD
}
END_TEST

static const struct {
    const char *pattern, *path;
    bool fits;
} paths[] = {
    { "*.log", "/var/a.log", true },      { "*.log", "/var.log/a", false },
    { "a.log", "/var/a.log", true },      { "a.log", "/var/ba.log", false },
    { "/var/a.log", "/var/a.log", true }, { "/var/*", "/var/a/b.log", true },
    { "/var/*", "/usr/a", false },        { "var/a.log", "/var/a.log", false },
    { "*", "/", true },                   { "socket:*", "socket:[7]", true },
    { "pipe:*", "pipe:[7]", true },       { "?", "/tmp/x", true },
    { "[ab]", "/tmp/b", true },           { "\\*", "/tmp/*", true },
    { "*.log", "a.log", true },
};

START_TEST(path)
{
    ck_assert_msg(rule_path_fits(paths[_i].pattern, paths[_i].path) == paths[_i].fits, "%s on %s",
                  paths[_i].pattern, paths[_i].path);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof *(table))

Suite *rule_suite(void)
{
    Suite *suite = suite_create("rule");
    TCase *tcase = tcase_create("rule");
    tcase_add_loop_test(tcase, action, 0, ROWS(actions));
    tcase_add_test(tcase, filter);
    tcase_add_test(tcase, family);
    tcase_add_test(tcase, presets);
    tcase_add_test(tcase, silent_presets);
    tcase_add_loop_test(tcase, refused, 0, ROWS(wrong));
    tcase_add_loop_test(tcase, resolve, 0, ROWS(resolved));
    tcase_add_test(tcase, insane);
    tcase_add_loop_test(tcase, path, 0, ROWS(paths));
    suite_add_tcase(suite, tcase);
    return suite;
}
