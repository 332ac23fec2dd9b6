/*
 * The policy of scoring, line by line: one check, what the student has instead, what it is worth,
 * and in which words.  No server.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lab/score.h"

/* A fact in short: kind, schema, relation, name, def. */
struct said {
    const char *kind, *schema, *relation, *name, *def;
    bool locked;
};

static enum fact_kind kind_of(const char *name)
{
    enum fact_kind kind;
    if (!fact_kind_parse(name, &kind))
        fail_msg("no kind %s", name);
    return kind;
}

static json_t *json(const char *text)
{
    json_error_t fault;
    json_t *value = json_loads(text, 0, &fault);
    if (value == NULL)
        fail_msg("%s: %s", text, fault.text);
    return value;
}

static void add_check(struct check_set *set, const struct said *said)
{
    struct check *check = &set->checks[set->n_checks++];
    *check = (struct check){
        .kind = kind_of(said->kind),
        .schema = said->schema,
        .relation = said->relation,
        .name = said->name,
        .title = "",
        .weight = 1,
        .expected = json(said->def),
    };
    check_make_id(check->kind, check->relation, check->name, check->id);
}

static void add_fact(struct fact_set *facts, const struct said *said)
{
    fact_set_add(facts, kind_of(said->kind), said->schema, said->relation, said->name,
                 json(said->def), said->locked);
}

static const struct said table_t = {"table", "public", "t", "t", "{}", false};

struct policy {
    const char *why;
    struct said expected;
    struct said found[3]; /* besides table t */
    double value;
    const char *verdict; /* NULL: none */
};

#define COLUMN(DEF)                                                                                \
    {                                                                                              \
        "column", "public", "t", "a", DEF, false                                                   \
    }
#define TEXT120 "{\"type\":\"varchar(120)\",\"fam\":\"text\",\"nn\":true}"
#define ENUM(DEF)                                                                                  \
    {                                                                                              \
        "enum", "public", "mood", "mood", DEF, false                                               \
    }
#define FK(NAME, DEF)                                                                              \
    {                                                                                              \
        "fk", "public", "t", NAME, DEF, false                                                      \
    }
#define FK_A "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"a\",\"upd\":\"a\"}"
#define CHECK(NAME, COL)                                                                           \
    {                                                                                              \
        "check", "public", "t", NAME, "{\"cols\":[\"" COL "\"]}", false                            \
    }
#define INDEX(NAME, KEY)                                                                           \
    {                                                                                              \
        "index", "public", "t", NAME, "{\"keys\":[\"" KEY "\"]}", false                            \
    }

static const struct policy policies[] = {
    {"equal column", COLUMN(TEXT120), {COLUMN(TEXT120)}, 1, NULL},
    {"missing column", COLUMN(TEXT120), {{0}}, 0, "the column is missing"},
    {"same family",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"text\",\"fam\":\"text\",\"nn\":true}")},
     0.9,
     "expected type varchar(120), found text"},
    {"other family",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"nn\":true}")},
     0.5,
     "expected type varchar(120), found date"},
    {"null allowed",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"varchar(120)\",\"fam\":\"text\"}")},
     0.8,
     "expected not null"},
    {"null forbidden",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"nn\":true}")},
     0.8,
     "not null was not asked for"},
    {"identity instead of plain",
     COLUMN("{\"type\":\"integer\",\"fam\":\"integer\"}"),
     {COLUMN("{\"type\":\"integer\",\"fam\":\"integer\",\"dk\":\"auto\"}")},
     0.9,
     "found an identity or serial"},
    {"default lost",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"now\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\"}")},
     0.9,
     "expected default now"},
    {"other default",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"now\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"0\"}")},
     0.9,
     "expected default now, found 0"},
    {"two faults",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"text\",\"fam\":\"text\"}")},
     0.7,
     "expected type varchar(120), found text; expected not null"},

    {"primary key",
     {"pk", "public", "t", "a", "{}", false},
     {{"pk", "public", "t", "a", "{}", false}},
     1,
     NULL},
    {"other primary key",
     {"pk", "public", "t", "a", "{}", false},
     {{"pk", "public", "t", "a,b", "{}", false}},
     0.3,
     "found primary key (a,b)"},
    {"unique for primary key",
     {"pk", "public", "t", "a", "{}", false},
     {{"unique", "public", "t", "a", "{}", false}},
     0.5,
     "found unique instead of primary key"},
    {"no primary key",
     {"pk", "public", "t", "a", "{}", false},
     {{0}},
     0,
     "the primary key is missing"},
    {"no unique",
     {"unique", "public", "t", "a", "{}", false},
     {{0}},
     0,
     "the unique constraint is missing"},

    {"foreign key", FK("b:a=id", FK_A), {FK("b:a=id", FK_A)}, 1, NULL},
    {"other action",
     FK("b:a=id", FK_A),
     {FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"c\",\"upd\":\"a\"}")},
     0.9,
     "expected on delete no action, found cascade"},
    {"other target",
     FK("b:a=id", FK_A),
     {FK("c:a=id", "{\"cols\":[\"a\"],\"ref\":\"c\",\"del\":\"a\",\"upd\":\"a\"}")},
     0.5,
     "expected a reference to b, found c:a=id"},
    {"no foreign key", FK("b:a=id", FK_A), {{0}}, 0, "the foreign key is missing"},
    {"on some partitions as in the example",
     FK("b:a=id", "{\"parts\":6}"),
     {FK("b:a=id", "{\"parts\":6}")},
     1,
     NULL},
    {"on half of them",
     FK("b:a=id", "{\"parts\":6}"),
     {FK("b:a=id", "{\"parts\":3}")},
     0.5,
     "on 3 partitions only"},
    {"on the whole table", FK("b:a=id", "{\"parts\":6}"), {FK("b:a=id", "{}")}, 1, NULL},

    {"check", CHECK("a>0", "a"), {CHECK("a>0", "a")}, 1, NULL},
    {"check in other words",
     CHECK("a>0", "a"),
     {CHECK("a>=1", "a")},
     0.5,
     "expected a>0, found a>=1"},
    {"check on another column",
     CHECK("a>0", "a"),
     {CHECK("b>0", "b")},
     0,
     "the check constraint is missing"},

    {"index", INDEX("btree(a)", "a"), {INDEX("btree(a)", "a")}, 1, NULL},
    {"other index over the key",
     INDEX("btree(a)", "a"),
     {INDEX("hash(a)", "a")},
     0.7,
     "found index hash(a)"},
    {"key instead of index",
     INDEX("btree(a)", "a"),
     {{"unique", "public", "t", "a", "{\"cols\":[\"a\"]}", false}},
     0.7,
     "found a key over these columns"},
    {"no index", INDEX("btree(a)", "a"), {INDEX("btree(b)", "b")}, 0, "the index is missing"},

    {"enum", ENUM("{\"labels\":[\"a\",\"b\"]}"), {ENUM("{\"labels\":[\"a\",\"b\"]}")}, 1, NULL},
    {"enum in another order",
     ENUM("{\"labels\":[\"a\",\"b\"]}"),
     {ENUM("{\"labels\":[\"b\",\"a\"]}")},
     0.8,
     "found the labels b, a"},
    {"label lost",
     ENUM("{\"labels\":[\"a\",\"b\"]}"),
     {ENUM("{\"labels\":[\"a\"]}")},
     0.5,
     "found the labels a"},
    {"no enum", ENUM("{\"labels\":[\"a\",\"b\"]}"), {{0}}, 0, "the type is missing"},

    {"domain without its check",
     {"domain", "public", "d", "d", "{\"type\":\"text\",\"checks\":1}", false},
     {{"domain", "public", "d", "d", "{\"type\":\"text\",\"checks\":0}", false}},
     0.7,
     "expected 1 constraint, found 0"},

    {"trigger",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false}},
     1,
     NULL},
    {"trigger at another time",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "after insert row f", "{\"fn\":\"f\"}", false}},
     0.7,
     "found after insert row f"},

    {"function",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false},
     {{"function", "x", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false}},
     1,
     NULL},
    {"other result",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false},
     {{"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":true}", false}},
     0.7,
     "expected it to return text, found setof text"},
    {"other arguments",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\"}", false},
     {{"function", "public", "f", "f(text)", "{\"ret\":\"text\"}", false}},
     0.5,
     "found f(text)"},

    {"view",
     {"view", "public", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false},
     {{"view", "other", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false}},
     1,
     NULL},
    {"view with a column less",
     {"view", "public", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0.55,
     "1 of 2 columns are missing"},
    {"materialized",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{"matview", "public", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0.7,
     "expected a plain view"},
    {"no view",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{0}},
     0,
     "view v is missing"},
};

static void judge(const struct policy *policy)
{
    struct check checks[1];
    struct check_set set = {.checks = checks};
    add_check(&set, &policy->expected);
    struct fact_set facts;
    fact_set_init(&facts);
    add_fact(&facts, &table_t);
    for (size_t i = 0; i < 3 && policy->found[i].kind != NULL; i++)
        add_fact(&facts, &policy->found[i]);
    fact_set_seal(&facts);
    struct score score = {0};
    score_checks(&set, &facts, NULL, 0, &score);
    if (fabs(score.value - policy->value) > 1e-9)
        fail_msg("%s: %g instead of %g (%s)", policy->why, score.value, policy->value,
                 score.verdict != NULL ? score.verdict : "");
    if ((score.verdict == NULL) != (policy->verdict == NULL) ||
        (score.verdict != NULL && strcmp(score.verdict, policy->verdict) != 0))
        fail_msg("%s: \"%s\"", policy->why, score.verdict != NULL ? score.verdict : "");
    scores_release(&score, 1);
    fact_set_release(&facts);
    json_decref(checks[0].expected);
}

static void test_policy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(policies) / sizeof(*policies); i++)
        judge(&policies[i]);
}

/* -- rows -------------------------------------------------------------------------------------- */

static void test_rows(void **state)
{
    (void)state;
    static const struct said rows = {"rows", "public", "t", "t", "{\"n\":10}", false};
    static const struct said content = {"content", "public", "t", "t", "{\"n\":10,\"h\":\"7\"}",
                                        false};
    static const struct {
        struct table_measure measure;
        bool measured;
        double rows, content;
        const char *words; /* of content */
    } cases[] = {
        {{"t", NULL, true, NULL, 10, "7", 0}, true, 1, 1, NULL},
        {{"t", "public", true, NULL, 10, "8", 0}, true, 1, 0, "the rows differ from the example's"},
        {{"t", NULL, true, NULL, 5, NULL, 0}, true, 0.5, 0, "the number of rows differs"},
        {{"t", NULL, true, NULL, 20, NULL, 0}, true, 0.5, 0, "the number of rows differs"},
        {{"t", NULL, true, NULL, 10, NULL, 2}, true, 1, 0, "2 columns are missing"},
        {{"t", NULL, true, NULL, 10, NULL, 0}, true, 1, (double)NAN, "not measured yet"},
        {{"t", NULL, false, "locked", 0, NULL, 0}, true, (double)NAN, (double)NAN, "locked"},
        {{"u", NULL, true, NULL, 10, "7", 0}, true, (double)NAN, (double)NAN, "not measured yet"},
        {{"t", "other", true, NULL, 10, "7", 0},
         true,
         (double)NAN,
         (double)NAN,
         "not measured yet"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct check checks[2];
        struct check_set set = {.checks = checks};
        add_check(&set, &rows);
        add_check(&set, &content);
        struct fact_set facts;
        fact_set_init(&facts);
        add_fact(&facts, &table_t);
        fact_set_seal(&facts);
        struct score scores[2] = {0};
        score_checks(&set, &facts, &cases[i].measure, 1, scores);
        assert_int_equal(isnan(scores[0].value) != 0, isnan(cases[i].rows) != 0);
        assert_int_equal(isnan(scores[1].value) != 0, isnan(cases[i].content) != 0);
        if (!isnan(cases[i].rows))
            assert_true(fabs(scores[0].value - cases[i].rows) < 1e-9);
        if (!isnan(cases[i].content))
            assert_true(fabs(scores[1].value - cases[i].content) < 1e-9);
        if (cases[i].words == NULL)
            assert_null(scores[1].verdict);
        else
            assert_string_equal(scores[1].verdict, cases[i].words);
        scores_release(scores, 2);
        fact_set_release(&facts);
        json_decref(checks[0].expected);
        json_decref(checks[1].expected);
    }
}

/* -- which object is meant --------------------------------------------------------------------- */

static double score_one(const struct said *check, const struct said *found, size_t n_found,
                        const struct said *other_check)
{
    struct check checks[2];
    struct check_set set = {.checks = checks};
    add_check(&set, check);
    if (other_check != NULL)
        add_check(&set, other_check);
    struct fact_set facts;
    fact_set_init(&facts);
    for (size_t i = 0; i < n_found; i++)
        add_fact(&facts, &found[i]);
    fact_set_seal(&facts);
    struct score scores[2] = {0};
    score_checks(&set, &facts, NULL, 0, scores);
    double value = scores[0].value;
    scores_release(scores, 2);
    fact_set_release(&facts);
    for (size_t i = 0; i < set.n_checks; i++)
        json_decref(checks[i].expected);
    return value;
}

static void test_schemas(void **state)
{
    (void)state;
    static const struct said wanted = {"column", "music", "t", "a", "{\"type\":\"x\"}", false};
    static const struct said table_wanted = {"table", "public", "t", "t", "{}", false};
    static const struct said elsewhere[] = {
        {"table", "zoo", "t", "t", "{}", false},
        {"column", "zoo", "t", "a", "{\"type\":\"x\"}", false},
    };
    static const struct said both[] = {
        {"table", "music", "t", "t", "{}", false},
        {"table", "public", "t", "t", "{}", false},
        {"column", "public", "t", "a", "{\"type\":\"x\"}", false},
    };
    /* Another schema will do. */
    assert_true(score_one(&wanted, elsewhere, 2, NULL) == 1);
    /* The table in the example's schema is the one, although another has the column. */
    assert_true(score_one(&wanted, both, 3, NULL) == 0);
    /* public.t is what another check means. */
    static const struct said claimed = {"table", "music", "t", "t", "{}", false};
    assert_true(score_one(&claimed, &both[1], 2, &table_wanted) == 0);
    assert_true(score_one(&claimed, &both[1], 2, NULL) == 1);
}

static void test_locked(void **state)
{
    (void)state;
    static const struct said wanted = {"column", "public", "t", "a", "{\"type\":\"x\"}", false};
    static const struct said locked[] = {
        {"table", "public", "t", "t", "{}", true},
        {"column", "public", "t", "a", "{\"type\":\"x\"}", true},
    };
    assert_true(isnan(score_one(&wanted, locked, 2, NULL)));
}

/* What another check asks for earns nothing in place of what is missing. */
static void test_taken(void **state)
{
    (void)state;
    static const struct said wanted = CHECK("a>0", "a");
    static const struct said other = CHECK("a<9", "a");
    static const struct said found[] = {
        {"table", "public", "t", "t", "{}", false},
        CHECK("a<9", "a"),
    };
    assert_true(score_one(&wanted, found, 2, &other) == 0);
    assert_true(score_one(&wanted, found, 2, NULL) == 0.5);
}

static void test_means(void **state)
{
    (void)state;
    struct check checks[3] = {
        {.step = 0, .weight = 3}, {.step = 0, .weight = 1}, {.step = 1, .weight = 1}};
    struct step steps[2] = {{.weight = 1}, {.weight = 3}};
    const struct check_set set = {.steps = steps, .n_steps = 2, .checks = checks, .n_checks = 3};
    const struct score scores[3] = {{1, NULL}, {0, NULL}, {(double)NAN, NULL}};
    double step_scores[2] = {score_step(&set, scores, 0), score_step(&set, scores, 1)};
    assert_true(step_scores[0] == 0.75);
    assert_true(isnan(step_scores[1]));
    assert_true(score_progress(&set, step_scores) == 0.75);
    step_scores[1] = 0.25;
    assert_true(score_progress(&set, step_scores) == 0.375);
    step_scores[0] = step_scores[1] = (double)NAN;
    assert_true(isnan(score_progress(&set, step_scores)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy), cmocka_unit_test(test_rows),  cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_locked), cmocka_unit_test(test_taken), cmocka_unit_test(test_means),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
