/*
 * What the class is stuck on, told when it changed.
 */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "probe/needs.h"
#include "probe/needs_inside.h"

enum { LACKS_US = 5000000 };

/* What class_lacks() takes: all scores in one row per student. */
static struct class_standing *standings(const struct needs *needs, double **ret_scores)
{
    const struct measured_lab *lab = needs->lab;
    size_t n_steps = lab->checks.n_steps, n_checks = lab->checks.n_checks;
    struct class_standing *all = mem_alloc_array(lab->n_students + 1, sizeof(*all));
    double *scores = mem_alloc_array(lab->n_students * (n_steps + n_checks) + 1, sizeof(*scores));
    *ret_scores = scores;
    for (size_t i = 0; i < lab->n_students; i++) {
        const struct measured_student *s = &lab->students[i];
        const struct pace *pace = &needs->paces[i];
        all[i] = (struct class_standing){.here = !isnan(pace->first_s),
                                         .steps = scores,
                                         .checks = scores + n_steps,
                                         .step = s->current_step,
                                         .progress_s = isnan(pace->progress_s) ? pace->first_s
                                                                               : pace->progress_s};
        for (size_t k = 0; k < n_steps; k++)
            *scores++ = s->steps[k].value;
        for (size_t k = 0; k < n_checks; k++)
            *scores++ = s->scores[k].value;
    }
    return all;
}

static void find_lacks(const struct needs *needs, struct class_lack *ret_lacks)
{
    const struct check_set *set = &needs->lab->checks;
    size_t *check_steps = mem_alloc_array(set->n_checks + 1, sizeof(*check_steps));
    double *scores;
    struct class_standing *all = standings(needs, &scores);
    for (size_t i = 0; i < set->n_checks; i++)
        check_steps[i] = set->checks[i].step;
    class_lacks(all, needs->lab->n_students, set->n_steps, check_steps, set->n_checks, ret_lacks);
    free(check_steps);
    free(scores);
    free(all);
}

static bool same(const struct class_lack *a, const struct class_lack *b)
{
    return a->here == b->here && a->lack == b->lack && a->at == b->at && a->missed == b->missed &&
           a->misses == b->misses && isnan(a->since_s) == isnan(b->since_s) &&
           !(fabs(a->since_s - b->since_s) >= 1);
}

static json_t *row(const struct needs *needs, size_t step, const struct class_lack *lack,
                   bool hardest)
{
    const struct measured_lab *lab = needs->lab;
    int64_t since_us = needs_moment_us(needs, lack->since_s);
    return json_pack("{s:i, s:i, s:i, s:i, s:o, s:s, s:i, s:b}", "step", lab->step_ids[step],
                     "here", (int)lack->here, "lack", (int)lack->lack, "at", (int)lack->at, "since",
                     since_us == 0 ? json_null() : json_integer(since_us), "missed",
                     lack->missed < 0 ? "" : lab->checks.checks[lack->missed].title, "misses",
                     (int)lack->misses, "hardest", (int)hardest);
}

json_t *needs_lacks(struct needs *needs, int64_t now_us)
{
    size_t n = needs->lab->checks.n_steps;
    if (!needs->begun || (needs->lacks_told && now_us - needs->lacks_us < LACKS_US))
        return NULL;
    struct class_lack *lacks = mem_alloc_array(n + 1, sizeof(*lacks));
    find_lacks(needs, lacks);
    int hardest = class_hardest(lacks, n);
    bool changed = !needs->lacks_told || hardest != needs->hardest;
    for (size_t i = 0; i < n && !changed; i++)
        changed = !same(&lacks[i], &needs->lacks[i]);
    free(needs->lacks);
    needs->lacks = lacks;
    needs->hardest = hardest;
    needs->lacks_us = now_us;
    needs->lacks_told = true;
    if (!changed)
        return NULL;
    json_t *rows = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(rows, row(needs, i, &lacks[i], (int)i == hardest));
    return rows;
}
