/*
 * Checks and steps: what a student's database must show.  Made from an example's facts
 * (src/example), kept in the control database, compared with a student's facts by lab/score.
 */
#ifndef LECTERN_LAB_CHECK_H
#define LECTERN_LAB_CHECK_H

#include <jansson.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/fact.h"

enum { CHECK_ID_SIZE = 17 };

/*
 * The identifier: FNV-1a of kind, relation and name (ASCII letters lower-cased), so it stays the
 * same when the example is read again, elsewhere or in another order.
 */
void check_make_id(enum fact_kind kind, const char *relation, const char *name,
                   char ret_id[CHECK_ID_SIZE]);

/* One piece of the task as a student would call it: a cell of the heat map. */
struct step {
    const char *name;  /* "table film", "view v_overdue", "function fine", "types", "triggers" */
    const char *title; /* for people: "film"; from lab.yaml when given */
    const char *hint;  /* "" when there is none */
    double weight;     /* > 0 */
};

struct check {
    char id[CHECK_ID_SIZE]; /* 16 hex digits: stable hash of kind, relation and name */
    size_t step;            /* index into check_set.steps */
    enum fact_kind kind;
    const char *schema;
    const char *relation;
    const char *name;
    const char *title; /* "film.title is text, not null" */
    double weight;     /* >= 0; 0: shown, not counted */
    json_t *expected;  /* the fact's def; rows: {"n"}, content: {"n","h","cols":[...]} */
};

struct check_set {
    struct arena arena;
    struct step *steps; /* in the order of the task */
    size_t n_steps;
    struct check *checks; /* ordered by step, then kind */
    size_t n_checks;
};

/* steps and checks live in the arena; `expected` is released with the set. */
void check_set_init(struct check_set *set);
void check_set_release(struct check_set *set);

#endif
