/* SPDX-License-Identifier: MIT
 * host.h: the stress-supervisor program in the role of the supervisor process, for workloads that
 * are no program: it loads the shared object (dlopen) or builds the command workload, and calls
 * stress_main(). The warden calls it in the process that it forked.
 *
 * Runs in: supervisor.
 */
#ifndef WORKLOAD_HOST_H
#define WORKLOAD_HOST_H

/* The whole original command line; the process's exit status. */
int host_main(int argc, char **argv);

#endif
