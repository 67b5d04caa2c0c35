/* SPDX-License-Identifier: MIT
 * file.c: see file.h.
 */
#include "workload/file.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "workload/assignments.h"
#include "workload/source.h"

enum {
    FILE_QUOTE = 64,        /* bytes of the user's text in a message */
    ACTION_WEIGHT = 1000000 /* of an action at most */
};

/* One key: where its value is stored in the struct of the section, and how it is read. */
struct key {
    const char *name;
    bool (*parse)(void *field, const char *value);
    size_t offset;
    const char *expected; /* for the message about a wrong value */
};

struct section {
    const char *name;
    const struct key *keys; /* ends with {0} */
};

struct file {
    const char *path;
    struct command_spec *spec;
    struct error *error;
    const struct section *section; /* the current section; NULL before the first */
    void *target;                  /* the struct that its keys fill */
    char title[FILE_QUOTE];        /* "actor writer" */
    uint32_t seen;                 /* bits of the keys that were given */
    uint32_t environment_line;     /* 0: not given */
    uint32_t actor_line[DEFINITION_TYPES], break_line[DEFINITION_TYPES];
    uint32_t server_line[DEFINITION_SERVERS];
};

/* ---- values ------------------------------------------------------------------------------ */

static bool parse_name(void *field, const char *value)
{
    if (!text_is_name(value))
        return false;
    snprintf(field, TEXT_NAME, "%s", value);
    return true;
}

static bool parse_text(void *field, const char *value)
{
    char **text = field;
    *text = strdup(value);
    return *text != NULL;
}

static bool parse_command(void *field, const char *value)
{
    return parse_text(&((struct command_line *)field)->shell, value);
}

static bool parse_operations(void *field, const char *value)
{
    return text_parse_u64(value, field);
}

static bool parse_bounded(void *field, const char *value, uint64_t top)
{
    uint64_t number;
    if (!text_parse_u64(value, &number) || number == 0 || number > top)
        return false;
    *(uint32_t *)field = (uint32_t)number;
    return true;
}

static bool parse_count(void *field, const char *value)
{
    return parse_bounded(field, value, DEFINITION_ACTORS);
}

static bool parse_ports(void *field, const char *value)
{
    return parse_bounded(field, value, STRESS_PORTS_MAX);
}

/* "$STRESS_PORT_3". Whether it exists is checked after the whole file has been read. */
static bool parse_port(void *field, const char *value)
{
    static const char own[] = "$STRESS_PORT";
    uint32_t number = 1;
    if (strncmp(value, own, sizeof own - 1) != 0)
        return parse_bounded(field, value, UINT16_MAX);
    const char *rest = value + sizeof own - 1;
    if (*rest && (*rest != '_' || !parse_bounded(&number, rest + 1, STRESS_PORTS_MAX) ||
                  number == 1))
        return false;
    *(uint32_t *)field = COMMAND_PORT_OWN + number - 1;
    return true;
}

static bool parse_ns(void *field, const char *value)
{
    return text_parse_duration(value, field);
}

static bool parse_ms(void *field, const char *value)
{
    uint64_t ns;
    if (!text_parse_duration(value, &ns) || ns % CLOCK_MILLISECOND != 0 ||
        ns / CLOCK_MILLISECOND > UINT32_MAX)
        return false;
    *(uint32_t *)field = (uint32_t)(ns / CLOCK_MILLISECOND);
    return true;
}

static bool parse_timeout(void *field, const char *value)
{
    return parse_ms(field, value) && *(uint32_t *)field > 0;
}

/* "500ms", or "100ms..2s". */
static bool parse_delay(void *field, const char *value)
{
    struct command_actor *actor = field;
    char least[FILE_QUOTE];
    const char *dots = strstr(value, "..");
    if (!dots)
        return parse_ms(&actor->delay_ms, value);
    if ((size_t)(dots - value) >= sizeof least)
        return false;
    snprintf(least, sizeof least, "%.*s", (int)(dots - value), value);
    return parse_ms(&actor->delay_ms, least) && parse_ms(&actor->delay_most_ms, dots + 2) &&
           actor->delay_ms < actor->delay_most_ms;
}

/* "put 7": a name, and its weight, which is 1 if it is missing. */
static bool parse_action(struct command_action *action, const char *text)
{
    uint64_t weight = 1;
    char words[FILE_QUOTE], *rest = NULL;
    if (strlen(text) >= sizeof words)
        return false;
    strcpy(words, text);
    const char *name = strtok_r(words, " \t\n", &rest);
    const char *number = strtok_r(NULL, " \t\n", &rest);
    if (!name || !parse_name(action->name, name) || strtok_r(NULL, " \t\n", &rest) ||
        (number && (!text_parse_u64(number, &weight) || weight > ACTION_WEIGHT)))
        return false;
    action->weight = (uint32_t)weight;
    return weight > 0;
}

static bool has_action(const struct command_actor *actor, const char *name)
{
    for (uint32_t i = 0; i < actor->n_actions; i++)
        if (strcmp(actor->actions[i].name, name) == 0)
            return true;
    return false;
}

/* "put 7, get 2, delete". */
static bool parse_actions(void *field, const char *value)
{
    struct command_actor *actor = field;
    char *text = strdup(value), *rest = text;
    bool good = text != NULL;
    for (char *part; good && (part = strsep(&rest, ","));) {
        struct command_action action;
        good = actor->n_actions < STRESS_ACTIONS_MAX && parse_action(&action, part) &&
               !has_action(actor, action.name);
        if (good)
            actor->actions[actor->n_actions++] = action;
    }
    free(text);
    return good;
}

static bool parse_yes_no(void *field, const char *value)
{
    bool yes = strcmp(value, "yes") == 0;
    *(bool *)field = yes;
    return yes || strcmp(value, "no") == 0;
}

static bool parse_environment(void *field, const char *value)
{
    char **lines = field;
    *lines = assignments_lines(value);
    return *lines != NULL;
}

/* Splits into words. False: there are more than `most`. */
static bool split(char *text, char **words, size_t most)
{
    char *rest = NULL;
    for (size_t i = 0; i <= most; i++) {
        char *word = strtok_r(i == 0 ? text : NULL, " \t\n", &rest);
        if (i == most)
            return !word;
        words[i] = word;
    }
    return false;
}

/* "SIGINT 5s". */
static bool parse_stop(void *field, const char *value)
{
    struct command_server *server = field;
    char text[FILE_QUOTE], *words[2];
    snprintf(text, sizeof text, "%s", value);
    if (strlen(value) >= sizeof text || !split(text, words, 2))
        return false;
    const char *name = strncmp(words[0], "SIG", 3) == 0 ? words[0] + 3 : words[0];
    for (int i = 1; i < NSIG && server->stop_signal == 0; i++)
        if (sigabbrev_np(i) && strcmp(sigabbrev_np(i), name) == 0)
            server->stop_signal = i;
    return server->stop_signal != 0 && server->stop_signal != SIGKILL &&
           server->stop_signal != SIGSTOP &&
           (!words[1] || (parse_ms(&server->stop_grace_ms, words[1]) && server->stop_grace_ms > 0));
}

/* "kill NAME", "stop NAME 500ms". The target is looked up after the whole file has been read. */
static bool parse_break(void *field, const char *value)
{
    static const char *const verbs[] = { [COMMAND_BREAK_KILL] = "kill",
                                         [COMMAND_BREAK_TERMINATE] = "terminate",
                                         [COMMAND_BREAK_STOP] = "stop",
                                         [COMMAND_BREAK_CONTINUE] = "continue" };
    struct command_actor *actor = field;
    char text[FILE_QUOTE], *words[3];
    snprintf(text, sizeof text, "%s", value);
    if (strlen(value) >= sizeof text || !split(text, words, 3) || !words[1])
        return false;
    for (unsigned i = COMMAND_BREAK_KILL; i <= COMMAND_BREAK_CONTINUE; i++)
        if (strcmp(words[0], verbs[i]) == 0)
            actor->break_kind = (enum command_break_kind)i;
    return actor->break_kind != COMMAND_BREAK_NONE && parse_name(actor->break_target, words[1]) &&
           (!words[2] || (actor->break_kind == COMMAND_BREAK_STOP &&
                          parse_ms(&actor->break_ms, words[2]) && actor->break_ms > 0));
}

/* ---- keys -------------------------------------------------------------------------------- */

#define EXPECT_COMMAND "a command"
#define EXPECT_NAME "a name of at most 31 of A-Z a-z 0-9 _ . -"
#define EXPECT_YES_NO "yes or no"
#define EXPECT_TIME "a duration such as 90s, 500ms or 1h30m"
#define EXPECT_MS "a duration of whole milliseconds, such as 500ms or 2s"

#define AT(type, member) offsetof(struct type, member)

static const struct key environment_keys[] = {
    { "name", parse_name, AT(command_spec, name), EXPECT_NAME },
    { "operations", parse_operations, AT(command_spec, target_operations), "a number" },
    { "time_limit", parse_ns, AT(command_spec, time_limit_ns), EXPECT_TIME },
    { "setup", parse_command, AT(command_spec, setup), EXPECT_COMMAND },
    { "reset", parse_command, AT(command_spec, reset), EXPECT_COMMAND },
    { "check", parse_command, AT(command_spec, check), EXPECT_COMMAND },
    { "teardown", parse_command, AT(command_spec, teardown), EXPECT_COMMAND },
    { "describe", parse_command, AT(command_spec, describe), EXPECT_COMMAND },
    { "watch", parse_command, AT(command_spec, watch), EXPECT_COMMAND },
    { "in_scratch", parse_yes_no, AT(command_spec, in_scratch), EXPECT_YES_NO },
    { "ports", parse_ports, AT(command_spec, ports), "a number from 1 to 16" },
    { 0 }
};

static const struct key actor_keys[] = {
    { "command", parse_command, AT(command_actor, command), EXPECT_COMMAND },
    { "program", parse_text, AT(command_actor, program), EXPECT_COMMAND },
    { "actions", parse_actions, 0, "names with weights, such as put 7, get 2, delete 1" },
    { "count", parse_count, AT(command_actor, count), "a number from 1 to 4096" },
    { "delay", parse_delay, 0, EXPECT_MS ", or from 100ms..2s" },
    { "timeout", parse_timeout, AT(command_actor, timeout_ms), EXPECT_MS },
    { "saboteur", parse_yes_no, AT(command_actor, saboteur), EXPECT_YES_NO },
    { "break", parse_break, 0, "kill, terminate, stop or continue, and the NAME "
      "of a server or actor; stop NAME 500ms: it continues after that time" },
    { 0 }
};

static const struct key server_keys[] = {
    { "command", parse_command, AT(command_server, command), EXPECT_COMMAND },
    { "ready_command", parse_text, AT(command_server, ready_command), EXPECT_COMMAND },
    { "ready_port", parse_port, AT(command_server, ready_port),
      "a port from 1 to 65535, $STRESS_PORT or, with ports = 2, $STRESS_PORT_2" },
    { "ready_line", parse_text, AT(command_server, ready_line), "some text of a line" },
    { "ready_timeout", parse_ms, AT(command_server, ready_timeout_ms), EXPECT_MS },
    { "environment", parse_environment, AT(command_server, environment),
      "NAME=VALUE ..., quoted as for a shell" },
    { "stop", parse_stop, 0, "a signal other than SIGKILL and SIGSTOP, and a time, such as "
      "SIGINT 5s" },
    { 0 }
};

enum { SECTION_ENVIRONMENT, SECTION_ACTOR, SECTION_SERVER, SECTIONS };
static const struct section sections[SECTIONS] = { { "environment", environment_keys },
                                                   { "actor", actor_keys },
                                                   { "server", server_keys } };

static int on_key(void *user, const char *name, const char *value, uint32_t line)
{
    struct file *file = user;
    char shown[FILE_QUOTE], allowed[ERROR_TEXT] = "";
    text_copy(shown, sizeof shown, name);
    if (!file->section)
        return source_error(file->error, file->path, line,
                            "key '%s' stands before the first [section]", shown);
    for (const struct key *key = file->section->keys; key->name; key++) {
        uint32_t bit = UINT32_C(1) << (key - file->section->keys);
        size_t length = strlen(allowed);
        snprintf(allowed + length, sizeof allowed - length, "%s%s", length ? ", " : "", key->name);
        if (strcmp(key->name, name) != 0)
            continue;
        if (file->seen & bit)
            return source_error(file->error, file->path, line, "key '%s' is given twice in [%s]",
                                shown, file->title);
        file->seen |= bit;
        if (key->parse == parse_break)
            file->break_line[(struct command_actor *)file->target - file->spec->actors] = line;
        if (value[0] != '\0' && key->parse((char *)file->target + key->offset, value))
            return 0;
        text_copy(shown, sizeof shown, value);
        return source_error(file->error, file->path, line,
                            "bad value '%s' for %s in [%s]: expected %s", shown, key->name,
                            file->title, key->expected);
    }
    return source_error(file->error, file->path, line, "unknown key '%s' in [%s]: allowed are %s",
                        shown, file->title, allowed);
}

/* ---- sections ---------------------------------------------------------------------------- */

static int duplicate(struct file *file, uint32_t line, uint32_t first)
{
    return source_error(file->error, file->path, line, "a second [%s]; the first is at line %u",
                        file->title, first);
}

static int begin_environment(struct file *file, uint32_t line)
{
    if (file->environment_line)
        return duplicate(file, line, file->environment_line);
    file->environment_line = line;
    file->target = file->spec;
    return 0;
}

static int begin_actor(struct file *file, const char *name, uint32_t line)
{
    struct command_spec *spec = file->spec;
    for (uint32_t i = 0; i < spec->n_actors; i++)
        if (strcmp(spec->actors[i].name, name) == 0)
            return duplicate(file, line, file->actor_line[i]);
    if (spec->n_actors == DEFINITION_TYPES)
        return source_error(file->error, file->path, line, "too many actors: "
                            "at most %d types are possible",
                            DEFINITION_TYPES);
    struct command_actor *actor = &spec->actors[spec->n_actors];
    file->actor_line[spec->n_actors++] = line;
    snprintf(actor->name, sizeof actor->name, "%s", name);
    actor->count = 1;
    file->target = actor;
    return 0;
}

static int begin_server(struct file *file, const char *name, uint32_t line)
{
    struct command_spec *spec = file->spec;
    for (uint32_t i = 0; i < spec->n_servers; i++)
        if (strcmp(spec->servers[i].name, name) == 0)
            return duplicate(file, line, file->server_line[i]);
    if (spec->n_servers == DEFINITION_SERVERS)
        return source_error(file->error, file->path, line, "too many servers: "
                            "at most %d are possible",
                            DEFINITION_SERVERS);
    struct command_server *server = &spec->servers[spec->n_servers];
    file->server_line[spec->n_servers++] = line;
    snprintf(server->name, sizeof server->name, "%s", name);
    file->target = server;
    return 0;
}

static int on_section(void *user, const char *text, uint32_t line)
{
    struct file *file = user;
    char words[FILE_QUOTE];
    char *rest = NULL;
    text_copy(file->title, sizeof file->title, text);
    snprintf(words, sizeof words, "%s", text);
    const char *kind = strtok_r(words, " \t", &rest);
    const char *name = strtok_r(NULL, " \t", &rest);
    bool more = strtok_r(NULL, " \t", &rest) != NULL;
    file->section = NULL;
    for (int i = 0; kind && i < SECTIONS; i++)
        if (strcmp(sections[i].name, kind) == 0)
            file->section = &sections[i];
    file->seen = 0;
    if (!file->section || more || (file->section == &sections[SECTION_ENVIRONMENT] && name))
        return source_error(file->error, file->path, line, "unknown section [%s]: allowed are "
                            "[environment], [actor NAME], [server NAME]", file->title);
    if (file->section == &sections[SECTION_ENVIRONMENT])
        return begin_environment(file, line);
    if (!name || !text_is_name(name))
        return source_error(file->error, file->path, line, "[%s]: %s %s", file->title,
                            "the kind must be followed by", EXPECT_NAME);
    return file->section == &sections[SECTION_ACTOR] ? begin_actor(file, name, line)
                                                     : begin_server(file, name, line);
}

/* ---- the file ---------------------------------------------------------------------------- */

static bool is_target(const struct command_spec *spec, const char *name)
{
    for (uint32_t i = 0; i < spec->n_servers; i++)
        if (strcmp(spec->servers[i].name, name) == 0)
            return true;
    for (uint32_t i = 0; i < spec->n_actors; i++)
        if (strcmp(spec->actors[i].name, name) == 0)
            return true;
    return false;
}

static int check_actor(const struct file *file, uint32_t i)
{
    const struct command_actor *actor = &file->spec->actors[i];
    bool breaks = actor->break_kind != COMMAND_BREAK_NONE;
    bool runs = actor->command.shell || actor->program;
    uint32_t line = breaks ? file->break_line[i] : file->actor_line[i];
    const char *wrong = NULL;
    if (breaks && runs)
        wrong = actor->program ? "has both a program and a break: remove one of them"
                               : "has both a command and a break: remove one of them";
    else if (actor->command.shell && actor->program)
        wrong = "has both a command and a program: remove one of them";
    else if (actor->n_actions > 0 && breaks)
        wrong = "has both actions and a break: remove one of them";
    else if (breaks && !actor->saboteur)
        wrong = "has a break but is not a saboteur: add saboteur = yes";
    else if (!breaks && !runs)
        wrong = actor->saboteur ? "has neither a command nor a program nor a break: add one of them"
                                : "has no command: add command = ... or program = ...";
    if (wrong)
        return source_error(file->error, file->path, line, "[actor %s] %s", actor->name, wrong);
    if (breaks && !is_target(file->spec, actor->break_target))
        return source_error(file->error, file->path, line,
                            "[actor %s] breaks '%s', which is not a server or an actor",
                            actor->name, actor->break_target);
    return 0;
}

static int check_server(const struct file *file, uint32_t i)
{
    const struct command_server *server = &file->spec->servers[i];
    uint32_t ports = file->spec->ports > 0 ? file->spec->ports : 1;
    if (!server->command.shell)
        return source_error(file->error, file->path, file->server_line[i],
                            "[server %s] has no command: add command = ...", server->name);
    if (server->ready_port >= COMMAND_PORT_OWN + ports)
        return source_error(file->error, file->path, file->server_line[i],
                            "[server %s] has ready_port = $STRESS_PORT_%u: add ports = %u to "
                            "[environment]", server->name,
                            server->ready_port - COMMAND_PORT_OWN + 1,
                            server->ready_port - COMMAND_PORT_OWN + 1);
    return 0;
}

static int check(const struct file *file)
{
    const struct command_spec *spec = file->spec;
    if (spec->n_actors == 0)
        return error_set(file->error, 0, "%s: no [actor NAME] section: add one", file->path);
    for (uint32_t i = 0; i < spec->n_actors; i++)
        if (check_actor(file, i) < 0)
            return -1;
    for (uint32_t i = 0; i < spec->n_servers; i++)
        if (check_server(file, i) < 0)
            return -1;
    return 0;
}

/* Puts `lines` before a command. Returns false if there is no memory. */
static bool put_before(const char *lines, char **command)
{
    char *both = NULL;
    if (!lines || !*command)
        return true;
    if (asprintf(&both, "%s%s", lines, *command) < 0)
        return false;
    free(*command);
    *command = both;
    return true;
}

static int complete_servers(struct command_spec *spec, struct error *error)
{
    for (uint32_t i = 0; i < spec->n_servers; i++) {
        struct command_server *server = &spec->servers[i];
        if (!put_before(server->environment, &server->command.shell) ||
            !put_before(server->environment, &server->ready_command))
            return error_set(error, ENOMEM, "cannot keep the environment of server %s",
                             server->name);
    }
    return 0;
}

static int find_directory(const char *path, char **ret, struct error *error)
{
    char *real = realpath(path, NULL);
    if (!real)
        return error_set(error, errno, "cannot read %s", path);
    *ret = strdup(dirname(real));
    free(real);
    return *ret ? 0 : error_set(error, ENOMEM, "cannot read %s", path);
}

int command_parse_file(const char *path, struct command_spec *ret, struct error *error)
{
    static const struct source_events events = { .section = on_section, .key = on_key };
    struct file file = { .path = path, .spec = ret, .error = error };
    memset(ret, 0, sizeof *ret);
    if (source_read(path, &events, &file, error) == 0 && check(&file) == 0 &&
        complete_servers(ret, error) == 0 && find_directory(path, &ret->directory, error) == 0)
        return 0;
    command_free(ret);
    return -1;
}

static void free_line(struct command_line *line)
{
    free(line->shell);
    line->shell = NULL;
}

void command_free(struct command_spec *spec)
{
    struct command_line *hooks[] = { &spec->setup, &spec->reset, &spec->check, &spec->teardown,
                                     &spec->describe, &spec->watch };
    for (size_t i = 0; i < sizeof hooks / sizeof *hooks; i++)
        free_line(hooks[i]);
    for (uint32_t i = 0; i < spec->n_actors; i++) {
        free_line(&spec->actors[i].command);
        free(spec->actors[i].program);
    }
    for (uint32_t i = 0; i < spec->n_servers; i++) {
        free_line(&spec->servers[i].command);
        free(spec->servers[i].ready_command);
        free(spec->servers[i].ready_line);
        free(spec->servers[i].environment);
    }
    free(spec->directory);
    memset(spec, 0, sizeof *spec);
}
