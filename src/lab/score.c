/*
 * Scoring: each check is heard by the judge of its kind, a pure function of the check and the
 * student's facts.  The credit for what is nearly right is the policy table of lectern-lab(5).
 */
#include "lab/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/judge.h"
#include "lab/match.h"

/* Which relation a check needs before its judge is asked. */
enum home { HOME_NONE, HOME_TABLE, HOME_VIEW, HOME_ANY };

static const struct {
    enum home home;
    judge_fn judge;
} judges[FACT_KINDS] = {
    [FACT_SCHEMA] = {HOME_NONE, judge_existence},
    [FACT_EXTENSION] = {HOME_NONE, judge_existence},
    [FACT_ENUM] = {HOME_NONE, judge_enum},
    [FACT_DOMAIN] = {HOME_NONE, judge_domain},
    [FACT_COMPOSITE] = {HOME_NONE, judge_composite},
    [FACT_SEQUENCE] = {HOME_NONE, judge_sequence},
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
    [FACT_COMMENT] = {HOME_NONE, judge_comment},
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

/* Something of another kind that has its name: "view" where a table is missing, or NULL. */
static const char *in_its_place(const struct hearing *hearing)
{
    static const struct {
        enum fact_kind kind;
        const char *word;
    } others[] = {{FACT_TABLE, "table"}, {FACT_VIEW, "view"}, {FACT_MATVIEW, "materialized view"}};
    const struct check *check = hearing->check;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (match_home(hearing->bench->facts, hearing->bench->set, others[i].kind, check->schema,
                       check->relation) != NULL)
            return others[i].word;
    return NULL;
}

static double hear(struct hearing *hearing)
{
    const struct check *check = hearing->check;
    if (judges[check->kind].judge == NULL) { /* results, calls, extra: the probe knows them */
        say_found(hearing, "not measured yet");
        return (double)NAN;
    }
    if (judges[check->kind].home != HOME_NONE) {
        const char *what = judges[check->kind].home == HOME_VIEW ? "view" : "table";
        hearing->home = find_home(hearing->bench, check);
        if (hearing->home == NULL) {
            const char *other = in_its_place(hearing);
            say_found(hearing, "the %s is missing", what);
            if (other != NULL)
                say_found(hearing, "a %s has its name", other);
            return 0;
        }
        if (hearing->home->locked) {
            say_found(hearing, "%s is locked by an open transaction", what);
            return (double)NAN;
        }
    }
    double credit = judges[check->kind].judge(hearing);
    return hearing->lost || credit < 0 ? 0 : credit;
}

/* "film.title: character varying(50), may be null; expected text, not null"; malloc'd. */
static char *verdict_of(const struct hearing *hearing)
{
    const struct check *check = hearing->check;
    struct strbuf verdict = STRBUF_INIT;
    strbuf_add_string(&verdict, check->relation);
    if (check->kind == FACT_COLUMN)
        strbuf_printf(&verdict, ".%s", check->name);
    strbuf_printf(&verdict, ": %s", hearing->found.text);
    if (hearing->wanted.len > 0)
        strbuf_printf(&verdict, "%s%s", SCORE_EXPECTED, hearing->wanted.text);
    return strbuf_detach(&verdict);
}

void score_checks(const struct check_set *set, const struct fact_set *facts,
                  const struct table_measure *measures, size_t n_measures, struct score *ret_scores)
{
    const struct bench bench = {set, facts, measures, n_measures};
    for (size_t i = 0; i < set->n_checks; i++) {
        struct hearing hearing = {&bench, &set->checks[i], NULL, STRBUF_INIT, STRBUF_INIT, false};
        double value = hear(&hearing);
        /* Sums of tenths: 1 - 0.2 - 0.1 is to be 0.7. */
        ret_scores[i].value = round(value * 1e6) / 1e6; /* NAN stays NAN */
        ret_scores[i].verdict = ret_scores[i].value != 1 ? verdict_of(&hearing) : NULL;
        strbuf_release(&hearing.found);
        strbuf_release(&hearing.wanted);
    }
}

size_t score_verdict_found(const char *verdict)
{
    const char *expected = strstr(verdict, SCORE_EXPECTED);
    return expected != NULL ? (size_t)(expected - verdict) : strlen(verdict);
}

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool score_verdict_repeats(const char *before, const char *verdict)
{
    const char *colon = strchr(before, ':');
    if (colon == NULL || (!begins_with(colon, ": the table is missing") &&
                          !begins_with(colon, ": the view is missing")))
        return false;
    size_t relation = (size_t)(colon - before), len = strlen(verdict), tail = strlen(colon);
    return strncmp(before, verdict, relation) == 0 && strchr(".:", verdict[relation]) != NULL &&
           len >= relation + tail && strcmp(verdict + len - tail, colon) == 0;
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
