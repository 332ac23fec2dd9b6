/*
 * Lessons in the control database: reading one, and what is done to it.  As lectern_console; each
 * act is one statement that also writes an event with `actor`, who it was.  Blocking.
 */
#ifndef LECTERN_CONTROL_LESSON_H
#define LECTERN_CONTROL_LESSON_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "lab/lesson.h"

struct error;

struct lesson_extra {
    const char *login;
    int64_t seconds;
};

struct lesson_row {
    int lesson_id;
    int number; /* of the lab's lessons, from 1 */
    const char *lab;
    struct lesson lesson;
    int64_t now_us; /* the server's clock when it was read */
    bool close_logins;
    const char *actor; /* who started it */
    struct lesson_extra *extras;
    size_t n_extras;
};

/* The lab's lesson of that number, 0 for the last one, with all strings and arrays in the arena.
 * *ret_found is false when there is none. */
bool lessons_read(PGconn *conn, const char *lab, int number, struct arena *arena,
                  struct lesson_row *ret_row, bool *ret_found, struct error *err);

/* Start one; `length_s` 0: open end.  ERROR_EXISTS when one is open, ERROR_NOT_FOUND when the lab
 * is not the current one. */
bool lessons_start(PGconn *conn, const char *lab, int64_t length_s, bool close_logins,
                   const char *actor, struct error *err);
/* The clock stands still, and goes on.  Doing it twice is no error. */
bool lessons_pause(PGconn *conn, int lesson_id, const char *actor, struct error *err);
bool lessons_resume(PGconn *conn, int lesson_id, const char *actor, struct error *err);
/* End it in so many seconds, and tell the class; an end that lies ahead can be moved, or taken back
 * (lessons_keep()).  One that has passed stays. */
bool lessons_end(PGconn *conn, int lesson_id, int64_t in_s, bool close_logins, const char *actor,
                 struct error *err);
bool lessons_keep(PGconn *conn, int lesson_id, const char *actor, struct error *err);

/* More time (or less) for a student of the lesson; *ret_total_s is all that was given. */
bool lessons_extra(PGconn *conn, int lesson_id, const char *login, int64_t seconds,
                   const char *actor, int64_t *ret_total_s, struct error *err);

/* -- what is noted about a student ------------------------------------------------------------- */

/* A note, with its event. */
bool lessons_note(PGconn *conn, const char *lab, const char *login, const char *text,
                  const char *actor, struct error *err);
/* An event of a student, or of the whole lab (NULL login). */
bool lessons_event(PGconn *conn, const char *lab, const char *login, const char *kind,
                   const char *text, const char *actor, struct error *err);

#endif
