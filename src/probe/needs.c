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
#include "lab/need.h"

enum { LEARN_S = 10 };

/* The hand that a student has up. */
struct hand {
    int64_t since_us; /* 0: none */
    char *text;       /* disarmed; NULL: none */
    int helped;       /* times so far */
};

struct needs {
    struct measured_lab *lab;
    struct class class;
    struct pace *paces;
    struct need *needs;
    double *factors, *steps;
    double *waiting_s, *unknown_s; /* since when; NAN */
    struct hand *hands;
    int64_t start_us; /* the first look */
    double speed;     /* of the class's clock: robots play faster than people */
    double learnt_s;
};

static double *nans(size_t n)
{
    double *values = mem_alloc_array(n + 1, sizeof(*values));
    for (size_t i = 0; i < n; i++)
        values[i] = (double)NAN;
    return values;
}

struct needs *needs_new(struct measured_lab *lab)
{
    struct needs *needs = mem_alloc(sizeof(*needs));
    size_t n = lab->n_students, n_steps = lab->checks.n_steps;
    *needs =
        (struct needs){.lab = lab, .learnt_s = -LEARN_S, .speed = lab->speed > 0 ? lab->speed : 1};
    class_init(&needs->class, &lab->rules, n, n_steps);
    needs->paces = mem_alloc_array(n + 1, sizeof(*needs->paces));
    needs->needs = mem_alloc_array(n + 1, sizeof(*needs->needs));
    needs->factors = mem_alloc_array(n + 1, sizeof(*needs->factors));
    needs->steps = mem_alloc_array(n_steps + 1, sizeof(*needs->steps));
    needs->waiting_s = nans(n);
    needs->unknown_s = nans(n);
    needs->hands = mem_alloc_array(n + 1, sizeof(*needs->hands));
    for (size_t i = 0; i < n; i++) {
        struct measured_student *s = &lab->students[i];
        struct pace *pace = &needs->paces[i];
        needs->factors[i] = s->time_factor;
        pace_init(pace, n_steps);
        /* What was reached before is no progress now. */
        for (size_t k = 0; k < n_steps; k++)
            pace->score[k] = isnan(s->steps[k].known) ? 0 : s->steps[k].known;
        /* Words of need on record; what was measured is going to be measured anew. */
        if (!isnan(s->progress))
            s->reason[0] = '\0';
    }
    return needs;
}

void needs_free(struct needs *needs)
{
    if (needs == NULL)
        return;
    for (size_t i = 0; i < needs->lab->n_students; i++) {
        pace_release(&needs->paces[i]);
        free(needs->hands[i].text);
    }
    class_release(&needs->class);
    free(needs->paces);
    free(needs->needs);
    free(needs->factors);
    free(needs->steps);
    free(needs->waiting_s);
    free(needs->unknown_s);
    free(needs->hands);
    free(needs);
}

void needs_hand(struct needs *needs, size_t student, int64_t since_us, const char *text, int helped)
{
    struct hand *hand = &needs->hands[student];
    free(hand->text);
    *hand = (struct hand){.since_us = since_us, .text = str_disarm(text), .helped = helped};
}

void needs_helped(struct needs *needs, size_t student)
{
    pace_helped(&needs->paces[student]);
}

/* Seconds of the class since the first look; NAN: never. */
static double seconds(const struct needs *needs, int64_t us)
{
    return us == 0 ? (double)NAN : (double)(us - needs->start_us) / 1e6 * needs->speed;
}

static void look_at(struct needs *needs, size_t i, const struct watch_row *row, double now_s)
{
    const struct measured_student *s = &needs->lab->students[i];
    struct pace *pace = &needs->paces[i];
    for (size_t k = 0; k < pace->n_steps; k++)
        needs->steps[k] = s->steps[k].value;
    struct pace_look look = {
        .now_s = now_s,
        .active_s = seconds(needs, s->last_activity_us),
        .sessions = s->sessions,
        .open_s = seconds(needs, row->open_us),
        .waits = row->waiting > 0,
        .progress = s->progress,
        .step = s->current_step,
        .steps = needs->steps,
    };
    pace_look(pace, &look);
    if (s->first_seen_us != 0) /* also before lecternd was started */
        pace->first_s = seconds(needs, s->first_seen_us);
    if (isnan(pace->progress_s))
        pace->progress_s = seconds(needs, s->last_progress_us);
    if (row->waiting == 0)
        needs->waiting_s[i] = (double)NAN;
    else if (isnan(needs->waiting_s[i]))
        needs->waiting_s[i] = now_s;
    if (!isnan(s->progress))
        needs->unknown_s[i] = (double)NAN;
    else if (isnan(needs->unknown_s[i]))
        needs->unknown_s[i] = now_s;
}

static void set_state(struct measured_student *s, enum student_state state, const char *words)
{
    CLEANUP(mem_free_string)
    char *disarmed = str_disarm(words);
    if (state == s->state && strcmp(s->need != NULL ? s->need : "", disarmed) == 0)
        return;
    free(s->need);
    s->need = mem_strdup(disarmed);
    s->state = state;
    s->changed = true;
}

static void judge(struct needs *needs, size_t i, double now_s)
{
    const struct check_set *set = &needs->lab->checks;
    struct measured_student *s = &needs->lab->students[i];
    struct need *need = &needs->needs[i];
    bool locked = strncmp(s->reason, "locked", strlen("locked")) == 0;
    struct need_signals signals = {
        .now_s = now_s,
        .progress = s->progress,
        /* Nobody is done while a part of it is unknown; a weighted mean of ones need not be one. */
        .done = s->steps_done == (int)set->n_steps && s->progress >= 1 - 1e-9,
        .sessions = s->sessions,
        .time_factor = s->time_factor,
        .seat = s->seat,
        .waiting_s = needs->waiting_s[i],
        .keeps = locked ? "the measuring" : NULL,
        .unknown_s = s->probed_us != 0 || s->reason[0] != '\0' ? needs->unknown_s[i] : (double)NAN,
        .hand_s = seconds(needs, needs->hands[i].since_us),
        .hand = needs->hands[i].text,
        .helped = needs->hands[i].helped,
    };
    *need = need_judge(need, &signals, &needs->paces[i], &needs->class, i);
    enum student_state state = need_state(need, &signals, &needs->paces[i]);
    /* Absence must not hide that there is something to mend. */
    if (state == STATE_ABSENT && isnan(s->progress) && s->reason[0] != '\0')
        state = STATE_UNKNOWN;
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    if (need->kind != NEED_ABSENT && need->kind != NEED_UNKNOWN) /* the state says as much */
        need_words(&words, need, &signals, &needs->paces[i], &needs->class, i,
                   s->current_step < 0 ? "" : set->steps[s->current_step].title);
    set_state(s, state, words.len > 0 ? words.text : "");
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
    if (needs->start_us != 0)
        pace_error(&needs->paces[student], seconds(needs, at_us), sqlstate, text);
}

void needs_login_failed(struct needs *needs, size_t student, int64_t at_us)
{
    if (needs->start_us != 0)
        pace_login_failed(&needs->paces[student], seconds(needs, at_us));
}

void needs_judge(struct needs *needs, const struct watch_row *rows, int64_t now_us)
{
    if (needs->start_us == 0)
        needs->start_us = now_us;
    double now_s = seconds(needs, now_us);
    for (size_t i = 0; i < needs->lab->n_students; i++)
        look_at(needs, i, &rows[i], now_s);
    if (now_s - needs->learnt_s >= LEARN_S) {
        class_learn(&needs->class, needs->paces, needs->factors, 0, now_s);
        needs->learnt_s = now_s;
    }
    for (size_t i = 0; i < needs->lab->n_students; i++)
        judge(needs, i, now_s);
}
