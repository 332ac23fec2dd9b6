/*
 * A PostgreSQL server for the length of one command: made in a directory of its own under TMPDIR,
 * on a Unix socket only, and gone with all it held.  For loading dumps where no server of ours
 * runs.  Blocking: for commands.
 *
 * It dies with the process that started it, by a kill -9, too; the directory that then stays is
 * removed by the next throwaway_sweep().
 */
#ifndef LECTERN_STACK_THROWAWAY_H
#define LECTERN_STACK_THROWAWAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/memory.h"
#include "io/pg.h"

struct error;

struct throwaway {
    struct arena arena;
    const char *directory;
    struct pg_address admin; /* superuser "postgres" by peer, database "postgres" */
    pid_t pid;
};

bool throwaway_start(struct throwaway *ret_server, struct error *err);
/* Stop the server and remove its directory. */
void throwaway_stop(struct throwaway *server);
/* Remove what starters that died left behind. */
void throwaway_sweep(void);

#endif
