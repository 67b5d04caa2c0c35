/* SPDX-License-Identifier: MIT
 * random.h: a stream of draws that depends on (seed, actor, operation) alone.
 *
 * SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014.
 * Async-signal-safe, except random_seed_fresh().
 *
 * Runs in: every process.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#include "stress.h"

struct random_stream {
    uint64_t state;
};

/* Returns z through the finaliser of SplitMix64: a bijection in which each input bit changes about
 * half of the output bits. */
static inline uint64_t random_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Returns the next draw, uniform in [0, 2^64). */
static inline uint64_t random_next(struct random_stream *stream)
{
    stream->state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(stream->state);
}

/* Returns a draw in [0, 1): of 53 bits, so that each is exact in a double. */
static inline double random_unit(struct random_stream *stream)
{
    return (double)(random_next(stream) >> 11) * 0x1p-53;
}

/* Returns the stream of one operation. `actor_key` is random_actor_key() of its actor. */
static inline struct random_stream random_operation(uint64_t seed, uint64_t actor_key,
                                                    uint64_t operation)
{
    return (struct random_stream){ random_mix(random_mix(seed ^ actor_key) + operation) };
}

/* Returns another stream beside this one, for each `n`. */
static inline struct random_stream random_split(struct random_stream stream, uint64_t n)
{
    return (struct random_stream){ random_mix(stream.state + random_mix(n + 1)) };
}

/* Returns what the stream of <stress.h> has inside. */
static inline struct random_stream *random_inside(struct stress_random *public)
{
    return (struct random_stream *)public->opaque;
}

/* Returns the key of an actor, from the name of its type and its index in the type. It does not
 * depend on the other actors. */
uint64_t random_actor_key(const char *type, uint32_t index);

/* Returns a draw that is uniform in [0, bound), without bias (Lemire, "Fast Random Integer
 * Generation in an Interval", TOMACS 2019); 0 if bound is 0. */
uint64_t random_below(struct random_stream *stream, uint64_t bound);

/* Sets *seed to random bits from the kernel. Returns 0, or -1 with errno. */
int random_seed_fresh(uint64_t *seed);

#endif
