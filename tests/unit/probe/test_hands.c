/*
 * Calls for help: read off statements, taken once each, and told back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "probe/hand_call.h"
#include "probe/hands.h"

/* -- statements -------------------------------------------------------------------------------- */

static void expect_call(const char *query, enum hand_call_kind kind, const char *message)
{
    struct hand_call call;
    if (!hand_call_parse(query, &call))
        fail_msg("no call: %s", query);
    assert_int_equal(call.kind, kind);
    assert_string_equal(call.message, message);
    free(call.message);
}

static void expect_none(const char *query)
{
    struct hand_call call;
    if (hand_call_parse(query, &call))
        fail_msg("taken as a call: %s", query);
}

static void calls(void **state)
{
    (void)state;
    expect_call("SELECT lectern.help('which way round is the key?');", HAND_HELP,
                "which way round is the key?");
    expect_call("select lectern . help ( ) ", HAND_HELP, "");
    expect_call("SELECT lectern.help()", HAND_HELP, "");
    expect_call("SELECT \"lectern\".\"help\"('x')", HAND_HELP, "x");
    expect_call("SELECT * FROM lectern.help('x') AS answer", HAND_HELP, "x");
    expect_call("SELECT lectern.help('x'::text) AS a", HAND_HELP, "x");
    expect_call("SELECT lectern.help(message => 'x')", HAND_HELP, "x");
    expect_call("SELECT lectern.help(message := 'x')", HAND_HELP, "x");
    expect_call("/* a; comment */ SELECT -- ;\n lectern.help('x')", HAND_HELP, "x");
    expect_call("SELECT lectern.thanks();", HAND_THANKS, "");
    expect_call("BEGIN; SELECT lectern.help('x');", HAND_HELP, "x");
    expect_call("SELECT lectern.help('x'); SELECT lectern.thanks(); SELECT 1", HAND_THANKS, "");
}

static void literals(void **state)
{
    (void)state;
    expect_call("SELECT lectern.help('it''s; not --that')", HAND_HELP, "it's; not --that");
    expect_call("SELECT lectern.help('a\\nb')", HAND_HELP, "a\\nb");
    expect_call("SELECT lectern.help(E'a\\nb\\'c\\\\ \\u00e4\\x41\\102')", HAND_HELP,
                "a b'c\\ äAB");
    expect_call("SELECT lectern.help('one '\n  'two')", HAND_HELP, "one two");
    expect_call("SELECT lectern.help($$it's$$)", HAND_HELP, "it's");
    expect_call("SELECT lectern.help($x$a $$ b$x$)", HAND_HELP, "a $$ b");
    expect_call("SELECT lectern.help('  two\t\n words ')", HAND_HELP, "two words");
    /* What is no plain literal is known from the row that comes with COMMIT. */
    expect_call("SELECT lectern.help($1)", HAND_HELP, "");
    expect_call("SELECT lectern.help('a' || 'b')", HAND_HELP, "");
    expect_call("SELECT lectern.help(NULL)", HAND_HELP, "");
    expect_call("SELECT lectern.help(x'41')", HAND_HELP, "");
}

/* The server shows the first kilobyte of a statement. */
static void cut_off(void **state)
{
    (void)state;
    expect_call("SELECT lectern.help('a long sto", HAND_HELP, "a long sto");
    expect_call("SELECT lectern.help('it'", HAND_HELP, "it");
    expect_call("SELECT lectern.help('it''", HAND_HELP, "it'");
    expect_call("SELECT lectern.help(E'a\\", HAND_HELP, "a");
    expect_call("SELECT lectern.help($$a b", HAND_HELP, "a b");
    expect_call("SELECT lectern.help($a", HAND_HELP, "");
    expect_call("SELECT lectern.help(", HAND_HELP, "");
    expect_call("BEGIN; SELECT lectern.help('x", HAND_HELP, "x");
    expect_none("CREATE FUNCTION f() RETURNS text BEGIN ATOMIC SELECT 1; SELECT lectern.help('x");
    expect_none("SELECT lectern.hel");
    expect_none("SELECT 'lectern.help(");
}

static void no_calls(void **state)
{
    (void)state;
    expect_none("");
    expect_none(";;");
    expect_none("SELECT 'SELECT lectern.help(''x'')'");
    expect_none("-- SELECT lectern.help('x')");
    expect_none("SELECT 1 /* ; SELECT lectern.help('x') */");
    expect_none("SELECT \"SELECT lectern.help('x')\"");
    expect_none("DO $$ BEGIN PERFORM lectern.help('x'); END $$");
    expect_none("CREATE FUNCTION f() RETURNS text AS 'SELECT lectern.help()' LANGUAGE sql");
    expect_none("CREATE FUNCTION f() RETURNS text BEGIN ATOMIC; SELECT lectern.help(); END");
    expect_none("CREATE VIEW v AS SELECT lectern.help('x')");
    expect_none("EXPLAIN SELECT lectern.help('x')");
    expect_none("SELECT help('x')");
    expect_none("SELECT mine.help('x')");
    expect_none("SELECT lectern.helpless('x')");
    expect_none("SELECT lectern.help");
    expect_none("SELECT \"LECTERN\".help()");
}

static void words(void **state)
{
    (void)state;
    char *found = hand_call_words("\x1b[2J\xe2\x80\xaehi\x9b");
    assert_string_equal(found, "\\x1b[2J\\u202ehi\\x9b");
    free(found);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < 600; i++)
        strbuf_add_string(&text, "ä");
    found = hand_call_words(text.text);
    assert_int_equal(strlen(found), 2 * HAND_MESSAGE_MAX);
    free(found);
}

/* -- the class --------------------------------------------------------------------------------- */

struct fixture {
    struct measured_lab lab;
    struct measured_student students[3];
    struct hands *hands;
    int changes;
    struct hand_standing before, now;
    size_t student;
};

static int set_up(void **state)
{
    struct fixture *f = mem_alloc(sizeof(*f));
    for (int i = 0; i < 3; i++)
        f->students[i].student_id = 10 * (i + 1);
    f->lab.students = f->students;
    f->lab.n_students = 3;
    f->hands = hands_new(&f->lab);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hands_free(f->hands);
    free(f);
    return 0;
}

/* A result as the server would give it. */
static PGresult *make_result(const char *const columns[], const char *const values[], int n_rows)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    PGresAttDesc attributes[16];
    int n = 0;
    memset(attributes, 0, sizeof(attributes));
    for (; columns[n] != NULL; n++) {
        char *name = mem_strdup(columns[n]); /* libpq copies it */
        attributes[n].name = name;
    }
    assert_true(PQsetResultAttrs(result, n, attributes));
    for (int i = 0; i < n; i++)
        free(attributes[i].name);
    for (int row = 0; row < n_rows; row++)
        for (int i = 0; i < n; i++) {
            const char *value = values[row * n + i];
            char *copy = mem_strdup(value);
            assert_true(PQsetvalue(result, row, i, copy, value != NULL ? (int)strlen(value) : -1));
            free(copy);
        }
    return result;
}

static void expect_calls(struct fixture *f, const char *expected)
{
    json_t *calls_now = hands_take_calls(f->hands);
    char *text = calls_now != NULL ? json_dumps(calls_now, JSON_COMPACT) : mem_strdup("");
    assert_string_equal(text, expected);
    free(text);
    json_decref(calls_now);
}

static void a_statement_calls_once(void **state)
{
    struct fixture *f = *state;
    assert_false(hands_seen(f->hands, 1, NULL, 0));
    assert_true(hands_seen(f->hands, 1, "SELECT lectern.help('x')", 1000));
    assert_false(hands_seen(f->hands, 1, "SELECT lectern.help('x')", 1000)); /* the next look */
    expect_calls(f, "[{\"student\":20,\"kind\":\"help\",\"said\":1000,\"message\":\"x\",\"oid\":"
                    "null,\"source\":null}]");
    expect_calls(f, "");
    assert_false(hands_seen(f->hands, 1, "SELECT 'lectern.help()'", 2000));
    assert_true(hands_seen(f->hands, 1, "SELECT lectern.thanks()", 3000));
    expect_calls(f, "[{\"student\":20,\"kind\":\"thanks\",\"said\":3000,\"message\":\"\",\"oid\":"
                    "null,\"source\":null}]");
}

static void the_log_tells_once(void **state)
{
    struct fixture *f = *state;
    static const char call[] = "SELECT lectern.help('x')";
    assert_false(hands_heard(f->hands, 0, "42601", call, 5000000)); /* it failed for itself */
    assert_false(hands_heard(f->hands, 0, "25P02", "SELECT 1", 5000000));
    assert_false(hands_heard(f->hands, 0, "25P02", NULL, 5000000));
    assert_true(hands_heard(f->hands, 0, "25P02", call, 5000000));
    assert_false(hands_seen(f->hands, 0, call, 5000321)); /* the watch comes behind it */
    assert_false(hands_heard(f->hands, 0, "25P02", call, 5000000));
    assert_true(hands_seen(f->hands, 0, call, 9000321)); /* or before */
    assert_false(hands_heard(f->hands, 0, "25P02", call, 9000000));
    assert_false(hands_heard(f->hands, 0, "25P02", call, 9001000));
    assert_true(hands_heard(f->hands, 0, "25P02", call, 11000000));
    expect_calls(
        f, "[{\"student\":10,\"kind\":\"help\",\"said\":5001000,\"message\":\"x\",\"oid\":"
           "null,\"source\":null},{\"student\":10,\"kind\":\"help\",\"said\":9000321,"
           "\"message\":\"x\",\"oid\":null,\"source\":null},{\"student\":10,\"kind\":\"help\","
           "\"said\":11001000,\"message\":\"x\",\"oid\":null,\"source\":null}]");
}

static const char *const row_columns[] = {"hand_id", "kind", "message", "said_us", NULL};

static void rows_go_on_from_the_last(void **state)
{
    struct fixture *f = *state;
    const char *values[] = {"4", "help", "a\nb", "1000", "7", "thanks", "", "2000"};
    PGresult *rows = make_result(row_columns, values, 2);
    assert_int_equal(hands_known_row(f->hands, 0, 500), 0);
    assert_true(hands_rows(f->hands, 0, 500, rows));
    assert_int_equal(hands_known_row(f->hands, 0, 500), 7);
    assert_int_equal(hands_known_row(f->hands, 0, 501), 0); /* made anew */
    expect_calls(f, "[{\"student\":10,\"kind\":\"help\",\"said\":1000,\"message\":\"a b\",\"oid\":"
                    "500,\"source\":4},{\"student\":10,\"kind\":\"thanks\",\"said\":2000,"
                    "\"message\":\"\",\"oid\":500,\"source\":7}]");
    assert_false(hands_seen(f->hands, 0, "SELECT lectern.help()", 1500));
    PQclear(rows);
    rows = make_result(row_columns, values, 0);
    assert_false(hands_rows(f->hands, 0, 500, rows));
    PQclear(rows);
}

static void on_change(size_t student, const struct hand_standing *before,
                      const struct hand_standing *now, void *data)
{
    struct fixture *f = data;
    f->changes++;
    f->student = student;
    f->before = *before;
    f->before.message = NULL;
    f->now = *now;
}

static const char *const queue_columns[] = {"student_id", "heard_us", "database_id", "source_id",
                                            "helped",     "state",    "place",       "raised_us",
                                            "message",    "helper",   "not_found",   NULL};

static void look(struct fixture *f, const char *const values[], int n)
{
    PGresult *rows = make_result(queue_columns, values, n);
    f->changes = 0;
    hands_look(f->hands, rows, on_change, f);
    PQclear(rows);
}

static void the_queue_is_told(void **state)
{
    struct fixture *f = *state;
    const char *waits[] = {"10", "1000", "500", "4", "0", "waiting", "2",  "900", "x", "", "0",
                           "30", "0",    "0",   "0", "1", "",        NULL, "0",   "",  "", "0"};
    look(f, waits, 2);
    assert_int_equal(f->changes, 2);
    assert_string_equal(hands_document(f->hands, 0),
                        "{\"heard\":1000,\"state\":\"waiting\",\"place\":2,\"raised\":900,"
                        "\"message\":\"x\",\"helper\":\"\",\"not_found\":0,\"helped_today\":0}");
    assert_null(hands_document(f->hands, 1));
    assert_non_null(strstr(hands_document(f->hands, 2), "\"place\":null"));
    assert_int_equal(hands_known_row(f->hands, 0, 500), 4);
    assert_false(
        hands_seen(f->hands, 0, "SELECT lectern.help()", 1000)); /* heard before a restart */
    look(f, waits, 2);
    assert_int_equal(f->changes, 0);

    const char *helped[] = {"10", "1000", "500", "4", "1", "", NULL, "0", "", "", "0"};
    look(f, helped, 1);
    assert_int_equal(f->changes, 1);
    assert_int_equal(f->student, 0);
    assert_true(f->before.is_up);
    assert_int_equal(f->before.raised_us, 900);
    assert_false(f->now.is_up);
    assert_int_equal(f->now.helped, 1);
    assert_string_equal(f->now.message, "");
}

static void a_stranger_is_left_out(void **state)
{
    struct fixture *f = *state;
    const char *values[] = {"99", "1", "0", "0", "0", "waiting", "1", "1", "x", "", "0"};
    look(f, values, 1);
    assert_int_equal(f->changes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls),
        cmocka_unit_test(literals),
        cmocka_unit_test(cut_off),
        cmocka_unit_test(no_calls),
        cmocka_unit_test(words),
        cmocka_unit_test_setup_teardown(a_statement_calls_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_log_tells_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rows_go_on_from_the_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_queue_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stranger_is_left_out, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
