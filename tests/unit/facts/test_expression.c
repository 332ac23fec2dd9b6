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
    {"'12.50'::numeric(10,2)", "12.5"},
    {"12.50", "12.5"},
    {"'12.50'::text", "12.50"},
    {"(a * 2.0)", "a*2.0"},
    {"round(a, 1.0)", "round a,1.0"},
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

static void test_exact(void **state)
{
    (void)state;
    static const char *const exact[][2] = {
        {"(((a + b) * 2) > 5)", "((a+b)*2)>5"},
        {"((a + (b * 2)) > 5)", "(a+(b*2))>5"},
        {"((price)::numeric > (0)::numeric)", "price>0"},
        {"(\"Price\" > '0'::numeric)", "price>0"},
        {"((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))",
         "kind=any array['a','b']"},
        {"(kind = ANY (ARRAY['a'::text, 'b'::text]))", "kind=any array['a','b']"},
        {"(a = ANY (ARRAY[('x'::character varying)::text, f((b))]))", "a=any array['x',f(b)]"},
        {"now()", "now"},
        {"CURRENT_TIMESTAMP", "now"},
        {"lower((name)::text)", "lower(name)"},
        {"(music.fine(a, (b)::text) > 0)", "fine(a,b)>0"},
        {"(NOT isempty(period))", "not isempty(period)"},
        {"(NOT (a))", "not a"},
        {"((a OR b) AND c)", "(a or b)and c"},
        {"(a OR (b AND c))", "a or(b and c)"},
        {"'it''s (a'::text", "'it''s (a'"},
        {"('-1'::integer)", "-1"},
        {"((", ""},
        {"f(", "f("},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++) {
        char *found = expression_exact(exact[i][0]);
        assert_string_equal(found, exact[i][1]);
        free(found);
    }
}

static void test_conjuncts(void **state)
{
    (void)state;
    static const char *const lists[][2] = {
        {"((a > 0) AND (b < 1))", "[\"a>0\", \"b<1\"]"},
        {"((a > 0) AND ((b < 1) AND (c <> 'x AND y'::text)))",
         "[\"a>0\", \"b<1\", \"c<>'x AND y'\"]"},
        {"(0 < amount)", "[\"amount>0\"]"},
        {"((0)::numeric <= amount)", "[\"amount>=0\"]"},
        {"(amount > (0)::numeric)", "[\"amount>0\"]"},
        {"('a'::text = kind)", "[\"kind='a'\"]"},
        {"(0 < 1)", "[\"0<1\"]"},
        {"(kind = ANY (ARRAY['b'::text, 'a'::text]))", "[\"kind=any array['a','b']\"]"},
        {"((kind = 'b'::text) OR (kind = 'a'::text))", "[\"kind=any array['a','b']\"]"},
        {"((kind = 'b'::text) OR (sort = 'a'::text))", "[\"kind='b' or sort='a'\"]"},
        {"((kind = 'b'::text) OR (kind <> 'a'::text))", "[\"kind<>'a' or kind='b'\"]"},
        {"((a > 0) OR ((b < 1) AND (c > 2)))", "[\"(b<1 and c>2) or a>0\"]"},
        {"(kind <> ALL (ARRAY['b'::text, 'a'::text]))", "[\"kind<>'a'\", \"kind<>'b'\"]"},
        {"(kind = ANY ('{b,a}'::text[]))", "[\"kind=any array['a','b']\"]"},
        {"(size = ANY ('{2,1,2}'::integer[]))", "[\"size=any array[1,2]\"]"},
        {"(kind = ANY ('{b,NULL}'::text[]))", "[\"kind=any'{b,NULL}'\"]"},
        {"(kind = ANY ('{\"b c\",a}'::text[]))", "[\"kind=any'{\\\"b c\\\",a}'\"]"},
        {"(kind = ANY (ARRAY['a'::text]))", "[\"kind='a'\"]"},
        {"('a'::text = ANY (tags))", "[\"'a'=any tags\"]"},
        {"(last > first)", "[\"first<last\"]"},
        {"(first < last)", "[\"first<last\"]"},
        {"(low <= allowed)", "[\"allowed>=low\"]"},
        {"(upper(code) = code)", "[\"code=upper(code)\"]"},
        {"(price >= 0.00)", "[\"price>=0\"]"},
        {"(price >= '-0.50'::numeric)", "[\"price>=-0.5\"]"},
        {"(price >= '-0.50'::text)", "[\"price>=-0.50\"]"},
        {"(half >= (whole / 2.0))", "[\"(whole/2.0)<=half\"]"},
        {"(rate = ANY (ARRAY[0.5, 0.50, 1.0]))", "[\"rate=any array[0.5,1]\"]"},
        {"(NOT (x < 0))", "[\"x>=0\"]"},
        {"(NOT (x IS NULL))", "[\"x is not null\"]"},
        {"(NOT (kind = ANY (ARRAY['b'::text, 'a'::text])))", "[\"kind<>'a'\", \"kind<>'b'\"]"},
        {"(NOT ((x > 0) OR (y > 0)))", "[\"not (x>0 or y>0)\"]"},
        {"(NOT ((x > 0) AND (y > 0)))", "[\"not (x>0 and y>0)\"]"},
        {"((props ->> 'a'::text) = 'b'::text)", "[\"(props->>'a')='b'\"]"},
        {"(new.b IS DISTINCT FROM old.b)", "[\"new.b is distinct from old.b\"]"},
        {"(old.* IS DISTINCT FROM new.*)", "[\"new.* is distinct from old.*\"]"},
        {"(a <@ b)", "[\"a<@b\"]"},
        {"", "[\"\"]"},
        {"(('", "[\"(('\"]"},
    };
    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
        json_t *found = expression_conjuncts(lists[i][0]);
        char *text = json_dumps(found, 0);
        if (i + 1 < sizeof(lists) / sizeof(*lists)) /* the last one is only to end */
            assert_string_equal(text, lists[i][1]);
        free(text);
        json_decref(found);
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
        {"(7 / 2.0)", "(7 / 2)"},
        {"'1.0'::text", "'1'::text"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        char *a = expression_canonical(pairs[i][0]), *b = expression_canonical(pairs[i][1]);
        assert_string_not_equal(a, b);
        free(a);
        free(b);
    }
}

/* So do these, as conditions. */
static void test_demands(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"((NOT f(a)) OR z(b))", "(NOT (f(a) OR z(b)))"},
        {"((a OR b) AND c)", "(a OR (b AND c))"},
        {"(NOT CASE WHEN (a > 0) THEN b ELSE c END)", "CASE WHEN (a <= 0) THEN b ELSE c END"},
        {"(kind = ANY (ARRAY['a'::text, 'b'::text]))",
         "(kind = ANY (ARRAY['A'::text, 'b'::text]))"},
        {"(kind = ANY (tags))", "(kind = ALL (tags))"},
        {"(a < b)", "(b < a)"},
        {"(a <= b)", "(a < b)"},
        {"(NOT (a < b))", "(a > b)"},
        {"(old.a IS DISTINCT FROM new.a)", "(old.a IS NOT DISTINCT FROM new.a)"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        char *a = expression_demands(pairs[i][0]), *b = expression_demands(pairs[i][1]);
        assert_string_not_equal(a, b);
        free(a);
        free(b);
    }
    char *a = expression_demands("((d = ANY (ARRAY['y'::text, 'x'::text])) AND (0 < b))");
    char *b = expression_demands("((b > 0) AND (d = ANY (ARRAY['x'::text, 'y'::text])))");
    assert_string_equal(a, b);
    free(a);
    free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),     cmocka_unit_test(test_conjuncts),
        cmocka_unit_test(test_canonical), cmocka_unit_test(test_distinct),
        cmocka_unit_test(test_demands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
