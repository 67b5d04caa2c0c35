/* SPDX-License-Identifier: MIT
 * tested.c: see tested.h. The hash is XXH3 of Y. Collet.
 */
#include "config.h"

#include "workload/tested.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/base.h"
#include "format/format.h"
#include "workload/file.h"

enum { TESTED_PIECE = 256 << 10, TESTED_WORD = 1024 };
#define TESTED_LARGEST (INT64_C(1) << 30) /* reading more would delay the start for long */

/* One command while it is added. */
struct adding {
    struct tested *tested;
    const char *directory;
    bool words; /* these count, too */
};

void tested_add_text(struct tested *tested, const char *text)
{
    tested->identity = shard_whole(tested->identity, text);
}

static void add_word(const struct adding *adding, const char *word)
{
    if (adding->words)
        tested_add_text(adding->tested, word ? word : "");
}

/* ---- files -------------------------------------------------------------------------------- */

/* The size counts: a file that is not on a disk, as those in /proc, has none. */
static bool hash_content(int fd, int64_t size, uint64_t *ret)
{
    unsigned char *piece = malloc(TESTED_PIECE);
    int64_t done = 0;
    ssize_t n = 0;
    *ret = XXH3_64bits(&size, sizeof size);
    for (; piece && done < size; done += n) {
        size_t most = size - done < TESTED_PIECE ? (size_t)(size - done) : TESTED_PIECE;
        n = pread(fd, piece, most, done);
        if (n <= 0)
            break;
        *ret = XXH3_64bits_withSeed(piece, (size_t)n, *ret);
    }
    free(piece);
    return done == size;
}

/* Writes the hash of a file; "": it cannot be read. Returns whether it is a file. */
static bool hash_file(const char *path, char hash[32])
{
    struct stat status;
    uint64_t number;
    hash[0] = '\0';
    if (stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size <= TESTED_LARGEST && hash_content(fd, status.st_size, &number))
        snprintf(hash, 32, "0x%016" PRIx64, number);
    return true;
}

/* Adds the file of this path, if it is one. Returns whether it is. */
static bool add_path(const struct adding *adding, const char *path, const char *shown)
{
    struct tested *tested = adding->tested;
    char hash[32];
    json_t *known = json_object_get(tested->known, path);
    if (known) {
        tested_add_text(tested, json_string_value(known));
        return true;
    }
    if (!hash_file(path, hash))
        return false;
    json_t *file = json_object();
    member_text(&file, "file", shown);
    member_text(&file, "hash", hash);
    member_append(&tested->files, file);
    member_set(&tested->known, path, json_string(hash));
    tested_add_text(tested, hash);
    return true;
}

static bool find(const struct adding *adding, const char *word, char path[PATH_MAX])
{
    int n = *word == '/' ? snprintf(path, PATH_MAX, "%s", word)
                         : snprintf(path, PATH_MAX, "%s/%s", adding->directory, word);
    return n > 0 && n < PATH_MAX;
}

/* Files that nothing executes may be what a test writes, and there at one time and not at another.
 */
static bool add_executable(const struct adding *adding, const char *word)
{
    char path[PATH_MAX];
    return find(adding, word, path) && access(path, X_OK) == 0 && add_path(adding, path, word);
}

static bool add_file(const struct adding *adding, const char *word)
{
    char path[PATH_MAX];
    return find(adding, word, path) && add_path(adding, path, word);
}

/* A program as a shell finds it. */
static bool add_program(const struct adding *adding, const char *name)
{
    const char *variable = getenv("PATH");
    char path[PATH_MAX];
    if (strchr(name, '/'))
        return add_executable(adding, name);
    for (const char *at = variable ? variable : "/usr/bin:/bin"; at;) {
        size_t length = strcspn(at, ":");
        int n = snprintf(path, sizeof path, "%.*s/%s", (int)length, at, name);
        struct stat status;
        if (length > 0 && n > 0 && (size_t)n < sizeof path && access(path, X_OK) == 0 &&
            stat(path, &status) == 0 && S_ISREG(status.st_mode))
            return add_path(adding, path, name);
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    return false;
}

/* ---- commands ----------------------------------------------------------------------------- */

/* After these a shell expects a program again. */
static bool leads(const char *word)
{
    static const char *const words[] = { "if", "then", "elif", "else", "while", "until", "do",
                                         "exec", "!", "{", "env", "time" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* Adds the files that a text names, which may be a command for a shell; `program`: its first word
 * is one. Expansions are not followed. */
static void add_words(const struct adding *adding, const char *line, bool program)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:,+@%!{$";
    char word[TESTED_WORD];
    for (const char *at = line; *at;) {
        size_t length = strspn(at, plain);
        if (length == 0) {
            program = program || strchr(";&|(\n", *at);
            at++;
            continue;
        }
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : 0), at);
        at += length;
        bool variable = program && *at == '=', led = leads(word);
        if (!variable && !strchr(word, '$') && !led && *word)
            (void)(program ? add_program(adding, word) : add_executable(adding, word));
        program = program && (variable || led);
        at += variable ? strcspn(at, " \t\n;&|") : 0; /* its value does not name a program */
    }
}

static void add_line(const struct adding *adding, const char *line)
{
    add_word(adding, line);
    if (line)
        add_words(adding, line, true);
}

/* An argument may be a command, as after `sh -c`. The first file among them may be the script of
 * an interpreter. Returns whether it is a file. */
static bool add_argument(const struct adding *adding, const char *word, bool script)
{
    bool file = script ? add_file(adding, word) : add_executable(adding, word);
    add_word(adding, file ? "" : word);
    if (!file)
        add_words(adding, word, strpbrk(word, " \t\n;") != NULL);
    return file;
}

static void add_command(const struct adding *adding, const struct command_line *line)
{
    add_line(adding, line->shell);
}

static void add_spec(const struct adding *adding, const struct command_spec *spec)
{
    add_command(adding, &spec->setup);
    add_command(adding, &spec->reset);
    add_command(adding, &spec->check);
    add_command(adding, &spec->teardown);
    add_command(adding, &spec->describe);
    add_command(adding, &spec->watch);
    for (uint32_t i = 0; i < spec->n_actors; i++) {
        add_command(adding, &spec->actors[i].command);
        add_line(adding, spec->actors[i].program);
    }
    for (uint32_t i = 0; i < spec->n_servers; i++) {
        add_command(adding, &spec->servers[i].command);
        add_line(adding, spec->servers[i].ready_command);
    }
}

/* A workload file: what it says counts, and the files that its commands name. */
static void add_workload_file(const struct adding *adding, const char *word)
{
    char path[PATH_MAX];
    struct error ignored;
    struct command_spec *spec = calloc(1, sizeof *spec);
    if (spec && find(adding, word, path) && command_parse_file(path, spec, &ignored) == 0) {
        add_spec(&(struct adding){ adding->tested, spec->directory, false }, spec);
        command_free(spec);
    }
    free(spec);
}

static void add_workload(const struct adding *adding, const char *word)
{
    size_t length = strlen(word);
    bool found = strchr(word, '/') ? add_file(adding, word) : add_program(adding, word);
    add_word(adding, found ? "" : word);
    if (length > 4 && strcmp(word + length - 4, ".ini") == 0)
        add_workload_file(adding, word);
}

/* ---- together ----------------------------------------------------------------------------- */

void tested_begin(struct tested *tested)
{
    *tested = (struct tested){ .files = json_array(), .known = json_object() };
    tested_add_text(tested, PACKAGE_VERSION);
}

static int add_option(void *user, const char *word)
{
    tested_add_text(user, word);
    return 0;
}

static void add(const struct adding *adding, const struct options *options)
{
    const char *const hooks[] = { options->setup, options->reset, options->check,
                                  options->teardown };
    bool script = true;
    add_workload(adding, options->subject);
    for (int i = 0; i < options->argc; i++)
        script = !add_argument(adding, options->argv[i], script) && script;
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        add_line(adding, hooks[i]);
}

void tested_add(struct tested *tested, const char *directory, const struct options *options)
{
    tested_add_text(tested, options->command == OPTIONS_CRASH ? "crash" : "run");
    tested_add_text(tested, options->vm ? options->vm : "");
    options_same(options, add_option, tested);
    add(&(struct adding){ tested, directory, true }, options);
}

void tested_add_files(struct tested *tested, const char *directory, const struct options *options)
{
    add(&(struct adding){ tested, directory, false }, options);
}

json_t *tested_end(struct tested *tested)
{
    json_t *object = json_object();
    char text[32];
    snprintf(text, sizeof text, "0x%016" PRIx64, tested->identity);
    member_text(&object, "identity", text);
    member_set(&object, "files", tested->files);
    json_decref(tested->known);
    *tested = (struct tested){ .files = NULL };
    return object;
}

json_t *tested_make(const struct options *options)
{
    struct tested tested;
    char here[PATH_MAX];
    tested_begin(&tested);
    tested_add(&tested, getcwd(here, sizeof here) ? here : ".", options);
    return tested_end(&tested);
}
