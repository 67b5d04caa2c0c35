/* SPDX-License-Identifier: MIT
 * serial.c: see serial.h.
 */
#include "supervisor/serial.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "memory/memory.h"
#include "supervisor/run.h"
#include "supervisor/serial_list.h"
#include "supervisor/state.h"
#include "supervisor/turn.h"

#define SERIAL_KEY UINT64_C(0x73657269616c0a01) /* separates its draws from those of actors */
enum { SERIAL_WEIGHT = 1000 };

static struct order *order_of(const struct supervisor *s)
{
    return control_order(&s->env.control);
}

int serial_open(struct supervisor *s, struct error *error)
{
    s->serial = calloc(1, sizeof *s->serial);
    if (!s->serial)
        return error_set(error, ENOMEM, "cannot prepare the serial schedule");
    s->serial->current = -1;
    for (uint32_t i = 0; i < s->n_actors; i++)
        s->serial->step += atomic_load(&control_ledger(&s->env.control, i)->next_operation);
    s->serial->generation = UINT64_MAX;
    if (s->target == 0) { /* unlimited tickets */
        s->target = INT64_MAX;
        s->pool = INT64_MAX;
    }
    /* A runner that gives a ticket back then waits for its turn. */
    atomic_store(&s->env.control.header->scarce, 1);
    return 0;
}

void serial_close(struct supervisor *s)
{
    free(s->serial);
    s->serial = NULL;
}

/* Takes back the ticket of an operation that was not counted. */
static void take_back(struct supervisor *s, uint32_t actor)
{
    struct layout_slot *slot = control_slot(&s->env.control, actor);
    uint32_t left = atomic_exchange(&slot->tickets, 0);
    if (left > s->runners[actor].granted)
        left = (uint32_t)s->runners[actor].granted;
    s->runners[actor].granted -= left;
    if (!s->env.config.attempts)
        s->pool += left;
}

/* Waits again for runners that were let go and whose operation has ended. */
static void take_in(struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (s->runners[i].let_go && turn_is_ready(s, i)) {
            s->runners[i].let_go = false;
            take_back(s, i);
        }
}

/* Is the ticket free? Takes it from a runner that is done. */
static bool is_free(struct supervisor *s)
{
    struct serial *serial = s->serial;
    if (serial->current < 0)
        return true;
    uint32_t actor = (uint32_t)serial->current;
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    if (turn_is_ready(s, actor) && atomic_load(&slot->ended) == serial->ended)
        return false; /* it has not taken the ticket yet */
    if (!turn_is_ready(s, actor))
        return false;
    take_back(s, actor);
    serial->current = -1;
    return true;
}

static uint32_t weight_of(const struct supervisor *s, uint32_t actor)
{
    uint32_t index;
    const struct definition_type *type = definition_type_of(&s->env.definition, actor, &index);
    uint64_t delay_ms = ((uint64_t)type->delay_ms + type->delay_most_ms) / 2;
    uint32_t weight = (uint32_t)(SERIAL_WEIGHT / (1 + delay_ms));
    return weight > 0 ? weight : 1;
}

/* Draws the next actor; -1: none is ready. */
static int draw(struct supervisor *s)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (turn_is_ready(s, i))
            sum += weight_of(s, i);
    if (sum == 0)
        return -1;
    struct random_stream stream = random_operation(s->env.config.seed, SERIAL_KEY,
                                                   s->serial->step);
    uint64_t at = random_below(&stream, sum);
    for (uint32_t i = 0; i < s->n_actors; i++) {
        if (!turn_is_ready(s, i))
            continue;
        if (at < weight_of(s, i))
            return (int)i;
        at -= weight_of(s, i);
    }
    return -1;
}

/* Appends the operation to the order and lets it go. */
static void give_drawn(struct supervisor *s, uint32_t actor)
{
    struct order *order = order_of(s);
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    uint64_t operation = s->runners[actor].first_operation + atomic_load(&slot->ended);
    order_append(order, &(struct order_entry){ .actor = actor, .operation = operation,
                                               .started_ns = clock_now() });
    turn_give(s, actor, atomic_load(&order->n) - 1);
}

/* Stops waiting for the runner with the ticket, which takes too long. */
static void let_go(struct supervisor *s)
{
    struct serial *serial = s->serial;
    struct order *order = order_of(s);
    if (serial->current >= 0) {
        s->runners[serial->current].let_go = true;
        order->entries[serial->entry % ORDER_ROOM].late = 1;
        atomic_fetch_add(&order->late, 1);
    }
    serial->current = -1;
}

static void begin_generation(struct supervisor *s, uint64_t now)
{
    struct serial *serial = s->serial;
    bool listed = s->env.config.serial == WIRE_LISTED;
    if (supervisor_generation(s) > 0 && !listed)
        order_append(order_of(s), &(struct order_entry){ .actor = ORDER_RESET });
    serial->generation = supervisor_generation(s);
    serial->current = -1;
    serial->since_ns = now;
}

static bool give_next(struct supervisor *s)
{
    if (s->env.config.serial == WIRE_LISTED)
        return serial_list_next(s);
    if (s->pool == 0) {
        s->end = WIRE_END_TARGET;
        run_apply(s, RUN_EVENT_END);
        return true;
    }
    int next = draw(s);
    if (next >= 0)
        give_drawn(s, (uint32_t)next);
    return next >= 0;
}

void serial_serve(struct supervisor *s)
{
    struct serial *serial = s->serial;
    uint64_t now = clock_now();
    if (s->state != RUN_RUNNING)
        return;
    if (serial->generation != supervisor_generation(s))
        begin_generation(s, now);
    take_in(s);
    bool late = now - serial->since_ns >= s->env.config.serial_wait_ns;
    if (!is_free(s)) {
        if (!late)
            return;
        let_go(s);
    }
    if (!turn_all_ready(s) && !late)
        return;
    if (!give_next(s))
        serial->since_ns = now;
}

uint64_t serial_deadline(const struct supervisor *s)
{
    return s->serial && s->state == RUN_RUNNING
               ? s->serial->since_ns + s->env.config.serial_wait_ns : CLOCK_NEVER;
}
