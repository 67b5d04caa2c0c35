/* SPDX-License-Identifier: MIT
 * version.c: the version of the library that runs.
 */
#include "stress.h"

const char *stress_version(void)
{
    return STRESS_VERSION;
}
