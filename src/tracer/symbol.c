/* SPDX-License-Identifier: MIT
 * symbol.c: see symbol.h.
 */
#include "tracer/symbol.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "tracer/module.h"

/* Where a frame is; NULL, 0: unknown. */
struct place {
    const char *function, *file, *module;
    int line;
    uint64_t offset;
    bool inlined;
};

static void append(json_t **frames, const struct place *place)
{
    json_t *frame = json_object();
    member_text(&frame, "function", place->function);
    member_text(&frame, "file", place->file);
    member_set(&frame, "line", place->line > 0 ? json_integer(place->line) : json_null());
    member_text(&frame, "module", place->module);
    member_hex(&frame, "offset", place->offset);
    member_set(&frame, "inlined", json_boolean(place->inlined));
    member_append(frames, frame);
}

/* Searches all units if necessary: some compilers leave out the table from addresses to units. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr pc, Dwarf_Addr *ret_bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, pc, ret_bias);
    if (unit || !dwfl_module_getdwarf(module, ret_bias))
        return unit;
    while ((unit = dwfl_module_nextcu(module, unit, ret_bias)))
        if (dwarf_haspc(unit, pc - *ret_bias) > 0)
            return unit;
    return NULL;
}

static void line_of(Dwarf_Die *unit, Dwarf_Addr address, struct place *place)
{
    Dwarf_Line *line = dwarf_getsrc_die(unit, address);
    if (!line)
        return;
    place->file = dwarf_linesrc(line, NULL, NULL);
    if (dwarf_lineno(line, &place->line) != 0)
        place->line = 0;
}

static Dwarf_Word number_of(Dwarf_Die *die, unsigned name)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value = 0;
    if (!dwarf_attr(die, name, &attribute) || dwarf_formudata(&attribute, &value) != 0)
        return 0;
    return value;
}

/* Moves from an inlined function to the place of its call. */
static void go_to_call(Dwarf_Die *unit, Dwarf_Die *inlined, struct place *place)
{
    Dwarf_Files *files;
    size_t n;
    place->line = (int)number_of(inlined, DW_AT_call_line);
    place->file = NULL;
    if (dwarf_getsrcfiles(unit, &files, &n) == 0)
        place->file = dwarf_filesrc(files, (size_t)number_of(inlined, DW_AT_call_file), NULL, NULL);
}

/* Appends the functions that are inlined at the address. Leaves in `place` where the function
 * around them calls the outermost one. */
static void append_inlined(Dwarf_Die *unit, Dwarf_Addr address, struct place *place,
                           json_t **frames)
{
    Dwarf_Die *at = NULL, *around = NULL;
    int n = dwarf_getscopes(unit, address, &at) > 0 ? dwarf_getscopes_die(&at[0], &around) : 0;
    const char *symbol = place->function;
    for (int i = 0; i < n; i++) {
        int tag = dwarf_tag(&around[i]);
        if (tag == DW_TAG_inlined_subroutine) {
            place->function = dwarf_diename(&around[i]);
            place->inlined = true;
            append(frames, place);
            go_to_call(unit, &around[i], place);
        } else if (tag == DW_TAG_subprogram) {
            /* The name in the source is easier to read than the linker's. */
            const char *name = dwarf_diename(&around[i]);
            if (name && (!symbol || strncmp(symbol, "_Z", 2) == 0 || strchr(symbol, '.')))
                symbol = name;
            break;
        }
    }
    place->function = symbol;
    place->inlined = false;
    free(at);
    free(around);
}

void symbol_append(Dwfl *dwfl, Dwarf_Addr pc, bool exact, json_t **frames)
{
    struct place place = { .offset = pc };
    Dwarf_Addr look = exact ? pc : pc - 1, bias = 0;
    Dwfl_Module *module = dwfl_addrmodule(dwfl, look);
    if (module) {
        GElf_Off offset;
        GElf_Sym symbol;
        place.module = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        if (place.module && strncmp(place.module, "[vdso", 5) == 0)
            place.module = "[vdso]"; /* without the pid */
        if (dwfl_module_getelf(module, &bias))
            place.offset = pc - bias;
        place.function = dwfl_module_addrinfo(module, look, &offset, &symbol, NULL, NULL, NULL);
        /* Debug information of the system is large, often compressed, and of little use here. */
        bool system = place.module && module_is_system(place.module);
        Dwarf_Die *unit = system ? NULL : unit_of(module, look, &bias);
        if (unit) {
            line_of(unit, look - bias, &place);
            append_inlined(unit, look - bias, &place, frames);
        }
    }
    append(frames, &place);
}
