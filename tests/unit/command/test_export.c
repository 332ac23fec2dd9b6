/*
 * The export's forms: columns, what is unknown, what a spreadsheet must not run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "command/export.h"

static const char *const names[] = {"table a", "table b"};
static const char *const titles[] = {"a", "b"};

struct fixture {
    struct outcome_step steps[2][2];
    struct outcome_student students[2];
    struct outcome outcome;
};

static void fill(struct fixture *f)
{
    *f = (struct fixture){
        .steps = {{{1, 1772361727000000, 42.4}, {0.5, 0, (double)NAN}},
                  {{(double)NAN, 0, (double)NAN}, {(double)NAN, 0, (double)NAN}}},
        .students = {{.login = "ada",
                      .name = "=1+1",
                      .email = "ada@x",
                      .seat = "A;1",
                      .group = "",
                      .time_factor = 1.25,
                      .progress = 0.75,
                      .steps_done = 1,
                      .measured_us = 1772361727000000,
                      .reason = "",
                      .hands = 2,
                      .extra_s = -60},
                     {.login = "bob",
                      .name = "Bob \"B\"",
                      .email = "",
                      .seat = "",
                      .group = "g",
                      .time_factor = 1,
                      .progress = (double)NAN,
                      .steps_done = -1,
                      .reason = "gone"}},
        .outcome = {.lab = "l",
                    .title = "L",
                    .step_names = names,
                    .step_titles = titles,
                    .n_steps = 2,
                    .n_students = 2},
    };
    f->students[0].needs[NEED_STUCK] = 61;
    f->students[0].steps = f->steps[0];
    f->students[1].steps = f->steps[1];
    f->outcome.students = f->students;
}

static void assert_csv(const char *columns, const char *expected)
{
    struct fixture f;
    struct error err = ERROR_INIT;
    struct strbuf out = STRBUF_INIT;
    fill(&f);
    assert_true(export_add_csv(&out, &f.outcome, columns, &err));
    assert_string_equal(out.text, expected);
    strbuf_release(&out);
}

static void test_columns_are_chosen_in_order(void **state)
{
    (void)state;
    assert_csv("progress,login", "progress,login\r\n0.75,ada\r\n,bob\r\n");
    assert_csv("login,score", "login,score: table a,score: table b\r\nada,1,0.5\r\nbob,,\r\n");
    assert_csv("done_at,seconds", "done_at: table a,done_at: table b,seconds: table a,"
                                  "seconds: table b\r\n2026-03-01T10:42:07Z,,42,\r\n,,,\r\n");
}

static void test_headings_are_columns(void **state)
{
    (void)state;
    assert_csv("need_seconds: stuck,login,score: table b",
               "need_seconds: stuck,login,score: table b\r\n61,ada,0.5\r\n0,bob,\r\n");
    /* A step's name may have a comma. */
    static const char *const commas[] = {"f(a,b)", "f(a"};
    struct fixture f;
    struct error err = ERROR_INIT;
    struct strbuf out = STRBUF_INIT;
    fill(&f);
    f.outcome.step_names = commas;
    assert_true(export_add_csv(&out, &f.outcome, "score: f(a,b),score: f(a,login", &err));
    assert_string_equal(out.text, "\"score: f(a,b)\",score: f(a,login\r\n1,0.5,ada\r\n,,bob\r\n");
    strbuf_release(&out);
}

static void test_fields_are_quoted_and_harmless(void **state)
{
    (void)state;
    assert_csv("name,seat", "name,seat\r\n\"'=1+1\",\"A;1\"\r\n\"Bob \"\"B\"\"\",\r\n");
}

static void test_negative_numbers_stay_numbers(void **state)
{
    (void)state;
    assert_csv("extra_seconds,steps_done", "extra_seconds,steps_done\r\n-60,1\r\n0,\r\n");
}

static void test_every_line_has_as_many_fields(void **state)
{
    (void)state;
    struct fixture f;
    struct error err = ERROR_INIT;
    struct strbuf out = STRBUF_INIT;
    fill(&f);
    f.students[0].seat = "A1"; /* no separator in a text */
    assert_true(export_add_csv(&out, &f.outcome, NULL, &err));
    int fields[3] = {0, 0, 0}, line = 0;
    for (const char *p = out.text; *p != '\0' && line < 3; p++) {
        fields[line] += *p == ',';
        line += *p == '\n';
    }
    assert_int_equal(line, 3);
    assert_int_equal(fields[0], fields[1]);
    assert_int_equal(fields[0], fields[2]);
    assert_null(strstr(out.text, "ada@x")); /* only when asked for */
    strbuf_release(&out);
}

static void test_unknown_columns_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",         "login,nothing", "log", "login,,name",
                                        "score: x", "score:"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct fixture f;
        struct error err = ERROR_INIT;
        struct strbuf out = STRBUF_INIT;
        fill(&f);
        assert_false(export_add_csv(&out, &f.outcome, wrong[i], &err));
        assert_int_equal(err.code, ERROR_USAGE);
        error_clear(&err);
        strbuf_release(&out);
    }
}

static void test_json_says_unknown_by_null(void **state)
{
    (void)state;
    struct fixture f;
    fill(&f);
    json_t *o = export_json(&f.outcome);
    json_t *students = json_object_get(o, "students");
    json_t *ada = json_array_get(students, 0), *bob = json_array_get(students, 1);
    assert_true(json_is_null(json_object_get(o, "lesson")));
    assert_true(json_is_null(json_object_get(bob, "progress")));
    assert_true(json_is_null(json_object_get(bob, "measured_at")));
    assert_string_equal(json_string_value(json_object_get(ada, "name")), "=1+1");
    double stuck = json_real_value(json_object_get(json_object_get(ada, "need_seconds"), "stuck"));
    assert_true(fabs(stuck - 61) < 1e-9);
    assert_int_equal(json_integer_value(json_object_get(ada, "extra_seconds")), -60);
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_chosen_in_order),
        cmocka_unit_test(test_headings_are_columns),
        cmocka_unit_test(test_fields_are_quoted_and_harmless),
        cmocka_unit_test(test_negative_numbers_stay_numbers),
        cmocka_unit_test(test_every_line_has_as_many_fields),
        cmocka_unit_test(test_unknown_columns_are_refused),
        cmocka_unit_test(test_json_says_unknown_by_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
