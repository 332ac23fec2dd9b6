/*
 * The control database as lecternd uses it: its lock, the lab that is current, what was measured so
 * far, the look at the class, and the record of a turn.  Everything here is asynchronous.
 */
#ifndef LECTERN_CONTROL_MEASURED_H
#define LECTERN_CONTROL_MEASURED_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "io/pg.h"
#include "lab/check.h"
#include "lab/class.h"
#include "lab/lab.h"
#include "lab/need.h"
#include "lab/state.h"

struct error;

/* What is known of one check or step.  A score that was never recorded has `measured_us` 0. */
struct measured_score {
    double value;        /* NAN: unknown */
    double known;        /* the last value that was not unknown; NAN: never */
    char *verdict;       /* malloc'd; NULL: none */
    int64_t measured_us; /* UTC */
    bool changed;        /* since it was recorded */
};

/* A student and what the control database says about him.  The arrays follow the check set. */
struct measured_student {
    int student_id;
    const char *login;
    const char *seat; /* "" when unknown */
    double time_factor;
    struct measured_score *scores;
    struct measured_score *steps; /* verdicts unused */
    double progress;              /* NAN: unknown */
    double timeline;              /* the last progress that the timeline has; NAN: none */
    int steps_done;
    int current_step; /* index; -1: none or unknown */
    enum student_state state;
    char *reason;                          /* malloc'd; never NULL */
    enum need_kind need;                   /* why he should be looked after */
    char *need_reason;                     /* in words; malloc'd; NULL: none */
    int64_t need_since_us, need_raised_us; /* 0: no need */
    int64_t first_seen_us, last_progress_us, last_activity_us, probed_us; /* UTC; 0: never */
    int sessions;
    int failed_logins; /* since the last good one, as on record when the lab was loaded */
    int64_t bytes;     /* of the database; -1: unknown */
    bool changed;      /* since it was recorded, scores apart */
};

/* The lab that is measured. */
struct measured_lab {
    struct arena arena;
    int lab_id;
    int64_t generation;
    const char *name;
    struct class_rules rules;
    double speed; /* seconds of the class in one of the clock; 0: as 1 */
    enum lab_feedback feedback;
    struct check_set checks;
    int *step_ids; /* of checks.steps */
    struct measured_student *students;
    size_t n_students;
    char *memory;      /* class_memory.learnt as JSON; malloc'd; NULL: none */
    int64_t memory_us; /* when that was written */
};

void measured_lab_free(struct measured_lab *lab);

/* Take the lock that only one lecternd can hold: column `held` tells whether this session has it.
 */
void measured_lock(struct pg *pg, pg_result_cb on_result, void *data);

/* Prepare the statements of the calls below, once per connection: `on_result` is called for each of
 * the MEASURED_STATEMENTS. */
enum { MEASURED_STATEMENTS = 5 };
void measured_prepare(struct pg *pg, pg_result_cb on_result, void *data);

/*
 * Read the current lab, in one snapshot.  `on_load` is called once, unless the load was cancelled,
 * with the lab (the receiver frees it; NULL when there is none) or an error.
 */
struct measured_load;
typedef void (*measured_load_cb)(struct measured_lab *lab, const struct error *err, void *data);
struct measured_load *measured_load(struct pg *pg, measured_load_cb on_load, void *data);
/* For a load whose connection is closed by pg_close() before `on_load` came.  NULL is fine. */
void measured_load_cancel(struct measured_load *load);

/*
 * Which lab is current: columns lab_id, generation, now_us (the server's clock), lesson (as
 * lesson_plan_read() takes it); no row: none.  A lesson that has ended and has no results yet:
 * ending_id, ending_lab, ending_us; else NULL.
 */
void measured_current(struct pg *pg, pg_result_cb on_result, void *data);
/* The class: the rows of assets/sql/daemon_watch.sql. */
void measured_watch(struct pg *pg, int lab_id, pg_result_cb on_result, void *data);
/* The size of a database: column bytes; no row when it is gone or closed. */
void measured_size(struct pg *pg, const char *dbname, pg_result_cb on_result, void *data);
/* Record a turn: a document as assets/sql/daemon_record.sql takes it, and the heartbeat. */
void measured_record(struct pg *pg, int lab_id, const char *document, pg_result_cb on_result,
                     void *data);
/* Write the results of a lesson that has ended from what was recorded; a row when that was done. */
void measured_freeze(struct pg *pg, int lesson_id, pg_result_cb on_result, void *data);

#endif
