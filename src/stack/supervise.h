/*
 * runit's side of the embedded servers: runsvdir over STATE/service, which runs one runsv per
 * service.  Spoken to through the files that runsv(8) documents: supervise/status,
 * supervise/control and supervise/ok.
 */
#ifndef LECTERN_STACK_SUPERVISE_H
#define LECTERN_STACK_SUPERVISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct error;

struct supervise_status {
    bool supervised;   /* a runsv looks after it */
    bool wanted;       /* it is to be up */
    bool running;      /* its program was started */
    pid_t pid;         /* 0: none */
    int64_t since_us;  /* UTC, of the last change; 0: unknown */
    int exits;         /* how often it ended, as far as noted */
    int exit_code;     /* of the last end: status, or -1 for a signal */
    int exit_signal;   /* the signal, or 0 */
    int64_t exited_us; /* UTC; 0: it never ended */
};

void supervise_read(const char *state, const char *name, struct supervise_status *ret_status);

/* One character of runsv(8): u, d, x, t, i, k, h ...  False when no runsv listens. */
bool supervise_command(const char *state, const char *name, char command);

/* Mark the service as wanted (a later runsv starts it by itself) and start it; or the reverse. */
bool supervise_want(const char *state, const char *name, bool up, struct error *err);

/* The pid of the state directory's runsvdir; 0 when there is none. */
pid_t supervise_find(const char *state);

/* Start runsvdir, detached, its words in STATE/log/runsvdir.  `path` is its program, `environment`
 * all that the servers get. */
bool supervise_start(const char *state, const char *path, const char *const *environment,
                     struct error *err);

/* Wait until there is a runsv for each of the services. */
bool supervise_wait(const char *state, const char *const *services, size_t n, struct error *err);

#endif
