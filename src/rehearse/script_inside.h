/*
 * Inside the planning of scripts: the planner of one robot, shared by script.c (work) and fate.c
 * (what happens to some).
 */
#ifndef LECTERN_REHEARSE_SCRIPT_INSIDE_H
#define LECTERN_REHEARSE_SCRIPT_INSIDE_H

#include <stdbool.h>

#include "rehearse/laws.h"
#include "rehearse/random.h"
#include "rehearse/script.h"

/* Parts that one person types or pastes in one go. */
struct unit {
    size_t first, count; /* parts */
    size_t step;
    double cost, gain; /* work; of the lab, once it is handed in */
    bool typed;
};

struct strbuf;

struct planner {
    const struct class_script *class;
    enum profile profile;
    struct random random;
    struct arena *arena;
    const struct unit *units;
    size_t n_units;
    const double *difficulty; /* of each step */
    double unit_s, total;     /* seconds per cost; cost of all */
    double now_s, came_s;
    struct manner manner;
    const char *step;  /* where it is */
    const char *table; /* one that is there, quoted; NULL: none yet */
    double *work;      /* done at each minute of the lesson, as a part of the lab */
    double *handed;    /* and handed in */
    size_t minutes;    /* of both */
    double done, handed_in;
    struct move *moves; /* malloc'd while they grow */
    size_t n_moves, moves_capacity;
    struct robot_need *needs;
    size_t n_needs, needs_capacity;
};

double plan_around(struct planner *p, double median_s, double sigma);
bool plan_chance(struct planner *p, double probability);
bool plan_is_over(const struct planner *p); /* the lesson is */
void plan_move(struct planner *p, enum move_kind kind, double at_s, const char *step,
               const char *sql);
void plan_need(struct planner *p, enum need_kind kind, double onset_s, double visible_s,
               double end_s);
/* What is usual for the unit, for this robot in this class. */
double plan_unit_median(const struct planner *p, const struct unit *unit);
/* Statements that lead nowhere until `until_s`: looks (or odd questions), now and then an error. */
void plan_looks(struct planner *p, double until_s, double errors, enum move_kind kind);
/* "film" or "schema.film", quoted. */
void plan_add_object(struct strbuf *sql, const char *object);
void plan_hand_in(struct planner *p, const struct unit *unit);
void plan_note_work(struct planner *p, double from_s, double to_s, double cost);

/* fate.c: what happens before the unit; false: nothing more does. */
bool plan_fate(struct planner *p, const struct unit *unit);
bool plan_fate_is_possible(const struct planner *p);
void plan_coming(struct planner *p);
void plan_paste(struct planner *p);
void plan_after_work(struct planner *p);

#endif
