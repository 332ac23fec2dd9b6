/*
 * Judges of keys, constraints, indexes and policies.
 */
#include <string.h>

#include "lab/judge.h"
#include "lab/match.h"

/* Credit for what comes near: `part` of the check, or none, or all of it. */
static double near_credit(struct hearing *hearing, enum rule rule, double part)
{
    return 1 - rule_costs(hearing, rule, 1 - part);
}

/* What every constraint's exact match still has to show. */
static double exact(struct hearing *hearing, const struct fact *found)
{
    const json_t *wanted = hearing->check->expected;
    double credit = share_of_parts(hearing, found) - name_costs(hearing, found);
    if (def_flag(found->def, "nv") && !def_flag(wanted, "nv")) {
        say_found(hearing, "not valid for the rows that were there");
        say_wanted(hearing, "a valid one");
        credit -= 0.1;
    }
    return credit - defer_costs(hearing, found);
}

/* -- keys -------------------------------------------------------------------------------------- */

static void say_key(struct hearing *hearing, bool found, const char *what, const json_t *cols)
{
    char text[BRIEF_SIZE];
    if (found)
        say_found(hearing, "%s (%s)", what, brief_list(cols, text));
    else
        say_wanted(hearing, "%s (%s)", what, brief_list(cols, text));
}

/* More or fewer columns than those asked for, but some of them. */
static bool near_some_columns(const struct check *check, const struct fact *fact)
{
    return list_common(json_object_get(fact->def, "cols"),
                       json_object_get(check->expected, "cols")) > 0;
}

static double judge_key(struct hearing *hearing, enum fact_kind kind, const char *what,
                        enum fact_kind other_kind, const char *other)
{
    const json_t *cols = json_object_get(hearing->check->expected, "cols");
    const struct fact *found = find_exact(hearing, kind);
    if (found != NULL) {
        double credit = exact(hearing, found);
        if (def_flag(hearing->check->expected, "nnd") == def_flag(found->def, "nnd"))
            return credit;
        say_found(hearing, def_flag(found->def, "nnd") ? "nulls not distinct" : "nulls distinct");
        return credit - rule_costs(hearing, RULE_KEY, 0.2);
    }
    say_key(hearing, false, what, cols);
    found = find_exact(hearing, other_kind);
    if (found != NULL) {
        say_key(hearing, true, other, cols);
        return near_credit(hearing, RULE_KEY, 0.5);
    }
    found = find_near(hearing, kind, kind == FACT_PK ? near_any : near_some_columns);
    if (found == NULL)
        return judge_missing(hearing, what);
    say_key(hearing, true, what, json_object_get(found->def, "cols"));
    return near_credit(hearing, RULE_KEY, 0.3);
}

double judge_pk(struct hearing *hearing)
{
    return judge_key(hearing, FACT_PK, "primary key", FACT_UNIQUE, "unique");
}

double judge_unique(struct hearing *hearing)
{
    return judge_key(hearing, FACT_UNIQUE, "unique", FACT_PK, "primary key");
}

static const char *action_name(const json_t *def, const char *key)
{
    switch (*def_text(def, key)) {
    case 'c':
        return "cascade";
    case 'r':
        return "restrict";
    case 'n':
        return "set null";
    case 'd':
        return "set default";
    default:
        return "no action";
    }
}

/* "b:a=id,c=d": the columns behind the equal signs. */
static void add_targets(struct strbuf *out, const char *name)
{
    bool first = true;
    for (const char *p = strchr(name, '='); p != NULL; p = strchr(p, '=')) {
        p++;
        strbuf_printf(out, "%s%.*s", first ? "" : ", ", (int)strcspn(p, ","), p);
        first = false;
    }
}

/* "(a) references b (id)" */
static const char *describe_fk(const json_t *def, const char *name, char ret_text[BRIEF_SIZE])
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    char cols[BRIEF_SIZE];
    strbuf_printf(&out, "(%s) references %s (", brief_list(json_object_get(def, "cols"), cols),
                  def_text(def, "ref"));
    add_targets(&out, name);
    strbuf_add_char(&out, ')');
    return brief(out.text, ret_text);
}

/* "set null (b)": only some of the columns. */
static const char *describe_action(const json_t *def, const char *key, char ret_text[BRIEF_SIZE])
{
    const json_t *cols = strcmp(key, "del") == 0 ? json_object_get(def, "delcols") : NULL;
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    char list[BRIEF_SIZE];
    strbuf_add_string(&out, action_name(def, key));
    if (cols != NULL)
        strbuf_printf(&out, " (%s)", brief_list(cols, list));
    return brief(out.text, ret_text);
}

double judge_fk(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    const struct fact *found = find_exact(hearing, FACT_FK);
    char text[BRIEF_SIZE];
    if (found == NULL) {
        found = find_near(hearing, FACT_FK, near_columns);
        say_wanted(hearing, "%s", describe_fk(wanted, hearing->check->name, text));
        if (found == NULL)
            return judge_missing(hearing, "foreign key");
        say_found(hearing, "%s", describe_fk(found->def, found->name, text));
        return near_credit(hearing, RULE_KEY, 0.5);
    }
    bool same = true;
    static const char *const actions[][2] = {{"del", "delete"}, {"upd", "update"}};
    for (size_t i = 0; i < 2; i++) {
        const char *key = actions[i][0];
        bool columns = i > 0 || def_same(wanted, found->def, "delcols");
        if ((columns && def_same(wanted, found->def, key)) || !rule_counts(hearing, RULE_ACTIONS))
            continue;
        same = false;
        say_found(hearing, "on %s %s", actions[i][1], describe_action(found->def, key, text));
        say_wanted(hearing, "on %s %s", actions[i][1], describe_action(wanted, key, text));
    }
    return exact(hearing, found) - (same ? 0 : rule_costs(hearing, RULE_ACTIONS, 0.1));
}

/* -- constraints ------------------------------------------------------------------------------- */

static double judge_expression(struct hearing *hearing, enum fact_kind kind, const char *what,
                               near_fn near)
{
    const struct check *check = hearing->check;
    const struct fact *found = find_exact(hearing, kind);
    if (found != NULL && def_same(check->expected, found->def, "expr"))
        return exact(hearing, found);
    char text[BRIEF_SIZE];
    say_wanted(hearing, "%s", brief(def_said(check->expected, check->name), text));
    if (found == NULL)
        found = find_near(hearing, kind, near);
    if (found == NULL)
        return judge_missing(hearing, what);
    say_found(hearing, "%s", brief(def_said(found->def, found->name), text));
    return near_credit(hearing, RULE_EXPRESSION, 0.5);
}

/* Whether the table's checks together demand what this one does. */
static bool demanded(const struct hearing *hearing)
{
    const json_t *wanted = json_object_get(hearing->check->expected, "all");
    size_t end, found = 0, k;
    size_t begin = match_range(hearing->bench->facts, FACT_CHECK, hearing->check->relation, &end);
    const json_t *part;
    json_array_foreach(wanted, k, part) {
        bool has = false;
        for (size_t i = begin; i < end && !has; i++) {
            const struct fact *fact = &hearing->bench->facts->items[i];
            has = strcmp(fact->schema, hearing->home->schema) == 0 && !def_flag(fact->def, "nv") &&
                  json_object_get(fact->def, "parts") == NULL &&
                  list_has(json_object_get(fact->def, "all"), part);
        }
        found += has;
    }
    return json_array_size(wanted) > 0 && found == json_array_size(wanted);
}

double judge_check(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_CHECK);
    bool same = found != NULL && def_same(hearing->check->expected, found->def, "expr");
    if (!rule_counts(hearing, RULE_NAMES) && !same && demanded(hearing))
        return 1;
    return judge_expression(hearing, FACT_CHECK, "such check constraint", near_columns);
}

double judge_exclude(struct hearing *hearing)
{
    return judge_expression(hearing, FACT_EXCLUDE, "such exclusion constraint", near_any);
}

static bool near_command(const struct check *check, const struct fact *fact)
{
    return def_same(check->expected, fact->def, "cmd");
}

double judge_policy(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct fact *found = find_exact(hearing, FACT_POLICY);
    char text[BRIEF_SIZE];
    if (found == NULL) {
        say_wanted(hearing, "%s", brief(def_said(check->expected, check->name), text));
        found = find_near(hearing, FACT_POLICY, near_command);
        if (found == NULL)
            return judge_missing(hearing, "such policy");
        say_found(hearing, "%s", brief(def_said(found->def, found->name), text));
        return near_credit(hearing, RULE_EXPRESSION, 0.5);
    }
    double credit = 1 - name_costs(hearing, found);
    if (!def_same(check->expected, found->def, "expr") && rule_counts(hearing, RULE_EXPRESSION)) {
        say_wanted(hearing, "%s", brief(def_said(check->expected, check->name), text));
        say_found(hearing, "%s", brief(def_said(found->def, found->name), text));
        credit -= rule_costs(hearing, RULE_EXPRESSION, 0.5);
    }
    if (!def_same(check->expected, found->def, "check") && rule_counts(hearing, RULE_EXPRESSION)) {
        say_found(hearing, "another condition for new rows");
        credit -= rule_costs(hearing, RULE_EXPRESSION, 0.3);
    }
    if (def_flag(check->expected, "restrictive") != def_flag(found->def, "restrictive")) {
        bool has = def_flag(found->def, "restrictive");
        say_found(hearing, has ? "restrictive" : "permissive");
        say_wanted(hearing, has ? "permissive" : "restrictive");
        credit -= 0.3;
    }
    return credit;
}

/* -- indexes ----------------------------------------------------------------------------------- */

static bool near_keys(const struct check *check, const struct fact *fact)
{
    const json_t *wanted = json_object_get(check->expected, "keys");
    return fact->kind == FACT_INDEX ? json_equal(wanted, json_object_get(fact->def, "keys"))
                                    : list_same_bag(wanted, json_object_get(fact->def, "cols"));
}

/* The same keys in another order. */
static bool near_key_bag(const struct check *check, const struct fact *fact)
{
    return list_same_bag(json_object_get(check->expected, "keys"),
                         json_object_get(fact->def, "keys"));
}

/* A key that another check asks for serves as an index all the same. */
static const struct fact *find_serving(const struct hearing *hearing, enum fact_kind kind)
{
    size_t end;
    size_t i = match_range(hearing->bench->facts, kind, hearing->check->relation, &end);
    for (; i < end; i++) {
        const struct fact *fact = &hearing->bench->facts->items[i];
        if (strcmp(fact->schema, hearing->home->schema) == 0 && near_keys(hearing->check, fact))
            return fact;
    }
    return NULL;
}

/* "b desc nulls last, c" */
static const char *describe_keys(const json_t *def, char ret_text[BRIEF_SIZE])
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    const json_t *opts = json_object_get(def, "opts");
    size_t i;
    const json_t *key;
    json_array_foreach(json_object_get(def, "keys"), i, key) {
        const char *name = json_string_value(key);
        const char *opt = json_string_value(json_array_get(opts, i));
        strbuf_printf(&out, "%s%s", i > 0 ? ", " : "", name != NULL ? name : "?");
        if (opt != NULL && *opt != '\0')
            strbuf_printf(&out, " %s", opt);
    }
    return brief(out.text, ret_text);
}

double judge_index(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct fact *found = find_exact(hearing, FACT_INDEX);
    char text[BRIEF_SIZE];
    if (found != NULL && def_same(check->expected, found->def, "exact")) {
        double credit = share_of_parts(hearing, found) - name_costs(hearing, found);
        if (def_same(check->expected, found->def, "opts") || !rule_counts(hearing, RULE_INDEX))
            return credit;
        say_found(hearing, "keys %s", describe_keys(found->def, text));
        say_wanted(hearing, "%s", describe_keys(check->expected, text));
        return credit - rule_costs(hearing, RULE_INDEX, 0.1);
    }
    say_wanted(hearing, "index %s", brief(def_said(check->expected, check->name), text));
    if (found == NULL)
        found = find_near(hearing, FACT_INDEX, near_keys);
    if (found != NULL) {
        say_found(hearing, "index %s", brief(def_said(found->def, found->name), text));
        return near_credit(hearing, RULE_INDEX, 0.7);
    }
    found = find_near(hearing, FACT_INDEX, near_key_bag);
    if (found != NULL) {
        say_found(hearing, "index %s", brief(def_said(found->def, found->name), text));
        return near_credit(hearing, RULE_INDEX, 0.5);
    }
    if (json_object_get(check->expected, "pred") == NULL &&
        (find_serving(hearing, FACT_UNIQUE) != NULL || find_serving(hearing, FACT_PK) != NULL)) {
        say_found(hearing, "a key over these columns");
        return near_credit(hearing, RULE_INDEX, 0.7);
    }
    return judge_missing(hearing, "such index");
}
