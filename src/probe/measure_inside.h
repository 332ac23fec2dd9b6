/*
 * Between measure.c (the round, facts), measure_rows.c (tables) and measure_results.c (views,
 * calls, the lab's own checks).
 */
#ifndef LECTERN_PROBE_MEASURE_INSIDE_H
#define LECTERN_PROBE_MEASURE_INSIDE_H

#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/content.h"
#include "facts/read.h"
#include "facts/result_run.h"
#include "io/pg.h"
#include "probe/measure.h"

enum {
    MEASURE_CONNECT_MS = 4000,
    MEASURE_MARKS_MS = 4000,
    MEASURE_RESULT_BYTES = 32 << 20,
};

#define MEASURE_OPTIONS                                                                            \
    FACTS_OPTIONS " -c row_security=off -c idle_in_transaction_session_timeout=20000"

/* What is remembered of a table's rows from round to round. */
struct table_memory {
    const char *schema, *relation; /* as in the checks */
    bool ready;                    /* its structure allows to read its rows */
    char *sql;                     /* what was run for it; NULL: nothing yet */
    char *mark, *next_mark;        /* when it was run; as it is in this round */
    struct table_measure measure;
    char *hash; /* owns measure.hash */
    bool full;  /* its checks are met */
    int64_t cost_ms;
    bool wanted; /* to be read in this round */
};

/* And of an evaluation. */
struct result_memory {
    size_t check;            /* index in the check set */
    long place;              /* of its view among result_names, from 1; 0: it is no view */
    struct score score;      /* what it came to */
    bool known;              /* it has come to something */
    bool wanted;             /* what it depends on has changed since */
    bool missing;            /* there was nothing to evaluate */
    char *mark, *next_mark;  /* of what a view depends on */
    int64_t tried_ms, at_ms; /* when it was begun last; not before that again */
};

struct measure {
    struct loop *loop;
    const struct site *site;
    const struct check_set *checks;
    char *login, *role;
    int64_t every_ms; /* between two evaluations of the same */
    measure_done_cb on_done;
    void *data;
    uv_timer_t later; /* reports what failed within measure_start() */

    struct pg *facts, *eval;
    struct arena facts_arena, eval_arena; /* their addresses */
    char *mark;                           /* of the structure, when the facts were read */
    char *next_mark;
    struct fact_set set;
    struct content_plan plan;
    struct result_plan results_plan;
    bool has_set;
    bool scored;  /* a round came to scores */
    bool settled; /* and all of them were known */

    char *names; /* the lab's tables as an array for the marks */
    struct table_memory *tables;
    size_t n_tables;
    size_t current; /* table that is being read */
    int64_t current_started_ms, rows_deadline_ms;

    char *result_names; /* likewise the views whose results are compared */
    struct result_memory *results;
    size_t n_results;
    char *all_mark, *next_all_mark; /* of everything a result may depend on */
    struct result_job *jobs;        /* of the round */
    size_t *job_results;            /* which result a job is for */
    size_t n_jobs;
    struct result_run *run;

    int64_t database_id; /* the round's */
    measure_hands_cb on_hands;
    int64_t known_hand, next_hand; /* rows of lectern.hands: read up to, there are */
    bool tell_failed;
    bool running, eager;
    bool leaving;  /* the facts connection is to be closed once the feedback is written */
    char *failure; /* reason of MEASURE_FAILED, for `later` */
};

void measure_set_text(char **text, const char *value);
/* Append to an array's text, "{"a","b"}" without its last brace. */
void measure_add_name(struct strbuf *array, const char *name);

/* -- tables ------------------------------------------------------------------------------------ */

void measure_rows_init(struct measure *m);
void measure_rows_forget(struct measure *m);
void measure_rows_release(struct measure *m);
/* A row of the marks about table `place`, from 1. */
void measure_rows_mark(struct measure *m, size_t place, const char *mark);
bool measure_rows_moved(const struct measure *m);
/* Read what is to be read, then go on with measure_results_start(). */
void measure_rows_start(struct measure *m);
void measure_rows_close(struct measure *m);
/* The tables' checks that are met need no second look before something moved. */
void measure_rows_full(struct measure *m, const struct score *scores);

/* -- results ----------------------------------------------------------------------------------- */

void measure_results_init(struct measure *m);
void measure_results_forget(struct measure *m);
void measure_results_release(struct measure *m);
/* Whether what they depend on moved, so that the marks of views are to be read. */
bool measure_results_moved(const struct measure *m);
void measure_results_marks(struct measure *m, const PGresult *result);
/* Milliseconds until one of them is to be evaluated; -1: none is. */
int64_t measure_results_due(const struct measure *m);
/* Evaluate those that are due, then measure_score(). */
void measure_results_start(struct measure *m);
void measure_results_close(struct measure *m);
void measure_results_put(const struct measure *m, struct score *scores);

/* -- the round --------------------------------------------------------------------------------- */

/* The round's end: judge and report. */
void measure_score(struct measure *m);

#endif
