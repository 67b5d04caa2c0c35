/* SPDX-License-Identifier: MIT
 * console.h: finds the kernel's reports in what it prints on its console: panic, oops, BUG,
 * WARNING, lockups, hung tasks, stalls, sanitizers, out of memory, errors of file systems. Titles
 * have the form of syzkaller's: what went wrong, in which function. The title is also what tells
 * one finding from another, so it has no addresses and no numbers of processes. Reads any bytes.
 * Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef VM_CONSOLE_H
#define VM_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/cli.h"

/* CONSOLE_BEFORE: bytes of what came before a report that are kept with it. */
enum { CONSOLE_TITLE = 160, CONSOLE_LINE = 1024, CONSOLE_TEXT = 64 << 10, CONSOLE_BEFORE = 4096 };

/* A report is complete: its title, and `size` bytes of console with it at the end. */
typedef void console_report_fn(void *user, const char *title, const char *text, size_t size);

struct console_form;

struct console {
    console_report_fn *report;
    void *user;
    enum options_severity least; /* of a report that counts; others are only counted */
    char line[CONSOLE_LINE]; /* the line that is not complete yet */
    size_t used;
    char text[CONSOLE_TEXT + 1]; /* the last lines; with an open report, all since then */
    size_t size, begin;      /* begin: of the open report */
    const struct console_form *open; /* the report that is not complete yet; NULL: none */
    unsigned lines;          /* of it */
    enum options_severity severity; /* of it */
    unsigned reports, ignored; /* complete ones; ignored: below `least` */
    bool dead;               /* the kernel has said that it does not go on */
};

/* All zero, with `report`, `user` and `least` set, is the console of a kernel that starts. */

/* Takes what the kernel has printed. */
void console_feed(struct console *console, const char *bytes, size_t size);
/* Nothing has come for a while: a report that is open is complete. */
void console_rest(struct console *console);

#endif
