/* SPDX-License-Identifier: MIT
 * story.c: see story.h.
 */
#include "report/story.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "format/format.h"
#include "record/record.h"

enum { MOST_TEXT = 16384 }; /* bytes of a file */

/* Opens "findings/NAME", the only form that a run writes: a forged name leads nowhere else. */
static int open_directory(int at, const json_t *finding)
{
    static const char above[] = "findings/";
    char name[300];
    member_get_text(finding, "directory", "", name, sizeof name);
    const char *last = name + sizeof above - 1;
    if (strncmp(name, above, sizeof above - 1) != 0 || *last == '.' || *last == '\0' ||
        strchr(last, '/'))
        return -1;
    int all FD_CLEANUP = openat(at, "findings", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return all < 0 ? -1 : openat(all, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Reads a file into text->text, MOST_TEXT + 1 zeros. `end`: of a file that is too long keeps the
 * end, else the beginning. */
static void read_text(struct story_text *text, FILE *file, bool end)
{
    text->cut = fseek(file, -MOST_TEXT, SEEK_END) == 0 && ftell(file) > 0;
    if ((text->cut && end) || fseek(file, 0, SEEK_SET) == 0)
        text->size = fread(text->text, 1, MOST_TEXT, file);
}

static void load_text(struct story_text *text, int at, const char *name, bool end)
{
    FILE *file = file_open(at, name);
    if (!file)
        return;
    text->text = calloc(1, MOST_TEXT + 1);
    if (text->text)
        read_text(text, file, end);
    fclose(file);
}

/* All are in one piece of memory, which is the story's. */
static void load_servers(struct story *story, int at)
{
    const json_t *servers = json_object_get(story->finding, "servers");
    size_t n = json_array_size(servers);
    story->n_servers = n < DEFINITION_SERVERS ? n : DEFINITION_SERVERS;
    story->said = story->n_servers > 0 ? calloc(story->n_servers, MOST_TEXT + 1) : NULL;
    for (size_t i = 0; story->said && i < story->n_servers; i++) {
        char server[TEXT_NAME], name[SERVERS_FILE];
        member_get_text(json_array_get(servers, i), "name", "", server, sizeof server);
        servers_file(server, name);
        FILE *file = text_is_stored_name(server) ? file_open(at, name) : NULL; /* else forged */
        if (file) {
            story->servers[i].text = story->said + i * (MOST_TEXT + 1);
            read_text(&story->servers[i], file, true);
            fclose(file);
        }
    }
}

void story_load(struct story *story, int at, const json_t *finding)
{
    *story = (struct story){ .finding = NULL };
    int own FD_CLEANUP = open_directory(at, finding);
    if (own < 0)
        return;
    FILE *file = file_open(own, "finding.json");
    if (file) {
        story->finding = json_loadf(file, 0, NULL);
        fclose(file);
    }
    load_text(&story->output, own, "stderr", true);
    load_text(&story->console, own, "console", true);
    load_text(&story->operations, own, "operations.txt", true);
    load_text(&story->reproduce, own, "reproduce.txt", true);
    load_text(&story->stack, own, "stack.txt", false);
    load_text(&story->watch, own, "watch.txt", true);
    load_servers(story, own);
}

void story_free(struct story *story)
{
    json_decref(story->finding);
    free(story->output.text);
    free(story->console.text);
    free(story->operations.text);
    free(story->reproduce.text);
    free(story->stack.text);
    free(story->watch.text);
    free(story->said);
    *story = (struct story){ .finding = NULL };
}

char *story_reset(const struct story *story, char *buffer, size_t size)
{
    const json_t *reset = json_object_get(story->finding, "reset");
    char cause[64], actor[64], announcement[256], took[32];
    buffer[0] = '\0';
    if (!json_is_object(reset))
        return buffer;
    member_get_text(reset, "cause", "?", cause, sizeof cause);
    member_get_text(reset, "actor", "", actor, sizeof actor);
    member_get_text(reset, "announcement", "", announcement, sizeof announcement);
    text_format_seconds(member_get_real(reset, "took_s"), took, sizeof took);
    snprintf(buffer, size, "%s%s%s%s%s%s, took %s", cause, *actor ? " of " : "", actor,
             *announcement ? " (announced: " : "", announcement, *announcement ? ")" : "", took);
    return buffer;
}

/* Most frequent first; those of the same count in the order of the run. */
static int by_count(const void *a, const void *b)
{
    const json_t *left = *(const json_t *const *)a, *right = *(const json_t *const *)b;
    uint64_t l = member_get_count(left, "count"), r = member_get_count(right, "count");
    if (l == r) {
        l = member_get_count(right, "id");
        r = member_get_count(left, "id");
    }
    return l < r ? 1 : l > r ? -1 : 0;
}

const json_t **report_sorted_findings(const json_t *result, size_t *ret_n)
{
    const json_t *list = json_object_get(result, "findings");
    size_t n = json_array_size(list);
    const json_t **sorted = calloc(n ? n : 1, sizeof *sorted);
    *ret_n = sorted ? n : 0;
    for (size_t i = 0; i < *ret_n; i++)
        sorted[i] = json_array_get(list, i);
    if (sorted)
        qsort(sorted, n, sizeof *sorted, by_count);
    return sorted;
}
