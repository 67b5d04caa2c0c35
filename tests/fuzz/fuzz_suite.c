/* SPDX-License-Identifier: MIT
 * fuzz_suite.c: suite files.
 */
#include "suite/case.h"
#include "suite/file.h"
#include "suite/select.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct options options;
    static struct suite suite = { .options = &options };
    struct error error;
    fuzz_file("s.suite", data, size);
    bool good = suite_read(&suite, "s.suite", &error) == 0;
    for (size_t i = 0; good && i < suite.n; i++) {
        const struct suite_case *entry = &suite.cases[i];
        FUZZ_EXPECT(strlen(entry->name) < SUITE_NAME && !strpbrk(entry->name, "/.") &&
                    entry->directory[0] == '/');
        FUZZ_EXPECT(entry->argc > SUITE_OUTPUT && entry->argc <= SUITE_WORDS);
        FUZZ_EXPECT(!entry->argv[entry->argc]);
    }
    suite_free(&suite);
    return good ? fuzz_accepted() : fuzz_refused(&error);
}
