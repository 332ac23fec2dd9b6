/*
 * Inside split: a statement between being read and being put in its place.
 */
#ifndef LECTERN_FACTS_SPLIT_INSIDE_H
#define LECTERN_FACTS_SPLIT_INSIDE_H

#include "facts/split.h"
#include "facts/statements.h"

enum { SPLIT_STATEMENT_MAX = 16 << 20 }; /* a longer statement is nobody's typing */

struct rough {
    enum part_kind kind;
    const char *object;
    const char *owner;    /* the table that it belongs to; "" when none */
    const char *sequence; /* the sequence that it is about; "" when none */
    const char **references;
    size_t n_references;
    bool has_references;
    struct statement statement;
    const char *sql;
    const char *step;
    size_t place; /* in the script */
    int stage;    /* types, tables, views, functions, triggers, other */
    int level;    /* of the owner, by its foreign keys */
};

struct rough_list {
    struct rough *items;
    size_t count, capacity;
};

void split_add(struct rough_list *list, const struct rough *rough, const char *sql);

/* Add COPY's rows as INSERTs. */
bool split_rows(const char *file, const struct rough *rough, size_t rows_per_insert,
                struct arena *arena, struct rough_list *list, struct error *err);

/* Give each its owner and step, and sort. */
void split_order(struct rough_list *list, struct arena *arena);

#endif
