/*
 * Judges of views, functions, triggers, rules and comments.
 */
#include <stdio.h>
#include <string.h>

#include "lab/judge.h"
#include "lab/match.h"

/* -- views ------------------------------------------------------------------------------------- */

/* The columns that the view lacks: 0.7 when all are missing. */
static double missing_costs(struct hearing *hearing, const json_t *wanted, const json_t *cols)
{
    size_t n = json_array_size(wanted), common = list_common(cols, wanted);
    char text[BRIEF_SIZE];
    say_found(hearing, "%zu of %zu columns missing, it has %s", n - common, n,
              brief_list(cols, text));
    say_wanted(hearing, "columns %s", brief_list(wanted, text));
    return rule_costs(hearing, RULE_VIEW_COLUMNS, 0.2 + 0.5 * (1 - (double)common / (double)n));
}

static size_t place_of(const json_t *list, const json_t *text)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
        if (json_equal(item, text))
            break;
    return i;
}

static const char *word_at(const json_t *list, size_t i, const json_t *otherwise)
{
    const json_t *item = json_array_get(list, i);
    const char *word = json_string_value(item != NULL ? item : otherwise);
    return word != NULL ? word : "?";
}

/* Columns of another family: "column total is text, expected numeric". */
static double type_costs(struct hearing *hearing, const json_t *wanted, const json_t *def)
{
    const json_t *fams = json_object_get(def, "fams"), *cols = json_object_get(def, "cols");
    const json_t *types = json_object_get(def, "types");
    bool differ = false;
    size_t i;
    const json_t *fam;
    json_array_foreach(json_object_get(wanted, "fams"), i, fam) {
        const json_t *name = json_array_get(json_object_get(wanted, "cols"), i);
        size_t at = place_of(cols, name);
        const json_t *has = json_array_get(fams, at);
        if (json_equal(fam, has))
            continue;
        say_found(hearing, "column %s is %s", word_at(cols, at, name), word_at(types, at, has));
        say_wanted(hearing, "%s", word_at(json_object_get(wanted, "types"), i, fam));
        differ = true;
    }
    return differ ? rule_costs(hearing, RULE_VIEW_COLUMNS, 0.1) : 0;
}

/* The example's columns are there: more than these, or in another order? */
static double order_costs(struct hearing *hearing, const json_t *wanted, const json_t *cols)
{
    bool more = json_array_size(cols) > json_array_size(wanted);
    enum rule rule = more ? RULE_VIEW_COLUMNS : RULE_COLUMN_ORDER;
    if (json_equal(wanted, cols) || !rule_counts(hearing, rule))
        return 0;
    char text[BRIEF_SIZE];
    say_found(hearing, "%scolumns %s", more ? "more " : "", brief_list(cols, text));
    say_wanted(hearing, "columns %s", brief_list(wanted, text));
    return rule_costs(hearing, rule, 0.1);
}

static double column_costs(struct hearing *hearing)
{
    const json_t *def = hearing->check->expected;
    const json_t *wanted = json_object_get(def, "cols");
    const json_t *cols = json_object_get(hearing->home->def, "cols");
    if (list_common(cols, wanted) < json_array_size(wanted))
        return rule_counts(hearing, RULE_VIEW_COLUMNS) ? missing_costs(hearing, wanted, cols) : 0;
    double costs = order_costs(hearing, wanted, cols);
    return rule_counts(hearing, RULE_VIEW_COLUMNS)
               ? costs + type_costs(hearing, def, hearing->home->def)
               : costs;
}

double judge_view(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct fact *home = hearing->home;
    double costs = place_costs(hearing, home) + column_costs(hearing);
    if (home->kind != check->kind) {
        say_found(hearing, "a %s", home->kind == FACT_VIEW ? "plain view" : "materialized view");
        say_wanted(hearing, "a %s", check->kind == FACT_VIEW ? "plain view" : "materialized view");
        costs += 0.3;
    } else if (!def_flag(check->expected, "unpop") && def_flag(home->def, "unpop") &&
               rule_counts(hearing, RULE_PERSISTENCE)) {
        /* One that has its rows where the example's has none is only further on. */
        say_found(hearing, "not populated");
        say_wanted(hearing, "it to be refreshed");
        costs += rule_costs(hearing, RULE_PERSISTENCE, 0.3);
    }
    return 1 - costs;
}

/* -- functions --------------------------------------------------------------------------------- */

/* "fine_for(date) returns setof text" */
static const char *describe(const char *name, const json_t *def, char ret_text[BRIEF_SIZE])
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    switch (*def_text(def, "kind")) {
    case 'p':
        strbuf_printf(&out, "procedure %s", name);
        break;
    case 'a':
        strbuf_add_string(&out, "aggregate ");
        __attribute__((fallthrough));
    default:
        strbuf_printf(&out, "%s returns %s%s", name, def_flag(def, "set") ? "setof " : "",
                      def_text(def, "ret"));
    }
    const json_t *outs = json_object_get(def, "outs");
    if (outs != NULL) {
        char list[BRIEF_SIZE];
        strbuf_printf(&out, " (%s)", brief_list(outs, list));
    }
    return brief(out.text, ret_text);
}

/* The function of these arguments: in the example's schema, in public, or wherever it is. */
static const struct fact *find_function(const struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct fact_set *facts = hearing->bench->facts;
    const struct fact *found = NULL;
    size_t end;
    size_t i = match_range(facts, FACT_FUNCTION, check->relation, &end);
    for (; i < end; i++) {
        const struct fact *fact = &facts->items[i];
        if (strcmp(fact->name, check->name) != 0)
            continue;
        if (strcmp(fact->schema, check->schema) == 0)
            return fact;
        if (found == NULL || strcmp(fact->schema, "public") == 0)
            found = fact;
    }
    return found;
}

double judge_function(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    const struct fact *fact = find_function(hearing);
    char text[BRIEF_SIZE];
    if (fact != NULL) {
        double credit = 1 - place_costs(hearing, fact);
        bool result = def_same(wanted, fact->def, "ret") && def_same(wanted, fact->def, "set") &&
                      def_same(wanted, fact->def, "kind");
        bool outs = def_same(wanted, fact->def, "outs");
        if ((result && outs) || !rule_counts(hearing, RULE_SIGNATURE))
            return credit;
        say_found(hearing, "%s", describe(fact->name, fact->def, text));
        say_wanted(hearing, "%s", describe(hearing->check->name, wanted, text));
        return credit - rule_costs(hearing, RULE_SIGNATURE, result ? 0.1 : 0.3);
    }
    say_wanted(hearing, "%s", describe(hearing->check->name, wanted, text));
    fact = find_near(hearing, FACT_FUNCTION, near_any);
    if (fact == NULL)
        return judge_missing(hearing, "such function");
    say_found(hearing, "%s", describe(fact->name, fact->def, text));
    return 1 - rule_costs(hearing, RULE_SIGNATURE, 0.5);
}

/* -- triggers and rules ------------------------------------------------------------------------ */

static bool near_function(const struct check *check, const struct fact *fact)
{
    return def_same(check->expected, fact->def, "fn");
}

/* What a trigger of the right moment and function may still differ in. */
static double trigger_costs(struct hearing *hearing, const struct fact *found)
{
    const json_t *wanted = hearing->check->expected;
    char text[BRIEF_SIZE];
    double costs = name_costs(hearing, found) + defer_costs(hearing, found);
    if (def_flag(found->def, "off") != def_flag(wanted, "off")) {
        bool off = def_flag(found->def, "off");
        say_found(hearing, off ? "disabled" : "enabled");
        say_wanted(hearing, off ? "enabled" : "disabled");
        costs += 0.5;
    }
    if (!rule_counts(hearing, RULE_TRIGGER))
        return costs;
    if (!def_same(wanted, found->def, "args")) {
        say_found(hearing, "other arguments");
        costs += rule_costs(hearing, RULE_TRIGGER, 0.2);
    }
    if (!def_same(wanted, found->def, "of")) {
        const json_t *of = json_object_get(found->def, "of");
        const json_t *wanted_of = json_object_get(wanted, "of");
        say_found(hearing, "on update of %s", of != NULL ? brief_list(of, text) : "any column");
        say_wanted(hearing, "of %s",
                   wanted_of != NULL ? brief_list(wanted_of, text) : "any column");
        costs += rule_costs(hearing, RULE_TRIGGER, 0.1);
    }
    if (!def_same(wanted, found->def, "when")) {
        const char *when = def_text(found->def, "when"), *wish = def_text(wanted, "when");
        say_found(hearing, "%s%s", *when != '\0' ? "when " : "no condition", brief(when, text));
        say_wanted(hearing, "%s%s", *wish != '\0' ? "when " : "no condition", brief(wish, text));
        costs += rule_costs(hearing, RULE_TRIGGER, 0.1);
    }
    return costs;
}

/* "before insert update row touch": the moment, the events as a set, and "row touch". */
struct moment {
    size_t len;
    unsigned events;
    const char *rest;
};
enum { EVENT_UPDATE = 4 };

static struct moment read_moment(const char *name)
{
    static const char *const events[] = {" insert", " delete", " update", " truncate"};
    struct moment moment = {.len = strcspn(name, " ")};
    const char *at = name + moment.len;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (strncmp(at, events[i], strlen(events[i])) == 0) {
            moment.events |= 1U << i;
            at += strlen(events[i]);
        }
    moment.rest = at;
    return moment;
}

/* The same trigger but for its events. */
static bool same_but_events(const char *name_a, const json_t *a, const char *name_b,
                            const json_t *b)
{
    struct moment x = read_moment(name_a), y = read_moment(name_b);
    return x.len == y.len && strncmp(name_a, name_b, x.len) == 0 && strcmp(x.rest, y.rest) == 0 &&
           def_same(a, b, "args") && def_same(a, b, "when") && def_same(a, b, "off") &&
           def_same(a, b, "defer") && def_same(a, b, "initd") &&
           json_object_get(a, "parts") == NULL && json_object_get(b, "parts") == NULL &&
           ((x.events & y.events & EVENT_UPDATE) == 0 || def_same(a, b, "of"));
}

/* One trigger for several events is as good as one for each: together the student's stand for this
 * check's events, and for none that the example has no such trigger for. */
static bool events_are_covered(const struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct check_set *set = hearing->bench->set;
    const struct fact_set *facts = hearing->bench->facts;
    unsigned found = 0, asked = 0;
    size_t end;
    for (size_t i = match_range(facts, FACT_TRIGGER, check->relation, &end); i < end; i++)
        if (strcmp(facts->items[i].schema, hearing->home->schema) == 0 &&
            same_but_events(check->name, check->expected, facts->items[i].name,
                            facts->items[i].def))
            found |= read_moment(facts->items[i].name).events;
    for (size_t i = 0; i < set->n_checks; i++)
        if (set->checks[i].kind == FACT_TRIGGER &&
            strcmp(set->checks[i].relation, check->relation) == 0 &&
            same_but_events(check->name, check->expected, set->checks[i].name,
                            set->checks[i].expected))
            asked |= read_moment(set->checks[i].name).events;
    return (read_moment(check->name).events & ~found) == 0 && (found & ~asked) == 0;
}

double judge_trigger(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_TRIGGER);
    if (found != NULL)
        return share_of_parts(hearing, found) - trigger_costs(hearing, found);
    if (rules_get(hearing->check->expected, RULE_NAMES) == IGNORE && events_are_covered(hearing))
        return 1;
    say_wanted(hearing, "%s", hearing->check->name);
    found = find_near(hearing, FACT_TRIGGER, near_function);
    if (found == NULL)
        return judge_missing(hearing, "such trigger");
    say_found(hearing, "%s", found->name);
    return 1 - rule_costs(hearing, RULE_TRIGGER, 0.3);
}

static bool near_event(const struct check *check, const struct fact *fact)
{
    size_t len = strcspn(check->name, " ");
    return strncmp(check->name, fact->name, len + 1) == 0;
}

double judge_rule(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    const struct fact *found = find_exact(hearing, FACT_RULE);
    if (found == NULL && rules_get(wanted, RULE_NAMES) == IGNORE)
        found = find_near(hearing, FACT_RULE, near_event);
    if (found == NULL) {
        say_wanted(hearing, "a rule on %s", hearing->check->name);
        return judge_missing(hearing, "such rule");
    }
    double credit = 1;
    if (def_flag(wanted, "instead") != def_flag(found->def, "instead")) {
        bool has = def_flag(found->def, "instead");
        say_found(hearing, has ? "instead of the statement" : "besides the statement");
        say_wanted(hearing, has ? "besides it" : "instead of it");
        credit -= 0.3;
    }
    if (!def_same(wanted, found->def, "act") || !def_same(wanted, found->def, "uses")) {
        say_found(hearing, "it does something else");
        credit -= 0.3;
    }
    return credit;
}

/* -- comments ---------------------------------------------------------------------------------- */

double judge_comment(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    const struct fact_set *facts = hearing->bench->facts;
    const char *wanted = def_text(check->expected, "text");
    char text[BRIEF_SIZE];
    size_t end;
    size_t i = match_range(facts, FACT_COMMENT, check->relation, &end);
    const struct fact *found = NULL;
    for (; i < end; i++)
        if (strcmp(facts->items[i].name, check->name) == 0 &&
            (found == NULL || strcmp(facts->items[i].schema, check->schema) == 0))
            found = &facts->items[i];
    if (found != NULL && strcmp(def_text(found->def, "text"), wanted) == 0)
        return 1;
    say_wanted(hearing, "'%s'", brief(wanted, text));
    if (found == NULL)
        return judge_missing(hearing, "comment");
    say_found(hearing, "comment '%s'", brief(def_text(found->def, "text"), text));
    return 1 - rule_costs(hearing, RULE_COMMENTS, 0.5);
}
