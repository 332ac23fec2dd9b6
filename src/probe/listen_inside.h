/*
 * Between listen.c (the turn) and listen_record.c (what was heard).
 */
#ifndef LECTERN_PROBE_LISTEN_INSIDE_H
#define LECTERN_PROBE_LISTEN_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "control/server_log.h"
#include "lab/log_record.h"
#include "probe/listen.h"

enum {
    LISTEN_FILE_MAX = 120,
    LISTEN_CAUSES = 64, /* logins whose reason was said and whose end was not, at a time */
};

/* A file that has something new. */
struct listen_file {
    char name[LISTEN_FILE_MAX];
    char head[2 * SERVER_LOG_HEAD + 1]; /* its first bytes as hexadecimal digits; "": not known */
    int64_t size, modified_us;
    int64_t known_to; /* as recorded */
    int64_t from, to; /* of this turn */
    int64_t skipped;  /* bytes before `from` that are left out */
    bool moved, read; /* since it was recorded; in this turn */
};

/* A record of a student's, until it is recorded. */
struct listen_heard {
    size_t student;
    struct log_record record;
};

struct listen_pupil {
    int failed;        /* logins since the last good one, as recorded */
    int64_t failed_us; /* the last of them */
    int now_failed;    /* with this turn's */
    int64_t now_failed_us;
    unsigned errors;     /* this turn's */
    unsigned kept;       /* of them still to be left out, as the oldest */
    size_t flooded;      /* this turn's bytes in a flood */
    uint64_t last_error; /* what he was told last, and when */
    int64_t last_error_us;
};

struct listen_cause {
    char session[LOG_SESSION_MAX + 1];
    char *message;
    bool password;
};

struct listen_login; /* who has a login */

struct listen {
    struct listen_options options;
    struct pg *pg;
    struct turn *turn;
    bool busy;
    unsigned number, asked; /* of the lab that is measured; as it was when asked */
    int64_t begun_ms, swept_ms, again_ms, skip_said_ms;
    char *trouble; /* said last; NULL: none */

    /* The turn. */
    struct listen_file *files;
    size_t n_files, next;
    int64_t budget, now_us;
    struct log_split split; /* where split_file was left */
    char split_file[LISTEN_FILE_MAX];
    int64_t split_at;
    struct listen_heard *heard;
    size_t n_heard, heard_capacity;

    /* The class. */
    struct listen_pupil *pupils;
    struct listen_login *logins; /* in their order */
    struct listen_cause causes[LISTEN_CAUSES];
    size_t next_cause;

    /* What was skipped and not said yet, and in this turn. */
    int64_t skipped, skipped_now;
    bool flooded; /* each student's share of what is read is bounded */
    bool saying;  /* the turn says it */
    struct log_writers writers;
    size_t broken; /* lines that were no records */
};

/* For the lab of listen->turn, and back. */
void listen_class_init(struct listen *listen);
void listen_class_release(struct listen *listen);

/* In a flood: whether the line is skipped, because nobody of the class wrote it or its author had
 * his share in this turn. */
bool listen_passes_over(struct listen *listen, const char *line, size_t len);
/* Take a record into the turn when it is a student's. */
void listen_hear(struct listen *listen, struct log_record *record, int64_t now_us);
/* What the turn comes to, malloc'd; NULL: nothing is to be recorded. */
char *listen_document(struct listen *listen);
/* It is recorded: tell the needs, and who wants to know. */
void listen_take(struct listen *listen);
/* The turn's records count no more. */
void listen_forget(struct listen *listen);

#endif
