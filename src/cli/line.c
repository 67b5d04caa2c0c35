/* SPDX-License-Identifier: MIT
 * line.c: the way back: from options to the words that mean them. Monitor.
 */
#include "cli/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    uint64_t standard =
        spec->offset == OPTIONS_AT(op_timeout_ns) ? OPTIONS_OP_TIMEOUT : OPTIONS_RESET_TIMEOUT;
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
        if (*(const char *const *)at && spec->offset != OPTIONS_AT(output) &&
            spec->offset != OPTIONS_AT(metrics)) {
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
            fprintf(out, " --%s=%s", spec->name, options_sandboxes[options->sandbox]);
        break;
    case KIND_SCHEDULE:
        if (options->schedule != OPTIONS_FREE)
            fprintf(out, " --%s=%s", spec->name, options_schedules[options->schedule]);
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

/* One option as a word behind a space; "" if it is not given. The caller's to free; NULL: no
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

int options_kept(const struct options *options, int (*add)(void *user, const char *word),
                 void *user)
{
    int result = 0;
    for (int i = 0; i < OPTIONS_N_SPECS && result == 0; i++) {
        if (!(options_specs[i].commands & KEPT))
            continue;
        char *word = word_back(options, &options_specs[i]);
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
    for (int i = 0; i < OPTIONS_N_SPECS; i++)
        if (options_specs[i].commands & RUN)
            option_back(out, options, &options_specs[i], quote);
    const char *subject = options->subject ? options->subject : "";
    bool odd = *subject == '-'; /* or the name of a command: it needs `--` before it */
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
