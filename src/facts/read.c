/*
 * From the rows of facts.sql to a fact_set.  What is tolerance in expressions (casts, parentheses,
 * case) is taken away here, once, so that comparing is comparing texts.
 */
#include "facts/read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "facts/expression.h"
#include "io/pg.h"

enum {
    COLUMN_KIND,
    COLUMN_SCHEMA,
    COLUMN_RELATION,
    COLUMN_NAME,
    COLUMN_DEF,
    COLUMN_LOCKED,
    COLUMNS
};

static const char *text_of(const json_t *def, const char *key)
{
    const char *text = json_string_value(json_object_get(def, key));
    return text != NULL ? text : "";
}

/* With the parentheses that matter; nothing where there is nothing. */
static void set_exact(json_t *def, const char *key)
{
    if (json_object_get(def, key) == NULL)
        return;
    CLEANUP(mem_free_string)
    char *text = expression_exact(text_of(def, key));
    json_object_set_new(def, key, json_string(text));
}

/* A condition by what it demands; nothing where there is nothing. */
static void set_demands(json_t *def, const char *key)
{
    if (json_object_get(def, key) == NULL)
        return;
    CLEANUP(mem_free_string)
    char *text = expression_demands(text_of(def, key));
    json_object_set_new(def, key, json_string(text));
}

/* What a list of conditions demands, all together. */
static void set_list(json_t *def, const char *key)
{
    const json_t *list = json_object_get(def, key);
    if (json_array_size(list) == 0)
        return;
    json_t *all = json_array();
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) {
        const char *text = json_string_value(item);
        json_t *parts = expression_conjuncts(text != NULL ? text : "");
        json_array_extend(all, parts);
        json_decref(parts);
    }
    json_object_set_new(def, key, all);
}

/* As the server says it, for people: without the parentheses around the whole. */
static void add_said(struct strbuf *out, const char *text)
{
    size_t len = strlen(text);
    int depth = 0;
    size_t i = 0;
    for (; i < len; i++) {
        depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
        if (depth == 0)
            break;
    }
    bool wrapped = len > 2 && text[0] == '(' && i + 1 == len;
    strbuf_add(out, text + wrapped, len - (wrapped ? 2 : 0));
}

static void set_said(json_t *def, const char *key)
{
    CLEANUP(strbuf_release)
    struct strbuf said = STRBUF_INIT;
    add_said(&said, text_of(def, key));
    json_object_set_new(def, "said", json_string(said.text));
}

/* "unique btree(a, lower(b)) where active", before anything is made canonical. */
static void set_index_said(json_t *def)
{
    CLEANUP(strbuf_release)
    struct strbuf said = STRBUF_INIT;
    strbuf_printf(&said, "%s%s(", json_is_true(json_object_get(def, "u")) ? "unique " : "",
                  text_of(def, "am"));
    size_t i;
    json_t *key;
    json_t *keys = json_object_get(def, "keys");
    json_array_foreach(keys, i, key)
        strbuf_printf(&said, "%s%s", i > 0 ? ", " : "",
                      json_is_string(key) ? json_string_value(key) : "?");
    strbuf_add_char(&said, ')');
    if (json_object_get(def, "pred") != NULL) {
        strbuf_add_string(&said, " where ");
        add_said(&said, text_of(def, "pred"));
    }
    json_object_set_new(def, "said", json_string(said.text));
}

/* "unique btree(a,lower b) where active": the keys in order, and what the index is. */
static char *index_name(json_t *def)
{
    set_index_said(def);
    json_t *exact = json_array();
    struct strbuf name = STRBUF_INIT;
    strbuf_printf(&name, "%s%s(", json_is_true(json_object_get(def, "u")) ? "unique " : "",
                  text_of(def, "am"));
    json_t *keys = json_object_get(def, "keys");
    json_t *folded = json_array();
    size_t i;
    json_t *key;
    json_array_foreach(keys, i, key) {
        const char *said = json_is_string(key) ? json_string_value(key) : "?";
        CLEANUP(mem_free_string)
        char *whole = expression_exact(said);
        json_array_append_new(exact, json_string(whole));
        char *text = expression_canonical(said);
        strbuf_printf(&name, "%s%s", i > 0 ? "," : "", text);
        json_array_append_new(folded, json_string(text));
        free(text);
    }
    json_object_set_new(def, "keys", folded);
    strbuf_add_char(&name, ')');
    if (json_object_get(def, "pred") != NULL) {
        set_demands(def, "pred");
        json_array_append(exact, json_object_get(def, "pred"));
        strbuf_printf(&name, " where %s", text_of(def, "pred"));
    }
    json_object_set_new(def, "exact", exact);
    return strbuf_detach(&name);
}

/* What a default is said by, where there are two ways. */
static const char *usual_default(const char *text)
{
    static const char *const same[][2] = {
        {"array[]", "'{}'"},
        {"uuid_generate_v4", "gen_random_uuid"},
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        if (strcmp(text, same[i][0]) == 0)
            return same[i][1];
    return NULL;
}

/* DEFAULT NULL is none: a cast to varchar(n) keeps the server from seeing that. */
static void set_default(json_t *def)
{
    set_exact(def, "d");
    const char *usual = usual_default(text_of(def, "d"));
    if (usual != NULL)
        json_object_set_new(def, "d", json_string(usual));
    if (strcmp(text_of(def, "d"), "null") == 0 && strcmp(text_of(def, "dk"), "generated") != 0) {
        json_object_del(def, "d");
        json_object_del(def, "dk");
    }
}

enum { ELEMENTS_MAX = 32 }; /* as many as an index may have */

/* "EXCLUDE USING gist (b WITH &&, a WITH =) ...": its elements in one order. */
static void sort_elements(json_t *def)
{
    CLEANUP(mem_free_string)
    char *text = mem_strdup(text_of(def, "expr"));
    char *elements[ELEMENTS_MAX], *p = strchr(text, '(');
    size_t n = 0;
    int depth = 0;
    bool quoted = false;
    if (p == NULL)
        return;
    for (char *begin = ++p; n < ELEMENTS_MAX && *p != '\0'; p++) {
        quoted ^= *p == '\'' || *p == '"';
        depth += quoted ? 0 : *p == '(' ? 1 : *p == ')' ? -1 : 0;
        if (quoted || depth > 0 || (*p != ',' && depth == 0))
            continue;
        elements[n++] = mem_strndup(begin, (size_t)(p - begin));
        begin = p + 1 + (p[1] == ' ');
        if (depth < 0)
            break;
    }
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_add(&out, text, strcspn(text, "(") + 1);
    qsort(elements, n, sizeof *elements, str_compare);
    for (size_t i = 0; i < n; i++) {
        strbuf_printf(&out, "%s%s", i > 0 ? ", " : "", elements[i]);
        free(elements[i]);
    }
    strbuf_add_string(&out, p);
    if (depth < 0) /* it was read to its end */
        json_object_set_new(def, "expr", json_string(out.text));
}

static char *name_by_expression(json_t *def)
{
    char *name = expression_canonical(text_of(def, "expr"));
    set_exact(def, "expr");
    return name;
}

/* The canonical name of kinds that the server cannot name for us; NULL: the row's own. */
static char *made_name(enum fact_kind kind, json_t *def)
{
    switch (kind) {
    case FACT_CHECK:
        json_object_set_new(def, "all", expression_conjuncts(text_of(def, "expr")));
        __attribute__((fallthrough));
    case FACT_EXCLUDE:
        set_said(def, "expr");
        if (kind == FACT_EXCLUDE)
            sort_elements(def);
        return name_by_expression(def);
    case FACT_POLICY: {
        set_said(def, "expr");
        set_demands(def, "check");
        set_demands(def, "expr");
        return mem_printf("%s %s", text_of(def, "cmd"), text_of(def, "expr"));
    }
    case FACT_INDEX:
        return index_name(def);
    case FACT_DOMAIN:
        set_list(def, "exprs");
        __attribute__((fallthrough));
    case FACT_COLUMN:
        if (json_object_get(def, "d") != NULL)
            set_default(def);
        return NULL;
    case FACT_TRIGGER:
        set_demands(def, "when");
        return NULL;
    default:
        return NULL;
    }
}

static bool add_row(struct fact_set *facts, const PGresult *result, int row, struct error *err)
{
    enum fact_kind kind;
    if (!fact_kind_parse(PQgetvalue(result, row, COLUMN_KIND), &kind))
        return error_set(err, ERROR_FAILED, "unknown kind of fact \"%s\"",
                         PQgetvalue(result, row, COLUMN_KIND));
    json_error_t fault;
    json_t *def = json_loads(PQgetvalue(result, row, COLUMN_DEF), 0, &fault);
    if (!json_is_object(def)) {
        json_decref(def);
        return error_set(err, ERROR_FAILED, "the facts' JSON cannot be read: %s", fault.text);
    }
    char *name = made_name(kind, def);
    fact_set_add(facts, kind, PQgetvalue(result, row, COLUMN_SCHEMA),
                 PQgetvalue(result, row, COLUMN_RELATION),
                 name != NULL ? name : PQgetvalue(result, row, COLUMN_NAME), def,
                 *PQgetvalue(result, row, COLUMN_LOCKED) == 't');
    free(name);
    return true;
}

bool facts_from_result(const PGresult *result, struct fact_set *ret_facts, struct error *err)
{
    if (PQnfields(result) != COLUMNS)
        return error_set(err, ERROR_FAILED, "the facts have %d columns", PQnfields(result));
    if (PQntuples(result) > FACTS_MAX)
        return error_set(err, ERROR_INPUT, "too many objects: more than %d facts", FACTS_MAX);
    struct fact_set facts;
    fact_set_init(&facts);
    for (int row = 0; row < PQntuples(result); row++)
        if (!add_row(&facts, result, row, err)) {
            fact_set_release(&facts);
            return false;
        }
    fact_set_seal(&facts);
    *ret_facts = facts;
    return true;
}

bool facts_read_now(PGconn *conn, struct fact_set *ret_facts, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn, asset_get(FACTS_SQL)->text, 0, NULL, &result, err))
        return error_wrap(err, "reading the facts");
    bool ok = facts_from_result(result, ret_facts, err);
    PQclear(result);
    return ok;
}
