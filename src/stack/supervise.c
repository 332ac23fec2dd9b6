/*
 * Supervision by runit: see supervise.h.
 */
#include "stack/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/process.h"

enum { STATUS_BYTES = 20, START_DEADLINE_MS = 10000, POLL_MS = 20, SMALL_FILE_MAX = 4096 };

static char *service_file(const char *state, const char *name, const char *file)
{
    return mem_printf("%s/service/%s/%s", state, name, file);
}

/* A FIFO that runsv reads: to open it for writing without a reader fails at once. */
static int open_fifo(const char *state, const char *name, const char *file)
{
    CLEANUP(mem_free_string)
    char *path = service_file(state, name, file);
    return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

/* runsv's status: TAI64N label (12 bytes), pid (4, little-endian), paused, want, term, state. */
static void parse_status(const unsigned char *bytes, struct supervise_status *status)
{
    uint64_t seconds = 0;
    uint32_t nanoseconds = 0;
    for (int i = 0; i < 8; i++)
        seconds = seconds << 8 | bytes[i];
    for (int i = 8; i < 12; i++)
        nanoseconds = nanoseconds << 8 | bytes[i];
    /* TAI64 begins at 2^62; runit counts ten leap seconds and no more. */
    int64_t unix_seconds = (int64_t)(seconds - (UINT64_C(1) << 62)) - 10;
    status->since_us = unix_seconds * 1000000 + nanoseconds / 1000;
    status->pid = (pid_t)((uint32_t)bytes[12] | (uint32_t)bytes[13] << 8 |
                          (uint32_t)bytes[14] << 16 | (uint32_t)bytes[15] << 24);
    status->wanted = bytes[17] == 'u';
    status->running = bytes[19] == 1 && status->pid > 0;
}

/* The line that the service's finish script wrote: "COUNT CODE STATUS SECONDS". */
static void parse_exit(const char *text, struct supervise_status *status)
{
    int count, code, signum;
    long long seconds;
    if (sscanf(text, "%d %d %d %lld", &count, &code, &signum, &seconds) != 4)
        return;
    status->exits = count;
    status->exit_code = code;
    status->exit_signal = code < 0 ? signum & 127 : 0;
    status->exited_us = seconds * 1000000;
}

void supervise_read(const char *state, const char *name, struct supervise_status *ret_status)
{
    struct supervise_status status = {0};
    CLEANUP(strbuf_release)
    struct strbuf bytes = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *status_path = service_file(state, name, "supervise/status");
    CLEANUP(mem_free_string)
    char *exit_path = service_file(state, name, "last-exit");
    struct error missing = ERROR_INIT;
    if (file_read(exit_path, SMALL_FILE_MAX, &bytes, &missing))
        parse_exit(bytes.text, &status);
    error_clear(&missing);
    strbuf_reset(&bytes);
    int fd = open_fifo(state, name, "supervise/ok");
    if (fd >= 0) {
        close(fd);
        status.supervised = true;
        if (file_read(status_path, SMALL_FILE_MAX, &bytes, &missing) && bytes.len >= STATUS_BYTES)
            parse_status((const unsigned char *)bytes.text, &status);
        error_clear(&missing);
    }
    *ret_status = status;
}

bool supervise_command(const char *state, const char *name, char command)
{
    int fd = open_fifo(state, name, "supervise/control");
    if (fd < 0)
        return false;
    bool ok = write(fd, &command, 1) == 1;
    close(fd);
    return ok;
}

bool supervise_want(const char *state, const char *name, bool up, struct error *err)
{
    CLEANUP(mem_free_string)
    char *down = service_file(state, name, "down");
    if (up && unlink(down) != 0 && errno != ENOENT)
        return error_set_errno(err, errno, "could not remove \"%s\"", down);
    if (!up && !file_exists(down) && !file_write(down, "", 0, 0644, err))
        return false;
    if (!supervise_command(state, name, up ? 'u' : 'd') && up)
        return error_set(err, ERROR_FAILED, "the supervisor of \"%s\" does not answer", name);
    return true;
}

/* -- runsvdir ---------------------------------------------------------------------------------- */

static bool read_recorded(const char *state, struct process *ret_process)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "runsvdir.pid");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    struct process recorded = {0};
    unsigned long long start = 0;
    bool ok = file_read(path, SMALL_FILE_MAX, &text, &missing) &&
              sscanf(text.text, "%d %llu", &recorded.pid, &start) == 2;
    error_clear(&missing);
    recorded.start = start;
    if (ok)
        *ret_process = recorded;
    return ok;
}

pid_t supervise_find(const char *state)
{
    struct process recorded, now;
    if (!read_recorded(state, &recorded) || !process_read(recorded.pid, &now) ||
        now.start != recorded.start || strcmp(now.name, "runsvdir") != 0)
        return 0;
    return now.pid;
}

/* In the child: nothing of ours goes along, and what the terminal says is not meant for servers. */
static _Noreturn void become_supervisor(const char *state, const char *path,
                                        const char *const *environment, int log_fd)
{
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int s = 1; s < 32; s++)
        signal(s, SIG_DFL);
    umask(022);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    if (close_range(3, ~0U, 0) != 0) {
        for (int fd = 3; fd < 1024; fd++)
            close(fd);
    }
    const char *argv[] = {"runsvdir", "-P", "service", NULL};
    /* exec takes pointers to non-const strings for historical reasons only. */
    union {
        const char *const *in;
        char *const *out;
    } arguments = {.in = argv}, variables = {.in = environment};
    if (chdir(state) == 0)
        execve(path, arguments.out, variables.out);
    _exit(127);
}

static bool record(const char *state, pid_t pid, struct error *err)
{
    struct process process;
    if (!process_read(pid, &process))
        return error_set(err, ERROR_FAILED, "runsvdir ended at once");
    CLEANUP(mem_free_string)
    char *path = path_join(state, "runsvdir.pid");
    CLEANUP(mem_free_string)
    char *text = mem_printf("%d %llu\n", (int)pid, (unsigned long long)process.start);
    return file_write(path, text, strlen(text), 0644, err);
}

static bool all_supervised(const char *state, const char *const *services, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int fd = open_fifo(state, services[i], "supervise/ok");
        if (fd < 0)
            return false;
        close(fd);
    }
    return true;
}

bool supervise_wait(const char *state, const char *const *services, size_t n, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + START_DEADLINE_MS;
    while (!all_supervised(state, services, n)) {
        /* By its start, not its name: it may not have become runsvdir yet. */
        struct process recorded;
        bool alive = read_recorded(state, &recorded) && process_is_alive(&recorded);
        if (!alive || clock_monotonic_ms() > deadline) {
            error_set(err, ERROR_TIMEOUT,
                      alive ? "runsvdir does not supervise all services"
                            : "runsvdir ended at once");
            return error_hint(err, "Its words are in \"%s/log/runsvdir\".", state);
        }
        clock_sleep_ms(POLL_MS);
    }
    return true;
}

bool supervise_start(const char *state, const char *path, const char *const *environment,
                     struct error *err)
{
    CLEANUP(mem_free_string)
    char *log_path = path_join(state, "log/runsvdir");
    int log_fd = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (log_fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", log_path);
    pid_t pid = fork();
    if (pid == 0)
        become_supervisor(state, path, environment, log_fd);
    int saved = errno;
    close(log_fd);
    if (pid < 0)
        return error_set_errno(err, saved, "could not start runsvdir");
    return record(state, pid, err);
}
