/* SPDX-License-Identifier: MIT
 *
 * stress.h: define a workload for stress-supervisor: one environment and its actors.
 *
 *     #include <stress.h>
 *     static enum stress_outcome put(struct stress_actor *a) { ...; return STRESS_OK; }
 *     static const struct stress_actor_spec actors[] = {
 *         { .name = "writer", .count = 4, .perform = put }, {0} };
 *     static const struct stress_env_spec env = { .name = "store", .actors = actors };
 *     STRESS_WORKLOAD(env)
 *
 * Two kinds of process run your code:
 *   - The SUPERVISOR runs the hooks of the environment: setup, reset, check, teardown, describe.
 *     Each gets a `struct stress_env *`, and calls the functions named stress_env_*().
 *     No actor runs while a hook runs, except during describe.
 *   - One RUNNER per actor runs its operations, start and stop. Each gets a
 *     `struct stress_actor *`, and calls the functions named stress_actor_*(). The supervisor forks
 *     the runner after setup or reset, so the runner inherits the memory and the descriptors that
 *     the hooks left.
 *
 * Processes share two things: the global state, and the actor states. Both live for the whole run,
 * at the same address in every process. Everything else in memory is private to its process.
 *
 * These rules hold unless a comment below says otherwise:
 *   - Call a function from the process named above, from the thread that runs your hook or
 *     operation, and before that hook or operation returns. "Any thread" means any thread of that
 *     process. No function is async-signal-safe.
 *   - A handle is valid only during the call that got it. Never free it, never keep it.
 *   - A pointer argument must not be NULL.
 *   - The library copies the strings and structs that you pass. What it returns belongs to the
 *     library, and is valid as long as the handle.
 *   - A function that returns int returns 0, or a negative value of errno.
 *   - An actor has one name in this interface: its number, from 0, in the order of the specs. A
 *     negative number names no actor. stress_actor_find() and stress_env_actor_find() turn a type
 *     and an index into a number.
 *   - Units are in the names: _ms, _s, _ns.
 *
 * The library never prints and never exits.
 */
#ifndef STRESS_H
#define STRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. */
#define STRESS_VERSION_MAJOR 0
#define STRESS_VERSION_MINOR 1
#define STRESS_VERSION_PATCH 0
#define STRESS_VERSION "0.1.0"

/* Changes when you must compile a workload again. */
#define STRESS_ABI_VERSION 1

/* Limits. The byte counts are without the terminating NUL. */
#define STRESS_NAME_MAX 31       /* bytes of a name */
#define STRESS_TEXT_MAX 255      /* bytes of an actor's failure or announcement; the rest is cut */
#define STRESS_NOTE_MAX 63       /* bytes of an operation's note; the rest is cut */
#define STRESS_ENV_TEXT_MAX 1023 /* bytes of a hook's reason; the rest is cut */
#define STRESS_TYPES_MAX 64      /* actor types */
#define STRESS_ACTIONS_MAX 32    /* actions of a type */
#define STRESS_ACTORS_MAX 4096   /* actors of all types */
#define STRESS_SERVERS_MAX 64    /* servers under test */
#define STRESS_PORTS_MAX 16      /* ports of stress_env_port() */

#if defined(__GNUC__)
#define STRESS_API __attribute__((visibility("default")))
#define STRESS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define STRESS_API
#define STRESS_PRINTF(f, a)
#endif

/* The version of the library that runs, as "0.1.0". Any process, any thread; always valid. */
STRESS_API const char *stress_version(void);

struct stress_env;   /* the handle of a hook */
struct stress_actor; /* the handle of an operation */

/* How an operation ended. Any other value is a failure that names the value. */
enum stress_outcome {
    STRESS_OK = 0,        /* done, and counted */
    STRESS_UNCOUNTED = 1, /* done, but not counted towards the target: a miss, a retry */
    STRESS_RESET = 2,     /* the system is broken: reset the environment */
    STRESS_FAIL = 3       /* wrong behaviour: a finding. stress_actor_fail() says what */
};

/* How a hook ended. Any other value is a failure that names the value. */
enum stress_env_result {
    STRESS_ENV_OK = 0,
    STRESS_ENV_FAIL = 16, /* a finding. stress_env_fail() says what */
    STRESS_ENV_SKIP = 17, /* setup only: this machine cannot run the workload; exit status 77 */
    STRESS_ENV_USAGE = 18 /* setup only: the user's arguments are wrong; exit status 2 */
};

/* ---- what a workload is made of ---------------------------------------------------------
 *
 * You fill in the structs named *_spec. Those of the environment must stay valid for the whole run,
 * so make them static. A member that you leave out is 0 or NULL. New members are added at the end;
 * a workload that was compiled without them keeps working.
 *
 * C++ before C++20 lacks designated initialisers; assign the members in a function instead:
 *     static stress_actor_spec writer() { stress_actor_spec s{}; s.name = "writer"; return s; }
 *     static const stress_actor_spec actors[] = { writer(), {} };
 *
 * A name has 1 to STRESS_NAME_MAX letters, digits, '_', '.' or '-'. It begins with a letter, a
 * digit or '_'. */

/* A kind of operation. An array of them ends with {0}. */
struct stress_action_spec {
    const char *name;                                      /* unique in its array */
    unsigned weight;                                       /* chance: weight / sum of weights */
    enum stress_outcome (*perform)(struct stress_actor *); /* runs in the runner */
};

/* A type of actor. An array of them ends with {0}. */
struct stress_actor_spec {
    const char *name;    /* unique in its array */
    unsigned count;      /* how many actors; 0 means 1. Setup may change it */
    bool saboteur;       /* it breaks things on purpose, and may announce that */
    unsigned delay_ms;   /* the wait between two operations. A saboteur also waits before the first
                          * one of each generation */
    size_t state_size;   /* bytes of actor state of each actor; zero at the start */
    /* Give either `actions` or `perform`. */
    const struct stress_action_spec *actions;
    enum stress_outcome (*perform)(struct stress_actor *);
    /* Runs in the runner before its first operation; use it, for example, to open a connection that
     * must not be inherited. Returns any outcome except STRESS_UNCOUNTED. NULL: nothing. */
    enum stress_outcome (*start)(struct stress_actor *);
    /* Runs in the runner when it stops between two operations, if `start` returned STRESS_OK. Does
     * not run after a crash. NULL: nothing. */
    void (*stop)(struct stress_actor *);
    unsigned delay_most_ms; /* if not 0: each wait is drawn between delay_ms and this */
    unsigned timeout_ms; /* an operation that takes longer is a hang. 0: what --op-timeout says */
};

/* Why a reset takes place. */
enum stress_cause {
    STRESS_CAUSE_REQUEST = 1,   /* an operation returned STRESS_RESET */
    STRESS_CAUSE_DEATH = 2,     /* a runner died: crash, kill or exit */
    STRESS_CAUSE_FAILURE = 3,   /* an operation returned STRESS_FAIL */
    STRESS_CAUSE_HANG = 4,      /* an operation took longer than --op-timeout */
    STRESS_CAUSE_SERVER = 5,    /* a server under test died */
    STRESS_CAUSE_SUPERVISOR = 6 /* a hook took the supervisor down, and this is a new one */
};

/* What the reset hook is told. Valid during the hook. */
struct stress_reset {
    enum stress_cause cause;
    int actor;                /* number of the actor that asked or died first; -1: none */
    bool announced;           /* a saboteur announced a break since the last reset */
    const char *announcement; /* its text; "" without one */
};

/* The environment: exactly one. A hook that is NULL does nothing. */
struct stress_env_spec {
    const char *name;
    size_t global_size;                     /* bytes of global state; zero at the start */
    const struct stress_actor_spec *actors; /* ends with {0} */
    uint64_t target_operations;             /* the run ends when this many are counted; 0: none */
    double time_limit_s;                    /* the run ends after this time; 0: none */
    /* Once in each supervisor process: at the start of the run, and again after a hook took the
     * process down; stress_env_restarts() is then above 0. */
    enum stress_env_result (*setup)(struct stress_env *);
    enum stress_env_result (*reset)(struct stress_env *, const struct stress_reset *why);
    enum stress_env_result (*check)(struct stress_env *); /* after each reset, and at the end */
    enum stress_env_result (*teardown)(struct stress_env *); /* at the end */
    /* Writes a few lines about the state into `text`, for a finding: at most `size` bytes with the
     * NUL. Called before the reset, while actors may still run. */
    void (*describe)(struct stress_env *, char *text, size_t size);
    /* The system calls at which this workload may arm faults, as in --inject: "%write,%sync". Each
     * such call costs every actor and server 2 to 3 us. NULL: none. */
    const char *injects;
};

/* What STRESS_WORKLOAD() leaves for the library. The sizes are those of the header that the
 * workload was compiled with, so that the library never reads more than is there. */
struct stress_workload {
    uint32_t abi_version; /* STRESS_ABI_VERSION */
    uint32_t workload_size, env_size, actor_size, action_size, server_size, reset_size;
    uint32_t reserved;
    const struct stress_env_spec *env;
};

/* The main() of a workload; STRESS_WORKLOAD() calls it. Returns the exit status of the process. In
 * a program that was not started by stress-supervisor, it says so on standard error and returns 2:
 * this is the one place where the library prints. */
STRESS_API int stress_main(const struct stress_workload *workload, int argc, char **argv);

/* Stands once at file scope, in a program or in a shared object. `spec` is the name of a variable
 * of type struct stress_env_spec. The macro brings main(), and an ELF note by which
 * stress-supervisor knows a workload without running it. */
#define STRESS_WORKLOAD(spec)                                                                    \
    __attribute__((used, section(".note.stress-supervisor"), aligned(4))) static const struct {  \
        uint32_t name_size, desc_size, type;                                                     \
        char name[8];                                                                            \
        uint32_t abi_version;                                                                    \
    } stress_note_ = { 7, 4, 1, "stress", STRESS_ABI_VERSION };                                  \
    STRESS_EXTERN_C_ STRESS_API const struct stress_workload stress_workload_definition;         \
    const struct stress_workload stress_workload_definition = {                                  \
        STRESS_ABI_VERSION, (uint32_t)sizeof(struct stress_workload),                            \
        (uint32_t)sizeof(struct stress_env_spec), (uint32_t)sizeof(struct stress_actor_spec),    \
        (uint32_t)sizeof(struct stress_action_spec),                                             \
        (uint32_t)sizeof(struct stress_server_spec), (uint32_t)sizeof(struct stress_reset),      \
        0, &(spec)                                                                               \
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

/* The global state: global_size bytes, valid for the whole run. NULL if global_size is 0. */
STRESS_API void *stress_env_global(const struct stress_env *);
/* The descriptor of the memfd that holds the global state; its size is sealed. The library owns
 * it. Runners do not inherit it; they inherit a duplicate that a hook makes. -1 if global_size is
 * 0. */
STRESS_API int stress_env_global_fd(const struct stress_env *);

/* The number of actors of all types. Fixed once setup has returned. */
STRESS_API int stress_env_actor_count(const struct stress_env *);
/* In setup: how many actors of a type this run has; 0 leaves the type out. If --actors gives the
 * number of this type, that number stays. -ENOENT: no such type; -EPERM: not in setup; -E2BIG: more
 * than STRESS_ACTORS_MAX in all. */
STRESS_API int stress_env_set_count(struct stress_env *, const char *type, unsigned count);
/* The number of an actor, from its type and its index in the type; -ENOENT: no such actor. In
 * setup the numbers change with stress_env_set_count(). */
STRESS_API int stress_env_actor_find(const struct stress_env *, const char *type, unsigned index);
/* The name of an actor's type, its index in the type, and its actor state. No such actor: NULL, 0,
 * NULL. The state is NULL, too, in setup, and if state_size is 0. */
STRESS_API const char *stress_env_actor_type(const struct stress_env *, int actor);
STRESS_API unsigned stress_env_actor_index(const struct stress_env *, int actor);
STRESS_API void *stress_env_actor_state(const struct stress_env *, int actor);
/* In reset and check: was an operation of this actor cut off before this reset, by a crash, a kill
 * or a hang? The outcome of that operation is unknown. If so, *operation is its index and *action
 * its name; both pointers may be NULL. */
STRESS_API bool stress_env_cut_off(const struct stress_env *, int actor, uint64_t *operation,
                                   const char **action);

/* The number of resets so far. */
STRESS_API uint64_t stress_env_generation(const struct stress_env *);
/* The seed of the run. */
STRESS_API uint64_t stress_env_seed(const struct stress_env *);
/* The number of supervisor processes before this one. Not 0, too, if `crash` has put in place what
 * a crash leaves behind, to see what the hooks make of it. */
STRESS_API unsigned stress_env_restarts(const struct stress_env *);
/* The absolute path of a directory of this run: empty at setup, removed after teardown. */
STRESS_API const char *stress_env_scratch(const struct stress_env *);
/* The absolute path of a directory beside it, for what the outside world has seen: what lies here
 * is never lost in a crash that `crash` makes. Empty at setup, removed after teardown. */
STRESS_API const char *stress_env_witness(const struct stress_env *);

/* The arguments after `--`: stores argv, which ends with NULL, and returns argc. argv[0] is the
 * workload. Both are valid as long as the process. */
STRESS_API int stress_env_arguments(struct stress_env *, char ***argv);
/* The value of the argument `--name=value`; "" for a bare `--name`; `fallback`, which may be NULL,
 * if there is neither. The last one counts. If setup never calls stress_env_arguments(), an
 * argument that setup did not ask for is refused: exit status 2. */
STRESS_API const char *stress_env_argument(struct stress_env *, const char *name,
                                           const char *fallback);

/* These note why the hook ends as it does, in the first STRESS_ENV_TEXT_MAX bytes, and return
 * STRESS_ENV_FAIL, STRESS_ENV_SKIP, STRESS_ENV_USAGE. The last call in a hook counts. */
STRESS_API enum stress_env_result stress_env_fail(struct stress_env *, const char *format, ...)
    STRESS_PRINTF(2, 3);
STRESS_API enum stress_env_result stress_env_skip(struct stress_env *, const char *format, ...)
    STRESS_PRINTF(2, 3);
STRESS_API enum stress_env_result stress_env_usage(struct stress_env *, const char *format, ...)
    STRESS_PRINTF(2, 3);

/* ---- servers under test (supervisor process; in setup and reset) ------------------------ */

struct stress_server_spec {
    const char *name;               /* unique among the servers */
    const char *const *argv;        /* ends with NULL; argv[0] is looked up in PATH */
    const char *directory;          /* where it runs; NULL: where the supervisor does */
    const char *const *environment; /* "NAME=value" ..., NULL: added to the supervisor's */
    /* The server is ready when all of these that you give hold. */
    const char *ready_command;      /* /bin/sh -c exits 0, in the server's directory */
    const char *ready_line;         /* a line that contains this is on its stdout or stderr */
    const char *ready_address;      /* of ready_port: an IPv4 or IPv6 address; NULL: "127.0.0.1" */
    const char *ready_socket;       /* this Unix socket takes a connection; an absolute path */
    unsigned ready_port;            /* this TCP port takes a connection */
    unsigned ready_timeout_ms;      /* 0: 10000 */
    /* For stress_env_server_stop(). */
    int stop_signal;                /* 0: SIGTERM */
    unsigned stop_grace_ms;         /* 0: 10000 */
};

/* Starts a server in a process group of its own and waits until it is ready. A server of that name
 * that runs is killed first. The end of the run kills it at the latest. The server must stay in the
 * foreground: when its first process ends, the server has died. Whatever else a hook starts and
 * leaves behind is killed at the next reset.
 * -EINVAL: the spec is wrong; -ENOSPC: more than STRESS_SERVERS_MAX servers; -EADDRINUSE: another
 * process answers at its port or socket, and still does after ready_timeout_ms; -ETIMEDOUT: not
 * ready in time; -ECHILD: it ended before it was ready; or the errno of fork or exec. The reason is
 * noted as stress_env_fail() does. A server that an injected fault kills before it is ready is
 * started again, twice. */
STRESS_API int stress_env_server_start(struct stress_env *, const struct stress_server_spec *);
/* Sends the stop signal to the first process of a server, waits for its end, and kills the rest of
 * its group. 0 if it does not run. -ENOENT: no such server; -ETIMEDOUT: the grace was over, so it
 * was killed; -ECHILD: it died of another signal. For the last two the reason is noted as
 * stress_env_fail() does. */
STRESS_API int stress_env_server_stop(struct stress_env *, const char *name);
/* Kills a server with everything in its group, by SIGKILL, and waits for it. 0 if it does not run.
 * -ENOENT: no such server. */
STRESS_API int stress_env_server_kill(struct stress_env *, const char *name);
/* The pid of the first process of a server. -ENOENT: no such server; -ESRCH: it does not run. */
STRESS_API int stress_env_server_pid(const struct stress_env *, const char *name);
/* TCP port number `n`, from 0, of this environment: free on 127.0.0.1 when first asked for, and
 * given to no other environment on this machine. The same `n` gives the same port until this
 * supervisor process ends. -EINVAL: n is not below STRESS_PORTS_MAX; -EADDRINUSE: none is free. */
STRESS_API int stress_env_port(struct stress_env *, unsigned n);

/* ---- for operations, start and stop (runner process) ------------------------------------ */

/* The global state, as for stress_env_global(). Any thread. */
STRESS_API void *stress_actor_global(const struct stress_actor *);
/* The state of this actor; NULL if state_size is 0. Any thread. */
STRESS_API void *stress_actor_state(const struct stress_actor *);
/* The state of another actor, read-only; NULL if there is none. Any thread. */
STRESS_API const void *stress_actor_state_of(const struct stress_actor *, int actor);
/* The name of this actor's type, the index in the type, the number among all actors. Any thread. */
STRESS_API const char *stress_actor_type(const struct stress_actor *);
STRESS_API unsigned stress_actor_index(const struct stress_actor *);
STRESS_API int stress_actor_number(const struct stress_actor *);
/* The number of actors of all types. Any thread. */
STRESS_API int stress_actor_count(const struct stress_actor *);
/* The number of an actor, from its type and its index in the type; -ENOENT: no such actor. Any
 * thread. */
STRESS_API int stress_actor_find(const struct stress_actor *, const char *type, unsigned index);
/* The index of this operation within its actor, from 0. It goes on over resets. Any thread. */
STRESS_API uint64_t stress_actor_operation(const struct stress_actor *);
/* The number of resets so far. Any thread. */
STRESS_API uint64_t stress_actor_generation(const struct stress_actor *);
/* The absolute paths of the directory of this run, and of the one beside it for what a crash cannot
 * take back. Any thread. */
STRESS_API const char *stress_actor_scratch(const struct stress_actor *);
STRESS_API const char *stress_actor_witness(const struct stress_actor *);
/* True once the runner shall come to its next boundary; a long operation looks now and then. Any
 * thread. */
STRESS_API bool stress_actor_stopping(const struct stress_actor *);
/* Notes what went wrong, in the first STRESS_TEXT_MAX bytes, and returns STRESS_FAIL; the operation
 * must return that. The first call in an operation counts. Any thread. */
STRESS_API enum stress_outcome stress_actor_fail(struct stress_actor *, const char *format, ...)
    STRESS_PRINTF(2, 3);

/* Notes what this operation does, in the first STRESS_NOTE_MAX bytes, as "put 17=4". Findings show
 * the notes of the last operations, and --history has those of all. The last call in an operation
 * counts; also one before a crash. Costs no system call. In start and stop it does nothing. Any
 * thread. */
STRESS_API void stress_actor_note(struct stress_actor *, const char *format, ...)
    STRESS_PRINTF(2, 3);

/* ---- random numbers (runner process) ---------------------------------------------------- */

/* A stream of random numbers: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, OOPSLA 2014). One thread at a time may use a stream. */
struct stress_random {
    uint64_t opaque[4];
};

/* The stream of this operation, valid until the operation ends. What an operation draws depends on
 * the seed of the run, the actor, and the index of the operation, and on nothing else. */
STRESS_API struct stress_random *stress_actor_random(struct stress_actor *);
/* Makes a stream for another thread of this operation, in memory of yours. Streams with different
 * `n` are independent of each other and of stress_actor_random(), so the draws of a thread do not
 * depend on the other threads. Any thread. */
STRESS_API void stress_actor_random_split(const struct stress_actor *, unsigned n,
                                          struct stress_random *ret);
/* 64 random bits. */
STRESS_API uint64_t stress_random_next(struct stress_random *);
/* Uniform in [0, bound); 0 if bound is 0. */
STRESS_API uint64_t stress_random_below(struct stress_random *, uint64_t bound);
/* True with the given chance in [0, 1]. */
STRESS_API bool stress_random_chance(struct stress_random *, double chance);
/* Fills memory; `bytes` may be NULL if size is 0. */
STRESS_API void stress_random_bytes(struct stress_random *, void *bytes, size_t size);

/* ---- for saboteurs (runner process) ----------------------------------------------------- */

/* Announces a break, in the first STRESS_TEXT_MAX bytes. Call it before you break anything: until
 * the next reset, a STRESS_RESET of any actor and the death of a server are not findings. -EPERM:
 * not a saboteur. */
STRESS_API int stress_actor_announce(struct stress_actor *, const char *format, ...)
    STRESS_PRINTF(2, 3);
/* Announces a break of one actor, and sends a signal to the process group of its runner. The death
 * of that runner by the signal is not a finding. -EPERM: not a saboteur; -ENOENT: no such actor;
 * -ESRCH: it is not running just now. */
STRESS_API int stress_actor_signal(struct stress_actor *, int actor, int signo);
/* The same for the process group of a server under test. */
STRESS_API int stress_actor_signal_server(struct stress_actor *, const char *name, int signo);

/* ---- faults at system calls (both kinds of process) ------------------------------------- */

/* Arms a fault for an actor. `rule` is written as for --inject, without actor= and operation=, and
 * names calls that are in `injects`. The fault counts from the actor's next operation on. It fires
 * once, unless the rule has when= or p=. What it does to the operation is not a finding.
 * Returns a handle of the fault, or -EINVAL: the rule is wrong; -ENOENT: no such actor (in setup
 * there is none yet), or the call is not in `injects`; -EPERM: `injects` is NULL; -EPIPE: no
 * injector is running. */
STRESS_API int64_t stress_actor_inject(struct stress_actor *, int actor, const char *rule);
STRESS_API int64_t stress_env_inject(struct stress_env *, int actor, const char *rule);
/* How often the fault has fired. -ENOENT: no such handle, or 64 faults were armed since. Any
 * thread. */
STRESS_API int64_t stress_actor_inject_fired(const struct stress_actor *, int64_t handle);
STRESS_API int64_t stress_env_inject_fired(const struct stress_env *, int64_t handle);

/* ---- locks in shared memory (both kinds of process, any thread) -------------------------- */

/* A mutex that works between processes. It lies in the global state, and ends with it: there is
 * nothing to destroy. A process that dies with the lock held does not keep it: the next taker gets
 * the lock, and is told. All zero, it is a lock that was not initialised. */
struct stress_lock {
    uint64_t opaque[16];
};
/* Initialises a lock; call it in setup. A lock that is initialised already stays as it is, so that
 * setup may call this again after a restart. -EINVAL: `lock` is NULL. */
STRESS_API int stress_lock_init(struct stress_lock *lock);
/* Takes the lock, and waits for it as long as it takes.
 * 0: taken. -EOWNERDEAD: taken, too, but its last owner died with it: repair what it guards.
 * Any other value: not taken. -EDEADLK: this thread holds it already; -EINVAL: it was not
 * initialised. */
STRESS_API int stress_lock_take(struct stress_lock *lock);
/* The same, but waits for timeout_ms at most; 0 does not wait. -ETIMEDOUT: not taken. */
STRESS_API int stress_lock_try(struct stress_lock *lock, unsigned timeout_ms);
/* Releases the lock. -EPERM: this thread does not hold it; -EINVAL: it was not initialised. */
STRESS_API int stress_lock_release(struct stress_lock *lock);

#ifdef __cplusplus
}
#endif
#endif
