/* SPDX-License-Identifier: MIT
 * unit_record.c: which occurrences are one finding, the counters of an actor, and the verdict.
 */
#include <check.h>
#include <string.h>

#include "record_fixture.h"
#include "unit.h"

/* ---- findings ---------------------------------------------------------------------------- */

static struct record_finding *add(struct record *record, enum wire_finding_kind kind, int actor,
                                  const char *title, bool *is_new)
{
    struct wire_finding finding = fixture_finding(kind, title);
    finding.actor = actor;
    struct record_finding *entry = record_add_finding(record, &finding, is_new);
    ck_assert_ptr_nonnull(entry);
    return entry;
}

static const struct {
    enum wire_finding_kind kind;
    int actor;
    const char *title;
    bool same; /* the same finding as a FAILURE of writer.0 "lost row 17 at 0x7fAb, 3 left" */
} titles[] = {
    { FINDING_FAILURE, 0, "lost row 17 at 0x7fAb, 3 left", true },
    { FINDING_FAILURE, 1, "lost row 4 at 0x1, 30000 left", true },
    { FINDING_FAILURE, 0, "lost row 0x11 at 99, 3 left", true },
    { FINDING_FAILURE, 0, "lost row x at 0x7fAb, 3 left", false },
    { FINDING_FAILURE, 0, "lost row 17 at 0x7fAb, 3 leftover", false },
    { FINDING_INVARIANT, 0, "lost row 17 at 0x7fAb, 3 left", false },
    { FINDING_FAILURE, 2, "lost row 17 at 0x7fAb, 3 left", false }, /* the killer */
    { FINDING_FAILURE, -1, "lost row 17 at 0x7fAb, 3 left", false },
};

START_TEST(one_or_two_findings)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    add(&record, FINDING_FAILURE, 0, "lost row 17 at 0x7fAb, 3 left", &is_new);
    ck_assert(is_new);
    struct record_finding *entry =
        add(&record, titles[_i].kind, titles[_i].actor, titles[_i].title, &is_new);
    ck_assert_int_eq(is_new, !titles[_i].same);
    ck_assert_uint_eq(record.n_findings, titles[_i].same ? 1 : 2);
    ck_assert_uint_eq(entry->count, titles[_i].same ? 2 : 1);
    ck_assert_uint_eq(entry->id, record.n_findings);
    record_free(&record);
}
END_TEST

/* Two exit statuses are two findings, also without a word. */
START_TEST(exit_statuses)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    for (int status = 1; status <= 4; status++) {
        struct wire_finding finding = fixture_finding(FINDING_FAILURE, "sh: exit status 1");
        finding.exit_status = status > 3 ? 1 : status;
        record_add_finding(&record, &finding, &is_new);
    }
    ck_assert_uint_eq(record.n_findings, 3);
    ck_assert_uint_eq(record.findings[0].count, 2);
    record_free(&record);
}
END_TEST

/* ---- with stacks ---- */

static const struct {
    int actor, signal;
    const char *plain, *frames;
    bool same; /* the same finding as a crash of writer.0 in put by signal 11, in "insert<put" */
} stacks[] = {
    { 0, 11, "writer in put: SIGSEGV", "insert<put", true },
    { 1, 7, "writer in get: SIGBUS", "insert<put", true },
    { 0, 11, "writer in put: SIGSEGV", "remove<put", false },
    { 2, 11, "killer: SIGSEGV", "insert<put", false },
    { 0, 11, "writer in put: SIGSEGV", "", true },  /* its stack could not be read */
    { 1, 11, "writer in get: SIGSEGV", "", true },  /* this one neither: the same signal */
    { 1, 7, "writer in get: SIGBUS", "", false },
    { 2, 11, "killer: SIGSEGV", "", false },
};

START_TEST(one_or_two_stacks)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    struct wire_finding finding =
        fixture_finding(FINDING_CRASH, "writer in put: SIGSEGV in insert");
    finding.signal = 11;
    record_add_stack(&record, &finding, "writer in put: SIGSEGV", "insert<put", &is_new);
    ck_assert(is_new);
    finding = fixture_finding(FINDING_CRASH, stacks[_i].plain);
    finding.actor = stacks[_i].actor;
    finding.signal = stacks[_i].signal;
    struct record_finding *entry = record_add_stack(&record, &finding, stacks[_i].plain,
                                                    stacks[_i].frames, &is_new);
    ck_assert_int_eq(is_new, !stacks[_i].same);
    ck_assert_uint_eq(entry->count, stacks[_i].same ? 2 : 1);
    record_free(&record);
}
END_TEST

/* The first stack could not be read. The next occurrence that looks the same supplies it. */
START_TEST(a_stack_that_comes_late)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    struct wire_finding finding = fixture_finding(FINDING_CRASH, "writer in put: SIGSEGV");
    struct wire_finding named = fixture_finding(FINDING_CRASH, "writer in put: SIGSEGV in insert");
    const char *plain = finding.title;
    record_add_stack(&record, &finding, plain, "", &is_new);
    struct record_finding *entry = record_add_stack(&record, &named, plain, "insert<put", &is_new);
    ck_assert(!is_new);
    ck_assert_uint_eq(entry->count, 2);
    ck_assert_str_eq(entry->first.title, named.title);
    ck_assert_ptr_eq(record_add_stack(&record, &named, plain, "insert<put", &is_new), entry);
    record_add_stack(&record, &named, plain, "remove<put", &is_new);
    ck_assert(is_new);
    record_free(&record);
}
END_TEST

/* A crash without a stack, which looks like none before, is one with the latest of its signal. */
START_TEST(the_latest_that_may_be_it)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 1);
    struct wire_finding finding = fixture_finding(FINDING_CRASH, "writer in put: SIGSEGV");
    record_add_stack(&record, &finding, finding.title, "insert<put", &is_new);
    record_add_stack(&record, &finding, finding.title, "remove<put", &is_new);
    ck_assert_uint_eq(record.n_findings, 2);
    for (unsigned latest = 0; latest < 2; latest++) {
        record.findings[latest].last_ns = UINT64_MAX;
        record.findings[1 - latest].last_ns = 1;
        const struct record_finding *entry =
            record_add_stack(&record, &finding, "writer in get: SIGSEGV", "", &is_new);
        ck_assert(!is_new);
        ck_assert_ptr_eq(entry, &record.findings[latest]);
    }
    record_free(&record);
}
END_TEST

START_TEST(first_and_last)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    struct wire_finding finding = fixture_finding(FINDING_FAILURE, "row 1");
    uint64_t first_ns = record_add_finding(&record, &finding, &is_new)->first_ns;
    ck_assert_uint_ge(first_ns, 10 * CLOCK_SECOND);
    finding.generation = 9;
    snprintf(finding.title, sizeof finding.title, "row 2");
    struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
    ck_assert_uint_eq(entry->first.generation, 3);
    ck_assert_str_eq(entry->first.title, "row 1");
    ck_assert_uint_eq(entry->last_generation, 9);
    ck_assert_uint_eq(entry->first_ns, first_ns);
    ck_assert_uint_ge(entry->last_ns, first_ns);
    ck_assert_uint_eq(record.last_finding_ns, first_ns);
    record_free(&record);
}
END_TEST

START_TEST(titles_are_printable)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 1);
    struct record_finding *entry = add(&record, FINDING_FAILURE, 0, "a\033[2Jb\nc\xff", &is_new);
    ck_assert_str_eq(entry->first.title, "a?[2Jb?c?");
    record_free(&record);
}
END_TEST

/* A workload whose titles never repeat does not fill memory. */
START_TEST(findings_are_bounded)
{
    struct record record;
    bool is_new;
    char title[32] = "";
    unsigned fresh = 0;
    fixture_record(&record, 1);
    for (unsigned i = 0; i < RECORD_FINDINGS + 50; i++) {
        for (unsigned n = 0, rest = i; n < 4; n++, rest /= 26)
            title[n] = (char)('a' + rest % 26);
        add(&record, FINDING_FAILURE, 0, title, &is_new);
        fresh += is_new;
    }
    ck_assert_uint_eq(record.n_findings, RECORD_FINDINGS + 1);
    ck_assert_uint_eq(fresh, RECORD_FINDINGS + 1);
    ck_assert_uint_eq(record.findings[RECORD_FINDINGS].count, 50);
    ck_assert_uint_eq(record.findings[0].count, 1);
    record_free(&record);
}
END_TEST

/* ---- actors ------------------------------------------------------------------------------ */

START_TEST(ledger_and_live_slot)
{
    struct record record;
    struct record_actor actor;
    fixture_record(&record, 2);
    struct layout_ledger *ledger = control_ledger(&record.control, 1);
    struct layout_slot *slot = control_slot(&record.control, 1);
    ledger->counted = 100;
    ledger->uncounted = 5;
    ledger->starts = ledger->settled = 3;
    slot->counted = 7;
    slot->uncounted = 2;
    slot->ended = 9;
    slot->phase = PHASE_BETWEEN;
    histogram_add(&ledger->latency, 1000);
    for (int i = 0; i < 7; i++)
        histogram_add(&slot->latency, 50);
    ck_assert(record_actor(&record, 1, &actor));
    ck_assert_str_eq(actor.name, "writer.1");
    ck_assert_uint_eq(actor.counted, 100); /* no runner: the slot is in the ledger already */
    ledger->settled = 2; /* and now the slot of a runner that lives, or was not added yet */
    ck_assert(record_actor(&record, 1, &actor));
    ck_assert_uint_eq(actor.counted, 107);
    ck_assert_uint_eq(actor.uncounted, 7);
    ck_assert_uint_eq(actor.starts, 3);
    ck_assert_uint_eq(histogram_total(&actor.latency), 8);
    ledger->settled = 3;
    ck_assert(record_actor(&record, 1, &actor));
    ck_assert_uint_eq(actor.counted, 100);
    ck_assert(!record_actor(&record, 3, &actor));
    record_free(&record);
}
END_TEST

START_TEST(nonsense_in_a_slot)
{
    struct record record;
    struct record_actor actor;
    fixture_record(&record, 1);
    struct layout_ledger *ledger = control_ledger(&record.control, 0);
    struct layout_slot *slot = control_slot(&record.control, 0);
    ledger->starts = 1;
    ledger->counted = 100;
    memset(slot, 0xa5, sizeof *slot);
    ck_assert(record_actor(&record, 0, &actor));
    ck_assert_uint_eq(actor.counted, 100);
    ck_assert_uint_eq(histogram_total(&actor.latency), 0);
    record_free(&record);
}
END_TEST

/* A hook can write to the header: its offsets must not mislead the monitor. */
START_TEST(nonsense_in_the_header)
{
    struct record record;
    struct record_actor actor;
    fixture_record(&record, 1);
    control_ledger(&record.control, 0)->counted = 5;
    memset(record.control.header, 0xa5, sizeof *record.control.header);
    ck_assert(record_actor(&record, 0, &actor));
    ck_assert_uint_eq(actor.counted, 5);
    record_totals(&record, &actor);
    ck_assert_uint_eq(actor.counted, 5);
    record_free(&record);
}
END_TEST

START_TEST(totals)
{
    struct record record;
    struct record_actor all;
    fixture_record(&record, 3);
    fixture_finish(&record);
    control_ledger(&record.control, 2)->indeterminate = 4;
    record_totals(&record, &all);
    ck_assert_uint_eq(all.counted, 40);
    ck_assert_uint_eq(all.indeterminate, 4);
    ck_assert_uint_eq(all.starts, 4);
    record_free(&record);
}
END_TEST

/* ---- the verdict ------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool error, finding, skipped, done, time_is_up, findings_are_up;
    int signal;
    enum wire_end end;
    enum record_verdict verdict;
    int status;
} verdicts[] = {
    { .name = "target", .done = true, .end = WIRE_END_TARGET, .verdict = RECORD_PASSED },
    { .name = "time", .done = true, .time_is_up = true, .end = WIRE_END_STOPPED,
      .verdict = RECORD_PASSED },
    { .name = "finding", .done = true, .finding = true, .end = WIRE_END_TARGET,
      .verdict = RECORD_FAILED, .status = 1 },
    { .name = "enough findings", .done = true, .finding = true, .findings_are_up = true,
      .end = WIRE_END_STOPPED, .verdict = RECORD_FAILED, .status = 1 },
    { .name = "no actors", .done = true, .finding = true, .end = WIRE_END_NO_ACTORS,
      .verdict = RECORD_FAILED, .status = 1 },
    { .name = "setup failed", .done = true, .finding = true, .end = WIRE_END_SETUP_FAILED,
      .verdict = RECORD_FAILED, .status = 1 },
    { .name = "skipped", .skipped = true, .verdict = RECORD_SKIPPED, .status = 77 },
    { .name = "skipped, then a finding", .skipped = true, .finding = true,
      .verdict = RECORD_FAILED, .status = 1 },
    { .name = "error", .error = true, .verdict = RECORD_ERROR, .status = 3 },
    { .name = "error over all", .error = true, .finding = true, .signal = 2, .done = true,
      .verdict = RECORD_ERROR, .status = 3 },
    { .name = "signal", .done = true, .signal = 2, .end = WIRE_END_STOPPED,
      .verdict = RECORD_INTERRUPTED, .status = 130 },
    { .name = "signal, twice", .signal = 15, .verdict = RECORD_INTERRUPTED, .status = 143 },
    { .name = "signal and finding", .done = true, .signal = 15, .finding = true,
      .end = WIRE_END_STOPPED, .verdict = RECORD_INTERRUPTED, .status = 143 },
    { .name = "signal after the target", .done = true, .signal = 15, .end = WIRE_END_TARGET,
      .verdict = RECORD_PASSED },
    { .name = "signal after the time limit", .done = true, .signal = 15, .time_is_up = true,
      .end = WIRE_END_STOPPED, .verdict = RECORD_PASSED },
    { .name = "signal after the time limit, at once", .signal = 15, .time_is_up = true,
      .verdict = RECORD_INTERRUPTED, .status = 143 },
    { .name = "not done", .verdict = RECORD_ERROR, .status = 3 },
    { .name = "time without an end", .time_is_up = true, .verdict = RECORD_ERROR, .status = 3 },
    { .name = "stopped by nobody", .done = true, .end = WIRE_END_STOPPED, .verdict = RECORD_ERROR,
      .status = 3 },
};

START_TEST(honest)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 1);
    if (verdicts[_i].finding)
        add(&record, FINDING_CRASH, 0, "SIGSEGV", &is_new);
    record.error = verdicts[_i].error;
    record.skipped = verdicts[_i].skipped;
    record.done = verdicts[_i].done;
    record.time_is_up = verdicts[_i].time_is_up;
    record.findings_are_up = verdicts[_i].findings_are_up;
    record.signal = verdicts[_i].signal;
    record.end = verdicts[_i].end;
    ck_assert_msg(record_verdict(&record) == verdicts[_i].verdict, "%s: %s", verdicts[_i].name,
                  record_verdict_text(record_verdict(&record)));
    ck_assert_int_eq(record_exit_status(&record), verdicts[_i].status);
    record_free(&record);
}
END_TEST

/* What happened to writer.0, which completed nothing, in a run of two writers. */
static const struct {
    const char *name;
    uint64_t starts, failed, resets, cut, worked_s, target;
    uint64_t late_s;             /* it entered so long after its generation had begun */
    enum wire_finding_kind kind; /* of a finding about the actor `about` */
    int about;                   /* -1: there is none */
    bool no_turn, retired, signal, up, no_actors;
    bool idle;                   /* the other writer counted nothing either */
    uint64_t uncounted, corrupted;
    const char *title;           /* NULL: it is not starved */
} starvations[] = {
    { .name = "a fault cut it off", .starts = 2, .cut = 1, .about = -1 },
    { .name = "a fault cut it off for long", .starts = 2, .cut = 1, .worked_s = 9, .about = -1 },
    { .name = "what it did is unknown", .starts = 10, .worked_s = 9, .corrupted = 1, .about = -1 },
    { .name = "faults cut it off for ever", .starts = 10, .cut = 10, .about = -1,
      .title = "writer.0 completed no operation in 10 attempts" },
    { .name = "faults, and resets", .starts = 20, .cut = 2, .resets = 7, .failed = 3, .about = -1,
      .title = "writer.0 completed no operation in 12 attempts" },
    { .name = "it failed, which is a finding", .starts = 10, .failed = 10,
      .kind = FINDING_FAILURE, .about = 0 },
    { .name = "its like failed, which is a finding", .starts = 10, .failed = 10,
      .kind = FINDING_FAILURE, .about = 1 },
    { .name = "its like failed, and it did, too, once", .starts = 2, .failed = 1,
      .uncounted = 3, .idle = true, .kind = FINDING_FAILURE, .about = 1 },
    { .name = "it hung, which is a finding", .starts = 10, .cut = 10, .kind = FINDING_HANG,
      .about = 0 },
    { .name = "it crashed in start", .starts = 10, .kind = FINDING_CRASH, .about = 0 },
    { .name = "another crashed", .starts = 10, .kind = FINDING_CRASH, .about = 2,
      .title = "writer.0 completed no operation" },
    { .name = "its like crashed, and it never began", .starts = 10, .kind = FINDING_CRASH,
      .about = 1, .title = "writer.0 completed no operation" },
    { .name = "its like and it were given up", .starts = 10, .kind = FINDING_CRASH, .about = 1,
      .retired = true },
    { .name = "no turn", .starts = 2, .worked_s = 0, .target = 20, .about = -1 },
    { .name = "no turn in ten starts", .starts = 10, .target = 20, .about = -1,
      .title = "writer.0 completed no operation" },
    { .name = "it never began", .starts = 1, .worked_s = 1, .target = 20, .about = -1,
      .title = "writer.0 completed no operation" },
    { .name = "it never began, and came late", .starts = 1, .worked_s = 1, .late_s = 1,
      .target = 20, .about = -1, .title = "writer.0 completed no operation" },
    { .name = "it came too late", .starts = 1, .worked_s = 4, .late_s = 2, .about = -1 },
    { .name = "fewer operations than actors", .starts = 1, .worked_s = 1, .target = 2,
      .about = -1 },
    { .name = "one operation for all actors", .starts = 1, .worked_s = 1, .target = 1,
      .about = -1 },
    { .name = "a short time", .starts = 1, .worked_s = 2, .about = -1 },
    { .name = "time enough", .starts = 1, .worked_s = 3, .about = -1,
      .title = "writer.0 completed no operation" },
    { .name = "interrupted", .starts = 10, .cut = 10, .signal = true, .about = -1 },
    { .name = "cut short by a finding", .starts = 10, .cut = 10, .up = true,
      .kind = FINDING_FAILURE, .about = 2 },
    { .name = "no processor", .starts = 1, .worked_s = 9, .no_turn = true, .about = -1 },
    { .name = "nothing it did counts", .starts = 1, .uncounted = 3, .about = -1 },
    { .name = "nothing counts", .starts = 1, .uncounted = 3, .idle = true, .about = -1,
      .title = "writer.0 completed no operation that counts: 3 uncounted" },
    { .name = "nothing counts, and a few failed", .starts = 2, .uncounted = 3, .failed = 1,
      .idle = true, .about = -1,
      .title = "writer.0 completed no operation that counts: 3 uncounted" },
    { .name = "nobody had time", .starts = 1, .idle = true, .about = -1,
      .title = "writer.0 completed no operation" },
    { .name = "a fault cut the only operation off", .starts = 2, .cut = 1, .idle = true,
      .about = -1 },
    { .name = "all were given up", .starts = 100, .failed = 100, .retired = true,
      .no_actors = true, .about = -1,
      .title = "writer.0 completed no operation in 100 attempts" },
};

START_TEST(starvation)
{
    struct record record;
    bool is_new;
    fixture_record(&record, 2);
    fixture_finish(&record);
    struct layout_ledger *ledger = control_ledger(&record.control, 0);
    ledger->counted = 0;
    ledger->starts = starvations[_i].starts;
    ledger->failed = starvations[_i].failed;
    ledger->resets = starvations[_i].resets;
    ledger->indeterminate = starvations[_i].cut;
    ledger->retired = starvations[_i].retired;
    ledger->uncounted = starvations[_i].uncounted;
    ledger->corrupted = starvations[_i].corrupted;
    if (starvations[_i].idle) { /* the saboteur goes on, the other writer was never started */
        control_ledger(&record.control, 1)->counted = 0;
        control_ledger(&record.control, 1)->starts = 0;
    }
    atomic_store(&record.control.header->begun_ns, CLOCK_SECOND);
    ledger->entered_ns = starvations[_i].no_turn ? 0
                                                 : (1 + starvations[_i].late_s) * CLOCK_SECOND;
    record.rested_ns = (1 + starvations[_i].worked_s) * CLOCK_SECOND;
    record.target = starvations[_i].target;
    record.signal = starvations[_i].signal ? 2 : 0;
    record.findings_are_up = starvations[_i].up;
    if (starvations[_i].no_actors)
        record.end = WIRE_END_NO_ACTORS;
    if (starvations[_i].about >= 0)
        add(&record, starvations[_i].kind, starvations[_i].about, "told already", &is_new);
    unsigned before = record.n_findings, wanted = starvations[_i].title != NULL;
    ck_assert_msg(record_add_starved(&record) == wanted, "%s", starvations[_i].name);
    ck_assert_uint_eq(record.n_findings, before + wanted);
    if (wanted)
        ck_assert_str_eq(record.findings[before].first.title, starvations[_i].title);
    record_free(&record);
}
END_TEST

/* All actors of a run that ends because they were given up, also one that had completed some. */
START_TEST(everybody_given_up)
{
    struct record record;
    fixture_record(&record, 1);
    fixture_finish(&record);
    control_ledger(&record.control, 0)->retired = 1;
    control_ledger(&record.control, 0)->failed = 100;
    ck_assert_uint_eq(record_add_starved(&record), 0); /* others reached the target */
    record.end = WIRE_END_NO_ACTORS;
    ck_assert_int_eq(record_verdict(&record), RECORD_ERROR);
    ck_assert_uint_eq(record_add_starved(&record), 1);
    ck_assert_str_eq(record.findings[0].first.title,
                     "writer.0 stopped completing operations: 100 attempts in vain");
    ck_assert_int_eq(record_verdict(&record), RECORD_FAILED);
    record_free(&record);
}
END_TEST

START_TEST(starved)
{
    struct record record;
    fixture_record(&record, 4);
    fixture_finish(&record);
    for (uint32_t i = 0; i < 5; i++)
        control_ledger(&record.control, i)->starts = 10;
    ck_assert_uint_eq(record_add_starved(&record), 0);
    control_ledger(&record.control, 4)->counted = 0; /* a saboteur may be idle */
    control_ledger(&record.control, 3)->counted = 0;
    control_ledger(&record.control, 3)->uncounted = 1;
    ck_assert_uint_eq(record_add_starved(&record), 0);
    control_ledger(&record.control, 1)->counted = 0;
    control_ledger(&record.control, 2)->counted = 0;
    record.target = 3; /* fewer than actors: not every actor can get one */
    ck_assert_uint_eq(record_add_starved(&record), 0);
    record.target = 20;
    record.signal = 2;
    record.end = WIRE_END_STOPPED;
    ck_assert_uint_eq(record_add_starved(&record), 0);
    record.signal = 0;
    record.skipped = true;
    ck_assert_uint_eq(record_add_starved(&record), 0);
    record.skipped = false;
    record.end = WIRE_END_TARGET;
    ck_assert_uint_eq(record_add_starved(&record), 2);
    ck_assert_uint_eq(record.n_findings, 1); /* one kind and type */
    ck_assert_uint_eq(record.findings[0].count, 2);
    ck_assert_uint_eq(record.findings[0].first.kind, FINDING_STARVED);
    ck_assert_str_eq(record.findings[0].first.title, "writer.1 completed no operation");
    ck_assert_int_eq(record_verdict(&record), RECORD_FAILED);
    record_free(&record);
}
END_TEST

Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *test = tcase_create("record");
    tcase_add_loop_test(test, one_or_two_findings, 0, sizeof titles / sizeof titles[0]);
    tcase_add_test(test, exit_statuses);
    tcase_add_loop_test(test, one_or_two_stacks, 0, sizeof stacks / sizeof stacks[0]);
    tcase_add_test(test, a_stack_that_comes_late);
    tcase_add_test(test, the_latest_that_may_be_it);
    tcase_add_test(test, first_and_last);
    tcase_add_test(test, titles_are_printable);
    tcase_add_test(test, findings_are_bounded);
    tcase_add_test(test, ledger_and_live_slot);
    tcase_add_test(test, nonsense_in_a_slot);
    tcase_add_test(test, nonsense_in_the_header);
    tcase_add_test(test, totals);
    tcase_add_loop_test(test, honest, 0, sizeof verdicts / sizeof verdicts[0]);
    tcase_add_test(test, starved);
    tcase_add_loop_test(test, starvation, 0, sizeof starvations / sizeof starvations[0]);
    tcase_add_test(test, everybody_given_up);
    suite_add_tcase(suite, test);
    return suite;
}
