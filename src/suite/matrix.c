/* SPDX-License-Identifier: MIT
 * matrix.c: see matrix.h. The last axis changes first, and before it the seed.
 */
#include "suite/matrix.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_variable(const char *name)
{
    bool good = isalpha((unsigned char)*name) || *name == '_';
    for (; good && *name != '\0'; name++)
        good = isalnum((unsigned char)*name) || *name == '_';
    return good;
}

/* Splits the text at its commas. */
static int split(struct matrix_axis *axis, char *text)
{
    char *value;
    axis->n = 1;
    for (const char *c = text; *c != '\0'; c++)
        axis->n += *c == ',';
    axis->values = calloc(axis->n, sizeof *axis->values);
    for (size_t i = 0; axis->values && (value = strsep(&text, ",")); i++)
        axis->values[i] = value;
    return axis->values ? 0 : -1;
}

int matrix_add(struct matrix *matrix, const char *word, struct error *error)
{
    char shown[64];
    text_copy(shown, sizeof shown, word);
    if (matrix->n_axes == MATRIX_AXES)
        return error_set(error, 0, "'%s' is one variable too many: at most %d are possible", shown,
                         MATRIX_AXES);
    struct matrix_axis *axis = &matrix->axes[matrix->n_axes++];
    axis->name = strdup(word);
    char *equals = axis->name ? strchr(axis->name, '=') : NULL;
    if (equals)
        *equals = '\0';
    if (axis->name && (!equals || !is_variable(axis->name) ||
                       strncmp(axis->name, "STRESS_", 7) == 0))
        return error_set(error, 0, "'%s': give NAME=VALUE,VALUE... with a name of A-Z a-z 0-9 _ "
                         "that does not begin with STRESS_", shown);
    for (size_t i = 0; axis->name && i + 1 < matrix->n_axes; i++)
        if (strcmp(matrix->axes[i].name, axis->name) == 0)
            return error_set(error, 0, "variable '%s' is given twice", axis->name);
    return axis->name && split(axis, equals + 1) == 0 ? 0
                                                      : error_set(error, ENOMEM, "read a matrix");
}

size_t matrix_size(const struct matrix *matrix)
{
    size_t n = matrix->seeds > MATRIX_MOST ? MATRIX_MOST + 1 : matrix->seeds;
    n += n == 0;
    for (size_t i = 0; i < matrix->n_axes && n <= MATRIX_MOST; i++)
        n *= matrix->axes[i].n;
    return n;
}

static size_t seeds(const struct matrix *matrix)
{
    return matrix->seeds > 0 ? (size_t)matrix->seeds : 1;
}

const char *matrix_value(const struct matrix *matrix, size_t index, size_t axis)
{
    index /= seeds(matrix);
    for (size_t i = matrix->n_axes; --i > axis;)
        index /= matrix->axes[i].n;
    return matrix->axes[axis].values[index % matrix->axes[axis].n];
}

uint64_t matrix_seed(const struct matrix *matrix, size_t index)
{
    return matrix->seeds > 0 ? index % matrix->seeds + 1 : 0;
}

/* Writes "-VALUE" with the characters that a name may have; an option without its dashes. Returns
 * its length. */
static size_t add_part(char *to, size_t size, const char *value)
{
    value += strspn(value, "-");
    size_t used = (size_t)snprintf(to, size, "-%s", *value != '\0' ? value : "none");
    for (char *c = to; *c != '\0'; c++)
        if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_')
            *c = '_';
    return used;
}

bool matrix_name(const struct matrix *matrix, size_t index, const char *name, char *to,
                 size_t size)
{
    size_t used = (size_t)snprintf(to, size, "%s", name);
    for (size_t i = 0; i < matrix->n_axes && used < size; i++)
        used += add_part(to + used, size - used, matrix_value(matrix, index, i));
    if (matrix->seeds > 0 && used < size)
        used += (size_t)snprintf(to + used, size - used, "-seed%" PRIu64,
                                 matrix_seed(matrix, index));
    return used < size;
}

void matrix_free(struct matrix *matrix)
{
    for (size_t i = 0; i < matrix->n_axes; i++) {
        free(matrix->axes[i].name);
        free(matrix->axes[i].values);
    }
    *matrix = (struct matrix){ .n_axes = 0 };
}
