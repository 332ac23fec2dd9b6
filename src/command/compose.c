/*
 * lectern --compose NAME: see compose.h.
 */
#include "command/compose.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/command.h"
#include "control/connect.h"
#include "io/pg.h"
#include "stack/engine.h"
#include "stack/exchange.h"

enum { ENGINE_TAIL_SIZE = 16, CONNECT_MS = 10000, RESERVED_CONNECTIONS = 5 };

/* What compose_refresh() brought up to date; compose_leave() asks for it. */
static char *refreshed_state;

const char *compose_project(void)
{
    const char *name = getenv("LECTERN_COMPOSE");
    return name != NULL && name[0] != '\0' ? name : NULL;
}

int compose_take_option(int *argc, char ***argv)
{
    static const char option[] = "--compose";
    while (*argc > 1 && strncmp((*argv)[1], option, sizeof option - 1) == 0) {
        const char *rest = (*argv)[1] + sizeof option - 1;
        if (*rest != '\0' && *rest != '=')
            return 0;
        const char *name = *rest == '=' ? rest + 1 : *argc > 2 ? (*argv)[2] : "";
        int taken = *rest == '=' || *argc == 2 ? 1 : 2;
        struct error err = ERROR_INIT;
        if (!engine_check_name(name, &err)) {
            error_report(&err, stderr, "lectern");
            error_clear(&err);
            return EXIT_WRONG_USE;
        }
        setenv("LECTERN_COMPOSE", name, 1);
        (*argv)[taken] = (*argv)[0];
        *argv += taken;
        *argc -= taken;
    }
    return 0;
}

bool compose_refresh(const char *state, struct error *err)
{
    struct engine_project project;
    if (refreshed_state != NULL)
        return true;
    if (!engine_find(compose_project(), &project, err))
        return false;
    bool ok = exchange_all(&project, state, err);
    engine_release(&project);
    if (ok) {
        CLEANUP(mem_free_string)
        char *programs = mem_printf("%s/bin", state);
        refreshed_state = mem_strdup(state);
        setenv("LECTERN_PG_PROGRAMS", programs, 1);
    }
    return ok;
}

bool compose_leave(struct error *err)
{
    struct engine_project project;
    if (refreshed_state == NULL)
        return true;
    bool ok = engine_find(compose_project(), &project, err);
    if (ok) {
        ok = exchange_labs(&project, refreshed_state, err);
        engine_release(&project);
    }
    mem_free_string(&refreshed_state);
    return ok || error_wrap(err, "labs could not be brought to the containers");
}

bool compose_refuses(const struct command *command, int *ret_status)
{
    static const char *const local[] = {"up", "down", "demo", "setup"};
    bool is_local = false;
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++)
        is_local = is_local || strcmp(command->name, local[i]) == 0;
    if (compose_project() == NULL || !is_local)
        return false;
    struct error err = ERROR_INIT;
    error_set(&err, ERROR_USAGE, "this command is not for containers");
    error_hint(&err,
               "Compose starts and stops them: docker-compose -p %s up -d, docker-compose -p %s "
               "down (or docker compose ...).",
               compose_project(), compose_project());
    *ret_status = command_fail(command, &err);
    return true;
}

/* -- connections ------------------------------------------------------------------------------- */

static bool raise_connections(PGconn *conn, int n, bool *ret_raised, struct error *err)
{
    PGresult *result;
    if (!pg_query_now(conn,
                      "SELECT pg_catalog.current_setting('max_connections')::pg_catalog.int4"
                      " - pg_catalog.current_setting('superuser_reserved_connections')"
                      "::pg_catalog.int4 AS n",
                      0, NULL, &result, err))
        return false;
    long has = strtol(pg_value(result, 0, "n"), NULL, 10);
    PQclear(result);
    *ret_raised = has < n;
    if (has >= n)
        return true;
    CLEANUP(mem_free_string)
    char *sql = mem_printf("ALTER SYSTEM SET max_connections = %d", n + RESERVED_CONNECTIONS);
    return pg_script_now(conn, sql, err);
}

bool compose_ensure_connections(const struct site *site, int n, bool *ret_restarted,
                                struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    PGconn *conn;
    *ret_restarted = false;
    connect_as_admin(site, "postgres", &arena, &address);
    if (!pg_connect_now(&address, CONNECT_MS, &conn, err))
        return false;
    bool raised = false;
    bool ok = raise_connections(conn, n, &raised, err);
    PQfinish(conn);
    if (!ok || !raised)
        return ok;
    if (*site->project == '\0') {
        error_set(err, ERROR_FAILED, "PostgreSQL must be restarted for %d connections", n);
        return error_hint(err, "On the host: docker-compose restart postgres; then apply again.");
    }
    *ret_restarted = true;
    return engine_restart(site->project, "postgres", err);
}

/* -- ps ---------------------------------------------------------------------------------------- */

/* In the words of `lectern ps`, and "done" for what runs once. */
static const char *state_word(const struct container *c)
{
    if (strcmp(c->state, "exited") == 0 && c->exit_code == 0 &&
        (strcmp(c->service, "setup") == 0 || strcmp(c->service, "ground") == 0))
        return "done";
    if (strcmp(c->state, "running") != 0)
        return strcmp(c->state, "restarting") == 0 ? "starting" : "stopped";
    return *c->health == '\0' || strcmp(c->health, "healthy") == 0 ? "running"
           : strcmp(c->health, "starting") == 0                    ? "starting"
                                                                   : "unhealthy";
}

static int64_t age_seconds(const struct container *c)
{
    return c->since_us > 0 ? (clock_utc_us() - c->since_us) / 1000000 : -1;
}

static void print_ps_json(const struct engine_project *project, const char *state)
{
    json_t *list = json_array();
    for (size_t i = 0; i < project->n; i++) {
        const struct container *c = &project->containers[i];
        json_t *entry = json_object();
        json_object_set_new(entry, "service", json_string(c->service));
        json_object_set_new(entry, "state", json_string(state_word(c)));
        json_object_set_new(entry, "container", json_string(c->name));
        json_object_set_new(entry, "image", json_string(c->image));
        json_object_set_new(entry, "health",
                            *c->health != '\0' ? json_string(c->health) : json_null());
        json_object_set_new(entry, "uptime_seconds",
                            age_seconds(c) >= 0 ? json_integer(age_seconds(c)) : json_null());
        json_object_set_new(entry, "restarts", json_integer(c->restarts));
        json_object_set_new(entry, "port", c->port > 0 ? json_integer(c->port) : json_null());
        json_object_set_new(entry, "exit_code", json_integer(c->exit_code));
        json_object_set_new(entry, "error",
                            *c->error != '\0' ? json_string(c->error) : json_null());
        json_array_append_new(list, entry);
    }
    json_t *root = json_object();
    json_object_set_new(root, "project", json_string(project->name));
    json_object_set_new(root, "state_directory", json_string(state));
    json_object_set_new(root, "services", list);
    command_print_json(root);
}

static void print_ps_table(const struct engine_project *project)
{
    printf("%-18s %-9s %12s %8s %6s  %s\n", "SERVICE", "STATE", "SINCE", "RESTARTS", "PORT",
           "CONTAINER");
    for (size_t i = 0; i < project->n; i++) {
        const struct container *c = &project->containers[i];
        CLEANUP(strbuf_release)
        struct strbuf since = STRBUF_INIT;
        if (age_seconds(c) >= 0)
            clock_format_span(age_seconds(c), &since);
        CLEANUP(mem_free_string)
        char *port = c->port > 0 ? mem_printf("%d", c->port) : mem_strdup("-");
        CLEANUP(mem_free_string)
        char *name = str_disarm(c->name);
        printf("%-18s %-9s %12s %8d %6s  %s\n", c->service, state_word(c), since.text, c->restarts,
               port, name);
        if (*c->error != '\0') {
            CLEANUP(mem_free_string)
            char *error = str_disarm(c->error);
            printf("%-18s %s\n", "", error);
        }
    }
}

int compose_ps(const struct command *command, bool json)
{
    struct engine_project project;
    struct error err = ERROR_INIT;
    if (!engine_find(compose_project(), &project, &err))
        return command_fail(command, &err);
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    if (json)
        print_ps_json(&project, state);
    else
        print_ps_table(&project);
    engine_release(&project);
    return EXIT_FINE;
}

/* -- logs -------------------------------------------------------------------------------------- */

struct log_line {
    const char *service, *text;
};

static int by_time(const void *a, const void *b)
{
    return strcmp(((const struct log_line *)a)->text, ((const struct log_line *)b)->text);
}

/* Both streams of a container's log, each line beginning with its time. */
static bool read_log(const struct container *c, int lines, struct strbuf *out, struct error *err)
{
    char tail[ENGINE_TAIL_SIZE];
    snprintf(tail, sizeof tail, "%d", lines);
    const char *const arguments[] = {"logs", "--timestamps", "--tail", tail, c->id, NULL};
    return engine_run_both(arguments, out, err);
}

static bool show_logs(const struct engine_project *project, const char *service, int lines,
                      struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct log_line *list = NULL;
    size_t n = 0, capacity = 0;
    bool ok = true;
    for (size_t i = 0; ok && i < project->n; i++) {
        const struct container *c = &project->containers[i];
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        if (service != NULL && strcmp(service, c->service) != 0)
            continue;
        ok = read_log(c, lines, &out, err);
        char *rest = arena_strdup(&arena, out.text), *line;
        while (ok && (line = strsep(&rest, "\n")) != NULL)
            if (*line != '\0') {
                list = mem_grow(list, n, &capacity, sizeof *list);
                list[n++] = (struct log_line){c->service, line};
            }
    }
    if (n > 0)
        qsort(list, n, sizeof *list, by_time);
    for (size_t i = n > (size_t)lines ? n - (size_t)lines : 0; ok && i < n; i++) {
        CLEANUP(mem_free_string)
        char *text = str_disarm(list[i].text);
        printf("%-18s %s\n", list[i].service, text);
    }
    free(list);
    return ok;
}

int compose_logs(const struct command *command, const char *service, int lines)
{
    struct engine_project project;
    struct error err = ERROR_INIT;
    if (!engine_find(compose_project(), &project, &err))
        return command_fail(command, &err);
    bool ok = service == NULL || engine_get(&project, service) != NULL;
    if (!ok) {
        error_set(&err, ERROR_USAGE, "the project \"%s\" has no container of \"%s\"", project.name,
                  service);
        error_hint(&err, "\"lectern --compose %s ps\" lists them.", project.name);
    }
    ok = ok && show_logs(&project, service, lines, &err);
    engine_release(&project);
    return ok ? EXIT_FINE : command_fail(command, &err);
}
