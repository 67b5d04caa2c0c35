/* SPDX-License-Identifier: MIT
 * unit_why.c: the decisive fact of a finding, from the JSON that a run leaves.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "report/why.h"

Suite *why_suite(void);

#define FLYING(actor, index) "{\"actor\":\"" actor "\",\"index\":" index ",\"action\":\"put\"," \
                             "\"outcome\":\"in flight\",\"note\":null}"
#define STACK(function, line) "\"thread\":1,\"frames\":[" \
    "{\"function\":\"futex\",\"module\":\"/lib/libc.so.6\"}," \
    "{\"function\":\"take\",\"module\":\"/lib/libstress-supervisor.so.0\"}," \
    "{\"function\":\"" function "\",\"file\":\"src/a.c\",\"line\":" line ",\"module\":\"/w\"}," \
    "{\"function\":\"main\",\"module\":\"/w\"}," \
    "{\"function\":\"runner_run\",\"module\":\"/lib/libstress-supervisor.so.0\"}]"
#define FAULT(whose, operation) \
    "{\"rule\":\"write:error=EIO\"," whose ",\"action\":\"put\",\"operation\":" operation "," \
    "\"call\":\"write\",\"path\":\"/x/log\"}"
#define OWN "\"actor\":\"w.0\",\"action\":\"put\",\"first\":{\"operation\":7}"
#define CHECKED "{\"kind\":\"invariant\",\"actor\":null,\"first\":{\"operation\":null}}"

static const struct {
    const char *finding, *story, *why; /* NULL: nothing to tell */
} facts[] = {
    { "{\"kind\":\"failure\"," OWN "}",
      "{\"operations\":[{\"actor\":\"w.0\",\"index\":7,\"outcome\":\"fail\",\"note\":\"k=3\"},"
      FLYING("r.0", "1") "," FLYING("put.1", "2") "]}",
      "Operation 7 of w.0 (put, “k=3”) failed. In flight: operation 1 of r.0 (put); operation "
      "2 of "
      "put.1." },
    { "{\"kind\":\"failure\"," OWN "}",
      "{\"injections\":[" FAULT("\"actor\":\"r.0\"", "4") "," FAULT("\"actor\":\"w.0\"", "7") "]}",
      "Operation 7 of w.0 (put) failed. What hit it: write:error=EIO hit operation 7 of w.0 "
      "(put), at "
      "write of log." },
    { "{\"kind\":\"failure\"," OWN "}", "{\"injections\":[" FAULT("\"actor\":\"r.0\"", "4") "]}",
      "Operation 7 of w.0 (put) failed. The last fault before it: write:error=EIO hit operation 4 "
      "of "
      "r.0 (put), at write of log." },
    { "{\"kind\":\"exit\"," OWN "}", "{}", "Operation 7 of w.0 (put) ended its process." },
    { "{\"kind\":\"unannounced-reset\"," OWN "}", "{}",
      "Operation 7 of w.0 (put) asked for a reset." },
    { "{\"kind\":\"crash\"," OWN "}",
      "{\"signal\":\"SIGSEGV\",\"crash\":{\"address\":\"0x10\"},"
      "\"stack\":[{\"thread\":1,\"frames\":[]},{\"crashed\":true," STACK("put", "12") "}]}",
      "SIGSEGV at address 0x10 in put, a.c:12, under main, during operation 7 of w.0 (put)." },
    { "{\"kind\":\"crash\"," OWN "}", "{\"signal\":null,\"stack\":null}",
      "It died, during operation 7 of w.0 (put)." },
    { "{\"kind\":\"hang\"," OWN "}",
      "{\"stack\":[{" STACK("one", "1") "},{\"actor\":\"r.0\"," STACK("two", "2") "},"
      "{\"actor\":\"r.0\"," STACK("two", "3") "},{\"actor\":\"r.1\"," STACK("three", "4") "}]}",
      "Operation 7 of w.0 (put) did not end: w.0 is in one, a.c:1, under main, while r.0 is in "
      "two, "
      "a.c:2, under main; and r.1 is in three, a.c:4, under main. Perhaps they wait for one "
      "another." },
    { "{\"kind\":\"server-death\",\"actor\":null}",
      "{\"server\":\"db\",\"signal\":null,\"exit_status\":3,\"operations\":[" FLYING("w"
      ".0", "2") "],"
      "\"injections\":[" FAULT("\"server\":\"other\"", "null") "," FAULT("\""
      "server\":\"db\"", "null")
      "]}",
      "Server db died: exit status 3. What hit it: write:error=EIO hit server db, at write of log"
      ". In "
      "flight: operation 2 of w.0 (put)." },
    { CHECKED, "{\"injections\":[" FAULT("\"hook\":\"reset\"", "null") ","
      FAULT("\"actor\":\"r.0\"", "4") "," FAULT("\"actor\":\"w.0\"", "5") "],\"operations\":["
      FLYING("w.0", "5") "," FLYING("w.1", "6") "]}",
      "The check failed after a fault: write:error=EIO hit operation 5 of w.0 (put), at write of "
      "log; "
      "before that write:error=EIO hit operation 4 of r.0 (put), at write of log; 1 more before. "
      "In "
      "flight: operation 6 of w.1 (put)." },
    { CHECKED, "{\"reset\":{\"cause\":\"death\",\"announcement\":\"SIGKILL to w.1\"}}",
      "The check failed after a break: SIGKILL to w.1." },
    { CHECKED, "{\"reset\":{\"cause\":\"failure\",\"actor\":\"w.1\",\"announcement\":null}}",
      "The check failed in the reset after the failure of w.1; no fault hit this generation." },
    { CHECKED, "{\"reset\":null}", "The check failed; no fault hit this generation." },
    { "{\"kind\":\"kernel\"}", "{\"operations\":[" FLYING("a.0", "1") "," FLYING("a.1", "2") ","
      FLYING("a.2", "3") "," FLYING("a.3", "4") "," FLYING("a.4", "5") "]}",
      "The machine's kernel ended the run. In flight: operation 1 of a.0 (put); operation 2 of a.1 "
      "(put); operation 3 of a.2 (put); operation 4 of a.3 (put) and 1 more." },
    { "{\"kind\":\"starved\"," OWN "}", "{}", NULL },
    { "{\"kind\":\"crash\",\"actor\":null}", "{}", NULL },
    { "{\"kind\":5}", "{\"injections\":[1,{},[]],\"stack\":{},\"operations\":7}", NULL },
    { "{\"kind\":\"hang\"," OWN "}", "{\"injections\":[1,{}],\"stack\":[7,{}],\"operations\":[{"
                                     "},9]}",
      "Operation 7 of w.0 (put) did not end." },
    { CHECKED, "[]", NULL },
};

START_TEST(tells)
{
    json_t *finding = json_loads(facts[_i].finding, 0, NULL);
    json_t *story = json_loads(facts[_i].story, 0, NULL);
    ck_assert_ptr_nonnull(finding);
    ck_assert_ptr_nonnull(story);
    char *why = why_text(finding, story);
    if (facts[_i].why)
        ck_assert_str_eq(why, facts[_i].why);
    else
        ck_assert_ptr_null(why);
    free(why);
    json_decref(finding);
    json_decref(story);
}
END_TEST

/* The frames of the harness below the user's are not counted, those above are. */
START_TEST(frames_of_the_user)
{
    json_t *thread = json_loads("{" STACK("one", "1") "}", 0, NULL);
    json_t *frames = json_object_get(thread, "frames");
    ck_assert_uint_eq(why_user_frames(frames), 4);
    json_array_remove(frames, 3);
    json_array_remove(frames, 2);
    ck_assert_uint_eq(why_user_frames(frames), 3);
    ck_assert_uint_eq(why_user_frames(NULL), 0);
    json_decref(thread);
}
END_TEST

Suite *why_suite(void)
{
    Suite *suite = suite_create("why");
    TCase *tcase = tcase_create("why");
    tcase_add_loop_test(tcase, tells, 0, sizeof facts / sizeof *facts);
    tcase_add_test(tcase, frames_of_the_user);
    suite_add_tcase(suite, tcase);
    return suite;
}
