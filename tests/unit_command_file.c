/* SPDX-License-Identifier: MIT
 * unit_command_file.c: workload files: good ones are read, bad ones are refused with the line.
 */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workload/file.h"
#include "workload/words.h"
#include "unit.h"

static char path[64];
static struct command_spec spec;
static struct error error;

static int parse_bytes(const char *bytes, size_t size)
{
    snprintf(path, sizeof path, "/tmp/stress-unit-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    ck_assert_int_eq(close(fd), 0);
    error = (struct error){ 0 };
    int result = command_parse_file(path, &spec, &error);
    ck_assert_int_eq(unlink(path), 0);
    return result;
}

static int parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

#define ACTOR "[actor a]\ncommand = true\n"

static const struct {
    const char *text, *message;
    unsigned line; /* 0: the message has none */
} bad[] = {
    { "", "no [actor NAME] section", 0 },
    { "[environment]\nname = x\n", "no [actor NAME] section", 0 },
    { "[actor writer]\ncommand = true\nwieght = 3\n",
      "unknown key 'wieght' in [actor writer]: allowed are command, program, actions, count, "
      "delay, timeout, saboteur, break",
      3 },
    { "# one\n\n[environment]\nseed = 1\n" ACTOR, "allowed are name, operations, time_limit", 4 },
    { ACTOR "[server s]\ncommand = x\nport = 3\n", "allowed are command, ready_command", 5 },
    { "command = true\n", "before the first [section]", 1 },
    { ACTOR "[actor a]\ncommand = false\n", "a second [actor a]; the first is at line 1", 3 },
    { "[environment]\n[environment]\n" ACTOR, "a second [environment]", 2 },
    { ACTOR "[server s]\ncommand = x\n[server s]\n", "a second [server s]", 5 },
    { ACTOR "count = 1\n# no\ncount = 2\n", "'count' is given twice in [actor a]", 5 },
    { ACTOR "command = false\n", "'command' is given twice", 3 },
    { "[actor a]\n" ACTOR, "a second [actor a]; the first is at line 1", 2 },
    { "[actor a]\ncount = 2\n", "[actor a] has no command", 1 },
    { ACTOR "[actor b]\n", "[actor b] has no command", 3 },
    { ACTOR "[actor b]\nsaboteur = yes\n", "neither a command nor a program nor a break", 3 },
    { ACTOR "program = true\n", "has both a command and a program", 1 },
    { "[actor a]\nsaboteur = yes\nbreak = kill a\nactions = put\n",
      "has both actions and a break", 3 },
    { "[actor a]\nprogram = x\nbreak = kill a\nsaboteur = yes\n", "both a program and a break", 3 },
    { "[actor a]\nprogram =\n", "expected a command", 2 },
    { "[actor a]\nprogram = x\nactions = put 7,\n", "expected names with weights", 3 },
    { "[actor a]\nprogram = x\nactions = put 0\n", "expected names with weights", 3 },
    { "[actor a]\nprogram = x\nactions = put 1000001\n", "expected names with weights", 3 },
    { "[actor a]\nprogram = x\nactions = put 1 2\n", "expected names with weights", 3 },
    { "[actor a]\nprogram = x\nactions = put 1, put 2\n", "expected names with weights", 3 },
    { "[actor a]\nprogram = x\nactions = p&t\n", "expected names with weights", 3 },
    { ACTOR "[server s]\nready_port = 1\n", "[server s] has no command", 3 },
    { ACTOR "count = 0\n", "expected a number from 1 to 4096", 3 },
    { ACTOR "count = 4097\n", "bad value '4097' for count", 3 },
    { ACTOR "count = -1\n", "bad value '-1' for count", 3 },
    { ACTOR "count = 18446744073709551617\n", "bad value", 3 },
    { ACTOR "count =\n", "bad value '' for count", 3 },
    { "[actor a]\ncommand =\n", "expected a command", 2 },
    { ACTOR "delay = 5\n", "expected a duration of whole milliseconds", 3 },
    { ACTOR "delay = 250us\n", "bad value '250us' for delay", 3 },
    { ACTOR "delay = 9999999h\n", "bad value", 3 },
    { ACTOR "delay = 2s..1s\n", "or from 100ms..2s", 3 },
    { ACTOR "delay = 1ms..\n", "bad value '1ms..' for delay", 3 },
    { ACTOR "timeout = 0s\n", "bad value '0s' for timeout", 3 },
    { ACTOR "saboteur = true\n", "expected yes or no", 3 },
    { "[environment]\ntime_limit = soon\n" ACTOR, "expected a duration such as 90s", 2 },
    { "[environment]\noperations = many\n" ACTOR, "expected a number", 2 },
    { "[environment]\nname = two words\n" ACTOR, "expected a name of at most 31", 2 },
    { ACTOR "[server s]\ncommand = x\nready_port = 65536\n", "expected a port", 5 },
    { ACTOR "break = kill a\n", "both a command and a break", 3 },
    { ACTOR "[actor b]\nbreak = kill a\n", "add saboteur = yes", 4 },
    { ACTOR "[actor b]\nsaboteur = yes\nbreak = kill redis\n",
      "breaks 'redis', which is not a server or an actor", 5 },
    { ACTOR "[actor b]\nsaboteur = yes\nbreak = maim a\n", "expected kill, terminate, stop", 5 },
    { ACTOR "[actor b]\nsaboteur = yes\nbreak = kill\n", "expected kill, terminate, stop", 5 },
    { ACTOR "[actor b]\nsaboteur = yes\nbreak = kill a 5s\n", "expected kill, terminate", 5 },
    { ACTOR "[actor b]\nsaboteur = yes\nbreak = stop a 0s\n", "expected kill, terminate", 5 },
    { ACTOR "[server s]\ncommand = x\nready_port = $STRESS_PORT_2\n", "add ports = 2", 3 },
    { ACTOR "[server s]\ncommand = x\nready_port = $STRESS_PORT_1\n", "expected a port", 5 },
    { ACTOR "[server s]\ncommand = x\nready_port = $STRESS_PORTS\n", "expected a port", 5 },
    { "[environment]\nports = 17\n" ACTOR, "expected a number from 1 to 16", 2 },
    { ACTOR "[server s]\ncommand = x\nstop = SIGKILL\n", "expected a signal other than", 5 },
    { ACTOR "[server s]\ncommand = x\nstop = SIGFOO 5s\n", "expected a signal other than", 5 },
    { ACTOR "[server s]\ncommand = x\nstop = INT 5s 6s\n", "expected a signal other than", 5 },
    { ACTOR "[server s]\ncommand = x\nstop = INT soon\n", "expected a signal other than", 5 },
    { ACTOR "[server s]\ncommand = x\nenvironment = A\n", "expected NAME=VALUE", 5 },
    { ACTOR "[server s]\ncommand = x\nenvironment = A=1; rm x\n", "expected NAME=VALUE", 5 },
    { ACTOR "[server s]\ncommand = x\nenvironment = A=1 2B=1\n", "expected NAME=VALUE", 5 },
    { ACTOR "[server s]\ncommand = x\nenvironment = A='1\n", "expected NAME=VALUE", 5 },
    { "[actor]\ncommand = true\n", "[actor]: the kind must be followed by a name", 1 },
    { "[actor a b]\ncommand = true\n", "unknown section [actor a b]", 1 },
    { "[actor -a]\ncommand = true\n", "[actor -a]: the kind must be followed by a name", 1 },
    { "[actor abcdefghijklmnopqrstuvwxyzabcdef]\n", "the kind must be followed by a name", 1 },
    { "[actor abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\n", "is too long", 1 },
    { "[actors a]\n", "allowed are [environment], [actor NAME], [server NAME]", 1 },
    { "[]\n", "unknown section []", 1 },
    { "[environment x]\n", "unknown section [environment x]", 1 },
    { ACTOR "[actor b\n", "without its closing ']'", 3 },
    { ACTOR "[actor b] command = x\n", "text after the ']'", 3 },
    { ACTOR "count\n", "neither a [section], nor KEY = VALUE, nor a comment", 3 },
    { ACTOR "count", "neither a [section], nor KEY = VALUE, nor a comment", 3 },
    { ACTOR "= 3\n", "a value without a key", 3 },
    { "[actor a]\n  command = true\n", "begin keys and sections in the first column", 2 },
    { "  [actor a]\ncommand = true\n", "begin keys and sections in the first column", 1 },
    { "\xef\xbb\xbf" ACTOR, "byte order mark", 1 },
    { ACTOR "count = \x01\n", "a control character", 3 },
    { ACTOR "\x02 = 1\n", "a control character", 3 },
};

START_TEST(bad_file)
{
    char place[96] = "";
    ck_assert_msg(parse(bad[_i].text) < 0, "accepted: %s", bad[_i].text);
    ck_assert_msg(strstr(error.text, bad[_i].message) != NULL, "'%s' is not in '%s'",
                  bad[_i].message, error.text);
    if (bad[_i].line > 0)
        snprintf(place, sizeof place, "%s:%u: ", path, bad[_i].line);
    else
        snprintf(place, sizeof place, "%s: ", path);
    ck_assert_msg(strncmp(error.text, place, strlen(place)) == 0, "'%s' does not begin with '%s'",
                  error.text, place);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}
END_TEST

START_TEST(own_port)
{
    ck_assert_int_eq(parse(ACTOR "[server s]\ncommand = x\nready_port = $STRESS_PORT\n"), 0);
    ck_assert_uint_eq(spec.servers[0].ready_port, COMMAND_PORT_OWN);
}
END_TEST

START_TEST(times_of_actors)
{
    ck_assert_msg(parse("[actor a]\ncommand = x\ndelay = 100ms..2s\ntimeout = 5s\n") == 0, "%s",
                  error.text);
    ck_assert_uint_eq(spec.actors[0].delay_ms, 100);
    ck_assert_uint_eq(spec.actors[0].delay_most_ms, 2000);
    ck_assert_uint_eq(spec.actors[0].timeout_ms, 5000);
    command_free(&spec);
}
END_TEST

START_TEST(keys_of_servers)
{
    ck_assert_msg(parse("[environment]\nports = 3\n" ACTOR "[actor b]\nsaboteur = yes\n"
                        "break = stop s 1s\n[actor c]\nsaboteur = yes\nbreak = terminate s\n"
                        "[server s]\ncommand = x\nready_port = $STRESS_PORT_3\n"
                        "ready_command = y\nstop = SIGINT 5s\n"
                        "environment = A=1 B='x  y'\n  C=\"$D; \\\"'\"\n"
                        "[server t]\ncommand = x\nstop = TERM\n") == 0, "%s", error.text);
    const struct command_server *server = &spec.servers[0];
    ck_assert_uint_eq(spec.ports, 3);
    ck_assert_uint_eq(spec.actors[1].break_ms, 1000);
    ck_assert_int_eq(spec.actors[2].break_kind, COMMAND_BREAK_TERMINATE);
    ck_assert_uint_eq(server->ready_port, COMMAND_PORT_OWN + 2);
    ck_assert_int_eq(server->stop_signal, SIGINT);
    ck_assert_uint_eq(server->stop_grace_ms, 5000);
    ck_assert_str_eq(server->command.shell, "A=1\nexport A\nB='x  y'\nexport B\n"
                                            "C=\"$D; \\\"'\"\nexport C\nx");
    ck_assert_str_eq(server->ready_command, "A=1\nexport A\nB='x  y'\nexport B\n"
                                            "C=\"$D; \\\"'\"\nexport C\ny");
    ck_assert_int_eq(spec.servers[1].stop_signal, SIGTERM);
    ck_assert_uint_eq(spec.servers[1].stop_grace_ms, 0);
    command_free(&spec);
}
END_TEST

START_TEST(nul_byte)
{
    static const char text[] = ACTOR "count = 1\0 2\n";
    ck_assert_int_lt(parse_bytes(text, sizeof text - 1), 0);
    ck_assert_ptr_nonnull(strstr(error.text, ":3: a NUL byte"));
}
END_TEST

START_TEST(no_file)
{
    ck_assert_int_lt(command_parse_file("/nowhere/x.ini", &spec, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "/nowhere/x.ini: No such file"));
    ck_assert_int_lt(command_parse_file("/tmp", &spec, &error), 0);
    ck_assert_ptr_nonnull(strstr(error.text, "/tmp is not a regular file"));
}
END_TEST

START_TEST(whole_file)
{
    ck_assert_int_eq(parse("; a comment\n"
                           "[environment] # another\r\n"
                           "name = store\r\n"
                           "operations = 0x10\n"
                           "time_limit: 1h30m\n"
                           "setup = mkdir a ; mkdir b\n"
                           "reset=x=y\n"
                           "check = c\n"
                           "teardown = t\n"
                           "in_scratch = yes\n"
                           "[actor writer]\n"
                           "command = put\n"
                           "count = 8\n"
                           "delay = 1s500ms\n"
                           "[actor killer]\n"
                           "saboteur = yes\n"
                           "break = continue   db\n"
                           "[server db]\n"
                           "command = exec db\n"
                           "ready_command = ping\n"
                           "ready_port = 65535\n"
                           "ready_line = up; now\n"
                           "ready_timeout = 2s"), 0);
    ck_assert_str_eq(spec.name, "store");
    ck_assert_uint_eq(spec.target_operations, 16);
    ck_assert_uint_eq(spec.time_limit_ns, UINT64_C(5400000000000));
    ck_assert_str_eq(spec.setup.shell, "mkdir a ; mkdir b");
    ck_assert_str_eq(spec.reset.shell, "x=y");
    ck_assert_str_eq(spec.check.shell, "c");
    ck_assert_str_eq(spec.teardown.shell, "t");
    ck_assert(spec.in_scratch);
    ck_assert_str_eq(spec.directory, "/tmp");
    ck_assert_uint_eq(spec.n_actors, 2);
    ck_assert_str_eq(spec.actors[0].name, "writer");
    ck_assert_str_eq(spec.actors[0].command.shell, "put");
    ck_assert_uint_eq(spec.actors[0].count, 8);
    ck_assert_uint_eq(spec.actors[0].delay_ms, 1500);
    ck_assert(!spec.actors[0].saboteur);
    ck_assert_uint_eq(spec.actors[1].count, 1);
    ck_assert(spec.actors[1].saboteur);
    ck_assert_int_eq(spec.actors[1].break_kind, COMMAND_BREAK_CONTINUE);
    ck_assert_str_eq(spec.actors[1].break_target, "db");
    ck_assert_uint_eq(spec.n_servers, 1);
    ck_assert_str_eq(spec.servers[0].command.shell, "exec db");
    ck_assert_str_eq(spec.servers[0].ready_command, "ping");
    ck_assert_str_eq(spec.servers[0].ready_line, "up; now");
    ck_assert_uint_eq(spec.servers[0].ready_port, 65535);
    ck_assert_uint_eq(spec.servers[0].ready_timeout_ms, 2000);
    command_free(&spec);
}
END_TEST

START_TEST(continued_value)
{
    ck_assert_int_eq(parse("[actor a]\ncommand =\n  case $x in\n\n  # not this\n  y) z = 1 ;\n"
                           "  ;;\n\t[ -f x ]\n  esac\ncount = 2\n"), 0);
    ck_assert_str_eq(spec.actors[0].command.shell, "case $x in\ny) z = 1 ;\n;;\n[ -f x ]\nesac");
    ck_assert_uint_eq(spec.actors[0].count, 2);
    command_free(&spec);
}
END_TEST

/* No line is cut, and no blank inside of it is lost. */
START_TEST(long_line)
{
    enum { MOST = 2000 };
    static const char head[] = "[actor a]\ncommand = ";
    static char text[MOST + 64];
    for (size_t size = 1; size < MOST; size += size < 620 ? 1 : 97) {
        memcpy(text, head, sizeof head);
        char *value = text + sizeof head - 1;
        for (size_t i = 0; i < size; i++)
            value[i] = "a ; b  \t=["[(i + size) % 10];
        value[0] = value[size - 1] = 'x';
        strcpy(value + size, "\ncount = 3\n");
        ck_assert_msg(parse(text) == 0, "%zu bytes: %s", size, error.text);
        value[size] = '\0';
        ck_assert_str_eq(spec.actors[0].command.shell, value);
        ck_assert_uint_eq(spec.actors[0].count, 3);
        command_free(&spec);
    }
}
END_TEST

START_TEST(too_long_line)
{
    enum { SIZE = 70000 };
    char *text = malloc(SIZE + 64);
    ck_assert_ptr_nonnull(text);
    strcpy(text, "[actor a]\ncommand = ");
    memset(text + strlen(text), 'x', SIZE);
    strcpy(text + 20 + SIZE, "\n");
    int result = parse(text);
    free(text);
    ck_assert_int_lt(result, 0);
    ck_assert_ptr_nonnull(strstr(error.text, ":2: the line is too long"));
}
END_TEST

/* ---- lines that need no shell ------------------------------------------------------------- */

static const struct {
    const char *line;
    int words; /* 0: the shell has it */
} lines[] = {
    { "store check", 2 },          { "/a/b --journal=wal  check\t", 3 }, { "x a=b", 2 },
    { "A=b store check", 0 },      { "a=b", 0 },                        { "=", 0 },
    { "store check >out", 0 },     { "store $A", 0 },                   { "store 'a b'", 0 },
    { "store a*", 0 },             { "store a; b", 0 },                 { "test -s a", 0 },
    { "store ~/a", 0 },            { "", 0 },                           { " ", 0 },
};

START_TEST(line_without_shell)
{
    struct words words;
    int n = 0;
    if (words_split(lines[_i].line, &words))
        while (words.argv[n])
            n++;
    ck_assert_msg(n == lines[_i].words, "'%s': %d words", lines[_i].line, n);
}
END_TEST

Suite *command_file_suite(void)
{
    Suite *suite = suite_create("command_file");
    TCase *refused = tcase_create("refused");
    tcase_add_loop_test(refused, bad_file, 0, (int)(sizeof bad / sizeof *bad));
    tcase_add_test(refused, own_port);
    tcase_add_test(refused, nul_byte);
    tcase_add_test(refused, no_file);
    tcase_add_test(refused, too_long_line);
    suite_add_tcase(suite, refused);
    TCase *read = tcase_create("read");
    tcase_add_test(read, whole_file);
    tcase_add_test(read, times_of_actors);
    tcase_add_test(read, keys_of_servers);
    tcase_add_test(read, continued_value);
    tcase_add_test(read, long_line);
    tcase_add_loop_test(read, line_without_shell, 0, (int)(sizeof lines / sizeof *lines));
    suite_add_tcase(suite, read);
    return suite;
}
