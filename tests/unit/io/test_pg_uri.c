/*
 * URIs of databases: what they mean, and that their passwords are never shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "io/pg_uri.h"

static void shown(const char *uri, const char *expected)
{
    char *text = pg_uri_shown(uri);
    assert_string_equal(text, expected);
    free(text);
}

static void passwords_are_never_shown(void **state)
{
    (void)state;
    shown("postgresql://ada@lab:5433/ada", "postgresql://ada@lab:5433/ada");
    shown("postgresql://ada:secret@lab/ada", "postgresql://ada@lab/ada");
    shown("postgres://ada:se%40cret@/ada?host=/run&password=secret&port=1",
          "postgres://ada@/ada?host=/run&port=1");
    shown("postgresql:///ada?password=secret", "postgresql:///ada");
    shown("postgresql:///ada?password=secret&sslmode=require", "postgresql:///ada?sslmode=require");
    shown("postgresql://ada:sec@ret@lab/ada", "postgresql://ada@lab/ada");
    shown("postgresql://lab", "postgresql://lab");
    shown("postgresql://lab?user=a:b@c", "postgresql://lab?user=a:b@c");
}

static void a_uri_becomes_an_address(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct pg_address address;
    assert_true(
        pg_uri_parse("postgresql://ada:s@lab:5433/db?sslmode=require", &arena, &address, &err));
    assert_string_equal(address.host, "lab");
    assert_string_equal(address.port, "5433");
    assert_string_equal(address.user, "ada");
    assert_string_equal(address.password, "s");
    assert_string_equal(address.dbname, "db");
    assert_string_equal(address.sslmode, "require");
    assert_true(pg_uri_parse("postgresql:///", &arena, &address, &err));
    assert_null(address.host);
    arena_release(&arena);
}

static void what_an_address_cannot_hold_is_refused(void **state)
{
    (void)state;
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct pg_address address;
    assert_false(pg_uri_parse("postgresql://a:secret@lab/d?options=-cx", &arena, &address, &err));
    assert_non_null(strstr(err.message, "\"options\""));
    error_clear(&err);
    assert_false(pg_uri_parse("nonsense://a:secret@x", &arena, &address, &err));
    assert_null(strstr(err.message, "secret"));
    error_clear(&err);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords_are_never_shown),
        cmocka_unit_test(a_uri_becomes_an_address),
        cmocka_unit_test(what_an_address_cannot_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
