/*
 * lectern lesson [LAB] start|pause|resume|end|status: the lesson's clock, and its end: the class is
 * told, logins are closed if wanted, lecternd measures everybody once more and writes the results.
 * What the command was killed in the middle of, another `end` completes.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "command/act.h"
#include "command/class.h"
#include "command/commands.h"
#include "control/lesson.h"
#include "lab/snapshot.h"
#include "provision/provision.h"

enum {
    LENGTH_MAX_S = 7 * 24 * 3600,
    POLL_MS = 200,
    FREEZE_WAIT_MS = 90000, /* lecternd takes 30 s at most */
};

struct lesson_request {
    const char *verb;
    int64_t length_s, in_s;
    int number; /* of the lesson; 0: the last one */
    bool close_logins, yes, json, no_wait;
    char *actor, *lab;
};

struct lesson_work {
    const struct lesson_request *request;
    const struct site *site;
    PGconn *conn;
    struct arena arena;
    struct lesson_row row;
    size_t logins; /* closed or opened */
};

/* -- what is said ------------------------------------------------------------------------------ */

static json_t *seconds_or_null(double seconds)
{
    return isnan(seconds) ? json_null() : json_real(round(seconds * 10) / 10);
}

static json_t *extras_json(const struct lesson_row *row)
{
    json_t *list = json_array();
    for (size_t i = 0; i < row->n_extras; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:o}", "login", row->extras[i].login, "seconds",
                            (json_int_t)row->extras[i].seconds, "left_seconds",
                            seconds_or_null(lesson_left(
                                &row->lesson, (double)row->extras[i].seconds, row->now_us))));
    return list;
}

static json_t *document(const struct lesson_work *work)
{
    const struct lesson_row *row = &work->row;
    const struct lesson *lesson = &row->lesson;
    json_t *o = json_object();
    json_object_set_new(o, "lab", json_string(work->request->lab));
    if (row->lesson_id == 0) {
        json_object_set_new(o, "state", json_string("none"));
        return o;
    }
    json_object_set_new(o, "lesson", json_integer(row->number));
    json_object_set_new(o, "state",
                        json_string(snapshot_lesson_name(lesson_state_at(lesson, row->now_us))));
    json_object_set_new(o, "started_at", act_moment(lesson->clock.start_us));
    json_object_set_new(o, "length_seconds",
                        lesson->length_s > 0 ? json_integer(lesson->length_s) : json_null());
    json_object_set_new(o, "elapsed_seconds", seconds_or_null(lesson_elapsed(lesson, row->now_us)));
    json_object_set_new(o, "left_seconds", seconds_or_null(lesson_left(lesson, 0, row->now_us)));
    json_object_set_new(o, "ended_at", act_moment(lesson->ended_us));
    json_object_set_new(o, "frozen_at", act_moment(lesson->frozen_us));
    json_object_set_new(o, "close_logins", json_boolean(row->close_logins));
    json_object_set_new(o, "actor", json_string(row->actor));
    json_object_set_new(o, "pauses", json_integer((json_int_t)lesson->clock.n_pauses));
    json_object_set_new(o, "extra_times", extras_json(row));
    if (work->logins > 0)
        json_object_set_new(o, "logins_changed", json_integer((json_int_t)work->logins));
    return o;
}

static void add_span(struct strbuf *out, double seconds)
{
    clock_format_span((int64_t)fabs(seconds), out);
}

static void print_times(const struct lesson_row *row)
{
    const struct lesson *lesson = &row->lesson;
    double left = lesson_left(lesson, 0, row->now_us);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    add_span(&text, lesson_elapsed(lesson, row->now_us));
    if (lesson->length_s > 0) {
        strbuf_add_string(&text, " of ");
        add_span(&text, (double)lesson->length_s);
    }
    if (lesson->ended_us == 0 && !isnan(left)) {
        strbuf_add_string(&text, left < 0 ? ", overtime " : ", left ");
        clock_format_left(left, &text);
    } else if (lesson->ended_us > row->now_us) {
        strbuf_add_string(&text, ", ends in ");
        clock_format_left(left, &text);
    }
    printf("  time       %s\n", text.text);
}

static void print_extras(const struct lesson_row *row)
{
    for (size_t i = 0; i < row->n_extras; i++) {
        CLEANUP(strbuf_release)
        struct strbuf text = STRBUF_INIT;
        add_span(&text, (double)row->extras[i].seconds);
        printf("  extra time %s %s%s\n", row->extras[i].login,
               row->extras[i].seconds < 0 ? "-" : "+", text.text);
    }
}

static void print_text(const struct lesson_work *work)
{
    const struct lesson_row *row = &work->row;
    if (row->lesson_id == 0) {
        printf("no lesson of lab \"%s\" was started yet\n", work->request->lab);
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf at = STRBUF_INIT;
    clock_format_utc(row->lesson.clock.start_us, &at);
    printf("lesson %d of lab \"%s\": %s\n  started    %s by %s\n", row->number, work->request->lab,
           snapshot_lesson_name(lesson_state_at(&row->lesson, row->now_us)), at.text, row->actor);
    print_times(row);
    print_extras(row);
    strbuf_reset(&at);
    if (row->lesson.frozen_us != 0) {
        clock_format_utc(row->lesson.frozen_us, &at);
        printf("  results    stand since %s; lectern export %s\n", at.text, work->request->lab);
    }
    if (work->logins > 0)
        printf("  logins     %zu %s\n", work->logins,
               strcmp(work->request->verb, "start") == 0 ? "opened" : "closed");
}

/* A line about what goes on, for who watches. */
static void say(const struct lesson_work *work, const char *text)
{
    if (work->request->json)
        return;
    puts(text);
    fflush(stdout);
}

/* -- the acts ---------------------------------------------------------------------------------- */

static bool read_lesson(struct lesson_work *work, struct error *err)
{
    bool found;
    return lessons_read(work->conn, work->request->lab, work->request->number, &work->arena,
                        &work->row, &found, err);
}

static enum lesson_state state_of(const struct lesson_work *work)
{
    return work->row.lesson_id == 0 ? LESSON_NONE
                                    : lesson_state_at(&work->row.lesson, work->row.now_us);
}

static bool none_open(const struct lesson_work *work, struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "no lesson of lab \"%s\" is open", work->request->lab);
    return error_hint(err, "\"lectern lesson %s start\" starts one.", work->request->lab);
}

static bool start(struct lesson_work *work, struct error *err)
{
    const struct lesson_request *request = work->request;
    return lessons_start(work->conn, request->lab, request->length_s, request->close_logins,
                         request->actor, err) &&
           provision_logins(work->site, request->lab, true, request->actor, &work->logins, err);
}

static bool pause_it(struct lesson_work *work, struct error *err)
{
    enum lesson_state state = state_of(work);
    if (state == LESSON_PAUSED)
        return true;
    return state == LESSON_RUNNING
               ? lessons_pause(work->conn, work->row.lesson_id, work->request->actor, err)
               : none_open(work, err);
}

static bool resume(struct lesson_work *work, struct error *err)
{
    const struct lesson_row *row = &work->row;
    enum lesson_state state = state_of(work);
    if (state != LESSON_RUNNING && state != LESSON_PAUSED)
        return none_open(work, err);
    if (row->lesson.ended_us != 0 &&
        !lessons_keep(work->conn, row->lesson_id, work->request->actor, err))
        return false;
    return state == LESSON_RUNNING ||
           lessons_resume(work->conn, row->lesson_id, work->request->actor, err);
}

/* -- the end ----------------------------------------------------------------------------------- */

static bool closes_logins(const struct lesson_work *work)
{
    return work->row.close_logins || work->request->close_logins;
}

static bool ask_end(const struct lesson_work *work, struct error *err)
{
    const struct lesson_row *row = &work->row;
    size_t waiting = 0;
    for (size_t i = 0; i < row->n_extras; i++)
        waiting += row->extras[i].seconds > 0 &&
                   lesson_left(&row->lesson, (double)row->extras[i].seconds, row->now_us) > 0;
    CLEANUP(strbuf_release)
    struct strbuf question = STRBUF_INIT;
    if (waiting > 0)
        strbuf_printf(&question, "%zu with extra time still %s some. ", waiting,
                      waiting == 1 ? "has" : "have");
    strbuf_printf(&question, "End the lesson of lab \"%s\"%s?", work->request->lab,
                  closes_logins(work) ? ", all sessions and all logins" : "");
    return act_confirm(work->request->yes, question.text, err);
}

static bool begin_end(struct lesson_work *work, struct error *err)
{
    const struct lesson_request *request = work->request;
    enum lesson_state state = state_of(work);
    if (state == LESSON_NONE)
        return none_open(work, err);
    if (state == LESSON_ENDING || state == LESSON_ENDED) {
        say(work, closes_logins(work) && !request->no_wait
                      ? "it has ended already; closing its logins"
                      : "it has ended already; seeing to the rest");
        return true;
    }
    if (!ask_end(work, err) || !lessons_end(work->conn, work->row.lesson_id, request->in_s,
                                            request->close_logins, request->actor, err))
        return false;
    say(work, closes_logins(work) && request->no_wait
                  ? "the class is told; another \"end\" closes the logins"
                  : "the class is told");
    return read_lesson(work, err);
}

static bool end_was_taken_back(const struct lesson_work *work, struct error *err)
{
    return error_set(err, ERROR_INTERRUPTED, "the end of the lesson of lab \"%s\" was taken back",
                     work->request->lab);
}

/* Until its end has come. */
static bool wait_end(struct lesson_work *work, struct error *err)
{
    while (state_of(work) == LESSON_RUNNING || state_of(work) == LESSON_PAUSED) {
        if (work->row.lesson.ended_us == 0)
            return end_was_taken_back(work, err);
        clock_sleep_ms(POLL_MS);
        if (!read_lesson(work, err))
            return false;
    }
    return true;
}

/* Until lecternd has written the results. */
static bool wait_results(struct lesson_work *work, struct error *err)
{
    int64_t deadline_ms = clock_monotonic_ms() + FREEZE_WAIT_MS;
    while (state_of(work) != LESSON_ENDED) {
        if (clock_monotonic_ms() > deadline_ms) {
            error_set(err, ERROR_TIMEOUT, "lecternd does not write the results");
            return error_hint(err, "\"lectern doctor\" tells why; then end the lesson "
                                   "again, which completes it.");
        }
        clock_sleep_ms(POLL_MS);
        if (!read_lesson(work, err))
            return false;
    }
    return true;
}

/* Logins first: their sessions' open transactions, and so their locks, go with them. */
static bool end(struct lesson_work *work, struct error *err)
{
    const struct lesson_request *request = work->request;
    if (!begin_end(work, err))
        return false;
    if (request->no_wait)
        return true;
    if (!wait_end(work, err))
        return false;
    if (closes_logins(work) &&
        !provision_logins(work->site, request->lab, false, request->actor, &work->logins, err))
        return false;
    if (state_of(work) != LESSON_ENDED)
        say(work, "everybody is measured once more");
    return wait_results(work, err);
}

/* -- the command ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    bool (*act)(struct lesson_work *work, struct error *err); /* NULL: only tells */
} verbs[] = {
    {"start", start}, {"pause", pause_it}, {"resume", resume}, {"end", end}, {"status", NULL},
};

static int find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, name) == 0)
            return (int)i;
    return -1;
}

static bool act(struct lesson_request *request, const char *lab, struct lesson_work *work,
                struct error *err)
{
    bool (*verb)(struct lesson_work *, struct error *) = verbs[find_verb(request->verb)].act;
    if (!command_resolve_lab(work->site, lab, &request->lab, err) ||
        !class_connect(work->site, &work->conn, err) || !read_lesson(work, err))
        return false;
    if (verb == NULL && request->number > 0 && work->row.lesson_id == 0)
        return error_set(err, ERROR_NOT_FOUND, "lab \"%s\" has no lesson %d", request->lab,
                         request->number);
    return verb == NULL || (verb(work, err) && read_lesson(work, err));
}

static int carry_out(struct lesson_request *request, const char *lab)
{
    struct error err = ERROR_INIT;
    struct site site;
    struct lesson_work work = {.request = request, .site = &site, .arena = ARENA_INIT};
    if (!command_load_site(&site, &err))
        return act_answer(&command_lesson, request->json, NULL, &err);
    request->actor = act_actor();
    bool good = act(request, lab, &work, &err);
    if (good && !request->json)
        print_text(&work);
    int status = act_answer(&command_lesson, request->json, good ? document(&work) : NULL, &err);
    PQfinish(work.conn);
    arena_release(&work.arena);
    free(request->actor);
    free(request->lab);
    site_release(&site);
    return status;
}

/* A duration of an option; false after a usage error. */
static bool parse_span(const char *option, const char *text, int64_t *ret_s, int *ret_status)
{
    double seconds = 0;
    *ret_s = 0;
    if (text == NULL)
        return true;
    if (yaml_seconds(text, &seconds) && seconds >= 1 && seconds <= LENGTH_MAX_S) {
        *ret_s = (int64_t)seconds;
        return true;
    }
    *ret_status = command_usage(&command_lesson,
                                "option \"--%s\" takes a duration with its unit, as 90min or 2h; "
                                "not \"%s\"",
                                option, text);
    return false;
}

static int run(int argc, char **argv)
{
    struct lesson_request request = {0};
    const char *length = NULL, *in = NULL;
    const struct option_spec options[] = {
        {"length", OPTION_STRING, &length, "TIME", "start: how long it takes (90min); else open"},
        {"close-logins", OPTION_FLAG, &request.close_logins, NULL,
         "start, end: close the logins at its end"},
        {"in", OPTION_STRING, &in, "TIME", "end: warn the class so long before"},
        {"no-wait", OPTION_FLAG, &request.no_wait, NULL,
         "end: do not wait for the results (nor close the logins)"},
        {"lesson", OPTION_INT, &request.number, "N", "status: not of the last one"},
        {"yes", OPTION_FLAG, &request.yes, NULL, "do not ask"},
        {"json", OPTION_FLAG, &request.json, NULL, "print as JSON"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_lesson, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc < 1 || argc > 2 || find_verb(argv[argc - 1]) < 0)
        return command_usage(&command_lesson, "it takes a lab and what to do");
    request.verb = argv[argc - 1];
    if ((length != NULL && strcmp(request.verb, "start") != 0) ||
        ((in != NULL || request.no_wait) && strcmp(request.verb, "end") != 0) ||
        (request.number != 0 && strcmp(request.verb, "status") != 0))
        return command_usage(&command_lesson, "that option is not for \"%s\"", request.verb);
    if (!parse_span("length", length, &request.length_s, &status) ||
        !parse_span("in", in, &request.in_s, &status))
        return status;
    return carry_out(&request, argc == 2 ? argv[0] : NULL);
}

const struct command command_lesson = {
    .name = "lesson",
    .arguments = "[LAB] start|pause|resume|end|status",
    .summary = "start, pause and end a lesson",
    .help =
        "start   the clock runs; logins that an earlier lesson closed are open again\n"
        "pause   it stands still: nobody gets idle, late or stuck by it\n"
        "resume  it goes on; an end that was announced is taken back\n"
        "end     the class is told (with --in so long before), logins are closed if that was "
        "wanted\n"
        "        (their sessions end), lecternd measures everybody once more and writes the\n"
        "        results.  Killed anywhere, another \"end\" completes it; an announced end comes\n"
        "        also when nobody waits for it.\n"
        "status  the clock and extra times\n"
        "Nothing ends by itself: past its length a lesson is in overtime.  lecternd measures with\n"
        "and without a lesson.  Closed logins open with the next lesson, by \"apply\", and one by "
        "one\n"
        "by \"lectern student LAB LOGIN unlock\"; \"extra-time MIN\" there gives one student more\n"
        "time.  \"lectern export\" writes the results.",
    .run = run,
};
