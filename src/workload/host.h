/* SPDX-License-Identifier: MIT
 * host.h: this program as the supervisor process, for workloads that are not programs. It loads the
 * shared object (dlopen) or makes the command workload, and calls stress_main(). The warden calls
 * it in the process that it forked. Not async-signal-safe.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_HOST_H
#define WORKLOAD_HOST_H

/* Takes the whole command line of the monitor; returns the exit status of the process. What it
 * writes to standard error reaches the user through the monitor. */
int host_main(int argc, char **argv);

#endif
