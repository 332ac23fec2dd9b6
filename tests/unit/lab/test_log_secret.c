/*
 * Passwords in what students type never get past here, however it is spelt; other statements stay.
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
#include "lab/log_secret.h"

static void assert_hidden(const char *statement, const char *expected)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    bool told = log_secret_hide(&out, statement, strlen(statement));
    assert_string_equal(out.text, expected);
    assert_true(told);
}

static void every_spelling_of_a_password(void **state)
{
    (void)state;
    static const char *const passwords[] = {
        "'hunter2'",
        "E'hun\\'ter2'",
        "U&'hunter2'",
        "u&'hunter2' UESCAPE '!'",
        "$$hunter2$$",
        "$x$hunter2$x$",
        "N'hunter2'",
        "'hunter2",
        "\"hunter2\"",
        "`hunter2`",
        "hunter2",
        "= 'hunter2'",
        ": hunter2",
        "/* now */ 'hunter2'",
        "-- now\n 'hunter2'",
        "\n\t'hun'\n'ter2'",
        "TO 'hunter2'",
        "'SCRAM-SHA-256$4096:hunter2'",
    };
    static const char *const makes[] = {
        "alter ROLE t1 WITH PASSWORD",
        "ALTER USER t1 ENCRYPTED PASSWORD",
        "CREATE ROLE t1 LOGIN Password",
        "ALTR USER t1 PASSWORD",
        "ALTER t1 PASWORD",
        "ALTER t1 passwrod",
        "SET PASSWORD FOR t1",
        "CREATE USER t1 IDENTIFIED BY",
        "CREATE USER MAPPING FOR t1 SERVER s OPTIONS (user 'x', password",
        "SELECT dblink_connect('host=h password",
        "DO $$ BEGIN EXECUTE 'ALTER ROLE t1 PASSWORD",
        "/* c */ ALTER\n USER /* c */ t1 PASSWORD",
        "PGPASSWORD",
        "bindpw",
        "ldapbindpasswd",
    };
    for (size_t i = 0; i < sizeof(makes) / sizeof(makes[0]); i++)
        for (size_t k = 0; k < sizeof(passwords) / sizeof(passwords[0]); k++) {
            CLEANUP(mem_free_string)
            char *statement = mem_printf("%s %s", makes[i], passwords[k]);
            /* Wherever it is cut. */
            for (size_t len = strlen(statement); len > 0; len--) {
                CLEANUP(strbuf_release)
                struct strbuf out = STRBUF_INIT;
                log_secret_hide(&out, statement, len);
                if (strstr(out.text, "hun") != NULL || strstr(out.text, "ter2") != NULL)
                    fail_msg("%s: %s", statement, out.text);
            }
        }
}

static void what_stays(void **state)
{
    (void)state;
    assert_hidden("ALTER ROLE t1 PASSWORD 'x'", "ALTER ROLE t1 ***");
    assert_hidden("create user \"Eva M\" 'x'", "create user \"Eva M\" ***");
    assert_hidden("ALTR USER t1 PASSWORD 'x'", "ALTR USER t1 PASSWORD ***");
    assert_hidden("INSERT INTO users (login, password) VALUES (1, 'x')",
                  "INSERT INTO users (login, password) VALUES (1, ***");
    assert_hidden("SELECT crypt('x', gen_salt('bf'))", "SELECT crypt( ***");
    assert_hidden("connect postgresql://t1:x@host/t1", "connect postgresql ***");
    assert_hidden("gujuv-vinut-sasof", " ***");
    assert_hidden("SELECT 'md50123456789abcdef0123456789abcdef'", "SELECT ' ***");
    assert_hidden("CREATE TABLE users (password text NOT NULL)",
                  "CREATE TABLE users (password text NOT NULL)");
}

static void nothing_to_hide(void **state)
{
    (void)state;
    static const char *const statements[] = {
        "SELEC 1",
        "",
        "INSERT INTO artist VALUES (1, 'AC/DC')",
        "SELECT * FROM president WHERE name = 'Ford' -- passed",
        "CREATE TABLE t (id integer GENERATED ALWAYS AS IDENTITY, a text DEFAULT 'x')",
        "SELECT 'http://example.org/x'",
        "ALTER TABLE role ADD user_id integer DEFAULT '1'",
        "SELECT 'first-class-cabin', 'five-five-fives'",
    };
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        assert_false(log_secret_hide(&out, statements[i], strlen(statements[i])));
        assert_string_equal(out.text, statements[i]);
    }
}

static void assert_message(const char *message, bool secret, const char *expected)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    log_secret_hide_message(&out, message, strlen(message), secret);
    assert_string_equal(out.text, expected);
}

static void a_message_quotes_its_statement(void **state)
{
    (void)state;
    assert_message("syntax error at or near \"FORM\"", false, "syntax error at or near \"FORM\"");
    assert_message("unterminated quoted string at or near \"'hunter2\"", true,
                   "unterminated quoted string at or near ***");
    assert_message("invalid connection option \"password=hunter2\"", false,
                   "invalid connection option \"password ***");
    assert_message("your password is hunter2", false, "your password ***");
    assert_message("column \"password\" does not exist", false,
                   "column \"password\" does not exist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_a_password),
        cmocka_unit_test(what_stays),
        cmocka_unit_test(nothing_to_hide),
        cmocka_unit_test(a_message_quotes_its_statement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
