/* SPDX-License-Identifier: MIT
 * shard.c: see shard.h. The hash is XXH3 of Y. Collet.
 */
#include "cli/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/base.h"
#include "format/format.h"

/* The variables in which engines tell a process its number. */
static const struct engine {
    const char *number;
    const char *count;  /* NULL: the engine does not say it */
    const char *least;  /* the variable with the least number; NULL: `first` is */
    const char *step;   /* from one number to the next; NULL: 1 */
    uint64_t first;
    const char *status; /* the file to touch, which says that shards are supported; NULL: none */
} engines[] = {
    { "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN",
      "SLURM_ARRAY_TASK_STEP", 0, NULL },
    { "JOB_COMPLETION_INDEX", NULL, NULL, NULL, 0, NULL },
    { "CI_NODE_INDEX", "CI_NODE_TOTAL", NULL, NULL, 1, NULL },
    { "BUILDKITE_PARALLEL_JOB", "BUILDKITE_PARALLEL_JOB_COUNT", NULL, NULL, 0, NULL },
    { "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", NULL, NULL, 0, "TEST_SHARD_STATUS_FILE" },
};

/* ---- which share -------------------------------------------------------------------------- */

bool shard_parse(const char *text, struct options_shard *ret)
{
    char number[32];
    uint64_t values[2] = { 0, 0 };
    const char *slash = strchr(text, '/');
    if (!slash || (size_t)(slash - text) >= sizeof number)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)(slash - text), text);
    bool is_auto = strcmp(number, "auto") == 0;
    if ((!is_auto && !text_parse_u64(number, &values[0])) || !text_parse_u64(slash + 1, &values[1]))
        return false;
    if (values[1] < 1 || values[1] > SHARD_MOST || values[0] > values[1] ||
        (!is_auto && values[0] < 1))
        return false;
    *ret = (struct options_shard){ .number = (uint32_t)values[0], .count = (uint32_t)values[1] };
    return true;
}

/* Reads a variable that must be a number. */
static int read_number(const char *name, uint64_t *ret, struct error *error)
{
    char shown[64];
    if (text_parse_u64(getenv(name), ret))
        return 0;
    text_copy(shown, sizeof shown, getenv(name));
    return error_set(error, 0, "%s=%s is not a number: give --shard=I/N", name, shown);
}

/* A variable that is empty counts as unset. */
static bool is_set(const char *name)
{
    const char *value = name ? getenv(name) : NULL;
    return value && *value;
}

/* Is it this engine that started the process? Without --shard its variables must have N, too. */
static bool is_engine(const struct engine *engine, bool has_count)
{
    return is_set(engine->number) && (has_count || is_set(engine->count)) &&
           (!engine->least || is_set(engine->least));
}

/* Takes the number, and N, from the variables of an engine. */
static int take(const struct engine *engine, struct options_shard *shard, struct error *error)
{
    uint64_t number, least = engine->first, step = 1, count = shard->count;
    if (read_number(engine->number, &number, error) < 0 ||
        (engine->least && read_number(engine->least, &least, error) < 0) ||
        (is_set(engine->step) && read_number(engine->step, &step, error) < 0) ||
        (is_set(engine->count) && read_number(engine->count, &count, error) < 0))
        return -1;
    if (shard->count > 0 && count != shard->count)
        return error_set(error, 0, "--shard=auto/%" PRIu32 ", but %s=%" PRIu64 ": give "
                         "--shard=I/%" PRIu32, shard->count, engine->count, count, shard->count);
    if (step == 0 || number < least || (number - least) % step != 0 ||
        (number - least) / step >= count || count > SHARD_MOST)
        return error_set(error, 0, "%s=%" PRIu64 " is not one of %" PRIu64 " from %" PRIu64
                         " on: give --shard=I/N", engine->number, number, count, least);
    *shard = (struct options_shard){ .number = (uint32_t)((number - least) / step + 1),
                                     .count = (uint32_t)count, .engine = engine->number };
    return 0;
}

/* As touch(1) does. */
static int touch(const char *variable, struct error *error)
{
    const char *path = variable ? getenv(variable) : NULL;
    if (!path || !*path)
        return 0;
    int fd FD_CLEANUP = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
    return fd < 0 ? error_set(error, errno, "cannot make %s=%.300s", variable, path) : 0;
}

bool shard_is_status(const char *variable)
{
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++) {
        size_t length = engines[i].status ? strlen(engines[i].status) : 0;
        if (length > 0 && strncmp(variable, engines[i].status, length) == 0 &&
            variable[length] == '=')
            return true;
    }
    return false;
}

static int ask_engine(struct options_shard *shard, struct error *error)
{
    bool has_count = shard->count > 0;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        if (is_engine(&engines[i], has_count))
            return take(&engines[i], shard, error) < 0 ? -1 : touch(engines[i].status, error);
    return has_count ? error_set(error, 0, "--shard=auto/%" PRIu32 ": no engine has said which one "
                                 "this is: give --shard=I/%" PRIu32, shard->count, shard->count)
                     : 0;
}

int shard_settle(struct options *options, struct error *error)
{
    struct options_shard *shard = &options->shard;
    if (options->command != OPTIONS_RUN && options->command != OPTIONS_CRASH &&
        options->command != OPTIONS_SUITE)
        return 0;
    if (shard->number == 0 && ask_engine(shard, error) < 0)
        return -1;
    if (!shard_is(shard) || options->command == OPTIONS_SUITE)
        return 0;
    if (options->command == OPTIONS_CRASH && !options->seed.given && !options->state)
        return error_set(error, 0, "a shard of crash%s%s%s needs --seed: all shards must crash the "
                         "same run; --shard=1/1 is all of it", shard->engine ? ", from " : "",
                         shard->engine ? shard->engine : "", shard->engine ? "," : "");
    shard->fleet = options->seed;
    if (options->command == OPTIONS_RUN && options->seed.given)
        options->seed.value = shard_seed(options->seed.value, shard->number);
    return 0;
}

/* ---- what belongs to it ------------------------------------------------------------------- */

bool shard_is(const struct options_shard *shard)
{
    return shard->number > 0 && shard->count > 1;
}

bool shard_has(const struct options_shard *shard, const char *address)
{
    return !shard_is(shard) ||
           XXH3_64bits(address, strlen(address)) % shard->count + 1 == shard->number;
}

uint64_t shard_seed(uint64_t seed, uint32_t number)
{
    return random_mix(random_mix(seed) + number);
}

uint64_t shard_whole(uint64_t whole, const char *address)
{
    return XXH3_64bits_withSeed(address, strlen(address), whole);
}

/* ---- in words ----------------------------------------------------------------------------- */

const char *shard_text(const struct options_shard *shard, bool with_engine, char *buffer,
                       size_t size)
{
    buffer[0] = '\0';
    if (shard_is(shard))
        snprintf(buffer, size, "shard %" PRIu32 " of %" PRIu32 "%s%s", shard->number, shard->count,
                 with_engine && shard->engine ? ", from " : "",
                 with_engine && shard->engine ? shard->engine : "");
    return buffer;
}

void shard_say(const struct options *options)
{
    char text[128];
    if (shard_is(&options->shard) && options->shard.engine && options->verbosity < 0)
        fprintf(stderr, "%s\n", shard_text(&options->shard, true, text, sizeof text));
}

void shard_set(json_t **object, const struct options_shard *shard)
{
    if (!shard_is(shard))
        return;
    json_t *one = json_object();
    member_count(&one, "number", shard->number);
    member_count(&one, "count", shard->count);
    if (shard->fleet.given)
        member_hex(&one, "seed", shard->fleet.value);
    member_set(object, "shard", one);
}

void shard_set_whole(json_t *object, size_t parts, uint64_t whole)
{
    json_t *shard = json_object_get(object, "shard");
    if (!shard)
        return;
    json_object_set_new(shard, "whole", json_integer((json_int_t)parts));
    char text[32];
    snprintf(text, sizeof text, "0x%" PRIx64, whole);
    json_object_set_new(shard, "identity", json_string(text));
}
