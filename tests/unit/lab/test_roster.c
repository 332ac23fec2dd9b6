/*
 * The roster: the fixtures of tests/fixtures/roster, each with what it must give.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "lab/roster.h"

static bool parse_fixture(const char *name, struct roster *roster, struct error *err)
{
    const char *source = getenv("LECTERN_SRCDIR");
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/tests/fixtures/roster/%s", source != NULL ? source : ".", name);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    return file_read(path, 1 << 20, &text, err) &&
           roster_parse("r.csv", text.text, text.len, roster, err);
}

static struct roster good_fixture(const char *name)
{
    struct roster roster;
    struct error err = ERROR_INIT;
    if (!parse_fixture(name, &roster, &err))
        fail_msg("%s: %s", name, err.message);
    return roster;
}

static void test_plain(void **state)
{
    (void)state;
    struct roster roster = good_fixture("plain.csv");
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster.students[0].login, "alice");
    assert_string_equal(roster.students[0].name, "Alice Archer");
    assert_string_equal(roster.students[0].email, "alice@lab.example");
    assert_string_equal(roster.students[0].seat, "A1");
    assert_string_equal(roster.students[0].group, "b2");
    assert_int_equal(roster.students[0].line, 2);
    assert_true(roster.students[1].time_factor > 1.49 && roster.students[1].time_factor < 1.51);
    roster_release(&roster);
}

static void test_dialects(void **state)
{
    (void)state;
    struct roster roster = good_fixture("bom_semicolon_crlf.csv");
    assert_int_equal(roster.count, 2);
    assert_string_equal(roster.students[0].name, "\xc3\x81lice Archer");
    assert_true(roster.students[0].time_factor > 1.49); /* 1,5 */
    assert_string_equal(roster.students[1].name, "Baker; Bob");
    assert_int_equal(roster.students[1].line, 3);
    roster_release(&roster);

    roster = good_fixture("excel_sep.csv");
    assert_string_equal(roster.students[0].name, "Alice, A.");
    assert_int_equal(roster.students[0].line, 3);
    roster_release(&roster);

    roster = good_fixture("tabs.csv");
    assert_string_equal(roster.students[0].name, "Alice, A.");
    roster_release(&roster);

    roster = good_fixture("old_mac.csv");
    assert_int_equal(roster.count, 2);
    assert_int_equal(roster.students[1].line, 3);
    roster_release(&roster);

    roster = good_fixture("no_newline_at_end.csv");
    assert_int_equal(roster.count, 1);
    assert_string_equal(roster.students[0].name, "");
    roster_release(&roster);

    roster = good_fixture("quotes.csv");
    assert_int_equal(roster.count, 3);
    assert_string_equal(roster.students[0].name, "Alice \"Ace\"\nArcher");
    assert_string_equal(roster.students[0].seat, "A,1");
    assert_string_equal(roster.students[1].login, "bob");
    assert_string_equal(roster.students[1].name, "Bob");
    assert_string_equal(roster.students[1].seat, "B 2");
    assert_int_equal(roster.students[1].line, 6);
    assert_string_equal(roster.students[2].name, "carol \"cc\" c");
    roster_release(&roster);
}

static void test_names(void **state)
{
    (void)state;
    struct roster roster = good_fixture("scripts.csv");
    assert_int_equal(roster.count, 4);
    for (size_t i = 0; i < roster.count; i++) {
        CLEANUP(mem_free_string)
        char *shown = str_disarm(roster.students[i].name);
        assert_string_equal(shown, roster.students[i].name); /* harmless, so unchanged */
    }
    roster_release(&roster);

    roster = good_fixture("control_bytes.csv");
    assert_int_equal(roster.count, 3);
    assert_int_equal(roster.students[0].name[0], 0x1b); /* kept as data ... */
    static const char *const shown[] = {"\\x1b]0;owned\\x07\\x1b[2JAlice", "\\x9b31mBob",
                                        "\\u202eloraC"};
    for (size_t i = 0; i < roster.count; i++) {
        CLEANUP(mem_free_string)
        char *safe = str_disarm(roster.students[i].name);
        assert_string_equal(safe, shown[i]); /* ... and disarmed when shown */
    }
    roster_release(&roster);

    roster = good_fixture("long_names.csv");
    assert_int_equal(strlen(roster.students[0].name), 255);
    assert_int_equal(strlen(roster.students[1].name), 254);
    roster_release(&roster);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *fixture, *message, *rest;
    } cases[] = {
        {"twins.csv", "r.csv:2:1: login \"ren\xc3\xa9\" has letters other than a to z",
         "r.csv:3:1: login \"rene\xcc\x81\" is the same as in line 2 (but for"},
        {"twins.csv", "", "r.csv:5:1: login \"Alice\" is the same as in line 4 (but for"},
        {"twins.csv", "", "r.csv:6:1: login \"alice\" is the same as in line 4"},
        {"reserved.csv", "r.csv:2:1: login \"postgres\" is reserved",
         "r.csv:3:1: login \"template0\" is reserved\n"
         "r.csv:4:1: login \"lectern_x\" is reserved\n"
         "r.csv:5:1: login \"probe_a\" is reserved\n"
         "r.csv:6:1: login \"pg_a\" is reserved\n"
         "r.csv:7:1: login \"all\" is reserved"},
        {"illegal.csv", "r.csv:2:1: login \"1up\" does not begin with a letter",
         "r.csv:3:1: login \"a b\" has a blank\n"
         "r.csv:4:1: login \"Bob\" has capital letters\n"
         "r.csv:5:1: login \"\" is empty\n"
         "r.csv:6:2: login \"a\\x0ab\" has a character that is not allowed\n"
         "r.csv:8:1: login \"a/b\" has a character that is not allowed\n"
         "r.csv:9:1: login \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is too "
         "long\n"
         "r.csv:10:1: login \"\\x1b[2J\" has a character that is not allowed"},
        {"nul.csv", "r.csv:2:9: a zero byte", NULL},
        {"latin1.csv", "r.csv:2:11: the byte 0xe9 is not UTF-8", NULL},
        {"raw_9b.csv", "r.csv:2:7: the byte 0x9b is not UTF-8", NULL},
        {"utf16.csv", "r.csv:1:1: the file is UTF-16", NULL},
        {"unknown_column.csv", "r.csv:1:12: unknown column \"shoe_size\"", NULL},
        {"two_login_columns.csv", "r.csv:1:12: two columns for \"Login\"", NULL},
        {"no_login_column.csv", "r.csv:1:1: no column \"login\"", NULL},
        {"open_quote.csv", "r.csv:3:5: this quote is never closed", NULL},
        {"behind_quote.csv", "r.csv:2:10: text behind the closing quote", NULL},
        {"field_counts.csv", "r.csv:2:1: 1 fields where the header has 2",
         "r.csv:3:7: more fields than the header has (2)"},
        {"time_factors.csv", "r.csv:3:5: time factor \"fast\" is not a number from 0.5 to 5",
         "r.csv:4:7: time factor \"0.1\""},
        {"empty.csv", "r.csv:1:1: the roster is empty", NULL},
        {"header_only.csv", "r.csv:2:1: the roster has no students", NULL},
        {"many_mistakes.csv", "r.csv:2:1: login \"BAD0\" has capital letters",
         "r.csv:21:1: login \"BAD19\" has capital letters\nand 10 more"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct roster roster;
        struct error err = ERROR_INIT;
        if (parse_fixture(cases[i].fixture, &roster, &err))
            fail_msg("%s was taken", cases[i].fixture);
        assert_int_equal(err.code, ERROR_INPUT);
        if (strstr(err.message, cases[i].message) == NULL)
            fail_msg("%s: \"%s\"", cases[i].fixture, err.message);
        if (cases[i].rest != NULL && strstr(err.detail, cases[i].rest) == NULL)
            fail_msg("%s: \"%s\"", cases[i].fixture, err.detail);
        error_clear(&err);
    }
}

static void test_hints(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"latin1.csv", "Save the file as UTF-8"},
        {"utf16.csv", "CSV UTF-8"},
        {"unknown_column.csv", "login (required), name, email, seat, group, time_factor"},
        {"illegal.csv", "at most 57 long"},
        {"behind_quote.csv", "twice"},
    };
    static const char *const texts[][2] = {
        {"login\nlectern_x\n", "Reserved are postgres"},
        {"login,time_factor\nann,9\n", "1.5 gives half as much time"},
        {"login,name\nann,Ann,Smith\n", "between double quotes"},
        {"login,name\nann\n", "between double quotes"},
        {"login\nAnn\n", "at most 57 long"},
        {"login,seet\nann,1\n", "Rename it or take it out"},
        {"", "login (required)"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct roster roster;
        struct error err = ERROR_INIT;
        assert_false(roster_parse("r.csv", texts[i][0], strlen(texts[i][0]), &roster, &err));
        assert_non_null(strstr(err.hint, texts[i][1]));
        error_clear(&err);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct roster roster;
        struct error err = ERROR_INIT;
        assert_false(parse_fixture(cases[i][0], &roster, &err));
        assert_non_null(strstr(err.hint, cases[i][1]));
        error_clear(&err);
    }
}

static void test_ten_thousand(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, "login,name,email,seat,group,time_factor\n");
    for (int i = 0; i < 10000; i++)
        strbuf_printf(&text, "s%05d,\"Student \xc3\x89mile, %d\",s%d@lab.example,A%d,g%d,1\n", i, i,
                      i, i % 40, i % 10);
    struct roster roster;
    struct error err = ERROR_INIT;
    int64_t start = clock_monotonic_ms();
    assert_true(roster_parse("r.csv", text.text, text.len, &roster, &err));
    int64_t took = clock_monotonic_ms() - start;
    assert_int_equal(roster.count, 10000);
    assert_string_equal(roster.students[9999].login, "s09999");
    assert_int_equal(roster.students[9999].line, 10001);
    roster_release(&roster);
    print_message("# 10,000 lines in %d ms\n", (int)took);
    assert_true(took < 2000); /* the machine may be busy; the algorithm may not be quadratic */

    for (int i = 0; i < 10001; i++)
        strbuf_printf(&text, "t%05d,,,,,\n", i);
    assert_false(roster_parse("r.csv", text.text, text.len, &roster, &err));
    assert_non_null(strstr(err.message, "more than 20000 lines"));
    error_clear(&err);
}

static void test_login_fault(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "_x", "s001", "anna.b-c_d", "postgresql", "temp"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_null(roster_login_fault(good[i]));
    char longest[ROSTER_LOGIN_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[ROSTER_LOGIN_MAX] = '\0';
    assert_null(roster_login_fault(longest));
    longest[ROSTER_LOGIN_MAX] = 'a';
    longest[ROSTER_LOGIN_MAX + 1] = '\0';
    assert_non_null(roster_login_fault(longest));
    static const char *const bad[] = {"", ".a", "-a", "a~b", "a\"b", "A", "none", "public"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_non_null(roster_login_fault(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),       cmocka_unit_test(test_dialects),
        cmocka_unit_test(test_names),       cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_hints),       cmocka_unit_test(test_ten_thousand),
        cmocka_unit_test(test_login_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
