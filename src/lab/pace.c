/*
 * Pace: one student's working time, taken from looks at him.
 */
#include "lab/pace.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const double nothing = 1e-9;

void pace_init(struct pace *pace, size_t n_steps)
{
    *pace = (struct pace){.n_steps = n_steps,
                          .at = -1,
                          .last_error = -1,
                          .first_s = (double)NAN,
                          .active_s = (double)NAN,
                          .progress_s = (double)NAN,
                          .open_s = (double)NAN,
                          .login_failed_s = (double)NAN};
    pace->score = mem_alloc_array(n_steps + 1, sizeof(*pace->score));
    pace->longest = mem_alloc_array(n_steps * PACE_STAGES + 1, sizeof(*pace->longest));
}

void pace_release(struct pace *pace)
{
    free(pace->score);
    free(pace->longest);
    free(pace->by_minute);
    pace->score = pace->longest = NULL;
    pace->by_minute = NULL;
}

void pace_spell(struct pace_spells *spells, double seconds)
{
    if (!(seconds >= 1))
        return;
    int bin = (int)(log(seconds) * PACE_PER_E);
    bin = bin < PACE_BINS ? bin : PACE_BINS - 1;
    if (spells->bins[bin] < UINT16_MAX)
        spells->bins[bin]++;
}

double pace_longest(const struct pace_spells *spells)
{
    unsigned count = 0, longest = 0;
    for (unsigned b = 0; b < PACE_BINS; b++) {
        count += spells->bins[b];
        longest = spells->bins[b] > 0 ? b : longest;
    }
    return count < 2 ? 0 : exp((double)(longest + 1) / PACE_PER_E);
}

/* What of a quiet spell counts as work. */
static double work_in(double quiet_s)
{
    return quiet_s <= 0 ? 0 : quiet_s < PACE_PAUSE_S ? quiet_s : PACE_PAUSE_S;
}

double pace_worked(const struct pace *pace, double now_s)
{
    if (isnan(pace->active_s))
        return 0;
    return pace->held ? pace->held_worked_s : pace->worked_s + work_in(now_s - pace->active_s);
}

static int cell_of(int step, double score)
{
    int last = PACE_STAGES - 1;
    int stage = !(score > nothing) ? 0 : 1 + (int)((score + nothing) * last);
    return step * PACE_STAGES + (stage < last ? stage : last);
}

void pace_helped(struct pace *pace)
{
    pace->worked_s = pace->held_worked_s = 0;
    pace->errors = pace->different = 0;
    pace->last_error = -1;
    memset(pace->same, 0, sizeof(pace->same));
}

/* He got on at `step`, which had `before`: the time it took belongs there. */
static void got_on(struct pace *pace, int step, double before, double now_s)
{
    double worked = pace_worked(pace, now_s);
    double *longest = &pace->longest[cell_of(step, before)];
    if (worked >= 1 && worked > *longest)
        *longest = worked;
    pace_helped(pace);
    pace->progress_s = now_s;
    /* What he did to get on was done by now; the clock starts here. */
    if (!(pace->active_s > now_s))
        pace->active_s = now_s;
}

static void take_steps(struct pace *pace, const double *steps, double now_s)
{
    int risen = -1;
    double before = 0;
    for (size_t i = 0; i < pace->n_steps; i++) {
        if (isnan(steps[i]))
            continue;
        if (steps[i] > pace->score[i] + nothing && risen < 0) {
            risen = (int)i;
            before = pace->score[i];
        }
        pace->score[i] = steps[i];
    }
    if (risen >= 0)
        got_on(pace, risen, before, now_s);
}

static void take_activity(struct pace *pace, double active_s)
{
    if (isnan(active_s) || active_s <= pace->active_s)
        return;
    if (!isnan(pace->active_s)) {
        pace_spell(&pace->quiet, active_s - pace->active_s);
        pace->worked_s += work_in(active_s - pace->active_s);
    } else {
        pace->first_s = active_s;
    }
    pace->active_s = active_s;
}

static void take_transaction(struct pace *pace, const struct pace_look *look)
{
    if (!isnan(pace->open_s) && !(look->open_s == pace->open_s))
        pace_spell(&pace->open, look->now_s - pace->open_s);
    pace->open_s = look->open_s;
}

/* Work in an open transaction, behind a lock or while nothing is measured does not show: it does
 * not count either. */
static void hold(struct pace *pace, bool held, double now_s)
{
    if (held && !pace->held)
        pace->held_worked_s = pace_worked(pace, now_s);
    else if (!held && pace->held)
        pace->worked_s = pace->held_worked_s;
    pace->held = held;
}

static void take_progress(struct pace *pace, double progress, double now_s)
{
    if (isnan(pace->first_s) || isnan(progress))
        return;
    double minutes = (now_s - pace->first_s) / 60;
    while ((double)pace->n_minutes <= minutes && pace->n_minutes < PACE_MINUTES_MAX) {
        pace->by_minute =
            mem_grow(pace->by_minute, pace->n_minutes, &pace->capacity, sizeof(*pace->by_minute));
        pace->by_minute[pace->n_minutes++] = (float)progress;
    }
}

void pace_look(struct pace *pace, const struct pace_look *look)
{
    take_activity(pace, look->active_s);
    if (look->sessions > 0)
        pace_logged_in(pace);
    take_transaction(pace, look);
    hold(pace, !isnan(look->open_s) || look->waits || isnan(look->progress), look->now_s);
    if (look->steps != NULL)
        take_steps(pace, look->steps, look->now_s);
    take_progress(pace, look->progress, look->now_s);
    pace->at = look->step < 0 || (size_t)look->step >= pace->n_steps
                   ? -1
                   : cell_of(look->step, pace->score[look->step]);
}

void pace_error(struct pace *pace, double at_s, const char *sqlstate, const char *message)
{
    char text[PACE_TEXT_MAX + 1];
    snprintf(text, sizeof(text), "%s", message);
    int which = 0;
    for (int i = 0; i < PACE_ERRORS; i++) {
        const struct pace_error *known = &pace->same[i], *chosen = &pace->same[which];
        if (known->count > 0 && strcmp(known->sqlstate, sqlstate) == 0 &&
            strcmp(known->text, text) == 0) {
            which = i;
            break;
        }
        /* Not known: in a free place, or in that of the one that is oldest. */
        if (chosen->count > 0 && (known->count == 0 || known->last_s < chosen->last_s))
            which = i;
    }
    struct pace_error *error = &pace->same[which];
    if (error->count == 0 || strcmp(error->text, text) != 0 ||
        strcmp(error->sqlstate, sqlstate) != 0) {
        *error = (struct pace_error){.first_s = at_s};
        snprintf(error->sqlstate, sizeof(error->sqlstate), "%s", sqlstate);
        memcpy(error->text, text, sizeof(text));
        pace->last_error = -1;
    }
    error->count++;
    error->last_s = at_s;
    pace->errors++;
    pace->different += pace->last_error != which;
    pace->last_error = which;
}

void pace_login_failed(struct pace *pace, double at_s)
{
    if (at_s <= pace->active_s) /* he got in after it */
        return;
    pace->logins_failed++;
    pace->login_failed_s = at_s;
}

void pace_logged_in(struct pace *pace)
{
    pace->logins_failed = 0;
}

const struct pace_error *pace_same(const struct pace *pace)
{
    const struct pace_error *most = NULL;
    for (size_t i = 0; i < PACE_ERRORS; i++)
        if (pace->same[i].count > 0 && (most == NULL || pace->same[i].count > most->count))
            most = &pace->same[i];
    return most;
}
