/* SPDX-License-Identifier: MIT
 * forked.c: see forked.h.
 */
#include "session/forked.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "cli/cli.h"

int forked_begin(pid_t parent)
{
    cli_default_signals();
    return prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ? -1 : 0;
}
