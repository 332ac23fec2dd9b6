/*
 * Choosing the server, and the two processes: the one that works, and the one that cleans up.
 */
#include "command/workshop.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "command/command.h"
#include "command/lab_files.h"
#include "control/connect.h"
#include "example/examine.h"
#include "example/example.h"
#include "io/pg_uri.h"
#include "stack/throwaway.h"

enum { CONNECT_TIMEOUT_MS = 10 * 1000, LAB_MAX = 256 * 1024 };

#define ADMIN_OPTIONS                                                                              \
    "-c search_path=pg_catalog,pg_temp -c client_min_messages=error -c statement_timeout=0 "       \
    "-c idle_session_timeout=0 -c client_connection_check_interval=500"

/* -- the server -------------------------------------------------------------------------------- */

struct venue {
    struct arena arena;
    struct throwaway throwaway; /* pid 0: another's server */
    struct pg_address admin;
};

static bool can_connect(const struct pg_address *address)
{
    struct error ignored = ERROR_INIT;
    PGconn *conn = NULL;
    bool ok = pg_connect_now(address, CONNECT_TIMEOUT_MS, &conn, &ignored);
    PQfinish(conn);
    error_clear(&ignored);
    return ok;
}

/* The embedded or configured server, when there is one that answers. */
static bool find_site_server(struct venue *venue)
{
    struct error ignored = ERROR_INIT;
    struct site site;
    if (!command_load_site(&site, &ignored)) {
        error_clear(&ignored);
        return false;
    }
    connect_as_admin(&site, "postgres", &venue->arena, &venue->admin);
    site_release(&site);
    return can_connect(&venue->admin);
}

static bool find_server(const char *server, struct venue *venue, struct error *err)
{
    *venue = (struct venue){.arena = ARENA_INIT};
    if (server != NULL) {
        if (!pg_uri_parse(server, &venue->arena, &venue->admin, err))
            return error_wrap(err, "--server");
    } else if (!find_site_server(venue)) {
        throwaway_sweep();
        if (!throwaway_start(&venue->throwaway, err))
            return false;
        venue->admin = venue->throwaway.admin;
    }
    venue->admin.options = ADMIN_OPTIONS;
    if (venue->admin.dbname == NULL)
        venue->admin.dbname = "postgres";
    return true;
}

static void leave_server(struct venue *venue)
{
    throwaway_stop(&venue->throwaway);
    arena_release(&venue->arena);
}

/* -- the two processes ------------------------------------------------------------------------- */

static const int watched_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
enum { N_WATCHED = sizeof watched_signals / sizeof *watched_signals };

static void on_signal(int signum)
{
    (void)signum; /* only so that the signal is not thrown away; sigwait() takes it */
}

static void watch_signals(sigset_t *ret_set, sigset_t *ret_before)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(ret_set);
    for (size_t i = 0; i < N_WATCHED; i++) {
        sigaddset(ret_set, watched_signals[i]);
        sigaction(watched_signals[i], &action, NULL);
    }
    sigprocmask(SIG_BLOCK, ret_set, ret_before);
}

/* In the child. */
static void do_work(struct scratch_run *run, workshop_fn work, void *data, pid_t parent)
{
    struct error err = ERROR_INIT;
    struct workshop shop = {.run = *run};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < N_WATCHED; i++)
        signal(watched_signals[i], watched_signals[i] == SIGCHLD ? SIG_DFL : SIG_IGN);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() != parent)
        _exit(EXIT_FAILED);
    int status = EXIT_FAILED;
    if (pg_connect_now(&run->admin, CONNECT_TIMEOUT_MS, &shop.admin, &err)) {
        status = work(&shop, data);
    } else {
        error_report(&err, stderr, "lectern");
    }
    PQfinish(shop.admin);
    fflush(NULL);
    _exit(status);
}

/* Wait for the child's end or a signal that ends it; the signal, or 0. */
static int keep_watch(pid_t child, const sigset_t *set, int *ret_status)
{
    int broken_off = 0;
    for (;;) {
        int signum = 0;
        pid_t ended = waitpid(child, ret_status, WNOHANG);
        if (ended == child || (ended < 0 && errno == ECHILD))
            return broken_off;
        if (sigwait(set, &signum) == 0 && signum != SIGCHLD) {
            broken_off = signum;
            kill(child, SIGKILL);
        }
    }
}

static bool run_child(struct scratch_run *run, workshop_fn work, void *data, const sigset_t *set,
                      int *ret_status, struct error *err)
{
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return error_set_errno(err, errno, "could not start a process");
    if (child == 0)
        do_work(run, work, data, parent);
    int status = 0;
    int signum = keep_watch(child, set, &status);
    if (signum != 0)
        return error_set(err, ERROR_INTERRUPTED, "broken off");
    if (WIFSIGNALED(status))
        return error_set(err, ERROR_FAILED, "the work was ended by signal %d", WTERMSIG(status));
    *ret_status = WEXITSTATUS(status);
    return true;
}

/* With the server found: guard the run, work, clean up. */
static bool run_guarded(struct venue *venue, workshop_fn work, void *data, const sigset_t *set,
                        int *ret_status, struct error *err)
{
    struct scratch_run run;
    PGconn *guard = NULL;
    if (!scratch_run_init(&run, &venue->admin, err))
        return false;
    CLEANUP(mem_free_string)
    char *session = scratch_session_name(&run);
    struct pg_address guarding = venue->admin;
    guarding.application_name = session;
    if (!pg_connect_now(&guarding, CONNECT_TIMEOUT_MS, &guard, err))
        return false;
    struct error ignored = ERROR_INIT;
    scratch_sweep(guard, &ignored); /* another's leftovers do not stop us */
    error_clear(&ignored);
    bool ok = run_child(&run, work, data, set, ret_status, err);
    struct error left = ERROR_INIT;
    if (venue->throwaway.pid == 0 && !scratch_drop_run(guard, &run, &left)) {
        error_wrap(&left, "what was loaded could not be removed");
        error_move(err, &left);
        ok = false;
    }
    error_clear(&left);
    PQfinish(guard);
    secret_wipe(&run.secret);
    return ok;
}

bool workshop_run(const char *server, workshop_fn work, void *data, int *ret_status,
                  struct error *err)
{
    struct venue venue;
    sigset_t set, before;
    watch_signals(&set, &before);
    bool ok = find_server(server, &venue, err);
    if (ok) {
        ok = run_guarded(&venue, work, data, &set, ret_status, err);
        leave_server(&venue);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}

/* -- for the work ------------------------------------------------------------------------------ */

bool workshop_load(struct workshop *shop, const char *source, bool is_uri, int64_t timeout_ms,
                   struct scratch *ret_scratch, struct load_report *ret_report, struct error *err)
{
    if (!scratch_make(&shop->run, shop->admin, ret_scratch, err))
        return false;
    struct load_options options = {
        .loader = ret_scratch->login, .watcher = &shop->run.admin, .timeout_ms = timeout_ms};
    if (examine_load(source, is_uri, &options, ret_report, err))
        return true;
    workshop_drop(shop, ret_scratch);
    return false;
}

void workshop_drop(struct workshop *shop, const struct scratch *scratch)
{
    struct error ignored = ERROR_INIT; /* the parent tries again */
    scratch_drop(shop->admin, scratch->name, &ignored);
    error_clear(&ignored);
}

static double seconds_since(int64_t start_us)
{
    return (double)(clock_utc_us() - start_us) / 1e6;
}

static int64_t count_rows(const struct check_set *checks)
{
    int64_t rows = 0;
    for (size_t i = 0; i < checks->n_checks; i++)
        if (checks->checks[i].kind == FACT_ROWS)
            rows += json_integer_value(json_object_get(checks->checks[i].expected, "n"));
    return rows;
}

bool workshop_example(struct workshop *shop, const struct lab *lab,
                      struct workshop_example *ret_example, struct error *err)
{
    struct scratch scratch;
    struct workshop_example example = {.load = {.arena = ARENA_INIT}};
    const char *shown = lab->example_is_uri ? "the live database" : lab->example;
    int64_t start = clock_utc_us();
    if (!workshop_load(shop, lab->example, lab->example_is_uri, 0, &scratch, &example.load, err))
        return error_wrap(err, "example");
    example.load_s = seconds_since(start);
    start = clock_utc_us();
    bool ok = (example.load.n_major == 0 || example_report_failures(shown, &example.load, err)) &&
              examine_example(&scratch.login, lab, &example.checks, err);
    example.derive_s = seconds_since(start);
    workshop_drop(shop, &scratch);
    if (!ok) {
        load_report_release(&example.load);
        return error_wrap(err, "example");
    }
    example.rows = count_rows(&example.checks);
    *ret_example = example;
    return true;
}

void workshop_example_release(struct workshop_example *example)
{
    check_set_release(&example->checks);
    load_report_release(&example->load);
}

/* -- the lab ----------------------------------------------------------------------------------- */

/* Without a lab file: one that says nothing. */
static bool default_lab(struct lab *ret_lab, struct error *err)
{
    static const char text[] = "lab: lab\nexample: example\nroster: roster.csv\n";
    return lab_parse("lab.yaml", text, sizeof text - 1, ret_lab, err);
}

static bool is_lab_file(const char *lab)
{
    size_t len = strlen(lab);
    return strchr(lab, '/') != NULL || (len > 5 && strcmp(lab + len - 5, ".yaml") == 0);
}

static bool read_lab_file(const char *path, struct lab *ret_lab, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    return file_read(path, LAB_MAX, &text, err) &&
           lab_parse(path, text.text, text.len, ret_lab, err);
}

static bool find_named_lab(const char *name, struct lab *ret_lab, struct error *err)
{
    struct site site;
    struct lab_files files;
    if (!command_load_site(&site, err))
        return false;
    CLEANUP(mem_free_string)
    char *path = NULL;
    bool ok = lab_files_load(&site, name, &files, err);
    if (ok) {
        path = mem_strdup(files.path);
        lab_files_release(&files);
    }
    site_release(&site);
    return ok && read_lab_file(path, ret_lab, err);
}

bool workshop_lab(const char *lab, const char *example, struct lab *ret_lab, struct error *err)
{
    if (!(lab == NULL        ? default_lab(ret_lab, err)
          : is_lab_file(lab) ? read_lab_file(lab, ret_lab, err)
                             : find_named_lab(lab, ret_lab, err)))
        return false;
    if (example != NULL) {
        ret_lab->example = arena_strdup(&ret_lab->arena, example);
        ret_lab->example_is_uri = lab_example_is_uri(example);
    }
    return true;
}
