/*
 * Listen: what the server's JSON log says about the class.  A turn each second, on lecternd's
 * control connection: the log's files are listed, what is new in them is read, at most 1 MB, and
 * recorded in one transaction with how far each was read, so that nothing is lost or told twice
 * whenever lecternd or Postgres ends.  Where more waits than can be read in time it goes on behind
 * it, and an event says how much was skipped and whose it was.
 */
#ifndef LECTERN_PROBE_LISTEN_H
#define LECTERN_PROBE_LISTEN_H

#include <stddef.h>

#include "io/pg.h"
#include "lab/log_record.h"
#include "probe/turn.h"

struct error;
struct listen;

struct listen_options {
    /* A student's error whose statement speaks of schema lectern, once it was recorded; the student
     * by index.  NULL: nobody wants to know. */
    void (*on_record)(const struct log_record *record, size_t student, void *data);
    /* The connection failed. */
    void (*on_failure)(const struct error *err, void *data);
    void *data;
};

struct listen *listen_new(const struct listen_options *options);
void listen_free(struct listen *listen);

/* To be called at least every second while a lab is measured; both are borrowed until listen_stop()
 * or listen_lost(). */
void listen_turn(struct listen *listen, struct pg *pg, struct turn *turn);
/* This turn's lab is measured no more.  What is under way comes to its end without it. */
void listen_stop(struct listen *listen);
/* Likewise, and no answer comes any more: the connection is closed. */
void listen_lost(struct listen *listen);

#endif
