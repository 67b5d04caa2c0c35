/* SPDX-License-Identifier: MIT
 *
 * stress.h: define a workload for stress-supervisor: one environment and its actors.
 *
 *     #include <stress.h>
 *     static enum stress_outcome put(struct stress_actor *a) { ...; return STRESS_OK; }
 *     static const struct stress_actor_type actors[] = {
 *         { .name = "writer", .count = 4, .perform = put }, {0} };
 *     static const struct stress_environment env = { .name = "store", .actors = actors };
 *     STRESS_WORKLOAD(env)
 *
 * Two kinds of process run your code:
 *   - the SUPERVISOR runs the hooks of the environment (setup, reset, check, teardown, describe);
 *     they get a `struct stress_env *`. No actor runs while a hook runs, but for `describe`.
 *   - one RUNNER per actor runs its operations; they get a `struct stress_actor *`. A runner is
 *     forked from the supervisor after setup or reset, so it inherits what the hooks left in
 *     memory and every descriptor they opened.
 * What one process stores in ordinary memory no other process sees. Shared are the global state
 * and the actor states; both live for the whole run, at the same address in every process.
 *
 * Units are in the names (_ms, _s, _ns). Strings given to the library are copied unless said
 * otherwise. Functions that return int return 0, or a negative errno value. None is
 * async-signal-safe and none may be called from a second thread, unless said otherwise.
 * The library never prints and never exits.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Changes when a workload must be compiled again. */
#define STRESS_ABI_VERSION 1

/* Limits. */
#define STRESS_NAME_MAX 31      /* bytes of a name */
#define STRESS_TEXT_MAX 255     /* bytes of the text of a failure or an announcement */
#define STRESS_TYPES_MAX 64     /* actor types */
#define STRESS_ACTIONS_MAX 32   /* actions of a type */
#define STRESS_ACTORS_MAX 4096  /* actors in all */
#define STRESS_SERVERS_MAX 64   /* servers under test */

#if defined(__GNUC__)
#define STRESS_API __attribute__((visibility("default")))
#define STRESS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define STRESS_API
#define STRESS_PRINTF(f, a)
#endif

struct stress_env;   /* what a hook is handed; the supervisor's */
struct stress_actor; /* what an operation is handed; a runner's */

/* How an operation or a hook went. */
enum stress_outcome {
    STRESS_OK = 0,        /* done; an operation is counted */
    STRESS_UNCOUNTED = 1, /* done, but not counted towards the target (a miss, a retry) */
    STRESS_RESET = 2,     /* operation only: the system is broken, reset the environment */
    STRESS_FAIL = 3,      /* wrong behaviour seen: a finding. Say what with stress_fail() */
    STRESS_SKIP = 4       /* setup only: this machine cannot run the workload (exit 77) */
};

/* ---- what a workload is made of --------------------------------------------------------- */

/* A named kind of operation. An array of them ends with {0}. */
struct stress_action {
    const char *name;                                      /* [A-Za-z0-9_.-], at most 31 bytes */
    unsigned weight;                                       /* chance = weight / sum of weights */
    enum stress_outcome (*perform)(struct stress_actor *); /* runs in the runner */
};

/* A kind of actor. An array of them ends with {0}. */
struct stress_actor_type {
    const char *name;                     /* as an action's name */
    unsigned count;                       /* how many; 0 is one (setup may change it) */
    bool saboteur;                        /* its job is to break things; may announce breaks */
    unsigned delay_ms;                    /* wait between two operations; 0: none. A saboteur waits
                                           * before its first one in each generation, too */
    size_t state_size;                    /* bytes of actor state for each; zero at the start */
    const struct stress_action *actions;  /* either several weighted actions ... */
    enum stress_outcome (*perform)(struct stress_actor *); /* ... or the only one */
    /* Called in the runner before its first operation, e.g. to open a connection that must not
     * be inherited. NULL: nothing. */
    enum stress_outcome (*start)(struct stress_actor *);
    /* Called in the runner when it stops at an operation boundary. NULL: nothing. Not called
     * after a crash, nor when start() did not return STRESS_OK. */
    void (*stop)(struct stress_actor *);
};

/* Why a reset takes place. */
enum stress_cause {
    STRESS_CAUSE_REQUEST = 1,  /* an operation returned STRESS_RESET */
    STRESS_CAUSE_DEATH = 2,    /* a runner died: crash, kill or exit */
    STRESS_CAUSE_FAILURE = 3,  /* an operation returned STRESS_FAIL */
    STRESS_CAUSE_HANG = 4,     /* an operation took longer than --op-timeout */
    STRESS_CAUSE_SERVER = 5,   /* a server under test died */
    STRESS_CAUSE_SUPERVISOR = 6 /* a hook took the supervisor down; this is a new one */
};

struct stress_reset {
    enum stress_cause cause;
    int actor;             /* index (0 ...) of the actor that asked or died first; -1: none */
    bool announced;        /* a saboteur announced a break since the last reset */
    const char *announcement; /* its text, "" without; valid during the hook */
};

/* The environment: exactly one. It must stay valid for the whole run (make it static). */
struct stress_environment {
    const char *name;                        /* as an action's name */
    size_t global_size;                      /* bytes of global state; zero at the start */
    const struct stress_actor_type *actors;  /* ends with {0} */
    uint64_t target_operations;              /* counted, exactly so many end the run; 0: none */
    double time_limit_s;                     /* the run ends after so long; 0: none */
    /* Hooks; NULL: nothing to do. Each runs in the supervisor. STRESS_FAIL (say why with
     * stress_env_fail()) is a finding. */
    enum stress_outcome (*setup)(struct stress_env *); /* once in each supervisor process:
                                                * once a run, and again after a hook crashed
                                                * (then stress_env_restarts() > 0) */
    enum stress_outcome (*reset)(struct stress_env *, const struct stress_reset *why);
    enum stress_outcome (*check)(struct stress_env *); /* after every reset, and at the end */
    enum stress_outcome (*teardown)(struct stress_env *);
    /* A few lines of text about the state, for a finding; called before the reset. Writes at
     * most `size` bytes with its NUL. */
    void (*describe)(struct stress_env *, char *text, size_t size);
    /* The system calls at which this workload may arm faults: names and families as in --inject,
     * "%write,%sync". Each of them then costs every actor and server 2 to 3 us. NULL: none. */
    const char *injects;
};

/* What STRESS_WORKLOAD() leaves for the library. The sizes are those of the header that the workload
 * was compiled with: structs grow at their ends, and the library reads no more than is there. */
struct stress_workload {
    uint32_t abi_version; /* STRESS_ABI_VERSION */
    uint32_t workload_size, environment_size, actor_type_size, action_size, server_size, reset_size;
    uint32_t reserved;
    const struct stress_environment *environment;
};

/* The main of a workload; use STRESS_WORKLOAD. Returns the process's exit status. Started by
 * hand instead of by stress-supervisor it says so on standard error: the one place where the
 * library prints. */
STRESS_API int stress_main(const struct stress_workload *workload, int argc, char **argv);

/* Once, at file scope, in a program or in a shared object. Besides main it leaves an ELF note,
 * by which stress-supervisor knows a workload without running it. */
#define STRESS_WORKLOAD(env)                                                                     \
    __attribute__((used, section(".note.stress-supervisor"), aligned(4))) static const struct {  \
        uint32_t name_size, desc_size, type;                                                     \
        char name[8];                                                                            \
        uint32_t abi_version;                                                                    \
    } stress_note_ = { 7, 4, 1, "stress", STRESS_ABI_VERSION };                                  \
    STRESS_EXTERN_C_ STRESS_API const struct stress_workload stress_workload_definition;         \
    const struct stress_workload stress_workload_definition = {                                  \
        STRESS_ABI_VERSION, (uint32_t)sizeof(struct stress_workload),                            \
        (uint32_t)sizeof(struct stress_environment),                                             \
        (uint32_t)sizeof(struct stress_actor_type), (uint32_t)sizeof(struct stress_action),      \
        (uint32_t)sizeof(struct stress_server_spec), (uint32_t)sizeof(struct stress_reset),      \
        0, &(env)                                                                                \
    };                                                                                           \
    int main(int argc, char **argv)                                                              \
    {                                                                                            \
        return stress_main(&stress_workload_definition, argc, argv);                             \
    }
#ifdef __cplusplus
#define STRESS_EXTERN_C_ extern "C"
#else
#define STRESS_EXTERN_C_ extern
#endif

/* ---- for hooks (supervisor process) ----------------------------------------------------- */

/* The global state: global_size bytes, or NULL if that is 0. */
STRESS_API void *stress_env_global(struct stress_env *);
/* The descriptor of the memfd behind it, owned by the library, valid in every hook; -1 if
 * global_size is 0. Its size is sealed. It is not open in a runner unless a hook duplicated it. */
STRESS_API int stress_env_global_fd(struct stress_env *);
/* Number of actors of all types, and of one type. Fixed once setup returned. */
STRESS_API unsigned stress_env_actors(struct stress_env *);
/* In setup only: how many actors of a type this run has (0: none of it).
 * -ENOENT: no such type; -EPERM: not in setup; -E2BIG: too many. */
STRESS_API int stress_env_set_count(struct stress_env *, const char *type, unsigned count);
/* Actor number `actor` (0 ... stress_env_actors() - 1, in order of the types): its type's name,
 * its index within the type, its state. NULL / 0 / NULL out of range; the state is not there
 * before setup returned. */
STRESS_API const char *stress_env_actor_type(struct stress_env *, unsigned actor);
STRESS_API unsigned stress_env_actor_index(struct stress_env *, unsigned actor);
STRESS_API void *stress_env_actor_state(struct stress_env *, unsigned actor);
/* The operation that was cut off in that actor (by a crash, a kill, a hang) before this reset, so
 * that its outcome is indeterminate: true, and its index and action. In reset and check. */
STRESS_API bool stress_env_cut_off(struct stress_env *, unsigned actor, uint64_t *operation,
                                   const char **action);
STRESS_API uint64_t stress_env_generation(struct stress_env *);
STRESS_API uint64_t stress_env_seed(struct stress_env *);
/* How many supervisor processes there were before this one. */
STRESS_API unsigned stress_env_restarts(struct stress_env *);
/* A directory of this run alone, empty at setup, removed after teardown. */
STRESS_API const char *stress_env_scratch(struct stress_env *);
/* The arguments after `--`. argv[0] is the workload. */
STRESS_API int stress_env_arguments(struct stress_env *, char ***argv);
/* The value of `--name=value` among them (or "" for a bare `--name`), else `fallback`. A setup that
 * uses this and not stress_env_arguments() has unknown arguments refused for it. */
STRESS_API const char *stress_env_argument(struct stress_env *, const char *name,
                                           const char *fallback);
/* Records why a hook failed (or skips) and returns STRESS_FAIL (or STRESS_SKIP). */
STRESS_API enum stress_outcome stress_env_fail(struct stress_env *, const char *format, ...)
    STRESS_PRINTF(2, 3);
STRESS_API enum stress_outcome stress_env_skip(struct stress_env *, const char *format, ...)
    STRESS_PRINTF(2, 3);

/* ---- servers under test (supervisor process; in setup and reset) ------------------------ */

struct stress_server_spec {
    const char *name;          /* as an action's name; unique */
    const char *const *argv;   /* argv[0] is looked up in PATH; ends with NULL */
    const char *directory;     /* where it runs; NULL: where the supervisor does */
    /* It is ready when all of these that are given hold. */
    const char *ready_command; /* /bin/sh -c exits 0 */
    const char *ready_line;    /* it wrote a line that contains this, to stdout or stderr */
    unsigned ready_port;       /* 127.0.0.1:port takes a connection */
    unsigned ready_timeout_ms; /* 0: 10000 */
};

/* What a hook starts in another way and leaves behind is killed at the next reset. A server must
 * stay in the foreground: one whose first process ends has died, whatever it forked before.
 * Starts a server in a process group of its own and waits until it is ready. A server of that
 * name that runs is killed first, so this is a restart, too. It is killed at the end of the run
 * at the latest. -EINVAL: bad spec; -ENOSPC: more than 64 servers; -ETIMEDOUT: not ready in time;
 * -ECHILD: it died before it was ready; or the errno of fork or exec. The reason in words is kept
 * as if by stress_env_fail(). One that a fault (--inject) kills before it is ready is started
 * again, twice. */
STRESS_API int stress_env_server_start(struct stress_env *, const struct stress_server_spec *);
/* Kills a server and everything in its group and waits for it. -ENOENT: no such server. */
STRESS_API int stress_env_server_kill(struct stress_env *, const char *name);

/* ---- for operations (runner process) ---------------------------------------------------- */

STRESS_API void *stress_global(struct stress_actor *);
STRESS_API void *stress_state(struct stress_actor *);       /* this actor's own state */
/* Another actor's state, read-only; NULL out of range. */
STRESS_API const void *stress_state_of(struct stress_actor *, unsigned actor);
STRESS_API const char *stress_type(struct stress_actor *);  /* name of its type */
STRESS_API unsigned stress_index(struct stress_actor *);    /* within its type */
STRESS_API unsigned stress_number(struct stress_actor *);   /* among all actors */
STRESS_API unsigned stress_actors(struct stress_actor *);   /* of all types */
STRESS_API uint64_t stress_operation(struct stress_actor *); /* index of this operation, from 0 */
STRESS_API uint64_t stress_generation(struct stress_actor *);
STRESS_API const char *stress_scratch(struct stress_actor *);
/* True once the supervisor wants the runner at its boundary. For long operations. */
STRESS_API bool stress_stopping(struct stress_actor *);
/* Records what went wrong (the first 255 bytes) and returns STRESS_FAIL. */
STRESS_API enum stress_outcome stress_fail(struct stress_actor *, const char *format, ...)
    STRESS_PRINTF(2, 3);

/* Randomness: what an operation draws depends on (run seed, actor, index of the operation) only.
 * SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). */
STRESS_API uint64_t stress_random(struct stress_actor *);
/* Uniform in [0, bound); 0 if bound is 0. */
STRESS_API uint64_t stress_random_below(struct stress_actor *, uint64_t bound);
/* True with the given chance in [0, 1]. */
STRESS_API bool stress_random_chance(struct stress_actor *, double chance);
STRESS_API void stress_random_bytes(struct stress_actor *, void *bytes, size_t size);

/* ---- for saboteurs (runner process) ----------------------------------------------------- */

/* Announces a break: until the next reset, a STRESS_RESET of any actor and the death of a
 * server are no findings. Call it before breaking anything. -EPERM: not a saboteur. */
STRESS_API int stress_announce(struct stress_actor *, const char *format, ...)
    STRESS_PRINTF(2, 3);
/* Announces, then sends a signal to the runner of another actor: its death by it is no finding.
 * -EPERM: not a saboteur; -ENOENT: no such actor; -ESRCH: it is not running just now. */
STRESS_API int stress_signal_actor(struct stress_actor *, const char *type, unsigned index,
                                   int signo);
/* The same for a server under test (its process group). */
STRESS_API int stress_signal_server(struct stress_actor *, const char *name, int signo);

/* ---- faults at system calls (hooks and runners) ----------------------------------------- */

/* Arms a fault for an actor: `rule` as in --inject, without actor= and operation=, for calls that
 * are named in `injects`. It counts from the actor's next operation on, and puts its fault in once,
 * unless when= or p= says otherwise. `type` NULL: the caller itself. What the fault does to the
 * operation is no finding: it is announced. Returns a handle, or -EINVAL: no rule; -ENOENT: no such
 * actor (in setup there is none yet), or a call that is not in `injects`; -EPERM: `injects` is
 * NULL; -EPIPE: nobody injects. */
STRESS_API int64_t stress_inject(struct stress_actor *, const char *type, unsigned index,
                                 const char *rule);
STRESS_API int64_t stress_env_inject(struct stress_env *, const char *type, unsigned index,
                                     const char *rule);
/* How often it has put its fault in; -ENOENT: no such handle, or 64 others were armed since. */
STRESS_API int64_t stress_inject_fired(struct stress_actor *, int64_t handle);
STRESS_API int64_t stress_env_inject_fired(struct stress_env *, int64_t handle);

/* ---- locks in shared memory (every process) --------------------------------------------- */

/* A mutex that works between processes and survives the death of its owner. It must lie in the
 * global state. */
struct stress_lock {
    pthread_mutex_t mutex;
};
/* In setup, once in a run (not if stress_env_restarts() > 0). */
STRESS_API int stress_lock_init(struct stress_lock *);
/* 0: taken. -EOWNERDEAD: taken too, but the last owner died with it held: repair what it guards.
 * Anything else: not taken. Thread-safe. */
STRESS_API int stress_lock_take(struct stress_lock *);
STRESS_API int stress_lock_release(struct stress_lock *);

#ifdef __cplusplus
}
#endif
#endif
