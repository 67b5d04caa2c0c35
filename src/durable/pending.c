/* SPDX-License-Identifier: MIT
 * pending.c: see pending.h.
 */
#include "durable/pending.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "durable/step.h"

enum { KEYS = 5, PAGE = 4096, SECTOR = 512 };

int pending_begin(struct pending *pending, const struct recording *recording,
                  enum durable_model model, uint64_t most)
{
    *pending = (struct pending){ .recording = recording, .model = model_of(model), .most = most,
                                 .image = image_new(recording),
                                 .sizes = calloc(recording->n_nodes, sizeof *pending->sizes),
                                 .fresh = calloc(recording->n_nodes, sizeof *pending->fresh) };
    return pending->image && pending->sizes && pending->fresh ? 0 : -1;
}

void pending_end(struct pending *pending)
{
    image_free(pending->image);
    free(pending->entry);
    free(pending->keys);
    free(pending->sizes);
    free(pending->fresh);
}

static const struct recording_step *step_of(const struct pending *pending, size_t i)
{
    return &pending->recording->steps[pending->entry[i].step];
}

/* ---- what has to keep its order ----------------------------------------------------------- */

enum { KEY_DATA, KEY_MODE, KEY_NAMES, KEY_ENTRY, KEY_SECTOR, KEY_WHATS };

static bool grows(const struct pending *pending, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    return step->kind == RECORDING_WRITE && step->offset + step->length > pending->entry[i].size;
}

static bool shrinks(const struct pending *pending, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    return step->kind == RECORDING_SIZE && step->length < pending->entry[i].size;
}

static uint64_t node_key(uint32_t node, unsigned what)
{
    return random_mix((uint64_t)node * KEY_WHATS + what) | 1;
}

static uint64_t entry_key(const struct pending *pending, uint32_t dir, uint64_t name)
{
    const char *text = recording_name(pending->recording, name);
    return XXH3_64bits_withSeed(text, strlen(text), node_key(dir, KEY_ENTRY)) | 1;
}

/* Says which files and names a step is about. Two steps with a key in common keep their order.
 * Returns how many keys there are. No key is 0. */
static int keys_of(const struct pending *pending, const struct recording_step *step,
                   uint64_t keys[KEYS])
{
    int n = 0;
    if (step_is_data(step) || step->kind == RECORDING_TIMES)
        keys[n++] = node_key(step->node, KEY_DATA);
    if (step_is_attribute(step))
        keys[n++] = node_key(step->node, KEY_MODE);
    if (!step_is_name(step))
        return n;
    keys[n++] = node_key(step->node, KEY_NAMES);
    keys[n++] = entry_key(pending, step->dir, step->name);
    if (step->kind < RECORDING_RENAME)
        return n;
    keys[n++] = entry_key(pending, step->dir2, step->name2);
    if (step->other != RECORDING_NONE)
        keys[n++] = node_key(step->other, KEY_NAMES);
    return n;
}

/* Returns where the key is in the set, or where it belongs. */
static uint64_t *place_of(const struct pending *pending, uint64_t key)
{
    size_t i = (size_t)random_mix(key) & (pending->n_keys - 1);
    while (pending->keys[i] && pending->keys[i] != key)
        i = (i + 1) & (pending->n_keys - 1);
    return &pending->keys[i];
}

static bool has_to_wait(const struct pending *pending, const struct recording_step *step)
{
    uint64_t keys[KEYS];
    int n = keys_of(pending, step, keys);
    while (n > 0)
        if (*place_of(pending, keys[--n]))
            return true;
    return false;
}

static void add_keys(struct pending *pending, const struct recording_step *step)
{
    uint64_t keys[KEYS];
    int n = keys_of(pending, step, keys);
    while (n-- > 0)
        *place_of(pending, keys[n]) = keys[n];
}

/* Empties the set, with room for the keys of the whole list. */
static int clear_keys(struct pending *pending)
{
    size_t n = 64;
    while (n < pending->n * KEYS * 2)
        n *= 2;
    if (n > pending->n_keys) {
        free(pending->keys);
        pending->keys = calloc(n, sizeof *pending->keys);
        pending->n_keys = pending->keys ? n : 0;
        return pending->keys ? 0 : -1;
    }
    pending->n_keys = n;
    memset(pending->keys, 0, n * sizeof *pending->keys);
    return 0;
}

/* ---- who had a name before, or a sector ---------------------------------------------------- */

struct names_slot {
    uint64_t key;
    size_t last; /* + 1 */
};

/* `levels`: bit L is set if a block of 2^L sectors was entered. */
struct pending_names {
    size_t n, used; /* n: a power of 2 */
    struct names_slot *slot;
    uint64_t levels;
};

enum { NAMES_FIRST = 64, LEVELS = 55 }; /* 2^63 bytes have 2^54 sectors */

struct pending_names *pending_names_new(void)
{
    struct pending_names *names = calloc(1, sizeof *names);
    if (!names)
        return NULL;
    names->n = NAMES_FIRST;
    names->slot = calloc(names->n, sizeof *names->slot);
    if (names->slot)
        return names;
    free(names);
    return NULL;
}

void pending_names_free(struct pending_names *names)
{
    if (names)
        free(names->slot);
    free(names);
}

static struct names_slot *slot_of(const struct pending_names *names, uint64_t key)
{
    size_t i = (size_t)random_mix(key) & (names->n - 1);
    while (names->slot[i].key && names->slot[i].key != key)
        i = (i + 1) & (names->n - 1);
    return &names->slot[i];
}

static int make_room(struct pending_names *names)
{
    struct names_slot *old = names->slot;
    size_t n = names->n;
    if (names->used * 2 < n)
        return 0;
    names->slot = calloc(n * 2, sizeof *old);
    if (!names->slot) {
        names->slot = old;
        return -1;
    }
    names->n = n * 2;
    for (size_t i = 0; i < n; i++)
        if (old[i].key)
            *slot_of(names, old[i].key) = old[i];
    free(old);
    return 0;
}

/* Notes an entry. *ret_before (may be NULL): the last one about the key. */
static int exchange_last(struct pending_names *names, uint64_t key, size_t entry,
                         size_t *ret_before)
{
    if (make_room(names) < 0)
        return -1;
    struct names_slot *slot = slot_of(names, key);
    if (ret_before)
        *ret_before = slot->last;
    names->used += slot->key == 0;
    *slot = (struct names_slot){ key, entry + 1 };
    return 0;
}

/* A block of 2^level sectors; its number says which. */
static uint64_t block_key(uint32_t node, unsigned level, uint64_t number)
{
    return random_mix(node_key(node, KEY_SECTOR) ^ random_mix(number * LEVELS + level)) | 1;
}

/* Returns the last entry about a sector; + 1. A cut is one only where what follows it needs it. */
static size_t last_about(const struct pending_names *names, const struct pending *pending,
                         uint32_t node, uint64_t sector)
{
    size_t last = 0;
    for (unsigned level = 0; level < LEVELS; level++) {
        if (!(names->levels >> level & 1))
            continue;
        const struct names_slot *slot = slot_of(names, block_key(node, level, sector >> level));
        if (slot->key && slot->last > last)
            last = slot->last;
    }
    bool is_cut = last > 0 && step_of(pending, last - 1)->kind == RECORDING_SIZE;
    return is_cut && !pending->model->new_blocks ? 0 : last;
}

/* Notes an entry that is about the sectors from `first` to before `end`: in the largest blocks that
 * make these up, of which there are two of each size at most. */
static int note_sectors(struct pending_names *names, uint32_t node, uint64_t first, uint64_t end,
                        size_t entry)
{
    for (unsigned level = 0; first < end; level++, first >>= 1, end >>= 1) {
        if (((first | end) & 1) != 0)
            names->levels |= UINT64_C(1) << level;
        bool odd_first = first & 1, odd_end = end & 1;
        if (odd_first && exchange_last(names, block_key(node, level, first), entry, NULL) < 0)
            return -1;
        if (odd_end && exchange_last(names, block_key(node, level, end - 1), entry, NULL) < 0)
            return -1;
        first += odd_first;
        end -= odd_end;
    }
    return 0;
}

/* The sectors at the borders, if it does not cover them: what is there of it takes along what was
 * left there before. */
static int visit_sectors(struct pending_names *names, const struct pending *pending, size_t entry,
                         size_t ret_before[2])
{
    const struct recording_step *step = step_of(pending, entry);
    uint64_t end = step->offset + step->length, first = step->offset / SECTOR;
    uint64_t last = (end - 1) / SECTOR;
    if (step->offset % SECTOR != 0 || (last == first && end % SECTOR != 0))
        ret_before[0] = last_about(names, pending, step->node, first);
    if (last != first && end % SECTOR != 0)
        ret_before[1] = last_about(names, pending, step->node, last);
    return note_sectors(names, step->node, first, last + 1, entry);
}

/* What is behind the last page of a file that has become shorter is gone. */
static int visit_cut(struct pending_names *names, const struct recording_step *step, size_t entry)
{
    uint64_t first = (step->length / PAGE + (step->length % PAGE != 0)) * (PAGE / SECTOR);
    return note_sectors(names, step->node, first, UINT64_C(1) << (LEVELS - 1), entry);
}

static bool is_same_name(const struct pending *pending, uint32_t dir, uint64_t name, uint32_t dir2,
                         uint64_t name2)
{
    return dir == dir2 && strcmp(recording_name(pending->recording, name),
                                 recording_name(pending->recording, name2)) == 0;
}

/* Does the step take the name from its node? */
static bool frees(const struct pending *pending, const struct recording_step *step, uint32_t dir,
                  uint64_t name)
{
    return (step->kind == RECORDING_UNLINK || step->kind == RECORDING_RENAME) &&
           is_same_name(pending, step->dir, step->name, dir, name);
}

/* A step gives a name to its node. What must have freed the name, if only the names that nodes have
 * at last are kept, and not how they came to them? What has moved there and on since is not there;
 * otherwise the name is free once its old node has the name that it has got last. */
static int visit_given(struct pending_names *names, const struct pending *pending, size_t entry,
                       uint32_t dir, uint64_t name, size_t *ret_before)
{
    const struct recording_step *step = step_of(pending, entry);
    uint64_t key = entry_key(pending, dir, name);
    size_t last, given;
    if (exchange_last(names, key, entry, &last) < 0 ||
        exchange_last(names, random_mix(key) | 1, entry, &given) < 0 ||
        exchange_last(names, node_key(step->node, KEY_NAMES), entry, NULL) < 0)
        return -1;
    const struct recording_step *before = last > 0 ? step_of(pending, last - 1) : NULL;
    bool is_free = before && before->node != step->node && frees(pending, before, dir, name) &&
                   (given == 0 || pending->entry[given - 1].durable);
    if (before && before->kind == RECORDING_EXCHANGE)
        *ret_before = last;
    else if (is_free && before->kind == RECORDING_UNLINK)
        *ret_before = last;
    else if (is_free)
        *ret_before = slot_of(names, node_key(before->node, KEY_NAMES))->last;
    return 0;
}

static int visit_last_names(struct pending_names *names, const struct pending *pending,
                            size_t entry, size_t ret_before[2])
{
    const struct recording_step *step = step_of(pending, entry);
    uint64_t key = entry_key(pending, step->dir, step->name);
    if (step->kind == RECORDING_LINK)
        return visit_given(names, pending, entry, step->dir, step->name, &ret_before[0]);
    size_t *before = step->kind == RECORDING_RENAME ? NULL : &ret_before[0];
    if (exchange_last(names, key, entry, before) < 0)
        return -1;
    return step->kind == RECORDING_UNLINK
               ? 0 : visit_given(names, pending, entry, step->dir2, step->name2, &ret_before[1]);
}

int pending_names_visit(struct pending_names *names, const struct pending *pending, size_t entry,
                        size_t ret_before[2])
{
    const struct recording_step *step = step_of(pending, entry);
    ret_before[0] = ret_before[1] = 0;
    if (shrinks(pending, entry))
        return visit_cut(names, step, entry);
    if (step_is_bytes(step) && step->length > 0)
        return visit_sectors(names, pending, entry, ret_before);
    if (!step_is_name(step))
        return 0;
    if (pending->model->sync == MODEL_SYNC_NAMES)
        return visit_last_names(names, pending, entry, ret_before);
    uint64_t key = entry_key(pending, step->dir, step->name);
    if (exchange_last(names, key, entry, &ret_before[0]) < 0)
        return -1;
    if (step->kind < RECORDING_RENAME)
        return 0;
    key = entry_key(pending, step->dir2, step->name2);
    return exchange_last(names, key, entry, &ret_before[1]);
}

/* ---- the list ----------------------------------------------------------------------------- */

static int apply(struct pending *pending, uint64_t step)
{
    pending->applied++;
    pending->changes++;
    return image_apply(pending->image, step, IMAGE_ALL);
}

/* Steps about a file that has gone for good can no longer be seen. */
static void forget_what_has_gone(struct pending *pending)
{
    size_t left = 0;
    for (size_t i = 0; i < pending->n; i++)
        if (step_is_name(step_of(pending, i)) ||
            image_has(pending->image, step_of(pending, i)->node))
            pending->entry[left++] = pending->entry[i];
    pending->n = left;
}

/* Moves what is durable from the list into the disk, as far as the order permits. */
static int settle(struct pending *pending)
{
    size_t left = 0;
    if (clear_keys(pending) < 0)
        return -1;
    for (size_t i = 0; i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        if (pending->entry[i].durable && !has_to_wait(pending, step)) {
            if (apply(pending, pending->entry[i].step) < 0)
                return -1;
        } else {
            add_keys(pending, step);
            pending->entry[left++] = pending->entry[i];
        }
    }
    pending->n = left;
    forget_what_has_gone(pending);
    return 0;
}

static int add(struct pending *pending, uint64_t step, bool durable, uint64_t size)
{
    if (pending->n == pending->room) {
        size_t more = pending->room ? pending->room * 2 : 64;
        struct pending_entry *entry = realloc(pending->entry, more * sizeof *entry);
        if (!entry)
            return -1;
        pending->entry = entry;
        pending->room = more;
    }
    pending->entry[pending->n++] = (struct pending_entry){ step, durable, false, false, size };
    pending->changes++;
    return 0;
}

/* ---- what a SYNC makes durable ------------------------------------------------------------ */

/* Does the SYNC reach all bytes of the step? It writes whole pages. */
static bool is_in_range(const struct recording_step *sync, const struct recording_step *step)
{
    if (sync->length == 0 || !step_is_bytes(step))
        return true;
    uint64_t first = sync->offset - sync->offset % PAGE, end = sync->offset + sync->length;
    end = end < sync->offset || end > UINT64_MAX - PAGE ? UINT64_MAX
                                                        : (end + PAGE - 1) / PAGE * PAGE;
    return step->offset >= first && step->offset + step->length <= end;
}

static bool syncs_data(const struct recording_step *sync, const struct recording_step *step)
{
    return step_is_data(step) && step->node == sync->node && is_in_range(sync, step);
}

/* A name in the directory. */
static bool is_name_in(uint32_t dir, const struct recording_step *step)
{
    return step_is_name(step) &&
           (step->dir == dir || (step->kind >= RECORDING_RENAME && step->dir2 == dir));
}

static bool syncs_node(const struct recording_step *sync, const struct recording_step *step)
{
    bool attributes = !(sync->flags & RECORDING_DATA_ONLY);
    return syncs_data(sync, step) || is_name_in(sync->node, step) ||
           (step_is_attribute(step) && step->node == sync->node && attributes);
}

/* Has its node not lost again the name that the step gives it? */
static bool is_current(const struct pending *pending, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    bool moves = step->kind >= RECORDING_RENAME;
    uint32_t dir = moves ? step->dir2 : step->dir;
    uint64_t name = moves ? step->name2 : step->name;
    while (step->kind != RECORDING_UNLINK && ++i < pending->n) {
        const struct recording_step *later = step_of(pending, i);
        if (later->node == step->node && frees(pending, later, dir, name))
            return false;
    }
    return true;
}

static bool syncs_names(const struct pending *pending, const struct recording_step *sync, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    bool its_own = (step_is_name(step) && is_current(pending, i)) || step_is_attribute(step);
    return syncs_node(sync, step) || (its_own && step->node == sync->node);
}

/* Does the SYNC need the journal, for the sake of this step? A file that was written within its
 * size needs it for its times, which are not data. */
static bool needs_journal(const struct pending *pending, const struct recording_step *sync,
                          size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    bool data_only = (sync->flags & (RECORDING_DATA_ONLY | RECORDING_SYNCHRONOUS)) != 0;
    if (is_name_in(sync->node, step))
        return true;
    if (step->node != sync->node)
        return false;
    return !data_only || grows(pending, i) || step->kind == RECORDING_SIZE ||
           step->kind == RECORDING_LINK;
}

/* Returns the entry behind the last one for whose sake the SYNC needs the journal, which may have
 * been committed right after that one; 0: it does not need it. */
static size_t end_of_journal(const struct pending *pending, const struct recording_step *sync)
{
    size_t i = pending->n;
    while (i > 0 && (pending->entry[i - 1].durable || !needs_journal(pending, sync, i - 1)))
        i--;
    return i;
}

static bool makes_durable(const struct pending *pending, const struct recording_step *sync,
                          bool journal, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    if (sync->kind == RECORDING_SYNC_ALL)
        return true;
    switch (pending->model->sync) {
    case MODEL_SYNC_NODE:
        return syncs_node(sync, step);
    case MODEL_SYNC_JOURNAL:
        return syncs_data(sync, step) || (journal && step_is_metadata(step));
    default:
        return syncs_names(pending, sync, i);
    }
}

/* Does the SYNC of a directory reach only the new name of a file that was moved there, and not the
 * old one, which is in another directory? */
static bool syncs_new_name(const struct pending *pending, const struct recording_step *sync,
                           const struct recording_step *step)
{
    return pending->model->sync == MODEL_SYNC_NAMES && sync->kind == RECORDING_SYNC &&
           step->kind == RECORDING_RENAME && step->dir2 == sync->node && step->dir != sync->node &&
           step->node != sync->node;
}

/* Of a directory whose entry became durable, the name does so, too. */
static void sync_names_above(struct pending *pending)
{
    for (bool found = true; found;) {
        found = false;
        for (size_t i = pending->n; i-- > 0;) {
            const struct recording_step *step = step_of(pending, i);
            if (!step_is_name(step) || !(pending->entry[i].durable || pending->entry[i].named))
                continue;
            uint32_t above = step->kind >= RECORDING_RENAME ? step->dir2 : step->dir;
            for (size_t j = 0; j < pending->n; j++) {
                const struct recording_step *name = step_of(pending, j);
                if (step_is_name(name) && name->node == above && !pending->entry[j].durable &&
                    is_current(pending, j))
                    found = pending->entry[j].durable = true;
            }
        }
    }
}

/* Marks the data of a node among the entries before `end`. */
static void mark_data(struct pending *pending, uint32_t node, size_t end)
{
    for (size_t i = 0; i < end; i++)
        if (step_is_data(step_of(pending, i)) && step_of(pending, i)->node == node)
            pending->entry[i].durable = true;
}

/* Marks the data that comes before what is durable. */
static void mark_data_before(struct pending *pending)
{
    for (size_t i = 0; i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        if (pending->entry[i].durable && pending->model->data_first && step_replaces(step))
            mark_data(pending, step->node, i);
    }
}

/* Marks the names that came before those that are durable, from the last one backwards. */
static int mark_names_before(struct pending *pending)
{
    struct pending_names *names = pending_names_new();
    size_t (*before)[2] = calloc(pending->n + 1, sizeof *before);
    int result = names && before ? 0 : -1;
    for (size_t i = 0; result == 0 && i < pending->n; i++)
        result = pending_names_visit(names, pending, i, before[i]);
    for (size_t i = pending->n; result == 0 && i-- > 0;)
        for (int k = 0; k < 2 && (pending->entry[i].durable || pending->entry[i].named); k++)
            if (before[i][k] > 0)
                pending->entry[before[i][k] - 1].durable = true;
    pending_names_free(names);
    free(before);
    return result;
}

/* Takes what is marked as durable out of the list, with what comes before it. */
static int make_durable(struct pending *pending)
{
    if (mark_names_before(pending) < 0)
        return -1;
    mark_data_before(pending);
    pending->changes++;
    return settle(pending);
}

/* A file that is new since all was durable is on the disk for the sake of a SYNC of its own. Where
 * a SYNC keeps names and not the steps to them, the next one of any file forgets what a rename has
 * replaced, also if the rename is not kept. */
static bool clears(const struct pending *pending, size_t i)
{
    const struct recording_step *step = step_of(pending, i);
    return pending->model->sync == MODEL_SYNC_NAMES && step_replaces(step) &&
           pending->fresh[step->other] && !pending->entry[i].durable && !pending->entry[i].named;
}

int pending_sync(struct pending *pending, const struct recording_step *sync)
{
    if (pending->model->sync == MODEL_SYNC_NOTHING || pending->n == 0)
        return 0;
    size_t journal = end_of_journal(pending, sync);
    for (size_t i = 0; i < pending->n; i++)
        if (syncs_new_name(pending, sync, step_of(pending, i)))
            pending->entry[i].named = true;
        else if (makes_durable(pending, sync, i < journal, i))
            pending->entry[i].durable = true;
    if (pending->model->sync == MODEL_SYNC_NAMES)
        sync_names_above(pending);
    if (make_durable(pending) < 0)
        return -1;
    for (size_t i = 0; i < pending->n; i++)
        pending->entry[i].cleared |= clears(pending, i);
    return 0;
}

/* ---- one step ----------------------------------------------------------------------------- */

static void all_is_durable(struct pending *pending)
{
    memset(pending->fresh, 0, pending->recording->n_nodes * sizeof *pending->fresh);
}

static int base(struct pending *pending, uint64_t step)
{
    pending->n = 0;
    pending->in_base = true;
    all_is_durable(pending);
    return apply(pending, step);
}

/* Keeps the size of the file, and returns what it was; 0 for a step that is not about bytes. */
static uint64_t keep_size(struct pending *pending, const struct recording_step *step)
{
    if (!step_is_data(step))
        return 0;
    uint64_t *size = &pending->sizes[step->node], before = *size;
    uint64_t end = step->offset + step->length;
    if (step->kind == RECORDING_SIZE)
        *size = step->length;
    else if (step->kind == RECORDING_WRITE && end > before)
        *size = end;
    return before;
}

/* The kernel writes back what is old, the oldest first: half of the list. */
static int write_back(struct pending *pending)
{
    size_t half = pending->n / 2;
    for (size_t i = 0; i < half; i++) {
        pending->settled += !pending->entry[i].durable;
        pending->entry[i].durable = true;
    }
    return make_durable(pending);
}

/* A step that can be lost. */
static int add_pending(struct pending *pending, uint64_t number, uint64_t size)
{
    if (add(pending, number, false, size) < 0)
        return -1;
    return pending->most > 0 && pending->n > pending->most ? write_back(pending) : 0;
}

int pending_step(struct pending *pending, uint64_t number)
{
    const struct recording_step *step = &pending->recording->steps[number];
    bool changes = step_is_data(step) || step_is_metadata(step);
    uint64_t size = keep_size(pending, step);
    if (step->kind == RECORDING_BASE)
        return base(pending, number);
    if (step->kind == RECORDING_READY)
        pending->in_base = false;
    if (step->kind == RECORDING_NODE)
        pending->fresh[step->node] = !pending->in_base;
    if (step->kind == RECORDING_SYNC_ALL)
        all_is_durable(pending);
    if (pending->in_base || pending->model->sync == MODEL_SYNC_NOTHING ||
        step->kind == RECORDING_NODE)
        return apply(pending, number);
    if (step->kind == RECORDING_SYNC || step->kind == RECORDING_SYNC_ALL)
        return pending_sync(pending, step);
    if (changes && (step->flags & RECORDING_OF_WITNESS))
        return add(pending, number, true, size) < 0 ? -1 : settle(pending);
    if (!changes)
        return 0;
    if (add_pending(pending, number, size) < 0)
        return -1;
    return step_is_barrier(step) ? pending_sync(pending, step) : 0;
}
