/*
 * Calls that change something outside: counted, and one process at a time.
 */
#include "provision/outside.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/pg.h"
#include "lab/site.h"
#include "render/render.h"

enum { LOCK_WAIT_MS = 10000, LOCK_POLL_MS = 100, FILE_MAX = 1 << 20 };

void outside_call(void)
{
    static long left = -1; /* calls until the fault; 0: none is wanted */
    if (left < 0) {
        const char *text = getenv("LECTERN_FAULT_AT");
        left = text != NULL ? strtol(text, NULL, 10) : 0;
        if (left < 0)
            left = 0;
    }
    if (left > 0 && --left == 0)
        kill(getpid(), getenv("LECTERN_FAULT_STOP") != NULL ? SIGSTOP : SIGKILL);
}

bool outside_script(PGconn *conn, const char *sql, struct error *err)
{
    outside_call();
    return pg_script_now(conn, sql, err);
}

bool outside_execute(PGconn *conn, const char *sql, size_t n, const char *const params[],
                     struct error *err)
{
    outside_call();
    return pg_execute_now(conn, sql, n, params, err);
}

bool outside_file(const struct site *site, const char *relative, const char *text, mode_t mode,
                  const char *owner, bool write, bool *changed, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf is = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *path = site_path(site, relative);
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    struct error unread = ERROR_INIT;
    bool differs = !file_read(path, FILE_MAX, &is, &unread) || strcmp(is.text, text) != 0;
    error_clear(&unread);
    if (write) {
        struct render_target target = {path, mode, owner};
        if (differs)
            outside_call();
        if (!file_make_directories(directory, 0755, err) ||
            !render_write(&target, text, &differs, err))
            return false;
    }
    *changed = *changed || differs;
    return true;
}

bool outside_lock(const struct site *site, int *ret_fd, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = site_path(site, "secrets");
    if (!file_make_directories(path, 0700, err))
        return false;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", path);
    int64_t deadline = clock_monotonic_ms() + LOCK_WAIT_MS;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK || clock_monotonic_ms() > deadline) {
            int saved = errno;
            close(fd);
            if (saved != EWOULDBLOCK)
                return error_set_errno(err, saved, "could not lock \"%s\"", path);
            error_set(err, ERROR_TIMEOUT, "another lectern is changing the servers");
            return error_hint(err, "Wait until that \"up\", \"apply\" or \"destroy\" is done.");
        }
        clock_sleep_ms(LOCK_POLL_MS);
    }
    *ret_fd = fd;
    return true;
}
