/*
 * The words of the class, for the console: who is in it, what the steps are called, what each
 * student is at, and the verdicts on one student's checks.  The queries (each is run with pg_query
 * or pg_query_now as lectern_console) and reading their results.  Numbers travel through
 * Prometheus.
 *
 * What there is of the lesson (its clock, hands, what happened) and of the open student comes as
 * one JSON document each, made by assets/sql/console_{class,student}.sql; board/merge reads them.
 */
#ifndef LECTERN_CONTROL_WORDS_H
#define LECTERN_CONTROL_WORDS_H

#include <jansson.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

struct error;
struct snapshot_event;

enum { WORDS_STUDENTS_MAX = 20000, WORDS_STEPS_MAX = 2000, WORDS_CHECKS_MAX = 20000 };
enum { WORDS_DOCUMENT_MAX = 4 << 20 }; /* bytes */

struct words_step {
    const char *name, *title, *hint;
};

struct words_student {
    const char *login, *name, *seat, *group;
    const char *current_step;                /* title; "" when done or unknown */
    const char *reason;                      /* of the need where there is one, else of the state */
    const char *need;                        /* need_name(); "" when none */
    int64_t need_since_us, last_activity_us; /* 0: none, never */
    int failed_logins;
};

struct words_check {
    size_t step;       /* index into words.steps; n_steps when the step is not known */
    double step_score; /* of the step as a whole; NAN: unknown */
    const char *title;
    double score;        /* NAN: unknown */
    const char *verdict; /* of an unknown one: "locked by ..., for 3 min" */
};

struct words {
    struct arena arena;
    const char *lab; /* NULL: there is no such lab */
    const char *title;
    bool is_current;
    struct words_step *steps; /* in the order of the task */
    size_t n_steps;
    struct words_student *students; /* in the roster's order */
    size_t n_students;
    const char *login; /* whose the checks are; NULL: nobody's */
    struct words_check *checks;
    size_t n_checks;
    json_t *class, *open; /* the documents; NULL: none */
};

/* $1: the lab's name, or '' for the current lab; words_checks_sql also $2: the login. */
extern const char words_lab_sql[];
extern const char words_steps_sql[];
extern const char words_students_sql[];
extern const char words_checks_sql[];
#define WORDS_CLASS_SQL "assets/sql/console_class.sql" /* $1 */
#define WORDS_STUDENT_SQL                                                                          \
    "assets/sql/console_student.sql" /* $1, $2, $3: with medians, "t" or "f" */

/* $1: the lab's name, $2: a login or '', $3: how many. */
enum { WORDS_EVENTS_MAX = 100000 };
extern const char words_events_sql[];
/* The latest first, in the arena. */
bool words_read_events(struct arena *arena, const PGresult *result,
                       struct snapshot_event **ret_events, size_t *ret_n, struct error *err);

/* Add a result to the words, in this order.  A result of another shape is an error. */
bool words_add_lab(struct words *words, const PGresult *result, struct error *err);
bool words_add_steps(struct words *words, const PGresult *result, struct error *err);
bool words_add_students(struct words *words, const PGresult *result, struct error *err);
bool words_add_checks(struct words *words, const char *login, const PGresult *result,
                      struct error *err);
/* A document: one row of JSON, an object.  No row, of a student who is gone: NULL. */
bool words_add_class(struct words *words, const PGresult *result, struct error *err);
bool words_add_open(struct words *words, const PGresult *result, struct error *err);
void words_release(struct words *words);

#endif
