/* SPDX-License-Identifier: MIT
 * unit_subject.c: what kind of workload a file is, for ELF files made by hand, and damaged ones.
 */
#include <check.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "workload/subject.h"
#include "stress.h"

Suite *subject_suite(void);

/* The note of STRESS_WORKLOAD, so that this program looks like a workload. */
struct note {
    uint32_t name_size, desc_size, type;
    char name[8];
    uint32_t abi_version;
};
__attribute__((used, section(".note.stress-supervisor"), aligned(4))) static const struct note
    own_note = { 7, 4, 1, "stress", STRESS_ABI_VERSION };

/* Makes a small ELF file: headers, then what they point to. */
struct image {
    ElfW(Ehdr) header;
    ElfW(Phdr) segment[3];
    struct note note;
    uint32_t padding;
    ElfW(Dyn) dynamic[3];
    char interpreter[32];
};

enum { WITH_NOTE = 1, WITH_INTERPRETER = 2, WITH_PIE = 4, WITH_SONAME = 8 };

static char directory[64];

static void make_directory(void)
{
    snprintf(directory, sizeof directory, "/tmp/unit-subject-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    ck_assert_int_eq(chdir(directory), 0);
}

static void remove_directory(void)
{
    char command[128];
    ck_assert_int_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "/bin/rm -rf %s", directory);
    ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const void *data, size_t size, mode_t mode)
{
    unlink(name);
    FD_CLEANUP int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fd_write_all(fd, data, size), 0);
    ck_assert_int_eq(fchmod(fd, mode), 0);
}

static void *read_own(size_t *ret_size)
{
    struct stat status;
    FD_CLEANUP int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(fd, &status), 0);
    *ret_size = (size_t)status.st_size;
    char *data = malloc(*ret_size);
    for (size_t at = 0; at < *ret_size; ) {
        ssize_t n = read(fd, data + at, *ret_size - at);
        ck_assert_int_gt(n, 0);
        at += (size_t)n;
    }
    return data;
}

static void add_segment(struct image *image, uint32_t type, const void *at, size_t size)
{
    image->segment[image->header.e_phnum++] = (ElfW(Phdr)){
        .p_type = type, .p_offset = (ElfW(Off))((const char *)at - (const char *)image),
        .p_filesz = size, .p_align = 4 };
}

/* The machine and the class are those of this program. */
static struct image make_image(uint16_t type, unsigned what)
{
    struct image image = { .note = own_note };
    size_t size;
    ElfW(Ehdr) *own = read_own(&size);
    memcpy(&image.header, own, sizeof image.header);
    free(own);
    ck_assert_int_eq(image.header.e_ident[EI_CLASS],
                     sizeof(void *) > 4 ? ELFCLASS64 : ELFCLASS32);
    image.header.e_type = type;
    image.header.e_phoff = offsetof(struct image, segment);
    image.header.e_phentsize = sizeof(ElfW(Phdr));
    image.header.e_phnum = 0;
    image.header.e_shoff = image.header.e_shnum = image.header.e_shstrndx = 0;
    if (what & WITH_NOTE)
        add_segment(&image, PT_NOTE, &image.note, sizeof image.note);
    if (what & WITH_INTERPRETER)
        add_segment(&image, PT_INTERP, image.interpreter, sizeof image.interpreter);
    int n = 0;
    if (what & WITH_PIE)
        image.dynamic[n++] = (ElfW(Dyn)){ .d_tag = DT_FLAGS_1, .d_un.d_val = DF_1_PIE };
    if (what & WITH_SONAME)
        image.dynamic[n++] = (ElfW(Dyn)){ .d_tag = DT_SONAME };
    if (n > 0)
        add_segment(&image, PT_DYNAMIC, image.dynamic, sizeof image.dynamic);
    return image;
}

static int find(const char *path, struct subject *ret, struct error *error)
{
    const struct options options = { .subject = path };
    error->text[0] = '\0';
    return subject_find(&options, ret, error);
}

static void expect_kind(const char *path, enum subject_kind kind)
{
    struct subject subject;
    struct error error;
    ck_assert_msg(find(path, &subject, &error) == 0, "%s", error.text);
    ck_assert_int_eq(subject.kind, kind);
    ck_assert_int_eq(subject.path[0], '/');
}

/* Each word must be in the line. */
static void expect_refusal(const char *path, const char *one, const char *two)
{
    struct subject subject;
    struct error error;
    ck_assert_int_eq(find(path, &subject, &error), -1);
    ck_assert_msg(strstr(error.text, one) && strstr(error.text, two), "%s", error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}

static void expect_image(uint16_t type, unsigned what, mode_t mode, int kind, const char *refusal)
{
    struct image image = make_image(type, what);
    write_file("image", &image, sizeof image, mode);
    if (refusal)
        expect_refusal("./image", "./image", refusal);
    else
        expect_kind("./image", (enum subject_kind)kind);
}

START_TEST(kinds_of_elf)
{
    expect_image(ET_EXEC, WITH_NOTE, 0755, SUBJECT_PROGRAM, NULL);
    expect_image(ET_DYN, WITH_NOTE | WITH_INTERPRETER, 0755, SUBJECT_PROGRAM, NULL);
    expect_image(ET_DYN, WITH_NOTE | WITH_PIE, 0755, SUBJECT_PROGRAM, NULL);
    expect_image(ET_DYN, WITH_NOTE, 0644, SUBJECT_OBJECT, NULL);
    expect_image(ET_DYN, WITH_NOTE | WITH_SONAME, 0755, SUBJECT_OBJECT, NULL);
    expect_image(ET_EXEC, 0, 0755, SUBJECT_COMMAND, NULL);
    expect_image(ET_DYN, WITH_INTERPRETER, 0755, SUBJECT_COMMAND, NULL);
    expect_image(ET_DYN, WITH_PIE, 0755, SUBJECT_COMMAND, NULL);
    expect_kind("/proc/self/exe", SUBJECT_PROGRAM);
    expect_kind("/bin/sh", SUBJECT_COMMAND);
}
END_TEST

START_TEST(refused_elf)
{
    expect_image(ET_DYN, 0, 0755, 0, "not a workload: a shared object without STRESS_WORKLOAD");
    expect_image(ET_DYN, WITH_INTERPRETER | WITH_SONAME, 0755, 0, "shared object");
    expect_image(ET_REL, WITH_NOTE, 0755, 0, "object file");
    expect_image(ET_CORE, WITH_NOTE, 0755, 0, "core file");
    expect_image(4711, WITH_NOTE, 0755, 0, "4711");
    if (geteuid() != 0 || access("/", X_OK) == 0) { /* root may execute only what has an x */
        expect_image(ET_EXEC, WITH_NOTE, 0644, 0, "chmod +x");
        expect_image(ET_DYN, WITH_INTERPRETER, 0644, 0, "chmod +x");
    }
}
END_TEST

START_TEST(other_abi_and_machine)
{
    struct image image = make_image(ET_EXEC, WITH_NOTE);
    image.note.abi_version = 4711;
    write_file("image", &image, sizeof image, 0755);
    expect_refusal("./image", "ABI", "4711");
    image = make_image(ET_EXEC, WITH_NOTE);
    image.header.e_machine = image.header.e_machine == EM_S390 ? EM_ARM : EM_S390;
    write_file("image", &image, sizeof image, 0755);
    expect_refusal("./image", "another architecture: s390 ", "this machine is ");
    image = make_image(ET_EXEC, WITH_NOTE);
    image.header.e_ident[EI_DATA] = ELFDATA2MSB;
    image.header.e_type = __builtin_bswap16(ET_EXEC);
    write_file("image", &image, sizeof image, 0755);
    expect_refusal("./image", "architecture", "big-endian");
}
END_TEST

/* A note of another owner does not make a workload. */
START_TEST(foreign_note)
{
    struct image image = make_image(ET_EXEC, WITH_NOTE);
    memcpy(image.note.name, "STRESS", 7);
    write_file("image", &image, sizeof image, 0755);
    expect_kind("./image", SUBJECT_COMMAND);
    image = make_image(ET_EXEC, WITH_NOTE);
    image.note.type = 2;
    write_file("image", &image, sizeof image, 0755);
    expect_kind("./image", SUBJECT_COMMAND);
}
END_TEST

/* A real program that was truncated is not taken for a workload, and does not cause a crash. */
START_TEST(truncated)
{
    size_t size;
    char *own = read_own(&size);
    struct subject subject;
    struct error error;
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)(const void *)own;
    const ElfW(Phdr) *segment = (const ElfW(Phdr) *)(const void *)(own + header->e_phoff);
    size_t needed = 0;
    for (unsigned i = 0; i < header->e_phnum; i++)
        if (segment[i].p_type == PT_LOAD && segment[i].p_offset + segment[i].p_filesz > needed)
            needed = (size_t)(segment[i].p_offset + segment[i].p_filesz);
    write_file("whole", own, size, 0755);
    expect_kind("./whole", SUBJECT_PROGRAM);
    FD_CLEANUP int fd = open("whole", O_RDWR | O_CLOEXEC);
    size_t step = 64;
    for (size_t length = size - 1; length >= 4; length -= length > step ? step : length) {
        ck_assert_int_eq(ftruncate(fd, (off_t)length), 0);
        int found = find("./whole", &subject, &error);
        if (length < needed)
            ck_assert_msg(found < 0, "%zu of %zu bytes are a workload", length, size);
        if (size - length > 65536 && length > 8192)
            step = 4096; /* a large program: in small steps at both ends only */
        else
            step = 64;
    }
    free(own);
}
END_TEST

/* Any byte of the headers may be anything. */
START_TEST(scribbled)
{
    static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
    struct image image = make_image(ET_DYN, WITH_NOTE | WITH_INTERPRETER | WITH_PIE);
    struct subject subject;
    struct error error;
    write_file("image", &image, sizeof image, 0755);
    FD_CLEANUP int fd = open("image", O_RDWR | O_CLOEXEC);
    const char *bytes = (const char *)&image;
    for (size_t at = 4; at < sizeof image; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            ck_assert_int_eq(pwrite(fd, &values[i], 1, (off_t)at), 1);
            int found = find("./image", &subject, &error);
            ck_assert(found == 0 || error.text[0]);
        }
        ck_assert_int_eq(pwrite(fd, bytes + at, 1, (off_t)at), 1);
    }
    expect_kind("./image", SUBJECT_PROGRAM);
}
END_TEST

START_TEST(scripts_and_others)
{
    static const char script[] = "#!/bin/sh -e\nexit 0\n", text[] = "exit 0\n";
    static const char broken[] = "#! /no/such/interpreter\n";
    write_file("script.sh", script, sizeof script - 1, 0755);
    expect_kind("./script.sh", SUBJECT_COMMAND);
    write_file("text", text, sizeof text - 1, 0755);
    expect_kind("./text", SUBJECT_COMMAND);
    write_file("text", text, sizeof text - 1, 0644);
    expect_refusal("./text", "chmod +x", ".ini");
    write_file("broken", broken, sizeof broken - 1, 0755);
    expect_refusal("./broken", "interpreter", "/no/such/interpreter");
    write_file("random", "\371Zz\n\0exit", 9, 0755);
    expect_refusal("./random", "neither a script nor an ELF file", "bytes that are 0");
    write_file("packed", "#!/bin/sh\nexit\n\0\1\2", 19, 0755);
    expect_kind("./packed", SUBJECT_COMMAND);
    write_file("empty", "", 0, 0755);
    expect_kind("./empty", SUBJECT_COMMAND);
    expect_refusal("./nothing", "./nothing", "No such file");
    expect_refusal(".", "directory", "");
    expect_refusal("", "workload", "");
    ck_assert_int_eq(mkfifo("fifo", 0755), 0);
    expect_refusal("./fifo", "not a regular file", "");
    expect_refusal("/dev/null", "not a regular file", "");
    write_file("empty", "", 0, 0644);
    expect_refusal("./empty", "chmod +x", "");
}
END_TEST

START_TEST(along_path)
{
    struct subject subject;
    struct error error;
    ck_assert_int_eq(setenv("PATH", "/nowhere:/usr/bin:/bin", 1), 0);
    ck_assert_int_eq(find("sh", &subject, &error), 0);
    ck_assert_int_eq(subject.kind, SUBJECT_COMMAND);
    ck_assert_str_eq(subject.name, "sh");
    expect_refusal("no-such-workload", "no-such-workload", "PATH");
    write_file("here", "#!/bin/sh\n", 10, 0755);
    expect_refusal("here", "PATH", "./here");
    ck_assert_int_eq(setenv("PATH", "/nowhere:", 1), 0);
    expect_kind("here", SUBJECT_COMMAND);
}
END_TEST

START_TEST(workload_files)
{
    static const char good[] = "[actor a]\ncommand = true\n", bad[] = "[actor a]\ncolour = red\n";
    write_file("good.ini", good, sizeof good - 1, 0644);
    expect_kind("./good.ini", SUBJECT_FILE);
    write_file("bad.ini", bad, sizeof bad - 1, 0644);
    expect_refusal("./bad.ini", "bad.ini:2", "colour");
}
END_TEST

START_TEST(names)
{
    static const struct {
        const char *file, *name;
    } rows[] = {
        { "plain", "plain" }, { "two.sh", "two" }, { "a.b.sh", "a.b" }, { ".hidden", "_hidden" },
        { "-dash", "_dash" }, { "sp ace", "sp_ace" },
        { "a-very-long-name-that-goes-on-and-on-and-on.sh", "a-very-long-name-that-goes-on-a" },
    };
    struct subject subject;
    struct error error;
    char path[128];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_file(rows[i].file, "#!/bin/sh\n", 10, 0755);
        snprintf(path, sizeof path, "./%s", rows[i].file);
        ck_assert_int_eq(find(path, &subject, &error), 0);
        ck_assert_str_eq(subject.name, rows[i].name);
    }
}
END_TEST

START_TEST(options_of_commands)
{
    struct subject subject;
    struct error error;
    struct options options = { .subject = "./image", .actors.only = 2 };
    expect_image(ET_EXEC, WITH_NOTE, 0755, SUBJECT_PROGRAM, NULL);
    ck_assert_int_eq(subject_find(&options, &subject, &error), 0);
    options.check = "true";
    ck_assert_int_eq(subject_find(&options, &subject, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "--check"));
    options.subject = "/bin/sh";
    ck_assert_int_eq(subject_find(&options, &subject, &error), 0);
}
END_TEST

Suite *subject_suite(void)
{
    Suite *suite = suite_create("subject");
    TCase *tests = tcase_create("all");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, make_directory, remove_directory);
    tcase_add_test(tests, kinds_of_elf);
    tcase_add_test(tests, refused_elf);
    tcase_add_test(tests, other_abi_and_machine);
    tcase_add_test(tests, foreign_note);
    tcase_add_test(tests, truncated);
    tcase_add_test(tests, scribbled);
    tcase_add_test(tests, scripts_and_others);
    tcase_add_test(tests, along_path);
    tcase_add_test(tests, workload_files);
    tcase_add_test(tests, names);
    tcase_add_test(tests, options_of_commands);
    suite_add_tcase(suite, tests);
    return suite;
}
