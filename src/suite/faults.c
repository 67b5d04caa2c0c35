/* SPDX-License-Identifier: MIT
 * faults.c: see faults.h. What there is to put faults at is known in two steps: actors and actions
 * before anything runs, servers from the baseline.
 */
#include "suite/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/format.h"
#include "inject/inject.h"
#include "session/session.h"
#include "suite/select.h"

enum { USUAL_SECONDS = 3 };

/* ---- what the workload declares ---------------------------------------------------------- */

static int list(const struct options *options, const struct subject *subject, char **argv, int to)
{
    struct options own = *options;
    own.format = OPTIONS_JSON;
    if (fd_redirect(to, STDOUT_FILENO) < 0)
        return CLI_HARNESS;
    int status = session_list(&own, subject, argv);
    return fflush(stdout) == 0 ? status : CLI_HARNESS;
}

static json_t *load(int fd)
{
    FILE *file = lseek(fd, 0, SEEK_SET) == 0 ? fdopen(fd, "r") : NULL;
    json_t *said = file ? json_loadf(file, 0, NULL) : NULL;
    if (file)
        fclose(file);
    else
        close(fd);
    return said;
}

int faults_ask(struct suite *suite, const struct subject *subject, char **argv,
               struct error *error)
{
    static const struct job_step steps[] = { { SIGTERM, false, CLOCK_NEVER },
                                             { SIGKILL, false, CLOCK_NEVER } };
    struct job job = { .socket = -1, .steps = steps, .deadline_ns = CLOCK_NEVER };
    struct jobs jobs = { .n = 0 };
    int said = memfd_create("list", MFD_CLOEXEC);
    pid_t pid = said < 0 ? -1 : jobs_fork(&jobs, &job, "the workload", error);
    if (said < 0)
        error_set(error, errno, "cannot make memory for what the workload declares");
    if (pid == 0)
        _exit(list(suite->options, subject, argv, said));
    if (pid < 0) {
        fd_close(&said);
        return CLI_HARNESS;
    }
    while (!jobs_wait(&jobs, CLOCK_NEVER))
        continue;
    jobs_reap(&jobs, &job);
    suite->workload = load(said);
    if (cli_stopped())
        return error_set(error, 0, "stopped by signal %d (%s)", cli_stopped(),
                         strsignal(cli_stopped())), CLI_SIGNAL + cli_stopped();
    if (!WIFEXITED(job.status) || (WEXITSTATUS(job.status) == 0 && !suite->workload))
        return error_set(error, 0, "cannot read what the workload declares"), CLI_HARNESS;
    return WEXITSTATUS(job.status);
}

/* ---- a case ------------------------------------------------------------------------------ */

static int add_word(struct suite_case *entry, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Returns -1 if there is no memory, or too many words. */
static int add_word(struct suite_case *entry, const char *format, ...)
{
    va_list arguments;
    if (entry->argc == SUITE_WORDS)
        return -1;
    va_start(arguments, format);
    int length = vasprintf(&entry->argv[entry->argc], format, arguments);
    va_end(arguments);
    if (length < 0)
        entry->argv[entry->argc] = NULL;
    entry->argc += length >= 0;
    return length < 0 ? -1 : 0;
}

static int add_kept(void *user, const char *word)
{
    return add_word(user, "%s", word);
}

/* The rules of the preset, for what the case is about. */
static int add_preset(struct suite_case *entry)
{
    if (!entry->preset)
        return 0;
    return add_word(entry, "--inject=@%s%s%s%s%s%s%s", entry->preset,
                    *entry->server ? ":server=" : "", entry->server,
                    *entry->actor ? ":actor=" : "", entry->actor,
                    *entry->action ? ":action=" : "", entry->action);
}

static int add_words(const struct suite *suite, struct suite_case *entry)
{
    const struct options *options = suite->options;
    uint64_t limit = options->time_limit.given ? options->time_limit.value
                                               : USUAL_SECONDS * CLOCK_SECOND;
    if (add_word(entry, "stress-supervisor") < 0 || add_word(entry, "run") < 0 ||
        add_word(entry, "--output") < 0 || add_word(entry, "-") < 0 ||
        add_word(entry, "--shard=1/1") < 0 || add_word(entry, "--seed=0x%" PRIx64, suite->seed) ||
        add_word(entry, "--time-limit=%" PRIu64 "us", limit / 1000 + (limit % 1000 != 0)) < 0 ||
        (options->known && add_word(entry, "--known=%s", options->known) < 0) ||
        options_kept(options, add_kept, entry) < 0 || add_preset(entry) < 0 ||
        add_word(entry, "--") < 0 || add_word(entry, "%s", options->subject) < 0 ||
        (options->argc > 0 && add_word(entry, "--") < 0))
        return -1;
    for (int i = 0; i < options->argc; i++)
        if (add_word(entry, "%s", options->argv[i]) < 0)
            return -1;
    return 0;
}

/* Names may be the same where an actor is called like a server. */
static void set_name(const struct suite *suite, struct suite_case *entry, const char *name)
{
    unsigned number = 1;
    snprintf(entry->name, sizeof entry->name, "%s", name);
    for (size_t i = 0; i + 1 < suite->n; i++)
        if (strcmp(suite->cases[i].name, entry->name) == 0) {
            snprintf(entry->name, sizeof entry->name, "%s-%u", name, ++number);
            i = 0;
        }
}

static int add_case(struct suite *suite, const struct suite_case *what, const char *name,
                    struct error *error)
{
    struct suite_case *entry = suite_add(suite, what);
    if (!entry)
        return error_set(error, ENOMEM, "cannot make the runs of the matrix");
    entry->accepted = suite->options->accepted | UINT32_C(1) << DOUBT_NEVER_FIRED;
    set_name(suite, entry, name);
    if (!getcwd(entry->directory, sizeof entry->directory))
        return error_set(error, errno, "cannot find the current directory");
    return add_words(suite, entry) == 0
               ? 0 : error_set(error, 0, "a run of the matrix would have more than %d words",
                               SUITE_WORDS);
}

int faults_begin(struct suite *suite, struct error *error)
{
    static const struct suite_case none = { .preset = NULL };
    const struct options_number *jobs = &suite->options->jobs;
    for (uint64_t i = 0; i < (jobs->given ? jobs->value : 1); i++)
        if (add_case(suite, &none, "baseline", error) < 0)
            return -1;
    return 0;
}

/* ---- all cases --------------------------------------------------------------------------- */

/* --only names an actor type, an action or a server. */
static bool is_chosen(const struct suite *suite, const struct suite_case *what)
{
    const char *only = suite->options->tag;
    return !only || strcmp(only, what->actor) == 0 || strcmp(only, what->server) == 0 ||
           (*what->action && strcmp(only, what->action) == 0);
}

/* Adds the runs of all presets for an action or a server. */
static int add_row(struct suite *suite, struct suite_case *what, const char *first,
                   const char *second, struct error *error)
{
    const struct preset *preset;
    char name[SUITE_NAME];
    if (!is_chosen(suite, what))
        return 0;
    for (size_t i = 0; (preset = preset_number(i)); i++) {
        if (suite->options->chosen && !(suite->options->chosen >> i & 1))
            continue;
        what->preset = preset->name;
        snprintf(name, sizeof name, "%s-%s%s%s", preset->name, first, *second ? "-" : "", second);
        if (add_case(suite, what, name, error) < 0)
            return -1;
    }
    return 0;
}

/* The only action of a type needs no name: often it is that of the type. */
static int add_type(struct suite *suite, const json_t *type, struct error *error)
{
    const json_t *actions = json_object_get(type, "actions"), *action;
    struct suite_case what = { .preset = NULL };
    bool several = json_array_size(actions) > 1;
    size_t i;
    member_get_text(type, "name", "", what.actor, sizeof what.actor);
    if (json_is_true(json_object_get(type, "saboteur")))
        return 0;
    json_array_foreach(actions, i, action) {
        if (several)
            member_get_text(action, "name", "", what.action, sizeof what.action);
        if (add_row(suite, &what, what.actor, what.action, error) < 0)
            return -1;
    }
    return 0;
}

static int add_servers(struct suite *suite, struct error *error)
{
    const json_t *servers = json_object_get(suite->cases[0].measured, "servers"), *server;
    struct suite_case what = { .preset = NULL };
    size_t i;
    json_array_foreach(servers, i, server) {
        snprintf(what.server, sizeof what.server, "%s", json_string_value(server));
        if (add_row(suite, &what, what.server, "", error) < 0)
            return -1;
    }
    return 0;
}

int faults_add(struct suite *suite, struct error *error)
{
    const json_t *types = json_object_get(suite->workload, "actors"), *type;
    size_t i, before = suite->n;
    char shown[64];
    for (i = 0; i < suite->n; i++) {
        if (suite->cases[i].exit_status == CLI_USAGE)
            return error_set(error, 0, "%s", suite->cases[i].reason), CLI_USAGE;
        if (suite->cases[i].verdict != SUITE_PASSED)
            return 0;
    }
    json_array_foreach(types, i, type)
        if (add_type(suite, type, error) < 0)
            return CLI_HARNESS;
    if (add_servers(suite, error) < 0)
        return CLI_HARNESS;
    if (suite->n > before)
        return 0;
    text_copy(shown, sizeof shown, suite->options->tag ? suite->options->tag : "");
    error_set(error, 0, "--only=%s: the workload has no such actor, action or server: see "
              "'stress-supervisor list'", shown);
    return CLI_USAGE;
}

/* ---- what came of them ------------------------------------------------------------------- */

/* Sets the counted operations of a type, or, without a name, of all that are not saboteurs, and the
 * rate. */
static void set_rate(json_t **object, const json_t *result, const char *actor)
{
    const json_t *types = json_object_get(result, "types"), *type;
    char name[TEXT_NAME];
    uint64_t counted = 0;
    double rate = 0;
    size_t i;
    json_array_foreach(types, i, type) {
        if (json_is_true(json_object_get(type, "saboteur")) ||
            (*actor &&
             strcmp(member_get_text(type, "name", "", name, sizeof name), actor) != 0))
            continue;
        counted += member_get_count(type, "counted");
        rate += member_get_real(type, "rate_per_s");
    }
    member_count(object, "counted", counted);
    member_set(object, "rate_per_s", json_real(rate));
}

static json_t *rates_of(const json_t *result)
{
    const json_t *types = json_object_get(result, "types"), *type;
    json_t *rates = json_array();
    char name[TEXT_NAME] = "";
    size_t i = 0, n = json_array_size(types);
    for (; i <= n; i++) {
        json_t *one = json_object();
        type = i > 0 ? json_array_get(types, i - 1) : NULL; /* the first one is all of them */
        member_get_text(type, "name", "", name, sizeof name);
        member_text(&one, "actor", name);
        set_rate(&one, result, name);
        member_append(&rates, one);
    }
    return rates;
}

static json_t *servers_of(const json_t *result)
{
    const json_t *servers = json_object_get(result, "servers"), *server;
    json_t *names = json_array();
    char name[TEXT_NAME];
    size_t i;
    json_array_foreach(servers, i, server)
        if (text_is_name(member_get_text(server, "name", "", name, sizeof name)))
            member_append(&names, json_string(name));
    return names;
}

void faults_measure(struct suite *suite, struct suite_case *entry, const json_t *result)
{
    const json_t *rules = json_object_get(result, "injections"), *rule;
    uint64_t fired = 0;
    size_t i;
    json_array_foreach(rules, i, rule)
        fired += member_get_count(rule, "fired");
    suite->fired += fired;
    doubt_add(&suite->doubts, json_object_get(result, "doubts"));
    entry->measured = json_object();
    if (entry->preset) {
        member_count(&entry->measured, "fired", fired);
        set_rate(&entry->measured, result, entry->actor);
    } else {
        member_set(&entry->measured, "rates", rates_of(result));
        member_set(&entry->measured, "servers", servers_of(result));
    }
}

void faults_set(json_t **object, const struct suite_case *entry)
{
    member_text(object, "preset", entry->preset);
    member_text(object, "actor", entry->actor);
    member_text(object, "action", entry->action);
    member_text(object, "server", entry->server);
    if (*object && entry->measured && json_object_update(*object, entry->measured) < 0) {
        json_decref(*object);
        *object = NULL;
    }
}

bool faults_are_missing(const struct suite *suite)
{
    return suite->workload && suite->fired == 0 && suite->totals[SUITE_PASSED] == suite->n &&
           !(suite->options->accepted >> DOUBT_NEVER_FIRED & 1);
}
