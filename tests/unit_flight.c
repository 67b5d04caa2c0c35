/* SPDX-License-Identifier: MIT
 * unit_flight.c: what is read from the memory of a machine that has died: the story of its actors,
 * and nothing but errors where the guest lied or left nonsense.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/format.h"
#include "record_fixture.h"
#include "vm/flight.h"
#include "unit.h"

enum { MIB = 64, HOLE = 7, ACTORS = 3, DEFINITION_AT = 16, CONTROL_AT = 1024 };

static struct flight flight;
static struct options options;
static struct record record; /* what the guest knows */
static struct error error;
static char directory[256];
static int at;

/* ---- a machine ---------------------------------------------------------------------------- */

static int send_pages(uint32_t part, uint64_t size, uint64_t first, const uint64_t *numbers,
                      uint64_t n)
{
    static unsigned char bytes[FRAME_MOST + 1];
    const struct frame_pages head = { .part = part, .size = size, .first = first };
    const struct frame frame = { FRAME_PAGES, sizeof head + n * sizeof *numbers, bytes };
    memcpy(bytes, &head, sizeof head);
    if (n > 0)
        memcpy(bytes + sizeof head, numbers, n * sizeof *numbers);
    return ram_take(&flight.ram, &frame, &error);
}

/* Writes page `i` of a memory into the machine, whose page `first` has the first one; returns the
 * page: those of a memory are far from each other. */
static uint64_t put_page(const void *memory, uint64_t size, uint64_t first, uint64_t i)
{
    uint64_t n = (size + FRAME_PAGE - 1) / FRAME_PAGE, left = size - i * FRAME_PAGE;
    uint64_t number = first + i * HOLE % (n % HOLE ? n : n + 1);
    if (pwrite(flight.ram.fd, (const char *)memory + i * FRAME_PAGE,
               left < FRAME_PAGE ? left : FRAME_PAGE, (off_t)(number * FRAME_PAGE)) <= 0)
        ck_abort_msg("page %u: %m", (unsigned)i);
    return number;
}

/* Puts a memory of the guest into the machine, and says where. */
static void place(uint32_t part, const void *memory, uint64_t size, uint64_t first)
{
    for (uint64_t i = 0; i * FRAME_PAGE < size; i++) {
        uint64_t number = put_page(memory, size, first, i);
        if (send_pages(part, size, i, &number, 1) != 0)
            ck_abort_msg("page %u: %s", (unsigned)i, error.text);
    }
}

static void perform(uint32_t actor, uint64_t n, bool last)
{
    struct layout_slot *slot = control_slot(&record.control, actor);
    struct layout_ledger *ledger = control_ledger(&record.control, actor);
    for (uint64_t i = 0; i < n; i++) {
        struct layout_logged *log = &control_log(&record.control, actor)
                                         [i & (record.control.plan.n_logged - 1)];
        slot->ring[i % LAYOUT_RING] = (struct layout_operation){
            .index = i, .started_ns = 1000 + 10 * i + actor, .duration_ns = 5, .outcome = 0 };
        atomic_store(&log->started_ns, 1000 + 10 * i + actor);
        atomic_store(&log->result, 5 * 8 + 1);
    }
    atomic_store(&slot->ended, n - last);
    atomic_store(&slot->counted, n - last);
    atomic_store(&slot->operation, n - 1);
    atomic_store(&slot->since_ns, 1000 + 10 * (n - 1) + actor);
    atomic_store(&slot->phase, last ? PHASE_PERFORMING : PHASE_BETWEEN);
    atomic_store(&ledger->starts, 1);
    atomic_store(&ledger->logged_generation, 1);
}

static void place_all(void)
{
    place(FRAME_DEFINITION, &record.definition, sizeof record.definition, DEFINITION_AT);
    place(FRAME_CONTROL, record.control.header, record.control.size, CONTROL_AT);
}

static void set_up(void)
{
    memset(&flight, 0, sizeof flight);
    options = (struct options){ .command = OPTIONS_RUN, .subject = "./store", .vm = "vm" };
    flight.options = &options;
    ck_assert_int_eq(ram_open(&flight.ram, MIB, &error), 0);
    ck_assert_int_eq(ram_begin(&flight.ram, &error), 0);
    fixture_record(&record, ACTORS - 1);
    atomic_store(&record.control.header->begun_ns, 500);
    perform(0, 20, true);
    perform(1, 4, false);
    fixture_directory(directory);
    at = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(void)
{
    unlinkat(at, "operations.txt", 0);
    unlinkat(at, "replay", 0);
    close(at);
    ck_assert_int_eq(rmdir(directory), 0);
    flight_close(&flight);
    munmap(record.control.header, record.control.size);
    record_free(&record);
}

static json_t *tell(void)
{
    error.text[0] = '\0';
    unlinkat(at, "operations.txt", 0);
    unlinkat(at, "replay", 0);
    return flight_write(&flight, at, "kernel panic", 7, &error);
}

/* ---- the story ---------------------------------------------------------------------------- */

START_TEST(tells_what_actors_did)
{
    place_all();
    json_t *operations = tell();
    ck_assert_msg(operations != NULL, "%s", error.text);
    size_t n = json_array_size(operations), in_flight = 0;
    char actor[32], outcome[32];
    ck_assert_uint_ge(n, 8 + 4);
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(operations, i);
        member_get_text(one, "outcome", "", outcome, sizeof outcome);
        if (strcmp(outcome, "in flight") != 0)
            continue;
        in_flight++;
        ck_assert_str_eq(member_get_text(one, "actor", "", actor, sizeof actor), "writer.0");
        ck_assert_uint_eq(member_get_count(one, "index"), 19);
    }
    ck_assert_uint_eq(in_flight, 1);
    json_decref(operations);
    struct replay *replay = replay_read("replay", &error);
    ck_assert_msg(replay != NULL, "%s", error.text);
    ck_assert_uint_eq(replay->n_lines, 24);
    ck_assert_uint_eq(replay->seed, 7);
    ck_assert_uint_eq(replay->lines[23].operation, 19);
    ck_assert_uint_eq(replay->lines[23].actor, 0);
    replay_free(replay);
}
END_TEST

/* A memory, of which some words become anything. */
struct damaged {
    const char *memory;
    uint64_t size, first; /* of the whole of it */
    void *words;
    size_t bytes;
};

/* The page with a word has changed. */
static void put_word(const struct damaged *in, const void *word)
{
    size_t at_byte = (size_t)((const char *)word - in->memory);
    put_page(in->memory, in->size, in->first, at_byte / FRAME_PAGE);
}

/* Each word of the memories is anything: no crash, no endless loop, no file outside. */
START_TEST(trusts_nothing)
{
    static const uint64_t values[] = { 0, 1, UINT64_MAX, INT64_MAX, UINT64_C(1) << 63, 0x7fffffff };
    const char *control = (const char *)record.control.header;
    const char *definition = (const char *)&record.definition;
    uint64_t size = record.control.size, defined = sizeof record.definition;
    const struct damaged parts[] = {
        { control, size, CONTROL_AT, record.control.header, sizeof *record.control.header },
        { control, size, CONTROL_AT, control_slot(&record.control, 0), sizeof(struct layout_slot) },
        { control, size, CONTROL_AT, control_ledger(&record.control, 0), 128 },
        { definition, defined, DEFINITION_AT, &record.definition,
          offsetof(struct definition, types) + sizeof(struct definition_type) },
    };
    const char *form = getenv("STRESS_TEST_SHORT");
    size_t stride = form && strcmp(form, "1") == 0 ? 4 : 1; /* each tell() reads 10 MiB */
    place_all();
    for (size_t p = 0; p < sizeof parts / sizeof *parts; p++)
        for (size_t word = 0; word < parts[p].bytes / 8; word += word < 64 ? stride : 37) {
            uint64_t before, *at_word = (uint64_t *)parts[p].words + word;
            memcpy(&before, at_word, sizeof before);
            memcpy(at_word, &values[(word + p) % (sizeof values / sizeof *values)], sizeof before);
            put_word(&parts[p], at_word);
            json_decref(tell());
            memcpy(at_word, &before, sizeof before);
            put_word(&parts[p], at_word);
        }
    json_t *operations = tell();
    ck_assert_ptr_nonnull(operations);
    json_decref(operations);
}
END_TEST

START_TEST(without_a_part)
{
    json_t *operations = tell();
    ck_assert_ptr_null(operations);
    place(FRAME_CONTROL, record.control.header, record.control.size, CONTROL_AT);
    ck_assert_ptr_null(tell());
    place(FRAME_DEFINITION, &record.definition, sizeof record.definition - 8, DEFINITION_AT);
    ck_assert_ptr_null(tell());
    ck_assert_str_eq(error.text, "");
    ck_assert_int_eq(faccessat(at, "replay", F_OK, 0), -1);
}
END_TEST

/* ---- places ------------------------------------------------------------------------------- */

START_TEST(refuses_places)
{
    uint64_t numbers[4] = { 1, 2, 3, 4 }, size;
    struct frame small = { FRAME_PAGES, sizeof(struct frame_pages) - 1, (const void *)numbers };
    ck_assert_int_eq(ram_take(&flight.ram, &small, &error), -1);
    ck_assert_int_eq(send_pages(FRAME_PARTS, FRAME_PAGE, 0, numbers, 1), -1);
    ck_assert_int_eq(send_pages(0, 0, 0, numbers, 1), -1);
    ck_assert_int_eq(send_pages(0, UINT64_MAX, 0, numbers, 1), -1);
    ck_assert_int_eq(send_pages(0, FRAME_PART_MOST + 1, 0, numbers, 1), -1);
    ck_assert_int_eq(send_pages(0, FRAME_PAGE, 0, numbers, 2), -1);
    ck_assert_int_eq(send_pages(0, 4 * FRAME_PAGE, 1, numbers, 2), -1);
    ck_assert_int_eq(send_pages(0, 4 * FRAME_PAGE, 0, numbers, 2), 0);
    ck_assert_int_eq(send_pages(0, 4 * FRAME_PAGE, UINT64_MAX, numbers, 2), -1);
    ck_assert_int_eq(send_pages(0, 4 * FRAME_PAGE, 3, numbers, 1), -1);
    ck_assert_int_eq(send_pages(0, 3 * FRAME_PAGE, 2, numbers, 1), -1);
    ck_assert_ptr_null(ram_copy(&flight.ram, 0, &size)); /* not whole */
    ck_assert_int_eq(send_pages(0, 4 * FRAME_PAGE, 2, numbers + 2, 2), 0);
    void *copy = ram_copy(&flight.ram, 0, &size);
    ck_assert_ptr_nonnull(copy);
    ck_assert_uint_eq(size, 4 * FRAME_PAGE);
    free(copy);
    static const uint64_t nowhere[] = { ((uint64_t)MIB << 20) / FRAME_PAGE, UINT64_MAX,
                                        UINT64_MAX / FRAME_PAGE, 0xb0000, 0xfffff, 0x100000 };
    for (size_t i = 0; i < sizeof nowhere / sizeof *nowhere; i++) {
        ck_assert_int_eq(send_pages(0, FRAME_PAGE, 0, &nowhere[i], 1), 0);
        ck_assert_msg(!ram_copy(&flight.ram, 0, &size), "page %zu", i);
    }
}
END_TEST

/* A machine with more memory has it above 4 GiB, too. */
START_TEST(finds_high_memory)
{
    static const struct {
        uint64_t mib, address, offset;
    } places[] = { { 2048, 0x7ffff000, 0x7ffff000 }, { 3072, 0x7ffff000, 0x7ffff000 },
                   { 3072, 0x100000000, 0x80000000 }, { 3072, 0x13ffff000, 0xbffff000 } };
    uint64_t size;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint64_t number = places[i].address / FRAME_PAGE;
        flight.ram.size = places[i].mib << 20;
        ck_assert_int_eq(ram_begin(&flight.ram, &error), 0);
        ck_assert_int_eq(pwrite(flight.ram.fd, "here", 4, (off_t)places[i].offset), 4);
        ck_assert_int_eq(send_pages(0, FRAME_PAGE, 0, &number, 1), 0);
        char *copy = ram_copy(&flight.ram, 0, &size);
        ck_assert_ptr_nonnull(copy);
        ck_assert_int_eq(memcmp(copy, "here", 4), 0);
        free(copy);
    }
}
END_TEST

/* ---- what goes on ------------------------------------------------------------------------- */

/* Nothing was kept. */
static void begin_anew(void)
{
    for (unsigned part = 0; part < FRAME_PARTS; part++)
        free(flight.kept[part].bytes);
    memset(flight.kept, 0, sizeof flight.kept);
}

/* The next machine gets all memories of the environment, or none. */
START_TEST(keeps_all_or_nothing)
{
    static const char world[3 * FRAME_PAGE] = "world";
    record.definition.global_size = sizeof world;
    place_all();
    flight_keep(&flight);
    ck_assert_ptr_null(flight.kept[FRAME_GLOBAL].bytes);
    place(FRAME_GLOBAL, world, sizeof world - FRAME_PAGE, 8192);
    flight_keep(&flight);
    ck_assert_ptr_null(flight.kept[FRAME_GLOBAL].bytes);
    place(FRAME_GLOBAL, world, sizeof world, 8192);
    flight_keep(&flight);
    ck_assert_ptr_nonnull(flight.kept[FRAME_GLOBAL].bytes);
    ck_assert_mem_eq(flight.kept[FRAME_GLOBAL].bytes, world, sizeof world);
    ck_assert_ptr_null(flight.kept[FRAME_CONTROL].bytes);
    begin_anew();
    record.definition.types[0].state_size = 8;
    place_all();
    flight_keep(&flight);
    ck_assert_ptr_null(flight.kept[FRAME_GLOBAL].bytes);
    record.definition.types[0].state_size = 0;
    atomic_store(&record.control.header->begun_ns, 0); /* setup has not returned */
    place_all();
    place(FRAME_GLOBAL, world, sizeof world, 8192);
    flight_keep(&flight);
    ck_assert_ptr_null(flight.kept[FRAME_GLOBAL].bytes);
}
END_TEST

/* A machine that goes on with the memory of another one may end at any moment: before its setup has
 * returned, what it had is kept, and before it has shown anything, what it was given. */
START_TEST(keeps_what_was_given)
{
    static const char world[2 * FRAME_PAGE] = "world", later[2 * FRAME_PAGE] = "later";
    record.definition.global_size = sizeof world;
    place_all();
    place(FRAME_GLOBAL, world, sizeof world, 8192);
    flight_keep(&flight);
    ck_assert_ptr_nonnull(flight.kept[FRAME_GLOBAL].bytes);
    atomic_store(&record.control.header->begun_ns, 0);
    ck_assert_int_eq(ram_begin(&flight.ram, &error), 0);
    flight_keep(&flight);
    ck_assert_mem_eq(flight.kept[FRAME_GLOBAL].bytes, world, sizeof world);
    place_all();
    flight_keep(&flight); /* the control memory is there, and the other is not yet */
    ck_assert_mem_eq(flight.kept[FRAME_GLOBAL].bytes, world, sizeof world);
    place(FRAME_GLOBAL, later, sizeof later, 8192);
    flight_keep(&flight);
    ck_assert_mem_eq(flight.kept[FRAME_GLOBAL].bytes, later, sizeof later);
}
END_TEST

Suite *flight_suite(void)
{
    Suite *suite = suite_create("flight");
    TCase *tc = tcase_create("flight");
    tcase_set_timeout(tc, 120);
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, tells_what_actors_did);
    tcase_add_test(tc, trusts_nothing);
    tcase_add_test(tc, without_a_part);
    tcase_add_test(tc, refuses_places);
    tcase_add_test(tc, finds_high_memory);
    tcase_add_test(tc, keeps_all_or_nothing);
    tcase_add_test(tc, keeps_what_was_given);
    suite_add_tcase(suite, tc);
    return suite;
}
