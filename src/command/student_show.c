/*
 * lectern student LAB LOGIN show: the console's pane of one student as text or JSON, through the
 * same feed.  LAB LOGIN psql: a session in the student's database that reads only, as the powerless
 * probe_<login>: what the student's own code does there it does without any right of ours.
 */
#include "command/student_show.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "board/feed.h"
#include "command/class.h"
#include "command/commands.h"
#include "command/status.h"
#include "control/connect.h"
#include "io/loop.h"
#include "lab/score.h"

enum { WAIT_MS = 8000 };

#define LOOK_OPTIONS                                                                               \
    "-c default_transaction_read_only=on -c statement_timeout=60s -c jit=off"                      \
    " -c idle_in_transaction_session_timeout=60s -c local_preload_libraries="

struct look {
    struct feed *feed;
    const char *login;
    const struct snapshot *snapshot;
    bool done;
};

static void on_change(const struct snapshot *snapshot, void *data)
{
    struct look *look = data;
    look->snapshot = snapshot;
    look->done = look->feed != NULL &&
                 (feed_is_complete(look->feed) || !feed_lab_is_current(look->feed)) &&
                 snapshot->open.login != NULL && strcmp(snapshot->open.login, look->login) == 0;
}

/* -- as text ----------------------------------------------------------------------------------- */

static void print_safe(const char *before, const char *text, const char *after)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    printf("%s%s%s", before, safe, after);
}

static void print_time(int64_t at_us)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    clock_format_utc(at_us, &text);
    printf("  %s  ", at_us > 0 ? text.text : "-");
}

static void print_score(double score)
{
    if (isnan(score))
        printf("    -  ");
    else
        printf("%3.0f %%  ", floor(score * 100 + 1e-9));
}

static void print_steps(const struct snapshot_student *student)
{
    printf("\nsteps\n");
    for (size_t i = 0; i < student->n_steps; i++) {
        const struct snapshot_step *step = &student->steps[i];
        printf("  ");
        print_score(step->score);
        print_safe("", step->title, "\n");
        const char *said = "";
        size_t repeated = 0;
        for (size_t c = 0; c < step->n_checks && !(step->score >= 1); c++) {
            const struct snapshot_check *check = &step->checks[c];
            if (check->score >= 1)
                continue;
            if (score_verdict_repeats(said, check->verdict)) {
                repeated++;
                continue;
            }
            said = check->verdict;
            print_safe(isnan(check->score) ? "           ? " : "           x ", check->title, "");
            print_safe(*check->verdict != '\0' ? ": " : "", check->verdict, "\n");
        }
        if (repeated > 0)
            printf("             and %zu more checks of what is missing\n", repeated);
    }
}

static void print_open(const struct snapshot_open *open)
{
    if (open->n_errors > 0)
        printf("\nerrors\n");
    for (size_t i = 0; i < open->n_errors; i++) {
        print_time(open->errors[i].at_us);
        print_safe("", open->errors[i].sqlstate, "  ");
        print_safe("", open->errors[i].message, "");
        print_safe(*open->errors[i].statement != '\0' ? ": " : "", open->errors[i].statement, "\n");
    }
    if (open->n_sessions > 0)
        printf("\nsessions\n");
    for (size_t i = 0; i < open->n_sessions; i++) {
        const struct snapshot_session *session = &open->sessions[i];
        print_time(session->since_us);
        printf("%d  ", session->pid);
        print_safe("", session->state, "  ");
        print_safe("", session->query, "");
        print_safe(*session->waits_for != '\0' ? "; waits for " : "", session->waits_for, "\n");
    }
    if (open->n_events > 0)
        printf("\nhistory\n");
    for (size_t i = 0; i < open->n_events; i++) {
        print_time(open->events[i].at_us);
        print_safe("", open->events[i].kind, "  ");
        print_safe("", open->events[i].text, "");
        print_safe(" (", open->events[i].actor, ")\n");
    }
}

static void print_hands(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    bool any = false;
    for (size_t i = 0; i < snapshot->n_hands; i++) {
        const struct snapshot_hand *hand = &snapshot->hands[i];
        if (&snapshot->students[hand->student] != student)
            continue;
        if (!any)
            printf("\nhands\n");
        any = true;
        print_time(hand->raised_us);
        print_safe("", hand->state, "  ");
        print_safe("", hand->message, "");
        print_safe(*hand->helper != '\0' ? " (" : "", hand->helper,
                   *hand->helper != '\0' ? ")\n" : "\n");
    }
}

static void print_student(const struct snapshot *snapshot, const struct snapshot_student *student)
{
    print_safe("", student->login, "  ");
    print_safe("", student->name, "  ");
    print_safe(*student->seat != '\0' ? "seat " : "", student->seat, "\n");
    printf("%s  ", state_name(student->state));
    print_score(student->progress);
    if (student->need != NEED_NONE)
        printf("%s  ", need_name(student->need));
    print_safe("", student->reason, "\n");
    print_steps(student);
    print_hands(snapshot, student);
    print_open(&snapshot->open);
}

/* -- the commands ------------------------------------------------------------------------------ */

static bool print_look(const struct look *look, bool json, struct error *err)
{
    const struct snapshot *snapshot = look->snapshot;
    for (size_t i = 0; snapshot != NULL && look->done && i < snapshot->n_students; i++)
        if (strcmp(snapshot->students[i].login, look->login) == 0) {
            if (json)
                command_print_json(snapshot_student_json(snapshot, &snapshot->students[i]));
            else
                print_student(snapshot, &snapshot->students[i]);
            if (snapshot->trouble != TROUBLE_NONE)
                fprintf(stderr, "lectern: student: %s\n", snapshot_trouble_text(snapshot->trouble));
            return true;
        }
    if (snapshot != NULL && *snapshot->lab != '\0' && !feed_lab_is_current(look->feed))
        return status_not_current(snapshot->lab, err);
    error_set(err, ERROR_FAILED, "there is no data of student \"%s\"", look->login);
    if (snapshot != NULL && snapshot->trouble != TROUBLE_NONE)
        error_hint(err, "%s", snapshot_trouble_text(snapshot->trouble));
    return false;
}

static bool show(const struct site *site, const char *lab, const char *login, bool json,
                 struct error *err)
{
    if (!class_knows(site, lab, login, err))
        return false;
    struct loop loop;
    loop_init(&loop);
    struct look look = {.login = login};
    struct feed_options options = {.lab = lab, .all_steps = false};
    look.feed = feed_new(&loop, site, &options, on_change, &look);
    feed_open_student(look.feed, login);
    loop_run_until(&loop, &look.done, WAIT_MS);
    bool good = print_look(&look, json, err);
    feed_free(look.feed);
    loop_release(&loop);
    return good;
}

int student_show(const char *argument, const char *login, bool json)
{
    struct error err = ERROR_INIT;
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!command_load_site(&site, &err))
        return command_fail(&command_student, &err);
    bool good =
        command_resolve_lab(&site, argument, &lab, &err) && show(&site, lab, login, json, &err);
    site_release(&site);
    return good ? EXIT_FINE : command_fail(&command_student, &err);
}

/* Only returns with an error. */
static bool become_psql(const struct site *site, const char *login, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    const char *role = arena_printf(&arena, "probe_%s", login);
    if (!connect_as_role(site, role, login, &arena, &address, err))
        return false;
    address.options = LOOK_OPTIONS;
    address.application_name = "lectern look";
    const char *const *environment = pg_environment(&address, &arena);
    for (size_t i = 0; environment[i] != NULL; i++) {
        const char *value = strchr(environment[i], '=');
        setenv(arena_strndup(&arena, environment[i], (size_t)(value - environment[i])), value + 1,
               1);
    }
    printf("Reading the database of \"%s\"; \\q comes back.\n", login);
    fflush(stdout);
    CLEANUP(mem_free_string)
    char *program = pg_own_program("psql");
    char *prompt = arena_printf(&arena, "PROMPT1=%s (read only)%%R%%x%%# ", login);
    char name[] = "psql", quiet[] = "-q", set[] = "-v";
    char *argv[] = {name, quiet, set, prompt, NULL};
    execvp(program != NULL ? program : "psql", argv);
    return error_set(err, ERROR_NOT_FOUND, "cannot start psql: %s", strerror(errno));
}

int student_psql(const char *argument, const char *login)
{
    struct error err = ERROR_INIT;
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    if (!command_load_site(&site, &err))
        return command_fail(&command_student, &err);
    if (command_resolve_lab(&site, argument, &lab, &err) && class_knows(&site, lab, login, &err))
        become_psql(&site, login, &err);
    site_release(&site);
    return command_fail(&command_student, &err);
}
