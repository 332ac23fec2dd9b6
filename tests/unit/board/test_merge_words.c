/*
 * Merging the documents of the lesson: whose hand is whose, the clock, needs of two sources, and
 * documents of any other form, which leave things out and break nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "board/merge.h"

static struct words_step steps[] = {{"table author", "author", ""}, {"table loan", "loan", ""}};
static struct words_student students[] = {
    {"ann", "Ann", "", "", "", "", "", 0, 0, 0},
    {"bob", "Bob", "", "", "loan", "no progress for 9 min", "stuck", 1000, 2000, 0},
    {"eve", "Eve", "", "", "loan", "is idle", "idle", 3000, 0, 2},
    {"joe", "Joe", "", "", "loan", "", "", 0, 0, 0},
};

/* clang-format off */
#define NEED(student_, reason_, value_)                                                            \
    {.name = "lectern_student_need", .lab = "library", .student = student_, .state = "",           \
     .step = "", .feed = "", .job = "", .reason = reason_, .value = value_}
/* clang-format on */
static struct prometheus_sample samples[] = {NEED("bob", "idle", 2), NEED("bob", "stuck", 4),
                                             NEED("eve", "behind", 3), NEED("joe", "hand", 5),
                                             NEED("ann", "nonsense", 9)};
static const struct prometheus_answer grid = {.at_us = 1, .samples = samples, .n_samples = 5};

static struct snapshot *merged(const char *class, const char *open, enum freshness freshness)
{
    struct words words = {
        .lab = "library",
        .title = "Library",
        .is_current = true,
        .steps = steps,
        .n_steps = 2,
        .students = students,
        .n_students = 4,
        .login = "eve",
        .class = class != NULL ? json_loads(class, 0, NULL) : NULL,
        .open = open != NULL ? json_loads(open, 0, NULL) : NULL,
    };
    assert_true(class == NULL || words.class != NULL);
    assert_true(open == NULL || words.open != NULL);
    const struct merge_input input = {
        .words = &words,
        .grid = &grid,
        .open_login = "eve",
        .verdict = {freshness, TROUBLE_NONE, 1},
        .now_us = 700000000,
    };
    struct snapshot *snapshot = merge(&input);
    json_decref(words.class);
    json_decref(words.open);
    return snapshot;
}

static void test_hands(void **state)
{
    (void)state;
    static const char class[] =
        "{\"announcement\": \"Break\", \"helped\": {\"ann\": 2, \"gone\": 9}, \"hands\": ["
        "{\"id\": 1, \"login\": \"ann\", \"state\": \"waiting\", \"message\": \"how?\", "
        "\"raised\": 100},"
        "{\"id\": 2, \"login\": \"eve\", \"state\": \"waiting\", \"message\": \"\", "
        "\"raised\": 500},"
        "{\"id\": 3, \"login\": \"joe\", \"state\": \"resolved\", \"outcome\": \"helped\", "
        "\"raised\": 50, \"resolved\": 60},"
        "{\"id\": 4, \"login\": \"gone\", \"state\": \"waiting\", \"raised\": 1}]}";
    struct snapshot *snapshot = merged(class, NULL, FRESH);
    assert_string_equal(snapshot->announcement, "Break");
    assert_int_equal(snapshot->helped_today, 2);
    assert_int_equal(snapshot->n_hands, 3);
    /* Ann waits longer, but was helped today. */
    assert_int_equal(snapshot->hands[0].id, 2);
    assert_int_equal(snapshot->hands[1].id, 1);
    assert_int_equal(snapshot->hands[2].id, 3);
    assert_int_equal(snapshot->students[2].hand, 1);
    assert_int_equal(snapshot->students[3].hand, 0);
    assert_int_equal(snapshot->students[2].need, NEED_HAND);
    assert_string_equal(snapshot->students[0].reason, "raised a hand: how?");
    assert_int_equal(snapshot->students[3].need, NEED_NONE); /* Prometheus is behind */
    assert_int_equal(snapshot->n_queue, 3);
    assert_int_equal(snapshot->queue[0], 2);
    assert_int_equal(snapshot->queue[1], 0);
    assert_int_equal(snapshot->queue[2], 1);
    merge_free(snapshot);
}

static void test_needs(void **state)
{
    (void)state;
    struct snapshot *snapshot = merged("{}", NULL, FRESH);
    const struct snapshot_student *bob = &snapshot->students[1], *eve = &snapshot->students[2];
    assert_int_equal(bob->need, NEED_STUCK);
    assert_string_equal(bob->reason, "no progress for 9 min");
    assert_true(bob->need_since_us == 1000);
    assert_int_equal(eve->need, NEED_BEHIND); /* whose words did not come yet */
    assert_string_equal(eve->reason, "");
    assert_true(eve->need_since_us == 0);
    assert_int_equal(eve->failed_logins, 2);
    assert_int_equal(snapshot->students[0].need, NEED_NONE);
    merge_free(snapshot);
    /* What is stale needs nobody, but a hand is the control database's. */
    snapshot = merged("{\"hands\": [{\"id\": 1, \"login\": \"ann\", \"state\": \"claimed\"}]}",
                      NULL, FRESH_STALE);
    assert_int_equal(snapshot->n_queue, 1);
    assert_int_equal(snapshot->students[0].need, NEED_HAND);
    assert_int_equal(snapshot->students[1].need, NEED_NONE);
    merge_free(snapshot);
}

static void test_lesson(void **state)
{
    (void)state;
    struct snapshot *snapshot =
        merged("{\"lesson\": {\"started\": 100000000, \"length_s\": 900, \"ended\": null, "
               "\"frozen\": false, \"pauses\": [[200000000, 300000000]], "
               "\"extra\": {\"joe\": 60}}}",
               NULL, FRESH);
    assert_int_equal(snapshot->lesson.state, LESSON_RUNNING);
    assert_true(fabs(snapshot->lesson.elapsed_s - 500) < 1e-9);
    assert_true(fabs(snapshot->lesson.left_s - 400) < 1e-9);
    assert_false(snapshot->lesson.end_announced);
    assert_true(fabs(snapshot->students[3].extra_s - 60) < 1e-9);
    merge_free(snapshot);
    snapshot = merged("{\"lesson\": {\"started\": 100000000, \"pauses\": [[200000000, null]]}}",
                      NULL, FRESH);
    assert_int_equal(snapshot->lesson.state, LESSON_PAUSED);
    assert_true(fabs(snapshot->lesson.elapsed_s - 100) < 1e-9);
    assert_true(isnan(snapshot->lesson.left_s));
    merge_free(snapshot);
    snapshot = merged("{\"lesson\": {\"started\": 100000000, \"ended\": 400000000, "
                      "\"frozen\": true, \"length_s\": 60}}",
                      NULL, FRESH);
    assert_int_equal(snapshot->lesson.state, LESSON_ENDED);
    assert_true(fabs(snapshot->lesson.elapsed_s - 300) < 1e-9);
    assert_true(fabs(snapshot->lesson.left_s) < 1e-9);
    assert_false(snapshot->lesson.end_announced);
    merge_free(snapshot);
    /* An end that is announced, and a length that has passed. */
    snapshot = merged("{\"lesson\": {\"started\": 100000000, \"ended\": 750000000, "
                      "\"frozen\": false, \"length_s\": 60}}",
                      NULL, FRESH);
    assert_int_equal(snapshot->lesson.state, LESSON_RUNNING);
    assert_true(fabs(snapshot->lesson.left_s - 50) < 1e-9);
    assert_true(snapshot->lesson.end_announced);
    merge_free(snapshot);
    snapshot = merged("{\"lesson\": {\"started\": 100000000, \"length_s\": 60}}", NULL, FRESH);
    assert_int_equal(snapshot->lesson.state, LESSON_RUNNING);
    assert_true(fabs(snapshot->lesson.left_s + 540) < 1e-9);
    merge_free(snapshot);
}

static void test_lacks_and_events(void **state)
{
    (void)state;
    struct snapshot *snapshot =
        merged("{\"lacks\": [{\"step\": \"table loan\", \"here\": 28, \"lack\": 19, \"at\": 7, "
               "\"missed\": \"loan refers to member\", \"misses\": 12, \"hardest\": true},"
               "{\"step\": \"table gone\", \"here\": 1, \"hardest\": true}],"
               "\"events\": [{\"at\": 5, \"kind\": \"done\", \"login\": null, \"text\": \"x\"}]}",
               NULL, FRESH);
    assert_int_equal(snapshot->hardest, 1);
    assert_int_equal(snapshot->lacks[1].lack, 19);
    assert_string_equal(snapshot->lacks[1].missed, "loan refers to member");
    assert_string_equal(snapshot->lacks[0].missed, "");
    assert_int_equal(snapshot->n_events, 1);
    assert_string_equal(snapshot->events[0].login, "");
    merge_free(snapshot);
    snapshot = merged(NULL, NULL, FRESH);
    assert_null(snapshot->lacks);
    assert_int_equal(snapshot->hardest, -1);
    assert_int_equal(snapshot->n_steps, 2);
    merge_free(snapshot);
}

static void test_open(void **state)
{
    (void)state;
    static const char open[] =
        "{\"login\": \"eve\", \"errors\": [{\"at\": 9, \"kind\": \"error\", \"sqlstate\": "
        "\"42703\", \"message\": \"no\", \"statement\": \"SELECT\", \"position\": 3}],"
        "\"sessions\": [{\"pid\": 7, \"state\": \"idle\", \"query\": \"SELECT 1\"}],"
        "\"points\": [[1, 0.5], [2, 7], [3, null], [4, 1]], \"medians\": [[1, 0]],"
        "\"events\": [{\"at\": 4, \"kind\": \"note\", \"actor\": \"kim\", \"text\": \"n\"}]}";
    struct snapshot *snapshot = merged("{}", open, FRESH);
    assert_string_equal(snapshot->open.login, "eve");
    assert_string_equal(snapshot->open.errors[0].sqlstate, "42703");
    assert_int_equal(snapshot->open.errors[0].position, 3);
    assert_int_equal(snapshot->open.sessions[0].pid, 7);
    assert_string_equal(snapshot->open.sessions[0].waits_for, "");
    assert_int_equal(snapshot->open.n_points, 2);
    assert_int_equal(snapshot->open.n_medians, 1);
    assert_string_equal(snapshot->open.events[0].login, "eve");
    json_t *json = snapshot_student_json(snapshot, &snapshot->students[2]);
    assert_int_equal(json_array_size(json_object_get(json, "errors")), 1);
    json_decref(json);
    merge_free(snapshot);
    /* The document of one who was open before. */
    snapshot = merged("{}", "{\"login\": \"bob\", \"errors\": [{}]}", FRESH);
    assert_null(snapshot->open.login);
    merge_free(snapshot);
}

static void test_other_forms(void **state)
{
    (void)state;
    static const char *const keys[] = {"lesson", "announcement", "helped", "hands",   "lacks",
                                       "events", "errors",       "points", "medians", "sessions"};
    static const char *const values[] = {
        "null",
        "7",
        "-1e300",
        "\"text\"",
        "[]",
        "{}",
        "[null]",
        "[[]]",
        "[[1, 2, 3], [\"x\", {}]]",
        "[{\"login\": 7, \"id\": -1, \"at\": \"x\", \"text\": [], \"step\": {}}]",
        "[{\"login\": \"eve\", \"state\": 3, \"raised\": -7, \"not_found\": 1e99}]",
        "[{\"login\": \"eve\", \"state\": \"odd\", \"raised\": 9223372036854775807}]",
        "{\"started\": 9223372036854775807, \"pauses\": {\"a\": 1}, \"extra\": [1]}",
        "{\"started\": 1, \"pauses\": [7, null, [2], [null, null]], \"extra\": {\"eve\": \"x\"}}",
        "{\"eve\": -1, \"ann\": 99999999999}",
    };
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            CLEANUP(mem_free_string)
            char *document = mem_printf("{\"login\": \"eve\", \"%s\": %s}", keys[k], values[v]);
            struct snapshot *snapshot = merged(document, document, FRESH);
            assert_int_equal(snapshot->n_students, 4);
            json_t *json = snapshot_json(snapshot);
            json_t *student = snapshot_student_json(snapshot, &snapshot->students[2]);
            assert_true(json_is_object(json) && json_is_object(student));
            json_decref(json);
            json_decref(student);
            merge_free(snapshot);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hands),  cmocka_unit_test(test_needs),
        cmocka_unit_test(test_lesson), cmocka_unit_test(test_lacks_and_events),
        cmocka_unit_test(test_open),   cmocka_unit_test(test_other_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
