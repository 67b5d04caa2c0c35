/* SPDX-License-Identifier: MIT
 * runner.c: the loop of a runner. Runner process.
 */
#include "actor/runner.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "actor/child.h"
#include "actor/hold.h"
#include "base/base.h"

static const uint64_t HISTORY_NS = 100 * CLOCK_MILLISECOND;

/* The slot has a single writer, so a counter needs no atomic addition. */
static void bump(_Atomic uint64_t *counter)
{
    uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, value + 1, memory_order_relaxed);
}

static void set_phase(struct layout_slot *slot, enum layout_phase phase, uint64_t since_ns)
{
    atomic_store_explicit(&slot->since_ns, since_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->phase, phase, memory_order_release);
}

/* On 32-bit systems the older call may take a shorter timespec than libc's. */
#ifdef SYS_futex_time64
#define FUTEX_CALL (sizeof(time_t) > sizeof(long) ? SYS_futex_time64 : SYS_futex)
#else
#define FUTEX_CALL SYS_futex
#endif

/* Waits until the word differs from `seen`, a signal arrives, or the deadline has passed. */
static void wait_for_change(const _Atomic uint32_t *word, uint32_t seen, uint64_t deadline)
{
    struct timespec at = { .tv_sec = (time_t)(deadline / CLOCK_SECOND),
                           .tv_nsec = (long)(deadline % CLOCK_SECOND) };
    syscall(FUTEX_CALL, word, FUTEX_WAIT_BITSET, seen, deadline == CLOCK_NEVER ? NULL : &at, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

/* All runners of a generation begin at once: otherwise the first ones would take the processors
 * from the supervisor while it forks the rest. The supervisor wakes a few, and the first of these
 * all others: beside thousands of busy processes, the time which that takes is made up for slowly,
 * and the supervisor would not hear of a stop meanwhile. */
static void wait_at_gate(const struct layout_header *header)
{
    while (atomic_load(&header->gate))
        wait_for_change(&header->gate, 1, CLOCK_NEVER);
    syscall(SYS_futex, &header->gate, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
}

/* When the time is up, runners wait for the stop: else thousands of busy ones would keep the
 * monitor from saying it, and the supervisor from hearing it. */
static void wait_for_stop(struct stress_actor *actor)
{
    set_phase(actor->slot, PHASE_WAITING, clock_now());
    for (;;) {
        uint32_t seen = atomic_load(&actor->slot->wake);
        if (actor_stopping(actor))
            return;
        wait_for_change(&actor->slot->wake, seen, CLOCK_NEVER);
    }
}

static bool take_one(struct layout_slot *slot)
{
    uint32_t tickets = atomic_load_explicit(&slot->tickets, memory_order_relaxed);
    while (tickets > 0)
        if (atomic_compare_exchange_weak_explicit(&slot->tickets, &tickets, tickets - 1,
                                                  memory_order_acq_rel, memory_order_relaxed))
            return true;
    return false;
}

enum ticket { TICKET_TAKEN, TICKET_STOP, TICKET_LOST };

/* Wakes the supervisor to give tickets. Returns false if user code closed the descriptor. */
static bool call_for_tickets(const struct stress_actor *actor)
{
    const uint64_t one = 1;
    return write(actor->tickets_calls, &one, sizeof one) == sizeof one || errno == EAGAIN ||
           errno == EINTR;
}

/* Asks the supervisor for tickets and waits for them. It reads `wake` before it looks for tickets,
 * so no wake-up is lost. `yield`: leave the tickets that are there to other actors at first. */
static enum ticket wait_for_ticket(struct stress_actor *actor, bool yield)
{
    struct layout_slot *slot = actor->slot;
    for (;; yield = false) {
        uint32_t seen = atomic_load(&slot->wake);
        if (actor_stopping(actor))
            return TICKET_STOP;
        if (!yield && take_one(slot))
            return TICKET_TAKEN;
        set_phase(slot, PHASE_WAITING, clock_now());
        if (!call_for_tickets(actor))
            return TICKET_LOST;
        wait_for_change(&slot->wake, seen, CLOCK_NEVER);
    }
}

static const struct stress_action_spec *draw_action(struct stress_actor *actor, uint32_t *ret_index)
{
    uint32_t i = 0;
    if (actor->n_actions > 1) {
        uint64_t draw = random_below(actor_stream(actor), actor->weights);
        while (draw >= actor->actions[i].weight)
            draw -= actor->actions[i++].weight;
    }
    *ret_index = i;
    return &actor->actions[i];
}

/* Sets of outcomes. */
enum {
    OF_START = 1 << STRESS_OK | 1 << STRESS_RESET | 1 << STRESS_FAIL,
    OF_OPERATION = OF_START | 1 << STRESS_UNCOUNTED
};

/* Returns a hint for a value that belongs to hooks, or to another function. */
static const char *hint(enum stress_outcome outcome)
{
    switch ((int)outcome) {
    case STRESS_UNCOUNTED:
        return " (STRESS_UNCOUNTED)";
    case STRESS_ENV_FAIL:
        return " (STRESS_ENV_FAIL, for hooks)";
    case STRESS_ENV_SKIP:
        return " (STRESS_ENV_SKIP, for setup)";
    case STRESS_ENV_USAGE:
        return " (STRESS_ENV_USAGE, for setup)";
    default:
        return "";
    }
}

/* Checks what user code returned. An invalid value is a failure, and the message says so. */
static enum stress_outcome checked(struct stress_actor *actor, const char *what, unsigned allowed,
                                   enum stress_outcome outcome)
{
    bool failed = actor->failed;
    actor->failed = false;
    if ((unsigned)outcome > STRESS_FAIL || !(1U << outcome & allowed))
        outcome = stress_actor_fail(actor, "%s returned %d, which is not one of its outcomes%s",
                                    what, (int)outcome, hint(outcome));
    else if (outcome == STRESS_FAIL && !failed)
        actor->slot->message[0] = '\0'; /* a message of an operation that did not fail */
    actor->failed = false;
    return outcome;
}

/* Performs one operation, begun at `start`. Returns its outcome and its end. The phase stays
 * PHASE_PERFORMING; the operation is over once `ended` counts it. */
static enum stress_outcome perform(struct stress_actor *actor, uint64_t start, uint64_t *ret_end)
{
    struct layout_slot *slot = actor->slot;
    uint32_t index;
    const struct stress_action_spec *action = draw_action(actor, &index);
    atomic_store_explicit(&slot->operation, actor->operation, memory_order_relaxed);
    atomic_store_explicit(&slot->action, index, memory_order_relaxed);
    set_phase(slot, PHASE_PERFORMING, start);
    struct layout_logged *logged = &actor->log[actor->operation & actor->log_mask];
    if (actor->listed) /* the same operation may come again */
        atomic_store(&actor->notes[actor->operation & actor->log_mask].operation, 0);
    atomic_store_explicit(&logged->result, 0, memory_order_relaxed);
    atomic_store_explicit(&logged->started_ns, start, memory_order_relaxed);

    enum stress_outcome outcome = checked(actor, "it", OF_OPERATION, action->perform(actor));

    uint64_t end = clock_now(), duration = end > start ? end - start : 0;
    uint64_t ended = atomic_load_explicit(&slot->ended, memory_order_relaxed);
    slot->ring[ended % LAYOUT_RING] = (struct layout_operation){
        .index = actor->operation, .started_ns = start, .duration_ns = duration,
        .action = index, .outcome = outcome };
    atomic_store_explicit(&logged->result, duration * 8 + (uint64_t)outcome + 1,
                          memory_order_relaxed);
    if (outcome == STRESS_OK) {
        histogram_add(&slot->latency, duration);
        bump(&slot->counted);
    } else if (outcome == STRESS_UNCOUNTED) {
        bump(&slot->uncounted);
        if (actor->header->limited)
            atomic_fetch_add(&slot->tickets, 1); /* give it back before reading `scarce` */
    } else {
        atomic_store_explicit(&slot->outcome, outcome, memory_order_relaxed);
    }
    atomic_store_explicit(&slot->ended, ended + 1, memory_order_release);
    actor->operation++;
    *ret_end = end;
    return outcome;
}

/* Takes the next operation of the list. The supervisor wrote it before it gave the ticket. */
static void take_order(struct stress_actor *actor)
{
    actor->operation = atomic_load_explicit(&actor->slot->ordered, memory_order_relaxed);
    if (atomic_load_explicit(&actor->slot->hold, memory_order_relaxed))
        hold_for_debugger();
}

/* Sleeps until `until`, or until the stop flag is set. */
static void delay(struct stress_actor *actor, uint64_t from, uint64_t until)
{
    struct layout_slot *slot = actor->slot;
    set_phase(slot, PHASE_BETWEEN, from);
    for (;;) {
        uint32_t seen = atomic_load(&slot->wake);
        if (actor_stopping(actor) || clock_now() >= until)
            return;
        wait_for_change(&slot->wake, seen, until);
    }
}

static int leave(struct stress_actor *actor, enum stress_outcome outcome, bool started)
{
    struct layout_slot *slot = actor->slot;
    atomic_store_explicit(&slot->outcome, outcome, memory_order_relaxed);
    set_phase(slot, PHASE_STOPPING, clock_now());
    if (started && actor->user->stop)
        actor->user->stop(actor);
    set_phase(slot, PHASE_LEFT, clock_now());
    return CHILD_EXIT_LEFT;
}

/* Waits until the log has room for one more operation that is not in the history yet. Returns false
 * if the stop flag is set. */
static bool wait_for_room(struct stress_actor *actor, uint64_t *now)
{
    const struct layout_header *header = actor->header;
    for (;;) {
        uint32_t turn = atomic_load(&header->history_turn);
        uint64_t written = atomic_load(&actor->ledger->written);
        if (actor->operation < written || actor->operation - written <= actor->log_mask)
            return true;
        if (actor_stopping(actor))
            return false;
        *now = clock_now();
        set_phase(actor->slot, PHASE_WAITING, *now); /* again and again, so it is not a hang */
        wait_for_change(&header->history_turn, turn, *now + HISTORY_NS);
        *now = clock_now();
    }
}

int runner_run(struct stress_actor *actor)
{
    struct layout_slot *slot = actor->slot;
    wait_at_gate(actor->header);
    uint64_t now = clock_now();
    atomic_store_explicit(&slot->entered_ns, now, memory_order_relaxed);
    set_phase(slot, PHASE_STARTING, now);
    if (actor->user->start) {
        actor->key = ~actor->key; /* its random numbers differ from the operation's */
        enum stress_outcome outcome = checked(actor, "start", OF_START, actor->user->start(actor));
        actor->key = ~actor->key;
        actor->seeded_for = 0;
        now = clock_now();
        if (outcome != STRESS_OK)
            return leave(actor, outcome, false);
    }
    if (actor->type->saboteur && actor->delay_most_ns > 0) {
        /* Otherwise it would break every generation at its start, and no actor would get on. */
        uint64_t until = now + actor_delay(actor);
        delay(actor, now, until);
        now = until;
    }
    uint64_t time_is_up = atomic_load(&actor->header->time_is_up_ns);
    for (bool yield = false; !actor_stopping(actor);) {
        if (time_is_up != 0 && now >= time_is_up) {
            wait_for_stop(actor);
            break;
        }
        if (actor->header->history && !wait_for_room(actor, &now))
            break;
        if (actor->header->limited && (yield || !take_one(slot))) {
            enum ticket ticket = wait_for_ticket(actor, yield);
            if (ticket == TICKET_LOST)
                return CHILD_EXIT_AGAIN;
            if (ticket == TICKET_STOP)
                break;
            now = clock_now();
        }
        if (actor->listed)
            take_order(actor);
        enum stress_outcome outcome = perform(actor, now, &now);
        if (outcome >= STRESS_RESET)
            return leave(actor, outcome, true);
        yield = outcome == STRESS_UNCOUNTED && atomic_load(&actor->header->scarce);
        if (actor->delay_most_ns > 0) {
            if (yield && !call_for_tickets(actor)) { /* others must not wait for this delay */
                set_phase(slot, PHASE_WAITING, now);
                return CHILD_EXIT_AGAIN;
            }
            /* The next operation counts from its due time: waking up late adds to its latency. */
            uint64_t until = now + actor_delay(actor);
            delay(actor, now, until);
            now = until;
        }
    }
    return leave(actor, STRESS_OK, true);
}
