/* SPDX-License-Identifier: MIT
 * fuzz_replay.c: replay files. What is read is what was written: a file that is accepted is
 * printed, read again, and printed the same.
 */
#include "rundir/replay_file.h"
#include "tests/fuzz/fuzz.h"

/* Owned by the caller. */
static char *print(const struct replay *replay)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    FUZZ_EXPECT(out);
    replay_print(out, replay);
    FUZZ_EXPECT(fclose(out) == 0);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    fuzz_file("replay", data, size);
    struct replay *replay = replay_read("replay", &error);
    if (!replay)
        return fuzz_refused(&error);
    char *once = print(replay);
    uint32_t n = replay_operations(replay);
    replay_free(replay);
    fuzz_file("replay", once, strlen(once));
    replay = replay_read("replay", &error);
    FUZZ_EXPECT(replay && replay_operations(replay) == n);
    char *twice = print(replay);
    FUZZ_EXPECT(strcmp(once, twice) == 0);
    replay_free(replay);
    free(once);
    free(twice);
    return fuzz_accepted();
}
