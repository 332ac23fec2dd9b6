/*
 * lectern rehearse: robots play the class of a provisioned lab.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/class.h"
#include "command/command.h"
#include "command/commands.h"
#include "control/connect.h"
#include "control/credentials.h"
#include "control/words.h"
#include "example/example.h"
#include "rehearse/rehearse.h"
#include "rehearse/source.h"

enum { CONNECT_MS = 5000, SHOWN_COLUMNS = 64 };

struct request {
    const char *argument;
    char *const *logins; /* only these students; none: everybody */
    int n_logins;
    double speed;
    int seed, for_s, minutes;
    const char *mix;   /* which profiles */
    const char *truth; /* the file; NULL: none */
    FILE *truth_file;
    const char *lab; /* its name, and how many robots */
    size_t n;
    bool json;
};

/* -- what happens ------------------------------------------------------------------------------ */

static void print_line(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(7));
    printf("%s\n", text);
    fflush(stdout);
    free(text);
    json_decref(line);
}

static void print_event_json(const struct robot_event *event)
{
    print_line(json_pack("{s:s, s:f, s:s, s:s, s:s, s:s, s:s}", "event",
                         robot_event_name(event->kind), "at", event->at_s, "login", event->login,
                         "profile", profile_name(event->profile), "move", move_name(event->move),
                         "step", event->step, "text", event->text));
}

static void print_event(const struct robot_event *event)
{
    CLEANUP(mem_free_string)
    char *text = str_disarm(event->text);
    CLEANUP(mem_free_string)
    char *step = str_disarm(event->step);
    text[str_fit(text, SHOWN_COLUMNS)] = '\0';
    printf("%7.1f s  %-12s %-8s %-8s %s%s%s\n", event->at_s, event->login,
           profile_name(event->profile), robot_event_name(event->kind), step,
           *step != '\0' && *text != '\0' ? ": " : "", text);
    fflush(stdout);
}

static void on_event(const struct robot_event *event, void *data)
{
    const struct request *request = data;
    if (request->json)
        print_event_json(event);
    else
        print_event(event);
}

/* -- the truth --------------------------------------------------------------------------------- */

static void print_seconds(FILE *file, double seconds)
{
    if (isnan(seconds))
        fputs("\t-", file);
    else
        fprintf(file, "\t%.1f", seconds);
}

/* A line, on disk before the robot goes on. */
static void on_truth(const struct robot_truth *truth, void *data)
{
    const struct request *request = data;
    FILE *file = request->truth_file;
    const struct robot_need *need = truth->need;
    if (file == NULL)
        return;
    fprintf(file, "%d\t%s\t%zu\t%s\t%s\t%zu\t%s", request->seed, request->lab, request->n,
            truth->login, profile_name(truth->profile), truth->number,
            need != NULL ? need_name(need->kind) : "-");
    print_seconds(file, need != NULL ? need->onset_s : (double)NAN);
    print_seconds(file, need != NULL ? need->visible_s : (double)NAN);
    print_seconds(file, need != NULL ? need->until_s : (double)NAN);
    fprintf(file, "\t%.3f\n", (double)clock_utc_us() / 1e6);
    fflush(file);
}

static bool open_truth(struct request *request, struct error *err)
{
    if (request->truth == NULL)
        return true;
    request->truth_file = fopen(request->truth, "we");
    if (request->truth_file == NULL)
        return error_set_errno(err, errno, "could not write file \"%s\"", request->truth);
    fputs("seed\tlab\tsize\tstudent\tprofile\tnumber\tkind\tonset\tvisible\tuntil\twritten\n",
          request->truth_file);
    return true;
}

static void note_start(const struct request *request, double lesson_s)
{
    if (request->truth_file == NULL)
        return;
    fprintf(request->truth_file, "# start %.3f speed %g lesson %g\n", (double)clock_utc_us() / 1e6,
            request->speed, lesson_s);
    fflush(request->truth_file);
}

static void print_begin(const struct request *request, const char *lab, size_t students,
                        const struct robot_source *source)
{
    if (request->json) {
        print_line(json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:i}", "event", "begin", "lab", lab,
                             "students", (int)students, "statements", (int)source->split.count,
                             "left_out", (int)source->left_out, "speed", request->speed, "seed",
                             request->seed));
        return;
    }
    printf("lab %s: %zu students, %zu statements, speed %g, seed %d\n", lab, students,
           source->split.count, request->speed, request->seed);
    if (source->left_out > 0) {
        CLEANUP(mem_free_string)
        char *fault = str_disarm(source->first_fault != NULL ? source->first_fault : "");
        printf("%zu statements of the example are left out, the first: %s\n", source->left_out,
               fault);
    }
    fflush(stdout);
}

static void print_end(const struct request *request, const struct rehearsal_sums *sums)
{
    if (request->json)
        print_line(json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "event", "end", "students",
                             (int)sums->robots, "came", (int)sums->came, "finished",
                             (int)sums->finished, "gave_up", (int)sums->gave_up, "statements",
                             (int)sums->statements, "errors", (int)sums->errors, "lost",
                             (int)sums->lost));
    else
        printf("%zu of %zu students came, %zu finished; %zu statements, %zu errors, %zu "
               "connections lost\n",
               sums->came, sums->robots, sums->finished, sums->statements, sums->errors,
               sums->lost);
}

/* -- the class --------------------------------------------------------------------------------- */

struct roster_class {
    struct arena arena;
    struct robot_spec *robots;
    size_t count;
    const char **steps; /* names, in the order of the task */
    size_t n_steps;
};

static bool read_steps(PGconn *conn, const char *lab, struct roster_class *class, struct error *err)
{
    const char *const params[] = {lab};
    PGresult *result;
    if (!pg_query_now(conn, words_steps_sql, 1, params, &result, err))
        return false;
    class->n_steps = (size_t)PQntuples(result);
    class->steps = arena_alloc_array(&class->arena, class->n_steps + 1, sizeof(*class->steps));
    for (size_t i = 0; i < class->n_steps; i++)
        class->steps[i] = arena_strdup(&class->arena, pg_value(result, (int)i, "name"));
    PQclear(result);
    return true;
}

static bool is_wanted(const struct request *request, const char *login)
{
    for (int i = 0; i < request->n_logins; i++)
        if (strcmp(request->logins[i], login) == 0)
            return true;
    return request->n_logins == 0;
}

static bool is_known(const struct roster_class *class, const char *login)
{
    for (size_t i = 0; i < class->count; i++)
        if (strcmp(class->robots[i].login, login) == 0)
            return true;
    return false;
}

/* A mistyped login is an error, not a smaller class. */
static bool check_logins(const struct request *request, const char *lab,
                         const struct roster_class *class, struct error *err)
{
    for (int i = 0; i < request->n_logins; i++)
        if (!is_known(class, request->logins[i]))
            return error_set(err, ERROR_NOT_FOUND, "the lab \"%s\" has no student \"%s\"", lab,
                             request->logins[i]);
    return true;
}

/* The roster's active students, each with the password that was handed out. */
static bool read_class(const struct request *request, const struct site *site, const char *lab,
                       struct roster_class *ret_class, struct error *err)
{
    struct pg_address address;
    struct credentials credentials = {.arena = ARENA_INIT};
    struct secret secret;
    PGconn *conn = NULL;
    if (!class_load_secret(site, lab,
                           "Robots log in with the initial passwords: \"lectern apply\" makes that "
                           "file, \"lectern handout --burn\" deletes it.",
                           &secret, err))
        return false;
    bool ok = connect_as_role(site, "lectern_console", CONTROL_DATABASE, &ret_class->arena,
                              &address, err) &&
              pg_connect_now(&address, CONNECT_MS, &conn, err) &&
              credentials_read(conn, lab, &credentials, err) &&
              read_steps(conn, lab, ret_class, err);
    PQfinish(conn);
    ret_class->robots =
        arena_alloc_array(&ret_class->arena, credentials.count + 1, sizeof(*ret_class->robots));
    for (size_t i = 0; ok && i < credentials.count; i++) {
        const struct credential *student = &credentials.items[i];
        if (!student->is_active || !is_wanted(request, student->login))
            continue;
        struct robot_spec *robot = &ret_class->robots[ret_class->count++];
        char password[SECRET_PASSWORD_SIZE];
        secret_student_password(&secret, student->login, student->generation, password);
        robot->login = arena_strdup(&ret_class->arena, student->login);
        connect_as_student(site, student->login, password, &ret_class->arena, &robot->address);
        robot->address.application_name = "psql"; /* as it looks from a lab PC */
        explicit_bzero(password, sizeof(password));
    }
    secret_wipe(&secret);
    credentials_release(&credentials);
    return ok;
}

static bool read_example(const struct site *site, const char *lab, const struct roster_class *class,
                         struct robot_source *ret_source, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    char dbname[EXAMPLE_DATABASE_SIZE];
    struct pg_address admin, loader;
    example_database_name(lab, dbname);
    connect_as_admin(site, "postgres", &arena, &admin);
    return connect_as_role(site, EXAMPLE_LOADER, dbname, &arena, &loader, err) &&
           robot_source_read(&admin, &loader, class->steps, class->n_steps, ret_source, err);
}

static void on_stop(void *data)
{
    rehearsal_stop(data);
}

static void play(const struct request *request, const struct roster_class *class,
                 const struct robot_source *source, const enum profile *profiles)
{
    struct loop loop;
    loop_init(&loop);
    struct rehearsal_spec spec = {.robots = class->robots,
                                  .n_robots = class->count,
                                  .split = &source->split,
                                  .seed = (uint64_t)request->seed,
                                  .profiles = profiles,
                                  .lesson_s = request->minutes * 60.0,
                                  .speed = request->speed,
                                  .duration_ms = (int64_t)request->for_s * 1000,
                                  .on_event = on_event,
                                  .on_truth = on_truth,
                                  .data = (void *)(uintptr_t)request};
    struct rehearsal *rehearsal = rehearsal_start(&loop, &spec);
    note_start(request, spec.lesson_s);
    loop_on_stop(&loop, on_stop, rehearsal);
    loop_run(&loop);
    struct rehearsal_sums sums = rehearsal_sum(rehearsal);
    print_end(request, &sums);
    rehearsal_free(rehearsal);
    loop_release(&loop);
}

/* Deal the profiles and begin. */
static bool deal_and_play(struct request *request, const struct roster_class *class,
                          const struct robot_source *source, struct error *err)
{
    enum profile *profiles = mem_alloc_array(class->count + 1, sizeof(*profiles));
    bool ok = profiles_assign(request->mix, (uint64_t)request->seed, class->count, profiles, err) &&
              open_truth(request, err);
    if (ok) {
        print_begin(request, request->lab, class->count, source);
        play(request, class, source, profiles);
    }
    if (request->truth_file != NULL)
        fclose(request->truth_file);
    free(profiles);
    return ok;
}

static bool rehearse(struct request *request, struct error *err)
{
    struct site site;
    CLEANUP(mem_free_string)
    char *lab = NULL;
    struct roster_class class = {.arena = ARENA_INIT};
    struct robot_source source = {.left_out = 0};
    if (!command_load_site(&site, err))
        return false;
    bool ok = command_resolve_lab(&site, request->argument, &lab, err) &&
              read_class(request, &site, lab, &class, err) &&
              check_logins(request, lab, &class, err);
    if (ok && class.count == 0) {
        error_set(err, ERROR_NOT_FOUND, "the lab \"%s\" has no students", lab);
        ok = error_hint(err, "Put them into its roster and run \"lectern apply\".");
    }
    request->lab = lab;
    request->n = class.count;
    ok = ok && read_example(&site, lab, &class, &source, err) &&
         deal_and_play(request, &class, &source, err);
    robot_source_release(&source);
    arena_release(&class.arena);
    site_release(&site);
    return ok;
}

static int run(int argc, char **argv)
{
    struct request request = {.speed = 1, .seed = 1, .minutes = 60, .mix = "lively"};
    const struct option_spec options[] = {
        {"speed", OPTION_DOUBLE, &request.speed, "X",
         "X lesson seconds in one (1: an hour's lesson)"},
        {"seed", OPTION_INT, &request.seed, "N", "another class: who is who, and when (1)"},
        {"class", OPTION_STRING, &request.mix, "MIX",
         "\"lively\", \"measured\", or profiles in the order of the students (lively)"},
        {"minutes", OPTION_INT, &request.minutes, "N", "the lesson's length (60)"},
        {"truth", OPTION_STRING, &request.truth, "FILE",
         "write down each robot's needs before anybody can see them"},
        {"for", OPTION_INT, &request.for_s, "SECONDS",
         "end then; until then who is done stays connected"},
        {"json", OPTION_FLAG, &request.json, NULL, "print events as JSON lines"},
        {.name = NULL},
    };
    int status = options_parse(&command_rehearse, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (!(request.speed >= 0.1 && request.speed <= 10000))
        return command_usage(&command_rehearse, "--speed is between 0.1 and 10000");
    if (request.minutes < 5 || request.minutes > 600)
        return command_usage(&command_rehearse, "--minutes is between 5 and 600");
    if (request.for_s < 0)
        return command_usage(&command_rehearse, "--for is not negative");
    request.argument = argc > 0 ? argv[0] : NULL;
    request.logins = argv + 1;
    request.n_logins = argc > 1 ? argc - 1 : 0;
    struct error err = ERROR_INIT;
    return rehearse(&request, &err) ? EXIT_FINE : command_fail(&command_rehearse, &err);
}

const struct command command_rehearse = {
    .name = "rehearse",
    .arguments = "[LAB [LOGIN...]]",
    .summary = "robots play a class on a provisioned lab",
    .help =
        "Each student of the roster, or each that is named, becomes a robot: a real session over\n"
        "TLS with the student's password, which types the example's own statements at a person's\n"
        "pace.  Some are fast, some slow; one gets stuck, one mistypes a lot, one never comes, "
        "one\n"
        "drops a finished table, one raises a hand.  The same seed gives the same class.  A lost\n"
        "connection is made again.\n\n"
        "--class measured makes half of the class need somebody; a list of profiles (any of "
        "steady,\n"
        "fast, slow, thinker, typos, manual_commit, stuck, error_loop, no_semicolon, never, late,\n"
        "idle, open_transaction, blocker, dropper, wrong_types, no_keys, double_rows, paster, "
        "leaver,\n"
        "hand, wrong_password, left_behind) is dealt in the roster's order.  At more than the "
        "speed\n"
        "of people the lab's limits hold when the lab file says the same speed under limits.\n\n"
        "--truth writes each robot's need before anybody can see it; lectern-robots(7) has the "
        "lines\n"
        "and, for each profile, its need and from when it can be known.\n\n"
        "Ends when everybody is done, after --for, or at Ctrl-C.  What robots built stays in the\n"
        "students' databases: before the lesson, destroy the lab and apply it again.",
    .run = run,
};
