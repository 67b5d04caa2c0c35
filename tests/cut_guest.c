/* SPDX-License-Identifier: MIT
 * cut_guest.c: the init of the machines of scripts/model-check. It is alone in the root, with
 * cut_target and the kernel's modules, which /modules lists.
 *
 *     init FILESYSTEM run WORKLOAD:SEED...     the I-th workload on the first partition of the I-th
 *                                              disk, whose writes are logged outside; all at a time
 *     init FILESYSTEM read N SIZE              N file systems of SIZE bytes lie on the first disk;
 *                                              mounts each, and writes its tree to the second disk
 *
 * What it writes: for each file system a line "tree I mounted" or "tree I ERROR"; for each entry of
 * the folder `w` a line "TYPE MODE INODE LENGTH PATH", then LENGTH bytes, of a file or of a link's
 * target, and a newline; last a line "end".
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/blkpg.h>
#include <linux/btrfs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH = 256, COMPRESSED = 4 /* MODULE_INIT_COMPRESSED_FILE, since Linux 5.17 */ };

static FILE *out; /* of `read` */

__attribute__((noreturn)) static void end(const char *what)
{
    if (what)
        fprintf(stderr, "cut_guest: %s: %s\n", what, strerror(errno));
    reboot(RB_POWER_OFF);
    for (;;)
        pause();
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        end(path);
    close(fd);
}

static void load_modules(void)
{
    FILE *list = fopen("/modules", "r");
    char path[PATH];
    while (list && fgets(path, sizeof path, list)) {
        path[strcspn(path, "\n")] = '\0';
        const char *ending = strrchr(path, '.');
        bool compressed = ending && strcmp(ending, ".ko") != 0;
        int fd = open(path, O_RDONLY);
        if (fd < 0 || (syscall(SYS_finit_module, fd, "", compressed ? COMPRESSED : 0) < 0 &&
                       errno != EEXIST))
            fprintf(stderr, "cut_guest: cannot load %s: %s\n", path, strerror(errno));
        close(fd);
    }
    if (list)
        fclose(list);
}

static const char *options_of(const char *type)
{
    return strcmp(type, "xfs") == 0 ? "" : "commit=1";
}

/* ---- run ---------------------------------------------------------------------------------- */

static int perform(const char *workload, const char *seed, const char *what)
{
    pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        execl("/cut_target", "cut_target", workload, seed, what, NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid ? status : -1;
}

/* In a process of its own. */
static void run_one(const char *type, int disk, char *workload)
{
    char device[PATH], at[PATH], *seed = strchr(workload, ':');
    if (!seed)
        end(workload);
    *seed++ = '\0';
    snprintf(device, sizeof device, "/dev/vd%c1", 'a' + disk);
    snprintf(at, sizeof at, "/%d", disk);
    mkdir(at, 0755);
    if (mount(device, at, type, 0, options_of(type)) < 0 || chdir(at) < 0 || mkdir("w", 0755) < 0 ||
        chdir("w") < 0 || perform(workload, seed, "setup") != 0)
        end(workload);
    int fd = open(".", O_RDONLY);
    syncfs(fd);
    device[strlen(device) - 1] = '\0';
    setenv("CUT_MARKS", device, 1);
    if (perform(workload, seed, "run") != 0)
        end(workload);
    usleep(1500000); /* what the kernel still writes back is part of what can be cut */
}

static void run(const char *type, int n, char **workloads)
{
    /* The kernel begins at once to write back what lies in memory. */
    write_text("/proc/sys/vm/dirty_expire_centisecs", "1");
    write_text("/proc/sys/vm/dirty_writeback_centisecs", "2");
    if (strcmp(type, "xfs") == 0)
        write_text("/proc/sys/fs/xfs/xfssyncd_centisecs", "100");
    for (int i = 0; i < n; i++)
        if (fork() == 0) {
            run_one(type, i, workloads[i]);
            _exit(0);
        }
    while (wait(NULL) > 0)
        continue;
}

/* ---- read --------------------------------------------------------------------------------- */

static int write_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
    static char bytes[1 << 20];
    ssize_t length = 0;
    (void)kind;
    if (at->level == 0)
        return 0;
    if (S_ISREG(status->st_mode)) {
        int fd = open(path, O_RDONLY);
        length = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);
        close(fd);
    } else if (S_ISLNK(status->st_mode)) {
        length = readlink(path, bytes, sizeof bytes);
    }
    if (length < 0 || (S_ISREG(status->st_mode) && length != status->st_size))
        fprintf(out, "unreadable %s\n", path);
    else
        fprintf(out, "%c %o %llu %zd %s\n", S_ISREG(status->st_mode)   ? 'f'
                                            : S_ISDIR(status->st_mode) ? 'd' : 'l',
                status->st_mode & 07777u, (unsigned long long)status->st_ino, length, path);
    if (length > 0)
        fwrite(bytes, 1, (size_t)length, out);
    fputc('\n', out);
    return 0;
}

/* Btrfs knows a device by what it says it is: the next one says the same. */
static void forget_devices(void)
{
    struct btrfs_ioctl_vol_args all = { .fd = 0 };
    int fd = open("/dev/btrfs-control", O_RDWR);
    if (fd >= 0)
        ioctl(fd, BTRFS_IOC_FORGET_DEV, &all);
    close(fd);
}

static int change_partition(int disk, int what, long long start, long long length)
{
    struct blkpg_partition partition = { .start = start, .length = length, .pno = 1 };
    struct blkpg_ioctl_arg change = { .op = what, .datalen = sizeof partition,
                                      .data = &partition };
    return ioctl(disk, BLKPG, &change);
}

static void read_one(const char *type, int disk, int number, long long size)
{
    if (change_partition(disk, BLKPG_ADD_PARTITION, number * size, size) < 0)
        end("cannot make a partition");
    if (mount("/dev/vda1", "/0", type, 0, options_of(type)) < 0) {
        fprintf(out, "tree %d %s\n", number, strerror(errno));
    } else {
        fprintf(out, "tree %d mounted\n", number);
        if (chdir("/0") < 0 || nftw("w", write_entry, 16, FTW_PHYS) < 0)
            fprintf(out, "unreadable w\n\n");
        if (chdir("/") < 0 || umount("/0") < 0)
            end("cannot unmount");
    }
    if (strcmp(type, "btrfs") == 0)
        forget_devices();
    if (change_partition(disk, BLKPG_DEL_PARTITION, 0, 0) < 0)
        end("cannot remove a partition");
}

static void read_all(const char *type, int n, long long size)
{
    int disk = open("/dev/vda", O_RDONLY);
    out = fopen("/dev/vdb", "r+");
    if (disk < 0 || !out)
        end("cannot open the disks");
    mkdir("/0", 0755);
    for (int i = 0; i < n; i++)
        read_one(type, disk, i, size);
    fprintf(out, "end\n");
    fflush(out);
    fsync(fileno(out));
}

int main(int argc, char **argv)
{
    mkdir("/proc", 0755);
    mkdir("/dev", 0755);
    mount("proc", "/proc", "proc", 0, "");
    mount("devtmpfs", "/dev", "devtmpfs", 0, "");
    load_modules();
    if (argc > 3 && strcmp(argv[2], "run") == 0)
        run(argv[1], argc - 3, argv + 3);
    else if (argc == 5 && strcmp(argv[2], "read") == 0)
        read_all(argv[1], atoi(argv[3]), atoll(argv[4]));
    else
        end("unknown words");
    end(NULL);
}
