/*
 * Two looks at a student, compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "probe/watch.h"

static const struct watch_row seated = {
    .student_id = 7,
    .database_id = 16400,
    .sessions = 1,
    .moved_us = 1000000,
    .active_us = 1000000,
    .counters = 40,
};

static void nothing_moved(void **state)
{
    (void)state;
    struct watch_row now = seated;
    assert_int_equal(watch_moved(&seated, &now), 0);
    now.waiting = 1; /* a wait is a state, not a change of the database */
    now.open_us = 5;
    assert_int_equal(watch_moved(&seated, &now), 0);
}

static void a_statement_moves_the_session(void **state)
{
    (void)state;
    struct watch_row now = seated;
    now.moved_us++;
    assert_int_equal(watch_moved(&seated, &now), WATCH_SESSION);
}

static void a_session_that_leaves_moves(void **state)
{
    (void)state;
    struct watch_row two = seated, now = seated;
    two.sessions = 2;
    two.moved_us = 3000000;
    /* The one that is left moved earlier than the one that left. */
    assert_int_equal(watch_moved(&two, &now), WATCH_SESSION);
    now.sessions = 2; /* and another came at the same time */
    assert_int_equal(watch_moved(&two, &now), WATCH_SESSION);
    now = seated;
    now.sessions = 0;
    now.moved_us = 0;
    assert_int_equal(watch_moved(&seated, &now), WATCH_SESSION);
}

static void counters_move_without_a_session(void **state)
{
    (void)state;
    struct watch_row away = seated, now;
    away.sessions = 0;
    away.moved_us = 0;
    now = away;
    now.counters += 13; /* psql -c that came and went between two looks */
    assert_int_equal(watch_moved(&away, &now), WATCH_COUNTERS);
    now.counters = 0; /* the statistics were reset: a change, too */
    assert_int_equal(watch_moved(&away, &now), WATCH_COUNTERS);
}

/* The server forgets when a transaction began once an error has aborted it. */
static void an_aborted_transaction_stays_open(void **state)
{
    (void)state;
    struct watch_row before = seated, now = seated;
    watch_keep_open(&before, &now);
    assert_int_equal(now.open_us, 0);
    now.failed_us = 2000000; /* BEGIN and the error came between two looks */
    watch_keep_open(&before, &now);
    assert_int_equal(now.open_us, 2000000);
    before.open_us = 1000000;
    now.open_us = 0;
    watch_keep_open(&before, &now);
    assert_int_equal(now.open_us, 1000000);
    before = now;
    now.open_us = 0;
    now.failed_us = 9000000; /* the next statement, refused */
    watch_keep_open(&before, &now);
    assert_int_equal(now.open_us, 1000000);
    before = now;
    now.open_us = now.failed_us = 0; /* ROLLBACK */
    watch_keep_open(&before, &now);
    assert_int_equal(now.open_us, 0);
}

static void the_database_goes_and_another_comes(void **state)
{
    (void)state;
    struct watch_row gone = {.student_id = 7, .absence = WATCH_GONE};
    assert_true(watch_moved(&seated, &gone) & WATCH_PLACE);
    assert_true(watch_moved(&gone, &seated) & WATCH_PLACE);
    struct watch_row other = seated;
    other.database_id++;
    assert_int_equal(watch_moved(&seated, &other), WATCH_PLACE);
}

static void add_column(PGresult *result, int column, const char *value)
{
    char text[32];
    snprintf(text, sizeof(text), "%s", value);
    assert_int_equal(PQsetvalue(result, 0, column, text, (int)strlen(text)), 1);
}

static void reads_a_row(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
    } columns[] = {
        {"student_id", "7"},       {"absence", "aside"}, {"database_id", "16400"},
        {"sessions", "2"},         {"waiting", "1"},     {"moved_us", "1795329771113400"},
        {"active_us", "17953297"}, {"open_us", "5"},     {"counters", "41"},
        {"holder", "postgres"},    {"holder_own", "0"},  {"holder_from", "10.0.0.7"},
        {"holder_open_us", "9"},   {"keeps", "s3"},      {"began_us", "17953290"},
        {"failed_us", "6"}};
    enum { N = sizeof(columns) / sizeof(columns[0]) };
    PGresAttDesc attributes[N];
    char names[N][16];
    memset(attributes, 0, sizeof(attributes));
    for (int i = 0; i < N; i++) {
        snprintf(names[i], sizeof(names[i]), "%s", columns[i].name);
        attributes[i].name = names[i];
    }
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    assert_int_equal(PQsetResultAttrs(result, N, attributes), 1);
    for (int i = 0; i < N; i++)
        add_column(result, i, columns[i].value);
    struct watch_row row;
    watch_read(result, 0, &row);
    PQclear(result);
    assert_int_equal(row.student_id, 7);
    assert_int_equal(row.absence, WATCH_ASIDE);
    assert_int_equal(row.database_id, 16400);
    assert_int_equal(row.sessions, 2);
    assert_int_equal(row.waiting, 1);
    assert_true(row.moved_us == 1795329771113400);
    assert_int_equal(row.active_us, 17953297);
    assert_int_equal(row.began_us, 17953290);
    assert_int_equal(row.open_us, 5);
    assert_int_equal(row.failed_us, 6);
    assert_int_equal(row.counters, 41);
    assert_string_equal(row.holder.who, "postgres");
    assert_false(row.holder.own);
    assert_string_equal(row.holder.from, "10.0.0.7");
    assert_int_equal(row.holder.open_us, 9);
    assert_string_equal(row.keeps, "s3");
}

static void names_who_holds_the_lock(void **state)
{
    (void)state;
    setenv("TZ", "UTC", 1);
    tzset();
    static const struct {
        struct watch_holder holder;
        const char *words;
    } cases[] = {
        {{.who = ""}, ""},
        {{.who = "postgres"}, "postgres"},
        {{.who = "s7", .own = true}, "another session of this login"},
        {{.who = "s7", .own = true, .from = "10.0.0.7", .open_us = 38520LL * 1000000},
         "another session of this login at 10.0.0.7, transaction open since 10:42"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        CLEANUP(strbuf_release)
        struct strbuf words = STRBUF_INIT;
        watch_add_holder(&words, &cases[i].holder);
        assert_string_equal(words.len > 0 ? words.text : "", cases[i].words);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_moved),
        cmocka_unit_test(a_statement_moves_the_session),
        cmocka_unit_test(a_session_that_leaves_moves),
        cmocka_unit_test(counters_move_without_a_session),
        cmocka_unit_test(an_aborted_transaction_stays_open),
        cmocka_unit_test(the_database_goes_and_another_comes),
        cmocka_unit_test(reads_a_row),
        cmocka_unit_test(names_who_holds_the_lock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
