/* SPDX-License-Identifier: MIT
 * fuzz_finding.c: the directory of a finding: its finding.json and its texts.
 */
#include <sys/stat.h>

#include "report/report.h"
#include "report/story.h"
#include "tests/fuzz/fuzz.h"

#define DIRECTORY "findings/0001-failure"

static const char result[] =
    "{\"schema\":1,\"verdict\":\"failed\",\"exit_status\":1,\"generations\":1,\"resets\":0,"
    "\"duration_s\":1.5,\"operations\":{\"counted\":7,\"uncounted\":0,\"failed\":0,"
    "\"indeterminate\":0},\"actors\":[{\"name\":\"w.0\",\"counted\":7}],"
    "\"findings\":[{\"id\":1,\"kind\":\"failure\",\"title\":\"t\",\"count\":1,\"actor\":\"w.0\","
    "\"directory\":\"" DIRECTORY "\"}]}";

static void make_directory(void)
{
    static bool made;
    if (made)
        return;
    made = true;
    fuzz_file("result.json", result, sizeof result - 1);
    FUZZ_EXPECT(mkdir("findings", 0700) == 0 && mkdir(DIRECTORY, 0700) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const files[] = { "finding.json", "stderr", "operations.txt",
                                         "reproduce.txt", "stack.txt" };
    struct options options = { .command = OPTIONS_REPORT, .subject = "." };
    struct error error;
    fuzz_hush();
    make_directory();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[64];
        snprintf(path, sizeof path, DIRECTORY "/%s", files[i]);
        fuzz_file(path, data, size);
    }
    for (int i = OPTIONS_JUNIT; i < OPTIONS_FORMATS; i++) {
        options.format = (enum options_format)i;
        FUZZ_EXPECT(report_directory(&options, &error) == 0);
    }
    json_t *read = json_loadb((const char *)data, size, 0, NULL);
    bool good = json_is_object(read);
    json_decref(read);
    return fuzz_counted(good);
}
