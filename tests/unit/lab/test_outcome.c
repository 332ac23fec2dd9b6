/*
 * What came of a lesson: how long each step took, and how long a need was shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "lab/outcome.h"

#define S(seconds)         (INT64_C(1000000) * (seconds))
#define ASSERT_ABOUT(a, b) assert_true(fabs((a) - (b)) < 1e-6)

enum { START = 1000 };

static const struct lesson_pause one_pause[] = {{S(START + 100), S(START + 160)}};
static const struct lesson_clock plain = {S(START), NULL, 0};
static const struct lesson_clock paused = {S(START), one_pause, 1};

static void test_each_step_from_the_one_before(void **state)
{
    (void)state;
    struct outcome_step steps[] = {
        {.done_us = S(START + 250)}, {.done_us = S(START + 50)}, {.done_us = 0}};
    outcome_step_seconds(&plain, S(START), S(START + 10), steps, 3);
    ASSERT_ABOUT(steps[1].seconds, 40);  /* from when he was first seen */
    ASSERT_ABOUT(steps[0].seconds, 200); /* in the order in which they were met */
    assert_true(isnan(steps[2].seconds));
}

static void test_pauses_take_no_time(void **state)
{
    (void)state;
    struct outcome_step steps[] = {{.done_us = S(START + 50)}, {.done_us = S(START + 250)}};
    outcome_step_seconds(&paused, S(START), S(START - 99), steps, 2);
    ASSERT_ABOUT(steps[0].seconds, 50);
    ASSERT_ABOUT(steps[1].seconds, 140);
}

static void test_what_was_met_at_once_shares_its_time(void **state)
{
    (void)state;
    struct outcome_step steps[] = {
        {.done_us = S(START + 90)}, {.done_us = S(START + 90)}, {.done_us = S(START + 100)}};
    outcome_step_seconds(&plain, S(START), S(START), steps, 3);
    ASSERT_ABOUT(steps[0].seconds, 45);
    ASSERT_ABOUT(steps[1].seconds, 45);
    ASSERT_ABOUT(steps[2].seconds, 10);
}

static void test_what_was_met_before_took_no_known_time(void **state)
{
    (void)state;
    struct outcome_step steps[] = {{.done_us = S(START - 5)}, {.done_us = S(START + 30)}};
    outcome_step_seconds(&plain, S(START), S(START), steps, 2);
    assert_true(isnan(steps[0].seconds));
    ASSERT_ABOUT(steps[1].seconds, 30);
}

static void test_who_was_not_seen_coming_began_with_the_lesson(void **state)
{
    (void)state;
    struct outcome_step steps[] = {{.done_us = S(START + 30)}, {.done_us = S(START + 80)}};
    outcome_step_seconds(&plain, S(START), 0, steps, 2);
    ASSERT_ABOUT(steps[0].seconds, 30);
    outcome_step_seconds(&plain, S(START), S(START + 31), steps, 2);
    ASSERT_ABOUT(steps[0].seconds, 30);
    ASSERT_ABOUT(steps[1].seconds, 50);
}

static void test_without_a_lesson_he_must_have_been_seen(void **state)
{
    (void)state;
    const struct lesson_clock none = {0, NULL, 0};
    struct outcome_step steps[] = {{.done_us = S(START + 30)}, {.done_us = S(START + 80)}};
    outcome_step_seconds(&none, 0, 0, steps, 2);
    assert_true(isnan(steps[0].seconds));
    ASSERT_ABOUT(steps[1].seconds, 50);
    outcome_step_seconds(&none, 0, S(START), steps, 2);
    ASSERT_ABOUT(steps[0].seconds, 30);
}

static void test_spans_are_cut_to_the_lesson(void **state)
{
    (void)state;
    int64_t from = S(START), to = S(START + 600);
    ASSERT_ABOUT(outcome_span(&plain, from, to, S(START + 10), S(START + 30)), 20);
    ASSERT_ABOUT(outcome_span(&plain, from, to, S(START - 10), S(START + 30)), 30);
    ASSERT_ABOUT(outcome_span(&plain, from, to, S(START + 590), 0), 10);
    ASSERT_ABOUT(outcome_span(&plain, from, to, S(START + 590), S(START + 999)), 10);
    ASSERT_ABOUT(outcome_span(&plain, from, to, S(START + 700), 0), 0);
    ASSERT_ABOUT(outcome_span(&paused, from, to, S(START + 90), S(START + 170)), 20);
    ASSERT_ABOUT(outcome_span(&paused, from, to, S(START + 110), S(START + 120)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_step_from_the_one_before),
        cmocka_unit_test(test_pauses_take_no_time),
        cmocka_unit_test(test_what_was_met_at_once_shares_its_time),
        cmocka_unit_test(test_what_was_met_before_took_no_known_time),
        cmocka_unit_test(test_who_was_not_seen_coming_began_with_the_lesson),
        cmocka_unit_test(test_without_a_lesson_he_must_have_been_seen),
        cmocka_unit_test(test_spans_are_cut_to_the_lesson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
