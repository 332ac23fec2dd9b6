/*
 * The laws by which robots live, and what follows from them about when a need can be known: "an
 * observer who knows all of this, but not this robot's fate".  Shared by the robots of a rehearsal
 * and by the model of tests/bench/need_model.c; tests/bench/need.md has them in words.
 *
 * Times are seconds of the class, log-normal around their medians.
 */
#ifndef LECTERN_REHEARSE_LAWS_H
#define LECTERN_REHEARSE_LAWS_H

#include <stdbool.h>
#include <stddef.h>

#include "rehearse/profile.h"

struct random;

struct laws {
    double work_sigma, difficulty_sigma, pace_sigma; /* of a part, a step in this class, a robot */
    double peek_s, peek_sigma;                       /* looks around while it works */
    double break_s, break_sigma, breaks_per_lesson, break_logout;
    double arrive_s, arrive_sigma;
    double typo_share, typo_again, typo_same; /* of the parts; another failure; with the same */
    double commit_s, commit_sigma, commit_share;
    double wait_s, wait_sigma, waits_per_lesson; /* for locks that pass */
    double hide_s, hide_sigma, hides_per_lesson; /* not measured for a moment */
    double usual_share;                          /* of the robots: they need nobody */
    double sure;                                 /* "can be known": right so often */
    double least_need_s, least_behind_s;         /* what counts lasts that long */
    double behind_ratio, behind_by;
};
extern const struct laws laws;

/* How one robot works. */
struct manner {
    double pace;   /* times the usual time of a part */
    double peek_s; /* looks around after so long, median */
    double typos;  /* share of the parts that are mistyped at first */
    bool thinker;  /* sits over paper in between */
    bool manual;   /* ends its transactions by hand */
};
/* A robot's, by its profile. */
struct manner laws_manner(enum profile profile, struct random *random);

/* How often one profile out of the unusual comes. */
double laws_share(void);
/* How long a spell must last until one is sure that it is a need: needs come with `needs` per
 * ordinary spell, and ordinary spells are log-normal. */
double laws_sure_after(double median_s, double sigma, double needs);
/* So many times the same error, among parts of which some are mistyped: typos end sooner. */
int laws_sure_errors(size_t n_parts);

/* Less than half of what is usual, and a quarter of the lab short of it. */
bool laws_far_behind(double done, double usual);

#endif
