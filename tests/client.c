/* SPDX-License-Identifier: MIT
 * client.c: a program that stays, for tests/program.test: `client DEED [FILE]`. It does its deed in
 * the operation with index 3 and answers all others with ok. The good ones have no index.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char line[256];
static const char *file;

static void say(const char *text)
{
    (void)!write(STDOUT_FILENO, text, strlen(text));
}

static void hear(void)
{
    size_t size = 0;
    while (size + 1 < sizeof line && read(STDIN_FILENO, line + size, 1) == 1 &&
           line[size] != '\n')
        size++;
    line[size] = '\0';
}

static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    (void)!write(fd, text, strlen(text));
    (void)!write(fd, "\n", 1);
    close(fd);
}

/* ---- deeds ------------------------------------------------------------------------------ */

static void fail(void) { say("fail the answer is 41\n"); }
static void fail_without_text(void) { say("fail\n"); }
static void reset(void) { say("reset the server is gone\n"); }
static void word(void) { say("okay then\n"); }
static void empty(void) { say("\n"); }
static void twice(void) { say("ok\nok\n"); }
static void blanks(void) { say("ok \t\r\n"); }
static void silent(void) { while (true) pause(); }
static void half(void) { say("o"); silent(); }
static void half_exit(void) { say("ok"); exit(0); }
static void leave(void) { exit(0); }
static void leave_3(void) { fputs("no more\ncannot go on\n", stderr); exit(3); }
static void shut(void) { close(STDOUT_FILENO); pause(); }
static void killed(void) { raise(SIGKILL); }

static void stop(void)
{
    raise(SIGSTOP);
    put(file, "it went on");
    say("ok\n");
}


static void endless(void)
{
    char many[8192];
    memset(many, 'x', sizeof many);
    many[sizeof many - 1] = '\n';
    (void)!write(STDOUT_FILENO, many, sizeof many);
}

static int *volatile nowhere;

__attribute__((noinline)) static void wild(void)
{
    *nowhere = 1;
    say(line); /* not a tail call */
}

static void crash(void) { wild(); }
static void on_and_on(void) { while (true) say("ok\n"); }

static void later(void)
{
    say("ok\n");
    usleep(50000);
    say("ok\n");
}

static void parent_only(void)
{
    if (fork() == 0) {
        pause();
        _exit(0);
    }
    _exit(5); /* the child still has the pipes */
}

static const struct {
    const char *name;
    void (*function)(void);
} deeds[] = {
    { "fail", fail }, { "fail-without-text", fail_without_text }, { "reset", reset },
    { "word", word }, { "empty", empty }, { "twice", twice }, { "later", later },
    { "blanks", blanks }, { "silent", silent }, { "half", half }, { "half-exit", half_exit },
    { "stop", stop }, { "leave", leave }, { "leave-3", leave_3 }, { "shut", shut },
    { "killed", killed },
    { "endless", endless }, { "crash", crash }, { "parent-only", parent_only },
    { "on-and-on", on_and_on },
};

static void perform(const char *deed)
{
    bool now = atoi(line) == 3;
    for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
        if (strcmp(deeds[i].name, deed) == 0 && now) {
            deeds[i].function();
            return;
        }
    if (strcmp(deed, "write") == 0)
        put(file, line);
    if (strcmp(deed, "odd") == 0 && atoi(line) % 2 == 1)
        say("uncounted\n");
    else
        say("ok\n");
}

int main(int argc, char **argv)
{
    const char *deed = argc > 1 ? argv[1] : "";
    file = argc > 2 ? argv[2] : "/dev/null";
    if (strcmp(deed, "deaf") == 0)
        for (;;)
            say("ok\n");
    fprintf(stderr, "client %s begins\n", deed);
    for (hear(); line[0]; hear())
        perform(deed);
    if (strcmp(deed, "end-3") == 0)
        return 3;
    if (strcmp(deed, "end-crash") == 0)
        crash();
    while (strcmp(deed, "stay") == 0)
        pause();
    put(file, "end of input");
    return 0;
}
