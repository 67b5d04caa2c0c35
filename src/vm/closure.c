/* SPDX-License-Identifier: MIT
 * closure.c: see closure.h.
 */
#include "vm/closure.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLOSURE_DEPTH = 64 }; /* of directories, and of scripts that interpret scripts */

static int add(struct archive *archive, const char *path, unsigned depth, struct error *error);

bool closure_find(const char *name, char *path, size_t size)
{
    const char *from = getenv("PATH");
    for (from = from ? from : "/usr/bin:/bin"; *from; from += strcspn(from, ":"),
        from += *from != '\0') {
        snprintf(path, size, "%.*s/%s", (int)strcspn(from, ":"), from, name);
        if (*path == '/' && access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* ---- what a command prints --------------------------------------------------------------- */

/* Starts a command whose output is read from *ret. NULL: it cannot be started. */
static FILE *open_command(char *const argv[], pid_t *ret)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return NULL;
    *ret = fork();
    if (*ret == 0) {
        if (fd_redirect(ends[1], STDOUT_FILENO) >= 0 && fd_redirect(-1, STDERR_FILENO) >= 0)
            execv(argv[0], argv);
        _exit(127);
    }
    close(ends[1]);
    FILE *out = *ret > 0 ? fdopen(ends[0], "r") : NULL;
    if (!out)
        close(ends[0]);
    return out;
}

/* Returns its exit status. */
static int close_command(FILE *out, pid_t pid)
{
    int status = 0;
    fclose(out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}

/* ---- programs and scripts ---------------------------------------------------------------- */

/* Reads the name of a program's dynamic loader; "": it has none. */
static void read_loader(int fd, char *loader, size_t size)
{
    Elf64_Ehdr elf;
    Elf64_Phdr part;
    *loader = '\0';
    if (pread(fd, &elf, sizeof elf, 0) != (ssize_t)sizeof elf ||
        elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_phentsize != sizeof part)
        return;
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        off_t at = (off_t)(elf.e_phoff + i * sizeof part);
        if (pread(fd, &part, sizeof part, at) != (ssize_t)sizeof part)
            return;
        if (part.p_type != PT_INTERP || part.p_filesz >= size)
            continue;
        ssize_t n = pread(fd, loader, part.p_filesz, (off_t)part.p_offset);
        loader[n > 0 ? n : 0] = '\0';
        return;
    }
}

/* A line of the loader's list: "libc.so.6 => /lib/libc.so.6 (0x7f...)" or "/lib/ld.so (0x...)". */
static int add_library(struct archive *archive, const char *line, struct error *error)
{
    char path[PATH_MAX];
    const char *at = strstr(line, "=> ");
    at = at ? at + strlen("=> ") : line + strspn(line, " \t");
    snprintf(path, sizeof path, "%.*s", (int)strcspn(at, " \n"), at);
    return *path == '/' ? archive_file(archive, path, path, NULL, error) : 0;
}

/* A program that its loader cannot list fails in the guest as it would here. */
static int add_libraries(struct archive *archive, const char *path, char *loader,
                         struct error *error)
{
    char list[] = "--list", line[PATH_MAX + 256];
    char *argv[] = { loader, list, (char *)(uintptr_t)path, NULL };
    pid_t pid;
    int result = archive_file(archive, loader, loader, NULL, error);
    FILE *out = result == 0 ? open_command(argv, &pid) : NULL;
    if (result < 0 || !out)
        return result < 0 ? -1 : error_set(error, errno, "cannot start %.300s", loader);
    while (result == 0 && fgets(line, sizeof line, out))
        result = add_library(archive, line, error);
    close_command(out, pid);
    return result;
}

/* The interpreter of a script, and with env(1) the command that it looks up. */
static int add_interpreter(struct archive *archive, const char *line, unsigned depth,
                           struct error *error)
{
    char path[256], word[256], found[PATH_MAX];
    int n = sscanf(line, "#! %255[^ \t\n] %255[^ \t\n]", path, word);
    if (n < 1 || *path != '/' || access(path, X_OK) < 0)
        return 0; /* it fails in the guest as here */
    if (add(archive, path, depth, error) < 0)
        return -1;
    const char *base = strrchr(path, '/') + 1;
    if (n == 2 && strcmp(base, "env") == 0 && closure_find(word, found, sizeof found))
        return add(archive, found, depth, error);
    return 0;
}

static int add_needs(struct archive *archive, const char *path, unsigned depth,
                     struct error *error)
{
    char head[512] = "", loader[256], own[] = "/proc/self/exe";
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof head - 1, 0);
    if (n < 4)
        return 0;
    head[n] = '\0';
    if (head[0] == '#' && head[1] == '!')
        return add_interpreter(archive, head, depth, error);
    if (memcmp(head, ELFMAG, SELFMAG) != 0)
        return 0;
    read_loader(fd, loader, sizeof loader);
    if (!*loader && ((Elf64_Ehdr *)(void *)head)->e_type == ET_DYN &&
        strstr(path, ".so")) { /* a library: by the loader of this program */
        int self FD_CLEANUP = open(own, O_RDONLY | O_CLOEXEC);
        read_loader(self, loader, sizeof loader);
    }
    return *loader ? add_libraries(archive, path, loader, error) : 0;
}

/* ---- files and directories --------------------------------------------------------------- */

static int add_below(struct archive *archive, const char *path, unsigned depth,
                     struct error *error)
{
    DIR *directory = opendir(path);
    int result = 0;
    if (!directory)
        return error_set(error, errno, "cannot open %.300s", path);
    for (struct dirent *entry; result == 0 && (entry = readdir(directory));) {
        char below[PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(below, sizeof below, "%s/%s", path, entry->d_name) < (int)sizeof below)
            result = add(archive, below, depth + 1, error);
    }
    closedir(directory);
    return result;
}

/* A link becomes one to where it leads, and that comes with it: a relative one may pass through a
 * directory that is a link here, as /bin, and none in the machine. */
static int add_link(struct archive *archive, const char *path, unsigned depth,
                    struct error *error)
{
    char there[PATH_MAX];
    if (!realpath(path, there))
        return 0;
    if (archive_link(archive, path, there, error) < 0)
        return -1;
    return add(archive, there, depth + 1, error);
}

static int add(struct archive *archive, const char *path, unsigned depth, struct error *error)
{
    struct stat stat;
    bool new;
    if (depth > CLOSURE_DEPTH)
        return error_set(error, ELOOP, "cannot put %.300s into the machine", path);
    if (lstat(path, &stat) < 0)
        return error_set(error, errno, "cannot put %.300s into the machine", path);
    if (S_ISLNK(stat.st_mode))
        return names_find(&archive->names, path) != NAMES_NONE
                   ? 0 : add_link(archive, path, depth, error);
    if (S_ISDIR(stat.st_mode))
        return archive_folder(archive, path, stat.st_mode, error) < 0
                   ? -1 : add_below(archive, path, depth, error);
    if (!S_ISREG(stat.st_mode))
        return 0;
    if (archive_file(archive, path, path, &new, error) < 0)
        return -1;
    return new ? add_needs(archive, path, depth + 1, error) : 0;
}

int closure_add(struct archive *archive, const char *path, struct error *error)
{
    char here[PATH_MAX], absolute[2 * PATH_MAX];
    if (*path == '/')
        return add(archive, path, 0, error);
    if (!getcwd(here, sizeof here))
        return error_set(error, errno, "cannot find the current directory");
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    snprintf(absolute, sizeof absolute, "%s/%s", here, path);
    return add(archive, absolute, 0, error);
}

/* Links to busybox, where the machine has no command of that name. */
static int add_applets(struct archive *archive, char *busybox, struct error *error)
{
    char list[] = "--list", line[64], path[128];
    char *argv[] = { busybox, list, NULL };
    pid_t pid;
    int result = 0;
    FILE *out = open_command(argv, &pid);
    if (!out)
        return error_set(error, errno, "cannot start %.300s", busybox);
    while (result == 0 && fgets(line, sizeof line, out)) {
        line[strcspn(line, "\n")] = '\0';
        if (!text_is_name(line) && strcmp(line, "[") != 0 && strcmp(line, "[[") != 0)
            continue;
        snprintf(path, sizeof path, "/bin/%s", line);
        result = archive_link(archive, path, busybox, error);
    }
    close_command(out, pid);
    return result == 0 ? archive_link(archive, "/sbin/modprobe", busybox, error) : -1;
}

int closure_add_shell(struct archive *archive, struct error *error)
{
    char busybox[PATH_MAX];
    if (access("/bin/sh", X_OK) == 0 && closure_add(archive, "/bin/sh", error) < 0)
        return -1;
    if (!closure_find("busybox", busybox, sizeof busybox))
        return 0;
    return closure_add(archive, busybox, error) < 0 ? -1 : add_applets(archive, busybox, error);
}
