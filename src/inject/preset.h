/* SPDX-License-Identifier: MIT
 * preset.h: rules of injection that go together under a name, as `--inject=@NAME` takes them. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef INJECT_PRESET_H
#define INJECT_PRESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { PRESET_RULES = 6 };

struct preset {
    const char *name, *means;
    const char *rules[PRESET_RULES + 1]; /* as rule_parse() takes them; ends with NULL */
};

/* A rule of a run: its text, and whether it put a fault in. */
struct preset_rule {
    const char *text;
    bool fired;
};

/* Finds "NAME" or "NAME:FILTER[:FILTER]...", of which *ret_filters is what follows NAME: ":FILTER",
 * or "". It goes behind each of the rules. Returns NULL if no preset has this name. */
const struct preset *preset_find(const char *text, const char **ret_filters);
/* Returns preset number `i`; NULL: there are fewer. */
const struct preset *preset_number(size_t i);
/* Writes all names, "@a, @b". Returns `to`. */
const char *preset_names(char *to, size_t size);
/* Returns how many of these rules put no fault in. Those of a preset do not count if another one of
 * it did: few programs make all the calls that a preset is about. */
size_t preset_silent(const struct preset_rule *rules, size_t n);
/* Prints all presets: the name, what it means, and its rules. */
void preset_list(FILE *out);

#endif
