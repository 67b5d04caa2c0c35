/* SPDX-License-Identifier: MIT
 * serial.c: --schedule=serial. Runners wait for tickets, as always; here only one of them gets one,
 * for one operation, and who is next is drawn from (seed, number of operations so far). So the same
 * seed gives the same order, as long as operations end. One that waits for another actor's does not
 * hang the run: after SERIAL_WAIT_NS the next one is let go, too.
 *
 * Delays are not waited for. An actor with one gets a turn as seldom as if an operation took a
 * millisecond. Supervisor process.
 */
#include <errno.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "supervisor/supervisor.h"

#define SERIAL_WAIT_NS (2 * CLOCK_SECOND)
#define SERIAL_KEY UINT64_C(0x73657269616c0a01) /* keeps its draws apart from the actors' */
enum { SERIAL_WEIGHT = 1000 };

struct serial {
    int current;        /* the actor with the ticket; -1: none */
    uint64_t ended;     /* of it, when it was given */
    uint64_t since_ns;  /* ... and when that was; or since when the runners start */
    uint64_t step;      /* tickets given so far */
    uint64_t generation;
};

int serial_open(struct supervisor *s, struct error *error)
{
    s->serial = calloc(1, sizeof *s->serial);
    if (!s->serial)
        return error_set(error, ENOMEM, "prepare the serial schedule");
    s->serial->current = -1;
    for (uint32_t i = 0; i < s->n_actors; i++)
        s->serial->step += atomic_load(&control_ledger(&s->env.control, i)->next_operation);
    s->serial->generation = UINT64_MAX;
    if (s->target == 0) { /* tickets without end */
        s->target = INT64_MAX;
        s->pool = INT64_MAX;
    }
    /* Whoever gives a ticket back waits for its turn. */
    atomic_store(&s->env.control.header->scarce, 1);
    return 0;
}

void serial_close(struct supervisor *s)
{
    free(s->serial);
    s->serial = NULL;
}

static bool is_ready(const struct supervisor *s, uint32_t actor)
{
    return s->runners[actor].state == RUNNER_ALIVE &&
           atomic_load(&control_slot(&s->env.control, actor)->phase) == PHASE_WAITING;
}

static bool all_ready(const struct supervisor *s)
{
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (runner_state_is_live(s->runners[i].state) && !is_ready(s, i))
            return false;
    return true;
}

/* The ticket of an operation that was not counted. */
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

/* Is the one with the ticket done? Then nobody has it. */
static bool is_free(struct supervisor *s)
{
    struct serial *serial = s->serial;
    if (serial->current < 0)
        return true;
    uint32_t actor = (uint32_t)serial->current;
    const struct layout_slot *slot = control_slot(&s->env.control, actor);
    if (is_ready(s, actor) && atomic_load(&slot->ended) == serial->ended)
        return false; /* it did not even take it yet */
    if (!is_ready(s, actor))
        return false;
    take_back(s, actor);
    serial->current = -1;
    return true;
}

static uint32_t weight_of(const struct supervisor *s, uint32_t actor)
{
    uint32_t index;
    const struct definition_type *type = definition_type_of(&s->env.definition, actor, &index);
    uint32_t weight = SERIAL_WEIGHT / (1 + type->delay_ms);
    return weight > 0 ? weight : 1;
}

/* -1: nobody is ready. */
static int draw(struct supervisor *s)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < s->n_actors; i++)
        if (is_ready(s, i))
            sum += weight_of(s, i);
    if (sum == 0)
        return -1;
    struct random_stream stream = random_operation(s->env.config.seed, SERIAL_KEY,
                                                   s->serial->step);
    uint64_t at = random_below(&stream, sum);
    for (uint32_t i = 0; i < s->n_actors; i++) {
        if (!is_ready(s, i))
            continue;
        if (at < weight_of(s, i))
            return (int)i;
        at -= weight_of(s, i);
    }
    return -1;
}

static void give(struct supervisor *s, uint32_t actor)
{
    struct layout_slot *slot = control_slot(&s->env.control, actor);
    struct serial *serial = s->serial;
    serial->current = (int)actor;
    serial->ended = atomic_load(&slot->ended);
    serial->since_ns = clock_now();
    serial->step++;
    s->pool--;
    s->runners[actor].granted++;
    s->runners[actor].granted_ns = serial->since_ns;
    atomic_fetch_add(&slot->tickets, 1);
    atomic_fetch_add(&slot->wake, 1);
    syscall(SYS_futex, &slot->wake, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

void serial_serve(struct supervisor *s)
{
    struct serial *serial = s->serial;
    uint64_t now = clock_now();
    if (s->state != RUN_RUNNING)
        return;
    if (serial->generation != supervisor_generation(s)) {
        serial->generation = supervisor_generation(s);
        serial->current = -1;
        serial->since_ns = now;
    }
    bool late = now - serial->since_ns >= SERIAL_WAIT_NS;
    if (!is_free(s) && !late)
        return;
    if (serial->current < 0 && !all_ready(s) && !late)
        return;
    if (s->pool == 0) {
        s->end = WIRE_END_TARGET;
        supervisor_apply(s, RUN_EVENT_END);
        return;
    }
    int next = draw(s);
    if (next >= 0)
        give(s, (uint32_t)next);
    else
        serial->since_ns = now;
}

uint64_t serial_deadline(const struct supervisor *s)
{
    return s->serial && s->state == RUN_RUNNING ? s->serial->since_ns + SERIAL_WAIT_NS
                                                : CLOCK_NEVER;
}
