/* Expressions that mean the same become the same text; others do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "facts/expression.h"

static const struct {
    const char *expr, *canonical;
} cases[] = {
    {"((price)::numeric > (0)::numeric)", "price>0"},
    {"(price > 0)", "price>0"},
    {"(\"Price\" > '0'::numeric)", "price>0"},
    {"'12.50'::numeric(10,2)", "12.50"},
    {"'-1'::integer", "-1"},
    {"(kind = ANY (ARRAY['a'::text, 'B b'::text]))", "kind=any array['a','B b']"},
    {"((kind)::text = ANY ((ARRAY['a'::character varying, 'B b'::character varying(3)])::text[]))",
     "kind=any array['a','B b']"},
    {"CURRENT_TIMESTAMP", "now"},
    {"now()", "now"},
    {"('now'::text)::date", "now"},
    {"LOCALTIMESTAMP(0)", "now 0"},
    {"'now then'::text", "'now then'"},
    {"'it''s (a) B::c'::text", "'it''s (a) B::c'"},
    {"'2006-01-01'::timestamp(3) without time zone", "2006-01-01"},
    {"'x'::public.\"Mood Of\"", "'x'"},
    {"'x'::public.mood[]", "'x'"},
    {"((a > 0) AND (b < 1))", "a>0 and b<1"},
    {"lower(name)", "lower name"},
    {"NOT isempty(period)", "not isempty period"},
    {"nextval('s'::regclass)", "nextval's'"},
    {"", ""},
    {"'", "'"},
    {"a::", "a"},
    {"x::numeric(", "x"},
};

static void test_canonical(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char *found = expression_canonical(cases[i].expr);
        assert_string_equal(found, cases[i].canonical);
        free(found);
    }
}

/* These differ in meaning. */
static void test_distinct(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"(kind = 'a'::text)", "(kind = 'A'::text)"},
        {"(a > 0)", "(a >= 0)"},
        {"(a = 'b c'::text)", "(a = 'bc'::text)"},
        {"'0'::text", "'0x'::text"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        char *a = expression_canonical(pairs[i][0]), *b = expression_canonical(pairs[i][1]);
        assert_string_not_equal(a, b);
        free(a);
        free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_canonical),
        cmocka_unit_test(test_distinct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
