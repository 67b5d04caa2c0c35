/* SPDX-License-Identifier: MIT
 * fidelity.c: see fidelity.h.
 */
#include "recorder/fidelity.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "image/image.h"
#include "recorder/mapped.h"

void fidelity_compare(struct recorder *recorder)
{
    struct error error;
    struct recording recording;
    recorder->compared = true;
    if (*recorder->fidelity)
        return; /* it has differed before */
    if (recording_flush(recorder->writer, &error) < 0 ||
        recording_open(recorder->recording, &recording, &error) < 0) {
        recorder_trouble(recorder, "%s", error.text);
        return;
    }
    struct image *image = image_new(&recording);
    int fd = open(recorder->disk, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result = -1;
    for (size_t i = 0; image && i < recording.n_steps; i++)
        if (image_apply(image, i, UINT64_MAX) < 0) {
            image_free(image);
            image = NULL;
        }
    if (image && fd >= 0)
        result = image_compare(image, RECORDING_DISK, fd, recorder->fidelity,
                               sizeof recorder->fidelity, &error);
    if (result > 0)
        *recorder->fidelity = '\0';
    if (result < 0)
        recorder_trouble(recorder, "the disk could not be compared with the steps: %.400s",
                         image && fd >= 0 ? error.text : "no memory, or no disk");
    image_free(image);
    fd_close(&fd);
    recording_close(&recording);
}

void fidelity_after_call(struct recorder *recorder)
{
    if (!recorder->compares || *recorder->fidelity)
        return;
    mapped_look(recorder, RECORDING_NONE);
    fidelity_compare(recorder);
    size_t used = strlen(recorder->fidelity);
    if (used > 0)
        snprintf(recorder->fidelity + used, sizeof recorder->fidelity - used,
                 " (before step %" PRIu64 ")", recording_n_steps(recorder->writer));
}
