/* SPDX-License-Identifier: MIT
 * base.h: what every process needs and libc alone provides: time, errors, descriptors, packets,
 * text, random numbers, histograms, files,
 * scratch directories, stray processes.
 *
 * Runs in: every process.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include "base/clock.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/histogram.h"
#include "base/packet.h"
#include "base/random.h"
#include "base/scratch.h"
#include "base/slice.h"
#include "base/sweep.h"
#include "base/text.h"
#include "base/tree.h"

#endif
