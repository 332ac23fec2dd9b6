/*
 * How the commands show the events of long work: a line per target on the terminal, or JSON lines
 * on a descriptor for another program.
 */
#ifndef LECTERN_COMMAND_PROGRESS_H
#define LECTERN_COMMAND_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "lab/event.h"

struct progress {
    FILE *lines;   /* JSON lines; NULL: none are wanted */
    bool begun;    /* there was an event */
    bool terminal; /* stdout is one: the running target's line is rewritten */
    bool open;     /* such a line stands unfinished */
    size_t errors; /* how many EVENT_ERROR came */
};

/* `events_fd` < 0: none.  False when the descriptor is not open. */
bool progress_init(struct progress *progress, int events_fd);
void progress_release(struct progress *progress);
/* The event_cb; `data` is the struct progress. */
void progress_event(const struct event *event, void *data);
/* An event_cb for those who want none. */
void progress_ignore(const struct event *event, void *data);
/* A line of its own on stdout. */
void progress_note(struct progress *progress, const char *text);

#endif
