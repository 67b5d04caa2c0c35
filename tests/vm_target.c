/* SPDX-License-Identifier: MIT
 * vm_target.c: an operation that does to its machine what a fault of its kernel would do, if its
 * number is AT and the seed of the run is 1, which only the first life has: vm_target FAULT AT.
 * Runs as root in a machine of `stress-supervisor vm` and nowhere else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
    close(fd);
}

static int panic(void)
{
    put("/proc/sysrq-trigger", "c");
    return 1;
}

static int reboot_it(void)
{
    put("/proc/sysrq-trigger", "b");
    return 1;
}

/* Nothing else runs: neither the init nor anything that could tell. */
static int spin(void)
{
    const struct sched_param first = { .sched_priority = 99 };
    put("/proc/sys/kernel/sched_rt_runtime_us", "-1");
    if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
        return 1;
    for (;;)
        continue;
}

/* A child eats all memory; the kernel kills it. */
static int eat(void)
{
    enum { PIECE = 16 << 20 };
    pid_t pid = fork();
    while (pid == 0) {
        char *piece = mmap(NULL, PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (piece != MAP_FAILED)
            memset(piece, 1, PIECE);
    }
    int status = 0;
    return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? 0 : 1;
}

/* A write to a frozen file system waits for ever. */
static int freeze(void)
{
    put("/proc/sys/kernel/hung_task_timeout_secs", "2");
    mkdir("/mnt/frozen", 0755);
    if (mount("/dev/vda", "/mnt/frozen", "ext4", 0, "") < 0)
        return 1;
    int fd = open("/mnt/frozen", O_RDONLY);
    if (fd < 0 || ioctl(fd, FIFREEZE, 0) < 0)
        return 1;
    mkdir("/mnt/frozen/written", 0755);
    return 1;
}

/* An ext4 file system reports an error. */
static int damage(void)
{
    mkdir("/mnt/damaged", 0755);
    if (mount("/dev/vda", "/mnt/damaged", "ext4", 0, "") < 0)
        return 1;
    put("/sys/fs/ext4/vda/trigger_fs_error", "x");
    return umount("/mnt/damaged") < 0;
}

/* What the disk has, it keeps: the second life finds what the first one wrote. */
static int disk(void)
{
    char byte = 0;
    int fd = open("/dev/vda", O_RDWR);
    if (fd < 0 || pread(fd, &byte, 1, 4096) != 1)
        return 1;
    if (byte == 'x')
        return 0;
    byte = 'x';
    return pwrite(fd, &byte, 1, 4096) != 1 || fsync(fd) < 0 ? 1 : panic();
}

static const struct {
    const char *name;
    int (*act)(void);
} faults[] = { { "panic", panic }, { "reboot", reboot_it }, { "spin", spin }, { "eat", eat },
               { "freeze", freeze }, { "damage", damage }, { "disk", disk } };

int main(int argc, char **argv)
{
    const char *operation = getenv("STRESS_OPERATION"), *seed = getenv("STRESS_RUN_SEED");
    if (argc != 3 || getuid() != 0 || access("/stress/modules", F_OK) < 0 || !operation || !seed) {
        fprintf(stderr, "vm_target: runs in a machine of stress-supervisor vm alone\n");
        return 2;
    }
    bool first = strtoull(seed, NULL, 0) == 1;
    if ((!first && strcmp(argv[1], "disk") != 0) || atoi(operation) != atoi(argv[2]))
        return 0;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(argv[1], faults[i].name) == 0)
            return faults[i].act();
    return 0;
}
