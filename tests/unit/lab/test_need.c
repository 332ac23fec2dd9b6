/*
 * Need: each kind from its cause, its end with the cause, what does not count, the words, the
 * order; and for random lessons that no flag flickers or outlives its cause.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "lab/need.h"
#include "rehearse/random.h"

#define NEVER ((double)NAN)
enum { STEPS = 3 };

/* One student in a class of one, whose clock is turned by hand. */
struct seat {
    struct pace pace;
    struct class class;
    struct need need;
    struct need_signals signals;
    double active_s, open_s;
    double steps[STEPS];
    int step;
};

static void sit_down(struct seat *seat)
{
    struct class_rules rules = class_rules_default();
    *seat = (struct seat){.active_s = NEVER, .open_s = NEVER};
    pace_init(&seat->pace, STEPS);
    class_init(&seat->class, &rules, 1, STEPS);
    seat->signals = (struct need_signals){
        .progress = 0, .time_factor = 1, .waiting_s = NEVER, .unknown_s = NEVER, .hand_s = NEVER};
}

static void get_up(struct seat *seat)
{
    pace_release(&seat->pace);
    class_release(&seat->class);
}

static enum need_kind at(struct seat *seat, double now_s)
{
    struct need_signals *s = &seat->signals;
    s->now_s = now_s;
    s->seat = "C2";
    struct pace_look look = {.now_s = now_s,
                             .active_s = seat->active_s,
                             .sessions = s->sessions,
                             .open_s = seat->open_s,
                             .waits = !isnan(s->waiting_s),
                             .progress = s->progress,
                             .step = seat->step,
                             .steps = seat->steps};
    pace_look(&seat->pace, &look);
    seat->need = need_judge(&seat->need, s, &seat->pace, &seat->class, 0);
    return seat->need.kind;
}

/* Does something each half minute, until `to_s`. */
static enum need_kind work(struct seat *seat, double from_s, double to_s)
{
    seat->signals.sessions = 1;
    for (double t = from_s; t < to_s; t += 30) {
        seat->active_s = t;
        at(seat, t);
    }
    return at(seat, to_s);
}

static void get_on(struct seat *seat, double now_s, double by)
{
    seat->steps[seat->step] += by;
    seat->signals.progress += by / STEPS;
    seat->active_s = now_s;
    at(seat, now_s);
}

static bool says(const struct seat *seat, const char *what)
{
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    need_words(&words, &seat->need, &seat->signals, &seat->pace, &seat->class, 0, "Loans");
    if (strstr(words.text, what) == NULL)
        print_message("words: %s\n", words.text);
    return strstr(words.text, what) != NULL;
}

static enum student_state shown(const struct seat *seat)
{
    return need_state(&seat->need, &seat->signals, &seat->pace);
}

static void test_absent(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    assert_int_equal(at(&seat, 60), NEED_NONE);
    assert_int_equal(shown(&seat), STATE_ABSENT); /* the grid says so at once */
    assert_int_equal(at(&seat, seat.class.absent_s - 1), NEED_NONE);
    assert_int_equal(at(&seat, seat.class.absent_s), NEED_ABSENT);
    assert_true(says(&seat, "has not come"));
    assert_int_equal(work(&seat, 500, 600), NEED_NONE);
    assert_int_equal(shown(&seat), STATE_WORKING);
    /* Leaves, unfinished. */
    seat.signals.sessions = 0;
    assert_int_equal(at(&seat, 700), NEED_NONE); /* between two calls of psql */
    assert_int_equal(at(&seat, 600 + seat.class.idle_s), NEED_ABSENT);
    assert_true(says(&seat, "left 6 min ago"));
    seat.signals.done = true;
    assert_int_equal(at(&seat, 600 + seat.class.idle_s), NEED_NONE);
    assert_int_equal(shown(&seat), STATE_DONE);
    get_up(&seat);
}

static void test_idle(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 100);
    get_on(&seat, 100, 0.2);
    double limit = seat.class.idle_s;
    assert_int_equal(at(&seat, 100 + limit - 1), NEED_NONE); /* a coffee */
    assert_int_equal(at(&seat, 100 + limit), NEED_IDLE);
    assert_int_equal(shown(&seat), STATE_IDLE);
    assert_true(says(&seat, "missing ;"));
    assert_true(says(&seat, "\"Loans\""));
    seat.active_s = 100 + limit + 5; /* back: over at once */
    assert_int_equal(at(&seat, 100 + limit + 5), NEED_NONE);
    /* Who logs out is sooner taken to have left. */
    double left = seat.active_s;
    seat.signals.sessions = 0;
    assert_int_equal(at(&seat, left + 0.8 * limit), NEED_NONE);
    assert_int_equal(at(&seat, left + 0.9 * limit), NEED_ABSENT);
    seat.signals.sessions = 1;
    assert_int_equal(at(&seat, left + 0.9 * limit), NEED_NONE);
    seat.signals.done = true;
    assert_int_equal(at(&seat, 9000), NEED_NONE); /* who is done may rest */
    get_up(&seat);
}

static void test_stuck_by_time(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 60);
    get_on(&seat, 60, 0.2);
    double patience = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
    assert_int_equal(work(&seat, 60, 60 + patience - 10), NEED_NONE);
    assert_int_equal(work(&seat, 60 + patience - 10, 60 + patience + 10), NEED_STUCK);
    assert_int_equal(shown(&seat), STATE_STUCK);
    assert_true(says(&seat, "no progress in"));
    double raised = seat.need.raised_s;
    /* Giving up to stare at it is no rest. */
    assert_int_equal(at(&seat, 60 + patience + 2000), NEED_STUCK);
    assert_true(seat.need.raised_s == raised);
    get_on(&seat, 60 + patience + 2100, 0.2);
    assert_int_equal(seat.need.kind, NEED_NONE);
    get_up(&seat);
}

static void test_patience(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 10);
    double usual = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
    assert_true(fabs(usual - seat.class.rules.stuck_after_s) < 1); /* the setting, so far */
    /* A step that the class takes long for gets more of it; a student who is slow, too. */
    seat.class.cells[0].median_s *= 2;
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) > 1.9 * usual);
    seat.class.own[0] = log(1.5);
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) > 2.8 * usual);
    /* Different errors shorten it, each a bit, the same one again does not. */
    double last = need_patience(&seat.signals, &seat.pace, &seat.class, 0), before = last;
    for (int i = 0; i < 5; i++)
        pace_error(&seat.pace, 10 + i, "42601", "the same");
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) == last);
    for (int i = 0; i < 12; i++) {
        pace_error(&seat.pace, 20 + i, "42601", i % 2 ? "this" : "that");
        double now = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
        assert_true(now <= last);
        last = now;
    }
    assert_true(last < before / 1.5);
    assert_true(last >= seat.class.rules.stuck_after_s / 2);
    /* Forbidden to learn: the setting and the roster's factor. */
    seat.class.rules.learn = false;
    seat.signals.time_factor = 1.5;
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) ==
                1.5 * seat.class.rules.stuck_after_s);
    get_up(&seat);
}

/* In a step that is begun the time is that of what is left of it; but who leaves steps as they are
 * may be at the next one. */
static void test_patience_within_a_step(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    for (size_t c = 0; c < STEPS * PACE_STAGES; c++)
        seat.class.cells[c] = (struct class_cell){c % PACE_STAGES == 0 ? 200 : 60, 20};
    seat.class.spread = 0.4;
    seat.step = 1;
    work(&seat, 0, 30);
    double begins = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
    get_on(&seat, 60, 0.6);
    double orderly = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
    assert_true(orderly < 0.5 * begins);
    seat.steps[0] = 0.7; /* left as it is */
    at(&seat, 61);
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) > 0.99 * begins);
    seat.steps[0] = 1;
    at(&seat, 62);
    assert_true(need_patience(&seat.signals, &seat.pace, &seat.class, 0) < 1.01 * orderly);
    get_up(&seat);
}

/* What few have passed may be harder than it looks. */
static void test_patience_where_little_is_known(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 10);
    seat.class.spread = 0.4;
    double last = (double)INFINITY;
    for (size_t finished = 0; finished < 40; finished += 5) {
        seat.class.cells[0] = (struct class_cell){100, finished};
        double now = need_patience(&seat.signals, &seat.pace, &seat.class, 0);
        assert_true(now < last);
        last = now;
    }
    assert_true(last > 100 * exp(seat.class.rules.stuck_factor * seat.class.spread));
    get_up(&seat);
}

static void test_stuck_by_errors(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 30);
    int enough = seat.class.rules.same_error;
    for (int i = 0; i < enough; i++) {
        double t = 40 + 10 * i;
        seat.active_s = t;
        assert_int_equal(at(&seat, t), NEED_NONE);
        pace_error(&seat.pace, t, "42601", "syntax error at or near \"FORM\"");
    }
    double end = 40 + 10 * enough;
    assert_int_equal(at(&seat, end), NEED_STUCK);
    assert_true(seat.need.errors);
    assert_true(says(&seat, "the same error 8 times at \"Loans\": syntax error (42601)"));
    /* A minute to think does not take it down; to do something else for long does. */
    assert_int_equal(work(&seat, end, end + 100), NEED_STUCK);
    assert_int_equal(work(&seat, end + 100, end + 240), NEED_NONE);
    get_up(&seat);
}

static void test_blocked(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 100);
    seat.open_s = 100;
    assert_int_equal(at(&seat, 100 + seat.class.open_s - 1), NEED_NONE);
    assert_int_equal(at(&seat, 100 + seat.class.open_s), NEED_BLOCKED);
    assert_true(says(&seat, "COMMIT or ROLLBACK"));
    assert_int_equal(shown(&seat), STATE_BLOCKED);
    seat.active_s = 300, seat.open_s = NEVER;
    assert_int_equal(at(&seat, 300), NEED_NONE);
    /* It counts sooner when somebody waits for it. */
    seat.open_s = 310, seat.active_s = 310;
    seat.signals.keeps = "s017";
    assert_int_equal(at(&seat, 312), NEED_NONE);
    assert_int_equal(at(&seat, 326), NEED_BLOCKED);
    assert_true(says(&seat, "keeps s017 waiting"));
    seat.open_s = NEVER, seat.signals.keeps = NULL, seat.active_s = 330;
    assert_int_equal(at(&seat, 330), NEED_NONE);
    /* Who waits. */
    seat.signals.waiting_s = 340;
    seat.signals.waits_for = "s003";
    assert_int_equal(at(&seat, 350), NEED_NONE); /* locks pass */
    assert_int_equal(at(&seat, 356), NEED_BLOCKED);
    assert_true(says(&seat, "waits for a lock of s003"));
    assert_false(says(&seat, "blocks himself"));
    seat.signals.waits_for_own = true;
    seat.signals.waits_for = "another session of this login";
    assert_true(says(&seat, "blocks himself: waits for a lock of another session of this login"));
    seat.signals.waiting_s = NEVER;
    assert_int_equal(at(&seat, 357), NEED_NONE);
    get_up(&seat);
}

static void test_own_habit_of_committing(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    double limit = seat.class.open_s;
    work(&seat, 0, 10);
    for (int i = 0; i < 3; i++) { /* always commits just before it would be too long */
        seat.open_s = seat.active_s = 10 + 200 * i;
        at(&seat, seat.open_s);
        assert_int_equal(at(&seat, 10 + 200 * i + limit - 5), NEED_NONE);
        seat.open_s = NEVER, seat.active_s = 10 + 200 * i + limit - 5;
        get_on(&seat, seat.active_s, 0.1);
    }
    seat.open_s = seat.active_s = 1000;
    assert_int_equal(at(&seat, 1000 + limit + 20), NEED_NONE);
    assert_int_equal(at(&seat, 1000 + 4 * limit), NEED_BLOCKED); /* for ever is too long for all */
    get_up(&seat);
}

static void test_wrong_passwords(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    pace_login_failed(&seat.pace, 10);
    pace_login_failed(&seat.pace, 20);
    assert_int_equal(at(&seat, 25), NEED_NONE);
    pace_login_failed(&seat.pace, 30);
    assert_int_equal(at(&seat, 30), NEED_BLOCKED);
    assert_true(says(&seat, "3 wrong passwords at seat C2"));
    assert_int_equal(at(&seat, 330), NEED_NONE); /* gave up: that is no news any more */
    pace_login_failed(&seat.pace, 340);
    assert_int_equal(at(&seat, 341), NEED_BLOCKED);
    assert_int_equal(work(&seat, 350, 360), NEED_NONE);
    get_up(&seat);
}

static void test_behind(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    double curve[61];
    for (int m = 0; m <= 60; m++)
        curve[m] = m / 60.0;
    seat.class.curve = curve;
    seat.class.n_curve = 61;
    for (double t = 0; t < 1800; t += 100) { /* a third of the class's pace, evenly */
        work(&seat, t, t + 100);
        get_on(&seat, t + 100, 100.0 / 3600);
    }
    assert_int_equal(seat.need.kind, NEED_BEHIND);
    assert_true(says(&seat, "% after as long"));
    assert_int_equal(shown(&seat), STATE_BEHIND);
    /* With twice the time, half of it is expected. */
    seat.signals.time_factor = 3;
    work(&seat, 1800, 1900);
    assert_int_equal(seat.need.kind, NEED_NONE);
    seat.signals.time_factor = 1;
    /* A leap ends it, but not at the very edge, and not for a moment. */
    work(&seat, 1900, 2000);
    assert_int_equal(seat.need.kind, NEED_BEHIND);
    seat.signals.progress = 0.9;
    seat.active_s = 2001;
    assert_int_equal(at(&seat, 2001), NEED_BEHIND);
    assert_int_equal(work(&seat, 2002, 2062), NEED_NONE);
    seat.class.curve = NULL;
    get_up(&seat);
}

/* The class has handed in a lot at once; he is about to: half of its progress, not half of its way.
 */
static void test_before_a_leap_nobody_is_behind(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    double curve[61];
    for (int m = 0; m <= 60; m++)
        curve[m] = m < 20 ? m / 100.0 : 0.6;
    seat.class.curve = curve;
    seat.class.n_curve = 61;
    for (double t = 0; t < 1500; t += 100) {
        get_on(&seat, t, 0.001);
        seat.signals.progress = 0.19;
        work(&seat, t, t + 100);
        assert_int_equal(seat.need.kind, NEED_NONE);
    }
    get_on(&seat, 1500, 0.001);
    seat.signals.progress = 0.05; /* where the class was after five minutes */
    work(&seat, 1500, 1600);
    assert_int_equal(seat.need.kind, NEED_BEHIND);
    seat.class.curve = NULL;
    get_up(&seat);
}

static void test_hand_and_unknown(void **state)
{
    (void)state;
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 100);
    seat.signals.unknown_s = 100;
    seat.signals.progress = NEVER;
    assert_int_equal(at(&seat, 110), NEED_NONE);
    assert_int_equal(shown(&seat), STATE_UNKNOWN);
    assert_int_equal(at(&seat, 121), NEED_UNKNOWN);
    seat.signals.unknown = "locked: loan";
    assert_true(says(&seat, "cannot be measured for 21 s: locked: loan"));
    seat.signals.hand_s = 122;
    assert_int_equal(at(&seat, 122), NEED_HAND); /* at once, before all else */
    assert_true(says(&seat, "raised a hand 0 s ago"));
    seat.signals.done = true;
    seat.signals.progress = 1;
    assert_int_equal(at(&seat, 123), NEED_HAND); /* also who is done may ask */
    seat.signals.hand_s = NEVER;
    assert_int_equal(at(&seat, 124), NEED_NONE);
    get_up(&seat);
}

static int compare(const void *a, const void *b)
{
    return need_compare(a, b);
}

static void test_order(void **state)
{
    (void)state;
    struct need needs[] = {
        {.kind = NEED_NONE},
        {.kind = NEED_IDLE, .since_s = 1},
        {.kind = NEED_HAND, .since_s = 100, .helped = 2},
        {.kind = NEED_STUCK, .since_s = 300},
        {.kind = NEED_HAND, .since_s = 500},
        {.kind = NEED_ABSENT, .since_s = 0},
        {.kind = NEED_HAND, .since_s = 400},
        {.kind = NEED_BEHIND, .since_s = 50},
        {.kind = NEED_BLOCKED, .since_s = 200},
    };
    static const struct {
        enum need_kind kind;
        double since_s;
    } wanted[] = {{NEED_HAND, 400},    {NEED_HAND, 500},  {NEED_HAND, 100},
                  {NEED_BLOCKED, 200}, {NEED_STUCK, 300}, {NEED_BEHIND, 50},
                  {NEED_IDLE, 1},      {NEED_ABSENT, 0},  {NEED_NONE, 0}};
    size_t n = sizeof(needs) / sizeof(*needs);
    qsort(needs, n, sizeof(*needs), compare);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(needs[i].kind, wanted[i].kind);
        assert_true(needs[i].since_s == wanted[i].since_s);
    }
}

static void test_names(void **state)
{
    (void)state;
    for (int k = 0; k < NEEDS; k++) {
        enum need_kind back = NEEDS;
        assert_true(need_parse(need_name((enum need_kind)k), &back));
        assert_int_equal(back, k);
        assert_true(need_severity((enum need_kind)k) <= 5);
    }
    enum need_kind ignored;
    assert_false(need_parse("bored", &ignored));
}

/*
 * Lessons at random, each second looked at: a flag that went up stays for a while unless its cause
 * ended, and none is up without its cause.
 */
static void test_no_flicker(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 60; seed++) {
        struct random random;
        random_init(&random, seed, "flicker");
        struct seat seat;
        sit_down(&seat);
        seat.signals.sessions = 1;
        double next = 5;
        int turns = 0;
        enum need_kind last = NEED_NONE;
        for (double t = 1; t < 5400; t++) {
            bool acted = t >= next, got_on = acted && random_unit(&random) < 0.15;
            if (acted) {
                seat.active_s = t;
                next = t + 45 * random_lognormal(&random, 1.2);
                if (random_unit(&random) < 0.2)
                    pace_error(&seat.pace, t, "42601", random_unit(&random) < 0.5 ? "a" : "b");
            }
            if (got_on && seat.steps[seat.step] < 0.95)
                get_on(&seat, t, 0.05);
            enum need_kind kind = at(&seat, t);
            if (kind == NEED_IDLE)
                assert_true(t - seat.active_s >= seat.class.idle_s - 1);
            if (kind == NEED_STUCK && !seat.need.errors)
                assert_true(pace_worked(&seat.pace, t) > 0);
            if (kind != NEED_NONE && kind != last) {
                assert_true(seat.need.raised_s == t);
                turns++;
            }
            if (last == NEED_STUCK && kind == NEED_NONE) /* only because something happened */
                assert_true(acted || pace_same(&seat.pace) != NULL);
            last = kind;
        }
        assert_true(turns <= 40);
        get_up(&seat);
    }
}

/* The longer nothing comes, the more it is; and it is never less for it. */
static void test_monotone(void **state)
{
    (void)state;
    for (int sessions = 0; sessions < 2; sessions++) {
        struct seat seat;
        sit_down(&seat);
        work(&seat, 0, 60);
        get_on(&seat, 60, 0.1);
        seat.signals.sessions = sessions;
        int severity = 0;
        for (double t = 61; t < 6000; t += 7) {
            int now = need_severity(at(&seat, t));
            assert_true(now >= severity);
            severity = now;
        }
        assert_true(severity > 0);
        get_up(&seat);
    }
    /* The same for work that leads nowhere. */
    struct seat seat;
    sit_down(&seat);
    work(&seat, 0, 60);
    get_on(&seat, 60, 0.1);
    int severity = 0;
    for (double t = 60; t < 6000; t += 60) {
        int now = need_severity(work(&seat, t, t + 60));
        assert_true(now >= severity);
        severity = now;
    }
    assert_int_equal(severity, need_severity(NEED_STUCK));
    get_up(&seat);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_stuck_by_time),
        cmocka_unit_test(test_patience),
        cmocka_unit_test(test_patience_within_a_step),
        cmocka_unit_test(test_patience_where_little_is_known),
        cmocka_unit_test(test_stuck_by_errors),
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_own_habit_of_committing),
        cmocka_unit_test(test_wrong_passwords),
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_before_a_leap_nobody_is_behind),
        cmocka_unit_test(test_hand_and_unknown),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_flicker),
        cmocka_unit_test(test_monotone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
