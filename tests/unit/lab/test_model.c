/*
 * The model's plain parts: fact sets in order, stable check ids, events and snapshots as JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "lab/check.h"
#include "lab/event.h"
#include "lab/fact.h"
#include "lab/snapshot.h"

static void test_kinds(void **state)
{
    (void)state;
    for (int i = 0; i < FACT_KINDS; i++) {
        enum fact_kind back = FACT_KINDS;
        assert_true(fact_kind_parse(fact_kind_name((enum fact_kind)i), &back));
        assert_int_equal(back, i);
    }
    enum fact_kind ignored;
    assert_false(fact_kind_parse("tables", &ignored));
}

static void test_facts_in_order(void **state)
{
    (void)state;
    struct fact_set set;
    fact_set_init(&set);
    fact_set_seal(&set); /* empty */
    char relation[] = "film";
    fact_set_add(&set, FACT_COLUMN, "public", relation, "title", json_object(), false);
    relation[0] = 'g'; /* the set has its own copy */
    fact_set_add(&set, FACT_TABLE, "public", "film", "film", json_object(), true);
    fact_set_add(&set, FACT_COLUMN, "public", "film", "id", json_object(), false);
    fact_set_add(&set, FACT_COLUMN, "public", "actor", "id", NULL, false);
    fact_set_seal(&set);
    static const char *const expected[] = {"film film", "actor id", "film id", "film title"};
    for (size_t i = 0; i < set.count; i++) {
        CLEANUP(mem_free_string)
        char *words = mem_printf("%s %s", set.items[i].relation, set.items[i].name);
        assert_string_equal(words, expected[i]);
    }
    assert_true(set.items[0].locked);
    fact_set_release(&set);
    assert_int_equal(set.count, 0);
}

static void test_check_ids(void **state)
{
    (void)state;
    char id[CHECK_ID_SIZE], other[CHECK_ID_SIZE];
    check_make_id(FACT_COLUMN, "film", "title", id);
    /* It keys stored results: a change here loses what was measured. */
    assert_string_equal(id, "6578fc1a745fcf97");
    check_make_id(FACT_COLUMN, "Film", "TITLE", other);
    assert_string_equal(id, other);
    check_make_id(FACT_COLUMN, "filmt", "itle", other);
    assert_string_not_equal(id, other);
    check_make_id(FACT_INDEX, "film", "title", other);
    assert_string_not_equal(id, other);
}

static void test_event(void **state)
{
    (void)state;
    const struct event event = {.kind = EVENT_PROGRESS,
                                .target = "ldap",
                                .object = "",
                                .text = "say \"hi\"\n\xff",
                                .done = 3,
                                .total = 30,
                                .changed = 2};
    CLEANUP(mem_free_string)
    char *line = event_json(&event);
    assert_string_equal(line, "{\"event\":\"progress\",\"target\":\"ldap\",\"object\":\"\","
                              "\"text\":\"say \\\"hi\\\"\\n\\\\xff\",\"done\":3,\"total\":30,"
                              "\"changed\":2}");
}

static void test_snapshot(void **state)
{
    (void)state;
    struct snapshot_step steps[] = {
        {.name = "table film", .title = "film", .hint = "", .score = 1},
        {.name = "view v", .title = "v", .hint = "", .score = (double)NAN}};
    struct snapshot_student student = {.login = "alice",
                                       .name = "Alice",
                                       .seat = "A1",
                                       .group = "",
                                       .state = STATE_WORKING,
                                       .progress = 0.5,
                                       .current_step = "v",
                                       .reason = "",
                                       .last_progress_us = 1000000,
                                       .steps = steps,
                                       .n_steps = 2};
    struct snapshot snapshot;
    snapshot_init(&snapshot);
    snapshot.lab = "l";
    snapshot.freshness = FRESH_LATE;
    snapshot.trouble = TROUBLE_DAEMON;
    snapshot.age_s = 6;
    snapshot.now_us = 43000000;
    snapshot.students = &student;
    snapshot.n_students = 1;
    json_t *json = snapshot_json(&snapshot);
    assert_string_equal(json_string_value(json_object_get(json, "freshness")), "late");
    assert_string_equal(json_string_value(json_object_get(json, "trouble")), "daemon");
    assert_true(json_is_null(json_object_get(json, "median")));
    json_t *alice = json_array_get(json_object_get(json, "students"), 0);
    assert_string_equal(json_string_value(json_object_get(alice, "state")), "working");
    assert_true(json_real_value(json_object_get(alice, "seconds_since_progress")) > 41.9);
    json_t *list = json_object_get(alice, "steps");
    assert_true(json_is_null(json_object_get(json_array_get(list, 1), "score")));
    json_decref(json);
    student.last_progress_us = 0;
    json = snapshot_json(&snapshot);
    alice = json_array_get(json_object_get(json, "students"), 0);
    assert_true(json_is_null(json_object_get(alice, "seconds_since_progress")));
    json_decref(json);
    snapshot_release(&snapshot);
}

/* Every trouble says something else, and what to do. */
static void test_troubles(void **state)
{
    (void)state;
    assert_string_equal(snapshot_trouble_text(TROUBLE_NONE), "");
    for (int i = TROUBLE_PROMETHEUS; i <= TROUBLE_NO_LAB; i++) {
        assert_non_null(strstr(snapshot_trouble_text((enum trouble)i), "lectern "));
        for (int j = TROUBLE_NONE; j < i; j++)
            assert_string_not_equal(snapshot_trouble_text((enum trouble)i),
                                    snapshot_trouble_text((enum trouble)j));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),     cmocka_unit_test(test_facts_in_order),
        cmocka_unit_test(test_check_ids), cmocka_unit_test(test_event),
        cmocka_unit_test(test_snapshot),  cmocka_unit_test(test_troubles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
