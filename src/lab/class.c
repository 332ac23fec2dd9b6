/*
 * The class: medians and spreads, robust against those who are stuck themselves.
 *
 * The time of a stage is the Kaplan-Meier median over those who passed it and, as times that are
 * not over yet, those who are still at it: a hard step is known to be hard before anybody has
 * passed it.  What few students say is drawn towards what is known anyway: a stage's median to
 * that of such stages in all steps, and that to the lab's setting.
 */
#include "lab/class.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* How many students' word a prior has. */
static const double weight_of_setting = 3, weight_of_stage = 2, weight_of_pace = 2,
                    weight_of_spread = 30;
/* What is believed of one student's pace: ln of his times by the class's. */
static const double fastest = -0.2, slowest = 1.2;
/* A transaction is open for too long so many spreads beyond the median. */
static const double unusual_open = 2.4;
static const double usual_spread = 0.5, least_spread = 0.3, most_spread = 0.8;
/* How far apart the medians of steps are: where nobody has passed, one may be any of these. */
static const double steps_spread = 0.6;

struct class_rules class_rules_default(void)
{
    return (struct class_rules){.learn = true,
                                .stuck_after_s = 480,
                                .stuck_factor = 4,
                                .same_error = 8,
                                .idle_after_s = 360,
                                .open_after_s = 200,
                                .wait_after_s = 15,
                                .absent_after_s = 390,
                                .unknown_after_s = 20,
                                .wrong_passwords = 3,
                                .behind_by = 0.22,
                                .behind_ratio = 0.5};
}

/* clang-format off */
#define NUMBER(name) {#name, offsetof(struct class_rules, name)}
/* clang-format on */
/* The members that are doubles. */
static const struct {
    const char *name;
    size_t offset;
} rule_numbers[] = {NUMBER(stuck_after_s),   NUMBER(stuck_factor), NUMBER(idle_after_s),
                    NUMBER(open_after_s),    NUMBER(wait_after_s), NUMBER(absent_after_s),
                    NUMBER(unknown_after_s), NUMBER(behind_by),    NUMBER(behind_ratio)};
#undef NUMBER

void class_rules_write(const struct class_rules *rules, json_t *object)
{
    for (size_t i = 0; i < sizeof(rule_numbers) / sizeof(*rule_numbers); i++) {
        double value;
        memcpy(&value, (const char *)rules + rule_numbers[i].offset, sizeof(value));
        json_object_set_new(object, rule_numbers[i].name, json_real(value));
    }
    json_object_set_new(object, "same_error", json_integer(rules->same_error));
    json_object_set_new(object, "wrong_passwords", json_integer(rules->wrong_passwords));
    json_object_set_new(object, "learn", json_boolean(rules->learn));
}

void class_rules_read(struct class_rules *rules, const json_t *object)
{
    for (size_t i = 0; i < sizeof(rule_numbers) / sizeof(*rule_numbers); i++) {
        double value = json_number_value(json_object_get(object, rule_numbers[i].name));
        if (value > 0)
            memcpy((char *)rules + rule_numbers[i].offset, &value, sizeof(value));
    }
    double same = json_number_value(json_object_get(object, "same_error"));
    double wrong = json_number_value(json_object_get(object, "wrong_passwords"));
    if (same >= 1 && same < 1e6)
        rules->same_error = (int)same;
    if (wrong >= 1 && wrong < 1e6)
        rules->wrong_passwords = (int)wrong;
    if (json_is_boolean(json_object_get(object, "learn")))
        rules->learn = json_is_true(json_object_get(object, "learn"));
}

/* ln of the median that the setting stands for. */
static double setting_of(const struct class_rules *rules)
{
    double spread =
        sqrt(usual_spread * usual_spread + steps_spread * steps_spread / weight_of_stage);
    return log(rules->stuck_after_s) - rules->stuck_factor * spread;
}

void class_init(struct class *class, const struct class_rules *rules, size_t n_students,
                size_t n_steps)
{
    *class = (struct class){.rules = *rules,
                            .n_students = n_students,
                            .n_steps = n_steps,
                            .spread = usual_spread,
                            .idle_s = rules->idle_after_s,
                            .open_s = rules->open_after_s,
                            .absent_s = rules->absent_after_s,
                            .behind_ratio = rules->behind_ratio};
    class->cells = mem_alloc_array(n_steps * PACE_STAGES + 1, sizeof(*class->cells));
    class->own = mem_alloc_array(n_students + 1, sizeof(*class->own));
    for (size_t i = 0; i < n_steps * PACE_STAGES; i++)
        class->cells[i].median_s = exp(setting_of(rules));
}

void class_release(struct class *class)
{
    free(class->cells);
    free(class->own);
    free(class->curve);
    class->cells = NULL;
    class->own = class->curve = NULL;
}

static double between(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* -- medians -------------------------------------------------------------------------------------
 */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* The spread of a normal distribution that has this median deviation. */
static double spread_of(double *values, size_t n)
{
    double middle = median_of(values, n);
    for (size_t i = 0; i < n; i++)
        values[i] = fabs(values[i] - middle);
    return 1.4826 * median_of(values, n);
}

struct span {
    double s;
    bool over;
};

static int compare_spans(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    /* At equal times, those that ended first. */
    return x->s != y->s ? (x->s > y->s) - (x->s < y->s) : (int)y->over - (int)x->over;
}

/* Kaplan-Meier; NAN when not even half of them ended.  `ret_over`: how many did. */
static double span_median(struct span *spans, size_t n, size_t *ret_over)
{
    double left = 1, median = (double)NAN;
    *ret_over = 0;
    if (n > 0)
        qsort(spans, n, sizeof(*spans), compare_spans);
    for (size_t i = 0; i < n; i++) {
        if (!spans[i].over)
            continue;
        ++*ret_over;
        left *= 1 - 1 / (double)(n - i);
        if (isnan(median) && left <= 0.5 + 1e-9)
            median = spans[i].s;
    }
    return median;
}

/* -- working times -------------------------------------------------------------------------------
 */

/* The spans of one stage, over all students; returns how many. */
static size_t spans_of(const struct pace *paces, size_t n, size_t cell, double now_s,
                       struct span *ret_spans)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        bool at = paces[i].at == (int)cell;
        double span = paces[i].longest[cell];
        if (at && pace_worked(&paces[i], now_s) > span) {
            span = pace_worked(&paces[i], now_s);
            if (span >= 1)
                ret_spans[count++] = (struct span){span, false};
        } else if (span > 0) {
            ret_spans[count++] = (struct span){span, true};
        }
    }
    return count;
}

/* ln of the median of `n` spans drawn towards ln `prior`, which has `weight`. */
static double drawn(double median, size_t over, double prior, double weight)
{
    if (isnan(median))
        return prior;
    return ((double)over * log(median) + weight * prior) / ((double)over + weight);
}

static void learn_stages(struct class *class, const struct pace *paces, double now_s)
{
    size_t n = class->n_students;
    struct span *spans = mem_alloc_array(n * (class->n_steps + 1) + 1, sizeof(*spans));
    double setting = setting_of(&class->rules);
    for (size_t stage = 0; stage < PACE_STAGES; stage++) {
        size_t count = 0, over;
        for (size_t step = 0; step < class->n_steps; step++)
            count += spans_of(paces, n, step * PACE_STAGES + stage, now_s, spans + count);
        double median = span_median(spans, count, &over);
        double all = drawn(median, over, setting, weight_of_setting);
        for (size_t step = 0; step < class->n_steps; step++) {
            struct class_cell *cell = &class->cells[step * PACE_STAGES + stage];
            count = spans_of(paces, n, step * PACE_STAGES + stage, now_s, spans);
            median = span_median(spans, count, &cell->finished);
            /* Hardly anybody got through, and they are at it for longer than is usual. */
            if (isnan(median) && count >= 3 && log(spans[count / 2].s) > all)
                cell->median_s = spans[count / 2].s;
            else
                cell->median_s = exp(drawn(median, cell->finished, all, weight_of_stage));
        }
    }
    free(spans);
}

/* Each student's own pace, and the spread that remains. */
static void learn_paces(struct class *class, const struct pace *paces, const double *time_factors)
{
    size_t cells = class->n_steps * PACE_STAGES, n_rests = 0;
    double *mine = mem_alloc_array(cells + 1, sizeof(*mine));
    double *rests = mem_alloc_array(cells * class->n_students + 1, sizeof(*rests));
    for (size_t i = 0; i < class->n_students; i++) {
        size_t n = 0, begin = n_rests;
        for (size_t c = 0; c < cells; c++)
            if (paces[i].longest[c] > 0)
                mine[n++] = rests[n_rests++] =
                    log(paces[i].longest[c]) - log(class->cells[c].median_s);
        double prior = time_factors[i] > 0 ? log(time_factors[i]) : 0;
        double median = median_of(mine, n);
        double own =
            n == 0 ? prior
                   : ((double)n * median + weight_of_pace * prior) / ((double)n + weight_of_pace);
        class->own[i] = between(own, prior + fastest, prior + slowest);
        /* One alone has no spread. */
        if (n < 3)
            n_rests = begin;
        for (size_t k = begin; k < n_rests; k++)
            rests[k] -= median;
    }
    double spread = n_rests > 0 ? spread_of(rests, n_rests) : usual_spread;
    double n = (double)n_rests;
    spread = sqrt((n * spread * spread + weight_of_spread * usual_spread * usual_spread) /
                  (n + weight_of_spread));
    class->spread = between(spread, least_spread, most_spread);
    free(mine);
    free(rests);
}

double class_spread(const struct class *class, size_t cell)
{
    double known = (double)class->cells[cell].finished + weight_of_stage;
    return sqrt(class->spread * class->spread + steps_spread * steps_spread / known);
}

/* -- pauses, transactions, coming ----------------------------------------------------------------
 */

/* The length that all but `part` of the spells stay below; NAN for fewer than 20. */
static double spell_quantile(const unsigned long *bins, double part)
{
    unsigned long all = 0, beyond = 0;
    for (size_t b = 0; b < PACE_BINS; b++)
        all += bins[b];
    if (all < 20)
        return (double)NAN;
    for (size_t b = PACE_BINS; b > 0; b--) {
        beyond += bins[b - 1];
        if ((double)beyond > part * (double)all)
            return exp((double)b / PACE_PER_E);
    }
    return 1;
}

/* What is `unusual` spreads beyond the median: a few that were forgotten move neither.  NAN for
 * fewer than 20. */
static double spell_unusual(const unsigned long *bins, double unusual)
{
    double median = spell_quantile(bins, 0.5), quarter = spell_quantile(bins, 0.25);
    return median * exp(unusual * log(quarter / median) / 0.6745);
}

static void learn_spells(struct class *class, const struct pace *paces)
{
    unsigned long quiet[PACE_BINS] = {0}, open[PACE_BINS] = {0};
    for (size_t i = 0; i < class->n_students; i++)
        for (size_t b = 0; b < PACE_BINS; b++) {
            quiet[b] += paces[i].quiet.bins[b];
            open[b] += paces[i].open.bins[b];
        }
    double idle = 1.25 * spell_quantile(quiet, 0.004), opened = spell_unusual(open, unusual_open);
    const struct class_rules *rules = &class->rules;
    class->idle_s = isnan(idle) ? rules->idle_after_s
                                : between(idle, rules->idle_after_s, 1.1 * rules->idle_after_s);
    class->open_s = isnan(opened) ? rules->open_after_s
                                  : between(opened, rules->open_after_s, 4 * rules->open_after_s);
}

/* When those who came had come: who is far beyond does not come at all. */
static void learn_coming(struct class *class, const struct pace *paces, double start_s)
{
    double *after = mem_alloc_array(class->n_students + 1, sizeof(*after));
    class->came = 0;
    for (size_t i = 0; i < class->n_students; i++)
        if (!isnan(paces[i].first_s))
            after[class->came++] = log(fmax(paces[i].first_s - start_s, 1));
    class->absent_s = class->rules.absent_after_s;
    if (class->came * 2 >= class->n_students && class->came >= 5) {
        double middle = median_of(after, class->came);
        double late = exp(middle + 2.5 * between(spread_of(after, class->came), 0.2, 1));
        class->absent_s = between(late, class->absent_s, class->absent_s * 1.1);
    }
    free(after);
}

/* -- the curve -----------------------------------------------------------------------------------
 */

static void learn_curve(struct class *class, const struct pace *paces)
{
    double *values = mem_alloc_array(class->n_students + 1, sizeof(*values));
    size_t minutes = 0, least = class->came / 2 > 3 ? class->came / 2 : 3;
    for (size_t i = 0; i < class->n_students; i++)
        minutes = paces[i].n_minutes > minutes ? paces[i].n_minutes : minutes;
    free(class->curve);
    class->curve = mem_alloc_array(minutes + 1, sizeof(*class->curve));
    class->n_curve = 0;
    for (size_t m = 0; m < minutes; m++) {
        size_t n = 0;
        for (size_t i = 0; i < class->n_students; i++)
            if (paces[i].n_minutes > m)
                values[n++] = (double)paces[i].by_minute[m];
        if (n < least)
            break;
        class->curve[class->n_curve++] = median_of(values, n);
    }
    free(values);
}

double class_expected(const struct class *class, double elapsed_s)
{
    double minutes = elapsed_s / 60;
    if (class->n_curve == 0 || !(minutes >= 0))
        return (double)NAN;
    size_t m = (size_t)minutes;
    if (m + 1 >= class->n_curve)
        return class->curve[class->n_curve - 1];
    double part = minutes - (double)m;
    return class->curve[m] * (1 - part) + class->curve[m + 1] * part;
}

double class_passed(const struct class *class, double progress)
{
    const double *curve = class->curve;
    size_t m = class->n_curve;
    while (m > 0 && curve[m - 1] > progress)
        m--;
    if (m == 0 || m == class->n_curve)
        return 60 * (double)m;
    return 60 * ((double)m - 1 + (progress - curve[m - 1]) / (curve[m] - curve[m - 1]));
}

/* How far apart people usually are: a class that is wide apart has not its lower third behind. */
static void learn_behind(struct class *class, const struct pace *paces, double now_s)
{
    double *logs = mem_alloc_array(class->n_students + 1, sizeof(*logs));
    size_t n = 0;
    for (size_t i = 0; i < class->n_students; i++) {
        double expected = class_expected(class, now_s - paces[i].first_s);
        if (paces[i].n_minutes == 0 || !(expected > 0.1))
            continue;
        double ratio = (double)paces[i].by_minute[paces[i].n_minutes - 1] / expected;
        logs[n++] = log(ratio > 0.05 ? ratio : 0.05);
    }
    class->behind_ratio = class->rules.behind_ratio;
    if (n >= 6)
        class->behind_ratio = between(exp(-2.5 * spread_of(logs, n)),
                                      0.8 * class->rules.behind_ratio, class->rules.behind_ratio);
    free(logs);
}

void class_learn(struct class *class, const struct pace *paces, const double *time_factors,
                 double start_s, double now_s)
{
    learn_coming(class, paces, start_s);
    learn_curve(class, paces);
    if (!class->rules.learn) {
        class->absent_s = class->rules.absent_after_s;
        for (size_t i = 0; i < class->n_students; i++)
            class->own[i] = time_factors[i] > 0 ? log(time_factors[i]) : 0;
        return;
    }
    learn_stages(class, paces, now_s);
    learn_paces(class, paces, time_factors);
    learn_spells(class, paces);
    learn_behind(class, paces, now_s);
}

/* -- what the class is stuck on ------------------------------------------------------------------
 */

static bool is_met(double score)
{
    return score >= 1 - 1e-9;
}

/* The check of `step` that most of those miss who are at the step or past its first check. */
static void most_missed(const struct class_standing *students, size_t n, size_t step,
                        const size_t *check_steps, size_t n_checks, struct class_lack *lack)
{
    lack->missed = -1;
    for (size_t c = 0; c < n_checks; c++) {
        if (check_steps[c] != step)
            continue;
        size_t misses = 0;
        for (size_t i = 0; i < n; i++) {
            const struct class_standing *s = &students[i];
            /* Who has nothing of a step misses all of it: that tells nothing of one check. */
            if (s->here && (s->step == (int)step || s->steps[step] > 0) && !isnan(s->checks[c]) &&
                !is_met(s->checks[c]))
                misses++;
        }
        if (misses > lack->misses) {
            lack->misses = misses;
            lack->missed = (int)c;
        }
    }
}

void class_lacks(const struct class_standing *students, size_t n_students, size_t n_steps,
                 const size_t *check_steps, size_t n_checks, struct class_lack *ret_lacks)
{
    for (size_t step = 0; step < n_steps; step++) {
        struct class_lack lack = {.since_s = (double)NAN};
        for (size_t i = 0; i < n_students; i++) {
            const struct class_standing *s = &students[i];
            if (!s->here || isnan(s->steps[step]))
                continue;
            lack.here++;
            if (is_met(s->steps[step]))
                continue;
            lack.lack++;
            if (s->step != (int)step)
                continue;
            lack.at++;
            if (!(lack.since_s <= s->progress_s))
                lack.since_s = s->progress_s;
        }
        most_missed(students, n_students, step, check_steps, n_checks, &lack);
        ret_lacks[step] = lack;
    }
}

int class_hardest(const struct class_lack *lacks, size_t n_steps)
{
    int hardest = -1;
    size_t most = 1;
    for (size_t i = 0; i < n_steps; i++)
        if (lacks[i].at > most) {
            most = lacks[i].at;
            hardest = (int)i;
        }
    return hardest;
}
