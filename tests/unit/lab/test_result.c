/*
 * Comparing results: what the example gave, what is found instead, what it is worth and in which
 * words.  No server.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "lab/result.h"

enum { CELLS = 64, COLUMNS = 4 };

/* A result in short: "name:type:family ..." and rows as "a|b / c|d"; "~" is NULL. */
struct table {
    char columns_text[256], rows_text[512];
    struct result_column columns[COLUMNS];
    const char *values[CELLS];
    struct result result;
};

static struct result *table(struct table *t, const char *columns, const char *rows)
{
    *t = (struct table){.result = {.columns = t->columns, .values = t->values}};
    strcpy(t->columns_text, columns);
    strcpy(t->rows_text, rows);
    char *rest = NULL;
    for (char *c = strtok_r(t->columns_text, " ", &rest); c; c = strtok_r(NULL, " ", &rest)) {
        char *type = strchr(c, ':'), *family = strchr(type + 1, ':');
        *type = *family = '\0';
        for (char *p = type + 1; *p != '\0'; p++)
            *p = *p == '_' ? ' ' : *p;
        t->columns[t->result.n_columns++] = (struct result_column){c, type + 1, family + 1};
    }
    size_t n = 0;
    bool more = *t->rows_text != '\0' || t->result.n_columns == 1;
    for (char *c = t->rows_text; more && *rows != '\0';) {
        size_t len = strcspn(c, "|/");
        more = c[len] != '\0';
        c[len] = '\0';
        t->values[n++] = strcmp(c, "~") == 0 ? NULL : c;
        c += len + 1;
    }
    t->result.n_rows = t->result.n_columns > 0 ? n / t->result.n_columns : 0;
    return &t->result;
}

struct said {
    const char *columns, *rows; /* the example's */
    const char *found_columns;  /* NULL: the same */
    const char *found_rows;     /* NULL: the same */
    const char *compare;        /* NULL: as it comes */
    double value;
    const char *verdict; /* NULL: none */
};

static void judge(const struct said *said)
{
    struct table wanted, found;
    json_t *expected = json_object();
    result_note(table(&wanted, said->columns, said->rows), expected);
    if (said->compare != NULL)
        json_object_set_new(expected, "compare", json_string(said->compare));
    table(&found, said->found_columns != NULL ? said->found_columns : said->columns,
          said->found_rows != NULL ? said->found_rows : said->rows);
    struct score score = result_judge(expected, &found.result);
    if (fabs(score.value - said->value) > 1e-6 ||
        strcmp(score.verdict != NULL ? score.verdict : "",
               said->verdict != NULL ? said->verdict : "") != 0)
        fail_msg("%s: %s against %s: %g \"%s\", expected %g \"%s\"", said->columns, said->rows,
                 said->found_rows != NULL ? said->found_rows : said->rows, score.value,
                 score.verdict != NULL ? score.verdict : "", said->value,
                 said->verdict != NULL ? said->verdict : "");
    free(score.verdict);
    json_decref(expected);
}

#define NAMES  "id:integer:integer name:text:text"
#define TOTALS "id:integer:integer total:numeric:number"
#define FLOATS "x:double_precision:number"

static void test_rows(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {NAMES, "1|a/2|b", NULL, NULL, NULL, 1, NULL},
        {NAMES, "1|a/2|b", NULL, "2|b/1|a", NULL, 1, NULL},
        {NAMES, "1|a/2|b", NULL, "2|b/1|a", "ordered", 0.5, "right rows, wrong order"},
        {NAMES, "1|a/2|b", NULL, "1|a/2|b", "ordered", 1, NULL},
        {NAMES, "1|a/2|b", NULL, "1|a", NULL, 0.25, "1 row missing"},
        {NAMES, "1|a/2|b", NULL, "1|a", "ordered", 0.25, "1 row missing"},
        {NAMES, "1|a/2|b/3|c", NULL, "1|x/2|x/3|c", NULL, 0.1, "2 rows missing, 2 too many"},
        {NAMES, "1|a", NULL, "1|a/1|a", NULL, 0.25, "1 row too many"},
        {NAMES, "1|a", NULL, "1|a/1|a", "set", 1, NULL},
        {NAMES, "1|a/1|a/2|b", NULL, "1|a/2|b/2|b", NULL, 0.25, "1 row missing, 1 too many"},
        {NAMES, "1|a/1|a/2|b", NULL, "1|a/2|b/2|b", "set", 1, NULL},
        {NAMES, "1|a", NULL, "", NULL, 0, "1 row missing"},
        {NAMES, "1|a", NULL, "9|z/8|y", "ignore", 1, NULL},
        {NAMES, "1|~", NULL, "1|~", NULL, 1, NULL},
        {NAMES, "1|~", NULL, "1|", NULL, 0, "1 row missing, 1 too many"},
        {TOTALS, "1|~", NULL, "1|0", NULL, 0, "1 row missing, 1 too many"},
        {TOTALS, "1|~", NULL, "1|~", NULL, 1, NULL},
        /* fields do not run together */
        {"a:text:text b:text:text", "ab|c", NULL, "a|bc", NULL, 0, "1 row missing, 1 too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        judge(&cases[i]);
}

static void test_values(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {TOTALS, "1|12.50", NULL, "1|12.5", NULL, 1, NULL},
        {TOTALS, "1|12.50", NULL, "1|12.51", NULL, 0, "1 row missing, 1 too many"},
        {TOTALS, "1|100", NULL, "1|100.000", NULL, 1, NULL},
        {TOTALS, "1|-0.00", NULL, "1|0", NULL, 1, NULL},
        /* exact numbers have no tolerance */
        {TOTALS, "1|0.0000001", NULL, "1|0.0000002", NULL, 0, "1 row missing, 1 too many"},
        {TOTALS, "1|12.5", "id:bigint:integer total:money:number", "1|$12.50", NULL, 1, NULL},
        {TOTALS, "1|1234.5", "id:bigint:integer total:money:number", "1|$1,234.50", NULL, 1, NULL},
        /* inexact ones have, also against exact ones */
        {FLOATS, "0.3", NULL, "0.30000000000000004", NULL, 1, NULL},
        {FLOATS, "2.5000005", NULL, "2.50000049999", NULL, 1, NULL},
        {FLOATS, "1", NULL, "1.00001", NULL, 0, "1 row missing, 1 too many"},
        {FLOATS, "3000000", NULL, "3000000.5", NULL, 1, NULL},
        {FLOATS, "NaN", NULL, "NaN", NULL, 1, NULL},
        {FLOATS, "Infinity", NULL, "Infinity", NULL, 1, NULL},
        {FLOATS, "Infinity", NULL, "-Infinity", NULL, 0, "1 row missing, 1 too many"},
        {FLOATS, "1/2/3", NULL, "3.0000000001/1/1.9999999999", NULL, 1, NULL},
        {"x:numeric:number", "3.3333333333333333", FLOATS, "3.3333333333333335", NULL, 1, NULL},
        {FLOATS, "3.3333333333333335", "x:numeric:number", "3.3333333333333333", NULL, 1, NULL},
        {"n:bigint:integer", "5", "n:numeric:number", "5.00", NULL, 1, NULL},
        {"n:bigint:integer", "5", "n:double_precision:number", "5", NULL, 1, NULL},
        {"d:date:date", "2024-05-01", "d:date:date", "2024-05-02", NULL, 0,
         "1 row missing, 1 too many"},
        {"t:timestamp_without_time_zone:timestamp", "2024-05-01 10:00:00",
         "t:timestamp_with_time_zone:timestamp", "2024-05-01 10:00:00+00", NULL, 1, NULL},
        {"c:text:text", "ab", "c:character:text", "ab   ", NULL, 1, NULL},
        {"j:jsonb:json", "{\"a\": 1, \"b\": 2}", "j:json:json", "{\"b\":2,\"a\":1}", NULL, 1, NULL},
        {"j:jsonb:json", "{\"a\": [1.0, -2.50, \"1.0\"]}", NULL, "{\"a\": [1, -2.5, \"1.0\"]}",
         NULL, 1, NULL},
        {"j:jsonb:json", "{\"a\": \"1.0\"}", NULL, "{\"a\": \"1\"}", NULL, 0,
         "1 row missing, 1 too many"},
        {"a:numeric[]:number[]", "{{1.50,NULL},{2.00,0}}", NULL, "{{1.5,NULL},{2,0.0}}", NULL, 1,
         NULL},
        {"a:numeric[]:number[]", "{1.5}", NULL, "{1.05}", NULL, 0, "1 row missing, 1 too many"},
        {"a:text[]:text[]", "{1.50}", NULL, "{1.5}", NULL, 0, "1 row missing, 1 too many"},
        {"b:boolean:bool", "t", NULL, "f", NULL, 0, "1 row missing, 1 too many"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        judge(&cases[i]);
}

static void test_columns(void **state)
{
    (void)state;
    static const struct said cases[] = {
        {NAMES, "1|a", "name:text:text id:integer:integer", "a|1", NULL, 1, NULL},
        {NAMES, "1|a", "ID:integer:integer Name:text:text", "1|a", NULL, 1, NULL},
        {NAMES, "1|a", "more:text:text name:text:text id:integer:integer", "x|a|1", NULL, 1, NULL},
        {NAMES, "1|a", "id:integer:integer label:text:text", "1|a", NULL, 0.8,
         "column name is named label"},
        {NAMES, "1|a", "id:integer:integer label:text:text", "1|b", NULL, 0,
         "column name is named label; 1 row missing, 1 too many"},
        {NAMES, "1|a", "id:integer:integer", "1", NULL, 0, "column name is missing"},
        {TOTALS, "1|12.5", "id:integer:integer total:text:text", "1|12.50", NULL, 0.5,
         "column total is text, expected numeric"},
        {TOTALS, "1|12.5", "id:integer:integer total:text:text", "1|EUR 12.50", NULL, 0,
         "column total is text, expected numeric; 1 row missing, 1 too many"},
        {"d:date:date", "2024-05-01", "d:timestamp_without_time_zone:timestamp",
         "2024-05-01 00:00:00", NULL, 0.5,
         "column d is timestamp without time zone, expected date"},
        /* a type of one's own is text */
        {NAMES, "1|open", "id:integer:integer name:of_another_type:", "1|open", NULL, 1, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        judge(&cases[i]);
}

/* One column of `n` numbers from `first` on. */
static struct result numbers(struct arena *arena, size_t n, int first, const char *family)
{
    struct result_column *column = arena_alloc_array(arena, 1, sizeof *column);
    *column = (struct result_column){"n", "numeric", family};
    const char **values = arena_alloc_array(arena, n + 1, sizeof(const char *));
    for (size_t i = 0; i < n; i++)
        values[i] = arena_printf(arena, "%d", first + (int)i);
    return (struct result){column, 1, values, n};
}

static void check_numbers(size_t n, size_t found, int first, const char *family, double value,
                          const char *verdict)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    json_t *expected = json_object();
    struct result wanted = numbers(&arena, n, 0, family);
    struct result other = numbers(&arena, found, first, family);
    result_note(&wanted, expected);
    struct score score = result_judge(expected, &other);
    assert_true(fabs(score.value - value) < 1e-4);
    assert_string_equal(score.verdict != NULL ? score.verdict : "", verdict);
    free(score.verdict);
    json_decref(expected);
}

static void test_large(void **state)
{
    (void)state;
    static const char *const families[] = {"integer", "number"};
    for (size_t i = 0; i < 2; i++) {
        check_numbers(2000, 2000, 0, families[i], 1, "");
        check_numbers(2000, 2000, 5, families[i], 0.5 * 1995 / 2005, "5 rows missing, 5 too many");
        check_numbers(2000, 50000, 0, families[i], 0.5 * 2000 / 50000, "48000 rows too many");
        check_numbers(2001, 2001, 0, families[i], 1, "");
        check_numbers(2001, 2001, 1, families[i], 0, "the rows differ");
        check_numbers(2001, 2000, 0, families[i], 0, "1 row missing");
        check_numbers(1, RESULT_ROWS_MAX + 1, 0, families[i], 0, "more than 50000 rows");
    }
}

/* What is stored is no plain value of an exact column, and nothing of the words is a value. */
static void test_nothing_told(void **state)
{
    (void)state;
    struct table wanted, found;
    json_t *expected = json_object();
    result_note(table(&wanted, NAMES, "1|secret"), expected);
    char *text = json_dumps(expected, JSON_COMPACT);
    assert_null(strstr(text, "secret"));
    free(text);
    struct score score = result_judge(expected, table(&found, NAMES, "1|guess"));
    assert_null(strstr(score.verdict, "secret"));
    free(score.verdict);
    json_decref(expected);
}

static void test_one_value(void **state)
{
    (void)state;
    static const struct {
        const char *expect, *column, *rows;
        double value;
        const char *verdict;
    } cases[] = {
        {"true", "ok:boolean:bool", "t", 1, ""},
        {"true", "ok:boolean:bool", "f", 0, "it does not hold"},
        {"true", "ok:boolean:bool", "~", 0, "it does not hold"},
        {"false", "ok:boolean:bool", "f", 1, ""},
        {"false", "ok:boolean:bool", "t", 0, "it holds, but must not"},
        {NULL, "ok:boolean:bool", "~", 1, ""},
        {NULL, "ok:boolean:bool", "t", 0, "it gives another value"},
        {"12.5", "n:numeric:number", "12.50", 1, ""},
        {"3", "n:bigint:integer", "3", 1, ""},
        {"3", "n:bigint:integer", "4", 0, "it gives another value"},
        {"0.3", "n:double_precision:number", "0.30000000000000004", 1, ""},
        {"0.3", "n:numeric:number", "0.30000000000000004", 0, "it gives another value"},
        {"Abba", "t:text:text", "Abba", 1, ""},
        {"Abba", "t:text:text", "abba", 0, "it gives another value"},
        {"true", "t:text:text", "t", 0, "it gives another value"},
        {"true", "ok:boolean:bool", "", 0, "the query gives no row"},
        {"2024-05-01", "d:date:date", "2024-05-01", 1, ""},
        {"t", "n:integer:integer", "1", 0, "it gives another value"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct table found;
        json_t *expected = json_object();
        json_object_set_new(expected, "expect",
                            cases[i].expect != NULL ? json_string(cases[i].expect) : json_null());
        struct score score =
            result_judge_value(expected, table(&found, cases[i].column, cases[i].rows));
        if (score.value != cases[i].value ||
            strcmp(score.verdict != NULL ? score.verdict : "", cases[i].verdict) != 0)
            fail_msg("%s: %s: %g %s", cases[i].expect, cases[i].rows, score.value, score.verdict);
        free(score.verdict);
        json_decref(expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_values),
        cmocka_unit_test(test_columns),      cmocka_unit_test(test_large),
        cmocka_unit_test(test_nothing_told), cmocka_unit_test(test_one_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
