/*
 * lectern doctor: what is wrong, and what mends it.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "command/commands.h"
#include "command/compose.h"
#include "provision/provision.h"
#include "stack/doctor.h"

static void print_json(const struct findings *findings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *f = &findings->items[i];
        CLEANUP(mem_free_string)
        char *text = str_disarm(f->text);
        json_t *entry = json_object();
        json_object_set_new(entry, "check", json_string(f->check));
        json_object_set_new(entry, "wrong", json_boolean(f->wrong));
        json_object_set_new(entry, "text", json_string(text));
        json_object_set_new(entry, "mend", f->wrong ? json_string(f->mend) : json_null());
        json_array_append_new(list, entry);
    }
    json_t *root = json_object();
    json_object_set_new(root, "findings", list);
    json_object_set_new(root, "wrong", json_integer((json_int_t)findings->n_wrong));
    command_print_json(root);
}

static void print_text(const struct findings *findings)
{
    for (size_t i = 0; i < findings->n; i++) {
        const struct finding *f = &findings->items[i];
        CLEANUP(mem_free_string)
        char *text = str_disarm(f->text);
        printf("%-6s %-13s %s\n", f->wrong ? "WRONG" : "ok", f->check, text);
        if (f->wrong)
            printf("%-6s %-13s mend: %s\n", "", "", f->mend);
    }
    if (findings->n_wrong == 0)
        printf("nothing is wrong\n");
}

static void examine_grafana(const struct site *site, struct findings *findings)
{
    struct error err = ERROR_INIT;
    if (!provision_has_grafana(site))
        return;
    if (provision_check_grafana(site, &err))
        doctor_add(findings, "grafana", false, "", "%s has the dashboards", site->grafana_url);
    else
        doctor_add_error(findings, "grafana", &err);
}

static int run(int argc, char **argv)
{
    bool json = false;
    const struct option_spec options[] = {
        {"json", OPTION_FLAG, &json, NULL, "print JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_doctor, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_doctor, "there is nothing to name");
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    struct error err = ERROR_INIT;
    struct site site = {.arena = ARENA_INIT};
    bool loaded = command_load_site(&site, &err);
    if (!loaded && err.code != ERROR_NOT_FOUND && compose_project() == NULL)
        return command_fail(&command_doctor, &err);
    error_clear(&err);
    struct findings findings;
    doctor_examine(state, compose_project(), loaded ? &site : NULL, &findings);
    if (loaded)
        examine_grafana(&site, &findings);
    if (json)
        print_json(&findings);
    else
        print_text(&findings);
    status = findings.n_wrong > 0 ? EXIT_DIFFERENT : EXIT_FINE;
    doctor_release(&findings);
    site_release(&site);
    return status;
}

const struct command command_doctor = {
    .name = "doctor",
    .arguments = "",
    .summary = "find what is wrong with the servers",
    .help =
        "Looks at programs and versions, services and ports, clocks, the disk (7.2 MB a "
        "student), names\nand certificates, and says for each finding what mends it. Of servers "
        "that lectern does not run\n(\"lectern servers\") it looks at the rules for logins, the "
        "log, lecternd and the exporters. Exit\nstatus 3 when something is wrong.",
    .run = run,
};
