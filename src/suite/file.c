/* SPDX-License-Identifier: MIT
 * file.c: reads suite files into cases, with a table of keys. It makes the command line of each
 * case and parses it once, so that errors are reported before any case is started.
 */
#include "suite/file.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wordexp.h>

#include "crash/crash.h"
#include "doubt/doubt.h"
#include "suite/select.h"
#include "wire/wire.h"
#include "workload/workload.h"

enum key_name {
    KEY_RUN, KEY_CRASH, KEY_OPTIONS, KEY_SETUP, KEY_RESET, KEY_CHECK, KEY_TEARDOWN, KEY_METHOD,
    KEY_MODEL, KEY_WITNESS, KEY_DISK, KEY_PATH, KEY_NOT_PATH, KEY_MOST_POINTS, KEY_ALL, KEY_EXPECT,
    KEY_KINDS, KEY_OPERATIONS, KEY_POINTS, KEY_FINDINGS, KEY_TIME_LIMIT, KEY_VM, KEY_TAGS,
    KEY_SHORT, KEY_MATRIX, KEY_SEEDS, KEYS
};

/* The reader. It collects the values of one section and reads them at the end of the section. */
struct file {
    struct suite *suite;
    const char *path;
    struct error *error;
    char directory[4096];       /* working directory of the cases */
    uint32_t suite_line;        /* of [suite]; 0: not seen */
    uint32_t directory_line;
    bool in_suite;
    struct suite_case *current; /* NULL: none */
    struct matrix matrix;       /* of the current section */
    char *values[KEYS];
    uint32_t lines[KEYS];
};

static int no_memory(struct file *file)
{
    return error_set(file->error, ENOMEM, "cannot read %s", file->path);
}

/* ---- words ------------------------------------------------------------------------------- */

static const char *expand_message(int code)
{
    switch (code) {
    case WRDE_BADCHAR:
        return "one of | & ; < > ( ) { } is not in quotes";
    case WRDE_BADVAL:
        return "a variable is not set: ${NAME:-WORD} has WORD as its default";
    case WRDE_CMDSUB:
        return "commands within words are not run: put the $ or ` in '...'";
    case WRDE_SYNTAX:
        return "a quote or ${ is not closed";
    default:
        return "out of memory";
    }
}

static int append_word(struct file *file, char **list, size_t *n, const char *prefix,
                       const char *word)
{
    const struct suite_case *entry = file->current;
    if (*n == SUITE_WORDS)
        return source_error(file->error, file->path, entry->line,
                            "[case %s] has more than %d words", entry->name, SUITE_WORDS);
    if (asprintf(&list[*n], "%s%s", prefix, word) < 0) {
        list[*n] = NULL;
        return no_memory(file);
    }
    ++*n;
    return 0;
}

static int add_word(struct file *file, const char *prefix, const char *word)
{
    return append_word(file, file->current->argv, &file->current->argc, prefix, word);
}

static int add_machine_word(struct file *file, const char *word)
{
    return append_word(file, file->current->machine, &file->current->n_machine, "", word);
}

/* Splits a value into words as a shell does, except that a newline does not begin a new command. */
static int expand(struct file *file, const char *text, uint32_t line, wordexp_t *ret)
{
    char *flat = strdup(text);
    *ret = (wordexp_t){ 0 };
    if (!flat)
        return no_memory(file);
    for (char *at = flat; (at = strchr(at, '\n')); at++)
        *at = ' ';
    int code = wordexp(flat, ret, WRDE_NOCMD | WRDE_UNDEF);
    /* With WRDE_UNDEF glibc refuses ${NAME:-WORD} before it looks at WORD, so try again without.
     * Not with '?': there glibc crashes on ${NAME?}. */
    if (code == WRDE_BADVAL && strstr(flat, ":-") && !strchr(flat, '?'))
        code = wordexp(flat, ret, WRDE_NOCMD);
    free(flat);
    if (code == 0)
        return 0;
    if (code == WRDE_NOSPACE)
        wordfree(ret);
    return source_error(file->error, file->path, line, "%s", expand_message(code));
}

/* Adds the words from `first` to before `last`. */
static int add_words(struct file *file, const wordexp_t *words, size_t first, size_t last)
{
    for (size_t i = first; i < last; i++)
        if (add_word(file, "", words->we_wordv[i]) < 0)
            return -1;
    return 0;
}

/* ---- values ------------------------------------------------------------------------------ */

static bool parse_expect(struct suite_case *entry, const char *value)
{
    entry->finding = strcmp(value, "finding") == 0;
    return entry->finding || strcmp(value, "clean") == 0;
}

static bool parse_kind(struct suite_case *entry, const char *word)
{
    for (uint32_t kind = 0; kind < FINDING_KINDS; kind++)
        if (strcmp(wire_finding_kind_name((enum wire_finding_kind)kind), word) == 0) {
            entry->kinds |= UINT32_C(1) << kind;
            return true;
        }
    return false;
}

static bool parse_kinds(struct suite_case *entry, const char *value)
{
    char *copy = strdup(value), *rest = NULL;
    bool good = copy != NULL;
    for (char *word = copy ? strtok_r(copy, ", \t\n", &rest) : NULL; word && good;
         word = strtok_r(NULL, ", \t\n", &rest))
        good = parse_kind(entry, word);
    free(copy);
    return good && entry->kinds != 0;
}

static bool parse_yes(struct suite_case *entry, const char *value)
{
    (void)entry;
    return strcmp(value, "yes") == 0;
}

static bool parse_operations(struct suite_case *entry, const char *value)
{
    return text_parse_u64(value, &entry->operations);
}

static bool parse_points(struct suite_case *entry, const char *value)
{
    return text_parse_u64(value, &entry->points);
}

static bool parse_findings(struct suite_case *entry, const char *value)
{
    return text_parse_u64(value, &entry->findings);
}

static bool parse_time_limit(struct suite_case *entry, const char *value)
{
    return text_parse_duration(value, &entry->time_limit_ns) && entry->time_limit_ns > 0;
}

/* Keeps them as " one two ". */
static bool parse_tags(struct suite_case *entry, const char *value)
{
    char copy[sizeof entry->tags], *rest = NULL;
    size_t used = (size_t)snprintf(entry->tags, sizeof entry->tags, " ");
    snprintf(copy, sizeof copy, "%s", value);
    if (strlen(value) + 2 >= sizeof copy)
        return false;
    for (char *word = strtok_r(copy, ", \t\n", &rest); word;
         word = strtok_r(NULL, ", \t\n", &rest)) {
        if (!text_is_name(word))
            return false;
        used += (size_t)snprintf(entry->tags + used, sizeof entry->tags - used, "%s ", word);
    }
    return used > 1;
}

#define EXPECT_NUMBER "a whole number"

static const struct key {
    const char *name;
    bool (*parse)(struct suite_case *entry, const char *value); /* NULL: checked with the words */
    const char *expected;
    const char *option; /* of the command; with '=' at its end it takes the value; NULL: none */
} keys[KEYS] = {
    [KEY_RUN] = { "run", NULL, "a command line, as behind 'stress-supervisor run'", NULL },
    [KEY_CRASH] = { "crash", NULL, "a command line, as behind 'stress-supervisor crash'", NULL },
    [KEY_OPTIONS] = { "options", NULL, "options of run or crash", NULL },
    [KEY_SETUP] = { "setup", NULL, "a command", "--setup=" },
    [KEY_RESET] = { "reset", NULL, "a command", "--reset=" },
    [KEY_CHECK] = { "check", NULL, "a command", "--check=" },
    [KEY_TEARDOWN] = { "teardown", NULL, "a command", "--teardown=" },
    [KEY_METHOD] = { "method", NULL, "auto, states or rerun", "--method=" },
    [KEY_MODEL] = { "model", NULL, "models, such as process,ext4", "--model=" },
    [KEY_WITNESS] = { "witness", NULL, "a pattern of names", "--witness=" },
    [KEY_DISK] = { "disk", NULL, "a directory", "--disk=" },
    [KEY_PATH] = { "path", NULL, "a pattern of names", "--path=" },
    [KEY_NOT_PATH] = { "not_path", NULL, "a pattern of names", "--not-path=" },
    [KEY_MOST_POINTS] = { "points", NULL, EXPECT_NUMBER, "--points=" },
    [KEY_ALL] = { "all", parse_yes, "yes", "--all" },
    [KEY_EXPECT] = { "expect", parse_expect, "clean or finding", NULL },
    [KEY_KINDS] = { "kinds", parse_kinds, "kinds of findings, such as invariant, crash", NULL },
    [KEY_OPERATIONS] = { "operations_at_least", parse_operations, EXPECT_NUMBER, NULL },
    [KEY_POINTS] = { "points_at_least", parse_points, EXPECT_NUMBER, NULL },
    [KEY_FINDINGS] = { "findings_at_least", parse_findings, EXPECT_NUMBER, NULL },
    [KEY_TIME_LIMIT] = { "time_limit", parse_time_limit, "a time such as 90s, 500ms or 1h30m",
                         NULL },
    [KEY_VM] = { "vm", NULL, "yes, or options of vm", NULL },
    [KEY_TAGS] = { "tags", parse_tags, "names, such as fs, daily", NULL },
    [KEY_SHORT] = { "short", NULL, "options of run or crash", NULL },
    [KEY_MATRIX] = { "matrix", NULL, "variables, such as MODE=wal,delete SYNC=0,1", NULL },
    [KEY_SEEDS] = { "seeds", NULL, "a whole number, 1 to 1000", NULL },
};

static int parse_values(struct file *file)
{
    char shown[64];
    for (int key = 0; key < KEYS; key++) {
        const char *value = file->values[key];
        if (!value || !keys[key].parse || keys[key].parse(file->current, value))
            continue;
        text_copy(shown, sizeof shown, value);
        return source_error(file->error, file->path, file->lines[key], "bad value '%s' for %s in "
                            "[case %s]: expected %s", shown, keys[key].name, file->current->name,
                            keys[key].expected);
    }
    return 0;
}

/* ---- a complete case --------------------------------------------------------------------- */

/* Refuses a key that does not go with the other keys of the section. */
static int misplaced(struct file *file, enum key_name key, const char *why)
{
    return source_error(file->error, file->path, file->lines[key], "%s in [case %s] %s",
                        keys[key].name, file->current->name, why);
}

static bool is_of_crash(enum key_name key)
{
    return (key >= KEY_METHOD && key <= KEY_ALL) || key == KEY_POINTS;
}

static int check_keys(struct file *file)
{
    const struct suite_case *entry = file->current;
    if (file->values[KEY_RUN] && file->values[KEY_CRASH])
        return misplaced(file, KEY_CRASH, "does not go with run: give one of them");
    for (int key = 0; key < KEYS; key++)
        if (file->values[key] && !entry->crash && is_of_crash((enum key_name)key))
            return misplaced(file, (enum key_name)key, "goes with crash only");
    for (int key = KEY_KINDS; key <= KEY_FINDINGS; key++)
        if (file->values[key] && !entry->finding && key != KEY_OPERATIONS && key != KEY_POINTS)
            return misplaced(file, (enum key_name)key, "goes with expect = finding only");
    return 0;
}

/* Passes the accepted doubts on to an enumeration, which judges its own doubts. The doubts of a run
 * are judged by the suite. */
static int add_accepted(struct file *file)
{
    const struct suite_case *entry = file->current;
    for (unsigned kind = 0; entry->crash && kind < DOUBT_KINDS; kind++)
        if (entry->accepted >> kind & 1 &&
            add_word(file, "--accept=", doubt_name((enum doubt_kind)kind)) < 0)
            return -1;
    return 0;
}

/* Adds the words of a key, if it is given. */
static int add_list(struct file *file, enum key_name key)
{
    wordexp_t words;
    if (!file->values[key])
        return 0;
    if (expand(file, file->values[key], file->lines[key], &words) < 0)
        return -1;
    int result = add_words(file, &words, 0, words.we_wordc);
    wordfree(&words);
    return result;
}

/* Adds the options that keys of their own stand for. */
static int add_keys(struct file *file)
{
    uint64_t own = file->current->seed;
    char seed[32];
    if (add_accepted(file) < 0)
        return -1;
    for (int key = 0; key < KEYS; key++) {
        const char *option = keys[key].option;
        if (option && file->values[key] &&
            add_word(file, option, strchr(option, '=') ? file->values[key] : "") < 0)
            return -1;
    }
    snprintf(seed, sizeof seed, "%" PRIu64, own);
    return own > 0 ? add_word(file, "--seed=", seed) : 0;
}

/* Where the parts of a command line are: options and perhaps the workload, then perhaps "--" and
 * the workload, then perhaps "--" and its arguments. */
struct parts {
    size_t head;      /* words before "--" */
    size_t workload;  /* its index */
    size_t arguments; /* index of the first; the number of words: there is none */
};

static enum key_name line_key(const struct suite_case *entry)
{
    return entry->crash ? KEY_CRASH : KEY_RUN;
}

static int refused(struct file *file, enum key_name key, const struct error *why)
{
    return source_error(file->error, file->path, file->lines[key], "[case %s]: %s",
                        file->current->name, why->text);
}

/* What was parsed must run the case, in a directory that the suite chooses. */
static int check_purpose(struct file *file, enum key_name key, const struct options *options)
{
    if (options->command != (file->current->crash ? OPTIONS_CRASH : OPTIONS_RUN))
        return misplaced(file, key, "must run the case: --help and --version do not");
    if (options->shard.count > 0)
        return misplaced(file, key, "has --shard: give it to the suite, whose shares are of cases");
    return options->output ? misplaced(file, key, "has --output: that is the suite's own") : 0;
}

/* More words are too many, which is said when they are put together. */
static size_t parsed_of(const wordexp_t *words)
{
    return words->we_wordc < SUITE_WORDS ? words->we_wordc : SUITE_WORDS;
}

/* The words as a command line, "--" before the one of this number. */
static int parse_with_dashes(const struct suite_case *entry, const wordexp_t *words, size_t at,
                             char **argv, struct options *ret, struct error *error)
{
    static char program[] = "stress-supervisor", run[] = "run", crash[] = "crash", dashes[] = "--";
    size_t n = parsed_of(words), argc = 2;
    argv[0] = program;
    argv[1] = entry->crash ? crash : run;
    for (size_t i = 0; i < n; i++) {
        if (i == at)
            argv[argc++] = dashes;
        argv[argc++] = words->we_wordv[i];
    }
    return options_parse((int)argc, argv, ret, error);
}

/* Parses words as the command line that they are. Where that would want "--", it is left out: the
 * first word behind the workload that is not an option begins the workload's arguments. */
static int parse_words(const struct suite_case *entry, const wordexp_t *words, char **argv,
                       struct options *ret, struct error *error)
{
    struct error ignored;
    size_t at = parsed_of(words);
    int result = parse_with_dashes(entry, words, at, argv, ret, error);
    for (size_t i = 0; i < at && result < 0; i++)
        if (strcmp(words->we_wordv[i], "--") == 0)
            return -1;
    while (result < 0 && --at > 0) {
        result = parse_with_dashes(entry, words, at, argv, ret, &ignored);
        if (result == 0 && ret->subject == words->we_wordv[at])
            result = -1; /* the workload is not one of its own arguments */
    }
    return result;
}

/* Parses the line without what other keys add. */
static int parse_line(struct file *file, const wordexp_t *words, struct parts *ret)
{
    const struct suite_case *entry = file->current;
    char *argv[SUITE_WORDS + 4];
    size_t n = parsed_of(words);
    struct options options;
    struct error why;
    if (parse_words(entry, words, argv, &options, &why) < 0)
        return refused(file, line_key(entry), &why);
    if (check_purpose(file, line_key(entry), &options) < 0)
        return -1;
    for (ret->workload = 0; argv[2 + ret->workload] != options.subject;)
        ret->workload++;
    ret->arguments = n - (size_t)options.argc;
    bool behind = ret->workload > 0 && strcmp(argv[1 + ret->workload], "--") == 0;
    ret->head = behind ? ret->workload - 1 : ret->arguments;
    if (!behind && strcmp(argv[1 + ret->head], "--") == 0)
        ret->head--;
    return 0;
}

/* Makes COMMAND --output DIR, the options of keys, the words of the line up to "--", the options of
 * `options` and `short`, and the rest of the line. *ret_workload: index of the workload. */
static int make_words(struct file *file, const wordexp_t *words, const struct parts *parts,
                      size_t *ret_workload)
{
    const struct suite_case *entry = file->current;
    if (add_word(file, "", "stress-supervisor") < 0 ||
        add_word(file, "", entry->crash ? "crash" : "run") < 0 ||
        add_word(file, "", "--output") < 0 || add_word(file, "", "-") < 0 ||
        add_word(file, "", "--shard=1/1") < 0 || add_keys(file) < 0)
        return -1;
    *ret_workload = entry->argc + parts->workload;
    if (add_words(file, words, 0, parts->head) < 0 || add_list(file, KEY_OPTIONS) < 0 ||
        (file->suite->options->in_short && add_list(file, KEY_SHORT) < 0))
        return -1;
    if (parts->workload >= parts->head) {
        *ret_workload = entry->argc + 1;
        if (add_word(file, "", "--") < 0 ||
            add_word(file, "", words->we_wordv[parts->workload]) < 0)
            return -1;
    }
    return parts->arguments < words->we_wordc &&
                   (add_word(file, "", "--") < 0 ||
                    add_words(file, words, parts->arguments, words->we_wordc) < 0) ? -1 : 0;
}

/* The options of its machine. "yes" is a machine without options. */
static int take_machine(struct file *file)
{
    struct suite_case *entry = file->current;
    const char *value = file->values[KEY_VM];
    wordexp_t words;
    entry->vm = value || file->suite->options->machine;
    if (!value || strcmp(value, "yes") == 0)
        return 0;
    if (expand(file, value, file->lines[KEY_VM], &words) < 0)
        return -1;
    int result = 0;
    for (size_t i = 0; i < words.we_wordc && result == 0; i++)
        result = add_machine_word(file, words.we_wordv[i]);
    wordfree(&words);
    return result;
}

/* The words of such a key are options, also where it is not used: what lacks its value must not
 * swallow a word of another key. */
static int check_list(struct file *file, enum key_name key, char *workload)
{
    struct suite_case *entry = file->current;
    char program[] = "stress-supervisor", run[] = "run", crash[] = "crash", word[] = "workload";
    char *argv[SUITE_WORDS + 4] = { program, entry->crash ? crash : run };
    int argc = 2;
    struct options options;
    struct error why;
    wordexp_t words;
    if (!file->values[key])
        return 0;
    if (expand(file, file->values[key], file->lines[key], &words) < 0)
        return -1;
    for (size_t i = 0; i < parsed_of(&words); i++)
        argv[argc++] = words.we_wordv[i];
    argv[argc++] = *workload == '-' ? word : workload;
    int result = options_parse(argc, argv, &options, &why);
    if (result < 0)
        result = refused(file, key, &why);
    else if (check_purpose(file, key, &options) < 0)
        result = -1;
    else if (options.subject != argv[argc - 1] || options.argc > 0)
        result = misplaced(file, key, "has a word that is not an option of the case");
    wordfree(&words);
    return result;
}

static int check_machine(struct file *file)
{
    struct suite_case *entry = file->current;
    char program[] = "stress-supervisor", vm[] = "vm", run[] = "run";
    char *argv[SUITE_WORDS + 4] = { program, vm };
    int argc = 2;
    struct options options;
    struct error why;
    for (size_t i = 0; i < entry->n_machine; i++)
        argv[argc++] = entry->machine[i];
    argv[argc++] = run;
    if (options_parse(argc, argv, &options, &why) < 0)
        return source_error(file->error, file->path, file->lines[KEY_VM], "[case %s]: %s",
                            entry->name, why.text);
    return options.command == OPTIONS_VM && options.argc == 1
               ? 0 : misplaced(file, KEY_VM, "has a word that is not an option");
}

/* Parses the words as the process of the case will. */
static int check_words(struct file *file, size_t workload)
{
    struct suite_case *entry = file->current;
    enum key_name key = line_key(entry);
    struct options options;
    struct error why;
    if (check_list(file, KEY_OPTIONS, entry->argv[workload]) < 0 ||
        check_list(file, KEY_SHORT, entry->argv[workload]) < 0)
        return -1;
    if (options_parse((int)entry->argc, entry->argv, &options, &why) < 0 ||
        (options.command == OPTIONS_CRASH && crash_check(&options, &why) < 0))
        return refused(file, file->values[KEY_OPTIONS] ? KEY_OPTIONS : key, &why);
    if (entry->seed > 0 && options.seed.value != entry->seed)
        return misplaced(file, KEY_SEEDS, "does not go with --seed: give one of them");
    entry->accepted |= options.accepted;
    return options.subject == entry->argv[workload]
               ? 0 : misplaced(file, key, "cannot be put together with its other keys");
}

static int take_line(struct file *file, const wordexp_t *words)
{
    struct parts parts = { .head = 0 };
    size_t workload;
    if (words->we_wordc == 0)
        return misplaced(file, line_key(file->current), "has no word: give a workload");
    return parse_line(file, words, &parts) < 0 ||
                   make_words(file, words, &parts, &workload) < 0 ||
                   check_words(file, workload) < 0 ? -1 : 0;
}

static int take_words(struct file *file)
{
    const struct suite_case *entry = file->current;
    enum key_name key = line_key(entry);
    wordexp_t words;
    if (!file->values[key])
        return source_error(file->error, file->path, entry->line,
                            "[case %s] has neither run nor crash", entry->name);
    if (expand(file, file->values[key], file->lines[key], &words) < 0)
        return -1;
    int result = take_line(file, &words);
    wordfree(&words);
    return result;
}

/* What the file says, before words are expanded: paths differ from machine to machine. */
static uint64_t identity_of(const struct file *file)
{
    uint64_t hash = shard_whole(0, file->current->name);
    for (int key = 0; key < KEYS; key++)
        if (file->values[key] && (key != KEY_SHORT || file->suite->options->in_short))
            hash = shard_whole(shard_whole(hash, keys[key].name), file->values[key]);
    return hash;
}

static int make_case(struct file *file)
{
    struct suite_case *entry = file->current;
    entry->crash = file->values[KEY_CRASH] != NULL;
    if (parse_values(file) < 0 || check_keys(file) < 0 || take_words(file) < 0 ||
        take_machine(file) < 0 || check_machine(file) < 0)
        return -1;
    snprintf(entry->directory, sizeof entry->directory, "%s", file->directory);
    entry->identity = identity_of(file);
    return 0;
}

/* ---- the cases of a section -------------------------------------------------------------- */

static int read_matrix(struct file *file)
{
    struct matrix *matrix = &file->matrix;
    struct error why;
    wordexp_t words;
    const char *value = file->values[KEY_SEEDS];
    if (value && (!text_parse_u64(value, &matrix->seeds) || matrix->seeds == 0))
        return misplaced(file, KEY_SEEDS, "is not a whole number of 1 or more");
    if (file->values[KEY_MATRIX]) {
        if (expand(file, file->values[KEY_MATRIX], file->lines[KEY_MATRIX], &words) < 0)
            return -1;
        int result = 0;
        for (size_t i = 0; i < words.we_wordc && result == 0; i++)
            result = matrix_add(matrix, words.we_wordv[i], &why);
        wordfree(&words);
        if (result < 0)
            return refused(file, KEY_MATRIX, &why);
    }
    return matrix_size(matrix) <= MATRIX_MOST
               ? 0 : source_error(file->error, file->path, file->current->line,
                                  "[case %s] stands for more than %d cases", file->current->name,
                                  MATRIX_MOST);
}

static int add_case(struct file *file, const struct suite_case *what)
{
    struct suite_case *entry = suite_add(file->suite, what);
    if (!entry)
        return no_memory(file);
    file->current = entry;
    return 0;
}

/* Names the current case, and gives it its values. */
static int set_values(struct file *file, size_t number)
{
    struct suite_case *entry = file->current;
    entry->number = (uint32_t)number;
    entry->seed = matrix_seed(&file->matrix, number);
    if (!matrix_name(&file->matrix, number, entry->section, entry->name, sizeof entry->name))
        return source_error(file->error, file->path, entry->line,
                            "[case %s]: the name of a case, %s..., is longer than %d characters",
                            entry->section, entry->name, SUITE_NAME - 1);
    for (size_t i = 0; i + 1 < file->suite->n; i++)
        if (strcmp(file->suite->cases[i].name, entry->name) == 0)
            return source_error(file->error, file->path, entry->line,
                                "[case %s]: two cases are named %s; the first is at %s:%u",
                                entry->section, entry->name, file->suite->cases[i].file,
                                file->suite->cases[i].line);
    for (size_t i = 0; i < file->matrix.n_axes; i++)
        if (asprintf(&entry->variables[i], "%s=%s", file->matrix.axes[i].name,
                     matrix_value(&file->matrix, number, i)) < 0) {
            entry->variables[i] = NULL;
            return no_memory(file);
        }
    return 0;
}

/* Makes the current case, with its variables in the environment. What putenv(3) replaces stays
 * where it is, and is put back. */
static int make_with_values(struct file *file)
{
    char *before[MATRIX_AXES] = { NULL };
    const struct matrix *matrix = &file->matrix;
    int result = 0;
    for (size_t i = 0; i < matrix->n_axes; i++) {
        const char *name = matrix->axes[i].name;
        char *value = getenv(name);
        before[i] = value ? value - strlen(name) - 1 : NULL;
        if (!file->current->variables[i] || putenv(file->current->variables[i]) != 0)
            result = no_memory(file);
    }
    if (result == 0)
        result = make_case(file);
    for (size_t i = 0; i < matrix->n_axes; i++)
        if (!before[i] || putenv(before[i]) != 0)
            unsetenv(matrix->axes[i].name);
    return result;
}

/* Makes all cases that the section stands for. */
static int finish_case(struct file *file)
{
    if (!file->current)
        return 0;
    const struct suite_case first = *file->current;
    if (read_matrix(file) < 0)
        return -1;
    size_t n = matrix_size(&file->matrix);
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && add_case(file, &first) < 0)
            return -1;
        if (set_values(file, i) < 0 || make_with_values(file) < 0)
            return -1;
    }
    return 0;
}

static void drop_values(struct file *file)
{
    matrix_free(&file->matrix);
    for (int key = 0; key < KEYS; key++) {
        free(file->values[key]);
        file->values[key] = NULL;
    }
}

/* ---- sections ---------------------------------------------------------------------------- */

static int begin_suite(struct file *file, uint32_t line)
{
    if (file->suite_line)
        return source_error(file->error, file->path, line, "a second [suite]; the first is at line "
                            "%u", file->suite_line);
    if (file->current)
        return source_error(file->error, file->path, line, "[suite] must come before the cases");
    file->suite_line = line;
    file->in_suite = true;
    return 0;
}

/* A case's name names its directory and its log, beside the suite's result.json. */
static bool is_case_name(const char *name)
{
    return text_is_name(name) && !strchr(name, '.');
}

static int begin_case(struct file *file, const char *name, uint32_t line)
{
    struct suite *suite = file->suite;
    if (!is_case_name(name))
        return source_error(file->error, file->path, line, "[case %s]: use a name of at most 31 of "
                            "A-Z a-z 0-9 _ -", name);
    for (size_t i = 0; i < suite->n; i++)
        if (strcmp(suite->cases[i].section, name) == 0)
            return source_error(file->error, file->path, line, "a second [case %s]; the first is "
                                "at %s:%u", name, suite->cases[i].file, suite->cases[i].line);
    if (add_case(file, &(struct suite_case){ .line = line, .file = file->path,
                                             .accepted = suite->options->accepted }) < 0)
        return -1;
    snprintf(file->current->section, sizeof file->current->section, "%s", name);
    snprintf(file->current->name, sizeof file->current->name, "%s", name);
    file->in_suite = false;
    return 0;
}

static int on_section(void *user, const char *text, uint32_t line)
{
    struct file *file = user;
    char shown[64];
    int result = finish_case(file);
    drop_values(file);
    if (result < 0)
        return -1;
    text_copy(shown, sizeof shown, text);
    if (strcmp(shown, "suite") == 0)
        return begin_suite(file, line);
    if (strncmp(shown, "case ", 5) == 0)
        return begin_case(file, shown + 5 + strspn(shown + 5, " \t"), line);
    return source_error(file->error, file->path, line, "unknown section [%s]: allowed are [suite], "
                        "[case NAME]", shown);
}

/* ---- keys -------------------------------------------------------------------------------- */

/* A relative directory is relative to that of the file. */
static int find_directory(struct file *file, const char *value, uint32_t line)
{
    wordexp_t words;
    char *joined = NULL, *real = NULL;
    if (expand(file, value, line, &words) < 0)
        return -1;
    if (words.we_wordc == 1 &&
        asprintf(&joined, "%s%s%s", words.we_wordv[0][0] == '/' ? "" : file->directory,
                 words.we_wordv[0][0] == '/' ? "" : "/", words.we_wordv[0]) < 0)
        joined = NULL;
    wordfree(&words);
    if (joined)
        real = realpath(joined, NULL);
    bool fits = real && strlen(real) < sizeof file->directory;
    if (fits)
        snprintf(file->directory, sizeof file->directory, "%s", real);
    int result = fits ? 0 : source_error(file->error, file->path, line, "no directory '%.300s'",
                                         joined ? joined : value);
    free(joined);
    free(real);
    return result;
}

static int on_suite_key(struct file *file, const char *name, const char *value, uint32_t line)
{
    if (strcmp(name, "directory") != 0)
        return source_error(file->error, file->path, line,
                            "unknown key '%s' in [suite]: allowed is directory", name);
    if (file->directory_line)
        return source_error(file->error, file->path, line, "key 'directory' is given twice");
    file->directory_line = line;
    return find_directory(file, value, line);
}

static int unknown_key(struct file *file, const char *name, uint32_t line)
{
    char allowed[ERROR_TEXT] = "";
    for (int key = 0; key < KEYS; key++) {
        size_t length = strlen(allowed);
        snprintf(allowed + length, sizeof allowed - length, "%s%s", length ? ", " : "",
                 keys[key].name);
    }
    return source_error(file->error, file->path, line, "unknown key '%s' in [case %s]: allowed are "
                        "%s", name, file->current->name, allowed);
}

static int on_key(void *user, const char *name, const char *value, uint32_t line)
{
    struct file *file = user;
    char shown[64];
    int key = 0;
    text_copy(shown, sizeof shown, name);
    if (file->in_suite)
        return on_suite_key(file, shown, value, line);
    if (!file->current)
        return source_error(file->error, file->path, line,
                            "key '%s' stands before the first [section]", shown);
    while (key < KEYS && strcmp(keys[key].name, name) != 0)
        key++;
    if (key == KEYS)
        return unknown_key(file, shown, line);
    if (file->values[key])
        return source_error(file->error, file->path, line, "key '%s' is given twice in [case %s]",
                            shown, file->current->name);
    if (value[0] == '\0')
        return source_error(file->error, file->path, line, "%s in [case %s] is empty: expected %s",
                            shown, file->current->name, keys[key].expected);
    file->lines[key] = line;
    file->values[key] = strdup(value);
    return file->values[key] ? 0 : no_memory(file);
}

/* ---- the whole --------------------------------------------------------------------------- */

int suite_read(struct suite *suite, const char *path, struct error *error)
{
    static const struct source_events events = { .section = on_section, .key = on_key };
    struct file file = { .suite = suite, .path = path, .error = error };
    size_t before = suite->n;
    char *real = realpath(path, NULL);
    if (!real)
        return error_set(error, errno, "cannot read %s", path);
    snprintf(file.directory, sizeof file.directory, "%s", dirname(real));
    free(real);
    int result = source_read(path, &events, &file, error);
    if (result == 0)
        result = finish_case(&file);
    drop_values(&file);
    if (result == 0 && suite->n == before)
        return error_set(error, 0, "%s: no [case NAME] section: nothing to do", path);
    return result;
}
