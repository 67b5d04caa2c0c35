/* SPDX-License-Identifier: MIT
 * symbol.h: the names that belong to an address, by libdwfl.
 *
 * Runs in: tracer.
 */
#ifndef TRACER_SYMBOL_H
#define TRACER_SYMBOL_H

#include <elfutils/libdwfl.h>
#include <jansson.h>
#include <stdbool.h>

/* Appends the frame at `pc` to a list, the functions that are inlined there before the one that
 * they are inlined in. `exact`: at this instruction; else it is a return address, and the call
 * stands before it. */
void symbol_append(Dwfl *dwfl, Dwarf_Addr pc, bool exact, json_t **frames);

#endif
