/*
 * Titles of checks, one line of words per kind of fact.
 */
#include "example/title.h"

#include <inttypes.h>
#include <string.h>

#include "base/strbuf.h"

static const char *text_of(const struct check *check, const char *key)
{
    const char *text = json_string_value(json_object_get(check->expected, key));
    return text != NULL ? text : "";
}

static json_int_t number_of(const struct check *check, const char *key)
{
    return json_integer_value(json_object_get(check->expected, key));
}

static bool flag(const struct check *check, const char *key)
{
    return json_is_true(json_object_get(check->expected, key));
}

static void add_list(struct strbuf *out, const struct check *check, const char *key)
{
    size_t i;
    const json_t *item;
    const json_t *list = json_object_get(check->expected, key);
    json_array_foreach(list, i, item)
        strbuf_printf(out, "%s%s", i > 0 ? ", " : "", json_string_value(item));
}

/* The server's own words for an expression, or else the name. */
static const char *said(const struct check *check)
{
    const char *text = text_of(check, "said");
    return *text != '\0' ? text : check->name;
}

static void column(struct strbuf *out, const struct check *check)
{
    strbuf_printf(out, "%s.%s is %s", check->relation, check->name, text_of(check, "type"));
    if (flag(check, "nn"))
        strbuf_add_string(out, ", not null");
    const char *kind = text_of(check, "dk");
    if (strcmp(kind, "auto") == 0)
        strbuf_add_string(out, ", identity or serial");
    else if (strcmp(kind, "default") == 0)
        strbuf_printf(out, ", default %s", text_of(check, "d"));
    else if (strcmp(kind, "generated") == 0)
        strbuf_printf(out, ", generated as %s", text_of(check, "d"));
}

/* "unique btree(a, lower(b)) where c": the usual method goes without saying. */
static void add_index(struct strbuf *out, const char *said)
{
    static const char unique[] = "unique ", usual[] = "btree(";
    bool is_unique = strncmp(said, unique, sizeof unique - 1) == 0;
    const char *keys = is_unique ? said + sizeof unique - 1 : said, *end;
    if (strncmp(keys, usual, sizeof usual - 1) != 0) {
        strbuf_printf(out, "index %s", said);
        return;
    }
    keys += sizeof usual - 1;
    int depth = 1;
    for (end = keys; *end != '\0' && (*end != ')' || depth > 1); end++)
        depth += *end == '(' ? 1 : *end == ')' ? -1 : 0;
    strbuf_printf(out, "%sindex on %.*s%s", is_unique ? unique : "", (int)(end - keys), keys,
                  *end == ')' ? end + 1 : "");
}

static void foreign_key(struct strbuf *out, const struct check *check)
{
    static const struct {
        char letter;
        const char *words;
    } actions[] = {{'c', "cascade"}, {'r', "restrict"}, {'n', "set null"}, {'d', "set default"}};
    strbuf_printf(out, "%s (", check->relation);
    add_list(out, check, "cols");
    strbuf_printf(out, ") references %s", text_of(check, "ref"));
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (*text_of(check, "del") == actions[i].letter)
            strbuf_printf(out, ", on delete %s", actions[i].words);
        if (*text_of(check, "upd") == actions[i].letter)
            strbuf_printf(out, ", on update %s", actions[i].words);
    }
}

static void function(struct strbuf *out, const struct check *check)
{
    bool procedure = *text_of(check, "kind") == 'p';
    strbuf_printf(out, "%s %s", procedure ? "procedure" : "function", check->name);
    if (!procedure)
        strbuf_printf(out, " returns %s%s", flag(check, "set") ? "setof " : "",
                      text_of(check, "ret"));
}

static void print(struct strbuf *out, const struct check *check)
{
    const char *relation = check->relation;
    switch (check->kind) {
    case FACT_ENUM:
        strbuf_printf(out, "type %s has the labels ", relation);
        add_list(out, check, "labels");
        break;
    case FACT_DOMAIN:
        strbuf_printf(out, "domain %s is %s", relation, text_of(check, "type"));
        if (json_object_get(check->expected, "exprs") != NULL) {
            strbuf_add_string(out, ", check ");
            add_list(out, check, "exprs");
        }
        break;
    case FACT_COMPOSITE:
        strbuf_printf(out, "type %s has ", relation);
        add_list(out, check, "cols");
        break;
    case FACT_TABLE:
        strbuf_printf(out, "table %s exists", relation);
        if (*text_of(check, "part") != '\0')
            strbuf_printf(out, ", partitioned by %s", text_of(check, "part"));
        break;
    case FACT_VIEW:
    case FACT_MATVIEW:
        strbuf_printf(out, "%s %s has ", check->kind == FACT_VIEW ? "view" : "materialized view",
                      relation);
        add_list(out, check, "cols");
        break;
    case FACT_COLUMN:
        column(out, check);
        break;
    case FACT_PK:
    case FACT_UNIQUE:
        strbuf_printf(out, "%s has %s (", relation,
                      check->kind == FACT_PK ? "primary key" : "unique");
        add_list(out, check, "cols");
        strbuf_add_char(out, ')');
        break;
    case FACT_FK:
        foreign_key(out, check);
        break;
    case FACT_CHECK:
        strbuf_printf(out, "%s has check %s", relation, said(check));
        break;
    case FACT_INDEX:
        strbuf_printf(out, "%s has ", relation);
        add_index(out, said(check));
        break;
    case FACT_ROWS:
        strbuf_printf(out, "%s has %" JSON_INTEGER_FORMAT " rows", relation, number_of(check, "n"));
        break;
    case FACT_CONTENT:
        strbuf_printf(out, "%s has the example's rows%s", relation,
                      number_of(check, "mod") > 1 ? " (a sample of them)" : "");
        break;
    case FACT_RESULT:
        strbuf_printf(out, "view %s gives the example's rows", relation);
        break;
    case FACT_CALL:
        strbuf_printf(out, "%s gives what the example gives", check->name);
        break;
    case FACT_EXTRA:
        strbuf_add_string(out, check->name);
        break;
    case FACT_FUNCTION:
        function(out, check);
        break;
    case FACT_TRIGGER:
        strbuf_printf(out, "trigger on %s: %s", relation, check->name);
        break;
    case FACT_COMMENT:
        if (strncmp(check->name, "column ", 7) == 0)
            strbuf_printf(out, "comment on %s.%s", relation, check->name + 7);
        else
            strbuf_printf(out, "comment on %s %s", check->name, relation);
        break;
    case FACT_EXCLUDE:
        strbuf_printf(out, "%s has %s", relation, said(check));
        break;
    case FACT_POLICY:
    case FACT_RULE:
        strbuf_printf(out, "%s on %s: %s", fact_kind_name(check->kind), relation, check->name);
        break;
    default:
        strbuf_printf(out, "%s %s exists", fact_kind_name(check->kind), relation);
        break;
    }
}

const char *check_title(struct arena *arena, const struct check *check)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    print(&out, check);
    return arena_strdup(arena, out.text);
}
