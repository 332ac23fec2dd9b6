/*
 * lectern status: the grid's data once, through the same feed as the grid.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "board/feed.h"
#include "command/commands.h"
#include "command/status.h"
#include "io/loop.h"

enum { WAIT_MS = 5000 };

struct status {
    struct feed *feed;
    const struct snapshot *snapshot;
    bool done; /* complete, or there is no sense in waiting longer */
};

static void on_change(const struct snapshot *snapshot, void *data)
{
    struct status *status = data;
    status->snapshot = snapshot;
    if (status->feed == NULL)
        return;
    /* Right after another lab was made current the old heartbeat is still shown for a moment. */
    status->done = (feed_is_complete(status->feed) && snapshot->trouble != TROUBLE_DAEMON) ||
                   !feed_lab_is_current(status->feed);
}

/* -- the table --------------------------------------------------------------------------------- */

/* Print `text` disarmed, cut and padded to `columns`. */
static void print_cell(const char *text, int columns)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    size_t len = str_fit(safe, columns);
    CLEANUP(mem_free_string)
    char *cut = mem_strndup(safe, len);
    printf("%s%*s", cut, columns - str_width(cut) + 2, "");
}

static int widest(int width, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    int own = str_width(safe);
    return own > width ? own : width;
}

static void print_student(const struct snapshot *snapshot, const struct snapshot_student *student,
                          const int widths[4])
{
    CLEANUP(strbuf_release)
    struct strbuf since = STRBUF_INIT;
    if (student->last_progress_us > 0)
        clock_format_span((snapshot->now_us - student->last_progress_us) / 1000000, &since);
    else
        strbuf_add_char(&since, '-');
    char progress[16] = "-";
    if (!isnan(student->progress))
        snprintf(progress, sizeof progress, "%.0f %%", floor(student->progress * 100));
    print_cell(student->login, widths[0]);
    print_cell(student->name, widths[1]);
    print_cell(state_name(student->state), 7);
    print_cell(student->need != NEED_NONE ? need_name(student->need) : "-", widths[3]);
    printf("%6s  ", progress);
    print_cell(*student->current_step != '\0' ? student->current_step : "-", widths[2]);
    printf("%10s", since.text);
    if (*student->reason != '\0') {
        CLEANUP(mem_free_string)
        char *reason = str_disarm(student->reason);
        printf("  %s", reason);
    }
    putchar('\n');
}

static void print_line(const char *what, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    printf("%s: %s\n", what, safe);
}

/* The clock, what is announced, what holds the class up: where there is one. */
static void print_lesson(const struct snapshot *snapshot)
{
    const struct snapshot_lesson *lesson = &snapshot->lesson;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (lesson->state != LESSON_NONE) {
        strbuf_printf(&text, "%s, ", snapshot_lesson_name(lesson->state));
        clock_format_span((int64_t)lesson->elapsed_s, &text);
        if (!isnan(lesson->left_s) && lesson->state != LESSON_ENDED) {
            strbuf_add_string(&text, lesson->left_s < 0 ? ", overtime " : ", left ");
            clock_format_span((int64_t)fabs(lesson->left_s), &text);
        }
        print_line("lesson", text.text);
    }
    if (*snapshot->announcement != '\0')
        print_line("announced", snapshot->announcement);
    if (snapshot->lacks != NULL && snapshot->hardest >= 0) {
        const struct snapshot_lack *lack = &snapshot->lacks[snapshot->hardest];
        strbuf_reset(&text);
        strbuf_printf(&text, "%s, %zu of %zu lack it", snapshot->steps[snapshot->hardest],
                      lack->lack, lack->here);
        if (*lack->missed != '\0')
            strbuf_printf(&text, "; most: %s", lack->missed);
        print_line(snapshot_is_stuck(snapshot) ? "stuck on" : "most are at", text.text);
    }
}

static void print_table(const struct snapshot *snapshot)
{
    CLEANUP(mem_free_string)
    char *title = str_disarm(snapshot->title);
    printf("%s: %zu student%s", title, snapshot->n_students, snapshot->n_students == 1 ? "" : "s");
    for (size_t i = STATES; i-- > 0;)
        if (snapshot->by_state[i] > 0)
            printf(", %zu %s", snapshot->by_state[i], state_name((enum student_state)i));
    if (!isnan(snapshot->median))
        printf("; median %.0f %%", floor(snapshot->median * 100));
    printf("; data of %.1f s ago\n", snapshot->age_s);
    print_lesson(snapshot);
    putchar('\n');
    int widths[4] = {5, 4, 4, 4};
    for (size_t i = 0; i < snapshot->n_students; i++) {
        const struct snapshot_student *student = &snapshot->students[i];
        widths[0] = widest(widths[0], student->login);
        widths[1] = widest(widths[1], student->name);
        widths[2] = widest(widths[2], student->current_step);
        widths[3] = widest(widths[3], need_name(student->need));
    }
    for (size_t i = 0; i < 4; i++)
        widths[i] = widths[i] > 28 ? 28 : widths[i];
    printf("%-*s  %-*s  %-7s  %-*s  %6s  %-*s  %10s\n", widths[0], "LOGIN", widths[1], "NAME",
           "STATE", widths[3], "NEED", "DONE", widths[2], "STEP", "PROGRESSED");
    for (size_t i = 0; i < snapshot->n_students; i++)
        print_student(snapshot, &snapshot->students[i], widths);
}

/* -- the command ------------------------------------------------------------------------------- */

bool status_not_current(const char *lab, struct error *err)
{
    error_set(err, ERROR_FAILED, "the lab \"%s\" is not the current one, so nobody measures it",
              lab);
    return error_hint(err, "Make it the current lab: lectern lab use %s", lab);
}

static bool print_status(const struct status *status, bool json, struct error *err)
{
    const struct snapshot *snapshot = status->snapshot;
    enum trouble trouble = snapshot != NULL ? snapshot->trouble : TROUBLE_NONE;
    /* Without a lab there may be numbers, of the one that was destroyed a moment ago. */
    bool has_data = snapshot != NULL && snapshot->freshness != FRESH_NEVER &&
                    trouble != TROUBLE_NO_LAB && *snapshot->lab != '\0';
    if (snapshot != NULL && json)
        command_print_json(snapshot_json(snapshot));
    if (has_data && !json)
        print_table(snapshot);
    if (!feed_lab_is_current(status->feed) && snapshot != NULL && *snapshot->lab != '\0')
        return status_not_current(snapshot->lab, err);
    if (!has_data) {
        error_set(err, ERROR_FAILED, "there is no data");
        if (trouble != TROUBLE_NONE)
            error_hint(err, "%s", snapshot_trouble_text(trouble));
        if (*feed_words_fault(status->feed) != '\0')
            error_detail(err, "The control database: %s", feed_words_fault(status->feed));
        return false;
    }
    if (trouble != TROUBLE_NONE && !json)
        fprintf(stderr, "lectern: status: %s\n", snapshot_trouble_text(trouble));
    return true;
}

static bool find_lab(const struct site *site, const char *argument, char **ret_lab,
                     struct error *err)
{
    struct error fault = ERROR_INIT;
    if (argument == NULL || *argument == '\0') {
        *ret_lab = mem_strdup("");
        return true;
    }
    if (command_resolve_lab(site, argument, ret_lab, &fault))
        return true;
    if (fault.code == ERROR_CONNECTION || fault.code == ERROR_TIMEOUT) {
        error_clear(&fault);
        *ret_lab = mem_strdup(argument);
        return true;
    }
    error_move(err, &fault);
    return false;
}

bool status_find(const char *argument, struct site *ret_site, char **ret_lab, struct error *err)
{
    struct site site;
    if (!command_load_site(&site, err))
        return false;
    if (!find_lab(&site, argument, ret_lab, err)) {
        site_release(&site);
        return false;
    }
    *ret_site = site;
    return true;
}

int status_run(const struct command *command, const char *json_help, status_show show, int argc,
               char **argv)
{
    bool json = false;
    const struct option_spec options[] = {
        {"json", OPTION_FLAG, &json, NULL, json_help},
        {.name = NULL},
    };
    int status = options_parse(command, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc > 1)
        return command_usage(command, "too many arguments");
    struct error err = ERROR_INIT;
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    bool good = status_find(argc == 1 ? argv[0] : NULL, &site, &lab, &err);
    if (good) {
        const struct feed_options feed = {.lab = lab, .all_steps = true};
        good = show(&site, &feed, json, &err);
        site_release(&site);
    }
    return good ? EXIT_FINE : command_fail(command, &err);
}

static bool show(const struct site *site, const struct feed_options *options, bool json,
                 struct error *err)
{
    struct loop loop;
    struct status status = {.feed = NULL};
    loop_init(&loop);
    status.feed = feed_new(&loop, site, options, on_change, &status);
    loop_run_until(&loop, &status.done, WAIT_MS);
    bool ok = print_status(&status, json, err);
    feed_free(status.feed);
    loop_release(&loop);
    return ok;
}

static int run(int argc, char **argv)
{
    return status_run(&command_status, "print JSON", show, argc, argv);
}

const struct command command_status = {
    .name = "status",
    .arguments = "[LAB]",
    .summary = "what the grid shows, once",
    .help =
        "Prints the class: state, progress, the step each student is at, the time since the last\n"
        "progress, and the need and its reason where somebody should be looked after.  Waits up to "
        "5 seconds for a complete\n"
        "picture.  The exit status is 1 when there is no data; the message says which part of\n"
        "the chain is at fault and what to do.",
    .run = run,
};
