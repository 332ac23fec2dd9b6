/*
 * Needs: between the measured lab and the pure model of lab/need.
 */
#include "probe/needs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "probe/needs_inside.h"

enum { LEARN_S = 10, LEARN_LEAST_US = 1000000 };

static double *nans(size_t n)
{
    double *values = mem_alloc_array(n + 1, sizeof(*values));
    for (size_t i = 0; i < n; i++)
        values[i] = (double)NAN;
    return values;
}

/* -- life ----------------------------------------------------------------------------------------
 */

/* A class of which nothing is known yet. */
static void clean_sheet(struct needs *needs)
{
    struct measured_lab *lab = needs->lab;
    size_t n_steps = lab->checks.n_steps;
    class_release(&needs->class);
    class_init(&needs->class, &lab->rules, lab->n_students, n_steps);
    for (size_t i = 0; i < lab->n_students; i++) {
        struct pace *pace = &needs->paces[i];
        pace_release(pace);
        pace_init(pace, n_steps);
        /* What was reached before is no progress now. */
        for (size_t k = 0; k < n_steps; k++)
            pace->score[k] =
                isnan(lab->students[i].steps[k].known) ? 0 : lab->students[i].steps[k].known;
        needs->needs[i] = (struct need){.kind = NEED_NONE};
        needs->waiting_s[i] = needs->unknown_s[i] = (double)NAN;
    }
    needs->learnt_us = 0;
}

struct needs *needs_new(struct measured_lab *lab)
{
    struct needs *needs = mem_alloc(sizeof(*needs));
    size_t n = lab->n_students, n_steps = lab->checks.n_steps;
    *needs = (struct needs){.lab = lab, .speed = lab->speed > 0 ? lab->speed : 1};
    needs->paces = mem_alloc_array(n + 1, sizeof(*needs->paces));
    needs->needs = mem_alloc_array(n + 1, sizeof(*needs->needs));
    needs->factors = mem_alloc_array(n + 1, sizeof(*needs->factors));
    needs->steps = mem_alloc_array(n_steps + 1, sizeof(*needs->steps));
    needs->lacks = mem_alloc_array(n_steps + 1, sizeof(*needs->lacks));
    needs->waiting_s = nans(n);
    needs->unknown_s = nans(n);
    needs->hands = mem_alloc_array(n + 1, sizeof(*needs->hands));
    for (size_t i = 0; i < n; i++)
        needs->factors[i] = lab->students[i].time_factor;
    clean_sheet(needs);
    return needs;
}

void needs_free(struct needs *needs)
{
    if (needs == NULL)
        return;
    for (size_t i = 0; i < needs->lab->n_students; i++)
        pace_release(&needs->paces[i]);
    class_release(&needs->class);
    lesson_plan_release(&needs->lesson);
    free(needs->lesson_text);
    free(needs->paces);
    free(needs->needs);
    free(needs->factors);
    free(needs->steps);
    free(needs->lacks);
    free(needs->waiting_s);
    free(needs->unknown_s);
    free(needs->hands);
    free(needs);
}

void needs_hand(struct needs *needs, size_t student, int64_t since_us, int helped)
{
    needs->hands[student] = (struct hand){.since_us = since_us, .helped = helped};
}

void needs_helped(struct needs *needs, size_t student)
{
    pace_helped(&needs->paces[student]);
}

/* -- the clock -----------------------------------------------------------------------------------
 */

double needs_seconds(const struct needs *needs, int64_t us)
{
    return lesson_seconds(&needs->lesson.clock, us) * needs->speed;
}

int64_t needs_moment_us(const struct needs *needs, double seconds)
{
    return lesson_moment_us(&needs->lesson.clock, seconds / needs->speed);
}

void needs_lesson(struct needs *needs, const char *text)
{
    const char *now = text != NULL ? text : "";
    if (needs->lesson_text != NULL && strcmp(needs->lesson_text, now) == 0)
        return;
    free(needs->lesson_text);
    needs->lesson_text = mem_strdup(now);
    int before = needs->lesson.lesson_id;
    int64_t start_us = needs->lesson.clock.start_us;
    lesson_plan_release(&needs->lesson);
    lesson_plan_read(&needs->lesson, now);
    if (needs->lesson.lesson_id == 0) /* as before, or at the next look */
        needs->lesson.clock.start_us = before == 0 ? start_us : 0;
    if (needs->lesson.lesson_id != before)
        needs->begun = false;
    for (size_t i = 0; i < needs->lab->n_students; i++) {
        const struct measured_student *s = &needs->lab->students[i];
        needs->factors[i] = s->time_factor * lesson_plan_factor(&needs->lesson, s->student_id);
    }
}

/* The first look, or the first in another lesson. */
static void begin(struct needs *needs, int64_t now_us)
{
    needs->begun = true;
    clean_sheet(needs);
    if (!needs_remember(needs, now_us) && needs->lesson.lesson_id == 0)
        needs->lesson.clock.start_us = now_us;
    /* It holds for the lecternd that read it, once. */
    free(needs->lab->memory);
    needs->lab->memory = NULL;
}

/* -- a look --------------------------------------------------------------------------------------
 */

/* What he did before the lesson was for another one; who is here when it begins has come. */
static double active_s(const struct needs *needs, const struct measured_student *s)
{
    double active = needs_seconds(needs, s->last_activity_us);
    if (needs->lesson.lesson_id == 0 || !(active < 0))
        return active;
    return s->sessions > 0 ? 0 : (double)NAN;
}

static void look_at(struct needs *needs, size_t i, const struct watch_row *row, double now_s)
{
    const struct measured_student *s = &needs->lab->students[i];
    struct pace *pace = &needs->paces[i];
    for (size_t k = 0; k < pace->n_steps; k++)
        needs->steps[k] = s->steps[k].value;
    struct pace_look look = {
        .now_s = now_s,
        .active_s = active_s(needs, s),
        .sessions = s->sessions,
        .open_s = needs_seconds(needs, row->open_us),
        .waits = row->waiting > 0,
        .progress = s->progress,
        .step = s->current_step,
        .steps = needs->steps,
    };
    pace_look(pace, &look);
    /* Also what was before lecternd was started, but not before the lesson. */
    double first_s = needs_seconds(needs, s->first_seen_us);
    double progress_s = needs_seconds(needs, s->last_progress_us);
    bool lesson = needs->lesson.lesson_id != 0;
    if (lesson ? first_s >= 0 : !isnan(first_s))
        pace->first_s = first_s;
    if (isnan(pace->progress_s) && (!lesson || progress_s >= 0))
        pace->progress_s = progress_s;
    if (row->waiting == 0)
        needs->waiting_s[i] = (double)NAN;
    else if (isnan(needs->waiting_s[i]))
        needs->waiting_s[i] = now_s;
    if (!isnan(s->progress))
        needs->unknown_s[i] = (double)NAN;
    else if (isnan(needs->unknown_s[i]))
        needs->unknown_s[i] = now_s;
}

/* -- the judgement -------------------------------------------------------------------------------
 */

static void set_text(struct measured_student *s, const char *words)
{
    CLEANUP(mem_free_string)
    char *disarmed = str_disarm(words);
    if (strcmp(s->need_reason != NULL ? s->need_reason : "", disarmed) == 0)
        return;
    free(s->need_reason);
    s->need_reason = mem_strdup(disarmed);
    s->changed = true;
}

/* A moment that is computed from seconds is the same while it is about the same. */
static void set_moment(struct measured_student *s, int64_t *moment, int64_t us)
{
    if ((*moment == 0) == (us == 0) && llabs(*moment - us) < 1000000)
        return;
    *moment = us;
    s->changed = true;
}

static void set_need(struct needs *needs, size_t i, enum student_state state, const char *words,
                     int64_t now_us)
{
    struct measured_student *s = &needs->lab->students[i];
    const struct need *need = &needs->needs[i];
    int64_t since_us = need->kind == NEED_NONE   ? 0
                       : need->kind == NEED_HAND ? needs->hands[i].since_us
                                                 : needs_moment_us(needs, need->since_s);
    if (s->state != state || s->need != need->kind) {
        s->state = state;
        s->changed = true;
    }
    if (s->need != need->kind)
        s->need_raised_us = need->kind != NEED_NONE ? now_us : 0;
    s->need = need->kind;
    set_text(s, words);
    set_moment(s, &s->need_since_us, since_us);
}

/* A hand waits in a pause, too. */
static double hand_s(const struct needs *needs, size_t i, int64_t now_us, double now_s)
{
    int64_t since_us = needs->hands[i].since_us;
    return since_us == 0 ? (double)NAN : now_s - (double)(now_us - since_us) / 1e6 * needs->speed;
}

static void judge(struct needs *needs, size_t i, const struct watch_row *row, int64_t now_us)
{
    double now_s = needs_seconds(needs, now_us);
    const struct check_set *set = &needs->lab->checks;
    const struct measured_student *s = &needs->lab->students[i];
    struct need *need = &needs->needs[i];
    bool locked = strncmp(s->reason, "locked", strlen("locked")) == 0;
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT, holder = STRBUF_INIT;
    watch_add_holder(&holder, &row->holder);
    struct need_signals signals = {
        .now_s = now_s,
        .progress = s->progress,
        /* Nobody is done while a part of it is unknown; a weighted mean of ones need not be one. */
        .done = s->steps_done == (int)set->n_steps && s->progress >= 1 - 1e-9,
        .sessions = s->sessions,
        .seat = s->seat,
        .time_factor = needs->factors[i],
        .waiting_s = needs->waiting_s[i],
        .waits_for = holder.len > 0 ? holder.text : NULL,
        .waits_for_own = row->holder.own,
        .keeps = row->keeps[0] != '\0' ? row->keeps
                 : locked              ? "the measuring"
                                       : NULL,
        .unknown_s = s->probed_us != 0 || s->reason[0] != '\0' ? needs->unknown_s[i] : (double)NAN,
        .unknown = s->reason,
        .hand_s = hand_s(needs, i, now_us, now_s),
        .helped = needs->hands[i].helped,
    };
    bool ended = needs->lesson.ended_us != 0 && now_us >= needs->lesson.ended_us;
    if (!ended || !isnan(signals.hand_s))
        *need = need_judge(need, &signals, &needs->paces[i], &needs->class, i);
    else
        *need = (struct need){.kind = NEED_NONE};
    enum student_state state = need_state(need, &signals, &needs->paces[i]);
    /* Absence must not hide that there is something to mend. */
    if (need->kind == NEED_NONE && state == STATE_ABSENT && isnan(s->progress) &&
        s->reason[0] != '\0')
        state = STATE_UNKNOWN;
    need_words(&words, need, &signals, &needs->paces[i], &needs->class, i,
               s->current_step < 0 ? "" : set->steps[s->current_step].title);
    set_need(needs, i, state, words.len > 0 ? words.text : "", now_us);
}

static void learn(struct needs *needs, int64_t now_us, double now_s)
{
    double rest_s = (double)(now_us - needs->learnt_us) / 1e6 * needs->speed;
    if (needs->learnt_us != 0 && (rest_s < LEARN_S || now_us - needs->learnt_us < LEARN_LEAST_US))
        return;
    class_learn(&needs->class, needs->paces, needs->factors, 0, now_s);
    needs->learnt_us = now_us;
}

/* What was before the lesson is not of it. */
static bool counts(const struct needs *needs, int64_t at_us)
{
    return needs->begun && (needs->lesson.lesson_id == 0 || needs_seconds(needs, at_us) >= 0);
}

void needs_error(struct needs *needs, size_t student, const char *sqlstate, const char *message,
                 int64_t at_us)
{
    char text[PACE_TEXT_MAX + 1] = "";
    size_t len = 0, all = strlen(message);
    uint32_t code;
    while (len < all) {
        size_t n = utf8_decode(message + len, all - len, &code);
        if (len + n > PACE_TEXT_MAX)
            break;
        len += n;
    }
    memcpy(text, message, len);
    if (counts(needs, at_us))
        pace_error(&needs->paces[student], needs_seconds(needs, at_us), sqlstate, text);
}

void needs_login_failed(struct needs *needs, size_t student, int64_t at_us)
{
    if (counts(needs, at_us))
        pace_login_failed(&needs->paces[student], needs_seconds(needs, at_us));
}

void needs_logged_in(struct needs *needs, size_t student)
{
    pace_logged_in(&needs->paces[student]);
}

void needs_judge(struct needs *needs, const struct watch_row *rows, int64_t now_us)
{
    if (!needs->begun)
        begin(needs, now_us);
    double now_s = needs_seconds(needs, now_us);
    for (size_t i = 0; i < needs->lab->n_students; i++)
        look_at(needs, i, &rows[i], now_s);
    learn(needs, now_us, now_s);
    for (size_t i = 0; i < needs->lab->n_students; i++)
        judge(needs, i, &rows[i], now_us);
}
