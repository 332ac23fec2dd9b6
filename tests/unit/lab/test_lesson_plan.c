/*
 * The plan of a lesson: its clock with pauses and end, moments and seconds both ways, extra time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "lab/lesson_plan.h"

#define S INT64_C(1000000)

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void reads_all_of_it(void **state)
{
    (void)state;
    struct lesson_plan plan;
    assert_true(lesson_plan_read(
        &plan, "{\"lesson\": 4, \"start\": 1000000000, \"length\": 3600, \"ended\": null,"
               " \"pauses\": [[1100000000, 1160000000], [1300000000, null]],"
               " \"extra\": {\"7\": 1800, \"9\": 0}}"));
    assert_int_equal(plan.lesson_id, 4);
    assert_int_equal(plan.ended_us, 0);
    assert_true(near(lesson_seconds(&plan.clock, 1050 * S), 50));
    assert_true(near(lesson_seconds(&plan.clock, 1130 * S), 100)); /* stands still */
    assert_true(near(lesson_seconds(&plan.clock, 1200 * S), 140));
    assert_true(near(lesson_seconds(&plan.clock, 9999 * S), 240));
    assert_true(near(lesson_plan_factor(&plan, 7), 1.5));
    assert_true(near(lesson_plan_factor(&plan, 8), 1));
    assert_true(near(lesson_plan_factor(&plan, 9), 1));
    lesson_plan_release(&plan);
    assert_int_equal(plan.lesson_id, 0);
    assert_true(near(lesson_plan_factor(&plan, 7), 1));
}

static void moments_are_the_first(void **state)
{
    (void)state;
    const struct lesson_pause pauses[] = {{1100 * S, 1160 * S}, {1300 * S, 0}};
    const struct lesson_clock clock = {.start_us = 1000 * S, .pauses = pauses, .n_pauses = 2};
    assert_int_equal(lesson_moment_us(&clock, (double)NAN), 0);
    assert_int_equal(lesson_moment_us(&clock, -30), 970 * S);
    assert_int_equal(lesson_moment_us(&clock, 100), 1100 * S);
    for (double s = -50; s < 240; s += 7.25)
        assert_true(near(lesson_seconds(&clock, lesson_moment_us(&clock, s)), s));
}

static void the_end_stops_the_clock(void **state)
{
    (void)state;
    struct lesson_plan plan;
    /* The pause was on, another one was noted behind the end, and nobody has extra time. */
    assert_true(lesson_plan_read(
        &plan, "{\"lesson\": 4, \"start\": 1000000000, \"length\": null, \"ended\": 1200000000,"
               " \"pauses\": [[1150000000, null], [1250000000, 1260000000]], \"extra\": null}"));
    assert_true(plan.ended_us == 1200 * S);
    assert_true(near(lesson_seconds(&plan.clock, 1140 * S), 140));
    assert_true(near(lesson_seconds(&plan.clock, 1190 * S), 150));
    assert_true(near(lesson_seconds(&plan.clock, 5000 * S), 150));
    assert_true(near(lesson_plan_factor(&plan, 7), 1));
    lesson_plan_release(&plan);
}

static void what_is_no_lesson_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {"{",
                                        "[]",
                                        "{}",
                                        "{\"lesson\": 3}",
                                        "{\"lesson\": -1}",
                                        "{\"lesson\": \"x\", \"start\": 5}"};
    struct lesson_plan plan;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(lesson_plan_read(&plan, texts[i]));
        assert_int_equal(plan.lesson_id, 0);
        lesson_plan_release(&plan);
    }
    assert_true(lesson_plan_read(&plan, NULL));
    assert_true(lesson_plan_read(&plan, ""));
    assert_int_equal(plan.lesson_id, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_of_it),
        cmocka_unit_test(moments_are_the_first),
        cmocka_unit_test(the_end_stops_the_clock),
        cmocka_unit_test(what_is_no_lesson_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
