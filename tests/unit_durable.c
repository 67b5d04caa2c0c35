/* SPDX-License-Identifier: MIT
 * unit_durable.c: what each model lets a crash take back of small runs, all states of each; that
 * states are what their steps say; and that they cost what is pending, not the run.
 */
#include "durable/durable.h"

#include <fcntl.h>
#include <stdio.h>

#include "recording_fixture.h"
#include "unit.h"

enum { PAGE = 4096, TEXT = 160, TEXTS = 1024, DISKS = 4096, ALL_MODELS = (1 << DURABLE_MODELS) - 1,
       POWER = ALL_MODELS & ~(1 << DURABLE_PROCESS) };

static struct error error;

/* ---- states in words ---------------------------------------------------------------------- */

/* Bytes of a file: "." is a zero. */
static void describe_file(int at, const char *name, char *text, size_t size)
{
    char bytes[32];
    size_t end = strlen(text);
    int fd FD_CLEANUP = openat(at, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
    if (n < 0)
        return;
    for (ssize_t i = 0; i < n; i++)
        bytes[i] = bytes[i] ? bytes[i] : '.';
    snprintf(text + end, size - end, "%s%s=%.*s", end ? " " : "", name, (int)n, bytes);
}

/* Writes what is in an image: "a=old d/f=...". */
static void describe(const struct image *image, char *text, size_t size)
{
    static const char *const names[] = { "a", "b", "t", "d/f", "e/f", "u", "v", "w", "x", "y" };
    ck_assert_int_eq(mkdir("built", 0700), 0);
    int at FD_CLEANUP = open("built", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_msg(image_build(image, RECORDING_DISK, at, NULL, &error) == 0, "%s", error.text);
    text[0] = '\0';
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        describe_file(at, names[i], text, size);
    ck_assert_int_eq(tree_remove("built", &error), 0);
}

/* What was met of one model: the states in words, each once. */
struct met {
    char text[TEXTS][TEXT];
    size_t n;
};
static struct met met[DURABLE_MODELS];
static struct durable_count counts[DURABLE_MODELS];
static char disks[DISKS][TEXT - 24]; /* of each distinct state */

static bool has_met(enum durable_model model, const char *text)
{
    for (size_t i = 0; i < met[model].n; i++)
        if (strcmp(met[model].text[i], text) == 0)
            return true;
    return false;
}

static void meet(enum durable_model model, const char *text)
{
    if (has_met(model, text))
        return;
    ck_assert_uint_lt(met[model].n, TEXTS);
    strcpy(met[model].text[met[model].n++], text);
}

static bool is_equal(struct image_hash a, struct image_hash b)
{
    return a.low == b.low && a.high == b.high;
}

static struct image_hash hash_of(const struct image *image)
{
    struct image_hash hash;
    ck_assert_int_eq(image_hash(image, &hash), 0);
    return hash;
}

/* Lists what is pending at a point. */
static void pending_at(enum durable_model model, uint64_t point, uint64_t **ret, size_t *ret_n)
{
    struct durable_builder *builder = durable_builder_new(&tape.recording, 0);
    ck_assert_ptr_nonnull(builder);
    ck_assert_int_eq(durable_builder_pending(builder, model, point, ret, ret_n), 0);
    durable_builder_free(builder);
}

/* Is each loss among the steps that were pending? Are they in their order? */
static void expect_pending(const struct durable_state *state)
{
    uint64_t *steps, last = 0;
    size_t n, found = 0;
    pending_at(state->model, state->point, &steps, &n);
    for (size_t i = 0; i < n; i++) {
        ck_assert(i == 0 || steps[i] > last);
        last = steps[i];
        for (size_t j = 0; j < state->n_lost; j++)
            found += state->lost[j] == steps[i];
        for (size_t j = 0; j < state->n_torn; j++)
            found += state->torn[j].step == steps[i];
    }
    ck_assert_uint_eq(found, state->n_lost + state->n_torn);
    free(steps);
}

/* The disk that the steps of a state make of nothing. */
static struct image *replay(const struct durable_state *state)
{
    struct image *image = image_new(&tape.recording);
    size_t lost = 0, torn = 0;
    ck_assert_ptr_nonnull(image);
    for (uint64_t i = 0; i < state->point; i++) {
        uint64_t keep = IMAGE_ALL;
        if (lost < state->n_lost && state->lost[lost] == i) {
            lost++;
            continue;
        }
        if (torn < state->n_torn && state->torn[torn].step == i)
            keep = state->torn[torn++].keep;
        ck_assert_int_eq(image_apply(image, i, keep), 0);
    }
    return image;
}

/* Notes the state with the number of steps that the outside world has seen: "2: a=old". The disk
 * must be what the steps of the state make of nothing, and what a builder makes, too. */
static int note(void *context, const struct durable_state *state, const struct image *image,
                uint64_t number, bool is_new)
{
    char text[TEXT];
    struct image *again = durable_builder_make(context, state), *replayed = replay(state);
    ck_assert_ptr_nonnull(again);
    ck_assert(is_equal(hash_of(image), hash_of(again)));
    ck_assert(is_equal(hash_of(image), hash_of(replayed)));
    image_free(again);
    image_free(replayed);
    expect_pending(state);
    ck_assert_int_eq(durable_possible(&tape.recording, state, 0, UINT64_MAX), 1);
    ck_assert_uint_lt(number, DISKS);
    if (is_new)
        describe(image, disks[number], sizeof disks[number]);
    snprintf(text, sizeof text, "%d: %s", (int)state->witness, disks[number]);
    meet(state->model, text);
    return 0;
}

static void enumerate_with(unsigned models, const struct durable_limits *limits)
{
    struct durable_builder *builder = durable_builder_new(&tape.recording, limits->pending);
    struct durable_known *known = durable_known_new();
    memset(met, 0, sizeof met);
    ck_assert_int_eq(durable_enumerate(&tape.recording, models, limits, known, note, builder,
                                       counts, &error), 0);
    durable_known_free(known);
    durable_builder_free(builder);
}

static void enumerate(void)
{
    tape_end();
    enumerate_with(ALL_MODELS, &(struct durable_limits){ .pairs = false });
}

/* Expects exactly these states of the models in a set. */
static void expect_states(unsigned models, const char *const *texts)
{
    size_t n = 0;
    for (int model = 0; model < DURABLE_MODELS; model++) {
        if (!(models >> model & 1))
            continue;
        for (n = 0; texts[n]; n++)
            ck_assert_msg(has_met((enum durable_model)model, texts[n]), "%s: '%s' is missing",
                          durable_model_name((enum durable_model)model), texts[n]);
        for (size_t i = 0; i < met[model].n; i++) {
            bool expected = false;
            for (size_t j = 0; j < n; j++)
                expected |= strcmp(met[model].text[i], texts[j]) == 0;
            ck_assert_msg(expected, "%s: '%s' is too much",
                          durable_model_name((enum durable_model)model), met[model].text[i]);
        }
    }
}
#define EXPECT(models, ...) expect_states((models), (const char *const[]){ __VA_ARGS__, NULL })
#define ONLY(model) (1u << (model))

/* The tree as it is before the run. */
static uint32_t base_with(const char *text)
{
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", text);
    tape_kind(RECORDING_READY);
    return file;
}

static void set_up(void)
{
    tape_set_up();
}

static size_t count_pending(enum durable_model model, uint64_t point)
{
    uint64_t *steps;
    size_t n;
    pending_at(model, point, &steps, &n);
    free(steps);
    return n;
}

/* ---- replacing a file --------------------------------------------------------------------- */

static uint64_t replacing_write, replacing_rename;

static uint32_t replace(bool synced)
{
    uint32_t old = base_with("old"), new = tape_node(S_IFREG | 0600);
    tape_link(0, "t", new);
    replacing_write = tape_write(new, 0, "new");
    if (synced)
        tape_sync(new);
    replacing_rename = tape_rename("t", "a", new, old);
    return new;
}

START_TEST(rename_without_fsync)
{
    replace(false);
    enumerate();
    EXPECT(ONLY(DURABLE_PROCESS), "0: a=new");
    EXPECT(ONLY(DURABLE_POSIX), "0: a=old", "0: a=old t=", "0: a=old t=new", "0: a=new", "0: a=",
           "0: a=...");
    ck_assert_uint_eq(counts[DURABLE_POSIX].distinct, 6);
    ck_assert_uint_eq(counts[DURABLE_EXT4].distinct, 5);
    ck_assert_uint_eq(counts[DURABLE_XFS].distinct, 5);
    EXPECT(ONLY(DURABLE_EXT4), "0: a=old", "0: a=old t=", "0: a=old t=new", "0: a=old t=...",
           "0: a=new");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=old", "0: a=old t=", "0: a=old t=new",
           "0: a=new", "0: a=");
}
END_TEST

START_TEST(rename_with_fsync)
{
    replace(true);
    enumerate();
    EXPECT(ONLY(DURABLE_POSIX) | ONLY(DURABLE_EXT4), "0: a=old", "0: a=old t=", "0: a=old t=new",
           "0: a=old t=...", "0: a=new");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=old", "0: a=old t=", "0: a=old t=new",
           "0: a=new");
}
END_TEST

/* The file that had the name keeps one: where the rename that freed it is lost, the new one is. */
START_TEST(a_name_that_was_freed)
{
    uint32_t old = base_with("old"), new = tape_node(S_IFREG | 0600);
    tape_rename("a", "b", old, RECORDING_NONE);
    tape_link(0, "a", new);
    tape_write(new, 0, "new");
    enumerate();
    EXPECT(ONLY(DURABLE_POSIX) | ONLY(DURABLE_EXT4), "0: a=old", "0: b=old", "0: a= b=old",
           "0: a=new b=old", "0: a=... b=old");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=old", "0: b=old", "0: a= b=old",
           "0: a=new b=old");
}
END_TEST

/* Nothing is lost that an fsync of the directory has made durable. */
START_TEST(rename_with_both)
{
    replace(true);
    tape_sync(RECORDING_DISK);
    tape_output("done");
    enumerate();
    for (int model = 0; model < DURABLE_MODELS; model++)
        for (size_t i = 0; i < met[model].n; i++)
            if (met[model].text[i][0] == '1')
                ck_assert_str_eq(met[model].text[i], "1: a=new");
    ck_assert(has_met(DURABLE_POSIX, "0: a=old"));
}
END_TEST

/* The commit that has the cut need not have the bytes, closed or not. */
START_TEST(cut_and_written)
{
    uint32_t file = base_with("older");
    tape_size(file, 0);
    tape_write(file, 0, "new");
    enumerate();
    EXPECT(ONLY(DURABLE_POSIX), "0: a=older", "0: a=", "0: a=new", "0: a=newer", "0: a=...");
    EXPECT(ONLY(DURABLE_EXT4), "0: a=older", "0: a=", "0: a=new", "0: a=...");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=older", "0: a=", "0: a=new");
}
END_TEST

/* What was written before the cut may be lost without it. */
START_TEST(bytes_before_the_cut)
{
    uint32_t file = base_with("older");
    uint64_t write = tape_write(file, 0, "x");
    struct durable_state state = { .model = DURABLE_EXT4, .lost = &write, .n_lost = 1 };
    tape_size(file, 0);
    state.point = tape_write(file, 0, "new") + 1;
    tape_end();
    ck_assert_int_eq(durable_possible(&tape.recording, &state, 0, UINT64_MAX), 1);
}
END_TEST

/* Two files whose bytes are late, whatever comes after them. */
static uint32_t base_of_three(void)
{
    tape_kind(RECORDING_BASE);
    uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_file("a", "old"), b = tape_file("b", "1");
    uint32_t f = tape_node(S_IFREG | 0600);
    tape_link(0, "d", dir);
    tape_link(dir, "f", f);
    tape_write(f, 0, "1");
    tape_kind(RECORDING_READY);
    tape_write(b, 0, "2");
    tape_write(f, 0, "2");
    return file;
}

/* A step is early, with what the model keeps before it: of the others nothing is kept. */
START_TEST(a_rename_is_early)
{
    uint32_t old = base_of_three(), new = tape_node(S_IFREG | 0600);
    tape_link(0, "t", new);
    tape_write(new, 0, "new");
    tape_rename("t", "a", new, old);
    enumerate();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        bool data_first = model == DURABLE_EXT4;
        ck_assert(has_met((enum durable_model)model, "0: a=new b=1 d/f=1") == data_first);
        ck_assert(has_met((enum durable_model)model, "0: a= b=1 d/f=1") == !data_first);
    }
}
END_TEST

START_TEST(a_cut_is_early)
{
    uint32_t file = base_of_three();
    tape_size(file, 0);
    tape_write(file, 0, "n");
    tape_write(file, 1, "ew");
    enumerate();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        ck_assert(has_met((enum durable_model)model, "0: a=new b=1 d/f=1"));
        ck_assert(has_met((enum durable_model)model, "0: a=n b=1 d/f=1") ==
                  (model != DURABLE_POSIX));
        ck_assert(has_met((enum durable_model)model, "0: a= b=1 d/f=1"));
    }
}
END_TEST

/* ---- names -------------------------------------------------------------------------------- */

START_TEST(a_new_file_without_its_directory)
{
    base_with("x");
    uint32_t file = tape_file("b", "1");
    tape_sync(file);
    tape_output("done");
    enumerate();
    EXPECT(ONLY(DURABLE_POSIX), "0: a=x", "0: a=x b=", "0: a=x b=1", "0: a=x b=.", "1: a=x",
           "1: a=x b=1");
    EXPECT(ONLY(DURABLE_EXT4), "0: a=x", "0: a=x b=", "0: a=x b=1", "0: a=x b=.", "1: a=x b=1");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=x", "0: a=x b=", "0: a=x b=1",
           "1: a=x b=1");
}
END_TEST

/* What comes behind the last change of a file need not be in the commit that has the change, and a
 * sync that comes still later has nothing to wait for. */
START_TEST(a_sync_after_a_commit)
{
    uint32_t file = base_with("1");
    tape_write(file, 1, "2");
    tape_file("b", "");
    tape_sync(file);
    tape_output("done");
    enumerate();
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=1", "0: a=12", "0: a=1 b=", "0: a=12 b=",
           "1: a=12", "1: a=12 b=");
    ck_assert(has_met(DURABLE_EXT4, "1: a=12"));
}
END_TEST

/* A journal keeps what came before; the bytes of the other file are free. */
START_TEST(a_sync_of_another_file)
{
    base_with("x");
    uint32_t file = tape_file("b", "1"), other = tape_file("t", "2");
    (void)file;
    tape_sync(other);
    tape_output("done");
    enumerate();
    for (int model = DURABLE_EXT4; model <= DURABLE_XFS; model++) {
        ck_assert(has_met((enum durable_model)model, "1: a=x b= t=2"));
        ck_assert(!has_met((enum durable_model)model, "1: a=x t=2"));
        ck_assert(!has_met((enum durable_model)model, "0: a=x t="));
    }
    ck_assert(has_met(DURABLE_BTRFS, "1: a=x t=2"));
    ck_assert(has_met(DURABLE_BTRFS, "0: a=x t="));
    ck_assert(has_met(DURABLE_POSIX, "1: a=x"));
}
END_TEST

/* The data that a name or a size waits for is durable with it, whatever file the sync is of. */
START_TEST(data_that_a_journal_waits_for)
{
    replace(false);
    tape_sync(tape_file("b", "x"));
    tape_output("done");
    enumerate();
    ck_assert(has_met(DURABLE_EXT4, "1: a=new b=x"));
    ck_assert(!has_met(DURABLE_EXT4, "1: a= b=x"));
    ck_assert(has_met(DURABLE_XFS, "1: a= b=x"));
    tape_again();
    uint32_t file = base_with("older");
    tape_size(file, 0);
    tape_write(file, 0, "new");
    tape_sync(tape_file("b", "x"));
    tape_output("done");
    enumerate();
    ck_assert(has_met(DURABLE_EXT4, "1: a=new b=x"));
    ck_assert(has_met(DURABLE_EXT4, "1: a= b=x"));
    ck_assert(has_met(DURABLE_XFS, "1: a= b=x"));
}
END_TEST

/* A file that was cut grows again. */
START_TEST(a_file_grows_after_a_cut)
{
    uint32_t file = base_with("12345");
    tape_size(file, 1);
    tape_sync(file);
    tape_link(0, "b", tape_node(S_IFREG | 0600));
    tape_write(file, 1, "2");
    tape_step((struct recording_step){ .kind = RECORDING_SYNC, .node = file,
                                       .flags = RECORDING_DATA_ONLY });
    uint64_t end = tape_output("done");
    tape_end();
    ck_assert_uint_eq(count_pending(DURABLE_EXT4, end), 0);
}
END_TEST

/* A journal is written for names, attributes and sizes: for times, too, but not by fdatasync. */
START_TEST(a_sync_that_needs_no_journal)
{
    static const struct {
        uint64_t offset;
        uint16_t write, sync;
        bool kept;
    } rows[] = { { 0, 0, RECORDING_DATA_ONLY, false }, { 0, 0, 0, true },
                 { 1, 0, RECORDING_DATA_ONLY, true },  { 0, RECORDING_SYNCHRONOUS, 0, false },
                 { 1, RECORDING_SYNCHRONOUS, 0, true } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tape_again();
        uint32_t file = base_with("1"), other = tape_node(S_IFREG | 0600);
        tape_link(0, "b", other);
        tape_bytes(file, rows[i].offset, "2", 1, rows[i].write);
        if (!rows[i].write)
            tape_step((struct recording_step){ .kind = RECORDING_SYNC, .node = file,
                                               .flags = rows[i].sync });
        uint64_t end = tape_output("done");
        tape_end();
        ck_assert_uint_eq(count_pending(DURABLE_EXT4, end), rows[i].kept ? 0 : 1);
        ck_assert_uint_eq(count_pending(DURABLE_XFS, end), rows[i].kept ? 0 : 1);
        ck_assert_uint_eq(count_pending(DURABLE_POSIX, end), 1);
    }
}
END_TEST

START_TEST(names_above_a_new_file)
{
    base_with("x");
    uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_node(S_IFREG | 0600);
    tape_link(0, "d", dir);
    tape_link(dir, "f", file);
    tape_move(RECORDING_RENAME, 0, "d", 0, "e", dir, RECORDING_NONE);
    tape_sync(file);
    tape_output("done");
    enumerate();
    ck_assert(has_met(DURABLE_POSIX, "1: a=x"));
    for (int model = DURABLE_EXT4; model < DURABLE_MODELS; model++) {
        ck_assert(has_met((enum durable_model)model, "1: a=x e/f="));
        ck_assert(has_met((enum durable_model)model, "1: a=x d/f=") == (model != DURABLE_BTRFS));
        ck_assert(!has_met((enum durable_model)model, "1: a=x"));
    }
}
END_TEST

START_TEST(a_directory_is_moved)
{
    tape_kind(RECORDING_BASE);
    uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_node(S_IFREG | 0600);
    tape_link(0, "d", dir);
    tape_link(dir, "f", file);
    tape_kind(RECORDING_READY);
    tape_rename("d", "e", dir, RECORDING_NONE);
    tape_write(file, 0, "x");
    enumerate();
    EXPECT(ONLY(DURABLE_XFS), "0: d/f=", "0: d/f=x", "0: e/f=", "0: e/f=x");
    EXPECT(ONLY(DURABLE_POSIX) | ONLY(DURABLE_EXT4), "0: d/f=", "0: d/f=x", "0: e/f=", "0: e/f=x",
           "0: e/f=.");
}
END_TEST

/* Either directory makes a rename durable; on btrfs the new one does so to the new name alone. */
START_TEST(a_rename_between_directories)
{
    for (uint32_t synced = 0; synced < 2; synced++) {
        tape_again();
        tape_kind(RECORDING_BASE);
        uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_file("a", "x");
        tape_link(0, "d", dir);
        tape_kind(RECORDING_READY);
        tape_move(RECORDING_RENAME, 0, "a", dir, "f", file, RECORDING_NONE);
        tape_sync(synced ? dir : RECORDING_DISK);
        tape_output("done");
        enumerate();
        EXPECT(POWER & ~ONLY(DURABLE_BTRFS), "0: a=x", "0: d/f=x", "1: d/f=x");
        ck_assert(has_met(DURABLE_BTRFS, "1: d/f=x"));
        ck_assert(!has_met(DURABLE_BTRFS, "1: a=x"));
        ck_assert(has_met(DURABLE_BTRFS, "1: a=x d/f=x") == (synced == 1));
    }
}
END_TEST

/* On btrfs a sync keeps the names that there are at last, and not how they came to be. */
START_TEST(names_that_changed_again)
{
    uint32_t old = base_with("old"), first = tape_file("t", "1"), second;
    tape_rename("t", "b", first, RECORDING_NONE);
    tape_rename("a", "u", old, RECORDING_NONE);
    tape_rename("u", "v", old, RECORDING_NONE);
    second = tape_file("t", "2");      /* a name that was never kept */
    uint32_t third = tape_file("a", "3"); /* one that was */
    tape_sync(second);
    tape_output("second");
    tape_sync(third);
    tape_output("third");
    enumerate();
    ck_assert(has_met(DURABLE_BTRFS, "1: a=old t=2"));
    ck_assert(!has_met(DURABLE_POSIX, "1: a=old t=2") && !has_met(DURABLE_EXT4, "1: a=old t=2"));
    ck_assert(has_met(DURABLE_BTRFS, "2: a=3 t=2 v=old"));
    ck_assert(!has_met(DURABLE_BTRFS, "2: a=3 t=2 u=old"));
    ck_assert(!has_met(DURABLE_BTRFS, "2: a=3 t=2"));
}
END_TEST

START_TEST(hard_links)
{
    uint32_t file = base_with("1");
    tape_link(0, "b", file);
    tape_write(file, 0, "2");
    tape_unlink(0, "a", file);
    enumerate();
    EXPECT(ONLY(DURABLE_EXT4) | ONLY(DURABLE_XFS), "0: a=1", "0: a=2", "0: a=1 b=1", "0: a=2 b=2",
           "0: b=1", "0: b=2");
    ck_assert(has_met(DURABLE_POSIX, "0: ")); /* the unlink is early */
}
END_TEST

START_TEST(a_file_that_is_open_and_has_no_name)
{
    uint32_t file = base_with("1");
    tape_unlink(0, "a", file);
    tape_write(file, 0, "2");
    tape_sync(file);
    tape_output("done");
    enumerate();
    EXPECT(ONLY(DURABLE_EXT4), "0: ", "0: a=1", "0: a=2", "1: ");
    EXPECT(ONLY(DURABLE_POSIX), "0: ", "0: a=1", "0: a=2", "1: ", "1: a=2");
}
END_TEST

/* Permissions, or times. */
START_TEST(attributes)
{
    uint32_t file = base_with("1");
    tape_step((struct recording_step){ .kind = (uint16_t)(RECORDING_MODE + _i), .node = file,
                                       .mode = 0640, .uid = geteuid(), .gid = getegid() });
    tape_step((struct recording_step){ .kind = RECORDING_SYNC, .node = file,
                                       .flags = RECORDING_DATA_ONLY });
    uint64_t data = tape_output("data");
    tape_sync(file);
    uint64_t all = tape_output("all");
    tape_end();
    ck_assert_uint_eq(count_pending(DURABLE_POSIX, data), 1);
    ck_assert_uint_eq(count_pending(DURABLE_POSIX, all), 0);
    ck_assert_uint_eq(count_pending(DURABLE_EXT4, data), 1);
    ck_assert_uint_eq(count_pending(DURABLE_EXT4, all), 0);
    ck_assert_uint_eq(count_pending(DURABLE_PROCESS, data - 1), 0);
}
END_TEST

/* ---- bytes -------------------------------------------------------------------------------- */

START_TEST(append)
{
    uint32_t file = base_with("aa");
    tape_write(file, 2, "bb");
    enumerate();
    EXPECT(ONLY(DURABLE_POSIX) | ONLY(DURABLE_EXT4), "0: a=aa", "0: a=aabb", "0: a=aa..");
    EXPECT(ONLY(DURABLE_XFS) | ONLY(DURABLE_BTRFS), "0: a=aa", "0: a=aabb");
}
END_TEST

/* Bytes that come later are kept: between them are zeros. */
START_TEST(append_twice)
{
    uint32_t file = base_with("a");
    tape_write(file, 1, "b");
    tape_write(file, 2, "c");
    enumerate();
    EXPECT(ONLY(DURABLE_XFS), "0: a=a", "0: a=ab", "0: a=abc");
    EXPECT(ONLY(DURABLE_EXT4), "0: a=a", "0: a=ab", "0: a=abc", "0: a=a.", "0: a=ab.");
}
END_TEST

START_TEST(overwrite_in_place)
{
    uint32_t file = base_with("00");
    tape_write(file, 0, "1");
    tape_write(file, 1, "1");
    enumerate();
    EXPECT(POWER, "0: a=00", "0: a=10", "0: a=11");
}
END_TEST

/* Is the state possible at the end that lost these of four steps from `first` on (bits)? */
static bool may_lose(enum durable_model model, uint64_t first, unsigned steps)
{
    uint64_t lost[4];
    struct durable_state state = { .model = model, .point = first + 4, .lost = lost };
    for (unsigned i = 0; i < 4; i++)
        if (steps >> i & 1)
            lost[state.n_lost++] = first + i;
    return durable_possible(&tape.recording, &state, 0, UINT64_MAX) == 1;
}

/* What is there of a write takes along what was written to the same sector before. */
START_TEST(a_sector_is_written_whole)
{
    char zeros[2000] = "";
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", "");
    tape_bytes(file, 0, zeros, sizeof zeros, 0);
    tape_kind(RECORDING_READY);
    uint64_t first = tape_write(file, 100, "first");
    tape_write(file, 200, "second");
    tape_write(file, 600, "another sector");
    tape_write(file, 500, "on both sides of a border");
    tape_end();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        ck_assert(!may_lose((enum durable_model)model, first, 1));
        ck_assert(!may_lose((enum durable_model)model, first, 2));
        ck_assert(!may_lose((enum durable_model)model, first, 4));
        ck_assert(!may_lose((enum durable_model)model, first, 1 | 8));
        ck_assert(may_lose((enum durable_model)model, first, 8));
        ck_assert(may_lose((enum durable_model)model, first, 4 | 8));
        ck_assert(may_lose((enum durable_model)model, first, 1 | 2 | 8));
    }
}
END_TEST

/* So it does, whatever has left the sector as it was: in the midst of a large write, by a mapping,
 * as zeros; and behind a change of the size that has left it there. */
START_TEST(a_sector_in_the_midst)
{
    char bytes[3 * PAGE] = "x";
    static const struct recording_step earlier[] = {
        { .kind = RECORDING_WRITE, .offset = 700, .length = 3 * PAGE - 700 },
        { .kind = RECORDING_WRITE, .flags = RECORDING_MAPPED, .offset = PAGE, .length = PAGE },
        { .kind = RECORDING_ZERO, .offset = PAGE + 100, .length = PAGE },
    };
    for (size_t i = 0; i < sizeof earlier / sizeof earlier[0]; i++) {
        tape_again();
        tape_kind(RECORDING_BASE);
        uint32_t file = tape_file("a", "");
        tape_bytes(file, 0, bytes, sizeof bytes, 0);
        tape_kind(RECORDING_READY);
        struct recording_step step = earlier[i];
        step.node = file;
        step.data = recording_data(tape.writer, bytes, sizeof bytes);
        uint64_t first = tape_step(step);
        tape_size(file, 2 * PAGE + 2000); /* behind them */
        tape_write(file, PAGE + 1600, "inside");
        tape_write(file, 2 * PAGE + 600, "beside, unless it is the large one");
        tape_end();
        for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
            ck_assert(!may_lose((enum durable_model)model, first, 1));
            ck_assert(may_lose((enum durable_model)model, first, 4));
            ck_assert(may_lose((enum durable_model)model, first, 1 | 4) == (i > 0));
            ck_assert(may_lose((enum durable_model)model, first, 1 | 4 | 8));
        }
    }
}
END_TEST

/* Behind a cut the blocks are new, and nothing leads to them if the cut is lost; before it, and in
 * the rest of its page, they are those of the file. */
START_TEST(a_sector_behind_a_cut)
{
    char bytes[2 * PAGE] = "x";
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", "");
    tape_bytes(file, 0, bytes, sizeof bytes, 0);
    tape_kind(RECORDING_READY);
    uint64_t first = tape_size(file, 100);
    tape_write(file, 50, "before");
    tape_write(file, 1000, "in its page");
    tape_write(file, PAGE + 10, "behind");
    tape_end();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        ck_assert(may_lose((enum durable_model)model, first, 1) == (model == DURABLE_POSIX));
        ck_assert(may_lose((enum durable_model)model, first, 1 | 8));
    }
}
END_TEST

/* What a cut has taken away is not there to be taken along; nor what a write covers. */
START_TEST(a_sector_is_written_anew)
{
    char sector[512] = "x";
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", "old");
    tape_kind(RECORDING_READY);
    uint64_t first = tape_write(file, 10, "first");
    tape_bytes(file, 0, sector, sizeof sector, 0);
    tape_size(file, 0);
    tape_write(file, 1, "last");
    tape_end();
    ck_assert(may_lose(DURABLE_POSIX, first, 1));
    ck_assert(may_lose(DURABLE_POSIX, first, 1 | 2));
}
END_TEST

START_TEST(a_synchronous_write)
{
    uint32_t file = base_with("00");
    tape_bytes(file, 0, "1", 1, RECORDING_SYNCHRONOUS);
    tape_output("done");
    tape_write(file, 1, "1");
    enumerate();
    EXPECT(POWER, "0: a=00", "0: a=10", "1: a=10", "1: a=11");
}
END_TEST

START_TEST(pages_of_a_mapping)
{
    char page[PAGE] = "1", bytes[2 * PAGE] = "0";
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", "");
    bytes[PAGE] = '0';
    tape_bytes(file, 0, bytes, sizeof bytes, 0);
    tape_kind(RECORDING_READY);
    uint64_t first = tape_bytes(file, 0, page, sizeof page, RECORDING_MAPPED);
    uint64_t second = tape_bytes(file, PAGE, page, sizeof page, RECORDING_MAPPED), *steps;
    tape_step((struct recording_step){ .kind = RECORDING_SYNC, .flags = RECORDING_DATA_ONLY,
                                       .node = file, .offset = 10, .length = 20 });
    uint64_t end = tape_output("done");
    size_t n;
    tape_end();
    pending_at(DURABLE_POSIX, end, &steps, &n);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(steps[0], second);
    free(steps);
    pending_at(DURABLE_POSIX, end - 1, &steps, &n);
    ck_assert_uint_eq(n, 2);
    ck_assert_uint_eq(steps[0], first);
    free(steps);
}
END_TEST

static uint64_t tears_seen;

/* A tear lies between two sectors of the file, or where the file had ended. */
static int look_at_tears(void *context, const struct durable_state *state,
                         const struct image *image, uint64_t number, bool is_new)
{
    (void)context;
    (void)image;
    (void)number;
    (void)is_new;
    for (size_t i = 0; i < state->n_torn; i++) {
        const struct recording_step *step = &tape.recording.steps[state->torn[i].step];
        if (state->torn[i].keep == IMAGE_SIZE)
            continue;
        ck_assert_uint_gt(state->torn[i].keep, 0);
        ck_assert_uint_lt(state->torn[i].keep, step->length);
        ck_assert((step->offset + state->torn[i].keep) % 512 == 0 ||
                  step->offset + state->torn[i].keep == strlen("x"));
        tears_seen++;
    }
    return 0;
}

START_TEST(tears)
{
    static const struct {
        uint64_t offset, length, tears;
    } writes[] = { { 100, 412, 0 }, { 100, 413, 2 }, { 0, 512, 1 }, { 0, PAGE, 3 },
                   { 100, 2 * PAGE, 3 }, { 511, 2, 2 } };
    static const unsigned char bytes[2 * PAGE] = { 1, 2, 3 };
    uint32_t file = base_with("x");
    tape_bytes(file, writes[_i].offset, bytes, writes[_i].length, 0);
    tape_end();
    struct durable_known *known = durable_known_new();
    ck_assert_int_eq(durable_enumerate(&tape.recording, ONLY(DURABLE_EXT4),
                                       &(struct durable_limits){ .pairs = false }, known,
                                       look_at_tears, NULL, NULL, &error), 0);
    ck_assert_uint_eq(tears_seen, 2 * writes[_i].tears); /* it is the first one and the last one */
    durable_known_free(known);
}
END_TEST

/* A torn write is lost to the rules of order: the rename does not come before it. */
START_TEST(a_tear_counts_as_lost)
{
    static const unsigned char bytes[1024] = { 1, 2, 3 };
    uint32_t old = base_with("old"), new = tape_node(S_IFREG | 0600);
    tape_link(0, "t", new);
    uint64_t write = tape_bytes(new, 0, bytes, sizeof bytes, 0);
    uint64_t rename = tape_rename("t", "a", new, old);
    struct durable_torn torn = { write, 512 };
    struct durable_state state = { .model = DURABLE_EXT4, .point = rename + 1, .torn = &torn,
                                   .n_torn = 1 };
    tape_end();
    ck_assert_int_eq(durable_possible(&tape.recording, &state, 0, UINT64_MAX), 0);
    state.model = DURABLE_XFS;
    ck_assert_int_eq(durable_possible(&tape.recording, &state, 0, UINT64_MAX), 1);
}
END_TEST

/* btrfs keeps a new file that was synced in its log, and forgets it there when another takes its
 * name: the next sync of any file makes that durable, and not the rename. A file that is not new
 * stays as long as the rename is lost. */
START_TEST(a_rename_that_only_removes)
{
    bool is_new = _i == 0;
    tape_kind(RECORDING_BASE);
    uint32_t first = is_new ? 0 : tape_file("a", "old");
    tape_kind(RECORDING_READY);
    if (is_new)
        first = tape_file("a", "old");
    tape_sync(first);
    uint32_t second = tape_file("t", "");
    tape_sync(second);
    tape_rename("t", "a", second, first);
    tape_output("renamed");
    uint32_t third = tape_file("c", "");
    tape_sync(third);
    tape_output("synced");
    enumerate();
    ck_assert_int_eq(has_met(DURABLE_BTRFS, "2: t="), is_new);
    ck_assert(!has_met(DURABLE_BTRFS, "0: t=")); /* before the next sync */
    ck_assert(has_met(DURABLE_BTRFS, "2: a=old t="));
    ck_assert(!has_met(DURABLE_EXT4, "2: t=") && !has_met(DURABLE_XFS, "2: t="));
}
END_TEST

/* A later write needs what it leaves of its sectors, and no more of an earlier one. */
START_TEST(a_write_behind_a_tear)
{
    static const unsigned char bytes[1024] = { 1, 2, 3 };
    static const struct {
        uint64_t offset, length;
        bool possible;
    } later[] = { { 10, 20, true }, { 500, 12, true }, { 600, 20, false }, { 500, 20, false },
                  { 512, 512, true }, { 1000, 100, false } };
    tape_kind(RECORDING_BASE);
    uint32_t file = tape_file("a", "");
    tape_bytes(file, 0, bytes, sizeof bytes, 0);
    tape_kind(RECORDING_READY);
    uint64_t first = tape_bytes(file, 0, bytes, sizeof bytes, 0);
    uint64_t last = tape_bytes(file, later[_i].offset, bytes, later[_i].length, 0);
    struct durable_torn torn = { first, 512 };
    struct durable_state state = { .point = last + 1, .torn = &torn, .n_torn = 1 };
    tape_end();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        state.model = (enum durable_model)model;
        torn.keep = 512;
        ck_assert_int_eq(durable_possible(&tape.recording, &state, 0, UINT64_MAX),
                         later[_i].possible);
        torn.keep = IMAGE_SIZE;
        ck_assert_int_eq(durable_possible(&tape.recording, &state, 0, UINT64_MAX),
                         later[_i].offset == 512);
    }
}
END_TEST

/* ---- what cannot be lost ------------------------------------------------------------------ */

START_TEST(a_sync_of_all)
{
    replace(false);
    tape_kind(RECORDING_SYNC_ALL);
    tape_output("done");
    enumerate();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++)
        for (size_t i = 0; i < met[model].n; i++)
            if (met[model].text[i][0] == '1')
                ck_assert_str_eq(met[model].text[i], "1: a=new");
}
END_TEST

START_TEST(a_tree_is_durable_after_a_reset)
{
    uint32_t file = base_with("1");
    tape_write(file, 0, "2");
    tape_kind(RECORDING_BASE);
    tape_output("not a point");
    uint32_t other = tape_node(S_IFREG | 0600);
    tape_link(0, "b", other);
    tape_kind(RECORDING_READY);
    enumerate();
    EXPECT(ALL_MODELS, "1: b=");
}
END_TEST

/* What a server does while hooks run counts, but there is no point. */
START_TEST(hooks_run)
{
    tape_kind(RECORDING_PAUSE);
    uint32_t file = base_with("000");
    tape_write(file, 0, "1");
    tape_sync(file);
    tape_write(file, 1, "1");
    tape_kind(RECORDING_RESUME);
    tape_write(file, 2, "1");
    tape_kind(RECORDING_PAUSE);
    tape_write(file, 0, "2");
    tape_sync(file);
    enumerate();
    EXPECT(POWER, "0: a=111", "0: a=110", "0: a=100");
}
END_TEST

START_TEST(the_witness_is_never_lost)
{
    base_with("1");
    uint32_t seen = tape_node(S_IFREG | 0600);
    tape_step((struct recording_step){ .kind = RECORDING_LINK, .flags = RECORDING_OF_WITNESS,
                                       .dir = 1, .node = seen, .name = tape_text("seen") });
    tape_bytes(seen, 0, "x", 1, RECORDING_OF_WITNESS);
    enumerate();
    EXPECT(ALL_MODELS, "0: a=1", "1: a=1", "2: a=1");
    ck_assert_uint_eq(counts[DURABLE_POSIX].possible, 3);
}
END_TEST

/* ---- processes are killed ----------------------------------------------------------------- */

static void expect_kill(uint32_t call, enum durable_kill kill, int result, const char *text)
{
    struct durable_builder *builder = durable_builder_new(&tape.recording, 0);
    struct durable_witness witness = { 0 };
    struct durable_state state;
    char found[TEXT];
    ck_assert_int_eq(durable_kill(&tape.recording, call, kill, &witness, &state), result);
    if (result > 0) {
        struct image *image = durable_builder_make(builder, &state);
        describe(image, found, sizeof found);
        ck_assert_str_eq(found, text);
        image_free(image);
    }
    durable_state_free(&state);
    durable_builder_free(builder);
}

START_TEST(kills)
{
    uint32_t file = base_with("");
    uint64_t first = tape_write(file, 0, "12345");
    uint32_t one = tape_call(first);
    first = tape_write(file, 5, "67");
    tape_write(file, 7, "890");
    uint32_t two = tape_call(first);
    first = tape_unlink(0, "a", file);
    uint32_t three = tape_call(first), nothing = tape_call(first + 1);
    tape_end();
    expect_kill(one, DURABLE_KILL_BEFORE, 1, "a=");
    expect_kill(one, DURABLE_KILL_TORN, 1, "a=12");
    expect_kill(one, DURABLE_KILL_AFTER, 1, "a=12345");
    expect_kill(two, DURABLE_KILL_BEFORE, 1, "a=12345");
    expect_kill(two, DURABLE_KILL_TORN, 1, "a=1234567");
    expect_kill(two, DURABLE_KILL_AFTER, 1, "a=1234567890");
    expect_kill(three, DURABLE_KILL_TORN, 0, NULL);
    expect_kill(three, DURABLE_KILL_BEFORE, 1, "a=1234567890");
    expect_kill(three, DURABLE_KILL_AFTER, 1, "");
    expect_kill(nothing, DURABLE_KILL_TORN, 0, NULL);
}
END_TEST

START_TEST(a_kill_within_an_output)
{
    struct durable_witness witness = { 0 };
    struct durable_state state;
    base_with("x");
    uint64_t output = tape_output("1234567");
    uint32_t call = tape_call(output);
    tape_end();
    ck_assert_int_eq(durable_kill(&tape.recording, call, DURABLE_KILL_TORN, &witness, &state), 1);
    ck_assert_uint_eq(state.n_torn, 1);
    ck_assert_uint_eq(state.torn[0].step, output);
    ck_assert_uint_eq(state.torn[0].keep, 3);
    ck_assert_uint_eq(state.point, output + 1);
    durable_state_free(&state);
}
END_TEST

/* The witness is counted to the point, forwards and backwards. */
START_TEST(kills_know_what_was_seen)
{
    struct durable_witness witness = { 0 };
    struct durable_state state;
    uint32_t calls[3];
    uint64_t outputs[3];
    base_with("x");
    for (int i = 0; i < 3; i++) {
        outputs[i] = tape_output("1");
        calls[i] = tape_call(outputs[i]);
    }
    tape_end();
    for (int i = 0; i < 6; i++) {
        int which = i < 3 ? i : 5 - i;
        ck_assert_int_eq(durable_kill(&tape.recording, calls[which], DURABLE_KILL_BEFORE, &witness,
                                      &state), 1);
        ck_assert_uint_eq(state.point, outputs[which]);
        ck_assert_uint_eq(state.witness, (uint64_t)which);
    }
}
END_TEST

START_TEST(steps_become_durable)
{
    replace(true);
    uint64_t syncs[] = { replacing_rename - 1, tape_sync(RECORDING_DISK) }, since[3];
    const uint64_t steps[] = { replacing_write - 1, replacing_write, replacing_rename };
    const struct recording *recording = tape_end();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++) {
        ck_assert_int_eq(durable_since(recording, (enum durable_model)model, syncs[1] + 1, steps, 3,
                                       since), 0);
        ck_assert_uint_eq(since[0], syncs[model == DURABLE_POSIX]); /* the name of the file */
        ck_assert_uint_eq(since[1], syncs[0]);
        ck_assert_uint_eq(since[2], syncs[1]);
        ck_assert_int_eq(durable_since(recording, (enum durable_model)model, syncs[1], steps, 3,
                                       since), 0);
        ck_assert_uint_eq(since[2], UINT64_MAX);
    }
}
END_TEST

/* ---- repairs ------------------------------------------------------------------------------ */

/* What is durable can still wait for an earlier step about the same file. */
START_TEST(a_step_is_durable_before_an_earlier_one)
{
    uint32_t file = base_with("x");
    const uint64_t steps[] = { tape_write(file, 0, "y"), tape_write(file, PAGE, "z") };
    uint64_t since[2], sync = tape_step((struct recording_step){
        .kind = RECORDING_SYNC, .node = file, .offset = PAGE, .length = 1 });
    const struct recording *recording = tape_end();
    ck_assert_int_eq(durable_since(recording, DURABLE_POSIX, sync + 1, steps, 2, since), 0);
    ck_assert_uint_eq(since[0], UINT64_MAX);
    ck_assert_uint_eq(since[1], sync);
}
END_TEST

START_TEST(a_sync_makes_a_state_impossible)
{
    uint32_t new = replace(false), other = tape_file("b", "x");
    struct durable_state state = { .model = DURABLE_XFS, .point = replacing_rename + 1,
                                   .lost = &replacing_write, .n_lost = 1 };
    const struct recording *recording = tape_end();
    ck_assert_int_eq(durable_possible(recording, &state, new, replacing_rename), 0);
    ck_assert_int_eq(durable_possible(recording, &state, new, replacing_write), 1);
    ck_assert_int_eq(durable_possible(recording, &state, new, replacing_rename + 1), 1);
    ck_assert_int_eq(durable_possible(recording, &state, other, replacing_rename), 1);
    state.model = DURABLE_EXT4;
    ck_assert_int_eq(durable_possible(recording, &state, other, UINT64_MAX), 0);
}
END_TEST

/* ---- how many, and at what cost ----------------------------------------------------------- */

/* Writes "1" to a file for each letter, over "0". */
static void write_to_files(const char *letters)
{
    uint32_t files[8];
    tape_kind(RECORDING_BASE);
    for (size_t i = 0; letters[i]; i++)
        files[i] = tape_file((char[]){ letters[i], '\0' }, "0");
    tape_kind(RECORDING_READY);
    for (size_t i = 0; letters[i]; i++)
        tape_write(files[i], 0, "1");
    tape_end();
}

START_TEST(limits_and_pairs)
{
    write_to_files("abtu");
    enumerate_with(ONLY(DURABLE_EXT4), &(struct durable_limits){ .at_a_point = 3 });
    EXPECT(ONLY(DURABLE_EXT4), "0: a=1 b=1 t=1 u=1", "0: a=0 b=1 t=1 u=1", "0: a=1 b=0 t=1 u=1");
    ck_assert_uint_gt(counts[DURABLE_EXT4].left_out, 0);
    ck_assert_uint_eq(counts[DURABLE_EXT4].possible, 3);
    ck_assert_uint_eq(counts[DURABLE_EXT4].distinct, 3);
    enumerate_with(ONLY(DURABLE_EXT4), &(struct durable_limits){ .pairs = true });
    EXPECT(ONLY(DURABLE_EXT4), "0: a=0 b=0 t=1 u=1", "0: a=0 b=1 t=0 u=1", "0: a=0 b=1 t=1 u=0",
           "0: a=1 b=0 t=0 u=1", "0: a=1 b=0 t=1 u=0", "0: a=1 b=1 t=0 u=0");
}
END_TEST

/* What is too old is taken as written back. */
START_TEST(the_oldest_are_written_back)
{
    write_to_files("abtuvwxy");
    enumerate_with(ONLY(DURABLE_EXT4), &(struct durable_limits){ .pending = 3 });
    ck_assert_uint_eq(counts[DURABLE_EXT4].settled, 6);
#define SIX "0: a=1 b=1 t=1 u=1 v=1 w=1 "
    EXPECT(ONLY(DURABLE_EXT4), SIX "x=1 y=1", SIX "x=0 y=1", SIX "x=1 y=0", SIX "x=0 y=0");
}
END_TEST

static int ignore(void *context, const struct durable_state *state, const struct image *image,
                  uint64_t number, bool is_new)
{
    (void)context;
    (void)state;
    (void)image;
    (void)number;
    (void)is_new;
    return 0;
}

static int stop(void *context, const struct durable_state *state, const struct image *image,
                uint64_t number, bool is_new)
{
    return ignore(context, state, image, number, is_new) + 7;
}

static int enumerate_for(unsigned models, durable_visit visit)
{
    struct durable_known *known = durable_known_new();
    int result = durable_enumerate(&tape.recording, models,
                                   &(struct durable_limits){ .pairs = false }, known, visit, NULL,
                                   counts, &error);
    durable_known_free(known);
    return result;
}

START_TEST(a_visit_ends_it)
{
    replace(false);
    tape_end();
    ck_assert_int_eq(enumerate_for(POWER, stop), 7);
    ck_assert_uint_eq(counts[DURABLE_POSIX].possible, 1);
}
END_TEST

/* A store that writes, with a journal that is made, synced and removed for each write. */
static void put_journaled(uint32_t store, uint64_t i)
{
    char text[16];
    uint32_t journal = tape_node(S_IFREG | 0600);
    snprintf(text, sizeof text, "%d", (int)i);
    tape_link(0, "t", journal);
    tape_write(journal, 0, text);
    tape_sync(journal);
    tape_sync(0);
    tape_write(store, i % 100 * 10, text);
    tape_sync(store);
    tape_unlink(0, "t", journal);
    tape_output(text);
}

/* A log that is appended to. The directory is never synced, the temporary file neither. */
static void put_appended(uint32_t store, uint64_t i)
{
    uint32_t temporary = tape_node(S_IFREG | 0600);
    tape_link(0, "t", temporary);
    tape_write(temporary, 0, "unsynced");
    tape_unlink(0, "t", temporary);
    tape_write(store, i * 10, "0123456789");
    tape_sync(store);
    tape_output("x");
}

static bool is_short(void)
{
    const char *form = getenv("STRESS_TEST_SHORT");
    return form && strcmp(form, "1") == 0;
}

/* Are the steps that go into images, divided by operations, as many in a long run as in a short? */
static void expect_even(void (*put)(uint32_t, uint64_t), unsigned models)
{
    enum { SHORT = 100 };
    const uint64_t longer = is_short() ? 10000 : 30000;
    uint64_t few[DURABLE_MODELS] = { 0 };
    for (uint64_t n = SHORT; n <= longer; n += longer - SHORT) {
        tape_again();
        uint32_t store = base_with("store");
        for (uint64_t i = 0; i < n; i++)
            put(store, i);
        tape_end();
        ck_assert_int_eq(enumerate_for(models, ignore), 0);
        for (int model = 0; model < DURABLE_MODELS; model++) {
            uint64_t work = counts[model].applied;
            if (n == SHORT)
                few[model] = work;
            ck_assert_msg(work * SHORT / n * 10 <= few[model] * 11, "%s: %d after %d",
                          durable_model_name((enum durable_model)model), (int)work,
                          (int)few[model]);
        }
    }
}

static int build(void *context, const struct durable_state *state, const struct image *image,
                 uint64_t number, bool is_new)
{
    struct image *built = durable_builder_make(context, state);
    ck_assert_ptr_nonnull(built);
    image_free(built);
    return ignore(context, state, image, number, is_new);
}

/* The same of the steps that go into the disks of one who builds the states anew. */
START_TEST(to_build_a_state_costs_what_is_pending)
{
    uint64_t work[2];
    for (int round = 0; round < 2; round++) {
        tape_again();
        uint32_t store = base_with("store");
        for (uint64_t i = 0; i < (round == 0 ? 100 : 1000); i++)
            put_journaled(store, i);
        tape_end();
        struct durable_builder *builder = durable_builder_new(&tape.recording, 0);
        struct durable_known *known = durable_known_new();
        ck_assert_int_eq(durable_enumerate(&tape.recording, ALL_MODELS,
                                           &(struct durable_limits){ .pairs = false }, known,
                                           build, builder, counts, &error), 0);
        work[round] = durable_builder_applied(builder);
        durable_known_free(known);
        durable_builder_free(builder);
    }
    ck_assert_msg(work[1] <= work[0] * 11, "%d after %d", (int)work[1], (int)work[0]);
}
END_TEST

START_TEST(a_state_costs_what_is_pending)
{
    expect_even(put_journaled, ALL_MODELS);
}
END_TEST

/* On posix and btrfs the names in this directory are never durable. */
START_TEST(files_that_have_gone_cost_nothing)
{
    expect_even(put_appended, ONLY(DURABLE_PROCESS) | ONLY(DURABLE_EXT4) | ONLY(DURABLE_XFS));
}
END_TEST

/* ---- any steps ---------------------------------------------------------------------------- */

enum { NODES = 7, STEPS = 40 };

static uint32_t below(struct random_stream *random, uint32_t bound)
{
    return (uint32_t)random_below(random, bound);
}

static void put_any_step(struct random_stream *random)
{
    static const char *const names[] = { "a", "b", "t" };
    uint32_t node = 2 + below(random, NODES - 2), other = 2 + below(random, NODES - 2);
    uint32_t dir = below(random, 3), dir2 = below(random, 3);
    const char *name = names[below(random, 3)], *name2 = names[below(random, 3)];
    dir = dir == 1 ? 0 : dir;
    dir2 = dir2 == 1 ? 0 : dir2;
    switch (below(random, 12)) {
    case 0:
    case 1:
        tape_link(dir, name, node);
        break;
    case 2:
        tape_unlink(dir, name, node);
        break;
    case 3:
        tape_move(RECORDING_RENAME, dir, name, dir2, name2, node,
                  below(random, 2) ? other : RECORDING_NONE);
        break;
    case 4:
        tape_move(RECORDING_EXCHANGE, dir, name, dir2, name2, node, other);
        break;
    case 5:
        tape_size(node, below(random, 2) * 3);
        break;
    case 6:
        tape_sync(below(random, 2) ? node : dir);
        break;
    case 7:
        tape_step((struct recording_step){ .kind = RECORDING_ZERO, .node = node, .offset = 1,
                                           .length = 2 });
        break;
    case 8:
        tape_step((struct recording_step){
            .kind = RECORDING_SYNC, .node = node, .flags = RECORDING_DATA_ONLY,
            .offset = below(random, 2) * PAGE, .length = PAGE });
        break;
    default:
        tape_bytes(node, below(random, 3) * (PAGE - 2), "xyz", 1 + below(random, 3),
                   below(random, 6) ? 0 : RECORDING_SYNCHRONOUS);
    }
}

/* Each state that is made while the steps go by is what its losses make of nothing: see note(). */
START_TEST(states_are_what_they_say)
{
    struct random_stream random = { (uint64_t)_i };
    tape_kind(RECORDING_BASE);
    for (uint32_t i = RECORDING_ROOTS; i < NODES; i++)
        tape_node(i < 3 ? S_IFDIR | 0700 : S_IFREG | 0600);
    tape_link(0, "d", 2);
    tape_kind(RECORDING_READY);
    for (int i = 0; i < STEPS; i++)
        put_any_step(&random);
    enumerate();
    for (int model = DURABLE_POSIX; model < DURABLE_MODELS; model++)
        ck_assert_uint_gt(counts[model].possible, 1);
}
END_TEST

START_TEST(models_have_names)
{
    for (int model = 0; model < DURABLE_MODELS; model++) {
        ck_assert_int_eq(durable_model_parse(durable_model_name((enum durable_model)model)), model);
        ck_assert_uint_gt(strlen(durable_model_promise((enum durable_model)model)), 20);
    }
    ck_assert_int_eq(durable_model_parse("ext5"), -1);
    for (int recipe = 0; recipe < DURABLE_RECIPES; recipe++)
        ck_assert_ptr_nonnull(durable_recipe_text((enum durable_recipe)recipe));
}
END_TEST

Suite *durable_suite(void)
{
    Suite *suite = suite_create("durable");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 600);
    tcase_add_checked_fixture(all, set_up, tape_tear_down);
    tcase_add_test(all, rename_without_fsync);
    tcase_add_test(all, rename_with_fsync);
    tcase_add_test(all, rename_with_both);
    tcase_add_test(all, a_name_that_was_freed);
    tcase_add_test(all, cut_and_written);
    tcase_add_test(all, bytes_before_the_cut);
    tcase_add_test(all, a_rename_is_early);
    tcase_add_test(all, a_cut_is_early);
    tcase_add_test(all, a_new_file_without_its_directory);
    tcase_add_test(all, a_sync_after_a_commit);
    tcase_add_test(all, a_sync_of_another_file);
    tcase_add_test(all, data_that_a_journal_waits_for);
    tcase_add_test(all, a_file_grows_after_a_cut);
    tcase_add_test(all, a_sync_that_needs_no_journal);
    tcase_add_test(all, names_above_a_new_file);
    tcase_add_test(all, a_directory_is_moved);
    tcase_add_test(all, a_rename_between_directories);
    tcase_add_test(all, names_that_changed_again);
    tcase_add_test(all, hard_links);
    tcase_add_test(all, a_file_that_is_open_and_has_no_name);
    tcase_add_loop_test(all, attributes, 0, 2);
    tcase_add_test(all, append);
    tcase_add_test(all, append_twice);
    tcase_add_test(all, overwrite_in_place);
    tcase_add_test(all, a_sector_is_written_whole);
    tcase_add_test(all, a_sector_in_the_midst);
    tcase_add_test(all, a_sector_behind_a_cut);
    tcase_add_test(all, a_sector_is_written_anew);
    tcase_add_test(all, a_synchronous_write);
    tcase_add_test(all, pages_of_a_mapping);
    tcase_add_loop_test(all, tears, 0, 6);
    tcase_add_test(all, a_tear_counts_as_lost);
    tcase_add_loop_test(all, a_rename_that_only_removes, 0, 2);
    tcase_add_loop_test(all, a_write_behind_a_tear, 0, 6);
    tcase_add_test(all, a_sync_of_all);
    tcase_add_test(all, a_tree_is_durable_after_a_reset);
    tcase_add_test(all, hooks_run);
    tcase_add_test(all, the_witness_is_never_lost);
    tcase_add_test(all, kills);
    tcase_add_test(all, kills_know_what_was_seen);
    tcase_add_test(all, a_kill_within_an_output);
    tcase_add_test(all, steps_become_durable);
    tcase_add_test(all, a_step_is_durable_before_an_earlier_one);
    tcase_add_test(all, a_sync_makes_a_state_impossible);
    tcase_add_test(all, limits_and_pairs);
    tcase_add_test(all, the_oldest_are_written_back);
    tcase_add_test(all, a_visit_ends_it);
    tcase_add_test(all, a_state_costs_what_is_pending);
    tcase_add_test(all, to_build_a_state_costs_what_is_pending);
    tcase_add_test(all, files_that_have_gone_cost_nothing);
    tcase_add_loop_test(all, states_are_what_they_say, 0, is_short() ? 4 : 20);
    tcase_add_test(all, models_have_names);
    suite_add_tcase(suite, all);
    return suite;
}
