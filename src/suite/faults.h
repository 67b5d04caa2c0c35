/* SPDX-License-Identifier: MIT
 * faults.h: the cases of `matrix`: runs without a fault, the baselines, then a run for each preset
 * of faults and each thing that it can be put at: the actions of the actors, and the servers. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_FAULTS_H
#define SUITE_FAULTS_H

#include "suite/case.h"
#include "workload/workload.h"

/* Asks the workload what it declares. Call cli_catch_signals() first. Returns 0, or an exit status,
 * without a text in `error` if the process that asked has complained itself. */
int faults_ask(struct suite *suite, const struct subject *subject, char **argv,
               struct error *error);
/* Adds the baselines: one, with --jobs as many as there are jobs, so that all runs have the same
 * company. Returns 0, or -1 with `error`. */
int faults_begin(struct suite *suite, struct error *error);
/* Once the baselines have ended, adds the other runs, unless a baseline has not passed. Returns 0,
 * or an exit status with `error`. */
int faults_add(struct suite *suite, struct error *error);
/* Notes what the run of a case has measured. `result`: its result.json; NULL: none. */
void faults_measure(struct suite *suite, struct suite_case *entry, const json_t *result);
/* Adds to the JSON of a case what grid.h of report reads. */
void faults_set(json_t **object, const struct suite_case *entry);
/* Whether all runs have passed and none has met a fault: then they have shown nothing. */
bool faults_are_missing(const struct suite *suite);

#endif
