/*
 * Child processes: programs that are run to their end, blocking (for commands) or on the loop.
 * No shell is involved.  A child gets its own process group and dies with us (PR_SET_PDEATHSIG).
 */
#ifndef LECTERN_IO_CHILD_H
#define LECTERN_IO_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "io/loop.h"

struct error;
struct strbuf;

struct child_spec {
    const char *const *argv;        /* NULL-terminated; argv[0] is looked up in PATH */
    const char *const *environment; /* "NAME=value" added to ours; NULL: none */
    const char *input;              /* bytes for its stdin; NULL: /dev/null */
    size_t input_len;
    int input_fd; /* stdin from this descriptor instead, when > 0 */
    uid_t uid;    /* run as this user and group when `change_user` */
    gid_t gid;
    bool change_user;
    int64_t timeout_ms; /* TERM, a second later KILL; 0: no limit */
    bool secret;        /* on the loop: wipe what it printed as soon as `on_line` had it */
    size_t max_output;  /* bytes kept of each of stdout and stderr; 0: 1 MB; the rest is dropped */
};

/*
 * Run to the end.  True when it ran: `*ret_status` is its exit status, or 128 + the signal.
 * ERROR_NOT_FOUND when there is no such program, ERROR_TIMEOUT past the deadline (its output until
 * then is given).  `out` and `errors` are appended to; NULL: dropped.
 */
bool child_run(const struct child_spec *spec, int *ret_status, struct strbuf *out,
               struct strbuf *errors, struct error *err);

/*
 * On the loop: `on_line` (may be NULL) gets each line of stdout without its newline (cut at 64 KB),
 * then `on_exit` the status, once all output came, with what was written to stderr.  The struct is
 * gone when `on_exit` has returned.  A child past its timeout is ended and has the status of its
 * signal; one that cannot be started is an error of child_start().
 */
struct child;
typedef void (*child_line_cb)(const char *line, void *data);
typedef void (*child_exit_cb)(int status, const char *errors, void *data);
struct child *child_start(struct loop *loop, const struct child_spec *spec, child_line_cb on_line,
                          child_exit_cb on_exit, void *data, struct error *err);
void child_kill(struct child *child, int signum); /* its whole process group */
/* Kill it and call nobody back; frees.  NULL is fine. */
void child_abandon(struct child *child);
pid_t child_pid(const struct child *child);

/* The absolute path of a program in PATH or in the given NULL-terminated directories; malloc'd or
 * NULL. */
char *child_find_program(const char *name, const char *const *directories);

#endif
