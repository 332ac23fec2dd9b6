/*
 * What a class teaches: its times, its spread, its pauses, its curve, and what it is stuck on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "base/memory.h"
#include "lab/class.h"

#define NEVER ((double)NAN)
enum { N = 20, STEPS = 4, CELLS = STEPS * PACE_STAGES };

struct room {
    struct pace paces[N];
    double factors[N];
    struct class class;
};

/* A class in which everybody passed everything, each stage in 100 s give or take, the last step in
 * five times of it. */
static int set_up(void **state)
{
    struct room *room = mem_alloc(sizeof(*room));
    struct class_rules rules = class_rules_default();
    for (int i = 0; i < N; i++) {
        struct pace *pace = &room->paces[i];
        pace_init(pace, STEPS);
        pace->first_s = pace->active_s = 30 + i;
        for (int c = 0; c < CELLS; c++)
            pace->longest[c] = (c / PACE_STAGES == STEPS - 1 ? 500 : 100) *
                               exp(0.4 * sin(i * 12.9898 + c * 78.233));
        room->factors[i] = 1;
    }
    class_init(&room->class, &rules, N, STEPS);
    *state = room;
    return 0;
}

static int tear_down(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < N; i++)
        pace_release(&room->paces[i]);
    class_release(&room->class);
    mem_free_string((char **)state);
    return 0;
}

static void learn(struct room *room)
{
    class_learn(&room->class, room->paces, room->factors, 0, 3600);
}

static bool about(double value, double wanted, double part)
{
    return fabs(value - wanted) <= part * wanted;
}

static void test_before_anything_is_known_the_settings_hold(void **state)
{
    struct room *room = *state;
    const struct class_rules *rules = &room->class.rules;
    /* Fresh, and learnt from nobody. */
    for (int round = 0; round < 2; round++) {
        double spread = class_spread(&room->class, 0);
        double patience = room->class.cells[0].median_s * exp(rules->stuck_factor * spread);
        assert_true(about(patience, rules->stuck_after_s, 0.01));
        assert_true(room->class.idle_s == rules->idle_after_s);
        assert_true(room->class.open_s == rules->open_after_s);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < CELLS; c++)
                room->paces[i].longest[c] = 0;
        learn(room);
    }
}

static void test_each_stage_has_its_own_time(void **state)
{
    struct room *room = *state;
    learn(room);
    for (int c = 0; c < CELLS - PACE_STAGES; c++)
        assert_true(about(room->class.cells[c].median_s, 100, 0.3));
    for (int c = CELLS - PACE_STAGES; c < CELLS; c++)
        assert_true(about(room->class.cells[c].median_s, 500, 0.35));
    assert_int_equal(room->class.cells[0].finished, N);
    for (int i = 0; i < N; i++)
        assert_true(fabs(room->class.own[i]) < 0.35);
}

static void test_some_who_are_stuck_teach_nothing(void **state)
{
    struct room *room = *state;
    learn(room);
    double before = room->class.cells[0].median_s, spread = room->class.spread;
    for (int i = 0; i < N / 4; i++)
        room->paces[i].longest[0] = 3000;
    learn(room);
    assert_true(about(room->class.cells[0].median_s, before, 0.3));
    assert_true(room->class.spread < 1.3 * spread);
}

static void test_a_step_that_nobody_passed_is_known_to_be_hard(void **state)
{
    struct room *room = *state;
    for (int i = 0; i < N; i++) {
        room->paces[i].longest[PACE_STAGES] = 0;
        room->paces[i].at = PACE_STAGES;
        room->paces[i].worked_s = 600;
        room->paces[i].active_s = 3600;
    }
    learn(room);
    assert_true(room->class.cells[PACE_STAGES].median_s >= 600);
    assert_int_equal(room->class.cells[PACE_STAGES].finished, 0);
    assert_true(about(room->class.cells[0].median_s, 100, 0.3));
}

static void test_slow_ones_have_their_own_time(void **state)
{
    struct room *room = *state;
    for (int c = 0; c < CELLS; c++)
        room->paces[3].longest[c] *= 2, room->paces[4].longest[c] /= 4;
    room->factors[5] = 1.5;
    learn(room);
    assert_true(about(exp(room->class.own[3]), 2, 0.3));
    assert_true(exp(room->class.own[4]) > 0.75); /* the fast are not punished */
    /* With a roster's factor and nothing else known, that is it. */
    for (int c = 0; c < CELLS; c++)
        room->paces[5].longest[c] = 0;
    learn(room);
    assert_true(about(exp(room->class.own[5]), 1.5, 0.01));
}

static void test_pauses_and_transactions(void **state)
{
    struct room *room = *state;
    const struct class_rules *rules = &room->class.rules;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 50; k++) {
            pace_spell(&room->paces[i].quiet, 40 + k);
            pace_spell(&room->paces[i].open, 20);
        }
    learn(room);
    assert_true(room->class.idle_s == rules->idle_after_s); /* never less than the setting */
    assert_true(room->class.open_s == rules->open_after_s);
    /* A few that were forgotten are not what is usual. */
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 4; k++)
            pace_spell(&room->paces[i].open, 1500);
    learn(room);
    assert_true(room->class.open_s == rules->open_after_s);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 50; k++) {
            pace_spell(&room->paces[i].quiet, 3000);
            pace_spell(&room->paces[i].open, 3000);
        }
    learn(room);
    assert_true(room->class.idle_s > rules->idle_after_s); /* and bounded */
    assert_true(room->class.idle_s <= 2 * rules->idle_after_s);
    assert_true(room->class.open_s <= 4 * rules->open_after_s);
}

static void test_learning_can_be_forbidden(void **state)
{
    struct room *room = *state;
    room->class.rules.learn = false;
    room->factors[2] = 2;
    double before = room->class.cells[0].median_s;
    learn(room);
    assert_true(room->class.cells[0].median_s == before);
    assert_true(about(exp(room->class.own[2]), 2, 0.01));
    assert_true(room->class.absent_s == room->class.rules.absent_after_s);
}

static void test_the_curve_is_by_time_after_coming(void **state)
{
    struct room *room = *state;
    assert_true(isnan(class_expected(&room->class, 60)));
    for (int i = 0; i < N; i++) {
        struct pace *pace = &room->paces[i];
        pace->first_s = 60.0 * i; /* one after the other */
        pace->by_minute = mem_alloc_array(30, sizeof(float));
        pace->n_minutes = 30;
        for (int m = 0; m < 30; m++)
            pace->by_minute[m] = (float)m / 60;
    }
    learn(room);
    assert_true(about(class_expected(&room->class, 10 * 60), 10.0 / 60, 0.01));
    assert_true(about(class_expected(&room->class, 10.5 * 60), 10.5 / 60, 0.01));
    /* Beyond what is known it stays where it was. */
    assert_true(about(class_expected(&room->class, 90 * 60), 29.0 / 60, 0.01));
    assert_true(isnan(class_expected(&room->class, -1)));
    /* The other way round. */
    assert_true(about(class_passed(&room->class, 10.5 / 60), 10.5 * 60, 1));
    assert_true(about(class_passed(&room->class, 1), 30 * 60, 1));
}

static void test_a_leap_of_the_class_is_not_passed_before(void **state)
{
    struct room *room = *state;
    assert_true(class_passed(&room->class, 0) < 1e-9); /* nothing is known yet */
    for (int i = 0; i < N; i++) {
        struct pace *pace = &room->paces[i];
        pace->first_s = 0;
        pace->by_minute = mem_alloc_array(30, sizeof(float));
        pace->n_minutes = 30;
        for (int m = 0; m < 30; m++)
            pace->by_minute[m] = m < 20 ? 0.2F : 0.6F;
    }
    learn(room);
    assert_true(about(class_passed(&room->class, 0.2001), 19 * 60, 1));
    assert_true(class_passed(&room->class, 0.1) < 1e-9);
    assert_true(about(class_passed(&room->class, 0.4), 19.5 * 60, 1));
}

/* -- what the class is stuck on ------------------------------------------------------------------
 */

static void test_lacks(void **state)
{
    (void)state;
    /* Two steps of two checks; 0: done, 1 and 2: at the second, missing its second check, 3: has
     * nothing, 4: not here, 5: unknown. */
    static const double steps[6][2] = {{1, 1}, {1, 0.5}, {1, 0.5},
                                       {0, 0}, {0, 0},   {(double)NAN, (double)NAN}};
    static const double checks[6][4] = {
        {1, 1, 1, 1}, {1, 1, 1, 0}, {1, 1, 1, 0.5},
        {0, 0, 0, 0}, {0, 0, 0, 0}, {(double)NAN, (double)NAN, (double)NAN, (double)NAN}};
    static const size_t check_steps[4] = {0, 0, 1, 1};
    struct class_standing students[6];
    for (size_t i = 0; i < 6; i++)
        students[i] = (struct class_standing){i != 4, steps[i], checks[i], -1, NEVER};
    students[1].step = students[2].step = 1;
    students[1].progress_s = 500;
    students[2].progress_s = 200;
    students[3].step = 0;
    struct class_lack lacks[2];
    class_lacks(students, 6, 2, check_steps, 4, lacks);
    assert_int_equal(lacks[0].here, 4);
    assert_int_equal(lacks[0].lack, 1);
    assert_int_equal(lacks[0].at, 1);
    assert_true(isnan(lacks[0].since_s));
    assert_int_equal(lacks[1].lack, 3);
    assert_int_equal(lacks[1].at, 2);
    assert_true(lacks[1].since_s == 200);
    assert_int_equal(lacks[1].missed, 3);
    assert_int_equal(lacks[1].misses, 2);
    assert_int_equal(class_hardest(lacks, 2), 1);
    lacks[1].at = 1; /* one alone is not the class */
    assert_int_equal(class_hardest(lacks, 2), -1);
    class_lacks(students, 0, 2, check_steps, 4, lacks);
    assert_int_equal(lacks[1].missed, -1);
    assert_int_equal(class_hardest(lacks, 2), -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_before_anything_is_known_the_settings_hold),
        TEST(test_each_stage_has_its_own_time),
        TEST(test_some_who_are_stuck_teach_nothing),
        TEST(test_a_step_that_nobody_passed_is_known_to_be_hard),
        TEST(test_slow_ones_have_their_own_time),
        TEST(test_pauses_and_transactions),
        TEST(test_learning_can_be_forbidden),
        TEST(test_the_curve_is_by_time_after_coming),
        TEST(test_a_leap_of_the_class_is_not_passed_before),
        cmocka_unit_test(test_lacks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
