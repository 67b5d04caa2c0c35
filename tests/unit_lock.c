/* SPDX-License-Identifier: MIT
 * unit_lock.c: locks in shared memory, between processes. Children end by SIGKILL or _exit() while
 * they hold the lock, and are reaped before the next process takes it.
 */
#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "env/lock.h"
#include "stress.h"
#include "unit.h"

static struct shared {
    struct stress_lock lock;
    uint64_t first, second; /* differ while the lock is held */
} *shared;

static void map_shared(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert_ptr_ne(shared, MAP_FAILED);
    ck_assert_int_eq(stress_lock_init(&shared->lock), 0);
}

static void unmap_shared(void)
{
    munmap(shared, sizeof *shared);
}

static int status_of(pid_t pid)
{
    int status;
    ck_assert_int_ge(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return status;
}

static void die_with_it(bool killed)
{
    pid_t pid = fork();
    if (pid == 0) {
        if (stress_lock_take(&shared->lock) != 0)
            _exit(1);
        shared->first++;
        if (killed)
            raise(SIGKILL);
        _exit(0);
    }
    ck_assert_int_eq(status_of(pid), killed ? SIGKILL : 0);
}

START_TEST(owner_dies)
{
    for (int round = 0; round < 3; round++) { /* the lock works again, also for the next death */
        die_with_it(_i);
        ck_assert_int_eq(stress_lock_take(&shared->lock), -EOWNERDEAD);
        ck_assert_uint_eq(shared->first, shared->second + 1);
        shared->second = shared->first;
        ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
        ck_assert_int_eq(stress_lock_take(&shared->lock), 0);
        ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
    }
}
END_TEST

/* A waiting process is told, too. The death of a process that repairs is seen by the next. */
START_TEST(taker_dies)
{
    die_with_it(true);
    pid_t pid = fork();
    if (pid == 0) {
        if (stress_lock_take(&shared->lock) == -EOWNERDEAD)
            raise(SIGKILL);
        _exit(1);
    }
    ck_assert_int_eq(status_of(pid), SIGKILL);
    ck_assert_int_eq(stress_lock_take(&shared->lock), -EOWNERDEAD);
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
}
END_TEST

START_TEST(waiter_is_told)
{
    int held[2], take[2];
    char byte;
    ck_assert_int_eq(pipe(held), 0);
    ck_assert_int_eq(pipe(take), 0);
    pid_t owner = fork();
    if (owner == 0) {
        if (stress_lock_take(&shared->lock) != 0 || write(held[1], "", 1) != 1 ||
            read(take[0], &byte, 1) != 1)
            _exit(1);
        raise(SIGKILL);
    }
    ck_assert_int_eq(read(held[0], &byte, 1), 1);
    pid_t waiter = fork();
    if (waiter == 0) { /* waits, or comes right after the death: both must be told */
        if (write(take[1], "", 1) != 1)
            _exit(2);
        _exit(stress_lock_take(&shared->lock) != -EOWNERDEAD ||
              stress_lock_release(&shared->lock) != 0);
    }
    ck_assert_int_eq(status_of(owner), SIGKILL);
    ck_assert_int_eq(status_of(waiter), 0);
    ck_assert_int_eq(stress_lock_take(&shared->lock), 0);
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
    for (int i = 0; i < 2; i++) {
        close(held[i]);
        close(take[i]);
    }
}
END_TEST

#ifdef __GLIBC__
/* A process was woken, then killed while another held the lock: the lock is free, and sleeping
 * processes were not woken. The word of glibc's mutex is set by hand, so that this happens each
 * time. */
START_TEST(wake_up_is_lost)
{
    struct lock *lock = (void *)&shared->lock;
    _Atomic int *word = (_Atomic int *)&lock->mutex.__data.__lock;
    ck_assert_int_eq(stress_lock_take(&shared->lock), 0);
    pid_t waiter = fork();
    if (waiter == 0)
        _exit(stress_lock_take(&shared->lock) != 0);
    while (!((unsigned)atomic_load(word) & FUTEX_WAITERS))
        sched_yield();
    atomic_store(word, 0);
    ck_assert_int_eq(status_of(waiter), 0);
}
END_TEST
#endif

enum { PROCESSES = 4, ROUNDS = 5000 };

START_TEST(excludes)
{
    pid_t pids[PROCESSES];
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] != 0)
            continue;
        for (int round = 0; round < ROUNDS; round++) {
            if (stress_lock_take(&shared->lock) != 0 || shared->first != shared->second)
                _exit(1);
            *(volatile uint64_t *)&shared->first += 1;
            *(volatile uint64_t *)&shared->second += 1;
            if (stress_lock_release(&shared->lock) != 0)
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++)
        ck_assert_int_eq(status_of(pids[i]), 0);
    ck_assert_uint_eq(shared->first, PROCESSES * ROUNDS);
    ck_assert_uint_eq(shared->second, PROCESSES * ROUNDS);
}
END_TEST

START_TEST(not_the_owner)
{
    ck_assert_int_eq(stress_lock_release(&shared->lock), -EPERM);
}
END_TEST

START_TEST(taken_twice)
{
    ck_assert_int_eq(stress_lock_take(&shared->lock), 0);
    ck_assert_int_eq(stress_lock_take(&shared->lock), -EDEADLK);
    ck_assert_int_eq(stress_lock_try(&shared->lock, 0), -EDEADLK);
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
}
END_TEST

START_TEST(initialised_once)
{
    struct stress_lock other = { { 0 } };
    ck_assert_int_eq(stress_lock_init(NULL), -EINVAL);
    ck_assert_int_eq(stress_lock_take(NULL), -EINVAL);
    ck_assert_int_eq(stress_lock_take(&other), -EINVAL);
    ck_assert_int_eq(stress_lock_try(&other, 1), -EINVAL);
    ck_assert_int_eq(stress_lock_release(&other), -EINVAL);
    ck_assert_int_eq(stress_lock_take(&shared->lock), 0);
    ck_assert_int_eq(stress_lock_init(&shared->lock), 0); /* as after a restart: it stays taken */
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
}
END_TEST

/* While another one has it: not at all, or after the time; and when it is free, at once. */
START_TEST(tries)
{
    int taken[2], done[2];
    char byte;
    ck_assert_int_eq(pipe(taken), 0);
    ck_assert_int_eq(pipe(done), 0);
    pid_t owner = fork();
    if (owner == 0)
        _exit(stress_lock_try(&shared->lock, 0) != 0 || write(taken[1], "", 1) != 1 ||
              read(done[0], &byte, 1) != 1 || stress_lock_release(&shared->lock) != 0);
    ck_assert_int_eq(read(taken[0], &byte, 1), 1);
    ck_assert_int_eq(stress_lock_try(&shared->lock, 0), -ETIMEDOUT);
    ck_assert_int_eq(stress_lock_try(&shared->lock, 25), -ETIMEDOUT);
    ck_assert_int_eq(write(done[1], "", 1), 1);
    ck_assert_int_eq(stress_lock_try(&shared->lock, 60000), 0);
    ck_assert_int_eq(status_of(owner), 0);
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
    die_with_it(true);
    ck_assert_int_eq(stress_lock_try(&shared->lock, 0), -EOWNERDEAD);
    ck_assert_int_eq(stress_lock_release(&shared->lock), 0);
    for (int i = 0; i < 2; i++) {
        close(taken[i]);
        close(done[i]);
    }
}
END_TEST

Suite *lock_suite(void)
{
    Suite *suite = suite_create("lock");
    TCase *tcase = tcase_create("lock");
    tcase_add_checked_fixture(tcase, map_shared, unmap_shared);
    tcase_add_loop_test(tcase, owner_dies, 0, 2);
    tcase_add_test(tcase, taker_dies);
    tcase_add_test(tcase, waiter_is_told);
#ifdef __GLIBC__
    tcase_add_test(tcase, wake_up_is_lost);
#endif
    tcase_add_test(tcase, excludes);
    tcase_add_test(tcase, not_the_owner);
    tcase_add_test(tcase, taken_twice);
    tcase_add_test(tcase, initialised_once);
    tcase_add_test(tcase, tries);
    suite_add_tcase(suite, tcase);
    return suite;
}
