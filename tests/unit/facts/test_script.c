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
    "RESET statement_timeout;",
    "RESET ALL;",
    "SET SESSION AUTHORIZATION 'postgres';",
    "SET default_tablespace = '';",
    "CREATE SCHEMA public;",
    "COMMENT ON SCHEMA public IS 'standard public schema';",
    "SELECT * FROM pg_catalog.pg_restore_relation_stats('relname', 'a');",
    "SELECT * FROM pg_catalog.pg_restore_attribute_stats('relname', 'a');",
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
    {"RESET datestyle;", true, true, false},
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

/* What a script takes back was never there; what stands keeps its transaction's number. */
static void test_transactions(void **state)
{
    (void)state;
    static const struct {
        const char *text, *left; /* the statements' first digits, each with its block */
    } cases[] = {
        {"SELECT 1; BEGIN; SELECT 2; ROLLBACK; SELECT 3;", "1:0 3:0 "},
        {"START TRANSACTION; SELECT 1; COMMIT WORK; BEGIN; SELECT 2; ABORT; SELECT 3;", "1:1 3:0 "},
        {"BEGIN; SELECT 1; SAVEPOINT s; SELECT 2; SAVEPOINT t; SELECT 3; ROLLBACK TO s; SELECT 4; "
         "END;",
         "1:1 4:1 "},
        {"BEGIN; SELECT 1; SAVEPOINT s; SELECT 2; ROLLBACK WORK TO SAVEPOINT S; ROLLBACK TO s; "
         "COMMIT;",
         "1:1 "},
        {"BEGIN; SELECT 1; ROLLBACK TO unknown; COMMIT; ROLLBACK; SELECT 2;", "1:1 2:0 "},
        {"BEGIN; SELECT 1; COMMIT AND CHAIN; SELECT 2; ROLLBACK AND NO CHAIN; SELECT 3;",
         "1:1 3:0 "},
        {"BEGIN; SELECT 1; SET CONSTRAINTS ALL DEFERRED; SELECT 2;", "1:1 2:1 "},
        {"BEGIN; SET datestyle = iso; ROLLBACK; SELECT 1;", "1:0 "},
        {"ROLLBACK; SELECT 1; ROLLBACK PREPARED 'x'; SELECT 2;", "1:0 2:0 "},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct script script;
        prepare(cases[i].text, &script);
        char left[100] = "";
        for (size_t k = 0; k < script.count; k++)
            snprintf(left + strlen(left), sizeof(left) - strlen(left), "%c:%d ",
                     script.items[k].text[strlen("SELECT ")], script.items[k].block);
        assert_string_equal(left, cases[i].left);
        script_release(&script);
    }
}

static void test_authorization(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"CREATE SCHEMA shop AUTHORIZATION postgres;", "CREATE SCHEMA shop ;"},
        {"create schema if not exists shop authorization \"An Owner\" create table a (b int);",
         "create schema if not exists shop  create table a (b int);"},
        {"CREATE SCHEMA AUTHORIZATION joe;", "CREATE SCHEMA joe;"},
        {"CREATE SCHEMA IF NOT EXISTS AUTHORIZATION joe;", "CREATE SCHEMA IF NOT EXISTS joe;"},
        {"CREATE SCHEMA \"authorization\";", "CREATE SCHEMA \"authorization\";"},
        {"CREATE SCHEMA shop AUTHORIZATION", "CREATE SCHEMA shop AUTHORIZATION"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct script script;
        prepare(pairs[i][0], &script);
        assert_int_equal(script.items[0].len, strlen(pairs[i][1]));
        assert_memory_equal(script.items[0].text, pairs[i][1], script.items[0].len);
        script_release(&script);
    }
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
        cmocka_unit_test(test_dropped),       cmocka_unit_test(test_kept),
        cmocka_unit_test(test_triggers),      cmocka_unit_test(test_copy),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_transactions),
        cmocka_unit_test(test_authorization),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
