/* SPDX-License-Identifier: MIT
 * parse.c: see parse.h.
 */
#include "cli/parse.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "cli/table.h"
#include "doubt/doubt.h"
#include "inject/inject.h"

enum { VALUE_BASE = 256 };
enum { SUITE_FORMATS = 1 << OPTIONS_TEXT | 1 << OPTIONS_JUNIT | 1 << OPTIONS_TAP };

#define TRY "see 'stress-supervisor --help'"

/* ---- values ------------------------------------------------------------------------------ */

static int refuse(const struct option_spec *spec, const char *value, const char *what,
                  const char *allowed, struct error *error)
{
    char shown[128];
    text_copy(shown, sizeof shown, value);
    return error_set(error, 0, "--%s=%s: %s: give %s", spec->name, shown, what, allowed);
}

static int value_number(const struct option_spec *spec, const char *value, uint64_t *ret,
                        struct error *error)
{
    char allowed[96];
    if (spec->kind == KIND_SEED)
        snprintf(allowed, sizeof allowed, "a whole number below 2^64, decimal or 0x");
    else if (spec->most == INT64_MAX)
        snprintf(allowed, sizeof allowed, "a whole number, %" PRIu64 " or more", spec->least);
    else
        snprintf(allowed, sizeof allowed, "a whole number, %" PRIu64 " to %" PRIu64, spec->least,
                 spec->most);
    if (!text_parse_u64(value, ret))
        return refuse(spec, value, "not a number", allowed, error);
    if (*ret < spec->least || *ret > spec->most)
        return refuse(spec, value, "out of range", allowed, error);
    return 0;
}

static int value_duration(const struct option_spec *spec, const char *value, uint64_t *ret,
                          struct error *error)
{
    const char *allowed = spec->least ? "a time above 0 with its unit, such as 500ms, 90s, 1h30m"
                                      : "a time with its unit, such as 500ms, 90s, 1h30m, or 0";
    if (!text_parse_duration(value, ret))
        return refuse(spec, value, "not a duration", allowed, error);
    if (*ret < spec->least)
        return refuse(spec, value, "too short", allowed, error);
    if (*ret > spec->most)
        return refuse(spec, value, "too long", "36500d at most", error);
    return 0;
}

static int value_choice(const struct option_spec *spec, const char *value,
                        const char *const *choices, unsigned n, unsigned *ret, struct error *error)
{
    char allowed[96];
    size_t used = 0;
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(choices[i], value) == 0) {
            *ret = i;
            return 0;
        }
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s",
                                 i == 0 ? "" : i + 1 == n ? " or " : ", ", choices[i]);
    }
    return refuse(spec, value, "unknown", allowed, error);
}

static int value_injection(struct options *options, const char *value, struct error *error)
{
    struct rule rule;
    if (options->n_injections == OPTIONS_INJECTIONS)
        return error_set(error, 0, "--inject is given more than %d times", OPTIONS_INJECTIONS);
    if (rule_parse(value, &rule, error) < 0)
        return -1;
    options->injections[options->n_injections++] = value;
    return 0;
}

static int value_accept(struct options *options, const char *value, struct error *error)
{
    enum doubt_kind kind;
    char shown[128], names[512];
    if (doubt_parse(value, &kind)) {
        options->accepted |= 1u << kind;
        return 0;
    }
    text_copy(shown, sizeof shown, value);
    return error_set(error, 0, "--accept=%s: unknown: give one of %s", shown,
                     doubt_names(names, sizeof names));
}

static int value_set(struct options *options, const struct option_spec *spec, const char *value,
                     struct error *error)
{
    void *at = (char *)options + spec->offset;
    struct options_number *number = at;
    unsigned choice = 0;
    switch (spec->kind) {
    case KIND_NUMBER:
    case KIND_SEED:
        number->given = true;
        return value_number(spec, value, &number->value, error);
    case KIND_DURATION:
        number->given = true;
        return value_duration(spec, value, &number->value, error);
    case KIND_TIMEOUT:
        return value_duration(spec, value, at, error);
    case KIND_TEXT:
        if (*value == '\0')
            return refuse(spec, value, "empty", spec->argument, error);
        *(const char **)at = value;
        return 0;
    case KIND_FLAG:
        *(bool *)at = true;
        return 0;
    case KIND_SANDBOX:
        if (value_choice(spec, value, options_sandboxes, WIRE_SANDBOXES, &choice, error) != 0)
            return -1;
        options->sandbox = (enum wire_sandbox)choice;
        return 0;
    case KIND_SCHEDULE:
        if (value_choice(spec, value, options_schedules, 2, &choice, error) != 0)
            return -1;
        options->schedule = (enum options_schedule)choice;
        return 0;
    case KIND_INJECTION:
        return value_injection(options, value, error);
    case KIND_ACCEPT:
        return value_accept(options, value, error);
    case KIND_FORMAT:
        if (value_choice(spec, value, options_formats, OPTIONS_FORMATS, &choice, error) != 0)
            return -1;
        options->format = (enum options_format)choice;
        return 0;
    case KIND_MORE:
    case KIND_LESS:
        options->verbosity = spec->kind == KIND_MORE ? 1 : -1;
        return 0;
    case KIND_HELP:
    case KIND_VERSION:
        options->command = spec->kind == KIND_HELP ? OPTIONS_HELP : OPTIONS_VERSION;
        return 0;
    }
    return error_set(error, 0, "--%s: not known", spec->name);
}

/* ---- words and options ------------------------------------------------------------------- */

static int take_file(struct options *options, const char *word, struct error *error)
{
    if (options->n_files == OPTIONS_FILES)
        return error_set(error, 0, "more than %d suite files", OPTIONS_FILES);
    options->files[options->n_files++] = word;
    options->subject = options->files[0];
    return 0;
}

/* A word that is no option: the command, the subject, or one too many. */
static int take_word(struct options *options, bool *named, char *word, struct error *error)
{
    char shown[128];
    if (!options->subject && !*named)
        for (unsigned i = 0; i < OPTIONS_N_COMMANDS; i++)
            if (strcmp(word, options_commands[i].name) == 0) {
                options->command = (enum options_command)i;
                *named = true;
                return 0;
            }
    if (options->command == OPTIONS_SUITE)
        return take_file(options, word, error);
    if (!options->subject) {
        options->subject = word;
        return 0;
    }
    text_copy(shown, sizeof shown, word);
    return error_set(error, 0, "unexpected argument '%s'%s: " TRY, shown,
                     !(RUNS & (1u << options->command)) ? "" : " (a workload's go after '--')");
}

static int bad_option(int c, char *word, struct error *error)
{
    char shown[128];
    text_copy(shown, sizeof shown, word ? word : "");
    shown[strcspn(shown, "=")] = '\0';
    if (optopt >= VALUE_BASE) {
        const char *name = options_specs[optopt - VALUE_BASE].name;
        return c == ':' ? error_set(error, 0, "option '--%s' needs a value: %s", name,
                                    options_specs[optopt - VALUE_BASE].argument)
                        : error_set(error, 0, "option '--%s' takes no value", name);
    }
    if (c == ':')
        return error_set(error, 0, "option '-%c' needs a value: " TRY, optopt);
    if (optopt == 0)
        return error_set(error, 0, "unknown option '%s': " TRY, shown);
    snprintf(shown, sizeof shown, "-%c", optopt);
    text_copy(shown, sizeof shown, shown[1] > ' ' ? shown : "-?");
    return error_set(error, 0, "unknown option '%s': " TRY, shown);
}

/* A letter may mean one thing in one command and another in the next. */
static int spec_of(int c, enum options_command command)
{
    int found = -1;
    if (c >= VALUE_BASE)
        return c - VALUE_BASE;
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (options_specs[i].letter == c &&
            (found < 0 || options_specs[i].commands & (1u << command)))
            found = i;
    return found;
}

/* The leading '-' keeps words and options in order, so that words before and after `--` can be told
 * apart; ':' reports a missing value. */
static void getopt_tables(char *letters, struct option *longs)
{
    *letters++ = '-';
    *letters++ = ':';
    for (int i = 0; i < OPTIONS_N_SPECS; i++) {
        const struct option_spec *spec = &options_specs[i];
        if (spec->letter && spec_of(spec->letter, OPTIONS_RUN) == i) {
            *letters++ = spec->letter;
            if (spec->argument)
                *letters++ = ':';
        }
        longs[i] = (struct option){ spec->name, spec->argument ? required_argument : no_argument,
                                    NULL, VALUE_BASE + i };
    }
    *letters = '\0';
    longs[OPTIONS_N_SPECS] = (struct option){ NULL, 0, NULL, 0 };
}

/* After `--`: the subject, if it is not there yet, and its arguments; or more files. */
static int take_rest(struct options *options, int argc, char **argv, int first,
                     struct error *error)
{
    for (; options->command == OPTIONS_SUITE && first < argc; first++)
        if (take_file(options, argv[first], error) != 0)
            return -1;
    if (!options->subject && first < argc) {
        options->subject = argv[first++];
        if (first < argc && strcmp(argv[first], "--") == 0)
            first++;
    }
    options->argc = argc - first;
    options->argv = argv + first;
    return 0;
}

static int check_whole(const struct options *options, const bool *seen, struct error *error)
{
    enum options_command command = options->command;
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (seen[i] && !(options_specs[i].commands & (1u << command)))
            return error_set(error, 0, "option '--%s' does not go with '%s': " TRY,
                             options_specs[i].name, options_commands[command].name);
    if (!options->subject)
        return error_set(error, 0, "no %s given: " TRY, options_commands[command].operand);
    if (*options->subject == '\0')
        return error_set(error, 0, "the name of the %s is empty: " TRY,
                         options_commands[command].operand);
    if ((command == OPTIONS_LIST && options->format > OPTIONS_JSON) ||
        (command == OPTIONS_SUITE && !((1u << options->format) & SUITE_FORMATS)))
        return error_set(error, 0, "--format=%s does not go with '%s': " TRY,
                         options_formats[options->format], options_commands[command].name);
    if (!(RUNS & (1u << command)) && options->argc > 0) {
        char shown[128];
        text_copy(shown, sizeof shown, options->argv[0]);
        return error_set(error, 0, "unexpected argument '%s': " TRY, shown);
    }
    return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct error *error)
{
    char letters[2 * OPTIONS_N_SPECS + 3];
    struct option longs[OPTIONS_N_SPECS + 1];
    bool seen[OPTIONS_N_SPECS] = { false }, named = false;
    int c;
    getopt_tables(letters, longs);
    *ret = (struct options){ .command = OPTIONS_RUN, .op_timeout_ns = OPTIONS_OP_TIMEOUT,
                             .reset_timeout_ns = OPTIONS_RESET_TIMEOUT,
                             .sandbox = WIRE_SANDBOX_GUARD };
    optind = 0; /* start anew, also if something parsed before */
    opterr = 0;
    for (;;) {
        int word = optind < 1 ? 1 : optind; /* where the option under way stands */
        c = getopt_long(argc, argv, letters, longs, NULL);
        if (c == -1)
            break;
        if (c == 1) {
            if (take_word(ret, &named, optarg, error) != 0)
                return -1;
            continue;
        }
        int spec = c == '?' || c == ':' ? -1 : spec_of(c, ret->command);
        if (spec < 0)
            return bad_option(c, word < argc ? argv[word] : NULL, error);
        seen[spec] = true;
        if (value_set(ret, &options_specs[spec], optarg, error) != 0)
            return -1;
        if (ret->command == OPTIONS_HELP || ret->command == OPTIONS_VERSION)
            return 0;
    }
    if (take_rest(ret, argc, argv, optind, error) != 0)
        return -1;
    return check_whole(ret, seen, error);
}
