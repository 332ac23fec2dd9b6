/*
 * The doctor on containers: the engine, each container of the project, the published ports.
 */
#include <stdarg.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "stack/doctor.h"
#include "stack/engine.h"

/* In the order of their start: what fails first is found first. */
static const struct {
    const char *service;
    bool runs_once;
    const char *port_variable; /* NULL: nothing is published */
} expected[] = {
    {"setup", true, NULL},
    {"ldap", false, "LECTERN_LDAPS_PORT"},
    {"postgres", false, "LECTERN_PG_PORT"},
    {"ground", true, NULL},
    {"exporter-students", false, NULL},
    {"exporter-steps", false, NULL},
    {"prometheus", false, "LECTERN_PROMETHEUS_PORT"},
    {"lecternd", false, NULL},
};

/* The last words of a container, on one line. */
static char *last_words(const struct container *c)
{
    const char *const arguments[] = {"logs", "--tail", "4", c->id, NULL};
    struct strbuf words = STRBUF_INIT;
    struct error ignored = ERROR_INIT;
    engine_run_both(arguments, &words, &ignored);
    error_clear(&ignored);
    while (words.len > 0 && words.text[words.len - 1] == '\n')
        strbuf_truncate(&words, words.len - 1);
    for (size_t i = 0; i < words.len; i++)
        if (words.text[i] == '\n')
            words.text[i] = ' ';
    return strbuf_detach(&words);
}

static bool is_port_taken(const char *text)
{
    return strstr(text, "port is already allocated") != NULL ||
           strstr(text, "address already in use") != NULL;
}

static void stopped(struct findings *findings, const char *project, const struct container *c,
                    const char *port_variable)
{
    CLEANUP(mem_free_string)
    char *words = *c->error != '\0' ? mem_strdup(c->error) : last_words(c);
    CLEANUP(mem_free_string)
    char *mend = NULL;
    if (port_variable != NULL && is_port_taken(words))
        mend = mem_printf("Another program has its port: end that, or choose another port (%s=...) "
                          "and run \"docker-compose -p %s up -d\" again.",
                          port_variable, project);
    else if (strstr(words, "No space left") != NULL)
        mend = mem_printf("Make room on the disk of the engine's volumes; then \"docker-compose -p "
                          "%s up -d\".",
                          project);
    else
        mend = mem_printf("Mend what it says, then \"docker-compose -p %s up -d\"; \"lectern "
                          "--compose %s logs %s\" has more.",
                          project, project, c->service);
    doctor_add(findings, "containers", true, mend, "%s is %s (exit status %d): %s", c->service,
               c->state, c->exit_code, words);
}

static void examine(struct findings *findings, const struct engine_project *project, size_t i)
{
    const struct container *c = engine_get(project, expected[i].service);
    CLEANUP(mem_free_string)
    char *up = mem_printf("Run \"docker-compose -p %s up -d\" where docker-compose.yml is.",
                          project->name);
    if (c == NULL) {
        doctor_add(findings, "containers", true, up, "there is no container of \"%s\"",
                   expected[i].service);
    } else if (expected[i].runs_once && strcmp(c->state, "exited") == 0 && c->exit_code == 0) {
        doctor_add(findings, "containers", false, "", "%s has done its work", c->service);
    } else if (strcmp(c->state, "created") == 0 && *c->error == '\0') {
        doctor_add(findings, "containers", true, up, "%s was never started: it waits for another",
                   c->service);
    } else if (strcmp(c->state, "running") != 0) {
        stopped(findings, project->name, c, expected[i].port_variable);
    } else if (strcmp(c->health, "unhealthy") == 0) {
        CLEANUP(mem_free_string)
        char *mend = mem_printf("It is started again by itself; if that does not help, see "
                                "\"lectern --compose %s logs %s\".",
                                project->name, c->service);
        doctor_add(findings, "containers", true, mend, "%s runs and does not answer", c->service);
    } else {
        doctor_add(findings, "containers", false, "", "%s runs%s", c->service,
                   strcmp(c->health, "starting") == 0 ? ", and is not checked yet" : "");
    }
}

void doctor_examine_containers(const char *name, struct findings *findings)
{
    struct engine_project project;
    struct error err = ERROR_INIT;
    if (!engine_find(name, &project, &err)) {
        doctor_add_error(
            findings, err.code == ERROR_NOT_FOUND && err.detail == NULL ? "containers" : "engine",
            &err);
        return;
    }
    doctor_add(findings, "engine", false, "", "the container engine answers");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        examine(findings, &project, i);
    engine_release(&project);
}
