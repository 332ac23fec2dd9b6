/*
 * The lesson: its state, and what is left of its time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "lab/lesson.h"

#define S(seconds)         (INT64_C(1000000) * (seconds))
#define ASSERT_ABOUT(a, b) assert_true(fabs((a) - (b)) < 1e-6)

enum { START = 1000, HOUR = 3600 };

static struct lesson lesson_of(const struct lesson_pause *pauses, size_t n)
{
    return (struct lesson){.clock = {S(START), pauses, n}, .length_s = HOUR};
}

static void test_a_pause_holds_the_time_that_is_left(void **state)
{
    (void)state;
    const struct lesson_pause pauses[] = {{S(START + 600), S(START + 900)}, {S(START + 1000), 0}};
    struct lesson lesson = lesson_of(pauses, 2);
    assert_int_equal(lesson_state_at(&lesson, S(START + 500)), LESSON_RUNNING);
    assert_int_equal(lesson_state_at(&lesson, S(START + 600)), LESSON_PAUSED);
    assert_int_equal(lesson_state_at(&lesson, S(START + 900)), LESSON_RUNNING);
    assert_int_equal(lesson_state_at(&lesson, S(START + 99999)), LESSON_PAUSED);
    ASSERT_ABOUT(lesson_left(&lesson, 0, S(START + 500)), HOUR - 500);
    ASSERT_ABOUT(lesson_left(&lesson, 0, S(START + 700)), HOUR - 600);
    ASSERT_ABOUT(lesson_left(&lesson, 0, S(START + 950)), HOUR - 650);
    ASSERT_ABOUT(lesson_left(&lesson, 0, S(START + 99999)), HOUR - 700);
    ASSERT_ABOUT(lesson_elapsed(&lesson, S(START + 99999)), 700);
}

static void test_extra_time_and_overtime(void **state)
{
    (void)state;
    struct lesson lesson = lesson_of(NULL, 0);
    ASSERT_ABOUT(lesson_left(&lesson, 600, S(START + HOUR)), 600);
    ASSERT_ABOUT(lesson_left(&lesson, -600, S(START + HOUR)), -600);
    ASSERT_ABOUT(lesson_left(&lesson, 0, S(START + HOUR + 60)), -60);
    assert_int_equal(lesson_state_at(&lesson, S(START + HOUR + 60)), LESSON_RUNNING);
    lesson.length_s = 0;
    assert_true(isnan(lesson_left(&lesson, 600, S(START))));
}

static void test_an_announced_end_comes_for_everybody(void **state)
{
    (void)state;
    const struct lesson_pause pauses[] = {{S(START + 400), 0}};
    struct lesson lesson = lesson_of(pauses, 1);
    lesson.ended_us = S(START + 500);
    assert_int_equal(lesson_state_at(&lesson, S(START + 200)), LESSON_RUNNING);
    assert_int_equal(lesson_state_at(&lesson, S(START + 450)), LESSON_PAUSED);
    ASSERT_ABOUT(lesson_left(&lesson, 600, S(START + 450)), 50); /* in spite of pause and extra */
    assert_int_equal(lesson_state_at(&lesson, S(START + 500)), LESSON_ENDING);
    ASSERT_ABOUT(lesson_left(&lesson, 600, S(START + 501)), 0);
    lesson.frozen_us = S(START + 502);
    assert_int_equal(lesson_state_at(&lesson, S(START + 503)), LESSON_ENDED);
}

static void test_the_clock_stops_at_the_end(void **state)
{
    (void)state;
    struct lesson lesson = lesson_of(NULL, 0);
    lesson.ended_us = S(START + 500);
    ASSERT_ABOUT(lesson_elapsed(&lesson, S(START + 499)), 499);
    ASSERT_ABOUT(lesson_elapsed(&lesson, S(START + 9000)), 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pause_holds_the_time_that_is_left),
        cmocka_unit_test(test_extra_time_and_overtime),
        cmocka_unit_test(test_an_announced_end_comes_for_everybody),
        cmocka_unit_test(test_the_clock_stops_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
