/* SPDX-License-Identifier: MIT
 * exit.c: see exit.h.
 */
#include "cli/exit.h"

#include <errno.h>
#include <stdio.h>

int cli_complain(const struct error *error, int status)
{
    fprintf(stderr, "stress-supervisor: %s\n", error->text);
    return status == CLI_USAGE && error_is_of_machine(error->code) ? CLI_HARNESS : status;
}

int cli_flush(struct error *error)
{
    static int code;
    errno = 0;
    if (code == 0 && (fflush(stdout) != 0 || ferror(stdout)))
        code = errno != 0 ? errno : EIO;
    return code == 0 ? 0 : error_set(error, code, "cannot write standard output");
}

int cli_no_memory(void)
{
    return cli_complain(&(struct error){ .text = "out of memory" }, CLI_HARNESS);
}
