/*
 * The states' names and signs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "lab/state.h"

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
        cmocka_unit_test(test_signs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
