/* SPDX-License-Identifier: MIT
 * breaks.c: see breaks.h.
 */
#include "supervisor/breaks.h"

#include "supervisor/server_table.h"

bool breaks_announced(const struct supervisor *s, uint32_t target)
{
    layout_break *breaks = control_breaks(&s->env.control);
    uint64_t now = supervisor_generation(s) + 1;
    uint32_t n = 1 + s->n_actors + s->env.servers->n;
    if (target < n)
        return atomic_load(&breaks[target]) == now;
    for (uint32_t i = 0; i < n; i++)
        if (atomic_load(&breaks[i]) == now)
            return true;
    return false;
}
