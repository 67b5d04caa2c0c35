/* SPDX-License-Identifier: MIT
 * headline.h: finds the title of a sanitizer's report in what a process wrote before it died. Not
 * async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_HEADLINE_H
#define RECORD_HEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes to `ret` the title of a report of the process `pid`, such as "AddressSanitizer:
 * heap-use-after-free in put", with numbers replaced by '#'. False: there is no such report. */
bool headline_find(const char *output, size_t size, int32_t pid, char *ret, size_t ret_size);

#endif
