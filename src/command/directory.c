/*
 * lectern directory: who is in the directory, as a class list.  The wizard's page of students runs
 * it.
 */
#include <jansson.h>
#include <stdio.h>

#include "base/csv.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/commands.h"
#include "provision/people.h"

/* {"people":[{"login":"ada","name":"...","email":"..."}],"passed_over":[{"who":"...","why":"..."}]}
 */
static void print_json(const struct people *people)
{
    json_t *found = json_array(), *passed = json_array();
    for (size_t i = 0; i < people->n; i++)
        json_array_append_new(found,
                              json_pack("{s:s, s:s, s:s}", "login", people->found[i].login, "name",
                                        people->found[i].name, "email", people->found[i].email));
    for (size_t i = 0; i < people->n_passed; i++) {
        CLEANUP(mem_free_string)
        char *who = str_disarm(people->passed[i].who);
        json_array_append_new(passed,
                              json_pack("{s:s, s:s}", "who", who, "why", people->passed[i].why));
    }
    command_print_json(json_pack("{s:o, s:o}", "people", found, "passed_over", passed));
}

static void print_list(const struct people *people)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_add_string(&out, "login,name,email\r\n");
    for (size_t i = 0; i < people->n; i++) {
        strbuf_printf(&out, "%s,", people->found[i].login);
        csv_add_field(&out, people->found[i].name);
        strbuf_add_char(&out, ',');
        csv_add_field(&out, people->found[i].email);
        strbuf_add_string(&out, "\r\n");
    }
    fwrite(out.text, 1, out.len, stdout);
    for (size_t i = 0; i < people->n_passed; i++) {
        CLEANUP(mem_free_string)
        char *who = str_disarm(people->passed[i].who);
        fprintf(stderr, "passed over \"%s\": %s\n", who, people->passed[i].why);
    }
}

static int run(int argc, char **argv)
{
    const char *base = NULL, *filter = "(objectClass=person)";
    bool json = false;
    const struct option_spec options[] = {
        {"base", OPTION_STRING, &base, "DN", "where they are; default: where lectern's own are"},
        {"filter", OPTION_STRING, &filter, "FILTER", "who of them; default (objectClass=person)"},
        {"json", OPTION_FLAG, &json, NULL, "print JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_directory, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 0)
        return command_usage(&command_directory, "there is nothing to name");
    struct error err = ERROR_INIT;
    struct site site;
    struct people people;
    if (!command_load_site(&site, &err))
        return command_fail(&command_directory, &err);
    bool good = people_search(&site, base != NULL ? base : site.ldap_people, filter, &people, &err);
    site_release(&site);
    if (!good)
        return command_fail(&command_directory, &err);
    if (json)
        print_json(&people);
    else
        print_list(&people);
    people_release(&people);
    return EXIT_FINE;
}

const struct command command_directory = {
    .name = "directory",
    .arguments = "",
    .summary = "who is in the directory, as a class list",
    .help =
        "Searches the directory for people and prints them as a CSV file that a lab takes as its\n"
        "roster: login, name and e-mail address. Masters, and whoever has no login that lectern\n"
        "can use, are passed over. Nothing is changed.",
    .run = run,
};
