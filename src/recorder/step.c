/* SPDX-License-Identifier: MIT
 * step.c: see step.h.
 */
#include "recorder/step.h"

/* By the clock of the kernel's timestamps. */
static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME_COARSE, &time);
    return step_time(&time);
}

void step_put(struct recorder *recorder, const struct inode *node,
              const struct recording_step *step)
{
    struct recording_step copy = *step;
    if (node && node->witness)
        copy.flags |= RECORDING_OF_WITNESS;
    if (copy.time == 0)
        copy.time = recorder->taken_ns ? recorder->taken_ns : now();
    recorder->n_names += step->kind >= RECORDING_LINK && step->kind <= RECORDING_EXCHANGE;
    recording_step(recorder->writer, &copy);
}

uint64_t step_written(struct recorder *recorder, const struct inode *node, int fd, uint64_t offset,
                      uint64_t length, uint16_t flags, uint32_t call)
{
    uint64_t n, data = recording_copy(recorder->writer, fd, offset, length, &n);
    const struct recording_step output = { .kind = RECORDING_OUTPUT, .call = call, .length = n,
                                           .data = data };
    const struct recording_step bytes = { .kind = RECORDING_WRITE, .flags = flags, .call = call,
                                          .node = node->number, .offset = offset, .length = n,
                                          .data = data };
    if (n > 0)
        step_put(recorder, node->output ? NULL : node, node->output ? &output : &bytes);
    return n;
}
