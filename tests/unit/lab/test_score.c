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

/* clang-format off */
#define COLUMN(DEF)      {"column", "public", "t", "a", DEF, false}
#define TEXT120          "{\"type\":\"varchar(120)\",\"fam\":\"text\",\"nn\":true}"
#define ENUM(DEF)        {"enum", "public", "mood", "mood", DEF, false}
#define FK(NAME, DEF)    {"fk", "public", "t", NAME, DEF, false}
#define FK_A             "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"a\",\"upd\":\"a\"}"
#define CHECK(NAME, COL) {"check", "public", "t", NAME, "{\"cols\":[\"" COL "\"]}", false}
#define INDEX(NAME, KEY) {"index", "public", "t", NAME, "{\"keys\":[\"" KEY "\"]}", false}

#define PK           {"pk", "public", "t", "a", "{\"cols\":[\"a\"]}", false}
#define PK_AB        {"pk", "public", "t", "a,b", "{\"cols\":[\"a\",\"b\"]}", false}
#define UNIQUE_A     {"unique", "public", "t", "a", "{\"cols\":[\"a\"]}", false}
/* clang-format on */
#define STRICT_TYPE  "{\"type\":\"varchar(9)\",\"fam\":\"text\",\"rules\":{\"type\":\"strict\"}}"
#define IGNORED_TYPE "{\"type\":\"varchar(9)\",\"fam\":\"text\",\"rules\":{\"type\":\"ignore\"}}"

static const struct policy policies[] = {
    {"equal column", COLUMN(TEXT120), {COLUMN(TEXT120)}, 1, NULL},
    {"missing column",
     COLUMN(TEXT120),
     {{0}},
     0,
     "t.a: no such column; expected varchar(120), not null"},
    {"same family",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"text\",\"fam\":\"text\",\"nn\":true}")},
     0.9,
     "t.a: text, not null; expected varchar(120), not null"},
    {"other family",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"nn\":true}")},
     0.5,
     "t.a: date, not null; expected varchar(120), not null"},
    {"null allowed",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"varchar(120)\",\"fam\":\"text\"}")},
     0.8,
     "t.a: varchar(120), may be null; expected varchar(120), not null"},
    {"null forbidden",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"nn\":true}")},
     0.8,
     "t.a: date, not null; expected date, may be null"},
    {"identity instead of plain",
     COLUMN("{\"type\":\"integer\",\"fam\":\"integer\"}"),
     {COLUMN("{\"type\":\"integer\",\"fam\":\"integer\",\"dk\":\"auto\"}")},
     0.9,
     "t.a: integer, may be null, identity or serial; expected integer, may be null, no default"},
    {"default lost",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"now\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\"}")},
     0.9,
     "t.a: date, may be null, no default; expected date, may be null, default now"},
    {"other default",
     COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"now\"}"),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\",\"dk\":\"default\",\"d\":\"0\"}")},
     0.9,
     "t.a: date, may be null, default 0; expected date, may be null, default now"},
    {"two faults",
     COLUMN(TEXT120),
     {COLUMN("{\"type\":\"text\",\"fam\":\"text\"}")},
     0.7,
     "t.a: text, may be null; expected varchar(120), not null"},

    {"primary key", PK, {PK}, 1, NULL},
    {"other primary key", PK, {PK_AB}, 0.3, "t: primary key (a, b); expected primary key (a)"},
    {"unique for primary key", PK, {UNIQUE_A}, 0.5, "t: unique (a); expected primary key (a)"},
    {"no primary key", PK, {{0}}, 0, "t: no primary key; expected primary key (a)"},
    {"no unique", UNIQUE_A, {{0}}, 0, "t: no unique; expected unique (a)"},

    {"foreign key", FK("b:a=id", FK_A), {FK("b:a=id", FK_A)}, 1, NULL},
    {"other action",
     FK("b:a=id", FK_A),
     {FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"c\",\"upd\":\"a\"}")},
     0.9,
     "t: on delete cascade; expected on delete no action"},
    {"other target",
     FK("b:a=id", FK_A),
     {FK("c:a=id", "{\"cols\":[\"a\"],\"ref\":\"c\",\"del\":\"a\",\"upd\":\"a\"}")},
     0.5,
     "t: (a) references c (id); expected (a) references b (id)"},
    {"no foreign key",
     FK("b:a=id", FK_A),
     {{0}},
     0,
     "t: no foreign key; expected (a) references b (id)"},
    {"on some partitions as in the example",
     FK("b:a=id", "{\"parts\":6}"),
     {FK("b:a=id", "{\"parts\":6}")},
     1,
     NULL},
    {"on half of them",
     FK("b:a=id", "{\"parts\":6}"),
     {FK("b:a=id", "{\"parts\":3}")},
     0.5,
     "t: on 3 partitions only; expected on 6"},
    {"on the whole table", FK("b:a=id", "{\"parts\":6}"), {FK("b:a=id", "{}")}, 1, NULL},

    {"check", CHECK("a>0", "a"), {CHECK("a>0", "a")}, 1, NULL},
    {"check in other words", CHECK("a>0", "a"), {CHECK("a>=1", "a")}, 0.5, "t: a>=1; expected a>0"},
    {"check on another column",
     CHECK("a>0", "a"),
     {CHECK("b>0", "b")},
     0,
     "t: no such check constraint; expected a>0"},

    {"index", INDEX("btree(a)", "a"), {INDEX("btree(a)", "a")}, 1, NULL},
    {"other index over the key",
     INDEX("btree(a)", "a"),
     {INDEX("hash(a)", "a")},
     0.7,
     "t: index hash(a); expected index btree(a)"},
    {"key instead of index",
     INDEX("btree(a)", "a"),
     {{"unique", "public", "t", "a", "{\"cols\":[\"a\"]}", false}},
     0.7,
     "t: a key over these columns; expected index btree(a)"},
    {"no index",
     INDEX("btree(a)", "a"),
     {INDEX("btree(b)", "b")},
     0,
     "t: no such index; expected index btree(a)"},

    {"enum", ENUM("{\"labels\":[\"a\",\"b\"]}"), {ENUM("{\"labels\":[\"a\",\"b\"]}")}, 1, NULL},
    {"enum in another order",
     ENUM("{\"labels\":[\"a\",\"b\"]}"),
     {ENUM("{\"labels\":[\"b\",\"a\"]}")},
     0.8,
     "mood: labels b, a; expected labels a, b"},
    {"label lost",
     ENUM("{\"labels\":[\"a\",\"b\"]}"),
     {ENUM("{\"labels\":[\"a\"]}")},
     0.5,
     "mood: labels a; expected labels a, b"},
    {"no enum",
     ENUM("{\"labels\":[\"a\",\"b\"]}"),
     {{0}},
     0,
     "mood: no such type; expected labels a, b"},

    {"domain without its check",
     {"domain", "public", "d", "d", "{\"type\":\"text\",\"exprs\":[\"value>0\"]}", false},
     {{"domain", "public", "d", "d", "{\"type\":\"text\"}", false}},
     0.7,
     "d: no constraint; expected check value>0"},

    {"trigger",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false}},
     1,
     NULL},
    {"a trigger per event",
     {"trigger", "public", "t", "before insert update row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
      {"trigger", "public", "t", "before update row f", "{\"fn\":\"f\"}", false}},
     1,
     NULL},
    {"one of two events",
     {"trigger", "public", "t", "before insert update row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false}},
     0.7,
     "t: before insert row f; expected before insert update row f"},
    {"an event too many",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert update row f", "{\"fn\":\"f\"}", false}},
     0.7,
     "t: before insert update row f; expected before insert row f"},
    {"trigger at another time",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "after insert row f", "{\"fn\":\"f\"}", false}},
     0.7,
     "t: after insert row f; expected before insert row f"},

    {"function",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false},
     {{"function", "x", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false}},
     1,
     NULL},
    {"other result",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":false}", false},
     {{"function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":true}", false}},
     0.7,
     "f: f(integer) returns setof text; expected f(integer) returns text"},
    {"other arguments",
     {"function", "public", "f", "f(integer)", "{\"ret\":\"text\"}", false},
     {{"function", "public", "f", "f(text)", "{\"ret\":\"text\"}", false}},
     0.5,
     "f: f(text) returns text; expected f(integer) returns text"},

    {"view",
     {"view", "public", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false},
     {{"view", "other", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false}},
     1,
     NULL},
    {"view with a column less",
     {"view", "public", "v", "v", "{\"cols\":[\"a\",\"b\"]}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0.55,
     "v: 1 of 2 columns missing, it has a; expected columns a, b"},
    {"materialized",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{"matview", "public", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0.7,
     "v: a materialized view; expected a plain view"},
    {"no view",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{0}},
     0,
     "v: the view is missing"},
    {"a view where a table is asked for",
     {"table", "public", "v", "v", "{}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0,
     "v: the table is missing, a view has its name"},

    /* What the lab says: strict loses the check, ignore counts nothing. */
    {"strict type",
     COLUMN(STRICT_TYPE),
     {COLUMN("{\"type\":\"text\",\"fam\":\"text\"}")},
     0,
     "t.a: text, may be null; expected varchar(9), may be null"},
    {"type ignored",
     COLUMN(IGNORED_TYPE),
     {COLUMN("{\"type\":\"date\",\"fam\":\"date\"}")},
     1,
     NULL},
    {"not null ignored",
     COLUMN("{\"type\":\"date\",\"rules\":{\"not_null\":\"ignore\"}}"),
     {COLUMN("{\"type\":\"date\",\"nn\":true}")},
     1,
     NULL},
    {"default ignored, not null not",
     COLUMN(
         "{\"type\":\"date\",\"dk\":\"default\",\"d\":\"now\",\"rules\":{\"default\":\"ignore\"}}"),
     {COLUMN("{\"type\":\"date\",\"nn\":true}")},
     0.8,
     "t.a: date, not null; expected date, may be null"},
    {"identity strict",
     COLUMN("{\"type\":\"integer\",\"dk\":\"auto\",\"rules\":{\"identity\":\"strict\"}}"),
     {COLUMN("{\"type\":\"integer\"}")},
     0,
     "t.a: integer, may be null, no default; expected integer, may be null, identity or serial"},
    {"generated by another expression",
     COLUMN("{\"type\":\"integer\",\"dk\":\"generated\",\"d\":\"b*2\"}"),
     {COLUMN("{\"type\":\"integer\",\"dk\":\"generated\",\"d\":\"b*3\"}")},
     0.9,
     "t.a: integer, may be null, generated as b*3; expected integer, may be null, generated as "
     "b*2"},
    {"actions strict",
     FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"c\",\"upd\":\"a\",\"rules\":{"
                  "\"actions\":\"strict\"}}"),
     {FK("b:a=id", FK_A)},
     0,
     "t: on delete no action; expected on delete cascade"},
    {"actions ignored",
     FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"c\",\"upd\":\"a\",\"rules\":{"
                  "\"actions\":\"ignore\"}}"),
     {FK("b:a=id", FK_A)},
     1,
     NULL},
    {"deferrable",
     FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"a\",\"upd\":\"a\",\"defer\":true,"
                  "\"initd\":true}"),
     {FK("b:a=id", FK_A)},
     0.9,
     "t: not deferrable; expected initially deferred"},
    {"not valid",
     FK("b:a=id", FK_A),
     {FK("b:a=id", "{\"cols\":[\"a\"],\"ref\":\"b\",\"del\":\"a\",\"upd\":\"a\",\"nv\":true}")},
     0.9,
     "t: not valid for the rows that were there; expected a valid one"},
    {"expression strict",
     {"check", "public", "t", "a>0", "{\"cols\":[\"a\"],\"rules\":{\"expression\":\"strict\"}}",
      false},
     {CHECK("a>=1", "a")},
     0,
     "t: a>=1; expected a>0"},
    {"names strict",
     {"check", "public", "t", "a>0", "{\"nm\":\"x\",\"rules\":{\"names\":\"strict\"}}", false},
     {{"check", "public", "t", "a>0", "{\"nm\":\"y\"}", false}},
     0,
     "t: named y; expected named x"},
    {"names do not count",
     {"check", "public", "t", "a>0", "{\"nm\":\"x\"}", false},
     {{"check", "public", "t", "a>0", "{\"nm\":\"y\"}", false}},
     1,
     NULL},
    {"keys in another order",
     {"index", "public", "t", "btree(a,b)", "{\"keys\":[\"a\",\"b\"]}", false},
     {{"index", "public", "t", "btree(b,a)", "{\"keys\":[\"b\",\"a\"]}", false}},
     0.5,
     "t: index btree(b,a); expected index btree(a,b)"},
    {"descending",
     INDEX("btree(a)", "a"),
     {{"index", "public", "t", "btree(a)", "{\"keys\":[\"a\"],\"opts\":[\"desc\"]}", false}},
     0.9,
     "t: keys a desc; expected a"},
    {"a key for a partial index",
     {"index", "public", "t", "btree(a) where b", "{\"keys\":[\"a\"],\"pred\":\"b\"}", false},
     {PK},
     0,
     "t: no such index; expected index btree(a) where b"},
    {"labels ignored",
     ENUM("{\"labels\":[\"a\",\"b\"],\"rules\":{\"labels\":\"ignore\"}}"),
     {ENUM("{\"labels\":[\"b\"]}")},
     1,
     NULL},
    {"domain with another check",
     {"domain", "public", "d", "d", "{\"type\":\"text\",\"exprs\":[\"value>0\"]}", false},
     {{"domain", "public", "d", "d", "{\"type\":\"text\",\"exprs\":[\"value>1\"]}", false}},
     0.85,
     "d: check value>1; expected check value>0"},
    {"sequence in other steps",
     {"sequence", "public", "q", "q", "{\"inc\":\"10\"}", false},
     {{"sequence", "public", "q", "q", "{}", false}},
     0.8,
     "q: in steps of 1; expected steps of 10"},
    {"trigger disabled",
     {"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\"}", false},
     {{"trigger", "public", "t", "before insert row f", "{\"fn\":\"f\",\"off\":true}", false}},
     0.5,
     "t: disabled; expected enabled"},
    {"trigger of another column",
     {"trigger", "public", "t", "before update row f", "{\"fn\":\"f\",\"of\":[\"a\"]}", false},
     {{"trigger", "public", "t", "before update row f", "{\"fn\":\"f\"}", false}},
     0.9,
     "t: on update of any column; expected of a"},
    {"view of other types",
     {"view", "public", "v", "v",
      "{\"cols\":[\"n\"],\"fams\":[\"number\"],\"types\":[\"numeric\"]}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"n\"],\"fams\":[\"text\"],\"types\":[\"text\"]}",
       false}},
     0.9,
     "v: column n is text; expected numeric"},
    {"view's columns in another order",
     {"view", "public", "v", "v", "{\"cols\":[\"a\",\"b\"],\"fams\":[\"text\",\"date\"]}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"b\",\"a\"],\"fams\":[\"date\",\"text\"]}", false}},
     1,
     NULL},
    {"which counts where the lab says so",
     {"view", "public", "v", "v",
      "{\"cols\":[\"a\",\"b\"],\"rules\":{\"column_order\":\"family\"}}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"b\",\"a\"]}", false}},
     0.9,
     "v: columns b, a; expected columns a, b"},
    {"a column more of a view",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{"view", "public", "v", "v", "{\"cols\":[\"b\",\"a\"]}", false}},
     0.9,
     "v: more columns b, a; expected columns a"},
    {"matview without its rows",
     {"matview", "public", "v", "v", "{\"cols\":[\"a\"]}", false},
     {{"matview", "public", "v", "v", "{\"cols\":[\"a\"],\"unpop\":true}", false}},
     0.7,
     "v: not populated; expected it to be refreshed"},
    {"rule of another name",
     {"rule", "public", "t", "insert r", "{\"instead\":true}", false},
     {{"rule", "public", "t", "insert q", "{\"instead\":true}", false}},
     1,
     NULL},
    {"rule besides",
     {"rule", "public", "t", "insert r", "{\"instead\":true}", false},
     {{"rule", "public", "t", "insert q", "{}", false}},
     0.7,
     "t: besides the statement; expected instead of it"},
    {"policy for new rows",
     {"policy", "public", "t", "w a>0", "{\"cmd\":\"w\",\"check\":\"a>1\"}", false},
     {{"policy", "public", "t", "w a>0", "{\"cmd\":\"w\"}", false}},
     0.7,
     "t: another condition for new rows"},
    {"another comment",
     {"comment", "public", "t", "table", "{\"text\":\"x\",\"rules\":{\"comments\":\"family\"}}",
      false},
     {{"comment", "public", "t", "table", "{\"text\":\"y\"}", false}},
     0.5,
     "t: comment 'y'; expected 'x'"},
    {"no comment",
     {"comment", "public", "t", "table", "{\"text\":\"x\",\"rules\":{\"comments\":\"family\"}}",
      false},
     {{0}},
     0,
     "t: no comment; expected 'x'"},
    {"schema strict",
     {"view", "public", "v", "v", "{\"cols\":[\"a\"],\"rules\":{\"schema\":\"strict\"}}", false},
     {{"view", "other", "v", "v", "{\"cols\":[\"a\"]}", false}},
     0,
     "v: in schema other; expected schema public"},
    {"case counts",
     COLUMN("{\"type\":\"date\",\"rules\":{\"case\":\"family\"}}"),
     {COLUMN("{\"type\":\"date\",\"id\":\"A\"}")},
     0.9,
     "t.a: spelt A; expected a"},
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
        {{"t", "public", true, NULL, 10, "8", 0},
         true,
         1,
         0,
         "t: the rows differ from the example's"},
        {{"t", NULL, true, NULL, 5, NULL, 0}, true, 0.5, 0, "t: the number of rows differs"},
        {{"t", NULL, true, NULL, 20, NULL, 0}, true, 0.5, 0, "t: the number of rows differs"},
        {{"t", NULL, true, NULL, 10, NULL, 2}, true, 1, 0, "t: 2 columns are missing"},
        {{"t", NULL, true, NULL, 10, NULL, 0}, true, 1, (double)NAN, "t: not measured yet"},
        {{"t", NULL, false, "locked", 0, NULL, 0}, true, (double)NAN, (double)NAN, "t: locked"},
        {{"u", NULL, true, NULL, 10, "7", 0},
         true,
         (double)NAN,
         (double)NAN,
         "t: not measured yet"},
        {{"t", "other", true, NULL, 10, "7", 0},
         true,
         (double)NAN,
         (double)NAN,
         "t: not measured yet"},
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

static void test_repeats(void **state)
{
    (void)state;
    const char *gone = "genre: the table is missing";
    assert_true(score_verdict_repeats(gone, "genre.name: the table is missing"));
    assert_true(score_verdict_repeats(gone, gone));
    assert_false(score_verdict_repeats(gone, "genre_of: the table is missing"));
    assert_false(score_verdict_repeats(gone, "gen: the table is missing"));
    assert_false(score_verdict_repeats(gone, "genre.name: the column is missing"));
    const char *other = "genre: the table is missing, a view has its name";
    assert_true(
        score_verdict_repeats(other, "genre.name: the table is missing, a view has its name"));
    assert_false(score_verdict_repeats(gone, ""));
    assert_false(score_verdict_repeats("", gone));
    assert_false(
        score_verdict_repeats("genre: the column is missing", "genre: the column is missing"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy),  cmocka_unit_test(test_rows),
        cmocka_unit_test(test_schemas), cmocka_unit_test(test_locked),
        cmocka_unit_test(test_taken),   cmocka_unit_test(test_means),
        cmocka_unit_test(test_repeats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
