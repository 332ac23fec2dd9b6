/*
 * Starting the embedded servers, in two halves: see stack.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/choose.h"
#include "stack/down.h"
#include "stack/machine.h"
#include "stack/port.h"
#include "stack/prepare.h"
#include "stack/process.h"
#include "stack/programs.h"
#include "stack/ready.h"
#include "stack/service.h"
#include "stack/stack.h"
#include "stack/supervise.h"

enum {
    READY_MS = 120000, /* PostgreSQL may have to recover from a crash first */
    SPACE_FIRST_MB = 150,
    SPACE_MB = 40,
    STOP_MS = 120000, /* PostgreSQL's shutdown checkpoint, on a disk that is busy */
    POLL_MS = 30,
};

static void note(const struct stack_options *options, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void note(const struct stack_options *options, const char *format, ...)
{
    if (options->on_note == NULL)
        return;
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_string)
    char *text = mem_vprintf(format, args);
    va_end(args);
    options->on_note(text, options->data);
}

/* -- the directory ----------------------------------------------------------------------------- */

static bool check_owner(const char *state, int fd, struct error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return error_set_errno(err, errno, "could not look at \"%s\"", state);
    if (info.st_uid == geteuid())
        return true;
    const struct passwd *owner = getpwuid(info.st_uid);
    error_set(err, ERROR_EXISTS, "the state directory \"%s\" belongs to user \"%s\"", state,
              owner != NULL ? owner->pw_name : "?");
    return error_hint(err, "Run lectern as that user, or set LECTERN_STATE to a directory of "
                           "your own.");
}

bool stack_lock(const char *state, int *ret_fd, struct error *err)
{
    if (!choose_check_path(state, err))
        return false;
    umask(022); /* servers of other users pass through what is made here */
    if (!file_make_directories(state, 0755, err))
        return error_hint(err, "Set LECTERN_STATE to a directory that can be written.");
    int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", state);
    if (!check_owner(state, fd, err)) {
        close(fd);
        return false;
    }
    while (flock(fd, LOCK_EX) != 0) {
        if (errno == EINTR)
            continue;
        int saved = errno;
        close(fd);
        return error_set_errno(err, saved, "could not lock \"%s\"", state);
    }
    *ret_fd = fd;
    return true;
}

static bool check_space(const char *state, struct error *err)
{
    struct statvfs info;
    CLEANUP(mem_free_string)
    char *version = path_join(state, "postgres/PG_VERSION");
    if (statvfs(state, &info) != 0)
        return error_set_errno(err, errno, "could not look at \"%s\"", state);
    if ((info.f_flag & ST_RDONLY) != 0) {
        error_set(err, ERROR_FAILED, "the state directory \"%s\" is on a read-only file system",
                  state);
        return error_hint(err, "Set LECTERN_STATE to a directory that can be written, or mount "
                               "the file system for writing.");
    }
    if (access(state, W_OK) != 0) {
        error_set_errno(err, errno, "could not write into the state directory \"%s\"", state);
        return error_hint(err,
                          "Set LECTERN_STATE to a directory that can be written, or \"chmod u+w\" "
                          "this one.");
    }
    unsigned long long free_mb = (unsigned long long)info.f_bavail * info.f_frsize >> 20;
    unsigned long long needed = file_exists(version) ? SPACE_MB : SPACE_FIRST_MB;
    if (free_mb >= needed)
        return true;
    error_set(err, ERROR_FAILED,
              "the disk of the state directory \"%s\" is full: %llu MB are free, %llu needed",
              state, free_mb, needed);
    return error_hint(err, "Make room there, or set LECTERN_STATE to a directory on another disk; "
                           "each student takes 7.2 MB and more.");
}

/* -- ports ------------------------------------------------------------------------------------- */

/* A server that isn't running needs its ports free, or it would fail again and again. */
static bool check_ports(const struct site *site, struct error *err)
{
    for (int i = 0; i < SERVICES; i++) {
        struct supervise_status status;
        supervise_read(site->state, service_names[i], &status);
        int port = service_port(site, (enum service)i);
        if (status.running || port == 0)
            continue;
        if (!port_check(port, service_names[i], err))
            return false;
        if (i == SERVICE_SLAPD && !port_check(site->ldap_port, service_names[i], err))
            return false;
    }
    return true;
}

/* -- services ---------------------------------------------------------------------------------- */

/* lecternd may lie where its user can't come, as in root's home: then it gets a copy. */
static bool place_daemon(const struct stack_options *options, const struct site *site,
                         char **ret_path, struct error *err)
{
    const char *source = options->lecternd != NULL ? options->lecternd : "lecternd";
    if (!file_exists(source)) {
        error_set(err, ERROR_NOT_FOUND, "there is no lecternd at \"%s\"", source);
        return error_hint(err, "It is built and installed together with lectern.");
    }
    if (prepare_is_reachable(source, site->daemon_user)) {
        *ret_path = mem_strdup(source);
        return true;
    }
    CLEANUP(mem_free_string)
    char *directory = site_path(site, "bin");
    CLEANUP(mem_free_string)
    char *copy = path_join(directory, "lecternd");
    CLEANUP(strbuf_release)
    struct strbuf program = STRBUF_INIT;
    bool changed;
    if (!file_read(source, 256U << 20, &program, err) ||
        !file_make_directories(directory, 0755, err) ||
        !file_update(copy, program.text, program.len, 0755, &changed, err))
        return false;
    *ret_path = copy;
    copy = NULL;
    return true;
}

static bool write_services(const struct stack_options *options, const struct site *site,
                           const struct programs *programs, bool running, struct error *err)
{
    CLEANUP(mem_free_string)
    char *lecternd = NULL;
    if (!place_daemon(options, site, &lecternd, err))
        return false;
    for (int i = 0; i < SERVICES; i++) {
        if (!service_write(site, programs, lecternd, (enum service)i, err))
            return false;
        CLEANUP(mem_free_string)
        char *down = mem_printf("%s/service/%s/down", site->state, service_names[i]);
        if (!running && !file_write(down, "", 0, 0644, err))
            return false;
    }
    return true;
}

static bool start_supervisor(const struct site *site, const struct programs *programs,
                             struct error *err)
{
    CLEANUP(mem_free_string)
    char *state = mem_printf("LECTERN_STATE=%s", site->state);
    const char *const environment[] = {
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", state,
        NULL};
    return supervise_start(site->state, programs->runsvdir, environment, err);
}

static bool is_newer(const char *path, int64_t since_us)
{
    struct stat info;
    return stat(path, &info) == 0 &&
           info.st_ctim.tv_sec * INT64_C(1000000) + info.st_ctim.tv_nsec / 1000 > since_us;
}

/* Does the service run with files that have changed since it was started? */
static bool is_outdated(const struct stack_options *options, const struct site *site,
                        enum service service, int64_t since_us)
{
    for (const char *const *file = service_files(service); *file != NULL; file++) {
        CLEANUP(mem_free_string)
        char *path = site_path(site, *file);
        if (is_newer(path, since_us))
            return true;
    }
    return service == SERVICE_LECTERND && options->lecternd != NULL &&
           is_newer(options->lecternd, since_us);
}

/* End the service and wait for it, so that the start that follows is a new one. */
static bool stop_service(const struct site *site, enum service service, struct error *err)
{
    const char *name = service_names[service];
    struct supervise_status status;
    int64_t deadline = clock_monotonic_ms() + STOP_MS;
    if (!supervise_command(site->state, name, 'd'))
        return error_set(err, ERROR_FAILED, "the supervisor of %s does not answer", name);
    for (;;) {
        supervise_read(site->state, name, &status);
        if (!status.running)
            return true;
        if (clock_monotonic_ms() > deadline)
            return error_set(err, ERROR_TIMEOUT, "%s did not end within %d s", name,
                             STOP_MS / 1000);
        clock_sleep_ms(POLL_MS);
    }
}

static bool start_services(const struct stack_options *options, const struct site *site,
                           enum service first, enum service last, struct error *err)
{
    bool started[SERVICES] = {false};
    for (int i = (int)first; i <= (int)last; i++) {
        struct supervise_status status;
        supervise_read(site->state, service_names[i], &status);
        if (status.running && is_outdated(options, site, (enum service)i, status.since_us)) {
            note(options, "%s: restarted, for its files have changed", service_names[i]);
            if (!stop_service(site, (enum service)i, err))
                return false;
            status.running = false;
        }
        started[i] = !status.running;
        if (!supervise_want(site->state, service_names[i], true, err))
            return false;
    }
    for (int i = (int)first; i <= (int)last; i++) {
        if (!ready_wait(site, (enum service)i, READY_MS, err))
            return false;
        if (started[i])
            note(options, "%s: ready", service_names[i]);
    }
    return true;
}

/* -- the two halves ---------------------------------------------------------------------------- */

/* Servers can't listen on an address that is another machine's, or was this one's yesterday. */
static bool check_address(const char *room, struct error *err)
{
    if (!machine_is_elsewhere(room))
        return true;
    error_set(err, ERROR_INPUT, "\"%s\" is not an address of this machine", room);
    return error_hint(err, "\"hostname -I\" shows its addresses; give one of them, or a name: "
                           "\"lectern up --room NAME\".");
}

/* A name that leads elsewhere is found out before the class is there. */
static void note_room(const struct stack_options *options, const struct site *site)
{
    bool ours;
    if (options->room == NULL)
        return;
    CLEANUP(mem_free_string)
    char *addresses = machine_resolve(site->room_host, &ours);
    if (addresses == NULL)
        note(options,
             "note: \"%s\" has no address here; lab PCs need one for it (DNS or /etc/hosts)",
             site->room_host);
    else if (!ours)
        note(options, "note: \"%s\" means %s, which is not this machine", site->room_host,
             addresses);
}

static bool prepare_and_start(const struct stack_options *options, const struct site *site,
                              const struct programs *programs, struct error *err)
{
    bool running = supervise_find(site->state) != 0;
    size_t leftovers = 0;
    if (!running && !down_end_leftovers(site->state, &leftovers, err))
        return false;
    if (!running && site->room_open && !check_address(site->room_host, err))
        return false;
    note_room(options, site);
    if (leftovers > 0)
        note(options, "ended %zu processes that an earlier run had left behind", leftovers);
    return check_ports(site, err) && prepare_all(site, programs, err) &&
           write_services(options, site, programs, running, err) &&
           (running || start_supervisor(site, programs, err)) &&
           supervise_wait(site->state, service_names, SERVICES, err) &&
           start_services(options, site, SERVICE_SLAPD, SERVICE_POSTGRES, err);
}

bool stack_up_ground(const struct stack_options *options, struct site *ret_site, struct error *err)
{
    struct programs programs;
    struct site site;
    if (!programs_find(options->state, &programs, err))
        return false;
    bool chosen = check_space(options->state, err) &&
                  (options->room == NULL || check_address(options->room, err)) &&
                  choose_site(options, &site, err);
    bool ok = chosen && prepare_and_start(options, &site, &programs, err);
    programs_release(&programs);
    if (ok)
        *ret_site = site;
    else if (chosen)
        site_release(&site);
    return ok;
}

bool stack_up_rest(const struct stack_options *options, const struct site *site, struct error *err)
{
    return start_services(options, site, SERVICE_EXPORTER_STUDENTS, SERVICE_LECTERND, err);
}

/* -- afterwards -------------------------------------------------------------------------------- */

int stack_find_service(const char *name)
{
    for (int i = 0; i < SERVICES; i++)
        if (strcmp(service_names[i], name) == 0)
            return i;
    return -1;
}

bool stack_restart_service(const struct site *site, const char *name, struct error *err)
{
    int service = stack_find_service(name);
    if (service < 0)
        return error_set(err, ERROR_USAGE, "there is no service \"%s\"", name);
    struct supervise_status status;
    supervise_read(site->state, name, &status);
    if (!status.supervised || !status.wanted)
        return true;
    return stop_service(site, (enum service)service, err) &&
           supervise_want(site->state, name, true, err) &&
           ready_wait(site, (enum service)service, READY_MS, err);
}

bool stack_ensure_connections(const struct site *site, int n, bool *ret_restarted,
                              struct error *err)
{
    bool changed = false;
    if (n > prepare_connections(site) &&
        (!prepare_postgres_configuration(site, n, &changed, err) ||
         !stack_restart_service(site, service_names[SERVICE_POSTGRES], err)))
        return false;
    *ret_restarted = changed;
    return true;
}
