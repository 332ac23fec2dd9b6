/*
 * What all judges need: words, credit by the lab's rules, and finding the student's facts.
 */
#include "lab/judge.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "lab/match.h"

/* -- words ------------------------------------------------------------------------------------- */

static void say(struct strbuf *words, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void say(struct strbuf *words, const char *format, va_list args)
{
    if (words->len > 0)
        strbuf_add_string(words, ", ");
    strbuf_vprintf(words, format, args);
}

void say_found(struct hearing *hearing, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(&hearing->found, format, args);
    va_end(args);
}

void say_wanted(struct hearing *hearing, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(&hearing->wanted, format, args);
    va_end(args);
}

double judge_missing(struct hearing *hearing, const char *what)
{
    say_found(hearing, "no %s", what);
    return 0;
}

enum { BRIEF_COLUMNS = 60 };

const char *brief(const char *text, char ret_brief[BRIEF_SIZE])
{
    size_t len = str_fit(text, BRIEF_COLUMNS);
    bool cut = text[len] != '\0';
    snprintf(ret_brief, BRIEF_SIZE, "%.*s%s", (int)(len < BRIEF_SIZE - 4 ? len : 0), text,
             cut ? "..." : "");
    return ret_brief;
}

const char *brief_list(const json_t *list, char ret_brief[BRIEF_SIZE])
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
        strbuf_printf(&out, "%s%s", i > 0 ? ", " : "",
                      json_is_string(item) ? json_string_value(item) : "?");
    return brief(out.text, ret_brief);
}

/* -- credit ------------------------------------------------------------------------------------ */

bool rule_counts(const struct hearing *hearing, enum rule rule)
{
    return rules_get(hearing->check->expected, rule) != IGNORE;
}

double rule_costs(struct hearing *hearing, enum rule rule, double amount)
{
    switch (rules_get(hearing->check->expected, rule)) {
    case STRICT:
        hearing->lost = true;
        return amount;
    case FAMILY:
        return amount;
    default:
        return 0;
    }
}

/* -- what a fact says -------------------------------------------------------------------------- */

const char *def_text(const json_t *def, const char *key)
{
    const char *text = json_string_value(json_object_get(def, key));
    return text != NULL ? text : "";
}

bool def_flag(const json_t *def, const char *key)
{
    return json_is_true(json_object_get(def, key));
}

bool def_same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return x == NULL || y == NULL ? x == y : json_equal(x, y);
}

json_int_t def_number(const json_t *def, const char *key)
{
    return json_integer_value(json_object_get(def, key));
}

bool list_has(const json_t *list, const json_t *text)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item)
        if (json_equal(item, text))
            return true;
    return false;
}

size_t list_common(const json_t *list, const json_t *wanted)
{
    size_t n = 0, i;
    const json_t *item;
    json_array_foreach(wanted, i, item)
        n += list_has(list, item);
    return n;
}

bool list_same_bag(const json_t *a, const json_t *b)
{
    return json_array_size(a) == json_array_size(b) && list_common(a, b) == json_array_size(b) &&
           list_common(b, a) == json_array_size(a);
}

const char *def_said(const json_t *def, const char *name)
{
    const char *text = def_text(def, "said");
    return *text != '\0' ? text : name;
}

/* -- finding ----------------------------------------------------------------------------------- */

/* The student's fact is what another check of the example asks for: it earns nothing here. */
static bool taken(const struct hearing *hearing, const struct fact *fact)
{
    const struct check_set *set = hearing->bench->set;
    for (size_t i = 0; i < set->n_checks; i++)
        if (set->checks[i].kind == fact->kind && strcmp(set->checks[i].name, fact->name) == 0 &&
            strcmp(set->checks[i].relation, fact->relation) == 0)
            return true;
    return false;
}

bool near_any(const struct check *check, const struct fact *fact)
{
    (void)check;
    (void)fact;
    return true;
}

bool near_columns(const struct check *check, const struct fact *fact)
{
    return def_same(check->expected, fact->def, "cols");
}

const struct fact *find_near(const struct hearing *hearing, enum fact_kind kind, near_fn near)
{
    size_t end;
    size_t i = match_range(hearing->bench->facts, kind, hearing->check->relation, &end);
    for (; i < end; i++) {
        const struct fact *fact = &hearing->bench->facts->items[i];
        if ((hearing->home == NULL || strcmp(fact->schema, hearing->home->schema) == 0) &&
            !taken(hearing, fact) && near(hearing->check, fact))
            return fact;
    }
    return NULL;
}

/* How far the fact is from what is asked for; another name is the least of it. */
static size_t distance(json_t *wanted, json_t *found)
{
    size_t far = 0;
    const char *key;
    const json_t *value;
    json_object_foreach(wanted, key, value) {
        if (!def_same(wanted, found, key))
            far += strcmp(key, "nm") == 0 ? 1 : 2;
    }
    json_object_foreach(found, key, value) {
        if (json_object_get(wanted, key) == NULL)
            far += 2;
    }
    return far;
}

/* Two may have the name: an index in either direction, a trigger with and without a condition. */
const struct fact *find_exact(const struct hearing *hearing, enum fact_kind kind)
{
    const struct check *check = hearing->check;
    const struct fact *best = NULL;
    size_t end, least = SIZE_MAX;
    size_t i = match_range(hearing->bench->facts, kind, check->relation, &end);
    for (; i < end && least > 0; i++) {
        const struct fact *fact = &hearing->bench->facts->items[i];
        if (strcmp(fact->name, check->name) != 0 ||
            strcmp(fact->schema, hearing->home->schema) != 0)
            continue;
        size_t far = distance(check->expected, fact->def);
        if (far < least) {
            least = far;
            best = fact;
        }
    }
    return best;
}

const struct fact *find_own(const struct hearing *hearing)
{
    const struct check *check = hearing->check;
    return match_home(hearing->bench->facts, hearing->bench->set, check->kind, check->schema,
                      check->relation);
}

double share_of_parts(struct hearing *hearing, const struct fact *fact)
{
    json_int_t wanted = def_number(hearing->check->expected, "parts");
    const json_t *parts = json_object_get(fact->def, "parts");
    json_int_t has = json_integer_value(parts);
    if (parts == NULL || (wanted > 0 && has >= wanted) || !rule_counts(hearing, RULE_PARTITIONS))
        return 1;
    double share = wanted > 0 ? (double)has / (double)wanted : 0.5;
    say_found(hearing, "on %" JSON_INTEGER_FORMAT " partitions only", has);
    if (wanted > 0)
        say_wanted(hearing, "on %" JSON_INTEGER_FORMAT, wanted);
    else
        say_wanted(hearing, "on all of them");
    return 1 - rule_costs(hearing, RULE_PARTITIONS, 1 - share);
}

double name_costs(struct hearing *hearing, const struct fact *fact)
{
    const json_t *wanted = hearing->check->expected;
    if (!rule_counts(hearing, RULE_NAMES) || def_same(wanted, fact->def, "nm"))
        return 0;
    say_found(hearing, "named %s", def_text(fact->def, "nm"));
    say_wanted(hearing, "named %s", def_text(wanted, "nm"));
    return rule_costs(hearing, RULE_NAMES, 0.1);
}

double defer_costs(struct hearing *hearing, const struct fact *fact)
{
    static const char *const words[] = {"not deferrable", "deferrable", "initially deferred"};
    const json_t *wanted = hearing->check->expected;
    bool defer = def_flag(wanted, "defer"), late = def_flag(wanted, "initd");
    bool d = def_flag(fact->def, "defer"), l = def_flag(fact->def, "initd");
    if ((defer == d && late == l) || !rule_counts(hearing, RULE_DEFERRABLE))
        return 0;
    say_found(hearing, "%s", words[l ? 2 : d]);
    say_wanted(hearing, "%s", words[late ? 2 : defer]);
    return rule_costs(hearing, RULE_DEFERRABLE, 0.1);
}

double place_costs(struct hearing *hearing, const struct fact *fact)
{
    const struct check *check = hearing->check;
    double costs = 0;
    if (check->kind != FACT_COLUMN && rule_counts(hearing, RULE_SCHEMA) &&
        strcmp(check->schema, fact->schema) != 0) {
        say_found(hearing, "in schema %s", fact->schema);
        say_wanted(hearing, "schema %s", check->schema);
        costs += rule_costs(hearing, RULE_SCHEMA, 0.1);
    }
    if (rule_counts(hearing, RULE_CASE) && !def_same(check->expected, fact->def, "id")) {
        const char *has = def_text(fact->def, "id"), *is = def_text(check->expected, "id");
        say_found(hearing, "spelt %s", *has != '\0' ? has : fact->name);
        say_wanted(hearing, "%s", *is != '\0' ? is : check->name);
        costs += rule_costs(hearing, RULE_CASE, 0.1);
    }
    return costs;
}
