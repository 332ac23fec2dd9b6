/*
 * Merging numbers and words: samples are found by login and step in sorted indexes.
 */
#include "board/merge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "board/merge_inside.h"
#include "lab/queue.h"

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct merge_entry *)a)->key, ((const struct merge_entry *)b)->key);
}

const struct merge_entry *merge_find(const struct merge_entry *entries, size_t n, const char *key)
{
    struct merge_entry wanted = {key, 0};
    return n == 0 ? NULL : bsearch(&wanted, entries, n, sizeof *entries, compare_entries);
}

static struct merge_entry *index_students(struct snapshot *snapshot)
{
    struct merge_entry *entries =
        arena_alloc_array(&snapshot->arena, snapshot->n_students + 1, sizeof *entries);
    for (size_t i = 0; i < snapshot->n_students; i++)
        entries[i] = (struct merge_entry){snapshot->students[i].login, i};
    if (snapshot->n_students > 0)
        qsort(entries, snapshot->n_students, sizeof *entries, compare_entries);
    return entries;
}

static double ratio(double value)
{
    return value >= 0 && value <= 1 ? value : (double)NAN;
}

static int64_t timestamp(double seconds)
{
    return seconds > 0 && seconds < 1e11 ? (int64_t)(seconds * 1e6) : 0;
}

/* Of two, for the length of Prometheus' look-back, the more severe. */
static void take_need(struct snapshot_student *student, const struct prometheus_sample *sample)
{
    enum need_kind need;
    if (sample->value > 0 && need_parse(sample->reason, &need) &&
        need_severity(need) >= need_severity(student->need))
        student->need = need;
}

static void take_sample(struct snapshot_student *student, const struct prometheus_sample *sample)
{
    static const char prefix[] = "lectern_student_";
    if (strncmp(sample->name, prefix, sizeof prefix - 1) != 0)
        return;
    const char *name = sample->name + sizeof prefix - 1;
    enum student_state state;
    if (strcmp(name, "progress_ratio") == 0)
        student->progress = ratio(sample->value);
    else if (strcmp(name, "last_progress_timestamp_seconds") == 0)
        student->last_progress_us = timestamp(sample->value);
    else if (strcmp(name, "need") == 0)
        take_need(student, sample);
    /* For the length of Prometheus' look-back two states may be there: the one that has 1. */
    else if (strcmp(name, "state") == 0 && sample->value > 0 && state_parse(sample->state, &state))
        student->state = state;
}

static void take_grid(struct snapshot *snapshot, const struct merge_entry *by_login,
                      const struct prometheus_answer *grid)
{
    for (size_t i = 0; i < grid->n_samples; i++) {
        const struct prometheus_sample *sample = &grid->samples[i];
        const struct merge_entry *entry =
            merge_find(by_login, snapshot->n_students, sample->student);
        if (entry != NULL && strcmp(sample->lab, snapshot->lab) == 0)
            take_sample(&snapshot->students[entry->index], sample);
    }
}

static void give_steps(struct snapshot *snapshot, struct snapshot_student *student,
                       const struct words *words)
{
    student->n_steps = words->n_steps;
    student->steps =
        arena_alloc_array(&snapshot->arena, words->n_steps + 1, sizeof *student->steps);
    for (size_t i = 0; i < words->n_steps; i++)
        student->steps[i] = (struct snapshot_step){
            .name = arena_strdup(&snapshot->arena, words->steps[i].name),
            .title = arena_strdup(&snapshot->arena, words->steps[i].title),
            .hint = arena_strdup(&snapshot->arena, words->steps[i].hint),
            .score = (double)NAN,
        };
}

static void take_steps(struct snapshot *snapshot, const struct merge_entry *by_login,
                       const struct words *words, const struct prometheus_answer *steps)
{
    struct merge_entry *by_step =
        arena_alloc_array(&snapshot->arena, words->n_steps + 1, sizeof *by_step);
    for (size_t i = 0; i < words->n_steps; i++)
        by_step[i] = (struct merge_entry){words->steps[i].name, i};
    if (words->n_steps > 0)
        qsort(by_step, words->n_steps, sizeof *by_step, compare_entries);
    for (size_t i = 0; i < steps->n_samples; i++) {
        const struct prometheus_sample *sample = &steps->samples[i];
        const struct merge_entry *who = merge_find(by_login, snapshot->n_students, sample->student);
        const struct merge_entry *what = merge_find(by_step, words->n_steps, sample->step);
        if (who != NULL && what != NULL && snapshot->students[who->index].steps != NULL &&
            strcmp(sample->name, "lectern_step_score_ratio") == 0)
            snapshot->students[who->index].steps[what->index].score = ratio(sample->value);
    }
}

/* The open student's checks, ordered by step, and with them the steps' scores: read in one query,
 * so that the two agree. */
static void take_checks(struct snapshot *snapshot, struct snapshot_student *student,
                        const struct words *words)
{
    struct snapshot_check *checks =
        arena_alloc_array(&snapshot->arena, words->n_checks + 1, sizeof *checks);
    for (size_t i = 0; i < words->n_checks; i++) {
        const struct words_check *from = &words->checks[i];
        checks[i] = (struct snapshot_check){
            .title = arena_strdup(&snapshot->arena, from->title),
            .score = ratio(from->score),
            .verdict = arena_strdup(&snapshot->arena, from->verdict),
        };
        if (from->step >= student->n_steps)
            continue;
        struct snapshot_step *step = &student->steps[from->step];
        if (step->checks == NULL)
            step->checks = &checks[i];
        step->score = ratio(from->step_score);
        step->n_checks++;
    }
}

static void take_words(struct snapshot *snapshot, const struct merge_input *input)
{
    const struct words *words = input->words;
    snapshot->lab = arena_strdup(&snapshot->arena, words->lab != NULL ? words->lab : "");
    snapshot->title = arena_strdup(&snapshot->arena, words->title != NULL ? words->title : "");
    snapshot->n_students = words->n_students;
    snapshot->students =
        arena_alloc_array(&snapshot->arena, words->n_students + 1, sizeof *snapshot->students);
    for (size_t i = 0; i < words->n_students; i++) {
        const struct words_student *from = &words->students[i];
        struct snapshot_student *student = &snapshot->students[i];
        *student = (struct snapshot_student){
            .login = arena_strdup(&snapshot->arena, from->login),
            .name = arena_strdup(&snapshot->arena, from->name),
            .seat = arena_strdup(&snapshot->arena, from->seat),
            .group = arena_strdup(&snapshot->arena, from->group),
            .state = STATE_UNKNOWN,
            .progress = (double)NAN,
            .current_step = arena_strdup(&snapshot->arena, from->current_step),
            .reason = arena_strdup(&snapshot->arena, from->reason),
            .need_since_us = from->need_since_us,
            .last_activity_us = from->last_activity_us,
            .failed_logins = from->failed_logins,
        };
        bool open = input->open_login != NULL && strcmp(input->open_login, from->login) == 0;
        if (open || input->all_steps)
            give_steps(snapshot, student, words);
    }
}

/*
 * The kind of a need is Prometheus' (how fresh it is, is known), its words and its start are the
 * control database's.  Where the two are of different moments the words wait.  A hand is up or not
 * by the control database alone, where it is kept.
 */
static void settle_needs(struct snapshot *snapshot, const struct words *words)
{
    for (size_t i = 0; i < snapshot->n_students; i++) {
        struct snapshot_student *student = &snapshot->students[i];
        const char *said = words->students[i].need != NULL ? words->students[i].need : "";
        if (student->hand > 0) {
            const struct snapshot_hand *hand = &snapshot->hands[student->hand - 1];
            student->need = NEED_HAND;
            student->need_since_us = hand->raised_us;
            if (strcmp(said, need_name(NEED_HAND)) != 0)
                student->reason =
                    *hand->message != '\0'
                        ? arena_printf(&snapshot->arena, "raised a hand: %s", hand->message)
                        : "raised a hand";
            continue;
        }
        if (student->need == NEED_HAND)
            student->need = NEED_NONE;
        bool same = strcmp(said, student->need == NEED_NONE ? "" : need_name(student->need)) == 0;
        if (!same || student->need == NEED_NONE)
            student->need_since_us = 0;
        if (!same)
            student->reason = "";
    }
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(struct snapshot *snapshot)
{
    double *values = arena_alloc_array(&snapshot->arena, snapshot->n_students + 1, sizeof *values);
    size_t n = 0;
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (!isnan(snapshot->students[i].progress))
            values[n++] = snapshot->students[i].progress;
    if (n == 0)
        return (double)NAN;
    qsort(values, n, sizeof *values, compare_numbers);
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void fade(struct snapshot *snapshot)
{
    bool stale = snapshot->freshness == FRESH_STALE || snapshot->freshness == FRESH_NEVER;
    for (size_t i = 0; i < snapshot->n_students; i++) {
        struct snapshot_student *student = &snapshot->students[i];
        if (stale && student->need != NEED_HAND)
            student->need = NEED_NONE;
        if (stale) {
            student->state = STATE_UNKNOWN;
            if (student->need != NEED_HAND) /* the control database's, and as fresh as that */
                student->reason =
                    snapshot->freshness == FRESH_NEVER ? "no data yet" : "no fresh data";
        }
        if (student->state == STATE_DONE)
            student->current_step = "";
        snapshot->by_state[student->state]++;
    }
}

struct snapshot *merge(const struct merge_input *input)
{
    struct snapshot *snapshot = mem_alloc(sizeof *snapshot);
    snapshot_init(snapshot);
    snapshot->lab = snapshot->title = "";
    snapshot->freshness = input->verdict.freshness;
    snapshot->trouble = input->verdict.trouble;
    snapshot->age_s = input->verdict.age_s;
    snapshot->now_us = input->now_us;
    if (input->words != NULL) {
        take_words(snapshot, input);
        const struct merge_entry *by_login = index_students(snapshot);
        if (input->grid != NULL)
            take_grid(snapshot, by_login, input->grid);
        if (input->steps != NULL)
            take_steps(snapshot, by_login, input->words, input->steps);
        const struct merge_entry *open = NULL;
        if (input->open_login != NULL && input->words->login != NULL &&
            strcmp(input->open_login, input->words->login) == 0)
            open = merge_find(by_login, snapshot->n_students, input->open_login);
        if (open != NULL) {
            take_checks(snapshot, &snapshot->students[open->index], input->words);
            merge_open(snapshot, input->open_login, input->words->open);
        }
        merge_class(snapshot, input->words, by_login);
        queue_order(snapshot);
        settle_needs(snapshot, input->words);
    }
    fade(snapshot);
    queue_order(snapshot);
    snapshot->median = median(snapshot);
    return snapshot;
}

void merge_free(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    snapshot_release(snapshot);
    free(snapshot);
}
