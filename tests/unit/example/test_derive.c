/* Steps and checks out of facts: order, weights, words, and what the lab file says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "example/derive.h"

static void add(struct fact_set *facts, const char *kind, const char *schema, const char *relation,
                const char *name, const char *def)
{
    enum fact_kind k;
    json_error_t fault;
    json_t *json = json_loads(def, 0, &fault);
    assert_true(fact_kind_parse(kind, &k));
    assert_non_null(json);
    fact_set_add(facts, k, schema, relation, name, json, false);
}

static void add_fk(struct fact_set *facts, const char *relation, const char *to)
{
    CLEANUP(mem_free_string)
    char *name = mem_printf("%s:x=id", to);
    CLEANUP(mem_free_string)
    char *def = mem_printf("{\"cols\":[\"x\"],\"ref\":\"%s\",\"del\":\"c\",\"upd\":\"a\"}", to);
    add(facts, "fk", "public", relation, name, def);
}

/* A small shop: country <- city <- customer -> customer; store <-> staff; two views. */
static void make_shop(struct fact_set *facts)
{
    static const char *const tables[] = {"country", "city", "customer", "store", "staff", "zone"};
    fact_set_init(facts);
    for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        add(facts, "table", "public", tables[i], tables[i], "{}");
    add(facts, "column", "public", "country", "name",
        "{\"n\":2,\"type\":\"text\",\"nn\":true,\"dk\":\"default\",\"d\":\"'x'\"}");
    add(facts, "column", "public", "country", "id",
        "{\"n\":1,\"type\":\"integer\",\"dk\":\"auto\"}");
    add(facts, "column", "public", "country", "seen",
        "{\"n\":3,\"type\":\"date\",\"dk\":\"default\",\"d\":\"now\"}");
    add(facts, "column", "public", "country", "known",
        "{\"n\":4,\"type\":\"text\",\"dk\":\"default\",\"d\":\"'now'||unknown\"}");
    add_fk(facts, "city", "country");
    add_fk(facts, "customer", "city");
    add_fk(facts, "customer", "customer");
    add_fk(facts, "store", "staff");
    add_fk(facts, "staff", "store");
    add_fk(facts, "staff", "city");
    add(facts, "index", "public", "country", "btree(name)",
        "{\"am\":\"btree\",\"keys\":[\"name\"],\"said\":\"btree(name)\"}");
    add(facts, "index", "public", "country", "unique btree(lower name) where seen",
        "{\"am\":\"btree\",\"u\":true,\"keys\":[\"lower name\"],\"pred\":\"seen\","
        "\"said\":\"unique btree(lower(name)) where seen\"}");
    add(facts, "index", "public", "country", "hash(name)",
        "{\"am\":\"hash\",\"keys\":[\"name\"],\"said\":\"hash(name)\"}");
    add(facts, "view", "public", "a_sum", "a_sum", "{\"cols\":[\"n\"],\"uses\":[\"b_list\"]}");
    add(facts, "view", "public", "b_list", "b_list", "{\"cols\":[\"n\"],\"uses\":[\"city\"]}");
    add(facts, "function", "public", "f", "f(integer)", "{\"ret\":\"text\",\"set\":true}");
    add(facts, "trigger", "public", "city", "before insert row f", "{\"fn\":\"f\"}");
    add(facts, "enum", "public", "mood", "mood", "{\"labels\":[\"ok\",\"sad\"]}");
    add(facts, "schema", "shop", "shop", "shop", "{}");
    fact_set_seal(facts);
}

static struct lab plain = {.file = "lab.yaml", .compare_content = true, .content_max_rows = 100};

static void derive(const struct fact_set *facts, const struct table_measure *measures, size_t n,
                   const struct lab *lab, struct check_set *ret_set)
{
    struct error err = ERROR_INIT;
    if (!derive_checks(facts, measures, n, lab, ret_set, &err))
        fail_msg("%s", err.message);
}

static void assert_steps(const struct check_set *set, const char *expected)
{
    CLEANUP(strbuf_release)
    struct strbuf found = STRBUF_INIT;
    for (size_t i = 0; i < set->n_steps; i++)
        strbuf_printf(&found, "%s%s", i > 0 ? ", " : "", set->steps[i].name);
    assert_string_equal(found.text, expected);
}

static const struct check *find(const struct check_set *set, const char *title)
{
    for (size_t i = 0; i < set->n_checks; i++)
        if (strcmp(set->checks[i].title, title) == 0)
            return &set->checks[i];
    for (size_t i = 0; i < set->n_checks; i++)
        print_message("%s\n", set->checks[i].title);
    fail_msg("no check \"%s\"", title);
    return NULL;
}

static void test_order(void **state)
{
    (void)state;
    struct fact_set facts;
    struct check_set set;
    make_shop(&facts);
    derive(&facts, NULL, 0, &plain, &set);
    /* store and staff refer to each other: both are as deep as the deeper needs. */
    assert_steps(&set, "types, table country, table zone, table city, table customer, table staff, "
                       "table store, view b_list, view a_sum, function f, triggers");
    assert_string_equal(set.steps[1].title, "country");
    assert_string_equal(set.steps[1].hint, "");
    assert_true(set.steps[1].weight == 1);
    for (size_t i = 1; i < set.n_checks; i++)
        assert_true(set.checks[i - 1].step <= set.checks[i].step);
    check_set_release(&set);
    fact_set_release(&facts);
}

static void test_words(void **state)
{
    (void)state;
    struct fact_set facts;
    struct check_set set;
    static const struct table_measure measures[] = {
        {"country", "public", true, NULL, 7, "99", 0},
        {"city", "public", true, NULL, 0, "", 0},
        {"zone", "public", true, NULL, 101, NULL, 0},
    };
    make_shop(&facts);
    derive(&facts, measures, 3, &plain, &set);
    assert_true(find(&set, "country.name is text, not null, default 'x'")->weight == 1);
    find(&set, "country.id is integer, identity or serial");
    find(&set, "city (x) references country, on delete cascade");
    find(&set, "country has index on name");
    find(&set, "country has unique index on lower(name) where seen");
    find(&set, "country has index hash(name)");
    find(&set, "view a_sum has n");
    find(&set, "function f(integer) returns setof text");
    find(&set, "trigger on city: before insert row f");
    find(&set, "type mood has the labels ok, sad");
    assert_true(find(&set, "country has 7 rows")->weight == 2);
    const struct check *content = find(&set, "country has the example's rows");
    assert_true(content->weight == 3);
    assert_string_equal(json_string_value(json_object_get(content->expected, "h")), "99");
    /* Without the column whose default is the moment, with the one that only says so. */
    CLEANUP(mem_free_string)
    char *columns = json_dumps(json_object_get(content->expected, "cols"), JSON_COMPACT);
    assert_string_equal(columns, "[\"id\",\"known\",\"name\"]");
    /* Columns stand in the table's order. */
    size_t first = (size_t)(find(&set, "country.id is integer, identity or serial") - set.checks);
    assert_string_equal(set.checks[first + 1].name, "name");
    /* An empty table has no rows to compare; a large one is counted only. */
    for (size_t i = 0; i < set.n_checks; i++) {
        assert_false(set.checks[i].kind == FACT_ROWS &&
                     strcmp(set.checks[i].relation, "city") == 0);
        assert_false(set.checks[i].kind == FACT_CONTENT &&
                     strcmp(set.checks[i].relation, "zone") == 0);
    }
    check_set_release(&set);
    fact_set_release(&facts);
}

static void test_ids(void **state)
{
    (void)state;
    struct fact_set facts, fewer;
    struct check_set set, other;
    make_shop(&facts);
    fact_set_init(&fewer);
    add(&fewer, "table", "public", "zone", "zone", "{}");
    fact_set_seal(&fewer);
    derive(&facts, NULL, 0, &plain, &set);
    derive(&fewer, NULL, 0, &plain, &other);
    assert_string_equal(find(&set, "table zone exists")->id, find(&other, "table zone exists")->id);
    for (size_t i = 0; i < set.n_checks; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(set.checks[i].id, set.checks[j].id);
    check_set_release(&set);
    check_set_release(&other);
    fact_set_release(&facts);
    fact_set_release(&fewer);
}

static void test_lab(void **state)
{
    (void)state;
    static const char *const leave_out[] = {"view a_*", "Zone", "trigger *", "country.s*", NULL};
    static struct lab_step steps[] = {
        {"table store", "The shops", NULL, -1, false, 3, NULL},
        {"table country", NULL, "Begin here.", 2.5, false, 4, NULL},
        {"function f", NULL, NULL, -1, true, 5, NULL},
    };
    struct lab lab = plain;
    lab.leave_out = leave_out;
    lab.steps = steps;
    lab.n_steps = 3;
    struct fact_set facts;
    struct check_set set;
    make_shop(&facts);
    derive(&facts, NULL, 0, &lab, &set);
    assert_steps(&set, "types, table store, table city, table customer, table staff, "
                       "table country, view b_list");
    assert_string_equal(set.steps[1].title, "The shops");
    assert_string_equal(set.steps[5].hint, "Begin here.");
    assert_true(set.steps[5].weight == 2.5);
    for (size_t i = 0; i < set.n_checks; i++)
        assert_string_not_equal(set.checks[i].name, "seen");
    check_set_release(&set);
    fact_set_release(&facts);
}

static void test_left_out_targets(void **state)
{
    (void)state;
    static const char *const leave_out[] = {"country", NULL};
    struct lab lab = plain;
    lab.leave_out = leave_out;
    struct fact_set facts;
    struct check_set set;
    make_shop(&facts);
    derive(&facts, NULL, 0, &lab, &set);
    for (size_t i = 0; i < set.n_checks; i++)
        assert_null(strstr(set.checks[i].title, "country"));
    check_set_release(&set);
    fact_set_release(&facts);
}

static void test_mistakes(void **state)
{
    (void)state;
    static struct lab_step steps[] = {{"table shops", NULL, NULL, -1, false, 12, NULL}};
    static const char *const all[] = {"*", NULL};
    struct fact_set facts;
    struct check_set set;
    struct error err = ERROR_INIT;
    struct lab lab = plain;
    make_shop(&facts);
    lab.steps = steps;
    lab.n_steps = 1;
    assert_false(derive_checks(&facts, NULL, 0, &lab, &set, &err));
    assert_string_equal(err.message, "lab.yaml:12: the example has no step \"table shops\"");
    assert_non_null(strstr(err.hint, "\"table store\""));
    error_clear(&err);
    lab.n_steps = 0;
    lab.leave_out = all;
    assert_false(derive_checks(&facts, NULL, 0, &lab, &set, &err));
    assert_non_null(strstr(err.message, "nothing follows from the example"));
    error_clear(&err);
    static const struct table_measure unknown = {"city", "public", false, "locked", 0, NULL, 0};
    assert_false(derive_checks(&facts, &unknown, 1, &plain, &set, &err));
    assert_string_equal(err.message, "table \"city\" of the example cannot be read: locked");
    error_clear(&err);
    fact_set_release(&facts);
}

/* The same name in two schemas: two steps, two tables. */
static void test_schemas(void **state)
{
    (void)state;
    struct fact_set facts;
    struct check_set set;
    fact_set_init(&facts);
    add(&facts, "table", "a", "t", "t", "{}");
    add(&facts, "table", "b", "t", "t", "{}");
    add(&facts, "column", "b", "t", "x", "{\"type\":\"text\",\"n\":1}");
    fact_set_seal(&facts);
    derive(&facts, NULL, 0, &plain, &set);
    assert_steps(&set, "table a.t, table b.t");
    assert_int_equal(set.n_checks, 3);
    assert_int_equal(set.checks[2].step, 1);
    check_set_release(&set);
    fact_set_release(&facts);
}

static void test_measures(void **state)
{
    (void)state;
    struct fact_set facts;
    struct check_set set;
    make_shop(&facts);
    derive_measures(&facts, &plain, &set);
    size_t rows = 0, content = 0;
    for (size_t i = 0; i < set.n_checks; i++) {
        rows += set.checks[i].kind == FACT_ROWS;
        content += set.checks[i].kind == FACT_CONTENT;
    }
    assert_int_equal(rows, 6);
    assert_int_equal(content, 1); /* the other tables have no columns */
    check_set_release(&set);
    fact_set_release(&facts);
}

static const char *said(const struct check *check, const char *key)
{
    return json_string_value(json_object_get(check->expected, key));
}

static void test_results(void **state)
{
    (void)state;
    static const char *const calls[] = {"f(1)", "f(2)", NULL};
    static struct lab_function functions[] = {{"F", calls, 7}};
    static struct lab_view views[] = {{"a_*", ROWS_IGNORED, 0, 2, 0}};
    static struct lab_extra extra[] = {
        {"one", "SELECT true ; \n", "true", 2, "extra", 2, 9},
        {"two", "SELECT NULL", NULL, 1, "view b_list", 5, 10},
    };
    struct lab lab = plain;
    lab.views = views;
    lab.n_views = 1;
    lab.view_default = (struct lab_view){NULL, ROWS_ORDERED, 1e-6, 3, 0};
    lab.functions = functions;
    lab.n_functions = 1;
    lab.extra = extra;
    lab.n_extra = 2;
    struct fact_set facts;
    struct check_set set;
    make_shop(&facts);
    derive(&facts, NULL, 0, &lab, &set);
    assert_string_equal(set.steps[set.n_steps - 1].name, "extra");
    const struct check *result = find(&set, "view b_list gives the example's rows");
    assert_string_equal(said(result, "compare"), "ordered");
    assert_int_equal(json_integer_value(json_object_get(result->expected, "deadline")), 3);
    for (size_t i = 0; i < set.n_checks; i++) /* a_sum is compared by its columns only */
        assert_true(set.checks[i].kind != FACT_RESULT || &set.checks[i] == result);
    const struct check *call = find(&set, "f(2) gives what the example gives");
    assert_string_equal(said(call, "call"), "f(2)");
    assert_string_equal(set.steps[call->step].name, "function f");
    const struct check *one = find(&set, "one"), *two = find(&set, "two");
    assert_string_equal(said(one, "sql"), "SELECT true"); /* it is to stand in parentheses */
    assert_string_equal(said(one, "expect"), "true");
    assert_true(one->weight == 2);
    assert_true(json_is_null(json_object_get(two->expected, "expect")));
    assert_string_equal(set.steps[two->step].name, "view b_list");
    check_set_release(&set);

    lab.goal = GOAL_QUERY;
    derive(&facts, NULL, 0, &lab, &set);
    assert_steps(&set, "view b_list, view a_sum, function f, extra");
    check_set_release(&set);
    lab.view_default.compare = ROWS_IGNORED; /* of views; of a call there is nothing else */
    derive(&facts, NULL, 0, &lab, &set);
    assert_string_equal(said(find(&set, "f(1) gives what the example gives"), "compare"), "bag");
    check_set_release(&set);
    functions[0].name = "g";
    struct error err = ERROR_INIT;
    assert_false(derive_checks(&facts, NULL, 0, &lab, &set, &err));
    assert_non_null(strstr(err.message, "lab.yaml:7: the example has no function \"g\""));
    error_clear(&err);
    fact_set_release(&facts);
}

int main(void)
{
    rules_init(&plain.rules);
    kind_weights_init(&plain.weights);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_lab),
        cmocka_unit_test(test_left_out_targets),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_schemas),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_results),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
