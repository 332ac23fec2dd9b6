/*
 * Rules: their names, their defaults (the policy table), and how a check carries them.
 */
#include "lab/rules.h"

#include <assert.h>
#include <string.h>

static const struct {
    const char *name, *help;
    enum strictness fallback;
} rules[RULES] = {
    [RULE_TYPE] = {"type", "varchar(50) for text, bigint for integer", FAMILY},
    [RULE_NOT_NULL] = {"not_null", "NOT NULL missing, or too many", FAMILY},
    [RULE_DEFAULT] = {"default", "another default, or none", FAMILY},
    [RULE_IDENTITY] = {"identity", "identity or serial where a plain number is expected", FAMILY},
    [RULE_ACTIONS] = {"actions", "another ON DELETE or ON UPDATE", FAMILY},
    [RULE_DEFERRABLE] = {"deferrable", "a key that is deferrable, or isn't", FAMILY},
    [RULE_EXPRESSION] = {"expression", "a check over the same columns in other words", FAMILY},
    [RULE_KEY] = {"key", "a key over other columns, unique for primary key", FAMILY},
    [RULE_INDEX] = {"index", "another method or predicate over the same columns", FAMILY},
    [RULE_TRIGGER] = {"trigger", "the same function at another moment", FAMILY},
    [RULE_SIGNATURE] = {"signature", "a function with other arguments or another result", FAMILY},
    [RULE_VIEW_COLUMNS] = {"view_columns", "more or fewer columns, or of other types", FAMILY},
    [RULE_LABELS] = {"labels", "an enum's labels, and their order", FAMILY},
    [RULE_PARTITIONS] = {"partitions", "other partitions, another parent", FAMILY},
    [RULE_PERSISTENCE] = {"persistence", "unlogged for logged, a view without its rows", FAMILY},
    [RULE_COLUMN_ORDER] = {"column_order", "the order of a table's or view's columns", IGNORE},
    [RULE_NAMES] = {"names", "the names of constraints, indexes and triggers", IGNORE},
    [RULE_CASE] = {"case", "\"Genre\" for genre", IGNORE},
    [RULE_SCHEMA] = {"schema", "music.genre for public.genre", IGNORE},
    [RULE_COMMENTS] = {"comments", "COMMENT ON is part of the task unless ignored", IGNORE},
};

static const char *const strictness_names[] = {
    [STRICT] = "strict", [FAMILY] = "family", [IGNORE] = "ignore"};

/* EXAMPLES.md, section 4.  A schema and an extension are shown when something else is, too. */
static const double default_weights[FACT_KINDS] = {
    [FACT_ENUM] = 1,    [FACT_DOMAIN] = 1, [FACT_COMPOSITE] = 1, [FACT_SEQUENCE] = 1,
    [FACT_TABLE] = 2,   [FACT_VIEW] = 2,   [FACT_MATVIEW] = 2,   [FACT_COLUMN] = 1,
    [FACT_PK] = 2,      [FACT_UNIQUE] = 1, [FACT_FK] = 2,        [FACT_CHECK] = 1,
    [FACT_EXCLUDE] = 1, [FACT_INDEX] = 1,  [FACT_POLICY] = 1,    [FACT_ROWS] = 2,
    [FACT_CONTENT] = 3, [FACT_RESULT] = 3, [FACT_FUNCTION] = 3,  [FACT_CALL] = 2,
    [FACT_TRIGGER] = 2, [FACT_RULE] = 1,   [FACT_COMMENT] = 0.5, [FACT_EXTRA] = 1,
};

const char *rule_name(enum rule rule)
{
    assert(rule < RULES);
    return rules[rule].name;
}

const char *rule_help(enum rule rule)
{
    assert(rule < RULES);
    return rules[rule].help;
}

enum strictness rule_default(enum rule rule)
{
    assert(rule < RULES);
    return rules[rule].fallback;
}

const char *strictness_name(enum strictness strictness)
{
    return strictness_names[strictness];
}

static bool strictness_parse(const char *name, enum strictness *ret_strictness)
{
    for (size_t i = 0; i < sizeof strictness_names / sizeof *strictness_names; i++)
        if (strcmp(strictness_names[i], name) == 0) {
            *ret_strictness = (enum strictness)i;
            return true;
        }
    return false;
}

void rules_init(struct rules *ret_rules)
{
    for (size_t i = 0; i < RULES; i++)
        ret_rules->of[i] = rules[i].fallback;
}

void rules_note(const struct rules *say, json_t *expected)
{
    json_t *differing = json_object();
    for (size_t i = 0; i < RULES; i++)
        if (say->of[i] != rules[i].fallback)
            json_object_set_new(differing, rules[i].name,
                                json_string(strictness_names[say->of[i]]));
    if (json_object_size(differing) > 0)
        json_object_set(expected, "rules", differing);
    json_decref(differing);
}

enum strictness rules_get(const json_t *expected, enum rule rule)
{
    assert(rule < RULES);
    const json_t *said = json_object_get(json_object_get(expected, "rules"), rules[rule].name);
    enum strictness strictness = rules[rule].fallback;
    if (json_is_string(said))
        strictness_parse(json_string_value(said), &strictness);
    return strictness;
}

double kind_default_weight(enum fact_kind kind)
{
    assert(kind < FACT_KINDS);
    return default_weights[kind];
}

void kind_weights_init(struct kind_weights *weights)
{
    for (size_t i = 0; i < FACT_KINDS; i++)
        weights->of[i] = -1;
}
