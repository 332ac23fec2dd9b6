/*
 * The end of a lesson: who is to be measured once more, and when the results are due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/freeze.h"

enum { END_US = 1000000, LATER_US = 2000000 };

static void test_nothing_ends(void **state)
{
    (void)state;
    struct freeze freeze;
    freeze_init(&freeze, 2);
    freeze_watch(&freeze, 0, 0, 100);
    assert_false(freeze_wants(&freeze, 0));
    assert_false(freeze_asks(&freeze, 0));
    assert_false(freeze_is_due(&freeze, 1000000));
    freeze_release(&freeze);
}

static void test_everybody_is_measured_behind_the_end(void **state)
{
    (void)state;
    struct freeze freeze;
    freeze_init(&freeze, 2);
    freeze_settle(&freeze, 0, END_US - 1); /* a round that began before it */
    freeze_watch(&freeze, 7, END_US, 100);
    assert_true(freeze_asks(&freeze, 0));
    assert_false(freeze_asks(&freeze, 0)); /* once */
    assert_true(freeze_asks(&freeze, 1));
    assert_true(freeze_wants(&freeze, 0)); /* until it came to something */
    freeze_watch(&freeze, 7, END_US, 600); /* the next look */
    assert_false(freeze_asks(&freeze, 0));
    freeze_settle(&freeze, 0, END_US - 1); /* what ran at the end does not count */
    freeze_settle(&freeze, 1, LATER_US);
    assert_false(freeze_is_due(&freeze, 700));
    freeze_settle(&freeze, 0, END_US);
    assert_true(freeze_is_due(&freeze, 700));
    freeze_release(&freeze);
}

static void test_a_hung_database_delays_it_but_does_not_hinder_it(void **state)
{
    (void)state;
    struct freeze freeze;
    freeze_init(&freeze, 2);
    freeze_watch(&freeze, 7, END_US, 100);
    freeze_settle(&freeze, 0, LATER_US);
    freeze_watch(&freeze, 7, END_US, 5000);
    assert_false(freeze_is_due(&freeze, 100 + FREEZE_DEADLINE_MS - 1));
    assert_true(freeze_is_due(&freeze, 100 + FREEZE_DEADLINE_MS));
    freeze_release(&freeze);
}

static void test_the_next_lesson_asks_again(void **state)
{
    (void)state;
    struct freeze freeze;
    freeze_init(&freeze, 1);
    freeze_watch(&freeze, 7, END_US, 100);
    assert_true(freeze_asks(&freeze, 0));
    freeze_settle(&freeze, 0, END_US);
    freeze_watch(&freeze, 0, 0, 600);
    assert_false(freeze_is_due(&freeze, 600));
    freeze_watch(&freeze, 8, LATER_US, 1100);
    assert_true(freeze_asks(&freeze, 0));
    assert_false(freeze_is_due(&freeze, 1100));
    freeze_settle(&freeze, 0, LATER_US + 1);
    assert_true(freeze_is_due(&freeze, 1100));
    freeze_release(&freeze);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_ends),
        cmocka_unit_test(test_everybody_is_measured_behind_the_end),
        cmocka_unit_test(test_a_hung_database_delays_it_but_does_not_hinder_it),
        cmocka_unit_test(test_the_next_lesson_asks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
