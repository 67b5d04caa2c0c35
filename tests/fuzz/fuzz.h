/* SPDX-License-Identifier: MIT
 * fuzz.h: what the fuzz targets share. A target is fuzz_NAME.c: it gives the bytes to one parser
 * of outside data, and says whether they were accepted. Its seeds lie in corpus/NAME, its words in
 * NAME.dict. scripts/fuzz builds and runs them.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the parser promises of each input. */
#define FUZZ_EXPECT(condition)                                                                     \
    do                                                                                             \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);               \
            abort();                                                                               \
        }                                                                                          \
    while (0)

static unsigned long fuzz_inputs, fuzz_good;
static char fuzz_directory[4096];

__attribute__((destructor)) static inline void fuzz_end(void)
{
    struct error ignored;
    if (*fuzz_directory)
        tree_remove(fuzz_directory, &ignored);
    fprintf(stderr, "accepted: %lu of %lu\n", fuzz_good, fuzz_inputs);
}

/* The result of a target: whether the parser accepted the input. The first input is empty and is
 * libFuzzer's own: it does not count. */
static inline int fuzz_counted(bool good)
{
    static bool begun;
    fuzz_inputs += begun;
    fuzz_good += begun && good;
    begun = true;
    return 0;
}

static inline int fuzz_accepted(void)
{
    return fuzz_counted(true);
}

/* It was refused with one line. */
static inline int fuzz_refused(const struct error *error)
{
    const char *end = memchr(error->text, '\0', sizeof error->text);
    FUZZ_EXPECT(end && end > error->text);
    for (const char *at = error->text; at < end; at += text_printable(at))
        FUZZ_EXPECT(text_printable(at) > 0);
    return fuzz_counted(false);
}

/* Enters a directory of this process, which is removed at the end. */
static inline void fuzz_enter(void)
{
    const char *above = getenv("TMPDIR");
    if (*fuzz_directory)
        return;
    snprintf(fuzz_directory, sizeof fuzz_directory, "%s/fuzz-XXXXXX", above ? above : "/tmp");
    FUZZ_EXPECT(mkdtemp(fuzz_directory) && chdir(fuzz_directory) == 0);
}

/* Makes it a file of that name in the directory of this process. Without O_TRUNC: some file systems
 * then write it to the disk each time. */
static inline void fuzz_file(const char *name, const void *data, size_t size)
{
    fuzz_enter();
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    FUZZ_EXPECT(fd >= 0 && fd_write_all(fd, data, size) == 0);
    FUZZ_EXPECT(ftruncate(fd, (off_t)size) == 0);
    close(fd);
}

/* What is printed from here on goes nowhere. */
static inline void fuzz_hush(void)
{
    static int null = -1;
    if (null >= 0)
        return;
    null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    FUZZ_EXPECT(null >= 0 && dup2(null, STDOUT_FILENO) >= 0);
}

/* The input as text; the caller frees it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    FUZZ_EXPECT(text);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

#endif
