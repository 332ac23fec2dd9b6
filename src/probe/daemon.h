/*
 * lecternd: the turn on the loop.  Watch the class each half second, measure what moved, judge,
 * record.  (Listening to the log, hands, and the guard take their places beside these.)
 */
#ifndef LECTERN_PROBE_DAEMON_H
#define LECTERN_PROBE_DAEMON_H

#include "io/loop.h"
#include "lab/site.h"

struct error;

struct daemon_options {
    int probes;      /* rounds at a time */
    int connections; /* facts connections that are kept open, at most */
};

#define DAEMON_OPTIONS_DEFAULT ((struct daemon_options){.probes = 4, .connections = 250})

/*
 * Measure until the loop is asked to stop.  False only when this lecternd has no business here:
 * another one holds the control database.  Everything else is waited for.
 */
bool daemon_run(struct loop *loop, const struct site *site, const struct daemon_options *options,
                struct error *err);

#endif
