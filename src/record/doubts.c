/* SPDX-License-Identifier: MIT
 * doubts.c: see doubts.h.
 */
#include "record/doubts.h"

static const enum doubt_kind kind_of_note[SHARE_NOTE_KINDS] = {
    [SHARE_NOTE_IO_URING] = DOUBT_IO_URING,     [SHARE_NOTE_FILTER] = DOUBT_OWN_FILTER,
    [SHARE_NOTE_LISTENER] = DOUBT_OWN_LISTENER, [SHARE_NOTE_ROOT] = DOUBT_LET_THROUGH,
    [SHARE_NOTE_HOOK] = DOUBT_HOOK_FILTER,      [SHARE_NOTE_EFFECT] = DOUBT_LET_THROUGH,
    [SHARE_NOTE_PATH] = DOUBT_UNREAD_PATH,      [SHARE_NOTE_FOREIGN] = DOUBT_FOREIGN_CALL,
    [SHARE_NOTE_OUTLIVED] = DOUBT_OUTLIVED,     [SHARE_NOTE_MAPPED] = DOUBT_MAPPED,
};

static size_t silent_rules(const struct share *share)
{
    struct preset_rule rules[SHARE_RULES];
    size_t n = 0;
    for (uint32_t i = 0; i < share->n_rules && i < SHARE_RULES; i++)
        if (share->rules[i].action != RULE_RECORD)
            rules[n++] = (struct preset_rule){ .text = share->rules[i].text,
                                               .fired = atomic_load(&share->tally[i].fired) > 0 };
    return preset_silent(rules, n);
}

void record_doubts(const struct record *record, struct doubts *ret)
{
    const struct share *share = record->share;
    *ret = record->doubts;
    for (unsigned i = 0; share && i < SHARE_NOTE_KINDS; i++)
        ret->count[kind_of_note[i]] += atomic_load(&share->notes[i]);
    if (share)
        ret->count[DOUBT_LEFT_BEHIND] += record->strays;
    if (share && record->ended_ns)
        ret->count[DOUBT_NEVER_FIRED] += silent_rules(share);
}
