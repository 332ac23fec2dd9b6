/*
 * Errors: the first one wins, context is added in front, reports are disarmed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"

static void test_first_error_wins(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    assert_false(error_set(&err, ERROR_INPUT, "first %d", 1));
    error_set(&err, ERROR_FAILED, "second");
    assert_int_equal(err.code, ERROR_INPUT);
    error_wrap(&err, "reading \"%s\"", "x");
    assert_string_equal(err.message, "reading \"x\": first 1");
    error_clear(&err);
    assert_false(error_is_set(&err));
}

static void test_move_keeps_the_first(void **state)
{
    (void)state;
    struct error a = ERROR_INIT, b = ERROR_INIT;
    error_set(&b, ERROR_TIMEOUT, "b");
    error_move(&a, &b);
    assert_int_equal(a.code, ERROR_TIMEOUT);
    assert_false(error_is_set(&b));
    error_set(&b, ERROR_FAILED, "later");
    error_move(&a, &b);
    assert_string_equal(a.message, "b");
    error_clear(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_error_wins),
        cmocka_unit_test(test_move_keeps_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
