/* SPDX-License-Identifier: MIT
 * answer_loop.c: a program that stays and does nothing: what is left is the cost of telling it.
 */
#include <stdio.h>

int main(void)
{
    char line[256];
    while (fgets(line, sizeof line, stdin)) {
        fputs("ok\n", stdout);
        fflush(stdout);
    }
    return 0;
}
