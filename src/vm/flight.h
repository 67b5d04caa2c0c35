/* SPDX-License-Identifier: MIT
 * flight.h: the flight recorder: what the actors of a run did when the kernel below them reported
 * an error or died, read from the memory of the machine; and what of that memory the next machine
 * is given. Everything is copied first, and checked as if it were made up. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_FLIGHT_H
#define VM_FLIGHT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"
#include "cli/cli.h"
#include "vm/ram.h"

struct flight {
    struct ram ram;
    const struct options *options; /* of the run */
    struct {
        void *bytes;               /* Owned; NULL: none */
        uint64_t size;
    } kept[FRAME_PARTS];           /* what the machine before this one had */
};

/* Writes the last operations and the replay of a finding of this title into the directory `at`, if
 * the memory has them. Returns "operations" of its finding.json (new reference); NULL: it has
 * not, or, with the reason in `error`, they could not be written. */
json_t *flight_write(const struct flight *flight, int at, const char *title, uint64_t seed,
                     struct error *error);
/* Keeps what the machine, which has ended, had in the memories of its environment: if setup had
 * returned, or the machine had those of another one, which it may have ended too early to show. */
void flight_keep(struct flight *flight);
/* Sends that to the next machine. Returns 1, 0 if there is none, or -1 with the reason. */
int flight_send(const struct flight *flight, int port, struct error *error);
void flight_close(struct flight *flight);

#endif
