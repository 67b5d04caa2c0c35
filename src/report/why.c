/* SPDX-License-Identifier: MIT
 * why.c: see why.h.
 */
#include "report/why.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format/format.h"
#include "tracer/tracer.h"

/* The most that a sentence names: faults, operations in flight, other stacks. */
enum { FAULTS = 2, FLYING = 4, OTHERS = 8, LINE = 256 };

struct why {
    FILE *out;
    const json_t *finding, *story;
};

/* Copies a member as one line; "" if there is none. */
static const char *word(const json_t *object, const char *key, char to[LINE])
{
    return member_get_text(object, key, "", to, LINE);
}

/* ---- operations --------------------------------------------------------------------------- */

static bool is_operation(const json_t *one, const char *key, const json_t *actor,
                         const json_t *number)
{
    return json_is_string(actor) && json_is_integer(number) &&
           json_equal(json_object_get(one, "actor"), actor) &&
           json_equal(json_object_get(one, key), number);
}

bool why_is_own(const json_t *finding, const json_t *operation)
{
    return is_operation(operation, "index", json_object_get(finding, "actor"),
                        json_object_get(json_object_get(finding, "first"), "operation"));
}

bool why_is_hit(const json_t *fault, const json_t *operation)
{
    return is_operation(fault, "operation", json_object_get(operation, "actor"),
                        json_object_get(operation, "index"));
}

/* "operation 7 of w.1 (put, “k=0”)"; without the action, if it is named as its actor. */
static void operation(FILE *out, const char *actor, const char *action, const json_t *number,
                      const char *note)
{
    size_t type = strcspn(actor, ".");
    bool named = *action && !(strlen(action) == type && strncmp(action, actor, type) == 0);
    if (json_is_integer(number))
        fprintf(out, "operation %" JSON_INTEGER_FORMAT " of ", json_integer_value(number));
    fputs(actor, out);
    if (named || *note)
        fprintf(out, " (%s%s%s%s%s)", named ? action : "", named && *note ? ", " : "",
                *note ? "“" : "", note, *note ? "”" : "");
}

static void own_operation(const struct why *why)
{
    const json_t *list = json_object_get(why->story, "operations");
    char actor[LINE], action[LINE], note[LINE] = "";
    for (size_t i = 0; i < json_array_size(list) && !*note; i++)
        if (why_is_own(why->finding, json_array_get(list, i)))
            word(json_array_get(list, i), "note", note);
    operation(why->out, word(why->finding, "actor", actor), word(why->finding, "action", action),
              json_object_get(json_object_get(why->finding, "first"), "operation"), note);
}

static bool is_hit(const struct why *why, const json_t *operation)
{
    const json_t *list = json_object_get(why->story, "injections");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (why_is_hit(json_array_get(list, i), operation))
            return true;
    return false;
}

/* "In flight: operation 29 of reader.0; operation 7 of writer.1 (put) and 3 more": besides those
 * that were told of. */
static void in_flight(const struct why *why)
{
    const json_t *list = json_object_get(why->story, "operations");
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        char actor[LINE], action[LINE];
        if (!member_is(one, "outcome", "in flight") || why_is_own(why->finding, one) ||
            is_hit(why, one) || n++ >= FLYING)
            continue;
        fputs(n == 1 ? " In flight: " : "; ", why->out);
        operation(why->out, word(one, "actor", actor), word(one, "action", action),
                  json_object_get(one, "index"), "");
    }
    if (n > FLYING)
        fprintf(why->out, " and %zu more", n - FLYING);
    fputs(n > 0 ? "." : "", why->out);
}

/* ---- places ------------------------------------------------------------------------------- */

static bool is_of(const json_t *frame, bool (*kind)(const char *path))
{
    const char *module = json_string_value(json_object_get(frame, "module"));
    return module && kind(module);
}

size_t why_user_frames(const json_t *frames)
{
    size_t n = json_array_size(frames);
    bool seen = false; /* a frame of the user's */
    for (size_t i = 0; i < n; i++) {
        if (seen && is_of(json_array_get(frames, i), module_is_harness))
            return i;
        seen = seen || !is_of(json_array_get(frames, i), module_is_common);
    }
    return n;
}

/* "BEFORE in take_second, crasher.c:201, under take_a_then_b": the first two of the user's frames;
 * nothing, if they have no names. Returns whether they have. */
static bool place(FILE *out, const char *before, const json_t *thread)
{
    const json_t *frames = json_object_get(thread, "frames");
    size_t n = why_user_frames(frames), at = 0;
    char text[LINE];
    while (at < n && is_of(json_array_get(frames, at), module_is_common))
        at++;
    const json_t *frame = json_array_get(frames, at < n ? at : 0);
    if (!*word(frame, "function", text))
        return false;
    fprintf(out, "%s in %s", before, text);
    if (*word(frame, "file", text))
        fprintf(out, ", %s:%" PRIu64, module_base(text), member_get_count(frame, "line"));
    if (at + 1 < n && *word(json_array_get(frames, at + 1), "function", text))
        fprintf(out, ", under %s", text);
    return true;
}

/* The thread that crashed, else the first one. */
static const json_t *own_thread(const struct why *why)
{
    const json_t *stack = json_object_get(why->story, "stack");
    for (size_t i = 0; i < json_array_size(stack); i++)
        if (json_is_true(json_object_get(json_array_get(stack, i), "crashed")))
            return json_array_get(stack, i);
    return json_array_get(stack, 0);
}

/* ---- faults ------------------------------------------------------------------------------- */

/* "write:error=EIO hit operation 7 of writer.1 (put), at write of store.wal". */
static void fault(FILE *out, const json_t *one)
{
    char text[LINE], action[LINE];
    fprintf(out, "%s hit ", word(one, "rule", text));
    if (*word(one, "actor", text))
        operation(out, text, word(one, "action", action), json_object_get(one, "operation"),
                  "");
    else if (*word(one, "server", text))
        fprintf(out, "server %s", text);
    else
        fprintf(out, "the %s hook", *word(one, "hook", text) ? text : "reset");
    if (*word(one, "call", text))
        fprintf(out, ", at %s", text);
    if (*word(one, "path", text))
        fprintf(out, " of %s", module_base(text));
}

/* Whether a fault hit what the finding is about: its operation, or its server. */
static bool is_cause(const struct why *why, const json_t *one)
{
    const json_t *server = json_object_get(why->story, "server");
    return is_operation(one, "operation", json_object_get(why->finding, "actor"),
                        json_object_get(json_object_get(why->finding, "first"), "operation")) ||
           (json_is_string(server) && json_equal(json_object_get(one, "server"), server));
}

/* Tells of the last faults of the list, or only of those that hit what the finding is about.
 * Returns how many there are. */
static size_t faults(const struct why *why, const char *before, bool cause)
{
    const json_t *list = json_object_get(why->story, "injections");
    size_t n = 0;
    for (size_t i = json_array_size(list); i-- > 0;) {
        const json_t *one = json_array_get(list, i);
        if (!json_is_string(json_object_get(one, "rule")) || (cause && !is_cause(why, one)) ||
            n++ >= FAULTS)
            continue;
        fputs(n == 1 ? before : "; before that ", why->out);
        fault(why->out, one);
    }
    if (n > FAULTS)
        fprintf(why->out, "; %zu more before", n - FAULTS);
    return n;
}

/* ---- the sentence of each kind ------------------------------------------------------------ */

/* "SIGSEGV at address 0x0 in put, store.c:70, during operation 7 of writer.1 (put)". */
static void crash(const struct why *why)
{
    const json_t *crash = json_object_get(why->story, "crash");
    char text[LINE];
    fputs(*word(why->story, "signal", text) ? text : "it died", why->out);
    if (*word(crash, "address", text))
        fprintf(why->out, " at address %s", text);
    place(why->out, "", own_thread(why));
    fputs(", during ", why->out);
    own_operation(why);
}

/* "operation 7 of writer.1 did not end: writer.1 is in take, a.c:9, while reader.0 is in ...". */
static void hang(const struct why *why)
{
    const json_t *stack = json_object_get(why->story, "stack");
    const char *last = "";
    char actor[LINE], before[LINE + 16];
    size_t n = 0;
    own_operation(why);
    fputs(" did not end", why->out);
    snprintf(before, sizeof before, ": %s is", word(why->finding, "actor", actor));
    place(why->out, before, json_array_get(stack, 0));
    for (size_t i = 1; i < json_array_size(stack) && n < OTHERS; i++) {
        const json_t *thread = json_array_get(stack, i);
        const char *other = json_string_value(json_object_get(thread, "actor"));
        if (!other || strcmp(other, last) == 0)
            continue;
        last = other;
        snprintf(before, sizeof before, "%s %s is", n == 0 ? ", while" : "; and",
                 word(thread, "actor", actor));
        n += place(why->out, before, thread);
    }
    fputs(n > 0 ? ". Perhaps they wait for one another" : "", why->out);
}

/* "server store died: SIGKILL". */
static void server(const struct why *why)
{
    const json_t *status = json_object_get(why->story, "exit_status");
    char text[LINE];
    fprintf(why->out, "server %s died", word(why->story, "server", text));
    if (*word(why->story, "signal", text))
        fprintf(why->out, ": %s", text);
    else if (json_is_integer(status))
        fprintf(why->out, ": exit status %" JSON_INTEGER_FORMAT, json_integer_value(status));
    place(why->out, "", own_thread(why));
}

static const char *cause_of(const json_t *reset)
{
    static const char *const causes[][2] = {
        { "request", "the request" },      { "death", "the death" }, { "failure", "the failure" },
        { "hang", "the hang" },            { "server", "the end of a server" },
        { "supervisor", "the death of the supervisor" },
    };
    for (size_t i = 0; i < sizeof causes / sizeof *causes; i++)
        if (member_is(reset, "cause", causes[i][0]))
            return causes[i][1];
    return "another one";
}

/* What the environment had been through when its check or its hook found the fault in it. */
static void judged(const struct why *why)
{
    const json_t *reset = json_object_get(why->story, "reset");
    char text[LINE];
    bool checked = member_is(why->finding, "kind", "invariant");
    fputs(checked ? "the check failed" : "a hook failed", why->out);
    if (faults(why, " after a fault: ", false) > 0)
        return;
    if (*word(reset, "announcement", text) && strcmp(text, "injection") != 0) {
        fprintf(why->out, " after a break: %s", text);
    } else if (json_is_object(reset)) {
        fprintf(why->out, " in the reset after %s", cause_of(reset));
        fprintf(why->out, "%s%s", word(reset, "actor", text)[0] ? " of " : "", text);
        fputs("; no fault hit this generation", why->out);
    } else {
        fputs("; no fault hit this generation", why->out);
    }
}

static void performed(const struct why *why)
{
    own_operation(why);
    fputs(member_is(why->finding, "kind", "failure") ? " failed"
          : member_is(why->finding, "kind", "exit") ? " ended its process"
          : member_is(why->finding, "kind", "unannounced-reset") ? " asked for a reset"
                                                          : " was its last one", why->out);
}

static void reported(const struct why *why)
{
    fputs("the machine's kernel ended the run", why->out);
}

static const struct {
    const char *kind;
    void (*tell)(const struct why *why);
    bool has_actor; /* it is told only of an actor */
} kinds[] = {
    { "crash", crash, true },         { "exit", performed, true },
    { "failure", performed, true },   { "hang", hang, true },
    { "corruption", performed, true }, { "unannounced-reset", performed, true },
    { "invariant", judged, false },   { "environment", judged, false },
    { "server-death", server, false }, { "kernel", reported, false },
};

/* Tells, and returns whether the kind has anything to tell. */
static bool tell(const struct why *why)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!member_is(why->finding, "kind", kinds[i].kind) ||
            (kinds[i].has_actor && !json_is_string(json_object_get(why->finding, "actor"))))
            continue;
        kinds[i].tell(why);
        if (kinds[i].tell != judged && faults(why, ". What hit it: ", true) == 0)
            faults(why, ". The last fault before it: ", false);
        fputc('.', why->out);
        in_flight(why);
        return true;
    }
    return false;
}

char *why_text(const json_t *finding, const json_t *story)
{
    char *text = NULL;
    size_t size = 0;
    struct why why = { .finding = finding, .story = story };
    if (!json_is_object(story) || !(why.out = open_memstream(&text, &size)))
        return NULL;
    bool told = tell(&why);
    if (fclose(why.out) == 0 && told) {
        text[0] = (char)toupper((unsigned char)text[0]);
        return text;
    }
    free(text);
    return NULL;
}
