/*
 * Inside io: what the blocking run and the run on the loop share.
 */
#ifndef LECTERN_IO_CHILD_SPAWN_H
#define LECTERN_IO_CHILD_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "io/child.h"

struct strbuf;

struct child_spawned {
    pid_t pid;
    int in; /* -1 unless the spec has input bytes */
    int out, err;
};

/* Start the child; it leads a process group of its own. */
bool child_spawn(const struct child_spec *spec, struct child_spawned *ret_spawned,
                 struct error *err);
/* The exit status, or 128 + the signal. */
int child_status(int wait_status);
/* Append, but never beyond `max` bytes in all; `to` may be NULL. */
void child_keep(struct strbuf *to, const char *data, size_t len, size_t max);

#endif
