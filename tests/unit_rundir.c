/* SPDX-License-Identifier: MIT
 * unit_rundir.c: the run directory: its content, that it stays in order on a full disk, and that a
 * scratch directory is removed whatever is in it.
 */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "format/json.h"
#include "rundir/rundir.h"
#include "record_fixture.h"
#include "unit.h"

static char top[256];

static void begin(void)
{
    fixture_directory(top);
    unit_forget_variables();
}

static void end(void)
{
    struct error error;
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_msg(tree_remove(top, &error) == 0, "%s", error.text);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static char *content(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s", path);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void put_file(const char *path)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fclose(file);
}

/* ---- making it --------------------------------------------------------------------------- */

START_TEST(what_is_refused)
{
    struct error error;
    struct rundir rundir;
    ck_assert_int_eq(rundir_precheck(NULL, &error), 0);
    ck_assert_int_eq(rundir_precheck("new/deep", &error), 0);
    mkdir("empty", 0777);
    ck_assert_int_eq(rundir_precheck("empty", &error), 0);
    ck_assert_int_eq(rundir_precheck(".", &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "'.' exists and is not empty"));
    put_file("file");
    ck_assert_int_eq(rundir_precheck("file", &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "'file' is not a directory"));
    ck_assert_int_eq(rundir_create(&rundir, ".", "w", 1, &error), -1);
    ck_assert_int_eq(rundir.fd, -1);
    ck_assert_int_eq(rundir_create(&rundir, "file/below", "w", 1, &error), -1);
    ck_assert_int_eq(rundir.fd, -1);
    ck_assert(!exists("events.jsonl"));
}
END_TEST

START_TEST(what_is_made)
{
    struct error error;
    struct rundir rundir, other;
    ck_assert_msg(rundir_create(&rundir, "new/deep", "w", 1, &error) == 0, "%s", error.text);
    ck_assert_int_eq(rundir.path[0], '/');
    ck_assert(exists("new/deep/events.jsonl") && exists("new/deep/findings"));
    ck_assert_int_eq(rundir_create(&other, "new/deep", "w", 1, &error), -1);
    rundir_close(&rundir);
    ck_assert_int_eq(rundir_create(&rundir, NULL, "store", 0xabc, &error), 0);
    ck_assert_ptr_nonnull(strstr(rundir.path, "/stress-runs/store-"));
    ck_assert_ptr_nonnull(strstr(rundir.path, "-abc"));
    ck_assert_int_eq(rundir_create(&other, NULL, "store", 0xabc, &error), 0); /* the same second */
    ck_assert_str_ne(rundir.path, other.path);
    rundir_close(&rundir);
    rundir_close(&other);
    ck_assert_int_eq(rundir_create(&rundir, NULL, "../evil", 1, &error), 0);
    ck_assert_ptr_nonnull(strstr(rundir.path, "/stress-runs/workload-"));
    rundir_close(&rundir);
}
END_TEST

/* The link `latest` leads to the last one of the default names; other files of that name stay. */
START_TEST(the_latest)
{
    struct error error;
    char first[PATH_MAX], second[PATH_MAX], found[PATH_MAX];
    ck_assert_int_eq(rundir_make(NULL, "w", 1, first, &error), 0);
    rundir_point_latest(NULL, first);
    ck_assert_ptr_nonnull(realpath("stress-runs/latest", found));
    ck_assert_str_eq(found, first);
    ck_assert_int_eq(rundir_make(NULL, "w", 2, second, &error), 0);
    rundir_point_latest(NULL, second);
    ck_assert_ptr_nonnull(realpath("stress-runs/latest", found));
    ck_assert_str_eq(found, second);
    rundir_point_latest("given", first);
    ck_assert_ptr_nonnull(realpath("stress-runs/latest", found));
    ck_assert_str_eq(found, second);
    ck_assert_int_eq(rmdir(first), 0); /* a run that was refused */
    rundir_point_latest(NULL, first);
    ck_assert_ptr_nonnull(realpath("stress-runs/latest", found));
    ck_assert_str_eq(found, second);
    ck_assert_int_eq(unlink("stress-runs/latest"), 0);
    put_file("stress-runs/latest");
    rundir_point_latest(NULL, second);
    ck_assert_ptr_nonnull(realpath("stress-runs/latest", found));
    ck_assert_ptr_nonnull(strstr(found, "/stress-runs/latest"));
}
END_TEST

/* ---- what is written --------------------------------------------------------------------- */

START_TEST(events)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    fixture_record(&record, 1);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    rundir_event(&rundir, &record, "start", json_pack("{s:s}", "text", "a\nb"));
    rundir_event(&rundir, &record, "end", NULL);
    ck_assert(!rundir.failed);
    char *rest, *line = strtok_r(content("run/events.jsonl"), "\n", &rest);
    json_t *event = json_loads(line, 0, NULL);
    ck_assert_ptr_nonnull(event);
    ck_assert_str_eq(json_string_value(json_object_get(event, "event")), "start");
    ck_assert_str_eq(json_string_value(json_object_get(event, "text")), "a\nb");
    ck_assert(json_real_value(json_object_get(event, "t")) >= 10);
    json_decref(event);
    ck_assert_ptr_nonnull(strstr(strtok_r(NULL, "\n", &rest), "\"event\":\"end\""));
    ck_assert_ptr_null(strtok_r(NULL, "\n", &rest));
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

static struct wire_finding crash(void)
{
    struct wire_finding finding = fixture_finding(FINDING_CRASH, "SIGSEGV in put");
    finding.signal = SIGSEGV;
    finding.code = CLD_DUMPED;
    finding.crash = (struct layout_crash){ .signal = SIGSEGV, .code = 1, .address = 0xdead,
                                           .thread = 77 };
    snprintf(finding.description, sizeof finding.description, "rows: 3\nbad: \033[1m");
    finding.n_operations = 2;
    finding.operations[0] = (struct story_operation){
        .actor = 1, .operation = { 8, 5 * CLOCK_MILLISECOND, 1500, 1, STRESS_OK }, .finished = 1 };
    finding.operations[1] = (struct story_operation){
        .actor = 0, .operation = { 42, 7 * CLOCK_MILLISECOND, 0, 0, 0 } };
    return finding;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

/* What a replay cannot show, as it performs one operation at a time. */
START_TEST(one_that_overlaps)
{
    struct options options = { .subject = "./store" };
    struct error error;
    struct rundir rundir;
    struct record record;
    struct wire_finding finding = crash();
    bool is_new;
    fixture_record(&record, 2);
    record.options = &options;
    finding.operations[0].finished = 0;
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    for (int serial = 0; serial < 2; serial++) {
        options.schedule = serial ? OPTIONS_SERIAL : OPTIONS_FREE;
        finding.signal += serial;
        strcat(finding.title, serial ? " again" : "");
        struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
        rundir_finding(&rundir, &record, entry, "", 0);
        char path[300];
        snprintf(path, sizeof path, "run/%s/reproduce.txt", entry->directory);
        ck_assert_int_eq(strstr(content(path), "here some overlapped") == NULL, serial);
    }
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

START_TEST(a_finding)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    struct wire_finding finding = crash();
    bool is_new;
    fixture_record(&record, 2);
    record.target = 500;
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
    entry->injections = json_pack("[{ss, ss, ss, si, ss, ss}]", "rule", "write:kill", "actor",
                                  "writer.1", "action", "get", "operation", 8, "call", "write",
                                  "path", "/data");
    rundir_finding(&rundir, &record, entry, "boom\n", 5);
    ck_assert_msg(!rundir.failed, "%s", rundir.error.text);
    ck_assert_str_eq(entry->directory, "findings/0001-crash-SIGSEGV-writer");
    ck_assert_str_eq(content("run/findings/0001-crash-SIGSEGV-writer/stderr"), "boom\n");
    char *again = content("run/findings/0001-crash-SIGSEGV-writer/reproduce.txt");
    ck_assert_ptr_nonnull(strstr(again, "\nstress-supervisor -s 0xfedcba9876543210 "
                                        "--operations=500 ./store\n"));
    ck_assert_ptr_null(strstr(again, "overlapped"));
    char *story = content("run/findings/0001-crash-SIGSEGV-writer/operations.txt");
    ck_assert_ptr_nonnull(strstr(story, "-2.000 ms  writer.1"));
    ck_assert_ptr_nonnull(strstr(story, "in flight"));
    ck_assert_ptr_nonnull(
        strstr(story, "\nwrite:kill in writer.1 get, operation 8: write /data\n"));
    json_t *json = json_loads(content("run/findings/0001-crash-SIGSEGV-writer/finding.json"), 0,
                              NULL);
    ck_assert_ptr_nonnull(json);
    ck_assert_str_eq(text_of(json, "kind"), "crash");
    ck_assert_str_eq(text_of(json, "actor"), "writer.0");
    ck_assert_str_eq(text_of(json, "action"), "put");
    ck_assert_str_eq(text_of(json, "title"), "SIGSEGV in put");
    ck_assert_str_eq(text_of(json, "signal"), "SIGSEGV");
    ck_assert_str_eq(text_of(json, "seed"), "0xfedcba9876543210");
    ck_assert_str_eq(text_of(json, "description"), "rows: 3\nbad: ?[1m");
    ck_assert_int_eq(json_integer_value(json_object_get(json, "operation")), 42);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "generation")), 3);
    const json_t *death = json_object_get(json, "crash");
    ck_assert_str_eq(text_of(death, "address"), "0xdead");
    ck_assert_int_eq(json_integer_value(json_object_get(death, "thread")), 77);
    ck_assert(json_equal(json_object_get(json, "injections"), entry->injections));
    const json_t *first = json_array_get(json_object_get(json, "operations"), 0);
    ck_assert_str_eq(text_of(first, "actor"), "writer.1");
    ck_assert_str_eq(text_of(first, "action"), "get");
    ck_assert_str_eq(text_of(first, "outcome"), "ok");
    ck_assert_int_eq(json_integer_value(json_object_get(first, "started_ns")), -2000000);
    ck_assert_int_eq(json_integer_value(json_object_get(first, "duration_ns")), 1500);
    json_decref(json);
    ck_assert_ptr_nonnull(strstr(content("run/events.jsonl"), "\"event\":\"finding\""));
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

/* The bytes of all files below a directory. */
static size_t counted;

static int count_bytes(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)path;
    (void)where;
    counted += kind == FTW_F ? (size_t)status->st_size : 0;
    return 0;
}

/* The bytes kept are counted. Beyond the limit further findings have no directory. */
START_TEST(findings_have_a_cap)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    struct wire_finding finding = crash();
    bool is_new;
    fixture_record(&record, 2);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
    rundir_finding(&rundir, &record, entry, "boom\n", 5);
    ck_assert_int_eq(nftw("run/findings", count_bytes, 8, FTW_PHYS), 0);
    ck_assert_uint_eq(rundir.kept, counted);
    size_t first = counted;
    rundir.kept = RUNDIR_FINDINGS_MOST - 1;
    snprintf(finding.title, sizeof finding.title, "second");
    entry = record_add_finding(&record, &finding, &is_new);
    rundir_finding(&rundir, &record, entry, "boom\n", 5);
    ck_assert_str_ne(entry->directory, "");
    rundir_finding_again(&rundir, &record, entry, entry, "boom\n", 5);
    snprintf(finding.title, sizeof finding.title, "third");
    entry = record_add_finding(&record, &finding, &is_new);
    rundir_finding(&rundir, &record, entry, "boom\n", 5);
    ck_assert_str_eq(entry->directory, "");
    ck_assert_ptr_nonnull(strstr(content("run/events.jsonl"), "third"));
    counted = 0;
    ck_assert_int_eq(nftw("run/findings", count_bytes, 8, FTW_PHYS), 0);
    ck_assert_uint_eq(rundir.kept - (RUNDIR_FINDINGS_MOST - 1), counted - first);
    ck_assert_int_lt(access("run/findings/0002-crash-SIGSEGV-writer/latest", F_OK), 0);
    ck_assert(!rundir.failed);
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

/* Forged names lead nowhere. */
static const struct {
    struct wire_finding finding;
    const char *directory;
} names[] = {
    { { .kind = FINDING_FAILURE, .action = "../../x", .title = "../y" },
      "findings/0001-failure-writer" },
    { { .kind = FINDING_FAILURE, .action = "put" }, "findings/0001-failure-put-writer" },
    { { .kind = FINDING_EXIT, .exit_status = 3 }, "findings/0001-exit-3-writer" },
    { { .kind = FINDING_CRASH, .signal = SIGKILL, .out_of_memory = 1 },
      "findings/0001-crash-out-of-memory-writer" },
    { { .kind = FINDING_CRASH, .signal = 34 }, "findings/0001-crash-SIG34-writer" },
    { { .kind = FINDING_SERVER_DEATH, .actor = -1, .server = "redis" },
      "findings/0001-server-death-redis" },
    { { .kind = FINDING_SERVER_DEATH, .actor = -1, .server = "a/b" },
      "findings/0001-server-death" },
    { { .kind = FINDING_INVARIANT, .actor = 4000 }, "findings/0001-invariant" },
};

START_TEST(names_of_findings)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    bool is_new;
    fixture_record(&record, 1);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    struct record_finding *entry = record_add_finding(&record, &names[_i].finding, &is_new);
    rundir_finding(&rundir, &record, entry, "", 0);
    ck_assert_msg(!rundir.failed, "%s", rundir.error.text);
    ck_assert_str_eq(entry->directory, names[_i].directory);
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

START_TEST(nothing_is_followed_out)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    bool is_new;
    fixture_record(&record, 1);
    mkdir("outside", 0777);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    ck_assert_int_eq(rmdir("run/findings"), 0);
    ck_assert_int_eq(symlink("../outside", "run/findings"), 0);
    ck_assert_int_eq(symlink("../outside/x", "run/.result.json.tmp"), 0);
    struct wire_finding finding = crash();
    struct record_finding *entry = record_add_finding(&record, &finding, &is_new);
    rundir_finding(&rundir, &record, entry, "", 0);
    ck_assert(rundir.failed);
    ck_assert_str_eq(entry->directory, "");
    fixture_result(&rundir, &record);
    ck_assert(!exists("outside/x") && !exists("run/result.json"));
    ck_assert_int_eq(rmdir("outside"), 0); /* still empty */
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

/* ---- a full disk ------------------------------------------------------------------------- */

/* Writes events until the disk is full. The file must have whole lines only. */
static void fill(struct rundir *rundir, struct record *record)
{
    for (int i = 0; i < 10000 && !rundir->failed; i++)
        rundir_event(rundir, record, "alive", json_pack("{s:i}", "counted", i));
    ck_assert(rundir->failed);
    ck_assert_ptr_nonnull(strstr(rundir->error.text, "events.jsonl"));
    ck_assert(rundir->error.code == ENOSPC || rundir->error.code == EFBIG);
    const char *text = content("run/events.jsonl");
    size_t size = strlen(text);
    ck_assert_uint_gt(size, 0);
    ck_assert_int_eq(text[size - 1], '\n');
}

static void find_on_full_disk(struct rundir *rundir, struct record *record)
{
    static char output[65536];
    struct error first = rundir->error;
    struct wire_finding finding = crash();
    bool is_new;
    memset(output, 'x', sizeof output);
    struct record_finding *entry = record_add_finding(record, &finding, &is_new);
    rundir_finding(rundir, record, entry, output, sizeof output);
    ck_assert_str_eq(entry->directory, "");
    ck_assert_int_eq(rmdir("run/findings"), 0); /* nothing unfinished is left */
    ck_assert_str_eq(rundir->error.text, first.text);
}

START_TEST(full_by_limit)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    struct rlimit limit = { 2048, 2048 };
    fixture_record(&record, 30);
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(rundir_create(&rundir, "run", "w", 1, &error), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    fill(&rundir, &record);
    find_on_full_disk(&rundir, &record);
    fixture_result(&rundir, &record);
    ck_assert(!exists("run/result.json") && !exists("run/.result.json.tmp"));
    rundir_close(&rundir);
    record_free(&record);
}
END_TEST

START_TEST(full_file_system)
{
    struct error error;
    struct rundir rundir;
    struct record record;
    mkdir("run", 0777);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", "run", "tmpfs", 0, "size=32k") != 0)
        return; /* needs root; full_by_limit tests the same without */
    fixture_record(&record, 30);
    ck_assert_msg(rundir_create(&rundir, "run", "w", 1, &error) == 0, "%s", error.text);
    fill(&rundir, &record);
    find_on_full_disk(&rundir, &record);
    fixture_result(&rundir, &record);
    ck_assert(!exists("run/result.json") && !exists("run/.result.json.tmp"));
    rundir_close(&rundir);
    ck_assert_int_eq(umount("run"), 0);
    record_free(&record);
}
END_TEST

/* ---- scratch ----------------------------------------------------------------------------- */

START_TEST(scratch_goes)
{
    struct error error;
    mkdir("outside", 0777);
    put_file("outside/kept");
    mkdir("scratch", 0777);
    ck_assert_int_eq(symlink("../outside", "scratch/link"), 0);
    ck_assert_int_eq(mkfifo("scratch/fifo", 0666), 0);
    mkdir("scratch/locked", 0777);
    put_file("scratch/locked/file");
    ck_assert_int_eq(chmod("scratch/locked", 0), 0);
    ck_assert_int_eq(chmod("scratch", 0), 0);
    ck_assert_msg(tree_remove("scratch", &error) == 0, "%s", error.text);
    ck_assert(!exists("scratch") && exists("outside/kept"));
    ck_assert_int_eq(tree_remove("scratch", &error), 0); /* it does not exist: nothing to do */
    ck_assert_int_eq(symlink("outside", "scratch"), 0);
    ck_assert_int_eq(tree_remove("scratch", &error), -1);
    ck_assert(exists("outside/kept"));
}
END_TEST

/* Deeper than the longest path, and than the number of descriptors. */
START_TEST(scratch_without_end)
{
    struct error error;
    struct rlimit limit;
    mkdir("scratch", 0777);
    ck_assert_int_eq(chdir("scratch"), 0);
    for (int i = 0; i < 600; i++) {
        ck_assert_int_eq(mkdir("directory", 0777), 0);
        if (i % 100 == 0)
            put_file("f");
        ck_assert_int_eq(chdir("directory"), 0);
    }
    ck_assert_int_eq(chdir(top), 0);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = 128;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    ck_assert_msg(tree_remove("scratch", &error) == 0, "%s", error.text);
    ck_assert(!exists("scratch"));
}
END_TEST

static void put_bytes(const char *path, off_t at, size_t size)
{
    int fd FD_CLEANUP = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char *bytes = calloc(1, size);
    ck_assert(fd >= 0 && bytes);
    memset(bytes, 'x', size);
    ck_assert_int_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
    free(bytes);
}

static struct record_scratch keep(size_t *room)
{
    struct record_scratch kept;
    struct error error;
    int from FD_CLEANUP = open("scratch", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int at FD_CLEANUP = open("finding", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_msg(kept_copy(from, at, room, &kept, &error) == 0, "%s", error.text);
    ck_assert(kept.kept);
    return kept;
}

/* Whatever lies there: only files, directories and links are copied, and no link is followed. */
START_TEST(scratch_is_kept)
{
    struct stat status;
    size_t room = KEPT_ALL;
    mkdir("scratch", 0777);
    mkdir("finding", 0777);
    mkdir("scratch/deep", 0777);
    put_bytes("scratch/deep/data", 0, 10000);
    put_bytes("scratch/sparse", (off_t)1 << 40, 1);
    put_file("scratch/.hidden");
    ck_assert_int_eq(symlink("/etc", "scratch/link"), 0);
    ck_assert_int_eq(mkfifo("scratch/fifo", 0666), 0);
    struct record_scratch kept = keep(&room);
    ck_assert_uint_eq(kept.files, 3);
    ck_assert_uint_eq(kept.left_out, 0);
    ck_assert_uint_lt(kept.bytes, 100000);
    ck_assert_uint_eq(strlen(content("finding/scratch/deep/data")), 10000);
    ck_assert(exists("finding/scratch/.hidden") && !exists("finding/scratch/fifo"));
    ck_assert_int_eq(lstat("finding/scratch/link", &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(stat("finding/scratch/sparse", &status), 0);
    ck_assert_int_eq(status.st_size, ((off_t)1 << 40) + 1);
    ck_assert_int_lt(status.st_blocks, 1000);
    int fd FD_CLEANUP = open("finding/scratch/sparse", O_RDONLY | O_CLOEXEC);
    char byte = 0;
    ck_assert_int_eq(pread(fd, &byte, 1, (off_t)1 << 40), 1);
    ck_assert_int_eq(byte, 'x');
}
END_TEST

/* What does not fit is left out and counted: a large file, and many small ones. */
START_TEST(scratch_is_kept_up_to_a_limit)
{
    char name[64];
    size_t room = 10 * KEPT_ENTRY;
    mkdir("scratch", 0777);
    mkdir("finding", 0777);
    put_bytes("scratch/large", 0, 11 * KEPT_ENTRY);
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "scratch/%d", i);
        put_file(name);
    }
    struct record_scratch kept = keep(&room);
    ck_assert_uint_eq(kept.files, 10);
    ck_assert_uint_eq(kept.left_out, 11);
    ck_assert_uint_eq(room, 0);
    ck_assert(!exists("finding/scratch/large"));
}
END_TEST

/* A bind mount has the same device, so only the mount point shows it. */
START_TEST(scratch_with_a_mount)
{
    struct error error;
    mkdir("outside", 0777);
    put_file("outside/kept");
    mkdir("scratch", 0777);
    mkdir("scratch/m", 0777);
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("outside", "scratch/m", NULL, MS_BIND, NULL) != 0)
        return; /* needs root */
    ck_assert_int_eq(tree_remove("scratch", &error), -1);
    ck_assert(exists("outside/kept"));
    ck_assert_int_eq(umount("scratch/m"), 0);
    ck_assert_int_eq(tree_remove("scratch", &error), 0);
}
END_TEST

Suite *rundir_suite(void)
{
    Suite *suite = suite_create("rundir");
    TCase *test = tcase_create("rundir");
    tcase_set_timeout(test, 60);
    tcase_add_checked_fixture(test, begin, end);
    tcase_add_test(test, what_is_refused);
    tcase_add_test(test, what_is_made);
    tcase_add_test(test, the_latest);
    tcase_add_test(test, events);
    tcase_add_test(test, a_finding);
    tcase_add_test(test, one_that_overlaps);
    tcase_add_test(test, findings_have_a_cap);
    tcase_add_loop_test(test, names_of_findings, 0, sizeof names / sizeof names[0]);
    tcase_add_test(test, nothing_is_followed_out);
    tcase_add_test(test, full_by_limit);
    tcase_add_test(test, full_file_system);
    tcase_add_test(test, scratch_is_kept);
    tcase_add_test(test, scratch_is_kept_up_to_a_limit);
    tcase_add_test(test, scratch_goes);
    tcase_add_test(test, scratch_without_end);
    tcase_add_test(test, scratch_with_a_mount);
    suite_add_tcase(suite, test);
    return suite;
}
