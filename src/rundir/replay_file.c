/* SPDX-License-Identifier: MIT
 * replay_file.c: see replay_file.h. A file has `key: value` lines, then one operation on each line.
 * Values are escaped to stay on one line: \\ \n \xHH.
 */
#include "rundir/replay_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "cli/cli.h"
#include "inject/inject.h"

#ifndef __clang__ /* gcc 12 loses track of pointers in an array in a struct */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

enum { LINE_MOST = 65536 };

struct reader {
    struct replay *replay;
    struct error *error;
    const char *path;
    uint32_t number;     /* of the current line */
    bool format, seed, listed, in_lines;
    uint32_t room;
    uint32_t n_taking;
};

struct replay *replay_new(void)
{
    return calloc(1, sizeof(struct replay));
}

static void free_words(struct replay_words *words)
{
    for (uint32_t i = 0; i < words->n; i++)
        free(words->word[i]);
}

void replay_free(struct replay *replay)
{
    if (!replay)
        return;
    free(replay->path);
    free(replay->workload);
    free(replay->directory);
    free(replay->bucket);
    free_words(&replay->arguments);
    free_words(&replay->options);
    free_words(&replay->injections);
    free_words(&replay->variables);
    names_free(&replay->actors);
    names_free(&replay->actions);
    free(replay->takes_part);
    free(replay->lines);
    free(replay);
}

uint32_t replay_operations(const struct replay *replay)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < replay->n_lines; i++)
        n += replay->lines[i].actor != REPLAY_RESET;
    return n;
}

int replay_add_word(struct replay_words *words, const char *word, struct error *error)
{
    if (words->n == REPLAY_WORDS)
        return error_set(error, 0, "more than %d values for one key", REPLAY_WORDS);
    words->word[words->n] = strdup(word);
    return words->word[words->n] ? (words->n++, 0) : error_set(error, ENOMEM, "cannot keep words");
}

/* ---- reading ----------------------------------------------------------------------------- */

static int refuse(struct reader *reader, const char *what, const char *word)
{
    char shown[128];
    text_copy(shown, sizeof shown, word);
    return error_set(reader->error, 0, "%s:%" PRIu32 ": %s%s%s%s", reader->path, reader->number,
                     what, *shown ? ": '" : "", shown, *shown ? "'" : "");
}

/* Refuses a value with the reason of another parser, which may contain any bytes. */
static int refuse_as(struct reader *reader, const struct error *why)
{
    char shown[300];
    text_copy(shown, sizeof shown, why->text);
    return error_set(reader->error, 0, "%s:%" PRIu32 ": %s", reader->path, reader->number, shown);
}

static int unescape(struct reader *reader, char *value)
{
    const char *wrong = text_unescape(value);
    return wrong ? refuse(reader, "a backslash must be followed by \\, n or xHH", wrong) : 0;
}

static int take_format(struct reader *reader, char *value)
{
    uint64_t format;
    if (!text_parse_u64(value, &format))
        return refuse(reader, "the format is not a number", value);
    if (format != REPLAY_FORMAT)
        return refuse(reader, "this version of stress-supervisor does not know the format", value);
    reader->format = true;
    return 0;
}

static int take_seed(struct reader *reader, char *value)
{
    if (!text_parse_u64(value, &reader->replay->seed))
        return refuse(reader, "the seed must be a number below 2^64, decimal or 0x", value);
    reader->seed = true;
    return 0;
}

static int take_text(struct reader *reader, char **to, const char *value)
{
    if (*to)
        return refuse(reader, "given twice", value);
    if (!*value)
        return refuse(reader, "no value after the key", "");
    *to = strdup(value);
    return *to ? 0 : error_set(reader->error, ENOMEM, "read %s", reader->path);
}

static int take_workload(struct reader *reader, char *value)
{
    return take_text(reader, &reader->replay->workload, value);
}

static int take_directory(struct reader *reader, char *value)
{
    return take_text(reader, &reader->replay->directory, value);
}

static int take_bucket(struct reader *reader, char *value)
{
    return take_text(reader, &reader->replay->bucket, value);
}

static int take_word(struct reader *reader, struct replay_words *words, const char *value)
{
    return words->n == REPLAY_WORDS ? refuse(reader, "too many values for this key", value)
                                    : replay_add_word(words, value, reader->error);
}

static int take_argument(struct reader *reader, char *value)
{
    return take_word(reader, &reader->replay->arguments, value);
}

static int take_option(struct reader *reader, char *value)
{
    char *argv[] = { (char *)"stress-supervisor", (char *)"run", value, (char *)"--", (char *)"x",
                     NULL };
    struct options options;
    struct error why;
    if (strncmp(value, "--", 2) != 0)
        return refuse(reader, "not an option: it must begin with --", value);
    if (options_parse(5, argv, &options, &why) < 0)
        return refuse_as(reader, &why);
    if (options.command != OPTIONS_RUN || strcmp(options.subject, "x") != 0)
        return refuse(reader, "not an option of run", value);
    return take_word(reader, &reader->replay->options, value);
}

static int take_inject(struct reader *reader, char *value)
{
    struct rule rule;
    struct error why;
    if (rule_parse(value, &rule, &why) < 0)
        return refuse_as(reader, &why);
    if (reader->replay->injections.n == OPTIONS_INJECTIONS)
        return refuse(reader, "too many faults to inject", value);
    return take_word(reader, &reader->replay->injections, value);
}

static int take_variable(struct reader *reader, char *value)
{
    if (strcspn(value, "=") == 0 || !strchr(value, '='))
        return refuse(reader, "not a variable (NAME=VALUE)", value);
    return take_word(reader, &reader->replay->variables, value);
}

/* The index in `actors` of "writer.0": a type's name and a number. NAMES_NONE on failure. */
static uint32_t actor_number(struct reader *reader, const char *word)
{
    char name[TEXT_NAME + 16];
    uint64_t index;
    const char *dot = strrchr(word, '.');
    size_t length = dot ? (size_t)(dot - word) : 0;
    if (length == 0 || length >= TEXT_NAME || strlen(word) >= sizeof name ||
        !isdigit((unsigned char)dot[1]) || !text_parse_u64(dot + 1, &index)) {
        refuse(reader, "not an actor (TYPE.INDEX)", word);
        return NAMES_NONE;
    }
    snprintf(name, sizeof name, "%.*s.%" PRIu64, (int)length, word, index);
    uint32_t number = names_add(&reader->replay->actors, name);
    if (number == NAMES_NONE)
        error_set(reader->error, ENOMEM, "read %s", reader->path);
    return number;
}

/* `actors` may be given several times. The actors that take part are the first n_taking ones: those
 * seen when the last `actors` has been read. */
static int take_actors(struct reader *reader, char *value)
{
    char *rest = value, *word;
    reader->listed = true;
    while ((word = strsep(&rest, " \t")))
        if (*word && actor_number(reader, word) == NAMES_NONE)
            return -1;
    reader->n_taking = reader->replay->actors.n;
    return 0;
}

static const struct {
    const char *key;
    int (*take)(struct reader *, char *);
} keys[] = {
    { "format", take_format }, { "workload", take_workload }, { "directory", take_directory },
    { "argument", take_argument }, { "option", take_option }, { "seed", take_seed },
    { "inject", take_inject }, { "actors", take_actors }, { "bucket", take_bucket },
    { "environment", take_variable },
};

static int take_key(struct reader *reader, char *line, char *colon)
{
    char *value = colon + 1 + strspn(colon + 1, " \t");
    *colon = '\0';
    if (reader->in_lines)
        return refuse(reader, "a key after the first operation", line);
    if (!reader->format && strcmp(line, "format") != 0)
        return refuse(reader, "the first key must be 'format'", line);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(line, keys[i].key) == 0)
            return unescape(reader, value) < 0 ? -1 : keys[i].take(reader, value);
    return refuse(reader, "unknown key", line);
}

static struct replay_line *add_line(struct reader *reader)
{
    struct replay *replay = reader->replay;
    if (replay->n_lines == REPLAY_LINES) {
        refuse(reader, "too many operations: at most 262144 can be replayed", "");
        return NULL;
    }
    if (replay->n_lines == reader->room) {
        uint32_t room = reader->room ? 2 * reader->room : 256;
        void *grown = realloc(replay->lines, room * sizeof *replay->lines);
        if (!grown) {
            error_set(reader->error, ENOMEM, "read %s", reader->path);
            return NULL;
        }
        replay->lines = grown;
        reader->room = room;
    }
    struct replay_line *line = &replay->lines[replay->n_lines++];
    *line = (struct replay_line){ .actor = REPLAY_RESET, .action = NAMES_NONE,
                                  .number = reader->number };
    return line;
}

/* "reset", or "writer.0 12 put". */
static int take_operation(struct reader *reader, char *text)
{
    char *rest = text, *words[4] = { NULL }, *word;
    unsigned n = 0;
    while ((word = strsep(&rest, " \t")))
        if (*word && n < 4)
            words[n++] = word;
    struct replay_line *line = add_line(reader);
    if (!line)
        return -1;
    reader->in_lines = true;
    if (n == 1 && strcmp(words[0], "reset") == 0)
        return 0;
    if (n < 2 || n > 3)
        return refuse(reader, "not an operation (TYPE.INDEX NUMBER [ACTION], or reset)", words[0]);
    if (!isdigit((unsigned char)*words[1]) || !text_parse_u64(words[1], &line->operation) ||
        line->operation > INT64_MAX)
        return refuse(reader, "not the number of an operation", words[1]);
    if (n == 3 && !text_is_name(words[2]))
        return refuse(reader, "not the name of an action", words[2]);
    line->actor = actor_number(reader, words[0]);
    if (line->actor == NAMES_NONE)
        return -1;
    if (reader->listed && line->actor >= reader->n_taking)
        return refuse(reader, "not among the 'actors' above", words[0]);
    if (n == 3)
        line->action = names_add(&reader->replay->actions, words[2]);
    return 0;
}

/* A comment begins the line, or follows white space in the part of the operations. */
static int take_line(struct reader *reader, char *line)
{
    size_t length = strlen(line);
    while (length > 0 && isspace((unsigned char)line[length - 1]))
        line[--length] = '\0';
    line += strspn(line, " \t");
    if (*line == '#' || !*line)
        return 0;
    size_t word = strspn(line, "abcdefghijklmnopqrstuvwxyz");
    if (word > 0 && line[word] == ':')
        return take_key(reader, line, line + word);
    char *comment = strstr(line, " #");
    if (comment)
        *comment = '\0';
    return take_operation(reader, line);
}

static int check_whole(struct reader *reader)
{
    struct replay *replay = reader->replay;
    const char *missing = !reader->format ? "format" : !replay->workload ? "workload"
                                                   : !reader->seed       ? "seed" : NULL;
    if (missing)
        return error_set(reader->error, 0, "%s: not a replay file: it has no '%s:' line",
                         reader->path, missing);
    replay->takes_part = calloc((size_t)replay->actors.n + 1, sizeof *replay->takes_part);
    if (!replay->takes_part)
        return error_set(reader->error, ENOMEM, "read %s", reader->path);
    for (uint32_t i = 0; i < replay->actors.n; i++)
        replay->takes_part[i] = true;
    return 0;
}

static int read_lines(struct reader *reader, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    int result = 0;
    while (result == 0 && (n = getline(&line, &size, file)) >= 0) {
        reader->number++;
        if (n > LINE_MOST || memchr(line, '\0', (size_t)n))
            result = refuse(reader, "not a line of text", "");
        else
            result = take_line(reader, line);
    }
    if (result == 0 && ferror(file))
        result = error_set(reader->error, errno, "cannot read %s", reader->path);
    free(line);
    return result == 0 ? check_whole(reader) : -1;
}

/* `path`, or `replay` below it if it is a directory. The caller frees it. */
static char *file_of(const char *path)
{
    struct stat status;
    char *file = NULL;
    bool directory = stat(path, &status) == 0 && S_ISDIR(status.st_mode);
    return asprintf(&file, "%s%s", path, directory ? "/replay" : "") < 0 ? NULL : file;
}

/* Opens regular files only: a pipe or a device may never end. */
static FILE *open_file(const char *path, struct error *error)
{
    struct stat status;
    FILE *file = NULL;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0)
        error_set(error, errno, "cannot open %s", path);
    else if (!S_ISREG(status.st_mode))
        error_set(error, 0, "%s is not a regular file", path);
    else if (!(file = fdopen(fd, "r")))
        error_set(error, errno, "cannot open %s", path);
    if (!file)
        fd_close(&fd);
    return file;
}

struct replay *replay_read(const char *path, struct error *error)
{
    struct replay *replay = replay_new();
    if (replay)
        replay->path = file_of(path);
    FILE *file = replay && replay->path ? open_file(replay->path, error) : NULL;
    if (!file) {
        if (!replay || !replay->path)
            error_set(error, ENOMEM, "cannot read %s", path);
        replay_free(replay);
        return NULL;
    }
    struct reader reader = { .replay = replay, .error = error, .path = replay->path };
    int result = read_lines(&reader, file);
    fclose(file);
    if (result == 0)
        return replay;
    replay_free(replay);
    return NULL;
}

/* ---- writing ----------------------------------------------------------------------------- */

static void print_value(FILE *out, const char *key, const char *value)
{
    fprintf(out, "%s: ", key);
    for (; *value; value++) {
        unsigned char byte = (unsigned char)*value;
        if (byte == '\\')
            fputs("\\\\", out);
        else if (byte == '\n')
            fputs("\\n", out);
        else if (byte < ' ' || byte == 0x7f || (byte == ' ' && !value[1]))
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
    fputc('\n', out);
}

static void print_words(FILE *out, const char *key, const struct replay_words *words)
{
    for (uint32_t i = 0; i < words->n; i++)
        print_value(out, key, words->word[i]);
}

/* Prints a few actors on each line. */
static void print_actors(FILE *out, const struct replay *replay)
{
    enum { A_LINE = 8 };
    uint32_t n = 0;
    for (uint32_t i = 0; i < replay->actors.n; i++)
        if (replay->takes_part[i])
            fprintf(out, "%s %s", n++ % A_LINE ? "" : n > 1 ? "\nactors:" : "actors:",
                    replay->actors.name[i]);
    fputs(n ? "\n" : "", out);
}

static void print_header(FILE *out, const struct replay *replay)
{
    fprintf(out, "# A replay file of stress-supervisor: see stress-supervisor-replay(5).\n"
                 "format: %d\n", REPLAY_FORMAT);
    print_value(out, "workload", replay->workload);
    if (replay->directory)
        print_value(out, "directory", replay->directory);
    print_words(out, "argument", &replay->arguments);
    print_words(out, "option", &replay->options);
    print_words(out, "environment", &replay->variables);
    fprintf(out, "seed: 0x%" PRIx64 "\n", replay->seed);
    print_words(out, "inject", &replay->injections);
    print_actors(out, replay);
    if (replay->bucket)
        print_value(out, "bucket", replay->bucket);
    fputc('\n', out);
}

static void print_comment(FILE *out, const struct replay_line *line)
{
    char took[32];
    fprintf(out, "  # %+.3f ms", (double)(line->after_ns - 1) / 1e6);
    if (line->result)
        fprintf(out, ", took %s", text_format_duration(line->result / 8, took, sizeof took));
    if (line->late)
        fputs(", did not end in time: the next one began before", out);
    if (*line->note)
        fprintf(out, ": %s", line->note);
}

void replay_print(FILE *out, const struct replay *replay)
{
    print_header(out, replay);
    if (replay->cut)
        fprintf(out, "# cut: %" PRIu64 " operations before these were lost\n",
                replay->cut);
    for (uint32_t i = 0; i < replay->n_lines; i++) {
        const struct replay_line *line = &replay->lines[i];
        if (line->actor == REPLAY_RESET) {
            fputs("reset\n", out);
            continue;
        }
        fprintf(out, "%s %" PRIu64, replay->actors.name[line->actor], line->operation);
        if (line->action != NAMES_NONE)
            fprintf(out, " %s", replay->actions.name[line->action]);
        if (line->after_ns)
            print_comment(out, line);
        fputc('\n', out);
    }
}
