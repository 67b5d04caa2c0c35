/* SPDX-License-Identifier: MIT
 * trace.h: asking for a stack: the request, and the registers that it carries.
 *
 * Runs in: supervisor, runner, tracer.
 */
#ifndef TRACE_TRACE_H
#define TRACE_TRACE_H

#include "trace/registers.h"
#include "trace/request.h"

#endif
