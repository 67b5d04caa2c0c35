/* SPDX-License-Identifier: MIT
 * output.h: what the user's processes write to stdout and stderr. The monitor drains it (it never
 * runs user code, so it never blocks, and nobody who writes is ever held up for good) and keeps the
 * tail of each source. Sources: the environment's hooks, each actor, each server.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_OUTPUT_H
#define SESSION_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "wire/wire.h"

enum { OUTPUT_TAIL = 16384 };

struct output; /* opaque: an epoll set and a table of tails, kept over runners and supervisors */

struct output *output_new(struct error *error);
void output_free(struct output *output);
/* The monitor's end of the output socket pair, and the read end of the environment's pipe; both
 * taken over. Replaces those of an earlier supervisor. */
int output_listen(struct output *output, int socket, int environment, struct error *error);
/* An epoll descriptor: readable when output_drain() has work. */
int output_fd(const struct output *output);
/* Takes in what is there; bounded work per call, never blocks. */
void output_drain(struct output *output);
/* All that is there of one source, newest last: drains what was written before now first, then
 * copies at most `size` bytes of the tail. index < 0: the environment. */
size_t output_tail(struct output *output, enum wire_source source, int index, char *to,
                   size_t size);
/* The incarnation that wrote it is over: its tail is forgotten when the next one announces its
 * pipe, not before, so that nothing is lost that a finding still on its way wants. */
void output_clear(struct output *output, enum wire_source source, int index);

#endif
