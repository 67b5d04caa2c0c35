/* SPDX-License-Identifier: MIT
 * fuzz_elf.c: ELF files and their notes, and whatever else a workload may be.
 */
#include "workload/subject.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct subject subject;
    const struct options options = { .subject = "./subject" };
    struct error error;
    fuzz_file("subject", data, size);
    if (subject_find(&options, &subject, &error) < 0)
        return fuzz_refused(&error);
    FUZZ_EXPECT(subject.kind != SUBJECT_FILE && subject.path[0] == '/');
    return fuzz_accepted();
}
