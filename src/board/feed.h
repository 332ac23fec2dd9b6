/*
 * The feed: polls Prometheus and the control database's words each second, and gives a fresh
 * snapshot of the class whenever something changed, at least once a second.
 */
#ifndef LECTERN_BOARD_FEED_H
#define LECTERN_BOARD_FEED_H

#include <stdbool.h>

#include "io/loop.h"
#include "lab/site.h"
#include "lab/snapshot.h"

struct feed;

/* `snapshot` lives until the next call, or feed_free(). */
typedef void (*feed_cb)(const struct snapshot *snapshot, void *data);

struct feed_options {
    const char *lab; /* "": the current lab, whichever that is */
    int interval_ms; /* between two polls; 0: a second */
    bool all_steps;  /* every student's step scores, not only the open one's */
};

/* `site` is borrowed for the feed's life; `options` is copied. */
struct feed *feed_new(struct loop *loop, const struct site *site,
                      const struct feed_options *options, feed_cb on_change, void *data);
/* Bring this student's steps and checks too (NULL: nobody's). */
void feed_open_student(struct feed *feed, const char *login);

/* Bring every student's steps from now on, or no longer. */
void feed_want_steps(struct feed *feed, bool wanted);

/* There is all that was asked for: words, numbers with a heartbeat, the steps. */
bool feed_is_complete(const struct feed *feed);
/* The lab was found and is the current one: only that one is measured.  True while not known. */
bool feed_lab_is_current(const struct feed *feed);
/* What the control database's connection said last; "" when it is well. */
const char *feed_words_fault(const struct feed *feed);

/* Closes everything; its memory goes when the loop has closed its timers.  NULL is fine. */
void feed_free(struct feed *feed);

#endif
