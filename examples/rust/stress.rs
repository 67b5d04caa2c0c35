// SPDX-License-Identifier: MIT
//! stress.rs: what counter.rs needs of <stress.h>, declared by hand. The order of the members is
//! that of the header. Add to it what your workload needs.
#![allow(dead_code)]

use std::ffi::c_void;
use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_uint};

pub const ABI_VERSION: u32 = 1;

/// enum stress_outcome
pub type Outcome = c_int;
pub const OK: Outcome = 0;
pub const UNCOUNTED: Outcome = 1;
pub const RESET: Outcome = 2;
pub const FAIL: Outcome = 3;

/// enum stress_env_result
pub type EnvResult = c_int;
pub const ENV_OK: EnvResult = 0;
pub const ENV_FAIL: EnvResult = 16;
pub const ENV_SKIP: EnvResult = 17;
pub const ENV_USAGE: EnvResult = 18;

/// The handle of a hook.
#[repr(C)]
pub struct Env([u8; 0]);
/// The handle of an operation.
#[repr(C)]
pub struct Actor([u8; 0]);

pub type Perform = extern "C" fn(*mut Actor) -> Outcome;
pub type Hook = extern "C" fn(*mut Env) -> EnvResult;

#[repr(C)]
pub struct ActionSpec {
    pub name: *const c_char,
    pub weight: c_uint,
    pub perform: Option<Perform>,
}

#[repr(C)]
pub struct ActorSpec {
    pub name: *const c_char,
    pub count: c_uint,
    pub saboteur: bool,
    pub delay_ms: c_uint,
    pub state_size: usize,
    pub actions: *const ActionSpec,
    pub perform: Option<Perform>,
    pub start: Option<Perform>,
    pub stop: Option<extern "C" fn(*mut Actor)>,
    pub delay_most_ms: c_uint,
    pub timeout_ms: c_uint,
}

/// What is left out, and the end of an array.
pub const NO_ACTOR: ActorSpec = ActorSpec {
    name: std::ptr::null(),
    count: 0,
    saboteur: false,
    delay_ms: 0,
    state_size: 0,
    actions: std::ptr::null(),
    perform: None,
    start: None,
    stop: None,
    delay_most_ms: 0,
    timeout_ms: 0,
};

#[repr(C)]
pub struct Reset {
    pub cause: c_int,
    pub actor: c_int,
    pub announced: bool,
    pub announcement: *const c_char,
}

#[repr(C)]
pub struct EnvSpec {
    pub name: *const c_char,
    pub global_size: usize,
    pub actors: *const ActorSpec,
    pub target_operations: u64,
    pub time_limit_s: f64,
    pub setup: Option<Hook>,
    pub reset: Option<extern "C" fn(*mut Env, *const Reset) -> EnvResult>,
    pub check: Option<Hook>,
    pub teardown: Option<Hook>,
    pub describe: Option<extern "C" fn(*mut Env, *mut c_char, usize)>,
    pub injects: *const c_char,
}

/// What is left out.
pub const NO_ENV: EnvSpec = EnvSpec {
    name: std::ptr::null(),
    global_size: 0,
    actors: std::ptr::null(),
    target_operations: 0,
    time_limit_s: 0.0,
    setup: None,
    reset: None,
    check: None,
    teardown: None,
    describe: None,
    injects: std::ptr::null(),
};

#[repr(C)]
pub struct Workload {
    abi_version: u32,
    workload_size: u32,
    env_size: u32,
    actor_size: u32,
    action_size: u32,
    server_size: u32,
    reset_size: u32,
    reserved: u32,
    env: *const EnvSpec,
}

// The pointers in them are to constants.
unsafe impl Sync for ActorSpec {}
unsafe impl Sync for EnvSpec {}
unsafe impl Sync for Workload {}

/// What STRESS_WORKLOAD() makes in C. `server_size` 0: struct stress_server_spec is not declared
/// here, so no server can be started.
pub const fn workload(env: &'static EnvSpec) -> Workload {
    Workload {
        abi_version: ABI_VERSION,
        workload_size: size_of::<Workload>() as u32,
        env_size: size_of::<EnvSpec>() as u32,
        actor_size: size_of::<ActorSpec>() as u32,
        action_size: size_of::<ActionSpec>() as u32,
        server_size: 0,
        reset_size: size_of::<Reset>() as u32,
        reserved: 0,
        env,
    }
}

/// The ELF note by which stress-supervisor knows a workload.
#[repr(C, align(4))]
pub struct Note(pub u32, pub u32, pub u32, pub [u8; 8], pub u32);
pub const NOTE: Note = Note(7, 4, 1, *b"stress\0\0", ABI_VERSION);

#[link(name = "stress-supervisor")]
extern "C" {
    pub fn stress_main(workload: *const Workload, argc: c_int, argv: *mut *mut c_char) -> c_int;

    pub fn stress_env_global(env: *const Env) -> *mut c_void;
    pub fn stress_env_actor_count(env: *const Env) -> c_int;
    pub fn stress_env_actor_state(env: *const Env, actor: c_int) -> *mut c_void;
    pub fn stress_env_cut_off(
        env: *const Env,
        actor: c_int,
        operation: *mut u64,
        action: *mut *const c_char,
    ) -> bool;
    pub fn stress_env_fail(env: *mut Env, format: *const c_char, ...) -> EnvResult;

    pub fn stress_actor_global(actor: *const Actor) -> *mut c_void;
    pub fn stress_actor_state(actor: *const Actor) -> *mut c_void;
    pub fn stress_actor_fail(actor: *mut Actor, format: *const c_char, ...) -> Outcome;
}
