/* SPDX-License-Identifier: MIT
 * unit_session.c: the monitor's side of a run: what a supervisor says out of turn or without sense,
 * and what its death means, by how far it had come. The test plays the supervisor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>

#include "record_fixture.h"
#include "session/death.h"
#include "session/messages.h"
#include "session/state.h"
#include "unit.h"

static struct session session;
static struct options options;
static struct subject subject;
static struct error error;
static char place[256];
static int supervisor; /* its end of the socket */
static int words;      /* what it prints to */

/* A run of it is under way: generation 3, no hook. No warden: it is killed by being told to be. */
static void open_session(void)
{
    int ends[2], output[2], printed[2];
    fixture_directory(place);
    memset(&session, 0, sizeof session);
    options = (struct options){ .subject = "./store", .reset_timeout_ns = 30 * CLOCK_SECOND };
    subject = (struct subject){ .kind = SUBJECT_PROGRAM };
    session.options = &options;
    session.subject = &subject;
    fixture_record(&session.record, 2);
    session.record.generation = 3;
    session.record.supervisors = 1;
    session.declared = session.record.definition;
    session.global_fd = session.state_fd = session.share_fd = session.share_readonly = -1;
    session.control_fd = open("/dev/null", O_RDONLY); /* setup came to its end once */
    session.warden.pipe = -1;
    session.stacks.tracer.results = session.stacks.tracer.requests = -1;
    session.phase = SESSION_RUNNING;
    session.hook = -1;
    for (int i = 0; i < TIMERS; i++)
        session.timers[i] = CLOCK_NEVER;
    progress_init(&session.progress, -1);
    ck_assert_int_eq(rundir_create(&session.rundir, "run", "w", 1, &error), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, output), 0);
    ck_assert_int_eq(pipe(printed), 0);
    session.wire = ends[0];
    supervisor = ends[1];
    words = printed[1];
    ck_assert_int_eq(wire_prepare(supervisor, &error), 0);
    session.output = output_new(&error);
    ck_assert_int_eq(output_listen(session.output, output[0], printed[0], &error), 0);
}

static void close_session(void)
{
    rundir_close(&session.rundir);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(tree_remove(place, &error), 0);
}

static void say(enum wire_type type, const void *body, size_t size)
{
    ck_assert_int_eq(wire_send(supervisor, type, body, size, NULL, 0, &error), 0);
    session_hear(&session, true);
}

static void expect_failure(const char *text)
{
    ck_assert(session.record.error && session.over);
    ck_assert_msg(strstr(session.record.reason, text) != NULL, "%s", session.record.reason);
    ck_assert_int_eq(session.wire, -1); /* nothing more is heard */
}

/* ---- messages ---------------------------------------------------------------------------- */

static const struct wire_text reason = { "for a reason" };
static const struct wire_counts counts = { 2, { 2, 1 }, 0 };
static const struct wire_counts other_counts = { 2, { 1, 1 }, 0 };
static const struct wire_counts no_actors = { 2, { 0, 0 }, 0 };
static const struct wire_counts other_types = { 3, { 1, 1, 1 }, 0 };
static const struct wire_counts global = { 2, { 2, 1 }, 0x10000 };
static const struct wire_reset no_actor = { .cause = STRESS_CAUSE_DEATH, .actor = 99 };
static const struct wire_retired not_retired = { .actor = 99 };
static const struct wire_finding of_nobody = { .actor = 99, .title = "x" };
static const struct wire_generation generation = { 4, 1000, 0 };
static const struct wire_done done = { WIRE_END_TARGET, 2, 0 };
static const struct definition changed = { .name = "other", .n_types = 1, .types = {
    { .name = "w", .count = 1, .n_actions = 1, .actions = { { "w", 1 } } } } };

#define BODY(what) &what, sizeof what
static const struct {
    enum session_phase phase;
    enum wire_type type;
    const void *body;
    size_t size;
    const char *wrong;
} refused[] = {
    { SESSION_RUNNING, WIRE_STOP, "", 0, "a message out of turn" },
    { SESSION_RUNNING, WIRE_DEFINITION, BODY(changed), "a message out of turn" },
    { SESSION_RUNNING, WIRE_COUNTS, BODY(counts), "a message out of turn" },
    { SESSION_SETTING_UP, WIRE_GENERATION, BODY(generation), "a message out of turn" },
    { SESSION_DEFINING, WIRE_FINDING, BODY(of_nobody), "a message out of turn" },
    { SESSION_CLOSING, WIRE_DONE, BODY(done), "a message out of turn" },
    { SESSION_DEFINING, WIRE_DEFINITION, BODY(changed), "the workload changed while it ran" },
    { SESSION_SETTING_UP, WIRE_COUNTS, BODY(no_actors), "impossible numbers of actors" },
    { SESSION_SETTING_UP, WIRE_COUNTS, BODY(other_types), "impossible numbers of actors" },
    { SESSION_SETTING_UP, WIRE_COUNTS, BODY(global), "impossible numbers of actors" },
    { SESSION_SETTING_UP, WIRE_SKIPPED, BODY(reason),
      "setup skipped the run after an earlier setup did not" },
    { SESSION_SETTING_UP, WIRE_REFUSED, BODY(reason),
      "cannot start a new supervisor: for a reason" },
    { SESSION_RUNNING, WIRE_RESET, BODY(no_actor), "a reset by an unknown actor" },
    { SESSION_RUNNING, WIRE_RETIRED, BODY(not_retired), "the retirement of an unknown actor" },
    { SESSION_RUNNING, WIRE_FINDING, BODY(of_nobody), "a finding about an unknown actor" },
    { SESSION_RUNNING, WIRE_DRAFT, BODY(of_nobody), "a finding about an unknown actor" },
    { SESSION_RUNNING, WIRE_EPISODE, BODY(done), "the end of an episode" },
    { SESSION_RUNNING, WIRE_LAST, "", 0, "unknown type" },
};

START_TEST(what_makes_no_sense)
{
    session.phase = refused[_i].phase;
    say(refused[_i].type, refused[_i].body, refused[_i].size);
    expect_failure(refused[_i].wrong);
    ck_assert_uint_eq(session.record.n_findings, 0);
}
END_TEST

START_TEST(setup_chose_others)
{
    session.phase = SESSION_SETTING_UP;
    say(WIRE_COUNTS, BODY(other_counts));
    ck_assert_uint_eq(session.record.n_findings, 1);
    ck_assert_str_eq(session.record.findings[0].first.title,
                     "setup chose other numbers of actors than before");
    ck_assert_uint_eq(session.record.definition.types[0].count, 2);
    ck_assert(!session.record.error);
}
END_TEST

START_TEST(its_last_words)
{
    static const struct wire_text another = { "for another" };
    say(WIRE_ERROR, BODY(reason));
    ck_assert(session.record.error);
    ck_assert_str_eq(session.record.reason, "for a reason");
    ck_assert_int_eq(session.phase, SESSION_CLOSING);
    ck_assert_uint_ne(session.timers[TIMER_CLOSE], CLOCK_NEVER);
    session.phase = SESSION_RUNNING;
    say(WIRE_ERROR, BODY(another)); /* the first one stands */
    ck_assert_str_eq(session.record.reason, "for a reason");
}
END_TEST

START_TEST(it_is_done)
{
    session.timers[TIMER_STOP] = 5;
    say(WIRE_DONE, BODY(done));
    ck_assert(session.record.done);
    ck_assert_uint_eq(session.record.strays, 2);
    ck_assert_uint_eq(session.timers[TIMER_STOP], CLOCK_NEVER);
    ck_assert_int_eq(session.phase, SESSION_CLOSING);
}
END_TEST

START_TEST(the_socket_is_closed)
{
    close(supervisor);
    session_hear(&session, true);
    ck_assert_int_eq(session.wire, -1);
    ck_assert_uint_ne(session.timers[TIMER_CLOSE], CLOCK_NEVER);
    ck_assert(!session.over);
}
END_TEST

START_TEST(a_generation)
{
    session.record.time_limit_ns = CLOCK_SECOND;
    say(WIRE_GENERATION, BODY(generation));
    ck_assert_uint_eq(session.record.generation, 4);
    ck_assert_uint_eq(session.record.reset_max_ns, 1000);
    uint64_t limit = session.timers[TIMER_LIMIT];
    ck_assert_uint_ne(limit, CLOCK_NEVER);
    say(WIRE_GENERATION, BODY(generation)); /* the limit is of the run */
    ck_assert_uint_eq(session.timers[TIMER_LIMIT], limit);
    ck_assert_uint_eq(session.record.reset_total_ns, 2000);
}
END_TEST

START_TEST(a_hook_has_its_time)
{
    struct wire_hook hook = { WIRE_HOOK_CHECK, STRESS_OK, 4711 };
    say(WIRE_HOOK_BEGIN, BODY(hook));
    ck_assert_int_eq(session.hook, WIRE_HOOK_CHECK);
    ck_assert_int_eq(session.hook_pid, 4711);
    uint64_t check = session.timers[TIMER_HOOK];
    hook.hook = WIRE_HOOK_DESCRIBE;
    say(WIRE_HOOK_BEGIN, BODY(hook));
    ck_assert_uint_lt(session.timers[TIMER_HOOK], check);
    say(WIRE_HOOK_END, BODY(hook));
    ck_assert_int_eq(session.hook, -1);
    ck_assert_uint_eq(session.timers[TIMER_HOOK], CLOCK_NEVER);
    session.kill = KILL_HOOK; /* what it says now comes too late */
    session.hook = WIRE_HOOK_RESET;
    say(WIRE_HOOK_BEGIN, BODY(hook));
    say(WIRE_HOOK_END, BODY(hook));
    ck_assert_int_eq(session.hook, WIRE_HOOK_RESET);
}
END_TEST

START_TEST(as_many_findings_as_asked_for)
{
    struct wire_finding finding = { .kind = FINDING_FAILURE, .actor = 0, .title = "one" };
    session.record.max_findings = 2;
    say(WIRE_FINDING, BODY(finding));
    say(WIRE_FINDING, BODY(finding)); /* the same */
    ck_assert(!session.stop_sent);
    strcpy(finding.title, "another");
    say(WIRE_FINDING, BODY(finding));
    ck_assert_uint_eq(session.record.n_findings, 2);
    ck_assert(session.stop_sent && session.record.findings_are_up);
    ck_assert_int_eq(wire_receive(supervisor, false, &session.message, &error), 1);
    ck_assert_uint_eq(session.message.type, WIRE_STOP);
}
END_TEST

/* ---- deaths ------------------------------------------------------------------------------ */

static struct warden_death death_of(int signal, int status)
{
    struct warden_death death = { .strays = 1 };
    death.info.si_code = signal ? CLD_KILLED : CLD_EXITED;
    death.info.si_status = signal ? signal : status;
    return death;
}

static void die(int signal, int status)
{
    const struct warden_death death = death_of(signal, status);
    session_death(&session, &death);
    ck_assert_int_eq(session.wire, -1);
    for (int i = TIMER_HOOK; i < TIMERS; i++)
        ck_assert_uint_eq(session.timers[i], CLOCK_NEVER);
}

#define NOT_FAILED { 0, false }

/* What the user reads: what was refused is printed, too. */
static const struct {
    enum session_kill kill;
    enum subject_kind kind;
    int signal, status;
    struct warden_failure failure;
    bool fails; /* the harness does, else the workload is refused */
    uint32_t supervisors;
    const char *printed; /* by it, before */
    const char *text;    /* NULL: nothing */
} speechless[] = {
    { KILL_NONE, SUBJECT_PROGRAM, 0, 5, NOT_FAILED, false, 1, "",
      "not a workload: it ended (exit status 5) before" },
    { KILL_NONE, SUBJECT_PROGRAM, SIGSEGV, 0, NOT_FAILED, false, 1, "",
      "it ended (killed by SIGSEGV) before" },
    { KILL_NONE, SUBJECT_PROGRAM, 0, 1, NOT_FAILED, false, 1, "usage\nno such\r\n\n",
      "before it said what it is: no such" },
    { KILL_NONE, SUBJECT_PROGRAM, 0, 1, { ENOEXEC, true }, false, 1, "",
      "cannot execute it: Exec format" },
    { KILL_NONE, SUBJECT_PROGRAM, 0, 1, { ENOMEM, true }, true, 1, "",
      "cannot execute it: Cannot allocate memory" },
    { KILL_NONE, SUBJECT_PROGRAM, 0, 1, { ENOENT, false }, true, 1, "",
      "cannot start the supervisor: No such file" },
    { KILL_NONE, SUBJECT_OBJECT, 0, CLI_USAGE, NOT_FAILED, false, 1, "first\nw.so: no good\n",
      "w.so: no good" },
    { KILL_NONE, SUBJECT_OBJECT, 0, CLI_HARNESS, NOT_FAILED, true, 1, "", "could not begin" },
    { KILL_NONE, SUBJECT_PROGRAM, 0, CLI_HARNESS, NOT_FAILED, false, 1, "", "(exit status 3)" },
    { KILL_SILENT, SUBJECT_PROGRAM, SIGKILL, 0, NOT_FAILED, false, 1, "",
      "it does not say what it is" },
    { KILL_SIGNAL, SUBJECT_PROGRAM, SIGKILL, 0, NOT_FAILED, false, 1, "", NULL },
    { KILL_NONE, SUBJECT_PROGRAM, 0, 5, NOT_FAILED, true, 2, "", "ended (exit status 5)" },
};

START_TEST(before_it_said_what_it_is)
{
    struct warden_death death = death_of(speechless[_i].signal, speechless[_i].status);
    const char *printed = speechless[_i].printed, *text = speechless[_i].text;
    session.phase = SESSION_DEFINING;
    session.kill = speechless[_i].kill;
    session.record.supervisors = speechless[_i].supervisors;
    subject.kind = speechless[_i].kind;
    death.failure = speechless[_i].failure;
    ck_assert_int_eq(write(words, printed, strlen(printed)), (ssize_t)strlen(printed));
    session_death(&session, &death);
    ck_assert(session.over);
    ck_assert_int_eq(session.record.error, speechless[_i].fails);
    ck_assert_int_eq(session.refused, text && !speechless[_i].fails);
    ck_assert_msg(!text ? !*session.record.reason : strstr(session.record.reason, text) != NULL,
                  "%s", session.record.reason);
}
END_TEST

static const struct {
    enum wire_hook_name hook;
    enum session_kill kill;
    int signal, status;
    const char *title;
} hooks[] = {
    { WIRE_HOOK_TEARDOWN, KILL_NONE, SIGSEGV, 0, "the teardown hook crashed: SIGSEGV" },
    { WIRE_HOOK_TEARDOWN, KILL_NONE, SIGTERM, 0, "the teardown hook was killed: SIGTERM" },
    { WIRE_HOOK_SETUP, KILL_NONE, 0, 4, "the setup hook ended its process: exit status 4" },
    { WIRE_HOOK_SETUP, KILL_HOOK, SIGKILL, 0, "the setup hook hung (longer than 30 s)" },
    { WIRE_HOOK_DESCRIBE, KILL_STOP, SIGKILL, 0, "the describe hook did not end" },
    { WIRE_HOOK_RESET, KILL_CLOSE, SIGKILL, 0, "the reset hook closed the descriptors of the" },
};

START_TEST(in_a_hook)
{
    session.hook = (int)hooks[_i].hook;
    session.kill = hooks[_i].kill;
    die(hooks[_i].signal, hooks[_i].status);
    ck_assert_uint_eq(session.record.n_findings, 1);
    const struct wire_finding *finding = &session.record.findings[0].first;
    ck_assert_uint_eq(finding->kind, FINDING_ENVIRONMENT);
    ck_assert_uint_eq(finding->generation, 3);
    ck_assert_int_eq(finding->signal, hooks[_i].signal);
    ck_assert_int_eq(finding->exit_status, hooks[_i].status);
    ck_assert_msg(strstr(finding->title, hooks[_i].title) != NULL, "%s", finding->title);
    ck_assert(session.over); /* no other supervisor would do better */
    ck_assert(!session.record.error);
}
END_TEST

/* The third one without an operation in between ends the run. */
START_TEST(too_many_in_hooks)
{
    bool works = _i;
    session.deaths_in_hooks = 2;
    session.work_at_death = 0;
    session.stop_wanted = works; /* then it ends for that reason, and none is started here */
    control_ledger(&session.record.control, 0)->counted = works;
    session.hook = WIRE_HOOK_RESET;
    die(SIGSEGV, 0);
    ck_assert_uint_eq(session.deaths_in_hooks, works ? 1 : 3);
    ck_assert(session.over);
}
END_TEST

static const struct {
    enum session_kill kill;
    const char *text;
} elsewhere[] = {
    { KILL_NONE, "the supervisor died outside any hook (killed by SIGBUS): it said so" },
    { KILL_STOP, "the supervisor did not stop: it said so" },
    { KILL_CLOSE, "the supervisor closed its socket to the monitor: it said so" },
};

START_TEST(outside_hooks)
{
    ck_assert_int_eq(write(words, "it said so\n", 11), 11);
    session.kill = elsewhere[_i].kill;
    die(SIGBUS, 0);
    expect_failure(elsewhere[_i].text);
    ck_assert_uint_eq(session.record.n_findings, 0);
}
END_TEST

START_TEST(the_reason_is_known)
{
    if (_i == 0) {
        session.phase = SESSION_CLOSING;
        session.record.done = true;
    } else if (_i == 1)
        session.kill = KILL_OVER;
    else if (_i == 2)
        session.kill = KILL_SIGNAL;
    else
        session.record.error = true;
    die(SIGKILL, 0);
    ck_assert(session.over);
    ck_assert_uint_eq(session.record.n_findings, 0);
    ck_assert_str_eq(session.record.reason, "");
    ck_assert_uint_eq(session.record.strays, _i == 0 ? 1 : 0);
}
END_TEST

START_TEST(over_a_description)
{
    const struct wire_finding finding = { .kind = FINDING_INVARIANT, .actor = -1,
                                          .operation = UINT64_MAX, .title = "a row is lost" };
    say(WIRE_DRAFT, BODY(finding));
    ck_assert_uint_eq(session.record.n_findings, 0);
    session.hook = WIRE_HOOK_DESCRIBE;
    session.stop_wanted = true;
    die(SIGSEGV, 0);
    ck_assert_uint_eq(session.record.n_findings, 2); /* that one, and the hook's own */
    ck_assert_str_eq(session.record.findings[0].first.title, "a row is lost");
    ck_assert(!session.drafted);
}
END_TEST

#define ROWS(table) (int)(sizeof table / sizeof *table)

Suite *session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *all = tcase_create("all");
    tcase_add_checked_fixture(all, open_session, close_session);
    tcase_add_loop_test(all, what_makes_no_sense, 0, ROWS(refused));
    tcase_add_test(all, setup_chose_others);
    tcase_add_test(all, its_last_words);
    tcase_add_test(all, it_is_done);
    tcase_add_test(all, the_socket_is_closed);
    tcase_add_test(all, a_generation);
    tcase_add_test(all, a_hook_has_its_time);
    tcase_add_test(all, as_many_findings_as_asked_for);
    tcase_add_loop_test(all, before_it_said_what_it_is, 0, ROWS(speechless));
    tcase_add_loop_test(all, in_a_hook, 0, ROWS(hooks));
    tcase_add_loop_test(all, too_many_in_hooks, 0, 2);
    tcase_add_loop_test(all, outside_hooks, 0, ROWS(elsewhere));
    tcase_add_loop_test(all, the_reason_is_known, 0, 4);
    tcase_add_test(all, over_a_description);
    suite_add_tcase(suite, all);
    return suite;
}
