/*
 * Text of strangers: UTF-8, disarming, widths, folding.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static void test_decode(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        uint32_t code;
    } cases[] = {
        {"a", 1, 'a'},
        {"\xc3\xa9", 2, 0xe9},
        {"\xe2\x82\xac", 3, 0x20ac},
        {"\xf0\x9f\x98\x80", 4, 0x1f600},
        {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
        {"\xc3", 1, 0xfffd},             /* cut off */
        {"\x80", 1, 0xfffd},             /* a continuation alone */
        {"\xc0\xaf", 1, 0xfffd},         /* overlong */
        {"\xe0\x80\xaf", 1, 0xfffd},     /* overlong */
        {"\xf0\x80\x80\xaf", 1, 0xfffd}, /* overlong */
        {"\xed\xa0\x80", 1, 0xfffd},     /* a surrogate */
        {"\xf4\x90\x80\x80", 1, 0xfffd}, /* above U+10FFFF */
        {"\xff", 1, 0xfffd},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t code;
        assert_int_equal(utf8_decode(cases[i].bytes, strlen(cases[i].bytes), &code), cases[i].n);
        assert_int_equal(code, cases[i].code);
        assert_int_equal(utf8_valid(cases[i].bytes, strlen(cases[i].bytes)),
                         cases[i].code != 0xfffd);
    }
    assert_true(utf8_valid("\xef\xbf\xbd", 3)); /* U+FFFD itself is a letter like any */
    assert_true(utf8_valid("", 0));
}

static void test_disarm(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\x1b]0;x\x07", "\\x1b]0;x\\x07"},
        {"\xc2\x9b"
         "2J",
         "\\x9b2J"},
        {"\x9b"
         "2J",
         "\\x9b2J"},
        {"a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"},
        {"\xe2\x80\xae"
         "abc",
         "\\u202eabc"},
        {"\xd8\x9c", "\\u061c"},
        {"\xe2\x81\xa6", "\\u2066"},
        {"\xe2\x80\xa8", "\\u2028"},
        {"\xef\xbb\xbf", "\\ufeff"},
        {"\xf3\xa0\x81\x81", "\\ue0041"}, /* a tag letter */
        {"\xd8\xb9\xd8\xa7", "\xd8\xb9\xd8\xa7"},
        {"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb",
         "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"},
        {"\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4\xef\xb8\x8f"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(mem_free_string)
        char *safe = str_disarm(cases[i][0]);
        assert_string_equal(safe, cases[i][1]);
        CLEANUP(mem_free_string)
        char *again = str_disarm(safe);
        assert_string_equal(again, safe);
    }
    CLEANUP(mem_free_string)
    char *lines = str_disarm_text("a\n\tb\r\x1b");
    assert_string_equal(lines, "a\n\tb\\x0d\\x1b");
}

static void test_width(void **state)
{
    (void)state;
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL) {
        print_message("# %s\n", "the locale C.UTF-8 is not here");
        return;
    }
    assert_int_equal(str_width("abc"), 3);
    assert_int_equal(str_width("\xe6\x9d\x8e\xe5\xb0\x8f"), 4);
    assert_int_equal(str_width("e\xcc\x81"), 1);
    assert_int_equal(str_fit("abc", 2), 2);
    assert_int_equal(str_break("one two three", 9), 7);
    assert_int_equal(str_break("v_overdue", 8), 2);
    assert_int_equal(str_break("overdue", 4), 4);
    assert_int_equal(str_break("the class took 55 s; 31 errors", 17), 14); /* 55 s is one word */
    assert_int_equal(str_break("idle for 12 minutes", 11), 11);
    assert_int_equal(str_break("12 min", 4), 4);
    assert_int_equal(str_break("\xe6\x9d\x8e", 1), 0);
    assert_int_equal(str_fit("\xe6\x9d\x8e\xe5\xb0\x8f", 3), 3);
    assert_int_equal(str_fit("e\xcc\x81x", 1), 3); /* a base is not cut from its mark */
    assert_int_equal(str_fit("abc", 0), 0);
    assert_int_equal(str_fit("", 5), 0);
}

static void test_fold(void **state)
{
    (void)state;
    static const char *const twins[][2] = {
        {"alice", "ALICE"},
        {"ren\xc3\xa9", "Rene\xcc\x81"},
        {"stra\xc3\x9f"
         "e",
         "STRASSE"},
        {"\xce\xa3\xce\xa3", "\xcf\x83\xcf\x82"},
    };
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        CLEANUP(mem_free_string)
        char *a = str_fold(twins[i][0]);
        CLEANUP(mem_free_string)
        char *b = str_fold(twins[i][1]);
        assert_string_equal(a, b);
    }
    CLEANUP(mem_free_string)
    char *a = str_fold("ren\xc3\xa9");
    CLEANUP(mem_free_string)
    char *b = str_fold("rene");
    assert_string_not_equal(a, b);
    CLEANUP(mem_free_string)
    char *invalid = str_fold("\xff");
    assert_string_equal(invalid, "\xff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_disarm),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_fold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
