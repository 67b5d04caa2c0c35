/* SPDX-License-Identifier: MIT
 * fuzz_console.c: what a guest's kernel prints, and what a workload in it may print there.
 */
#include "tests/fuzz/fuzz.h"
#include "vm/console.h"

static unsigned reports;

static void check(void *user, const char *title, const char *text, size_t size)
{
    (void)user;
    reports++;
    FUZZ_EXPECT(strlen(title) < CONSOLE_TITLE && *title);
    for (const char *at = title; *at; at += text_printable(at))
        FUZZ_EXPECT(text_printable(at) > 0);
    FUZZ_EXPECT(size > 0 && size <= CONSOLE_TEXT && strlen(text) == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct console console;
    memset(&console, 0, sizeof console);
    console.report = check;
    reports = 0;
    console_feed(&console, (const char *)data, size / 2);
    console_feed(&console, (const char *)data + size / 2, size - size / 2);
    console_rest(&console);
    FUZZ_EXPECT(console.reports == reports && !console.open);
    return fuzz_counted(reports > 0);
}
