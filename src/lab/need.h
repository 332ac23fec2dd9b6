/*
 * Need: why a student should be looked after.  A pure function of what is known of the student and
 * of the class, with the last answer as its memory: a flag goes up when its cause is sure, comes
 * down when the cause ends, and does not flicker in between.
 */
#ifndef LECTERN_LAB_NEED_H
#define LECTERN_LAB_NEED_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/class.h"
#include "lab/pace.h"
#include "lab/state.h"

struct strbuf;

/* In the order in which they are looked after, the last first. */
enum need_kind {
    NEED_NONE,
    NEED_UNKNOWN, /* nothing of him can be measured */
    NEED_ABSENT,  /* did not come, or left unfinished */
    NEED_IDLE,    /* here, and nothing happens */
    NEED_BEHIND,  /* works, at a fraction of the class's pace */
    NEED_STUCK,   /* works and does not get on, or makes the same error again and again */
    NEED_BLOCKED, /* a lock, an open transaction or a password is in the way */
    NEED_HAND,    /* raised a hand */
    NEEDS
};
const char *need_name(enum need_kind kind); /* "stuck" */
bool need_parse(const char *name, enum need_kind *ret_kind);
/* What the metric has: 0 none, 1 absent and unknown, 2 idle, 3 behind, 4 stuck and blocked, 5 hand.
 */
int need_severity(enum need_kind kind);

/* What is known of one student now, beside his pace. */
struct need_signals {
    double now_s;
    double progress; /* NAN: unknown */
    bool done;       /* everything is, and known to be */
    int sessions;
    double time_factor;
    const char *seat;      /* NULL or "": not known */
    double waiting_s;      /* since when a session of his waits for a lock; NAN: none */
    const char *waits_for; /* who holds it, in words; NULL: not known */
    bool waits_for_own;    /* and that is he himself, in another session */
    const char *keeps;     /* who waits for his open transaction; NULL: nobody */
    double unknown_s;      /* since when nothing can be measured; NAN: it can */
    const char *unknown;   /* why, in words; "" or NULL: not known */
    double hand_s;         /* since when a hand is up; NAN: none */
    int helped;            /* times so far, for the queue */
    double start_s;        /* when the lesson began (or the lab was first measured) */
};

struct need {
    enum need_kind kind;
    double since_s;  /* when its cause began */
    double raised_s; /* when it was raised */
    bool errors;     /* NEED_STUCK: by the same error, not by the time */
    int helped;      /* NEED_HAND */
    double turned_s; /* since when NEED_BEHIND would go up, or down; 0: it would not */
};

/* `before`: the last answer, all zero at first.  `index`: the student's in the class. */
struct need need_judge(const struct need *before, const struct need_signals *signals,
                       const struct pace *pace, const struct class *class, size_t index);

/* How long he may work without progress where he is now, in seconds. */
double need_patience(const struct need_signals *signals, const struct pace *pace,
                     const struct class *class, size_t index);

/* The need in words: "no progress for 9 min at table loan; the class took 3 min".  `step`: the
 * title of where he works, or "". */
void need_words(struct strbuf *out, const struct need *need, const struct need_signals *signals,
                const struct pace *pace, const struct class *class, size_t index, const char *step);

/* What the grid shows of it. */
enum student_state need_state(const struct need *need, const struct need_signals *signals,
                              const struct pace *pace);

/* Whom to look after first: below 0 when `a` is before `b`.  Hands by waiting time, those who were
 * not helped yet ahead; then the struggling before the idle; then by how long. */
int need_compare(const struct need *a, const struct need *b);

#endif
