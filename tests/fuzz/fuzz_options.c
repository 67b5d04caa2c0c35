/* SPDX-License-Identifier: MIT
 * fuzz_options.c: the command line: a line of the input is an argument. The line that shows a
 * finding again is read back, and means the same.
 */
#include "cli/line.h"
#include "cli/parse.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 512 };

static int cut(char *text, char **argv)
{
    int argc = 0;
    argv[argc++] = (char *)"stress-supervisor";
    for (char *word; argc < WORDS && (word = strsep(&text, "\n"));)
        argv[argc++] = word;
    argv[argc] = NULL;
    return argc;
}

/* As a shell does it, in place: the line has no quotes but '...' and \'. */
static int unquote(char *text, char **argv)
{
    int argc = 0;
    bool quoted = false;
    char *to = text;
    argv[argc++] = to;
    for (const char *from = text; *from; from++)
        if (*from == '\'')
            quoted = !quoted;
        else if (*from == '\\' && !quoted)
            *to++ = *++from;
        else if (*from == ' ' && !quoted) {
            *to++ = '\0';
            FUZZ_EXPECT(argc < 2 * WORDS);
            argv[argc++] = to;
        } else
            *to++ = *from;
    *to = '\0';
    argv[argc] = NULL;
    return argc;
}

static void check_line(const struct options *options)
{
    static char *argv[2 * WORDS + 1];
    static struct options again;
    struct error error;
    char *once = options_command_line(options, 7);
    FUZZ_EXPECT(once);
    char *line = strdup(once);
    FUZZ_EXPECT(line);
    int argc = unquote(line, argv);
    if (options_parse(argc, argv, &again, &error) < 0) {
        fprintf(stderr, "%s\n%s\n", once, error.text);
        abort();
    }
    char *twice = options_command_line(&again, 7);
    FUZZ_EXPECT(twice && strcmp(once, twice) == 0);
    free(once);
    free(line);
    free(twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *argv[WORDS + 1], *none[] = { NULL };
    static struct options options;
    struct error error;
    char *text = fuzz_text(data, size);
    environ = none; /* a line has the variables of the run before its first word */
    bool good = options_parse(cut(text, argv), argv, &options, &error) == 0;
    if (good && options.command == OPTIONS_RUN)
        check_line(&options);
    free(text);
    return good ? fuzz_accepted() : fuzz_refused(&error);
}
