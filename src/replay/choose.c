/* SPDX-License-Identifier: MIT
 * choose.c: see choose.h.
 */
#include "replay/choose.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "format/format.h"

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Prints "stress-supervisor replay run/findings/0001-crash  # 3x crash: TITLE". */
static void print_choice(const char *command, const char *path, int at)
{
    char kind[64], title[512], *words[] = { (char *)path, NULL };
    FILE *file = file_open(at, "finding.json");
    json_t *finding = file ? json_loadf(file, 0, NULL) : NULL;
    char *quoted = options_quoted(1, words);
    printf("stress-supervisor %s %s  # %" PRIu64 "x %s: %s\n", command, quoted ? quoted : path,
           member_get_count(finding, "count"), member_get_text(finding, "kind", "?", kind,
                                                               sizeof kind),
           member_get_text(finding, "title", "", title, sizeof title));
    free(quoted);
    json_decref(finding);
    if (file)
        fclose(file);
}

/* Returns how many findings there are that have a replay file, and prints these. */
static unsigned print_choices(const char *command, const char *path, int all)
{
    struct dirent **entries = NULL;
    char name[4096 + 256];
    unsigned printed = 0;
    int n = scandirat(all, ".", &entries, is_visible, alphasort);
    for (int i = 0; i < n; i++) {
        int at FD_CLEANUP = openat(all, entries[i]->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        snprintf(name, sizeof name, "%.4000s/findings/%s", path, entries[i]->d_name);
        if (at >= 0 && faccessat(at, "replay", F_OK, 0) == 0) {
            print_choice(command, name, at);
            printed++;
        }
        free(entries[i]);
    }
    free(entries);
    return printed;
}

bool replay_choose(const char *path, const char *command, struct error *error)
{
    int at FD_CLEANUP = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int all FD_CLEANUP = at < 0 ? -1 : openat(at, "findings", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (all < 0 || faccessat(at, "replay", F_OK, 0) == 0)
        return false;
    if (print_choices(command, path, all) > 0)
        error_set(error, 0, "%.400s: a run directory: give one of its findings, which are listed",
                  path);
    else
        error_set(error, 0, "%.400s: a run directory without a finding that can be run again: "
                  "reproduce.txt of a finding says how to see it", path);
    return true;
}
