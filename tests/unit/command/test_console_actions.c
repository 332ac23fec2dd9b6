/*
 * The console's actions: the command of each, with what was typed where no option is looked for,
 * and what its errors become on the screen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "command/console_actions.h"
#include "command/console_words.h"

static void assert_command(struct action action, const char *expected)
{
    struct arena arena = ARENA_INIT;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const char *const *words = console_action_command(&action, "library", &arena);
    for (size_t i = 0; words[i] != NULL; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "|" : "", words[i]);
    assert_string_equal(text.text, expected);
    arena_release(&arena);
}

static void test_commands(void **state)
{
    (void)state;
    assert_command((struct action){.kind = ACTION_CLAIM, .login = "bob", .helper = "Kim L."},
                   "hands|--by=Kim L.|--|library|claim|bob");
    assert_command((struct action){.kind = ACTION_RESOLVE, .login = "bob", .text = "--yes"},
                   "hands|--note=--yes|--|library|resolve|bob");
    assert_command((struct action){.kind = ACTION_EXTRA_TIME, .login = "bob", .text = "-5"},
                   "student|--yes|--|library|bob|extra-time|-5");
    assert_command((struct action){.kind = ACTION_NOTE, .login = "bob", .text = "--json"},
                   "student|--yes|--|library|bob|note|--json");
    assert_command((struct action){.kind = ACTION_RESET, .login = "bob", .text = "left over"},
                   "student|--yes|--|library|bob|reset");
    assert_command((struct action){.kind = ACTION_LESSON_START, .text = "45"},
                   "lesson|--yes|--length=45min|--|library|start");
    assert_command((struct action){.kind = ACTION_LESSON_START}, "lesson|--yes|--|library|start");
    assert_command((struct action){.kind = ACTION_LESSON_ANNOUNCE, .text = "5"},
                   "lesson|--yes|--in=5min|--no-wait|--|library|end");
    assert_command((struct action){.kind = ACTION_LESSON_RESUME}, "lesson|--yes|--|library|resume");
    assert_command((struct action){.kind = ACTION_LESSON_END}, "lesson|--yes|--|library|end");
    assert_command((struct action){.kind = ACTION_LESSON_CLOSE},
                   "lesson|--yes|--close-logins|--|library|end");
    assert_command((struct action){.kind = ACTION_ANNOUNCE, .text = "-- break"},
                   "announce|--|library|-- break");
    assert_command((struct action){.kind = ACTION_ANNOUNCE}, "announce|--end|--|library");
    for (int kind = 0; kind < ACTIONS; kind++) {
        struct arena arena = ARENA_INIT;
        struct action action = {.kind = (enum action_kind)kind};
        assert_non_null(console_action_command(&action, "l", &arena)[0]);
        assert_non_null(action_ask(action.kind)->title);
        arena_release(&arena);
    }
}

static void test_asking(void **state)
{
    (void)state;
    struct action action = {.helper = ""};
    action_want(&action, ACTION_CLAIM, "bob");
    assert_string_equal(action.login, "bob");
    assert_false(action_is_ready(&action));
    assert_non_null(action_fault(&action));
    strcpy(action.helper, "Kim");
    assert_null(action_fault(&action));
    action_want(&action, ACTION_CLAIM, "eve");
    assert_true(action_is_ready(&action)); /* the name is remembered */
    action_want(&action, ACTION_RESET, "eve");
    assert_false(action_is_ready(&action));
    action.asked = true;
    assert_true(action_is_ready(&action));
    static const struct {
        enum action_kind kind;
        const char *text;
        bool good;
    } answers[] = {
        {ACTION_EXTRA_TIME, "", false},
        {ACTION_EXTRA_TIME, "5", true},
        {ACTION_EXTRA_TIME, "-5", true},
        {ACTION_EXTRA_TIME, "0", false},
        {ACTION_EXTRA_TIME, "5x", false},
        {ACTION_EXTRA_TIME, "99999999999999999999", false},
        {ACTION_LESSON_START, "", true},
        {ACTION_LESSON_START, "-5", false},
        {ACTION_LESSON_ANNOUNCE, "", false},
        {ACTION_LESSON_ANNOUNCE, "5", true},
        {ACTION_LESSON_ANNOUNCE, "0", false},
        {ACTION_LESSON_ANNOUNCE, "-5", false},
        {ACTION_NOTE, "", false},
        {ACTION_NOTE, "0", true},
        {ACTION_ANNOUNCE, "", true},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        action_want(&action, answers[i].kind, NULL);
        strcpy(action.text, answers[i].text);
        assert_int_equal(action_fault(&action) == NULL, answers[i].good);
    }
}

static void test_words(void **state)
{
    (void)state;
    CLEANUP(mem_free_string)
    char *words =
        console_words("lectern: hands: \"bob\" has no hand up\n    Hint: wait\n", "hands");
    assert_string_equal(words, "\"bob\" has no hand up; Hint: wait");
    CLEANUP(mem_free_string)
    char *none = console_words("", "hands");
    assert_string_equal(none, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_asking),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
