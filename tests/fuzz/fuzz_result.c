/* SPDX-License-Identifier: MIT
 * fuzz_result.c: result.json of a run directory that somebody else made: the reports, and what a
 * suite makes of it.
 */
#include "report/report.h"
#include "suite/case.h"
#include "suite/judge.h"
#include "tests/fuzz/fuzz.h"

static void judge(const uint8_t *data, size_t size)
{
    struct suite_case entry = { .name = "x", .finding = size % 2 };
    json_t *result = json_loadb((const char *)data, size, 0, NULL);
    for (int crash = 0; crash < 2; crash++)
        for (int status = 0; status < 2; status++) {
            struct suite_outcome outcome = { status << 8, result, "" };
            char reason[SUITE_REASON] = "";
            entry.crash = crash;
            enum suite_verdict verdict = suite_judge(&entry, &outcome, reason, sizeof reason);
            FUZZ_EXPECT(verdict == SUITE_PASSED || *reason);
        }
    json_decref(result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options options = { .command = OPTIONS_REPORT, .subject = "." };
    struct error error;
    bool good = false;
    fuzz_hush();
    fuzz_file("result.json", data, size);
    for (int i = 0; i < OPTIONS_FORMATS; i++) {
        options.format = (enum options_format)i;
        good = report_directory(&options, &error) == 0;
    }
    judge(data, size);
    return good ? fuzz_accepted() : fuzz_refused(&error);
}
