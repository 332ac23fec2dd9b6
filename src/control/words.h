/*
 * The words of the class, for the console: who is in it, what the steps are called, what each
 * student is at, and the verdicts on one student's checks.  The queries (each is run with pg_query
 * or pg_query_now as lectern_console) and reading their results.  Numbers travel through
 * Prometheus.
 */
#ifndef LECTERN_CONTROL_WORDS_H
#define LECTERN_CONTROL_WORDS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

enum { WORDS_STUDENTS_MAX = 20000, WORDS_STEPS_MAX = 2000, WORDS_CHECKS_MAX = 20000 };

struct words_step {
    const char *name, *title, *hint;
};

struct words_student {
    const char *login, *name, *seat, *group;
    const char *current_step; /* title; "" when done or unknown */
    const char *reason;
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
};

/* $1: the lab's name, or '' for the current lab; words_checks_sql also $2: the login. */
extern const char words_lab_sql[];
extern const char words_steps_sql[];
extern const char words_students_sql[];
extern const char words_checks_sql[];

/* Add a result to the words, in this order.  A result of another shape is an error. */
bool words_add_lab(struct words *words, const PGresult *result, struct error *err);
bool words_add_steps(struct words *words, const PGresult *result, struct error *err);
bool words_add_students(struct words *words, const PGresult *result, struct error *err);
bool words_add_checks(struct words *words, const char *login, const PGresult *result,
                      struct error *err);
void words_release(struct words *words);

#endif
