/* SPDX-License-Identifier: MIT
 * symbol.h: finds the names that belong to an address, with libdwfl. Not async-signal-safe.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_SYMBOL_H
#define TRACER_SYMBOL_H

#include <elfutils/libdwfl.h>
#include <jansson.h>
#include <stdbool.h>

/* Appends the frame at `pc` to a list: first the functions that are inlined there, then the one
 * that contains them. `exact`: pc is the instruction itself; otherwise it is a return address, and
 * the call is the instruction before it. */
void symbol_append(Dwfl *dwfl, Dwarf_Addr pc, bool exact, json_t **frames);

#endif
