/* SPDX-License-Identifier: MIT
 * unit_memory.c: the sealed memfds and their layout.
 */
#include "memory/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "unit.h"

static uint64_t page;
static struct definition definition;
static struct error error;

/* 3 writers with a state of one page and one byte, no readers, 2 killers without state, 1 last. */
static void set_up(void)
{
    page = (uint64_t)sysconf(_SC_PAGESIZE);
    definition = (struct definition){ .name = "store", .n_types = 4, .types = {
        { .name = "writer", .count = 3, .n_actions = 1, .state_size = page + 1 },
        { .name = "reader", .count = 0, .n_actions = 1, .state_size = 7 },
        { .name = "killer", .count = 2, .n_actions = 1 },
        { .name = "last", .count = 1, .n_actions = 1, .state_size = 1 } } };
    error = (struct error){ 0 };
}

START_TEST(seals_hold)
{
    struct stat status;
    int fd = memory_create("test", 10000, &error);
    ck_assert_msg(fd >= 0, "%s", error.text);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    ck_assert(fstat(fd, &status) == 0 && status.st_size == 10000);
    ck_assert_int_eq(ftruncate(fd, 5000), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(ftruncate(fd, 20000), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    ck_assert_int_eq(errno, EPERM);
    ck_assert(fstat(fd, &status) == 0 && status.st_size == 10000);
    close(fd);
}
END_TEST

START_TEST(sizes_that_cannot_be)
{
    ck_assert_int_eq(memory_create("test", 0, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "test"));
    ck_assert_int_eq(memory_create("test", DEFINITION_BYTES + 1, &error), -1);
    ck_assert_int_eq(memory_create("test", UINT64_MAX, &error), -1);
}
END_TEST

static int unsealed(unsigned seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, 10000), 0);
    ck_assert_int_eq(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

START_TEST(map_refuses)
{
    const unsigned all = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    const unsigned lacking[] = { 0, all & ~(unsigned)F_SEAL_SHRINK, all & ~(unsigned)F_SEAL_GROW,
                                 all & ~(unsigned)F_SEAL_SEAL };
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++) {
        int fd = unsealed(lacking[i]);
        ck_assert_ptr_null(memory_map(fd, 10000, true, 0, &error));
        ck_assert_ptr_nonnull(strstr(error.text, "seals"));
        close(fd);
    }
    int fd = memory_create("test", 10000, &error), ends[2];
    const uint64_t wrong[] = { 0, 9999, 10001, 2 * page, UINT64_MAX };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_ptr_null(memory_map(fd, wrong[i], true, 0, &error));
    close(fd);
    ck_assert_int_eq(pipe(ends), 0); /* not memory */
    ck_assert_ptr_null(memory_map(ends[0], 10000, true, 0, &error));
    close(ends[0]);
    close(ends[1]);
    ck_assert_ptr_null(memory_map(-1, 10000, true, 0, &error));
}
END_TEST

START_TEST(map_shares)
{
    int fd = memory_create("test", 10000, &error);
    char *one = memory_map(fd, 10000, true, 0, &error);
    const char *two = memory_map(fd, 10000, false, 0, &error);
    ck_assert_ptr_nonnull(one);
    ck_assert_ptr_nonnull(two);
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(two[i], 0);
    one[9999] = 'x';
    ck_assert_int_eq(two[9999], 'x');
    /* With an address: at that address, or not at all. */
    uint64_t taken = (uint64_t)(uintptr_t)one;
    ck_assert_ptr_null(memory_map(fd, 10000, true, taken, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "address"));
    ck_assert_int_eq(munmap(one, 10000), 0);
    ck_assert_ptr_eq(memory_map(fd, 10000, true, taken, &error), one);
    ck_assert_int_eq(one[9999], 'x');
    munmap(one, 10000);
    munmap((void *)(uintptr_t)two, 10000);
    close(fd);
}
END_TEST

static const char *read_only_is_read_only(void)
{
    int fd = memory_create("test", 10000, &error);
    char *at = memory_map(fd, 10000, false, 0, &error);
    CHILD_EXPECT(at);
    /* A system call fails with EFAULT where a store would crash. */
    int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    CHILD_EXPECT(read(zero, at, 1) < 0 && errno == EFAULT);
    return NULL;
}

static const char *attach(void)
{
    struct control control = { .fd = -1, .fd_readonly = -1 };
    struct layout_plan plan;
    layout_plan(definition_actors(&definition), page, &plan);
    int fd = memory_create("control", plan.size, &error);
    CHILD_EXPECT(control_format(fd, &definition, 4711, true, 0, &error) == 0);
    CHILD_EXPECT(control_attach(&control, fd, plan.size, &error) == 0);
    CHILD_EXPECT(control_check(&control, &definition, &error) == 0);
    CHILD_EXPECT(fcntl(fd, F_GETFD) < 0); /* taken over */
    CHILD_EXPECT(fcntl(control.fd, F_GETFD) == FD_CLOEXEC);
    CHILD_EXPECT(control.header->seed == 4711 && control.header->limited == 1);
    CHILD_EXPECT(control.header->n_actors == 6 && control.header->size == plan.size);
    static const uint32_t types[] = { 0, 0, 0, 2, 2, 3 }, indexes[] = { 0, 1, 2, 0, 1, 0 };
    for (uint32_t i = 0; i < 6; i++) {
        CHILD_EXPECT(control_ledger(&control, i)->type == types[i]);
        CHILD_EXPECT(control_ledger(&control, i)->index == indexes[i]);
        CHILD_EXPECT((uint64_t)(uintptr_t)control_slot(&control, i) % page == 0);
    }
    /* The descriptor for runners cannot be mapped writable, or be made so. */
    size_t size = (size_t)plan.size;
    CHILD_EXPECT(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, control.fd_readonly, 0) ==
                     MAP_FAILED && errno == EACCES);
    void *view = mmap(NULL, size, PROT_READ, MAP_SHARED, control.fd_readonly, 0);
    CHILD_EXPECT(view != MAP_FAILED && mprotect(view, size, PROT_READ | PROT_WRITE) < 0);
    /* A child does not have the supervisor's own view. */
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(msync(control.header, (size_t)page, MS_ASYNC) == 0 || errno != ENOMEM);
    CHILD_EXPECT(waitpid(pid, &status, 0) == pid && status == 0);
    return NULL;
}

static const char *attach_refuses(void)
{
    struct control control;
    int fd = unsealed(0);
    CHILD_EXPECT(control_attach(&control, fd, 10000, &error) < 0);
    CHILD_EXPECT(fcntl(fd, F_GETFD) < 0); /* also then */
    CHILD_EXPECT(control_attach(&control, -1, 10000, &error) < 0);
    fd = memory_create("control", 10000, &error);
    CHILD_EXPECT(control_attach(&control, fd, 10001, &error) < 0);
    return NULL;
}

static const char *(*const bodies[])(void) = { read_only_is_read_only, attach, attach_refuses };

START_TEST(in_child)
{
    child_run(bodies[_i]);
}
END_TEST

/* Every field that locates something: any other value is refused. */
static const struct {
    size_t offset, size;
} checked[] = {
#define FIELD(field) { offsetof(struct layout_header, field), \
                       sizeof ((struct layout_header *)0)->field }
    FIELD(magic), FIELD(version), FIELD(n_actors), FIELD(size), FIELD(ledgers), FIELD(servers),
    FIELD(breaks), FIELD(slots), FIELD(slot_stride),
};

START_TEST(check_refuses)
{
    struct layout_plan plan;
    layout_plan(6, page, &plan);
    int fd = memory_create("control", plan.size, &error);
    ck_assert_int_eq(control_format(fd, &definition, 1, false, 0, &error), 0);
    struct control control = { .header = memory_map(fd, plan.size, true, 0, &error),
                               .size = plan.size };
    ck_assert_int_eq(control_check(&control, &definition, &error), 0);
    ck_assert_uint_eq(control.header->limited, 0);
    for (size_t i = 0; i < sizeof checked / sizeof *checked; i++)
        for (size_t byte = 0; byte < checked[i].size; byte++) {
            unsigned char *at = (unsigned char *)control.header + checked[i].offset + byte;
            *at ^= 0x10;
            ck_assert_msg(control_check(&control, &definition, &error) < 0, "field %zu", i);
            *at ^= 0x10;
        }
    ck_assert_int_eq(control_check(&control, &definition, &error), 0);
    definition.types[0].count++;
    ck_assert_int_eq(control_check(&control, &definition, &error), -1);
    definition.types[0].count--;
    control.size += page;
    ck_assert_int_eq(control_check(&control, &definition, &error), -1);
    munmap(control.header, (size_t)plan.size);
    close(fd);
}
END_TEST

START_TEST(format_refuses)
{
    struct layout_plan plan;
    layout_plan(6, page, &plan);
    int fd = memory_create("control", plan.size - page, &error);
    ck_assert_int_eq(control_format(fd, &definition, 1, false, 0, &error), -1);
    close(fd);
}
END_TEST

/* Each part has pages of its own and enough room, and ends before the next begins. */
START_TEST(plan)
{
    static const uint32_t counts[] = { 1, 7, 1000, DEFINITION_ACTORS };
    static const uint64_t pages[] = { 4096, 16384, 65536 };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t j = 0; j < sizeof pages / sizeof *pages; j++) {
            const uint64_t n = counts[i];
            struct layout_plan p;
            layout_plan(counts[i], pages[j], &p);
            const uint64_t parts[] = { p.ledgers, p.servers, p.breaks, p.slots, p.slot_stride,
                                       p.size };
            for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
                ck_assert_uint_eq(parts[k] % pages[j], 0);
            ck_assert_uint_ge(p.ledgers, sizeof(struct layout_header));
            ck_assert_uint_ge(p.servers, p.ledgers + n * sizeof(struct layout_ledger));
            ck_assert_uint_ge(p.breaks,
                              p.servers + DEFINITION_SERVERS * sizeof(struct layout_server));
            ck_assert_uint_ge(p.slots, p.breaks + (1 + n + DEFINITION_SERVERS) *
                                                      sizeof(layout_break));
            ck_assert_uint_ge(p.slot_stride, sizeof(struct layout_slot));
            ck_assert_uint_ge(p.size, p.slots + n * p.slot_stride);
        }
}
END_TEST

START_TEST(addresses)
{
    static unsigned char memory[1 << 16];
    struct control control = { .header = (struct layout_header *)(void *)memory };
    control.plan = (struct layout_plan){ .ledgers = 4096, .servers = 8192, .breaks = 12288,
                                         .slots = 16384, .slot_stride = 20480 };
    ck_assert_ptr_eq(control_ledger(&control, 0), memory + 4096);
    ck_assert_ptr_eq(control_ledger(&control, 1), memory + 4096 + sizeof(struct layout_ledger));
    ck_assert_ptr_eq(control_server(&control, 2), memory + 8192 + 2 * sizeof(struct layout_server));
    ck_assert_ptr_eq(control_breaks(&control), memory + 12288);
    ck_assert_ptr_eq(control_slot(&control, 2), memory + 16384 + 2 * 20480);
}
END_TEST

START_TEST(states)
{
    ck_assert_uint_eq(memory_state_stride(0), 0);
    ck_assert_uint_eq(memory_state_stride(1), page);
    ck_assert_uint_eq(memory_state_stride(page), page);
    ck_assert_uint_eq(memory_state_stride(page + 1), 2 * page);
    const uint64_t expected[] = { 0, 2, 4, 6, 6, 6, 7 }; /* in pages; the last is the total */
    for (uint32_t i = 0; i < 7; i++)
        ck_assert_uint_eq(memory_state_offset(&definition, i), expected[i] * page);
}
END_TEST

/* A note is found by the index of its operation, until a later operation has its place. */
START_TEST(notes)
{
    static unsigned char memory[1 << 14];
    struct control control = { .header = (struct layout_header *)(void *)memory };
    char text[LAYOUT_NOTE], long_text[2 * LAYOUT_NOTE];
    control.plan = (struct layout_plan){ .slot_stride = 8192, .notes = 4096, .n_logged = 4 };
    struct layout_note *own = control_notes(&control, 1);
    ck_assert_ptr_eq(own, memory + 8192 + 4096);
    ck_assert(!note_read(&control, 1, 0, text));
    ck_assert_str_eq(text, "");
    note_leave(&own[2], 6, "put 1\x1b");
    ck_assert(note_read(&control, 1, 6, text));
    ck_assert_str_eq(text, "put 1?");
    ck_assert(!note_read(&control, 0, 6, text));
    ck_assert(!note_read(&control, 1, 2, text));
    ck_assert(!note_read(&control, 1, 10, text));
    memset(long_text, 'x', sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    note_leave(&own[2], 10, long_text);
    ck_assert(!note_read(&control, 1, 6, text));
    ck_assert(note_read(&control, 1, 10, text));
    ck_assert_uint_eq(strlen(text), STRESS_NOTE_MAX);
    memset(own[2].text, 'y', sizeof own[2].text); /* without an end */
    ck_assert(note_read(&control, 1, 10, text));
    ck_assert_uint_eq(strlen(text), STRESS_NOTE_MAX);
}
END_TEST

Suite *memory_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = tcase_create("memory");
    tcase_add_checked_fixture(tcase, set_up, NULL);
    tcase_add_test(tcase, seals_hold);
    tcase_add_test(tcase, sizes_that_cannot_be);
    tcase_add_test(tcase, map_refuses);
    tcase_add_test(tcase, map_shares);
    tcase_add_loop_test(tcase, in_child, 0, (int)(sizeof bodies / sizeof *bodies));
    tcase_add_test(tcase, check_refuses);
    tcase_add_test(tcase, format_refuses);
    tcase_add_test(tcase, plan);
    tcase_add_test(tcase, addresses);
    tcase_add_test(tcase, states);
    tcase_add_test(tcase, notes);
    suite_add_tcase(suite, tcase);
    return suite;
}
