/*
 * The state's rule: each state from its own cause, in their order of precedence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "lab/state.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000000)
static const int64_t now = INT64_C(1800000000) * 1000000;

static struct state_input working(void)
{
    return (struct state_input){.progress = 0.5,
                                .median = 0.5,
                                .sessions = 1,
                                .now_us = now,
                                .last_activity_us = now - MINUTES(1),
                                .last_progress_us = now - MINUTES(2),
                                .first_seen_us = now - MINUTES(40),
                                .time_factor = 1,
                                .idle_after_s = 300,
                                .stuck_after_s = 480,
                                .behind_by = 0.25};
}

static void test_rule(void **state)
{
    (void)state;
    struct state_input in = working();
    assert_int_equal(state_compute(&in), STATE_WORKING);
    in.progress = 1;
    in.in_transaction = true;
    assert_int_equal(state_compute(&in), STATE_DONE);
    in.progress = (double)NAN;
    assert_int_equal(state_compute(&in), STATE_BLOCKED);
    in.in_transaction = false;
    assert_int_equal(state_compute(&in), STATE_UNKNOWN);

    in = working();
    in.last_progress_us = now - MINUTES(9);
    assert_int_equal(state_compute(&in), STATE_STUCK);
    in.time_factor = 1.5; /* stuck after 12 minutes only */
    assert_int_equal(state_compute(&in), STATE_WORKING);
    in.last_activity_us = now - MINUTES(6);
    in.last_progress_us = now - MINUTES(30);
    assert_int_equal(state_compute(&in), STATE_IDLE); /* nobody there to be stuck */

    in = working();
    in.progress = 0.2;
    assert_int_equal(state_compute(&in), STATE_BEHIND);
    in.time_factor = 2; /* expected: half of the median */
    assert_int_equal(state_compute(&in), STATE_WORKING);
    in.time_factor = 1;
    in.median = (double)NAN;
    assert_int_equal(state_compute(&in), STATE_WORKING);

    in = working();
    in.sessions = 0;
    assert_int_equal(state_compute(&in), STATE_WORKING); /* between two psql calls */
    in.last_activity_us = now - MINUTES(5);
    assert_int_equal(state_compute(&in), STATE_IDLE);
    in.last_activity_us = now - MINUTES(16);
    assert_int_equal(state_compute(&in), STATE_ABSENT);
    in.first_seen_us = in.last_activity_us = in.last_progress_us = 0;
    in.progress = 0;
    assert_int_equal(state_compute(&in), STATE_ABSENT);
    in.progress = (double)NAN;
    assert_int_equal(state_compute(&in), STATE_ABSENT);
}

static void test_clocks_that_differ(void **state)
{
    (void)state;
    struct state_input in = working();
    in.last_activity_us = in.last_progress_us = in.first_seen_us = now + MINUTES(10);
    assert_int_equal(state_compute(&in), STATE_WORKING);
    in.time_factor = (double)NAN;
    assert_int_equal(state_compute(&in), STATE_WORKING);
}

static void test_signs(void **state)
{
    (void)state;
    char letters[STATES + 1] = "";
    for (int i = 0; i < STATES; i++) {
        enum student_state back = STATES;
        const char *glyph = state_glyph((enum student_state)i);
        assert_true(state_parse(state_name((enum student_state)i), &back));
        assert_int_equal(back, i);
        assert_true(utf8_valid(glyph, strlen(glyph)));
        char letter = state_letter((enum student_state)i);
        assert_null(strchr(letters, letter));
        letters[i] = letter;
    }
    enum student_state ignored;
    assert_false(state_parse("bored", &ignored));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule),
        cmocka_unit_test(test_clocks_that_differ),
        cmocka_unit_test(test_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
