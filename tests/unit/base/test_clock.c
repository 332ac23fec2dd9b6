/*
 * Time: frozen clocks, and times and spans in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"

static void test_freeze(void **state)
{
    (void)state;
    clock_freeze(7, 9);
    assert_int_equal(clock_monotonic_ms(), 7);
    assert_int_equal(clock_utc_us(), 9);
    clock_thaw();
    assert_true(clock_utc_us() > INT64_C(1600000000) * 1000000);
    int64_t before = clock_monotonic_ms();
    clock_sleep_ms(2);
    assert_true(clock_monotonic_ms() >= before + 1);
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *words;
    } spans[] = {
        {-5, "0 s"},      {0, "0 s"},           {59, "59 s"},         {60, "1 min"},
        {3599, "59 min"}, {3600, "1 h 00 min"}, {7500, "2 h 05 min"}, {86399, "23 h 59 min"},
        {86400, "1 d"},   {300000, "3 d"}};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        clock_format_span(spans[i].seconds, &out);
        assert_string_equal(out.text, spans[i].words);
    }
    static const struct {
        double seconds;
        const char *words;
    } lefts[] = {{59.9, "59 s"}, {60, "1 min"},          {61, "2 min"},
                 {-61, "1 min"}, {5399.2, "1 h 30 min"}, {5400, "1 h 30 min"}};
    for (size_t i = 0; i < sizeof lefts / sizeof lefts[0]; i++) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        clock_format_left(lefts[i].seconds, &out);
        assert_string_equal(out.text, lefts[i].words);
    }
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    clock_format_utc(INT64_C(1772361727) * 1000000 + 999999, &out);
    assert_string_equal(out.text, "2026-03-01T10:42:07Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
