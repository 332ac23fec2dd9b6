/*
 * Facts: two databases as the rows of facts.sql, tab-separated, with a line "---" between them.
 * The reader takes or refuses each; what it takes makes checks, and the second is scored by the
 * first one's: each score is unknown or between 0 and 1, with a verdict unless it is 1.
 */
#include <libpq-fe.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "example/derive.h"
#include "facts/content.h"
#include "facts/read.h"
#include "fuzz.h"
#include "lab/score.h"

enum { FIELDS = 6, ROWS_MAX = 400 };

/* The text's lines as a result of six columns; what a line lacks is "". */
static PGresult *result_of(const char *text, const char *end)
{
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    MUST(result != NULL);
    PGresAttDesc columns[FIELDS] = {{0}};
    for (int i = 0; i < FIELDS; i++)
        columns[i].name = (char[]){"x"};
    MUST(PQsetResultAttrs(result, FIELDS, columns));
    for (int row = 0; text < end && row < ROWS_MAX; row++) {
        const char *line_end = memchr(text, '\n', (size_t)(end - text));
        line_end = line_end != NULL ? line_end : end;
        for (int field = 0; field < FIELDS; field++) {
            const char *stop = memchr(text, '\t', (size_t)(line_end - text));
            stop = stop != NULL && field < FIELDS - 1 ? stop : line_end;
            CLEANUP(mem_free_string)
            char *value = mem_strndup(text, (size_t)(stop - text));
            MUST(PQsetvalue(result, row, field, value, (int)strlen(value)));
            text = stop < line_end ? stop + 1 : stop;
        }
        text = line_end < end ? line_end + 1 : end;
    }
    return result;
}

static bool read_facts(const char *text, const char *end, struct fact_set *ret_facts)
{
    struct error err = ERROR_INIT;
    PGresult *result = result_of(text, end);
    bool good = facts_from_result(result, ret_facts, &err);
    PQclear(result);
    MUST(good == (err.message == NULL));
    error_clear(&err);
    return good;
}

static void score(const struct check_set *checks, const struct fact_set *facts)
{
    struct content_plan plan;
    content_plan_make(checks, facts, &plan);
    struct table_measure *measures = mem_alloc_array(plan.count + 1, sizeof *measures);
    for (size_t i = 0; i < plan.count; i++)
        content_measure_init(&plan.queries[i], &measures[i]);
    struct score *scores = mem_alloc_array(checks->n_checks + 1, sizeof *scores);
    score_checks(checks, facts, measures, plan.count, scores);
    for (size_t i = 0; i < checks->n_checks; i++) {
        MUST(isnan(scores[i].value) || (scores[i].value >= 0 && scores[i].value <= 1));
        MUST((scores[i].verdict == NULL) == (scores[i].value == 1));
        MUST(scores[i].verdict == NULL ||
             score_verdict_found(scores[i].verdict) <= strlen(scores[i].verdict));
    }
    for (size_t i = 0; i < checks->n_steps; i++) {
        double step = score_step(checks, scores, i);
        MUST(isnan(step) || (step >= 0 && step <= 1 + 1e-9));
    }
    scores_release(scores, checks->n_checks);
    free(scores);
    free(measures);
    content_plan_release(&plan);
}

static void judge(const struct fact_set *example, const struct fact_set *student)
{
    static const char *const keys[] = {"author.*", "*.book_id", NULL};
    struct lab lab = {.file = "f",
                      .compare_content = true,
                      .content_max_rows = 10,
                      .content_beyond = BEYOND_SAMPLE,
                      .ignore_keys = keys};
    struct check_set wanted, checks;
    struct error err = ERROR_INIT;
    for (int strictness = STRICT; strictness <= IGNORE; strictness++) {
        for (size_t i = 0; i < RULES; i++)
            lab.rules.of[i] = (enum strictness)strictness;
        kind_weights_init(&lab.weights);
        derive_measures(example, &lab, &wanted);
        score(&wanted, student);
        if (derive_checks(example, NULL, 0, &lab, &checks, &err)) {
            score(&checks, student);
            check_set_release(&checks);
        }
        error_clear(&err);
        check_set_release(&wanted);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(mem_free_string)
    char *text = mem_strndup((const char *)data, size);
    const char *end = text + strlen(text), *cut = strstr(text, "---\n");
    struct fact_set example, student;
    if (!read_facts(text, cut != NULL ? cut : end, &example))
        return 0;
    if (read_facts(cut != NULL ? cut + 4 : text, end, &student)) {
        judge(&example, &student);
        fact_set_release(&student);
    }
    fact_set_release(&example);
    return 0;
}
