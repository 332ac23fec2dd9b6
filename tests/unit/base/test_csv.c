/*
 * CSV: places of fields, and fields that a spreadsheet cannot run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/strbuf.h"

static void test_places(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf\xc3\xa9\xc3\xa9; \"b\r\nb\"\"\" ;c\r\n;;\r\n\n d ;\n";
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct csv_reader reader;
    struct csv_row row;
    bool more = false;
    assert_true(csv_open(&reader, "f", text, sizeof text - 1, &arena, &err));
    assert_true(csv_next(&reader, &row, &more, &err));
    assert_true(more);
    assert_int_equal(row.count, 3);
    assert_string_equal(row.fields[0].text, "\xc3\xa9\xc3\xa9");
    assert_int_equal(row.fields[0].column, 1);
    assert_string_equal(row.fields[1].text, "b\r\nb\"");
    assert_int_equal(row.fields[1].line, 1);
    assert_int_equal(row.fields[1].column, 6);
    assert_string_equal(row.fields[2].text, "c");
    assert_int_equal(row.fields[2].line, 2);
    assert_int_equal(row.fields[2].column, 7);
    assert_true(csv_next(&reader, &row, &more, &err));
    assert_true(more);
    assert_int_equal(row.line, 5);
    assert_int_equal(row.count, 2);
    assert_string_equal(row.fields[0].text, "d");
    assert_int_equal(row.fields[0].column, 2);
    assert_true(csv_next(&reader, &row, &more, &err));
    assert_false(more);
    csv_close(&reader);
    arena_release(&arena);
}

static void test_writing(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"", ""},
        {"a,b", "\"a,b\""},
        {"a;b", "\"a;b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {" =1", "\"' =1\""},
        {"\t=1", "\\x09=1"},
        {"a\nb", "a\\x0ab"},
        {"\x1b[2J", "\\x1b[2J"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        csv_add_field(&out, cases[i][0]);
        assert_string_equal(out.text, cases[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
