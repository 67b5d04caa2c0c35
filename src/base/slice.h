/* SPDX-License-Identifier: MIT
 * slice.h: how soon the scheduler lets a process run beside thousands of busy ones.
 *
 * Runs in: monitor, supervisor.
 */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

/* Asks for a short slice: whenever the process wakes up, it then runs before busy processes that
 * have the usual one (since Linux 6.12; earlier kernels ignore it). Its children get the usual one.
 * Does nothing if the user has chosen a policy or a higher priority. */
void slice_shorten(void);

#endif
