/*
 * Labs in the control database, as `apply` writes them and the commands read them: the lab itself,
 * its students, steps and checks.  Connect as the administrator; errors are the database's.
 */
#ifndef LECTERN_CONTROL_LABS_H
#define LECTERN_CONTROL_LABS_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "lab/check.h"
#include "lab/lab.h"
#include "lab/roster.h"

struct error;

/* The limits that lecternd reads, as the JSON of labs.limits; malloc'd. */
char *control_limits(const struct lab *lab);

/* Insert or update the lab's row; it does not become current by that. */
bool control_save_lab(PGconn *conn, const struct lab *lab, const char *source, int *ret_lab_id,
                      struct error *err);

/* Bring its students to the roster: inserted, updated, or no longer active (never deleted). */
bool control_save_roster(PGconn *conn, int lab_id, const struct roster *roster, struct error *err);

/* Note that an object is the lab's, before it is made; `names` of that kind ("role", "database",
 * "ldap").  An object that was another lab's is this one's from now on. */
bool control_note_made(PGconn *conn, int lab_id, const char *kind, const char *const *names,
                       size_t n, struct error *err);
bool control_note_gone(PGconn *conn, const char *kind, const char *name, struct error *err);

/* The template of students' databases as this program has it: 16 hexadecimal digits, malloc'd.  It
 * is noted of a database when it is made; the other notes that one was brought up to it. */
char *control_template_stamp(void);
bool control_note_template(PGconn *conn, const char *name, struct error *err);

/* The lab for which most of this lab's students got their LDAP entries, when that was another one;
 * in the arena, else NULL. */
bool control_account_lab(PGconn *conn, int lab_id, struct arena *arena, const char **ret_lab,
                         struct error *err);

/* Replace steps and checks; ids and scores of those that stay are kept. */
bool control_save_checks(PGconn *conn, int lab_id, const struct check_set *checks,
                         bool *ret_changed, struct error *err);

/* Make the lab the current one, raise its generation, and record what it was applied from;
 * NULL digests stay as they are. */
bool control_finish_lab(PGconn *conn, int lab_id, const char *definition, const char *checks_from,
                        struct error *err);

struct lab_row {
    int lab_id;
    const char *name, *title, *source;
    bool is_current;
    int students;
};
/* All labs, by name, in the arena. */
bool control_list_labs(PGconn *conn, struct arena *arena, struct lab_row **ret_rows, size_t *ret_n,
                       struct error *err);

#endif
