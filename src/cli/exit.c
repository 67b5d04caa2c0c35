/* SPDX-License-Identifier: MIT
 * exit.c: see exit.h.
 */
#include "cli/exit.h"

#include <stdio.h>

int cli_complain(const struct error *error, int status)
{
    fprintf(stderr, "stress-supervisor: %s\n", error->text);
    return status;
}

int cli_no_memory(void)
{
    return cli_complain(&(struct error){ .text = "out of memory" }, CLI_HARNESS);
}
