/*
 * The draft: what was typed into the setup wizard, right or wrong, all of it as text.  One table
 * says which values there are, on which page, what is offered and what stands there at first;
 * draft_fault() says what is wrong with one and how to mend it.  No I/O but looking at named files.
 */
#ifndef LECTERN_LAB_DRAFT_H
#define LECTERN_LAB_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/class_list.h"
#include "lab/roster.h"

struct error;
struct strbuf;

enum draft_page {
    PAGE_SERVERS,
    PAGE_EXAMPLE,
    PAGE_STUDENTS,
    PAGE_RULES,
    PAGE_REVIEW,
    PAGE_RUN,
    DRAFT_PAGES
};

enum draft_value {
    DRAFT_SERVERS, /* embedded, containers, existing */
    DRAFT_COMPOSE, /* the compose project */
    DRAFT_HOST,
    DRAFT_PORT,
    DRAFT_ADMIN,
    DRAFT_ADMIN_PASSWORD,
    DRAFT_LDAP,
    DRAFT_LDAP_BASE,
    DRAFT_LDAP_ADMIN,
    DRAFT_LDAP_PASSWORD,
    DRAFT_PROMETHEUS,
    DRAFT_EXPORTER,
    DRAFT_GRAFANA,
    DRAFT_GRAFANA_TOKEN,
    DRAFT_CA,
    DRAFT_SOURCE, /* file, archive, live */
    DRAFT_FILE,
    DRAFT_ARCHIVE,
    DRAFT_URI,
    DRAFT_STUDENTS, /* csv, generate, directory */
    DRAFT_CSV,
    DRAFT_COLUMN, /* + enum class_column: a header of the class list, "" for none */
    DRAFT_COUNT = DRAFT_COLUMN + CLASS_COLUMNS,
    DRAFT_PREFIX,
    DRAFT_BASE,
    DRAFT_FILTER,
    DRAFT_NAME,
    DRAFT_TITLE,
    DRAFT_GOAL,     /* build, query */
    DRAFT_FEEDBACK, /* nothing, steps, checks, verdicts */
    DRAFT_CONNECTIONS,
    DRAFT_STATEMENT,
    DRAFT_TEMP,
    DRAFT_IDLE,
    DRAFT_STUCK,
    DRAFT_BEHIND,
    DRAFT_LAB_FILE,
    DRAFT_VALUES
};

enum draft_kind {
    DRAFT_TEXT,
    DRAFT_PATH,
    DRAFT_CHOICE,
    DRAFT_HEADER, /* a column of the list */
    DRAFT_SECRET, /* never shown, and in no draft file */
};

struct draft_spec {
    const char *key; /* in the draft file */
    enum draft_page page;
    enum draft_kind kind;
    const char *label;
    const char *fallback;       /* NULL: it follows from other values, or is the lab file's */
    const char *const *words;   /* of a choice, NULL-terminated */
    const char *const *titles;  /* what the screen says for them */
    enum draft_value shown_by;  /* shown when this choice ... */
    const char *shown_for;      /* ... is this word; NULL: always */
    bool beside;                /* on the line of the one before */
    const char *section, *name; /* where lab.yaml has it; name NULL: not there as it is */
    const char *help;
    const char
        *endings;     /* of a path that is looked for: names that fit, "sql ddl"; NULL: none is */
    const char *file; /* of a secret, in the directory of secrets */
};

/* A step of the example, and what is made of it. */
struct draft_step {
    char *name, *title, *hint, *weight;
    char *given_hint, *given_weight; /* the example's */
    size_t checks;
    bool skip;
};

struct draft {
    char *state;                 /* the state directory */
    char *values[DRAFT_VALUES];  /* NULL: not typed, so the default holds */
    char *derived[DRAFT_VALUES]; /* defaults that follow from other values */
    struct draft_step *steps;
    size_t n_steps, steps_capacity;
    char *steps_of; /* the example that they were read from */
    enum draft_page page;
    bool applying;    /* apply was begun and has not ended well */
    bool steps_moved; /* their order is no longer the example's */
    char *written;    /* the lab file that this draft wrote, its lab, the digest of its text */
    char *written_name, *written_digest;
    char *directory; /* where relative paths begin */
};

extern const struct draft_spec draft_specs[DRAFT_VALUES];

void draft_init(struct draft *draft, const char *state, const char *directory);
void draft_release(struct draft *draft);
/* What stands in the field; never NULL. */
const char *draft_get(const struct draft *draft, enum draft_value value);
/* Type it; NULL: take it back, the default holds again. */
void draft_set(struct draft *draft, enum draft_value value, const char *text);
bool draft_is(const struct draft *draft, enum draft_value value, const char *word);
bool draft_shown(const struct draft *draft, enum draft_value value);
/* A typed path as it is meant: "~" is the home directory, all else is relative to where lectern was
 * started; malloc'd. */
char *draft_path(const struct draft *draft, enum draft_value value);
/* The example as the commands take it: an absolute path or a URI; malloc'd. */
char *draft_example(const struct draft *draft);

/* -- steps ------------------------------------------------------------------------------------- */

/* Begin a new list of steps; those of the same name keep what was said about them. */
void draft_begin_steps(struct draft *draft, const char *example);
void draft_add_step(struct draft *draft, const char *name, const char *title, const char *hint,
                    double weight, size_t checks);
void draft_end_steps(struct draft *draft);
void draft_move_step(struct draft *draft, size_t from, size_t to);

/* -- what is wrong ----------------------------------------------------------------------------- */

/* What is wrong with a value and how to mend it, malloc'd; NULL: nothing.  The same for a step. */
char *draft_fault(const struct draft *draft, enum draft_value value);
char *draft_step_fault(const struct draft_step *step);
/* The first value that is shown on the page and has a fault; DRAFT_VALUES: none. */
enum draft_value draft_first_fault(const struct draft *draft, enum draft_page page);
/* Everything on the page that a try depends on, as one text; malloc'd. */
char *draft_fingerprint(const struct draft *draft, enum draft_page page);

/* -- the class --------------------------------------------------------------------------------- */

struct draft_class {
    struct class_list list;     /* of the CSV file; empty when generated */
    int mapping[CLASS_COLUMNS]; /* indexes of the list's headers; -1: none */
    bool as_it_is;              /* the file is a roster already */
    char *text;                 /* the roster's */
    struct roster roster;       /* what it says */
    bool read;                  /* the list was read, even where no roster could be made of it */
};

/* Read the class list, map its columns, and check what comes of it. */
bool draft_read_class(const struct draft *draft, struct draft_class *ret_class, struct error *err);
void draft_class_release(struct draft_class *class);

/* -- files ------------------------------------------------------------------------------------- */

/* As JSON, and back; what is not known is left out, so that any file is taken or refused whole. */
char *draft_print(const struct draft *draft);
bool draft_parse(struct draft *draft, const char *text, size_t len, struct error *err);

/* The class list of source "directory": who was found there last; malloc'd. */
char *draft_people_path(const struct draft *draft);

/* Write the roster (where the class list is none by itself) and lab.yaml; a lab file that this
 * draft did not write, or that was changed since, is not touched. */
bool draft_write_lab(struct draft *draft, struct error *err);

/* "/srv/Chinook-2 (new).sql" -> "chinook_2_new"; "chinook_2" -> "Chinook 2"; malloc'd. */
char *lab_derive_name(const char *example);
char *lab_derive_title(const char *name);

#endif
