/* SPDX-License-Identifier: MIT
 * share.c: see share.h.
 */
#include "inject/share.h"

#include <string.h>
#include <sys/mman.h>

#include "base/base.h"
#include "memory/memory.h"

#define SHARE_MAGIC UINT64_C(0x696e6a656374310a) /* "inject1\n" */


static void join(struct call_set *set, const struct call_set *other)
{
    for (size_t i = 0; i < sizeof set->bits / sizeof *set->bits; i++)
        set->bits[i] |= other->bits[i];
}

int share_create(const struct rule *rules, uint32_t n, const struct call_set *armable,
                 uint64_t seed, const struct definition *definition, struct share **ret,
                 struct error *error)
{
    if (n > SHARE_RULES)
        return error_set(error, 0, "%u injections are too many: use at most %d", n, SHARE_RULES);
    int fd = memory_create("stress-inject", sizeof(struct share), error);
    if (fd < 0)
        return -1;
    struct share *share = memory_map(fd, sizeof *share, true, 0, error);
    if (!share) {
        fd_close(&fd);
        return -1;
    }
    share->magic = SHARE_MAGIC;
    share->seed = seed;
    share->n_rules = n;
    share->definition = *definition;
    if (armable) {
        share->armable = 1;
        share->calls = *armable;
    }
    for (uint32_t i = 0; i < n; i++) {
        share->rules[i] = rules[i];
        join(&share->calls, &rules[i].calls);
    }
    *ret = share;
    return fd;
}

void share_renew(struct share *share, const struct rule *rules, uint32_t n)
{
    memset(&share->calls, 0, sizeof share->calls);
    memset(share->tally, 0, sizeof share->tally);
    memset(share->disks, 0, sizeof share->disks);
    share->n_rules = n < SHARE_RULES ? n : SHARE_RULES;
    for (uint32_t i = 0; i < share->n_rules; i++) {
        share->rules[i] = rules[i];
        join(&share->calls, &rules[i].calls);
    }
    memset(share->server_faults, 0, sizeof share->server_faults);
    atomic_store(&share->armed, 0);
    atomic_store(&share->fired, 0);
    atomic_store(&share->n_events, 0);
}

bool share_event(const struct share *share, uint64_t n, struct share_event *ret)
{
    if (n >= atomic_load(&share->n_events))
        return false;
    *ret = share->events[n % SHARE_EVENTS];
    atomic_thread_fence(memory_order_acquire); /* a later one may have overwritten it */
    return atomic_load(&share->n_events) - n < SHARE_EVENTS;
}

struct share *share_map(int fd, bool writable, struct error *error)
{
    struct share *share = memory_map(fd, sizeof *share, writable, 0, error);
    if (share && (share->magic != SHARE_MAGIC || share->n_rules > SHARE_RULES)) {
        share_unmap(share);
        error_set(error, 0, "cannot use the memory of injection: it is not one");
        return NULL;
    }
    return share;
}

void share_unmap(struct share *share)
{
    if (share)
        munmap(share, sizeof *share);
}

bool share_killed_server(const struct share *share, uint32_t server, pid_t pid)
{
    return share && pid > 0 && atomic_load(&share->servers[server]) == (uint64_t)pid;
}

bool share_records(const struct share *share)
{
    for (uint32_t i = 0; i < share->n_rules; i++)
        if (share->rules[i].action == RULE_RECORD)
            return true;
    return false;
}

/* Does the run record its reset, and nothing else? */
static bool share_records_hook(const struct share *share)
{
    return share->n_rules > 0 && share->rules[0].whose == RULE_OF_HOOK;
}

bool share_concerns(const struct share *share, enum rule_whose whose, uint32_t type,
                    uint32_t index, const char *server)
{
    if (share->traced) /* a recording is of the reset, or it has what hooks do in its base */
        return (whose == RULE_OF_HOOK) == share_records_hook(share);
    if (share->armable && whose != RULE_OF_HOOK)
        return true;
    for (uint32_t i = 0; i < share->n_rules; i++) {
        const struct rule *rule = &share->rules[i];
        if (rule->whose == RULE_OF_ANYBODY && whose != RULE_OF_HOOK)
            return true;
        if (rule->whose != whose)
            continue;
        if (whose == RULE_OF_HOOK ||
            (whose == RULE_OF_SERVER && strcmp(rule->name, server) == 0) ||
            (whose == RULE_OF_ACTOR && rule->type == type &&
             (rule->index == UINT32_MAX || rule->index == index)))
            return true;
    }
    return false;
}
