/* SPDX-License-Identifier: MIT
 * preset.c: see preset.h. The rules name no call that some architecture lacks: such a rule would be
 * refused there. A path that begins with a slash is that of a file, not of a pipe or socket. Short
 * reads of files would make the loader of programs fail.
 */
#include "inject/preset.h"

#include <string.h>

#include "base/base.h"

static const struct preset presets[] = {
    { "full-disk", "a disk that becomes full, and stays so until the reset",
      { "%write:full:p=0.01", NULL } },
    { "bad-disk", "reads and writes of files, and syncs, that fail now and then",
      { "%read,%write:error=EIO:p=0.002:path=/*", "%sync:error=EIO:p=0.02", NULL } },
    { "slow-disk", "reads and writes of files, and syncs, that take long now and then",
      { "%read,%write:delay=20ms:p=0.02:path=/*", "%sync:delay=200ms:p=0.1", NULL } },
    { "flaky-network", "connections that are refused, reset, slow, or move little at a time",
      { "connect:error=ECONNREFUSED:p=0.05", "accept,accept4:error=ECONNABORTED:p=0.05",
        "sendto,sendmsg,recvfrom,recvmsg:error=ECONNRESET:p=0.01",
        "%read,%write:short:p=0.05:path=socket?*", "%net:delay=50ms:p=0.02", NULL } },
    { "no-memory", "memory that the kernel refuses", { "%memory:error=ENOMEM:p=0.01", NULL } },
    { "interrupts", "calls that a signal interrupts, or that move little: both are legal",
      { "accept,accept4,connect,sendto,sendmsg,recvfrom,recvmsg:error=EINTR:p=0.05",
        "ppoll,pselect6,epoll_pwait,nanosleep,clock_nanosleep,wait4:error=EINTR:p=0.05",
        "%read,%write:error=EINTR:p=0.05:path=pipe?*",
        "%read,%write:error=EINTR:p=0.05:path=socket?*",
        "%read,%write:short:p=0.05:path=pipe?*", "%read,%write:short:p=0.05:path=socket?*" } },
    { "few-descriptors", "descriptors that the process or the machine has too few of",
      { "openat,dup,pipe2,eventfd2,memfd_create,epoll_create1:error=EMFILE:p=0.02",
        "socket,accept,accept4:error=EMFILE:p=0.02", "openat:error=ENFILE:p=0.005", NULL } },
    { "torn-writes", "a kill in the middle of a write", { "%write:torn:p=0.01", NULL } },
};
enum { PRESETS = sizeof presets / sizeof *presets };

const struct preset *preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

const char *preset_names(char *to, size_t size)
{
    char name[32];
    to[0] = '\0';
    for (size_t i = 0; i < PRESETS; i++) {
        snprintf(name, sizeof name, "@%s", presets[i].name);
        text_add_word(to, size, name);
    }
    return to;
}

static bool has_rule(const struct preset *preset, const char *text)
{
    for (const char *const *rule = preset->rules; *rule; rule++)
        if (strcmp(*rule, text) == 0)
            return true;
    return false;
}

static bool has_fired(const struct preset *preset, const struct preset_rule *rules, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (rules[i].fired && has_rule(preset, rules[i].text))
            return true;
    return false;
}

/* Is it of a preset, perhaps of two, of which a rule fired? */
static bool is_of_fired(const char *text, const struct preset_rule *rules, size_t n)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (has_rule(&presets[i], text) && has_fired(&presets[i], rules, n))
            return true;
    return false;
}

size_t preset_silent(const struct preset_rule *rules, size_t n)
{
    size_t silent = 0;
    for (size_t i = 0; i < n; i++)
        silent += !rules[i].fired && !is_of_fired(rules[i].text, rules, n);
    return silent;
}

void preset_list(FILE *out)
{
    for (size_t i = 0; i < PRESETS; i++) {
        fprintf(out, "%s@%s: %s\n", i ? "\n" : "", presets[i].name, presets[i].means);
        for (const char *const *rule = presets[i].rules; *rule; rule++)
            fprintf(out, "    %s\n", *rule);
    }
}
