/* SPDX-License-Identifier: MIT
 * output.h: what the user's processes write to stdout and stderr. The monitor reads it and keeps
 * the tail of each source: the environment's hooks, each actor, each server. The monitor runs no
 * user code, so it never stops reading, and a process that writes always gets on. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SESSION_OUTPUT_H
#define SESSION_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "wire/wire.h"

enum { OUTPUT_TAIL = 16384 }; /* bytes kept of each source */

struct output; /* an epoll set and a table of tails; outlives runners and supervisors */

/* NULL with the reason on failure. */
struct output *output_new(struct error *error);
/* NULL is permitted. */
void output_free(struct output *output);
/* Takes over the monitor's end of the output socket pair and the read end of the environment's
 * pipe, also on failure. They replace those of an earlier supervisor. Returns 0, or -1 with the
 * reason. */
int output_listen(struct output *output, int socket, int environment, struct error *error);
/* An epoll descriptor that is readable when output_drain() has work. */
int output_fd(const struct output *output);
/* Reads what has arrived. Does a bounded amount of work and never blocks. */
void output_drain(struct output *output);
/* The errno of a pipe that cannot be watched: the run cannot go on, since its writer would wait for
 * ever. 0: there is none. */
int output_failure(const struct output *output);
/* Reads what one source has written so far, then copies at most the last `size` bytes of its tail
 * to `to`, without a terminating zero. Returns how many. index < 0: the environment. `start`: the
 * mark of the process whose output is wanted (WIRE_MARK_START); that of later ones is left out.
 * 0: all. */
size_t output_tail(struct output *output, enum wire_source source, int index, uint64_t start,
                   char *to, size_t size);
/* Copies the last line, as printable text, that a source wrote behind the mark with this number
 * (wire_mark) and before the next; mark 0: the last of all. False: it wrote none, or the mark is
 * not among the latest. */
bool output_last_line(struct output *output, enum wire_source source, int index, uint64_t mark,
                      char *to, size_t size);
/* Did it write more than is kept? */
bool output_is_cut(struct output *output, enum wire_source source, int index);
/* Drops what a source has written so far. Its pipe goes on. */
void output_forget(struct output *output, enum wire_source source, int index);
/* A reset has begun. The tail of an actor or server is dropped when it announces its next pipe, and
 * not before. Pipes that were announced behind the reset (wire_output_reset()) are taken only from
 * now on, so that the findings before it do not show what was written after it. */
void output_reset(struct output *output);

#endif
