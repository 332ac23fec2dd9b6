/*
 * The shipped lab as `lectern demo` unpacks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/demo_lab.h"
#include "lab/lab.h"

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
        n++;
    return n;
}

static void roster_is_cut_to_size(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    demo_lab_roster(1, &out);
    assert_int_equal(count(out.text, "\n"), 2);
    assert_non_null(strstr(out.text, "login,name,email,seat,group,time_factor\naokonkwo,"));

    strbuf_reset(&out);
    demo_lab_roster(DEMO_STUDENTS, &out);
    assert_string_equal(out.text, asset_get("assets/labs/library/roster.csv")->text);

    strbuf_reset(&out);
    demo_lab_roster(DEMO_STUDENTS_MAX, &out);
    assert_int_equal(count(out.text, "\n"), DEMO_STUDENTS_MAX + 1);
    assert_non_null(strstr(out.text, "\ns025,"));
    assert_non_null(strstr(out.text, "\ns500,"));
}

/* Every row of the example is in exactly one file, whole. */
static void rows_are_those_of_the_example(void **state)
{
    (void)state;
    const char *example = asset_get("assets/labs/library/library.sql")->text;
    const char *cursor = example;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf tables = STRBUF_INIT;
    char *table;
    while (demo_lab_next_rows(&cursor, &table, &out)) {
        strbuf_printf(&tables, "%s ", table);
        mem_free_string(&table);
    }
    assert_string_equal(tables.text, "branch opening_hours closure subject shelf author book "
                                     "book_author member item loan fine reservation ");
    assert_int_equal(count(out.text, "\n    ("), count(example, "\n    ("));
    assert_int_equal(count(out.text, "INSERT INTO "), count(example, "INSERT INTO "));
    assert_int_equal(count(out.text, " RESTART WITH "), 5);
    assert_int_equal(count(out.text, "BEGIN;\n"), 13);
    assert_int_equal(count(out.text, "COMMIT;\n"), 13);
    assert_null(strstr(out.text, "CREATE"));
}

static void lab_file_is_valid(void **state)
{
    (void)state;
    const struct asset *asset = asset_get("assets/labs/library/lab.yaml");
    struct lab lab;
    struct error err = ERROR_INIT;
    if (!lab_parse("/labs/library/lab.yaml", asset->text, asset->len, &lab, &err))
        fail_msg("%s", err.message);
    assert_string_equal(lab.name, DEMO_LAB);
    assert_string_equal(lab.roster, "/labs/library/roster.csv");
    for (size_t i = 0; i < lab.n_steps; i++)
        assert_true(lab.steps[i].title != NULL && lab.steps[i].hint != NULL);
    lab_release(&lab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roster_is_cut_to_size),
        cmocka_unit_test(lab_file_is_valid),
        cmocka_unit_test(rows_are_those_of_the_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
