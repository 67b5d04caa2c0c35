/* SPDX-License-Identifier: MIT
 * vm.c: the steps of `vm`: reads the command in it, makes the root of the machine, lets it live,
 * again where its kernel ends it, and tells the end.
 */
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/base.h"
#include "record/record.h"
#include "report/report.h"
#include "rundir/rundir.h"
#include "suite/suite.h"
#include "vm/archive.h"
#include "vm/cache.h"
#include "vm/closure.h"
#include "vm/copy.h"
#include "vm/flight.h"
#include "vm/kernel.h"
#include "vm/life.h"
#include "vm/lives.h"
#include "vm/ticks.h"
#include "workload/workload.h"

/* VM_IN_VAIN: lives in a row without an operation, after which the run ends. */
enum { VM_WORDS = 4096, VM_IN_VAIN = 3, VM_CMDLINE = 2048, VM_TABLE = 64 << 20 };
/* A shorter life would show nothing. */
#define VM_LEAST_NS (3 * CLOCK_SECOND)
#define VM_MEMORY (UINT64_C(1) << 30)

/* With TCG the clock of the machine goes on while this one has no processor for it: what looks like
 * a stall after the usual 20 s is none, nor is a timer broken that does not tick while the kernel
 * counts loops. */
#define VM_PATIENCE " rcupdate.rcu_cpu_stall_timeout=120 sysctl.kernel.watchdog_thresh=60" \
                    " no_timer_check"

/* A line of the guest's that is not complete. */
struct vm_line {
    char bytes[4096];
    size_t used;
};

struct vm {
    const struct options *options; /* of `vm` */
    struct options inner;          /* of the command in it */
    char *words[VM_WORDS + 1];
    int n_words;
    struct subject subject;        /* of `run` and `crash` */
    struct kernel kernel;
    struct archive archive;
    struct machine_spec spec;
    char cmdline[VM_CMDLINE];
    char directory[PATH_MAX];      /* the run directory; "": none */
    int at;                        /* the same; -1: none */
    struct lives lives;
    struct life life;
    struct copy copy;
    struct flight flight;
    struct frame_start start;
    struct cache cache;            /* of a disk whose power is cut */
    bool owes;                     /* what a cut has left has not been looked at */
    struct vm_line said;           /* on standard error */
    FILE *table;                   /* what the run printed on standard output */
    size_t table_size;
    unsigned in_vain;
    bool quiet;
};

/* ---- the command ------------------------------------------------------------------------- */

static int refuse(const struct vm *vm, struct error *error)
{
    const struct options *inner = &vm->inner;
    const char *name = vm->options->subject;
    bool command = inner->command == OPTIONS_RUN || inner->command == OPTIONS_CRASH ||
                   inner->command == OPTIONS_REPLAY || inner->command == OPTIONS_SUITE;
    if (!command)
        return error_set(error, 0, "'%.100s' does not go with 'vm': give run, crash, replay or "
                         "suite", name);
    const struct {
        bool given;
        const char *name;
    } refused[] = { { inner->metrics != NULL, "metrics" },
                    { inner->history != NULL, "history" },
                    { inner->gdb, "gdb" },
                    { inner->debuginfod, "debuginfod" },
                    { inner->keep != OPTIONS_KEEP_NEVER, "keep" } };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (refused[i].given)
            return error_set(error, 0, "option '--%s' does not go with 'vm'", refused[i].name);
    if (vm->options->power_cut.given && inner->command != OPTIONS_RUN &&
        inner->command != OPTIONS_SUITE)
        return error_set(error, 0, "option '--power-cut' goes with 'vm run' and 'vm suite' only");
    if (vm->options->power_cut.given && !vm->options->disk.given)
        return error_set(error, 0, "option '--power-cut' needs --disk");
    return 0;
}

/* A guest settles its share itself, but has no seed of its own that other shares could have. */
static int settle_share(struct vm *vm, struct error *error)
{
    struct options settled = vm->inner;
    if (shard_settle(&settled, error) < 0)
        return -1;
    if (vm->inner.command == OPTIONS_SUITE)
        vm->inner = settled;
    else if (shard_is(&settled.shard) && !vm->inner.seed.given)
        return error_set(error, 0, "a share in a machine needs --seed: all shares must be of one "
                         "run");
    return 0;
}

static int read_command(struct vm *vm, char **argv, struct error *error)
{
    const struct options *options = vm->options;
    vm->words[vm->n_words++] = argv[0];
    if (options->argc >= VM_WORDS)
        return error_set(error, 0, "more than %d words follow 'vm'", VM_WORDS);
    for (int i = 0; i < options->argc; i++)
        vm->words[vm->n_words++] = options->argv[i];
    if (options_parse(vm->n_words, vm->words, &vm->inner, error) < 0 || refuse(vm, error) < 0 ||
        settle_share(vm, error) < 0)
        return -1;
    vm->quiet = vm->inner.verbosity < 0;
    bool workload = vm->inner.command == OPTIONS_RUN || vm->inner.command == OPTIONS_CRASH;
    return workload && subject_find(&vm->inner, &vm->subject, error) < 0 ? -1 : 0;
}

/* ---- the machine ------------------------------------------------------------------------- */

static int add_program(struct vm *vm, struct error *error)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0)
        return error_set(error, errno, "cannot find this program");
    path[n] = '\0';
    return closure_add(&vm->archive, path, error) < 0 ||
                   archive_link(&vm->archive, GUEST_INIT, path, error) < 0 ? -1 : 0;
}

/* A replay file names its workload, and where it ran. */
static int add_replayed(struct vm *vm, struct error *error)
{
    char path[PATH_MAX];
    struct replay *replay = replay_read(vm->inner.subject, error);
    if (!replay)
        return -1;
    int result = closure_add(&vm->archive, vm->inner.subject, error);
    if (result == 0 && replay->directory)
        result = archive_folder(&vm->archive, replay->directory, 0755, error);
    snprintf(path, sizeof path, "%s%s%s", *replay->workload != '/' && replay->directory
                                              ? replay->directory : "",
             *replay->workload == '/' ? "" : "/", replay->workload);
    if (result == 0 && access(path, R_OK) == 0)
        result = closure_add(&vm->archive, path, error);
    replay_free(replay);
    return result;
}

static int add_workload(struct vm *vm, struct error *error)
{
    const struct options *inner = &vm->inner;
    if (inner->command == OPTIONS_REPLAY)
        return add_replayed(vm, error);
    if (closure_add(&vm->archive, vm->subject.path, error) < 0 ||
        (strchr(inner->subject, '/') && closure_add(&vm->archive, inner->subject, error) < 0))
        return -1;
    if (inner->known && closure_add(&vm->archive, inner->known, error) < 0)
        return -1;
    return inner->state ? closure_add(&vm->archive, inner->state, error) : 0;
}

static int add_places(struct vm *vm, struct error *error)
{
    static const char *const empty[] = { "/proc", "/sys", "/dev", "/run", "/var", "/root", "/mnt" };
    const char *tmp = getenv("TMPDIR");
    char here[PATH_MAX];
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
        if (archive_folder(&vm->archive, empty[i], 0755, error) < 0)
            return -1;
    if (archive_device(&vm->archive, "/dev/console", 5, 1, error) < 0 ||
        archive_device(&vm->archive, "/dev/null", 1, 3, error) < 0 ||
        archive_folder(&vm->archive, "/tmp", 01777, error) < 0 ||
        archive_folder(&vm->archive, "/var/tmp", 01777, error) < 0 ||
        (tmp && *tmp == '/' && archive_folder(&vm->archive, tmp, 01777, error) < 0))
        return -1;
    if (!getcwd(here, sizeof here))
        return error_set(error, errno, "cannot find the current directory");
    return archive_folder(&vm->archive, here, 0755, error);
}

static int make_archive(struct vm *vm, struct error *error)
{
    const struct options_paths *with = &vm->options->with;
    if (archive_begin(&vm->archive, error) < 0 || add_places(vm, error) < 0 ||
        add_program(vm, error) < 0 || add_workload(vm, error) < 0 ||
        kernel_add_modules(&vm->kernel, vm->options->disk.given, &vm->archive, error) < 0)
        return -1;
    for (unsigned i = 0; i < with->n; i++)
        if (closure_add(&vm->archive, with->path[i], error) < 0)
            return -1;
    if (closure_add_shell(&vm->archive, error) < 0)
        return -1;
    vm->spec.archive = archive_end(&vm->archive, error);
    return vm->spec.archive < 0 ? -1 : 0;
}

/* A file without a name: it ends with its last user. */
static int make_disk(struct vm *vm, struct error *error)
{
    const char *tmp = getenv("TMPDIR");
    char name[PATH_MAX];
    vm->spec.disk = -1;
    if (!vm->options->disk.given)
        return 0;
    snprintf(name, sizeof name, "%.4000s/stress-disk-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    vm->spec.disk = mkostemp(name, O_CLOEXEC);
    if (vm->spec.disk < 0 || unlink(name) < 0 ||
        ftruncate(vm->spec.disk, (off_t)vm->options->disk.value) < 0)
        return error_set(error, errno, "cannot make the disk %.400s", name);
    vm->spec.cache = vm->options->power_cut.given ? &vm->cache : NULL;
    vm->cache = (struct cache){ .disk = vm->spec.disk, .size = vm->options->disk.value };
    return 0;
}

/* The kernel says what goes wrong, and ends where it could only limp on. Its name is ours, which
 * results tell. */
static void make_cmdline(struct vm *vm, uint64_t khz)
{
    char ticks[48] = "", name[HOST_NAME_MAX + 1] = "vm";
    gethostname(name, sizeof name - 1);
    const char *libraries = getenv("LD_LIBRARY_PATH");
    if (!vm->spec.kvm && khz > 0)
        snprintf(ticks, sizeof ticks, " tsc_early_khz=%" PRIu64, khz);
    snprintf(vm->cmdline, sizeof vm->cmdline,
             "console=ttyS0 quiet panic=-1 oops=panic softlockup_panic=1 hung_task_panic=1 "
             "nmi_watchdog=panic unknown_nmi_panic panic_print=0x40 printk.time=1 "
             "random.trust_cpu=on hostname=%s%s%s%s%.1500s%s", name,
             vm->spec.kvm ? "" : VM_PATIENCE, ticks,
             libraries && *libraries ? " \"LD_LIBRARY_PATH=" : "",
             libraries && *libraries ? libraries : "", libraries && *libraries ? "\"" : "");
}

/* Returns 0, 1 with the reason if this machine lacks something, or -1 with the reason. */
static int find_parts(struct vm *vm, struct error *error)
{
    const struct options *options = vm->options;
    int found = kernel_find(options->kernel, &vm->kernel, error);
    if (!machine_here()) {
        error_set(error, 0, "there is no QEMU in PATH: install qemu-system-x86%s",
                  found > 0 ? " and linux-image-cloud-amd64" : "");
        return 1;
    }
    if (found != 0)
        return found;
    for (unsigned i = 0; i < options->with.n; i++)
        if (access(options->with.path[i], F_OK) < 0) {
            error_set(error, errno, "cannot put '%.300s' into the machine: install the package "
                      "that has it", options->with.path[i]);
            return 1;
        }
    vm->spec.kernel = vm->kernel.image;
    vm->spec.memory_mib = (options->memory.given ? options->memory.value : VM_MEMORY) >> 20;
    vm->spec.cpus = options->cpus.given ? (unsigned)options->cpus.value : 1;
    vm->spec.cmdline = vm->cmdline;
    vm->flight.options = &vm->inner;
    vm->lives.flight = &vm->flight;
    if (ram_open(&vm->flight.ram, vm->spec.memory_mib, error) < 0)
        return -1;
    vm->spec.ram = vm->flight.ram.fd;
    return 0;
}

static int make_machine(struct vm *vm, struct error *error)
{
    struct life_probe probe;
    struct ticks begun = ticks_now();
    life_probe_begin(&probe, vm->kernel.image); /* meanwhile the rest is made */
    int result = make_archive(vm, error) < 0 || make_disk(vm, error) < 0 ? -1 : 0;
    vm->spec.kvm = life_probe_end(&probe);
    if (result < 0)
        return -1;
    make_cmdline(vm, ticks_khz(&begun));
    vm->lives.accelerator = vm->spec.kvm ? "kvm" : "tcg";
    vm->lives.release = vm->kernel.release;
    if (!vm->quiet)
        fprintf(stderr, "machine: QEMU by %s, kernel %s\n", vm->spec.kvm ? "KVM" : "TCG",
                vm->kernel.release);
    return 0;
}

/* ---- the run directory ------------------------------------------------------------------- */

static int make_directory(struct vm *vm, struct error *error)
{
    const struct options *inner = &vm->inner;
    vm->start.seed = inner->seed.value;
    vm->at = -1;
    if (!inner->seed.given && random_seed_fresh(&vm->start.seed) < 0)
        return error_set(error, errno, "cannot draw a seed");
    if (inner->command == OPTIONS_REPLAY && !inner->output)
        return 0;
    if (rundir_make(inner->output, vm->subject.name, vm->start.seed, vm->directory, error) < 0)
        return -1;
    vm->at = open(vm->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (vm->at >= 0)
        flock(vm->at, LOCK_EX | LOCK_NB); /* as for a run here: it is in use */
    return vm->at < 0 ? error_set(error, errno, "cannot open run directory '%.300s'",
                                  vm->directory) : 0;
}

/* A run that was refused leaves nothing, as here. */
static void discard_directory(struct vm *vm)
{
    unlinkat(vm->at, "events.jsonl", 0);
    unlinkat(vm->at, "findings", AT_REMOVEDIR);
    if (rmdir(vm->directory) < 0 || vm->inner.output)
        return;
    *strrchr(vm->directory, '/') = '\0'; /* stress-runs, if it is empty */
    rmdir(vm->directory);
}

/* ---- a life ------------------------------------------------------------------------------ */

/* Of the time limit, which begins with the first generation. */
static uint64_t elapsed_of(const struct lives *lives)
{
    return lives->timed_ns > 0 ? clock_now() - lives->timed_ns : 0;
}

static bool is_late(const struct lives *lives)
{
    return lives->time_limit_ns > 0 && elapsed_of(lives) + VM_LEAST_NS >= lives->time_limit_ns;
}

/* What is left of the run for this life, or the next one; other commands have one life. There is
 * always something left after a cut, since the next life looks at what is on the disk. False:
 * nothing. */
static bool share_out(struct vm *vm)
{
    const struct lives *lives = &vm->lives;
    uint64_t counted = lives_counted(lives);
    if (!lives->run || lives->started_ns == 0)
        return true;
    bool counts = lives->target > 0, over = counts && counted >= lives->target;
    bool timed = lives->time_limit_ns > 0, late = is_late(lives);
    vm->start.operations = over ? 1 : counts ? lives->target - counted : 0;
    vm->start.time_limit_ns = late    ? VM_LEAST_NS
                              : timed ? lives->time_limit_ns - elapsed_of(lives) : 0;
    return vm->owes || (!over && !late);
}

/* Draws when the power of this life is cut: at any moment from when its state could be found again,
 * so from the first generation on, and in a life that goes on with the memory of another one also
 * before. */
static void arm(struct vm *vm)
{
    const struct options *options = vm->options;
    const struct lives *lives = &vm->lives;
    uint64_t now = clock_now();
    if (!options->power_cut.given || vm->life.cut_ns != CLOCK_NEVER ||
        (!lives->begun && !vm->start.inherits))
        return;
    struct random_stream stream = random_split((struct random_stream){ lives->seed }, lives->life);
    double mean = (double)options->power_cut.value;
    uint64_t after = (uint64_t)(-mean * log1p(-random_unit(&stream)));
    if (lives->time_limit_ns > 0) {
        uint64_t over = lives->timed_ns + lives->time_limit_ns;
        uint64_t room = over > now ? over - now : 0;
        if (after >= room && (room == 0 || lives->n_cuts > 0))
            return;
        after %= room; /* the first one comes within the limit */
    }
    vm->life.cut_ns = now + after;
}

static int send_word(int port, enum frame_list list, const char *text, struct error *error)
{
    uint32_t number = list;
    return frame_write(port, FRAME_WORD, &number, sizeof number, text, strlen(text), error);
}

static int send_words(void *user, int port, struct error *error)
{
    struct vm *vm = user;
    char here[PATH_MAX];
    int result = 0;
    for (int i = 0; result == 0 && i < vm->n_words; i++)
        result = send_word(port, FRAME_ARGUMENT, vm->words[i], error);
    for (char **variable = environ; result == 0 && *variable; variable++)
        if (!shard_is_status(*variable))
            result = send_word(port, FRAME_VARIABLE, *variable, error);
    if (result == 0 && getcwd(here, sizeof here))
        result = send_word(port, FRAME_DIRECTORY, here, error);
    if (result == 0 && *vm->directory)
        result = send_word(port, FRAME_OUTPUT, vm->directory, error);
    if (result == 0 && !share_out(vm))
        return 1;
    if (result == 0)
        result = send_word(port, FRAME_PREFIX, vm->inner.vm, error);
    if (result == 0)
        result = flight_send(&vm->flight, port, error);
    vm->start.inherits = result > 0;
    if (result > 0)
        result = 0;
    arm(vm);
    return result == 0 ? frame_write(port, FRAME_START, &vm->start, sizeof vm->start, NULL, 0,
                                     error) : -1;
}

/* Prints what the guest has printed, but no byte that could command a terminal: a line when it is
 * complete, or too long. */
static void print_line(struct vm_line *line, FILE *out, char byte)
{
    char shown[sizeof line->bytes];
    if (byte != '\n' && line->used < sizeof line->bytes - 1) {
        line->bytes[line->used++] = byte ? byte : '?';
        return;
    }
    line->bytes[line->used] = '\0';
    text_copy(shown, sizeof shown, line->bytes);
    fprintf(out, "%s\n", shown);
    line->used = 0;
    if (byte != '\n')
        print_line(line, out, byte);
}

static void print(struct vm_line *line, FILE *out, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        print_line(line, out, ((const char *)bytes)[i]);
}

static int take_frame(void *user, const struct frame *frame, struct error *error)
{
    struct vm *vm = user;
    if (frame->kind == FRAME_STDERR) {
        print(&vm->said, stderr, frame->bytes, frame->size);
        return 0;
    }
    if (frame->kind == FRAME_PAGES)
        return ram_take(&vm->flight.ram, frame, error);
    if (frame->kind != FRAME_STDOUT) {
        int result = copy_take(&vm->copy, frame, error);
        arm(vm);
        return result;
    }
    if (vm->table_size + frame->size > VM_TABLE)
        return error_set(error, 0, "the run printed more than %d MiB", VM_TABLE >> 20);
    vm->table_size += frame->size;
    return fwrite(frame->bytes, 1, frame->size, vm->table) == frame->size
               ? 0 : error_set(error, errno, "cannot keep what the run printed");
}

static void take_report(void *user, const char *title, const char *text, size_t size)
{
    struct vm *vm = user;
    char lost[64], silence[32];
    bool is_new;
    const char *kind = title ? "kernel" : "lost";
    snprintf(lost, sizeof lost, "no sign of life for %s",
             text_format_duration(vm->options->silence_ns, silence, sizeof silence));
    unsigned id = lives_kernel(&vm->lives, kind, title ? title : lost, text, size, &is_new);
    if (is_new && !vm->quiet)
        fprintf(stderr, "finding %u: %s: %s (life %u)\n", id, kind, title ? title : lost,
                vm->lives.life);
}

/* What the disk loses by it is drawn from the seed, too. */
static int cut_power(struct vm *vm)
{
    struct lives *lives = &vm->lives;
    struct random_stream stream = random_split((struct random_stream){ ~lives->seed }, lives->life);
    struct cache_loss loss;
    if (cache_cut(&vm->cache, &stream, &loss) < 0) {
        error_set(&vm->life.error, errno, "cannot write the disk of the machine");
        return -1;
    }
    lives_cut(lives, &loss);
    if (!vm->quiet)
        fprintf(stderr, "the power was cut: %" PRIu64 " writes not flushed, of these %" PRIu64
                " lost and %" PRIu64 " torn (life %u)\n", loss.writes, loss.lost, loss.torn,
                lives->life);
    return 0;
}

static enum life_end live(struct vm *vm)
{
    const struct copy_owner owner = { &vm->lives, lives_file, lives_more, lives_place };
    memset(&vm->life, 0, sizeof vm->life);
    vm->life.owner = (struct life_owner){ vm, send_words, take_frame, take_report };
    vm->life.silence_ns = vm->options->silence_ns;
    vm->life.cut_ns = CLOCK_NEVER;
    vm->life.console.least = vm->options->severity;
    copy_begin(&vm->copy, vm->at, &owner);
    enum life_end end = LIFE_BROKEN;
    vm->said.used = 0;
    vm->life.failed = ram_begin(&vm->flight.ram, &vm->life.error) < 0;
    if (!vm->life.failed)
        end = life_run(&vm->life, &vm->spec);
    if (vm->said.used > 0)
        print(&vm->said, stderr, "\n", 1);
    copy_end(&vm->copy);
    vm->lives.n_ignored += vm->life.console.ignored;
    if (end == LIFE_CUT && cut_power(vm) < 0)
        end = LIFE_BROKEN;
    cache_flush(&vm->cache); /* another end leaves the disk its power */
    lives_over(&vm->lives);
    if (vm->options->disk.given) /* which goes on with the memory, or not at all */
        flight_keep(&vm->flight);
    return end;
}

/* ---- lives ------------------------------------------------------------------------------- */

/* Another life draws other operations, so that it does not die of the same one at once. */
static void draw_seed(struct vm *vm)
{
    struct random_stream stream = { vm->lives.seed };
    vm->start.seed = random_next(&stream) ^ random_mix(vm->lives.life);
}

static bool goes_on(struct vm *vm, enum life_end end, uint64_t counted_before)
{
    const struct options_number *most = &vm->inner.max_findings;
    bool cut = end == LIFE_CUT;
    vm->owes = cut;
    vm->in_vain = lives_counted(&vm->lives) > counted_before ? 0 : vm->in_vain + !cut;
    return (end == LIFE_DIED || end == LIFE_LOST || cut) && vm->inner.command == OPTIONS_RUN &&
           !cli_stopped() && !vm->lives.failed && vm->in_vain < VM_IN_VAIN &&
           (!most->given || most->value == 0 || lives_unknown(&vm->lives) < most->value) &&
           share_out(vm);
}

static enum life_end live_on(struct vm *vm)
{
    enum life_end end;
    uint64_t before;
    do {
        before = lives_counted(&vm->lives);
        if (vm->lives.life > 0) {
            draw_seed(vm);
            if (!vm->quiet)
                fprintf(stderr, "the machine has ended: life %u begins\n", vm->lives.life + 1);
        }
        lives_begin(&vm->lives, vm->start.seed);
        end = live(vm);
    } while (goes_on(vm, end, before));
    return end;
}

/* ---- the end ----------------------------------------------------------------------------- */

/* A verdict that nothing shows. */
static bool is_hollow(const struct vm *vm, enum life_end end)
{
    int status = vm->life.exit_status;
    return end == LIFE_EXIT && vm->at >= 0 && !vm->lives.result &&
           (status == CLI_PASSED || status == CLI_FINDINGS);
}

static int status_of(struct vm *vm, enum life_end end)
{
    bool findings = lives_unknown(&vm->lives) > 0;
    int status = vm->life.exit_status;
    if (vm->lives.failed || end == LIFE_BROKEN || is_hollow(vm, end))
        return CLI_HARNESS;
    if (end == LIFE_EXIT)
        return findings && (status == CLI_PASSED || status == CLI_SKIPPED) ? CLI_FINDINGS : status;
    return cli_stopped() ? CLI_SIGNAL + cli_stopped() : CLI_FINDINGS;
}

/* Why the run ended, as its last life says it; without its count of findings and with the limit of
 * the whole run. */
static void why(const struct vm *vm, enum life_end end, char *text, size_t size)
{
    const struct lives *lives = &vm->lives;
    char said[512], limit[32];
    member_get_text(lives->result, "reason", "", said, sizeof said);
    const char *from = strstr(said, " finding"), *rest = from ? strstr(said, "; ") : NULL;
    text_format_duration(lives->time_limit_ns, limit, sizeof limit);
    if (end == LIFE_BROKEN)
        snprintf(text, size, "%s", vm->life.error.text);
    else if (vm->lives.failed)
        snprintf(text, size, "%s", lives->error.text);
    else if (end == LIFE_EXIT && strstr(said, "the time limit of "))
        snprintf(text, size, "the time limit of %s is reached", limit);
    else if (end == LIFE_EXIT)
        snprintf(text, size, "%s", rest ? rest + 2 : said);
    else if (cli_stopped())
        snprintf(text, size, "ended by signal %d (%s)", cli_stopped(), strsignal(cli_stopped()));
    else if (vm->inner.command != OPTIONS_RUN)
        snprintf(text, size, "the machine ended: %s", lives->last_kernel);
    else if (vm->in_vain >= VM_IN_VAIN)
        snprintf(text, size, "the machine ended %d times in a row without an operation",
                 VM_IN_VAIN);
    else if (is_late(lives))
        snprintf(text, size, "the time limit of %s is reached", limit);
    else
        snprintf(text, size, "the limit of findings is reached");
}

static void give_reason(const struct vm *vm, enum life_end end, char *text, size_t size)
{
    const struct lives *lives = &vm->lives;
    char said[512];
    why(vm, end, said, sizeof said);
    if (lives->n_findings > 0)
        snprintf(text, size, "%u finding%s; %u %s; %s", lives->n_findings,
                 lives->n_findings == 1 ? "" : "s", lives->life,
                 lives->life == 1 ? "life" : "lives", said);
    else
        snprintf(text, size, "%s", said);
}

static void print_table(struct vm *vm)
{
    struct vm_line line = { .used = 0 };
    char bytes[8192];
    if (fseek(vm->table, 0, SEEK_SET) < 0) {
        fprintf(stderr, "stress-supervisor: cannot read the machine's table again: %s\n",
                strerror(errno));
        return;
    }
    for (size_t n; (n = fread(bytes, 1, sizeof bytes, vm->table)) > 0;)
        print(&line, stdout, bytes, n);
    if (line.used > 0)
        print(&line, stdout, "\n", 1);
}

static int finish(struct vm *vm, enum life_end end)
{
    char reason[1024];
    int status = status_of(vm, end);
    bool plain = lives_plain(&vm->lives) && end == LIFE_EXIT;
    give_reason(vm, end, reason, sizeof reason);
    json_t *result = lives_finish(&vm->lives, status, reason);
    struct error hollow = { .text = "the machine ended without a result.json" };
    if (end == LIFE_BROKEN)
        cli_complain(&vm->life.error, status);
    if (is_hollow(vm, end))
        cli_complain(&hollow, status);
    if (vm->lives.failed)
        status = cli_complain(&vm->lives.error, CLI_HARNESS);
    if (!result && vm->at >= 0)
        discard_directory(vm);
    else if (vm->at >= 0)
        rundir_point_latest(vm->inner.output, vm->directory);
    if (plain || vm->inner.command != OPTIONS_RUN || !result)
        print_table(vm);
    else
        report_print(result);
    if (end != LIFE_EXIT && vm->inner.command != OPTIONS_RUN)
        printf("verdict: %s: %s\n",
               record_verdict_text(record_verdict_of_status(status)), reason);
    json_decref(result);
    return status;
}

/* ---- the steps --------------------------------------------------------------------------- */

static int open_table(struct vm *vm, struct error *error)
{
    int fd = memfd_create("stress-table", MFD_CLOEXEC);
    vm->table = fd < 0 ? NULL : fdopen(fd, "w+");
    return vm->table ? 0 : error_set(error, errno, "cannot keep what the run prints");
}

/* Each case of a suite has a machine of its own. Paths are those of here. */
static int suite_in_machines(struct vm *vm)
{
    const struct options *options = vm->options;
    static char text[OPTIONS_PATHS + 10][PATH_MAX + 16], *words[OPTIONS_PATHS + 10];
    char path[PATH_MAX];
    unsigned n = 0;
    if (options->kernel)
        snprintf(text[n++], sizeof *text, "--kernel=%s",
                 realpath(options->kernel, path) ? path : options->kernel);
    for (unsigned i = 0; i < options->with.n; i++)
        snprintf(text[n++], sizeof *text, "--with=%s",
                 realpath(options->with.path[i], path) ? path : options->with.path[i]);
    if (options->memory.given)
        snprintf(text[n++], sizeof *text, "--memory=%" PRIu64, options->memory.value);
    if (options->cpus.given)
        snprintf(text[n++], sizeof *text, "--cpus=%" PRIu64, options->cpus.value);
    if (options->disk.given)
        snprintf(text[n++], sizeof *text, "--disk=%" PRIu64, options->disk.value);
    snprintf(text[n++], sizeof *text, "--severity=%s", options_severities[options->severity]);
    if (options->power_cut.given)
        snprintf(text[n++], sizeof *text, "--power-cut=%" PRIu64 "us",
                 options->power_cut.value / 1000);
    snprintf(text[n++], sizeof *text, "--silence=%" PRIu64 "us", options->silence_ns / 1000 + 1);
    for (unsigned i = 0; i < n; i++)
        words[i] = text[i];
    vm->inner.machine = words;
    vm->inner.n_machine = n;
    return suite_main(&vm->inner);
}

/* Where the guest has its commands. From here on it is the same on both sides, also in replays. */
static void extend_path(void)
{
    const char *path = getenv("PATH");
    char longer[PATH_MAX];
    int n = snprintf(longer, sizeof longer, "%s%s/bin:/sbin", path ? path : "", path ? ":" : "");
    if (n > 0 && (size_t)n < sizeof longer)
        setenv("PATH", longer, 1);
}

static int in_machine(struct vm *vm)
{
    struct error error;
    int found = find_parts(vm, &error);
    if (found != 0)
        return cli_complain(&error, found > 0 ? CLI_SKIPPED : CLI_USAGE);
    extend_path();
    if (make_directory(vm, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    vm->lives.again = options_command_line(&vm->inner, vm->start.seed);
    vm->lives.workload = vm->inner.subject;
    vm->lives.at = vm->at;
    vm->lives.run = vm->inner.command == OPTIONS_RUN;
    vm->lives.seed = vm->start.seed;
    vm->lives.cuts = vm->options->power_cut.given;
    vm->lives.least = vm->options->severity;
    vm->start.operations = vm->start.time_limit_ns = UINT64_MAX;
    vm->start.alive_ns = CLOCK_SECOND;
    clock_sooner(&vm->start.alive_ns, vm->options->silence_ns / 4);
    if (!vm->lives.again)
        return cli_no_memory();
    if (open_table(vm, &error) < 0 || make_machine(vm, &error) < 0) {
        if (vm->at >= 0)
            discard_directory(vm);
        return cli_complain(&error, CLI_USAGE);
    }
    cli_catch_signals();
    return finish(vm, live_on(vm));
}

static void dispose(struct vm *vm)
{
    free((char *)(uintptr_t)vm->lives.again);
    lives_free(&vm->lives);
    archive_free(&vm->archive);
    flight_close(&vm->flight);
    fd_close(&vm->spec.disk);
    fd_close(&vm->at);
    if (vm->table)
        fclose(vm->table);
}

int vm_run(const struct options *options, char **argv)
{
    static struct vm vm;
    struct error error;
    vm = (struct vm){ .options = options, .at = -1, .flight = { .ram.fd = -1 },
                      .spec = { .archive = -1, .disk = -1, .ram = -1 } };
    vm.lives.events = -1;
    if (read_command(&vm, argv, &error) < 0)
        return cli_complain(&error, CLI_USAGE);
    char *words = options_quoted((int)(options->argv - argv) - 1, argv + 1);
    if (!words)
        return cli_no_memory();
    vm.inner.vm = words;
    int status = vm.inner.command == OPTIONS_SUITE ? suite_in_machines(&vm) : in_machine(&vm);
    dispose(&vm);
    free(words);
    return status;
}
