/*
 * Prometheus' answers: whatever comes, samples are whole, and a snapshot made of them has ratios
 * between 0 and 1 and times that can be.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "board/merge.h"
#include "fuzz.h"

static struct words_step steps[] = {{"table loan", "loan", ""}};
static struct words_student students[] = {{"eve", "Eve", "", "", "loan", "", "", 0, 0, 0}};
static const struct words words = {
    .lab = "library",
    .title = "Library",
    .is_current = true,
    .steps = steps,
    .n_steps = 1,
    .students = students,
    .n_students = 1,
};

static void check_snapshot(const struct prometheus_answer *answer)
{
    struct merge_input input = {
        .words = &words,
        .grid = answer,
        .steps = answer,
        .all_steps = true,
        .verdict = {FRESH, TROUBLE_NONE, 1},
        .now_us = answer->at_us,
    };
    struct snapshot *snapshot = merge(&input);
    const struct snapshot_student *eve = &snapshot->students[0];
    double score = eve->steps[0].score;
    MUST(isnan(eve->progress) || (eve->progress >= 0 && eve->progress <= 1));
    MUST(isnan(score) || (score >= 0 && score <= 1));
    MUST(eve->last_progress_us >= 0 && eve->state < STATES);
    merge_free(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = ERROR_INIT;
    struct prometheus_answer answer;
    if (!prometheus_parse((const char *)data, size, &answer, &err)) {
        MUST(error_is_set(&err));
        error_clear(&err);
        return 0;
    }
    MUST(!error_is_set(&err));
    for (size_t i = 0; i < answer.n_samples; i++) {
        const struct prometheus_sample *sample = &answer.samples[i];
        MUST(utf8_valid(sample->student, strlen(sample->student)));
        MUST(strlen(sample->name) <= PROMETHEUS_LABEL_MAX);
    }
    MUST(prometheus_heartbeat(&answer) >= 0);
    MUST(prometheus_exporter_up(&answer) >= -1 && prometheus_feed_failed(&answer) <= 1);
    check_snapshot(&answer);
    prometheus_answer_release(&answer);
    return 0;
}
