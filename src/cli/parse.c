/* SPDX-License-Identifier: MIT
 * parse.c: see parse.h.
 */
#include "cli/parse.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "cli/shard.h"
#include "cli/table.h"
#include "doubt/doubt.h"
#include "inject/inject.h"

enum { VALUE_BASE = 256 };
enum { SUITE_FORMATS = 1 << OPTIONS_TEXT | 1 << OPTIONS_JUNIT | 1 << OPTIONS_TAP |
                       1 << OPTIONS_HTML };

#define TRY "see 'stress-supervisor --help'"
#define DASHES "put -- before the workload's own "

/* ---- values ------------------------------------------------------------------------------ */

static int refuse(const struct option_spec *spec, const char *value, const char *what,
                  const char *allowed, struct error *error)
{
    char shown[128];
    text_copy(shown, sizeof shown, value);
    return error_set(error, 0, "--%s=%s: %s: give %s", spec->name, shown, what, allowed);
}

/* One function for each kind. Stores the value at `at`, a member of the options. */
typedef int value_setter(void *at, const struct option_spec *spec, const char *value,
                         struct error *error);

static int set_number(void *at, const struct option_spec *spec, const char *value,
                      struct error *error)
{
    struct options_number *number = at;
    char allowed[96];
    if (spec->kind == KIND_SEED)
        snprintf(allowed, sizeof allowed, "a whole number below 2^64, decimal or 0x");
    else if (spec->most == INT64_MAX)
        snprintf(allowed, sizeof allowed, "a whole number, %" PRIu64 " or more", spec->least);
    else
        snprintf(allowed, sizeof allowed, "a whole number, %" PRIu64 " to %" PRIu64, spec->least,
                 spec->most);
    number->given = true;
    if (!text_parse_u64(value, &number->value))
        return refuse(spec, value, "not a number", allowed, error);
    if (number->value < spec->least || number->value > spec->most)
        return refuse(spec, value, "out of range", allowed, error);
    return 0;
}

static int set_timeout(void *at, const struct option_spec *spec, const char *value,
                       struct error *error)
{
    const char *allowed = spec->least ? "a time above 0 with its unit, such as 500ms, 90s, 1h30m"
                                      : "a time with its unit, such as 500ms, 90s, 1h30m, or 0";
    uint64_t *ns = at;
    if (!text_parse_duration(value, ns))
        return refuse(spec, value, "not a duration", allowed, error);
    if (*ns < spec->least)
        return refuse(spec, value, "too short", allowed, error);
    if (*ns > spec->most)
        return refuse(spec, value, "too long", "36500d at most", error);
    return 0;
}

static int set_duration(void *at, const struct option_spec *spec, const char *value,
                        struct error *error)
{
    struct options_number *number = at;
    number->given = true;
    return set_timeout(&number->value, spec, value, error);
}

static int set_text(void *at, const struct option_spec *spec, const char *value,
                    struct error *error)
{
    if (*value == '\0')
        return refuse(spec, value, "empty", spec->argument, error);
    *(const char **)at = value;
    return 0;
}

static int set_size(void *at, const struct option_spec *spec, const char *value,
                    struct error *error)
{
    static const char allowed[] = "a number of bytes with K, M, G or T, such as 512M";
    static const char units[] = "KMGT";
    struct options_number *number = at;
    char digits[32];
    size_t length = strlen(value);
    const char *unit = length > 1 ? strchr(units, value[length - 1]) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    snprintf(digits, sizeof digits, "%.*s", (int)(length - (unit != NULL)), value);
    if (length >= sizeof digits || !text_parse_u64(digits, &number->value) ||
        number->value > UINT64_MAX >> shift)
        return refuse(spec, value, "not a size", allowed, error);
    number->value <<= shift;
    number->given = true;
    if (number->value < spec->least)
        return refuse(spec, value, "too small", spec->least >= 128 << 20 ? "128M or more"
                                                                         : "1M or more", error);
    if (number->value > spec->most)
        return refuse(spec, value, "too large", "less than 8388608T", error);
    return 0;
}

static int set_path(void *at, const struct option_spec *spec, const char *value,
                    struct error *error)
{
    struct options_paths *paths = at;
    if (*value == '\0')
        return refuse(spec, value, "empty", spec->argument, error);
    if (paths->n == OPTIONS_PATHS)
        return error_set(error, 0, "--%s is given more than %d times", spec->name, OPTIONS_PATHS);
    paths->path[paths->n++] = value;
    return 0;
}

static int set_flag(void *at, const struct option_spec *spec, const char *value,
                    struct error *error)
{
    (void)spec, (void)value, (void)error;
    *(bool *)at = true;
    return 0;
}

static int set_choice(void *at, const struct option_spec *spec, const char *value,
                      struct error *error)
{
    const struct options_choice *choice = &options_choices[spec->kind];
    char allowed[96];
    size_t used = 0;
    for (unsigned i = 0; i < choice->n; i++) {
        if (strcmp(choice->words[i], value) == 0) {
            memcpy(at, &i, sizeof i); /* each kind has its own enum type */
            return 0;
        }
        used += (size_t)snprintf(allowed + used, sizeof allowed - used, "%s%s",
                                 i == 0 ? "" : i + 1 == choice->n ? " or " : ", ",
                                 choice->words[i]);
    }
    return refuse(spec, value, "unknown", allowed, error);
}

static int add_injection(struct options_injections *injections, const char *value,
                         struct error *error)
{
    struct rule rule;
    if (injections->n == OPTIONS_INJECTIONS)
        return error_set(error, 0, "--inject is given more than %d times", OPTIONS_INJECTIONS);
    if (rule_parse(value, &rule, error) < 0)
        return -1;
    injections->text[injections->n++] = value;
    return 0;
}

/* Puts the filters behind a rule. Returns NULL if there is no room. */
static const char *filtered(struct options_injections *injections, const char *rule,
                            const char *filters)
{
    char *made = injections->made + injections->used;
    size_t room = sizeof injections->made - injections->used;
    size_t size = strlen(rule) + strlen(filters) + 1;
    if (*filters == '\0')
        return rule;
    if (size > room)
        return NULL;
    snprintf(made, room, "%s%s", rule, filters);
    injections->used += size;
    return made;
}

/* A rule, or the name of several. */
static int set_injection(void *at, const struct option_spec *spec, const char *value,
                         struct error *error)
{
    char names[256];
    const char *filters, *text;
    const struct preset *preset = *value == '@' ? preset_find(value + 1, &filters) : NULL;
    if (*value != '@')
        return add_injection(at, value, error);
    if (!preset)
        return refuse(spec, value, "not a preset", preset_names(names, sizeof names), error);
    for (const char *const *rule = preset->rules; *rule; rule++) {
        text = filtered(at, *rule, filters);
        if (!text)
            return error_set(error, 0, "the filters of presets take more than %d bytes in all: "
                             "give shorter ones", OPTIONS_MADE);
        if (add_injection(at, text, error) < 0)
            return -1;
    }
    return 0;
}

/* Names of presets, each with or without '@'. */
static int set_presets(void *at, const struct option_spec *spec, const char *value,
                       struct error *error)
{
    char list[512], names[256], *rest = list, *item;
    const struct preset *preset;
    const char *filters;
    uint32_t chosen = 0;
    bool good = strlen(value) < sizeof list;
    snprintf(list, sizeof list, "%s", value);
    while (good && (item = strsep(&rest, ","))) {
        preset = preset_find(item + (*item == '@'), &filters);
        good = preset && *filters == '\0';
        if (good)
            chosen |= UINT32_C(1) << (preset - preset_number(0));
    }
    if (!good)
        return refuse(spec, value, "not names of presets", preset_names(names, sizeof names),
                      error);
    *(uint32_t *)at = chosen;
    return 0;
}

static int set_doubt(void *at, const struct option_spec *spec, const char *value,
                     struct error *error)
{
    enum doubt_kind kind;
    char names[512];
    if (!doubt_parse(value, &kind))
        return refuse(spec, value, "not a kind of doubt", doubt_names(names, sizeof names), error);
    *(uint32_t *)at |= UINT32_C(1) << kind;
    return 0;
}

/* "writer=8", or "8" for the only type. */
static bool parse_actors(struct definition_counts *counts, char *item, uint64_t most)
{
    char *equals = strchr(item, '=');
    uint64_t count;
    if (!text_parse_u64(equals ? equals + 1 : item, &count) || count > most)
        return false;
    if (!equals) {
        counts->only = (uint32_t)count;
        return count > 0;
    }
    *equals = '\0';
    return text_is_name(item) && definition_count_set(counts, item, (uint32_t)count) == 0;
}

static int set_actors(void *at, const struct option_spec *spec, const char *value,
                      struct error *error)
{
    struct options_number number;
    char list[2048], *rest = list, *item;
    if (!strpbrk(value, "=,") && set_number(&number, spec, value, error) < 0)
        return -1;
    bool good = strlen(value) < sizeof list;
    snprintf(list, sizeof list, "%s", value);
    while (good && (item = strsep(&rest, ",")))
        good = parse_actors(at, item, spec->most);
    return good ? 0 : refuse(spec, value, "not numbers of actors", "N, or TYPE=N for each type, "
                             "with commas; 4096 at most", error);
}

static int set_requirement(void *at, const struct option_spec *spec, const char *value,
                           struct error *error)
{
    struct options_requirements *all = at;
    char allowed[256], names[160];
    if (all->n == OPTIONS_REQUIREMENTS)
        return error_set(error, 0, "--require is given more than %d times", OPTIONS_REQUIREMENTS);
    if (require_parse(value, &all->list[all->n])) {
        all->n++;
        return 0;
    }
    snprintf(allowed, sizeof allowed,
             "METRIC<VALUE, or > for a rate or a count; the metrics are %s",
             require_names(names, sizeof names));
    return refuse(spec, value, "not a limit", allowed, error);
}

static int set_shard(void *at, const struct option_spec *spec, const char *value,
                     struct error *error)
{
    return shard_parse(value, at) ? 0 : refuse(spec, value, "not a share",
                                               "I/N, the I-th of N from 1 on, or auto/N", error);
}

static int set_verbosity(void *at, const struct option_spec *spec, const char *value,
                         struct error *error)
{
    (void)value, (void)error;
    *(int *)at = spec->kind == KIND_MORE ? 1 : -1;
    return 0;
}

static int set_command(void *at, const struct option_spec *spec, const char *value,
                       struct error *error)
{
    (void)value, (void)error;
    *(enum options_command *)at = spec->kind == KIND_HELP ? OPTIONS_HELP : OPTIONS_VERSION;
    return 0;
}

static value_setter *const value_setters[KINDS] = {
    [KIND_NUMBER] = set_number, [KIND_SEED] = set_number, [KIND_DURATION] = set_duration,
    [KIND_TIMEOUT] = set_timeout, [KIND_TEXT] = set_text, [KIND_FLAG] = set_flag,
    [KIND_SANDBOX] = set_choice, [KIND_SCHEDULE] = set_choice,
    [KIND_METHOD] = set_choice, [KIND_KEEP] = set_choice, [KIND_SEVERITY] = set_choice,
    [KIND_ONLY] = set_choice, [KIND_FORMAT] = set_choice,
    [KIND_INJECTION] = set_injection, [KIND_DOUBT] = set_doubt,
    [KIND_SHARD] = set_shard, [KIND_ACTORS] = set_actors,
    [KIND_REQUIRE] = set_requirement, [KIND_PRESETS] = set_presets,
    [KIND_MORE] = set_verbosity, [KIND_LESS] = set_verbosity,
    [KIND_SIZE] = set_size, [KIND_PATH] = set_path,
    [KIND_HELP] = set_command, [KIND_VERSION] = set_command,
};

/* ---- words and options ------------------------------------------------------------------- */

/* Where an option stood: before the subject, or behind it. */
enum seen { NOT_SEEN, BEFORE, BEHIND };

static bool takes_files(const struct options *options)
{
    return options->command == OPTIONS_SUITE || options->command == OPTIONS_MERGE;
}

/* `files` begins where the command's own word was, or before it, so a word is moved to the front of
 * argv, into a place that has been read. */
static void take_file(struct options *options, char *word)
{
    options->files[options->n_files++] = word;
    options->subject = options->files[0];
}

/* Returns OPTIONS_N_COMMANDS if the word is not a command. */
static unsigned command_named(const char *word)
{
    unsigned i = 0;
    while (i < OPTIONS_N_COMMANDS && strcmp(word, options_commands[i].name) != 0)
        i++;
    return i;
}

static int take_topic(struct options *options, const char *word, struct error *error)
{
    char shown[128];
    text_copy(shown, sizeof shown, word);
    unsigned topic = command_named(word);
    if (options->subject)
        return error_set(error, 0, "unexpected argument '%s': " TRY, shown);
    if (topic == OPTIONS_N_COMMANDS)
        return error_set(error, 0, "unknown command '%s': " TRY, shown);
    options->subject = word;
    options->help_of = (enum options_command)topic;
    return 0;
}

/* Takes the language before the name, which is taken for the name until another word comes. */
static bool take_language(struct options *options)
{
    unsigned i = 0;
    while (i < OPTIONS_LANGUAGES && (!options->subject || strcmp(options->subject,
                                                                 options_languages[i]) != 0))
        i++;
    if (options->command != OPTIONS_NEW || i == OPTIONS_LANGUAGES || options->named)
        return false;
    options->language = (enum options_language)i;
    options->named = true;
    return true;
}

/* Takes a word that is not an option: the command, the subject, or an error. */
static int take_word(struct options *options, bool *named, char *word, struct error *error)
{
    char shown[128];
    unsigned command = options->subject || *named ? OPTIONS_N_COMMANDS : command_named(word);
    if (command < OPTIONS_N_COMMANDS) {
        options->command = (enum options_command)command;
        *named = true;
        return 0;
    }
    if (takes_files(options)) {
        take_file(options, word);
        return 0;
    }
    if (options->command == OPTIONS_HELP)
        return take_topic(options, word, error);
    if (!options->subject || take_language(options)) {
        options->subject = word;
        return 0;
    }
    text_copy(shown, sizeof shown, word);
    return error_set(error, 0, "unexpected argument '%s': %s", shown,
                     RUNS & (1u << options->command) ? DASHES "arguments" : TRY);
}

/* Whether an option that comes next may be the workload's. */
static bool follows_workload(const struct options *options)
{
    return options->subject && RUNS & (1u << options->command);
}

static int unknown_option(const struct options *options, const char *shown, struct error *error)
{
    return error_set(error, 0, "unknown option '%s': %s", shown,
                     follows_workload(options) ? DASHES "options" : TRY);
}

/* An option that is known, but wrong, may be the workload's, too. */
static int add_dashes(const struct options *options, struct error *error)
{
    size_t used = strlen(error->text);
    if (follows_workload(options))
        snprintf(error->text + used, sizeof error->text - used, " (or " DASHES "options)");
    return -1;
}

/* Of options with the same name the one of this command. */
static int spec_named(const char *name, enum options_command command)
{
    int found = -1;
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (strcmp(options_specs[i].name, name) == 0 &&
            (found < 0 || options_specs[i].commands & (1u << command)))
            found = i;
    return found;
}

/* The same letter or name may mean different options in different commands. */
static int spec_of(int c, enum options_command command)
{
    int found = -1;
    if (c >= VALUE_BASE)
        return spec_named(options_specs[c - VALUE_BASE].name, command);
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (options_specs[i].letter == c &&
            (found < 0 || options_specs[i].commands & (1u << command)))
            found = i;
    return found;
}

static int bad_option(const struct options *options, int c, char *word, struct error *error)
{
    char shown[128];
    text_copy(shown, sizeof shown, word ? word : "");
    shown[strcspn(shown, "=")] = '\0';
    if (optopt >= VALUE_BASE) {
        const struct option_spec *spec = &options_specs[spec_of(optopt, options->command)];
        if (c == ':')
            error_set(error, 0, "option '--%s' needs a value: %s", spec->name, spec->argument);
        else
            error_set(error, 0, "option '--%s' takes no value", spec->name);
        return add_dashes(options, error);
    }
    if (c == ':') {
        error_set(error, 0, "option '-%c' needs a value: " TRY, optopt);
        return add_dashes(options, error);
    }
    if (optopt == 0)
        return unknown_option(options, shown, error);
    snprintf(shown, sizeof shown, "-%c", optopt);
    text_copy(shown, sizeof shown, shown[1] > ' ' ? shown : "-?");
    return unknown_option(options, shown, error);
}

/* Of an option that takes a value with one command and none with another, it is known when it has
 * been read. */
static int takes_argument(const struct option_spec *spec)
{
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (strcmp(options_specs[i].name, spec->name) == 0 &&
            !options_specs[i].argument != !spec->argument)
            return optional_argument;
    return spec->argument ? required_argument : no_argument;
}

/* Whether optarg is what the option takes. Its value may be the next word, as that of any other. */
static bool take_value(const struct option_spec *spec, int argc, char **argv)
{
    if (spec->argument && !optarg && optind < argc)
        optarg = argv[optind++];
    return !spec->argument == !optarg;
}

/* The leading '-' makes getopt return words in order, so that words before `--` and after it can be
 * told apart; with ':' it reports a missing value as such. */
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
        longs[i] = (struct option){ spec->name, takes_argument(spec), NULL, VALUE_BASE + i };
    }
    *letters = '\0';
    longs[OPTIONS_N_SPECS] = (struct option){ NULL, 0, NULL, 0 };
}

/* The command in a machine, with all that follows. */
static void take_line(struct options *options, int argc, char **argv, int first)
{
    options->subject = argv[first];
    options->argc = argc - first;
    options->argv = argv + first;
}

/* Takes the words after `--`: the subject, unless it is known, and its arguments; or more files. */
static void take_rest(struct options *options, int argc, char **argv, int first)
{
    if (options->command == OPTIONS_VM && first < argc) {
        take_line(options, argc, argv, first);
        return;
    }
    for (; takes_files(options) && first < argc; first++)
        take_file(options, argv[first]);
    if (!options->subject && options->command != OPTIONS_HELP && first < argc) {
        options->subject = argv[first++];
        if (first < argc && strcmp(argv[first], "--") == 0)
            first++;
    }
    options->argc = argc - first;
    options->argv = argv + first;
}

static int check_whole(const struct options *options, const enum seen *seen, struct error *error)
{
    enum options_command command = options->command;
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (seen[i] && !(options_specs[i].commands & (1u << command)))
            return error_set(error, 0, "option '--%s' does not go with '%s': %s",
                             options_specs[i].name, options_commands[command].name,
                             seen[i] == BEHIND ? DASHES "options" : TRY);
    if (options->presets && options->subject)
        return error_set(error, 0, "--presets does not go with a workload: " TRY);
    if (options->presets && options->format != OPTIONS_TEXT)
        return error_set(error, 0, "--presets goes with --format=text only");
    if (!options->subject && command != OPTIONS_HELP && command != OPTIONS_CLEAN &&
        !options->presets)
        return error_set(error, 0, "no %s given: " TRY, options_commands[command].operand);
    if (command == OPTIONS_MERGE && options->subject && !options->output)
        return error_set(error, 0, "no --output given: it says where the merged run goes");
    if (options->subject && *options->subject == '\0')
        return error_set(error, 0, "the name of the %s is empty: " TRY,
                         options_commands[command].operand);
    if ((command == OPTIONS_LIST && options->format > OPTIONS_JSON) ||
        (command == OPTIONS_SUITE && !((1u << options->format) & SUITE_FORMATS)))
        return error_set(error, 0, "--format=%s does not go with '%s': " TRY,
                         options_formats[options->format], options_commands[command].name);
    if (!((RUNS | VM) & (1u << command)) && options->argc > 0) {
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
    enum seen seen[OPTIONS_N_SPECS] = { NOT_SEEN };
    bool named = false;
    int c;
    getopt_tables(letters, longs);
    *ret = (struct options){ .command = OPTIONS_RUN, .help_of = OPTIONS_HELP, .files = argv + 1,
                             .op_timeout_ns = OPTIONS_OP_TIMEOUT,
                             .reset_timeout_ns = OPTIONS_RESET_TIMEOUT,
                             .silence_ns = OPTIONS_SILENCE,
                             .sandbox = WIRE_SANDBOX_GUARD };
    optind = 0; /* reset getopt, in case it was used before */
    opterr = 0;
    for (;;) {
        int word = optind < 1 ? 1 : optind; /* index of the current option */
        c = getopt_long(argc, argv, letters, longs, NULL);
        if (c == -1)
            break;
        if (c == 1 && ret->command == OPTIONS_VM) {
            take_line(ret, argc, argv, optind - 1);
            return check_whole(ret, seen, error);
        }
        if (c == 1) {
            if (take_word(ret, &named, optarg, error) != 0)
                return -1;
            continue;
        }
        int spec = c == '?' || c == ':' ? -1 : spec_of(c, ret->command);
        if (spec >= 0 && !take_value(&options_specs[spec], argc, argv)) {
            optopt = c;
            c = optarg ? '?' : ':';
            spec = -1;
        }
        if (spec < 0)
            return bad_option(ret, c, word < argc ? argv[word] : NULL, error);
        seen[spec] = follows_workload(ret) ? BEHIND : BEFORE;
        enum option_kind kind = options_specs[spec].kind;
        enum options_command command = ret->command;
        if (value_setters[kind]((char *)ret + options_specs[spec].offset, &options_specs[spec],
                                optarg, error) != 0)
            return add_dashes(ret, error);
        if (kind == KIND_HELP && named && command != OPTIONS_HELP)
            ret->help_of = command;
        if (kind == KIND_HELP || kind == KIND_VERSION)
            return 0;
    }
    take_rest(ret, argc, argv, optind);
    return check_whole(ret, seen, error);
}
