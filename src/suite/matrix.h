/* SPDX-License-Identifier: MIT
 * matrix.h: the values with which a case is done several times: each combination of those of its
 * variables, each with each seed. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef SUITE_MATRIX_H
#define SUITE_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

enum { MATRIX_AXES = 8, MATRIX_MOST = 1000 };

struct matrix {
    struct matrix_axis {
        char *name;    /* of the variable; its values follow in the same memory */
        char **values;
        size_t n;
    } axes[MATRIX_AXES];
    size_t n_axes;
    uint64_t seeds;    /* 0: the case draws its own */
};

/* Adds "NAME=VALUE,VALUE...". Returns 0, or -1 with `error`. */
int matrix_add(struct matrix *matrix, const char *word, struct error *error);
/* Returns how many cases there are; more than MATRIX_MOST: too many. */
size_t matrix_size(const struct matrix *matrix);
/* Returns the value of an axis in case number `index`. */
const char *matrix_value(const struct matrix *matrix, size_t index, size_t axis);
/* Returns the seed of that case, from 1 on; 0: its own. */
uint64_t matrix_seed(const struct matrix *matrix, size_t index);
/* Writes the name of that case, "store-wal-seed3". Returns false if it does not fit. */
bool matrix_name(const struct matrix *matrix, size_t index, const char *name, char *to,
                 size_t size);
void matrix_free(struct matrix *matrix);

#endif
