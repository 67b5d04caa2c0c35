/* SPDX-License-Identifier: MIT
 * console.c: see console.h. The forms are those of printk() calls in Linux 4.19 to 6.18; the titles
 * follow those of syzkaller (pkg/report/linux.go).
 */
#include "vm/console.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/base.h"

enum { FUNCTION = 80, LINES_MOST = 200 };

/* Where the function of a title comes from. */
enum name_source {
    NAME_NONE,  /* there is none */
    NAME_AFTER, /* the first line, behind the words `after` */
    NAME_CODE,  /* the instruction pointer, else the call trace */
    NAME_TRACE, /* the call trace */
    NAME_LOCK,  /* where the lock was taken that is asked for */
    NAME_REST   /* the rest of the first line, without numbers */
};

/* A report begins with a line that has these words. */
struct console_form {
    const char *words;
    const char *title; /* with %s for the name */
    const char *after; /* of NAME_AFTER and NAME_REST; NULL: behind `words` */
    enum name_source source;
    bool line;         /* the report is this line alone */
    bool access;       /* "Read" or "Write" follow the title: a line behind it has them */
    enum options_severity severity; /* unless it is a warning */
};

/* The first form that fits counts. */
static const struct console_form forms[] = {
    { .words = "BUG: KASAN: invalid-free in ", .title = "KASAN: invalid-free in %s",
      .source = NAME_TRACE, .severity = OPTIONS_ERROR },
    { .words = "BUG: KASAN: double-free in ", .title = "KASAN: double-free in %s",
      .source = NAME_TRACE, .severity = OPTIONS_ERROR },
    { .words = "BUG: KASAN: ", .title = "KASAN: %s", .source = NAME_AFTER, .access = true,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: KFENCE: ", .title = "KFENCE: %s", .source = NAME_AFTER,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: KMSAN: ", .title = "KMSAN: %s", .source = NAME_AFTER,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: KCSAN: ", .title = "KCSAN: %s", .source = NAME_AFTER },
    { .words = "UBSAN: ", .title = "UBSAN: %s", .source = NAME_TRACE, .severity = OPTIONS_ERROR },
    { .words = "BUG: kernel NULL pointer dereference",
      .title = "BUG: unable to handle kernel NULL pointer dereference in %s",
      .source = NAME_CODE, .severity = OPTIONS_FATAL },
    { .words = "BUG: unable to handle kernel NULL pointer dereference",
      .title = "BUG: unable to handle kernel NULL pointer dereference in %s",
      .source = NAME_CODE, .severity = OPTIONS_FATAL },
    { .words = "Unable to handle kernel NULL pointer dereference",
      .title = "BUG: unable to handle kernel NULL pointer dereference in %s",
      .source = NAME_CODE, .severity = OPTIONS_FATAL },
    { .words = "BUG: unable to handle ",
      .title = "BUG: unable to handle kernel paging request in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "Unable to handle kernel ",
      .title = "BUG: unable to handle kernel paging request in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "general protection fault", .title = "general protection fault in %s",
      .source = NAME_CODE, .severity = OPTIONS_FATAL },
    { .words = "kernel BUG at ", .title = "kernel BUG in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "BUG: soft lockup", .title = "BUG: soft lockup in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "detected hard LOCKUP", .title = "BUG: hard lockup in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "BUG: sleeping function called from invalid context",
      .title = "BUG: sleeping function called from invalid context in %s", .source = NAME_TRACE,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: scheduling while atomic", .title = "BUG: scheduling while atomic in %s",
      .source = NAME_TRACE, .severity = OPTIONS_ERROR },
    { .words = "BUG: spinlock ", .title = "BUG: spinlock %s", .source = NAME_TRACE,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: stack guard page was hit", .title = "BUG: stack guard page was hit in %s",
      .source = NAME_CODE, .severity = OPTIONS_FATAL },
    { .words = "BUG: Bad page state", .title = "BUG: Bad page state in %s",
      .source = NAME_TRACE, .severity = OPTIONS_ERROR },
    { .words = "BUG: Bad page map", .title = "BUG: Bad page map in %s", .source = NAME_TRACE,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: Bad rss-counter state", .title = "BUG: Bad rss-counter state", .line = true,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: workqueue lockup", .title = "BUG: workqueue lockup" },
    { .words = "BUG: Dentry ", .title = "BUG: Dentry still in use in %s", .source = NAME_TRACE,
      .severity = OPTIONS_ERROR },
    { .words = "BUG: memory leak", .title = "memory leak in %s", .source = NAME_TRACE },
    { .words = "BUG: ", .title = "BUG: %s", .source = NAME_REST, .severity = OPTIONS_ERROR },
    { .words = "WARNING: possible circular locking dependency",
      .title = "possible deadlock in %s", .source = NAME_LOCK },
    { .words = "WARNING: possible recursive locking", .title = "possible deadlock in %s",
      .source = NAME_LOCK },
    { .words = "WARNING: possible irq lock inversion", .title = "possible deadlock in %s",
      .source = NAME_TRACE },
    { .words = "safe -> ", .title = "possible deadlock in %s", .source = NAME_LOCK },
    { .words = "WARNING: inconsistent lock state", .title = "inconsistent lock state in %s",
      .source = NAME_LOCK },
    { .words = "WARNING: suspicious RCU usage", .title = "WARNING: suspicious RCU usage in %s",
      .source = NAME_TRACE },
    { .words = "WARNING: bad unlock balance", .title = "WARNING: bad unlock balance in %s",
      .source = NAME_TRACE },
    { .words = "WARNING: held lock freed", .title = "WARNING: held lock freed in %s",
      .source = NAME_TRACE },
    { .words = "WARNING: lock held when returning to user space",
      .title = "WARNING: lock held when returning to user space in %s", .source = NAME_AFTER,
      .after = " at: " },
    { .words = "WARNING: ", .title = "WARNING in %s", .source = NAME_AFTER, .after = " at " },
    { .words = "INFO: task ", .title = "INFO: task hung in %s", .source = NAME_TRACE,
      .severity = OPTIONS_FATAL },
    { .words = "detected stalls on CPUs/tasks", .title = "INFO: rcu detected stall in %s",
      .source = NAME_CODE },
    { .words = "detected expedited stalls on CPUs/tasks",
      .title = "INFO: rcu detected stall in %s", .source = NAME_CODE },
    { .words = "self-detected stall on CPU", .title = "INFO: rcu detected stall in %s",
      .source = NAME_CODE },
    { .words = "invoked oom-killer: ", .title = "out of memory%s", .source = NAME_REST,
      .after = "Killed process" },
    { .words = "divide error", .title = "divide error in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "invalid opcode: ", .title = "invalid opcode in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "stack segment: ", .title = "stack segment fault in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "double fault: ", .title = "double fault in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "Internal error: Oops", .title = "kernel oops in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "Oops: ", .title = "kernel oops in %s", .source = NAME_CODE,
      .severity = OPTIONS_FATAL },
    { .words = "stack-protector: Kernel stack is corrupted in: ",
      .title = "kernel panic: stack is corrupted in %s", .source = NAME_AFTER,
      .severity = OPTIONS_FATAL },
    { .words = "Kernel panic - not syncing: corrupted stack end",
      .title = "kernel panic: corrupted stack end in %s", .source = NAME_TRACE,
      .severity = OPTIONS_FATAL },
    { .words = "Kernel panic - not syncing: ", .title = "kernel panic: %s",
      .source = NAME_REST, .severity = OPTIONS_FATAL },
    { .words = "unregister_netdevice: waiting for ",
      .title = "unregister_netdevice: waiting for DEV to become free", .line = true },
    { .words = "EXT4-fs error (device ", .title = "EXT4-fs error in %s", .source = NAME_AFTER,
      .after = ") in |): ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "JBD2: Error ", .title = "JBD2: Error %s", .source = NAME_REST, .line = true,
      .severity = OPTIONS_ERROR },
    { .words = "Metadata corruption detected at ",
      .title = "XFS: Metadata corruption detected at %s", .source = NAME_AFTER, .line = true,
      .severity = OPTIONS_ERROR },
    { .words = "Metadata CRC error detected at ", .title = "XFS: Metadata CRC error detected at %s",
      .source = NAME_AFTER, .line = true, .severity = OPTIONS_ERROR },
    { .words = "Internal error XFS_", .title = "XFS: Internal error in %s", .source = NAME_AFTER,
      .after = "Caller ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "XFS: Internal error ", .title = "XFS: Internal error in %s",
      .source = NAME_AFTER, .after = "Caller ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "): Corruption of in-memory data",
      .title = "XFS: Corruption of in-memory data detected at %s", .source = NAME_AFTER,
      .after = "detected at ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "): metadata I/O error in \"", .title = "XFS: metadata I/O error in %s",
      .source = NAME_AFTER, .line = true, .severity = OPTIONS_ERROR },
    { .words = "XFS: Assertion failed: ", .title = "XFS: Assertion failed: %s",
      .source = NAME_REST, .severity = OPTIONS_ERROR },
    { .words = "BTRFS: error (device ", .title = "BTRFS: error in %s", .source = NAME_AFTER,
      .after = ") in ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "BTRFS error (device ", .title = "BTRFS error: %s", .source = NAME_REST,
      .after = "): ", .line = true, .severity = OPTIONS_ERROR },
    { .words = "BTRFS critical (device ", .title = "BTRFS critical: %s", .source = NAME_REST,
      .after = "): ", .line = true, .severity = OPTIONS_ERROR },
};

/* What a panic says that only ends what a report before it has told. */
static const char *const consequences[] = {
    "Fatal exception", "softlockup: hung tasks", "hung_task: blocked tasks", "RCU Stall",
    "panic_on_warn set", "Hard LOCKUP", "System is deadlocked on memory",
};

/* Functions that only report, wait, or serve everyone: a title needs the one that called them. A
 * name that ends in '*' stands for all that begin so. */
static const char *const passed_over[] = {
    "dump_stack*", "__dump_stack", "show_stack*", "print_*", "kasan_*", "__kasan_*", "__asan_*",
    "check_memory_region*", "kmsan_*", "__msan_*", "kcsan_*", "ubsan_*", "__ubsan_*",
    "kfence_*", "panic", "__warn*", "warn_slowpath*", "report_bug", "handle_bug", "exc_*",
    "asm_exc_*", "asm_sysvec_*", "sysvec_*", "__sysvec_*", "fixup_bug*", "do_trap*",
    "do_error_trap", "do_invalid_op", "invalid_op", "do_general_protection",
    "general_protection", "die*",
    "__die*", "oops_end", "no_context", "page_fault*", "do_page_fault", "__do_page_fault",
    "do_user_addr_fault", "bad_area*", "__bad_area*", "lock_acquire*", "__lock_acquire*",
    "validate_chain", "check_prev_add", "check_noncircular", "lockdep_*", "__might_*",
    "___might_*", "might_*", "__schedule*", "schedule*", "preempt_schedule*", "io_schedule*",
    "context_switch", "rwsem_*", "down_*", "down", "__down*", "up_*", "mutex_lock*",
    "__mutex_lock*", "wait_for_completion*", "__wait_for_common", "do_wait_for_common",
    "bit_wait*", "__wait_on_bit*", "out_of_line_wait_on_bit*", "wait_on_bit*", "wait_on_page_bit*",
    "folio_wait_bit*", "percpu_rwsem_wait", "__percpu_down_read", "percpu_down_*",
    "memcpy*", "memset*", "memmove*", "__memcpy*", "__memset*", "rep_movs*", "rep_stos*",
    "_raw_spin_*", "_raw_read_*", "_raw_write_*", "__raw_spin_*", "queued_spin_*",
    "native_queued_spin_*", "__pv_queued_spin_*", "do_raw_spin_*", "spin_dump", "spin_bug",
    "debug_spin_*", "bad_page*", "native_safe_halt", "native_halt", "nmi_*", "__nmi_*",
    "watchdog*", "rcu_*", "__rcu_*", "update_process_times", "tick_*", "hrtimer_*",
    "__hrtimer_*", "smp_apic_timer_*", "apic_timer_*", "sched_show_task", "trigger_*",
    "arch_trigger_*", "out_of_memory*", "oom_kill_process*", "dump_header*", "fault_in_*",
    "debug_object_*", "debug_print_object*", "refcount_warn_saturate", "list_del*", "__list_add*",
    "__list_del_entry*", "slab_*", "kfree*", "kmem_cache_free*", "__kmem_cache_free*",
    "___slab_free*", "__slab_free*", "object_err", "vprintk*", "_printk", "printk",
    "smp_call_function*", "csd_lock_wait*", "__schedule_bug",
};

/* ---- functions --------------------------------------------------------------------------- */

static bool is_passed_over(const char *name)
{
    for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; i++) {
        size_t length = strlen(passed_over[i]);
        bool prefix = passed_over[i][length - 1] == '*';
        if (prefix ? strncmp(name, passed_over[i], length - 1) == 0
                   : strcmp(name, passed_over[i]) == 0)
            return true;
    }
    return false;
}

/* Takes "ext4_foo.isra.0" from the text: "ext4_foo". Returns its length in the text; 0: no name. */
static size_t take_name(const char *text, char name[FUNCTION])
{
    static const char *const added[] = { ".isra", ".constprop", ".part", ".cold", ".llvm" };
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || (text[length] && strchr("_.$", text[length])))
        length++;
    if (length == 0 || isdigit((unsigned char)*text) || *text == '.' || length >= FUNCTION)
        return 0;
    memcpy(name, text, length);
    name[length] = '\0';
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        char *at = strstr(name, added[i]);
        if (at)
            *at = '\0';
    }
    return length;
}

/* Takes a function with an offset: "ext4_foo+0x12/0x34". */
static bool take_place(const char *text, char name[FUNCTION])
{
    size_t length = take_name(text, name);
    return length > 0 && strncmp(text + length, "+0x", 3) == 0;
}

/* Skips "[   12.345678] " and "[   12.345678][  T123] ". Returns NULL for a line of another form:
 * what a process wrote to the console. */
static const char *message_of(const char *line)
{
    const char *at = line;
    if (*at++ != '[')
        return NULL;
    at += strspn(at, " ");
    size_t seconds = strspn(at, "0123456789");
    if (seconds == 0 || at[seconds] != '.')
        return NULL;
    at += seconds + 1;
    at += strspn(at, "0123456789");
    if (*at++ != ']')
        return NULL;
    if (*at == '[') { /* the thread or processor that printed it */
        size_t length = strcspn(at, "]");
        at += at[length] ? length + 1 : length;
    }
    return *at == ' ' ? at + 1 : at;
}

/* Copies the next line of a text without its time. Returns where the one after it begins; NULL: it
 * was the last. */
static const char *next_message(const char *text, char line[CONSOLE_LINE])
{
    char whole[CONSOLE_LINE];
    size_t length = strcspn(text, "\n");
    size_t kept = length < sizeof whole ? length : sizeof whole - 1;
    memcpy(whole, text, kept);
    whole[kept] = '\0';
    const char *message = message_of(whole);
    memmove(line, message ? message : whole, strlen(message ? message : whole) + 1);
    return text[length] ? text + length + 1 : NULL;
}

/* Finds a function in one message of a report. `in_trace` says whether call traces have begun. */
typedef bool name_finder(const char *message, bool *in_trace, char name[FUNCTION]);

static bool find_in_trace(const char *message, bool *in_trace, char name[FUNCTION])
{
    const char *at = message + strspn(message, " ");
    if (strstr(message, "Call Trace:") || strstr(message, "Call trace:") ||
        strstr(message, "backtrace")) {
        *in_trace = true;
        return false;
    }
    if (strncmp(at, "[<", 2) == 0) { /* before 4.15: "[<ffffffff81234567>] ext4_foo+0x12/0x34" */
        at += strcspn(at, "]");
        at += *at ? 1 : 0;
        at += strspn(at, " ");
    }
    return *in_trace && take_place(at, name) && !is_passed_over(name);
}

/* The instruction pointer comes before the trace that goes with it. */
static bool find_code(const char *message, bool *in_trace, char name[FUNCTION])
{
    static const char *const pointers[] = { "RIP: 0010:", "pc : ", "PC is at ", "RIP  [" };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        const char *at = strstr(message, pointers[i]);
        if (!at)
            continue;
        at += strlen(pointers[i]);
        const char *last = strrchr(at, ']'); /* "[<ffff>]  [<ffff>] ext4_foo+0x12/0x34" */
        if (*at == '[' && last)
            at = last + 1 + strspn(last + 1, " ");
        if (take_place(at, name) && !is_passed_over(name))
            return true;
    }
    return find_in_trace(message, in_trace, name);
}

/* "... (&sb->s_type->i_mutex_key#9){+.+.}-{3:3}, at: ext4_foo+0x12/0x34" behind "is trying to
 * acquire lock". The first lock of the report is that one. */
static bool find_lock(const char *message, bool *in_trace, char name[FUNCTION])
{
    const char *at = strstr(message, "at: ");
    (void)in_trace;
    if (!at)
        return false;
    at += strlen("at: ");
    if (strncmp(at, "[<", 2) == 0) {
        at += strcspn(at, "]");
        at += *at ? 1 : 0;
        at += strspn(at, " ");
    }
    return take_place(at, name);
}

static name_finder *const finders[] = {
    [NAME_CODE] = find_code, [NAME_TRACE] = find_in_trace, [NAME_LOCK] = find_lock,
};

static bool find_name(const char *report, name_finder *finder, char name[FUNCTION])
{
    char message[CONSOLE_LINE];
    bool in_trace = false;
    while (report) {
        report = next_message(report, message);
        if (finder(message, &in_trace, name))
            return true;
    }
    return false;
}

/* ---- titles ------------------------------------------------------------------------------ */

/* Returns what stands behind the words of a form; `after` may list alternatives with '|'. NULL:
 * they are not there. */
static const char *behind(const char *message, const char *words)
{
    for (;;) {
        char one[64];
        size_t length = strcspn(words, "|");
        snprintf(one, sizeof one, "%.*s", (int)length, words);
        const char *at = strstr(message, one);
        if (at)
            return at + strlen(one);
        if (!words[length])
            return NULL;
        words += length + 1;
    }
}

/* The title of a sanitizer: "use-after-free in ext4_foo+0x12/0x34", "data-race in a / b". Offsets
 * go, and "ext4_foo+0x12/0x34 [ext4]" becomes "ext4_foo". */
static void without_offsets(const char *from, char *to, size_t size)
{
    size_t used = 0;
    while (*from && used + 1 < size) {
        char name[FUNCTION];
        size_t length = take_name(from, name);
        if (length == 0) {
            to[used++] = *from++;
            continue;
        }
        bool place = strncmp(from + length, "+0x", 3) == 0;
        size_t n = place ? strlen(name) : length;
        n = n < size - used ? n : size - used - 1;
        memcpy(to + used, place ? name : from, n);
        used += n;
        from += length;
        if (place)
            from += strspn(from, "+/0123456789abcdefx");
    }
    to[used] = '\0';
    char *module = strstr(to, " [");
    if (module)
        *module = '\0';
}

/* A name behind the words: a function with or without an offset, or a sanitizer's own title. */
static bool name_behind(const char *message, const struct console_form *form, char *name,
                        size_t size)
{
    const char *at = behind(message, form->after ? form->after : form->words);
    char function[FUNCTION];
    if (!at)
        return false;
    if (!form->after && strstr(at, " in ")) {
        without_offsets(at, name, size);
        return true;
    }
    if (strcmp(form->title, "WARNING in %s") == 0) { /* "fs/ext4/a.c:12 ext4_foo+0x12/0x34" */
        const char *plus = strstr(at, "+0x");
        while (plus && plus > at && plus[-1] != ' ')
            plus--;
        at = plus ? plus : at;
    }
    if (take_name(at, function) == 0)
        return false;
    snprintf(name, size, "%s", function);
    return true;
}

/* The rest of a line: a panic's message, a file system's. What differs from one machine or moment
 * to the next goes. */
static void name_rest(const char *at, char *name, size_t size)
{
    char line[CONSOLE_LINE];
    without_offsets(at, line, sizeof line);
    char *shout = strstr(line, "! "); /* "Attempted to kill init! exitcode=0x00000100" */
    if (shout)
        *shout = '\0';
    for (size_t length = strlen(line); length > 0 && strchr(" .!:,", line[length - 1]);)
        line[--length] = '\0';
    text_without_numbers(name, size, line);
}

/* ": killed stress": which process the kernel chose. */
static bool name_killed(const char *report, char *name, size_t size)
{
    char message[CONSOLE_LINE];
    while (report) {
        report = next_message(report, message);
        const char *at = strstr(message, "Out of memory: Kill");
        const char *from = at ? strchr(at, '(') : NULL, *end = from ? strchr(from, ')') : NULL;
        if (end) {
            snprintf(name, size, ": killed %.*s", (int)(end - from - 1), from + 1);
            return true;
        }
    }
    return false;
}

/* The kernel of a control group has run out of what the group may have. */
static bool is_of_a_group(const char *report)
{
    return strstr(report, "Memory cgroup out of memory") != NULL ||
           strstr(report, "constraint=CONSTRAINT_MEMCG") != NULL;
}

static bool name_any(const struct console_form *form, const char *report, const char *first,
                     char *name, size_t size)
{
    char function[FUNCTION];
    switch (form->source) {
    case NAME_AFTER:
        if (name_behind(first, form, name, size))
            return true;
        if (form->line || !find_name(report, find_code, function))
            return false;
        break;
    case NAME_REST:
        if (form->after && strcmp(form->after, "Killed process") == 0)
            return name_killed(report, name, size);
        first = behind(first, form->after ? form->after : form->words);
        name_rest(first ? first : "", name, size);
        return *name != '\0';
    case NAME_NONE:
        return false;
    case NAME_CODE:
    case NAME_TRACE:
    case NAME_LOCK:
    default:
        if (!find_name(report, finders[form->source], function))
            return false;
    }
    snprintf(name, size, "%s", function);
    return true;
}

/* "UBSAN: shift-out-of-bounds in fs/a.c:12:3" and "BUG: spinlock bad magic on CPU#0, a/1": the
 * words up to the place, which is said better by the function. */
static void what_behind(const char *message, const char *words, char *what, size_t size)
{
    static const char *const ends[] = { " in ", " on CPU", ", " };
    const char *at = strstr(message, words);
    snprintf(what, size, "%.40s", at ? at + strlen(words) : "");
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strstr(what, ends[i]))
            *strstr(what, ends[i]) = '\0';
}

/* "KASAN: slab-use-after-free Read in ext4_foo": whether it read or wrote. */
static void add_access(const char *report, char *title, size_t size)
{
    const char *access = strstr(report, "] Write of size") ? " Write"
                         : strstr(report, "] Read of size") ? " Read" : NULL;
    char *in = strstr(title, " in "), copy[CONSOLE_TITLE];
    if (!access || !in)
        return;
    snprintf(copy, sizeof copy, "%.*s%s%s", (int)(in - title), title, access, in);
    snprintf(title, size, "%s", copy);
}

/* Puts the name into the words; without a name the title ends before " in %s". */
static void put_name(const char *words, const char *name, char *title, size_t size)
{
    const char *place = strstr(words, "%s");
    if (!place) {
        snprintf(title, size, "%s", words);
        return;
    }
    int before = (int)(place - words);
    if (*name) {
        snprintf(title, size, "%.*s%s", before, words, name);
        return;
    }
    snprintf(title, size, "%.*s", before, words);
    size_t length = strlen(title);
    if (length >= 4 && (strcmp(title + length - 4, " in ") == 0 ||
                        strcmp(title + length - 4, " at ") == 0))
        title[length - 4] = '\0';
    for (length = strlen(title); length > 0 && strchr(" :", title[length - 1]);)
        title[--length] = '\0';
}

static void make_title(const struct console_form *form, const char *report,
                       char title[CONSOLE_TITLE])
{
    char first[CONSOLE_LINE], name[CONSOLE_TITLE] = "", what[64], named[2 * CONSOLE_TITLE];
    next_message(report, first);
    bool found = name_any(form, report, first, name, sizeof name);
    if (form->source == NAME_TRACE && strcmp(form->title + strlen(form->title) - 2, "%s") == 0 &&
        !strstr(form->title, " in %s")) { /* UBSAN, spinlock: what it was is in the line */
        what_behind(first, form->words, what, sizeof what);
        snprintf(named, sizeof named, "%s%s%s", what, found ? " in " : "", name);
        put_name(form->title, named, title, CONSOLE_TITLE);
    } else {
        put_name(form->title, name, title, CONSOLE_TITLE);
    }
    if (form->access)
        add_access(report, title, CONSOLE_TITLE);
    snprintf(named, sizeof named, "%s", title);
    text_copy(title, CONSOLE_TITLE, named);
}

/* ---- lines ------------------------------------------------------------------------------- */

static const struct console_form *form_of(const char *message)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (strstr(message, forms[i].words))
            return &forms[i];
    return NULL;
}

static bool is_consequence(const char *message)
{
    for (size_t i = 0; i < sizeof consequences / sizeof *consequences; i++)
        if (strstr(message, consequences[i]))
            return true;
    return false;
}

/* Keeps the last CONSOLE_BEFORE bytes, from the beginning of a line. */
static void forget(struct console *console)
{
    if (console->size <= CONSOLE_BEFORE)
        return;
    const char *from = console->text + console->size - CONSOLE_BEFORE;
    const char *line = memchr(from, '\n', CONSOLE_BEFORE);
    from = line ? line + 1 : from;
    console->size = (size_t)(console->text + console->size - from);
    memmove(console->text, from, console->size);
    console->text[console->size] = '\0';
}

static void complete(struct console *console)
{
    char title[CONSOLE_TITLE];
    const char *report = console->text + console->begin;
    bool counts = !is_of_a_group(report);
    if (counts && console->severity < console->least) {
        console->ignored++;
    } else if (counts) {
        make_title(console->open, report, title);
        console->reports++;
        console->report(console->user, title, console->text, console->size);
    }
    console->open = NULL;
    console->size = 0;
    console->text[0] = '\0';
}

static void append(struct console *console, const char *line, size_t length)
{
    if (!console->open)
        forget(console);
    if (console->size + length + 1 > CONSOLE_TEXT)
        return; /* what it is stands at the beginning */
    memcpy(console->text + console->size, line, length);
    console->size += length;
    console->text[console->size++] = '\n';
    console->text[console->size] = '\0';
}

static bool ends_report(const char *message)
{
    return strstr(message, "---[ end trace") || strstr(message, "---[ end Kernel panic");
}

static void take_line(struct console *console, const char *line, size_t length)
{
    const char *message = message_of(line);
    const struct console_form *form = message ? form_of(message) : NULL;
    bool panic = message && strstr(message, "Kernel panic - not syncing");
    console->dead = console->dead || panic;
    if (panic && console->reports > 0 && is_consequence(message))
        form = NULL;
    /* What ran out in a control group says no end, and is no report: another one ends it. */
    if (form && console->open && is_of_a_group(console->text + console->begin))
        complete(console);
    if (form && !console->open) {
        forget(console);
        console->begin = console->size;
        console->open = form;
        console->severity = form->severity;
        console->lines = 0;
    }
    if (form && form->severity > console->severity) /* a warning that became a panic */
        console->severity = form->severity;
    append(console, line, length);
    if (console->open && (console->open->line || ++console->lines >= LINES_MOST ||
                          (message && ends_report(message))))
        complete(console);
}

void console_feed(struct console *console, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = bytes[i];
        if (c != '\n' && console->used < sizeof console->line - 1) {
            console->line[console->used] = c == '\0' ? '?' : c;
            console->used += c != '\r';
            continue;
        }
        if (c != '\n') /* a line that is too long goes on as another one */
            i--;
        console->line[console->used] = '\0';
        take_line(console, console->line, console->used);
        console->used = 0;
    }
}

void console_rest(struct console *console)
{
    if (console->open)
        complete(console);
}
