/*
 * Who the robots are: profiles, and which of them make a class.  tests/bench/need.md says of each
 * what it does, what it needs, and when that can be known.
 */
#ifndef LECTERN_REHEARSE_PROFILE_H
#define LECTERN_REHEARSE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct random;
struct strbuf;

enum profile {
    PROFILE_STEADY,
    PROFILE_FAST,
    PROFILE_SLOW,
    PROFILE_THINKER, /* paper and pencil: long silences */
    PROFILE_TYPOS,   /* often mistypes, reads the error, corrects it */
    PROFILE_MANUAL,  /* commits by hand */
    PROFILE_USUAL,   /* those above need nobody; one of each of the rest is about as frequent */
    PROFILE_STUCK = PROFILE_USUAL, /* at some step asks odd questions */
    PROFILE_ERROR_LOOP,            /* sends the same failing statement */
    PROFILE_NO_SEMICOLON,          /* types on, and the server hears nothing */
    PROFILE_NEVER,                 /* does not come */
    PROFILE_LATE,
    PROFILE_IDLE,
    PROFILE_OPEN_TRANSACTION, /* BEGIN, and no COMMIT */
    PROFILE_BLOCKER,          /* a forgotten window holds a lock that it runs into itself */
    PROFILE_DROPPER,          /* finishes, then drops a table */
    PROFILE_WRONG_TYPES,
    PROFILE_NO_KEYS,
    PROFILE_DOUBLE_ROWS,
    PROFILE_PASTER, /* nothing until half time, then everything */
    PROFILE_LEAVER, /* logs out in the middle */
    PROFILE_HAND,   /* raises a hand */
    PROFILE_WRONG_PASSWORD,
    PROFILE_LEFT_BEHIND, /* works, at a fraction of the class's pace */
    PROFILE_HIDER,       /* cannot be measured; in the model only */
    PROFILE_COUNT
};

const char *profile_name(enum profile profile);
bool profile_parse(const char *name, size_t len, enum profile *ret_profile);
/* As the measured classes are made: somewhat less than half usual, of the rest all alike. */
enum profile profile_draw(struct random *random);

/*
 * A profile for each of `n` students.  `mix`: "lively" (some of everything that is seen in classes,
 * the first eight of them at least once each), "measured" (as profile_draw()), or profiles by name
 * with commas between, dealt in the order of the students, again and again.
 */
bool profiles_assign(const char *mix, uint64_t seed, size_t n, enum profile *ret_profiles,
                     struct error *err);

#endif
