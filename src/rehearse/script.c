/*
 * Planning the class's lesson: how long each robot takes for what, where it errs, where it rests.
 */
#include "rehearse/script.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "rehearse/behind.h"
#include "rehearse/script_inside.h"

enum { TYPED_MAX = 3000, ERRORS = 12, MINUTES_BEYOND = 2 };
static const double lesson_share = 0.75; /* of the lesson, for who is usual in all */

const char *move_name(enum move_kind kind)
{
    static const char *const names[MOVES] = {
        [MOVE_LOGIN] = "login",   [MOVE_LOGOUT] = "logout", [MOVE_REFUSED] = "refused",
        [MOVE_WORK] = "work",     [MOVE_TYPO] = "typo",     [MOVE_LOOK] = "look",
        [MOVE_ODD] = "odd",       [MOVE_BEGIN] = "begin",   [MOVE_COMMIT] = "commit",
        [MOVE_HOLD] = "hold",     [MOVE_WAIT] = "wait",     [MOVE_HAND] = "hand",
        [MOVE_THANKS] = "thanks", [MOVE_DROP] = "drop",
    };
    return names[kind];
}

/* -- what every plan is made of ---------------------------------------------------------------- */

double plan_around(struct planner *p, double median_s, double sigma)
{
    return median_s * random_lognormal(&p->random, sigma);
}

bool plan_chance(struct planner *p, double probability)
{
    return random_unit(&p->random) < probability;
}

bool plan_is_over(const struct planner *p)
{
    return p->now_s >= p->class->lesson_s;
}

void plan_move(struct planner *p, enum move_kind kind, double at_s, const char *step,
               const char *sql)
{
    p->moves = mem_grow(p->moves, p->n_moves, &p->moves_capacity, sizeof(*p->moves));
    p->moves[p->n_moves++] = (struct move){.kind = kind, .at_s = at_s, .step = step, .sql = sql};
}

void plan_need(struct planner *p, enum need_kind kind, double onset_s, double visible_s,
               double end_s)
{
    if (end_s > p->class->lesson_s)
        end_s = p->class->lesson_s;
    if (onset_s >= end_s)
        return;
    if (!(visible_s + laws.least_need_s <= end_s))
        visible_s = (double)NAN;
    p->needs = mem_grow(p->needs, p->n_needs, &p->needs_capacity, sizeof(*p->needs));
    p->needs[p->n_needs++] = (struct robot_need){kind, onset_s, visible_s, end_s};
}

void plan_add_object(struct strbuf *sql, const char *object)
{
    strbuf_add_char(sql, '"');
    for (; *object != '\0'; object++)
        if (*object == '.')
            strbuf_add_string(sql, "\".\"");
        else
            strbuf_printf(sql, *object == '"' ? "\"%c" : "%c", *object);
    strbuf_add_char(sql, '"');
}

double plan_unit_median(const struct planner *p, const struct unit *unit)
{
    return unit->cost * p->unit_s * p->manner.pace * p->difficulty[unit->step];
}

void plan_note_work(struct planner *p, double from_s, double to_s, double cost)
{
    double before = p->done;
    p->done += cost;
    for (size_t m = (size_t)(from_s / 60); m < p->minutes; m++) {
        double part = to_s > from_s ? ((double)m * 60 - from_s) / (to_s - from_s) : 1;
        part = part < 0 ? 0 : part > 1 ? 1 : part;
        p->work[m] = (before + part * cost) / p->total;
    }
}

static void note_handed_in(struct planner *p, double gain)
{
    p->handed_in += gain;
    for (size_t m = (size_t)(p->now_s / 60) + 1; m < p->minutes; m++)
        p->handed[m] = p->handed_in;
}

/* -- looks ------------------------------------------------------------------------------------- */

/* One of so many statements that the server refuses, each with words of its own. */
static const char *wrong_question(struct planner *p)
{
    const char *name = strrchr(p->step, ' ');
    name = name != NULL ? name + 1 : p->step;
    char key = (char)('a' + random_below(&p->random, ERRORS));
    switch (key % 3) {
    case 0:
        return arena_printf(p->arena, "SELECT * FROM \"%s_%c\";", name, key);
    case 1:
        return arena_printf(p->arena, "SELECT %c FORM \"%s\";", key, name);
    default:
        return arena_printf(p->arena, "DESCRIBE_%c \"%s\";", key, name);
    }
}

static const char *right_question(struct planner *p)
{
    if (p->table != NULL && plan_chance(p, 0.6))
        return arena_printf(p->arena, "SELECT * FROM %s LIMIT 5;", p->table);
    return "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'public';";
}

void plan_looks(struct planner *p, double until_s, double errors, enum move_kind kind)
{
    double next = p->now_s + plan_around(p, p->manner.peek_s, laws.peek_sigma);
    for (; next < until_s; next += plan_around(p, p->manner.peek_s, laws.peek_sigma))
        plan_move(p, kind, next, p->step,
                  plan_chance(p, errors) ? wrong_question(p) : right_question(p));
    p->now_s = until_s;
}

/* -- work -------------------------------------------------------------------------------------- */

static void take_break(struct planner *p)
{
    bool out = plan_chance(p, laws.break_logout);
    if (out)
        plan_move(p, MOVE_LOGOUT, p->now_s, "", NULL);
    p->now_s += plan_around(p, laws.break_s, laws.break_sigma);
    if (out)
        plan_move(p, MOVE_LOGIN, p->now_s, "", NULL);
    plan_move(p, MOVE_LOOK, p->now_s, "", right_question(p));
}

/* The part that is typed, mistyped: read, tried again, mostly with the same mistake. */
static void mistype_unit(struct planner *p, const struct unit *unit)
{
    const struct part *part = &p->class->split->parts[unit->first];
    const char *wrong = mistype(part->sql, &p->random, p->arena);
    do {
        if (wrong == NULL)
            return;
        plan_move(p, MOVE_TYPO, p->now_s, part->step, wrong);
        p->moves[p->n_moves - 1].part = unit->first;
        p->now_s += plan_around(p, 20, 0.5);
        if (!plan_chance(p, laws.typo_same))
            wrong = mistype(part->sql, &p->random, p->arena);
    } while (plan_chance(p, laws.typo_again));
}

/* Who forgets something forgets it in each third step. */
static bool is_forgetful(const struct planner *p, const struct unit *unit)
{
    return unit->step % 3 == 1 &&
           (p->profile == PROFILE_WRONG_TYPES || p->profile == PROFILE_NO_KEYS ||
            p->profile == PROFILE_DOUBLE_ROWS);
}

static void hand_in_part(struct planner *p, size_t index, bool forgetful)
{
    const struct part *part = &p->class->split->parts[index];
    const char *sql = part->sql;
    bool twice = forgetful && p->profile == PROFILE_DOUBLE_ROWS && part->kind == PART_ROWS;
    bool is_key = part->kind == PART_KEY || part->kind == PART_FOREIGN_KEY;
    if (forgetful && is_key && p->profile != PROFILE_WRONG_TYPES)
        return; /* with the key no row would come twice */
    if (forgetful && p->profile == PROFILE_WRONG_TYPES && part->kind == PART_TABLE)
        sql = confuse_types(sql, p->arena);
    for (int times = twice ? 2 : 1; times > 0; times--) {
        plan_move(p, MOVE_WORK, p->now_s, part->step, sql);
        p->moves[p->n_moves - 1].part = index;
        p->now_s += 1;
    }
    if (part->kind != PART_TABLE)
        return;
    CLEANUP(strbuf_release)
    struct strbuf quoted = STRBUF_INIT;
    plan_add_object(&quoted, part->object);
    p->table = arena_strdup(p->arena, quoted.text);
}

void plan_hand_in(struct planner *p, const struct unit *unit)
{
    bool by_hand = p->manner.manual && plan_chance(p, laws.commit_share);
    if (by_hand)
        plan_move(p, MOVE_BEGIN, p->now_s, p->step, "BEGIN;");
    for (size_t i = 0; i < unit->count; i++)
        hand_in_part(p, unit->first + i, is_forgetful(p, unit));
    if (by_hand) {
        p->now_s += plan_around(p, laws.commit_s, laws.commit_sigma);
        plan_move(p, MOVE_COMMIT, p->now_s, p->step, "COMMIT;");
    }
    note_handed_in(p, unit->gain);
}

static void work_on(struct planner *p, const struct unit *unit)
{
    double begin = p->now_s, left = plan_around(p, plan_unit_median(p, unit), laws.work_sigma);
    if (plan_chance(p, laws.breaks_per_lesson / (double)p->n_units)) {
        double first = left * random_unit(&p->random);
        plan_looks(p, p->now_s + first, 0.1, MOVE_LOOK);
        take_break(p);
        left -= first;
    }
    if (p->manner.thinker && plan_chance(p, 0.15)) /* paper and pencil */
        p->now_s += plan_around(p, 100, 0.35);
    plan_looks(p, p->now_s + left, 0.1, MOVE_LOOK);
    if (unit->typed && plan_chance(p, p->manner.typos))
        mistype_unit(p, unit);
    plan_note_work(p, begin, p->now_s, unit->cost);
    plan_hand_in(p, unit);
}

/* Who is slow goes on behind the lesson's end; what happens to the others does not. */
static void plan_robot(struct planner *p)
{
    p->manner = laws_manner(p->profile, &p->random);
    plan_coming(p);
    if (plan_is_over(p))
        return;
    if (p->profile == PROFILE_PASTER) {
        plan_paste(p);
        return;
    }
    size_t fateful = (size_t)((double)p->n_units * random_between(&p->random, 0.1, 0.7));
    bool was = false;
    for (size_t i = 0; i < p->n_units; i++) {
        p->step = p->class->split->parts[p->units[i].first].step;
        if (i >= fateful && !was && plan_fate_is_possible(p)) {
            was = true;
            if (!plan_is_over(p) && !plan_fate(p, &p->units[i]))
                return;
        }
        work_on(p, &p->units[i]);
    }
    if (!plan_is_over(p))
        plan_after_work(p);
}

/* -- the class --------------------------------------------------------------------------------- */

/* What is typed in one go: a table with its keys, its rows, its foreign keys, its indexes. */
static int go_of(enum part_kind kind)
{
    switch (kind) {
    case PART_TABLE:
    case PART_ALTER:
    case PART_KEY:
        return PART_TABLE;
    case PART_ROWS:
    case PART_SETVAL:
        return PART_ROWS;
    default:
        return (int)kind;
    }
}

static bool goes_on(const struct part *part, const struct part *next)
{
    return strcmp(part->step, next->step) == 0 && go_of(part->kind) == go_of(next->kind) &&
           (next->kind != PART_TABLE && next->kind != PART_VIEW && next->kind != PART_FUNCTION);
}

static size_t step_of(const struct split *split, const char **names, size_t *n, size_t part)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(names[i], split->parts[part].step) == 0)
            return i;
    names[*n] = split->parts[part].step;
    return (*n)++;
}

/* Rows are pasted; the rest is typed. */
static double cost_of(const struct split *split, const struct unit *unit)
{
    size_t length = 0;
    for (size_t i = 0; i < unit->count; i++)
        length += strlen(split->parts[unit->first + i].sql);
    return unit->typed ? 0.4 + (double)(length < 600 ? length : 600) / 600 : 0.3;
}

/* The table or whatever makes a step counts three times as much as each of the rest. */
static void set_gains(struct unit *units, size_t n, size_t n_steps)
{
    for (size_t step = 0; step < n_steps; step++) {
        size_t count = 0, seen = 0;
        for (size_t i = 0; i < n; i++)
            count += units[i].step == step;
        for (size_t i = 0; i < n; i++)
            if (units[i].step == step)
                units[i].gain = (seen++ == 0 ? 3 : 1) / (double)(count + 2) / (double)n_steps;
    }
}

static size_t make_units(const struct split *split, struct unit *units, size_t *ret_steps)
{
    size_t n = 0, n_steps = 0;
    const char **names = mem_alloc_array(split->count + 1, sizeof(*names));
    for (size_t i = 0; i < split->count; i++) {
        if (n > 0 && goes_on(&split->parts[i - 1], &split->parts[i])) {
            units[n - 1].count++;
            continue;
        }
        units[n++] = (struct unit){.first = i,
                                   .count = 1,
                                   .step = step_of(split, names, &n_steps, i),
                                   .typed = go_of(split->parts[i].kind) != PART_ROWS &&
                                            strlen(split->parts[i].sql) <= TYPED_MAX};
    }
    for (size_t i = 0; i < n; i++)
        units[i].cost = cost_of(split, &units[i]);
    set_gains(units, n, n_steps);
    free(names);
    *ret_steps = n_steps;
    return n;
}

static int by_time(const void *a, const void *b)
{
    const struct move *x = a, *y = b;
    if (x->at_s != y->at_s)
        return (x->at_s > y->at_s) - (x->at_s < y->at_s);
    return (x->part > y->part) - (x->part < y->part); /* by now: in the order of planning */
}

static int by_onset(const void *a, const void *b)
{
    const struct robot_need *x = a, *y = b;
    return (x->onset_s > y->onset_s) - (x->onset_s < y->onset_s);
}

/* Moves that were planned ahead (a hand comes down) go to their places. */
static void sort_moves(struct move *moves, size_t n)
{
    size_t *parts = mem_alloc_array(n + 1, sizeof(*parts));
    for (size_t i = 0; i < n; i++) {
        parts[i] = moves[i].part;
        moves[i].part = i;
    }
    if (n > 0)
        qsort(moves, n, sizeof(*moves), by_time);
    for (size_t i = 0; i < n; i++)
        moves[i].part = parts[moves[i].part];
    free(parts);
}

/* From what grew to what lasts. */
static void finish(struct planner *p, struct robot_script *ret_script)
{
    sort_moves(p->moves, p->n_moves);
    if (p->n_needs > 0)
        qsort(p->needs, p->n_needs, sizeof(*p->needs), by_onset);
    *ret_script = (struct robot_script){
        .moves = arena_alloc_array(p->arena, p->n_moves + 1, sizeof(*p->moves)),
        .count = p->n_moves,
        .needs = arena_alloc_array(p->arena, p->n_needs + 1, sizeof(*p->needs)),
        .n_needs = p->n_needs};
    if (p->n_moves > 0)
        memcpy(ret_script->moves, p->moves, p->n_moves * sizeof(*p->moves));
    if (p->n_needs > 0)
        memcpy(ret_script->needs, p->needs, p->n_needs * sizeof(*p->needs));
    free(p->moves);
    free(p->needs);
    free(p->work);
    free(p->handed);
}

static bool has_other(size_t i, double at_s, void *data)
{
    const struct planner *p = (const struct planner *)data + i;
    for (size_t k = 0; k < p->n_needs; k++)
        if (at_s >= p->needs[k].onset_s && at_s < p->needs[k].until_s)
            return true;
    return false;
}

static void plan_to_be_behind(size_t i, double onset_s, double visible_s, double until_s,
                              void *data)
{
    plan_need((struct planner *)data + i, NEED_BEHIND, onset_s, visible_s, until_s);
}

/* Known from all plans together. */
static void plan_behind(struct planner *planners, size_t n, size_t minutes)
{
    struct course *courses = mem_alloc_array(n + 1, sizeof(*courses));
    for (size_t i = 0; i < n; i++)
        courses[i] = (struct course){.came_s = planners[i].came_s,
                                     .left_behind = planners[i].profile == PROFILE_LEFT_BEHIND,
                                     .work = planners[i].work,
                                     .handed = planners[i].handed};
    struct behind_calls calls = {has_other, plan_to_be_behind, planners};
    if (n > 0)
        behind_find(courses, n, minutes, planners[0].class->lesson_s, &calls);
    free(courses);
}

void class_script_plan(const struct class_script *class, struct arena *arena,
                       struct robot_script *ret_scripts)
{
    size_t n_steps, minutes = (size_t)(class->lesson_s / 60) + MINUTES_BEYOND;
    struct unit *units = mem_alloc_array(class->split->count + 1, sizeof(*units));
    size_t n_units = make_units(class->split, units, &n_steps);
    double *difficulty = mem_alloc_array(n_steps + 1, sizeof(*difficulty)), total = 0;
    struct random random;
    random_init(&random, class->seed, "class");
    for (size_t i = 0; i < n_steps; i++)
        difficulty[i] = random_lognormal(&random, laws.difficulty_sigma);
    for (size_t i = 0; i < n_units; i++)
        total += units[i].cost;
    struct planner *planners = mem_alloc_array(class->n + 1, sizeof(*planners));
    for (size_t i = 0; i < class->n; i++) {
        struct planner *p = &planners[i];
        *p = (struct planner){.class = class,
                              .profile = class->profiles[i],
                              .arena = arena,
                              .step = "",
                              .units = units,
                              .n_units = n_units,
                              .difficulty = difficulty,
                              .unit_s = total > 0 ? class->lesson_s * lesson_share / total : 0,
                              .total = total,
                              .work = mem_alloc_array(minutes, sizeof(double)),
                              .handed = mem_alloc_array(minutes, sizeof(double)),
                              .minutes = minutes};
        random_init(&p->random, class->seed, class->logins[i]);
        plan_robot(p);
    }
    plan_behind(planners, class->n, minutes);
    for (size_t i = 0; i < class->n; i++)
        finish(&planners[i], &ret_scripts[i]);
    free(planners);
    free(units);
    free(difficulty);
}
