/* What is left of a dump for a role without privileges, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "facts/script.h"

/* Left out altogether. */
static const char *const dropped[] = {
    "CREATE DATABASE x;",
    "DROP DATABASE IF EXISTS x;",
    "ALTER DATABASE x SET search_path = a;",
    "ALTER TABLE public.film OWNER TO postgres;",
    "ALTER FUNCTION f(a integer) OWNER TO postgres;",
    "ALTER SCHEMA public OWNER TO pg_database_owner;",
    "CREATE USER lab WITH PASSWORD 'x';",
    "CREATE ROLE lab;",
    "GRANT ALL ON SCHEMA public TO PUBLIC;",
    "REVOKE ALL ON TABLE t FROM x;",
    "ALTER DEFAULT PRIVILEGES FOR ROLE x GRANT ALL ON TABLES TO y;",
    "CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;",
    "COMMENT ON EXTENSION plpgsql IS 'x';",
    "CREATE OR REPLACE PROCEDURAL LANGUAGE plpgsql;",
    "SET default_with_oids = false;",
    "SET transaction_timeout = 0;",
    "SET statement_timeout = 0;",
    "SET SESSION AUTHORIZATION 'postgres';",
    "SET default_tablespace = '';",
    "CREATE SCHEMA public;",
    "COMMENT ON SCHEMA public IS 'standard public schema';",
    "BEGIN;",
    "COMMIT;",
    "\\connect chinook\n",
    "\\restrict abc\n",
    "\\unrestrict abc\n",
    "\\echo hello `id`\n",
    "\\set ON_ERROR_STOP on\n",
};

static const struct {
    const char *text;
    bool session, minor, no_retry;
} kept[] = {
    {"CREATE TABLE owner (to_ text);", false, false, false},
    {"CREATE OR REPLACE VIEW public.v AS\nSELECT\n    NULL::integer AS a;", false, true, true},
    {"CREATE OR REPLACE VIEW public.v AS SELECT a FROM t;", false, false, false},
    {"INSERT INTO t VALUES ('ALTER TABLE x OWNER TO y');", false, false, false},
    {"CREATE SCHEMA publicity;", false, false, false},
    {"CREATE EXTENSION pgcrypto;", false, true, false},
    {"COMMENT ON TABLE t IS 'x';", false, true, false},
    {"DROP TABLE IF EXISTS t;", false, true, true},
    {"SET search_path = cd, pg_catalog;", true, true, false},
    {"SET SESSION search_path = cd;", true, true, false},
    {"SET client_encoding = 'LATIN1';", true, true, false},
    {"SELECT pg_catalog.set_config('search_path', '', false);", true, true, false},
    {"SELECT pg_catalog.setval('s', 7, true);", false, false, false},
};

static void prepare(const char *text, struct script *ret_script)
{
    struct error err = ERROR_INIT;
    if (!script_prepare("a.sql", text, strlen(text), ret_script, &err))
        fail_msg("%s", err.message);
}

static void test_dropped(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++) {
        struct script script;
        prepare(dropped[i], &script);
        if (script.count != 0)
            fail_msg("kept: %s", dropped[i]);
        assert_int_equal(script.dropped, 1);
        script_release(&script);
    }
}

static void test_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
        struct script script;
        prepare(kept[i].text, &script);
        if (script.count != 1)
            fail_msg("not kept: %s", kept[i].text);
        assert_int_equal(script.items[0].session, kept[i].session);
        assert_int_equal(script.items[0].minor, kept[i].minor);
        assert_int_equal(script.items[0].no_retry, kept[i].no_retry);
        script_release(&script);
    }
}

static void test_triggers(void **state)
{
    (void)state;
    struct script script;
    prepare("ALTER TABLE t DISABLE TRIGGER ALL;\nALTER TABLE t ENABLE TRIGGER a;", &script);
    assert_string_equal(script.items[0].text, "ALTER TABLE t DISABLE TRIGGER USER;");
    assert_int_equal(script.items[1].line, 2);
    script_release(&script);
}

static void test_copy(void **state)
{
    (void)state;
    struct script script;
    prepare("COPY t FROM stdin;\n\\! id\nGRANT x;\n\\.\nSELECT 1", &script);
    assert_int_equal(script.count, 2);
    assert_int_equal(script.items[0].data_len, strlen("\\! id\nGRANT x;\n"));
    assert_int_equal(script.items[1].line, 5);
    script_release(&script);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"select 1;\n\\! id", "a.sql:2: psql command \"\\! id\" is not allowed in a dump"},
        {"\\copy t to program 'id'",
         "a.sql:1: psql command \"\\copy t to program 'id'\" is not allowed in a dump"},
        {"select 1 \\g | sh", "a.sql:1: psql command \"\\g | sh\" is not allowed in a dump"},
        {"\\i other.sql", "a.sql:1: psql command \"\\i other.sql\" is not allowed in a dump"},
        {"\\set x `id`", "a.sql:1: psql command \"\\set x `id`\" is not allowed in a dump"},
        {"\\o \x1b]0;x", "a.sql:1: psql command \"\\o \\x1b]0;x\" is not allowed in a dump"},
        {"\\c a\ncreate table t ();\n\\c b\n", "a.sql:3: the dump holds more than one database"},
        {"select 'a", "a.sql:1: unterminated quoted string"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct error err = ERROR_INIT;
        struct script script;
        assert_false(script_prepare("a.sql", cases[i].text, strlen(cases[i].text), &script, &err));
        assert_string_equal(err.message, cases[i].message);
        error_clear(&err);
    }
    struct error err = ERROR_INIT;
    struct script script;
    assert_false(script_prepare("a.sql", "a\0b", 3, &script, &err));
    assert_string_equal(err.message, "a.sql: not a text file");
    error_clear(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dropped),  cmocka_unit_test(test_kept),
        cmocka_unit_test(test_triggers), cmocka_unit_test(test_copy),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
