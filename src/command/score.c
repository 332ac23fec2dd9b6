/*
 * lectern score: what databases and dumps are worth against an example, without a lesson.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "command/checks.h"
#include "command/commands.h"
#include "command/workshop.h"
#include "example/examine.h"
#include "io/pg_uri.h"

enum { DEPTH_MAX = 4, TARGETS_MAX = 100000, LOAD_TIMEOUT_S = 300 };

struct target {
    const char *path; /* or the URI */
    const char *shown;
    bool is_uri;
};

struct targets {
    struct arena arena;
    struct target *items;
    size_t count, capacity;
    json_t *left_out; /* files of folders that are no dumps */
};

struct request {
    const char *example, *lab, *server;
    bool json, csv, trust;
    int timeout_s;
    char **arguments;
    size_t n_arguments;
};

/* One target's outcome. */
struct outcome {
    const struct target *target;
    struct examination examination; /* empty when there is an error */
    struct load_report load;
    struct error err;
};

/* -- which targets ----------------------------------------------------------------------------- */

static void add_target(struct targets *targets, const char *path, bool is_uri)
{
    CLEANUP(mem_free_string)
    char *shown = is_uri ? pg_uri_shown(path) : mem_strdup(path);
    targets->items =
        mem_grow(targets->items, targets->count, &targets->capacity, sizeof *targets->items);
    targets->items[targets->count++] = (struct target){
        arena_strdup(&targets->arena, path), arena_strdup(&targets->arena, shown), is_uri};
}

static bool looks_like_dump(const char *name)
{
    static const char *const endings[] = {".sql", ".dump",   ".backup", ".tar", ".psql",
                                          ".ddl", ".pgdump", ".custom", ".bak"};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof endings / sizeof *endings; i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

static int skip_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool add_folder(struct targets *targets, const char *path, int depth, struct error *err);

/* A file of a folder, or a folder in it. */
static bool add_entry(struct targets *targets, const char *path, int depth, struct error *err)
{
    struct stat info;
    if (targets->count >= TARGETS_MAX)
        return error_set(err, ERROR_INPUT, "more than %d dumps", TARGETS_MAX);
    if (stat(path, &info) != 0)
        return error_set_errno(err, errno, "could not look at \"%s\"", path);
    if (S_ISDIR(info.st_mode))
        return add_folder(targets, path, depth + 1, err);
    if (S_ISREG(info.st_mode) && looks_like_dump(path))
        add_target(targets, path, false);
    else
        json_array_append_new(targets->left_out, checks_json_text(path));
    return true;
}

/* A folder is an archive that pg_dump wrote, or holds homework. */
static bool add_folder(struct targets *targets, const char *path, int depth, struct error *err)
{
    CLEANUP(mem_free_string)
    char *contents = path_join(path, "toc.dat");
    if (file_exists(contents)) {
        add_target(targets, path, false);
        return true;
    }
    if (depth > DEPTH_MAX)
        return error_set(err, ERROR_INPUT, "\"%s\": folders in too many folders", path);
    CLEANUP(mem_free_string)
    char *folder = mem_strdup(path);
    for (size_t len = strlen(folder); len > 1 && folder[len - 1] == '/'; len--)
        folder[len - 1] = '\0';
    struct dirent **entries = NULL;
    int n = scandir(folder, &entries, skip_hidden, alphasort);
    if (n < 0)
        return error_set_errno(err, errno, "could not read the folder \"%s\"", path);
    bool ok = true;
    for (int i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *entry = path_join(folder, entries[i]->d_name);
        ok = ok && add_entry(targets, entry, depth, err);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool add_argument(struct targets *targets, const char *argument, struct error *err)
{
    struct stat info;
    if (lab_example_is_uri(argument)) {
        add_target(targets, argument, true);
        return true;
    }
    if (stat(argument, &info) == 0 && S_ISDIR(info.st_mode))
        return add_folder(targets, argument, 0, err);
    add_target(targets, argument, false); /* one that is missing is that target's error */
    return true;
}

static bool find_targets(const struct request *request, struct targets *ret_targets,
                         struct error *err)
{
    struct targets targets = {.arena = ARENA_INIT, .left_out = json_array()};
    bool ok = true;
    for (size_t i = 0; ok && i < request->n_arguments; i++)
        ok = add_argument(&targets, request->arguments[i], err);
    if (ok && targets.count == 0) {
        error_set(err, ERROR_NOT_FOUND, "there are no dumps in \"%s\"", request->arguments[0]);
        ok = error_hint(err, "Of a folder the files are taken that end in .sql, .dump, .backup or "
                             ".tar; name others one by one.");
    }
    *ret_targets = targets;
    return ok;
}

static void targets_release(struct targets *targets)
{
    json_decref(targets->left_out);
    free(targets->items);
    arena_release(&targets->arena);
}

/* -- grading ----------------------------------------------------------------------------------- */

static bool grade_live(const struct target *target, const struct check_set *checks, bool trust,
                       struct outcome *outcome)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address address;
    return pg_uri_parse(target->path, &arena, &address, &outcome->err) &&
           examine_database(&address, checks, trust, &outcome->examination, &outcome->err);
}

static void grade(struct workshop *shop, const struct request *request, const struct target *target,
                  const struct check_set *checks, struct outcome *ret_outcome)
{
    *ret_outcome =
        (struct outcome){.target = target, .load = {.arena = ARENA_INIT}, .err = ERROR_INIT};
    if (target->is_uri) {
        grade_live(target, checks, request->trust, ret_outcome);
        return;
    }
    struct scratch scratch;
    if (!workshop_load(shop, target->path, false, (int64_t)request->timeout_s * 1000, &scratch,
                       &ret_outcome->load, &ret_outcome->err))
        return;
    examine_database(&scratch.login, checks, true, &ret_outcome->examination, &ret_outcome->err);
    workshop_drop(shop, &scratch);
}

static void outcome_release(struct outcome *outcome, size_t n_checks)
{
    examination_release(&outcome->examination, n_checks);
    load_report_release(&outcome->load);
    error_clear(&outcome->err);
}

static size_t count_unknown(const struct outcome *outcome, size_t n_checks)
{
    size_t unknown = 0;
    for (size_t i = 0; i < n_checks; i++)
        unknown += isnan(outcome->examination.scores[i].value) ? 1 : 0;
    return unknown;
}

/* The exit status of one target. */
static int judge(const struct outcome *outcome, const struct check_set *checks)
{
    if (error_is_set(&outcome->err) || count_unknown(outcome, checks->n_checks) > 0)
        return EXIT_FAILED;
    for (size_t i = 0; i < checks->n_checks; i++)
        if (checks->checks[i].weight > 0 && outcome->examination.scores[i].value < 1)
            return EXIT_DIFFERENT;
    return EXIT_FINE;
}

static int worse(int a, int b)
{
    return a == EXIT_FAILED || b == EXIT_FAILED ? EXIT_FAILED : a > b ? a : b;
}

/* -- JSON -------------------------------------------------------------------------------------- */

static json_t *number(double value)
{
    return isnan(value) ? json_null() : json_real(value);
}

static json_t *steps_json(const struct outcome *outcome, const struct check_set *set)
{
    json_t *steps = json_array();
    for (size_t i = 0; i < set->n_steps; i++) {
        json_t *step = checks_json_step(&set->steps[i]);
        json_object_set_new(step, "score", number(outcome->examination.steps[i]));
        json_array_append_new(steps, step);
    }
    return steps;
}

static json_t *scores_json(const struct outcome *outcome, const struct check_set *set)
{
    json_t *checks = json_array();
    for (size_t i = 0; i < set->n_checks; i++) {
        const struct score *score = &outcome->examination.scores[i];
        json_t *check = checks_json(set, &set->checks[i]);
        json_object_set_new(check, "score", number(score->value));
        json_object_set_new(check, "verdict",
                            score->verdict != NULL ? checks_json_text(score->verdict)
                                                   : json_string(""));
        json_array_append_new(checks, check);
    }
    return checks;
}

static json_t *outcome_json(const struct outcome *outcome, const struct check_set *set)
{
    bool failed = error_is_set(&outcome->err);
    json_t *json =
        json_pack("{s:o,s:o}", "target", checks_json_text(outcome->target->shown), "progress",
                  failed ? json_null() : number(outcome->examination.progress));
    if (failed) {
        json_object_set_new(json, "error", checks_json_error(&outcome->err));
        json_object_set_new(json, "steps", json_array());
        json_object_set_new(json, "checks", json_array());
    } else {
        json_object_set_new(json, "steps", steps_json(outcome, set));
        json_object_set_new(json, "checks", scores_json(outcome, set));
        json_object_set_new(json, "ms", json_real(outcome->examination.ms));
        json_object_set_new(json, "privileged", json_boolean(outcome->examination.privileged));
    }
    json_object_set_new(json, "notes", checks_json_notes(&outcome->load));
    return json;
}

/* -- CSV --------------------------------------------------------------------------------------- */

static void csv_field(const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    csv_add_field(&out, text);
    fputs(out.text, stdout);
}

static void csv_number(double value)
{
    if (isnan(value))
        putchar(',');
    else
        printf(",%.4f", value);
}

static void csv_head(const struct check_set *set)
{
    fputs("target,progress", stdout);
    for (size_t i = 0; i < set->n_steps; i++) {
        putchar(',');
        csv_field(set->steps[i].name);
    }
    fputs(",problem\r\n", stdout);
}

static void csv_line(const struct outcome *outcome, const struct check_set *set)
{
    bool failed = error_is_set(&outcome->err);
    csv_field(outcome->target->shown);
    csv_number(failed ? (double)NAN : outcome->examination.progress);
    for (size_t i = 0; i < set->n_steps; i++)
        csv_number(failed ? (double)NAN : outcome->examination.steps[i]);
    putchar(',');
    csv_field(failed ? outcome->err.message : "");
    fputs("\r\n", stdout);
}

/* -- text -------------------------------------------------------------------------------------- */

static void print_fault(const struct check *check, const struct score *score)
{
    CLEANUP(mem_free_string)
    char *title = str_disarm(check->title);
    CLEANUP(mem_free_string)
    char *verdict = str_disarm(score->verdict != NULL ? score->verdict : "");
    if (isnan(score->value))
        printf("       ?  %s%s%s\n", title, *verdict != '\0' ? ": " : "", verdict);
    else
        printf("  %4.0f %%  %s%s%s\n", floor(score->value * 100), title,
               *verdict != '\0' ? ": " : "", verdict);
}

static void print_faults(const struct examination *examination, const struct check_set *set)
{
    const char *said = "";
    size_t repeated = 0;
    for (size_t i = 0; i < set->n_checks; i++) {
        const struct score *score = &examination->scores[i];
        const char *verdict = score->verdict != NULL ? score->verdict : "";
        if (score->value >= 1)
            continue;
        if (score_verdict_repeats(said, verdict)) {
            repeated++;
            continue;
        }
        print_fault(&set->checks[i], score);
        said = verdict;
    }
    if (repeated > 0)
        printf("          and %zu more checks of what is missing\n", repeated);
}

static void text_outcome(const struct outcome *outcome, const struct check_set *set)
{
    CLEANUP(mem_free_string)
    char *shown = str_disarm(outcome->target->shown);
    if (error_is_set(&outcome->err)) {
        CLEANUP(mem_free_string)
        char *message = str_disarm(outcome->err.message);
        printf("%s: not graded: %s\n", shown, message);
        return;
    }
    const struct examination *examination = &outcome->examination;
    if (isnan(examination->progress))
        printf("%s: unknown\n", shown);
    else
        printf("%s: %.2f %%\n", shown, floor(examination->progress * 10000) / 100);
    print_faults(examination, set);
    if (examination->privileged && count_unknown(outcome, set->n_checks) > 0)
        printf("          (its login has a superuser's or pg_* rights: what students wrote is "
               "not run; --trust-target runs it)\n");
    for (size_t i = 0; i < outcome->load.n_failures; i++) {
        CLEANUP(mem_free_string)
        char *message = str_disarm(outcome->load.failures[i].message);
        printf("          line %d was left out: %s\n", outcome->load.failures[i].line, message);
    }
}

/* -- the command ------------------------------------------------------------------------------- */

static int grade_all(struct workshop *shop, const struct request *request,
                     const struct targets *targets, const struct check_set *set)
{
    int status = EXIT_FINE;
    json_t *list = json_array();
    if (request->csv)
        csv_head(set);
    for (size_t i = 0; i < targets->count; i++) {
        struct outcome outcome;
        grade(shop, request, &targets->items[i], set, &outcome);
        status = worse(status, judge(&outcome, set));
        if (request->json)
            json_array_append_new(list, outcome_json(&outcome, set));
        else if (request->csv)
            csv_line(&outcome, set);
        else
            text_outcome(&outcome, set);
        outcome_release(&outcome, set->n_checks);
        fflush(stdout); /* a class takes a while */
    }
    if (request->json)
        command_print_json(json_pack("{s:o,s:O}", "targets", list, "left_out", targets->left_out));
    else
        json_decref(list);
    for (size_t i = 0; !request->json && i < json_array_size(targets->left_out); i++) {
        CLEANUP(mem_free_string)
        char *name = str_disarm(json_string_value(json_array_get(targets->left_out, i)));
        fprintf(stderr, "lectern score: \"%s\" is no dump and was left out\n", name);
    }
    return status;
}

static int work(struct workshop *shop, void *data)
{
    const struct request *request = data;
    struct error err = ERROR_INIT;
    struct lab lab;
    struct targets targets;
    struct workshop_example example;
    if (!workshop_lab(request->lab, request->example, &lab, &err))
        return checks_fail(&command_score, request->json, &err);
    bool ok = find_targets(request, &targets, &err) && workshop_example(shop, &lab, &example, &err);
    int status = EXIT_FAILED;
    if (ok) {
        status = grade_all(shop, request, &targets, &example.checks);
        workshop_example_release(&example);
    }
    targets_release(&targets);
    lab_release(&lab);
    return ok ? status : checks_fail(&command_score, request->json, &err);
}

static int run(int argc, char **argv)
{
    struct request request = {.timeout_s = LOAD_TIMEOUT_S};
    const struct option_spec options[] = {
        {"lab", OPTION_STRING, &request.lab, "LAB", "compare as this lab's file says"},
        {"json", OPTION_FLAG, &request.json, NULL, "print JSON; an error, too"},
        {"csv", OPTION_FLAG, &request.csv, NULL, "print a line per target, a column per step"},
        {"server", OPTION_STRING, &request.server, "URI",
         "load dumps there; the login may make roles and databases"},
        {"trust-target", OPTION_FLAG, &request.trust, NULL,
         "run the students' code also where the login has many rights"},
        {"timeout", OPTION_INT, &request.timeout_s, "SECONDS", "for loading one dump; default 300"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int status = options_parse(&command_score, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    if (argc < 2)
        return command_usage(&command_score,
                             argc == 0 ? "the example is missing" : "the targets are missing");
    if (request.json && request.csv)
        return command_usage(&command_score, "--json and --csv do not go together");
    if (request.timeout_s < 1)
        return command_usage(&command_score, "--timeout must be at least 1");
    request.example = argv[0];
    request.arguments = argv + 1;
    request.n_arguments = (size_t)argc - 1;
    struct error err = ERROR_INIT;
    if (!workshop_run(request.server, work, &request, &status, &err))
        return checks_fail(&command_score, request.json, &err);
    return status;
}

const struct command command_score = {
    .name = "score",
    .arguments = "EXAMPLE TARGET...",
    .summary = "grade databases and dumps against an example, without a lesson",
    .help =
        "EXAMPLE and each TARGET are a dump (SQL or a pg_dump archive) or a postgresql:// URI; a\n"
        "folder stands for the dumps in it. Dumps are loaded by a role without rights into "
        "scratch\n"
        "databases of the running servers, or of a PostgreSQL that is thrown away afterwards;\n"
        "nothing stays. With --lab the lab file says what is compared.\n\n"
        "A URI whose login is a superuser or holds pg_* roles would lend its rights to what the\n"
        "student wrote: views, functions and extra checks are then unknown. Give a login with no\n"
        "more rights than the student's, or say --trust-target.\n\n"
        "Exit status 0: full score everywhere; 3: something is below; 1: something could not be\n"
        "read or is unknown.",
    .run = run,
};
