/* SPDX-License-Identifier: MIT
 * durable.h: the states that a crash could have left of a recorded run: of its processes, or of the
 * power, by what file systems promise. Not async-signal-safe.
 *
 * Runs in: monitor.
 */
#ifndef DURABLE_DURABLE_H
#define DURABLE_DURABLE_H

#include "durable/builder.h"
#include "durable/known.h"
#include "durable/model.h"
#include "durable/state.h"
#include "image/image.h"
#include "recording/recording.h"

/* ---- processes are killed ----------------------------------------------------------------- */

enum durable_kill {
    DURABLE_KILL_BEFORE, /* before the call */
    DURABLE_KILL_TORN,   /* half of its bytes are written, as --inject's torn=half does it */
    DURABLE_KILL_AFTER   /* the call has taken effect */
};

/* How many of the steps before `step` the outside world has seen; {0} at first. */
struct durable_witness {
    uint64_t step, n;
};

/* Fills the state that a kill at a call leaves; durable_state_free() frees it. The witness is
 * brought to its point: from the one of the last call that costs little. Returns 1; 0: the call
 * wrote nothing that could be torn; -1: no memory. */
int durable_kill(const struct recording *recording, uint32_t call, enum durable_kill kill,
                 struct durable_witness *witness, struct durable_state *ret);

/* ---- the power goes ----------------------------------------------------------------------- */

struct durable_limits {
    uint64_t at_a_point; /* most states drawn at a point; 0: all */
    uint64_t pending;    /* most steps that can be lost at a point: older ones are taken as written
                          * back; 0: all */
    uint64_t witness;    /* what the outside world had seen before the recording began */
    bool pairs;          /* draw the states where two steps are lost, and no others */
};

struct durable_count {
    uint64_t points;
    uint64_t possible; /* states drawn */
    uint64_t distinct; /* of these, the different ones; other models may have them, too */
    uint64_t left_out; /* at most this number, by `at_a_point` */
    uint64_t settled;  /* steps that were taken as written back, by `pending` */
    uint64_t applied;  /* steps that went into images: the work that it was */
};

/* Is called for each state. `number` is that of the distinct state, which other models may have,
 * too; `is_new`: this model meets it for the first time. State and image are valid during the call.
 * A value that is not 0 ends the enumeration. */
typedef int (*durable_visit)(void *context, const struct durable_state *state,
                             const struct image *image, uint64_t number, bool is_new);

/* Draws states at each point in the order of the run, for each model in the set `models` (bit 1 <<
 * model), those with the fewest losses first. A point lies before each step that makes others
 * durable, before each step that the outside world sees, before the close of a file that was cut if
 * the model orders that, before RECORDING_PAUSE, and at the end; none lies within RECORDING_BASE ..
 * RECORDING_READY or RECORDING_PAUSE .. RECORDING_RESUME.
 * `known` may hold states of earlier enumerations. `counts` (may be NULL) has an element for each
 * model. Returns 0, what a visit returned, or -1 with `error`. */
int durable_enumerate(const struct recording *recording, unsigned models,
                      const struct durable_limits *limits, struct durable_known *known,
                      durable_visit visit, void *context,
                      struct durable_count counts[DURABLE_MODELS], struct error *error);

/* ---- what a state says -------------------------------------------------------------------- */

/* Does the step change the disk? What the outside world has seen of it is no part of that. */
bool durable_changes(const struct recording_step *step);
/* Fills ret[i] with the barrier that made step steps[i] durable, as seen at a point; UINT64_MAX: it
 * can still be lost. `steps` are sorted. Returns 0, or -1: no memory. */
int durable_since(const struct recording *recording, enum durable_model model, uint64_t point,
                  const uint64_t *steps, size_t n, uint64_t *ret);
/* Would the state be possible if there were a SYNC of the node before the step? 1: it would; 0: not
 * any more, so the SYNC repairs it; -1: no memory. */
int durable_possible(const struct recording *recording, const struct durable_state *state,
                     uint32_t node, uint64_t step);

#endif
