/*
 * Judges of tables, their columns and their rows.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "lab/judge.h"
#include "lab/match.h"

/* -- tables ------------------------------------------------------------------------------------ */

static double partition_costs(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected, *found = hearing->home->def;
    const char *by = def_text(wanted, "part");
    if (!rule_counts(hearing, RULE_PARTITIONS) || *by == '\0')
        return 0; /* partitioned although nobody asked: its rows are what counts */
    if (!def_same(wanted, found, "part")) {
        const char *has = def_text(found, "part");
        say_found(hearing, "%s%s", *has != '\0' ? "partitions by " : "no partitions", has);
        say_wanted(hearing, "partitions by %s", by);
        return rule_costs(hearing, RULE_PARTITIONS, 0.5);
    }
    if (def_same(wanted, found, "nparts"))
        return 0;
    say_found(hearing, "%" JSON_INTEGER_FORMAT " partitions", def_number(found, "nparts"));
    say_wanted(hearing, "%" JSON_INTEGER_FORMAT, def_number(wanted, "nparts"));
    return rule_costs(hearing, RULE_PARTITIONS, 0.1);
}

static double parent_costs(struct hearing *hearing)
{
    const json_t *wanted = json_object_get(hearing->check->expected, "inh");
    const json_t *found = json_object_get(hearing->home->def, "inh");
    if (list_common(found, wanted) == json_array_size(wanted) ||
        !rule_counts(hearing, RULE_PARTITIONS))
        return 0;
    char text[BRIEF_SIZE];
    if (json_array_size(found) == 0)
        say_found(hearing, "inherits nothing");
    else
        say_found(hearing, "inherits %s", brief_list(found, text));
    say_wanted(hearing, "it to inherit %s", brief_list(wanted, text));
    return rule_costs(hearing, RULE_PARTITIONS, 0.5);
}

/* Whether the example's columns that are there stand in the example's order. */
static bool columns_in_order(const struct hearing *hearing)
{
    const struct check_set *set = hearing->bench->set;
    json_int_t last = 0;
    for (size_t i = 0; i < set->n_checks; i++) { /* ordered as in the example */
        const struct check *check = &set->checks[i];
        if (check->kind != FACT_COLUMN || strcmp(check->relation, hearing->check->relation) != 0 ||
            strcmp(check->schema, hearing->check->schema) != 0)
            continue;
        const struct fact *found = match_fact(hearing->bench->facts, FACT_COLUMN,
                                              hearing->home->schema, check->relation, check->name);
        json_int_t at = found != NULL ? def_number(found->def, "n") : last + 1;
        if (at < last)
            return false;
        last = found != NULL ? at : last;
    }
    return true;
}

double judge_table(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected, *found = hearing->home->def;
    double costs =
        place_costs(hearing, hearing->home) + partition_costs(hearing) + parent_costs(hearing);
    bool secured = def_flag(wanted, "rls");
    if (secured != def_flag(found, "rls")) {
        say_found(hearing, "row level security is %s", secured ? "off" : "on");
        say_wanted(hearing, "it %s", secured ? "on" : "off");
        costs += 0.3;
    }
    bool unlogged = def_flag(wanted, "unlogged");
    if (unlogged != def_flag(found, "unlogged") && rule_counts(hearing, RULE_PERSISTENCE)) {
        say_found(hearing, unlogged ? "logged" : "unlogged");
        say_wanted(hearing, unlogged ? "unlogged" : "logged");
        costs += rule_costs(hearing, RULE_PERSISTENCE, 0.1);
    }
    if (rule_counts(hearing, RULE_COLUMN_ORDER) && !columns_in_order(hearing)) {
        say_found(hearing, "its columns stand in another order");
        say_wanted(hearing, "the example's order");
        costs += rule_costs(hearing, RULE_COLUMN_ORDER, 0.1);
    }
    return 1 - costs;
}

/* -- columns ----------------------------------------------------------------------------------- */

/* "text, not null, default now" */
static void describe(const json_t *def, bool with_default, struct hearing *hearing,
                     void (*say)(struct hearing *, const char *, ...)
                         __attribute__((format(printf, 2, 3))))
{
    const char *kind = def_text(def, "dk");
    char text[BRIEF_SIZE];
    say(hearing, "%s", def_text(def, "type"));
    say(hearing, "%s", def_flag(def, "nn") ? "not null" : "may be null");
    if (!with_default)
        return;
    if (strcmp(kind, "auto") == 0)
        say(hearing, "identity or serial");
    else if (strcmp(kind, "generated") == 0)
        say(hearing, "generated as %s", brief(def_text(def, "d"), text));
    else if (strcmp(kind, "default") == 0)
        say(hearing, "default %s", brief(def_text(def, "d"), text));
    else
        say(hearing, "no default");
}

/* The rule that a difference of defaults falls under. */
static enum rule default_rule(const json_t *wanted, const json_t *found)
{
    const char *a = def_text(wanted, "dk"), *b = def_text(found, "dk");
    if (strcmp(a, "generated") == 0 || strcmp(b, "generated") == 0)
        return RULE_EXPRESSION;
    if (strcmp(a, "auto") == 0 || strcmp(b, "auto") == 0)
        return RULE_IDENTITY;
    return RULE_DEFAULT;
}

double judge_column(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    const struct fact *fact = find_exact(hearing, FACT_COLUMN);
    if (fact == NULL) {
        say_found(hearing, "no such column");
        describe(wanted, json_object_get(wanted, "dk") != NULL, hearing, say_wanted);
        return 0;
    }
    const json_t *found = fact->def;
    bool type = def_same(wanted, found, "type"),
         nn = def_flag(wanted, "nn") == def_flag(found, "nn");
    bool fallback = def_same(wanted, found, "dk") && def_same(wanted, found, "d");
    enum rule about = default_rule(wanted, found);
    type = type || !rule_counts(hearing, RULE_TYPE);
    nn = nn || !rule_counts(hearing, RULE_NOT_NULL);
    fallback = fallback || !rule_counts(hearing, about);
    double costs = 0;
    if (!type || !nn || !fallback) {
        describe(found, !fallback, hearing, say_found);
        describe(wanted, !fallback, hearing, say_wanted);
    }
    if (!type)
        costs += rule_costs(hearing, RULE_TYPE, def_same(wanted, found, "fam") ? 0.1 : 0.5);
    if (!nn)
        costs += rule_costs(hearing, RULE_NOT_NULL, 0.2);
    if (!fallback)
        costs += rule_costs(hearing, about, 0.1);
    return 1 - costs - place_costs(hearing, fact);
}

/* -- rows -------------------------------------------------------------------------------------- */

static const struct table_measure *measure_of(const struct hearing *hearing)
{
    const struct bench *bench = hearing->bench;
    for (size_t i = 0; i < bench->n_measures; i++) {
        const struct table_measure *measure = &bench->measures[i];
        if (strcmp(measure->relation, hearing->check->relation) == 0 &&
            (measure->schema == NULL || strcmp(measure->schema, hearing->check->schema) == 0))
            return measure;
    }
    return NULL;
}

static double unknown(struct hearing *hearing, const struct table_measure *measure)
{
    say_found(hearing, "%s",
              measure != NULL && measure->reason != NULL ? measure->reason : "not measured yet");
    return (double)NAN;
}

double judge_rows(struct hearing *hearing)
{
    const struct table_measure *measure = measure_of(hearing);
    if (measure == NULL || !measure->known)
        return unknown(hearing, measure);
    int64_t wanted = def_number(hearing->check->expected, "n");
    int64_t rows = measure->rows;
    if (rows == wanted)
        return 1;
    say_found(hearing, "%" PRId64 " row%s", rows, rows == 1 ? "" : "s");
    say_wanted(hearing, "%" PRId64, wanted);
    return rows < wanted ? (double)rows / (double)wanted : (double)wanted / (double)rows;
}

double judge_content(struct hearing *hearing)
{
    const struct table_measure *measure = measure_of(hearing);
    if (measure != NULL && measure->missing_columns > 0) {
        say_found(hearing, "%d column%s missing", measure->missing_columns,
                  measure->missing_columns == 1 ? " is" : "s are");
        return 0;
    }
    if (measure == NULL || !measure->known)
        return unknown(hearing, measure);
    if (measure->rows != def_number(hearing->check->expected, "n")) {
        say_found(hearing, "the number of rows differs");
        return 0;
    }
    if (measure->hash == NULL)
        return unknown(hearing, NULL);
    if (strcmp(measure->hash, def_text(hearing->check->expected, "h")) == 0)
        return 1;
    say_found(hearing, "the rows differ from the example's");
    return 0;
}
