/* SPDX-License-Identifier: MIT
 * kernel.c: see kernel.h. Where the release stands in an image is in
 * Documentation/arch/x86/boot.rst of Linux; modules.dep is that of depmod(8).
 */
#include "vm/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Those that the init loads: the bus, the port, the disk. */
static const char *const needed[] = { "virtio_pci", "virtio_console", "virtio_blk" };
/* Those that the kernel may ask for, and by which name; NULL: the user asks. File systems take
 * their checksums from the crypto modules, on which they do not depend by name. */
static const struct wanted {
    const char *name, *alias;
} wanted[] = {
    { "ext4", "fs-ext4" }, { "xfs", "fs-xfs" }, { "btrfs", "fs-btrfs" }, { "f2fs", "fs-f2fs" },
    { "overlay", "fs-overlay" }, { "fuse", "fs-fuse" }, { "loop", NULL }, { "brd", NULL },
    { "dm-mod", NULL }, { "dm-flakey", NULL }, { "crc32c_generic", "crypto-crc32c" },
    { "crc32_generic", "crypto-crc32" }, { "xxhash_generic", "crypto-xxhash64" },
    { "sha256_generic", "crypto-sha256" }, { "blake2b_generic", "crypto-blake2b-256" },
};
enum { WANTED = sizeof wanted / sizeof *wanted };

/* ---- the image --------------------------------------------------------------------------- */

/* Reads the release out of an image. */
static bool read_release(const char *image, char *release, size_t size)
{
    unsigned char head[0x210];
    char text[128];
    int fd FD_CLEANUP = open(image, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || pread(fd, head, sizeof head, 0) != (ssize_t)sizeof head ||
        memcmp(head + 0x202, "HdrS", 4) != 0)
        return false;
    off_t at = 0x200 + head[0x20e] + 256 * head[0x20f];
    ssize_t n = pread(fd, text, sizeof text - 1, at);
    if (at == 0x200 || n <= 0)
        return false;
    text[n] = '\0';
    text[strcspn(text, " \n")] = '\0';
    snprintf(release, size, "%s", text);
    return text_is_name(text) || strlen(text) >= TEXT_NAME;
}

static bool newest(char image[PATH_MAX])
{
    static const char *const places[] = { "/boot/vmlinuz-*", "/lib/modules/*/vmlinuz" };
    const char *best = NULL;
    char best_release[128] = "", release[128];
    for (size_t i = 0; i < sizeof places / sizeof *places && !best; i++) {
        glob_t found;
        if (glob(places[i], 0, NULL, &found) != 0)
            continue;
        for (size_t k = 0; k < found.gl_pathc; k++)
            if (read_release(found.gl_pathv[k], release, sizeof release) &&
                strverscmp(release, best_release) > 0) {
                best = found.gl_pathv[k];
                snprintf(best_release, sizeof best_release, "%s", release);
                snprintf(image, PATH_MAX, "%s", best);
            }
        globfree(&found);
    }
    return best != NULL;
}

/* The modules lie in /lib/modules, or, of a package that was only unpacked, beside the image. */
static void find_modules(struct kernel *kernel)
{
    static const char *const places[] = { "/lib/modules", "/usr/lib/modules", "../lib/modules",
                                          "../usr/lib/modules", "lib/modules" };
    char beside[PATH_MAX];
    snprintf(beside, sizeof beside, "%s", kernel->image);
    *strrchr(beside, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char path[2 * PATH_MAX + 256];
        if (*places[i] == '/')
            snprintf(path, sizeof path, "%s/%s", places[i], kernel->release);
        else
            snprintf(path, sizeof path, "%s/%s/%s", beside, places[i], kernel->release);
        if (strlen(path) < sizeof kernel->modules && access(path, R_OK | X_OK) == 0) {
            memcpy(kernel->modules, path, strlen(path) + 1);
            return;
        }
    }
}

int kernel_find(const char *given, struct kernel *ret, struct error *error)
{
    memset(ret, 0, sizeof *ret);
    if (!given && !newest(ret->image)) {
        error_set(error, 0, "there is no kernel in /boot that can be read: install "
                  "linux-image-cloud-amd64 or linux-image-amd64, or give one with --kernel");
        return 1;
    }
    if (given && !realpath(given, ret->image))
        return error_set(error, errno, "cannot find the kernel '%.300s'", given);
    if (!read_release(ret->image, ret->release, sizeof ret->release))
        return error_set(error, 0, "'%.300s' is not a kernel for x86-64 that can be read",
                         ret->image);
    find_modules(ret);
    return 0;
}

/* ---- modules ----------------------------------------------------------------------------- */

/* modules.dep in memory. */
struct dependencies {
    const struct kernel *kernel;
    struct archive *archive;
    char *text;
    FILE *list; /* of those that the init loads; NULL: not now */
    struct names loaded;
    FILE *dep;  /* the guest's own modules.dep */
};

static char *read_whole(const char *path)
{
    struct stat stat;
    int fd FD_CLEANUP = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &stat) < 0 || stat.st_size > INT32_MAX)
        return NULL;
    char *text = malloc((size_t)stat.st_size + 1);
    ssize_t n = text ? read(fd, text, (size_t)stat.st_size) : -1;
    if (n < 0) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    return text;
}

/* The line of a module, "kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko ...". The kernel takes '-' and
 * '_' in a name for the same. NULL: it is built in, or not there. */
static const char *line_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line != '\0') {
        const char *colon = line + strcspn(line, ":\n"), *base = colon;
        while (base > line && base[-1] != '/')
            base--;
        size_t i = 0;
        while (i < length && base + i < colon &&
               (base[i] == name[i] || (strchr("-_", base[i]) && strchr("-_", name[i]))))
            i++;
        if (*colon == ':' && i == length && strncmp(base + i, ".ko", 3) == 0)
            return line;
    }
    return NULL;
}

static int add_file(struct dependencies *all, const char *file, size_t length,
                    struct error *error)
{
    char from[PATH_MAX + 512], to[512];
    if (length > 256)
        return error_set(error, 0, "modules.dep of kernel %s is damaged", all->kernel->release);
    snprintf(from, sizeof from, "%s/%.*s", all->kernel->modules, (int)length, file);
    snprintf(to, sizeof to, "/lib/modules/%s/%.*s", all->kernel->release, (int)length, file);
    if (archive_file(all->archive, to, from, NULL, error) < 0)
        return -1;
    if (all->list && names_find(&all->loaded, to) == NAMES_NONE) {
        names_add(&all->loaded, to);
        fprintf(all->list, "%s\n", to);
    }
    return 0;
}

/* The dependencies stand in the line in the reverse of the order in which they are loaded. */
static int add_module(struct dependencies *all, const char *name, struct error *error)
{
    const char *line = line_of(all->text, name);
    if (!line)
        return 0;
    size_t length = strcspn(line, "\n");
    fprintf(all->dep, "%.*s\n", (int)length, line);
    for (size_t end = length; end > 0;) {
        size_t start = end;
        while (start > 0 && !strchr(" ", line[start - 1]))
            start--;
        size_t n = end - start - (line[end - 1] == ':');
        if (n > 0 && add_file(all, line + start, n, error) < 0)
            return -1;
        end = start > 0 ? start - 1 : 0;
    }
    return 0;
}

static int add_needed(struct dependencies *all, struct error *error)
{
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (add_module(all, needed[i], error) < 0)
            return -1;
    return 0;
}

static int add_wanted(struct dependencies *all, struct error *error)
{
    for (size_t i = 0; i < WANTED; i++)
        if (add_module(all, wanted[i].name, error) < 0)
            return -1;
    return 0;
}

/* What modprobe(8) reads in the guest: dependencies, and which module is which file system. */
static int add_tables(struct dependencies *all, const char *dep, struct error *error)
{
    char path[256], alias[1024] = "";
    size_t used = 0;
    for (size_t i = 0; i < WANTED; i++)
        if (wanted[i].alias)
            used += (size_t)snprintf(alias + used, sizeof alias - used, "alias %s %s\n",
                                     wanted[i].alias, wanted[i].name);
    snprintf(path, sizeof path, "/lib/modules/%s/modules.dep", all->kernel->release);
    if (archive_text(all->archive, path, dep, strlen(dep), 0644, error) < 0)
        return -1;
    snprintf(path, sizeof path, "/lib/modules/%s/modules.alias", all->kernel->release);
    return archive_text(all->archive, path, alias, used, 0644, error);
}

static int add_list(struct dependencies *all, bool disk, struct error *error)
{
    char *list = NULL, *dep = NULL;
    size_t list_size = 0, dep_size = 0;
    all->list = open_memstream(&list, &list_size);
    all->dep = open_memstream(&dep, &dep_size);
    int result = -1;
    if (all->list && all->dep)
        result = add_needed(all, error);
    else
        error_set(error, ENOMEM, "cannot list the modules of the kernel");
    if (all->list)
        fclose(all->list);
    all->list = NULL;
    if (result == 0 && disk)
        result = add_wanted(all, error);
    if (all->dep)
        fclose(all->dep);
    if (result == 0)
        result = archive_text(all->archive, KERNEL_LIST, list, list_size, 0644, error);
    if (result == 0)
        result = add_tables(all, dep, error);
    free(list);
    free(dep);
    return result;
}

int kernel_add_modules(const struct kernel *kernel, bool disk, struct archive *archive,
                       struct error *error)
{
    char path[PATH_MAX + 16];
    if (!*kernel->modules) /* all is built in */
        return archive_text(archive, KERNEL_LIST, "", 0, 0644, error);
    snprintf(path, sizeof path, "%s/modules.dep", kernel->modules);
    struct dependencies all = { .kernel = kernel, .archive = archive, .text = read_whole(path) };
    if (!all.text)
        return error_set(error, errno, "cannot read %.300s: run depmod -b on what it lies in, "
                         "with the release %s", path, kernel->release);
    int result = add_list(&all, disk, error);
    names_free(&all.loaded);
    free(all.text);
    return result;
}
