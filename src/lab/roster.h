/*
 * The roster: the class list as a CSV file with a header line.
 *
 * Columns by name, in any order, case-insensitive: login (required), name, email (e-mail, mail),
 * seat, group, time_factor (time factor, factor).  The form is base/csv.h's.  Unknown columns are
 * an error that lists the known ones.
 *
 * A login is [a-z_][a-z0-9_.-]{0,56}, not reserved (postgres, template*, lectern*, probe_*, pg_*,
 * and the words of pg_hba.conf), and unique after NFC and case folding; an error names both
 * lines.  Up to 20 mistakes of a file are told at once: the first is the message, the others are
 * lines of the detail.  Texts are kept as they are (control characters too): disarm them.
 */
#ifndef LECTERN_LAB_ROSTER_H
#define LECTERN_LAB_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;

enum { ROSTER_LOGIN_MAX = 57, ROSTER_LINES_MAX = 20000 };

struct student {
    const char *login;
    const char *name; /* "" when not given, as are the next three */
    const char *email;
    const char *seat;
    const char *group;
    double time_factor; /* 0.5 .. 5; 1 when not given */
    int line;           /* of the file, 1-based */
};

struct roster {
    struct arena arena;
    struct student *students; /* in the file's order; malloc'd */
    size_t count;
};

bool roster_parse(const char *file, const char *text, size_t len, struct roster *ret_roster,
                  struct error *err);
void roster_release(struct roster *roster);
/* Why a login cannot be used, as a phrase ("is reserved"), or NULL when it can. */
const char *roster_login_fault(const char *login);

#endif
