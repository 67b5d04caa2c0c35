/* SPDX-License-Identifier: MIT
 * line.c: see line.h.
 */
#include "cli/line.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/table.h"

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

char *options_quoted(int argc, char **argv)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    for (int i = 0; i < argc; i++) {
        fputs(i > 0 ? " " : "", out);
        quote(out, argv[i]);
    }
    bool failed = ferror(out);
    if (fclose(out) == 0 && !failed)
        return text;
    free(text);
    return NULL;
}

/* Prints a duration for text_parse_duration(), in the largest unit that is exact to 1 us. */
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

/* One function for each kind. Prints the option whose value is at `at`, a member of the options,
 * unless it has the default value. */
typedef void option_printer(FILE *out, const void *at, const struct option_spec *spec,
                            text_writer *write);

static void print_number(FILE *out, const void *at, const struct option_spec *spec,
                         text_writer *write)
{
    const struct options_number *number = at;
    (void)write;
    if (number->given)
        fprintf(out, " --%s=%" PRIu64, spec->name, number->value);
}

static void print_duration(FILE *out, const void *at, const struct option_spec *spec,
                           text_writer *write)
{
    const struct options_number *number = at;
    (void)write;
    if (!number->given)
        return;
    fprintf(out, " --%s=", spec->name);
    duration_argument(out, number->value);
}

static void print_timeout(FILE *out, const void *at, const struct option_spec *spec,
                          text_writer *write)
{
    uint64_t ns = *(const uint64_t *)at;
    (void)write;
    if (ns == 0 || ns == (spec->offset == OPTIONS_AT(op_timeout_ns) ? OPTIONS_OP_TIMEOUT
                                                                    : OPTIONS_RESET_TIMEOUT))
        return;
    fprintf(out, " --%s=", spec->name);
    duration_argument(out, ns);
}

static void print_text(FILE *out, const void *at, const struct option_spec *spec,
                       text_writer *write)
{
    const char *text = *(const char *const *)at;
    if (!text)
        return;
    fprintf(out, " --%s=", spec->name);
    write(out, text);
}

static void print_flag(FILE *out, const void *at, const struct option_spec *spec,
                       text_writer *write)
{
    (void)write;
    if (*(const bool *)at)
        fprintf(out, " --%s", spec->name);
}

static void print_choice(FILE *out, const void *at, const struct option_spec *spec,
                         text_writer *write)
{
    const struct options_choice *choice = &options_choices[spec->kind];
    unsigned chosen;
    (void)write;
    memcpy(&chosen, at, sizeof chosen);
    if (chosen > 0 && chosen < choice->n)
        fprintf(out, " --%s=%s", spec->name, choice->words[chosen]);
}

static void print_injections(FILE *out, const void *at, const struct option_spec *spec,
                             text_writer *write)
{
    const struct options_injections *injections = at;
    for (unsigned i = 0; i < injections->n; i++) {
        fprintf(out, " --%s=", spec->name);
        write(out, injections->text[i]);
    }
}

static void print_actors(FILE *out, const void *at, const struct option_spec *spec,
                         text_writer *write)
{
    const struct definition_counts *counts = at;
    const char *before = "";
    (void)write;
    if (counts->only == 0 && counts->n == 0)
        return;
    fprintf(out, " --%s=", spec->name);
    if (counts->only > 0) {
        fprintf(out, "%" PRIu32, counts->only);
        before = ",";
    }
    for (uint32_t i = 0; i < counts->n; i++, before = ",")
        fprintf(out, "%s%s=%" PRIu32, before, counts->type[i].name, counts->type[i].count);
}

static void print_requirements(FILE *out, const void *at, const struct option_spec *spec,
                               text_writer *write)
{
    const struct options_requirements *all = at;
    for (unsigned i = 0; i < all->n; i++) {
        fprintf(out, " --%s=", spec->name);
        write(out, all->list[i].text);
    }
}

/* The seed is printed first. Kinds that are not here do not affect a run. */
static option_printer *const option_printers[KINDS] = {
    [KIND_NUMBER] = print_number, [KIND_DURATION] = print_duration,
    [KIND_TIMEOUT] = print_timeout, [KIND_TEXT] = print_text, [KIND_FLAG] = print_flag,
    [KIND_SANDBOX] = print_choice, [KIND_SCHEDULE] = print_choice,
    [KIND_METHOD] = print_choice, [KIND_KEEP] = print_choice, [KIND_ONLY] = print_choice,
    [KIND_INJECTION] = print_injections, [KIND_ACTORS] = print_actors,
    [KIND_REQUIRE] = print_requirements,
};

static void option_back(FILE *out, const struct options *options, const struct option_spec *spec,
                        text_writer *write)
{
    if (option_printers[spec->kind] && !(spec->commands & ONCE))
        option_printers[spec->kind](out, (const char *)options + spec->offset, spec, write);
}

static void write_plain(FILE *out, const char *text)
{
    fputs(text, out);
}

/* Returns an option as a word after a space; "" if it was not given. The caller frees it. NULL: no
 * memory. */
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

/* Calls `add` with each option of the set. */
static int each_word(const struct options *options, unsigned set,
                     int (*add)(void *user, const char *word), void *user)
{
    int result = 0;
    for (int i = 0; i < OPTIONS_N_SPECS && result == 0; i++) {
        if (!(options_specs[i].commands & set))
            continue;
        char *word = word_back(options, &options_specs[i]);
        result = !word ? -1 : *word ? add(user, word + 1) : 0;
        free(word);
    }
    return result;
}

int options_kept(const struct options *options, int (*add)(void *user, const char *word),
                 void *user)
{
    return each_word(options, KEPT, add, user);
}

int options_same(const struct options *options, int (*add)(void *user, const char *word),
                 void *user)
{
    return each_word(options, SAME, add, user);
}

void options_print_directory(FILE *out)
{
    char here[PATH_MAX], shown[PATH_MAX];
    if (!getcwd(here, sizeof here))
        return;
    text_copy(shown, sizeof shown, here);
    fprintf(out, "# in %s\n", shown);
}

/* Is `name`, with this length, among names that are separated by commas? */
static bool is_among(const char *names, const char *name, size_t length)
{
    while (names && *names) {
        size_t n = strcspn(names, ",");
        if (n == length && strncmp(names, name, n) == 0)
            return true;
        names += n + (names[n] != '\0');
    }
    return false;
}

/* What a workload depends on and another shell does not have. Others are left out: they may be
 * secrets. */
static bool is_repeated(const char *variable)
{
    size_t name = strcspn(variable, "=");
    if (variable[name] == '\0' || is_among(OPTIONS_SUITE_VARIABLES, variable, name))
        return false;
    return strncmp(variable, "STRESS_", 7) == 0 || strncmp(variable, "LD_", 3) == 0 ||
           is_among(getenv(OPTIONS_SUITE_VARIABLES), variable, name);
}

/* Prints "MODE='a b' ". */
static void print_variables(FILE *out)
{
    for (char *const *at = environ; *at; at++)
        if (is_repeated(*at)) {
            size_t name = strcspn(*at, "=");
            fprintf(out, "%.*s=", (int)name, *at);
            quote(out, *at + name + 1);
            fputc(' ', out);
        }
}

char *options_command_line(const struct options *options, uint64_t seed)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return NULL;
    bool crash = options->command == OPTIONS_CRASH;
    print_variables(out);
    fprintf(out, "stress-supervisor%s%s%s -s 0x%" PRIx64, options->vm ? " " : "",
            options->vm ? options->vm : "", crash ? " crash" : options->vm ? " run" : "", seed);
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (options_specs[i].commands & (crash ? CRASH : RUN))
            option_back(out, options, &options_specs[i], quote);
    const char *subject = options->subject ? options->subject : "";
    bool odd = *subject == '-'; /* or a command's name: then it follows `--` */
    for (unsigned i = 0; i < OPTIONS_N_COMMANDS; i++)
        odd = odd || strcmp(subject, options_commands[i].name) == 0;
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
