/* SPDX-License-Identifier: MIT
 * fuzz_merge.c: the directories of shards that somebody else made: one with these bytes as
 * result.json, and one that was cut off, with these bytes as events.jsonl.
 */
#include <sys/stat.h>

#include "merge/merge.h"
#include "tests/fuzz/fuzz.h"

static int merge(char **files, unsigned n, struct error *error)
{
    const struct options options = { .command = OPTIONS_MERGE, .output = "out", .files = files,
                                     .n_files = n };
    struct error ignored;
    *error = (struct error){ .text = "" };
    int status = merge_directories(&options, error);
    FUZZ_EXPECT(tree_remove("out", &ignored) == 0 || access("out", F_OK) != 0);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char result[] = "result", events[] = "events";
    char *files[] = { result, events };
    struct error error;
    fuzz_hush();
    fuzz_enter();
    mkdir(result, 0700);
    mkdir(events, 0700);
    fuzz_file("result/result.json", data, size);
    fuzz_file("events/events.jsonl", data, size);
    int cut = merge(files + 1, 1, &error);
    FUZZ_EXPECT(cut != CLI_PASSED && cut != CLI_SKIPPED && cut != CLI_FINDINGS);
    FUZZ_EXPECT(cut != CLI_USAGE || *error.text != '\0');
    FUZZ_EXPECT(*error.text == '\0' || cut == CLI_USAGE || cut == CLI_HARNESS);
    merge(files, 2, &error);
    int status = merge(files, 1, &error);
    return *error.text ? fuzz_refused(&error) : fuzz_counted(status <= CLI_SKIPPED);
}
