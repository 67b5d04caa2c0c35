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
                                 .sizes = calloc(recording->n_nodes, sizeof *pending->sizes) };
    return pending->image && pending->sizes ? 0 : -1;
}

void pending_end(struct pending *pending)
{
    image_free(pending->image);
    free(pending->entry);
    free(pending->keys);
    free(pending->sizes);
}

static const struct recording_step *step_of(const struct pending *pending, size_t i)
{
    return &pending->recording->steps[pending->entry[i].step];
}

/* ---- what has to keep its order ----------------------------------------------------------- */

enum { KEY_DATA, KEY_MODE, KEY_NAMES, KEY_ENTRY, KEY_SECTOR, KEY_WHATS };

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
    if (step_is_data(step) || step->kind == RECORDING_CLOSE || step->kind == RECORDING_TIMES)
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

/* ---- who had a name before ---------------------------------------------------------------- */

struct pending_names {
    size_t n; /* a power of 2 */
    struct {
        uint64_t key;
        size_t last; /* + 1 */
    } slot[];
};

struct pending_names *pending_names_new(size_t entries)
{
    size_t n = 16;
    while (n < entries * 4)
        n *= 2;
    struct pending_names *names = calloc(1, sizeof *names + n * sizeof *names->slot);
    if (names)
        names->n = n;
    return names;
}

void pending_names_free(struct pending_names *names)
{
    free(names);
}

static size_t slot_of(const struct pending_names *names, uint64_t key)
{
    size_t i = (size_t)random_mix(key) & (names->n - 1);
    while (names->slot[i].key && names->slot[i].key != key)
        i = (i + 1) & (names->n - 1);
    return i;
}

static size_t exchange_last(struct pending_names *names, uint64_t key, size_t entry)
{
    size_t i = slot_of(names, key), last = names->slot[i].last;
    names->slot[i].key = key;
    names->slot[i].last = entry + 1;
    return last;
}

/* Who wrote to the first and to the last sector of a write before, if it does not cover them: what
 * is there of it takes that along. */
static void visit_sectors(struct pending_names *names, const struct recording_step *step,
                          size_t entry, size_t ret_before[2])
{
    uint64_t end = step->offset + step->length, first = step->offset / SECTOR;
    uint64_t last = (end - 1) / SECTOR, key = node_key(step->node, KEY_SECTOR);
    key = random_mix(key ^ names->slot[slot_of(names, key)].last); /* since its size was set */
    bool begins = step->offset % SECTOR == 0 && (last > first || end % SECTOR == 0);
    size_t before = exchange_last(names, random_mix(key ^ first) | 1, entry);
    if (!begins)
        ret_before[0] = before;
    if (last == first)
        return;
    before = exchange_last(names, random_mix(key ^ last) | 1, entry);
    if (end % SECTOR != 0)
        ret_before[1] = before;
}

void pending_names_visit(struct pending_names *names, const struct pending *pending, size_t entry,
                         size_t ret_before[2])
{
    const struct recording_step *step = step_of(pending, entry);
    ret_before[0] = ret_before[1] = 0;
    if (step->kind == RECORDING_SIZE)
        exchange_last(names, node_key(step->node, KEY_SECTOR), entry);
    if (step->kind == RECORDING_WRITE && step->length > 0 && !(step->flags & RECORDING_MAPPED))
        visit_sectors(names, step, entry, ret_before);
    if (!step_is_name(step))
        return;
    ret_before[0] = exchange_last(names, entry_key(pending, step->dir, step->name), entry);
    if (step->kind >= RECORDING_RENAME)
        ret_before[1] = exchange_last(names, entry_key(pending, step->dir2, step->name2), entry);
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

static int add(struct pending *pending, uint64_t step, bool durable, bool grows)
{
    if (pending->n == pending->room) {
        size_t more = pending->room ? pending->room * 2 : 64;
        struct pending_entry *entry = realloc(pending->entry, more * sizeof *entry);
        if (!entry)
            return -1;
        pending->entry = entry;
        pending->room = more;
    }
    pending->entry[pending->n++] = (struct pending_entry){ step, durable, grows };
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
    return (step_is_data(step) || step->kind == RECORDING_CLOSE) && step->node == sync->node &&
           is_in_range(sync, step);
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

static bool syncs_names(const struct recording_step *sync, const struct recording_step *step)
{
    bool its_own = step_is_name(step) || step_is_attribute(step);
    return syncs_node(sync, step) || (its_own && step->node == sync->node);
}

/* Does the SYNC need the journal, for the sake of this step? A file that was written within its
 * size needs it for its times, which are not data. */
static bool needs_journal(const struct recording_step *sync, const struct recording_step *step,
                          bool grows)
{
    bool data_only = (sync->flags & (RECORDING_DATA_ONLY | RECORDING_SYNCHRONOUS)) != 0;
    if (is_name_in(sync->node, step))
        return true;
    if (step->node != sync->node || step->kind == RECORDING_CLOSE)
        return false;
    return !data_only || grows || step->kind == RECORDING_SIZE || step->kind == RECORDING_LINK;
}

static bool uses_journal(const struct pending *pending, const struct recording_step *sync)
{
    for (size_t i = 0; i < pending->n; i++)
        if (!pending->entry[i].durable &&
            needs_journal(sync, step_of(pending, i), pending->entry[i].grows))
            return true;
    return false;
}

static bool makes_durable(const struct pending *pending, const struct recording_step *sync,
                          bool journal, const struct recording_step *step)
{
    if (sync->kind == RECORDING_SYNC_ALL)
        return true;
    switch (pending->model->sync) {
    case MODEL_SYNC_NODE:
        return syncs_node(sync, step);
    case MODEL_SYNC_JOURNAL:
        return syncs_data(sync, step) || (journal && step_is_metadata(step));
    default:
        return syncs_names(sync, step);
    }
}

/* Of a directory whose entry became durable, the name does so, too. */
static void sync_names_above(struct pending *pending)
{
    for (bool found = true; found;) {
        found = false;
        for (size_t i = pending->n; i-- > 0;) {
            const struct recording_step *step = step_of(pending, i);
            if (!pending->entry[i].durable || !step_is_name(step))
                continue;
            uint32_t above = step->kind >= RECORDING_RENAME ? step->dir2 : step->dir;
            for (size_t j = 0; j < pending->n; j++) {
                const struct recording_step *name = step_of(pending, j);
                if (step_is_name(name) && name->node == above && !pending->entry[j].durable)
                    found = pending->entry[j].durable = true;
            }
        }
    }
}

/* Marks the data of a node among the entries from `first` to before `end`. */
static void mark_data(struct pending *pending, uint32_t node, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (step_is_data(step_of(pending, i)) && step_of(pending, i)->node == node)
            pending->entry[i].durable = true;
}

/* Returns the entry where the file that was cut at entry `cut` was closed; 0: there is none. */
static size_t close_of(const struct pending *pending, size_t cut)
{
    for (size_t i = cut + 1; i < pending->n; i++)
        if (step_of(pending, i)->kind == RECORDING_CLOSE &&
            step_of(pending, i)->node == step_of(pending, cut)->node)
            return i;
    return 0;
}

bool pending_closes_cut(const struct pending *pending, const struct recording_step *step)
{
    for (size_t i = 0; step->kind == RECORDING_CLOSE && i < pending->n; i++)
        if (step_cuts(step_of(pending, i)) && step_of(pending, i)->node == step->node &&
            pending->model->data_at_close && close_of(pending, i) == 0)
            return true;
    return false;
}

/* Marks the data that comes before what is durable. */
static void mark_data_before(struct pending *pending)
{
    for (size_t i = 0; i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        if (!pending->entry[i].durable)
            continue;
        if (pending->model->data_first && step_replaces(step))
            mark_data(pending, step->node, 0, i);
        if (pending->model->data_at_close && step_cuts(step))
            mark_data(pending, step->node, i, close_of(pending, i));
    }
}

/* Marks the names that came before those that are durable, from the last one backwards. */
static int mark_names_before(struct pending *pending)
{
    struct pending_names *names = pending_names_new(pending->n);
    size_t (*before)[2] = calloc(pending->n + 1, sizeof *before);
    for (size_t i = 0; names && before && i < pending->n; i++)
        pending_names_visit(names, pending, i, before[i]);
    for (size_t i = pending->n; names && before && i-- > 0;)
        for (int k = 0; k < 2 && pending->entry[i].durable; k++)
            if (before[i][k] > 0)
                pending->entry[before[i][k] - 1].durable = true;
    int result = names && before ? 0 : -1;
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

int pending_sync(struct pending *pending, const struct recording_step *sync)
{
    if (pending->model->sync == MODEL_SYNC_NOTHING || pending->n == 0)
        return 0;
    bool journal = uses_journal(pending, sync);
    for (size_t i = 0; i < pending->n; i++)
        if (makes_durable(pending, sync, journal, step_of(pending, i)))
            pending->entry[i].durable = true;
    if (pending->model->sync == MODEL_SYNC_NAMES)
        sync_names_above(pending);
    return make_durable(pending);
}

/* ---- one step ----------------------------------------------------------------------------- */

static int base(struct pending *pending, uint64_t step)
{
    pending->n = 0;
    pending->in_base = true;
    return apply(pending, step);
}

/* Keeps the size of the file. Does it grow? */
static bool grow(struct pending *pending, const struct recording_step *step)
{
    uint64_t *size = &pending->sizes[step->node], end = step->offset + step->length;
    if (step->kind == RECORDING_SIZE)
        *size = step->length;
    if (step->kind != RECORDING_WRITE || end <= *size)
        return false;
    *size = end;
    return true;
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

/* A step that can be lost, or marks a place among them. */
static int add_pending(struct pending *pending, uint64_t number, bool grows)
{
    if (add(pending, number, false, grows) < 0)
        return -1;
    return pending->most > 0 && pending->n > pending->most ? write_back(pending) : 0;
}

int pending_step(struct pending *pending, uint64_t number)
{
    const struct recording_step *step = &pending->recording->steps[number];
    bool changes = step_is_data(step) || step_is_metadata(step);
    bool grows = step_is_data(step) && grow(pending, step);
    if (step->kind == RECORDING_BASE)
        return base(pending, number);
    if (step->kind == RECORDING_READY)
        pending->in_base = false;
    if (pending->in_base || pending->model->sync == MODEL_SYNC_NOTHING ||
        step->kind == RECORDING_NODE)
        return apply(pending, number);
    if (step->kind == RECORDING_SYNC || step->kind == RECORDING_SYNC_ALL)
        return pending_sync(pending, step);
    if (changes && (step->flags & RECORDING_OF_WITNESS))
        return add(pending, number, true, grows) < 0 ? -1 : settle(pending);
    if (!changes && (step->kind != RECORDING_CLOSE || !pending->model->data_at_close))
        return 0;
    if (add_pending(pending, number, grows) < 0)
        return -1;
    return step_is_barrier(step) ? pending_sync(pending, step) : 0;
}
