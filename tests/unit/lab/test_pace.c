/*
 * A student's pace: what counts as work, to which stage it belongs, which errors are the same; and
 * the lesson's clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "lab/lesson.h"
#include "lab/pace.h"

#define NEVER ((double)NAN)

static void look(struct pace *pace, double now_s, double active_s, int step, const double *steps)
{
    struct pace_look seen = {.now_s = now_s,
                             .active_s = active_s,
                             .sessions = 1,
                             .open_s = NEVER,
                             .progress = 0.5,
                             .step = step,
                             .steps = steps};
    pace_look(pace, &seen);
}

#define ASSERT_ABOUT(a, b) assert_true(fabs((a) - (b)) < 1e-6)

static void test_work_is_what_lies_between_acts(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 2);
    ASSERT_ABOUT(pace_worked(&pace, 1000), 0); /* never came */
    look(&pace, 100, 100, 0, NULL);
    ASSERT_ABOUT(pace.first_s, 100);
    look(&pace, 160, 160, 0, NULL);
    ASSERT_ABOUT(pace_worked(&pace, 160), 60);
    ASSERT_ABOUT(pace_worked(&pace, 190), 90);
    /* An hour away is a pause's worth of work at most. */
    ASSERT_ABOUT(pace_worked(&pace, 160 + 3600), 60 + PACE_PAUSE_S);
    look(&pace, 160 + 3600, 160 + 3600, 0, NULL);
    ASSERT_ABOUT(pace_worked(&pace, 160 + 3600), 60 + PACE_PAUSE_S);
    /* The same look again, or an older one, adds nothing. */
    look(&pace, 160 + 3600, 160, 0, NULL);
    ASSERT_ABOUT(pace_worked(&pace, 160 + 3600), 60 + PACE_PAUSE_S);
    pace_release(&pace);
}

static void test_progress_belongs_to_its_stage(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 2);
    double steps[2] = {0, 0};
    look(&pace, 0, 0, 0, steps);
    look(&pace, 50, 50, 0, steps);
    steps[0] = 0.4;
    look(&pace, 60, 60, 0, steps);
    ASSERT_ABOUT(pace.longest[0], 60);
    assert_int_equal(pace.at, 3); /* its third seventh */
    ASSERT_ABOUT(pace_worked(&pace, 60), 0);
    steps[0] = 0.8;
    look(&pace, 90, 90, 0, steps);
    ASSERT_ABOUT(pace.longest[3], 30);
    assert_int_equal(pace.at, 6);
    steps[0] = 1;
    steps[1] = 0.2; /* both at once: the time was the first one's */
    look(&pace, 110, 110, 1, steps);
    ASSERT_ABOUT(pace.longest[6], 20);
    ASSERT_ABOUT(pace.longest[PACE_STAGES], 0);
    assert_int_equal(pace.at, PACE_STAGES + 2);
    /* What is lost is no progress; what is unknown is neither. */
    steps[0] = 0;
    look(&pace, 150, 150, 0, steps);
    ASSERT_ABOUT(pace_worked(&pace, 150), 40);
    steps[1] = NEVER;
    look(&pace, 170, 170, 0, steps);
    steps[1] = 0.2;
    look(&pace, 180, 180, 0, steps);
    ASSERT_ABOUT(pace_worked(&pace, 180), 70);
    look(&pace, 190, 190, -1, NULL);
    assert_int_equal(pace.at, -1);
    pace_release(&pace);
}

static void test_what_cannot_show_does_not_count(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1);
    look(&pace, 0, 0, 0, NULL);
    look(&pace, 100, 100, 0, NULL);
    struct pace_look open = {
        .now_s = 110, .active_s = 110, .sessions = 1, .open_s = 110, .progress = 0.5, .step = 0};
    pace_look(&pace, &open);
    for (int i = 0; i < 10; i++) {
        open.now_s = open.active_s = 140 + 60 * i;
        pace_look(&pace, &open);
        ASSERT_ABOUT(pace_worked(&pace, open.now_s), 110);
    }
    look(&pace, 700, 700, 0, NULL);
    ASSERT_ABOUT(pace_worked(&pace, 700), 110);
    look(&pace, 730, 730, 0, NULL);
    ASSERT_ABOUT(pace_worked(&pace, 730), 140);
    /* The transaction's length is remembered. */
    ASSERT_ABOUT(pace_longest(&pace.open), 0); /* of one */
    open.now_s = open.active_s = 800, open.open_s = 790;
    pace_look(&pace, &open);
    look(&pace, 810, 810, 0, NULL);
    assert_true(pace_longest(&pace.open) >= 590);
    pace_helped(&pace);
    ASSERT_ABOUT(pace_worked(&pace, 810), 0);
    pace_release(&pace);
}

static void test_errors(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1);
    assert_null(pace_same(&pace));
    double steps[1] = {0};
    look(&pace, 0, 0, 0, steps);
    for (int i = 0; i < 5; i++)
        pace_error(&pace, i, "42601", "syntax error at or near \"FORM\"");
    assert_int_equal(pace.different, 1);
    pace_error(&pace, 5, "42P01", "relation \"boook\" does not exist");
    pace_error(&pace, 6, "42601", "syntax error at or near \"FORM\"");
    assert_int_equal(pace.different, 3);
    assert_int_equal(pace.errors, 7);
    assert_int_equal(pace_same(&pace)->count, 6);
    assert_string_equal(pace_same(&pace)->sqlstate, "42601");
    /* More kinds than it remembers: the oldest goes, the rest stays. */
    char text[400];
    for (int i = 0; i < 3; i++) {
        snprintf(text, sizeof(text), "%d %0300d", i, 7);
        pace_error(&pace, 10 + i, "42703", text);
    }
    assert_string_equal(pace_same(&pace)->sqlstate, "42601");
    assert_int_equal(pace.errors, 10);
    steps[0] = 0.5; /* all of it is over when he gets on */
    look(&pace, 20, 20, 0, steps);
    assert_null(pace_same(&pace));
    assert_int_equal(pace.errors, 0);
    pace_release(&pace);
}

static void test_logins(void **state)
{
    (void)state;
    struct pace pace;
    pace_init(&pace, 1);
    pace_login_failed(&pace, 10);
    pace_login_failed(&pace, 20);
    assert_int_equal(pace.logins_failed, 2);
    look(&pace, 30, 30, 0, NULL);
    assert_int_equal(pace.logins_failed, 0);
    pace_login_failed(&pace, 25); /* the log is late */
    assert_int_equal(pace.logins_failed, 0);
    pace_login_failed(&pace, 40);
    pace_logged_in(&pace); /* and gone again: no look saw it */
    assert_int_equal(pace.logins_failed, 0);
    pace_release(&pace);
}

static void test_the_clock_stands_in_pauses(void **state)
{
    (void)state;
    const int64_t s = 1000000;
    const struct lesson_pause pauses[] = {{100 * s, 160 * s}, {300 * s, 0}};
    const struct lesson_clock clock = {.start_us = 10 * s, .pauses = pauses, .n_pauses = 2};
    assert_true(isnan(lesson_seconds(&clock, 0)));
    ASSERT_ABOUT(lesson_seconds(&clock, 10 * s), 0);
    ASSERT_ABOUT(lesson_seconds(&clock, 5 * s), -5); /* came before it began */
    ASSERT_ABOUT(lesson_seconds(&clock, 100 * s), 90);
    ASSERT_ABOUT(lesson_seconds(&clock, 130 * s), 90);
    ASSERT_ABOUT(lesson_seconds(&clock, 160 * s), 90);
    ASSERT_ABOUT(lesson_seconds(&clock, 170 * s), 100);
    ASSERT_ABOUT(lesson_seconds(&clock, 300 * s), 230);
    ASSERT_ABOUT(lesson_seconds(&clock, 90000 * s), 230);
    double last = -10;
    for (int64_t t = 1; t < 400; t++) { /* never back */
        double now = lesson_seconds(&clock, t * s);
        assert_true(now >= last);
        last = now;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_is_what_lies_between_acts),
        cmocka_unit_test(test_progress_belongs_to_its_stage),
        cmocka_unit_test(test_what_cannot_show_does_not_count),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_logins),
        cmocka_unit_test(test_the_clock_stands_in_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
