/*
 * The rows of lectern.progress.
 */
#include "probe/feedback.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "lab/score.h"

static json_t *ratio(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static bool is_full(double value)
{
    return value >= 1;
}

static void add_row(json_t *rows, const struct step *step, const char *object, const char *title,
                    double score, const char *verdict)
{
    json_array_append_new(rows, json_pack("{s:i, s:s, s:s, s:s, s:o, s:s}", "position",
                                          (int)json_array_size(rows) + 1, "step", step->name,
                                          "object", object, "title", title, "score", ratio(score),
                                          "verdict", verdict));
}

/* Does the check's name say no more than which object is meant? */
static bool is_named(enum fact_kind kind)
{
    switch (kind) {
    case FACT_SCHEMA:
    case FACT_EXTENSION:
    case FACT_ENUM:
    case FACT_DOMAIN:
    case FACT_COMPOSITE:
    case FACT_SEQUENCE:
    case FACT_TABLE:
    case FACT_VIEW:
    case FACT_MATVIEW:
    case FACT_COLUMN:
        return true;
    default:
        return false;
    }
}

/* "column film.title", "index of film"; an extra check goes by the lab master's own words. */
static char *object_of(const struct check *check)
{
    const char *kind = fact_kind_name(check->kind);
    if (check->kind == FACT_EXTRA)
        return mem_strdup(check->title);
    if (*check->relation == '\0')
        return mem_printf("%s %s", kind, is_named(check->kind) ? check->name : "");
    if (check->kind == FACT_COLUMN)
        return mem_printf("%s %s.%s", kind, check->relation, check->name);
    if (is_named(check->kind) || check->kind == FACT_FUNCTION)
        return mem_printf("%s %s", kind, check->relation);
    return mem_printf("%s of %s", kind, check->relation);
}

/* What was found, out of "film.title: text, may be null; expected text, not null". */
static char *found_of(const struct check *check, const char *verdict)
{
    CLEANUP(mem_free_string)
    char *subject = *check->name != '\0' ? mem_printf("%s.%s: ", check->relation, check->name)
                                         : mem_printf("%s: ", check->relation);
    CLEANUP(mem_free_string)
    char *short_subject = mem_printf("%s: ", check->relation);
    const char *found = verdict;
    if (strncmp(found, subject, strlen(subject)) == 0)
        found += strlen(subject);
    else if (strncmp(found, short_subject, strlen(short_subject)) == 0)
        found += strlen(short_subject);
    size_t len = score_verdict_found(found);
    const char *expected = memmem(found, len, "expected", strlen("expected"));
    if (expected != NULL)
        len = (size_t)(expected - found);
    while (len > 0 && strchr(" ;,:", found[len - 1]) != NULL)
        len--;
    return mem_strndup(found, len);
}

static void add_checks(json_t *rows, const struct measured_lab *lab,
                       const struct measured_student *student, size_t step)
{
    const struct check_set *set = &lab->checks;
    for (size_t i = 0; i < set->n_checks; i++) {
        const struct check *check = &set->checks[i];
        const struct measured_score *score = &student->scores[i];
        if (check->step != step || check->weight <= 0)
            continue;
        CLEANUP(mem_free_string)
        char *object = object_of(check);
        CLEANUP(mem_free_string)
        char *found =
            lab->feedback == FEEDBACK_VERDICTS && score->verdict != NULL && !is_full(score->value)
                ? found_of(check, score->verdict)
                : mem_strdup(isnan(score->value) ? "cannot be measured now" : "");
        add_row(rows, &set->steps[step], object, "", score->value, found);
    }
}

static void add_step(json_t *rows, const struct measured_lab *lab,
                     const struct measured_student *student, size_t step)
{
    const struct check_set *set = &lab->checks;
    int met = 0, all = 0;
    for (size_t i = 0; i < set->n_checks; i++)
        if (set->checks[i].step == step && set->checks[i].weight > 0) {
            all++;
            met += is_full(student->scores[i].value);
        }
    CLEANUP(mem_free_string)
    char *verdict = isnan(student->steps[step].value)
                        ? mem_strdup("cannot be measured now")
                        : mem_printf("%d of %d checks are met", met, all);
    add_row(rows, &set->steps[step], "", set->steps[step].title, student->steps[step].value,
            verdict);
}

char *feedback_document(const struct measured_lab *lab, size_t index)
{
    const struct measured_student *student = &lab->students[index];
    json_t *rows = json_array();
    for (size_t i = 0; i < lab->checks.n_steps && lab->feedback != FEEDBACK_NOTHING; i++) {
        add_step(rows, lab, student, i);
        if (lab->feedback >= FEEDBACK_CHECKS)
            add_checks(rows, lab, student, i);
    }
    char *text = json_dumps(rows, JSON_COMPACT);
    json_decref(rows);
    return text;
}
