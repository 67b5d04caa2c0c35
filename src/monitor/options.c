/* SPDX-License-Identifier: MIT
 * options.c: the command line, from one table: see options.h. Monitor, and the host process.
 */
#include "config.h"

#include "monitor/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "env/definition.h"
#include "inject/rule.h"

enum option_kind {
    KIND_NUMBER,   /* struct options_number */
    KIND_SEED,     /* the same; any 64 bits */
    KIND_DURATION, /* the same, ns; 0 means none */
    KIND_TIMEOUT,  /* uint64_t, ns; not 0 */
    KIND_TEXT,     /* const char * */
    KIND_FLAG,     /* bool */
    KIND_SANDBOX,
    KIND_SCHEDULE,
    KIND_INJECTION, /* may be given several times */
    KIND_FORMAT,
    KIND_MORE,
    KIND_LESS,
    KIND_HELP,
    KIND_VERSION
};

enum { RUN = 1 << OPTIONS_RUN, LIST = 1 << OPTIONS_LIST, REPORT = 1 << OPTIONS_REPORT,
       CRASH = 1 << OPTIONS_CRASH, REPLAY = 1 << OPTIONS_REPLAY, SHRINK = 1 << OPTIONS_SHRINK,
       SUITE = 1 << OPTIONS_SUITE,
       BOTH = RUN | CRASH, ALL = RUN | LIST | REPORT | CRASH | REPLAY | SHRINK | SUITE,
       RUNS = BOTH | LIST, /* they have a workload, and its arguments */
       KEPT = 1 << 16 /* stands in replay files */ };

struct option_spec {
    const char *name;
    char letter; /* 0: none */
    enum option_kind kind;
    unsigned commands; /* it goes with */
    size_t offset;     /* into struct options */
    uint64_t least, most;
    const char *argument;
    const char *help; /* lines after the first are indented */
};

#define AT(member) offsetof(struct options, member)
/* A hundred years: a deadline made of it stays in range. */
#define LONGEST (36500 * 24 * UINT64_C(3600) * CLOCK_SECOND)
#define OP_TIMEOUT (60 * CLOCK_SECOND)
#define RESET_TIMEOUT (30 * CLOCK_SECOND)

static const struct option_spec specs[] = {
    { "operations", 'n', KIND_NUMBER, BOTH, AT(operations), 0, INT64_MAX, "N",
      "end when exactly N operations are counted\n(0: no target)" },
    { "time-limit", 't', KIND_DURATION, RUN, AT(time_limit), 0, LONGEST, "DURATION",
      "end after 90s, 22h, 500ms, 1h30m (0: none);\nwithout any exit criterion: 60s" },
    { "seed", 's', KIND_SEED, BOTH, AT(seed), 0, UINT64_MAX, "N",
      "decimal or 0x; without it a random one" },
    { "actors", 'j', KIND_NUMBER, RUN | KEPT, AT(actors), 1, DEFINITION_ACTORS, "N",
      "actors of a plain command (default 1)" },
    { "op-timeout", 0, KIND_TIMEOUT, BOTH | KEPT, AT(op_timeout_ns), 1, LONGEST, "DURATION",
      "an operation that takes longer is a hang\n(default 60s)" },
    { "reset-timeout", 0, KIND_TIMEOUT, BOTH | KEPT, AT(reset_timeout_ns), 1, LONGEST, "DURATION",
      "for actors to finish their operation before\na reset, and for each hook (default 30s)" },
    { "max-findings", 0, KIND_NUMBER, RUN, AT(max_findings), 0, INT64_MAX, "N",
      "end after N distinct findings\n(default: go on)" },
    { "schedule", 0, KIND_SCHEDULE, RUN, AT(schedule), 0, 0, "KIND",
      "free: actors run as they can (default);\n"
      "serial: one operation at a time, in an order\ndrawn from the seed" },
    { "inject", 0, KIND_INJECTION, RUN, AT(injections), 0, 0, "SPEC",
      "put a fault at a system call:\n"
      "SYSCALLS:ACTION[:WHEN][:FILTER]...,\n"
      "%write:error=ENOSPC:when=3 for instance;\nmay be given several times" },
    { "setup", 0, KIND_TEXT, BOTH | KEPT, AT(setup), 0, 0, "CMD",
      "before a plain command's first operation" },
    { "reset", 0, KIND_TEXT, BOTH | KEPT, AT(reset), 0, 0, "CMD", "to bring its system back" },
    { "check", 0, KIND_TEXT, BOTH | KEPT, AT(check), 0, 0, "CMD",
      "after every reset and at the end: is all well?" },
    { "teardown", 0, KIND_TEXT, BOTH | KEPT, AT(teardown), 0, 0, "CMD", "at the end" },
    { "in-scratch", 0, KIND_FLAG, BOTH | KEPT, AT(in_scratch), 0, 0, NULL,
      "commands run in $STRESS_SCRATCH, not here" },
    { "sandbox", 0, KIND_SANDBOX, BOTH | KEPT, AT(sandbox), 0, 0, "KIND",
      "guard: keep actors off the harness (default);\n"
      "strict: and off network, mounts, modules;\nnone" },
    { "calls", 0, KIND_TEXT, CRASH, AT(calls), 0, 0, "SYSCALLS",
      "where points lie (default: every call that\nchanges files or directories or makes them\ndurable)" },
    { "fault", 0, KIND_TEXT, CRASH, AT(fault), 0, 0, "LIST",
      "kill, torn, kill-after, short, error=ERRNO\n(default kill,torn,kill-after)" },
    { "persist", 0, KIND_FLAG, CRASH, AT(persist), 0, 0, NULL,
      "an error stays from its point on (default:\nboth, once and from there on)" },
    { "points", 0, KIND_NUMBER, CRASH, AT(points), 1, INT64_MAX, "N",
      "at most N points, spread over call sites" },
    { "recovery", 0, KIND_FLAG, CRASH, AT(recovery), 0, 0, NULL,
      "crash also inside the reset that follows" },
    { "jobs", 'j', KIND_NUMBER, CRASH | SHRINK | SUITE, AT(jobs), 1, 256, "N",
      "environments or cases in parallel (default 1)" },
    { "debuginfod", 0, KIND_FLAG, RUN, AT(debuginfod), 0, 0, NULL,
      "for the stacks of crashes, ask the servers in\n$DEBUGINFOD_URLS; takes time" },
    { "times", 0, KIND_NUMBER, REPLAY, AT(times), 1, 1000000, "N", "do it N times (default 1)" },
    { "gdb", 0, KIND_FLAG, REPLAY, AT(gdb), 0, 0, NULL,
      "attach gdb to the runner of the last operation\nbefore it begins" },
    { "tries", 0, KIND_NUMBER, SHRINK, AT(tries), 1, 1000, "N",
      "run a schedule up to N times until the finding\ncomes (default 1; for races more)" },
    { "output", 'o', KIND_TEXT, BOTH | REPLAY | SHRINK | SUITE, AT(output), 0, 0, "DIR",
      "the run directory, new or empty (default:\nstress-runs/NAME-DATE-SEED; of replay: none is\nkept); of shrink: the file to write" },
    { "verbose", 'v', KIND_MORE, BOTH | REPLAY | SHRINK | SUITE, AT(verbosity), 0, 0, NULL, "say more" },
    { "quiet", 'q', KIND_LESS, BOTH | REPLAY | SHRINK | SUITE, AT(verbosity), 0, 0, NULL, "say less" },
    { "format", 0, KIND_FORMAT, LIST | REPORT | SUITE, AT(format), 0, 0, "FORMAT",
      "text (default) or json; report also junit,\ntap, html; suite text, junit, tap" },
    { "metrics", 0, KIND_TEXT, RUN, AT(metrics), 0, 0, "FILE",
      "keep numbers for Prometheus in FILE" },
    { "help", 0, KIND_HELP, ALL, AT(command), 0, 0, NULL, "show this and exit" },
    { "version", 0, KIND_VERSION, ALL, AT(command), 0, 0, NULL, "show the version and exit" },
};
enum { N_SPECS = sizeof specs / sizeof specs[0], VALUE_BASE = 256 };

static const struct {
    const char *name, *operand, *usage;
} commands[] = {
    [OPTIONS_RUN] = { "run", "workload",
                      "stress-supervisor [run] [OPTION]... WORKLOAD [-- ARG]..." },
    [OPTIONS_LIST] = { "list", "workload",
                       "stress-supervisor list [--format=FORMAT] WORKLOAD" },
    [OPTIONS_CRASH] = { "crash", "workload",
                        "stress-supervisor crash [OPTION]... WORKLOAD [-- ARG]..." },
    [OPTIONS_REPLAY] = { "replay", "finding or replay file",
                         "stress-supervisor replay [OPTION]... FINDING|REPLAY-FILE" },
    [OPTIONS_SHRINK] = { "shrink", "finding or replay file",
                         "stress-supervisor shrink [OPTION]... FINDING|REPLAY-FILE" },
    [OPTIONS_REPORT] = { "report", "run directory",
                         "stress-supervisor report [--format=FORMAT] RUN-DIRECTORY" },
    [OPTIONS_SUITE] = { "suite", "suite file",
                        "stress-supervisor suite [OPTION]... FILE..." },
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static const char *const sandboxes[WIRE_SANDBOXES] = {
    [WIRE_SANDBOX_GUARD] = "guard", [WIRE_SANDBOX_STRICT] = "strict", [WIRE_SANDBOX_NONE] = "none"
};
static const char *const schedules[] = { [OPTIONS_FREE] = "free", [OPTIONS_SERIAL] = "serial" };
static const char *const formats[OPTIONS_FORMATS] = { "text", "json", "junit", "tap", "html" };

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
        if (value_choice(spec, value, sandboxes, WIRE_SANDBOXES, &choice, error) != 0)
            return -1;
        options->sandbox = (enum wire_sandbox)choice;
        return 0;
    case KIND_SCHEDULE:
        if (value_choice(spec, value, schedules, 2, &choice, error) != 0)
            return -1;
        options->schedule = (enum options_schedule)choice;
        return 0;
    case KIND_INJECTION:
        return value_injection(options, value, error);
    case KIND_FORMAT:
        if (value_choice(spec, value, formats, OPTIONS_FORMATS, &choice, error) != 0)
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
        for (unsigned i = 0; i < N_COMMANDS; i++)
            if (strcmp(word, commands[i].name) == 0) {
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
        const char *name = specs[optopt - VALUE_BASE].name;
        return c == ':' ? error_set(error, 0, "option '--%s' needs a value: %s", name,
                                    specs[optopt - VALUE_BASE].argument)
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
    for (int i = 0; i < N_SPECS; i++)
        if (specs[i].letter == c && (found < 0 || specs[i].commands & (1u << command)))
            found = i;
    return found;
}

/* The leading '-' keeps words and options in order, so that words before and after `--` can be told
 * apart; ':' reports a missing value. */
static void getopt_tables(char *letters, struct option *longs)
{
    *letters++ = '-';
    *letters++ = ':';
    for (int i = 0; i < N_SPECS; i++) {
        const struct option_spec *spec = &specs[i];
        if (spec->letter && spec_of(spec->letter, OPTIONS_RUN) == i) {
            *letters++ = spec->letter;
            if (spec->argument)
                *letters++ = ':';
        }
        longs[i] = (struct option){ spec->name, spec->argument ? required_argument : no_argument,
                                    NULL, VALUE_BASE + i };
    }
    *letters = '\0';
    longs[N_SPECS] = (struct option){ NULL, 0, NULL, 0 };
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
    for (int i = 0; i < N_SPECS; i++)
        if (seen[i] && !(specs[i].commands & (1u << command)))
            return error_set(error, 0, "option '--%s' does not go with '%s': " TRY, specs[i].name,
                             commands[command].name);
    if (!options->subject)
        return error_set(error, 0, "no %s given: " TRY, commands[command].operand);
    if (*options->subject == '\0')
        return error_set(error, 0, "the name of the %s is empty: " TRY, commands[command].operand);
    if ((command == OPTIONS_LIST && options->format > OPTIONS_JSON) ||
        (command == OPTIONS_SUITE && !((1u << options->format) & SUITE_FORMATS)))
        return error_set(error, 0, "--format=%s does not go with '%s': " TRY,
                         formats[options->format], commands[command].name);
    if (!(RUNS & (1u << command)) && options->argc > 0) {
        char shown[128];
        text_copy(shown, sizeof shown, options->argv[0]);
        return error_set(error, 0, "unexpected argument '%s': " TRY, shown);
    }
    return 0;
}

int options_parse(int argc, char **argv, struct options *ret, struct error *error)
{
    char letters[2 * N_SPECS + 3];
    struct option longs[N_SPECS + 1];
    bool seen[N_SPECS] = { false }, named = false;
    int c;
    getopt_tables(letters, longs);
    *ret = (struct options){ .command = OPTIONS_RUN, .op_timeout_ns = OP_TIMEOUT,
                             .reset_timeout_ns = RESET_TIMEOUT, .sandbox = WIRE_SANDBOX_GUARD };
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
        if (value_set(ret, &specs[spec], optarg, error) != 0)
            return -1;
        if (ret->command == OPTIONS_HELP || ret->command == OPTIONS_VERSION)
            return 0;
    }
    if (take_rest(ret, argc, argv, optind, error) != 0)
        return -1;
    return check_whole(ret, seen, error);
}

/* ---- help -------------------------------------------------------------------------------- */

static void print_option(const struct option_spec *spec)
{
    enum { COLUMN = 31 };
    char left[64], letter[8] = "    ";
    if (spec->letter)
        snprintf(letter, sizeof letter, "-%c, ", spec->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, spec->name, spec->argument ? "=" : "",
             spec->argument ? spec->argument : "");
    printf("%-*s ", COLUMN, left);
    for (const char *line = spec->help;;) {
        size_t length = strcspn(line, "\n");
        printf("%.*s\n", (int)length, line);
        line += length;
        if (*line++ == '\0')
            break;
        printf("%-*s ", COLUMN, "");
    }
}

void options_print_help(enum options_command of)
{
    bool all = (unsigned)of >= N_COMMANDS;
    for (unsigned i = 0, shown = 0; i < N_COMMANDS; i++)
        if (all || i == (unsigned)of)
            printf("%s %s\n", shown++ == 0 ? "Usage:" : "   or:", commands[i].usage);
    printf("\nRuns a workload: actors, each in a process of its own, that perform random\n"
           "operations on one environment; records what goes wrong, resets, and goes on.\n\n"
           "WORKLOAD is a program or shared object made with <stress.h>, a workload file\n"
           "(.ini), or any command; without a slash it is looked up in PATH. ARGs go to the\n"
           "workload's setup, or to the command.\n");
    for (unsigned i = 0; i < N_COMMANDS; i++) {
        if (!all && i != (unsigned)of)
            continue;
        printf("\nOptions of %s:\n", commands[i].name);
        for (int s = 0; s < N_SPECS; s++)
            if (specs[s].commands != ALL && (specs[s].commands & (1u << i)))
                print_option(&specs[s]);
    }
    printf("\nOptions of all:\n");
    for (int s = 0; s < N_SPECS; s++)
        if (specs[s].commands == ALL)
            print_option(&specs[s]);
    printf("\nExit status: 0 no finding, 1 findings, 2 wrong usage, 3 the harness itself\n"
           "failed, 77 the workload cannot run here, 128+N ended by signal N.\n");
}

/* ---- the way back ------------------------------------------------------------------------ */

static void quote(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,+@%";
    if (*word != '\0' && word[strspn(word, plain)] == '\0') {
        fputs(word, out);
        return;
    }
    fputc('\'', out);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

/* In the largest unit that is exact down to a microsecond: what text_parse_duration() reads. */
static void duration_argument(FILE *out, uint64_t ns)
{
    uint64_t us = ns / 1000 + (ns % 1000 != 0);
    if (us % 1000000 == 0)
        fprintf(out, us ? "%" PRIu64 "s" : "%" PRIu64, us / 1000000);
    else if (us % 1000 == 0)
        fprintf(out, "%" PRIu64 "ms", us / 1000);
    else
        fprintf(out, "%" PRIu64 "us", us);
}

typedef void text_writer(FILE *out, const char *text);

static void option_back(FILE *out, const struct options *options, const struct option_spec *spec,
                        text_writer *write)
{
    const void *at = (const char *)options + spec->offset;
    const struct options_number *number = at;
    uint64_t standard = spec->offset == AT(op_timeout_ns) ? OP_TIMEOUT : RESET_TIMEOUT;
    switch (spec->kind) {
    case KIND_NUMBER:
        if (number->given)
            fprintf(out, " --%s=%" PRIu64, spec->name, number->value);
        break;
    case KIND_DURATION:
        if (number->given) {
            fprintf(out, " --%s=", spec->name);
            duration_argument(out, number->value);
        }
        break;
    case KIND_TIMEOUT:
        if (*(const uint64_t *)at != standard && *(const uint64_t *)at != 0) {
            fprintf(out, " --%s=", spec->name);
            duration_argument(out, *(const uint64_t *)at);
        }
        break;
    case KIND_TEXT:
        if (*(const char *const *)at && spec->offset != AT(output) && spec->offset != AT(metrics)) {
            fprintf(out, " --%s=", spec->name);
            write(out, *(const char *const *)at);
        }
        break;
    case KIND_FLAG:
        if (*(const bool *)at)
            fprintf(out, " --%s", spec->name);
        break;
    case KIND_SANDBOX:
        if (options->sandbox != WIRE_SANDBOX_GUARD && options->sandbox < WIRE_SANDBOXES)
            fprintf(out, " --%s=%s", spec->name, sandboxes[options->sandbox]);
        break;
    case KIND_SCHEDULE:
        if (options->schedule != OPTIONS_FREE)
            fprintf(out, " --%s=%s", spec->name, schedules[options->schedule]);
        break;
    case KIND_INJECTION:
        for (unsigned i = 0; i < options->n_injections; i++) {
            fprintf(out, " --%s=", spec->name);
            write(out, options->injections[i]);
        }
        break;
    default: /* the seed stands first; the others change nothing of the run */
        break;
    }
}

static void write_plain(FILE *out, const char *text)
{
    fputs(text, out);
}

/* One option as a word behind a space; "" if it is not given. The caller's to free; NULL: no memory. */
static char *word_back(const struct options *options, const struct option_spec *spec)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    option_back(out, options, spec, write_plain);
    bool failed = ferror(out);
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

int options_kept(const struct options *options, int (*add)(void *user, const char *word),
                 void *user)
{
    int result = 0;
    for (int i = 0; i < N_SPECS && result == 0; i++) {
        if (!(specs[i].commands & KEPT))
            continue;
        char *word = word_back(options, &specs[i]);
        result = !word ? -1 : *word ? add(user, word + 1) : 0;
        free(word);
    }
    return result;
}

char *options_command_line(const struct options *options, uint64_t seed)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    fprintf(out, "stress-supervisor -s 0x%" PRIx64, seed);
    for (int i = 0; i < N_SPECS; i++)
        if (specs[i].commands & RUN)
            option_back(out, options, &specs[i], quote);
    const char *subject = options->subject ? options->subject : "";
    bool odd = *subject == '-'; /* or the name of a command: it needs `--` before it */
    for (unsigned i = 0; i < N_COMMANDS; i++)
        odd = odd || strcmp(subject, commands[i].name) == 0;
    fputs(odd ? " -- " : " ", out);
    quote(out, subject);
    if (options->argc > 0)
        fputs(" --", out);
    for (int i = 0; i < options->argc; i++) {
        fputc(' ', out);
        quote(out, options->argv[i]);
    }
    bool failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
