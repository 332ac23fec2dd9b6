/*
 * What the console takes from "lectern handout --json": the whole sheet, nothing of a password that
 * the student changed, and no sheet from anything else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "command/console_handout.h"

static void test_sheet(void **state)
{
    (void)state;
    struct sheet *sheet = console_handout_parse(
        "{\"title\": \"The library\", \"host\": \"lab.example\", \"port\": 5432, \"students\": ["
        "{\"login\": \"ada\", \"name\": \"Ada\", \"seat\": \"A1\", \"changed\": false,"
        " \"password\": \"kolup-satin-derog\"},"
        "{\"login\": \"bob\", \"changed\": true, \"password\": \"nobody-knows-this\"},"
        "{\"login\": \"cy\", \"changed\": null, \"password\": \"lamit-panek-sutor\"},"
        "{\"login\": \"dot\", \"changed\": null, \"password\": null}]}",
        "a remark");
    assert_non_null(sheet);
    assert_string_equal(sheet->title, "The library");
    assert_string_equal(sheet->host, "lab.example");
    assert_int_equal(sheet->port, 5432);
    assert_string_equal(sheet->remark, "a remark");
    assert_int_equal(sheet->n, 4);
    assert_string_equal(sheet->students[0].login, "ada");
    assert_string_equal(sheet->students[0].seat, "A1");
    assert_int_equal(sheet->students[0].state, SHEET_INITIAL);
    assert_string_equal(sheet->students[0].password, "kolup-satin-derog");
    assert_int_equal(sheet->students[1].state, SHEET_CHANGED);
    assert_string_equal(sheet->students[1].password, "");
    assert_string_equal(sheet->students[1].name, "");
    assert_int_equal(sheet->students[2].state, SHEET_UNSURE);
    assert_string_equal(sheet->students[2].password, "lamit-panek-sutor");
    assert_int_equal(sheet->students[3].state, SHEET_GONE);
    assert_string_equal(sheet->students[3].password, "");
    sheet_free(sheet);
}

static void test_odd(void **state)
{
    (void)state;
    static const char *const none[] = {"", "{", "[]", "null", "{\"students\": 3}", "{}"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(console_handout_parse(none[i], ""));
    /* Too long, or of the wrong kind: left out. */
    struct sheet *sheet = console_handout_parse(
        "{\"port\": \"x\", \"students\": [3, null, {\"login\": 7, \"changed\": false, "
        "\"password\": "
        "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}]}",
        "");
    assert_non_null(sheet);
    assert_int_equal(sheet->n, 3);
    for (size_t i = 0; i < sheet->n; i++) {
        assert_string_equal(sheet->students[i].login, "");
        assert_string_equal(sheet->students[i].password, "");
    }
    sheet_free(sheet);
    sheet_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheet),
        cmocka_unit_test(test_odd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
