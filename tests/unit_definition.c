/* SPDX-License-Identifier: MIT
 * unit_definition.c: definitions of workloads, good and bad, and the messages about bad ones.
 */
#include "definition/definition.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static enum stress_outcome perform(struct stress_actor *actor)
{
    (void)actor;
    return STRESS_OK;
}

/* A good workload, that each row spoils in one place. */
static struct {
    struct stress_action_spec actions[DEFINITION_ACTIONS + 2];
    struct stress_actor_spec types[DEFINITION_TYPES + 2];
    struct stress_env_spec environment;
    struct stress_workload workload;
} user;

static void make_good(void)
{
    memset(&user, 0, sizeof user);
    user.actions[0] = (struct stress_action_spec){ "put", 70, perform };
    user.actions[1] = (struct stress_action_spec){ "delete", 10, perform };
    user.types[0] = (struct stress_actor_spec){ .name = "writer", .count = 4, .delay_ms = 5,
                                                .state_size = 100, .actions = user.actions };
    user.types[1] = (struct stress_actor_spec){ .name = "killer", .saboteur = true,
                                                .delay_ms = 1, .delay_most_ms = 9, .timeout_ms = 7,
                                                .perform = perform };
    user.environment = (struct stress_env_spec){
        .name = "store", .global_size = 4096, .actors = user.types, .target_operations = 1000,
        .time_limit_s = 1.5 };
    user.workload = (struct stress_workload){
        STRESS_ABI_VERSION, sizeof user.workload, sizeof user.environment, sizeof *user.types,
        sizeof *user.actions, sizeof(struct stress_server_spec), sizeof(struct stress_reset), 0,
        &user.environment };
}

static int flatten(const struct stress_workload *workload, struct definition *definition,
                   struct error *error)
{
    static struct declared declared;
    return declared_copy(workload, &declared, error) < 0
               ? -1 : definition_from_declared(&declared, definition, error);
}

static void no_actors(void)
{
    user.types[0].name = NULL;
}
static void null_actors(void)
{
    user.environment.actors = NULL;
}
static void null_name(void)
{
    user.environment.name = NULL;
}
static void bad_name(void)
{
    user.environment.name = "my store\n";
}
static void bad_type_name(void)
{
    user.types[1].name = "-killer";
}
static void long_type_name(void)
{
    user.types[0].name = "a-name-of-thirty-two-characters-";
}
static void empty_action_name(void)
{
    user.actions[1].name = "";
}
static void duplicate_type(void)
{
    user.types[1].name = "writer";
}
static void duplicate_action(void)
{
    user.actions[1].name = "put";
}
static void short_delay(void)
{
    user.types[1].delay_most_ms = 1;
    user.types[1].delay_ms = 2;
}
static void no_weight(void)
{
    user.actions[0].weight = user.actions[1].weight = 0;
}
static void heavy(void)
{
    user.actions[0].weight = UINT32_MAX;
    user.actions[1].weight = 1;
}
static void no_actions(void)
{
    user.actions[0].name = NULL;
}
static void both(void)
{
    user.types[0].perform = perform;
}
static void neither(void)
{
    user.types[1].perform = NULL;
}
static void action_without_perform(void)
{
    user.actions[1].perform = NULL;
}
#define WIDE (sizeof(void *) > 4)
static void large_state(void)
{
    user.types[0].state_size = SIZE_MAX;
}
static void large_states_together(void)
{
    user.types[0].state_size = (size_t)DEFINITION_BYTES / 4;
    user.types[1].state_size = 1;
}
static void large_state_times_count(void)
{
    user.types[0].state_size = (size_t)1 << (8 * sizeof(size_t) - 2); /* times 4 is 0 */
}
static void large_global(void)
{
    user.environment.global_size = (size_t)DEFINITION_BYTES + 1;
}
static void other_version(void)
{
    user.workload.abi_version++;
}
static void negative_time(void)
{
    user.environment.time_limit_s = -1;
}
static void infinite_time(void)
{
    user.environment.time_limit_s = INFINITY;
}
static void no_time(void)
{
    user.environment.time_limit_s = NAN;
}
static void long_time(void)
{
    user.environment.time_limit_s = 1e10;
}
static void many_of_a_type(void)
{
    user.types[0].count = DEFINITION_ACTORS + 1;
}
static void very_many_of_a_type(void)
{
    user.types[0].count = UINT32_MAX; /* and one more is 0 */
}
static void many_actors(void)
{
    user.types[0].count = DEFINITION_ACTORS;
}

static char names[DEFINITION_TYPES + 2][TEXT_NAME];

static void fill_types(int n)
{
    for (int i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "type%d", i);
        user.types[i] = (struct stress_actor_spec){ .name = names[i], .perform = perform };
    }
}
static void many_types(void)
{
    fill_types(DEFINITION_TYPES + 1);
}
static void fill_actions(int n)
{
    for (int i = 0; i < n; i++) {
        snprintf(names[i], sizeof names[i], "action%d", i);
        user.actions[i] = (struct stress_action_spec){ names[i], 1, perform };
    }
}
static void many_actions(void)
{
    fill_actions(DEFINITION_ACTIONS + 1);
}

static const struct {
    void (*spoil)(void);
    const char *words[3]; /* the message has all of them */
} bad[] = {
    { no_actors, { "'store'", "no actors" } },
    { null_actors, { "'store'", "no actors" } },
    { null_name, { "environment name", "(null)" } },
    { bad_name, { "environment name", "'my store?'", "letters, digits" } },
    { bad_type_name, { "actor type name", "'-killer'", "not '-'" } },
    { long_type_name, { "actor type name", "'a-name-of-thirty-two", "1 to 31" } },
    { empty_action_name, { "action name", "''" } },
    { duplicate_type, { "'writer'", "declared twice" } },
    { duplicate_action, { "'put'", "'writer'", "declared twice" } },
    { short_delay, { "'killer'", "delay_most_ms is 1" } },
    { no_weight, { "weights", "'writer'", "add up to 0" } },
    { heavy, { "weights", "'writer'", "4294967296" } },
    { no_actions, { "'writer'", "no actions" } },
    { both, { "'writer'", "either actions or a perform" } },
    { neither, { "'killer'", "either actions or a perform" } },
    { action_without_perform, { "'delete'", "'writer'", "no perform" } },
    { large_state, { "states of 'writer'", "overflow",
                     WIDE ? "18446744073709551615" : "4294967295" } },
    { large_states_together, { "states of 'killer'", "overflow" } },
    { large_state_times_count, { "states of 'writer'", "overflow" } },
    { large_global, { "global state", "'store'", WIDE ? "70368744177665" : "1073741825" } },
    { other_version, { "ABI version 2", "this is version 1", "compile it again" } },
    { negative_time, { "time_limit_s is -1", "0 (none) to 1e9" } },
    { infinite_time, { "time_limit_s is inf" } },
    { no_time, { "time_limit_s is", "nan" } },
    { long_time, { "time_limit_s is 1e+10" } },
    { many_of_a_type, { "4097 actors", "'writer'", "at most 4096" } },
    { very_many_of_a_type, { "4294967295 actors", "'writer'", "at most 4096" } },
    { many_actors, { "'store'", "4097 actors", "1 to 4096" } },
    { many_types, { "more than 64 actor types" } },
    { many_actions, { "'writer'", "more than 32 actions" } },
};

START_TEST(bad_ones)
{
    static struct definition definition;
    struct error error = { 0 };
    make_good();
    bad[_i].spoil();
    ck_assert_int_eq(flatten(&user.workload, &definition, &error), -1);
    for (int i = 0; i < 3 && bad[_i].words[i]; i++)
        ck_assert_msg(strstr(error.text, bad[_i].words[i]), "row %d, no \"%s\" in: %s", _i,
                      bad[_i].words[i], error.text);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}
END_TEST

START_TEST(good_one)
{
    static struct definition definition;
    struct error error = { .text = "untouched" };
    make_good();
    ck_assert_msg(flatten(&user.workload, &definition, &error) == 0, "%s",
                  error.text);
    ck_assert_str_eq(error.text, "untouched");
    ck_assert_str_eq(definition.name, "store");
    ck_assert_uint_eq(definition.n_types, 2);
    ck_assert_uint_eq(definition.global_size, 4096);
    ck_assert_uint_eq(definition.target_operations, 1000);
    ck_assert_uint_eq(definition.time_limit_ns, UINT64_C(1500000000));
    const struct definition_type *writer = &definition.types[0], *killer = &definition.types[1];
    ck_assert_str_eq(writer->name, "writer");
    ck_assert_uint_eq(writer->count, 4);
    ck_assert_uint_eq(writer->saboteur, 0);
    ck_assert_uint_eq(writer->delay_ms, 5);
    ck_assert_uint_eq(writer->delay_most_ms, 5);
    ck_assert_uint_eq(killer->delay_ms, 1);
    ck_assert_uint_eq(killer->delay_most_ms, 9);
    ck_assert_uint_eq(killer->timeout_ms, 7);
    ck_assert_uint_eq(writer->state_size, 100);
    ck_assert_uint_eq(writer->n_actions, 2);
    ck_assert_str_eq(writer->actions[0].name, "put");
    ck_assert_uint_eq(writer->actions[0].weight, 70);
    ck_assert_str_eq(writer->actions[1].name, "delete");
    ck_assert_uint_eq(writer->actions[1].weight, 10);
    /* The default count is 1, and a single perform is an action with the type's name. */
    ck_assert_uint_eq(killer->count, 1);
    ck_assert_uint_eq(killer->saboteur, 1);
    ck_assert_uint_eq(killer->n_actions, 1);
    ck_assert_str_eq(killer->actions[0].name, "killer");
    ck_assert_uint_eq(killer->actions[0].weight, 1);
}
END_TEST

/* A workload of a newer header: each struct has a member more, which is not zero. Read by the size
 * of this library's structs, every second element would be made of the rest of the one before. */
START_TEST(newer_header)
{
    static struct { struct stress_action_spec known; uint64_t more; } actions[3];
    static struct { struct stress_actor_spec known; uint64_t more[3]; } types[3];
    static struct { struct stress_env_spec known; uint64_t more; } environment;
    static struct { struct stress_workload known; uint64_t more; } workload;
    static struct definition definition;
    struct error error = { 0 };
    make_good();
    for (int i = 0; i < 2; i++) {
        actions[i].known = user.actions[i];
        types[i].known = user.types[i];
        actions[i].more = types[i].more[0] = types[i].more[2] = UINT64_MAX;
    }
    types[0].known.actions = &actions[0].known;
    environment.known = user.environment;
    environment.known.actors = &types[0].known;
    environment.more = workload.more = UINT64_MAX;
    workload.known = (struct stress_workload){
        STRESS_ABI_VERSION, sizeof workload, sizeof environment, sizeof *types, sizeof *actions,
        sizeof(struct stress_server_spec), sizeof(struct stress_reset), 0, &environment.known };
    ck_assert_msg(flatten(&workload.known, &definition, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(definition.n_types, 2);
    ck_assert_str_eq(definition.types[1].name, "killer");
    ck_assert_uint_eq(definition.types[0].n_actions, 2);
    ck_assert_str_eq(definition.types[0].actions[1].name, "delete");
}
END_TEST

/* A workload of an older header: the last member is not there. What lies behind is not read. */
START_TEST(older_header)
{
    static struct declared declared;
    struct error error = { 0 };
    make_good();
    user.environment.injects = "%write";
    user.types[0].timeout_ms = user.types[1].timeout_ms = 7;
    user.workload.env_size -= (uint32_t)sizeof user.environment.injects;
    user.workload.actor_size -= (uint32_t)sizeof user.types->timeout_ms;
    memmove((char *)user.types + user.workload.actor_size, &user.types[1],
            user.workload.actor_size);
    memset((char *)user.types + 2 * user.workload.actor_size, 0, sizeof *user.types);
    ck_assert_int_eq(declared_copy(&user.workload, &declared, &error), 0);
    ck_assert_ptr_null(declared.environment.injects);
    ck_assert_str_eq(declared.types[1].name, "killer");
    ck_assert_uint_eq(declared.types[0].timeout_ms, 0);
    ck_assert_ptr_null(declared.types[2].name);
}
END_TEST

START_TEST(largest_one)
{
    static struct definition definition;
    struct error error = { 0 };
    make_good();
    fill_actions(DEFINITION_ACTIONS);
    user.actions[0].weight = UINT32_MAX - (DEFINITION_ACTIONS - 1);
    user.types[0].count = DEFINITION_ACTORS - 1;
    user.types[0].name = "a-name-of-thirty-one-characters";
    user.types[1].state_size = (size_t)DEFINITION_BYTES - 100 * (DEFINITION_ACTORS - 1);
    user.environment.global_size = (size_t)DEFINITION_BYTES;
    user.environment.time_limit_s = 1e9;
    ck_assert_msg(flatten(&user.workload, &definition, &error) == 0, "%s",
                  error.text);
    make_good();
    fill_types(DEFINITION_TYPES);
    ck_assert_msg(flatten(&user.workload, &definition, &error) == 0, "%s",
                  error.text);
    ck_assert_uint_eq(definition_actors(&definition), DEFINITION_TYPES);
}
END_TEST

START_TEST(types_of_actors)
{
    static struct definition definition;
    struct error error;
    uint32_t index = 99;
    make_good();
    ck_assert_int_eq(flatten(&user.workload, &definition, &error), 0);
    ck_assert_uint_eq(definition_actors(&definition), 5);
    definition.n_types = 3;
    definition.types[2] = definition.types[1];
    definition.types[1].count = 0; /* as setup may choose */
    for (uint32_t actor = 0; actor < 4; actor++) {
        ck_assert_ptr_eq(definition_type_of(&definition, actor, &index), &definition.types[0]);
        ck_assert_uint_eq(index, actor);
    }
    ck_assert_ptr_eq(definition_type_of(&definition, 4, &index), &definition.types[2]);
    ck_assert_uint_eq(index, 0);
    ck_assert_ptr_null(definition_type_of(&definition, 5, &index));
    ck_assert_ptr_null(definition_type_of(&definition, UINT32_MAX, &index));
}
END_TEST

/* ---- numbers of actors ------------------------------------------------------------------- */

static struct definition recounted;

static int recount(struct definition_counts *counts, struct error *error)
{
    make_good();
    ck_assert_int_eq(flatten(&user.workload, &recounted, error), 0);
    return definition_recount(&recounted, counts, error);
}

/* "-j 8" is of the only type that is not a saboteur. Setup then sees it as given by name. */
START_TEST(a_number_for_the_only_type)
{
    struct definition_counts counts = { .only = 8 };
    struct error error = { .text = "" };
    ck_assert_msg(recount(&counts, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(recounted.types[0].count, 8);
    ck_assert_uint_eq(recounted.types[1].count, 1);
    ck_assert_uint_eq(counts.only, 0);
    ck_assert_uint_eq(*definition_count_of(&counts, "writer"), 8);
}
END_TEST

START_TEST(numbers_by_name)
{
    struct definition_counts counts = { .only = 8 };
    struct error error = { .text = "" };
    ck_assert_int_eq(definition_count_set(&counts, "killer", 0), 0);
    ck_assert_int_eq(definition_count_set(&counts, "writer", 3), 0); /* rather than 8 */
    ck_assert_msg(recount(&counts, &error) == 0, "%s", error.text);
    ck_assert_uint_eq(recounted.types[0].count, 3);
    ck_assert_uint_eq(recounted.types[1].count, 0);
}
END_TEST

START_TEST(numbers_that_are_refused)
{
    struct definition_counts counts = { .n = 0 };
    struct error error = { .text = "" };
    ck_assert_int_eq(definition_count_set(&counts, "reader", 3), 0);
    ck_assert_int_eq(recount(&counts, &error), -1);
    ck_assert_str_eq(error.text, "--actors=reader=3: no such type of actors: there is writer, "
                                 "killer");
    counts = (struct definition_counts){ .only = DEFINITION_ACTORS };
    ck_assert_int_eq(recount(&counts, &error), -1); /* with the saboteur too many */
    ck_assert_ptr_nonnull(strstr(error.text, "4097 actors"));
    counts = (struct definition_counts){ .n = 0 };
    ck_assert_int_eq(definition_count_set(&counts, "writer", 0), 0);
    ck_assert_int_eq(definition_count_set(&counts, "killer", 0), 0);
    ck_assert_int_eq(recount(&counts, &error), -1);
    make_good();
    user.types[1].saboteur = false;
    ck_assert_int_eq(flatten(&user.workload, &recounted, &error), 0);
    counts = (struct definition_counts){ .only = 2 };
    ck_assert_int_eq(definition_recount(&recounted, &counts, &error), -1);
    ck_assert_str_eq(error.text, "--actors=2: the workload has several types of actors: give "
                                 "--actors=writer=N,killer=N");
    for (unsigned i = 0; i < DEFINITION_TYPES; i++) {
        char name[8];
        snprintf(name, sizeof name, "t%u", i);
        ck_assert_int_eq(definition_count_set(&counts, name, 1), 0);
    }
    ck_assert_int_eq(definition_count_set(&counts, "t3", 2), 0);
    ck_assert_int_eq(definition_count_set(&counts, "one-more", 1), -1);
}
END_TEST

/* A definition from a socket may have any content. */
static const struct {
    size_t offset, size;
    unsigned char byte;
} spoiled[] = {
#define FIELD(field, byte) { offsetof(struct definition, field), \
                             sizeof ((struct definition *)0)->field, byte }
    FIELD(name, 'a'),
    FIELD(name, 0),
    FIELD(n_types, 0xff),
    FIELD(n_types, 0),
    FIELD(global_size, 0xff),
    FIELD(types[0].name, 'a'),
    FIELD(types[1].name, 0),
    FIELD(types[0].count, 0xff),
    FIELD(types[0].saboteur, 0xff),
    FIELD(types[1].n_actions, 0),
    FIELD(types[0].n_actions, 0xff),
    FIELD(types[0].state_size, 0xff),
    FIELD(types[0].actions[1].name, 'a'),
    FIELD(types[0].actions[1].name, '/'),
    FIELD(types[0].actions[0].weight, 0xff),
};

START_TEST(bad_over_socket)
{
    struct definition *definition = malloc(sizeof *definition);
    struct error error = { 0 };
    make_good();
    ck_assert_int_eq(flatten(&user.workload, definition, &error), 0);
    ck_assert_int_eq(definition_check(definition, &error), 0);
    memset((unsigned char *)definition + spoiled[_i].offset, spoiled[_i].byte, spoiled[_i].size);
    ck_assert_int_eq(definition_check(definition, &error), -1);
    ck_assert_uint_gt(strlen(error.text), 0);
    free(definition);
}
END_TEST

#define COUNT(table) ((int)(sizeof(table) / sizeof *(table)))

Suite *definition_suite(void)
{
    Suite *suite = suite_create("definition");
    TCase *tcase = tcase_create("definition");
    tcase_add_loop_test(tcase, bad_ones, 0, COUNT(bad));
    tcase_add_test(tcase, good_one);
    tcase_add_test(tcase, newer_header);
    tcase_add_test(tcase, older_header);
    tcase_add_test(tcase, largest_one);
    tcase_add_test(tcase, types_of_actors);
    tcase_add_test(tcase, a_number_for_the_only_type);
    tcase_add_test(tcase, numbers_by_name);
    tcase_add_test(tcase, numbers_that_are_refused);
    tcase_add_loop_test(tcase, bad_over_socket, 0, COUNT(spoiled));
    suite_add_tcase(suite, tcase);
    return suite;
}
