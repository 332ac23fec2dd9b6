/*
 * The heat map's model.
 */
#include "ui/heat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

enum {
    NEW_US = 15000000,
    RECENT_US = 60000000,
    NAME_WIDTH = 28,
    NAME_WIDTH_NARROW = 23,
    NARROW_BELOW = 100,
    NAME_SPARE = 10, /* columns that names get when the steps leave them */
    COLUMN_MOST = 14,
};

struct heat_row {
    char *login;
    double *scores;
    int64_t *changed_us; /* 0: not since it is remembered */
};

/* -- memory ------------------------------------------------------------------------------------ */

static void forget(struct heat *heat)
{
    for (size_t i = 0; i < heat->n_rows; i++) {
        free(heat->rows[i].login);
        free(heat->rows[i].scores);
        free(heat->rows[i].changed_us);
    }
    free(heat->rows);
    heat->rows = NULL;
    heat->n_rows = heat->n_steps = 0;
}

void heat_release(struct heat *heat)
{
    forget(heat);
    *heat = (struct heat){.rows = NULL};
}

static bool is_same_class(const struct heat *heat, const struct snapshot *snapshot, size_t n_steps)
{
    if (heat->n_rows != snapshot->n_students || heat->n_steps != n_steps)
        return false;
    for (size_t i = 0; i < heat->n_rows; i++)
        if (strcmp(heat->rows[i].login, snapshot->students[i].login) != 0)
            return false;
    return true;
}

static void begin(struct heat *heat, const struct snapshot *snapshot, size_t n_steps)
{
    forget(heat);
    heat->n_rows = snapshot->n_students;
    heat->n_steps = n_steps;
    heat->rows = mem_alloc_array(heat->n_rows + 1, sizeof *heat->rows);
    for (size_t i = 0; i < heat->n_rows; i++) {
        struct heat_row *row = &heat->rows[i];
        row->login = mem_strdup(snapshot->students[i].login);
        row->scores = mem_alloc_array(n_steps + 1, sizeof *row->scores);
        row->changed_us = mem_alloc_array(n_steps + 1, sizeof *row->changed_us);
        for (size_t s = 0; s < n_steps; s++)
            row->scores[s] = (double)NAN;
    }
}

static size_t count_steps(const struct snapshot *snapshot)
{
    size_t n = snapshot->n_steps;
    for (size_t i = 0; i < snapshot->n_students && n == 0; i++)
        n = snapshot->students[i].n_steps;
    return n;
}

void heat_learn(struct heat *heat, const struct snapshot *snapshot)
{
    size_t n_steps = count_steps(snapshot);
    if (!is_same_class(heat, snapshot, n_steps))
        begin(heat, snapshot, n_steps);
    for (size_t i = 0; i < heat->n_rows; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        struct heat_row *row = &heat->rows[i];
        for (size_t s = 0; s < n_steps && s < student->n_steps; s++) {
            double score = student->steps[s].score;
            if (isnan(score))
                continue; /* not measured this time: the last one is still the last one */
            if (!isnan(row->scores[s]) && fabs(score - row->scores[s]) > 1e-9)
                row->changed_us[s] = snapshot->now_us;
            row->scores[s] = score;
        }
    }
}

enum heat_age heat_age(const struct heat *heat, const struct snapshot *snapshot, size_t student,
                       size_t step)
{
    if (student >= heat->n_rows || step >= heat->n_steps)
        return HEAT_OLD;
    int64_t at_us = heat->rows[student].changed_us[step];
    if (at_us == 0 || snapshot->now_us - at_us >= RECENT_US)
        return HEAT_OLD;
    return snapshot->now_us - at_us < NEW_US ? HEAT_NEW : HEAT_RECENT;
}

/* -- steps ------------------------------------------------------------------------------------- */

const char *heat_title(const struct snapshot *snapshot, size_t step)
{
    if (step < snapshot->n_steps)
        return snapshot->steps[step];
    for (size_t i = 0; i < snapshot->n_students; i++)
        if (step < snapshot->students[i].n_steps)
            return snapshot->students[i].steps[step].title;
    return "";
}

size_t heat_lacking(const struct snapshot *snapshot, size_t step, size_t *ret_of)
{
    if (snapshot->lacks != NULL && step < snapshot->n_steps) {
        *ret_of = snapshot->lacks[step].here;
        return snapshot->lacks[step].lack;
    }
    size_t lack = 0;
    *ret_of = 0;
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        if (student->state == STATE_ABSENT || step >= student->n_steps)
            continue;
        ++*ret_of;
        lack += student->steps[step].score < 1;
    }
    return lack;
}

/* -- layout ------------------------------------------------------------------------------------ */

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

static int digits(size_t n)
{
    return n < 10 ? 1 : n < 100 ? 2 : 3;
}

struct heat_layout heat_lay_out(int rows, int cols, size_t n_students, size_t n_steps, int longest)
{
    struct heat_layout layout = {.name_width =
                                     cols < NARROW_BELOW ? NAME_WIDTH_NARROW : NAME_WIDTH};
    int room = cols - layout.name_width - 1, n = n_steps > 10000 ? 10000 : (int)n_steps;
    int width = room / at_least(n, 1);
    /* Two numbers of the totals side by side need a blank between them. */
    int least = digits(n_students) + 1;
    width = at_least(width, least);
    layout.column_width = width > COLUMN_MOST ? COLUMN_MOST : width;
    layout.columns = at_least(room / layout.column_width, 1);
    layout.columns = layout.columns > n ? at_least(n, 1) : layout.columns;
    int spare = layout.columns == n ? room - n * layout.column_width : 0;
    layout.name_width += spare > NAME_SPARE ? NAME_SPARE : spare;
    int head = longest / layout.column_width + 1, most = at_least(rows / 3, 1);
    layout.head = head < most ? head : most;
    layout.foot = 2;
    layout.rows = at_least(rows - layout.head - layout.foot, 1);
    return layout;
}

void heat_recalc(struct heat *heat, const struct snapshot *snapshot, const struct roll *roll,
                 int rows, int cols)
{
    int longest = 1;
    for (size_t s = 0; s < heat->n_steps; s++) {
        CLEANUP(mem_free_string)
        char *title = str_disarm(heat_title(snapshot, s));
        int width = str_width(title);
        longest = width > longest ? width : longest;
    }
    heat->layout = heat_lay_out(rows, cols, snapshot->n_students, heat->n_steps, longest);
    heat->n = roll->n;
    heat->at = roll->at;
    if (heat->step >= heat->n_steps)
        heat->step = heat->n_steps > 0 ? heat->n_steps - 1 : 0;
    heat->top = roll_scroll(heat->top, heat->at, (size_t)heat->layout.rows, heat->n);
    heat->left = roll_scroll(heat->left, heat->step, (size_t)heat->layout.columns, heat->n_steps);
}
