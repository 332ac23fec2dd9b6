/*
 * An example's SQL text as a person would type it: single statements, each with the step of the lab
 * that it belongs to, in the order in which one builds a database: types, tables in the order of
 * their foreign keys (a table, its keys, its rows, its foreign keys, its indexes), then views,
 * functions, triggers.  For the robots.  Pure.
 *
 * What a student neither could nor should say is left out: owners, privileges, comments, roles,
 * databases, settings, transactions, psql's own commands.  Rows of COPY become INSERTs.
 *
 * The order is right for most examples, not proved: a default that calls a function comes before
 * it.  Who needs certainty runs the statements in passes.
 */
#ifndef LECTERN_FACTS_SPLIT_H
#define LECTERN_FACTS_SPLIT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

/* In the order in which the parts of one step come. */
enum part_kind {
    PART_TYPE, /* schema, extension, type, domain */
    PART_SEQUENCE,
    PART_TABLE,
    PART_ALTER, /* defaults, identities, row security */
    PART_KEY,   /* primary key, unique, check, exclusion added by ALTER TABLE */
    PART_ROWS,
    PART_SETVAL,
    PART_FOREIGN_KEY,
    PART_INDEX,
    PART_ATTACH, /* a partition, or its index: once both sides are whole */
    PART_VIEW,
    PART_FUNCTION,
    PART_TRIGGER,
    PART_OTHER,
};

struct part {
    enum part_kind kind;
    const char *step;   /* "types", "table film", "view v", "function f", "triggers", "other" */
    const char *object; /* what it makes or fills: "film", "public.x" without its "public." */
    const char *sql;    /* one statement with its semicolon */
    int line;           /* of the script */
};

struct split {
    struct arena arena;
    struct part *parts; /* in the order to be typed */
    size_t count;
    size_t dropped; /* statements that were left out */
};

/* `file` is for messages; INSERTs made of COPY's rows have at most `rows_per_insert` rows. */
bool split_script(const char *file, const char *text, size_t len, size_t rows_per_insert,
                  struct split *ret_split, struct error *err);
void split_release(struct split *split);

#endif
