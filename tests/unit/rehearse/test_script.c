/*
 * The robots' plans: every profile does what it is called for, equal seeds make equal scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pg_query.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "rehearse/random.h"
#include "rehearse/script.h"

static struct split example;

static int make_example(void **state)
{
    (void)state;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    for (int i = 0; i < 10; i++) {
        strbuf_printf(&text, "CREATE TABLE public.table_%c (id integer NOT NULL, name text);\n",
                      'a' + i);
        strbuf_printf(&text, "INSERT INTO public.table_%c VALUES (1, 'x'), (2, 'y');\n", 'a' + i);
        strbuf_printf(&text,
                      "ALTER TABLE ONLY public.table_%c ADD CONSTRAINT k_%c PRIMARY KEY (id);\n",
                      'a' + i, 'a' + i);
    }
    strbuf_add_string(&text, "CREATE VIEW v AS SELECT 1;");
    struct error err = ERROR_INIT;
    return split_script("example", text.text, text.len, 100, &example, &err) ? 0 : -1;
}

static int drop_example(void **state)
{
    (void)state;
    split_release(&example);
    return 0;
}

static struct robot_script plan(struct arena *arena, uint64_t seed, enum profile profile)
{
    struct robot_script script;
    robot_script_plan(&example, seed, "s001", profile, arena, &script);
    return script;
}

static size_t count(const struct robot_script *script, enum move_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < script->count; i++)
        n += script->moves[i].kind == kind;
    return n;
}

static double end_of(const struct robot_script *script)
{
    return script->moves[script->count - 1].at_s;
}

static void test_same_seed_same_script(void **state)
{
    (void)state;
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct robot_script a = plan(&arena, 7, PROFILE_TYPOS), b = plan(&arena, 7, PROFILE_TYPOS);
    struct robot_script c = plan(&arena, 8, PROFILE_TYPOS), d;
    robot_script_plan(&example, 7, "s002", PROFILE_TYPOS, &arena, &d);
    assert_int_equal(a.count, b.count);
    for (size_t i = 0; i < a.count; i++) {
        assert_true(a.moves[i].at_s == b.moves[i].at_s);
        assert_int_equal(a.moves[i].kind, b.moves[i].kind);
        if (a.moves[i].sql != NULL)
            assert_string_equal(a.moves[i].sql, b.moves[i].sql);
    }
    assert_true(a.moves[0].at_s != c.moves[0].at_s);
    assert_true(a.moves[0].at_s != d.moves[0].at_s);
}

/* Whatever happens on the way, the parts come whole and in order. */
static void test_work_is_complete(void **state)
{
    (void)state;
    static const enum profile finishing[] = {PROFILE_STEADY, PROFILE_FAST, PROFILE_SLOW,
                                             PROFILE_TYPOS, PROFILE_DROPPER};
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    for (size_t p = 0; p < 5; p++) {
        struct robot_script script = plan(&arena, 3, finishing[p]);
        size_t next = 0;
        double before = 0;
        assert_int_equal(script.moves[0].kind, MOVE_LOGIN);
        for (size_t i = 0; i < script.count; i++) {
            const struct move *move = &script.moves[i];
            assert_true(move->at_s >= before);
            before = move->at_s;
            if (move->kind != MOVE_WORK)
                continue;
            assert_int_equal(move->part, next);
            assert_string_equal(move->sql, example.parts[next].sql);
            assert_string_equal(move->step, example.parts[next].step);
            next++;
        }
        assert_int_equal(next, example.count);
    }
}

static void test_profiles_differ(void **state)
{
    (void)state;
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct robot_script steady = plan(&arena, 5, PROFILE_STEADY);
    struct robot_script fast = plan(&arena, 5, PROFILE_FAST);
    struct robot_script slow = plan(&arena, 5, PROFILE_SLOW);
    struct robot_script typos = plan(&arena, 5, PROFILE_TYPOS);
    struct robot_script stuck = plan(&arena, 5, PROFILE_STUCK);
    struct robot_script dropper = plan(&arena, 5, PROFILE_DROPPER);
    assert_int_equal(plan(&arena, 5, PROFILE_NEVER).count, 0);
    assert_true(end_of(&fast) < end_of(&steady) && end_of(&steady) < end_of(&slow));
    assert_true(end_of(&steady) < LESSON_S * 1.2);
    assert_true(count(&typos, MOVE_TYPO) > 5);
    assert_true(count(&typos, MOVE_TYPO) > count(&steady, MOVE_TYPO));
    assert_true(count(&stuck, MOVE_ODD) > 5);
    assert_true(count(&stuck, MOVE_WORK) >= 6 && count(&stuck, MOVE_WORK) < example.count);
    assert_int_equal(count(&dropper, MOVE_DROP), 1);
    assert_string_equal(dropper.moves[dropper.count - 1].sql, "DROP TABLE \"table_j\" CASCADE;");
}

static void test_typos_are_errors(void **state)
{
    (void)state;
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct random random;
    random_init(&random, 1, "typos");
    size_t made = 0;
    for (int i = 0; i < 200; i++) {
        const struct part *part = &example.parts[random_below(&random, example.count)];
        const char *wrong = mistype(part->sql, &random, &arena);
        if (wrong == NULL)
            continue;
        made++;
        assert_string_not_equal(wrong, part->sql);
        PgQueryParseResult parsed = pg_query_parse(wrong);
        /* Either no SQL, or about a relation or column that is not there. */
        bool other_name = strstr(wrong, "ALTER TABLE") == wrong || strstr(wrong, "INSERT") == wrong;
        assert_true(parsed.error != NULL || other_name);
        pg_query_free_parse_result(parsed);
    }
    assert_true(made > 150);
}

static void test_assignment(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (size_t n = 0; n <= 40; n++) {
            enum profile a[40], b[40];
            int seen[PROFILE_COUNT] = {0};
            profiles_assign(seed, n, a);
            profiles_assign(seed, n, b);
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(a[i], b[i]);
                seen[a[i]]++;
            }
            for (int p = 0; p < PROFILE_COUNT && n >= PROFILE_COUNT; p++)
                assert_true(seen[p] > 0);
        }
    }
}

static void test_random_is_even(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 42, "even");
    int seen[10] = {0};
    double sum = 0;
    for (int i = 0; i < 10000; i++) {
        seen[random_below(&random, 10)]++;
        sum += random_lognormal(&random, 0.5);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 850, 1150);
    assert_in_range((int)(sum / 100), 108, 119); /* exp(0.5 * 0.5 / 2) = 1.133 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_script),
        cmocka_unit_test(test_work_is_complete),
        cmocka_unit_test(test_profiles_differ),
        cmocka_unit_test(test_typos_are_errors),
        cmocka_unit_test(test_assignment),
        cmocka_unit_test(test_random_is_even),
    };
    return cmocka_run_group_tests(tests, make_example, drop_example);
}
