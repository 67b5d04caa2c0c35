/* SPDX-License-Identifier: MIT
 * shard.h: one of N shares of a run, an enumeration or a suite, for machines that share the work:
 * which share this process has, and what belongs to it. Not async-signal-safe.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef CLI_SHARD_H
#define CLI_SHARD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

enum { SHARD_MOST = 1000000 };

/* Reads the value of --shard: I/N, or auto/N, which leaves `number` 0. Returns false if it is
 * neither. */
bool shard_parse(const char *text, struct options_shard *ret);
/* Completes what --shard says from the variables of the engine that started this process, and gives
 * a run the seed of its share. Tells the engine that shards are supported, where it asks for that.
 * Returns 0, or -1 with `error`: wrong usage. */
int shard_settle(struct options *options, struct error *error);

/* Is this the variable of the file with which the engine is told? It is of the machine on which the
 * engine runs, where it has been touched. */
bool shard_is_status(const char *variable);

/* Is it a share, rather than the whole? */
bool shard_is(const struct options_shard *shard);
/* Does what has this address belong to the share? The whole has everything. The answer depends on
 * the address and N alone. */
bool shard_has(const struct options_shard *shard, const char *address);
/* The seed of a share of a run. */
uint64_t shard_seed(uint64_t seed, uint32_t number);
/* Adds an address to what identifies the whole, from 0 on: shares of the same whole agree on it. */
uint64_t shard_whole(uint64_t whole, const char *address);
/* "shard 3 of 8"; with an engine "shard 3 of 8, from SLURM_ARRAY_TASK_ID"; "" for the whole.
 * Returns `buffer`. */
const char *shard_text(const struct options_shard *shard, bool with_engine, char *buffer,
                       size_t size);
/* Says with --quiet, too, which share it is if an engine's variable chose it, since that changes
 * what is done. Otherwise each command says it at its start. */
void shard_say(const struct options *options);
/* Sets "shard" of *object: { number, count, seed }, the seed of the whole fleet if one was given;
 * nothing for the whole. */
void shard_set(json_t **object, const struct options_shard *shard);
/* Adds to "shard" of the object, if there is one, what the whole is: "whole", the number of its
 * parts, and "identity". */
void shard_set_whole(json_t *object, size_t parts, uint64_t whole);

#endif
