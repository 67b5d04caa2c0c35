/* SPDX-License-Identifier: MIT
 * call.c: see call.h. The numbers come from libseccomp, so the table fits every architecture.
 */
#include "inject/call.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum call_family {
    F_WRITE = 1 << 0, F_READ = 1 << 1, F_SYNC = 1 << 2, F_FILE = 1 << 3, F_NET = 1 << 4,
    F_MEMORY = 1 << 5
};

static const struct {
    const char *name;
    uint8_t family;
} families[] = {
    { "%write", F_WRITE }, { "%read", F_READ }, { "%sync", F_SYNC },
    { "%file", F_FILE },   { "%net", F_NET },   { "%memory", F_MEMORY },
};

#define OUT(name_, vector_, offset_)                                                              \
    { .name = name_, .families = F_WRITE, .data = CALL_DATA_OUT, .vector = vector_,               \
      .offset = offset_, .arguments = "fbi", .stores = 1, .changes = true, .repeatable = true }
#define IN(name_, vector_, offset_)                                                               \
    { .name = name_, .families = F_READ, .data = CALL_DATA_IN, .vector = vector_,                 \
      .offset = offset_, .arguments = "fbi", .repeatable = false }
/* The injector repeats it by its number and its arguments. */
#define AGAIN(name_, families_, arguments_)                                                       \
    { .name = name_, .families = families_, .arguments = arguments_, .changes = true,             \
      .repeatable = true }
#define CHANGES(name_, families_, arguments_)                                                     \
    { .name = name_, .families = families_, .arguments = arguments_, .changes = true }
/* From one descriptor to another, which is argument number `to_`. */
#define COPIES(name_, arguments_, to_)                                                            \
    { .name = name_, .families = F_WRITE, .arguments = arguments_, .stores = (to_) + 1,           \
      .changes = true }
#define SEEN(name_, families_, arguments_)                                                        \
    { .name = name_, .families = families_, .arguments = arguments_ }

static const struct call calls[] = {
    OUT("write", false, false), OUT("pwrite64", false, true), OUT("writev", true, false),
    OUT("pwritev", true, true), OUT("pwritev2", true, true),
    IN("read", false, false), IN("pread64", false, true), IN("readv", true, false),
    IN("preadv", true, true), IN("preadv2", true, true),
    COPIES("copy_file_range", "fbfbii", 2), COPIES("sendfile", "ffbi", 0),
    COPIES("sendfile64", "ffbi", 0), COPIES("splice", "fbfbii", 2),
    SEEN("vmsplice", F_WRITE, "fbii"),
    AGAIN("fsync", F_SYNC, "f"), AGAIN("fdatasync", F_SYNC, "f"), AGAIN("sync", F_SYNC, ""),
    AGAIN("syncfs", F_SYNC, "f"), AGAIN("sync_file_range", F_SYNC, "fiii"),
    AGAIN("sync_file_range2", F_SYNC, "fiii"),
    AGAIN("arm_sync_file_range", F_SYNC, "fiii"), CHANGES("msync", F_SYNC | F_MEMORY, "bii"),
    CHANGES("io_submit", F_WRITE, "bib"),
    CHANGES("open", F_FILE, "pii"), CHANGES("openat", F_FILE, "dpii"),
    CHANGES("openat2", F_FILE, "dpbi"), CHANGES("creat", F_FILE, "pi"),
    AGAIN("rename", F_FILE, "pp"), AGAIN("renameat", F_FILE, "dpdp"),
    AGAIN("renameat2", F_FILE, "dpdpi"), AGAIN("unlink", F_FILE, "p"),
    AGAIN("unlinkat", F_FILE, "dpi"), AGAIN("mkdir", F_FILE, "pi"),
    AGAIN("mkdirat", F_FILE, "dpi"), AGAIN("rmdir", F_FILE, "p"), AGAIN("link", F_FILE, "pp"),
    AGAIN("linkat", F_FILE, "dpdpi"), AGAIN("symlink", F_FILE, "sp"),
    AGAIN("symlinkat", F_FILE, "sdp"), AGAIN("mknod", F_FILE, "pii"),
    AGAIN("mknodat", F_FILE, "dpii"), AGAIN("truncate", F_FILE, "pi"),
    AGAIN("ftruncate", F_FILE, "fi"),
    { .name = "fallocate", .families = F_FILE, .arguments = "fiii", .stores = 1, .changes = true,
      .repeatable = true },
    AGAIN("chmod", F_FILE, "pi"), AGAIN("fchmod", F_FILE, "fi"), AGAIN("fchmodat", F_FILE, "dpi"),
    AGAIN("chown", F_FILE, "pii"), AGAIN("lchown", F_FILE, "pii"), AGAIN("fchown", F_FILE, "fii"),
    AGAIN("fchownat", F_FILE, "dpiii"), AGAIN("fchmodat2", F_FILE, "dpii"),
    CHANGES("utimensat", F_FILE, "dpbi"), CHANGES("futimesat", F_FILE, "dpb"),
    CHANGES("utimes", F_FILE, "pb"), CHANGES("utime", F_FILE, "pb"),
    CHANGES("setxattr", F_FILE, "psbii"), CHANGES("lsetxattr", F_FILE, "psbii"),
    CHANGES("fsetxattr", F_FILE, "fsbii"), AGAIN("removexattr", F_FILE, "ps"),
    AGAIN("lremovexattr", F_FILE, "ps"), AGAIN("fremovexattr", F_FILE, "fs"),
    SEEN("stat", F_FILE, "pb"), SEEN("lstat", F_FILE, "pb"), SEEN("fstat", F_FILE, "fb"),
    SEEN("newfstatat", F_FILE, "dpbi"), SEEN("statx", F_FILE, "dpiib"),
    SEEN("access", F_FILE, "pi"), SEEN("faccessat", F_FILE, "dpi"),
    SEEN("faccessat2", F_FILE, "dpii"), SEEN("readlink", F_FILE, "pbi"),
    SEEN("readlinkat", F_FILE, "dpbi"), SEEN("chdir", F_FILE, "p"), SEEN("fchdir", F_FILE, "f"),
    SEEN("getdents64", F_FILE, "fbi"), SEEN("statfs", F_FILE, "pb"),
    SEEN("fstatfs", F_FILE, "fb"), SEEN("getdents", F_FILE, "fbi"),
    SEEN("getxattr", F_FILE, "psbi"), SEEN("lgetxattr", F_FILE, "psbi"),
    SEEN("fgetxattr", F_FILE, "fsbi"), SEEN("listxattr", F_FILE, "pbi"),
    SEEN("llistxattr", F_FILE, "pbi"), SEEN("flistxattr", F_FILE, "fbi"),
    SEEN("chroot", F_FILE, "p"), SEEN("lseek", F_FILE, "fii"), SEEN("flock", F_FILE, "fi"),
    SEEN("fcntl", F_FILE, "fii"),
    SEEN("close", F_FILE, "f"), SEEN("execve", F_FILE, "pbb"), SEEN("execveat", F_FILE, "dpbbi"),
    SEEN("socket", F_NET, "iii"), SEEN("socketpair", F_NET, "iiib"),
    SEEN("connect", F_NET, "fbi"), SEEN("accept", F_NET, "fbb"), SEEN("accept4", F_NET, "fbbi"),
    SEEN("bind", F_NET, "fbi"), SEEN("listen", F_NET, "fi"), SEEN("shutdown", F_NET, "fi"),
    SEEN("sendto", F_NET, "fbiibi"), SEEN("sendmsg", F_NET, "fbi"),
    SEEN("sendmmsg", F_NET, "fbii"), SEEN("recvfrom", F_NET, "fbiibb"),
    SEEN("recvmsg", F_NET, "fbi"), SEEN("recvmmsg", F_NET, "fbiib"),
    SEEN("getsockname", F_NET, "fbb"), SEEN("getpeername", F_NET, "fbb"),
    SEEN("getsockopt", F_NET, "fiibb"), SEEN("setsockopt", F_NET, "fiibi"),
    SEEN("mmap", F_MEMORY, "biiifi"), SEEN("mmap2", F_MEMORY, "biiifi"),
    SEEN("munmap", F_MEMORY, "bi"), SEEN("mremap", F_MEMORY, "biiib"),
    SEEN("mprotect", F_MEMORY, "bii"), SEEN("brk", F_MEMORY, "b"),
    SEEN("madvise", F_MEMORY, "bii"), SEEN("mlock", F_MEMORY, "bi"),
    SEEN("mlock2", F_MEMORY, "bii"), SEEN("munlock", F_MEMORY, "bi"),
    SEEN("mlockall", F_MEMORY, "i"), SEEN("munlockall", F_MEMORY, ""),
    SEEN("pkey_mprotect", F_MEMORY, "biii"), SEEN("mincore", F_MEMORY, "bib"),
    SEEN("memfd_create", F_MEMORY, "si"),
};

/* Calls that the injector never sees, and why. */
static const struct {
    const char *name, *why;
} unseen[] = {
    { "clock_gettime", "programs read the clock without the kernel (vDSO)" },
    { "clock_getres", "programs read the clock without the kernel (vDSO)" },
    { "gettimeofday", "programs read the clock without the kernel (vDSO)" },
    { "time", "programs read the clock without the kernel (vDSO)" },
    { "getcpu", "programs read the processor's number without the kernel (vDSO)" },
    { "io_uring_setup",
      "io_uring is refused to injected programs, so that they make calls that can be seen" },
    { "io_uring_enter", "io_uring is refused to injected programs" },
    { "io_uring_register", "io_uring is refused to injected programs" },
    { "rt_sigreturn", "it is part of signal handling" },
    { "sigreturn", "it is part of signal handling" },
    { "restart_syscall", "the kernel makes it, not the program" },
    { "seccomp", "the injector itself needs it" },
};

const struct call *call_of(int number)
{
    static const struct call *by_number[CALL_NUMBERS];
    static bool resolved;
    if (!resolved) {
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
            int resolved_number = seccomp_syscall_resolve_name(calls[i].name);
            if (resolved_number >= 0 && resolved_number < CALL_NUMBERS)
                by_number[resolved_number] = &calls[i];
        }
        resolved = true;
    }
    return number >= 0 && number < CALL_NUMBERS ? by_number[number] : NULL;
}

const char *call_name(int number, char *buffer, size_t size)
{
    char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name)
        snprintf(buffer, size, "%s", name);
    else
        snprintf(buffer, size, "call %d", number);
    free(name);
    return buffer;
}

/* Other architectures have newer variants of a call under names of their own: "fcntl64". */
static int resolve_variant(char *name)
{
    static const char *const endings[] = { "_time64", "64", "32", "2" };
    int number = seccomp_syscall_resolve_name(name);
    size_t length = strlen(name);
    for (size_t i = 0; number < 0 && i < sizeof endings / sizeof *endings; i++) {
        size_t tail = strlen(endings[i]);
        if (length <= tail || strcmp(name + length - tail, endings[i]) != 0)
            continue;
        name[length - tail] = '\0';
        number = seccomp_syscall_resolve_name(name);
    }
    return number;
}

int call_translate(uint32_t arch, int number, bool *ret_foreign)
{
    uint32_t token = arch;
#if defined(__x86_64__) && !defined(__ILP32__)
    if (arch == seccomp_arch_native() && number >= 0x40000000) { /* the numbers of x32 */
        token = SCMP_ARCH_X32;
    }
#endif
    *ret_foreign = token != seccomp_arch_native();
    if (!*ret_foreign)
        return number;
    char *name = seccomp_syscall_resolve_num_arch(token, number);
    int here = name ? resolve_variant(name) : -1;
    free(name);
    return here >= 0 && here < CALL_NUMBERS ? here : -1;
}

static void add(struct call_set *set, int number)
{
    if (number >= 0 && number < CALL_NUMBERS)
        set->bits[number / 64] |= UINT64_C(1) << (number % 64);
}

static int add_family(struct call_set *set, const char *name, struct error *error)
{
    for (size_t f = 0; f < sizeof families / sizeof *families; f++) {
        if (strcmp(families[f].name, name) != 0)
            continue;
        for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
            if (calls[i].families & families[f].family)
                add(set, seccomp_syscall_resolve_name(calls[i].name));
        return 0;
    }
    return error_set(error, 0, "unknown family '%s': use %%write, %%read, %%sync, %%file, %%net or "
                                    "%%memory", name);
}

static int add_call(struct call_set *set, struct call_set *named, const char *name,
                    struct error *error)
{
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        if (strcmp(unseen[i].name, name) == 0)
            return error_set(error, 0, "'%s' can never match: %s", name, unseen[i].why);
    int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR)
        return error_set(error, 0, "unknown system call '%s'", name);
    if (number < 0 || number >= CALL_NUMBERS)
        return error_set(error, 0, "'%s' can never match: this architecture does not have it",
                         name);
    add(set, number);
    if (named)
        add(named, number);
    return 0;
}

void call_set_changes(struct call_set *ret)
{
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (calls[i].changes)
            add(ret, seccomp_syscall_resolve_name(calls[i].name));
}

int call_set_parse(const char *text, struct call_set *ret, struct call_set *ret_named,
                   struct error *error)
{
    char name[CALL_NAME];
    memset(ret, 0, sizeof *ret);
    if (ret_named)
        memset(ret_named, 0, sizeof *ret_named);
    for (;;) {
        size_t length = strcspn(text, ",");
        if (length == 0)
            return error_set(error, 0, "the name of a system call is missing");
        if (length >= sizeof name)
            return error_set(error, 0, "unknown system call '%.*s'", (int)length, text);
        memcpy(name, text, length);
        name[length] = '\0';
        if ((*name == '%' ? add_family(ret, name, error)
                          : add_call(ret, ret_named, name, error)) < 0)
            return -1;
        if (text[length] == '\0')
            return 0;
        text += length + 1;
    }
}
