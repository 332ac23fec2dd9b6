/*
 * The words: query results become structs, and results of another shape are refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "control/words.h"

/* A result of `columns` columns; NULL cells are SQL's NULL. */
static PGresult *table(int columns, int rows, const char *const cells[])
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[10] = {{.name = NULL}};
    static char name[] = "c";
    for (int i = 0; i < columns; i++)
        attributes[i] = (PGresAttDesc){.name = name, .typid = 25, .typlen = -1, .atttypmod = -1};
    assert_true(PQsetResultAttrs(result, columns, attributes));
    for (int i = 0; i < rows * columns; i++) {
        char text[64] = "";
        if (cells[i] != NULL)
            strcpy(text, cells[i]);
        assert_true(PQsetvalue(result, i / columns, i % columns, cells[i] != NULL ? text : NULL,
                               cells[i] != NULL ? (int)strlen(text) : -1));
    }
    return result;
}

static void test_words(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct words words = {.arena = ARENA_INIT};
    PGresult *result = table(3, 1, (const char *const[]){"library", "Library", "t"});
    assert_true(words_add_lab(&words, result, &err));
    PQclear(result);
    assert_string_equal(words.lab, "library");
    assert_true(words.is_current);
    result = table(3, 2, (const char *const[]){"types", "types", "", "table loan", "loan", "Hm?"});
    assert_true(words_add_steps(&words, result, &err));
    PQclear(result);
    assert_string_equal(words.steps[1].hint, "Hm?");
    result = table(10, 1,
                   (const char *const[]){"eve", "Eve", "C2", "B", NULL, NULL, "stuck",
                                         "1764082000000000", NULL, "3"});
    assert_true(words_add_students(&words, result, &err));
    PQclear(result);
    assert_string_equal(words.students[0].seat, "C2");
    assert_string_equal(words.students[0].current_step, "");
    assert_string_equal(words.students[0].need, "stuck");
    assert_true(words.students[0].need_since_us == INT64_C(1764082000000000));
    assert_true(words.students[0].last_activity_us == 0);
    assert_int_equal(words.students[0].failed_logins, 3);
    result = table(6, 2,
                   (const char *const[]){"table loan", "0.25", "loan exists", "0.5", "found a view",
                                         NULL, "gone", NULL, "x", NULL, "locked", "185"});
    assert_true(words_add_checks(&words, "eve", result, &err));
    PQclear(result);
    assert_int_equal(words.n_checks, 2);
    assert_int_equal(words.checks[0].step, 1);
    assert_true(words.checks[0].step_score == 0.25);
    assert_true(words.checks[0].score == 0.5);
    assert_int_equal(words.checks[1].step, words.n_steps);
    assert_true(isnan(words.checks[1].score));
    assert_string_equal(words.checks[0].verdict, "found a view");
    assert_string_equal(words.checks[1].verdict, "locked, for 3 min");
    words_release(&words);
    assert_null(words.lab);
}

static void test_documents(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "", "[]", "null", "{\"a\": 1", "{\"a\": 1, \"a\": 2}", "{\"a\": \"\xff\"}"};
    struct error err = ERROR_INIT;
    struct words words = {.arena = ARENA_INIT};
    PGresult *result = table(1, 1, (const char *const[]){"{\"hands\": null}"});
    assert_true(words_add_class(&words, result, &err));
    PQclear(result);
    assert_true(json_is_object(words.class));
    result = table(1, 0, NULL);
    assert_true(words_add_open(&words, result, &err));
    PQclear(result);
    assert_null(words.open);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        result = table(1, 1, &refused[i]);
        assert_false(words_add_open(&words, result, &err));
        PQclear(result);
        assert_null(words.open);
        error_clear(&err);
    }
    words_release(&words);
    assert_null(words.class);
}

static void test_no_lab(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct words words = {.arena = ARENA_INIT};
    PGresult *result = table(3, 0, NULL);
    assert_true(words_add_lab(&words, result, &err));
    assert_null(words.lab);
    PQclear(result);
}

static void test_other_shape(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    struct words words = {.arena = ARENA_INIT};
    PGresult *result = table(2, 1, (const char *const[]){"library", "Library"});
    assert_false(words_add_lab(&words, result, &err));
    assert_true(error_is_set(&err));
    error_clear(&err);
    PQclear(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_no_lab),
        cmocka_unit_test(test_other_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
