/*
 * lectern export [LAB]: what came of a lesson, for grades and spreadsheets.
 */
#include "command/export.h"

#include <stdio.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "command/class.h"
#include "command/commands.h"
#include "control/outcomes.h"

static bool print(const struct outcome *outcome, bool json, const char *columns, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (json) {
        command_print_json(export_json(outcome));
        return true;
    }
    if (!export_add_csv(&text, outcome, columns, err))
        return false;
    fwrite(text.text, 1, text.len, stdout);
    return true;
}

static bool export(const char *argument, int number, bool json, const char *columns,
                   struct error *err)
{
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    PGconn *conn = NULL;
    struct outcome outcome;
    if (!command_load_site(&site, err))
        return false;
    bool ok = command_resolve_lab(&site, argument, &lab, err) && class_connect(&site, &conn, err) &&
              outcomes_read(conn, lab, number, &outcome, err);
    if (ok) {
        ok = print(&outcome, json, columns, err);
        outcome_release(&outcome);
    }
    PQfinish(conn);
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    bool csv = false, json = false;
    int number = 0;
    const char *columns = NULL;
    const struct option_spec options[] = {
        {"csv", OPTION_FLAG, &csv, NULL, "CSV, which is the default"},
        {"json", OPTION_FLAG, &json, NULL, "JSON, with everything"},
        {"columns", OPTION_STRING, &columns, "NAME,NAME...", "CSV: only these, in this order"},
        {"lesson", OPTION_INT, &number, "N", "the lab's Nth lesson; else the last one"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_export, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(&command_export, "unexpected argument \"%s\"", argv[1]);
    if (json && (csv || columns != NULL))
        return command_usage(&command_export, "--json stands alone: it has everything");
    if (number < 0)
        return command_usage(&command_export, "lessons are counted from 1");
    struct error err = ERROR_INIT;
    return export(argc == 1 ? argv[0] : NULL, number, json, columns, &err)
               ? EXIT_FINE
               : command_fail(&command_export, &err);
}

const struct command command_export = {
    .name = "export",
    .arguments = "[LAB]",
    .summary = "the results of a lesson as CSV or JSON",
    .help =
        "One line per student.  Of a lesson that has ended these are the results as they were\n"
        "written then; before, and without a lesson, what was measured last.  The columns:\n"
        "login, name, email, seat, group, time_factor: the class list (e-mail only by --columns)\n"
        "progress: 0 to 1; steps_done; measured_at; reason: why some of it is not known\n"
        "score, done_at, seconds: of each step, when it was first met, and how long it took: from\n"
        "when the step before was met (the first: the lesson began, or the student came) until it\n"
        "was met; steps that were found met at once share their time\n"
        "need_seconds: of each need, for how long it was shown (stuck, behind, blocked ...)\n"
        "hands, hands_wait_seconds, helped: raised, until somebody came, and how many were helped\n"
        "resets, errors, notes: how many; extra_seconds: the extra time that was given\n"
        "A heading of the CSV is a column, too, as \"need_seconds: stuck\".\n"
        "All seconds are of the lesson's clock, which stands still in pauses; times are UTC.\n"
        "The file holds grades: keep it where only those who teach can read it.",
    .run = run,
};
