/* SPDX-License-Identifier: MIT
 * cli.h: the command line as one checked struct, and what every command says to the
 * shell: one line on standard error, and an exit status.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "cli/exit.h"
#include "cli/help.h"
#include "cli/jobs.h"
#include "cli/line.h"
#include "cli/options.h"
#include "cli/parse.h"
#include "cli/require.h"
#include "cli/shard.h"
#include "cli/stop.h"
#include "cli/ticker.h"

#endif
