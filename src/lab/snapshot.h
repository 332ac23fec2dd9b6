/*
 * A snapshot of the class: what the grid paints and `lectern status --json` prints.  Made by
 * src/board from Prometheus' answers and the control database's words.
 */
#ifndef LECTERN_LAB_SNAPSHOT_H
#define LECTERN_LAB_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/lesson.h"
#include "lab/need.h"
#include "lab/state.h"

enum freshness { FRESH, FRESH_LATE, FRESH_STALE, FRESH_NEVER };

/* Which part of the chain is at fault; each has its own sentence (snapshot_trouble_text()). */
enum trouble {
    TROUBLE_NONE,
    TROUBLE_PROMETHEUS, /* no answer */
    TROUBLE_EXPORTER,   /* up = 0 */
    TROUBLE_CONTROL,    /* lectern_feed_failed = 1, or the words' connection failed */
    TROUBLE_DAEMON,     /* all well but the heartbeat is old */
    TROUBLE_NO_LAB,     /* nothing was applied yet */
};

struct snapshot_check {
    const char *title;
    double score;        /* NAN: unknown */
    const char *verdict; /* "" when none */
};

struct snapshot_step {
    const char *name;
    const char *title;
    const char *hint;
    double score;                        /* NAN: unknown; for the open student also with checks */
    const struct snapshot_check *checks; /* only for the student that is open; NULL otherwise */
    size_t n_checks;
};

struct snapshot_student {
    const char *login;
    const char *name;
    const char *seat;
    const char *group;
    enum student_state state;
    enum need_kind need;         /* why he should be looked after; its words are `reason` */
    int64_t need_since_us;       /* when its cause began; 0: not known */
    size_t hand;                 /* index + 1 into snapshot.hands of the open one; 0: none is up */
    double progress;             /* NAN: unknown */
    const char *current_step;    /* title; "" when done or unknown */
    const char *reason;          /* why unknown, blocked, stuck ...; "" when none */
    int64_t last_progress_us;    /* UTC; 0: never */
    int64_t last_activity_us;    /* UTC; 0: never */
    int failed_logins;           /* since the last good one */
    int helped;                  /* times today */
    double extra_s;              /* extra time in this lesson */
    struct snapshot_step *steps; /* all steps of the lab, in its order */
    size_t n_steps;
};

/* The lesson's clock; its seconds stand still in pauses. */
struct snapshot_lesson {
    enum lesson_state state;
    int64_t started_us;
    double elapsed_s;   /* at snapshot.now_us */
    double left_s;      /* for a student without extra time; below 0: overtime; NAN: open end */
    bool end_announced; /* left_s is until then */
};

/* A hand: those that are up in the order in which to help, then the latest resolved. */
struct snapshot_hand {
    int64_t id;
    size_t student;      /* index */
    const char *message; /* private: not on a projector */
    const char *state;   /* "waiting", "claimed", "paused", "resolved" */
    const char *helper;  /* who claimed it; "" */
    const char *outcome; /* "helped", "thanks", "not_found", "withdrawn"; "" */
    const char *note;
    int64_t raised_us, claimed_us, resolved_us; /* 0: not yet */
    int not_found;
};

/* How a step stands in the class. */
struct snapshot_lack {
    size_t here, lack, at; /* struct class_lack */
    int64_t since_us;      /* 0: not known */
    const char *missed;    /* title of the check that most of them miss; "" */
    size_t misses;
};

struct snapshot_event {
    int64_t at_us;
    const char *kind, *login, *actor, *text; /* login "": of the class */
};

/* What is known of the open student only. */
struct snapshot_error {
    int64_t at_us;
    const char *kind; /* "error", "login" */
    const char *sqlstate;
    const char *message, *statement; /* private */
    int position;                    /* 0: none */
};
struct snapshot_session {
    int pid;
    const char *state, *application, *query; /* the query is private */
    int64_t since_us;
    const char *waits_for; /* who blocks it, in words; "" */
};
struct snapshot_point {
    int64_t at_us;
    double progress;
};
struct snapshot_open {
    const char *login;             /* NULL: nobody is open, or nothing of him came yet */
    struct snapshot_error *errors; /* the latest first */
    size_t n_errors;
    struct snapshot_session *sessions;
    size_t n_sessions;
    struct snapshot_point *points; /* his progress over time, and the class's median */
    size_t n_points;
    struct snapshot_point *medians;
    size_t n_medians;
    struct snapshot_event
        *events; /* his history, notes among them (kind "note"), the latest first */
    size_t n_events;
};

struct snapshot {
    struct arena arena;
    const char *lab;
    const char *title;
    enum freshness freshness;
    enum trouble trouble;
    double age_s;                      /* of the data; NAN: never had any */
    int64_t now_us;                    /* the clock when it was made: Prometheus' time */
    double median;                     /* of progress; NAN: unknown */
    struct snapshot_student *students; /* the roster's order */
    size_t n_students;
    size_t by_state[STATES];
    struct snapshot_lesson lesson;
    const char *announcement; /* "" when there is none */
    size_t *queue;            /* students who need help, the most urgent first: queue_order() */
    size_t n_queue;
    struct snapshot_hand *hands;
    size_t n_hands;
    size_t helped_today;         /* hands */
    const char **steps;          /* titles of the lab's steps */
    struct snapshot_lack *lacks; /* one per step; NULL: not known */
    size_t n_steps;
    int hardest;                   /* the step that holds up most; -1: none */
    struct snapshot_event *events; /* of the class, the latest first */
    size_t n_events;
    struct snapshot_open open;
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot);

/* What is wrong and what to do, one sentence: "Prometheus does not answer on ...: lectern ps". */
const char *snapshot_trouble_text(enum trouble trouble);
const char *snapshot_trouble_name(enum trouble trouble); /* "prometheus" */

const char *snapshot_lesson_name(enum lesson_state state); /* "running" */

/* The class is stuck on its hardest step: at least two who are at it ask for help, are stuck,
 * blocked or behind.  Else that is merely where most are. */
bool snapshot_is_stuck(const struct snapshot *snapshot);

/*
 * As JSON (new references): the whole, the format of `lectern status --json`; one student with all
 * that is known of the open one, `lectern student LAB LOGIN show --json`; `n` events.  They have
 * what is private.
 */
json_t *snapshot_json(const struct snapshot *snapshot);
json_t *snapshot_student_json(const struct snapshot *snapshot,
                              const struct snapshot_student *student);
json_t *snapshot_events_json(const struct snapshot_event *events, size_t n);

#endif
