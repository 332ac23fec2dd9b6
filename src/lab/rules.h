/*
 * What counts how much: a lab's say on each kind of difference, and what a kind of check weighs.
 * `compare:` and `weights:` of lab.yaml; lectern-lab(5) has the whole list with examples.
 */
#ifndef LECTERN_LAB_RULES_H
#define LECTERN_LAB_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab/fact.h"

/* strict: a difference loses the check.  family: what comes near keeps part of it.  ignore: the
 * difference does not count. */
enum strictness { STRICT, FAMILY, IGNORE };

enum rule {
    RULE_TYPE,         /* of a column, domain, attribute */
    RULE_NOT_NULL,     /* of a column or domain */
    RULE_DEFAULT,      /* of a column or domain, its text */
    RULE_IDENTITY,     /* identity or serial where none is expected, or the other way round */
    RULE_ACTIONS,      /* ON DELETE, ON UPDATE */
    RULE_DEFERRABLE,   /* of foreign and unique keys */
    RULE_EXPRESSION,   /* of check and exclusion constraints, policies, generated columns */
    RULE_KEY,          /* other columns in a primary key, unique instead of primary, and so on */
    RULE_INDEX,        /* another method, predicate or uniqueness over the same keys */
    RULE_TRIGGER,      /* other moment or events of the same function */
    RULE_SIGNATURE,    /* of functions: other arguments or result */
    RULE_VIEW_COLUMNS, /* of views: more, fewer, or of other types */
    RULE_LABELS,       /* of enums: other labels or another order */
    RULE_PARTITIONS,   /* number of partitions, key of partitioning, inheritance */
    RULE_PERSISTENCE,  /* unlogged or logged; a materialised view with or without rows */
    RULE_COLUMN_ORDER, /* of tables and views */
    RULE_NAMES,        /* of constraints, indexes, triggers and policies */
    RULE_CASE,         /* of identifiers: "Genre" for genre */
    RULE_SCHEMA,       /* the object stands in another one */
    RULE_COMMENTS,     /* unless ignored, COMMENT ON is part of the task */
    RULES
};

struct rules {
    enum strictness of[RULES];
};

const char *rule_name(enum rule rule); /* the key in lab.yaml: "not_null" */
const char *rule_help(enum rule rule);
const char *strictness_name(enum strictness strictness);
enum strictness rule_default(enum rule rule);
void rules_init(struct rules *rules); /* the defaults */

/*
 * Checks carry the rules that differ from the default, as {"rules":{"type":"strict"}} in what they
 * expect, so that scoring is a function of checks and facts alone.
 */
void rules_note(const struct rules *rules, json_t *expected);
enum strictness rules_get(const json_t *expected, enum rule rule);

/* What a check of that kind weighs when the lab does not say. */
double kind_default_weight(enum fact_kind kind);

/* Weights per kind; below 0: not given. */
struct kind_weights {
    double of[FACT_KINDS];
};
void kind_weights_init(struct kind_weights *weights); /* nothing given */

#endif
