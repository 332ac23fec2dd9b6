/*
 * Starting a server and removing it: nothing in it is worth an fsync.
 */
#include "stack/throwaway.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "facts/source.h"
#include "io/child.h"
#include "stack/process.h"

enum {
    INITDB_MS = 120 * 1000,
    READY_MS = 60 * 1000,
    STOP_MS = 10 * 1000,
    POLL_MS = 20,
    CONNECT_MS = 5000,
    LOG_SHOWN = 600,
    UNOWNED_S = 3600, /* a directory without an owner may be one that is being made */
};

#define DIRECTORY_PREFIX "lectern-throwaway-"
#define SERVER_USER      "postgres"

static const char *temporary_directory(void)
{
    const char *directory = getenv("TMPDIR");
    return directory != NULL && directory[0] == '/' ? directory : "/tmp";
}

/* -- removing ---------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    remove(path);
    return 0;
}

static void remove_directory(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Who started the server in that directory: still the same process? */
static bool is_owned(const char *directory)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "owner");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    struct stat info;
    struct process process;
    unsigned long long start = 0;
    int pid = 0;
    if (!file_read(path, 100, &text, &ignored)) {
        error_clear(&ignored);
        return stat(directory, &info) == 0 &&
               clock_utc_us() / 1000000 - (int64_t)info.st_mtime < UNOWNED_S;
    }
    return sscanf(text.text, "%d %llu", &pid, &start) != 2 ||
           (process_read((pid_t)pid, &process) && process.start == start);
}

/* The server that works in the directory, or 0. */
static pid_t find_server(const char *directory)
{
    CLEANUP(mem_free_string)
    char *data = path_join(directory, "data");
    CLEANUP(mem_free_string)
    char *path = path_join(data, "postmaster.pid");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    if (!file_read(path, 4096, &text, &ignored)) {
        error_clear(&ignored);
        return 0;
    }
    pid_t pid = (pid_t)strtol(text.text, NULL, 10);
    CLEANUP(mem_free_string)
    char *link = mem_printf("/proc/%d/cwd", (int)pid);
    char cwd[PATH_MAX];
    ssize_t len = pid > 1 ? readlink(link, cwd, sizeof cwd - 1) : -1;
    return len > 0 && strncmp(cwd, data, (size_t)len) == 0 && data[len] == '\0' ? pid : 0;
}

void throwaway_sweep(void)
{
    CLEANUP(mem_free_string)
    char *pattern = mem_printf("%s/" DIRECTORY_PREFIX "??????", temporary_directory());
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            const char *directory = found.gl_pathv[i];
            struct stat info;
            if (lstat(directory, &info) != 0 || !S_ISDIR(info.st_mode) ||
                info.st_uid != geteuid() || is_owned(directory))
                continue;
            pid_t server = find_server(directory);
            int64_t deadline = clock_monotonic_ms() + STOP_MS;
            if (server > 0 && kill(server, SIGQUIT) == 0)
                while (kill(server, 0) == 0 && clock_monotonic_ms() < deadline)
                    clock_sleep_ms(POLL_MS);
            remove_directory(directory);
        }
    globfree(&found);
}

void throwaway_stop(struct throwaway *server)
{
    if (server->pid > 0) {
        int64_t deadline = clock_monotonic_ms() + STOP_MS;
        kill(server->pid, SIGQUIT);
        while (waitpid(server->pid, NULL, WNOHANG) == 0) {
            if (clock_monotonic_ms() > deadline)
                kill(server->pid, SIGKILL);
            clock_sleep_ms(POLL_MS);
        }
    }
    if (server->directory != NULL)
        remove_directory(server->directory);
    arena_release(&server->arena);
    *server = (struct throwaway){.arena = ARENA_INIT};
}

/* -- making ------------------------------------------------------------------------------------ */

/* Root's server runs as the system's user for it. */
static bool find_user(const struct passwd **ret_user, struct error *err)
{
    *ret_user = geteuid() == 0 ? getpwnam(SERVER_USER) : NULL;
    if (geteuid() != 0 || *ret_user != NULL)
        return true;
    error_set(err, ERROR_NOT_FOUND, "there is no system user \"" SERVER_USER "\"");
    return error_hint(err, "PostgreSQL does not run as root: run lectern as another user.");
}

static bool write_file(const char *directory, const char *name, const char *text, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, name);
    return file_write(path, text, strlen(text), 0644, err);
}

/* The directory, the files that are ours, and two that are the server's. */
static bool make_directories(struct throwaway *server, const struct passwd *user, struct error *err)
{
    char *directory =
        arena_printf(&server->arena, "%s/" DIRECTORY_PREFIX "XXXXXX", temporary_directory());
    if (mkdtemp(directory) == NULL)
        return error_set_errno(err, errno, "could not make a directory in \"%s\"",
                               temporary_directory());
    server->directory = directory;
    struct process self;
    const struct passwd *caller = getpwuid(geteuid());
    CLEANUP(mem_free_string)
    char *owner = mem_printf("%d %llu\n", (int)getpid(),
                             process_read(getpid(), &self) ? (unsigned long long)self.start : 0ULL);
    CLEANUP(mem_free_string)
    char *ident = mem_printf("owner \"%s\" postgres\n", caller != NULL ? caller->pw_name : "?");
    if (!write_file(directory, "owner", owner, err) ||
        !write_file(directory, "pg_ident.conf", ident, err) ||
        !write_file(directory, "pg_hba.conf",
                    "local all postgres peer map=owner\nlocal all all scram-sha-256\n", err))
        return false;
    static const char *const names[] = {"data", "run"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(directory, names[i]);
        /* The loader's psql, which may be another user's, passes through to the socket. */
        mode_t mode = i == 0 ? 0700 : 0711;
        if (mkdir(path, 0700) != 0 || chmod(path, mode) != 0 ||
            (user != NULL && chown(path, user->pw_uid, user->pw_gid) != 0))
            return error_set_errno(err, errno, "could not make \"%s\"", path);
    }
    if (chmod(directory, user != NULL ? 0711 : 0700) != 0)
        return error_set_errno(err, errno, "could not open \"%s\"", directory);
    return true;
}

static bool make_cluster(const struct throwaway *server, const struct passwd *user,
                         struct error *err)
{
    CLEANUP(mem_free_string)
    char *initdb = source_find_program("initdb", err);
    if (initdb == NULL) {
        return error_hint(err, "Install the server, postgresql, or name one with --server.");
    }
    CLEANUP(mem_free_string)
    char *data = path_join(server->directory, "data");
    const char *const argv[] = {initdb, "-D", data,   "-U", "postgres",         "-A",
                                "peer", "-E", "UTF8", "-N", "--locale=C.UTF-8", "--no-instructions",
                                NULL};
    struct child_spec spec = {.argv = argv, .timeout_ms = INITDB_MS, .change_user = user != NULL};
    if (user != NULL) {
        spec.uid = user->pw_uid;
        spec.gid = user->pw_gid;
    }
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    int status = 0;
    if (!child_run(&spec, &status, NULL, &errors, err))
        return false;
    if (status == 0)
        return true;
    error_set(err, ERROR_FAILED, "initdb failed with exit status %d", status);
    return error_detail(err, "%s", errors.text);
}

/* In the child: become the server. */
static void become_server(const struct throwaway *server, const struct passwd *user, pid_t parent,
                          const char *const *argv)
{
    setpgid(0, 0); /* the terminal's Ctrl-C is not its business */
    CLEANUP(mem_free_string)
    char *log = path_join(server->directory, "run/log");
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (user != NULL &&
        (setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0644), null = open("/dev/null", O_RDONLY);
    if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent || chdir(server->directory) != 0)
        _exit(126);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

static bool start_server(struct throwaway *server, const struct passwd *user, struct error *err)
{
    CLEANUP(mem_free_string)
    char *program = source_find_program("postgres", err);
    if (program == NULL)
        return false;
    const char *directory = server->directory;
    struct arena *arena = &server->arena;
    const char *const argv[] = {program,
                                "-D",
                                path_join(directory, "data"),
                                arena_printf(arena, "--hba_file=%s/pg_hba.conf", directory),
                                arena_printf(arena, "--ident_file=%s/pg_ident.conf", directory),
                                arena_printf(arena, "--unix_socket_directories=%s/run", directory),
                                "--listen_addresses=",
                                "--port=5432",
                                "--fsync=off",
                                "--full_page_writes=off",
                                "--synchronous_commit=off",
                                "--wal_level=minimal",
                                "--max_wal_senders=0",
                                "--max_connections=30",
                                "--shared_buffers=64MB",
                                "--max_locks_per_transaction=256",
                                "--temp_file_limit=1GB",
                                "--autovacuum=off",
                                "--jit=off",
                                "--TimeZone=UTC",
                                "--logging_collector=off",
                                "--log_min_messages=fatal",
                                "--log_min_error_statement=panic",
                                NULL};
    pid_t parent = getpid();
    server->pid = fork();
    if (server->pid == 0)
        become_server(server, user, parent, argv);
    free((char *)(uintptr_t)argv[2]);
    if (server->pid < 0)
        return error_set_errno(err, errno, "could not start PostgreSQL");
    server->admin = (struct pg_address){
        .host = arena_printf(arena, "%s/run", directory),
        .port = "5432",
        .dbname = "postgres",
        .user = "postgres",
    };
    return true;
}

static bool failed(struct throwaway *server, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(server->directory, "run/log");
    CLEANUP(strbuf_release)
    struct strbuf log = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    file_read(path, 1 << 20, &log, &ignored);
    error_clear(&ignored);
    error_set(err, ERROR_FAILED, "a throw-away PostgreSQL did not start");
    return error_detail(err, "%s", log.len > LOG_SHOWN ? log.text + log.len - LOG_SHOWN : log.text);
}

static bool wait_ready(struct throwaway *server, struct error *err)
{
    int64_t deadline = clock_monotonic_ms() + READY_MS;
    for (;;) {
        struct error one = ERROR_INIT;
        PGconn *conn = NULL;
        if (pg_connect_now(&server->admin, CONNECT_MS, &conn, &one)) {
            PQfinish(conn);
            return true;
        }
        error_clear(&one);
        bool gone = waitpid(server->pid, NULL, WNOHANG) != 0;
        if (gone)
            server->pid = 0;
        if (gone || clock_monotonic_ms() > deadline)
            return failed(server, err);
        clock_sleep_ms(POLL_MS);
    }
}

bool throwaway_start(struct throwaway *ret_server, struct error *err)
{
    struct throwaway server = {.arena = ARENA_INIT};
    const struct passwd *user = NULL;
    if (find_user(&user, err) && make_directories(&server, user, err) &&
        make_cluster(&server, user, err) && start_server(&server, user, err) &&
        wait_ready(&server, err)) {
        *ret_server = server;
        return true;
    }
    throwaway_stop(&server);
    return false;
}
