/*
 * The plain exporter variant: a configuration for prometheus-sql-exporter that reads a student's
 * database itself, one query per step.  Each query is made of the same facts.sql that lecternd
 * uses, and of the step's checks as a JSON literal.
 *
 * What expressions say is made comparable in C only, so here checks, exclusions, policies and
 * indexes are found by their columns; and there is no partial credit but for the number of rows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/checks.h"
#include "facts/read.h"
#include "facts/result_query.h"

/* What of a fact's definition has to be so; the keys are facts.sql's. */
static const struct {
    enum fact_kind kind;
    const char *keys[5];
} strict_keys[] = {
    {FACT_ENUM, {"labels"}},
    {FACT_DOMAIN, {"type", "nn"}},
    {FACT_COMPOSITE, {"cols", "types"}},
    {FACT_COLUMN, {"type", "nn"}},
    {FACT_FK, {"del", "upd"}},
    {FACT_CHECK, {"cols"}},
    {FACT_INDEX, {"am", "u"}},
    {FACT_TRIGGER, {"fn"}},
    {FACT_FUNCTION, {"ret", "set"}},
    {FACT_POLICY, {"cmd"}},
};

/* Their names are made in C; NULL stands for any name. */
static bool has_made_name(enum fact_kind kind)
{
    return kind == FACT_CHECK || kind == FACT_EXCLUDE || kind == FACT_POLICY || kind == FACT_INDEX;
}

/* Their SQL alone would not tell, or would run what a student wrote. */
static bool is_left_out(const struct check *check)
{
    return check->weight <= 0 || check->kind == FACT_CONTENT || result_is_about(check);
}

static json_t *wanted_of(const struct check *check)
{
    json_t *def = json_object();
    for (size_t i = 0; i < sizeof strict_keys / sizeof *strict_keys; i++)
        for (size_t k = 0; strict_keys[i].kind == check->kind && strict_keys[i].keys[k] != NULL;
             k++) {
            json_t *value = json_object_get(check->expected, strict_keys[i].keys[k]);
            if (value != NULL)
                json_object_set(def, strict_keys[i].keys[k], value);
        }
    json_t *json = json_pack("{s:f,s:s,s:s,s:o}", "w", check->weight, "k",
                             fact_kind_name(check->kind), "r", check->relation, "d", def);
    if (check->kind == FACT_ROWS)
        json_object_set(json, "n", json_object_get(check->expected, "n"));
    else if (!has_made_name(check->kind))
        json_object_set_new(json, "s", json_string(check->name));
    return json;
}

/* JSON in an SQL literal in YAML: ASCII, quotes doubled, and never two braces together, which the
 * exporter would take for a variable. */
static void add_json(struct strbuf *out, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
    bool in_string = false;
    for (const char *p = text; *p != '\0'; p++) {
        if (in_string && *p == '\\') {
            strbuf_add(out, p++, 2);
            continue;
        }
        in_string = *p == '"' ? !in_string : in_string;
        if (in_string && (*p == '{' || *p == '}'))
            strbuf_printf(out, "\\u%04x", (unsigned)*p);
        else
            strbuf_printf(out, *p == '\'' ? "''" : *p == '}' ? "} " : "%c", *p);
    }
    free(text);
    json_decref(json);
}

/* A text without comment lines, each line indented. */
static void add_lines(struct strbuf *out, const char *text, const char *indent)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        size_t blank = strspn(text, " ");
        if (len > 0 && strncmp(text + blank, "--", 2) != 0)
            strbuf_printf(out, "%s%.*s\n", indent, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* facts.sql as a subquery: without its semicolon. */
static char *facts_query(void)
{
    struct strbuf lines = STRBUF_INIT;
    add_lines(&lines, asset_get(FACTS_SQL)->text, "        ");
    while (lines.len > 0 && strchr("; \n", lines.text[lines.len - 1]) != NULL)
        strbuf_truncate(&lines, lines.len - 1);
    return strbuf_detach(&lines);
}

static void add_step(struct strbuf *out, const struct check_set *set, size_t step,
                     const char *facts)
{
    strbuf_printf(out,
                  "  - name: lectern_step_%zu\n"
                  "    help: Share of a step that is done, 0 to 1.\n"
                  "    labels: [step]\n"
                  "    values: [score]\n"
                  "    query: |\n"
                  "      WITH wanted AS MATERIALIZED (SELECT * FROM "
                  "pg_catalog.jsonb_to_recordset('[\n",
                  step + 1);
    bool first = true;
    for (size_t i = 0; i < set->n_checks; i++) {
        if (set->checks[i].step != step || is_left_out(&set->checks[i]))
            continue;
        strbuf_add_string(out, first ? "        " : ",\n        ");
        add_json(out, wanted_of(&set->checks[i]));
        first = false;
    }
    strbuf_printf(
        out,
        "\n      ]') AS w (w pg_catalog.float8, k pg_catalog.text, r pg_catalog.text, "
        "s pg_catalog.text, d pg_catalog.jsonb, n pg_catalog.int8)),\n"
        "      facts AS MATERIALIZED (\n%s\n      ),\n"
        "      counted AS MATERIALIZED (\n"
        "        SELECT f.relation, (pg_catalog.xpath('/row/n/text()', "
        "pg_catalog.query_to_xml(pg_catalog.format('SELECT pg_catalog.count(*) AS n FROM %%I.%%I', "
        "f.schema, coalesce(f.def->>'id', f.relation)), false, true, '')))[1]"
        "::pg_catalog.text::pg_catalog.float8 AS n\n"
        "          FROM facts f WHERE f.kind = 'table' AND NOT f.locked\n"
        "           AND f.relation IN (SELECT w.r FROM wanted w WHERE w.k = 'rows')),\n"
        "      scored AS (\n"
        "        SELECT w.w, CASE WHEN w.k = 'rows' THEN coalesce((SELECT pg_catalog.max(least("
        "c.n, w.n) / greatest(c.n, w.n, 1)) FROM counted c WHERE c.relation = w.r), 0)\n"
        "          ELSE EXISTS (SELECT FROM facts f WHERE f.kind = w.k AND f.relation = w.r "
        "AND (w.s IS NULL OR f.name = w.s) AND f.def @> w.d)::pg_catalog.int4 END AS score\n"
        "          FROM wanted w)\n"
        "      SELECT '",
        facts);
    add_json(out, json_string(set->steps[step].name));
    strbuf_add_string(out, "'::pg_catalog.jsonb #>> '{}' AS step, coalesce(pg_catalog.sum(w * "
                           "score) / nullif(pg_catalog.sum(w), 0), 0)::pg_catalog.float8 AS score "
                           "FROM scored\n");
}

/* Nothing that can be asked this way is left of some steps. */
static bool has_any(const struct check_set *set, size_t step)
{
    for (size_t i = 0; i < set->n_checks; i++)
        if (set->checks[i].step == step && !is_left_out(&set->checks[i]))
            return true;
    return false;
}

void checks_print_exporter(const struct check_set *set)
{
    CLEANUP(mem_free_string)
    char *facts = facts_query();
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_add_string(
        &out, "# For prometheus-sql-exporter, by lectern checks --exporter: one query per step "
              "against a student's database.\n"
              "# Put the databases into \"connections\", with a login that is a member of the "
              "student's role and no more.\n"
              "# What is expected stands in the queries: whoever may read them reads the "
              "solution.\n"
              "jobs:\n"
              "- name: lectern_steps\n"
              "  interval: '30s'\n"
              "  connections:\n"
              "  - 'postgres://LOGIN:PASSWORD@HOST:5432/DATABASE?sslmode=require"
              "&default_transaction_read_only=on&search_path=pg_catalog,pg_temp&jit=off"
              "&lock_timeout=1000&statement_timeout=20000'\n"
              "  queries:\n");
    for (size_t i = 0; i < set->n_steps; i++)
        if (has_any(set, i))
            add_step(&out, set, i, facts);
    fputs(out.text, stdout);
}
