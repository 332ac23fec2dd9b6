/*
 * Needs: the lesson's clock, what survives a restart, what the class lacks, and what a turn costs.
 */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/memory.h"
#include "probe/needs.h"
#include "probe/record.h"

#define S   INT64_C(1000000)
#define NOW (INT64_C(1800000000) * S)

/* A lab of `n` students that do what the test says. */
struct room {
    struct measured_lab lab;
    struct watch_row *looks;
    struct needs *needs;
    char *words; /* of the last memory */
};

static void furnish(struct room *room, size_t n, size_t n_steps, size_t per_step)
{
    *room = (struct room){.lab = {.rules = class_rules_default(), .lab_id = 1}};
    struct measured_lab *lab = &room->lab;
    struct check_set *set = &lab->checks;
    struct arena *arena = &lab->arena;
    set->n_steps = n_steps;
    set->n_checks = n_steps * per_step;
    set->steps = arena_alloc_array(arena, n_steps, sizeof(*set->steps));
    set->checks = arena_alloc_array(arena, set->n_checks, sizeof(*set->checks));
    lab->step_ids = arena_alloc_array(arena, n_steps, sizeof(*lab->step_ids));
    lab->n_students = n;
    lab->students = arena_alloc_array(arena, n, sizeof(*lab->students));
    room->looks = arena_alloc_array(arena, n, sizeof(*room->looks));
    for (size_t i = 0; i < n_steps; i++) {
        set->steps[i] = (struct step){.name = "s", .title = i ? "loans" : "books", .weight = 1};
        lab->step_ids[i] = 100 + (int)i;
    }
    for (size_t i = 0; i < set->n_checks; i++)
        set->checks[i] = (struct check){
            .step = i / per_step, .title = i % per_step ? "the foreign key" : "table", .weight = 1};
    for (size_t i = 0; i < n; i++) {
        struct measured_student *s = &lab->students[i];
        *s = (struct measured_student){.student_id = 1000 + (int)i,
                                       .time_factor = 1,
                                       .reason = mem_strdup(""),
                                       .probed_us = NOW,
                                       .bytes = -1};
        s->steps = arena_alloc_array(arena, n_steps, sizeof(*s->steps));
        s->scores = arena_alloc_array(arena, set->n_checks, sizeof(*s->scores));
    }
    room->needs = needs_new(lab);
}

static void leave(struct room *room)
{
    needs_free(room->needs);
    free(room->words);
    for (size_t i = 0; i < room->lab.n_students; i++) {
        free(room->lab.students[i].reason);
        free(room->lab.students[i].need_reason);
    }
    free(room->lab.memory);
    arena_release(&room->lab.arena);
}

static void acts(struct room *room, size_t i, int64_t at_us)
{
    struct watch_row *look = &room->looks[i];
    look->sessions = 1;
    look->active_us = at_us;
    record_watched(&room->lab, i, look);
}

static void judged(struct room *room, int64_t now_us)
{
    needs_judge(room->needs, room->looks, now_us);
}

static const char *need_of(const struct room *room, size_t i)
{
    return need_name(room->lab.students[i].need);
}

/* lecternd ends, and another one begins with what was written down. */
static void restart(struct room *room, int64_t now_us, const char *lesson)
{
    json_t *memory = needs_memory(room->needs, now_us, true);
    assert_non_null(memory);
    room->lab.memory = json_dumps(memory, JSON_COMPACT);
    free(room->words);
    room->words = mem_strdup(room->lab.memory);
    room->lab.memory_us = now_us;
    json_decref(memory);
    needs_free(room->needs);
    room->needs = needs_new(&room->lab);
    needs_lesson(room->needs, lesson);
}

#define LESSON                                                                                     \
    "{\"lesson\": 3, \"start\": 1800000000000000, \"length\": 3600, \"ended\": null, "             \
    "\"pauses\": %s, \"extra\": {\"1001\": 1800}}"

static char *lesson(const char *pauses)
{
    return mem_printf(LESSON, pauses);
}

static void a_pause_is_no_time(void **state)
{
    (void)state;
    struct room room;
    furnish(&room, 3, 2, 2);
    CLEANUP(mem_free_string)
    char *runs = lesson("null");
    CLEANUP(mem_free_string)
    char *paused = lesson("[[1800000100000000, null]]");
    CLEANUP(mem_free_string)
    char *on = lesson("[[1800000100000000, 1800003700000000]]");
    needs_lesson(room.needs, runs);
    acts(&room, 0, NOW + 10 * S);
    acts(&room, 1, NOW - 500 * S); /* sat there before */
    judged(&room, NOW + 50 * S);
    needs_lesson(room.needs, paused);
    judged(&room, NOW + 3600 * S);
    assert_string_equal(need_of(&room, 0), "none");
    assert_int_equal(room.lab.students[0].state, STATE_WORKING);
    assert_int_equal(room.lab.students[1].state, STATE_WORKING);
    needs_lesson(room.needs, on);
    judged(&room, NOW + 3710 * S);
    assert_string_equal(need_of(&room, 0), "none");
    assert_string_equal(need_of(&room, 2), "none");
    /* The limits, of the lesson's time. */
    judged(&room, NOW + 3600 * S + 359 * S);
    assert_string_equal(need_of(&room, 1), "none");
    judged(&room, NOW + 3600 * S + 361 * S);
    assert_string_equal(need_of(&room, 0), "none"); /* began ten seconds later */
    assert_string_equal(need_of(&room, 1), "idle");
    judged(&room, NOW + 3600 * S + 371 * S);
    assert_string_equal(need_of(&room, 0), "idle");
    assert_true(llabs(room.lab.students[0].need_since_us - (NOW + 10 * S)) < S);
    judged(&room, NOW + 3600 * S + 389 * S);
    assert_string_equal(need_of(&room, 2), "none");
    judged(&room, NOW + 3600 * S + 391 * S);
    assert_string_equal(need_of(&room, 2), "absent");
    assert_string_equal(room.lab.students[2].need_reason, "has not come");
    assert_true(room.lab.students[2].need_since_us == NOW);
    leave(&room);
}

static void the_end_of_the_lesson_ends_needs(void **state)
{
    (void)state;
    struct room room;
    furnish(&room, 2, 2, 2);
    static const char over[] = "{\"lesson\": 3, \"start\": 1800000000000000, \"length\": null, "
                               "\"ended\": 1800000500000000, \"pauses\": null, \"extra\": null}";
    needs_lesson(room.needs, over);
    acts(&room, 0, NOW + 10 * S);
    judged(&room, NOW + 499 * S);
    assert_string_equal(need_of(&room, 0), "idle");
    judged(&room, NOW + 501 * S);
    assert_string_equal(need_of(&room, 0), "none");
    needs_hand(room.needs, 1, NOW + 502 * S, 1);
    judged(&room, NOW + 503 * S);
    assert_string_equal(need_of(&room, 1), "hand");
    assert_true(room.lab.students[1].need_since_us == NOW + 502 * S);
    assert_string_equal(room.lab.students[1].need_reason, "raised a hand 1 s ago"); /* no more */
    needs_lesson(room.needs, NULL); /* another time begins */
    needs_hand(room.needs, 1, 0, 1);
    judged(&room, NOW + 900 * S);
    assert_string_equal(need_of(&room, 1), "none");
    leave(&room);
}

/* A student who gets on each 100 s, in whose class another one is stuck and a third is idle. */
static void play(struct room *room, int64_t from_s, int64_t to_s)
{
    for (int64_t s = from_s; s < to_s; s += 5) {
        for (size_t i = 0; i < 2; i++)
            acts(room, i, NOW + s * S);
        struct measured_student *first = &room->lab.students[0];
        if (s % 100 == 0 && first->progress < 0.9) {
            size_t step = first->steps[0].value < 0.9 ? 0 : 1;
            first->steps[step].value = first->steps[step].known = first->steps[step].value + 0.2;
            first->progress += 0.1;
            first->last_progress_us = NOW + s * S;
        }
        judged(room, NOW + s * S);
    }
}

static void a_restart_forgets_nothing(void **state)
{
    (void)state;
    for (int with_lesson = 0; with_lesson < 2; with_lesson++) {
        struct room room;
        furnish(&room, 3, 2, 2);
        CLEANUP(mem_free_string)
        char *text =
            with_lesson ? lesson("[[1800000100000000, 1800000130000000]]") : mem_strdup("");
        needs_lesson(room.needs, text);
        acts(&room, 2, NOW);
        play(&room, 0, 1000);
        const struct measured_student *stuck = &room.lab.students[1], *idle = &room.lab.students[2];
        assert_string_equal(need_of(&room, 0), "none");
        assert_string_equal(need_of(&room, 1), "stuck");
        assert_string_equal(need_of(&room, 2), "idle");
        int64_t raised[] = {stuck->need_raised_us, idle->need_raised_us};
        int64_t since[] = {stuck->need_since_us, idle->need_since_us};
        CLEANUP(mem_free_string)
        char *words = mem_strdup(stuck->need_reason);
        restart(&room, NOW + 1000 * S, text);
        judged(&room, NOW + 1001 * S);
        assert_string_equal(need_of(&room, 0), "none");
        assert_string_equal(need_of(&room, 1), "stuck");
        assert_string_equal(need_of(&room, 2), "idle");
        assert_true(stuck->need_raised_us == raised[0] && idle->need_raised_us == raised[1]);
        assert_true(stuck->need_since_us == since[0] && idle->need_since_us == since[1]);
        assert_true(strncmp(words, stuck->need_reason, 12) == 0);
        /* And nothing of it is lost in the next document. */
        restart(&room, NOW + 1001 * S, text);
        CLEANUP(mem_free_string)
        char *before = mem_strdup(room.words);
        judged(&room, NOW + 1001 * S);
        restart(&room, NOW + 1001 * S, text);
        assert_string_equal(room.words, before);
        leave(&room);
    }
}

static void another_lesson_is_another_class(void **state)
{
    (void)state;
    struct room room;
    furnish(&room, 3, 2, 2);
    acts(&room, 2, NOW);
    play(&room, 0, 1000);
    assert_string_equal(need_of(&room, 2), "idle");
    CLEANUP(mem_free_string)
    char *text = mem_strdup("{\"lesson\": 3, \"start\": 1800001000000000}");
    restart(&room, NOW + 1000 * S, text);
    judged(&room, NOW + 1001 * S);
    assert_string_equal(need_of(&room, 1), "none");
    assert_string_equal(need_of(&room, 2), "none");
    /* Nor is one of yesterday the same. */
    room.lab.memory_us = NOW;
    needs_lesson(room.needs, "");
    play(&room, 1010, 2000);
    assert_string_equal(need_of(&room, 1), "stuck");
    restart(&room, NOW + 2000 * S, "");
    room.lab.memory_us = NOW - 7 * 3600 * S;
    judged(&room, NOW + 2001 * S);
    assert_string_equal(need_of(&room, 1), "none");
    leave(&room);
}

static void garbage_is_not_remembered(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[]", "{\"version\": 2}", "{\"version\": 1, \"lesson\": 0, \"speed\": 1, \"students\": 5}",
        "{\"version\": 1, \"lesson\": 0, \"speed\": 1, \"start\": 1800000000000000, \"students\":"
        " [{}, 3, {\"student\": 1000, \"quiet\": [99, 5, 1], \"curve\": [5000, 3, -1, 7],"
        " \"stages\": [100, 7, 1, 100, -2, 1, 999, 0, 2], \"errors\": [1, 1, 77], \"same\": [[], "
        "5],"
        " \"logins\": {}}]}"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct room room;
        furnish(&room, 2, 2, 2);
        room.lab.memory = mem_strdup(texts[i]);
        room.lab.memory_us = NOW;
        acts(&room, 0, NOW);
        judged(&room, NOW + S);
        judged(&room, NOW + 2 * S);
        assert_string_equal(need_of(&room, 0), "none");
        leave(&room);
    }
}

static void extra_time_counts_for_behind(void **state)
{
    (void)state;
    for (int extra = 0; extra < 2; extra++) {
        struct room room;
        furnish(&room, 8, 2, 2);
        CLEANUP(mem_free_string)
        char *text = lesson("null");
        needs_lesson(room.needs, extra ? text : "{\"lesson\": 3, \"start\": 1800000000000000}");
        for (int64_t s = 0; s < 1800; s += 10) {
            for (size_t i = 0; i < 8; i++) {
                struct measured_student *student = &room.lab.students[i];
                acts(&room, i, NOW + s * S);
                /* The second is at less than half of what the others are, which for one with half
                 * the lesson more is not so little. */
                student->progress = (double)s / 1800 * (i == 1 ? 0.42 : 1);
                student->steps[0].value = student->steps[0].known = student->progress;
            }
            judged(&room, NOW + s * S);
        }
        assert_string_equal(need_of(&room, 0), "none");
        assert_string_equal(need_of(&room, 1), extra ? "none" : "behind");
        leave(&room);
    }
}

static void the_class_lacks(void **state)
{
    (void)state;
    struct room room;
    furnish(&room, 4, 2, 2);
    for (size_t i = 0; i < 4; i++) {
        struct measured_student *s = &room.lab.students[i];
        s->steps[0].value = s->steps[0].known = 1;
        s->steps[1].value = s->steps[1].known = 0.5;
        s->scores[0].value = s->scores[1].value = s->scores[2].value = 1;
        s->current_step = 1;
        acts(&room, i, NOW + (int64_t)i * S);
    }
    assert_null(needs_lacks(room.needs, NOW)); /* nothing was judged */
    judged(&room, NOW + 10 * S);
    json_t *rows = needs_lacks(room.needs, NOW + 10 * S);
    assert_int_equal(json_array_size(rows), 2);
    const json_t *loans = json_array_get(rows, 1);
    assert_int_equal(json_integer_value(json_object_get(loans, "step")), 101);
    assert_int_equal(json_integer_value(json_object_get(loans, "here")), 4);
    assert_int_equal(json_integer_value(json_object_get(loans, "lack")), 4);
    assert_int_equal(json_integer_value(json_object_get(loans, "at")), 4);
    assert_true(json_integer_value(json_object_get(loans, "since")) == NOW);
    assert_string_equal(json_string_value(json_object_get(loans, "missed")), "the foreign key");
    assert_true(json_is_true(json_object_get(loans, "hardest")));
    assert_true(json_is_false(json_object_get(json_array_get(rows, 0), "hardest")));
    json_decref(rows);
    judged(&room, NOW + 20 * S);
    assert_null(needs_lacks(room.needs, NOW + 20 * S)); /* nothing changed */
    room.lab.students[0].steps[1].value = 1;
    room.lab.students[0].current_step = -1;
    assert_null(needs_lacks(room.needs, NOW + 21 * S)); /* not so soon */
    rows = needs_lacks(room.needs, NOW + 26 * S);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(rows, 1), "lack")), 3);
    json_decref(rows);
    leave(&room);
}

/* 500 students, 35 steps, 231 checks (pagila), ninety minutes in: a turn, and what is seldom. */
static void a_turn_is_cheap(void **state)
{
    (void)state;
    enum { N = 500, STEPS = 33, PER_STEP = 7 };
    struct room room;
    furnish(&room, N, STEPS, PER_STEP);
    for (int64_t s = 0; s < 5400; s += 20) {
        for (size_t i = 0; i < N; i++) {
            struct measured_student *student = &room.lab.students[i];
            int64_t step = s * STEPS / 5400;
            acts(&room, i, NOW + s * S - (int64_t)(i % 17) * S);
            student->steps[step].value = student->steps[step].known =
                (double)(s % 160) / 160 * (double)(i % 3);
            student->progress = (double)s / 5400;
            student->current_step = (int)step;
        }
        judged(&room, NOW + s * S);
    }
    enum { TURNS = 40 };
    int64_t begin_us = clock_utc_us();
    for (int i = 0; i < TURNS; i++)
        judged(&room, NOW + 5400 * S + i * S / 2);
    double turn_ms = (double)(clock_utc_us() - begin_us) / 1e3 / TURNS;
    begin_us = clock_utc_us();
    json_decref(needs_lacks(room.needs, NOW + 5500 * S));
    double lacks_ms = (double)(clock_utc_us() - begin_us) / 1e3;
    begin_us = clock_utc_us();
    json_t *memory = needs_memory(room.needs, NOW + 5500 * S, true);
    char *text = json_dumps(memory, JSON_COMPACT);
    double memory_ms = (double)(clock_utc_us() - begin_us) / 1e3;
    print_message(
        "# 500 students: %.2f ms a turn (two learnings in %d), lacks %.2f ms, memory %.1f "
        "ms, %zu kB\n",
        turn_ms, TURNS, lacks_ms, memory_ms, strlen(text) / 1024);
    assert_true(strlen(text) < N * 6 * 1024);
    assert_true(turn_ms < 100); /* it shall be below 5; machines under tests are slow */
    free(text);
    json_decref(memory);
    leave(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pause_is_no_time),
        cmocka_unit_test(the_end_of_the_lesson_ends_needs),
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(another_lesson_is_another_class),
        cmocka_unit_test(garbage_is_not_remembered),
        cmocka_unit_test(extra_time_counts_for_behind),
        cmocka_unit_test(the_class_lacks),
        cmocka_unit_test(a_turn_is_cheap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
