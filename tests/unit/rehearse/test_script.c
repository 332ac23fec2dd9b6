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
#include "rehearse/truth.h"

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

enum { LESSON_S = 3600 };

static struct robot_script plan_as(struct arena *arena, uint64_t seed, const char *login,
                                   enum profile profile)
{
    struct robot_script script;
    struct class_script class = {.split = &example,
                                 .seed = seed,
                                 .lesson_s = LESSON_S,
                                 .n = 1,
                                 .logins = &login,
                                 .profiles = &profile};
    class_script_plan(&class, arena, &script);
    return script;
}

static struct robot_script plan(struct arena *arena, uint64_t seed, enum profile profile)
{
    return plan_as(arena, seed, "s001", profile);
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
    struct robot_script c = plan(&arena, 8, PROFILE_TYPOS);
    struct robot_script d = plan_as(&arena, 7, "s002", PROFILE_TYPOS);
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
    static const enum profile finishing[] = {PROFILE_STEADY, PROFILE_FAST,   PROFILE_SLOW,
                                             PROFILE_TYPOS,  PROFILE_HAND,   PROFILE_MANUAL,
                                             PROFILE_PASTER, PROFILE_THINKER};
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    for (size_t p = 0; p < sizeof(finishing) / sizeof(*finishing); p++) {
        struct robot_script script = plan(&arena, 3, finishing[p]);
        size_t next = 0;
        double before = 0;
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
    assert_true(count(&typos, MOVE_TYPO) > count(&steady, MOVE_TYPO));
    assert_true(count(&stuck, MOVE_ODD) > 5);
    assert_int_equal(count(&dropper, MOVE_DROP), 1);
    struct robot_script hand = plan(&arena, 5, PROFILE_HAND);
    struct robot_script refused = plan(&arena, 5, PROFILE_WRONG_PASSWORD);
    struct robot_script open = plan(&arena, 5, PROFILE_OPEN_TRANSACTION);
    assert_int_equal(count(&hand, MOVE_HAND), 1);
    struct robot_script blocker = plan(&arena, 5, PROFILE_BLOCKER);
    assert_int_equal(count(&blocker, MOVE_HOLD), 1);
    assert_int_equal(count(&blocker, MOVE_WAIT), 1);
    assert_true(count(&refused, MOVE_REFUSED) >= 3);
    assert_int_equal(count(&open, MOVE_BEGIN), 1);
    for (size_t i = 0; i < dropper.count; i++)
        if (dropper.moves[i].kind == MOVE_DROP)
            assert_string_equal(dropper.moves[i].sql, "DROP TABLE \"table_j\" CASCADE;");
}

static bool says(const struct robot_script *script, const char *words)
{
    for (size_t i = 0; i < script->count; i++)
        if (script->moves[i].sql != NULL && strstr(script->moves[i].sql, words) != NULL)
            return true;
    return false;
}

static void test_what_is_forgotten(void **state)
{
    (void)state;
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct robot_script steady = plan(&arena, 5, PROFILE_STEADY);
    struct robot_script types = plan(&arena, 5, PROFILE_WRONG_TYPES);
    struct robot_script keys = plan(&arena, 5, PROFILE_NO_KEYS);
    struct robot_script rows = plan(&arena, 5, PROFILE_DOUBLE_ROWS);
    assert_true(says(&steady, "k_b") && says(&steady, "table_b (id integer"));
    assert_true(says(&types, "table_b (id bigint NOT NULL, name character varying)"));
    assert_true(says(&types, "table_a (id integer"));
    assert_false(says(&keys, "k_b"));
    assert_true(says(&keys, "k_a"));
    assert_true(count(&rows, MOVE_WORK) > count(&keys, MOVE_WORK));
}

/* Each profile that needs somebody has a need of its kind, from a moment inside the lesson. */
static void test_needs(void **state)
{
    (void)state;
    static const enum need_kind expected[PROFILE_COUNT] = {
        [PROFILE_STUCK] = NEED_STUCK,
        [PROFILE_ERROR_LOOP] = NEED_STUCK,
        [PROFILE_NO_SEMICOLON] = NEED_IDLE,
        [PROFILE_NEVER] = NEED_ABSENT,
        [PROFILE_LATE] = NEED_ABSENT,
        [PROFILE_IDLE] = NEED_IDLE,
        [PROFILE_BLOCKER] = NEED_BLOCKED,
        [PROFILE_OPEN_TRANSACTION] = NEED_BLOCKED,
        [PROFILE_WRONG_TYPES] = NEED_IDLE,
        [PROFILE_NO_KEYS] = NEED_IDLE,
        [PROFILE_DOUBLE_ROWS] = NEED_IDLE,
        [PROFILE_PASTER] = NEED_IDLE,
        [PROFILE_LEAVER] = NEED_ABSENT,
        [PROFILE_HAND] = NEED_HAND,
        [PROFILE_WRONG_PASSWORD] = NEED_BLOCKED,
        [PROFILE_LEFT_BEHIND] = NEED_BEHIND,
    };
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    for (uint64_t seed = 1; seed <= 20; seed++)
        for (int p = 0; p < PROFILE_HIDER; p++) {
            struct robot_script script = plan(&arena, seed, (enum profile)p);
            if (p == PROFILE_DROPPER) /* makes it anew, or rests */
                continue;
            bool at_the_end = p >= PROFILE_WRONG_TYPES && p <= PROFILE_DOUBLE_ROWS;
            if (!at_the_end) /* these may get there too late */
                assert_int_equal(script.n_needs > 0, expected[p] != NEED_NONE);
            for (size_t i = 0; i < script.n_needs; i++) {
                const struct robot_need *need = &script.needs[i];
                assert_int_equal(need->kind, expected[p]);
                assert_true(need->onset_s >= 0 && need->until_s <= LESSON_S);
                assert_false(need->visible_s < need->onset_s);
                assert_false(need->visible_s > need->until_s);
            }
        }
}

/* In a class of steady ones, whoever does a third as much is behind. */
static void test_behind(void **state)
{
    (void)state;
    enum { N = 12 };
    const char *logins[N];
    enum profile profiles[N] = {PROFILE_LEFT_BEHIND};
    struct robot_script scripts[N];
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    for (int i = 0; i < N; i++)
        logins[i] = arena_printf(&arena, "s%03d", i);
    struct class_script class = {.split = &example,
                                 .seed = 3,
                                 .lesson_s = LESSON_S,
                                 .n = N,
                                 .logins = logins,
                                 .profiles = profiles};
    class_script_plan(&class, &arena, scripts);
    assert_int_equal(scripts[0].n_needs, 1);
    assert_int_equal(scripts[0].needs[0].kind, NEED_BEHIND);
    assert_true(scripts[0].needs[0].visible_s > scripts[0].needs[0].onset_s);
    assert_true(scripts[0].needs[0].until_s >= LESSON_S); /* by its pace, not by the minute */
    for (int i = 1; i < N; i++)
        assert_int_equal(scripts[i].n_needs, 0);
}

/* -- the truth, told ----------------------------------------------------------------------------
 */

struct heard {
    size_t n;
    struct robot_need last;
};

static void hear(size_t index, const struct robot_need *need, void *data)
{
    (void)index;
    struct heard *heard = data;
    heard->n++;
    heard->last = *need;
}

static void test_truth_is_told_in_time(void **state)
{
    (void)state;
    struct robot_need needs[] = {{NEED_STUCK, 100, 300, 600}, {NEED_HAND, 700, 700, 2000}};
    struct robot_script script = {.needs = needs, .n_needs = 2};
    struct truth truth;
    struct heard heard = {.n = 0};
    truth_init(&truth, &script, 1000);
    truth_begin(&truth, 99, 0, hear, &heard);
    assert_int_equal(heard.n, 0);
    assert_true(truth_next(&truth, 5) > 104 && truth_next(&truth, 5) < 106);
    truth_begin(&truth, 100, 5, hear, &heard);
    assert_int_equal(heard.n, 1);
    assert_true(heard.last.onset_s > 104 && heard.last.visible_s > 304 && heard.last.until_s > 604);
    /* Late by another ten seconds after it could be known: only the end moves. */
    truth_put_off(&truth, 400, 10);
    truth_end(&truth, 610, hear, &heard);
    assert_int_equal(heard.n, 1);
    truth_end(&truth, 620, hear, &heard);
    assert_int_equal(heard.n, 2);
    assert_true(heard.last.visible_s < 306 && heard.last.until_s > 614);
    /* The lesson's end stays where it is; going home early is told. */
    truth_begin(&truth, 700, 15, hear, &heard);
    assert_true(heard.last.until_s > 999 && heard.last.until_s < 1001);
    truth_break_off(&truth, 800, hear, &heard);
    assert_int_equal(heard.n, 4);
    assert_true(heard.last.until_s < 801);
    truth_release(&truth);
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
    struct error err = ERROR_INIT;
    size_t hiders = 0, steady = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        for (size_t n = 0; n <= 40; n++) {
            enum profile a[40], b[40];
            int seen[PROFILE_COUNT] = {0};
            assert_true(profiles_assign("lively", seed, n, a, &err));
            assert_true(profiles_assign("lively", seed, n, b, &err));
            for (size_t i = 0; i < n; i++) {
                assert_int_equal(a[i], b[i]);
                seen[a[i]]++;
            }
            static const enum profile core[] = {PROFILE_STEADY,  PROFILE_FAST,  PROFILE_SLOW,
                                                PROFILE_STUCK,   PROFILE_TYPOS, PROFILE_NEVER,
                                                PROFILE_DROPPER, PROFILE_HAND};
            for (size_t p = 0; p < 8 && n >= 8; p++)
                assert_true(seen[core[p]] > 0);
            assert_true(profiles_assign("measured", seed, n, a, &err));
            for (size_t i = 0; i < n; i++) {
                hiders += a[i] == PROFILE_HIDER;
                steady += a[i] < PROFILE_USUAL;
            }
        }
    }
    assert_int_equal(hiders, 0);
    assert_in_range(steady, 50 * 820 * 0.4, 50 * 820 * 0.55);
    enum profile dealt[5];
    assert_true(profiles_assign("stuck,idle", 1, 5, dealt, &err));
    assert_int_equal(dealt[0], PROFILE_STUCK);
    assert_int_equal(dealt[3], PROFILE_IDLE);
    assert_int_equal(dealt[4], PROFILE_STUCK);
    assert_true(profiles_assign("stuck,idle", 1, 1, dealt, &err));
    static const char *const wrong[] = {"", "stuk", "stuck,", "hider", "stuck idle"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        assert_false(profiles_assign(wrong[i], 1, 5, dealt, &err));
        error_clear(&err);
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
        cmocka_unit_test(test_what_is_forgotten),
        cmocka_unit_test(test_needs),
        cmocka_unit_test(test_behind),
        cmocka_unit_test(test_truth_is_told_in_time),
        cmocka_unit_test(test_typos_are_errors),
        cmocka_unit_test(test_assignment),
        cmocka_unit_test(test_random_is_even),
    };
    return cmocka_run_group_tests(tests, make_example, drop_example);
}
