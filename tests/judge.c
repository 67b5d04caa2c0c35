/* SPDX-License-Identifier: MIT
 * judge.c: judges states; judge.test runs it:
 *     judge SCRATCH stress-supervisor [OPTION]... WORKLOAD [ARGUMENT]...
 * SCRATCH: the scratch directory; "": that of the run directory. Each line of standard input is a
 * state, without spaces in what it names:
 *     ACTOR ACTION OPERATION GENERATION STATUS [NAME=TEXT]...
 * A negative STATUS: the operation was cut off. NAME: a file in scratch/ or witness/, `output`,
 * `global`, `states` (that of the second of two actors). A line "* N" repeats the state before it N
 * times. Prints of each state how many findings came, and the title of the first. JUDGE_GLOBAL and
 * JUDGE_STATES in the environment: addresses of the memory, which are then printed, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "cli/cli.h"
#include "session/session.h"

static char line[4096], last[4096];
static unsigned long repeat;
static bool open_state; /* its verdict is not told yet */

static bool next_state(void)
{
    open_state = true;
    if (repeat > 0) {
        repeat--;
        return true;
    }
    open_state = false;
    if (!fgets(line, sizeof line, stdin))
        return false;
    open_state = true;
    if (line[0] == '*') {
        repeat = strtoul(line + 1, NULL, 10) - 1;
        return true;
    }
    memcpy(last, line, sizeof last);
    return true;
}

static int put(int fd, const char *text, struct error *error)
{
    size_t size = strlen(text);
    int result = fd >= 0 && fd_write_all(fd, text, size) == 0 ? 0 : -1;
    return result < 0 ? error_set(error, errno, "cannot put a state in place") : 0;
}

static int put_part(const struct session_place *place, const char *name, const char *text,
                    struct error *error)
{
    if (strcmp(name, "states") == 0)
        return 0;
    if (strcmp(name, "global") == 0)
        return put(place->global, text, error);
    int fd FD_CLEANUP = openat(place->scratch->at, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    return put(fd, text, error);
}

static int fill(void *user, const struct session_place *place, struct session_judge *ret,
                struct error *error)
{
    char copy[sizeof last], *save = NULL;
    unsigned long long numbers[4] = { 0 };
    int status = 0, n = 0;
    (void)user;
    if (sscanf(last, "%llu %llu %llu %llu %d%n", &numbers[0], &numbers[1], &numbers[2], &numbers[3],
               &status, &n) != 5)
        return error_set(error, 0, "not a state: %.200s", last);
    *ret = (struct session_judge){ .actor = (uint32_t)numbers[0], .action = (uint32_t)numbers[1],
                                   .operation = numbers[2], .generation = numbers[3],
                                   .performing = status < 0, .status = status < 0 ? 0 : status };
    if (place->global >= 0)
        lseek(place->global, 0, SEEK_SET);
    memcpy(copy, last + n, sizeof copy - (size_t)n);
    for (char *part = strtok_r(copy, " \n", &save); part; part = strtok_r(NULL, " \n", &save)) {
        char *text = strchr(part, '=');
        if (!text)
            return error_set(error, 0, "not a part of a state: %.200s", part);
        *text = '\0';
        if (put_part(place, part, text + 1, error) < 0)
            return -1;
    }
    return 0;
}

static int fill_states(void *user, int fd, uint64_t size, struct error *error)
{
    const char *text = strstr(last, "states=");
    char part[64] = "";
    (void)user;
    if (!text || sscanf(text, "states=%63s", part) != 1 || strlen(part) > size)
        return 0;
    lseek(fd, (off_t)(size / 2), SEEK_SET); /* of the second of two actors */
    return put(fd, part, error);
}

static void tell(const struct session_result *result)
{
    open_state = false;
    printf("%u %s\n", result->n_findings, result->title);
    if (getenv("JUDGE_GLOBAL"))
        printf("%#llx %#llx\n", (unsigned long long)result->global_address,
               (unsigned long long)result->states_address);
    fflush(stdout);
}

static bool again(void *user, const struct session_result *result, struct rule *ret_rules,
                  uint32_t *ret_n)
{
    (void)user;
    (void)ret_rules;
    *ret_n = 0;
    tell(result);
    return next_state();
}

static uint64_t number(const char *variable)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 0) : 0;
}

int main(int argc, char **argv)
{
    static struct options options = { .command = OPTIONS_RUN };
    static struct subject subject;
    struct session_result result;
    struct error error;
    const struct session_orders orders = {
        .silent = true, .keep_output = true, .scratch = argc > 1 && *argv[1] ? argv[1] : NULL,
        .fill = fill, .fill_states = fill_states, .again = again,
        .global_address = number("JUDGE_GLOBAL"), .states_address = number("JUDGE_STATES") };
    signal(SIGPIPE, SIG_IGN);
    if (fd_raise_limit() < 0 || argc < 4 ||
        options_parse(argc - 2, argv + 2, &options, &error) < 0 ||
        subject_find(&options, &subject, &error) < 0)
        return CLI_USAGE;
    options.schedule = OPTIONS_SERIAL;
    if (!next_state())
        return CLI_USAGE;
    int status = session_run_ordered(&options, &subject, argv + 2, &orders, &result, NULL);
    if (open_state)
        tell(&result); /* the session ended in an episode */
    return status;
}
