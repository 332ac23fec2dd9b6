/*
 * Pace: what one student's working time tells.  A tracker that is fed with looks at the student and
 * keeps how long he worked before each progress, how long his pauses and open transactions were,
 * his progress by the minute and the errors since he last got on.  Pure; lab/class learns from all
 * of them, lab/need judges by them.
 *
 * Times are seconds of the lesson (lab/lesson_clock: pauses do not count) from any origin; NAN:
 * never.  Working time is the time between two things done, but at most PACE_PAUSE_S of it: who is
 * at the coffee machine does not work.
 */
#ifndef LECTERN_LAB_PACE_H
#define LECTERN_LAB_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACE_PAUSE_S = 150,
    PACE_STAGES = 8, /* of a step: nothing there yet, then each seventh of its score */
    PACE_ERRORS = 4, /* different errors that are remembered at a time */
    PACE_BINS = 80,  /* of spells' lengths, PACE_PER_E to each factor e */
    PACE_PER_E = 8,
    PACE_TEXT_MAX = 79,
    PACE_MINUTES_MAX = 24 * 60,
};

/* Lengths of spells that ended: bin b has those of exp(b / PACE_PER_E) seconds and more. */
struct pace_spells {
    unsigned short bins[PACE_BINS];
};
void pace_spell(struct pace_spells *spells, double seconds);
/* The longest of at least three; 0: there are fewer. */
double pace_longest(const struct pace_spells *spells);

struct pace_error {
    char sqlstate[6];
    char text[PACE_TEXT_MAX + 1]; /* how the message begins */
    int count;
    double first_s, last_s;
};

struct pace {
    size_t n_steps;
    double *score;   /* of each step, the last known */
    double *longest; /* per step and stage: working seconds that ended with progress; 0: none */
    int at;          /* step * PACE_STAGES + stage where he works; -1: unknown, or done */
    double worked_s; /* since the last progress */
    double first_s, active_s, progress_s;
    double open_s;        /* since when a transaction sits open; NAN: none does */
    bool held;            /* what he does now cannot show as progress */
    double held_worked_s; /* worked_s when that began */
    struct pace_spells quiet, open;
    float *by_minute; /* progress at each minute since he came */
    size_t n_minutes, capacity;
    int errors;     /* since the last progress */
    int different;  /* of these, those that are not the one before again */
    int last_error; /* in `same`; -1: none yet */
    struct pace_error same[PACE_ERRORS];
    int logins_failed; /* since he was last in */
    double login_failed_s;
};

void pace_init(struct pace *pace, size_t n_steps);
void pace_release(struct pace *pace);

/* One look at a student. */
struct pace_look {
    double now_s;
    double active_s; /* when he last did something; NAN: never */
    int sessions;
    double open_s;       /* since when his oldest transaction sits idle; NAN: none */
    bool waits;          /* for a lock */
    double progress;     /* NAN: unknown */
    int step;            /* where he works; -1: unknown, or done */
    const double *steps; /* scores, NAN unknown; NULL: as at the last look */
};
void pace_look(struct pace *pace, const struct pace_look *look);

/* An error that the server told him; the texts are disarmed by the caller. */
void pace_error(struct pace *pace, double at_s, const char *sqlstate, const char *message);
/* A login that was refused, and one that was not. */
void pace_login_failed(struct pace *pace, double at_s);
void pace_logged_in(struct pace *pace);

/* Somebody helped him: the clock starts anew. */
void pace_helped(struct pace *pace);

/* Working seconds without progress, the present pause included as far as it counts. */
double pace_worked(const struct pace *pace, double now_s);
/* The error that came most often since the last progress; NULL: none. */
const struct pace_error *pace_same(const struct pace *pace);

#endif
