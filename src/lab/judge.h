/*
 * Inside scoring: what the judges, one per kind of fact, share.  A judge looks at a check and the
 * student's facts, says what was found and what was expected, and gives the credit.
 */
#ifndef LECTERN_LAB_JUDGE_H
#define LECTERN_LAB_JUDGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"
#include "lab/rules.h"
#include "lab/score.h"

struct bench {
    const struct check_set *set;
    const struct fact_set *facts;
    const struct table_measure *measures;
    size_t n_measures;
};

/* What a judge looks at, and what it says.  The verdict is "OBJECT: FOUND; expected WANTED". */
struct hearing {
    const struct bench *bench;
    const struct check *check;
    const struct fact *home; /* the table (or view) that it is about; NULL for types, functions */
    struct strbuf found, wanted;
    bool lost; /* a strict rule was broken */
};

typedef double (*judge_fn)(struct hearing *hearing);

double judge_existence(struct hearing *hearing); /* schemas, extensions */
double judge_enum(struct hearing *hearing);
double judge_domain(struct hearing *hearing);
double judge_composite(struct hearing *hearing);
double judge_sequence(struct hearing *hearing);
double judge_table(struct hearing *hearing);
double judge_column(struct hearing *hearing);
double judge_rows(struct hearing *hearing);
double judge_content(struct hearing *hearing);
double judge_pk(struct hearing *hearing);
double judge_unique(struct hearing *hearing);
double judge_fk(struct hearing *hearing);
double judge_check(struct hearing *hearing);
double judge_exclude(struct hearing *hearing);
double judge_index(struct hearing *hearing);
double judge_policy(struct hearing *hearing);
double judge_view(struct hearing *hearing);
double judge_function(struct hearing *hearing);
double judge_trigger(struct hearing *hearing);
double judge_rule(struct hearing *hearing);
double judge_comment(struct hearing *hearing);

/* -- words: parts are joined by ", " ----------------------------------------------------------- */

void say_found(struct hearing *hearing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void say_wanted(struct hearing *hearing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
double judge_missing(struct hearing *hearing, const char *what); /* "no WHAT"; 0 */

enum { BRIEF_SIZE = 512 };
/* Long expressions are cut for the verdict; what is lost is in the student's own database. */
const char *brief(const char *text, char ret_brief[BRIEF_SIZE]);
/* As brief(), "a, b, c" of an array of texts. */
const char *brief_list(const json_t *list, char ret_brief[BRIEF_SIZE]);

/* -- credit ------------------------------------------------------------------------------------ */

/* What a difference takes away: `amount` of the check, all of it when the lab is strict about it,
 * nothing when it is ignored.  Say it only when it counts. */
bool rule_counts(const struct hearing *hearing, enum rule rule);
double rule_costs(struct hearing *hearing, enum rule rule, double amount);

/* -- what a fact says -------------------------------------------------------------------------- */

const char *def_text(const json_t *def, const char *key); /* "" when it is not there */
bool def_flag(const json_t *def, const char *key);
bool def_same(const json_t *a, const json_t *b, const char *key);
json_int_t def_number(const json_t *def, const char *key);
bool list_has(const json_t *list, const json_t *text);
size_t list_common(const json_t *list, const json_t *wanted); /* how many of `wanted` it has */
bool list_same_bag(const json_t *a, const json_t *b);
/* The server's own words for an expression, or else the canonical name. */
const char *def_said(const json_t *def, const char *name);

/* -- finding ----------------------------------------------------------------------------------- */

/* Whether `fact` comes near what is asked for. */
typedef bool (*near_fn)(const struct check *check, const struct fact *fact);
bool near_any(const struct check *check, const struct fact *fact);
bool near_columns(const struct check *check, const struct fact *fact);

/* A fact of that kind on the same table that comes near and that no other check asks for. */
const struct fact *find_near(const struct hearing *hearing, enum fact_kind kind, near_fn near);
/* The fact of the check's own name on its table, or NULL. */
const struct fact *find_exact(const struct hearing *hearing, enum fact_kind kind);
/* The type, sequence, schema of the check's name, or NULL. */
const struct fact *find_own(const struct hearing *hearing);

/* A fact that stands on all partitions counts whole, on some of them in part. */
double share_of_parts(struct hearing *hearing, const struct fact *fact);
/* Costs of another name, where the lab wants the names of constraints and the like. */
double name_costs(struct hearing *hearing, const struct fact *fact);
/* Costs of being looked at sooner or later than asked for, of constraints and triggers. */
double defer_costs(struct hearing *hearing, const struct fact *fact);
/* Costs of another schema, and of another case of the name. */
double place_costs(struct hearing *hearing, const struct fact *fact);

#endif
