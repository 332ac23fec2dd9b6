/*
 * Merging: whose number is whose, what an unknown looks like, and that stale never looks fresh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "board/merge.h"

static struct words_step steps[] = {
    {"table author", "author", ""},
    {"table loan", "loan", "Which way round is the key?"},
};
static struct words_student students[] = {
    {"eve", "Eve", "C2", "B", "loan", "foreign key to member missing", "", 0, 0, 0},
    {"bob", "Bob", "", "", "author", "", "", 0, 0, 0},
    {"ann", "Ann", "", "", "", "", "", 0, 0, 0},
};
static struct words_check checks[] = {
    {0, (double)NAN, "author exists", 1, ""},
    {1, 0.75, "loan exists", 1, ""},
    {1, 0.75, "loan.member_id refers to member", 0, "there is no such foreign key"},
};
static const struct words words = {
    .lab = "library",
    .title = "Library",
    .is_current = true,
    .steps = steps,
    .n_steps = 2,
    .students = students,
    .n_students = 3,
    .login = "eve",
    .checks = checks,
    .n_checks = 3,
};

/* clang-format off */
#define STUDENT(name_, student_, state_, value_)                                                   \
    {.name = "lectern_student_" name_, .lab = "library", .student = student_, .state = state_,     \
     .step = "", .feed = "", .job = "", .reason = "", .value = value_}
/* clang-format on */
static struct prometheus_sample samples[] = {
    STUDENT("progress_ratio", "bob", "", 0.5),
    STUDENT("progress_ratio", "eve", "", 0.25),
    STUDENT("state", "eve", "working", 0),
    STUDENT("state", "eve", "stuck", 1),
    STUDENT("state", "bob", "working", 1),
    STUDENT("last_progress_timestamp_seconds", "eve", "", 1764082000),
    STUDENT("progress_ratio", "zoe", "", 1),
    STUDENT("progress_ratio", "ann", "", 7),
};
static const struct prometheus_answer grid = {
    .at_us = INT64_C(1764082800000000), .samples = samples, .n_samples = 8};
static struct prometheus_sample step_samples[] = {
    {"lectern_step_score_ratio", "library", "eve", "", "table loan", "", "", "", 0.5},
    {"lectern_step_score_ratio", "library", "eve", "", "table gone", "", "", "", 1},
    {"lectern_step_score_ratio", "library", "bob", "", "table author", "", "", "", 1},
};
static const struct prometheus_answer steps_answer = {.samples = step_samples, .n_samples = 3};

static struct merge_input input(void)
{
    return (struct merge_input){
        .words = &words,
        .grid = &grid,
        .steps = &steps_answer,
        .verdict = {FRESH, TROUBLE_NONE, 1.5},
        .now_us = INT64_C(1764082801000000),
    };
}

static void test_fresh(void **state)
{
    (void)state;
    struct merge_input in = input();
    in.open_login = "eve";
    struct snapshot *snapshot = merge(&in);
    assert_int_equal(snapshot->n_students, 3);
    const struct snapshot_student *eve = &snapshot->students[0], *bob = &snapshot->students[1],
                                  *ann = &snapshot->students[2];
    assert_string_equal(eve->name, "Eve");
    assert_int_equal(eve->state, STATE_STUCK);
    assert_true(eve->progress == 0.25);
    assert_true(eve->last_progress_us == INT64_C(1764082000000000));
    assert_string_equal(eve->reason, "foreign key to member missing");
    assert_int_equal(bob->state, STATE_WORKING);
    assert_null(bob->steps);
    assert_int_equal(ann->state, STATE_UNKNOWN);
    assert_true(isnan(ann->progress));
    assert_true(fabs(snapshot->median - 0.375) < 1e-9);
    assert_int_equal(snapshot->by_state[STATE_STUCK], 1);
    assert_int_equal(snapshot->by_state[STATE_UNKNOWN], 1);

    assert_int_equal(eve->n_steps, 2);
    assert_true(isnan(eve->steps[0].score));
    assert_true(eve->steps[1].score == 0.75); /* as the checks say, not as Prometheus did */
    assert_string_equal(eve->steps[1].hint, "Which way round is the key?");
    assert_int_equal(eve->steps[0].n_checks, 1);
    assert_int_equal(eve->steps[1].n_checks, 2);
    assert_string_equal(eve->steps[1].checks[1].verdict, "there is no such foreign key");
    merge_free(snapshot);
}

static void test_all_steps(void **state)
{
    (void)state;
    struct merge_input in = input();
    in.all_steps = true;
    struct snapshot *snapshot = merge(&in);
    assert_int_equal(snapshot->students[1].n_steps, 2);
    assert_true(snapshot->students[1].steps[0].score == 1);
    assert_null(snapshot->students[0].steps[0].checks);
    merge_free(snapshot);
}

static void test_stale(void **state)
{
    (void)state;
    struct merge_input in = input();
    in.verdict = (struct pulse_verdict){FRESH_STALE, TROUBLE_DAEMON, 42};
    struct snapshot *snapshot = merge(&in);
    assert_int_equal(snapshot->n_students, 3);
    assert_int_equal(snapshot->by_state[STATE_UNKNOWN], 3);
    assert_true(snapshot->students[1].progress == 0.5);
    assert_string_equal(snapshot->students[0].reason, "no fresh data");
    merge_free(snapshot);
}

static void test_half_pictures(void **state)
{
    (void)state;
    struct merge_input in = input();
    in.words = NULL;
    struct snapshot *snapshot = merge(&in);
    assert_int_equal(snapshot->n_students, 0);
    merge_free(snapshot);

    in = input();
    in.grid = NULL;
    in.steps = NULL;
    in.verdict = (struct pulse_verdict){FRESH_NEVER, TROUBLE_NONE, (double)NAN};
    snapshot = merge(&in);
    assert_int_equal(snapshot->n_students, 3);
    assert_int_equal(snapshot->by_state[STATE_UNKNOWN], 3);
    assert_true(isnan(snapshot->median));
    merge_free(snapshot);
}

/* Right after another lab became the current one, numbers of the old one may still be around. */
static void test_other_lab(void **state)
{
    (void)state;
    struct words other = words;
    other.lab = "chinook";
    struct merge_input in = input();
    in.words = &other;
    struct snapshot *snapshot = merge(&in);
    assert_true(isnan(snapshot->students[0].progress));
    merge_free(snapshot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh),     cmocka_unit_test(test_all_steps),
        cmocka_unit_test(test_stale),     cmocka_unit_test(test_half_pictures),
        cmocka_unit_test(test_other_lab),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
