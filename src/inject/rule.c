/* SPDX-License-Identifier: MIT
 * rule.c: see rule.h: the grammar of --inject.
 */
#include "inject/rule.h"

#include <errno.h>
#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- actions ---------------------------------------------------------------------------- */

enum amount { AMOUNT_NONE, AMOUNT_ERRNO, AMOUNT_DURATION, AMOUNT_BYTES };

static const struct {
    const char *name;
    enum amount amount;
} rule_actions[RULE_RECORD] = {
    [RULE_ERROR] = { "error", AMOUNT_ERRNO },     [RULE_DELAY] = { "delay", AMOUNT_DURATION },
    [RULE_SHORT] = { "short", AMOUNT_BYTES },     [RULE_KILL] = { "kill", AMOUNT_NONE },
    [RULE_KILL_AFTER] = { "kill-after", AMOUNT_NONE }, [RULE_TORN] = { "torn", AMOUNT_BYTES },
    [RULE_STOP] = { "stop", AMOUNT_DURATION }, [RULE_FULL] = { "full", AMOUNT_BYTES },
};

enum { ERRNO_MAX = 4095 };

static int parse_errno(const char *text, uint64_t *ret, struct error *error)
{
    for (int i = 1; i < 200; i++) {
        const char *name = strerrorname_np(i);
        if (name && strcmp(name, text) == 0) {
            *ret = (uint64_t)i;
            return 0;
        }
    }
    if (text_parse_u64(text, ret) && *ret > 0 && *ret <= ERRNO_MAX)
        return 0;
    return error_set(error, 0, "unknown error '%s': write it as in errno(3), for example ENOSPC",
                     text);
}

static int parse_amount(enum amount kind, const char *name, const char *value, uint64_t *ret,
                        struct error *error)
{
    if (kind == AMOUNT_NONE)
        return value ? error_set(error, 0, "the action '%s' takes no value", name) : 0;
    if (!value && kind == AMOUNT_BYTES) {
        *ret = RULE_HALF;
        return 0;
    }
    if (!value)
        return error_set(error, 0, "the action '%s' needs a value: %s", name,
                         kind == AMOUNT_ERRNO ? "error=ENOSPC" : "a duration, for example 50ms");
    if (kind == AMOUNT_ERRNO)
        return parse_errno(value, ret, error);
    if (kind == AMOUNT_DURATION)
        return text_parse_duration(value, ret)
                   ? 0 : error_set(error, 0, "'%s' is not a duration: 50ms, 2s", value);
    if (!text_parse_u64(value, ret) || *ret == RULE_HALF)
        return error_set(error, 0, "'%s' is not a number of bytes", value);
    if (*ret == 0 && strcmp(name, "short") == 0)
        return error_set(error, 0, "'short=0' would mean the end of the file: use at least 1 byte");
    return 0;
}

static int parse_action(char *text, struct rule *rule, struct error *error)
{
    char *value = strchr(text, '=');
    if (value)
        *value++ = '\0';
    for (uint32_t i = 0; i < RULE_RECORD; i++)
        if (strcmp(rule_actions[i].name, text) == 0) {
            rule->action = i;
            return parse_amount(rule_actions[i].amount, text, value, &rule->amount, error);
        }
    return error_set(error, 0, "unknown action '%s': use error=, delay=, short, full=, kill, "
                               "kill-after, torn or stop=", text);
}

/* Only calls that move bytes can be cut, and only calls that the injector can make itself can take
 * effect before a kill. */
static int check_call(const struct rule *rule, int number, struct error *error)
{
    const struct call *call = call_of(number);
    char name[CALL_NAME];
    call_name(number, name, sizeof name);
    if (rule->action == RULE_SHORT && (!call || call->data == CALL_DATA_NONE))
        return error_set(error, 0, "'short' does not work for %s: only for calls that read or "
                                   "write", name);
    if (rule->action == RULE_TORN && (!call || call->data != CALL_DATA_OUT))
        return error_set(error, 0, "'torn' does not work for %s: only for calls that write", name);
    if (rule->action == RULE_FULL && (!call || call->stores == 0))
        return error_set(error, 0, "'full' does not work for %s: only for calls that write data "
                                   "into files", name);
    if (rule->action == RULE_KILL_AFTER && (!call || !call->repeatable))
        return error_set(error, 0, "'kill-after' does not work for %s: the injector cannot make "
                                   "this call; use 'kill' at the next call", name);
    if (*rule->path && (!call || !strpbrk(call->arguments, "fdp")))
        return error_set(error, 0, "%s has no path, so 'path=' can never match", name);
    return 0;
}

/* Drops the calls of a family that the action does not work for. For a call given by name, that is
 * an error. */
static int drop_calls(struct rule *rule, const struct call_set *named, struct error *error)
{
    struct error why = { .text = "" };
    bool left = false;
    for (int i = 0; i < CALL_NUMBERS; i++) {
        if (!call_set_has(&rule->calls, i))
            continue;
        bool fits = check_call(rule, i, &why) == 0;
        if (!fits && call_set_has(named, i))
            return error_set(error, 0, "%s", why.text);
        if (!fits)
            rule->calls.bits[i / 64] &= ~(UINT64_C(1) << i % 64);
        left = left || fits;
    }
    return left ? 0 : error_set(error, 0, "%s", why.text);
}

/* ---- when, and whose -------------------------------------------------------------------- */

static int parse_when(char *value, struct rule *rule, struct error *error)
{
    char *plus = strchr(value, '+');
    rule->step = 0;
    if (plus)
        *plus++ = '\0';
    bool right = text_parse_u64(value, &rule->first) && rule->first > 0;
    if (plus)
        rule->step = 1;
    if (plus && *plus)
        right = right && text_parse_u64(plus, &rule->step) && rule->step > 0;
    return right ? 0 : error_set(error, 0, "'when=' takes 3, 3+ or 3+2, counted from 1");
}

static int parse_chance(char *value, struct rule *rule, struct error *error)
{
    char *end;
    double chance = strtod(value, &end);
    if (end == value || *end || !(chance > 0 && chance <= 1))
        return error_set(error, 0, "'p=%s' is not a chance: use more than 0, at most 1", value);
    rule->chance = chance >= 1 ? UINT64_MAX : (uint64_t)ldexp(chance, 64);
    if (rule->chance == 0)
        rule->chance = 1;
    return 0;
}

static int set_whose(struct rule *rule, enum rule_whose whose, const char *name,
                     struct error *error)
{
    if (rule->whose != RULE_OF_ANYBODY)
        return error_set(error, 0, "use only one of 'actor=', 'server=' and 'hook='");
    rule->whose = whose;
    if (strlen(name) == 0 || strlen(name) >= sizeof rule->name)
        return error_set(error, 0, "'%s' is not a name", name);
    strcpy(rule->name, name);
    return 0;
}

static int parse_actor(char *value, struct rule *rule, struct error *error)
{
    return set_whose(rule, RULE_OF_ACTOR, value, error);
}

static int parse_server(char *value, struct rule *rule, struct error *error)
{
    return set_whose(rule, RULE_OF_SERVER, value, error);
}

static int parse_hook(char *value, struct rule *rule, struct error *error)
{
    if (strcmp(value, "reset") != 0)
        return error_set(error, 0, "'hook=%s': only the reset hook can have faults", value);
    return set_whose(rule, RULE_OF_HOOK, value, error);
}

static int parse_operation_action(char *value, struct rule *rule, struct error *error)
{
    if (!text_is_name(value))
        return error_set(error, 0, "'%s' is not a name of an action", value);
    strcpy(rule->operation_action, value);
    return 0;
}

static int parse_operation(char *value, struct rule *rule, struct error *error)
{
    size_t length = strlen(value);
    if (length > 0 && value[length - 1] == '+') {
        value[length - 1] = '\0';
        rule->onwards = 1;
    }
    if (!text_parse_u64(value, &rule->operation) || rule->operation == RULE_ANY)
        return error_set(error, 0, "'operation=' takes the index of an operation, 12 or 12+");
    return 0;
}

static int parse_path(char *value, struct rule *rule, struct error *error)
{
    if (*value == '\0' || strlen(value) >= sizeof rule->path)
        return error_set(error, 0, "'path=' takes a pattern of 1 to %d bytes", RULE_PATH - 1);
    strcpy(rule->path, value);
    return 0;
}

static const struct {
    const char *name;
    int (*parse)(char *value, struct rule *rule, struct error *error);
} filters[] = {
    { "when", parse_when },     { "p", parse_chance },
    { "actor", parse_actor },   { "server", parse_server },
    { "hook", parse_hook },     { "action", parse_operation_action },
    { "path", parse_path },     { "operation", parse_operation },
};
enum { FILTERS = sizeof filters / sizeof *filters };

static int parse_filter(char *text, struct rule *rule, unsigned *seen, struct error *error)
{
    char *value = strchr(text, '=');
    for (size_t i = 0; value && i < FILTERS; i++) {
        if (strncmp(filters[i].name, text, (size_t)(value - text)) != 0 ||
            filters[i].name[value - text] != '\0')
            continue;
        if (*seen & 1u << i)
            return error_set(error, 0, "'%s=' is given twice", filters[i].name);
        *seen |= 1u << i;
        return filters[i].parse(value + 1, rule, error);
    }
    return error_set(error, 0, "unknown filter '%s': use when=, p=, actor=, server=, hook=, "
                               "action=, operation= or path=", text);
}

/* ---- the whole -------------------------------------------------------------------------- */

static int parse_parts(char *text, struct rule *rule, struct error *error)
{
    unsigned seen = 0;
    struct call_set named;
    char *rest = text, *calls = strsep(&rest, ":");
    if (!rest)
        return error_set(error, 0,
                         "the action is missing: write SYSCALLS:ACTION, for example %s:error=EIO",
                         *calls ? calls : "write");
    if (call_set_parse(calls, &rule->calls, &named, error) < 0 ||
        parse_action(strsep(&rest, ":"), rule, error) < 0)
        return -1;
    while (rest)
        if (parse_filter(strsep(&rest, ":"), rule, &seen, error) < 0)
            return -1;
    if (rule->chance && rule->first)
        return error_set(error, 0, "use only one of 'when=' and 'p='");
    if (rule->whose > RULE_OF_ACTOR && (*rule->operation_action || rule->operation != RULE_ANY))
        return error_set(error, 0, "use 'action=' and 'operation=' for actors only");
    if (!rule->chance && !rule->first)
        rule->first = rule->step = 1;
    return drop_calls(rule, &named, error);
}

int rule_parse(const char *text, struct rule *ret, struct error *error)
{
    char copy[RULE_TEXT];
    struct error why;
    *ret = (struct rule){ .operation = RULE_ANY, .index = UINT32_MAX };
    if (strlen(text) >= sizeof copy)
        return error_set(error, 0, "a rule of injection has at most %d bytes", RULE_TEXT - 1);
    strcpy(copy, text);
    strcpy(ret->text, text);
    if (parse_parts(copy, ret, &why) < 0)
        return error_set(error, 0, "injection '%.200s': %s", text, why.text);
    return 0;
}

/* Looks for the whole name first, since a type may be named "a.1". */
static bool find_type(struct rule *rule, const struct definition *definition)
{
    const char *dot = strrchr(rule->name, '.');
    uint64_t index;
    for (uint32_t i = 0; i < definition->n_types; i++)
        if (strcmp(definition->types[i].name, rule->name) == 0) {
            rule->type = i;
            return true;
        }
    if (!dot || !text_parse_u64(dot + 1, &index) || index >= UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < definition->n_types; i++) {
        const char *name = definition->types[i].name;
        if (strlen(name) == (size_t)(dot - rule->name) &&
            strncmp(name, rule->name, strlen(name)) == 0) {
            rule->type = i;
            rule->index = (uint32_t)index;
            return true;
        }
    }
    return false;
}

static bool has_action(const struct definition_type *type, const char *name)
{
    for (uint32_t i = 0; i < type->n_actions; i++)
        if (strcmp(type->actions[i].name, name) == 0)
            return true;
    return false;
}

int rule_resolve(struct rule *rule, const struct definition *definition, struct error *error)
{
    bool found = !*rule->operation_action;
    if (rule->whose == RULE_OF_ACTOR && !find_type(rule, definition))
        return error_set(error, 0, "injection '%.200s' can never match: there is no actor '%s'",
                         rule->text, rule->name);
    for (uint32_t i = 0; i < definition->n_types && !found; i++)
        found = (rule->whose != RULE_OF_ACTOR || rule->type == i) &&
                has_action(&definition->types[i], rule->operation_action);
    if (!found)
        return error_set(error, 0, "injection '%.200s' can never match: there is no action '%s'",
                         rule->text, rule->operation_action);
    return 0;
}

static bool is_text(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

bool rule_is_sane(const struct rule *rule)
{
    struct error ignored;
    for (int i = 0; i < CALL_NUMBERS; i++)
        if (call_set_has(&rule->calls, i) && check_call(rule, i, &ignored) < 0)
            return false;
    return rule->action < RULE_RECORD && rule->whose <= RULE_OF_HOOK &&
           (rule->chance || rule->first) && is_text(rule->name, sizeof rule->name) &&
           is_text(rule->operation_action, sizeof rule->operation_action) &&
           is_text(rule->path, sizeof rule->path) && is_text(rule->text, sizeof rule->text) &&
           (rule->action != RULE_ERROR || (rule->amount > 0 && rule->amount <= ERRNO_MAX));
}

bool rule_path_fits(const char *pattern, const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!strchr(pattern, '/') && slash && fnmatch(pattern, slash + 1, 0) == 0)
        return true;
    return fnmatch(pattern, path, 0) == 0;
}
