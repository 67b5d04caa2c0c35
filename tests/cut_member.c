/* SPDX-License-Identifier: MIT
 * cut_member.c: could a crash have left this tree? Decides for scripts/model-check whether a model
 * of src/durable permits what a real file system had after a cut.
 *
 *     cut_member RECORDING MODEL <trees
 *
 * A tree is a line "tree NAME MARKS", entries as cut_guest.c writes them, and a line "end". MARKS:
 * how many lines the recorded workload had printed when the power went: the point lies between the
 * last of them and the next one. Prints for each tree "NAME yes POINT", or "NAME no REASON" of the
 * point and the losses that come nearest. Exit status 1: there was a no.
 *
 * The states that `crash` draws are a sample; this asks for all. Which names, attributes and sizes
 * are lost is tried out, closed under the model by losses.c. That settles which writes must be
 * there as a whole, and which must not. All others are decided sector by sector: a sector has what
 * the writes to it left up to one of them, since the page cache has them all.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "durable/losses.h"
#include "durable/step.h"
#include "image/nodes.h"

enum { SECTOR = 512, PAGE = 4096, ENTRIES = 256, STEPS = 4096, VERSIONS = 512, MOST_FREE = 18 };

struct entry {
    char type;
    unsigned mode;
    uint64_t inode;
    size_t length;
    char path[256];
    unsigned char *bytes;
};

static struct tree {
    char name[64];
    unsigned mark, n;
    struct entry entry[ENTRIES];
} tree;

/* What one choice of losses means for the entries that are pending. */
struct choice {
    const struct pending *pending;
    struct losses *losses;
    uint8_t fate[STEPS];  /* enum losses_fate, closed */
    bool whole[STEPS];    /* must not be lost nor torn */
};

/* Why not; the reason of the choice that came furthest. */
static struct {
    unsigned rank;
    char text[512];
} why;

static bool refuse(unsigned rank, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool refuse(unsigned rank, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (rank > why.rank) {
        why.rank = rank;
        vsnprintf(why.text, sizeof why.text, format, arguments);
    }
    va_end(arguments);
    return false;
}

static const struct recording_step *step_of(const struct pending *pending, size_t i)
{
    return &pending->recording->steps[pending->entry[i].step];
}

/* ---- the bytes of a file ------------------------------------------------------------------ */

/* What a sector may have, while the steps about it are gone through. */
struct version {
    unsigned char bytes[SECTOR];
    bool grew;    /* a write that is kept reaches the size that was found */
    bool gap;     /* the last write to it was lost */
};

struct file {
    const struct choice *choice;
    const struct entry *entry; /* what was found */
    uint32_t node;
    uint64_t size;             /* before the writes that may have made it grow */
    size_t since;              /* the entry behind the one that set that size */
};

static const struct pages *base_of(const struct file *file)
{
    const struct node *node = nodes_get(file->choice->pending->image, file->node);
    return node ? &node->pages : NULL;
}

static void read_base(const struct file *file, uint64_t at, unsigned char *bytes)
{
    const struct pages *pages = base_of(file);
    uint64_t number = at / PAGE;
    const unsigned char *page = pages ? pages_next(pages, &number) : NULL;
    memset(bytes, 0, SECTOR);
    if (page && number == at / PAGE)
        memcpy(bytes, page + at % PAGE, SECTOR);
}

static void put(const struct file *file, const struct recording_step *step, uint64_t at,
                struct version *version)
{
    uint64_t end = step->offset + step->length;
    uint64_t first = step->offset > at ? step->offset : at;
    uint64_t last = end < at + SECTOR ? end : at + SECTOR;
    const unsigned char *data = file->choice->pending->recording->data + step->data;
    if (step->kind == RECORDING_ZERO)
        memset(version->bytes + (first - at), 0, last - first);
    else
        memcpy(version->bytes + (first - at), data + (first - step->offset), last - first);
    version->grew |= step->kind == RECORDING_WRITE &&
                     (end < at + SECTOR ? end : at + SECTOR) == file->entry->length;
}

static void set_size(const struct recording_step *step, uint64_t at, struct version *version)
{
    if (step->length < at + SECTOR) {
        uint64_t first = step->length > at ? step->length - at : 0;
        memset(version->bytes + first, 0, SECTOR - first);
    }
    version->grew = false;
}

static void add_version(struct version *all, size_t *n, const struct version *one)
{
    for (size_t i = 0; i < *n; i++)
        if (all[i].grew == one->grew && all[i].gap == one->gap &&
            memcmp(all[i].bytes, one->bytes, SECTOR) == 0)
            return;
    if (*n == VERSIONS)
        abort();
    all[(*n)++] = *one;
}

/* Goes on from each version by one step about the sector: with it, and without it. */
static size_t branch(const struct file *file, size_t i, uint64_t at, const struct version *all,
                     size_t n, struct version *ret)
{
    const struct recording_step *step = step_of(file->choice->pending, i);
    bool covers = step->offset <= at && step->offset + step->length >= at + SECTOR;
    size_t n_ret = 0;
    for (size_t k = 0; k < n; k++) {
        struct version one = all[k];
        bool follows = covers || !one.gap;
        one.gap = true;
        if (!file->choice->whole[i])
            add_version(ret, &n_ret, &one);
        one = all[k];
        if (file->choice->fate[i] != LOSSES_KEPT || !follows)
            continue;
        put(file, step, at, &one);
        one.gap = false;
        add_version(ret, &n_ret, &one);
    }
    return n_ret;
}

/* Lists what the sector at `at` may have. */
static size_t versions_of(const struct file *file, uint64_t at, struct version *ret)
{
    static struct version other[VERSIONS];
    const struct pending *pending = file->choice->pending;
    struct version first = { .gap = false };
    size_t n = 1;
    read_base(file, at, first.bytes);
    ret[0] = first;
    for (size_t i = 0; i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        if (step->node != file->node || !step_is_data(step))
            continue;
        if (step->kind == RECORDING_SIZE) {
            for (size_t k = 0; k < n; k++) {
                ret[k].gap = false;
                if (file->choice->fate[i] == LOSSES_KEPT)
                    set_size(step, at, &ret[k]);
            }
        } else if (step->offset < at + SECTOR && step->offset + step->length > at) {
            n = branch(file, i, at, ret, n, other);
            memcpy(ret, other, n * sizeof *ret);
        }
    }
    return n;
}

/* May the file have grown to this size without the bytes of the write that ends there, or has a
 * border of sectors there? */
static bool may_have_grown(const struct file *file)
{
    const struct pending *pending = file->choice->pending;
    uint64_t size = file->entry->length;
    for (size_t i = file->since; pending->model->zeros && i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        uint64_t end = step->offset + step->length;
        if (step->node == file->node && step->kind == RECORDING_WRITE &&
            file->choice->fate[i] == LOSSES_KEPT && step->offset < size &&
            (end == size || (end > size && size % SECTOR == 0)))
            return true;
    }
    return false;
}

static bool check_sector(const struct file *file, uint64_t at)
{
    static struct version all[VERSIONS];
    uint64_t size = file->entry->length, end = size < at + SECTOR ? size : at + SECTOR;
    bool last = end == size, matches = false;
    size_t n = versions_of(file, at, all);
    for (size_t k = 0; k < n; k++) {
        if (memcmp(all[k].bytes, file->entry->bytes + at, end - at) != 0)
            continue;
        matches = true;
        if (!last || size == file->size || all[k].grew || may_have_grown(file))
            return true;
    }
    return refuse(4, matches ? "%s: no writes that are kept end at its size, %llu"
                             : "%s: no writes leave the sector at %llu",
                  file->entry->path, (unsigned long long)(matches ? size : at));
}

/* Finds the size of the file before the writes that may have made it grow. */
static void find_size(struct file *file)
{
    const struct pending *pending = file->choice->pending;
    const struct pages *pages = base_of(file);
    file->size = pages ? pages->size : 0;
    for (size_t i = 0; i < pending->n; i++) {
        const struct recording_step *step = step_of(pending, i);
        if (step->node != file->node || step->kind != RECORDING_SIZE ||
            file->choice->fate[i] != LOSSES_KEPT)
            continue;
        file->size = step->length;
        file->since = i + 1;
    }
}

static bool check_file(const struct choice *choice, uint32_t node, const struct entry *entry)
{
    struct file file = { .choice = choice, .node = node, .entry = entry };
    find_size(&file);
    uint64_t least = file.size;
    for (size_t i = file.since; i < choice->pending->n; i++) {
        const struct recording_step *step = step_of(choice->pending, i);
        uint64_t end = step->offset + step->length;
        if (step->node == node && step->kind == RECORDING_WRITE && choice->whole[i] && end > least)
            least = end;
    }
    if (entry->length < least || (entry->length == 0 && least > 0))
        return refuse(3, "%s: its size is %zu and must be %llu", entry->path, entry->length,
                      (unsigned long long)least);
    for (uint64_t at = 0; at < entry->length; at += SECTOR)
        if (!check_sector(&file, at))
            return false;
    return true;
}

/* ---- the names ---------------------------------------------------------------------------- */

static uint32_t find_node(const struct image *image, const char *path)
{
    char name[256];
    uint32_t number = RECORDING_DISK;
    for (const char *at = path; *at;) {
        size_t length = strcspn(at, "/");
        const struct node *node = nodes_get(image, number);
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        const struct node_entry *entry = node && S_ISDIR(node->mode) ? node_find(node, name) : NULL;
        if (!entry)
            return RECORDING_NONE;
        number = entry->node;
        at += length + (at[length] == '/');
    }
    return number;
}

static unsigned count_entries(const struct image *image, uint32_t directory)
{
    const struct node *node = nodes_get(image, directory);
    unsigned n = 0;
    for (uint32_t i = 0; node && S_ISDIR(node->mode) && i < node->n_entries; i++)
        n += 1 + count_entries(image, node->entry[i].node);
    return n;
}

static bool check_entry(const struct image *image, unsigned i, uint32_t nodes[ENTRIES])
{
    const struct entry *entry = &tree.entry[i];
    uint32_t number = nodes[i] = find_node(image, entry->path);
    const struct node *node = number == RECORDING_NONE ? NULL : nodes_get(image, number);
    unsigned type = entry->type == 'f' ? S_IFREG : entry->type == 'd' ? S_IFDIR : S_IFLNK;
    if (!node)
        return refuse(1, "%s should not be there", entry->path);
    if ((node->mode & S_IFMT) != type)
        return refuse(1, "%s is something else", entry->path);
    if (type != S_IFLNK && (node->mode & 07777) != entry->mode)
        return refuse(2, "%s: its mode is %o, and must be %o", entry->path, entry->mode,
                      node->mode & 07777);
    if (type == S_IFLNK && (strlen(node->target) != entry->length ||
                            memcmp(node->target, entry->bytes, entry->length) != 0))
        return refuse(2, "%s leads to something else", entry->path);
    for (unsigned k = 0; k < i; k++)
        if ((nodes[k] == number) != (tree.entry[k].inode == entry->inode))
            return refuse(2, "%s and %s: one file, or two", tree.entry[k].path, entry->path);
    return true;
}

static bool check_tree(const struct choice *choice, const struct image *image)
{
    uint32_t nodes[ENTRIES];
    unsigned n = count_entries(image, RECORDING_DISK);
    for (unsigned i = 0; i < tree.n; i++)
        if (!check_entry(image, i, nodes))
            return false;
    if (n != tree.n)
        return refuse(1, "%u names are there, and %u must be", tree.n, n);
    for (unsigned i = 0; i < tree.n; i++)
        if (tree.entry[i].type == 'f' && !check_file(choice, nodes[i], &tree.entry[i]))
            return false;
    return true;
}

/* ---- choices ------------------------------------------------------------------------------ */

static bool is_free_metadata(const struct losses *losses, size_t i)
{
    return losses_possible(losses, i) && step_is_metadata(step_of(losses->pending, i));
}

/* Are the same names, attributes and sizes lost as in the choice? */
static bool agrees(const struct choice *choice)
{
    const struct losses *losses = choice->losses;
    for (size_t i = 0; i < losses->pending->n; i++)
        if (is_free_metadata(losses, i) &&
            (losses->fate[i] == LOSSES_KEPT) != (choice->fate[i] == LOSSES_KEPT))
            return false;
    return true;
}

/* memcpy(), also of nothing at NULL. */
static void copy_fates(uint8_t *to, const uint8_t *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
}

/* Closes the choice. False: the model has no such state. */
static bool close_choice(struct choice *choice)
{
    struct losses *losses = choice->losses;
    size_t n = choice->pending->n;
    for (bool closed = false; !closed;) {
        copy_fates(losses->fate, choice->fate, n);
        closed = losses_are_closed(losses);
        if (!agrees(choice))
            return false;
        copy_fates(choice->fate, losses->fate, n);
    }
    return true;
}

/* Finds the writes without which something is lost that is kept. */
static void find_whole(struct choice *choice)
{
    struct losses *losses = choice->losses;
    for (size_t i = 0; i < choice->pending->n; i++) {
        choice->whole[i] = !losses_possible(losses, i);
        if (choice->fate[i] != LOSSES_KEPT || choice->whole[i] ||
            !step_is_bytes(step_of(choice->pending, i)))
            continue;
        copy_fates(losses->fate, choice->fate, choice->pending->n);
        losses->fate[i] = LOSSES_LOST;
        losses_close(losses);
        choice->whole[i] = !agrees(choice);
    }
}

/* What is left of an entry, as image_apply() takes it; 0: nothing. */
static uint64_t left_of(const struct choice *choice, size_t i, bool clears)
{
    const struct pending_entry *entry = &choice->pending->entry[i];
    return choice->fate[i] == LOSSES_KEPT ? IMAGE_ALL
           : entry->named                 ? IMAGE_NAME
           : clears && entry->cleared     ? IMAGE_CLEAR : 0;
}

/* `clears`: lost renames have removed what they replaced. */
static bool try_image(const struct choice *choice, bool clears)
{
    struct image *image = image_clone(choice->pending->image);
    for (size_t i = 0; image && i < choice->pending->n; i++) {
        uint64_t left = left_of(choice, i, clears);
        if (left > 0 && image_apply(image, choice->pending->entry[i].step, left) < 0)
            abort();
    }
    if (!image)
        abort();
    bool result = check_tree(choice, image);
    image_free(image);
    return result;
}

static bool try_choice(struct choice *choice)
{
    if (!close_choice(choice))
        return false;
    find_whole(choice);
    return try_image(choice, false) || try_image(choice, true);
}

/* Tries to keep the first ones, then, if the model has no order, any. */
static bool try_point(struct choice *choice)
{
    struct losses *losses = choice->losses;
    size_t free[STEPS], n = 0, size = choice->pending->n;
    if (losses_none(losses) < 0 || size > STEPS)
        abort();
    for (size_t i = 0; i < size; i++)
        if (is_free_metadata(losses, i))
            free[n++] = i;
    for (size_t kept = n + 1; kept-- > 0;) {
        memset(choice->fate, LOSSES_KEPT, size);
        for (size_t i = kept; i < n; i++)
            choice->fate[free[i]] = LOSSES_LOST;
        if (try_choice(choice))
            return true;
    }
    size_t skip = n > MOST_FREE ? n - MOST_FREE : 0;
    for (uint64_t set = 0; !choice->pending->model->in_order && set < UINT64_C(1) << (n - skip);
         set++) {
        memset(choice->fate, LOSSES_KEPT, size);
        for (size_t i = skip; i < n; i++)
            if (set >> (i - skip) & 1)
                choice->fate[free[i]] = LOSSES_LOST;
        if (try_choice(choice))
            return true;
    }
    return false;
}

/* ---- points ------------------------------------------------------------------------------- */

/* Returns the point in the recording that explains the tree, or UINT64_MAX. */
static uint64_t explain(const struct recording *recording, enum durable_model model)
{
    static struct choice choice;
    struct pending pending;
    struct losses losses;
    unsigned marks = 0;
    uint64_t found = UINT64_MAX;
    why.rank = 0;
    strcpy(why.text, "there is no such mark");
    if (pending_begin(&pending, recording, model, 0) < 0 || losses_begin(&losses, &pending) < 0)
        abort();
    choice.pending = &pending;
    choice.losses = &losses;
    for (uint64_t i = 0; i <= recording->n_steps && found == UINT64_MAX; i++) {
        if (marks == tree.mark && try_point(&choice))
            found = i;
        if (i == recording->n_steps)
            break;
        marks += recording->steps[i].kind == RECORDING_OUTPUT;
        if (pending_step(&pending, i) < 0)
            abort();
    }
    losses_end(&losses);
    pending_end(&pending);
    choice.pending = NULL;
    choice.losses = NULL;
    return found;
}

static void read_entry(char type)
{
    if (tree.n == ENTRIES)
        abort();
    struct entry *entry = &tree.entry[tree.n++];
    unsigned long long inode;
    entry->type = type;
    if (scanf("%o %llu %zu w/%255s", &entry->mode, &inode, &entry->length, entry->path) != 4 ||
        getchar() != '\n')
        abort();
    entry->inode = inode;
    entry->bytes = realloc(entry->bytes, entry->length + 1);
    if (!entry->bytes || fread(entry->bytes, 1, entry->length, stdin) != entry->length)
        abort();
}

int main(int argc, char **argv)
{
    struct recording recording;
    struct error error;
    int model = argc == 3 ? durable_model_parse(argv[2]) : -1, status = 0;
    char word[16];
    if (model < 0 || recording_open(argv[1], &recording, &error) < 0) {
        fprintf(stderr, "cut_member: %s\n", model < 0 ? "unknown words" : error.text);
        return 2;
    }
    while (scanf("%15s", word) == 1) {
        if (strcmp(word, "tree") == 0) {
            tree.n = 0;
            if (scanf("%63s %u", tree.name, &tree.mark) != 2)
                abort();
            continue;
        }
        if (strcmp(word, "end") != 0) {
            read_entry(*word);
            continue;
        }
        uint64_t point = explain(&recording, (enum durable_model)model);
        if (point == UINT64_MAX)
            printf("%s no %s\n", tree.name, why.text);
        else
            printf("%s yes %llu\n", tree.name, (unsigned long long)point);
        status |= point == UINT64_MAX;
    }
    recording_close(&recording);
    return status;
}
