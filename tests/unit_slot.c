/* SPDX-License-Identifier: MIT
 * unit_slot.c: what a runner leaves in its slot: accepted wherever the runner died, and refused if
 * it was changed.
 */
#include "memory/slot.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor/runner.h"
#include "base/clock.h"
#include "base/random.h"
#include "stress.h"
#include "unit.h"

/* A runner that died in the operation after 70, of which 60 counted. */
static const struct slot_bounds bounds = { .first_operation = 5, .forked_ns = 1000000,
                                           .now_ns = 9000000, .granted = 65, .n_actions = 3 };
static struct layout_slot slot;

static void make_good(void)
{
    memset(&slot, 0, sizeof slot);
    slot.tickets = 4;
    slot.phase = PHASE_PERFORMING;
    slot.action = 2;
    slot.operation = 75;
    slot.since_ns = 8000000;
    slot.counted = 60;
    slot.uncounted = 10;
    slot.ended = 70;
    strcpy(slot.message, "said");
    for (uint64_t i = 0; i < 70; i++)
        slot.ring[i % LAYOUT_RING] = (struct layout_operation){
            .index = 5 + i, .started_ns = 1000000 + i * 100000, .duration_ns = 90000,
            .action = (uint32_t)(i % 3), .outcome = i % 7 == 0 ? STRESS_UNCOUNTED : STRESS_OK };
    for (int i = 0; i < 60; i++)
        histogram_add(&slot.latency, 90000);
}

START_TEST(good_is_read)
{
    struct slot_view view;
    const char *what = "untouched";
    make_good();
    ck_assert(slot_read(&slot, &bounds, _i, &view, &what));
    ck_assert_str_eq(what, "untouched");
    ck_assert_int_eq(view.phase, PHASE_PERFORMING);
    ck_assert_uint_eq(view.action, 2);
    ck_assert_uint_eq(view.operation, 75);
    ck_assert_uint_eq(view.since_ns, 8000000);
    ck_assert_uint_eq(view.counted, 60);
    ck_assert_uint_eq(view.uncounted, 10);
    ck_assert_uint_eq(view.ended, 70);
    ck_assert_str_eq(view.message, "said");
    ck_assert(slot_is_performing(&view, &bounds));
    /* Nothing has been written yet. */
    memset(&slot, 0, sizeof slot);
    slot.tickets = (uint32_t)bounds.granted;
    ck_assert(slot_read(&slot, &bounds, _i, &view, &what));
    ck_assert_int_eq(view.phase, PHASE_ABSENT);
    ck_assert(!slot_is_performing(&view, &bounds));
}
END_TEST

/* Of a runner that left: no operation is under way that could explain what does not fit. */
START_TEST(a_boundary_is_exact)
{
    struct slot_view view;
    const char *what = NULL;
    make_good();
    slot.phase = PHASE_LEFT;
    slot.operation = 74;
    slot.tickets = 5;
    ck_assert(slot_read(&slot, &bounds, true, &view, &what));
    slot.operation = 75;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    ck_assert_ptr_nonnull(strstr(what, "operation"));
    slot.operation = 74;
    slot.tickets = 4;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    ck_assert_ptr_nonnull(strstr(what, "tickets"));
    slot.outcome = STRESS_RESET; /* that one had it */
    slot.ended = 71;
    slot.operation = 75;
    ck_assert(slot_read(&slot, &bounds, true, &view, &what));
    /* The tickets given by a supervisor that died are unknown. */
    struct slot_bounds most = bounds;
    most.at_most = true;
    slot.tickets = 0;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    ck_assert(slot_read(&slot, &most, true, &view, &what));
}
END_TEST

START_TEST(message_is_made_printable)
{
    struct slot_view view;
    const char *what;
    make_good();
    memset(slot.message, 'x', sizeof slot.message); /* no end */
    slot.message[1] = '\n';
    slot.message[2] = '\xff';
    slot.message[LAYOUT_MESSAGE - 1] = '\xe2'; /* the first of three bytes, if reading went on */
    ck_assert(slot_read(&slot, &bounds, true, &view, &what));
    ck_assert_uint_eq(strlen(view.message), LAYOUT_MESSAGE - 1);
    ck_assert_int_eq(strncmp(view.message, "x??x", 4), 0);
}
END_TEST

/* Each has one impossible value, which is reported for a dead runner and, with `live`, a live
 * one. */
static const struct {
    size_t offset, size;
    uint64_t value;
    bool live;
    const char *what;
} nonsense[] = {
#define FIELD(field) offsetof(struct layout_slot, field), sizeof ((struct layout_slot *)0)->field
    { FIELD(phase), PHASE_COUNT, true, "phase" },
    { FIELD(phase), UINT32_MAX, true, "phase" },
    { FIELD(action), 3, true, "action" },
    { FIELD(action), UINT32_MAX, true, "action" },
    { FIELD(outcome), STRESS_FAIL + 1, true, "outcome" },
    { FIELD(outcome), UINT32_MAX, true, "outcome" },
    { FIELD(since_ns), 0, true, "time stamp" },
    { FIELD(since_ns), 999999, true, "time stamp" },
    { FIELD(since_ns), 9000001, false, "time stamp" },
    { FIELD(since_ns), UINT64_MAX, false, "time stamp" },
    { FIELD(counted), 66, true, "counted" },
    { FIELD(counted), UINT64_MAX, true, "counted" },
    { FIELD(counted), 58, false, "add up" },
    { FIELD(counted), 62, false, "add up" },
    { FIELD(uncounted), 8, false, "add up" },
    { FIELD(uncounted), 12, false, "add up" },
    { FIELD(uncounted), UINT64_MAX, true, "" },
    { FIELD(uncounted), 8000001, true, "had time for" },
    { FIELD(tickets), 0, false, "tickets" },
    { FIELD(tickets), 3, false, "tickets" },
    { FIELD(tickets), 6, false, "tickets" },
    { FIELD(tickets), UINT32_MAX, false, "tickets" },
    { FIELD(ended), 68, false, "add up" },
    { FIELD(ended), 72, false, "add up" },
    { FIELD(ended), UINT64_MAX, false, "add up" },
    { FIELD(operation), 0, false, "operation" },
    { FIELD(operation), 4, false, "operation" },
    { FIELD(operation), 73, false, "operation" },
    { FIELD(operation), 77, false, "operation" },
    { FIELD(operation), UINT64_MAX, false, "operation" },
    { FIELD(latency.bucket[40]), 5, false, "latencies" },
    { FIELD(latency.bucket[40]), UINT64_MAX - 70, false, "latencies" },
};

static bool is_zero(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    while (size > 0 && at[size - 1] == 0)
        size--;
    return size == 0;
}

START_TEST(nonsense_is_refused)
{
    struct slot_view view;
    const char *what = NULL;
    make_good();
    /* Little-endian or not: a field has 4 or 8 bytes. */
    uint32_t word = (uint32_t)nonsense[_i].value;
    const void *value = nonsense[_i].size == 4 ? (const void *)&word : &nonsense[_i].value;
    memcpy((unsigned char *)&slot + nonsense[_i].offset, value, nonsense[_i].size);
    ck_assert_msg(!slot_read(&slot, &bounds, true, &view, &what), "row %d", _i);
    ck_assert_msg(strstr(what, nonsense[_i].what) != NULL, "row %d: %s", _i, what);
    ck_assert(is_zero(&view, sizeof view));
    ck_assert_msg(slot_read(&slot, &bounds, false, &view, &what) != nonsense[_i].live,
                  "row %d, live", _i);
}
END_TEST

/* Nothing done, and -1 operations not counted: their sum is one off. */
START_TEST(sums_do_not_wrap)
{
    struct slot_view view;
    const char *what = NULL;
    memset(&slot, 0, sizeof slot);
    slot.uncounted = UINT64_MAX;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    memset(&slot, 0, sizeof slot);
    slot.ended = UINT64_MAX;
    slot.operation = 5;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    make_good();
    slot.latency.bucket[1] = slot.latency.bucket[2] = UINT64_C(1) << 63;
    ck_assert(!slot_read(&slot, &bounds, true, &view, &what));
    ck_assert_ptr_nonnull(strstr(what, "latencies"));
}
END_TEST

START_TEST(ring_is_read)
{
    struct layout_operation got[LAYOUT_RING];
    make_good();
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, LAYOUT_RING), LAYOUT_RING);
    for (uint32_t i = 0; i < LAYOUT_RING; i++)
        ck_assert_uint_eq(got[i].index, 5 + 70 - LAYOUT_RING + i);
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, 3), 3);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(got[i].index, 72 + i);
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, 0), 0);
    slot.ended = 2; /* the ring has entries of later operations */
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, LAYOUT_RING), 0);
    slot.ended = UINT64_MAX;
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, LAYOUT_RING), 0);
    slot.ended = 2;
    slot.ring[0].index = 5;
    slot.ring[1].index = 6;
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, LAYOUT_RING), 2);
    slot.ended = 0;
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, LAYOUT_RING), 0);
}
END_TEST

START_TEST(garbage_in_ring_is_left_out)
{
    struct layout_operation got[8];
    make_good(); /* the last operations are 66 to 69, at 2 to 5 of the ring */
    slot.ring[2].action = 3;
    slot.ring[3].outcome = STRESS_FAIL + 1;
    slot.ring[4].started_ns = 999999;
    slot.ring[5].duration_ns = UINT64_MAX;
    slot.ring[1].index = 4;
    slot.ring[0].started_ns = 9000001;
    slot.ring[63].index += LAYOUT_RING; /* an operation that has not happened */
    ck_assert_uint_eq(slot_ring(&slot, &bounds, got, 8), 1);
    ck_assert_uint_eq(got[0].index, 67);
}
END_TEST

static const struct {
    size_t offset, size;
} fields[] = {
    { FIELD(tickets) },   { FIELD(wake) },    { FIELD(phase) },        { FIELD(action) },
    { FIELD(operation) }, { FIELD(since_ns) }, { FIELD(counted) },      { FIELD(uncounted) },
    { FIELD(ended) },     { FIELD(outcome) }, { FIELD(crash) },        { FIELD(message) },
    { FIELD(ring) },      { FIELD(latency) }, { FIELD(announcement) },
    { 0, sizeof(struct layout_slot) },
};
enum { N_FIELDS = sizeof fields / sizeof *fields, ROUNDS = 100000 };

/* Writes random bytes, a small number or all bits anywhere in a field. */
static void scribble(struct random_stream *stream)
{
    size_t i = (size_t)random_below(stream, N_FIELDS);
    unsigned char *field = (unsigned char *)&slot + fields[i].offset;
    size_t from = random_below(stream, 4) ? 0 : (size_t)random_below(stream, fields[i].size);
    size_t to = random_below(stream, 4) ? fields[i].size : from + 1;
    uint64_t kind = random_below(stream, 4);
    if (kind == 0)
        memset(field + from, 0xff, to - from);
    else if (kind == 1)
        memset(field + from, 0, to - from);
    else
        for (size_t at = from; at < to && at < from + 600; at++)
            field[at] = (unsigned char)(kind == 2 && at > from ? 0 : random_next(stream));
}

/* Check writes the place of each assertion to a file, which would be millions here. */
#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ck_abort_msg("%s", #condition);                                                        \
    } while (0)

static void check_view(const struct slot_view *view, bool dead)
{
    uint64_t done = view->counted + view->uncounted;
    MUST(view->phase < PHASE_COUNT);
    MUST(view->action < bounds.n_actions);
    MUST(view->outcome <= STRESS_FAIL);
    MUST(view->counted <= bounds.granted);
    MUST(done <= bounds.now_ns - bounds.forked_ns);
    MUST(memchr(view->message, '\0', sizeof view->message));
    for (const char *c = view->message; *c; c++)
        MUST((unsigned char)*c >= 0x20 && *c != 0x7f);
    if (!dead)
        return;
    MUST(view->since_ns <= bounds.now_ns);
    MUST(view->ended <= done + 1 && view->ended + 1 >= done);
    if (view->operation != 0)
        MUST(view->operation - bounds.first_operation <= view->ended + 1);
}

static void check_ring(uint32_t n)
{
    struct layout_operation got[LAYOUT_RING];
    uint32_t n_got = slot_ring(&slot, &bounds, got, n);
    MUST(n_got <= n);
    for (uint32_t i = 0; i < n_got; i++) {
        MUST(got[i].index >= bounds.first_operation);
        MUST(got[i].action < bounds.n_actions);
        MUST(got[i].outcome <= STRESS_FAIL);
        MUST(got[i].started_ns >= bounds.forked_ns && got[i].started_ns <= bounds.now_ns);
        MUST(got[i].duration_ns <= bounds.now_ns - got[i].started_ns);
    }
}

START_TEST(scribbled)
{
    static struct layout_slot good;
    struct random_stream stream = { 20240607 };
    unsigned believed = 0, refused = 0;
    make_good();
    good = slot;
    for (int round = 0; round < ROUNDS; round++) {
        struct slot_view view;
        const char *what = NULL;
        bool dead = random_below(&stream, 2);
        memcpy(&slot, &good, sizeof slot);
        for (uint64_t n = 1 + random_below(&stream, 3); n > 0; n--)
            scribble(&stream);
        if (slot_read(&slot, &bounds, dead, &view, &what)) {
            believed++;
            check_view(&view, dead);
        } else {
            refused++;
            MUST(what && is_zero(&view, sizeof view));
        }
        check_ring((uint32_t)random_below(&stream, LAYOUT_RING + 1));
    }
    /* Both must happen often, or the test shows nothing. */
    ck_assert_uint_gt(believed, ROUNDS / 20);
    ck_assert_uint_gt(refused, ROUNDS / 20);
}
END_TEST

/* ---- a runner, stopped after each of its instructions ------------------------------------ */

static struct shared {
    struct layout_header header;
    struct layout_slot slot;
    _Atomic uint64_t begun; /* operations that have reached user code */
    _Atomic bool inside;    /* in user code */
} *shared;

static const enum stress_outcome outcomes[] = { STRESS_OK, STRESS_UNCOUNTED, STRESS_OK, STRESS_OK };
enum { N_OUTCOMES = sizeof outcomes / sizeof *outcomes };
static enum stress_outcome last_outcome; /* of the operation after those */

static enum stress_outcome perform(struct stress_actor *actor)
{
    uint64_t begun = shared->begun;
    (void)actor;
    shared->begun = begun + 1;
    shared->inside = true;
    if (begun == N_OUTCOMES && last_outcome == STRESS_OK)
        shared->header.stop = 1;
    shared->inside = false;
    return begun < N_OUTCOMES ? outcomes[begun] : last_outcome;
}

static void run_traced(const struct slot_bounds *known, bool limited)
{
    static const struct stress_action_spec actions[] = { { "a", 1, perform }, { "b", 1, perform } };
    static const struct definition_type type = { .name = "writer", .n_actions = 2 };
    static const struct stress_actor_spec user = { .name = "writer", .actions = actions };
    static struct layout_logged log[1];
    struct stress_actor actor = {
        .log = log, .operation = known->first_operation, .seed = 1,
        .key = random_actor_key("writer", 0),
        .header = &shared->header, .slot = &shared->slot, .actions = actions, .n_actions = 2,
        .weights = 2, .output = -1, .tickets_calls = -1, .type = &type, .user = &user };
    shared->header.limited = limited;
    shared->slot.tickets = (uint32_t)known->granted;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
        _exit(1);
    raise(SIGSTOP);
    _exit(runner_run(&actor));
}

/* Whether the slot would be accepted, and be right, if the runner died here. */
static void check_prefix(struct slot_bounds *known, uint64_t step)
{
    struct slot_view view;
    const char *what = "";
    known->now_ns = clock_now();
    bool good = slot_read(&shared->slot, known, true, &view, &what);
    ck_assert_msg(good, "after %llu steps: %s", (unsigned long long)step, what);
    uint64_t done = view.counted + view.uncounted;
    ck_assert_uint_le(done, shared->begun);
    if (shared->inside) {
        ck_assert_uint_eq(view.operation, known->first_operation + shared->begun - 1);
        ck_assert(slot_is_performing(&view, known));
    } else if (slot_is_performing(&view, known)) {
        ck_assert_uint_ge(view.operation - known->first_operation, done);
    }
}

static const struct {
    enum stress_outcome last;
    bool limited;
} runs[] = { { STRESS_OK, false }, { STRESS_OK, true }, { STRESS_RESET, false },
             { STRESS_FAIL, true } };

START_TEST(death_anywhere_is_believed)
{
    struct slot_bounds known = { .first_operation = 5, .forked_ns = clock_now(), .n_actions = 2,
                                 .granted = runs[_i].limited ? 10 : UINT64_MAX };
    int status;
    uint64_t steps = 0;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    last_outcome = runs[_i].last;
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0)
        run_traced(&known, runs[_i].limited);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSTOPPED(status), "a child cannot be traced here");
    for (; WIFSTOPPED(status); steps++) {
        check_prefix(&known, steps);
        ck_assert_int_eq(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_uint_gt(steps, 500);
    ck_assert_uint_eq(shared->slot.counted, runs[_i].last == STRESS_OK ? 4 : 3);
    ck_assert_uint_eq(shared->slot.uncounted, 1);
    ck_assert_uint_eq(shared->slot.ended, N_OUTCOMES + 1);
    ck_assert_uint_eq(shared->slot.phase, PHASE_LEFT);
    ck_assert_uint_eq(shared->slot.outcome, runs[_i].last);
    munmap(shared, sizeof *shared);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *slot_suite(void)
{
    Suite *suite = suite_create("slot");
    TCase *tcase = tcase_create("slot");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, good_is_read, 0, 2);
    tcase_add_test(tcase, a_boundary_is_exact);
    tcase_add_test(tcase, message_is_made_printable);
    tcase_add_loop_test(tcase, nonsense_is_refused, 0, COUNT(nonsense));
    tcase_add_test(tcase, sums_do_not_wrap);
    tcase_add_test(tcase, ring_is_read);
    tcase_add_test(tcase, garbage_in_ring_is_left_out);
    tcase_add_test(tcase, scribbled);
    tcase_add_loop_test(tcase, death_anywhere_is_believed, 0, COUNT(runs));
    suite_add_tcase(suite, tcase);
    return suite;
}
