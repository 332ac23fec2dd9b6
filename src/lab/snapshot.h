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
    double progress;             /* NAN: unknown */
    const char *current_step;    /* title; "" when done or unknown */
    const char *reason;          /* why unknown, blocked, stuck ...; "" when none */
    int64_t last_progress_us;    /* UTC; 0: never */
    struct snapshot_step *steps; /* all steps of the lab, in its order */
    size_t n_steps;
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
};

void snapshot_init(struct snapshot *snapshot);
void snapshot_release(struct snapshot *snapshot);

/* What is wrong and what to do, one sentence: "Prometheus does not answer on ...: lectern ps". */
const char *snapshot_trouble_text(enum trouble trouble);
const char *snapshot_trouble_name(enum trouble trouble); /* "prometheus" */

/* The whole as JSON (new reference), the format of `lectern status --json`. */
json_t *snapshot_json(const struct snapshot *snapshot);

#endif
