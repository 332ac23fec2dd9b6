/*
 * lectern plan: what apply would change.
 */
#include <stdio.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "command/commands.h"
#include "command/lab_files.h"
#include "provision/provision.h"

static void print(const struct plan *plan, bool json)
{
    if (json) {
        command_print_json(plan_json(plan));
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    plan_print(plan, &text);
    fputs(text.text, stdout);
}

static bool make_plan(const char *argument, struct plan *ret_plan, struct error *err)
{
    struct site site;
    struct lab_files files;
    if (!command_load_site(&site, err))
        return false;
    bool ok = lab_files_load(&site, argument, &files, err);
    if (ok) {
        ok = provision_plan(&site, &files.lab, &files.roster, ret_plan, err);
        if (ok)
            provision_plan_grafana(&site, ret_plan);
        lab_files_release(&files);
    }
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    bool json = false;
    const struct option_spec options[] = {
        {"json", OPTION_FLAG, &json, NULL, "print the plan as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_plan, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_plan, "one lab at a time");
    struct error err = ERROR_INIT;
    struct plan plan;
    if (!make_plan(argc > 0 ? argv[0] : NULL, &plan, &err))
        return command_fail(&command_plan, &err);
    print(&plan, json);
    if (plan.n_refusals > 0)
        status = EXIT_FAILED;
    else
        status = plan_changes(&plan) > 0 ? EXIT_DIFFERENT : EXIT_FINE;
    plan_release(&plan);
    return status;
}

const struct command command_plan = {
    .name = "plan",
    .arguments = "[LAB]",
    .summary = "show what apply would change",
    .help = "Compares the lab file and its roster with what is on the servers and prints what\n"
            "\"apply\" would change there, per target, and how many connections the class needs.\n"
            "Changes nothing. Exit status 0: nothing to do; 3: there is; 1: something that lectern "
            "did\nnot make bears a wanted name.",
    .run = run,
};
