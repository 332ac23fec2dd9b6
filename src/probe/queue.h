/*
 * The queue of databases that wait to be probed: a bounded number at a time, the one whose change
 * is oldest first, and never more than one slow one, so that a database that eats its deadlines
 * delays its own cell only.  Pure; times are monotonic milliseconds.
 */
#ifndef LECTERN_PROBE_QUEUE_H
#define LECTERN_PROBE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QUEUE_SLOW_MS = 1000,      /* a round that took this long makes its database slow */
    QUEUE_SLOW_PAUSE_MS = 5000 /* a slow one rests so long, or three times its round */
};

struct queue_entry {
    bool waiting, running, slow;
    unsigned why;          /* of the change that waits; the caller's flags */
    int64_t since_ms;      /* when the oldest change that waits was seen */
    int64_t not_before_ms; /* rests until then */
    int64_t started_ms;    /* the round that runs */
};

struct queue {
    struct queue_entry *entries;
    size_t count;
    size_t limit; /* rounds at a time */
    size_t running, running_slow;
};

void queue_init(struct queue *queue, size_t count, size_t limit);
void queue_release(struct queue *queue);

/* The database `index` changed; a change during its round makes it wait again behind the round. */
void queue_add(struct queue *queue, size_t index, unsigned why, int64_t now_ms);
/* The next one to probe, with its reasons; -1 when none may start now. */
int queue_take(struct queue *queue, int64_t now_ms, unsigned *ret_why);
/* Its round ended; after a slow one it rests for a while. */
void queue_done(struct queue *queue, size_t index, int64_t now_ms);

#endif
