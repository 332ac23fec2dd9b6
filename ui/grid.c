/*
 * The grid's model.  The order is stable: ties keep the roster's order, and an unsorted grid is the
 * roster, so nobody jumps while somebody looks.
 */
#include "ui/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"

/* -- layout ------------------------------------------------------------------------------------ */

static const struct {
    /* Of a cell, with the rule or the blank that follows it; it grows where there is room. */
    int min_width, max_width, height, max_height;
} sizes[DENSITIES] = {
    [DENSITY_LARGE] = {30, 46, 5, 8},
    [DENSITY_CARDS] = {20, 34, 4, 5},
    [DENSITY_LINES] = {39, 96, 1, 1},
    [DENSITY_CELLS] = {4, 18, 1, 1},
};

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

static struct grid_layout lay_out(int rows, int area, int queue_width, size_t n,
                                  enum grid_density density)
{
    int height = sizes[density].height;
    /* The last row of cards needs no blank below it. */
    int lines = at_least((rows + (height > 1)) / height, 1);
    int most = at_least(area / sizes[density].min_width, 1);
    int needed = n > 100000 ? most : at_least(((int)n + lines - 1) / lines, 1);
    int roomy = (area + sizes[density].max_width - 1) / sizes[density].max_width;
    int columns = needed > roomy ? needed : roomy;
    columns = columns > most ? most : columns;
    int used = at_least(n > 100000 ? lines : ((int)n + columns - 1) / columns, 1);
    int roomier = (rows + (height > 1)) / (used < lines ? used : lines);
    height = roomier > sizes[density].max_height ? sizes[density].max_height : roomier;
    lines = at_least((rows + (height > 1)) / height, 1);
    return (struct grid_layout){
        .density = density,
        .queue_width = queue_width,
        .columns = columns,
        .cell_width = area / columns,
        .cell_height = height,
        .lines = lines,
    };
}

struct grid_layout grid_lay_out(int rows, int cols, size_t n, int density)
{
    int queue = cols < GRID_QUEUE_FROM ? 0 : cols * 3 / 10;
    queue = queue > 48 ? 48 : queue;
    if (density >= 0)
        return lay_out(rows, cols - queue, queue, n, (enum grid_density)density);
    struct grid_layout layout;
    for (int d = DENSITY_LARGE; d < DENSITIES; d++) {
        layout = lay_out(rows, cols - queue, queue, n, (enum grid_density)d);
        if ((size_t)layout.lines * (size_t)layout.columns >= n)
            break;
    }
    return layout;
}

/* -- students ---------------------------------------------------------------------------------- */

const char *student_label(const struct snapshot_student *student)
{
    return *student->name != '\0' ? student->name : student->login;
}

bool student_needs_help(const struct snapshot_student *student)
{
    return student->state == STATE_STUCK || student->state == STATE_BLOCKED ||
           student->state == STATE_BEHIND;
}

int64_t student_idle_s(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    if (student->last_progress_us <= 0)
        return -1;
    int64_t s = (snapshot->now_us - student->last_progress_us) / 1000000;
    return s < 0 ? 0 : s;
}

void student_reason(const struct snapshot *snapshot, const struct snapshot_student *student,
                    struct strbuf *out)
{
    bool at_step = *student->current_step != '\0';
    if (*student->reason != '\0') {
        strbuf_add_string(out, student->reason);
    } else if (student->state == STATE_STUCK) {
        strbuf_add_string(out, student_idle_s(snapshot, student) < 0 ? "no progress so far"
                                                                     : "no progress");
        if (at_step)
            strbuf_printf(out, " on %s", student->current_step);
    } else if (student->state == STATE_BEHIND) {
        if (at_step)
            strbuf_printf(out, "still on %s, ", student->current_step);
        if (!isnan(student->progress) && !isnan(snapshot->median))
            strbuf_printf(out, "%.0f %% below the class",
                          (snapshot->median - student->progress) * 100);
        else
            strbuf_add_string(out, "far below the class");
    } else if (student->state == STATE_BLOCKED)
        strbuf_add_string(out, "waits for a lock, or left a transaction open");
}

/* -- order ------------------------------------------------------------------------------------- */

static int urgency(enum student_state state)
{
    static const int ranks[STATES] = {
        [STATE_BLOCKED] = 0, [STATE_STUCK] = 0,   [STATE_BEHIND] = 1, [STATE_UNKNOWN] = 2,
        [STATE_IDLE] = 3,    [STATE_WORKING] = 4, [STATE_ABSENT] = 5, [STATE_DONE] = 6,
    };
    return ranks[state];
}

static int compare_numbers(double a, double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b);
    return (a > b) - (a < b);
}

struct sorting {
    const struct snapshot *snapshot;
    enum grid_sort sort;
};

static int compare(const void *a, const void *b, void *data)
{
    const struct sorting *sorting = data;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const struct snapshot_student *x = &sorting->snapshot->students[i],
                                  *y = &sorting->snapshot->students[j];
    int by = 0;
    if (sorting->sort == SORT_PROGRESS)
        by = compare_numbers(x->progress, y->progress);
    else if (sorting->sort == SORT_STATE)
        by = urgency(x->state) - urgency(y->state);
    else if (sorting->sort == SORT_NAME)
        by = strcoll(student_label(x), student_label(y));
    return by != 0 ? by : (i > j) - (i < j);
}

/* Longest without progress first; who never made any has waited longest. */
static int compare_needs(const void *a, const void *b, void *data)
{
    const struct snapshot *snapshot = ((const struct sorting *)data)->snapshot;
    size_t i = *(const size_t *)a, j = *(const size_t *)b;
    const struct snapshot_student *x = &snapshot->students[i], *y = &snapshot->students[j];
    int by = urgency(x->state) - urgency(y->state);
    if (by == 0)
        by = (x->last_progress_us > y->last_progress_us) -
             (x->last_progress_us < y->last_progress_us);
    return by != 0 ? by : (i > j) - (i < j);
}

const char *grid_sort_name(enum grid_sort sort)
{
    static const char *const names[SORTS] = {"roster", "progress", "state", "name"};
    return names[sort];
}

void grid_init(struct grid *grid)
{
    *grid = (struct grid){.density = -1};
}

void grid_release(struct grid *grid)
{
    free(grid->selected);
    free(grid->order);
    free(grid->need);
    grid_init(grid);
}

static void sort_students(struct grid *grid, const struct snapshot *snapshot)
{
    grid->n = snapshot->n_students;
    grid->n_need = 0;
    if (grid->n > grid->capacity) {
        grid->capacity = grid->n;
        grid->order = mem_realloc_array(grid->order, grid->n, sizeof *grid->order);
        grid->need = mem_realloc_array(grid->need, grid->n, sizeof *grid->need);
    }
    for (size_t i = 0; i < grid->n; i++) {
        grid->order[i] = i;
        if (student_needs_help(&snapshot->students[i]))
            grid->need[grid->n_need++] = i;
    }
    struct sorting sorting = {snapshot, grid->sort};
    if (grid->n > 0)
        qsort_r(grid->order, grid->n, sizeof *grid->order, compare, &sorting);
    if (grid->n_need > 0)
        qsort_r(grid->need, grid->n_need, sizeof *grid->need, compare_needs, &sorting);
}

static void select_at(struct grid *grid, const struct snapshot *snapshot, size_t at)
{
    grid->at = at;
    free(grid->selected);
    grid->selected = grid->n > 0 ? mem_strdup(snapshot->students[grid->order[at]].login) : NULL;
}

static void follow_selection(struct grid *grid, const struct snapshot *snapshot)
{
    for (size_t i = 0; grid->selected != NULL && i < grid->n; i++)
        if (strcmp(snapshot->students[grid->order[i]].login, grid->selected) == 0) {
            grid->at = i;
            return;
        }
    /* Gone from the roster, or nobody yet: whoever stands at that place now. */
    if (grid->n > 0)
        select_at(grid, snapshot, grid->at < grid->n ? grid->at : grid->n - 1);
}

void grid_recalc(struct grid *grid, const struct snapshot *snapshot, int rows, int cols)
{
    sort_students(grid, snapshot);
    follow_selection(grid, snapshot);
    grid->layout = grid_lay_out(rows, cols, grid->n, grid->density);
    size_t columns = (size_t)grid->layout.columns, lines = (size_t)grid->layout.lines;
    size_t row = grid->at / columns, all = (grid->n + columns - 1) / columns;
    if (row < grid->top)
        grid->top = row;
    if (row >= grid->top + lines)
        grid->top = row - lines + 1;
    if (all <= lines)
        grid->top = 0;
    else if (grid->top > all - lines)
        grid->top = all - lines;
}

void grid_move(struct grid *grid, const struct snapshot *snapshot, long by)
{
    if (grid->n == 0)
        return;
    long at = (long)grid->at + by, last = (long)grid->n - 1;
    select_at(grid, snapshot, (size_t)(at < 0 ? 0 : at > last ? last : at));
}

size_t grid_above(const struct grid *grid)
{
    return grid->top * (size_t)grid->layout.columns;
}

size_t grid_below(const struct grid *grid)
{
    size_t seen = (grid->top + (size_t)grid->layout.lines) * (size_t)grid->layout.columns;
    return grid->n > seen ? grid->n - seen : 0;
}
