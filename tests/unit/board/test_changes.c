/*
 * Changes: what is told, once, and that stale data tells nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "board/changes.h"

static struct snapshot_step steps[2][2] = {{{.title = "author"}, {.title = "loan"}},
                                           {{.title = "author"}, {.title = "loan"}}};
static struct snapshot_student students[2];
static struct snapshot_hand hand;
static struct snapshot snapshot;
static struct strbuf told;

static void on_change(const struct change *change, void *data)
{
    (void)data;
    strbuf_printf(&told, "%s|%s|%s|%s|%s\n", change->kind, change->login, change->from, change->to,
                  change->text);
}

static void take(struct changes *changes, const char *expected)
{
    strbuf_reset(&told);
    changes_take(changes, &snapshot, on_change, NULL);
    assert_string_equal(told.text, expected);
}

static int set_up(void **state)
{
    (void)state;
    snapshot_init(&snapshot);
    for (size_t i = 0; i < 2; i++) {
        students[i] = (struct snapshot_student){.login = i == 0 ? "eve" : "bob",
                                                .name = "",
                                                .state = STATE_WORKING,
                                                .reason = "",
                                                .steps = steps[i],
                                                .n_steps = 2};
        steps[i][0].score = steps[i][1].score = 0;
    }
    snapshot.lab = "library";
    snapshot.title = "Library";
    snapshot.students = students;
    snapshot.n_students = 2;
    snapshot.by_state[STATE_WORKING] = 2;
    snapshot.freshness = FRESH;
    hand = (struct snapshot_hand){
        .id = 7, .message = "how?", .state = "waiting", .helper = "", .outcome = "", .note = ""};
    snapshot.hands = &hand;
    told = STRBUF_INIT;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    strbuf_release(&told);
    return 0;
}

static void test_students(void **state)
{
    (void)state;
    struct changes changes = CHANGES_INIT;
    take(&changes, "class|||library|Library: 2 students, 2 working\n");
    take(&changes, "");
    students[0].state = STATE_STUCK;
    students[0].need = NEED_STUCK;
    students[0].reason = "no progress";
    steps[1][0].score = 1;
    take(&changes, "state|eve|working|stuck|stuck, was working\n"
                   "need|eve||stuck|stuck: no progress\n"
                   "step|bob||author|completed author\n");
    take(&changes, "");
    /* Not known for a while is no change. */
    steps[1][0].score = (double)NAN;
    take(&changes, "");
    steps[1][0].score = 1;
    take(&changes, "");
    steps[1][0].score = 0.5;
    students[0].need = NEED_NONE;
    students[0].state = STATE_WORKING;
    take(&changes, "state|eve|stuck|working|working, was stuck\n"
                   "need|eve|stuck||no longer stuck\n"
                   "step|bob|author||author is no longer complete\n");
    changes_release(&changes);
}

static void test_stale(void **state)
{
    (void)state;
    struct changes changes = CHANGES_INIT;
    snapshot.freshness = FRESH_NEVER;
    snapshot.trouble = TROUBLE_PROMETHEUS;
    changes_take(&changes, &snapshot, on_change, NULL);
    assert_non_null(strstr(told.text, "feed||none|prometheus|"));
    assert_null(strstr(told.text, "class"));
    snapshot.freshness = FRESH;
    snapshot.trouble = TROUBLE_NONE;
    take(&changes, "feed||prometheus|none|the data is fresh again\n"
                   "class|||library|Library: 2 students, 2 working\n");
    students[0].need = students[1].need = NEED_IDLE;
    changes_take(&changes, &snapshot, on_change, NULL);
    snapshot.freshness = FRESH_STALE;
    snapshot.trouble = TROUBLE_DAEMON;
    students[0].state = students[1].state = STATE_UNKNOWN;
    students[0].need = students[1].need = NEED_NONE;
    strbuf_reset(&told);
    changes_take(&changes, &snapshot, on_change, NULL);
    assert_null(strstr(told.text, "state"));
    snapshot.freshness = FRESH;
    snapshot.trouble = TROUBLE_NONE;
    students[0].state = students[1].state = STATE_WORKING;
    students[0].need = students[1].need = NEED_IDLE;
    take(&changes, "feed||daemon|none|the data is fresh again\n");
    changes_release(&changes);
}

static void test_class(void **state)
{
    (void)state;
    struct changes changes = CHANGES_INIT;
    changes_take(&changes, &snapshot, on_change, NULL);
    snapshot.n_hands = 1;
    snapshot.lesson.state = LESSON_RUNNING;
    snapshot.announcement = "Break";
    students[0].need = NEED_HAND;
    take(&changes, "lesson||none|running|the lesson is running\n"
                   "announcement|||Break|announced: Break\n"
                   "hand|eve||waiting|raised a hand: how?\n");
    hand.state = "claimed";
    hand.helper = "Kim";
    take(&changes, "hand|eve|waiting|claimed|is helped by Kim\n");
    hand.state = "resolved";
    hand.outcome = "helped";
    students[0].need = NEED_NONE;
    take(&changes, "hand|eve|claimed|resolved|the hand is down: helped\n");
    /* Another lab begins anew. */
    snapshot.lab = "other";
    strbuf_reset(&told);
    changes_take(&changes, &snapshot, on_change, NULL);
    assert_non_null(strstr(told.text, "class|||other|"));
    changes_release(&changes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_students, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_class, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
