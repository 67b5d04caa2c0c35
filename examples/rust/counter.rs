// SPDX-License-Identifier: MIT
//! counter.rs: counter.c in Rust. Four actors count up one number in shared memory. The number must
//! be the sum of what each of them has counted.
//!
//!     rustc -o counter counter.rs
//!     stress-supervisor ./counter
#![no_main]

mod stress;

use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use stress::*;

/// The global state. All zero is a valid value of it; so it must be for the actor state.
struct World {
    total: AtomicU64,
    cut_off: AtomicU64, // operations that were cut off, in the whole run
}

/// The actor state.
struct Tally {
    counted: AtomicU64,
}

// Both lie in shared memory, for the whole run.
fn world_of_actor(actor: *const Actor) -> &'static World {
    unsafe { &*(stress_actor_global(actor) as *const World) }
}

fn world_of_env(env: *const Env) -> &'static World {
    unsafe { &*(stress_env_global(env) as *const World) }
}

/// The operation: each actor performs it again and again, in a process of its own.
extern "C" fn count(actor: *mut Actor) -> Outcome {
    let tally = unsafe { &*(stress_actor_state(actor) as *const Tally) };
    world_of_actor(actor).total.fetch_add(1, SeqCst);
    // An actor that is killed here is one behind the total.
    tally.counted.fetch_add(1, SeqCst);
    OK
}

/// Runs after a death, before all actors start again.
extern "C" fn reset(env: *mut Env, _why: *const Reset) -> EnvResult {
    for actor in 0..unsafe { stress_env_actor_count(env) } {
        if unsafe { stress_env_cut_off(env, actor, null_mut(), null_mut()) } {
            world_of_env(env).cut_off.fetch_add(1, SeqCst);
        }
    }
    ENV_OK
}

/// Runs after each reset, and at the end: is everything as it must be?
extern "C" fn check(env: *mut Env) -> EnvResult {
    let world = world_of_env(env);
    let (total, cut_off) = (world.total.load(SeqCst), world.cut_off.load(SeqCst));
    let mut sum = 0;
    for actor in 0..unsafe { stress_env_actor_count(env) } {
        let tally = unsafe { &*(stress_env_actor_state(env, actor) as *const Tally) };
        sum += tally.counted.load(SeqCst);
    }
    if total < sum || total > sum + cut_off {
        let text = b"the total is not the sum of the actors\0".as_ptr() as *const c_char;
        return unsafe { stress_env_fail(env, text) };
    }
    ENV_OK
}

static ACTORS: [ActorSpec; 2] = [
    ActorSpec {
        name: b"counter\0".as_ptr() as *const c_char,
        count: 4,
        state_size: size_of::<Tally>(),
        perform: Some(count),
        ..NO_ACTOR
    },
    NO_ACTOR,
];

static COUNTER: EnvSpec = EnvSpec {
    name: b"counter\0".as_ptr() as *const c_char,
    global_size: size_of::<World>(),
    actors: ACTORS.as_ptr(),
    time_limit_s: 10.0,
    reset: Some(reset),
    check: Some(check),
    ..NO_ENV
};

// What STRESS_WORKLOAD() is in C.
#[no_mangle]
pub static stress_workload_definition: Workload = workload(&COUNTER);

#[used]
#[link_section = ".note.stress-supervisor"]
static STRESS_NOTE: Note = NOTE;

#[no_mangle]
pub extern "C" fn main(argc: c_int, argv: *mut *mut c_char) -> c_int {
    unsafe { stress_main(&stress_workload_definition, argc, argv) }
}
