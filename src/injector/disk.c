/* SPDX-License-Identifier: MIT
 * disk.c: see disk.h.
 */
#include "injector/disk.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>

#include "injector/effect.h"

/* ---- which calls ------------------------------------------------------------------------ */

static bool is_below(const char *directory, const char *path)
{
    size_t length = strlen(directory);
    return length > 0 && strncmp(path, directory, length) == 0 && path[length] == '/';
}

bool disk_has(const struct injector *injector, const struct act *act, const struct rule *rule)
{
    const struct target_paths *paths = &injector->paths;
    const struct call *call = call_of(act->data->nr);
    for (unsigned i = 0; call && i < paths->n; i++)
        if (paths->of[i].argument + 1 == call->stores && paths->of[i].regular)
            return *rule->path ? rule_path_fits(rule->path, paths->path[i])
                               : is_below(injector->share->disk, paths->path[i]);
    return false;
}

/* ---- space ------------------------------------------------------------------------------ */

/* Vectors and offsets of another architecture look differently. */
static void ask(const struct injector *injector, struct act *act)
{
    const struct call *call = call_of(act->data->nr);
    bool plain = call->data != CALL_DATA_NONE && !call->vector;
    if (act->need.asked)
        return;
    act->need.asked = true;
    act->need.known = (plain || injector_can_make(injector, act)) &&
                      effect_size(act->thread, call, act->data, &act->need.bytes);
    if (!act->need.known)
        atomic_fetch_add(&injector->share->notes[SHARE_NOTE_EFFECT], 1);
}

/* Data that is written into space which was reserved before takes it then. */
static bool reserves(const struct act *act)
{
    return act->data->nr == SYS_fallocate;
}

static uint64_t half_of(const struct act *act)
{
    return act->need.known && !reserves(act) ? act->need.bytes / 2 : 0;
}

bool disk_lacks(struct injector *injector, struct act *act, uint32_t rule, bool fires)
{
    const struct layout_header *header = injector->control.header;
    uint64_t amount = injector->share->rules[rule].amount;
    uint64_t now = header ? atomic_load(&header->resets_begun) + 1 : 1;
    struct share_disk *disk = &injector->share->disks[rule];
    bool first = disk->since != now;
    if (first && !fires)
        return false;
    ask(injector, act);
    if (first)
        *disk = (struct share_disk){ now, amount == RULE_HALF ? half_of(act) : amount };
    if (first && amount == RULE_HALF)
        return true;
    if (!act->need.known)
        return disk->left == 0;
    if (act->need.bytes > disk->left)
        return true;
    if (!reserves(act)) {
        disk->left -= act->need.bytes;
        act->took[rule / 64] |= UINT64_C(1) << rule % 64;
    }
    return false;
}

int64_t disk_fill(struct injector *injector, const struct act *act, uint32_t rule)
{
    const struct call *call = call_of(act->data->nr);
    struct share_disk *disk = &injector->share->disks[rule];
    int64_t result = EFFECT_REFUSED;
    if (disk->left > 0 && !reserves(act) && injector_can_make(injector, act))
        result = call->data != CALL_DATA_NONE
                     ? effect_bytes(act->thread, call, act->data, disk->left, true)
                     : effect_copy(act->thread, call, act->data, disk->left);
    if (result == EFFECT_REFUSED) /* nothing fits is true of a full disk, too */
        result = -ENOSPC;
    if (!reserves(act) && (result >= 0 || result == -ENOSPC))
        disk->left = 0;
    return result;
}

void disk_give_back(struct injector *injector, const struct act *act)
{
    for (uint32_t rule = 0; rule < SHARE_ALL; rule++)
        if (act->took[rule / 64] >> rule % 64 & 1)
            injector->share->disks[rule].left += act->need.bytes;
}
