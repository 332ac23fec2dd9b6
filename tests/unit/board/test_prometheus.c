/*
 * Prometheus' answers: what is read out of them, and what is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "board/prometheus.h"

static bool parse(const char *body, struct prometheus_answer *answer)
{
    struct error err = ERROR_INIT;
    bool ok = prometheus_parse(body, strlen(body), answer, &err);
    assert_int_equal(ok, !error_is_set(&err));
    error_clear(&err);
    return ok;
}

#define VECTOR(items)                                                                              \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" items "]}}"
#define SAMPLE(labels, value) "{\"metric\":{" labels "},\"value\":[1764082800.125,\"" value "\"]}"

static void test_samples(void **state)
{
    (void)state;
    struct prometheus_answer answer;
    assert_true(parse(
        VECTOR(SAMPLE(
            "\"__name__\":\"lectern_student_progress_ratio\",\"lab\":\"library\","
            "\"student\":\"eve\"",
            "0.25") "," SAMPLE("\"__name__\":\"lectern_student_state\",\"student\":\"eve\","
                               "\"state\":\"stuck\"",
                               "1") "," SAMPLE("\"__name__\":\"lectern_daemon_heartbeat_timestamp_"
                                               "seconds\"",
                                               "1764082799.5") "," SAMPLE("\"__name__\":\"up\","
                                                                          "\"job\":\"lectern_"
                                                                          "students\"",
                                                                          "1") "," SAMPLE("\"__"
                                                                                          "name__"
                                                                                          "\":"
                                                                                          "\"up\","
                                                                                          "\"job\":"
                                                                                          "\"lecter"
                                                                                          "n_"
                                                                                          "steps\"",
                                                                                          "0") "," SAMPLE("\"__name__\":\"lectern_feed_failed\",\"feed\":\"students\"",
                                                                                                          "0") "," SAMPLE("\"__name__\":\"odd\"",
                                                                                                                          "NaN")),
        &answer));
    assert_int_equal(answer.n_samples, 7);
    assert_true(answer.at_us == 1764082800125000);
    assert_string_equal(answer.samples[0].student, "eve");
    assert_string_equal(answer.samples[0].state, "");
    assert_true(answer.samples[0].value == 0.25);
    assert_string_equal(answer.samples[1].state, "stuck");
    assert_true(isnan(answer.samples[6].value));
    assert_true(prometheus_heartbeat(&answer) == 1764082799500000);
    assert_int_equal(prometheus_exporter_up(&answer), 1);
    assert_int_equal(prometheus_feed_failed(&answer), 0);
    prometheus_answer_release(&answer);
}

static void test_empty_answer(void **state)
{
    (void)state;
    struct prometheus_answer answer;
    assert_true(parse(VECTOR(""), &answer));
    assert_int_equal(answer.n_samples, 0);
    assert_true(prometheus_heartbeat(&answer) == 0);
    assert_int_equal(prometheus_exporter_up(&answer), -1);
    assert_int_equal(prometheus_feed_failed(&answer), -1);
    prometheus_answer_release(&answer);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "<html>502</html>",
        "[]",
        "null",
        "{}",
        "{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"parse error\"}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[]}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":{}}}",
        VECTOR("1"),
        VECTOR("{\"metric\":[],\"value\":[1,\"1\"]}"),
        VECTOR("{\"metric\":{},\"value\":[1]}"),
        VECTOR("{\"metric\":{},\"value\":[1,1]}"),
        VECTOR("{\"metric\":{},\"value\":[\"1\",\"1\"]}"),
        VECTOR("{\"metric\":{},\"value\":[-5,\"1\"]}"),
        VECTOR("{\"metric\":{},\"value\":[1e300,\"1\"]}"),
        VECTOR(SAMPLE("\"__name__\":7", "1")),
        VECTOR(SAMPLE("\"student\":\"eve\"", "")),
        VECTOR(SAMPLE("\"student\":\"eve\"", "1 2")),
        VECTOR(SAMPLE("\"student\":\"e\\u0000e\"", "1")),
        VECTOR(SAMPLE("\"student\":\"\xff\xfe\"", "1")),
        VECTOR(SAMPLE("\"student\":\"eve\"", "1")) "trailing",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct prometheus_answer answer;
        if (parse(bad[i], &answer))
            fail_msg("was taken: %s", bad[i]);
    }
}

static void test_caps(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf body = STRBUF_INIT;
    struct prometheus_answer answer;
    strbuf_add_string(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                             "\"result\":[{\"metric\":{\"student\":\"");
    for (int i = 0; i <= PROMETHEUS_LABEL_MAX; i++)
        strbuf_add_char(&body, 'x');
    strbuf_add_string(&body, "\"},\"value\":[1764082800,\"1\"]}]}}");
    assert_false(parse(body.text, &answer));

    strbuf_reset(&body);
    for (int i = 0; i < 100000; i++)
        strbuf_add_char(&body, '[');
    assert_false(parse(body.text, &answer));

    strbuf_reset(&body);
    strbuf_add_string(&body, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\","
                             "\"result\":[0");
    for (int i = 0; i < PROMETHEUS_SAMPLES_MAX; i++)
        strbuf_add_string(&body, ",0");
    strbuf_add_string(&body, "]}}");
    assert_false(parse(body.text, &answer));
}

static void test_urls(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    prometheus_add_string(&out, "a\"b\\c\nd");
    assert_string_equal(out.text, "\"a\\\"b\\\\c\\nd\"");
    strbuf_reset(&out);
    prometheus_steps_url(&out, "http://127.0.0.1:9", "lib");
    assert_string_equal(out.text,
                        "http://127.0.0.1:9/api/v1/query?query=lectern_step_score_ratio%7Blab%3D%22"
                        "lib%22%7D");
    strbuf_reset(&out);
    prometheus_grid_url(&out, "http://h", "lib");
    assert_non_null(strstr(out.text, "lab%3D~%22lib%7C%22"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples), cmocka_unit_test(test_empty_answer),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_caps),
        cmocka_unit_test(test_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
