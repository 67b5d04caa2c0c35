/* SPDX-License-Identifier: MIT
 * death_large.c: death.c with 2 GiB of global state.
 */
#define GLOBAL_MIB 2048
#include "bench/death.c"
