/*
 * Record: what measurements and looks change about a student, and the turn's document.
 */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "probe/feedback.h"
#include "probe/needs.h"
#include "probe/reason.h"
#include "probe/record.h"

/* Two students; two steps of two checks each. */
struct room {
    struct measured_lab lab;
    struct record record;
    struct step steps[2];
    struct check checks[4];
    int step_ids[2];
    struct measured_student students[2];
    struct measured_score scores[2][4], step_scores[2][2];
};

static int set_up(void **state)
{
    struct room *class = mem_alloc(sizeof(*class));
    struct check_set *set = &class->lab.checks;
    set->steps = class->steps;
    set->n_steps = 2;
    set->checks = class->checks;
    set->n_checks = 4;
    class->steps[0] = (struct step){.name = "table a", .title = "a", .hint = "", .weight = 1};
    class->steps[1] = (struct step){.name = "table b", .title = "b", .hint = "", .weight = 1};
    for (size_t i = 0; i < 4; i++) {
        class->checks[i] = (struct check){.step = i / 2,
                                          .kind = i % 2 ? FACT_ROWS : FACT_TABLE,
                                          .schema = "public",
                                          .relation = i < 2 ? "a" : "b",
                                          .name = "",
                                          .title = "",
                                          .weight = 1};
        memset(class->checks[i].id, 'a' + (int)i, CHECK_ID_SIZE - 1);
    }
    class->step_ids[0] = 31;
    class->step_ids[1] = 32;
    class->lab.step_ids = class->step_ids;
    class->lab.lab_id = 3;
    class->lab.rules = class_rules_default();
    class->lab.rules.idle_after_s = 300;
    class->lab.rules.stuck_after_s = 600;
    class->lab.students = class->students;
    class->lab.n_students = 2;
    for (size_t i = 0; i < 2; i++) {
        struct measured_student *s = &class->students[i];
        *s = (struct measured_student){.student_id = 11 + (int)i,
                                       .login = i ? "s2" : "s1",
                                       .time_factor = 1,
                                       .scores = class->scores[i],
                                       .steps = class->step_scores[i],
                                       .progress = (double)NAN,
                                       .timeline = (double)NAN,
                                       .current_step = -1,
                                       .reason = mem_strdup(""),
                                       .bytes = -1};
        for (size_t k = 0; k < 4; k++)
            s->scores[k].value = s->scores[k].known = (double)NAN;
        for (size_t k = 0; k < 2; k++)
            s->steps[k].value = s->steps[k].known = (double)NAN;
    }
    record_init(&class->record);
    *state = class;
    return 0;
}

static void judge_now(struct room *class, const struct watch_row *looks, int64_t now_us)
{
    struct needs *needs = needs_new(&class->lab);
    needs_judge(needs, looks, now_us);
    needs_free(needs);
}

static int tear_down(void **state)
{
    struct room *class = *state;
    for (size_t i = 0; i < 2; i++) {
        free(class->students[i].reason);
        free(class->students[i].need_reason);
        for (size_t k = 0; k < 4; k++)
            free(class->scores[i][k].verdict);
    }
    record_release(&class->record);
    free(class);
    return 0;
}

static bool measured(struct room *class, size_t student, int64_t at_us, double a, double b,
                     double c, double d)
{
    struct score scores[4] = {{.value = a}, {.value = b}, {.value = c}, {.value = d}};
    return record_measured(&class->record, &class->lab, student, scores, "", at_us);
}

static json_t *taken(struct room *class)
{
    char *text = record_take(&class->record, &class->lab);
    json_t *document = json_loads(text, 0, NULL);
    assert_non_null(document);
    free(text);
    return document;
}

static size_t rows(const json_t *document, const char *name)
{
    return json_array_size(json_object_get(document, name));
}

static const char *event(const json_t *document, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(document, "events"), i), "kind"));
}

static void only_what_changed_is_recorded(void **state)
{
    struct room *class = *state;
    assert_true(measured(class, 0, 1000, 1, 0, 0, 0));
    json_t *document = taken(class);
    assert_int_equal(rows(document, "activity"), 1);
    assert_int_equal(rows(document, "steps"), 2);
    assert_int_equal(rows(document, "scores"), 4);
    assert_int_equal(rows(document, "progress"), 1);
    assert_int_equal(rows(document, "events"), 0);
    json_decref(document);
    assert_false(record_is_due(&class->record, &class->lab));

    assert_true(measured(class, 0, 2000, 1, 1, 0, 0));
    document = taken(class);
    assert_int_equal(rows(document, "steps"), 1);
    assert_int_equal(rows(document, "scores"), 1);
    assert_int_equal(rows(document, "progress"), 1);
    assert_int_equal(rows(document, "events"), 1);
    assert_string_equal(event(document, 0), "step_done");
    const json_t *score = json_array_get(json_object_get(document, "scores"), 0);
    assert_string_equal(json_string_value(json_object_get(score, "check")), "bbbbbbbbbbbbbbbb");
    json_decref(document);

    measured(class, 0, 3000, 1, 1, 0, 0); /* the same again: only when it was measured */
    document = taken(class);
    assert_int_equal(rows(document, "activity"), 1);
    assert_int_equal(rows(document, "steps") + rows(document, "scores"), 0);
    assert_int_equal(rows(document, "progress") + rows(document, "events"), 0);
    json_decref(document);
}

static void a_step_that_falls_is_lost_not_progress(void **state)
{
    struct room *class = *state;
    measured(class, 0, 1000, 1, 1, 0, 0);
    assert_int_equal(class->students[0].last_progress_us, 1000);
    assert_int_equal(class->students[0].steps_done, 1);
    assert_int_equal(class->students[0].current_step, 1);
    json_decref(taken(class));
    measured(class, 0, 2000, 0, 0, 0, 0);
    assert_int_equal(class->students[0].last_progress_us, 1000);
    assert_int_equal(class->students[0].steps_done, 0);
    json_t *document = taken(class);
    assert_string_equal(event(document, 0), "step_lost");
    json_decref(document);
}

/* A lock makes a step unknown; when it goes, nothing was lost and nothing was gained. */
static void unknown_is_neither_loss_nor_progress(void **state)
{
    struct room *class = *state;
    const double no = (double)NAN;
    measured(class, 0, 1000, 1, 1, 1, 0);
    json_decref(taken(class));
    measured(class, 0, 2000, no, no, 1, 0);
    assert_true(isnan(class->step_scores[0][0].value));
    assert_float_equal(class->students[0].progress, 0.75, 1e-9); /* neither raised nor lowered */
    json_t *document = taken(class);
    assert_int_equal(rows(document, "progress") + rows(document, "events"), 0);
    const json_t *step = json_array_get(json_object_get(document, "steps"), 0);
    assert_true(json_is_null(json_object_get(step, "score")));
    json_decref(document);
    measured(class, 0, 3000, 1, 1, 1, 0);
    assert_int_equal(class->students[0].last_progress_us, 1000);
    document = taken(class);
    assert_int_equal(rows(document, "progress") + rows(document, "events"), 0);
    json_decref(document);
    measured(class, 0, 4000, no, no, 1, 1); /* what is known may still rise */
    assert_int_equal(class->students[0].last_progress_us, 4000);
    document = taken(class);
    assert_int_equal(rows(document, "progress"), 1);
    json_decref(document);
}

/* Who makes unreadable what is not finished stays where he was, and is not done. */
static void hiding_does_not_pay(void **state)
{
    struct room *class = *state;
    struct watch_row looks[2] = {{.student_id = 11, .sessions = 1}, {.student_id = 12}};
    const double no = (double)NAN;
    measured(class, 0, 1000, 1, 1, 1, 0);
    measured(class, 0, 2000, 1, 1, 1, no);
    assert_true(isnan(class->step_scores[0][1].value));
    assert_float_equal(class->students[0].progress, 0.75, 1e-9);
    measured(class, 1, 2000, 1, 1, 1, no); /* never known */
    assert_float_equal(class->students[1].progress, 0.5, 1e-9);
    measured(class, 0, 3000, 1, 1, 1, 1);
    measured(class, 0, 4000, 1, 1, 1, no);
    judge_now(class, looks, 5000);
    assert_int_not_equal(class->students[0].state, STATE_DONE);
    json_decref(taken(class));
}

static void what_cannot_be_measured_is_unknown(void **state)
{
    struct room *class = *state;
    struct watch_row looks[2] = {{.student_id = 11}, {.student_id = 12}};
    measured(class, 0, 1000, 1, 1, 1, 1);
    json_decref(taken(class));
    record_unknown(&class->lab, 0, "gone: \x1b[2J", 2000);
    judge_now(class, looks, 5000);
    assert_int_equal(class->students[0].state, STATE_UNKNOWN); /* not absent: it is to be mended */
    json_t *document = taken(class);
    assert_int_equal(rows(document, "steps"), 2);
    assert_int_equal(rows(document, "scores"), 4);
    assert_int_equal(rows(document, "progress") + rows(document, "events"), 0);
    const json_t *row = json_array_get(json_object_get(document, "activity"), 0);
    assert_true(json_is_null(json_object_get(row, "progress")));
    assert_true(json_is_null(json_object_get(row, "steps_done")));
    assert_null(strchr(json_string_value(json_object_get(row, "reason")), 0x1b));
    assert_int_equal(json_integer_value(json_object_get(row, "probed")), 1000);
    json_decref(document);
    record_unknown(&class->lab, 0, "gone: \x1b[2J", 3000);
    assert_false(record_is_due(&class->record, &class->lab));
}

static void looks_and_states(void **state)
{
    struct room *class = *state;
    const int64_t s = 1000000, now = 10000 * s;
    struct watch_row looks[2] = {
        {.student_id = 11, .sessions = 1, .moved_us = now - s, .active_us = now - s},
        {.student_id = 12}};
    struct needs *needs = needs_new(&class->lab);
    measured(class, 0, now - s, 1, 0, 0, 0);
    measured(class, 1, now - s, 0, 0, 0, 0);
    json_decref(taken(class));
    record_watched(&class->lab, 0, &looks[0]);
    record_watched(&class->lab, 1, &looks[1]);
    needs_judge(needs, looks, now);
    assert_int_equal(class->students[0].state, STATE_WORKING);
    assert_int_equal(class->students[0].first_seen_us, now - s);
    assert_int_equal(class->students[1].state, STATE_ABSENT);
    json_decref(taken(class));
    record_watched(&class->lab, 0, &looks[0]);
    needs_judge(needs, looks, now + s);
    assert_false(record_is_due(&class->record, &class->lab));
    looks[0].waiting = 1;
    needs_judge(needs, looks, now + 2 * s);
    assert_int_equal(class->students[0].state, STATE_WORKING); /* locks pass */
    needs_judge(needs, looks, now + 20 * s);
    assert_int_equal(class->students[0].state, STATE_BLOCKED);
    assert_true(record_is_due(&class->record, &class->lab));
    json_t *document = taken(class);
    const json_t *row = json_array_get(json_object_get(document, "activity"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "need_reason")),
                        "waits for a lock, for 18 s");
    json_decref(document);
    /* A reason that was measured comes first; the need goes with its cause. */
    looks[0].waiting = 0;
    needs_judge(needs, looks, now + 21 * s);
    assert_int_equal(class->students[0].state, STATE_WORKING);
    document = taken(class);
    row = json_array_get(json_object_get(document, "activity"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "need_reason")), "");
    json_decref(document);
    needs_judge(needs, looks, now + 400 * s);
    assert_int_equal(class->students[0].state, STATE_IDLE);
    document = taken(class);
    row = json_array_get(json_object_get(document, "activity"), 0);
    assert_non_null(strstr(json_string_value(json_object_get(row, "need_reason")), "missing ;"));
    json_decref(document);
    needs_free(needs);
}

/* Row `i` of the feedback's key, as the text it is. */
static const char *told(const json_t *rows, size_t i, const char *key)
{
    const char *text = json_string_value(json_object_get(json_array_get(rows, i), key));
    return text != NULL ? text : "(none)";
}

static json_t *feedback(struct room *class, enum lab_feedback level)
{
    class->lab.feedback = level;
    char *text = feedback_document(&class->lab, 0);
    assert_null(strstr(text, "50"));
    assert_null(strstr(text, "secret"));
    json_t *rows = json_loads(text, 0, NULL);
    free(text);
    assert_non_null(rows);
    return rows;
}

/* Results of views are measured seconds after the statement: that is no news of who sits idle. */
static void what_is_measured_late_is_not_done_now(void **state)
{
    struct room *class = *state;
    measured(class, 0, 1000, 0, 0, 0, 0);
    record_watched(&class->lab, 0,
                   &(struct watch_row){.student_id = 11, .sessions = 1, .active_us = 2000});
    assert_true(measured(class, 0, 9000, 1, 0, 0, 0));
    assert_int_equal(class->students[0].last_activity_us, 2000);
    assert_int_equal(class->students[0].last_progress_us, 9000);
    /* Nobody is there any more: somebody was, between two looks. */
    record_watched(&class->lab, 0, &(struct watch_row){.student_id = 11});
    assert_true(measured(class, 0, 12000, 1, 1, 1, 1));
    assert_int_equal(class->students[0].last_activity_us, 12000);
}

static void feedback_tells_nothing_of_what_is_expected(void **state)
{
    struct room *class = *state;
    class->checks[0].title = "a is secret";
    class->checks[2].kind = FACT_COLUMN;
    class->checks[2].name = "price";
    class->checks[3].kind = FACT_INDEX;
    class->checks[3].name = "btree(secret)";
    struct score scores[4] = {
        {.value = 1},
        {.value = 0, .verdict = (char[]){"a: 3 rows; expected 50 rows"}},
        {.value = (double)NAN},
        {.value = 0, .verdict = (char[]){"b.btree(secret): missing; expected btree(secret)"}}};
    record_measured(&class->record, &class->lab, 0, scores, "", 1000);
    json_t *rows = feedback(class, FEEDBACK_NOTHING);
    assert_int_equal(json_array_size(rows), 0);
    json_decref(rows);

    rows = feedback(class, FEEDBACK_STEPS);
    assert_int_equal(json_array_size(rows), 2);
    assert_string_equal(told(rows, 0, "verdict"), "1 of 2 checks are met");
    assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "score")));
    json_decref(rows);

    rows = feedback(class, FEEDBACK_CHECKS);
    assert_int_equal(json_array_size(rows), 6);
    assert_string_equal(told(rows, 1, "object"), "table a");
    assert_string_equal(told(rows, 2, "object"), "rows of a");
    assert_string_equal(told(rows, 2, "verdict"), "");
    assert_string_equal(told(rows, 4, "object"), "column b.price");
    assert_string_equal(told(rows, 4, "verdict"), "cannot be measured now");
    assert_string_equal(told(rows, 5, "object"), "index of b");
    json_decref(rows);

    rows = feedback(class, FEEDBACK_VERDICTS);
    assert_string_equal(told(rows, 2, "verdict"), "3 rows");
    assert_string_equal(told(rows, 5, "verdict"), "missing");
    assert_string_equal(told(rows, 1, "verdict"), "");
    json_decref(rows);
}

static void reasons_name_what_is_unknown(void **state)
{
    struct room *class = *state;
    struct score scores[4] = {
        {.value = 1}, {.value = (double)NAN}, {.value = 0}, {.value = (double)NAN}};
    struct table_measure measures[2] = {
        {.relation = "a", .reason = "locked by an open transaction"},
        {.relation = "b", .known = true}};
    struct fact_set facts = {.count = 0};
    bool only_locked = false;
    char *reason = reason_of_unknown(&class->lab.checks, scores, &facts, measures, 2, &only_locked);
    assert_string_equal(reason, "locked: a");
    assert_true(only_locked);
    free(reason);
    measures[1] = (struct table_measure){.relation = "b", .reason = "too slow to be read"};
    reason = reason_of_unknown(&class->lab.checks, scores, &facts, measures, 2, &only_locked);
    assert_string_equal(reason, "locked: a");
    assert_false(only_locked);
    free(reason);
    measures[0].known = measures[1].known = true;
    reason = reason_of_unknown(&class->lab.checks, scores, &facts, measures, 2, &only_locked);
    assert_string_equal(reason, ""); /* unknown, but nothing stands in the way */
    assert_false(only_locked);
    free(reason);
}

static void the_current_step_is_what_is_worked_on(void **state)
{
    struct room *class = *state;
    const struct measured_student *student = &class->students[0];
    measured(class, 0, 1000, 0, 0, 0, 0);
    assert_int_equal(student->current_step, 0); /* the first that is not done */
    measured(class, 0, 2000, 0, 0, 1, 0);
    assert_int_equal(student->current_step, 1); /* out of order: what rose */
    measured(class, 0, 3000, 0, 0, 1, 0);
    assert_int_equal(student->current_step, 1); /* still at it */
    measured(class, 0, 4000, 0, 0, 1, 1);
    assert_int_equal(student->current_step, 0); /* done: the first that is not */
    measured(class, 0, 5000, 1, 1, 1, 1);
    assert_int_equal(student->current_step, -1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(only_what_changed_is_recorded),
        TEST(a_step_that_falls_is_lost_not_progress),
        TEST(unknown_is_neither_loss_nor_progress),
        TEST(hiding_does_not_pay),
        TEST(what_cannot_be_measured_is_unknown),
        TEST(looks_and_states),
        TEST(what_is_measured_late_is_not_done_now),
        TEST(feedback_tells_nothing_of_what_is_expected),
        TEST(reasons_name_what_is_unknown),
        TEST(the_current_step_is_what_is_worked_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
