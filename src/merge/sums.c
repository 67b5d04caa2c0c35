/* SPDX-License-Identifier: MIT
 * sums.c: see sums.h.
 */
#include "merge/sums.h"

#include <math.h>
#include <stddef.h>

#include "format/format.h"

/* The counts: those of "operations" first. */
static const char *const counts[SUMS_COUNTS] = {
    "counted", "uncounted", "failed", "resets", "indeterminate", "target", "generations", "resets",
    "server_deaths", "strays", "supervisors"
};
enum { TARGET = 5, OPERATIONS = TARGET + 1, SUPERVISORS = SUMS_COUNTS - 1 };

static void add(uint64_t *sum, uint64_t n)
{
    *sum = n > UINT64_MAX - *sum ? UINT64_MAX : *sum + n;
}

double sums_real(const json_t *object, const char *key, double most)
{
    return fmin(fmax(member_get_real(object, key), 0), most);
}

void sums_add(struct sums *sums, const json_t *result)
{
    const json_t *operations = json_object_get(result, "operations");
    const json_t *resets = json_object_get(result, "reset_time");
    for (int i = 0; i < SUMS_COUNTS; i++)
        add(&sums->counts[i], member_get_count(i < OPERATIONS ? operations : result, counts[i]));
    if (member_get_count(result, "supervisors") > 0 && sums->n++ > 0)
        sums->counts[SUPERVISORS]--; /* one in each shard is as it should be */
    sums->untold |= !json_is_integer(json_object_get(operations, "target"));
    sums->reset_total_s += sums_real(resets, "total_s", SUMS_LONGEST_S);
    sums->reset_max_s = fmax(sums->reset_max_s, sums_real(resets, "max_s", SUMS_LONGEST_S));
    sums->duration_s = fmax(sums->duration_s,
                            sums_real(result, "duration_s", SUMS_LONGEST_S));
    doubt_add(&sums->doubts, json_object_get(result, "doubts"));
}

void sums_set_doubts(const struct sums *sums, json_t **result)
{
    member_set(result, "doubts", doubt_json(&sums->doubts));
}

void sums_set(const struct sums *sums, json_t **result)
{
    json_t *operations = json_object(), *resets = json_object();
    for (int i = 0; i < SUMS_COUNTS; i++)
        member_count(i < OPERATIONS ? &operations : result, counts[i], sums->counts[i]);
    if (sums->untold)
        member_text(&operations, "target", NULL);
    member_set(&resets, "total_s", json_real(sums->reset_total_s));
    member_set(&resets, "max_s", json_real(sums->reset_max_s));
    member_set(result, "operations", operations);
    member_set(result, "reset_time", resets);
    member_set(result, "duration_s", json_real(sums->duration_s));
    sums_set_doubts(sums, result);
}
