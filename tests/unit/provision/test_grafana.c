/*
 * Grafana's pure parts: tokens, versions, URLs, and values in its files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "provision/grafana.h"
#include "provision/grafana_api.h"

static void test_token(void **state)
{
    (void)state;
    static const struct {
        const char *text, *token, *fault;
    } cases[] = {
        {"glsa_abc_123\n", "glsa_abc_123", NULL},
        {"glsa\r\n", "glsa", NULL},
        {"eyJ+/=.~", "eyJ+/=.~", NULL},
        {"", NULL, "empty"},
        {"\n\n", NULL, "empty"},
        {"two words\n", NULL, "byte 4"},
        {"one\ntwo\n", NULL, "byte 4"},
        {"a\x1b[31m", NULL, "byte 2"},
        {"t\xc3\xa9", NULL, "byte 2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char token[GRAFANA_TOKEN_MAX + 1] = "";
        struct error err = ERROR_INIT;
        bool ok = grafana_parse_token(cases[i].text, strlen(cases[i].text), token, &err);
        assert_int_equal(ok, cases[i].token != NULL);
        if (ok)
            assert_string_equal(token, cases[i].token);
        else
            assert_non_null(strstr(err.message, cases[i].fault));
        error_clear(&err);
    }
}

static void test_long_token(void **state)
{
    (void)state;
    char text[GRAFANA_TOKEN_MAX + 1], token[GRAFANA_TOKEN_MAX + 1];
    struct error err = ERROR_INIT;
    memset(text, 'x', sizeof text);
    assert_true(grafana_parse_token(text, GRAFANA_TOKEN_MAX, token, &err));
    assert_int_equal(strlen(token), GRAFANA_TOKEN_MAX);
    assert_false(grafana_parse_token(text, GRAFANA_TOKEN_MAX + 1, token, &err));
    error_clear(&err);
}

static void test_version(void **state)
{
    (void)state;
    assert_int_equal(grafana_major("9.0.0"), 9);
    assert_int_equal(grafana_major("11.6.0-pre"), 11);
    assert_int_equal(grafana_major("13.0.1+security-01"), 13);
    assert_int_equal(grafana_major(""), 0);
    assert_int_equal(grafana_major("v12.0"), 0);
    assert_int_equal(grafana_major("12"), 0);
    assert_int_equal(grafana_major("-3.1"), 0);
    assert_int_equal(grafana_major("99999999999999999999.1"), 0);
}

static void test_url(void **state)
{
    (void)state;
    static const char *const good[] = {"http://127.0.0.1:3000", "https://g.example/sub/",
                                       "http://[::1]:3000"};
    static const char *const bad[] = {
        "",           "grafana",      "ftp://g",     "http://",    "http:///d", "http://:3000",
        "http://a b", "http://u:p@g", "http://g/?q", "http://g\n", "http://g'", "http://${X}"};
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(grafana_check_url("url", good[i], &err));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(grafana_check_url("url", bad[i], &err));
        assert_non_null(strstr(err.message, "\"url\" of section \"grafana\""));
        error_clear(&err);
    }
}

static void test_gone(void **state)
{
    (void)state;
    assert_true(grafana_is_gone(404));
    assert_true(grafana_is_gone(410));
    assert_false(grafana_is_gone(403));
    assert_false(grafana_is_gone(412));
}

static void test_fill_in(void **state)
{
    (void)state;
    static const struct grafana_variable variables[] = {
        {"URL", "it's a \\\"x\""}, {"EMPTY", ""}, {NULL, NULL}};
    static const struct {
        enum grafana_quoting quoting;
        const char *text, *result;
    } cases[] = {
        {GRAFANA_PLAIN, "a ${URL} b", "a it's a \\\"x\" b"},
        {GRAFANA_YAML, "'${URL}'", "'it''s a \\\"x\"'"},
        {GRAFANA_TOML, "\"${URL}\"", "\"it's a \\\\\\\"x\\\"\""},
        {GRAFANA_PLAIN, "${EMPTY}${OTHER} $URL ${} ${", "${OTHER} $URL ${} ${"},
        {GRAFANA_PLAIN, "${UR\nL}", "${UR\nL}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf out = STRBUF_INIT;
        grafana_fill_in(cases[i].text, variables, cases[i].quoting, &out);
        assert_string_equal(out.text, cases[i].result);
        strbuf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_token),   cmocka_unit_test(test_long_token),
        cmocka_unit_test(test_version), cmocka_unit_test(test_url),
        cmocka_unit_test(test_gone),    cmocka_unit_test(test_fill_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
