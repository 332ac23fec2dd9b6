/*
 * Facts: one canonical statement each about a database ("column film.title is text, not null"),
 * independent of OIDs, of the names of constraints and of order.  Both the example and a student's
 * database are read into a fact_set by one constant SQL text (assets/sql/facts.sql).
 */
#ifndef LECTERN_LAB_FACT_H
#define LECTERN_LAB_FACT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

/* The order is the order of checks within a step. */
enum fact_kind {
    FACT_SCHEMA,
    FACT_EXTENSION,
    FACT_ENUM,
    FACT_DOMAIN,
    FACT_COMPOSITE,
    FACT_SEQUENCE,
    FACT_TABLE,
    FACT_VIEW,
    FACT_MATVIEW,
    FACT_COLUMN,
    FACT_PK,
    FACT_UNIQUE,
    FACT_FK,
    FACT_CHECK,
    FACT_EXCLUDE,
    FACT_INDEX,
    FACT_POLICY,
    FACT_ROWS,    /* checks only: the number of rows of a table */
    FACT_CONTENT, /* checks only: the hash of a table's rows */
    FACT_RESULT,  /* checks only: the rows that a view gives */
    FACT_FUNCTION,
    FACT_CALL, /* checks only: what a function gives for one call that the lab names */
    FACT_TRIGGER,
    FACT_RULE,
    FACT_COMMENT, /* on the table, column, view, function or type of that relation and name */
    FACT_EXTRA,   /* checks only: the lab's own SQL */
    FACT_KINDS
};

const char *fact_kind_name(enum fact_kind kind); /* "column" */
bool fact_kind_parse(const char *name, enum fact_kind *ret_kind);

struct fact {
    enum fact_kind kind;
    const char *schema;   /* real name; "" when it has none */
    const char *relation; /* table, view, type or function it belongs to, case-folded */
    const char *name;     /* canonical key within kind and relation */
    json_t *def;          /* what is compared; keys per kind as in assets/sql/facts.sql */
    bool locked;          /* somebody holds ACCESS EXCLUSIVE on its relation: not known now */
};

/* A database's facts.  All strings live in the arena; `def`s are released with the set. */
struct fact_set {
    struct arena arena;
    struct fact *items; /* ordered by kind, relation, name (strcmp) after fact_set_seal() */
    size_t count;
    size_t capacity;
};

void fact_set_init(struct fact_set *set);
void fact_set_release(struct fact_set *set);
/* Copy the strings; steals `def`. */
void fact_set_add(struct fact_set *set, enum fact_kind kind, const char *schema,
                  const char *relation, const char *name, json_t *def, bool locked);
void fact_set_seal(struct fact_set *set);

#endif
