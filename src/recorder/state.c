/* SPDX-License-Identifier: MIT
 * state.c: see state.h.
 */
#include "recorder/state.h"

#include <stdarg.h>
#include <stdio.h>

void recorder_trouble(struct recorder *recorder, const char *format, ...)
{
    va_list arguments;
    if (*recorder->trouble)
        return;
    va_start(arguments, format);
    vsnprintf(recorder->trouble, sizeof recorder->trouble, format, arguments);
    va_end(arguments);
}
