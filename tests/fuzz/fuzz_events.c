/* SPDX-License-Identifier: MIT
 * fuzz_events.c: events.jsonl of a run that was cut off: a result is made of it, and the curves.
 */
#include "report/report.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct options options = { .command = OPTIONS_REPORT, .subject = "." };
    struct error error;
    fuzz_hush();
    fuzz_file("events.jsonl", data, size);
    for (int i = 0; i < OPTIONS_FORMATS; i++) {
        options.format = (enum options_format)i;
        if (report_directory(&options, &error) != 0)
            return fuzz_refused(&error);
    }
    return fuzz_accepted();
}
