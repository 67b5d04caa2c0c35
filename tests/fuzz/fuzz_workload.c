/* SPDX-License-Identifier: MIT
 * fuzz_workload.c: workload files, and the words of the commands in them.
 */
#include "workload/file.h"
#include "workload/words.h"
#include "tests/fuzz/fuzz.h"

static void split(const struct command_line *line)
{
    static struct words words;
    if (!line->shell || !words_split(line->shell, &words))
        return;
    FUZZ_EXPECT(words.argv[0]);
    for (size_t i = 0; words.argv[i]; i++)
        FUZZ_EXPECT(i < WORDS_MOST && strlen(words.argv[i]) < WORDS_BYTES);
}

static void look(const struct command_spec *spec)
{
    const struct command_line *hooks[] = { &spec->setup, &spec->reset, &spec->check,
                                           &spec->teardown };
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        split(hooks[i]);
    FUZZ_EXPECT(spec->n_actors > 0 && spec->n_actors <= DEFINITION_TYPES);
    for (uint32_t i = 0; i < spec->n_actors; i++) {
        FUZZ_EXPECT(text_is_stored_name(spec->actors[i].name));
        split(&spec->actors[i].command);
    }
    FUZZ_EXPECT(spec->n_servers <= DEFINITION_SERVERS);
    for (uint32_t i = 0; i < spec->n_servers; i++) {
        FUZZ_EXPECT(text_is_stored_name(spec->servers[i].name));
        split(&spec->servers[i].command);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct command_spec spec;
    struct error error;
    fuzz_file("w.ini", data, size);
    if (command_parse_file("w.ini", &spec, &error) < 0)
        return fuzz_refused(&error);
    look(&spec);
    command_free(&spec);
    return fuzz_accepted();
}
