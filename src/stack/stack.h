/*
 * The embedded servers: slapd, PostgreSQL, two exporters, Prometheus and lecternd, in one state
 * directory, supervised by runit's runsvdir.
 *
 * `lectern up` runs in two halves with provisioning between: stack_up_ground() ends with slapd and
 * PostgreSQL ready for logins, stack_up_rest() starts what needs the control database and the
 * generated configurations.  Both are idempotent: what runs as it should is left alone, what runs
 * with older files than it should is restarted.
 *
 * Everything here blocks: for commands only.
 */
#ifndef LECTERN_STACK_STACK_H
#define LECTERN_STACK_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lab/site.h"

struct error;

struct stack_options {
    const char *state;    /* the state directory, absolute */
    const char *room;     /* open to the room under this name or address; NULL: as it was */
    bool loopback;        /* close it again */
    bool spread_ports;    /* choose new ports from a random start, not from the customary one */
    const char *lecternd; /* path of the daemon's program */
    void (*on_note)(const char *text, void *data); /* a line for the user; may be NULL */
    void *data;
};

/*
 * Make the state directory if need be and hold it for this process, until the descriptor is closed:
 * what starts or stops servers is one at a time.  No file is left behind by it.
 */
bool stack_lock(const char *state, int *ret_fd, struct error *err);

/*
 * Directory, ports, certificates, secrets, configurations, service directories; then slapd and
 * PostgreSQL, until both take logins.  The caller holds the lock and releases the site.
 */
bool stack_up_ground(const struct stack_options *options, struct site *ret_site, struct error *err);

/* The exporters, Prometheus and lecternd, until they answer. */
bool stack_up_rest(const struct stack_options *options, const struct site *site, struct error *err);

/*
 * End every server within 10 s, with sessions open or not, and whatever an earlier crash left of
 * them; leaves no process, lock or pid file.  `ret_stopped`: how many processes there were.
 */
bool stack_down(const char *state, size_t *ret_stopped, struct error *err);

/*
 * Give PostgreSQL at least `n` connections for others than the superuser; restarts it when the
 * number must be raised (`ret_restarted`).  Never lowers it.
 */
bool stack_ensure_connections(const struct site *site, int n, bool *ret_restarted,
                              struct error *err);

/* Restart one service ("postgres", "slapd", "exporter-students", "exporter-steps", "prometheus",
 * "lecternd") and wait until it is ready.  Nothing happens when the servers are down. */
bool stack_restart_service(const struct site *site, const char *name, struct error *err);

/* -- what runs --------------------------------------------------------------------------------- */

enum { STACK_SERVICES = 6 };

struct stack_service {
    const char *name;
    const char *state;  /* "running", "starting", "stopped" */
    pid_t pid;          /* 0: none */
    int64_t uptime_s;   /* since it was started or stopped; -1: unknown */
    int64_t memory_kb;  /* with its children, shared pages divided among their users; -1: unknown */
    int port;           /* the one that matters; 0: none */
    char last_exit[64]; /* "exit status 1, 12 s ago", "signal 9 (Killed), 3 min ago", or "" */
};

/* All services, in the order of their start; true also when nothing runs. */
void stack_list(const struct site *site, struct stack_service ret_services[STACK_SERVICES]);
/* The index of a service, or -1. */
int stack_find_service(const char *name);
/* The file that its current log is in; malloc'd. */
char *stack_log_path(const char *state, const char *name);

#endif
