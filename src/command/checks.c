/*
 * lectern checks: the steps and checks that follow from an example.
 */
#include "command/checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/workshop.h"
#include "io/pg_uri.h"

struct request {
    const char *example, *lab, *server;
    bool json, exporter;
};

/* -- JSON -------------------------------------------------------------------------------------- */

json_t *checks_json_text(const char *text)
{
    json_t *string = json_string(text);
    if (string != NULL)
        return string;
    CLEANUP(mem_free_string)
    char *disarmed = str_disarm(text);
    return json_string(disarmed);
}

/* "film.title"; the object itself where the relation says it all.  A column may be called as its
 * table. */
static json_t *object_of(const struct check *check)
{
    bool alone = *check->name == '\0' ||
                 (strcmp(check->name, check->relation) == 0 && check->kind != FACT_COLUMN);
    size_t len = strlen(check->relation);
    if (check->kind == FACT_FUNCTION && strncmp(check->name, check->relation, len) == 0)
        return checks_json_text(check->name); /* "fine(date)" */
    if (alone || *check->relation == '\0')
        return checks_json_text(*check->relation != '\0' ? check->relation : check->name);
    CLEANUP(mem_free_string)
    char *object = mem_printf("%s.%s", check->relation, check->name);
    return checks_json_text(object);
}

json_t *checks_json(const struct check_set *set, const struct check *check)
{
    return json_pack("{s:s,s:o,s:s,s:o,s:o,s:f}", "id", check->id, "step",
                     checks_json_text(set->steps[check->step].name), "kind",
                     fact_kind_name(check->kind), "object", object_of(check), "title",
                     checks_json_text(check->title), "weight", check->weight);
}

json_t *checks_json_step(const struct step *step)
{
    return json_pack("{s:o,s:o,s:o,s:f}", "name", checks_json_text(step->name), "title",
                     checks_json_text(step->title), "hint", checks_json_text(step->hint), "weight",
                     step->weight);
}

json_t *checks_json_notes(const struct load_report *report)
{
    json_t *notes = json_array();
    for (size_t i = 0; i < report->n_failures; i++)
        json_array_append_new(notes,
                              json_pack("{s:i,s:o}", "line", report->failures[i].line, "message",
                                        checks_json_text(report->failures[i].message)));
    return notes;
}

static json_t *text_or_null(const char *text)
{
    return text != NULL ? checks_json_text(text) : json_null();
}

json_t *checks_json_error(const struct error *err)
{
    return json_pack("{s:o,s:o,s:o}", "message", text_or_null(err->message), "detail",
                     text_or_null(err->detail), "hint", text_or_null(err->hint));
}

int checks_fail(const struct command *command, bool json, struct error *err)
{
    if (json)
        command_print_json(json_pack("{s:o}", "error", checks_json_error(err)));
    return command_fail(command, err);
}

static void print_json(const struct lab *lab, const struct workshop_example *example)
{
    const struct check_set *set = &example->checks;
    json_t *steps = json_array(), *checks = json_array(), *objects = json_object();
    size_t *counts = mem_alloc_array(set->n_steps + 1, sizeof *counts);
    for (size_t i = 0; i < set->n_checks; i++) {
        const char *kind = fact_kind_name(set->checks[i].kind);
        counts[set->checks[i].step]++;
        json_array_append_new(checks, checks_json(set, &set->checks[i]));
        json_object_set_new(objects, kind,
                            json_integer(json_integer_value(json_object_get(objects, kind)) + 1));
    }
    for (size_t i = 0; i < set->n_steps; i++) {
        json_t *step = checks_json_step(&set->steps[i]);
        json_object_set_new(step, "checks", json_integer((json_int_t)counts[i]));
        json_array_append_new(steps, step);
    }
    free(counts);
    CLEANUP(mem_free_string)
    char *shown = lab->example_is_uri ? pg_uri_shown(lab->example) : mem_strdup(lab->example);
    command_print_json(json_pack("{s:o,s:{s:f,s:f},s:I,s:o,s:o,s:o,s:o}", "example",
                                 checks_json_text(shown), "seconds", "load", example->load_s,
                                 "read", example->derive_s, "rows", (json_int_t)example->rows,
                                 "objects", objects, "steps", steps, "checks", checks, "notes",
                                 checks_json_notes(&example->load)));
}

/* -- text -------------------------------------------------------------------------------------- */

static void print_text(const struct workshop_example *example)
{
    const struct check_set *set = &example->checks;
    size_t next = 0;
    for (size_t i = 0; i < set->n_steps; i++) {
        CLEANUP(mem_free_string)
        char *name = str_disarm(set->steps[i].name);
        printf("%s%-40s weight %g\n", i > 0 ? "\n" : "", name, set->steps[i].weight);
        for (; next < set->n_checks && set->checks[next].step == i; next++) {
            CLEANUP(mem_free_string)
            char *title = str_disarm(set->checks[next].title);
            printf("%8g  %s\n", set->checks[next].weight, title);
        }
    }
    printf("\n%zu steps, %zu checks, %lld rows; loaded in %.1f s, read in %.1f s\n", set->n_steps,
           set->n_checks, (long long)example->rows, example->load_s, example->derive_s);
}

/* -- the command ------------------------------------------------------------------------------- */

static int work(struct workshop *shop, void *data)
{
    const struct request *request = data;
    struct error err = ERROR_INIT;
    struct lab lab;
    struct workshop_example example;
    if (!workshop_lab(request->lab, request->example, &lab, &err))
        return checks_fail(&command_checks, request->json, &err);
    if (!workshop_example(shop, &lab, &example, &err)) {
        lab_release(&lab);
        return checks_fail(&command_checks, request->json, &err);
    }
    if (request->json)
        print_json(&lab, &example);
    else if (request->exporter)
        checks_print_exporter(&example.checks);
    else
        print_text(&example);
    workshop_example_release(&example);
    lab_release(&lab);
    return EXIT_FINE;
}

static int run(int argc, char **argv)
{
    struct request request = {0};
    const struct option_spec options[] = {
        {"lab", OPTION_STRING, &request.lab, "LAB", "compare as this lab's file says"},
        {"json", OPTION_FLAG, &request.json, NULL, "print JSON; an error, too"},
        {"exporter", OPTION_FLAG, &request.exporter, NULL,
         "print a configuration for prometheus-sql-exporter"},
        {"server", OPTION_STRING, &request.server, "URI",
         "load the example there; the login may make roles and databases"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_checks, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_checks, "one example at a time");
    if (argc == 0 && request.lab == NULL)
        return command_usage(&command_checks, "the example is missing");
    if (request.json && request.exporter)
        return command_usage(&command_checks, "--json and --exporter do not go together");
    request.example = argc > 0 ? argv[0] : NULL;
    struct error err = ERROR_INIT;
    if (!workshop_run(request.server, work, &request, &status, &err))
        return checks_fail(&command_checks, request.json, &err);
    return status;
}

const struct command command_checks = {
    .name = "checks",
    .arguments = "EXAMPLE",
    .summary = "show the steps and checks that follow from an example",
    .help =
        "EXAMPLE is a dump (SQL or a pg_dump archive) or a postgresql:// URI. It is loaded into a\n"
        "scratch database of the running servers, or of a PostgreSQL that is thrown away\n"
        "afterwards; nothing stays. With --lab the lab file says what is compared; without\n"
        "EXAMPLE it also says which example.\n\n"
        "--exporter prints a configuration for prometheus-sql-exporter with one query per step,\n"
        "for those who want a bare chain without lecternd. Put the student's database into its\n"
        "\"connections\". It knows all or nothing per check, and leaves out what would run a\n"
        "student's code: the contents of tables, views and functions.",
    .run = run,
};
