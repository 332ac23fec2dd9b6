/*
 * The queue's order: hands by waiting time with those not helped yet ahead, the struggling before
 * the idle, then who is being helped, then what was put off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lab/queue.h"

static void test_order(void **state)
{
    (void)state;
    struct snapshot_student students[] = {
        {.login = "idle", .need = NEED_IDLE, .need_since_us = 1000000},
        {.login = "absent", .need = NEED_ABSENT, .need_since_us = 1000000},
        {.login = "again", .need = NEED_HAND, .helped = 1},
        {.login = "fine"},
        {.login = "stuck", .need = NEED_STUCK, .need_since_us = 9000000},
        {.login = "claimed", .need = NEED_HAND},
        {.login = "late", .need = NEED_HAND},
        {.login = "early", .need = NEED_HAND},
        {.login = "paused", .need = NEED_HAND},
        {.login = "behind", .need = NEED_BEHIND, .need_since_us = 1000000},
        {.login = "blocked", .need = NEED_BLOCKED, .need_since_us = 2000000},
    };
    struct snapshot_hand hands[] = {
        {.id = 1, .student = 3, .state = "resolved", .resolved_us = 10},
        {.id = 2, .student = 2, .state = "waiting", .raised_us = 1000000},
        {.id = 3, .student = 8, .state = "paused", .raised_us = 1000000},
        {.id = 4, .student = 6, .state = "waiting", .raised_us = 5000000},
        {.id = 5, .student = 5, .state = "claimed", .raised_us = 1000000},
        {.id = 6, .student = 7, .state = "waiting", .raised_us = 3000000},
        {.id = 7, .student = 3, .state = "resolved", .resolved_us = 20},
    };
    static const size_t expected[] = {7, 6, 2, 10, 4, 9, 0, 5, 8};
    static const int64_t expected_hands[] = {6, 4, 2, 5, 3, 7, 1};
    struct snapshot snapshot;
    snapshot_init(&snapshot);
    snapshot.students = students;
    snapshot.n_students = sizeof students / sizeof *students;
    snapshot.hands = hands;
    snapshot.n_hands = sizeof hands / sizeof *hands;
    for (int round = 0; round < 2; round++) { /* what is in order stays so */
        queue_order(&snapshot);
        assert_int_equal(snapshot.n_queue, 9);
        for (size_t i = 0; i < 9; i++)
            assert_int_equal(snapshot.queue[i], expected[i]);
        for (size_t i = 0; i < 7; i++)
            assert_int_equal(snapshot.hands[i].id, expected_hands[i]);
        assert_int_equal(students[7].hand, 1);
        assert_int_equal(students[8].hand, 5);
        assert_int_equal(students[3].hand, 0);
    }
    snapshot_release(&snapshot);
}

static void test_nobody(void **state)
{
    (void)state;
    struct snapshot snapshot;
    snapshot_init(&snapshot);
    queue_order(&snapshot);
    assert_int_equal(snapshot.n_queue, 0);
    snapshot_release(&snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
