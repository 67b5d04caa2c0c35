/* SPDX-License-Identifier: MIT
 * order.c: see order.h.
 *
 * The logs are merged backwards, so that the oldest operations are left out if there are too many:
 * a heap of actors, ordered by the start of their last operation that is not taken yet. The runners
 * go on meanwhile: an operation that began later, or whose start is not written yet, is stepped
 * over. Nothing in a log is trusted: an impossible time stamp ends it.
 */
#include "memory/order.h"

#include <stdlib.h>

struct tail {
    uint64_t started_ns, begin, end; /* operations [begin, end) are left; start of the last one */
    uint32_t actor;
};

struct heap {
    const struct control *control;
    uint64_t since_ns, now_ns;
    uint64_t cut;
    uint32_t n;
    struct tail *tails; /* the latest first */
};

static const struct layout_logged *logged(const struct heap *heap, const struct tail *tail)
{
    const struct layout_logged *log = control_log(heap->control, tail->actor);
    return &log[(tail->end - 1) & (heap->control->plan.n_logged - 1)];
}

static uint64_t start_of(const struct heap *heap, const struct tail *tail)
{
    return atomic_load_explicit(&logged(heap, tail)->started_ns, memory_order_relaxed);
}

/* Reads the start of the last operation that is left. False: none is left. */
static bool look(const struct heap *heap, struct tail *tail)
{
    for (; tail->end > tail->begin; tail->end--) {
        tail->started_ns = start_of(heap, tail);
        if (tail->started_ns <= heap->now_ns)
            return tail->started_ns >= heap->since_ns;
    }
    return false;
}

/* A runner writes the number of an operation before its start: until then the log has that of an
 * older one. */
static void skip_unwritten(const struct heap *heap, struct tail *tail)
{
    uint64_t last = start_of(heap, tail);
    tail->end--;
    if (last >= heap->since_ns && (tail->end == tail->begin || last >= start_of(heap, tail)))
        tail->end++;
}

static void sink(struct heap *heap, uint32_t i)
{
    for (;;) {
        uint32_t next = 2 * i + 1;
        if (next + 1 < heap->n &&
            heap->tails[next + 1].started_ns > heap->tails[next].started_ns)
            next++;
        if (next >= heap->n || heap->tails[next].started_ns <= heap->tails[i].started_ns)
            return;
        struct tail tail = heap->tails[i];
        heap->tails[i] = heap->tails[next];
        heap->tails[next] = tail;
        i = next;
    }
}

static void add_actor(struct heap *heap, uint32_t actor)
{
    const struct layout_ledger *ledger = control_ledger(heap->control, actor);
    const struct layout_slot *slot = control_slot(heap->control, actor);
    uint64_t generation = atomic_load(&heap->control->header->generation);
    uint64_t first = atomic_load(&ledger->logged_first);
    uint64_t end = atomic_load(&slot->operation) + 1, room = heap->control->plan.n_logged;
    if (atomic_load(&ledger->logged_generation) != generation + 1 || end <= first ||
        end - first > heap->now_ns - heap->since_ns) /* each takes at least a nanosecond */
        return;
    struct tail tail = { .begin = first, .end = end, .actor = actor };
    if (end - first > room) {
        heap->cut += end - first - room;
        tail.begin = end - room;
    }
    skip_unwritten(heap, &tail);
    if (look(heap, &tail))
        heap->tails[heap->n++] = tail;
}

/* Takes the latest operation off. */
static void take(struct heap *heap, struct order_entry *ret)
{
    struct tail *tail = &heap->tails[0];
    *ret = (struct order_entry){ .actor = tail->actor, .operation = tail->end - 1,
                                 .started_ns = tail->started_ns,
                                 .result = atomic_load(&logged(heap, tail)->result) };
    tail->end--;
    if (!look(heap, tail))
        *tail = heap->tails[--heap->n];
    sink(heap, 0);
}

static bool make_heap(const struct control *control, uint64_t now_ns, struct heap *ret)
{
    uint32_t n = control->header->n_actors;
    *ret = (struct heap){ .control = control, .now_ns = now_ns,
                          .since_ns = atomic_load(&control->header->begun_ns),
                          .tails = calloc(n, sizeof(struct tail)) };
    for (uint32_t i = 0; i < n && ret->tails; i++)
        add_actor(ret, i);
    for (uint32_t i = ret->n / 2; i > 0; i--)
        sink(ret, i - 1);
    return ret->tails != NULL;
}

/* Returns how many operations were not taken. */
static uint64_t left(const struct heap *heap)
{
    uint64_t sum = heap->cut;
    for (uint32_t i = 0; i < heap->n; i++)
        sum += heap->tails[i].end - heap->tails[i].begin;
    return sum;
}

static void swap(struct order_entry *a, struct order_entry *b)
{
    struct order_entry entry = *a;
    *a = *b;
    *b = entry;
}

uint64_t order_collect(const struct control *control, uint64_t now_ns, struct order_entry *ret,
                       uint64_t *ret_cut)
{
    struct heap heap;
    uint64_t n = 0;
    *ret_cut = 0;
    if (!make_heap(control, now_ns, &heap))
        return 0;
    while (heap.n > 0 && n < ORDER_MERGED)
        take(&heap, &ret[n++]);
    *ret_cut = left(&heap);
    free(heap.tails);
    for (uint64_t i = 0; i < n / 2; i++)
        swap(&ret[i], &ret[n - 1 - i]);
    return n;
}

void order_append(struct order *order, const struct order_entry *entry)
{
    uint64_t n = atomic_load(&order->n);
    order->entries[n % ORDER_ROOM] = *entry;
    atomic_store(&order->n, n + 1);
}

void order_merge(const struct control *control, uint64_t now_ns, struct order_range *ret)
{
    struct order *order = control_order(control);
    struct order_entry *entries = malloc(ORDER_MERGED * sizeof *entries);
    uint64_t n = entries ? order_collect(control, now_ns, entries, &ret->cut) : 0;
    ret->begin = atomic_load(&order->n);
    for (uint64_t i = 0; i < n; i++)
        order_append(order, &entries[i]);
    ret->end = ret->begin + n;
    ret->since_ns = atomic_load(&control->header->begun_ns);
    free(entries);
}

bool order_read(const struct order *order, uint64_t number, struct order_entry *ret)
{
    *ret = order->entries[number % ORDER_ROOM];
    return atomic_load(&order->n) <= number + ORDER_ROOM;
}
