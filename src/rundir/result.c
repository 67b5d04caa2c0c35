/* SPDX-License-Identifier: MIT
 * result.c: see result.h.
 */
#include "rundir/result.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int rundir_document(int at, const char *name, const json_t *document, struct error *error)
{
    char temporary[64];
    char *text = document ? json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) : NULL;
    if (!text)
        return error_set(error, ENOMEM, "cannot write %s", name);
    snprintf(temporary, sizeof temporary, ".%.50s.tmp", name);
    size_t size = strlen(text);
    text[size] = '\n'; /* replaces the terminating zero */
    int status = rundir_write(at, temporary, text, size + 1, error);
    free(text);
    if (status == 0 && renameat(at, temporary, at, name) != 0)
        status = error_set(error, errno, "cannot rename %s in the run directory", name);
    if (status != 0)
        unlinkat(at, temporary, 0);
    return status;
}

void rundir_result(struct rundir *rundir, const json_t *result)
{
    struct error error;
    if (rundir->fd >= 0 && rundir_document(rundir->fd, "result.json", result, &error) != 0)
        rundir_fail(rundir, &error);
}
