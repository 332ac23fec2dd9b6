/*
 * The server's JSON log: what real records say, what forged, cut and broken ones do not, lines in
 * pieces, and who wrote most of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "lab/log_record.h"

/* As PostgreSQL 15 wrote them. */
#define HEAD(user, ps, severity)                                                                   \
    "{\"timestamp\":\"2026-11-22 21:33:39.027 UTC\",\"user\":\"" user "\",\"dbname\":\"" user      \
    "\",\"pid\":6239,\"remote_host\":\"127.0.0.1\",\"remote_port\":59744,"                         \
    "\"session_id\":\"6b035fb3.185f\",\"line_num\":1,\"ps\":\"" ps                                 \
    "\",\"session_start\":\"2026-11-22 21:33:39 UTC\",\"vxid\":\"6/41\",\"txid\":0,"               \
    "\"error_severity\":\"" severity "\","
#define TAIL         "\"application_name\":\"psql\",\"backend_type\":\"client backend\",\"query_id\":0}"
#define TAIL_OUTSIDE "\"backend_type\":\"client backend\",\"query_id\":0}"
#define HBA          "\"detail\":\"Connection matched pg_hba.conf line 12: \\\"hostssl sameuser\\\"\","

static void parse(const char *line, struct log_record *record)
{
    assert_true(log_record_parse(line, strlen(line), true, record));
}

static enum log_kind kind(const char *line)
{
    struct log_record record;
    parse(line, &record);
    log_record_release(&record);
    return record.kind;
}

/* Kind, and whether it is a wrong password. */
static void assert_is(const char *line, enum log_kind expected, bool password)
{
    struct log_record record;
    parse(line, &record);
    assert_int_equal(record.kind, expected);
    assert_int_equal(record.password, password);
    log_record_release(&record);
}

static void an_error(void **state)
{
    (void)state;
    struct log_record record;
    parse(HEAD("t1", "SELECT",
               "ERROR") "\"state_code\":\"42P01\",\"message\":\"relation \\\"nope\\\" does "
                        "not exist\",\"statement\":\"select *\\n\\tfrom nope\","
                        "\"cursor_position\":15," TAIL,
          &record);
    assert_int_equal(record.kind, LOG_ERROR);
    assert_string_equal(record.user, "t1");
    assert_string_equal(record.database, "t1");
    assert_string_equal(record.session, "6b035fb3.185f");
    assert_string_equal(record.sqlstate, "42P01");
    assert_string_equal(record.message, "relation \"nope\" does not exist");
    assert_string_equal(record.statement, "select *  from nope");
    assert_string_equal(record.text, "select *\n\tfrom nope");
    assert_int_equal(record.position, 15);
    assert_true(record.at_us == INT64_C(1795383219027000));
    log_record_release(&record);
}

static void a_refused_login(void **state)
{
    (void)state;
    struct log_record record;
    assert_is(HEAD("t1", "authentication",
                   "LOG") "\"message\":\"LDAP login failed for user "
                          "\\\"uid=t1,ou=people,dc=lab\\\" on server "
                          "\\\"localhost\\\": Invalid credentials\"," TAIL_OUTSIDE,
              LOG_CAUSE, true);
    assert_is(
        HEAD("t1", "authentication",
             "LOG") "\"message\":\"could not start LDAP TLS session: Timed out\"," TAIL_OUTSIDE,
        LOG_CAUSE, false);
    parse(HEAD("t1", "authentication",
               "FATAL") "\"state_code\":\"28000\",\"message\":\"LDAP "
                        "authentication failed for user \\\"t1\\\"\"," HBA TAIL_OUTSIDE,
          &record);
    assert_int_equal(record.kind, LOG_LOGIN);
    assert_true(record.password);
    assert_string_equal(record.message, "LDAP authentication failed for user \"t1\"");
    log_record_release(&record);
    assert_is(
        HEAD("t1", "authentication",
             "FATAL") "\"state_code\":\"28000\",\"message\":\"pg_hba.conf rejects connection for "
                      "host \\\"127.0.0.1\\\", user \\\"t1\\\", database \\\"t1\\\", no "
                      "encryption\"," TAIL_OUTSIDE,
        LOG_LOGIN, false);
    assert_is(HEAD("t1", "startup",
                   "FATAL") "\"state_code\":\"53300\",\"message\":\"too many connections "
                            "for role \\\"t1\\\"\"," TAIL_OUTSIDE,
              LOG_LOGIN, false);
    /* The server ends: nobody was refused. */
    assert_int_equal(
        kind(HEAD("t1", "startup", "FATAL") "\"state_code\":\"57P03\",\"message\":\"the "
                                            "database system is starting "
                                            "up\"," TAIL_OUTSIDE),
        LOG_OTHER);
}

static void a_forged_login(void **state)
{
    (void)state;
    struct log_record record;
    /* DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '28000', MESSAGE = '...'; END $$ */
    parse(HEAD("t2", "DO",
               "ERROR") "\"state_code\":\"28000\",\"message\":\"LDAP authentication failed "
                        "for user \\\"t1\\\"\",\"context\":\"PL/pgSQL function "
                        "inline_code_block line 1 at RAISE\",\"statement\":\"DO\"," TAIL,
          &record);
    assert_int_equal(record.kind, LOG_ERROR);
    assert_string_equal(record.user, "t2");
    assert_false(record.password);
    log_record_release(&record);
    /* RAISE LOG */
    assert_int_equal(
        kind(HEAD("t2", "DO", "LOG") "\"state_code\":\"28P01\",\"message\":\"LDAP login "
                                     "failed: Invalid credentials\",\"statement\":\"DO\"," TAIL),
        LOG_OTHER);
    /* Fields of a second kind, in the message's text or behind it. */
    parse(HEAD("t2", "DO",
               "ERROR") "\"state_code\":\"P0001\",\"message\":\"\\\",\\\"user\\\":\\\"t1\","
                        "\"user\":\"t1\",\"error_severity\":\"FATAL\",\"ps\":"
                        "\"authentication\"," TAIL,
          &record);
    assert_int_equal(record.kind, LOG_ERROR);
    assert_string_equal(record.user, "t2");
    assert_string_equal(record.message, "\",\"user\":\"t1");
    log_record_release(&record);
}

static void what_is_no_trouble(void **state)
{
    (void)state;
    assert_int_equal(kind("{\"timestamp\":\"2026-11-22 21:38:15.527 UTC\",\"pid\":5971,"
                          "\"error_severity\":\"LOG\",\"message\":\"checkpoint starting: time\","
                          "\"backend_type\":\"checkpointer\",\"query_id\":0}"),
                     LOG_OTHER);
    assert_int_equal(
        kind(HEAD("t1", "BEGIN", "WARNING") "\"state_code\":\"25001\",\"message\":\"there is "
                                            "already a transaction in progress\"," TAIL),
        LOG_OTHER);
    assert_int_equal(
        kind(HEAD("t1", "idle", "FATAL") "\"state_code\":\"57P05\",\"message\":\"terminating "
                                         "connection due to idle-session timeout\"," TAIL),
        LOG_OTHER);
    assert_int_equal(
        kind(HEAD("t1", "idle in transaction", "FATAL") "\"state_code\":\"25P03\",\"message\":"
                                                        "\"terminating connection\"," TAIL),
        LOG_ERROR);
    /* What a parallel worker finds its leader says, too. */
    assert_int_equal(
        kind(HEAD("t1", "parallel worker for PID 1", "ERROR") "\"state_code\":\"22012\","
                                                              "\"message\":\"division by "
                                                              "zero\",\"backend_type\":"
                                                              "\"parallel worker\"}"),
        LOG_OTHER);
}

static void a_session_that_ended(void **state)
{
    (void)state;
    struct log_record record;
    parse(HEAD("t1", "idle", "LOG") "\"state_code\":\"00000\",\"message\":\"disconnection: session "
                                    "time: 1:02:03.045 user=t1 database=t1 host=127.0.0.1 "
                                    "port=59744\"," TAIL,
          &record);
    assert_int_equal(record.kind, LOG_SESSION);
    assert_true(record.lasted_us == INT64_C(3723045000));
    log_record_release(&record);
    assert_int_equal(
        kind(HEAD("t1", "DO", "LOG") "\"message\":\"disconnection: session time: soon\"," TAIL),
        LOG_OTHER);
}

static void a_line_that_is_broken(void **state)
{
    (void)state;
    static const char line[] = HEAD("t1", "SELECT", "ERROR") "\"message\":\"x\"," TAIL;
    struct log_record record;
    for (size_t len = 0; len < sizeof(line) - 1; len++)
        assert_false(log_record_parse(line, len, true, &record));
    for (size_t at = 1; at < sizeof(line) - 1; at++)
        assert_false(log_record_parse(line + at, sizeof(line) - 1 - at, true, &record));
    assert_false(log_record_parse("{}", 2, true, &record));
    assert_false(log_record_parse("{\"error_severity\":{}}", 21, true, &record));
    CLEANUP(mem_free_string)
    char *twice = mem_printf("%.*s%s", 300, line, line); /* the server died at the first */
    assert_false(log_record_parse(twice, strlen(twice), true, &record));
}

static void a_line_that_is_cut(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT;
    strbuf_add_string(&line,
                      HEAD("t1", "INSERT", "ERROR") "\"state_code\":\"42601\",\"message\":\"syntax "
                                                    "error at or near \\\"hunter2\\\"\","
                                                    "\"statement\":\"INSERT INTO t VALUES (1");
    while (line.len < LOG_LINE_MAX)
        strbuf_add_string(&line, ", 'a row'");
    struct log_record record;
    assert_true(log_record_parse(line.text, LOG_LINE_MAX, false, &record));
    assert_int_equal(record.kind, LOG_ERROR);
    assert_string_equal(record.user, "t1");
    /* What it quotes may be from behind the cut. */
    assert_string_equal(record.message, "syntax error at or near ***");
    assert_int_equal(strlen(record.statement), LOG_STATEMENT_CHARS);
    assert_int_equal(strlen(record.text), LOG_TEXT_BYTES);
    log_record_release(&record);
    /* Cut anywhere it is a record with a severity, or none. */
    for (size_t len = 0; len < 600; len++)
        if (log_record_parse(line.text, len, false, &record)) {
            assert_string_equal(record.user, "t1");
            log_record_release(&record);
        }
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    struct log_record record;
    parse(HEAD("t1", "SELECT",
               "ERROR") "\"state_code\":\"42703\",\"message\":\"column \\\"\xe4\\u001b[2J\\\"\","
                        "\"statement\":\"\xff\\u0000\\u009b\\ud83d\\q\xe2\x80\xae\"," TAIL,
          &record);
    assert_string_equal(record.message, "column \"\\xe4\\x1b[2J\"");
    assert_null(strstr(record.statement, "\xff"));
    assert_null(strstr(record.statement, "\xe2\x80\xae"));
    log_record_release(&record);
}

static void long_texts_are_cut_at_characters(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT;
    strbuf_add_string(&line,
                      HEAD("t1", "SELECT", "ERROR") "\"state_code\":\"42601\",\"message\":\"");
    for (int i = 0; i < 300; i++)
        strbuf_add_string(&line, "ä");
    strbuf_add_string(&line, "\",\"statement\":\"");
    for (int i = 0; i < 300; i++)
        strbuf_add_string(&line, "ß");
    strbuf_add_string(&line, "\"," TAIL);
    struct log_record record;
    parse(line.text, &record);
    assert_int_equal(strlen(record.message), 2 * LOG_MESSAGE_CHARS);
    assert_int_equal(strlen(record.statement), 2 * LOG_STATEMENT_CHARS);
    log_record_release(&record);
}

static void secrets_are_not_kept(void **state)
{
    (void)state;
    struct log_record record;
    parse(HEAD("t1", "idle",
               "ERROR") "\"state_code\":\"42601\",\"message\":\"unterminated quoted string at or "
                        "near \\\"'hunter2\\\"\",\"statement\":\"ALTER ROLE t1 PASSWORD "
                        "'hunter2\",\"cursor_position\":24," TAIL,
          &record);
    assert_string_equal(record.statement, "ALTER ROLE t1 ***");
    assert_string_equal(record.message, "unterminated quoted string at or near ***");
    log_record_release(&record);
}

/* -- lines --------------------------------------------------------------------------------------
 */

static void collect(const char *line, size_t len, bool whole, void *data)
{
    struct strbuf *out = data;
    if (len > 20)
        strbuf_printf(out, "%zu", len);
    else
        strbuf_add(out, line, len);
    strbuf_add_char(out, whole ? ';' : '/');
}

static void lines_in_pieces(void **state)
{
    (void)state;
    static const char text[] = "one\ntwo\n\nthree\nfo";
    for (size_t cut = 0; cut < sizeof(text); cut++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        struct log_split split = {.inside = false};
        size_t done = log_split(&split, text, cut, collect, &out);
        done += log_split(&split, text + done, strlen(text) - done, collect, &out);
        assert_string_equal(out.text, "one;two;;three;");
        assert_int_equal(done, strlen(text) - 2);
        assert_int_equal(split.lines, 4);
    }
}

static void a_line_that_is_too_long(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT, out = STRBUF_INIT, expected = STRBUF_INIT;
    for (int i = 0; i < 3 * LOG_LINE_MAX; i++)
        strbuf_add_char(&text, 'x');
    strbuf_add_string(&text, "\ntwo\n");
    struct log_split split = {.inside = false};
    size_t at = 0;
    while (at < text.len) { /* in pieces in which it never ends */
        size_t n = text.len - at < LOG_LINE_MAX ? text.len - at : LOG_LINE_MAX;
        at += log_split(&split, text.text + at, n, collect, &out);
    }
    strbuf_printf(&expected, "%d/two;", LOG_LINE_MAX);
    assert_string_equal(out.text, expected.text);
    assert_int_equal(split.cut, 1);
    strbuf_reset(&out);
    assert_int_equal(log_split(&split, text.text, text.len, collect, &out), text.len);
    assert_string_equal(out.text, expected.text);
}

/* -- who writes ---------------------------------------------------------------------------------
 */

static void who_writes_most(void **state)
{
    (void)state;
    struct log_writers writers = {.bytes = 0};
    double share = 0;
    assert_null(log_writers_main(&writers, &share));
    for (int i = 0; i < 1000; i++) {
        char user[16];
        snprintf(user, sizeof(user), "t%d", i % 40);
        log_writers_add(&writers, user, 100);
        log_writers_add(&writers, "loud", 1000);
    }
    assert_string_equal(log_writers_main(&writers, &share), "loud");
    assert_true(share > 0.9);
    log_writers_add(&writers, "late", 10000000);
    assert_string_equal(log_writers_main(&writers, &share), "late");
}

static void pieces_of_long_lines(void **state)
{
    (void)state;
    static const char first[] = HEAD("loud", "DO", "LOG") "\"message\":\"xxxx";
    static const char other[] = "xxx\"}\n" HEAD("t1", "DO", "LOG") "\"message\":\"x\"}\n";
    struct log_writers writers = {.bytes = 0};
    double share = 0;
    log_writers_take(&writers, first, sizeof(first) - 1, false);
    log_writers_take(&writers, "xxxx", 4, true);
    log_writers_take(&writers, other, sizeof(other) - 1, true);
    assert_string_equal(log_writers_main(&writers, &share), "loud");
    assert_int_equal(writers.bytes, sizeof(first) - 1 + 4 + sizeof(other) - 1);
    /* Nobody is named for what is not known to be his. */
    writers = (struct log_writers){.bytes = 0};
    log_writers_take(&writers, "xxxx", 4, true);
    assert_null(log_writers_main(&writers, &share));
}

static void whose_line_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *line, *user;
    } cases[] = {
        {HEAD("t1", "DO", "LOG"), "t1"},
        {"{\"timestamp\":\"x\",\"pid\":1,\"user\":\"t1\"}", ""}, /* not where the server puts it */
        {"{\"user\":\"t1\",\"timestamp\":\"x\"}", ""},
        {"{\"timestamp\":\"x\",\"user\":\"t", ""},
        {"{\"timestamp\":1,\"user\":\"t1\"}", ""},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char user[LOG_NAME_MAX + 1];
        log_record_user(cases[i].line, strlen(cases[i].line), user);
        assert_string_equal(user, cases[i].user);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error),
        cmocka_unit_test(a_refused_login),
        cmocka_unit_test(a_forged_login),
        cmocka_unit_test(what_is_no_trouble),
        cmocka_unit_test(a_session_that_ended),
        cmocka_unit_test(a_line_that_is_broken),
        cmocka_unit_test(a_line_that_is_cut),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(long_texts_are_cut_at_characters),
        cmocka_unit_test(secrets_are_not_kept),
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test(a_line_that_is_too_long),
        cmocka_unit_test(who_writes_most),
        cmocka_unit_test(pieces_of_long_lines),
        cmocka_unit_test(whose_line_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
