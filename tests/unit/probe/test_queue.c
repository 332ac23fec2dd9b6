/*
 * The queue: bounded, oldest first, and slow ones one at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "probe/queue.h"

static void oldest_change_first(void **state)
{
    (void)state;
    struct queue queue;
    unsigned why;
    queue_init(&queue, 10, 4);
    queue_add(&queue, 5, 1, 100);
    queue_add(&queue, 2, 1, 90);
    queue_add(&queue, 5, 2, 120); /* again: its age stays, its reasons add up */
    queue_add(&queue, 9, 1, 110);
    assert_int_equal(queue_take(&queue, 130, &why), 2);
    assert_int_equal(queue_take(&queue, 130, &why), 5);
    assert_int_equal(why, 3);
    assert_int_equal(queue_take(&queue, 130, &why), 9);
    assert_int_equal(queue_take(&queue, 130, &why), -1);
    queue_release(&queue);
}

static void a_bounded_number_at_a_time(void **state)
{
    (void)state;
    struct queue queue;
    unsigned why;
    queue_init(&queue, 5, 2);
    for (size_t i = 0; i < 5; i++)
        queue_add(&queue, i, 1, (int64_t)i);
    assert_int_equal(queue_take(&queue, 10, &why), 0);
    assert_int_equal(queue_take(&queue, 10, &why), 1);
    assert_int_equal(queue_take(&queue, 10, &why), -1);
    queue_done(&queue, 0, 20);
    assert_int_equal(queue_take(&queue, 20, &why), 2);
    queue_release(&queue);
}

static void a_change_during_the_round_is_not_lost(void **state)
{
    (void)state;
    struct queue queue;
    unsigned why;
    queue_init(&queue, 3, 2);
    queue_add(&queue, 1, 1, 0);
    assert_int_equal(queue_take(&queue, 0, &why), 1);
    queue_add(&queue, 1, 2, 5);
    assert_int_equal(queue_take(&queue, 6, &why), -1); /* never twice at once */
    queue_done(&queue, 1, 10);
    assert_int_equal(queue_take(&queue, 10, &why), 1);
    assert_int_equal(why, 2);
    queue_release(&queue);
}

/* Eight databases that eat a second each and one that is well: the well one is never kept waiting,
 * because slow ones run one at a time and rest behind it. */
static void slow_ones_leave_room(void **state)
{
    (void)state;
    struct queue queue;
    unsigned why;
    queue_init(&queue, 9, 4);
    for (size_t i = 0; i < 8; i++) {
        queue_add(&queue, i, 1, 0);
        queue.entries[i].slow = true;
    }
    assert_int_equal(queue_take(&queue, 0, &why), 0);
    assert_int_equal(queue_take(&queue, 0, &why), -1);
    queue_add(&queue, 8, 1, 1);
    assert_int_equal(queue_take(&queue, 1, &why), 8);
    queue_done(&queue, 8, 10);
    queue_done(&queue, 0, 3000);
    assert_true(queue.entries[0].slow);
    queue_add(&queue, 0, 1, 3000);
    for (size_t i = 1; i < 8; i++) {
        assert_int_equal(queue_take(&queue, 3000, &why), (int)i);
        queue_done(&queue, i, 3000);
        assert_false(queue.entries[i].slow); /* quick this time: out of the slow lane */
    }
    assert_int_equal(queue_take(&queue, 11999, &why), -1); /* rests three times its round */
    assert_int_equal(queue_take(&queue, 12000, &why), 0);
    queue_release(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oldest_change_first),
        cmocka_unit_test(a_bounded_number_at_a_time),
        cmocka_unit_test(a_change_during_the_round_is_not_lost),
        cmocka_unit_test(slow_ones_leave_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
