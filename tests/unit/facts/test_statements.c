/* The splitter of SQL scripts: what ends a statement, and what only looks like an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "facts/statements.h"

static void split(const char *script, struct statements *ret_statements)
{
    struct error err = ERROR_INIT;
    if (!statements_split("a.sql", script, strlen(script), ret_statements, &err))
        fail_msg("%s", err.message);
}

/* The statements must be these, in order; NULL-terminated. */
static void expect(const char *script, const char *const *texts)
{
    struct statements all;
    split(script, &all);
    size_t i = 0;
    for (; texts[i] != NULL; i++) {
        assert_true(i < all.count);
        char found[512];
        snprintf(found, sizeof found, "%.*s", (int)all.items[i].len, all.items[i].text);
        assert_string_equal(found, texts[i]);
    }
    assert_int_equal(all.count, i);
    statements_release(&all);
}

#define EXPECT(script, ...) expect(script, (const char *const[]){__VA_ARGS__, NULL})

static void test_quotes(void **state)
{
    (void)state;
    EXPECT("select ';'; select 'it''s;'; x", "select ';';", "select 'it''s;';", "x");
    EXPECT("select \"a;\"\"b\"; y;", "select \"a;\"\"b\";", "y;");
    EXPECT("select E'a\\';b'; z;", "select E'a\\';b';", "z;");
    EXPECT("select E'a'\n  'b\\';c'; z;", "select E'a'\n  'b\\';c';", "z;");
    EXPECT("select 'a\\'; z;", "select 'a\\';", "z;");
    EXPECT("set standard_conforming_strings = off; select 'a\\';b'; z;",
           "set standard_conforming_strings = off;", "select 'a\\';b';", "z;");
    EXPECT("select U&'a;\\0061', u&\"x;\"; z;", "select U&'a;\\0061', u&\"x;\";", "z;");
    EXPECT("select $1; select $$a;'$$; select $t$ $$;$ $t$; a$b$c;", "select $1;",
           "select $$a;'$$;", "select $t$ $$;$ $t$;", "a$b$c;");
}

static void test_comments(void **state)
{
    (void)state;
    EXPECT("-- a;\nselect 1 -- b;\n;/* c; /* d; */ e; */ select 2;", "select 1 -- b;\n;",
           "select 2;");
    EXPECT(";;  ;\n select 3", "select 3");
}

static void test_bodies(void **state)
{
    (void)state;
    EXPECT("create rule r as on insert to t do (select 1; select 2); x;",
           "create rule r as on insert to t do (select 1; select 2);", "x;");
    EXPECT("CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 "
           "END; SELECT 2; END; begin; x;",
           "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 "
           "END; SELECT 2; END;",
           "begin;", "x;");
    EXPECT("create procedure p() begin atomic insert into t values (1); end; x;",
           "create procedure p() begin atomic insert into t values (1); end;", "x;");
}

static void test_copy(void **state)
{
    (void)state;
    struct statements all;
    split("-- head\n\ncopy t (a, b) from stdin;\n1\t';\n\\N\t$$\n\\.\nselect 1;\n"
          "COPY u FROM STDIN WITH (FORMAT csv);\r\n\\.\r\ncopy (select 1) to stdout;\nx;",
          &all);
    assert_int_equal(all.count, 5);
    assert_int_equal(all.items[0].kind, STATEMENT_COPY);
    assert_int_equal(all.items[0].line, 3);
    assert_int_equal(all.items[0].end_line, 6);
    assert_int_equal(all.items[0].data_len, strlen("1\t';\n\\N\t$$\n"));
    assert_memory_equal(all.items[0].data, "1\t';\n\\N\t$$\n", all.items[0].data_len);
    assert_int_equal(all.items[1].line, 7);
    assert_int_equal(all.items[1].kind, STATEMENT_SQL);
    assert_int_equal(all.items[2].kind, STATEMENT_COPY);
    assert_int_equal(all.items[2].data_len, 0);
    assert_int_equal(all.items[3].kind, STATEMENT_SQL);
    assert_int_equal(all.items[3].line, 10);
    assert_int_equal(all.items[4].line, 11);
    statements_release(&all);
}

static void test_backslash(void **state)
{
    (void)state;
    struct statements all;
    split("\\restrict abc\nselect 1 \\g | sh\nselect '\\!';\n\\connect x\r\nselect 2;", &all);
    assert_int_equal(all.count, 5);
    assert_int_equal(all.items[0].kind, STATEMENT_BACKSLASH);
    assert_int_equal(all.items[1].kind, STATEMENT_BACKSLASH);
    assert_int_equal(all.items[1].len, strlen("select 1 \\g | sh"));
    assert_int_equal(all.items[2].kind, STATEMENT_SQL);
    assert_int_equal(all.items[3].kind, STATEMENT_BACKSLASH);
    assert_int_equal(all.items[3].len, strlen("\\connect x"));
    assert_int_equal(all.items[4].line, 5);
    statements_release(&all);
}

static void test_unterminated(void **state)
{
    (void)state;
    static const struct {
        const char *script, *message;
    } cases[] = {
        {"x;\nselect 'a;\n", "a.sql:2: unterminated quoted string"},
        {"select \"a", "a.sql:1: unterminated quoted identifier"},
        {"\n\n/* a /* b */", "a.sql:3: unterminated comment"},
        {"select $a$ $b$", "a.sql:1: unterminated dollar-quoted string"},
        {"x;\ncopy t from stdin;\n1\n", "a.sql:2: unterminated COPY data (no \"\\.\" line)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error err = ERROR_INIT;
        struct statements all;
        assert_false(
            statements_split("a.sql", cases[i].script, strlen(cases[i].script), &all, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, ERROR_INPUT);
        error_clear(&err);
    }
}

static void test_words(void **state)
{
    (void)state;
    struct statements all;
    split("Alter /* c */ TABLE only \"Pub\".t -- d\n Owner TO x;"
          "alter table t disable trigger all; select 'owner to', (owner to);",
          &all);
    char words[STATEMENT_WORDS][STATEMENT_WORD_SIZE];
    assert_int_equal(statement_words(&all.items[0], words), 10);
    assert_string_equal(words[0], "alter");
    assert_string_equal(words[2], "only");
    assert_string_equal(words[3], "pub");
    assert_string_equal(words[4], ".");
    assert_true(statement_find_words(&all.items[0], "owner to", NULL) > 0);
    long last = 0;
    assert_int_equal(statement_find_words(&all.items[1], "disable trigger all", &last), 14);
    assert_memory_equal(all.items[1].text + last, "all;", 4);
    assert_int_equal(statement_find_words(&all.items[2], "owner to", NULL), -1);
    statements_release(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quotes),    cmocka_unit_test(test_comments),
        cmocka_unit_test(test_bodies),    cmocka_unit_test(test_copy),
        cmocka_unit_test(test_backslash), cmocka_unit_test(test_unterminated),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
