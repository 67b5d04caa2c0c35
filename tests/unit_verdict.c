/* SPDX-License-Identifier: MIT
 * unit_verdict.c: what a death means, row by row.
 */
#include <check.h>
#include <signal.h>
#include <string.h>

#include "actor/child.h"
#include "supervisor/verdict.h"
#include "unit.h"

enum { NONE = -1 };

static const struct {
    const char *name;
    int code, status;          /* of the siginfo */
    enum layout_phase phase;
    uint32_t outcome;
    struct layout_crash crash;
    bool unasked, saboteur, announced_actor, announced_any, hung, late, oom, nonsense;
    enum verdict_kind kind;
    int cause, finding;        /* NONE: none */
    const char *what;          /* in the text */
} rows[] = {
    { .name = "left", .code = CLD_EXITED, .phase = PHASE_LEFT, .outcome = STRESS_OK,
      .kind = VERDICT_LEFT, .cause = NONE, .finding = NONE, .what = "" },
    { .name = "left unasked", .code = CLD_EXITED, .phase = PHASE_LEFT, .outcome = STRESS_OK,
      .unasked = true, .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH,
      .finding = FINDING_EXIT, .what = "without being asked" },
    { .name = "failure", .code = CLD_EXITED, .phase = PHASE_LEFT, .outcome = STRESS_FAIL,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_FAILURE, .finding = FINDING_FAILURE,
      .what = "message" },
    { .name = "reset", .code = CLD_EXITED, .phase = PHASE_LEFT, .outcome = STRESS_RESET,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_REQUEST, .finding = FINDING_UNANNOUNCED_RESET,
      .what = "message" },
    { .name = "reset, announced", .code = CLD_EXITED, .phase = PHASE_LEFT,
      .outcome = STRESS_RESET, .announced_any = true, .kind = VERDICT_RESET,
      .cause = STRESS_CAUSE_REQUEST, .finding = NONE, .what = "" },
    { .name = "reset by a saboteur", .code = CLD_EXITED, .phase = PHASE_LEFT,
      .outcome = STRESS_RESET, .saboteur = true, .kind = VERDICT_RESET,
      .cause = STRESS_CAUSE_REQUEST, .finding = NONE, .what = "" },
    { .name = "failure, announced", .code = CLD_EXITED, .phase = PHASE_LEFT,
      .outcome = STRESS_FAIL, .announced_any = true, .kind = VERDICT_RESET,
      .cause = STRESS_CAUSE_FAILURE, .finding = FINDING_FAILURE, .what = "message" },
    { .name = "exit(0) in an operation", .code = CLD_EXITED, .phase = PHASE_PERFORMING,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_EXIT,
      .what = "status 0" },
    { .name = "_exit(3)", .code = CLD_EXITED, .status = 3, .phase = PHASE_PERFORMING,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_EXIT,
      .what = "status 3" },
    { .name = "the status of a failed set-up, from user code", .code = CLD_EXITED,
      .status = CHILD_EXIT_SETUP, .phase = PHASE_PERFORMING, .kind = VERDICT_RESET,
      .cause = STRESS_CAUSE_DEATH, .finding = FINDING_EXIT, .what = "status 121" },
    { .name = "failed set-up", .code = CLD_EXITED, .status = CHILD_EXIT_SETUP,
      .phase = PHASE_ABSENT, .kind = VERDICT_HARNESS, .cause = NONE, .finding = NONE, .what = "" },
    { .name = "cannot ask for tickets", .code = CLD_EXITED, .status = CHILD_EXIT_AGAIN,
      .phase = PHASE_WAITING, .kind = VERDICT_AGAIN, .cause = NONE, .finding = NONE, .what = "" },
    { .name = "crash", .code = CLD_KILLED, .status = SIGSEGV, .phase = PHASE_PERFORMING,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_CRASH,
      .what = "SIGSEGV" },
    { .name = "core dumped", .code = CLD_DUMPED, .status = SIGABRT, .phase = PHASE_PERFORMING,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_CRASH,
      .what = "SIGABRT" },
    { .name = "killed, announced", .code = CLD_KILLED, .status = SIGKILL,
      .phase = PHASE_PERFORMING, .announced_actor = true, .announced_any = true,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = NONE, .what = "" },
    { .name = "sent, announced", .code = CLD_KILLED, .status = SIGSEGV, .announced_actor = true,
      .announced_any = true, .phase = PHASE_PERFORMING, .crash = { SIGSEGV, SI_USER, 0, 1, 0 },
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = NONE, .what = "" },
    { .name = "its own fault, while a signal to it is announced", .code = CLD_KILLED,
      .status = SIGSEGV, .announced_actor = true, .announced_any = true,
      .phase = PHASE_PERFORMING, .crash = { SIGSEGV, SEGV_MAPERR, 0, 1, 0 },
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_CRASH,
      .what = "SIGSEGV" },
    { .name = "killed while another break is announced", .code = CLD_KILLED, .status = SIGKILL,
      .phase = PHASE_PERFORMING, .announced_any = true, .kind = VERDICT_RESET,
      .cause = STRESS_CAUSE_DEATH, .finding = FINDING_CRASH, .what = "SIGKILL" },
    { .name = "out of memory", .code = CLD_KILLED, .status = SIGKILL, .oom = true,
      .phase = PHASE_PERFORMING, .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH,
      .finding = FINDING_CRASH, .what = "out of memory" },
    { .name = "hung", .code = CLD_KILLED, .status = SIGKILL, .hung = true,
      .phase = PHASE_PERFORMING, .kind = VERDICT_RESET, .cause = STRESS_CAUSE_HANG,
      .finding = NONE, .what = "" },
    { .name = "late", .code = CLD_KILLED, .status = SIGKILL, .late = true,
      .phase = PHASE_PERFORMING, .kind = VERDICT_RESET, .cause = STRESS_CAUSE_HANG,
      .finding = NONE, .what = "" },
    { .name = "nonsense", .code = CLD_EXITED, .nonsense = true, .phase = PHASE_LEFT,
      .kind = VERDICT_RESET, .cause = STRESS_CAUSE_DEATH, .finding = FINDING_CORRUPTION,
      .what = "garbage" },
};

/* What a program that stays has said last tells why it left; the message of a runner is its own. */
START_TEST(a_program_left)
{
    const siginfo_t info = { .si_code = CLD_EXITED, .si_status = 3 };
    struct slot_view view = { .phase = PHASE_PERFORMING, .message = "its last words" };
    const struct verdict_death death = { .info = &info, .view = &view };
    struct verdict verdict;
    verdict_of_death(&death, &verdict);
    ck_assert_str_eq(verdict.what, "exited with status 3");
    view.program = 1;
    verdict_of_death(&death, &verdict);
    ck_assert_str_eq(verdict.what, "exited with status 3: its last words");
    view.message[0] = '\0';
    verdict_of_death(&death, &verdict);
    ck_assert_str_eq(verdict.what, "exited with status 3");
}
END_TEST

START_TEST(row)
{
    siginfo_t info = { 0 };
    struct slot_view view = { .phase = rows[_i].phase, .outcome = rows[_i].outcome,
                              .crash = rows[_i].crash };
    struct verdict verdict;
    info.si_code = rows[_i].code;
    info.si_status = rows[_i].status;
    strcpy(view.message, "message");
    const struct verdict_death death = { .info = &info,
                                         .view = rows[_i].nonsense ? NULL : &view,
                                         .nonsense = "garbage",
                                         .saboteur = rows[_i].saboteur,
                                         .asked = !rows[_i].unasked,
                                         .announced_actor = rows[_i].announced_actor,
                                         .announced_any = rows[_i].announced_any,
                                         .hung = rows[_i].hung,
                                         .late = rows[_i].late,
                                         .out_of_memory = rows[_i].oom };
    verdict_of_death(&death, &verdict);
    ck_assert_msg(verdict.kind == rows[_i].kind, "%s: kind %d", rows[_i].name, verdict.kind);
    if (rows[_i].cause != NONE)
        ck_assert_msg((int)verdict.cause == rows[_i].cause, "%s: cause", rows[_i].name);
    ck_assert_msg(verdict.finding == (rows[_i].finding != NONE), "%s: finding", rows[_i].name);
    if (verdict.finding)
        ck_assert_msg((int)verdict.finding_kind == rows[_i].finding, "%s: kind of finding",
                      rows[_i].name);
    ck_assert_msg(strstr(verdict.what, rows[_i].what) != NULL, "%s: '%s'", rows[_i].name,
                  verdict.what);
}
END_TEST

Suite *verdict_suite(void)
{
    Suite *suite = suite_create("verdict");
    TCase *tcase = tcase_create("deaths");
    tcase_add_loop_test(tcase, row, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tcase, a_program_left);
    suite_add_tcase(suite, tcase);
    return suite;
}
