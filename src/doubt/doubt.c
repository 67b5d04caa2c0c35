/* SPDX-License-Identifier: MIT
 * doubt.c: see doubt.h.
 */
#include "doubt/doubt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"
#include "format/format.h"

static const struct {
    const char *name;
    bool faults; /* the doubt concerns what the faults were to show */
    const char *means, *todo;
} kinds[DOUBT_KINDS] = {
    [DOUBT_LET_THROUGH] = { "let-through", true,
        "calls took place unchanged, since the injector could not make them for the target",
        "see the manual, Faults at system calls, for the calls and rights that this needs" },
    [DOUBT_UNREAD_PATH] = { "unread-path", true,
        "the path of calls could not be read, so rules with path= did not see them",
        "give the harness CAP_SYS_PTRACE, or run it as the user of the target" },
    [DOUBT_FOREIGN_CALL] = { "foreign-call", true,
        "calls of another architecture that this one does not have were not seen by any rule",
        "test a build for this machine's own architecture" },
    [DOUBT_OUTLIVED] = { "outlived", true,
        "processes made calls after their operation had ended; these are not points",
        "let the operation wait for what it starts, or make it a server" },
    [DOUBT_LEFT_BEHIND] = { "left-behind", true,
        "processes that operations or hooks left behind were killed; what they would have done "
        "was not seen",
        "let the operation wait for what it starts, or make it a server" },
    [DOUBT_MAPPED] = { "mapped", true,
        "files were mapped shared and writable; a store to them is not a call, so it is not a "
        "point",
        "have the program write with calls for the test, if it can" },
    [DOUBT_IO_URING] = { "io-uring", true,
        "io_uring was refused, since no rule sees what goes through it",
        "check that the program falls back to calls that are seen" },
    [DOUBT_OWN_FILTER] = { "own-filter", true,
        "a target loaded a seccomp filter, which may answer calls before the injector",
        "switch its sandbox off for the test" },
    [DOUBT_OWN_LISTENER] = { "own-listener", true,
        "a target asked for notifications of its own calls and was refused",
        "switch its sandbox off for the test" },
    [DOUBT_HOOK_FILTER] = { "hook-filter", true,
        "processes inherited the filter of the reset hook, so rules for them did not apply",
        "use rules for the reset hook in a run of their own" },
    [DOUBT_NEVER_FIRED] = { "never-fired", true,
        "rules put no fault in, or the power was never cut, so the run does not show what that "
        "does",
        "check the calls, the filters and when= of the rule; let a run with cuts take "
        "longer" },
    [DOUBT_NOT_REACHED] = { "not-reached", true,
        "points were not met again, so they were not tested",
        "make the workload repeat itself, or use more operations" },
    [DOUBT_UNTRIED] = { "untried", true,
        "points were not tried",
        "let the enumeration end, without --points" },
    [DOUBT_REPEATED] = { "repeated", false,
        "runs took another way or failed in the harness, and were tried again",
        "nothing, if there are few of them" },
    [DOUBT_INEXACT] = { "inexact", true,
        "the steps that were recorded do not give the disk that was there, so states are missing "
        "or wrong",
        "use --method=rerun; see `fidelity` in the directory of the recording" },
    [DOUBT_OUTSIDE] = { "outside", true,
        "operations changed files outside the scratch directory, which no state has",
        "let them work in $STRESS_SCRATCH, for instance with --in-scratch" },
    [DOUBT_LEFT_OUT] = { "left-out", true,
        "states beyond the limit were not judged",
        "narrow the points with --path, --calls or fewer operations, or give --all" },
    [DOUBT_UNJUDGED] = { "unjudged", true,
        "neither a reset nor a check judged what the crashes left",
        "give --check, --reset or --atomic" },
    [DOUBT_OUTPUT_CUT] = { "output-cut", false,
        "the output kept with findings begins in the middle",
        "let the program write its log to a file in the scratch directory" },
    [DOUBT_CLOCK] = { "clock", false,
        "the clock jumped, or the machine slept",
        "do not trust times and rates around it" },
};

const char *doubt_name(enum doubt_kind kind)
{
    return kinds[kind].name;
}

bool doubt_parse(const char *name, enum doubt_kind *ret)
{
    for (unsigned i = 0; i < DOUBT_KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0) {
            *ret = (enum doubt_kind)i;
            return true;
        }
    return false;
}

const char *doubt_names(char *buffer, size_t size)
{
    buffer[0] = '\0';
    for (unsigned i = 0; i < DOUBT_KINDS; i++)
        text_add_word(buffer, size, kinds[i].name);
    return buffer;
}

json_t *doubt_json(const struct doubts *doubts)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < DOUBT_KINDS; i++) {
        if (doubts->count[i] == 0)
            continue;
        json_t *entry = json_object();
        member_text(&entry, "kind", kinds[i].name);
        member_count(&entry, "count", doubts->count[i]);
        member_text(&entry, "means", kinds[i].means);
        member_text(&entry, "do", kinds[i].todo);
        member_set(&entry, "faults", json_boolean(kinds[i].faults));
        member_append(&list, entry);
    }
    return list;
}

void doubt_add(struct doubts *doubts, const json_t *list)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(list, i, entry) {
        enum doubt_kind kind;
        char name[32];
        uint64_t count = member_get_count(entry, "count");
        if (!doubt_parse(member_get_text(entry, "kind", "", name, sizeof name), &kind))
            continue;
        uint64_t *sum = &doubts->count[kind];
        *sum = count > UINT64_MAX - *sum ? UINT64_MAX : *sum + count;
    }
}

static bool matters(const struct doubts *doubts, uint32_t accepted, unsigned kind)
{
    return doubts->count[kind] > 0 && kinds[kind].faults && !(accepted >> kind & 1);
}

bool doubt_matters(const struct doubts *doubts, uint32_t accepted)
{
    for (unsigned i = 0; i < DOUBT_KINDS; i++)
        if (matters(doubts, accepted, i))
            return true;
    return false;
}

const char *doubt_line(const struct doubts *doubts, uint32_t accepted, char *buffer, size_t size)
{
    size_t used = 0;
    buffer[0] = '\0';
    for (unsigned i = 0; i < DOUBT_KINDS && used < size; i++)
        if (matters(doubts, accepted, i))
            used += (size_t)snprintf(buffer + used, size - used, "%s%" PRIu64 " %s",
                                     used > 0 ? ", " : "", doubts->count[i], kinds[i].name);
    return buffer;
}
