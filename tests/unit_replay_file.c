/* SPDX-License-Identifier: MIT
 * unit_replay_file.c: what was written is read again; a file that is not a replay file is refused
 * with the line.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rundir/replay_file.h"
#include "rundir/variables.h"
#include "unit.h"

#define HEAD "format: 1\nworkload: ./w\nseed: 7\n"

static char path[] = "/tmp/unit-replay-XXXXXX";

static struct replay *read_bytes(const char *text, size_t size, struct error *error)
{
    strcpy(path, "/tmp/unit-replay-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    struct replay *replay = replay_read(path, error);
    unlink(path);
    return replay;
}

static struct replay *read_text(const char *text, struct error *error)
{
    return read_bytes(text, strlen(text), error);
}

static char *print(const struct replay *replay)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    replay_print(out, replay);
    fclose(out);
    return text;
}

START_TEST(round_trip)
{
    static const char all[] =
        "# A replay file of stress-supervisor: see stress-supervisor-replay(5).\n"
        "format: 1\nworkload: ./w\ndirectory: /tmp/a\\\\b\\nc\nargument: --x=\\x07\\x20\n"
        "option: --op-timeout=5s\nenvironment: TZ=\nseed: 0xffffffffffffffff\n"
        "inject: %write:error=EIO:when=3\n"
        "actors: writer.0 a.b.12\nbucket: crash writer: #\n\n"
        "writer.0 0 put\na.b.12 9223372036854775807\nreset\nwriter.0 0 put\n";
    struct error error;
    struct replay *replay = read_text(all, &error);
    ck_assert_msg(replay != NULL, "%s", error.text);
    ck_assert_str_eq(replay->directory, "/tmp/a\\b\nc");
    ck_assert_str_eq(replay->arguments.word[0], "--x=\a ");
    ck_assert_uint_eq(replay->seed, UINT64_MAX);
    ck_assert_uint_eq(replay_operations(replay), 3);
    ck_assert_uint_eq(replay->lines[2].actor, REPLAY_RESET);
    char *text = print(replay);
    ck_assert_str_eq(text, all);
    free(text);
    replay_free(replay);
}
END_TEST

START_TEST(comments_and_blanks)
{
    struct error error;
    struct replay *replay = read_text("\n# x\n" HEAD "\n  w.0 1  # +0.1 ms\n\treset \n\n", &error);
    ck_assert_msg(replay != NULL, "%s", error.text);
    ck_assert_uint_eq(replay->n_lines, 2);
    ck_assert_uint_eq(replay->lines[0].action, NAMES_NONE);
    ck_assert_uint_eq(replay->lines[0].number, 7);
    ck_assert(replay->takes_part[0]);
    replay_free(replay);
}
END_TEST

static const struct {
    const char *text, *line, *what;
} bad[] = {
    { "", "", "no 'format:' line" },
    { "format: 1\nseed: 7\n", "", "no 'workload:' line" },
    { "format: 1\nworkload: x\n", "", "no 'seed:' line" },
    { "workload: x\n", ":1: ", "first key" },
    { "format: 2\n", ":1: ", "does not know the format" },
    { "format: one\n", ":1: ", "a number" },
    { HEAD "colour: red\n", ":4: ", "unknown key: 'colour'" },
    { HEAD "workload: y\n", ":4: ", "twice" },
    { HEAD "argument: a\\q\n", ":4: ", "backslash" },
    { HEAD "argument: a\\x00\n", ":4: ", "backslash" },
    { HEAD "option: -v\n", ":4: ", "must begin with --" },
    { HEAD "option: --op-timeout=soon\n", ":4: ", "not a duration" },
    { HEAD "option: --help\n", ":4: ", "not an option of run" },
    { HEAD "environment: TZ\n", ":4: ", "not a variable" },
    { HEAD "environment: =x\n", ":4: ", "not a variable" },
    { HEAD "inject: write:burn\n", ":4: ", "burn" },
    { HEAD "actors: writer\n", ":4: ", "not an actor" },
    { HEAD "actors: a.0\nb.0 1\n", ":5: ", "not among" },
    { HEAD "w.0\n", ":4: ", "not an operation" },
    { HEAD "w.0 1 put now\n", ":4: ", "not an operation" },
    { HEAD "w.0 -1\n", ":4: ", "number of an operation" },
    { HEAD "w.0 1x\n", ":4: ", "number of an operation" },
    { HEAD "w.0 1 p/t\n", ":4: ", "action" },
    { HEAD "w.x 1\n", ":4: ", "not an actor" },
    { HEAD "reset now\n", ":4: ", "number of an operation" },
    { HEAD "w.0 1\nseed: 8\n", ":5: ", "after the first operation" },
};

static char *environment[] = { (char *)"TZ=UTC", (char *)"SECRET=1", (char *)"LC_TIME=C",
                               (char *)"LANGUAGE=", (char *)"PATHS=x", NULL, NULL };

/* Those that matter are kept, sorted; and it is said which are not as they were. */
START_TEST(variables)
{
    static char *const changed[] = { (char *)"TZ=CET", (char *)"STRESS_MODE=7", (char *)"SECRET=2",
                                     (char *)"LC_TIME=C", NULL };
    struct replay_words words = { 0 };
    char names[64], cut[8], huge[10000] = "STRESS_HUGE=";
    struct error error;
    memset(huge + strlen(huge), 'x', sizeof huge - strlen(huge) - 1);
    environment[5] = huge;
    environ = environment;
    ck_assert(!variables_differ(&words, names, sizeof names)); /* an older file */
    ck_assert_int_eq(variables_add(&words, &error), 0);
    ck_assert_uint_eq(words.n, 3);
    ck_assert_str_eq(words.word[0], "LANGUAGE=");
    ck_assert_str_eq(words.word[1], "LC_TIME=C");
    ck_assert_str_eq(words.word[2], "TZ=UTC");
    ck_assert(!variables_differ(&words, names, sizeof names));
    environ = (char **)(uintptr_t)changed;
    ck_assert(variables_differ(&words, names, sizeof names));
    ck_assert_str_eq(names, "LANGUAGE, TZ, STRESS_MODE");
    ck_assert(variables_differ(&words, cut, sizeof cut));
    ck_assert_str_eq(cut, "LANGUAG");
    for (uint32_t i = 0; i < words.n; i++)
        free(words.word[i]);
}
END_TEST

START_TEST(refused)
{
    struct error error = { .text = "" };
    struct replay *replay = read_text(bad[_i].text, &error);
    ck_assert_msg(replay == NULL, "it is read");
    ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
    ck_assert_msg(strstr(error.text, bad[_i].line) != NULL, "%s", error.text);
    ck_assert_msg(strstr(error.text, bad[_i].what) != NULL, "%s", error.text);
}
END_TEST

/* A file that is cut anywhere, or has any byte changed, is read, or refused with one line. */
START_TEST(cut_or_changed_at_every_byte)
{
    static const char whole[] = HEAD "argument: a\\\\b\\x07\noption: --op-timeout=5s\n"
                                "inject: %write:error=EIO:when=3\nactors: w.0 x.1\n"
                                "bucket: crash w: #\n\nw.0 1 put # +0.1 ms\nreset\nx.1 2\n";
    static const char odd[] = "\0\xff\n #:\\9-";
    struct error error;
    for (size_t i = 0; i < sizeof whole - 1; i++)
        for (size_t k = 0; k <= sizeof odd - 1; k++) {
            char text[sizeof whole];
            memcpy(text, whole, sizeof whole);
            text[i] = k < sizeof odd - 1 ? odd[k] : '\0';
            size_t size = k < sizeof odd - 1 ? sizeof whole - 1 : i;
            error.text[0] = '\0';
            struct replay *replay = read_bytes(text, size, &error);
            ck_assert_msg((replay != NULL) == (error.text[0] == '\0'), "%zu: %s", i, error.text);
            ck_assert_msg(!strchr(error.text, 10), "%zu %zu: %s", i, k, error.text);
            if (!replay)
                continue;
            free(print(replay));
            replay_free(replay);
        }
}
END_TEST

START_TEST(many_names)
{
    struct names names = { 0 };
    char name[16];
    ck_assert_uint_eq(names_find(&names, "x"), NAMES_NONE);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 1000; i++) {
            snprintf(name, sizeof name, "w.%u", i);
            ck_assert_uint_eq(names_add(&names, name), i);
        }
    ck_assert_uint_eq(names_find(&names, "w.999"), 999);
    ck_assert_uint_eq(names_find(&names, "w.1000"), NAMES_NONE);
    names_free(&names);
}
END_TEST

Suite *replay_file_suite(void)
{
    Suite *suite = suite_create("replay_file");
    TCase *all = tcase_create("all");
    tcase_add_test(all, round_trip);
    tcase_add_test(all, comments_and_blanks);
    tcase_add_test(all, variables);
    tcase_add_loop_test(all, refused, 0, sizeof bad / sizeof *bad);
    tcase_add_test(all, cut_or_changed_at_every_byte);
    tcase_add_test(all, many_names);
    suite_add_tcase(suite, all);
    return suite;
}
