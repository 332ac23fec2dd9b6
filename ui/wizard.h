/*
 * The setup wizard's state: the draft, the page, what each page's try found, and the work that runs
 * beside the console.  It lives as long as the console, whatever pane is open; ui/pane_wizard.c
 * shows it.  No curses: tests drive it with operations of their own.
 */
#ifndef LECTERN_UI_WIZARD_H
#define LECTERN_UI_WIZARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "lab/draft.h"

struct wizard;
struct wizard_job; /* of the operations */

/* What src/command hands in; `data` is theirs. */
struct wizard_ops {
    const char *state;     /* the state directory */
    const char *directory; /* where lectern was started */
    /*
     * Run `lectern ARGUMENTS` beside the console.  `wizard_job_line` gets each line that it prints,
     * wizard_job_end() its end, both with `tag`; while it runs, wizard_tick() is called now and
     * then.  NULL: it could not be started, and *ret_fault (malloc'd) says why.
     */
    struct wizard_job *(*start)(struct wizard *wizard, int tag, const char *const *arguments,
                                char **ret_fault, void *data);
    void (*stop)(struct wizard_job *job, void *data);    /* ask it to end; its end is reported */
    void (*abandon)(struct wizard_job *job, void *data); /* end it and report nothing */
    /* There are servers now: `compose` names the project, or is NULL for those of site.yaml. */
    void (*servers)(const char *compose, void *data);
    void (*changed)(void *data); /* paint anew */
    void *data;
};

enum try_state { TRY_NONE, TRY_RUNNING, TRY_FINE, TRY_WRONG };

/* What came of trying a page. */
struct wizard_try {
    enum try_state state;
    char *fingerprint;     /* of what was tried */
    struct strbuf message; /* lines: what was found, or what is wrong */
    struct strbuf hint;    /* how to mend it */
    struct strbuf output;  /* all that the job printed */
    struct strbuf last;    /* its last line, while it runs */
    struct wizard_job *job;
    int64_t started_ms, took_ms;
};

/* One target of plan and apply. */
struct wizard_target {
    char *name;
    size_t wanted, changes;      /* the plan's */
    char *actions;               /* the plan's, in words */
    size_t done, total, changed; /* of apply */
    bool begun, finished;
    size_t errors;
    int64_t started_ms, ended_ms;
};

struct wizard {
    struct wizard_ops ops;
    struct draft draft;
    struct wizard_try tries[DRAFT_PAGES];
    bool go_on;               /* to the next page when the try comes out fine */
    bool complain;            /* show faults of what was not typed yet */
    struct strbuf save_fault; /* the draft could not be kept */
    struct draft_class class; /* of the students' page */
    struct wizard_target *targets;
    size_t n_targets, targets_capacity;
    int connections; /* the plan's */
    char **errors;   /* of apply: "ldap alice: ..." */
    size_t n_errors, errors_capacity;
    bool cancelled, done; /* apply: by the user; all stands */
    size_t counts_tables, counts_views, counts_functions, counts_rows;
};

struct wizard *wizard_new(const struct wizard_ops *ops);
void wizard_free(struct wizard *wizard); /* ends its jobs; NULL is fine */

/* Type a value (NULL: its default again); the draft is kept at once. */
void wizard_set(struct wizard *wizard, enum draft_value value, const char *text);
void wizard_keep(struct wizard *wizard); /* after a change to the draft's steps */
/* The page's try is about what stands there now. */
bool wizard_is_tried(const struct wizard *wizard, enum draft_page page);
/* Try the current page, unless that was done or has a fault. */
void wizard_try(struct wizard *wizard);
/* Go on as soon as the page is fine.  False: a field has a fault, *ret_value. */
bool wizard_next(struct wizard *wizard, enum draft_value *ret_value);
void wizard_back(struct wizard *wizard);
/* Break off what runs on this page; false: nothing does. */
bool wizard_cancel(struct wizard *wizard);
bool wizard_is_applying(const struct wizard *wizard);
/* A new lab, on the same servers. */
void wizard_begin(struct wizard *wizard);

/* From the operations. */
void wizard_job_line(struct wizard *wizard, int tag, const char *line);
void wizard_job_end(struct wizard *wizard, int tag, int status, const char *errors);
void wizard_tick(struct wizard *wizard);

#endif
