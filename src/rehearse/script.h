/*
 * What a robot will do: a script of timed moves, planned before the first login.  Pure: the same
 * seed, login, profile and parts give the same script.
 *
 * Times are seconds of a lesson that takes LESSON_S; who plays it may run faster.
 */
#ifndef LECTERN_REHEARSE_SCRIPT_H
#define LECTERN_REHEARSE_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "facts/split.h"

enum { LESSON_S = 3600 };

enum profile {
    PROFILE_STEADY,
    PROFILE_FAST,
    PROFILE_SLOW,
    PROFILE_STUCK,   /* at some step asks odd questions for ever */
    PROFILE_TYPOS,   /* often mistypes, reads the error, corrects it */
    PROFILE_NEVER,   /* does not come */
    PROFILE_DROPPER, /* finishes, then drops a table */
    PROFILE_COUNT,
};

const char *profile_name(enum profile profile);

/*
 * A profile for each of `n` students.  With at least PROFILE_COUNT students each profile comes at
 * least once; the others are mostly steady.
 */
void profiles_assign(uint64_t seed, size_t n, enum profile *ret_profiles);

enum move_kind {
    MOVE_LOGIN, /* always the first */
    MOVE_WORK,  /* a part of the solution */
    MOVE_TYPO,  /* the same, mistyped */
    MOVE_ODD,   /* a question of somebody who is stuck */
    MOVE_DROP,  /* DROP TABLE */
};

struct move {
    enum move_kind kind;
    double at_s;
    const char *step; /* "" for the login */
    const char *sql;  /* NULL for the login */
    size_t part;      /* index into the split's parts; meaningless for login, odd and drop */
};

struct robot_script {
    struct move *moves; /* by time; none for PROFILE_NEVER */
    size_t count;
};

/* Strings are the split's or in `arena`. */
void robot_script_plan(const struct split *split, uint64_t seed, const char *login,
                       enum profile profile, struct arena *arena, struct robot_script *ret_script);

/* A mistyped `sql`: letters swapped in a keyword, a bracket or comma lost, a name cut short.  What
 * the server's own parser would still take is mistyped again; NULL when nothing came of it. */
struct random;
const char *mistype(const char *sql, struct random *random, struct arena *arena);

#endif
