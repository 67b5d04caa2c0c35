/* SPDX-License-Identifier: MIT
 * fuzz_rule.c: rules of injection, as typed, and the actor and the action that they name.
 */
#include "inject/rule.h"
#include "tests/fuzz/fuzz.h"

static const struct definition definition = {
    .name = "store", .n_types = 2, .types = {
        { .name = "writer", .count = 4, .n_actions = 2, .actions = { { "put", 7 }, { "get", 1 } } },
        { .name = "w", .count = 1, .n_actions = 1, .actions = { { "kill", 1 } } } } };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct rule rule;
    struct error error;
    char *text = fuzz_text(data, size);
    bool good = rule_parse(text, &rule, &error) == 0;
    if (good) {
        FUZZ_EXPECT(rule_is_sane(&rule));
        FUZZ_EXPECT(strcmp(rule.text, text) == 0);
        if (rule_resolve(&rule, &definition, &error) == 0)
            FUZZ_EXPECT(rule_is_sane(&rule) && rule.type < DEFINITION_TYPES);
        rule_path_fits(rule.path, "/tmp/store/aaaaaaaaaaaaaaaa.db");
    }
    free(text);
    return good ? fuzz_accepted() : fuzz_refused(&error);
}
