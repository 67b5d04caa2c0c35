/* SPDX-License-Identifier: MIT
 * lifecycle.c: see lifecycle.h.
 */
#include "supervisor/lifecycle.h"

/* An entry is the next state + 1; 0: the state stays. */
#define TO(state) ((unsigned char)((state) + 1))

static const unsigned char run_table[RUN_STATES][RUN_EVENTS] = {
    [RUN_RESETTING] = { [RUN_EVENT_START] = TO(RUN_RUNNING), [RUN_EVENT_END] = TO(RUN_OVER) },
    [RUN_RUNNING] = { [RUN_EVENT_RESET] = TO(RUN_STOPPING), [RUN_EVENT_END] = TO(RUN_ENDING) },
    [RUN_STOPPING] = { [RUN_EVENT_END] = TO(RUN_ENDING), [RUN_EVENT_QUIET] = TO(RUN_RESETTING) },
    [RUN_ENDING] = { [RUN_EVENT_QUIET] = TO(RUN_OVER), [RUN_EVENT_SHORT] = TO(RUN_RESETTING) },
    [RUN_OVER] = { 0 },
};

static const unsigned char runner_table[RUNNER_STATES][RUNNER_EVENTS] = {
    [RUNNER_ABSENT] = { [RUNNER_EVENT_FORK] = TO(RUNNER_ALIVE),
                        [RUNNER_EVENT_HOLD] = TO(RUNNER_HELD),
                        [RUNNER_EVENT_RETIRE] = TO(RUNNER_RETIRED) },
    [RUNNER_HELD] = { [RUNNER_EVENT_FORK] = TO(RUNNER_ALIVE),
                      [RUNNER_EVENT_RETIRE] = TO(RUNNER_RETIRED) },
    [RUNNER_ALIVE] = { [RUNNER_EVENT_STOP] = TO(RUNNER_LEAVING),
                       [RUNNER_EVENT_KILL] = TO(RUNNER_KILLED),
                       [RUNNER_EVENT_REAP] = TO(RUNNER_ABSENT) },
    [RUNNER_LEAVING] = { [RUNNER_EVENT_KILL] = TO(RUNNER_KILLED),
                         [RUNNER_EVENT_REAP] = TO(RUNNER_ABSENT) },
    [RUNNER_KILLED] = { [RUNNER_EVENT_REAP] = TO(RUNNER_ABSENT) },
    [RUNNER_RETIRED] = { 0 },
};

static const char *const run_texts[RUN_STATES] = {
    [RUN_RESETTING] = "resetting", [RUN_RUNNING] = "running", [RUN_STOPPING] = "stopping",
    [RUN_ENDING] = "ending",       [RUN_OVER] = "over",
};

static const char *const runner_texts[RUNNER_STATES] = {
    [RUNNER_ABSENT] = "absent",   [RUNNER_HELD] = "held",     [RUNNER_ALIVE] = "alive",
    [RUNNER_LEAVING] = "leaving", [RUNNER_KILLED] = "killed", [RUNNER_RETIRED] = "retired",
};

enum run_state run_next(enum run_state state, enum run_event event)
{
    unsigned char next = run_table[state][event];
    return next ? (enum run_state)(next - 1) : state;
}

enum runner_state runner_next(enum runner_state state, enum runner_event event)
{
    unsigned char next = runner_table[state][event];
    return next ? (enum runner_state)(next - 1) : state;
}

bool runner_state_is_live(enum runner_state state)
{
    return state == RUNNER_ALIVE || state == RUNNER_LEAVING || state == RUNNER_KILLED;
}

const char *run_state_text(enum run_state state)
{
    return run_texts[state];
}

const char *runner_state_text(enum runner_state state)
{
    return runner_texts[state];
}
