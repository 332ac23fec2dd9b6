/*
 * The class: what is usual in it, learnt from the pace of all.  How long each stage of each step
 * takes before it shows progress, how far people are how long after they came, how long pauses and
 * transactions last, when people came; and what the class is stuck on.  Pure.
 *
 * The rules are the lab's settings.  They hold as they stand while the class is too young to know
 * better, and as what is learnt is drawn towards (each setting counts like a few students).
 */
#ifndef LECTERN_LAB_CLASS_H
#define LECTERN_LAB_CLASS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "lab/pace.h"

struct class_rules {
    bool learn;            /* false: the times below as they stand */
    double stuck_after_s;  /* working without progress, before the class's own time is known */
    double stuck_factor;   /* how unusual: so many spreads beyond the class's median */
    int same_error;        /* times the same error without progress */
    double idle_after_s;   /* quiet */
    double open_after_s;   /* a transaction that sits open */
    double wait_after_s;   /* for a lock */
    double absent_after_s; /* not come, since the lesson began */
    double unknown_after_s;
    int wrong_passwords;
    double behind_by;    /* below where the class was after as long, of the whole lab */
    double behind_ratio; /* and no further than this part of it */
};
/* The defaults, which lab.yaml's documentation gives too. */
struct class_rules class_rules_default(void);
/* Set a key for each member in `object`, and take over those that `object` has, as a number (or
 * truth) above 0: the control database's labs.limits. */
void class_rules_write(const struct class_rules *rules, json_t *object);
void class_rules_read(struct class_rules *rules, const json_t *object);

/* How long one stage of one step takes. */
struct class_cell {
    double median_s; /* working time before progress */
    size_t finished; /* students it is known from */
};

struct class
{
    struct class_rules rules;
    size_t n_students, n_steps;
    struct class_cell *cells; /* n_steps * PACE_STAGES */
    double *own;              /* each student's pace: ln of his times by the class's */
    double spread;            /* of ln of working times around both */
    double idle_s, open_s;    /* what is too long here */
    double absent_s;          /* of lesson time: who is not here by then does not come */
    size_t came;
    double *curve; /* the median of progress at each minute after coming */
    size_t n_curve;
    double behind_ratio;
};

void class_init(struct class *class, const struct class_rules *rules, size_t n_students,
                size_t n_steps);
void class_release(struct class *class);

/* Learn anew from all; `time_factors`: the roster's, one per student. */
void class_learn(struct class *class, const struct pace *paces, const double *time_factors,
                 double start_s, double now_s);

/* The spread of ln of working times in a cell around its median: the class's, and what is not known
 * of the median while few students have passed there. */
double class_spread(const struct class *class, size_t cell);

/* Where the class was `elapsed_s` after coming; NAN: not known yet. */
double class_expected(const struct class *class, double elapsed_s);
/* How long after coming the class went beyond `progress`; as far as is known when it has not. */
double class_passed(const struct class *class, double progress);

/* -- what the class is stuck on ------------------------------------------------------------------
 */

struct class_lack {
    size_t here, lack; /* students who came; of these, those who have not finished the step */
    size_t at;         /* of these, those who work at it now */
    double since_s;    /* since when the longest of those at it is without progress; NAN */
    int missed;        /* the check that most of them miss; -1: none is known to be missed */
    size_t misses;     /* so many of them */
};

/* One student's standing as class_lacks() takes it; NAN scores are unknown and count for nothing.
 */
struct class_standing {
    bool here;
    const double *steps;  /* n_steps */
    const double *checks; /* n_checks */
    int step;             /* where he works; -1 */
    double progress_s;    /* NAN: never */
};

/* `check_steps`: the step of each check.  Fills `ret_lacks`, n_steps of them. */
void class_lacks(const struct class_standing *students, size_t n_students, size_t n_steps,
                 const size_t *check_steps, size_t n_checks, struct class_lack *ret_lacks);
/* The step that holds up most of those at work, at least two of them; -1: none. */
int class_hardest(const struct class_lack *lacks, size_t n_steps);

#endif
