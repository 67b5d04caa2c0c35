/* SPDX-License-Identifier: MIT
 * variables.c: see variables.h.
 */
#include "rundir/variables.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUE_MOST = 8192 }; /* a line of the file must hold it, escaped */

static bool is_kept(const char *variable)
{
    static const char *const names[] = { "HOME=", "LANG=", "LANGUAGE=", "LC_", "LD_", "PATH=",
                                         "STRESS_", "TMPDIR=", "TZ=" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strncmp(variable, names[i], strlen(names[i])) == 0)
            return strchr(variable, '=') && strlen(variable) < VALUE_MOST;
    return false;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int variables_add(struct replay_words *to, struct error *error)
{
    for (char **at = environ; *at && to->n < REPLAY_WORDS; at++)
        if (is_kept(*at) && replay_add_word(to, *at, error) < 0)
            return -1;
    qsort(to->word, to->n, sizeof *to->word, compare);
    return 0;
}

/* Returns "NAME=VALUE" of the variable that `entry` is about; NULL: it is not set. */
static const char *find(char *const *list, size_t n, const char *entry)
{
    size_t length = strcspn(entry, "=") + 1;
    for (size_t i = 0; i < n && list[i]; i++)
        if (strncmp(list[i], entry, length) == 0)
            return list[i];
    return NULL;
}

static void add_name(const char *entry, char *names, size_t size)
{
    char name[128];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(entry, "="), entry);
    text_add_word(names, size, name);
}

bool variables_differ(const struct replay_words *were, char *names, size_t size)
{
    names[0] = '\0';
    for (uint32_t i = 0; i < were->n; i++) {
        const char *is = find(environ, SIZE_MAX, were->word[i]);
        if (!is || strcmp(is, were->word[i]) != 0)
            add_name(were->word[i], names, size);
    }
    for (char **at = environ; *at && were->n > 0 && were->n < REPLAY_WORDS; at++)
        if (is_kept(*at) && !find(were->word, were->n, *at))
            add_name(*at, names, size);
    return names[0] != '\0';
}
