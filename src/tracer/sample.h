/* SPDX-License-Identifier: MIT
 * sample.h: a stack that was kept as it was. Types only.
 *
 * Runs in: monitor, tracer.
 */
#ifndef TRACER_SAMPLE_H
#define TRACER_SAMPLE_H

#include <stdint.h>

struct stack_sample {
    const uint64_t *registers;  /* in the order of trace/registers.h */
    uint32_t n_registers;
    uint32_t size;              /* bytes of the stack, from the stack pointer on */
    const unsigned char *bytes;
    const char *maps;           /* as /proc/PID/maps has it */
};

#endif
