/* SPDX-License-Identifier: MIT
 * hostile.h: what the parts of the hostile workload share. A row is one misdeed. The driver,
 * survive.test, knows the result that it must have.
 */
#ifndef TESTS_HOSTILE_H
#define TESTS_HOSTILE_H

#include <stdatomic.h>
#include <stdint.h>
#include <stress.h>

struct hostile_world {
    _Atomic uint64_t released;   /* the misdeeds are done: good operations count again */
    _Atomic uint64_t good;       /* counted before that */
    _Atomic uint64_t present;    /* good actors that completed an operation */
    _Atomic uint64_t hook_done;  /* the hook has done its misdeed */
    _Atomic uint64_t processes;  /* of the fork bomb */
    _Atomic uint64_t lock_deaths, lock_seen;
    struct stress_lock lock;
};

struct hostile_state {
    uint64_t operations; /* begun */
    uint64_t misdeeds;   /* begun */
    uint64_t generation; /* of the last kill, plus 1 */
};

struct hostile_row {
    const char *name;
    enum stress_outcome (*misdeed)(struct stress_actor *);
};

/* Each ends with {0}. Those of hostile_sabotage are done by a saboteur. */
extern const struct hostile_row hostile_deaths[], hostile_offspring[], hostile_attacks[],
    hostile_memory[], hostile_sabotage[];

/* Arguments after `--`. Set in setup, inherited by the runners. */
extern const char *hostile_cgroup;
extern uint64_t hostile_megabytes;

enum stress_outcome hostile_idle(void);
void hostile_pause_for(long ns);
_Noreturn void hostile_hang(void);

/* Hooks; the misdeed of a hook is chosen by the name of the row. */
enum stress_env_result hostile_hook_setup(struct stress_env *env, const char *row);
enum stress_env_result hostile_hook_reset(struct stress_env *env, const char *row);
enum stress_env_result hostile_hook_check(struct stress_env *env, const char *row);
enum stress_env_result hostile_hook_teardown(struct stress_env *env, const char *row);
void hostile_hook_describe(struct stress_env *env, const char *row);

#endif
