/* SPDX-License-Identifier: MIT
 * unit_console.c: the titles of what kernels print, in the forms of several releases.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/console.h"

Suite *console_suite(void);

enum { TITLES = 3 };

static const struct {
    const char *text;
    const char *titles[TITLES];
    bool dead;
} consoles[] = {
    { "[    0.000000] Linux version 6.1.0 (gcc) #1 SMP\n"
      "[    0.004000] Warning: unable to open an initial console.\n"
      "[    1.234567] virtio_blk virtio1: [vda] 2048 512-byte logical blocks\n", { NULL }, false },
    { "BUG: not the kernel's\nKernel panic - not syncing: said by a program\n", { NULL }, false },
    /* panics */
    { "[   12.345678] sysrq: Trigger a crash\n"
      "[   12.345999] Kernel panic - not syncing: sysrq triggered crash\n"
      "[   12.346111] CPU: 0 PID: 123 Comm: sh Not tainted 6.1.0-56-cloud-amd64 #1  Debian\n"
      "[   12.346222] Call Trace:\n[   12.346333]  <TASK>\n"
      "[   12.346444]  dump_stack_lvl+0x44/0x5c\n[   12.346555]  panic+0x118/0x2f4\n"
      "[   12.346666]  sysrq_handle_crash+0x16/0x20\n"
      "[   12.346777] Kernel Offset: 0x1c000000 from 0xffffffff81000000\n"
      "[   12.346888] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---\n",
      { "kernel panic: sysrq triggered crash" }, true },
    { "[    7.199113] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000300\n",
      { "kernel panic: Attempted to kill init" }, true },
    { "[    1.5] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n",
      { "kernel panic: VFS: Unable to mount root fs on unknown-block(#,#)" }, true },
    { "[  9.1] Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: "
      "ext4_fill_super+0x3af/0x3b0\n",
      { "kernel panic: stack is corrupted in ext4_fill_super" }, true },
    { "[  9.1] Kernel panic - not syncing: corrupted stack end detected inside scheduler\n"
      "[  9.2] Call Trace:\n[  9.2]  dump_stack_lvl+0x44/0x5c\n[  9.2]  panic+0x118/0x2f4\n"
      "[  9.2]  __schedule+0x9d1/0x9e0\n[  9.3]  schedule+0x5d/0xe0\n"
      "[  9.3]  worker_thread+0x10/0x20\n",
      { "kernel panic: corrupted stack end in worker_thread" }, true },
    /* oopses */
    { "[   20.000001] BUG: kernel NULL pointer dereference, address: 0000000000000008\n"
      "[   20.000002] #PF: supervisor read access in kernel mode\n"
      "[   20.000003] #PF: error_code(0x0000) - not-present page\n"
      "[   20.000004] PGD 0 P4D 0\n[   20.000005] Oops: 0000 [#1] PREEMPT SMP NOPTI\n"
      "[   20.000006] CPU: 1 PID: 77 Comm: stress Not tainted 6.1.0 #1\n"
      "[   20.000007] RIP: 0010:ext4_find_entry+0x1f3/0x4c0 [ext4]\n"
      "[   20.000008] Call Trace:\n[   20.000009]  ? __die+0x20/0x70\n"
      "[   20.000010]  ext4_lookup+0x80/0x290\n"
      "[   20.000011] ---[ end trace 0000000000000000 ]---\n"
      "[   20.000012] Kernel panic - not syncing: Fatal exception\n"
      "[   20.000013] Kernel Offset: disabled\n"
      "[   20.000014] ---[ end Kernel panic - not syncing: Fatal exception ]---\n",
      { "BUG: unable to handle kernel NULL pointer dereference in ext4_find_entry" }, true },
    { "[    3.1] BUG: unable to handle page fault for address: ffffc90000a1f000\n"
      "[    3.1] #PF: supervisor write access in kernel mode\n"
      "[    3.1] Oops: 0002 [#1] SMP\n[    3.1] RIP: 0010:memcpy_erms+0x6/0x10\n"
      "[    3.1] Call Trace:\n[    3.1]  <TASK>\n[    3.1]  ? exc_page_fault+0x70/0x170\n"
      "[    3.1]  xfs_dir2_sf_addname.isra.0+0x51/0x6f0 [xfs]\n[    3.1]  xfs_create+0x1/0x2\n",
      { "BUG: unable to handle kernel paging request in xfs_dir2_sf_addname" }, false },
    { "[ 5.5] BUG: unable to handle kernel NULL pointer dereference at 0000000000000010\n"
      "[ 5.5] IP: [<ffffffff8120b1a3>] d_lookup+0x23/0x60\n[ 5.5] Oops: 0000 [#1] SMP\n"
      "[ 5.5] RIP: 0010:[<ffffffff8120b1a3>]  [<ffffffff8120b1a3>] d_lookup+0x23/0x60\n",
      { "BUG: unable to handle kernel NULL pointer dereference in d_lookup" }, false },
    { "[ 6.0] general protection fault, probably for non-canonical address 0xdead000000000108: "
      "0000 [#1] SMP\n[ 6.0] RIP: 0010:__list_del_entry_valid+0x31/0x90\n[ 6.0] Call Trace:\n"
      "[ 6.0]  <IRQ>\n[ 6.0]  btrfs_release_path+0x12/0x34 [btrfs]\n",
      { "general protection fault in btrfs_release_path" }, false },
    { "[ 6.0] Oops: general protection fault, probably for non-canonical address "
      "0xdffffc0000000001: 0000 [#1] PREEMPT SMP KASAN\n"
      "[ 6.0] KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]\n"
      "[ 6.0] RIP: 0010:f2fs_write_end_io+0x99/0xaa0\n",
      { "general protection fault in f2fs_write_end_io" }, false },
    { "[ 8.0] ------------[ cut here ]------------\n[ 8.0] kernel BUG at fs/ext4/inode.c:2721!\n"
      "[ 8.0] invalid opcode: 0000 [#1] PREEMPT SMP\n"
      "[ 8.0] RIP: 0010:ext4_do_writepages+0xe2/0xe40\n[ 8.0] ---[ end trace 0000 ]---\n"
      "[ 8.0] RIP: 0010:ext4_do_writepages+0xe2/0xe40\n"
      "[ 8.0] Kernel panic - not syncing: Fatal exception\n",
      { "kernel BUG in ext4_do_writepages" }, true },
    { "[ 8.0] divide error: 0000 [#1] SMP\n[ 8.0] RIP: 0010:tcp_rcv_space_adjust+0x5/0x6\n",
      { "divide error in tcp_rcv_space_adjust" }, false },
    { "[ 8.0] Unable to handle kernel paging request at virtual address ffff800012345678\n"
      "[ 8.0] Internal error: Oops: 96000007 [#1] SMP\n[ 8.0] pc : ext4_map_blocks+0x3c/0x5a0\n"
      "[ 8.0] lr : ext4_getblk+0x10/0x20\n",
      { "BUG: unable to handle kernel paging request in ext4_map_blocks" }, false },
    /* warnings */
    { "[   11.000000] ------------[ cut here ]------------\n"
      "[   11.000000] WARNING: CPU: 0 PID: 211 at fs/xfs/xfs_message.c:104 "
      "assfail+0x25/0x2b [xfs]\n"
      "[   11.000000] RIP: 0010:assfail+0x25/0x2b [xfs]\n[   11.0] ---[ end trace 0 ]---\n"
      "[   12.000000] ------------[ cut here ]------------\n"
      "[   12.000000] WARNING: CPU: 1 PID: 9 at kernel/workqueue.c:1599 __queue_work.cold+0x1/0x2\n"
      "[   12.000000] ---[ end trace 0 ]---\n",
      { "WARNING in assfail", "WARNING in __queue_work" }, false },
    { "[   11.0] WARNING: fs/ext4/super.c:990 at ext4_put_super+0x1/0x2, CPU#0: umount/311\n"
      "[   11.0] ---[ end trace 0 ]---\n", { "WARNING in ext4_put_super" }, false },
    { "[ 31.0] ======================================================\n"
      "[ 31.0] WARNING: possible circular locking dependency detected\n"
      "[ 31.0] 6.1.0 #1 Not tainted\n[ 31.0] stress/123 is trying to acquire lock:\n"
      "[ 31.0] ffff888012345678 (&ei->i_data_sem){++++}-{3:3}, at: ext4_map_blocks+0x2a/0x5a0\n"
      "[ 31.0] \n[ 31.0] but task is already holding lock:\n"
      "[ 31.0] ffff888012345600 (jbd2_handle){++++}-{0:0}, at: start_this_handle+0x2a/0x5a0\n",
      { "possible deadlock in ext4_map_blocks" }, false },
    { "[ 31.0] WARNING: suspicious RCU usage\n[ 31.0] net/core/dev.c:12 suspicious!\n"
      "[ 31.0] Call Trace:\n[ 31.0]  dump_stack_lvl+0x1/0x2\n"
      "[ 31.0]  lockdep_rcu_suspicious.cold+0x1/0x2\n[ 31.0]  dev_get_by_index_rcu+0x1/0x2\n",
      { "WARNING: suspicious RCU usage in dev_get_by_index_rcu" }, false },
    { "[ 31.0] WARNING: lock held when returning to user space!\n"
      "[ 31.0]  #0: ffff8880 (&p->lock){+.+.}-{3:3}, at: seq_read+0x1/0x2\n",
      { "WARNING: lock held when returning to user space" }, false },
    /* lockups, hung tasks, stalls */
    { "[   48.016] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [insmod:123]\n"
      "[   48.016] Modules linked in: spin(OE+)\n"
      "[   48.016] CPU: 0 PID: 123 Comm: insmod Tainted: G\n"
      "[   48.016] RIP: 0010:native_queued_spin_lock_slowpath+0x6a/0x2d0\n"
      "[   48.016] Call Trace:\n[   48.016]  <TASK>\n[   48.016]  _raw_spin_lock+0x1/0x2\n"
      "[   48.016]  spin_init+0x10/0x20 [spin]\n"
      "[   48.016] Kernel panic - not syncing: softlockup: hung tasks\n"
      "[   48.016] ---[ end Kernel panic - not syncing: softlockup: hung tasks ]---\n",
      { "BUG: soft lockup in spin_init" }, true },
    { "[   48.0] NMI watchdog: Watchdog detected hard LOCKUP on cpu 0\n"
      "[   48.0] RIP: 0010:ixgbe_poll+0x1/0x2\n"
      "[   48.0] Kernel panic - not syncing: Hard LOCKUP\n",
      { "BUG: hard lockup in ixgbe_poll" }, true },
    { "[  242.7] INFO: task fsync:1234 blocked for more than 120 seconds.\n"
      "[  242.7]       Not tainted 6.1.0-56-cloud-amd64 #1 Debian 6.1.192-2\n"
      "[  242.7] \"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\n"
      "[  242.7] task:fsync state:D stack:0     pid:1234  ppid:1 flags:0x00004002\n"
      "[  242.7] Call Trace:\n[  242.7]  <TASK>\n[  242.7]  __schedule+0x34d/0x9e0\n"
      "[  242.7]  schedule+0x5d/0xe0\n[  242.7]  percpu_rwsem_wait+0x116/0x140\n"
      "[  242.7]  __percpu_down_read+0x5c/0x80\n[  242.7]  vfs_write+0x2f7/0x400\n"
      "[  242.7] Kernel panic - not syncing: hung_task: blocked tasks\n",
      { "INFO: task hung in vfs_write" }, true },
    { "[  242.7] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
      "[  242.7] rcu: \t1-...0: (1 GPs behind) idle=b0c/1/0x4000000000000000\n"
      "[  242.7] (detected by 0, t=5252 jiffies, g=2485, q=10 ncpus=2)\n"
      "[  242.7] Sending NMI from CPU 0 to CPUs 1:\n[  242.7] NMI backtrace for cpu 1\n"
      "[  242.7] RIP: 0010:ext4_es_lookup_extent+0x1/0x2\n",
      { "INFO: rcu detected stall in ext4_es_lookup_extent" }, false },
    { "[  242.7] rcu: INFO: rcu_sched self-detected stall on CPU\n"
      "[  242.7] Call Trace:\n[  242.7]  <IRQ>\n[  242.7]  rcu_dump_cpu_stacks+0x1/0x2\n"
      "[  242.7]  tick_sched_timer+0x1/0x2\n[  242.7]  asm_sysvec_apic_timer_interrupt+0x1/0x2\n"
      "[  242.7]  shrink_dcache_parent+0x1/0x2\n",
      { "INFO: rcu detected stall in shrink_dcache_parent" }, false },
    /* sanitizers */
    { "[ 41.0] ==================================================================\n"
      "[ 41.0] BUG: KASAN: slab-use-after-free in ext4_xattr_set_entry+0x3f0/0x13b0\n"
      "[ 41.0] Read of size 4 at addr ffff88800c7bc004 by task stress/99\n",
      { "KASAN: slab-use-after-free Read in ext4_xattr_set_entry" }, false },
    { "[ 41.0] BUG: KASAN: slab-out-of-bounds in f2fs_getxattr+0x1/0x2\n"
      "[ 41.0] [T1] Write of size 8 at addr ffff8880 by task x/1\n",
      { "KASAN: slab-out-of-bounds Write in f2fs_getxattr" }, false },
    { "[ 41.0][  T99] BUG: KMSAN: uninit-value in can_receive+0x1c2/0x2f0\n",
      { "KMSAN: uninit-value in can_receive" }, false },
    { "[ 41.0] BUG: KCSAN: data-race in ext4_mark_iloc_dirty / ext4_writepages\n",
      { "KCSAN: data-race in ext4_mark_iloc_dirty / ext4_writepages" }, false },
    { "[ 41.0] BUG: KFENCE: use-after-free read in kmem_dump_obj+0x1/0x2\n",
      { "KFENCE: use-after-free read in kmem_dump_obj" }, false },
    { "[ 41.0] BUG: KASAN: double-free in kfree+0x1/0x2\n[ 41.0] Call Trace:\n"
      "[ 41.0]  kasan_report_invalid_free+0x1/0x2\n[ 41.0]  kfree+0x1/0x2\n"
      "[ 41.0]  xfs_trans_free+0x1/0x2\n", { "KASAN: double-free in xfs_trans_free" }, false },
    { "[ 41.0] UBSAN: array-index-out-of-bounds in fs/jfs/jfs_dmap.c:2965:5\n"
      "[ 41.0] index 196694 is out of range for type 's8[1365]'\n[ 41.0] Call Trace:\n"
      "[ 41.0]  <TASK>\n[ 41.0]  dump_stack_lvl+0x1/0x2\n"
      "[ 41.0]  __ubsan_handle_out_of_bounds+0x1/0x2\n[ 41.0]  dbAdjTree+0x474/0x4f0\n",
      { "UBSAN: array-index-out-of-bounds in dbAdjTree" }, false },
    { "[ 41.0] BUG: memory leak\n[ 41.0] unreferenced object 0xffff8881 (size 32):\n"
      "[ 41.0]   backtrace:\n[ 41.0]     [<ffffffff8158>] nft_add_set+0x1/0x2\n",
      { "memory leak in nft_add_set" }, false },
    /* other bugs */
    { "[ 51.0] BUG: sleeping function called from invalid context at mm/slab.h:494\n"
      "[ 51.0] Call Trace:\n[ 51.0]  __might_resched.cold+0x1/0x2\n[ 51.0]  queue_rq+0x1/0x2\n",
      { "BUG: sleeping function called from invalid context in queue_rq" }, false },
    { "[ 51.0] BUG: scheduling while atomic: stress/212/0x00000002\n[ 51.0] Call Trace:\n"
      "[ 51.0]  __schedule_bug.cold+0x1/0x2\n[ 51.0]  __schedule+0x1/0x2\n"
      "[ 51.0]  bad_module_read+0x1/0x2\n", { "BUG: scheduling while atomic in bad_module_read" },
      false },
    { "[ 51.0] BUG: spinlock bad magic on CPU#1, stress/212\n[ 51.0] Call Trace:\n"
      "[ 51.0]  do_raw_spin_lock+0x1/0x2\n[ 51.0]  btrfs_lookup+0x1/0x2\n",
      { "BUG: spinlock bad magic in btrfs_lookup" }, false },
    { "[ 51.0] BUG: Bad page state in process stress  pfn:12345\n[ 51.0] Call Trace:\n"
      "[ 51.0]  bad_page.cold+0x1/0x2\n[ 51.0]  free_pcppages_bulk+0x1/0x2\n",
      { "BUG: Bad page state in free_pcppages_bulk" }, false },
    { "[ 51.0] BUG: Bad rss-counter state mm:00000000c0ffee type:MM_ANONPAGES val:2\n"
      "[ 51.1] BUG: Bad rss-counter state mm:00000000c0ffef type:MM_FILEPAGES val:1\n",
      { "BUG: Bad rss-counter state", "BUG: Bad rss-counter state" }, false },
    { "[ 51.0] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!\n",
      { "BUG: workqueue lockup" }, false },
    { "[ 51.0] BUG: something new in subsystem 17 at 0xffff8880deadbeef\n",
      { "BUG: something new in subsystem # at #" }, false },
    { "[ 51.0] unregister_netdevice: waiting for lo to become free. Usage count = 2\n",
      { "unregister_netdevice: waiting for DEV to become free" }, false },
    /* memory */
    { "[   30.1] eater invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE), order=0\n"
      "[   30.1] CPU: 0 PID: 88 Comm: eater Not tainted\n[   30.1] Call Trace:\n"
      "[   30.1] Mem-Info:\n[   30.2] Out of memory: Killed process 88 (eater) total-vm:9999kB\n",
      { "out of memory: killed eater" }, false },
    { "[   30.1] eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
      "[   30.2] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task=eater,pid=88\n"
      "[   30.2] Memory cgroup out of memory: Killed process 88 (eater) total-vm:9999kB\n",
      { NULL }, false },
    { "[   30.1] eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
      "[   30.2] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),task=eater,pid=88\n"
      "[   30.2] Memory cgroup out of memory: Killed process 88 (eater) total-vm:9999kB\n"
      "[   30.3] Kernel panic - not syncing: sysrq triggered crash\n"
      "[   30.4] ---[ end Kernel panic - not syncing: sysrq triggered crash ]---\n",
      { "kernel panic: sysrq triggered crash" }, true },
    { "[   30.1] eater invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
      "[   30.2] Kernel panic - not syncing: System is deadlocked on memory\n",
      { "out of memory" }, true },
    /* file systems */
    { "[ 61.0] EXT4-fs error (device vda): ext4_find_entry:1683: inode #2: comm ls: reading "
      "directory lblock 0\n[ 61.0] EXT4-fs (vda): Remounting filesystem read-only\n"
      "[ 61.1] EXT4-fs error (device vda) in ext4_reserve_inode_write:5878: Journal has aborted\n",
      { "EXT4-fs error in ext4_find_entry", "EXT4-fs error in ext4_reserve_inode_write" }, false },
    { "[ 61.0] EXT4-fs error (device loop0): trigger_test_error:129: comm sh: boom\n",
      { "EXT4-fs error in trigger_test_error" }, false },
    { "[ 61.0] JBD2: Error -5 detected when updating journal superblock for vda-8.\n",
      { "JBD2: Error -# detected when updating journal superblock for vda-#" }, false },
    { "[ 61.0] XFS (vda): Metadata corruption detected at xfs_agf_verify+0x1/0x2 [xfs], xfs_agf "
      "block 0x1\n", { "XFS: Metadata corruption detected at xfs_agf_verify" }, false },
    { "[ 61.0] XFS (vda): Internal error XFS_WANT_CORRUPTED_GOTO at line 1646 of file "
      "fs/xfs/libxfs/xfs_alloc.c.  Caller xfs_free_extent+0x1/0x2 [xfs]\n",
      { "XFS: Internal error in xfs_free_extent" }, false },
    { "[ 61.0] XFS (vda): Corruption of in-memory data (0x8) detected at "
      "xfs_defer_finish_noroll+0x1/0x2 [xfs] (fs/xfs/libxfs/xfs_defer.c:573).  Shutting down\n",
      { "XFS: Corruption of in-memory data detected at xfs_defer_finish_noroll" }, false },
    { "[ 61.0] XFS (vda): metadata I/O error in \"xfs_trans_read_buf_map+0x1/0x2 [xfs]\" at daddr "
      "0x1 len 1 error 5\n", { "XFS: metadata I/O error in xfs_trans_read_buf_map" }, false },
    { "[ 61.0] XFS: Assertion failed: ip->i_nblocks == 0, file: fs/xfs/xfs_inode.c, line: 1742\n",
      { "XFS: Assertion failed: ip->i_nblocks == #, file: fs/xfs/xfs_inode.c, line: #" }, false },
    { "[ 61.0] BTRFS: error (device vda: state A) in btrfs_commit_transaction:2418: errno=-5 IO "
      "failure\n", { "BTRFS: error in btrfs_commit_transaction" }, false },
    { "[ 61.0] BTRFS error (device vda): parent transid verify failed on logical 30523392 mirror 1 "
      "wanted 7 found 5\n",
      { "BTRFS error: parent transid verify failed on logical # mirror # wanted # found #" },
      false },
    { "[ 61.0] BTRFS critical (device vda): corrupt leaf: root=1 block=2 slot=3\n",
      { "BTRFS critical: corrupt leaf: root=# block=# slot=#" }, false },
};

/* What was reported. */
struct heard {
    unsigned n;
    char titles[TITLES + 1][CONSOLE_TITLE];
    char text[CONSOLE_TEXT + 1];
};

static void hear(void *user, const char *title, const char *text, size_t size)
{
    struct heard *heard = user;
    ck_assert_uint_le(size, CONSOLE_TEXT);
    if (heard->n <= TITLES)
        snprintf(heard->titles[heard->n], CONSOLE_TITLE, "%s", title);
    snprintf(heard->text, sizeof heard->text, "%.*s", (int)size, text);
    heard->n++;
}

static struct console console;
static struct heard heard;

static void begin(void)
{
    memset(&console, 0, sizeof console);
    memset(&heard, 0, sizeof heard);
    console.report = hear;
    console.user = &heard;
}

static void feed(const char *text, size_t piece)
{
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at += piece)
        console_feed(&console, text + at, size - at < piece ? size - at : piece);
}

static void check_titles(size_t i)
{
    unsigned n = 0;
    for (; n < TITLES && consoles[i].titles[n]; n++) {
        ck_assert_msg(heard.n > n, "not reported: %s", consoles[i].titles[n]);
        ck_assert_str_eq(heard.titles[n], consoles[i].titles[n]);
    }
    ck_assert_msg(heard.n == n, "one too many: %s", heard.titles[n]);
    ck_assert_int_eq(console.dead, consoles[i].dead);
}

START_TEST(title)
{
    begin();
    feed(consoles[_i].text, 4096);
    console_rest(&console);
    check_titles((size_t)_i);
}
END_TEST

START_TEST(byte_by_byte)
{
    begin();
    feed(consoles[_i].text, 1);
    console_rest(&console);
    check_titles((size_t)_i);
}
END_TEST

START_TEST(cut_anywhere)
{
    for (size_t cut = 1; cut < strlen(consoles[_i].text); cut += 7) {
        begin();
        console_feed(&console, consoles[_i].text, cut);
        console_rest(&console);
    }
}
END_TEST

/* What is below the severity that counts is only counted; a warning that becomes a panic is not
 * below. */
START_TEST(severity)
{
    static const char warning[] = "[ 1.0] WARNING: CPU: 0 PID: 1 at fs/a.c:1 one+0x1/0x2\n"
                                  "[ 1.0] ---[ end trace 0 ]---\n";
    static const char error[] = "[ 2.0] EXT4-fs error (device vda): two:1: comm sh: bad\n";
    static const char fatal[] = "[ 3.0] Kernel panic - not syncing: three\n";
    static const char both[] = "[ 4.0] WARNING: CPU: 0 PID: 1 at fs/a.c:1 one+0x1/0x2\n"
                               "[ 4.0] Kernel panic - not syncing: panic_on_warn set ...\n";
    for (unsigned least = OPTIONS_WARNING; least < OPTIONS_SEVERITIES; least++) {
        begin();
        console.least = (enum options_severity)least;
        feed(warning, 4096);
        feed(error, 4096);
        feed(fatal, 4096);
        console_rest(&console);
        ck_assert_uint_eq(heard.n, OPTIONS_SEVERITIES - least);
        ck_assert_uint_eq(console.ignored, least);
        ck_assert_str_eq(heard.titles[heard.n - 1], "kernel panic: three");
    }
    begin();
    console.least = OPTIONS_FATAL;
    feed(both, 4096);
    console_rest(&console);
    ck_assert_uint_eq(heard.n, 1);
    ck_assert_str_eq(heard.titles[0], "WARNING in one");
}
END_TEST

/* A serial console ends lines with a carriage return, too. */
START_TEST(carriage_returns)
{
    begin();
    feed("[    1.0] Kernel panic - not syncing: sysrq triggered crash\r\n", 4096);
    console_rest(&console);
    ck_assert_str_eq(heard.titles[0], "kernel panic: sysrq triggered crash");
}
END_TEST

START_TEST(keeps_what_came_before)
{
    begin();
    feed("[    1.0] the first line\n[    2.0] sysrq: Trigger a crash\n"
         "[    2.0] Kernel panic - not syncing: sysrq triggered crash\n", 4096);
    console_rest(&console);
    ck_assert(strstr(heard.text, "the first line"));
    ck_assert(strstr(heard.text, "Kernel panic"));
}
END_TEST

/* However much follows, the report is complete after its lines, and text never overflows. */
START_TEST(a_flood_ends)
{
    char line[900];
    begin();
    feed("[    1.0] INFO: task a:1 blocked for more than 120 seconds.\n", 4096);
    memset(line, 'x', sizeof line - 2);
    memcpy(line, "[ 1.0] ", 7);
    line[sizeof line - 2] = '\n';
    line[sizeof line - 1] = '\0';
    for (int i = 0; i < 1000; i++)
        feed(line, 4096);
    ck_assert_uint_eq(heard.n, 1);
    ck_assert_str_eq(heard.titles[0], "INFO: task hung");
}
END_TEST

/* A warning of long ago does not explain a panic. */
START_TEST(a_panic_of_its_own)
{
    begin();
    feed("[    1.0] WARNING: CPU: 0 PID: 1 at a.c:1 first+0x1/0x2\n[ 1.0] ---[ end trace 0 ]---\n"
         "[    9.0] Kernel panic - not syncing: sysrq triggered crash\n", 4096);
    console_rest(&console);
    ck_assert_uint_eq(heard.n, 2);
    ck_assert_str_eq(heard.titles[1], "kernel panic: sysrq triggered crash");
}
END_TEST

Suite *console_suite(void)
{
    Suite *suite = suite_create("console");
    TCase *texts = tcase_create("texts"), *rules = tcase_create("rules");
    int n = sizeof consoles / sizeof *consoles;
    tcase_add_loop_test(texts, title, 0, n);
    tcase_add_loop_test(texts, byte_by_byte, 0, n);
    tcase_add_loop_test(texts, cut_anywhere, 0, n);
    tcase_add_test(rules, severity);
    tcase_add_test(rules, carriage_returns);
    tcase_add_test(rules, keeps_what_came_before);
    tcase_add_test(rules, a_flood_ends);
    tcase_add_test(rules, a_panic_of_its_own);
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, rules);
    return suite;
}
