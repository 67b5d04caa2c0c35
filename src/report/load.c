/* SPDX-License-Identifier: MIT
 * load.c: see load.h.
 */
#include "report/load.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli/cli.h"
#include "format/format.h"
#include "record/record.h"
#include "report/events.h"
#include "report/tests.h"

/* Loads result.json. NULL: it is missing, or cut off. */
static json_t *load_result(int at)
{
    FILE *file = file_open(at, "result.json");
    if (!file)
        return NULL;
    json_t *result = json_loadf(file, 0, NULL);
    fclose(file);
    if (json_is_object(result))
        return result;
    json_decref(result);
    return NULL;
}

/* Checks that this is a result that this program can report. Returns 0, or the exit status with
 * `error`. */
static int check(const json_t *result, bool from_file, const char *name, struct error *error)
{
    uint64_t schema = member_get_count(result, "schema");
    struct error why;
    char version[64];
    if (schema > RECORD_SCHEMA) {
        error_set(error, 0, "'%s' was written by a newer stress-supervisor (%s, schema %" PRIu64
                  "; this one reads up to %d): use that one", name,
                  member_get_text(result, "version", "?", version, sizeof version), schema,
                  RECORD_SCHEMA);
        return CLI_USAGE;
    }
    if (!from_file || (tests_are(result) ? tests_check(result, &why)
                                         : record_result_check(result, &why)) == 0)
        return 0;
    error_set(error, 0, "result.json in '%s' is damaged: %s; remove it for a report that is made "
              "from events.jsonl", name, why.text);
    return CLI_HARNESS;
}

int report_load(int at, const char *name, json_t **ret, bool *ret_complete, struct error *error)
{
    json_t *result = load_result(at);
    *ret = NULL;
    *ret_complete = result != NULL;
    if (!result)
        result = report_events(at);
    if (!result) {
        error_set(error, 0, "'%s' is not a run directory: it has neither a readable "
                  "result.json nor a readable events.jsonl", name);
        return CLI_USAGE;
    }
    int status = check(result, *ret_complete, name, error);
    if (status == 0)
        *ret = result;
    else
        json_decref(result);
    return status;
}
