/*
 * The lab file: one lab.yaml that defines a lab.  Parsing is strict: an unknown key, a wrong type
 * or value is an error that names FILE:LINE:COLUMN and what is allowed there.
 */
#ifndef LECTERN_LAB_LAB_H
#define LECTERN_LAB_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/rules.h"

struct class_rules;
struct error;
struct strbuf;

enum { LAB_NAME_MAX = 31 };

enum lab_goal {
    GOAL_BUILD, /* build the example's database */
    GOAL_QUERY, /* the tables are given: write views and functions over them */
};

/* What a student sees of the judgement in lectern.progress. */
enum lab_feedback { FEEDBACK_NOTHING, FEEDBACK_STEPS, FEEDBACK_CHECKS, FEEDBACK_VERDICTS };

/* How the rows that a view gives are compared. */
enum lab_rows {
    ROWS_BAG,     /* in any order, duplicates count */
    ROWS_ORDERED, /* in the example's order */
    ROWS_SET,     /* in any order, duplicates do not count */
    ROWS_IGNORED, /* only the columns */
};

/* What is done about the content of tables beyond content.max_rows. */
enum lab_beyond { BEYOND_COUNT, BEYOND_SAMPLE };

/* One view's results; the lab's `views` without a name holds for all others. */
struct lab_view {
    const char *view; /* its name or a glob; NULL: the default */
    enum lab_rows compare;
    double tolerance; /* of floats: |a - b| <= tolerance * max(1, |expected|) */
    int deadline_s;   /* for one evaluation */
    int line;
};

struct lab_function {
    const char *name;         /* fine_for */
    const char *const *calls; /* "fine_for('2024-01-01', '2024-02-01')"; NULL-terminated */
    int line;
};

/* A check that the lab master writes. */
struct lab_extra {
    const char *title;
    const char *sql;    /* one query, run with the student's rights; its first value counts */
    const char *expect; /* the value as text; NULL: SQL's NULL.  "true" unless given */
    double weight;
    const char *step; /* the step it belongs to; one of its own where the example has none */
    int deadline_s;
    int line;
};

/* When a student is shown as in need, beside the limits; the names of struct class_rules. */
struct lab_need {
    bool learn;
    double stuck_factor, behind_ratio;
    int same_error, wrong_passwords;
    int open_after_s, wait_after_s, absent_after_s, unknown_after_s;
};

/* What lab.yaml says about one step; a NULL or negative member was not given. */
struct lab_step {
    const char *name; /* as `lectern status --json` shows it: "table book" */
    const char *title;
    const char *hint;
    double weight; /* < 0: not given */
    bool skip;     /* leave the step out */
    int line;      /* where it stands, for errors about steps that the example does not have */
    const struct kind_weights *weights; /* within this step; NULL: the lab's */
};

struct lab {
    struct arena arena;
    const char *file; /* as given, for messages */
    const char *name; /* [a-z][a-z0-9_]{0,30} */
    const char *title;
    const char *example; /* path relative to the lab file made absolute, or a postgresql:// URI */
    bool example_is_uri;
    const char *roster;                  /* absolute path */
    const char *task;                    /* absolute path of the task sheet, or NULL */
    const char *const *leave_out;        /* globs of objects, NULL-terminated */
    bool compare_content;                /* rows' content, not only their number */
    int64_t content_max_rows;            /* tables larger than this are compared by count only */
    const char *const *volatile_columns; /* globs "table.column" left out of content */
    int connections;                     /* per student */
    int statement_timeout_s;             /* a hint to the student's sessions */
    int temp_file_mb;
    int idle_after_s, stuck_after_s;
    double behind_by; /* 0..1 */
    double speed;     /* seconds of the class in one of the clock */
    struct lab_need need;
    struct lab_step *steps;
    size_t n_steps;
    enum lab_goal goal;
    enum lab_feedback feedback;
    struct rules rules;
    struct kind_weights weights;    /* of the lab; below 0: kind_default_weight() */
    enum lab_beyond content_beyond; /* of tables larger than content_max_rows */
    const char *const *ignore_keys; /* globs "table.column": surrogate keys */
    struct lab_view view_default;   /* always set */
    struct lab_view *views;         /* the first that matches counts; see lab_find_view() */
    size_t n_views;
    struct lab_function *functions;
    size_t n_functions;
    struct lab_extra *extra;
    size_t n_extra;
    const char *const *given_tables; /* GOAL_QUERY: globs of the tables that are given; all */
    bool given_dml;                  /* and may be changed */
};

/* Parse `text` (of `file`, whose directory relative paths refer to). */
bool lab_parse(const char *file, const char *text, size_t len, struct lab *ret_lab,
               struct error *err);
void lab_release(struct lab *lab);
const struct lab_step *lab_find_step(const struct lab *lab, const char *name); /* or NULL */
/* How this view's results are compared; never NULL. */
const struct lab_view *lab_find_view(const struct lab *lab, const char *view);
const char *lab_feedback_name(enum lab_feedback feedback); /* "steps" */
const char *lab_rows_name(enum lab_rows rows);             /* "bag" */

/* A live database rather than a file: postgresql://... */
bool lab_example_is_uri(const char *example);

/* The thresholds of need, limits and section `need` in one. */
void lab_class_rules(const struct lab *lab, struct class_rules *ret_rules);

/* What a key of the sections content, limits and need has when it is not given; NULL: nothing. */
const char *lab_fallback(const char *section, const char *key);

/* The value of one key, as text; `section` NULL: one of the file's top. */
struct lab_setting {
    const char *section, *key, *value;
};

/* What a new lab file says; all that is not given has its default and a comment. */
struct lab_template {
    const char *name, *title, *example, *roster;
    const struct lab_setting *settings; /* not the four above; unknown ones are left out */
    size_t n_settings;
    const struct lab_step *steps; /* in this order; NULL title and hint, weight < 0: not said */
    size_t n_steps;
};

/* A commented lab.yaml that lab_parse() takes: what `init` and the wizard write. */
void lab_print_template(struct strbuf *out, const struct lab_template *template);

#endif
