/*
 * Splitting an example into what a person types: kinds, steps, order, COPY's rows; the sample
 * databases chinook and pagila when they are at hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pg_query.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/split.h"

static struct split split_text(const char *text, size_t rows)
{
    struct split split;
    struct error err = ERROR_INIT;
    if (!split_script("test.sql", text, strlen(text), rows, &split, &err))
        fail_msg("%s", err.message);
    return split;
}

/* "kind step|..." in order. */
static char *outline(const struct split *split)
{
    static const char *const kinds[] = {"type", "sequence", "table",   "alter", "key",
                                        "rows", "setval",   "foreign", "index", "attach",
                                        "view", "function", "trigger", "other"};
    struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < split->count; i++)
        strbuf_printf(&out, "%s%s:%s", i > 0 ? " " : "", kinds[split->parts[i].kind],
                      split->parts[i].step);
    return strbuf_detach(&out);
}

static void expect_outline(const char *text, const char *expected)
{
    struct split split = split_text(text, 100);
    CLEANUP(mem_free_string)
    char *found = outline(&split);
    assert_string_equal(found, expected);
    split_release(&split);
}

static void test_order_of_tables(void **state)
{
    (void)state;
    expect_outline("CREATE VIEW v AS SELECT 1;\n"
                   "ALTER TABLE ONLY public.film ADD CONSTRAINT f FOREIGN KEY (l) REFERENCES "
                   "public.language(id);\n"
                   "CREATE INDEX i ON public.film USING btree (title);\n"
                   "INSERT INTO public.film VALUES (1, 1, 'x');\n"
                   "ALTER TABLE ONLY public.film ADD CONSTRAINT p PRIMARY KEY (id);\n"
                   "CREATE TABLE public.film (id int, l int, title text);\n"
                   "CREATE TABLE public.language (id int PRIMARY KEY);\n"
                   "CREATE TABLE inventory (id int, f int REFERENCES film);\n"
                   "CREATE TYPE mood AS ENUM ('a;b', 'c');",
                   "type:types table:table language table:table film key:table film "
                   "rows:table film foreign:table film index:table film table:table inventory "
                   "view:view v");
}

static void test_cycles_end(void **state)
{
    (void)state;
    struct split split = split_text("CREATE TABLE a (x int REFERENCES b, y int REFERENCES a);\n"
                                    "CREATE TABLE b (x int REFERENCES c);\n"
                                    "CREATE TABLE c (x int REFERENCES a);",
                                    100);
    assert_int_equal(split.count, 3);
    split_release(&split);
}

static void test_what_is_left_out(void **state)
{
    (void)state;
    struct split split = split_text(
        "\\connect x\nSET search_path = '';\nSELECT pg_catalog.set_config('search_path', '', "
        "false);\nCREATE SCHEMA public;\nCREATE SCHEMA other;\nCREATE EXTENSION plpgsql;\n"
        "CREATE DATABASE d;\nCREATE ROLE r;\nGRANT ALL ON TABLE t TO r;\nCOMMENT ON TABLE t IS "
        "'x;y';\nALTER TABLE t OWNER TO r;\nALTER FUNCTION f() OWNER TO r;\nDROP TABLE t;\n"
        "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\nALTER TABLE t DISABLE TRIGGER ALL;\n"
        "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO r;\nCREATE EVENT TRIGGER e ON x;\n",
        100);
    CLEANUP(mem_free_string)
    char *found = outline(&split);
    assert_string_equal(found, "type:types table:table t");
    assert_int_equal(split.dropped, 17);
    split_release(&split);
}

static void test_sequences(void **state)
{
    (void)state;
    expect_outline("CREATE TABLE public.film_actor (a int);\nCREATE TABLE public.film (id int);\n"
                   "CREATE SEQUENCE public.film_id_seq;\nCREATE SEQUENCE public.film_actor_a_seq;\n"
                   "CREATE SEQUENCE numbers;\nCREATE SEQUENCE own;\n"
                   "ALTER SEQUENCE own OWNED BY public.film.id;\n"
                   "SELECT pg_catalog.setval('public.film_id_seq', 7, true);\n",
                   "sequence:types sequence:table film sequence:table film table:table film "
                   "alter:table film setval:table film sequence:table film_actor "
                   "table:table film_actor");
}

static void test_partitions(void **state)
{
    (void)state;
    expect_outline(
        "CREATE TABLE pay_1 (a int);\nCREATE TABLE pay (a int) PARTITION BY RANGE (a);\n"
        "ALTER TABLE ONLY pay ATTACH PARTITION pay_1 FOR VALUES FROM (1) TO (2);\n"
        "ALTER TABLE ONLY pay ADD CONSTRAINT pay_pkey PRIMARY KEY (a);\n"
        "ALTER TABLE ONLY pay_1 ADD CONSTRAINT pay_1_pkey PRIMARY KEY (a);\n"
        "ALTER INDEX pay_pkey ATTACH PARTITION pay_1_pkey;\n"
        "CREATE TABLE pay_2 PARTITION OF pay FOR VALUES FROM (2) TO (3);\n",
        "table:table pay key:table pay table:table pay_1 key:table pay_1 attach:table pay_1 "
        "attach:table pay_1 table:table pay_2");
}

static void test_bodies(void **state)
{
    (void)state;
    struct split split =
        split_text("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$BEGIN; -- ; '\nEND;$$;\n"
                   "CREATE OR REPLACE FUNCTION public.g(a int) RETURNS int BEGIN ATOMIC\n"
                   "  SELECT CASE WHEN a > 0 THEN 1 ELSE 2 END;\n  SELECT 3;\nEND;\n"
                   "CREATE TRIGGER t BEFORE INSERT ON public.x FOR EACH ROW EXECUTE FUNCTION f();\n"
                   "CREATE AGGREGATE agg(text) (SFUNC = s, STYPE = text);\n"
                   "CREATE TABLE public.\"Odd; Name\" (a text DEFAULT E'it\\'s; ' || ';');\n",
                   100);
    CLEANUP(mem_free_string)
    char *found = outline(&split);
    assert_string_equal(found, "table:table Odd; Name function:function f function:function g "
                               "function:function agg trigger:triggers");
    assert_non_null(strstr(split.parts[2].sql, "SELECT 3;\nEND;"));
    split_release(&split);
}

static void test_copy_becomes_insert(void **state)
{
    (void)state;
    struct split split = split_text("CREATE TABLE t (a int, b text, c text);\n"
                                    "COPY public.t (a, b, c) FROM stdin;\n"
                                    "1\tit's\t\\N\n"
                                    "2\ta\\tb\\\\c\\n\t\n"
                                    "3\tCREATE TABLE no (a int);\t\\x41\\101\n"
                                    "\\.\n"
                                    "COPY empty (a) FROM stdin;\n\\.\n",
                                    2);
    assert_int_equal(split.count, 3);
    assert_string_equal(split.parts[1].sql,
                        "INSERT INTO public.t (a, b, c) OVERRIDING SYSTEM VALUE VALUES\n"
                        "    ('1', 'it''s', NULL),\n    ('2', 'a\tb\\c\n', '');");
    assert_string_equal(split.parts[2].sql,
                        "INSERT INTO public.t (a, b, c) OVERRIDING SYSTEM VALUE VALUES\n"
                        "    ('3', 'CREATE TABLE no (a int);', 'AA');");
    assert_string_equal(split.parts[2].step, "table t");
    assert_int_equal(split.parts[1].line, 2);
    split_release(&split);
}

static void test_bad_input(void **state)
{
    (void)state;
    struct split split;
    struct error err = ERROR_INIT;
    const char *const bad[] = {"SELECT 'x", "COPY t FROM stdin;\n1\n",
                               "COPY t FROM stdin WITH (FORMAT csv);\n1\n\\.\n"};
    for (size_t i = 0; i < 3; i++) {
        assert_false(split_script("bad.sql", bad[i], strlen(bad[i]), 100, &split, &err));
        assert_int_equal(err.code, ERROR_INPUT);
        assert_non_null(strstr(err.message, "bad.sql:1"));
        error_clear(&err);
    }
}

/* -- real ones ------------------------------------------------------------------------------- */

static bool read_sample(const char *path, struct strbuf *out)
{
    const char *top = getenv("LECTERN_SRCDIR");
    CLEANUP(mem_free_string)
    char *full = mem_printf("%s/%s", top != NULL ? top : ".", path);
    struct error err = ERROR_INIT;
    bool ok = file_read(full, 64u << 20, out, &err);
    error_clear(&err);
    return ok;
}

/* PostgreSQL's own parser takes each part, and takes it for one statement. */
static void expect_parseable(const struct split *split)
{
    for (size_t i = 0; i < split->count; i++) {
        const struct part *part = &split->parts[i];
        PgQueryParseResult parsed = pg_query_parse(part->sql);
        if (parsed.error != NULL)
            fail_msg("line %d: %s: %.200s", part->line, parsed.error->message, part->sql);
        pg_query_free_parse_result(parsed);
        PgQuerySplitResult pieces = pg_query_split_with_scanner(part->sql);
        assert_int_equal(pieces.n_stmts, 1);
        pg_query_free_split_result(pieces);
    }
}

static size_t count_kind(const struct split *split, enum part_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < split->count; i++)
        n += split->parts[i].kind == kind;
    return n;
}

/* False where the samples are not (cmocka's skip() is "not ok" to the TAP driver). */
static bool split_sample(const char *path, struct split *ret_split)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (!read_sample(path, &text)) {
        print_message("# %s is not here\n", path);
        return false;
    }
    *ret_split = split_text(text.text, 100);
    return true;
}

static void test_library(void **state)
{
    (void)state;
    struct split split;
    if (!split_sample("assets/labs/library/library.sql", &split))
        return;
    expect_parseable(&split);
    assert_int_equal(count_kind(&split, PART_OTHER), 0);
    assert_true(count_kind(&split, PART_TABLE) >= 9);
    assert_true(count_kind(&split, PART_VIEW) >= 3);
    split_release(&split);
}

static void test_chinook(void **state)
{
    (void)state;
    struct split split;
    if (!split_sample("../shared/samples/chinook/chinook.sql", &split))
        return;
    expect_parseable(&split);
    assert_int_equal(count_kind(&split, PART_TABLE), 11);
    assert_int_equal(count_kind(&split, PART_FOREIGN_KEY), 11);
    assert_int_equal(count_kind(&split, PART_INDEX), 11);
    assert_int_equal(count_kind(&split, PART_OTHER), 0);
    split_release(&split);
}

static void test_pagila(void **state)
{
    (void)state;
    struct split split;
    if (!split_sample("../shared/samples/pagila/pagila.sql", &split))
        return;
    expect_parseable(&split);
    assert_int_equal(count_kind(&split, PART_VIEW), 8);
    assert_int_equal(count_kind(&split, PART_TRIGGER), 15);
    assert_int_equal(count_kind(&split, PART_OTHER), 0);
    assert_true(count_kind(&split, PART_ROWS) > 400);
    split_release(&split);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_tables),
        cmocka_unit_test(test_cycles_end),
        cmocka_unit_test(test_what_is_left_out),
        cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_partitions),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_copy_becomes_insert),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_library),
        cmocka_unit_test(test_chinook),
        cmocka_unit_test(test_pagila),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
