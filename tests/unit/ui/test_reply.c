/*
 * The terminal's answer about its background: whole, in pieces, never; and the keys around it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "ui/reply.h"

static struct reply reply;
static char keys[256];
static size_t n_keys;

static void keep(const int codes[2], size_t n)
{
    for (size_t i = 0; i < n; i++)
        keys[n_keys++] = codes[i] == 27 ? '^' : (char)codes[i];
    keys[n_keys] = '\0';
}

/* What arrives; "|" is a pause: no key is left. */
static void arrive(const char *bytes, int64_t now_ms)
{
    int codes[2];
    for (; *bytes != '\0'; bytes++) {
        if (*bytes == '|')
            keep(codes, reply_idle(&reply, now_ms, codes));
        else
            keep(codes, reply_take(&reply, (unsigned char)*bytes, now_ms, codes));
    }
    keep(codes, reply_idle(&reply, now_ms, codes));
}

static void check(const char *bytes, const char *wanted_keys, bool known, bool light)
{
    n_keys = 0;
    reply_ask(&reply, 1000);
    arrive(bytes, 1200);
    assert_string_equal(keys, wanted_keys);
    assert_int_equal(reply.known, known);
    assert_int_equal(reply.light, light);
}

static void test_answers(void **state)
{
    (void)state;
    check("\033]11;rgb:ffff/ffff/ffff\033\\", "", true, true);
    check("\033]11;rgb:ffff/ffff/ffff\a", "", true, true);
    check("\033]11;rgb:00/00/00\a", "", true, false);
    check("\033]11;rgb:1e1e/1e1e/2e2e\033\\", "", true, false);
    check("\033]11;rgb:f/d/e\a", "", true, true);
    check("\033]11;rgb:fd/f6/e3\a", "", true, true);
    check("\033]11;what\a", "", false, false);
    check("\033]11;rgb:               f/f/f\a", "", false, false);
}

static void test_keys_around(void **state)
{
    (void)state;
    check("jk\033]11;rgb:ffff/ffff/ffff\033\\lm", "jklm", true, true);
    check("\033", "^", false, false);
    check("\033\033", "^^", false, false);
    check("\033|j", "^j", false, false);
    check("\033j", "^j", false, false);
    check("]j", "]j", false, false);
}

static void test_pieces(void **state)
{
    (void)state;
    check("\033]11;r|gb:ff|ff/ffff/ff|ff\033|\\", "", true, true);
    /* Cut behind the Escape: that one has gone, but the rest is no keys. */
    check("\033|]11;rgb:ffff/ffff/ffff\a", "^", true, true);
}

static void test_never(void **state)
{
    (void)state;
    check("jk", "jk", false, false);
    assert_true(reply.wanted);
    n_keys = 0;
    arrive("\033]x", 1000 + REPLY_WAIT_MS + 1);
    assert_string_equal(keys, "^]x");
    assert_false(reply.wanted);
    /* Broken off in the middle: keys work again. */
    check("\033]11;rgb:ff", "", false, false);
    n_keys = 0;
    arrive("jk", 1000 + REPLY_WAIT_MS + 2001);
    assert_string_equal(keys, "jk");
    /* What no answer looks like ends it at once. */
    check("\033]11;rgb\001jk", "jk", false, false);
}

static void test_colorfgbg(void **state)
{
    (void)state;
    bool light = false;
    assert_true(reply_from_colorfgbg("0;15", &light) && light);
    assert_true(reply_from_colorfgbg("15;0", &light) && !light);
    assert_true(reply_from_colorfgbg("0;default;7", &light) && light);
    assert_false(reply_from_colorfgbg("15;default", &light));
    assert_false(reply_from_colorfgbg("", &light));
    assert_false(reply_from_colorfgbg("7;", &light));
    assert_false(reply_from_colorfgbg(NULL, &light));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),   cmocka_unit_test(test_keys_around),
        cmocka_unit_test(test_pieces),    cmocka_unit_test(test_never),
        cmocka_unit_test(test_colorfgbg),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
