/* SPDX-License-Identifier: MIT
 * inject.h: faults at system calls, as the injected process sees them: the calls, the rules, the
 * memory of injection, and how a process hands its calls over.
 *
 * Runs in: every process.
 */
#ifndef INJECT_INJECT_H
#define INJECT_INJECT_H

#include "inject/call.h"
#include "inject/enter.h"
#include "inject/preset.h"
#include "inject/program.h"
#include "inject/rule.h"
#include "inject/share.h"

#endif
