/*
 * The pulse: from fresh to stale, and which link of the chain gets the blame.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "board/pulse.h"

enum { START = 1000000, SECOND = 1000 };
static const int64_t utc = INT64_C(1764082800000000);

/* A good answer at `ms`, its heartbeat `age_ms` old. */
static void good(struct pulse *pulse, int64_t ms, int64_t age_ms)
{
    pulse_answer(pulse, ms, utc, utc - age_ms * 1000, 1, 0);
}

static void expect(const struct pulse *pulse, int64_t ms, enum freshness freshness,
                   enum trouble trouble)
{
    struct pulse_verdict verdict = pulse_judge(pulse, ms);
    assert_int_equal(verdict.freshness, freshness);
    assert_int_equal(verdict.trouble, trouble);
}

static void test_age(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    expect(&pulse, START, FRESH_NEVER, TROUBLE_NONE);
    assert_true(isnan(pulse_judge(&pulse, START).age_s));
    good(&pulse, START, 1200);
    expect(&pulse, START, FRESH, TROUBLE_NONE);
    assert_true(fabs(pulse_judge(&pulse, START + 500).age_s - 1.7) < 1e-9);
    /* Prometheus and the exporter go on, the heartbeat does not. */
    good(&pulse, START + 3 * SECOND, 4000);
    expect(&pulse, START + 3 * SECOND, FRESH, TROUBLE_NONE);
    good(&pulse, START + 4 * SECOND, 4001);
    expect(&pulse, START + 4 * SECOND, FRESH_LATE, TROUBLE_DAEMON);
    good(&pulse, START + 10 * SECOND, 10001);
    expect(&pulse, START + 10 * SECOND, FRESH_STALE, TROUBLE_DAEMON);
    good(&pulse, START + 11 * SECOND, 900);
    expect(&pulse, START + 11 * SECOND, FRESH, TROUBLE_NONE);
}

static void test_clock_ahead(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    good(&pulse, START, -700);
    expect(&pulse, START, FRESH, TROUBLE_NONE);
    assert_true(pulse_judge(&pulse, START).age_s == 0);
}

static void test_prometheus_silent(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    good(&pulse, START, 1000);
    /* Nothing comes, not even an error: the age runs on by itself. */
    expect(&pulse, START + 2 * SECOND, FRESH, TROUBLE_NONE);
    expect(&pulse, START + 4 * SECOND, FRESH_LATE, TROUBLE_PROMETHEUS);
    expect(&pulse, START + 10 * SECOND, FRESH_STALE, TROUBLE_PROMETHEUS);
    pulse_refusal(&pulse);
    expect(&pulse, START + 10 * SECOND, FRESH_STALE, TROUBLE_PROMETHEUS);
    good(&pulse, START + 12 * SECOND, 1000);
    expect(&pulse, START + 12 * SECOND, FRESH, TROUBLE_NONE);
}

static void test_exporter_down(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    good(&pulse, START, 1000);
    pulse_answer(&pulse, START + 1 * SECOND, utc, 0, 0, -1);
    expect(&pulse, START + 1 * SECOND, FRESH, TROUBLE_NONE);
    pulse_answer(&pulse, START + 2 * SECOND, utc, 0, 0, -1);
    expect(&pulse, START + 2 * SECOND, FRESH, TROUBLE_NONE);
    pulse_answer(&pulse, START + 3 * SECOND, utc, 0, 0, -1);
    expect(&pulse, START + 3 * SECOND, FRESH_STALE, TROUBLE_EXPORTER);
    good(&pulse, START + 4 * SECOND, 500);
    expect(&pulse, START + 4 * SECOND, FRESH, TROUBLE_NONE);
}

static void test_control_lost(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    good(&pulse, START, 1000);
    /* The words stopped, the numbers go on: a restart is forgiven, more is not. */
    pulse.words_lost_ms = START;
    good(&pulse, START + 1 * SECOND, 1000);
    expect(&pulse, START + 1 * SECOND, FRESH, TROUBLE_NONE);
    good(&pulse, START + 4 * SECOND, 1000);
    expect(&pulse, START + 4 * SECOND, FRESH, TROUBLE_CONTROL);
    /* The exporter repeats its last values and says so. */
    pulse.words_lost_ms = 0;
    pulse_answer(&pulse, START + 5 * SECOND, utc, utc - 11000000, 1, 1);
    expect(&pulse, START + 5 * SECOND, FRESH_STALE, TROUBLE_CONTROL);
}

static void test_never(void **state)
{
    (void)state;
    struct pulse pulse;
    pulse_init(&pulse, START);
    pulse_refusal(&pulse);
    expect(&pulse, START + 1 * SECOND, FRESH_NEVER, TROUBLE_NONE);
    expect(&pulse, START + 4 * SECOND, FRESH_NEVER, TROUBLE_PROMETHEUS);
    for (int i = 0; i < 3; i++)
        pulse_answer(&pulse, START + 5 * SECOND, utc, 0, 1, 0);
    expect(&pulse, START + 5 * SECOND, FRESH_NEVER, TROUBLE_DAEMON);
    for (int i = 0; i < 3; i++)
        pulse_answer(&pulse, START + 6 * SECOND, 0, 0, -1, -1);
    expect(&pulse, START + 6 * SECOND, FRESH_NEVER, TROUBLE_PROMETHEUS);
    pulse.no_lab = true;
    expect(&pulse, START + 6 * SECOND, FRESH_NEVER, TROUBLE_NO_LAB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_clock_ahead),
        cmocka_unit_test(test_prometheus_silent),
        cmocka_unit_test(test_exporter_down),
        cmocka_unit_test(test_control_lost),
        cmocka_unit_test(test_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
