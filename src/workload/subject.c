/* SPDX-License-Identifier: MIT
 * subject.c: see subject.h. libelf reads an ELF file without mapping it, so that a file that
 * shrinks meanwhile is an error, not a SIGBUS.
 */
#include "workload/subject.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "workload/file.h"
#include "stress.h"

enum {
    SUBJECT_HEADERS = 1024,       /* most program headers read */
    SUBJECT_CHUNK = 64 * 1024,    /* most bytes of a note or dynamic segment */
    SUBJECT_START = 256,          /* bytes of a script read, for its first line */
    SUBJECT_NOTE_TYPE = 1
};
static const char subject_note_name[] = "stress";

/* The properties of an ELF file that decide its kind. */
struct subject_elf {
    GElf_Ehdr header;
    bool interpreter; /* PT_INTERP */
    bool pie;         /* DF_1_PIE: a program, even if it is ET_DYN and static */
    bool soname;      /* DT_SONAME: a library, even if it has an interpreter, as the C library */
    bool note;
    uint32_t abi_version;
};

static void elf_cleanup(Elf **elf)
{
    if (*elf)
        elf_end(*elf);
}

static bool is_workload_file(const char *path)
{
    size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".ini") == 0;
}

/* ---- finding the file ------------------------------------------------------------------- */

static bool is_regular(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Finds the first executable file of that name, as a shell does. */
static int find_in_path(const char *name, char *to, size_t size, struct error *error)
{
    const char *path = getenv("PATH");
    for (const char *at = path ? path : "/usr/bin:/bin"; at; ) {
        size_t length = strcspn(at, ":");
        int n = length == 0 ? snprintf(to, size, "./%s", name)
                            : snprintf(to, size, "%.*s/%s", (int)length, at, name);
        if (n > 0 && (size_t)n < size && is_regular(to) &&
            (access(to, X_OK) == 0 || is_workload_file(to)))
            return 0;
        at = at[length] == ':' ? at + length + 1 : NULL;
    }
    if (access(name, F_OK) == 0)
        return error_set(error, 0, "%s: not found in PATH; to run the file in this directory write "
                                   "./%s", name, name);
    return error_set(error, 0, "%s: not found in PATH", name);
}

static int make_absolute(const char *path, char *to, size_t size, struct error *error)
{
    char here[4096];
    int n;
    if (path[0] == '/') {
        n = snprintf(to, size, "%s", path);
    } else {
        if (!getcwd(here, sizeof here))
            return error_set(error, errno, "cannot find the current directory");
        n = snprintf(to, size, "%s/%s", here, strncmp(path, "./", 2) == 0 ? path + 2 : path);
    }
    if (n < 0 || (size_t)n >= size)
        return error_set(error, ENAMETOOLONG, "%.64s...", path);
    return 0;
}

/* Makes a name: the last part of the path without its ending, with '_' for other characters. */
static void make_name(const char *path, char *to, size_t size)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    if (length >= size)
        length = size - 1;
    for (size_t i = 0; i < length; i++) {
        const char one[2] = { base[i], '\0' };
        bool inner = i > 0 && (base[i] == '-' || base[i] == '.');
        to[i] = inner || text_is_name(one) ? base[i] : '_';
    }
    to[length] = '\0';
}

/* ---- ELF -------------------------------------------------------------------------------- */

static const struct {
    unsigned machine;
    const char *name;
} subject_machines[] = {
    { EM_X86_64, "x86-64" }, { EM_386, "i386" },     { EM_AARCH64, "aarch64" },
    { EM_ARM, "arm" },       { EM_RISCV, "riscv" },  { EM_PPC64, "ppc64" },
    { EM_PPC, "ppc" },       { EM_S390, "s390" },    { EM_MIPS, "mips" },
    { EM_SPARCV9, "sparc" }, { EM_IA_64, "ia64" },   { EM_LOONGARCH, "loongarch" },
};

static const char *machine_text(const GElf_Ehdr *header, char *buffer, size_t size)
{
    const char *class = header->e_ident[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit";
    const char *order = header->e_ident[EI_DATA] == ELFDATA2MSB ? " big-endian" : "";
    for (size_t i = 0; i < sizeof subject_machines / sizeof *subject_machines; i++)
        if (subject_machines[i].machine == header->e_machine) {
            snprintf(buffer, size, "%s %s%s", subject_machines[i].name, class, order);
            return buffer;
        }
    snprintf(buffer, size, "machine %u %s%s", header->e_machine, class, order);
    return buffer;
}

static int damaged(const char *path, const char *what, struct error *error)
{
    return error_set(error, 0, "%s: truncated or damaged ELF file: %s", path, what);
}

static const char *elf_reason(void)
{
    const char *reason = elf_errmsg(-1);
    return reason ? reason : "libelf cannot read it";
}

static void read_notes(Elf *elf, const GElf_Phdr *segment, struct subject_elf *ret)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)segment->p_offset,
                                          (size_t)segment->p_filesz,
                                          segment->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
    GElf_Nhdr note;
    size_t name, desc;
    for (size_t at = 0; data && (at = gelf_getnote(data, at, &note, &name, &desc)) > 0; ) {
        const char *bytes = data->d_buf;
        if (note.n_type != SUBJECT_NOTE_TYPE || note.n_namesz != sizeof subject_note_name ||
            note.n_descsz != sizeof ret->abi_version ||
            memcmp(bytes + name, subject_note_name, sizeof subject_note_name) != 0)
            continue;
        memcpy(&ret->abi_version, bytes + desc, sizeof ret->abi_version);
        ret->note = true;
    }
}

static void read_dynamic(Elf *elf, const GElf_Phdr *segment, struct subject_elf *ret)
{
    Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)segment->p_offset,
                                          (size_t)segment->p_filesz, ELF_T_DYN);
    GElf_Dyn entry;
    for (int i = 0; data && gelf_getdyn(data, i, &entry) && entry.d_tag != DT_NULL; i++) {
        ret->soname = ret->soname || entry.d_tag == DT_SONAME;
        ret->pie = ret->pie || (entry.d_tag == DT_FLAGS_1 && (entry.d_un.d_val & DF_1_PIE));
    }
}

/* Reads all program headers. The segments must lie within the file. */
static int read_segments(Elf *elf, const char *path, uint64_t file_size, struct subject_elf *ret,
                         struct error *error)
{
    size_t n;
    if (elf_getphdrnum(elf, &n) < 0)
        return damaged(path, elf_reason(), error);
    if (n > SUBJECT_HEADERS)
        return damaged(path, "too many program headers", error);
    for (size_t i = 0; i < n; i++) {
        GElf_Phdr segment;
        if (!gelf_getphdr(elf, (int)i, &segment))
            return damaged(path, elf_reason(), error);
        if (segment.p_type != PT_NULL && segment.p_filesz > 0 &&
            (segment.p_offset > file_size || segment.p_filesz > file_size - segment.p_offset))
            return damaged(path, "a segment ends beyond the end of the file", error);
        if (segment.p_type == PT_INTERP)
            ret->interpreter = true;
        else if (segment.p_filesz == 0 || segment.p_filesz > SUBJECT_CHUNK)
            continue;
        else if (segment.p_type == PT_NOTE)
            read_notes(elf, &segment, ret);
        else if (segment.p_type == PT_DYNAMIC)
            read_dynamic(elf, &segment, ret);
    }
    return 0;
}

static int check_machine(const char *path, const GElf_Ehdr *header, struct error *error)
{
    FD_CLEANUP int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    __attribute__((cleanup(elf_cleanup)))
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    GElf_Ehdr own;
    char theirs[64], ours[64];
    if (fd < 0)
        return error_set(error, errno, "cannot open /proc/self/exe");
    if (!elf || !gelf_getehdr(elf, &own))
        return error_set(error, 0, "cannot read /proc/self/exe");
    if (own.e_machine == header->e_machine &&
        own.e_ident[EI_CLASS] == header->e_ident[EI_CLASS] &&
        own.e_ident[EI_DATA] == header->e_ident[EI_DATA])
        return 0;
    return error_set(error, 0, "%s: built for another architecture: %s; this machine is %s", path,
                     machine_text(header, theirs, sizeof theirs),
                     machine_text(&own, ours, sizeof ours));
}

static int check_note(const char *path, const struct subject_elf *file, struct error *error)
{
    if (!file->note || file->abi_version == STRESS_ABI_VERSION)
        return 0;
    return error_set(error, 0, "%s: built for ABI version %u of the library; this is version %d: "
                               "compile it again", path, file->abi_version, STRESS_ABI_VERSION);
}

static int not_executable(const char *path, struct error *error)
{
    return error_set(error, 0, "%s: neither executable nor a workload file: chmod +x it if it is "
                               "to be run; the name of a workload file ends in .ini", path);
}

/* Classifies an ELF file of type ET_EXEC or ET_DYN for this machine. */
static int classify_elf(struct subject *subject, const char *shown, const struct subject_elf *file,
                        struct error *error)
{
    bool program = file->header.e_type == ET_EXEC || file->pie ||
                   (file->interpreter && !file->soname);
    if (check_note(shown, file, error) < 0)
        return -1;
    if (!program && !file->note)
        return error_set(error, 0, "%s: not a workload: a shared object without STRESS_WORKLOAD",
                         shown);
    if (program && access(subject->path, X_OK) < 0)
        return not_executable(shown, error);
    subject->kind = !program ? SUBJECT_OBJECT : file->note ? SUBJECT_PROGRAM : SUBJECT_COMMAND;
    return 0;
}

static int read_elf(struct subject *subject, const char *shown, int fd, uint64_t file_size,
                    struct error *error)
{
    struct subject_elf file = { .note = false };
    __attribute__((cleanup(elf_cleanup))) Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &file.header))
        return damaged(shown, elf_reason(), error);
    switch (file.header.e_type) {
    case ET_EXEC:
    case ET_DYN:
        break;
    case ET_REL:
        return error_set(error, 0, "%s: not a workload but an object file: link it", shown);
    case ET_CORE:
        return error_set(error, 0, "%s: not a workload but a core file", shown);
    default:
        return error_set(error, 0, "%s: not a workload but an ELF file of unknown type %u", shown,
                         file.header.e_type);
    }
    if (check_machine(shown, &file.header, error) < 0 ||
        read_segments(elf, shown, file_size, &file, error) < 0)
        return -1;
    return classify_elf(subject, shown, &file, error);
}

/* ---- scripts ---------------------------------------------------------------------------- */

/* Checks the interpreter of a script. `text`: the start of an executable that is not an ELF
 * file; a shell would take one without #! for a script of its own. */
static int check_interpreter(const char *shown, char *text, size_t size, struct error *error)
{
    if (strncmp(text, "#!", 2) != 0)
        return memchr(text, '\0', size)
                   ? error_set(error, 0, "%s: cannot execute it: neither a script nor an ELF file: "
                                         "it has bytes that are 0", shown) : 0;
    char *interpreter = text + 2 + strspn(text + 2, " \t");
    interpreter[strcspn(interpreter, " \t\r\n")] = '\0';
    if (access(interpreter, X_OK) == 0)
        return 0;
    char name[256];
    text_copy(name, sizeof name, interpreter);
    return error_set(error, errno, "%s: cannot execute its interpreter '%s'", shown, name);
}

/* ---- the kind --------------------------------------------------------------------------- */

static int classify(struct subject *subject, const char *shown, struct error *error)
{
    const char *path = subject->path;
    char start[SUBJECT_START] = "";
    struct stat status;
    /* Non-blocking, because it may be a FIFO. */
    FD_CLEANUP int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == EACCES && is_regular(path) && access(path, X_OK) == 0)
        return 0; /* an executable without read permission: a plain command */
    if (fd < 0 || fstat(fd, &status) < 0)
        return error_set(error, errno, "%s: cannot open it", shown);
    if (S_ISDIR(status.st_mode))
        return error_set(error, 0, "%s: not a workload but a directory", shown);
    if (!S_ISREG(status.st_mode))
        return error_set(error, 0, "%s: not a workload: not a regular file", shown);
    if (is_workload_file(path)) {
        subject->kind = SUBJECT_FILE;
        return 0;
    }
    ssize_t n = pread(fd, start, sizeof start - 1, 0);
    if (n < 0)
        return error_set(error, errno, "%s: cannot read it", shown);
    if (n >= SELFMAG && memcmp(start, ELFMAG, SELFMAG) == 0)
        return read_elf(subject, shown, fd, (uint64_t)status.st_size, error);
    if (access(path, X_OK) < 0)
        return not_executable(shown, error);
    return check_interpreter(shown, start, (size_t)n, error);
}

static int check_file(const char *path, struct error *error)
{
    struct command_spec *spec = calloc(1, sizeof *spec);
    if (!spec)
        return error_set(error, ENOMEM, "%s", path);
    int result = command_parse_file(path, spec, error);
    if (result == 0)
        command_free(spec);
    free(spec);
    return result;
}

/* Refuses options that are for plain commands only. */
static int check_options(const struct options *options, const struct subject *subject,
                         struct error *error)
{
    const struct {
        bool given;
        const char *name;
    } given[] = {
        { options->setup, "--setup" },       { options->reset, "--reset" },
        { options->check, "--check" },       { options->teardown, "--teardown" },
        { options->in_scratch, "--in-scratch" },
    };
    if (subject->kind == SUBJECT_COMMAND)
        return 0;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].given)
            return error_set(error, 0, "%s is for plain commands only; %s %s", given[i].name,
                             options->subject,
                             subject->kind == SUBJECT_FILE
                                 ? "is a workload file, which sets this itself"
                                 : "is made with the library and sets this itself (its own "
                                   "arguments follow --)");
    return 0;
}

int subject_find(const struct options *options, struct subject *ret, struct error *error)
{
    char found[sizeof ret->path];
    const char *typed = options->subject, *shown = typed;
    *ret = (struct subject){ .kind = SUBJECT_COMMAND };
    if (!typed || typed[0] == '\0')
        return error_set(error, 0, "the name of the workload is empty");
    if (elf_version(EV_CURRENT) == EV_NONE)
        return error_set(error, 0, "the installed libelf is too old");
    if (!strchr(typed, '/')) {
        if (find_in_path(typed, found, sizeof found, error) < 0)
            return -1;
        typed = shown = found;
    }
    if (make_absolute(typed, ret->path, sizeof ret->path, error) < 0 ||
        classify(ret, shown, error) < 0)
        return -1;
    make_name(ret->path, ret->name, sizeof ret->name);
    if (ret->kind == SUBJECT_FILE && check_file(shown, error) < 0)
        return -1;
    return check_options(options, ret, error);
}
