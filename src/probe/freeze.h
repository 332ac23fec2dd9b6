/*
 * Freeze: the end of a lesson, as lecternd sees it.  From the lesson's end on each student is to be
 * measured once more, by a round that began behind it; when all were, or when that takes too long,
 * the results are due.  Pure; times are UTC microseconds of the server's clock and monotonic
 * milliseconds.
 */
#ifndef LECTERN_PROBE_FREEZE_H
#define LECTERN_PROBE_FREEZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FREEZE_DEADLINE_MS = 30000 };

struct freeze_student {
    bool asked;         /* a round was asked for */
    int64_t settled_us; /* when the last round began whose result stands */
};

struct freeze {
    int lesson_id;    /* 0: none ends */
    int64_t ended_us; /* when it did */
    int64_t since_ms; /* since when this is known */
    struct freeze_student *students;
    size_t count;
};

void freeze_init(struct freeze *freeze, size_t count);
void freeze_release(struct freeze *freeze);

/* At each look: the lesson that has ended and has no results yet; 0: there is none. */
void freeze_watch(struct freeze *freeze, int lesson_id, int64_t ended_us, int64_t now_ms);

/* Whether a round of the student should be asked for; true once per end. */
bool freeze_asks(struct freeze *freeze, size_t student);
/* Whether the student's next round counts for the results: all of it is to be measured. */
bool freeze_wants(const struct freeze *freeze, size_t student);
/* What a round that began at `begun_us` came to stands, or nothing can be measured since then. */
void freeze_settle(struct freeze *freeze, size_t student, int64_t begun_us);

bool freeze_is_due(const struct freeze *freeze, int64_t now_ms);

#endif
