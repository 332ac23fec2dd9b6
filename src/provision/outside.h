/*
 * Calls that change something outside this process, and the hook that breaks them off.
 *
 * With LECTERN_FAULT_AT=N in the environment the process kills itself (SIGKILL) right before its
 * Nth such call: the fault walk of tests/fault/apply.sh dies at every one of them and proves that a
 * new `apply` completes.  With LECTERN_FAULT_STOP set, too, it stops itself there (SIGSTOP), so
 * that a test can take a server away.  Without the variable nothing happens.  Reading calls are not
 * counted: to die at one is to die before the next writing call.
 */
#ifndef LECTERN_PROVISION_OUTSIDE_H
#define LECTERN_PROVISION_OUTSIDE_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/types.h>

struct error;
struct site;

/* The next call goes outside: count it. */
void outside_call(void);

/* pg_script_now() and pg_execute_now() that count. */
bool outside_script(PGconn *conn, const char *sql, struct error *err);
bool outside_execute(PGconn *conn, const char *sql, size_t n, const char *const params[],
                     struct error *err);

/*
 * Bring a file below the state directory to this text, its directory made; counts when it differs.
 * Without `write` it is only compared.  Sets *changed when it differs (or differed).
 */
bool outside_file(const struct site *site, const char *relative, const char *text, mode_t mode,
                  const char *owner, bool write, bool *changed, struct error *err);

/*
 * One process at a time changes the servers: a lock on the directory STATE/secrets, held until the
 * descriptor is closed or the process ends.  Waits up to ten seconds for another one.
 */
bool outside_lock(const struct site *site, int *ret_fd, struct error *err);

#endif
