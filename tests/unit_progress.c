/* SPDX-License-Identifier: MIT
 * unit_progress.c: signs of life: a line that moves on a terminal, one a minute elsewhere, findings
 * at once, and nothing that holds up the run.
 */
#include "session/progress.h"

#include <fcntl.h>

#include "record_fixture.h"
#include "unit.h"

static struct record record;
static struct rundir rundir;
static struct progress progress;
static struct error error;
static char place[256];
static int screen; /* the read end of standard error */
static int old_stderr;

static void set_up(void)
{
    int ends[2];
    fixture_directory(place);
    fixture_record(&record, 2);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    old_stderr = dup(STDERR_FILENO);
    ck_assert_int_ge(dup2(ends[1], STDERR_FILENO), 0);
    close(ends[1]);
    screen = ends[0];
    control_ledger(&record.control, 0)->counted = 1000;
    record.generation = 4;
    record.resets = 4;
}

static void tear_down(void)
{
    dup2(old_stderr, STDERR_FILENO);
    close(old_stderr);
    close(screen);
    rundir_close(&rundir);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(tree_remove(place, &error), 0);
}

/* A terminal, as far as this file looks. */
static void on_terminal(bool colour)
{
    progress_init(&progress, 0);
    progress.ticker.terminal = true;
    progress.ticker.colour = colour;
    progress.ticker.every_ns = CLOCK_SECOND / 4;
    progress.ticker.next_ns = 0;
}

static const char *seen(void)
{
    static char text[65536];
    ssize_t n = read(screen, text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static const char *events(void)
{
    static char text[65536];
    int fd = open("run/events.jsonl", O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

START_TEST(a_line_that_moves)
{
    on_terminal(false);
    progress_tick(&progress, &record, &rundir);
    const char *line = seen();
    ck_assert_int_eq(line[0], '\r');
    ck_assert_msg(strstr(line, "1000 operations") && strstr(line, "4 resets  0 findings"), "%s",
                  line);
    ck_assert_ptr_null(strchr(line, '\n'));
    ck_assert_ptr_null(strstr(line, "\033[31m"));
    progress_tick(&progress, &record, &rundir); /* it is not time */
    ck_assert_str_eq(seen(), "");
    ck_assert_uint_gt(progress_deadline(&progress), clock_now() - CLOCK_SECOND);
    progress_say(&progress, "a word");
    ck_assert_str_eq(seen(), "\r\033[Ka word\n"); /* the line goes first */
    progress_end(&progress);
    ck_assert_str_eq(seen(), "");
}
END_TEST

/* By its time limit, or about, by its target: what comes first. */
START_TEST(how_much_is_left)
{
    static const struct {
        uint64_t target, limit_s;
        const char *moving, *plain;
    } rows[] = { { 0, 0, "0 s  1000 operations", "findings=0\n" },
                 { 0, 3600, "0 s (59m4", " left=358" },
                 { 6000, 3600, "0 s (about 5", " left=5" },
                 { 6000, 20, "0 s (9 s left)", " left=9s\n" },
                 { 500, 0, "0 s (about 0 s left)  1000 of 500 operations", " left=0s\n" } };
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        record.started_ns = clock_now() - 10 * CLOCK_SECOND;
        record.target = rows[i].target;
        record.time_limit_ns = rows[i].limit_s * CLOCK_SECOND;
        on_terminal(false);
        progress_tick(&progress, &record, &rundir);
        const char *line = seen();
        ck_assert_msg(strstr(line, rows[i].moving) != NULL, "%u: %s", i, line);
        progress_init(&progress, 0);
        progress.ticker.next_ns = 0;
        progress_tick(&progress, &record, &rundir);
        line = seen();
        ck_assert_msg(strstr(line, rows[i].plain) != NULL, "%u: %s", i, line);
    }
}
END_TEST

START_TEST(findings_are_red)
{
    struct wire_finding finding = fixture_finding(FINDING_CRASH, "put: SIGSEGV");
    bool is_new;
    on_terminal(true);
    struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
    progress_tick(&progress, &record, &rundir);
    const char *line = seen();
    ck_assert_msg(strstr(line, "\033[31m") && strstr(line, "1 finding\033[0m"), "%s", line);
    progress_finding(&progress, entry);
    line = seen();
    ck_assert_ptr_nonnull(strstr(line, "\033[31mfinding 1: crash\033[0m: put: SIGSEGV (generation "
                                       "3, at "));
}
END_TEST

START_TEST(one_a_minute)
{
    progress_init(&progress, 0);
    ck_assert(!progress.ticker.terminal);
    progress.next_alive_ns = progress.ticker.next_ns = progress.last_ns;
    progress.last_counted = 1000 - 4;
    progress.last_ns = clock_now() - 5 * CLOCK_SECOND;
    progress_tick(&progress, &record, &rundir);
    const char *line = seen();
    ck_assert_msg(strstr(line, "operations=1000 ") && strstr(line, "generation=4 resets=4 "
                                                                   "findings=0\n"), "%s", line);
    ck_assert_msg(strstr(line, "rate=0.8/s ") != NULL, "%s", line); /* not none */
    ck_assert_ptr_nonnull(strstr(events(), "\"event\":\"alive\""));
    ck_assert_ptr_nonnull(strstr(events(), "\"counted\":1000"));
    ck_assert_uint_gt(progress.next_alive_ns, clock_now());
}
END_TEST

START_TEST(quiet)
{
    progress_init(&progress, -1);
    progress.next_alive_ns = progress.last_ns;
    progress_tick(&progress, &record, &rundir);
    progress_say(&progress, "a word");
    progress_start(&progress, &record);
    ck_assert_str_eq(seen(), "");
    ck_assert_ptr_nonnull(strstr(events(), "\"event\":\"alive\"")); /* which is for the report */
}
END_TEST

START_TEST(the_first_lines)
{
    progress_init(&progress, 0);
    record.target = 1000;
    record.time_limit_ns = 90 * CLOCK_SECOND;
    record.workload = "./st\033[31more";
    progress_start(&progress, &record);
    const char *text = seen();
    ck_assert_msg(strstr(text, "seed 0xfedcba9876543210\n"), "%s", text);
    ck_assert_msg(strstr(text, "workload ./st?[31more\n"), "%s", text);
    ck_assert_msg(strstr(text, "actors: 2 writer, 1 killer (saboteur)\n"), "%s", text);
    ck_assert_msg(strstr(text, "ends after 1000 operations or 1m30s\n") ||
                  strstr(text, "ends after 1000 operations or 90 s\n"), "%s", text);
}
END_TEST

/* Nobody reads: what cannot be said is not said, and the run goes on. */
START_TEST(a_screen_that_is_full)
{
    static const char filler[4096];
    on_terminal(false);
    while (write(STDERR_FILENO, filler, sizeof filler) > 0)
        continue;
    progress_tick(&progress, &record, &rundir);
    progress_say(&progress, "a word");
    while (read(screen, (char[4096]){ 0 }, 4096) == 4096)
        continue;
    ck_assert_str_eq(seen(), "");
}
END_TEST

Suite *progress_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, a_line_that_moves);
    tcase_add_test(all, how_much_is_left);
    tcase_add_test(all, findings_are_red);
    tcase_add_test(all, one_a_minute);
    tcase_add_test(all, quiet);
    tcase_add_test(all, the_first_lines);
    tcase_add_test(all, a_screen_that_is_full);
    suite_add_tcase(suite, all);
    return suite;
}
