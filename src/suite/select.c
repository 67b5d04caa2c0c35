/* SPDX-License-Identifier: MIT
 * select.c: see select.h.
 */
#include "config.h"

#include "suite/select.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suite/rerun.h"
#include "workload/workload.h"

struct suite_case *suite_add(struct suite *suite, const struct suite_case *what)
{
    struct suite_case *cases = realloc(suite->cases, (suite->n + 1) * sizeof *cases);
    if (!cases)
        return NULL;
    suite->cases = cases;
    cases[suite->n] = *what;
    cases[suite->n].exit_status = -1;
    return &cases[suite->n++];
}

static void free_case(struct suite_case *entry)
{
    for (size_t word = 0; word < entry->argc; word++)
        free(entry->argv[word]);
    for (size_t word = 0; word < entry->n_machine; word++)
        free(entry->machine[word]);
    for (size_t i = 0; i < MATRIX_AXES; i++)
        free(entry->variables[i]);
    json_decref(entry->measured);
}

/* The files of a case, which its process will find in the same way. */
static void add_files(struct tested *tested, struct suite_case *entry)
{
    struct options options;
    struct error ignored;
    if (options_parse((int)entry->argc, entry->argv, &options, &ignored) == 0)
        tested_add_files(tested, entry->directory, &options);
}

void suite_share(struct suite *suite)
{
    size_t kept = 0;
    char identity[32];
    struct tested tested;
    tested_begin(&tested);
    for (unsigned i = 0; i < suite->options->n_machine; i++)
        tested_add_text(&tested, suite->options->machine[i]);
    suite->n_whole = suite->n;
    suite->whole = shard_whole(0, PACKAGE_VERSION);
    for (size_t i = 0; i < suite->n; i++) {
        snprintf(identity, sizeof identity, "%" PRIx64, suite->cases[i].identity);
        suite->whole = shard_whole(suite->whole, identity);
        tested_add_text(&tested, identity);
        add_files(&tested, &suite->cases[i]);
        if (shard_has(&suite->options->shard, suite->cases[i].name))
            suite->cases[kept++] = suite->cases[i];
        else
            free_case(&suite->cases[i]);
    }
    suite->tested = tested_end(&tested);
    suite->n = kept;
}

/* Whether a word of the command line names the case: its tag, its section, or itself. */
static bool is_named(const struct suite_case *entry, const char *word)
{
    char tag[sizeof entry->tags];
    snprintf(tag, sizeof tag, " %.200s ", word);
    return strcmp(entry->name, word) == 0 || strcmp(entry->section, word) == 0 ||
           strstr(entry->tags, tag);
}

int suite_select(struct suite *suite, struct error *error)
{
    const struct options *options = suite->options;
    char shown[64];
    size_t kept = 0;
    json_t *earlier = NULL;
    if (options->rerun && rerun_load(options->rerun, &earlier, error) < 0)
        return -1;
    for (size_t i = 0; i < suite->n; i++)
        if ((!options->tag || is_named(&suite->cases[i], options->tag)) &&
            (!earlier || rerun_has(earlier, suite->cases[i].name)))
            suite->cases[kept++] = suite->cases[i];
        else
            free_case(&suite->cases[i]);
    suite->n = kept;
    json_decref(earlier);
    text_copy(shown, sizeof shown, options->rerun ? options->rerun : options->tag ? options->tag
                                                                                  : "");
    return kept > 0 ? 0
           : options->rerun ? error_set(error, 0, "--rerun-failed=%s: no case of these files "
                                        "failed there: nothing to do", shown)
                            : error_set(error, 0, "no case has the name or tag '%s'", shown);
}

void suite_free(struct suite *suite)
{
    for (size_t i = 0; i < suite->n; i++)
        free_case(&suite->cases[i]);
    free(suite->cases);
    json_decref(suite->tested);
    json_decref(suite->workload);
    suite->cases = NULL;
    suite->n = 0;
}
