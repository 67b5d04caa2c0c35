/* SPDX-License-Identifier: MIT
 * what.h: what is recorded, and where. Types only.
 *
 * Runs in: monitor, recorder.
 */
#ifndef RECORDER_WHAT_H
#define RECORDER_WHAT_H

#include <sys/types.h>

/* What is recorded. */
struct recorder_task {
    const char *recording; /* an existing, empty directory, which gets the recording */
    const char *disk;      /* absolute paths: the disk, */
    const char *witness;   /* the directory that a crash cannot change ("": none), */
    const char *witnesses; /* a pattern of names: nor can it change such files of the disk; NULL */
    const char *output;    /* and the file of the operations' output ("": none) */
    pid_t spare;           /* a child of ours: see recorder_spare() */
};

#endif
