/* SPDX-License-Identifier: MIT
 * finding.h: the JSON of a finding that result.json, events.jsonl and finding.json have in common.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_FINDING_H
#define RECORD_FINDING_H

#include <jansson.h>
#include <stdbool.h>

#include "record/run.h"

/* { id, kind, actor, action, title, count, bucket }, and where there is some `presumed`, which is
 * how many occurrences only look alike, and `known`: { since, reason } (new reference). NULL: out
 * of memory. */
json_t *finding_json(const struct record *record, const struct record_finding *finding);
/* Whether a finding of a result is known: only these does a run that passed have. */
bool finding_is_known(const json_t *finding);
/* Sets "known": { since, reason }. `entry` may be NULL. */
void finding_set_known(json_t **object, const struct known_entry *entry);
/* Writes "known since 2026-11-27: a lock is missing" of a finding; "": it is not known. Returns
 * `to`. */
const char *finding_known_text(const json_t *finding, char *to, size_t size);
/* { bucket, since, reason, came }: what is known, and how often it came (new reference). */
json_t *finding_known_json(const struct known_entry *entry, uint64_t came);
/* Sets the generation and the operation of an occurrence; the operation is null if there is none.
 * This and the next leave *object NULL if memory runs out. */
void finding_set_place(json_t **object, const struct wire_finding *occurrence);
/* Sets "last": { generation, time_s }. */
void finding_set_last(json_t **object, const struct record_finding *finding);

#endif
