/*
 * lectern apply: make the servers be what a lab wants.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "command/class.h"
#include "command/commands.h"
#include "command/compose.h"
#include "command/example.h"
#include "command/lab_files.h"
#include "command/progress.h"
#include "control/connect.h"
#include "io/pg.h"
#include "provision/provision.h"
#include "stack/stack.h"

enum { MORE_MAX = 500 /* connections */, CONNECT_MS = 8000 };

/* A lab that is not there yet, in whose lesson nobody can be disturbed. */
static bool is_new(const struct plan *plan)
{
    for (size_t i = 0; i < plan->n_actions; i++)
        if (plan->actions[i].target == PLAN_CONTROL && plan->actions[i].verb == PLAN_CREATE &&
            strcmp(plan->actions[i].object, "lab") == 0)
            return true;
    return false;
}

/* On others' servers it is said, and left to them. */
static bool ask_for_room(const struct site *site, int needed, struct progress *progress,
                         struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    PGconn *conn;
    PGresult *result = NULL;
    connect_as_admin(site, "postgres", &arena, &address);
    if (!pg_connect_now(&address, CONNECT_MS, &conn, err))
        return false;
    bool ok = pg_query_now(conn, "SELECT pg_catalog.current_setting('max_connections') AS most", 0,
                           NULL, &result, err);
    int most = ok ? atoi(pg_value(result, 0, "most")) : needed;
    if (most < needed) {
        CLEANUP(mem_free_string)
        char *text = mem_printf("PostgreSQL takes %d connections, the class may need %d: set "
                                "max_connections and start it again",
                                most, needed);
        progress_note(progress, text);
    }
    PQclear(result);
    PQfinish(conn);
    return ok;
}

/*
 * More connections mean a restart of PostgreSQL, which ends everybody's sessions: only when the
 * class does not fit, and for a new lab with room for half as many more who join later (each costs
 * shared memory, so for a large class with less).
 */
static bool make_room(const struct site *site, const struct plan *plan, struct progress *progress,
                      struct error *err)
{
    int more = plan->connections_needed / 2 < MORE_MAX ? plan->connections_needed / 2 : MORE_MAX;
    int connections = plan->connections_needed + (is_new(plan) ? more : 0);
    bool restarted = false;
    if (site->containers) {
        if (!compose_ensure_connections(site, connections, &restarted, err))
            return false;
    } else if (!site->embedded) {
        return ask_for_room(site, plan->connections_needed, progress, err);
    } else if (!stack_ensure_connections(site, connections, &restarted, err)) {
        return false;
    }
    if (restarted) {
        CLEANUP(mem_free_string)
        char *text = mem_printf("PostgreSQL was restarted for %d connections", connections);
        progress_note(progress, text);
    }
    return true;
}

static bool restart_changed(const struct site *site, const struct provision_changes *changes,
                            struct error *err)
{
    if (!site->embedded)
        return true;
    return (!changes->exporters || (stack_restart_service(site, "exporter-students", err) &&
                                    stack_restart_service(site, "exporter-steps", err))) &&
           (!changes->prometheus || stack_restart_service(site, "prometheus", err));
}

static void report_files(struct progress *progress, const char *target, bool changed)
{
    struct event event = {.kind = EVENT_DONE,
                          .target = target,
                          .object = "",
                          .text = "",
                          .done = 1,
                          .total = 1,
                          .changed = changed};
    progress_event(&event, progress);
}

static bool apply_files(const struct site *site, const struct lab_files *files, bool yes,
                        struct progress *progress, size_t *ret_changed, struct error *err)
{
    struct provision_changes changes;
    struct plan plan;
    if (!provision_ground(site, progress_event, progress, &changes, err) ||
        !provision_plan(site, &files->lab, &files->roster, &plan, err))
        return false;
    bool ok = (yes || class_may_leave(site, files->lab.name, err)) &&
              (plan.n_refusals > 0 || make_room(site, &plan, progress, err));
    plan_release(&plan);
    ok = ok && provision_apply(site, &files->lab, &files->roster, &command_example, progress_event,
                               progress, ret_changed, err);
    struct error unrestarted = ERROR_INIT;
    if (restart_changed(site, &changes, &unrestarted)) {
        report_files(progress, "exporter", changes.exporters);
        report_files(progress, "prometheus", changes.prometheus);
    } else if (ok) {
        error_move(err, &unrestarted);
        ok = false;
    }
    error_clear(&unrestarted);
    return ok &&
           provision_grafana(site, changes.grafana, progress_event, progress, ret_changed, err);
}

static bool apply(const char *argument, bool yes, struct progress *progress, struct error *err)
{
    struct site site;
    struct lab_files files;
    size_t changed = 0;
    int64_t start = clock_monotonic_ms();
    if (!command_load_site(&site, err))
        return false;
    bool ok = lab_files_load(&site, argument, &files, err);
    if (ok) {
        ok = apply_files(&site, &files, yes, progress, &changed, err);
        CLEANUP(mem_free_string)
        char *text =
            mem_printf("lab \"%s\" stands: %zu students, %zu changes, %.1f s", files.lab.name,
                       files.roster.count, changed, (double)(clock_monotonic_ms() - start) / 1000);
        if (ok)
            progress_note(progress, text);
        lab_files_release(&files);
    }
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    int events_fd = -1;
    bool yes = false;
    const struct option_spec options[] = {
        {"yes", OPTION_FLAG, &yes, NULL, "also in the midst of another lab's lesson"},
        {"events-fd", OPTION_INT, &events_fd, "N", "write JSON events to this descriptor, too"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_apply, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_apply, "one lab at a time");
    struct progress progress;
    if (!progress_init(&progress, events_fd))
        return command_usage(&command_apply, "descriptor %d is not open", events_fd);
    struct error err = ERROR_INIT;
    bool ok = apply(argc > 0 ? argv[0] : NULL, yes, &progress, &err);
    progress_release(&progress);
    return ok ? EXIT_FINE : command_fail(&command_apply, &err);
}

const struct command command_apply = {
    .name = "apply",
    .arguments = "[LAB]",
    .summary = "make the servers be what a lab wants",
    .help = "Gives every student of the roster an account, a role and a database of their own, "
            "derives\nthe checks from the example, and makes the lab the current one. Can be run "
            "again at any\ntime, during a lesson and after having been killed: it does what is "
            "missing and leaves\nthe rest, sessions included, alone. A student who left the roster "
            "is disabled, not\ndeleted. What lectern did not make is never touched.\nWhile a "
            "lesson of another lab runs and somebody is connected it needs --yes. "
            "A class that the\ndisk has no room for is refused before anything is made.\nA Grafana "
            "that "
            "site.yaml names gets its dashboards last; what hinders that hinders nothing else."
            "\n\nLAB is the "
            "path of a lab.yaml, or the name of a lab that was applied before; without it\nthe "
            "current lab is applied again.",
    .run = run,
};
