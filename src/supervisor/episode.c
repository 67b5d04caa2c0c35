/* SPDX-License-Identifier: MIT
 * episode.c: `crash` runs commands hundreds of times in fresh environments. The process that does
 * so has nothing of the workload in it, so it may stay, and what it knows of the last episode is
 * cleared. Supervisor process.
 */
#include <stdlib.h>
#include <string.h>

#include "env/order.h"
#include "supervisor/server.h"
#include "supervisor/supervisor.h"

/* Incarnations go on counting: a fault of the last episode is none of this one. */
static void clear_ledger(struct layout_ledger *ledger)
{
    _Atomic uint64_t *const counters[] = {
        &ledger->counted, &ledger->uncounted, &ledger->failed, &ledger->resets,
        &ledger->indeterminate, &ledger->corrupted, &ledger->next_operation,
        &ledger->logged_generation, &ledger->logged_first };
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        atomic_store(counters[i], 0);
    atomic_store(&ledger->retired, 0);
    ledger->cut_generation = 0;
    memset(&ledger->latency, 0, sizeof ledger->latency);
}

static void clear_control(struct supervisor *s)
{
    struct layout_header *header = s->env.control.header;
    struct order *order = control_order(&s->env.control);
    uint32_t breaks = 1 + s->n_actors + DEFINITION_SERVERS;
    atomic_store(&header->stop, 0);
    atomic_store(&header->scarce, 0);
    atomic_store(&header->generation, 0);
    atomic_store(&header->resets, 0);
    atomic_store(&order->n, 0);
    atomic_store(&order->late, 0);
    for (uint32_t i = 0; i < s->n_actors; i++)
        clear_ledger(control_ledger(&s->env.control, i));
    for (uint32_t i = 0; i < breaks; i++)
        atomic_store(&control_breaks(&s->env.control)[i], 0);
}

static void clear_runner(struct runner *runner)
{
    const struct runner fresh = { .output = runner->output };
    memcpy(runner, &fresh, sizeof *runner); /* its state is const to all others */
}

void episode_clear(struct supervisor *s)
{
    clear_control(s);
    for (uint32_t i = 0; i < s->n_actors; i++)
        clear_runner(&s->runners[i]);
    serial_close(s);
    free(s->told);
    s->told = NULL;
    *(enum run_state *)&s->state = RUN_RESETTING;
    s->wants_reset = s->deaths_unseen = false;
    s->end = WIRE_END_TARGET;
    s->turn = s->strays = 0;
    s->described_generation = s->faulted_generation = 0;
    s->env.config.restarts = 0;
}
