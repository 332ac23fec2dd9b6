/*
 * The servers' logs as one stream of lines: what svlogd keeps of each, and PostgreSQL's JSON log.
 */
#ifndef LECTERN_STACK_LOGS_H
#define LECTERN_STACK_LOGS_H

#include <stdbool.h>
#include <stddef.h>

struct logs;

struct log_entry {
    const char *when;    /* "2026-03-01_10:42:07.123", UTC; "" for a line without its time */
    const char *service; /* "postgres" */
    const char *text;    /* as the server wrote it: to be disarmed */
    size_t place;        /* among the lines of the call, as they were read */
};

/* The logs of one service, or of all (NULL). */
struct logs *logs_open(const char *state, const char *service);
void logs_close(struct logs *logs);

/*
 * The lines that came since the last call, the first time all of the current files, in the order of
 * their times.  The array is good until the next call.  Rotation is followed.
 */
size_t logs_read(struct logs *logs, const struct log_entry **ret_entries);

#endif
