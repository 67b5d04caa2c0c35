/* SPDX-License-Identifier: MIT
 * flight.c: see flight.h.
 */
#include "vm/flight.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory/memory.h"
#include "record/record.h"
#include "rundir/rundir.h"

/* ---- what the machine has ----------------------------------------------------------------- */

/* The parts from which the story is told. */
struct dead {
    struct definition *definition; /* Owned */
    struct layout_header *header;  /* the control memory. Owned */
    struct control control;
};

static void dead_free(struct dead *dead)
{
    free(dead->definition);
    free(dead->header);
}

/* Copies and checks them. False: they are not there, or make no sense. */
static bool dead_read(const struct ram *ram, struct dead *ret)
{
    struct error ignored;
    uint64_t size = 0, control = 0;
    *ret = (struct dead){ .definition = ram_copy(ram, FRAME_DEFINITION, &size),
                          .header = ram_copy(ram, FRAME_CONTROL, &control) };
    ret->control = (struct control){ .header = ret->header, .size = control,
                                     .fd = -1, .fd_readonly = -1 };
    if (ret->definition && ret->header && size == sizeof *ret->definition &&
        control >= sizeof *ret->header && definition_check(ret->definition, &ignored) == 0 &&
        control_check(&ret->control, ret->definition, &ignored) == 0)
        return true;
    dead_free(ret);
    return false;
}

/* ---- the story ---------------------------------------------------------------------------- */

json_t *flight_write(const struct flight *flight, int at, const char *title, uint64_t seed,
                     struct error *error)
{
    struct dead dead;
    json_t *operations = NULL;
    struct record *record = calloc(1, sizeof *record);
    struct record_finding *finding = calloc(1, sizeof *finding);
    bool read = record && finding && dead_read(&flight->ram, &dead);
    if (read) {
        record_init(record);
        record->workload = flight->options->subject;
        record->options = flight->options;
        record->seed = seed;
        record->definition = *dead.definition;
        record->control = dead.control;
        snprintf(finding->key, sizeof finding->key, "kernel  %.400s", title);
        finding->first.actor = -1;
        finding->first.n_operations = story_of_dead(&dead.control, dead.definition,
                                                    finding->first.operations);
        rundir_story(at, record, finding, &operations, error);
        dead_free(&dead);
    }
    free(record);
    free(finding);
    return operations;
}

/* ---- the next machine --------------------------------------------------------------------- */

static void forget(struct flight *flight)
{
    for (unsigned part = 0; part < FRAME_PARTS; part++)
        free(flight->kept[part].bytes);
    memset(flight->kept, 0, sizeof flight->kept);
}

/* The next machine gets all or nothing. Returns whether the part is there, as far as it exists. */
static bool keep(struct flight *flight, enum frame_part part, uint64_t size)
{
    flight->kept[part].bytes = ram_copy(&flight->ram, part, &flight->kept[part].size);
    return flight->kept[part].bytes ? flight->kept[part].size == size : size == 0;
}

void flight_keep(struct flight *flight)
{
    struct dead dead;
    struct flight before = *flight;
    bool inherited = before.kept[FRAME_GLOBAL].bytes || before.kept[FRAME_STATE].bytes;
    if (!dead_read(&flight->ram, &dead))
        return;
    memset(flight->kept, 0, sizeof flight->kept);
    const struct definition *definition = dead.definition;
    uint64_t states = memory_state_offset(definition, definition_actors(definition));
    bool begun = atomic_load(&dead.header->begun_ns) > 0; /* a generation: setup has returned */
    bool whole = keep(flight, FRAME_GLOBAL, definition->global_size) &&
                 keep(flight, FRAME_STATE, states);
    dead_free(&dead);
    if (whole && (begun || inherited)) {
        forget(&before);
        return;
    }
    forget(flight);
    memcpy(flight->kept, before.kept, sizeof flight->kept);
}

int flight_send(const struct flight *flight, int port, struct error *error)
{
    int sent = 0;
    for (unsigned part = 0; part < FRAME_PARTS; part++) {
        const unsigned char *bytes = flight->kept[part].bytes;
        struct frame_pages head = { .part = part, .size = flight->kept[part].size };
        size_t most = FRAME_MOST - sizeof head;
        for (; bytes && head.first < head.size; head.first += most) {
            uint64_t left = head.size - head.first;
            if (frame_write(port, FRAME_KEPT, &head, sizeof head, bytes + head.first,
                            left < most ? left : most, error) < 0)
                return -1;
            sent = 1;
        }
    }
    return sent;
}

void flight_close(struct flight *flight)
{
    forget(flight);
    ram_close(&flight->ram);
}
