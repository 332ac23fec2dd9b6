/*
 * The server's JSON log: from bytes to lines to records.  Who and what come from a record's own
 * fields, which the server writes; its message and statement are a student's text, and he can write
 * there whatever he likes (RAISE ... USING ERRCODE = '28000').  Pure.
 *
 * A login that was refused is told from a forged one by what only the server can bring about: the
 * session ended (FATAL) before it was one (`ps` is "authentication" or "startup"), without a
 * statement.  Whatever a student raises is an ERROR or less, comes from a statement, and `ps` is
 * that statement's command.
 */
#ifndef LECTERN_LAB_LOG_RECORD_H
#define LECTERN_LAB_LOG_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOG_NAME_MAX = 63,
    LOG_SESSION_MAX = 31,
    LOG_MESSAGE_CHARS = 200,
    LOG_STATEMENT_CHARS = 80,
    LOG_TEXT_BYTES = 2000,
    LOG_LINE_MAX = 64 * 1024, /* of a longer line only so much is looked at */
    LOG_WRITERS = 8,
};

enum log_kind {
    LOG_OTHER,   /* nothing of a client's, or no trouble */
    LOG_ERROR,   /* a statement failed, or the session was ended for sitting in a transaction */
    LOG_LOGIN,   /* a login was refused, for whatever reason */
    LOG_CAUSE,   /* what the server says before that, of the same session: why */
    LOG_SESSION, /* a session ended; a forged one is its author's, too, and tells of no trouble */
};

struct log_record {
    enum log_kind kind;
    int64_t at_us;                     /* UTC; 0: not known */
    int64_t lasted_us;                 /* LOG_SESSION: so long before it the login was */
    char user[LOG_NAME_MAX + 1];       /* "": the server itself; as it came */
    char database[LOG_NAME_MAX + 1];   /* as it came */
    char session[LOG_SESSION_MAX + 1]; /* one backend's */
    char sqlstate[6];                  /* "" when none */
    /* Of errors, logins and causes, malloc'd and never NULL then: on one line, disarmed, passwords
     * taken out. */
    char *message;
    char *statement; /* its first characters; "" when none */
    int position;    /* of the error in the statement, in characters from 1; 0: none */
    bool password;   /* LOG_LOGIN: by its own words for a wrong password; LOG_CAUSE: truly so */
    /* The statement as it came, cut, to look for calls in; never to be kept or shown. */
    char *text;
};

/* A line without its newline.  `whole`: not only the beginning of one.  False: it is no record. */
bool log_record_parse(const char *line, size_t len, bool whole, struct log_record *ret_record);
void log_record_release(struct log_record *record);

/* The user alone, from the line's first fields; "": the server itself, or it is no record. */
void log_record_user(const char *line, size_t len, char ret_user[LOG_NAME_MAX + 1]);

/* -- lines --------------------------------------------------------------------------------------*/

/* What is remembered from one piece of a file to the next. */
struct log_split {
    bool inside;  /* the piece begins within a line that is not wanted any more */
    size_t lines; /* that were given so far */
    size_t cut;   /* of these, only their beginning */
};
typedef void (*log_line_cb)(const char *line, size_t len, bool whole, void *data);

/* Give each line of the piece; returns how many bytes are done with: what is left is the beginning
 * of a line, to be given again with what comes after it. */
size_t log_split(struct log_split *split, const char *bytes, size_t len, log_line_cb on_line,
                 void *data);

/* -- who writes so much -------------------------------------------------------------------------*/

struct log_writers {
    struct log_writer {
        char user[LOG_NAME_MAX + 1];
        uint64_t bytes;
    } most[LOG_WRITERS];
    uint64_t bytes;              /* of all */
    char last[LOG_NAME_MAX + 1]; /* who wrote the line that the last piece ended in; "": nobody */
};
void log_writers_add(struct log_writers *writers, const char *user, uint64_t bytes);
/* Who wrote more than half, with his share; NULL: nobody did. */
const char *log_writers_main(const struct log_writers *writers, double *ret_share);

/* Add a file's pieces, one after the other, each line to its author by its beginning; `inside`: the
 * piece goes on with a line of the piece before. */
void log_writers_take(struct log_writers *writers, const char *bytes, size_t len, bool inside);

#endif
