/* SPDX-License-Identifier: MIT
 * headline.h: what the dying say of their death themselves: the title of a sanitizer's report, from
 * what they wrote.
 *
 * Runs in: monitor.
 */
#ifndef RECORD_HEADLINE_H
#define RECORD_HEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "AddressSanitizer: heap-use-after-free in put", of a report of this process; numbers are '#'.
 * False: there is none. */
bool headline_find(const char *output, size_t size, int32_t pid, char *ret, size_t ret_size);

#endif
