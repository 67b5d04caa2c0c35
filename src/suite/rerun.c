/* SPDX-License-Identifier: MIT
 * rerun.c: see rerun.h.
 */
#include "suite/rerun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "format/format.h"
#include "report/report.h"

int rerun_load(const char *directory, json_t **ret, struct error *error)
{
    char name[256], command[32];
    bool complete;
    text_copy(name, sizeof name, directory);
    int at FD_CLEANUP = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (at < 0)
        return error_set(error, errno, "--rerun-failed=%s", name);
    if (report_load(at, name, ret, &complete, error) != 0)
        return -1;
    if (strcmp(member_get_text(*ret, "command", "", command, sizeof command), "suite") == 0)
        return 0;
    json_decref(*ret);
    *ret = NULL;
    return error_set(error, 0, "--rerun-failed=%s: not the directory of a suite", name);
}

bool rerun_has(const json_t *earlier, const char *name)
{
    const json_t *cases = json_object_get(earlier, "cases"), *one;
    char verdict[32], text[128];
    size_t i;
    json_array_foreach(cases, i, one) {
        if (strcmp(member_get_text(one, "name", "", text, sizeof text), name) != 0)
            continue;
        member_get_text(one, "verdict", "", verdict, sizeof verdict);
        return strcmp(verdict, "passed") != 0 && strcmp(verdict, "skipped") != 0;
    }
    return json_is_false(json_object_get(earlier, "complete"));
}
