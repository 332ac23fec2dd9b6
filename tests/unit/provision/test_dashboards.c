/*
 * The dashboards that come with lectern hold together: what Grafana would only show as an empty or
 * overlapping panel, or not at all.  Each rule is seen to fail on a dashboard that breaks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "base/asset.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "provision/grafana.h"

enum { COLUMNS = 24, ROWS = 200, SCHEMA_LEAST = 36, SCHEMA_MOST = 39, UID_MAX = 40 };

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL ? text : "";
}

static json_int_t number_of(const json_t *json, const char *key)
{
    const json_t *number = json_object_get(json, key);
    return json_is_integer(number) ? json_integer_value(number) : -1;
}

static bool is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

static bool is_defined(const json_t *dashboard, const char *name, size_t len)
{
    const json_t *list = json_object_get(json_object_get(dashboard, "templating"), "list");
    if (len >= 2 && memcmp(name, "__", 2) == 0) /* Grafana's own */
        return true;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *variable = text_of(json_array_get(list, i), "name");
        if (strlen(variable) == len && memcmp(variable, name, len) == 0)
            return true;
    }
    return false;
}

/* Each $name and ${name...} of the text is a variable of the dashboard. */
static void check_variables(const json_t *dashboard, const char *text, struct strbuf *problems)
{
    static const char name_chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    for (const char *at = strchr(text, '$'); at != NULL; at = strchr(at, '$')) {
        at += at[1] == '{' ? 2 : 1;
        size_t len = strspn(at, name_chars);
        if (!is_defined(dashboard, at, len))
            strbuf_printf(problems, "undefined variable %.*s; ", (int)len, at);
    }
}

/* Every text, and every data source, however deep. */
static void walk(const json_t *dashboard, const json_t *node, struct strbuf *problems)
{
    const char *key;
    json_t *value;
    if (json_is_string(node))
        check_variables(dashboard, json_string_value(node), problems);
    for (size_t i = 0; i < json_array_size(node); i++)
        walk(dashboard, json_array_get(node, i), problems);
    json_object_foreach((json_t *)(uintptr_t)node, key, value) {
        if (strcmp(key, "datasource") == 0 &&
            (strcmp(text_of(value, "type"), "prometheus") != 0 ||
             strcmp(text_of(value, "uid"), "lectern-prometheus") != 0))
            strbuf_printf(problems, "unknown data source %s; ", text_of(value, "uid"));
        walk(dashboard, value, problems);
    }
}

static void check_place(const json_t *panel, char grid[ROWS][COLUMNS], struct strbuf *problems)
{
    const json_t *place = json_object_get(panel, "gridPos");
    json_int_t x = number_of(place, "x"), y = number_of(place, "y");
    json_int_t w = number_of(place, "w"), h = number_of(place, "h");
    if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > COLUMNS || y + h > ROWS) {
        strbuf_printf(problems, "panel \"%s\" lies outside; ", text_of(panel, "title"));
        return;
    }
    bool overlaps = false;
    for (json_int_t row = y; row < y + h; row++)
        for (json_int_t column = x; column < x + w; column++) {
            overlaps = overlaps || grid[row][column] != 0;
            grid[row][column] = 1;
        }
    if (overlaps)
        strbuf_printf(problems, "panel \"%s\" overlaps; ", text_of(panel, "title"));
}

static void check_targets(const json_t *panel, struct strbuf *problems)
{
    const json_t *targets = json_object_get(panel, "targets");
    if (json_array_size(targets) == 0)
        strbuf_printf(problems, "panel \"%s\" asks nothing; ", text_of(panel, "title"));
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = json_array_get(targets, i);
        if (text_of(target, "expr")[0] == '\0' || json_object_get(target, "datasource") == NULL)
            strbuf_printf(problems, "panel \"%s\" has an empty query; ", text_of(panel, "title"));
        for (size_t j = 0; j < i; j++)
            if (strcmp(text_of(json_array_get(targets, j), "refId"), text_of(target, "refId")) == 0)
                strbuf_printf(problems, "refId %s twice; ", text_of(target, "refId"));
    }
}

static void check_panels(const json_t *dashboard, struct strbuf *problems)
{
    static const char *const types[] = {"stat",       "table",    "state-timeline",
                                        "timeseries", "bargauge", NULL};
    const json_t *panels = json_object_get(dashboard, "panels");
    char grid[ROWS][COLUMNS] = {{0}};
    if (json_array_size(panels) == 0)
        strbuf_add_string(problems, "no panels; ");
    for (size_t i = 0; i < json_array_size(panels); i++) {
        const json_t *panel = json_array_get(panels, i);
        if (!is_one_of(text_of(panel, "type"), types))
            strbuf_printf(problems, "panel type %s; ", text_of(panel, "type"));
        if (text_of(panel, "title")[0] == '\0' || number_of(panel, "id") < 1)
            strbuf_add_string(problems, "a panel without title or id; ");
        for (size_t j = 0; j < i; j++)
            if (number_of(json_array_get(panels, j), "id") == number_of(panel, "id"))
                strbuf_printf(problems, "panel id %d twice; ", (int)number_of(panel, "id"));
        check_place(panel, grid, problems);
        check_targets(panel, problems);
    }
}

/* What is wrong with it; "" for nothing.  malloc'd. */
static char *problems_of(const json_t *dashboard)
{
    struct strbuf problems = STRBUF_INIT;
    json_int_t schema = number_of(dashboard, "schemaVersion");
    if (schema < SCHEMA_LEAST || schema > SCHEMA_MOST)
        strbuf_printf(&problems, "schemaVersion %d; ", (int)schema);
    if (!json_is_null(json_object_get(dashboard, "id")))
        strbuf_add_string(&problems, "an id of some Grafana; ");
    if (text_of(dashboard, "uid")[0] == '\0' || strlen(text_of(dashboard, "uid")) > UID_MAX)
        strbuf_add_string(&problems, "uid; ");
    if (strcmp(json_string_value(json_array_get(json_object_get(dashboard, "tags"), 0)),
               "made-by-lectern") != 0)
        strbuf_add_string(&problems, "not marked; ");
    check_panels(dashboard, &problems);
    walk(dashboard, dashboard, &problems);
    return strbuf_detach(&problems);
}

static json_t *load(const char *name)
{
    const struct asset *asset = asset_get(name);
    json_error_t where;
    json_t *dashboard = json_loadb(asset->text, asset->len, JSON_REJECT_DUPLICATES, &where);
    if (dashboard == NULL)
        fail_msg("%s:%d: %s", name, where.line, where.text);
    return dashboard;
}

static void test_shipped(void **state)
{
    (void)state;
    char uids[8][UID_MAX + 1] = {{0}};
    size_t n = 0;
    for (; grafana_dashboards[n] != NULL; n++) {
        json_t *dashboard = load(grafana_dashboards[n]);
        CLEANUP(mem_free_string)
        char *problems = problems_of(dashboard);
        assert_string_equal(problems, "");
        strncpy(uids[n], text_of(dashboard, "uid"), UID_MAX);
        for (size_t i = 0; i < n; i++)
            assert_string_not_equal(uids[i], uids[n]);
        json_decref(dashboard);
    }
    assert_int_equal(n, 3);
}

static json_t *panel_of(json_t *dashboard, size_t i)
{
    return json_array_get(json_object_get(dashboard, "panels"), i);
}

/* Each breaks one rule. */
static void break_id(json_t *d)
{
    json_object_set_new(panel_of(d, 1), "id", json_integer(1));
}
static void break_type(json_t *d)
{
    json_object_set_new(panel_of(d, 1), "type", json_string("graph"));
}
static void break_schema(json_t *d)
{
    json_object_set_new(d, "schemaVersion", json_integer(40));
}
static void break_mark(json_t *d)
{
    json_array_clear(json_object_get(d, "tags"));
    json_array_append_new(json_object_get(d, "tags"), json_string("x"));
}
static void break_own_id(json_t *d)
{
    json_object_set_new(d, "id", json_integer(7));
}
static void break_uid(json_t *d)
{
    json_object_set_new(d, "uid", json_string(""));
}

static void break_width(json_t *d)
{
    json_object_set_new(json_object_get(panel_of(d, 0), "gridPos"), "w", json_integer(25));
}

static void break_overlap(json_t *d)
{
    json_object_set_new(json_object_get(panel_of(d, 0), "gridPos"), "h", json_integer(5));
}

static void break_source(json_t *d)
{
    json_t *target = json_array_get(json_object_get(panel_of(d, 2), "targets"), 0);
    json_object_set_new(json_object_get(target, "datasource"), "uid", json_string("other"));
}

static void break_variable(json_t *d)
{
    json_t *target = json_array_get(json_object_get(panel_of(d, 2), "targets"), 0);
    json_object_set_new(target, "expr", json_string("up{job=\"$room\"}"));
}

static void break_braced(json_t *d)
{
    json_object_set_new(panel_of(d, 2), "title", json_string("of ${room:raw}"));
}

static void break_query(json_t *d)
{
    json_t *target = json_array_get(json_object_get(panel_of(d, 2), "targets"), 0);
    json_object_set_new(target, "expr", json_string(""));
}

static void break_targets(json_t *d)
{
    json_array_clear(json_object_get(panel_of(d, 2), "targets"));
}

static void test_broken(void **state)
{
    (void)state;
    static const struct {
        void (*break_it)(json_t *dashboard);
        const char *problem;
    } cases[] = {
        {break_id, "panel id 1 twice"},
        {break_type, "panel type graph"},
        {break_schema, "schemaVersion 40"},
        {break_mark, "not marked"},
        {break_own_id, "an id of some Grafana"},
        {break_uid, "uid"},
        {break_width, "lies outside"},
        {break_overlap, "overlaps"},
        {break_source, "unknown data source other"},
        {break_variable, "undefined variable room"},
        {break_braced, "undefined variable room"},
        {break_query, "an empty query"},
        {break_targets, "asks nothing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json_t *dashboard = load(grafana_dashboards[0]);
        cases[i].break_it(dashboard);
        CLEANUP(mem_free_string)
        char *problems = problems_of(dashboard);
        if (strstr(problems, cases[i].problem) == NULL)
            fail_msg("\"%s\" instead of \"%s\"", problems, cases[i].problem);
        json_decref(dashboard);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shipped),
        cmocka_unit_test(test_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
