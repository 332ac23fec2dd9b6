/*
 * What the robots will do: for each a script of timed moves, planned before the first login, and
 * what it will need when, which follows from the plan and from rehearse/laws.h.  Pure: the same
 * seed, students, profiles and parts give the same scripts.
 *
 * Times are seconds of the class; who plays it may run faster.
 */
#ifndef LECTERN_REHEARSE_SCRIPT_H
#define LECTERN_REHEARSE_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "facts/split.h"
#include "lab/need.h"
#include "rehearse/profile.h"

enum move_kind {
    MOVE_LOGIN,
    MOVE_LOGOUT,
    MOVE_REFUSED, /* a login with a wrong password */
    MOVE_WORK,    /* a part of the solution */
    MOVE_TYPO,    /* the same, mistyped */
    MOVE_LOOK,    /* looks at what is there */
    MOVE_ODD,     /* a question of somebody who is stuck */
    MOVE_BEGIN,
    MOVE_COMMIT,
    MOVE_HOLD, /* a second session locks a table and holds it for `hold_s` */
    MOVE_WAIT, /* and the first runs into it */
    MOVE_HAND, /* raises a hand */
    MOVE_THANKS,
    MOVE_DROP, /* DROP TABLE */
    MOVES
};
const char *move_name(enum move_kind kind); /* "work" */

struct move {
    enum move_kind kind;
    double at_s, hold_s;
    const char *step; /* "" when it belongs to none */
    const char *sql;  /* NULL for logins and logouts */
    size_t part;      /* index into the split's parts, of work and typos */
};

/* A need that the robot truly has. */
struct robot_need {
    enum need_kind kind;
    double onset_s, visible_s, until_s; /* visible NAN: it cannot be known; it does not count */
};

struct robot_script {
    struct move *moves; /* by time; none when it does not come */
    size_t count;
    struct robot_need *needs; /* by onset */
    size_t n_needs;
};

struct class_script {
    const struct split *split;
    uint64_t seed;
    double lesson_s;
    size_t n;
    const char *const *logins;
    const enum profile *profiles;
};

/* Plan everybody's script; strings are the split's or in `arena`. */
void class_script_plan(const struct class_script *class, struct arena *arena,
                       struct robot_script *ret_scripts);

/* A mistyped `sql`: letters swapped in a keyword, a bracket or comma lost, a name cut short.  What
 * the server's own parser would still take is mistyped again; NULL when nothing came of it. */
struct random;
const char *mistype(const char *sql, struct random *random, struct arena *arena);
/* CREATE TABLE with columns of almost the right types. */
const char *confuse_types(const char *sql, struct arena *arena);

#endif
