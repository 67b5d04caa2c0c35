/* SPDX-License-Identifier: MIT
 * slot.c: see slot.h.
 */
#include "memory/slot.h"

#include <string.h>

#include "base/base.h"
#include "stress.h"

/* A death between two stores leaves counters that differ by one, never by more. */
static bool close_to(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= 1;
}

/* At its boundary no operation is under way, so what must fit fits exactly. */
static bool is_at_boundary(const struct slot_view *view)
{
    return view->phase == PHASE_STOPPING || view->phase == PHASE_LEFT;
}

static bool index_fits(const struct slot_view *view, const struct slot_bounds *bounds)
{
    uint64_t before = view->operation - bounds->first_operation;
    if (bounds->listed || (view->operation == 0 && view->ended == 0))
        return true;
    return view->operation >= bounds->first_operation &&
           (is_at_boundary(view) ? before + 1 == view->ended : close_to(before, view->ended));
}

/* The tickets that it did not use are left. One is used by an operation that is under way, or that
 * ended in a failure or with a wish for a reset. */
static bool tickets_fit(const struct slot_view *view, const struct slot_bounds *bounds)
{
    uint64_t known = view->counted + view->tickets;
    uint64_t most = !is_at_boundary(view) || view->outcome >= STRESS_RESET;
    return bounds->at_most || bounds->granted == UINT64_MAX ||
           (known <= bounds->granted && bounds->granted - known <= most);
}

static const char *counters_nonsense(const struct slot_view *view, const struct slot_bounds *bounds,
                                     bool dead)
{
    uint64_t done = view->counted + view->uncounted;
    if (done < view->counted || view->counted > bounds->granted)
        return "it counted more operations than it had tickets";
    if (done > bounds->now_ns - bounds->forked_ns) /* each takes at least a nanosecond */
        return "it counted more operations than it had time for";
    if (!dead) /* they move while they are read */
        return NULL;
    if (!close_to(view->ended, done)) /* only the last one may end neither counted nor uncounted */
        return "its counters do not add up";
    if (!tickets_fit(view, bounds))
        return "its tickets do not add up";
    return index_fits(view, bounds) ? NULL : "the index of its operation is impossible";
}

static const char *nonsense(const struct slot_view *view, const struct slot_bounds *bounds,
                            bool dead)
{
    if ((unsigned)view->phase >= PHASE_COUNT)
        return "its phase is unknown";
    if (view->action >= bounds->n_actions)
        return "its action is unknown";
    if (view->outcome > STRESS_FAIL)
        return "its outcome is unknown";
    if ((dead && view->since_ns > bounds->now_ns) ||
        (view->since_ns < bounds->forked_ns && view->phase > PHASE_STARTING))
        return "its time stamp is impossible";
    return counters_nonsense(view, bounds, dead);
}

/* As histogram_total(), but an overflow does not fit. */
static bool latencies_fit(const struct histogram *latency, uint64_t counted)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        if (__builtin_add_overflow(total, latency->bucket[i], &total))
            return false;
    return close_to(total, counted);
}

bool slot_read(const struct layout_slot *slot, const struct slot_bounds *bounds, bool dead,
               struct slot_view *ret, const char **ret_what)
{
    char message[LAYOUT_MESSAGE];
    *ret = (struct slot_view){
        .phase = (enum layout_phase)atomic_load_explicit(&slot->phase, memory_order_acquire),
        .action = atomic_load_explicit(&slot->action, memory_order_relaxed),
        .outcome = atomic_load_explicit(&slot->outcome, memory_order_relaxed),
        .status = atomic_load_explicit(&slot->status, memory_order_relaxed) & 0xff,
        .program = bounds->by_command
                       ? atomic_load_explicit(&slot->program, memory_order_relaxed) : 0,
        .tickets = atomic_load_explicit(&slot->tickets, memory_order_relaxed),
        .operation = atomic_load_explicit(&slot->operation, memory_order_relaxed),
        .since_ns = atomic_load_explicit(&slot->since_ns, memory_order_relaxed),
        .counted = atomic_load_explicit(&slot->counted, memory_order_relaxed),
        .uncounted = atomic_load_explicit(&slot->uncounted, memory_order_relaxed),
        .ended = atomic_load_explicit(&slot->ended, memory_order_relaxed),
        .crash = slot->crash,
    };
    const char *what = nonsense(ret, bounds, dead);
    if (!what && dead && !latencies_fit(&slot->latency, ret->counted))
        what = "its latencies do not add up";
    if (what) {
        memset(ret, 0, sizeof *ret);
        *ret_what = what;
        return false;
    }
    memcpy(message, slot->message, sizeof message);
    message[sizeof message - 1] = '\0';
    text_copy(ret->message, sizeof ret->message, message);
    return true;
}

/* `i`: the number of the operation within the incarnation. */
static bool entry_is_sane(const struct layout_operation *entry, uint64_t i,
                          const struct slot_bounds *bounds)
{
    return (bounds->listed || entry->index == bounds->first_operation + i) &&
           entry->action < bounds->n_actions &&
           entry->outcome <= STRESS_FAIL && entry->started_ns >= bounds->forked_ns &&
           entry->started_ns <= bounds->now_ns &&
           entry->duration_ns <= bounds->now_ns - entry->started_ns;
}

uint32_t slot_ring(const struct layout_slot *slot, const struct slot_bounds *bounds,
                   struct layout_operation *ret, uint32_t n)
{
    uint64_t ended = atomic_load_explicit(&slot->ended, memory_order_acquire);
    uint64_t held = ended < LAYOUT_RING ? ended : LAYOUT_RING;
    uint64_t wanted = held < n ? held : n;
    uint32_t got = 0;
    for (uint64_t i = ended - wanted; i != ended; i++) {
        struct layout_operation entry = slot->ring[i % LAYOUT_RING];
        if (entry_is_sane(&entry, i, bounds))
            ret[got++] = entry;
    }
    return got;
}
