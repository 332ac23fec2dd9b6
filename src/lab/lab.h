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

struct error;
struct strbuf;

enum { LAB_NAME_MAX = 31 };

/* What lab.yaml says about one step; a NULL or negative member was not given. */
struct lab_step {
    const char *name; /* as `lectern status --json` shows it: "table book" */
    const char *title;
    const char *hint;
    double weight; /* < 0: not given */
    bool skip;     /* leave the step out */
    int line;      /* where it stands, for errors about steps that the example does not have */
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
    struct lab_step *steps;
    size_t n_steps;
};

/* Parse `text` (of `file`, whose directory relative paths refer to). */
bool lab_parse(const char *file, const char *text, size_t len, struct lab *ret_lab,
               struct error *err);
void lab_release(struct lab *lab);
const struct lab_step *lab_find_step(const struct lab *lab, const char *name); /* or NULL */

/* A live database rather than a file: postgresql://... */
bool lab_example_is_uri(const char *example);

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
