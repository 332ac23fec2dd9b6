/*
 * Record: what a measurement changes about a student, and the document of a turn that says so to
 * the control database.  Pure.
 */
#ifndef LECTERN_PROBE_RECORD_H
#define LECTERN_PROBE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/measured.h"
#include "lab/score.h"
#include "probe/watch.h"

/* What happened since the last turn was recorded and is not a student's present standing. */
struct record {
    json_t *progress; /* rows of the timeline */
    json_t *events;
    json_t *lacks;  /* what the class is stuck on: rows for all steps, or none */
    json_t *memory; /* what was learnt of the class; null: not now */
};

void record_init(struct record *record);
void record_release(struct record *record);

/*
 * A student was measured at `at_us`: take over the scores of each check.  A step that rises counts
 * as progress; what is unknown now is compared with what it was when it was last known, so a lock
 * that comes and goes is neither loss nor progress.  `reason`: why something is unknown, "" when
 * nothing is.  True when a step's score changed.
 */
bool record_measured(struct record *record, struct measured_lab *lab, size_t student,
                     const struct score *scores, const char *reason, int64_t at_us);

/* Nothing of the student's database can be measured now. */
void record_unknown(struct measured_lab *lab, size_t student, const char *reason, int64_t at_us);

/* Nothing more is measured of it, and what is known stays: the lab's results. */
void record_kept(struct measured_lab *lab, size_t student, const char *reason);

/* The student did something. */
void record_acted(struct measured_lab *lab, size_t student, int64_t at_us);

/* A look at the student: sessions, first and last activity. */
void record_watched(struct measured_lab *lab, size_t student, const struct watch_row *row);

/* Whether anything is there to record besides the heartbeat. */
bool record_is_due(const struct record *record, const struct measured_lab *lab);
/* The turn's document (malloc'd JSON for assets/sql/daemon_record.sql); from now on it counts as
 * recorded. */
char *record_take(struct record *record, struct measured_lab *lab);

#endif
