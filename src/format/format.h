/* SPDX-License-Identifier: MIT
 * format.h: forms of output: JSON, text inside XML and HTML, cases (TAP and JUnit), numbered names.
 *
 * Runs in: monitor, tracer.
 */
#ifndef FORMAT_FORMAT_H
#define FORMAT_FORMAT_H

#include "format/cases.h"
#include "format/json.h"
#include "format/markup.h"
#include "format/names.h"

#endif
