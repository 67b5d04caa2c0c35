/* SPDX-License-Identifier: MIT
 * unit_lives.c: the run directory of a run of several lives, from the frames of each; and what the
 * host refuses of a guest.
 */
#include <check.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "vm/copy.h"
#include "vm/lives.h"

Suite *lives_suite(void);

#define START                                                                                     \
    "{\"t\":0.5,\"event\":\"start\",\"schema\":1,\"workload\":\"w\",\"seed\":\"0x1\","             \
    "\"target\":100,\"time_limit_s\":60.0}\n"
#define SAMPLE(t, n)                                                                              \
    "{\"t\":" #t ",\"event\":\"sample\",\"counted\":" #n ",\"uncounted\":0,\"failed\":1,"          \
    "\"indeterminate\":0,\"generation\":1,\"resets\":1,\"faults\":0,\"reset_s\":0.5,"              \
    "\"reset_max_s\":0.25,\"findings\":1}\n"
#define FINDING(id, count)                                                                        \
    "{\"t\":1.0,\"event\":\"finding\",\"id\":" #id ",\"kind\":\"crash\",\"actor\":\"w.0\","        \
    "\"title\":\"w: SIGSEGV at 0x12\",\"count\":" #count ",\"generation\":0,"                      \
    "\"directory\":\"findings/000" #id "-crash\"}\n"
#define JSON(id)                                                                                  \
    "{\"id\":" #id ",\"kind\":\"crash\",\"actor\":\"w.0\",\"title\":\"w: SIGSEGV at 0x99\"}"
#define RESULT "{\"verdict\":\"failed\",\"findings\":[{\"id\":1,\"count\":2,\"stack\":[1]}]}\n"

static char directory[64];
static struct lives lives;
static const struct flight flight = { .ram.fd = -1 }; /* no guest has shown its memory */
static struct copy copy;
static struct error error;

static void set_up(void)
{
    const struct copy_owner owner = { &lives, lives_file, lives_more, lives_place };
    snprintf(directory, sizeof directory, "/tmp/stress-unit-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    memset(&lives, 0, sizeof lives);
    lives.at = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_ge(lives.at, 0);
    lives.run = true;
    lives.seed = 1;
    lives.workload = "w";
    lives.again = "stress-supervisor vm run w";
    lives.accelerator = "tcg";
    lives.release = "6.1";
    lives.flight = &flight;
    lives_begin(&lives, 1);
    copy_begin(&copy, lives.at, &owner);
}

static void tear_down(void)
{
    copy_end(&copy);
    lives_free(&lives);
    close(lives.at);
    ck_assert_int_eq(tree_remove(directory, &error), 0);
}

static int take(enum frame_kind kind, const char *bytes, size_t size)
{
    static unsigned char copied[FRAME_MOST + 1];
    memcpy(copied, bytes, size);
    copied[size] = '\0';
    return copy_take(&copy, &(struct frame){ kind, size, copied }, &error);
}

static void give(enum frame_kind kind, const char *text)
{
    ck_assert_msg(take(kind, text, strlen(text)) == 0, "%s", error.text);
}

static void give_file(const char *path, const char *text)
{
    give(FRAME_FILE, path);
    give(FRAME_DATA, text);
    give(FRAME_CLOSE, "");
}

static void give_finding(const char *path, const char *json)
{
    char move[256];
    int n = snprintf(move, sizeof move, ".tree%c%s", '\0', path);
    give(FRAME_FOLDER, ".tree");
    give_file(".tree/finding.json", json);
    give_file(".tree/stderr", "said");
    ck_assert_int_eq(take(FRAME_MOVE, move, (size_t)n), 0);
}

static void next_life(void)
{
    lives_over(&lives);
    lives_begin(&lives, 2);
}

static const char *content(const char *path)
{
    static char text[8192];
    FILE *file = file_open(lives.at, path);
    ck_assert_msg(file, "%s is not there", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static uint64_t number_in(const char *path, const char *key)
{
    json_t *json = json_loads(content(path), 0, NULL);
    uint64_t number = member_get_count(json, key);
    json_decref(json);
    return number;
}

static bool is_there(const char *path)
{
    return faccessat(lives.at, path, F_OK, 0) == 0;
}

/* Nothing is said anew that one guest has said. */
START_TEST(one_life)
{
    char end[] = "{\"t\":2.0,\"event\":\"end\",\"verdict\":\"failed\"}\n";
    give(FRAME_FOLDER, "findings");
    give_file("events.jsonl", START);
    give_finding("findings/0001-crash", JSON(1));
    ck_assert_int_eq(take(FRAME_MORE, "events.jsonl\0" FINDING(1, 1), 13 + strlen(FINDING(1, 1))),
                     0);
    ck_assert_int_eq(take(FRAME_MORE, "events.jsonl\0{\"t\":2.0,", 22), 0);
    ck_assert_int_eq(take(FRAME_MORE, "events.jsonl\0\"event\":\"end\",\"verdict\":\"failed\"}\n",
                          13 + strlen(end) - 9), 0);
    give_file("result.json", RESULT);
    ck_assert(!is_there("result.json")); /* not before the end */
    lives_over(&lives);
    json_decref(lives_finish(&lives, 1, "x"));
    ck_assert_str_eq(content("events.jsonl"), START FINDING(1, 1)
                     "{\"t\":2.0,\"event\":\"end\",\"verdict\":\"failed\"}\n");
    ck_assert_str_eq(content("result.json"), RESULT);
    ck_assert_str_eq(content("findings/0001-crash/finding.json"), JSON(1));
    ck_assert_str_eq(content("findings/0001-crash/stderr"), "said");
}
END_TEST

/* The same finding in the next life is counted; the sums go on; a line that was cut off goes. */
START_TEST(two_lives)
{
    bool is_new;
    give(FRAME_FOLDER, "findings");
    give_file("events.jsonl",
              START SAMPLE(0.7, 30) FINDING(1, 1) SAMPLE(1.0, 40) "{\"t\":1.1,\"ev");
    give_finding("findings/0001-crash", JSON(1));
    ck_assert_uint_eq(lives_kernel(&lives, "kernel", "kernel panic: x", "the console", 11, &is_new),
                      2);
    ck_assert(is_new);
    next_life();
    ck_assert_uint_eq(lives_counted(&lives), 40);
    give(FRAME_FOLDER, "findings");
    give_file("events.jsonl", START SAMPLE(0.7, 60));
    give_finding("findings/0001-crash", JSON(1));
    ck_assert_int_eq(take(FRAME_MORE, "events.jsonl\0" FINDING(1, 3), 13 + strlen(FINDING(1, 3))),
                     0);
    give_file("result.json", "{\"verdict\":\"failed\",\"actors\":[7],\"findings\":[]}");
    lives_over(&lives);
    json_t *result = lives_finish(&lives, 1, "why");
    json_t *findings = json_object_get(result, "findings");
    ck_assert_uint_eq(member_get_count(json_object_get(result, "operations"), "counted"), 100);
    ck_assert_uint_eq(member_get_count(json_object_get(result, "operations"), "failed"), 2);
    ck_assert_uint_eq(member_get_count(result, "resets"), 2);
    ck_assert_uint_eq(member_get_count(result, "generations"), 4);
    ck_assert_uint_eq(member_get_count(json_object_get(result, "vm"), "lives"), 2);
    ck_assert_uint_eq(json_array_size(json_object_get(result, "actors")), 1);
    ck_assert_uint_eq(json_array_size(findings), 2);
    ck_assert_uint_eq(member_get_count(json_array_get(findings, 0), "count"), 4);
    ck_assert_uint_eq(member_get_count(json_array_get(findings, 1), "id"), 2);
    json_decref(result);
    ck_assert(is_there("findings/0001-crash/latest/finding.json"));
    ck_assert_str_eq(content("findings/0002-kernel/console"), "the console");
    ck_assert_ptr_null(strstr(content("events.jsonl"), "\"ev{"));
    ck_assert_ptr_nonnull(strstr(content("events.jsonl"), "\"event\":\"life\""));
}
END_TEST

/* A finding of the guest that comes behind one of its kernel is numbered behind it. */
START_TEST(numbers)
{
    bool is_new;
    give(FRAME_FOLDER, "findings");
    give_file("events.jsonl", START);
    lives_kernel(&lives, "kernel", "WARNING in f", "x", 1, &is_new);
    give_finding("findings/0001-crash", JSON(1));
    ck_assert_int_eq(take(FRAME_MORE, "events.jsonl\0" FINDING(1, 1), 13 + strlen(FINDING(1, 1))),
                     0);
    ck_assert_uint_eq(number_in("findings/0002-crash/finding.json", "id"), 2);
    give_file("findings/0001-crash/finding.json", "{\"id\":1,\"count\":8}");
    ck_assert_uint_eq(number_in("findings/0002-crash/finding.json", "id"), 2);
    ck_assert_uint_eq(number_in("findings/0002-crash/finding.json", "count"), 8);
    ck_assert(!is_there("findings/0001-crash"));
    lives_kernel(&lives, "kernel", "WARNING in f", "x", 1, &is_new);
    ck_assert(!is_new);
    ck_assert_uint_eq(number_in("findings/0001-kernel/finding.json", "count"), 2);
}
END_TEST

/* A guest that died before it began anything. */
START_TEST(no_run)
{
    bool is_new;
    lives_kernel(&lives, "kernel", "kernel panic: x", "x", 1, &is_new);
    lives_over(&lives);
    json_t *result = lives_finish(&lives, 1, "why");
    ck_assert_str_eq(json_string_value(json_object_get(result, "verdict")), "failed");
    ck_assert_str_eq(json_string_value(json_object_get(result, "workload")), "w");
    ck_assert_uint_eq(json_array_size(json_object_get(result, "findings")), 1);
    json_decref(result);
}
END_TEST

/* A run that was refused has no result, and what there is goes with its directory. */
START_TEST(refused)
{
    lives_over(&lives);
    ck_assert_ptr_null(lives_finish(&lives, 2, "why"));
    ck_assert(!is_there("result.json"));
}
END_TEST

static const struct {
    enum frame_kind kind;
    const char *bytes;
    size_t size;
} breaches[] = {
    { FRAME_FILE, "../x", 4 },      { FRAME_FILE, "/tmp/x", 6 },   { FRAME_FILE, "a/../b", 6 },
    { FRAME_FILE, "", 0 },          { FRAME_FILE, "a//b", 4 },     { FRAME_FILE, "a/", 2 },
    { FRAME_FILE, ".x", 2 },        { FRAME_FILE, "a/.x", 4 },     { FRAME_FILE, ".treex/a", 8 },
    { FRAME_FILE, "a\0b", 3 },      { FRAME_FOLDER, "..", 2 },     { FRAME_REMOVE, "..", 2 },
    { FRAME_MOVE, "a", 1 },         { FRAME_MOVE, "a\0..", 4 },    { FRAME_MOVE, "..\0a", 4 },
    { FRAME_MORE, "a", 1 },         { FRAME_MORE, "../a\0x", 6 },  { FRAME_DATA, "x", 1 },
    { FRAME_CLOSE, "", 0 },         { FRAME_EXIT, "x", 1 },
};

START_TEST(breach)
{
    ck_assert_int_eq(take(breaches[_i].kind, breaches[_i].bytes, breaches[_i].size), -1);
    ck_assert_int_ne(error.text[0], '\0');
}
END_TEST

Suite *lives_suite(void)
{
    Suite *suite = suite_create("lives");
    TCase *test = tcase_create("lives");
    tcase_add_checked_fixture(test, set_up, tear_down);
    tcase_add_test(test, one_life);
    tcase_add_test(test, two_lives);
    tcase_add_test(test, numbers);
    tcase_add_test(test, no_run);
    tcase_add_test(test, refused);
    tcase_add_loop_test(test, breach, 0, sizeof breaches / sizeof *breaches);
    suite_add_tcase(suite, test);
    return suite;
}
