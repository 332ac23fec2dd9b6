/*
 * Scoring: one small judge per kind of fact, each a pure function of a check and the student's
 * facts.  The credit for what is nearly right is EXAMPLES.md's policy table.
 */
#include "lab/score.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"
#include "lab/match.h"

struct bench {
    const struct check_set *set;
    const struct fact_set *facts;
    const struct table_measure *measures;
    size_t n_measures;
};

/* What a judge looks at. */
struct hearing {
    const struct bench *bench;
    const struct check *check;
    const struct fact *home; /* the table (or view) that it is about; NULL for types, functions */
    struct strbuf words;     /* the verdict so far */
};

/* -- small tools ------------------------------------------------------------------------------- */

static const char *text_of(const json_t *def, const char *key)
{
    const char *text = json_string_value(json_object_get(def, key));
    return text != NULL ? text : "";
}

static bool flag(const json_t *def, const char *key)
{
    return json_is_true(json_object_get(def, key));
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    const json_t *x = json_object_get(a, key), *y = json_object_get(b, key);
    return x == NULL || y == NULL ? x == y : json_equal(x, y);
}

/* Add "; words" to the verdict. */
static void say(struct hearing *hearing, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(struct hearing *hearing, const char *format, ...)
{
    if (hearing->words.len > 0)
        strbuf_add_string(&hearing->words, "; ");
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&hearing->words, format, args);
    va_end(args);
}

enum { BRIEF_COLUMNS = 60, BRIEF_SIZE = 512 };

/* Long expressions are cut for the verdict; what is lost is in the student's own database. */
static const char *brief(const char *text, char ret_brief[BRIEF_SIZE])
{
    size_t len = str_fit(text, BRIEF_COLUMNS);
    bool cut = text[len] != '\0';
    snprintf(ret_brief, BRIEF_SIZE, "%.*s%s", (int)(len < BRIEF_SIZE - 4 ? len : 0), text,
             cut ? "..." : "");
    return ret_brief;
}

/* The server's own words for an expression, or else the canonical name. */
static const char *said(const json_t *def, const char *name)
{
    const char *text = text_of(def, "said");
    return *text != '\0' ? text : name;
}

/* "a, b, c" of an array of texts. */
static void add_list(struct strbuf *out, const json_t *list)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) strbuf_printf(
        out, "%s%s", i > 0 ? ", " : "", json_is_string(item) ? json_string_value(item) : "?");
}

static bool list_has(const json_t *list, const json_t *text)
{
    size_t i;
    const json_t *item;
    json_array_foreach(list, i, item) if (json_equal(item, text)) return true;
    return false;
}

/* How many of `wanted` are in `list`. */
static size_t list_common(const json_t *list, const json_t *wanted)
{
    size_t n = 0, i;
    const json_t *item;
    json_array_foreach(wanted, i, item) n += list_has(list, item);
    return n;
}

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

/* Whether `fact` comes near what is asked for. */
typedef bool (*near_fn)(const struct check *check, const struct fact *fact);

/* A fact of that kind on the same table that comes near and is not taken, or NULL. */
static const struct fact *find_near(const struct hearing *hearing, enum fact_kind kind,
                                    near_fn near)
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

/* The fact of the check's own name on its table, or NULL. */
static const struct fact *find_exact(const struct hearing *hearing, enum fact_kind kind)
{
    return match_fact(hearing->bench->facts, kind, hearing->home->schema, hearing->check->relation,
                      hearing->check->name);
}

static bool near_any(const struct check *check, const struct fact *fact)
{
    (void)check;
    (void)fact;
    return true;
}

static bool near_cols(const struct check *check, const struct fact *fact)
{
    return same(check->expected, fact->def, "cols");
}

/* A fact of another kind that stands on all partitions counts whole, on some of them in part. */
static double share_of_parts(struct hearing *hearing, const struct fact *fact)
{
    json_int_t wanted = json_integer_value(json_object_get(hearing->check->expected, "parts"));
    const json_t *parts = json_object_get(fact->def, "parts");
    json_int_t found = json_integer_value(parts);
    if (parts == NULL || (wanted > 0 && found >= wanted))
        return 1;
    say(hearing, "on %" JSON_INTEGER_FORMAT " partitions only", found);
    return wanted > 0 ? (double)found / (double)wanted : 0.5;
}

/* -- types ------------------------------------------------------------------------------------- */

static const struct fact *own_home(const struct hearing *hearing)
{
    const struct check *check = hearing->check;
    return match_home(hearing->bench->facts, hearing->bench->set, check->kind, check->schema,
                      check->relation);
}

static double missing(struct hearing *hearing, const char *what)
{
    say(hearing, "%s is missing", what);
    return 0;
}

static double judge_enum(struct hearing *hearing)
{
    const struct fact *found = own_home(hearing);
    if (found == NULL)
        return missing(hearing, "the type");
    const json_t *wanted = json_object_get(hearing->check->expected, "labels");
    const json_t *labels = json_object_get(found->def, "labels");
    if (json_equal(wanted, labels))
        return 1;
    struct strbuf list = STRBUF_INIT;
    add_list(&list, labels);
    char text[BRIEF_SIZE];
    say(hearing, "found the labels %s", brief(list.text, text));
    strbuf_release(&list);
    bool reordered = json_array_size(wanted) == json_array_size(labels) &&
                     list_common(labels, wanted) == json_array_size(wanted);
    return reordered ? 0.8 : 0.5;
}

static double type_credit(struct hearing *hearing, const struct fact *found, double whole)
{
    const json_t *wanted = hearing->check->expected;
    if (same(wanted, found->def, "type"))
        return whole;
    say(hearing, "expected type %s, found %s", text_of(wanted, "type"),
        text_of(found->def, "type"));
    return same(wanted, found->def, "fam") ? whole - 0.1 : 0.2;
}

static double judge_domain(struct hearing *hearing)
{
    const struct fact *found = own_home(hearing);
    if (found == NULL)
        return missing(hearing, "the domain");
    const json_t *wanted = hearing->check->expected;
    double credit = type_credit(hearing, found, 0.6);
    json_int_t checks = json_integer_value(json_object_get(wanted, "checks"));
    json_int_t has = json_integer_value(json_object_get(found->def, "checks"));
    if (has >= checks)
        credit += 0.3;
    else
        say(hearing, "expected %" JSON_INTEGER_FORMAT " constraint%s, found %" JSON_INTEGER_FORMAT,
            checks, checks == 1 ? "" : "s", has);
    if (flag(wanted, "nn") == flag(found->def, "nn"))
        credit += 0.1;
    else
        say(hearing, flag(wanted, "nn") ? "expected not null" : "not null was not asked for");
    return credit;
}

static double judge_composite(struct hearing *hearing)
{
    const struct fact *found = own_home(hearing);
    if (found == NULL)
        return missing(hearing, "the type");
    bool cols = same(hearing->check->expected, found->def, "cols");
    if (cols && same(hearing->check->expected, found->def, "types"))
        return 1;
    say(hearing, cols ? "the attributes' types differ" : "the attributes differ");
    return cols ? 0.8 : 0.5;
}

static double judge_existence(struct hearing *hearing)
{
    return own_home(hearing) != NULL ? 1 : missing(hearing, fact_kind_name(hearing->check->kind));
}

/* -- tables and columns ------------------------------------------------------------------------ */

static double judge_table(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected, *found = hearing->home->def;
    double credit = 1;
    if (!same(wanted, found, "part")) {
        if (*text_of(wanted, "part") == '\0')
            return 1; /* partitioned although nobody asked: its rows are what counts */
        say(hearing, "expected partitions by %s", text_of(wanted, "part"));
        credit = 0.5;
    } else if (!same(wanted, found, "nparts")) {
        say(hearing, "expected %" JSON_INTEGER_FORMAT " partitions, found %" JSON_INTEGER_FORMAT,
            json_integer_value(json_object_get(wanted, "nparts")),
            json_integer_value(json_object_get(found, "nparts")));
        credit = 0.9;
    }
    if (flag(wanted, "rls") && !flag(found, "rls")) {
        say(hearing, "row level security is not enabled");
        credit -= 0.3;
    }
    return credit;
}

/* The default's credit: whether there is one, of which kind, and saying what. */
static double default_credit(struct hearing *hearing, const struct fact *found)
{
    const json_t *wanted = hearing->check->expected;
    if (same(wanted, found->def, "dk") && same(wanted, found->def, "d"))
        return 0.1;
    const char *kind = text_of(wanted, "dk"), *has = text_of(found->def, "dk");
    char a[BRIEF_SIZE], b[BRIEF_SIZE];
    if (*kind == '\0')
        say(hearing, strcmp(has, "auto") == 0 ? "found an identity or serial" : "found a default");
    else if (strcmp(kind, "auto") == 0)
        say(hearing, "expected an identity or serial");
    else if (*has == '\0' || strcmp(has, "auto") == 0)
        say(hearing, "expected %s %s", strcmp(kind, "default") == 0 ? "default" : "generated as",
            brief(text_of(wanted, "d"), a));
    else
        say(hearing, "expected default %s, found %s", brief(text_of(wanted, "d"), a),
            brief(text_of(found->def, "d"), b));
    return 0;
}

static double judge_column(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_COLUMN);
    if (found == NULL)
        return missing(hearing, "the column");
    double credit = type_credit(hearing, found, 0.7);
    bool wanted = flag(hearing->check->expected, "nn");
    if (flag(found->def, "nn") == wanted)
        credit += 0.2;
    else
        say(hearing, wanted ? "expected not null" : "not null was not asked for");
    return credit + default_credit(hearing, found);
}

/* -- keys, constraints, indexes ---------------------------------------------------------------- */

static double judge_pk(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_PK);
    if (found != NULL)
        return share_of_parts(hearing, found);
    const struct fact *other = find_near(hearing, FACT_PK, near_any);
    if (other != NULL) {
        say(hearing, "found primary key (%s)", other->name);
        return 0.3;
    }
    if (find_exact(hearing, FACT_UNIQUE) != NULL) {
        say(hearing, "found unique instead of primary key");
        return 0.5;
    }
    return missing(hearing, "the primary key");
}

static double judge_unique(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_UNIQUE);
    if (found != NULL)
        return share_of_parts(hearing, found);
    if (find_exact(hearing, FACT_PK) != NULL) {
        say(hearing, "found primary key instead of unique");
        return 0.5;
    }
    return missing(hearing, "the unique constraint");
}

static const char *action_name(const json_t *def, const char *key)
{
    switch (*text_of(def, key)) {
    case 'c':
        return "cascade";
    case 'r':
        return "restrict";
    case 'n':
        return "set null";
    case 'd':
        return "set default";
    default:
        return "no action";
    }
}

static double judge_fk(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    const struct fact *found = find_exact(hearing, FACT_FK);
    if (found == NULL) {
        found = find_near(hearing, FACT_FK, near_cols);
        if (found == NULL)
            return missing(hearing, "the foreign key");
        say(hearing, "expected a reference to %s, found %s", text_of(wanted, "ref"), found->name);
        return 0.5;
    }
    double credit = share_of_parts(hearing, found);
    bool exact = true;
    static const char *const actions[][2] = {{"del", "delete"}, {"upd", "update"}};
    for (size_t i = 0; i < 2; i++)
        if (!same(wanted, found->def, actions[i][0])) {
            exact = false;
            say(hearing, "expected on %s %s, found %s", actions[i][1],
                action_name(wanted, actions[i][0]), action_name(found->def, actions[i][0]));
        }
    if (flag(wanted, "defer") != flag(found->def, "defer")) {
        exact = false;
        say(hearing,
            flag(wanted, "defer") ? "expected deferrable" : "deferrable was not asked for");
    }
    return exact ? credit : credit * 0.9;
}

static double judge_check(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_CHECK);
    if (found != NULL)
        return share_of_parts(hearing, found);
    found = find_near(hearing, FACT_CHECK, near_cols);
    if (found == NULL)
        return missing(hearing, "the check constraint");
    char a[BRIEF_SIZE], b[BRIEF_SIZE];
    say(hearing, "expected %s, found %s",
        brief(said(hearing->check->expected, hearing->check->name), a),
        brief(said(found->def, found->name), b));
    return 0.5;
}

static double judge_exclude(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_EXCLUDE);
    if (found != NULL)
        return share_of_parts(hearing, found);
    if (find_near(hearing, FACT_EXCLUDE, near_any) == NULL)
        return missing(hearing, "the exclusion constraint");
    say(hearing, "the exclusion constraint differs");
    return 0.5;
}

static bool near_keys(const struct check *check, const struct fact *fact)
{
    const json_t *keys = json_object_get(fact->def, fact->kind == FACT_INDEX ? "keys" : "cols");
    return json_equal(json_object_get(check->expected, "keys"), keys);
}

/* A key that another check asks for serves as an index all the same. */
static bool key_serves(const struct hearing *hearing, enum fact_kind kind)
{
    size_t end;
    size_t i = match_range(hearing->bench->facts, kind, hearing->check->relation, &end);
    for (; i < end; i++)
        if (near_keys(hearing->check, &hearing->bench->facts->items[i]))
            return true;
    return false;
}

static double judge_index(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_INDEX);
    if (found != NULL)
        return share_of_parts(hearing, found);
    found = find_near(hearing, FACT_INDEX, near_keys);
    if (found != NULL) {
        char a[BRIEF_SIZE];
        say(hearing, "found index %s", brief(said(found->def, found->name), a));
        return 0.7;
    }
    if (key_serves(hearing, FACT_UNIQUE) || key_serves(hearing, FACT_PK)) {
        say(hearing, "found a key over these columns");
        return 0.7;
    }
    return missing(hearing, "the index");
}

static bool near_command(const struct check *check, const struct fact *fact)
{
    return same(check->expected, fact->def, "cmd");
}

static double judge_policy(struct hearing *hearing)
{
    if (find_exact(hearing, FACT_POLICY) != NULL)
        return 1;
    if (find_near(hearing, FACT_POLICY, near_command) == NULL)
        return missing(hearing, "the policy");
    say(hearing, "the policy's condition differs");
    return 0.5;
}

static bool near_function(const struct check *check, const struct fact *fact)
{
    return same(check->expected, fact->def, "fn");
}

static double judge_trigger(struct hearing *hearing)
{
    const struct fact *found = find_exact(hearing, FACT_TRIGGER);
    if (found != NULL) {
        if (same(hearing->check->expected, found->def, "args"))
            return share_of_parts(hearing, found);
        say(hearing, "the trigger's arguments differ");
        return 0.8;
    }
    found = find_near(hearing, FACT_TRIGGER, near_function);
    if (found == NULL)
        return missing(hearing, "the trigger");
    say(hearing, "found %s", found->name);
    return 0.7;
}

static double judge_rule(struct hearing *hearing)
{
    return find_exact(hearing, FACT_RULE) != NULL ? 1 : missing(hearing, "the rule");
}

/* -- views and functions ----------------------------------------------------------------------- */

static double view_credit(struct hearing *hearing)
{
    const json_t *wanted = json_object_get(hearing->check->expected, "cols");
    const json_t *cols = json_object_get(hearing->home->def, "cols");
    size_t n = json_array_size(wanted), common = list_common(cols, wanted);
    if (common < n) {
        say(hearing, "%zu of %zu columns are missing", n - common, n);
        return 0.3 + 0.5 * (double)common / (double)n;
    }
    if (!json_equal(wanted, cols)) {
        say(hearing, json_array_size(cols) > n ? "more columns than expected"
                                               : "the columns stand in another order");
        return 0.9;
    }
    if (!same(hearing->check->expected, hearing->home->def, "fams")) {
        say(hearing, "some columns are of another type");
        return 0.9;
    }
    return 1;
}

static double judge_view(struct hearing *hearing)
{
    double credit = view_credit(hearing);
    if (hearing->home->kind == hearing->check->kind)
        return credit;
    say(hearing, "expected a %s",
        hearing->check->kind == FACT_VIEW ? "plain view" : "materialized view");
    return credit * 0.7;
}

static double judge_function(struct hearing *hearing)
{
    const json_t *wanted = hearing->check->expected;
    size_t end;
    size_t i = match_range(hearing->bench->facts, FACT_FUNCTION, hearing->check->relation, &end);
    for (; i < end; i++) {
        const struct fact *fact = &hearing->bench->facts->items[i];
        if (strcmp(fact->name, hearing->check->name) != 0)
            continue;
        if (same(wanted, fact->def, "ret") && same(wanted, fact->def, "set") &&
            same(wanted, fact->def, "kind"))
            return 1;
        say(hearing, "expected it to return %s%s, found %s%s", flag(wanted, "set") ? "setof " : "",
            text_of(wanted, "ret"), flag(fact->def, "set") ? "setof " : "",
            text_of(fact->def, "ret"));
        return 0.7;
    }
    const struct fact *other = find_near(hearing, FACT_FUNCTION, near_any);
    if (other == NULL)
        return missing(hearing, "the function");
    char text[BRIEF_SIZE];
    say(hearing, "found %s", brief(other->name, text));
    return 0.5;
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
    say(hearing, "%s",
        measure != NULL && measure->reason != NULL ? measure->reason : "not measured yet");
    return (double)NAN;
}

static double judge_rows(struct hearing *hearing)
{
    const struct table_measure *measure = measure_of(hearing);
    if (measure == NULL || !measure->known)
        return unknown(hearing, measure);
    int64_t wanted = json_integer_value(json_object_get(hearing->check->expected, "n"));
    int64_t rows = measure->rows;
    if (rows == wanted)
        return 1;
    say(hearing, "expected %" PRId64 " rows, found %" PRId64, wanted, rows);
    return rows < wanted ? (double)rows / (double)wanted : (double)wanted / (double)rows;
}

static double judge_content(struct hearing *hearing)
{
    const struct table_measure *measure = measure_of(hearing);
    if (measure != NULL && measure->missing_columns > 0) {
        say(hearing, "%d column%s missing", measure->missing_columns,
            measure->missing_columns == 1 ? " is" : "s are");
        return 0;
    }
    if (measure == NULL || !measure->known)
        return unknown(hearing, measure);
    if (measure->rows != json_integer_value(json_object_get(hearing->check->expected, "n"))) {
        say(hearing, "the number of rows differs");
        return 0;
    }
    if (measure->hash == NULL)
        return unknown(hearing, NULL);
    if (strcmp(measure->hash, text_of(hearing->check->expected, "h")) == 0)
        return 1;
    say(hearing, "the rows differ from the example's");
    return 0;
}

/* -- the whole --------------------------------------------------------------------------------- */

/* Which relation a check needs before its judge is asked. */
enum home { HOME_NONE, HOME_TABLE, HOME_VIEW, HOME_ANY };

static const struct {
    enum home home;
    double (*judge)(struct hearing *hearing);
} judges[FACT_KINDS] = {
    [FACT_SCHEMA] = {HOME_NONE, judge_existence},
    [FACT_EXTENSION] = {HOME_NONE, judge_existence},
    [FACT_ENUM] = {HOME_NONE, judge_enum},
    [FACT_DOMAIN] = {HOME_NONE, judge_domain},
    [FACT_COMPOSITE] = {HOME_NONE, judge_composite},
    [FACT_SEQUENCE] = {HOME_NONE, judge_existence},
    [FACT_TABLE] = {HOME_TABLE, judge_table},
    [FACT_VIEW] = {HOME_VIEW, judge_view},
    [FACT_MATVIEW] = {HOME_VIEW, judge_view},
    [FACT_COLUMN] = {HOME_TABLE, judge_column},
    [FACT_PK] = {HOME_TABLE, judge_pk},
    [FACT_UNIQUE] = {HOME_ANY, judge_unique},
    [FACT_FK] = {HOME_TABLE, judge_fk},
    [FACT_CHECK] = {HOME_TABLE, judge_check},
    [FACT_EXCLUDE] = {HOME_TABLE, judge_exclude},
    [FACT_INDEX] = {HOME_ANY, judge_index},
    [FACT_POLICY] = {HOME_TABLE, judge_policy},
    [FACT_ROWS] = {HOME_TABLE, judge_rows},
    [FACT_CONTENT] = {HOME_TABLE, judge_content},
    [FACT_FUNCTION] = {HOME_NONE, judge_function},
    [FACT_TRIGGER] = {HOME_ANY, judge_trigger},
    [FACT_RULE] = {HOME_ANY, judge_rule},
};

static const struct fact *find_home(const struct bench *bench, const struct check *check)
{
    static const enum fact_kind kinds[][3] = {
        [HOME_TABLE] = {FACT_TABLE, FACT_TABLE, FACT_TABLE},
        [HOME_VIEW] = {FACT_VIEW, FACT_MATVIEW, FACT_MATVIEW},
        [HOME_ANY] = {FACT_TABLE, FACT_MATVIEW, FACT_VIEW},
    };
    enum home home = judges[check->kind].home;
    if (home == HOME_VIEW) { /* the kind that is asked for first */
        const struct fact *exact =
            match_home(bench->facts, bench->set, check->kind, check->schema, check->relation);
        if (exact != NULL)
            return exact;
    }
    for (size_t i = 0; i < 3; i++) {
        const struct fact *found =
            match_home(bench->facts, bench->set, kinds[home][i], check->schema, check->relation);
        if (found != NULL)
            return found;
    }
    return NULL;
}

static double hear(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    if (judges[check->kind].judge == NULL) { /* results, calls, extra: the probe knows them */
        say(hearing, "not measured yet");
        return (double)NAN;
    }
    if (judges[check->kind].home == HOME_NONE)
        return judges[check->kind].judge(hearing);
    const char *what = judges[check->kind].home == HOME_VIEW ? "view" : "table";
    hearing->home = find_home(hearing->bench, check);
    if (hearing->home == NULL) {
        say(hearing, "%s %s is missing", what, check->relation);
        return 0;
    }
    if (hearing->home->locked) {
        say(hearing, "%s %s is locked by an open transaction", what, check->relation);
        return (double)NAN;
    }
    return judges[check->kind].judge(hearing);
}

void score_checks(const struct check_set *set, const struct fact_set *facts,
                  const struct table_measure *measures, size_t n_measures, struct score *ret_scores)
{
    const struct bench bench = {set, facts, measures, n_measures};
    for (size_t i = 0; i < set->n_checks; i++) {
        struct hearing hearing = {&bench, &set->checks[i], NULL, STRBUF_INIT};
        double value = hear(&hearing);
        /* Sums of tenths: 0.7 + 0.2 + 0.1 is to be 1. */
        ret_scores[i].value = round(value * 1e6) / 1e6; /* NAN stays NAN */
        ret_scores[i].verdict = hearing.words.len > 0 && ret_scores[i].value != 1
                                    ? strbuf_detach(&hearing.words)
                                    : NULL;
        strbuf_release(&hearing.words);
    }
}

void scores_release(struct score *scores, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(scores[i].verdict);
        scores[i].verdict = NULL;
    }
}

double score_step(const struct check_set *set, const struct score *scores, size_t step)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < set->n_checks; i++) {
        if (set->checks[i].step != step || isnan(scores[i].value))
            continue;
        sum += set->checks[i].weight * scores[i].value;
        weights += set->checks[i].weight;
    }
    if (weights > 0)
        return sum / weights;
    return (double)NAN;
}

double score_progress(const struct check_set *set, const double *step_scores)
{
    double sum = 0, weights = 0;
    for (size_t i = 0; i < set->n_steps; i++) {
        if (isnan(step_scores[i]))
            continue;
        sum += set->steps[i].weight * step_scores[i];
        weights += set->steps[i].weight;
    }
    if (weights > 0)
        return sum / weights;
    return (double)NAN;
}
