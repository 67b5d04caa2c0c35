/* SPDX-License-Identifier: MIT
 * read_runs.c: reads result.json and each line of events.jsonl of run directories with jansson, and
 * does nothing with them: what merge is compared with.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static FILE *open_in(const char *directory, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    return fopen(path, "re");
}

int main(int argc, char **argv)
{
    char *line = NULL;
    size_t size = 0, values = 0;
    for (int i = 1; i < argc; i++) {
        FILE *file = open_in(argv[i], "result.json");
        json_t *result = file ? json_loadf(file, 0, NULL) : NULL;
        values += json_object_size(result);
        json_decref(result);
        if (file)
            fclose(file);
        file = open_in(argv[i], "events.jsonl");
        for (ssize_t length; file && (length = getline(&line, &size, file)) >= 0;) {
            json_t *event = json_loadb(line, (size_t)length, 0, NULL);
            values += json_object_size(event);
            json_decref(event);
        }
        if (file)
            fclose(file);
    }
    free(line);
    return values > 0 ? 0 : 1;
}
