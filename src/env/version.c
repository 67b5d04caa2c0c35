/* SPDX-License-Identifier: MIT
 * version.c: the version of the running library.
 */
#include "stress.h"

const char *stress_version(void)
{
    return STRESS_VERSION;
}
