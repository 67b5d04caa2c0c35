/* SPDX-License-Identifier: MIT
 * unit_image.c: the disk that steps make is the one that is built, compared and hashed; steps may
 * be missing; copies do not disturb each other.
 */
#include "image/image.h"

#include <fcntl.h>
#include <stdio.h>

#include "recording_fixture.h"
#include "unit.h"

enum { PAGE = 4096 };

static char where[256];
static struct error error;

/* All steps of the tape, without those in the set `without`. */
static struct image *image_without(uint64_t without)
{
    const struct recording *recording = &tape.recording;
    struct image *image = image_new(recording);
    ck_assert_ptr_nonnull(image);
    for (uint64_t i = 0; i < recording->n_steps; i++)
        if (i >= 64 || !(without >> i & 1))
            ck_assert_int_eq(image_apply(image, i, IMAGE_ALL), 0);
    return image;
}

static struct image *image_of_tape(void)
{
    tape_end();
    return image_without(0);
}

static struct image_hash hash_of(const struct image *image)
{
    struct image_hash hash;
    ck_assert_int_eq(image_hash(image, &hash), 0);
    return hash;
}

static bool are_equal(struct image_hash a, struct image_hash b)
{
    return a.low == b.low && a.high == b.high;
}

/* Builds it in a directory that is made. */
static uint32_t build(const struct image *image, const char *name)
{
    uint32_t skipped = 0;
    ck_assert_int_eq(mkdir(name, 0700), 0);
    int at FD_CLEANUP = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_msg(image_build(image, RECORDING_DISK, at, &skipped, &error) == 0, "%s", error.text);
    return skipped;
}

static bool is_like(const struct image *image, const char *name)
{
    int at FD_CLEANUP = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int same = image_compare(image, RECORDING_DISK, at, where, sizeof where, &error);
    ck_assert_msg(same >= 0, "%s", error.text);
    return same == 1;
}

static void expect_like(const struct image *image, const char *name)
{
    ck_assert_msg(is_like(image, name), "%s", where);
}

static void expect_built(const struct image *image)
{
    build(image, "built");
    expect_like(image, "built");
}

/* Expects these bytes in a file below "built". */
static void expect_bytes(const char *name, const void *bytes, size_t n)
{
    char path[256], found[256];
    snprintf(path, sizeof path, "built/%s", name);
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_msg(fd >= 0, "%s is missing", path);
    ck_assert_int_eq(read(fd, found, sizeof found), (ssize_t)n);
    ck_assert_mem_eq(found, bytes, n);
}

static void expect_text(const char *name, const char *text)
{
    expect_bytes(name, text, strlen(text));
}

static void expect_missing(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "built/%s", name);
    ck_assert_int_eq(access(path, F_OK), -1);
}

/* ---- building and comparing --------------------------------------------------------------- */

/* All that a disk may hold. */
static void make_everything(void)
{
    uint32_t dir = tape_node(S_IFDIR | 0750), below = tape_node(S_IFDIR | 0500);
    uint32_t file = tape_file("file", "some bytes"), holes = tape_node(S_IFREG | 0711);
    uint32_t link = tape_node(S_IFLNK | 0777), pipe = tape_node(S_IFIFO | 0640);
    uint32_t socket = tape_node(S_IFSOCK | 0600);
    tape_link(0, "dir", dir);
    tape_link(dir, "below", below);
    tape_link(below, "again", file);
    tape_link(dir, "again", file);
    tape_link(dir, "holes", holes);
    tape_write(holes, 10 * PAGE + 5, "x");
    tape_write(holes, 200 * PAGE - 2, "over a border");
    tape_size(holes, 1000 * PAGE + 1);
    tape_link(dir, "link", link);
    tape_link(0, "pipe", pipe);
    tape_link(0, "socket", socket);
}

START_TEST(everything_is_built)
{
    struct stat one, two;
    char target[16] = "";
    make_everything();
    struct image *image = image_of_tape();
    ck_assert_uint_eq(build(image, "built"), 1); /* the socket */
    expect_missing("socket");
    ck_assert_int_eq(lstat("built/dir/below/again", &one), 0);
    ck_assert_int_eq(lstat("built/file", &two), 0);
    ck_assert_uint_eq(one.st_ino, two.st_ino);
    ck_assert_uint_eq(one.st_nlink, 3);
    ck_assert_int_eq(lstat("built/dir/holes", &one), 0);
    ck_assert_int_eq(one.st_size, 1000 * PAGE + 1);
    ck_assert_int_le(one.st_blocks, 64);
    ck_assert_uint_eq(one.st_mode, S_IFREG | 0711);
    ck_assert_int_eq(lstat("built/dir/below", &one), 0);
    ck_assert_uint_eq(one.st_mode, S_IFDIR | 0500);
    ck_assert_int_eq(readlink("built/dir/link", target, sizeof target - 1), 6);
    ck_assert_str_eq(target, "target");
    expect_text("file", "some bytes");
    ck_assert(!is_like(image, "built")); /* without its socket */
    ck_assert_str_eq(where, "socket: is in the steps, and not there");
    image_free(image);
}
END_TEST

/* Each change of a disk, and what is said of it. */
static const struct {
    const char *change, *where;
} changes[] = {
    { "true", NULL },
    { "printf X | dd of=file bs=1 seek=5 conv=notrunc",
      "dir/again: byte 5 is 0x58, the steps say 0x62" },
    { "printf X | dd of=dir/holes bs=1 seek=12288 conv=notrunc",
      "dir/holes: byte 12288 is 0x58, the steps say 0x00" },
    { "printf '\\0' | dd of=dir/holes bs=1 seek=40965 conv=notrunc",
      "dir/holes: byte 40965 is 0x00, the steps say 0x78" },
    { "printf X >>file", "dir/again: the size is 11, the steps say 10" },
    { "chmod 700 dir/below", "dir/below: type and mode are 0040700, the steps say 0040500" },
    { "rm pipe; mkdir -m 640 pipe",
      "pipe: type and mode are 0040640, the steps say 0010640" },
    { "rm pipe", "pipe: is in the steps, and not there" },
    { ": >more", ".: 'more' is there, and not in the steps" },
    { ": >dir/more", "dir: 'more' is there, and not in the steps" },
    { "rm dir/link; ln -s elsewhere dir/link",
      "dir/link: leads to 'elsewhere', the steps say 'target'" },
    { "cp -p file x; mv x file", "file: is a file of its own, the steps link it to 'dir/again'" },
    { "rm two; ln one two", "two: is a link to a file that the steps do not link" },
};

START_TEST(differences_are_found)
{
    char command[256];
    make_everything();
    tape_unlink(0, "socket", 8);
    tape_file("one", "same");
    tape_file("two", "same");
    struct image *image = image_of_tape();
    expect_built(image);
    snprintf(command, sizeof command, "cd built && { %s; } 2>/dev/null", changes[_i].change);
    ck_assert_int_eq(system(command), 0);
    ck_assert_msg(is_like(image, "built") == !changes[_i].where, "%s", changes[_i].change);
    if (changes[_i].where)
        ck_assert_str_eq(where, changes[_i].where);
    image_free(image);
}
END_TEST

START_TEST(owners)
{
    if (geteuid() != 0)
        return;
    uint32_t file = tape_file("file", "x");
    tape_step((struct recording_step){ .kind = RECORDING_MODE, .node = file, .mode = 04755,
                                       .uid = 65534, .gid = 65533 });
    struct image *image = image_of_tape();
    struct stat status;
    expect_built(image);
    ck_assert_int_eq(stat("built/file", &status), 0);
    ck_assert_uint_eq(status.st_mode, S_IFREG | 04755);
    ck_assert_uint_eq(status.st_uid, 65534);
    ck_assert_uint_eq(status.st_gid, 65533);
    ck_assert_int_eq(chown("built/file", 1, 65533), 0);
    ck_assert_int_eq(chmod("built/file", 04755), 0);
    ck_assert(!is_like(image, "built"));
    ck_assert_str_eq(where, "file: the owner is 1:65533, the steps say 65534:65533");
    image_free(image);
}
END_TEST

/* Of seconds, since 1970. */
static time_t time_of(const char *path)
{
    struct stat status;
    ck_assert_int_eq(lstat(path, &status), 0);
    ck_assert_int_eq(status.st_mtim.tv_nsec, 5);
    return status.st_mtim.tv_sec;
}

/* A file has the time of its last change, a directory that of its last name. Only a time that a
 * program has set makes a disk another one. */
START_TEST(times)
{
    const uint64_t second = 1000000000, at = 5;
    uint32_t file = tape_node(S_IFREG | 0644), dir = tape_node(S_IFDIR | 0755);
    tape_link(0, "d", dir);
    tape_step((struct recording_step){ .kind = RECORDING_LINK, .dir = dir, .node = file,
                                       .name = tape_text("f"), .time = 100 * second + at });
    uint64_t last = tape_step((struct recording_step){
        .kind = RECORDING_WRITE, .node = file, .length = 1, .data = tape_text("x"),
        .time = 200 * second + at });
    uint64_t set = tape_step((struct recording_step){ .kind = RECORDING_TIMES, .node = file,
                                                      .time = 50 * second + at });
    tape_step((struct recording_step){ .kind = RECORDING_WRITE, .node = file, .length = 1,
                                       .data = tape_text("x"), .time = 300 * second + at });
    tape_end();
    struct image *image = image_new(&tape.recording);
    struct image_hash hash[3];
    for (uint64_t i = 0; i < last; i++)
        ck_assert_int_eq(image_apply(image, i, IMAGE_ALL), 0);
    for (uint64_t i = last; i <= set + 1; i++) {
        static const time_t files[] = { 200, 50, 300 };
        ck_assert_int_eq(image_apply(image, i, IMAGE_ALL), 0);
        hash[i - last] = hash_of(image);
        build(image, "built");
        ck_assert_int_eq(time_of("built/d/f"), files[i - last]);
        ck_assert_int_eq(time_of("built/d"), 100);
        ck_assert_int_eq(tree_remove("built", &error), 0);
    }
    ck_assert(!are_equal(hash[0], hash[1]));
    ck_assert(are_equal(hash[0], hash[2]));
    image_free(image);
}
END_TEST

START_TEST(what_cannot_be_built)
{
    tape_file("file", "x");
    struct image *image = image_of_tape();
    expect_built(image);
    int at FD_CLEANUP = open("built", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(image_build(image, RECORDING_DISK, at, NULL, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "cannot make 'file'"));
    image_free(image);
}
END_TEST

START_TEST(the_witness_is_a_tree_of_its_own)
{
    uint32_t seen = tape_node(S_IFREG | 0600);
    tape_link(RECORDING_WITNESS, "seen", seen);
    tape_write(seen, 0, "ok");
    tape_file("file", "x");
    struct image *image = image_of_tape();
    ck_assert_int_eq(mkdir("built", 0700), 0);
    int at FD_CLEANUP = open("built", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(image_build(image, RECORDING_WITNESS, at, NULL, &error), 0);
    expect_text("seen", "ok");
    expect_missing("file");
    ck_assert_int_eq(image_compare(image, RECORDING_WITNESS, at, where, sizeof where, &error), 1);
    ck_assert_int_eq(image_compare(image, RECORDING_DISK, at, where, sizeof where, &error), 0);
    image_free(image);
}
END_TEST

/* ---- bytes -------------------------------------------------------------------------------- */

START_TEST(bytes_are_merged)
{
    unsigned char bytes[3 * PAGE], expected[3 * PAGE];
    uint32_t file = tape_file("file", "");
    memset(bytes, 'b', sizeof bytes);
    tape_bytes(file, 0, bytes, sizeof bytes, 0);
    tape_write(file, PAGE - 3, "across");
    tape_step((struct recording_step){ .kind = RECORDING_ZERO, .node = file, .offset = 100,
                                       .length = 2 * PAGE });
    tape_size(file, 2 * PAGE + 200);
    tape_size(file, 3 * PAGE);
    tape_write(file, PAGE + 1, "new");
    struct image *image = image_of_tape();
    expect_built(image);
    memset(expected, 0, sizeof expected);
    memset(expected, 'b', 100);
    memset(expected + 2 * PAGE + 100, 'b', 100);
    memcpy(expected + PAGE + 1, "new", 3);
    int fd FD_CLEANUP = open("built/file", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(read(fd, bytes, sizeof bytes), sizeof bytes);
    ck_assert_mem_eq(bytes, expected, sizeof bytes);
    image_free(image);
}
END_TEST

START_TEST(a_part_of_a_write)
{
    uint32_t file = tape_file("file", "old old old");
    uint64_t write = tape_write(file, 4, "NEW NEW NEW NEW");
    tape_end();
    struct image *image = image_new(&tape.recording);
    for (uint64_t i = 0; i < write; i++)
        ck_assert_int_eq(image_apply(image, i, IMAGE_ALL), 0);
    struct image *grown = image_clone(image);
    ck_assert_int_eq(image_apply(image, write, 5), 0);
    expect_built(image);
    expect_text("file", "old NEW Nld");
    ck_assert_int_eq(rename("built", "before"), 0);
    ck_assert_int_eq(image_apply(grown, write, IMAGE_SIZE), 0);
    expect_built(grown);
    expect_bytes("file", "old old old\0\0\0\0\0\0\0\0", 19);
    image_free(image);
    image_free(grown);
}
END_TEST

/* A page of zeros is like a hole, wherever it comes from. */
START_TEST(zeros_are_holes)
{
    static const unsigned char zeros[2 * PAGE];
    struct image_hash hash[3];
    for (int way = 0; way < 3; way++) {
        tape_again();
        uint32_t file = tape_file("file", "x");
        if (way == 0)
            tape_bytes(file, PAGE, zeros, 2 * PAGE, 0);
        if (way == 1)
            tape_size(file, 3 * PAGE);
        if (way == 2) {
            tape_write(file, 2 * PAGE, "y");
            tape_size(file, 2 * PAGE);
            tape_size(file, 3 * PAGE);
        }
        struct image *image = image_of_tape();
        hash[way] = hash_of(image);
        image_free(image);
    }
    ck_assert(are_equal(hash[0], hash[1]));
    ck_assert(are_equal(hash[0], hash[2]));
}
END_TEST

START_TEST(a_file_may_be_huge)
{
    uint32_t file = tape_file("file", "begin");
    uint64_t last = tape_write(file, UINT64_C(1) << 40, "end");
    tape_write(file, INT64_MAX - PAGE, "far");
    tape_end();
    struct image *image = image_without(0), *near = image_new(&tape.recording);
    ck_assert(!are_equal(hash_of(image), hash_of(near)));
    image_free(image);
    for (uint64_t i = 0; i <= last; i++)
        ck_assert_int_eq(image_apply(near, i, IMAGE_ALL), 0);
    expect_built(near);
    image_free(near);
}
END_TEST

/* ---- steps that are missing --------------------------------------------------------------- */

START_TEST(a_rename_finds_a_node_without_a_name)
{
    uint32_t file = tape_node(S_IFREG | 0600);
    uint64_t link = tape_link(0, "new", file);
    tape_write(file, 0, "bytes");
    tape_rename("new", "old", file, RECORDING_NONE);
    tape_end();
    struct image *image = image_without(UINT64_C(1) << link);
    expect_built(image);
    expect_text("old", "bytes");
    image_free(image);
}
END_TEST

/* It takes the name from which it has been renamed to the one that is not there; a directory never
 * has two names. */
START_TEST(a_rename_goes_back)
{
    uint32_t dir = tape_node(S_IFDIR | 0700);
    tape_link(0, "a", dir);
    uint64_t lost = tape_rename("a", "b", dir, RECORDING_NONE);
    tape_rename("b", "c", dir, RECORDING_NONE);
    tape_end();
    struct image *image = image_without(UINT64_C(1) << lost);
    expect_built(image);
    expect_missing("a");
    ck_assert_int_eq(access("built/c", F_OK), 0);
    image_free(image);
}
END_TEST

/* A file has no name that it was not given: its other names stay. */
START_TEST(a_rename_of_what_is_elsewhere)
{
    uint32_t file = tape_file("a", "bytes");
    uint64_t lost = tape_link(0, "b", file);
    tape_rename("b", "c", file, RECORDING_NONE);
    tape_end();
    struct image *image = image_without(UINT64_C(1) << lost);
    expect_built(image);
    expect_missing("c");
    expect_text("a", "bytes");
    image_free(image);
}
END_TEST

/* The old name of a file can stay; a directory has one. */
START_TEST(a_rename_that_gives_a_name)
{
    uint32_t file = tape_file("a", "bytes"), dir = tape_node(S_IFDIR | 0700);
    tape_link(0, "d", dir);
    uint64_t first = tape_rename("a", "b", file, RECORDING_NONE);
    uint64_t second = tape_rename("d", "e", dir, RECORDING_NONE);
    tape_end();
    struct image *image = image_new(&tape.recording);
    for (uint64_t i = 0; i <= second; i++)
        ck_assert_int_eq(image_apply(image, i, i < first ? IMAGE_ALL : IMAGE_NAME), 0);
    expect_built(image);
    expect_text("a", "bytes");
    expect_text("b", "bytes");
    expect_missing("d");
    image_free(image);
}
END_TEST

START_TEST(a_directory_becomes_reachable)
{
    uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_node(S_IFREG | 0600);
    tape_link(dir, "file", file);
    tape_write(file, 0, "bytes");
    tape_link(0, "dir", dir);
    struct image *image = image_of_tape();
    expect_built(image);
    expect_text("dir/file", "bytes");
    image_free(image);
}
END_TEST

START_TEST(no_node_no_name_no_directory)
{
    uint32_t dir = tape_node(S_IFDIR | 0700), file = tape_file("file", "x");
    tape_unlink(0, "nothing", file);
    tape_link(file, "below", dir);        /* in a file */
    tape_link(0, "root", RECORDING_DISK); /* a root has no name */
    tape_write(dir, 0, "bytes");
    tape_move(RECORDING_EXCHANGE, 0, "file", 0, "nothing", file, dir);
    tape_move(RECORDING_RENAME, file, "x", file, "y", dir, file);
    tape_kind(RECORDING_BASE);
    tape_write(file, 0, "gone");
    tape_link(0, "gone", file);
    tape_kind(RECORDING_READY);
    struct image *image = image_of_tape();
    expect_built(image);
    expect_missing("gone");
    expect_missing("file");
    image_free(image);
}
END_TEST

START_TEST(names_are_exchanged)
{
    uint32_t one = tape_file("one", "1"), two = tape_file("two", "2");
    tape_move(RECORDING_EXCHANGE, 0, "one", 0, "two", one, two);
    struct image *image = image_of_tape();
    expect_built(image);
    expect_text("one", "2");
    expect_text("two", "1");
    image_free(image);
}
END_TEST

START_TEST(a_node_goes_with_its_last_name)
{
    uint32_t file = tape_file("file", "x"), kept = tape_file("kept", "x");
    tape_unlink(0, "kept", kept);
    tape_link(0, "again", kept); /* it was open */
    tape_unlink(0, "file", file);
    tape_write(file, 0, "to nobody");
    struct image *image = image_of_tape();
    ck_assert(!image_has(image, file));
    ck_assert(image_has(image, kept));
    expect_built(image);
    expect_text("again", "x");
    image_free(image);
}
END_TEST

/* ---- many disks --------------------------------------------------------------------------- */

enum { NODES = 8, STEPS = 60 };

static uint32_t below(struct random_stream *random, uint32_t bound)
{
    return (uint32_t)random_below(random, bound);
}

/* A step without regard for what is there. */
static void put_any_step(struct random_stream *random)
{
    static const char *const names[] = { "a", "b", "c" };
    static const uint32_t offsets[] = { 0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE };
    unsigned char bytes[2 * PAGE];
    uint32_t node = below(random, NODES), other = below(random, NODES);
    const char *name = names[below(random, 3)], *name2 = names[below(random, 3)];
    uint32_t offset = offsets[below(random, 6)];
    uint32_t dir = below(random, 2) ? 0 : below(random, NODES);
    uint32_t dir2 = below(random, 2) ? 0 : below(random, NODES);
    memset(bytes, below(random, 2) ? 'x' : 0, sizeof bytes);
    switch (below(random, 8)) {
    case 0:
    case 1:
        tape_link(dir, name, node);
        break;
    case 2:
        tape_unlink(dir, name, node);
        break;
    case 3:
        tape_move(RECORDING_RENAME, dir, name, dir2, name2, node, other);
        break;
    case 4:
        tape_move(RECORDING_EXCHANGE, dir, name, dir2, name2, node, other);
        break;
    case 5:
        tape_size(node, offset);
        break;
    case 6:
        tape_step((struct recording_step){ .kind = RECORDING_MODE, .node = node,
                                           .mode = below(random, 2) ? 0700 : 0740,
                                           .uid = geteuid(), .gid = getegid() });
        break;
    default:
        tape_bytes(node, offset, bytes, 1 + offsets[below(random, 4)], 0);
    }
}

/* Their hashes are equal if and only if the trees that are built are. */
START_TEST(hashes_are_of_trees)
{
    struct random_stream random = { (uint64_t)_i };
    int equal = 0;
    for (uint32_t i = RECORDING_ROOTS; i < NODES; i++)
        tape_node(i < 5 ? S_IFDIR | 0700 : S_IFREG | 0600);
    for (int i = 0; i < STEPS; i++)
        put_any_step(&random);
    tape_end();
    for (int i = 0; i < 20; i++) {
        uint64_t without = random_next(&random) & random_next(&random);
        /* One or two steps more or less: often nothing that is seen. */
        uint64_t other = without ^ UINT64_C(1) << below(&random, 64) ^
                         UINT64_C(1) << below(&random, 64);
        struct image *one = image_without(without), *two = image_without(other);
        build(one, "built");
        expect_like(one, "built");
        bool same = are_equal(hash_of(one), hash_of(two));
        ck_assert_msg(is_like(two, "built") == same, "round %d: hashes are %sequal: %s", i,
                      same ? "" : "not ", where);
        equal += same;
        image_free(one);
        image_free(two);
        ck_assert_int_eq(tree_remove("built", &error), 0);
    }
    ck_assert_int_gt(equal, 0);
}
END_TEST

/* A copy is changed, and what it was copied from is as it was; and the other way round. */
START_TEST(copies_are_independent)
{
    struct random_stream random = { 1000 + (uint64_t)_i };
    for (uint32_t i = RECORDING_ROOTS; i < NODES; i++)
        tape_node(i < 5 ? S_IFDIR | 0700 : S_IFREG | 0600);
    for (int i = 0; i < STEPS; i++)
        put_any_step(&random);
    tape_end();
    struct image *image = image_new(&tape.recording), *copies[STEPS + NODES];
    struct image_hash hashes[STEPS + NODES];
    uint64_t n = tape.recording.n_steps;
    for (uint64_t i = 0; i < n; i++) {
        copies[i] = image_clone(image);
        hashes[i] = hash_of(image);
        ck_assert_int_eq(image_apply(image, i, IMAGE_ALL), 0);
    }
    for (uint64_t i = 0; i < n; i++) {
        ck_assert(are_equal(hash_of(copies[i]), hashes[i]));
        for (uint64_t j = i; j < n; j++)
            ck_assert_int_eq(image_apply(copies[i], j, IMAGE_ALL), 0);
        ck_assert(are_equal(hash_of(copies[i]), hash_of(image)));
        image_free(copies[i]);
    }
    image_free(image);
}
END_TEST

Suite *image_suite(void)
{
    Suite *suite = suite_create("image");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, tape_set_up, tape_tear_down);
    tcase_add_test(all, everything_is_built);
    tcase_add_loop_test(all, differences_are_found, 0, sizeof changes / sizeof changes[0]);
    tcase_add_test(all, owners);
    tcase_add_test(all, times);
    tcase_add_test(all, what_cannot_be_built);
    tcase_add_test(all, the_witness_is_a_tree_of_its_own);
    tcase_add_test(all, bytes_are_merged);
    tcase_add_test(all, a_part_of_a_write);
    tcase_add_test(all, zeros_are_holes);
    tcase_add_test(all, a_file_may_be_huge);
    tcase_add_test(all, a_rename_finds_a_node_without_a_name);
    tcase_add_test(all, a_rename_goes_back);
    tcase_add_test(all, a_rename_of_what_is_elsewhere);
    tcase_add_test(all, a_rename_that_gives_a_name);
    tcase_add_test(all, a_directory_becomes_reachable);
    tcase_add_test(all, no_node_no_name_no_directory);
    tcase_add_test(all, names_are_exchanged);
    tcase_add_test(all, a_node_goes_with_its_last_name);
    tcase_add_loop_test(all, hashes_are_of_trees, 0, 20);
    tcase_add_loop_test(all, copies_are_independent, 0, 20);
    suite_add_tcase(suite, all);
    return suite;
}
