/*
 * The container engine, through its own command line: see engine.h.
 */
#include "stack/engine.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "io/child.h"

enum {
    TIMEOUT_MS = 60000,
    RESTART_MS = 120000,
    POLL_MS = 300,
    OUTPUT_MAX = 64 << 20,
    ARGUMENTS_MAX = 64,
    NAME_MAX_LEN = 63,
};

bool engine_check_name(const char *name, struct error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(name);
    if (len > 0 && len <= NAME_MAX_LEN && name[0] != '_' && name[0] != '-' &&
        strspn(name, letters) == len)
        return true;
    error_set(err, ERROR_USAGE, "\"%s\" is not the name of a compose project", name);
    return error_hint(err, "It is the name of the folder of docker-compose.yml, or what stands "
                           "behind -p: small letters, digits, \"_\" and \"-\".");
}

/* -- running docker ---------------------------------------------------------------------------- */

static bool explain(const char *words, struct error *err)
{
    size_t len = strlen(words);
    while (len > 0 && words[len - 1] == '\n')
        len--;
    if (strstr(words, "permission denied") != NULL) {
        error_set(err, ERROR_AUTH, "the container engine does not let this account in");
        error_hint(err, "Run lectern as root, or become a member of the group docker.");
    } else if (strstr(words, "annot connect to the Docker daemon") != NULL ||
               strstr(words, "connection refused") != NULL) {
        error_set(err, ERROR_CONNECTION, "the container engine does not answer");
        error_hint(err, "Start it (as root: systemctl start docker), or set DOCKER_HOST to where "
                        "it listens.");
    } else {
        error_set(err, ERROR_FAILED, "docker failed");
    }
    return error_detail(err, "%.*s", (int)len, words);
}

static bool run(const char *const *arguments, const void *input, size_t input_len,
                struct strbuf *out, struct strbuf *words, struct error *err)
{
    const char *argv[ARGUMENTS_MAX] = {"docker"};
    size_t n = 1;
    for (; arguments[n - 1] != NULL && n < ARGUMENTS_MAX - 1; n++)
        argv[n] = arguments[n - 1];
    struct child_spec spec = {.argv = argv,
                              .input = input,
                              .input_len = input_len,
                              .timeout_ms = TIMEOUT_MS,
                              .max_output = OUTPUT_MAX};
    int status;
    if (!child_run(&spec, &status, out, words, err)) {
        if (err->code == ERROR_NOT_FOUND) {
            error_clear(err);
            error_set(err, ERROR_NOT_FOUND, "there is no program \"docker\"");
            error_hint(err, "On Debian: apt-get install docker.io docker-compose.");
        }
        return false;
    }
    return status == 0 || explain(words->text, err);
}

bool engine_run(const char *const *arguments, const void *input, size_t input_len,
                struct strbuf *out, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    return run(arguments, input, input_len, out, &words, err);
}

bool engine_run_both(const char *const *arguments, struct strbuf *out, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    bool ok = run(arguments, NULL, 0, out, &words, err);
    if (ok)
        strbuf_add(out, words.text, words.len);
    return ok;
}

/* -- reading its answer ------------------------------------------------------------------------ */

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static const char *keep(struct arena *arena, const json_t *object, const char *key)
{
    return arena_strdup(arena, text_at(object, key));
}

/* "2026-11-22T18:10:34.5Z"; the engine's zero is year 1. */
static int64_t parse_time(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    time_t seconds = end != NULL ? timegm(&tm) : 0;
    return seconds > 0 ? (int64_t)seconds * 1000000 : 0;
}

static void parse_port(struct arena *arena, const json_t *settings, struct container *container)
{
    const char *port;
    json_t *bindings;
    container->host = "";
    json_object_foreach(json_object_get(settings, "Ports"), port, bindings) {
        const json_t *first = json_array_get(bindings, 0);
        if (first == NULL)
            continue;
        const char *host = text_at(first, "HostIp");
        container->port = (int)strtol(text_at(first, "HostPort"), NULL, 10);
        container->host = *host == '\0' || strcmp(host, "0.0.0.0") == 0 ? "127.0.0.1"
                          : strcmp(host, "::") == 0                     ? "::1"
                                                                        : arena_strdup(arena, host);
        return;
    }
}

static bool parse_container(struct arena *arena, const json_t *entry, struct container *ret)
{
    const json_t *config = json_object_get(entry, "Config");
    const json_t *labels = json_object_get(config, "Labels");
    const json_t *state = json_object_get(entry, "State");
    const char *name = text_at(entry, "Name");
    if (strcmp(text_at(labels, "com.docker.compose.oneoff"), "True") == 0)
        return false;
    *ret = (struct container){
        .service = keep(arena, labels, "com.docker.compose.service"),
        .id = keep(arena, entry, "Id"),
        .name = arena_strdup(arena, name + (*name == '/')),
        .image = keep(arena, config, "Image"),
        .state = keep(arena, state, "Status"),
        .health = keep(arena, json_object_get(state, "Health"), "Status"),
        .error = keep(arena, state, "Error"),
        .exit_code = (int)json_integer_value(json_object_get(state, "ExitCode")),
        .restarts = (int)json_integer_value(json_object_get(entry, "RestartCount")),
    };
    bool runs = strcmp(ret->state, "running") == 0;
    ret->since_us = parse_time(text_at(state, runs ? "StartedAt" : "FinishedAt"));
    parse_port(arena, json_object_get(entry, "NetworkSettings"), ret);
    return true;
}

static int by_service(const void *a, const void *b)
{
    return strcmp(((const struct container *)a)->service, ((const struct container *)b)->service);
}

bool engine_parse(const char *text, size_t len, struct engine_project *project, struct error *err)
{
    json_error_t where;
    json_t *list = json_loadb(text, len, 0, &where);
    if (!json_is_array(list)) {
        json_decref(list);
        return error_set(err, ERROR_FAILED, "docker's answer is not what it should be: %s",
                         where.text);
    }
    project->containers =
        arena_alloc_array(&project->arena, json_array_size(list) + 1, sizeof(struct container));
    project->n = 0;
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry) {
        project->n +=
            parse_container(&project->arena, entry, &project->containers[project->n]) ? 1 : 0;
    }
    json_decref(list);
    qsort(project->containers, project->n, sizeof *project->containers, by_service);
    return true;
}

/* -- the project ------------------------------------------------------------------------------- */

/* Split into words, in the arena. */
static size_t split(struct arena *arena, const char *text, const char **words, size_t max)
{
    size_t n = 0;
    for (text += strspn(text, " \n"); *text != '\0' && n < max; text += strspn(text, " \n")) {
        size_t len = strcspn(text, " \n");
        words[n++] = arena_strndup(arena, text, len);
        text += len;
    }
    return n;
}

/* No such project: name those that have a lecternd. */
static bool not_found(const char *name, struct error *err)
{
    static const char *const arguments[] = {"ps",       "-a",
                                            "--filter", "label=com.docker.compose.service=lecternd",
                                            "--format", "{{.Label \"com.docker.compose.project\"}}",
                                            NULL};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    bool ok = engine_run(arguments, NULL, 0, &out, &ignored);
    error_clear(&ignored);
    for (size_t i = 0; ok && i + 1 < out.len; i++)
        if (out.text[i] == '\n')
            out.text[i] = ' ';
    error_set(err, ERROR_NOT_FOUND, "there is no compose project \"%s\"", name);
    CLEANUP(mem_free_string)
    char *others = ok && out.len > 1
                       ? mem_printf("These are there: %.*s. ", (int)(out.len - 1), out.text)
                       : mem_strdup("");
    return error_hint(err,
                      "%sTo start it, where docker-compose.yml is: docker-compose -p %s up -d "
                      "--build (or docker compose ...).",
                      others, name);
}

bool engine_find(const char *name, struct engine_project *ret_project, struct error *err)
{
    struct engine_project project = {.arena = ARENA_INIT};
    if (!engine_check_name(name, err))
        return false;
    project.name = arena_strdup(&project.arena, name);
    const char *filter = arena_printf(&project.arena, "label=com.docker.compose.project=%s", name);
    const char *const list[] = {"ps", "-aq", "--filter", filter, NULL};
    const char *inspect[ARGUMENTS_MAX] = {"inspect", "--type", "container"};
    CLEANUP(strbuf_release)
    struct strbuf ids = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf told = STRBUF_INIT;
    bool ok = engine_run(list, NULL, 0, &ids, err);
    if (ok && split(&project.arena, ids.text, inspect + 3, ARGUMENTS_MAX - 6) == 0)
        ok = not_found(name, err);
    ok = ok && engine_run(inspect, NULL, 0, &told, err) &&
         engine_parse(told.text, told.len, &project, err);
    if (!ok) {
        engine_release(&project);
        return false;
    }
    *ret_project = project;
    return true;
}

void engine_release(struct engine_project *project)
{
    arena_release(&project->arena);
    *project = (struct engine_project){.arena = ARENA_INIT};
}

const struct container *engine_get(const struct engine_project *project, const char *service)
{
    for (size_t i = 0; i < project->n; i++)
        if (strcmp(project->containers[i].service, service) == 0)
            return &project->containers[i];
    return NULL;
}

static bool is_healthy(const char *project, const char *service)
{
    struct engine_project found;
    struct error ignored = ERROR_INIT;
    if (!engine_find(project, &found, &ignored)) {
        error_clear(&ignored);
        return false;
    }
    const struct container *container = engine_get(&found, service);
    bool healthy = container != NULL && strcmp(container->state, "running") == 0 &&
                   (*container->health == '\0' || strcmp(container->health, "healthy") == 0);
    engine_release(&found);
    return healthy;
}

bool engine_restart(const char *project, const char *service, struct error *err)
{
    struct engine_project found;
    if (!engine_find(project, &found, err))
        return false;
    const struct container *container = engine_get(&found, service);
    bool ok = container != NULL;
    if (!ok)
        error_set(err, ERROR_NOT_FOUND, "the project \"%s\" has no container of \"%s\"", project,
                  service);
    const char *const arguments[] = {"restart", ok ? container->id : "", NULL};
    ok = ok && engine_run(arguments, NULL, 0, NULL, err);
    engine_release(&found);
    int64_t deadline = clock_monotonic_ms() + RESTART_MS;
    while (ok && !is_healthy(project, service)) {
        if (clock_monotonic_ms() > deadline)
            return error_set(err, ERROR_TIMEOUT, "\"%s\" did not become healthy again", service);
        clock_sleep_ms(POLL_MS);
    }
    return ok;
}
