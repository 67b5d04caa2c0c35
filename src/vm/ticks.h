/* SPDX-License-Identifier: MIT
 * ticks.h: how fast the processor's time stamp counter runs. With TCG the guest reads that of this
 * machine; on a busy one its kernel measures it wrongly at its start, and then its clock runs
 * several times too fast. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_TICKS_H
#define VM_TICKS_H

#include <stdint.h>

struct ticks {
    uint64_t ns, ticks; /* at one moment; 0: this processor has no such counter */
};

/* Reads clock and counter. */
struct ticks ticks_now(void);
/* Thousands of ticks a second since then; 0: not known. The more time has passed, the more exact it
 * is. */
uint64_t ticks_khz(const struct ticks *since);

#endif
