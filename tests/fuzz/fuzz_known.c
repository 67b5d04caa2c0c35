/* SPDX-License-Identifier: MIT
 * fuzz_known.c: files of known findings.
 */
#include "record/known.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct known known;
    struct error error;
    fuzz_file("known", data, size);
    bool good = known_read("known", &known, &error) == 0;
    for (unsigned i = 0; good && i < known.n; i++) {
        const struct known_entry *entry = &known.list[i];
        FUZZ_EXPECT(strlen(entry->since) == 10 && *entry->reason);
        FUZZ_EXPECT(known_find(&known, entry->bucket) == entry);
    }
    FUZZ_EXPECT(good || known.n == 0);
    known_free(&known);
    return good ? fuzz_accepted() : fuzz_refused(&error);
}
