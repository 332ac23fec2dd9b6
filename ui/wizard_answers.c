/*
 * What the commands that run beside the console say, read into the wizard's state.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "ui/wizard.h"
#include "ui/wizard_inside.h"

enum { OUTPUT_MAX = 16 << 20, ERRORS_MAX = 200, TARGETS_MAX = 50, STATUS_DIFFERENT = 3 };

/* -- targets ----------------------------------------------------------------------------------- */

static struct wizard_target *find_target(struct wizard *wizard, const char *name)
{
    for (size_t i = 0; i < wizard->n_targets; i++)
        if (strcmp(wizard->targets[i].name, name) == 0)
            return &wizard->targets[i];
    if (wizard->n_targets == TARGETS_MAX)
        return &wizard->targets[TARGETS_MAX - 1];
    wizard->targets = mem_grow(wizard->targets, wizard->n_targets, &wizard->targets_capacity,
                               sizeof *wizard->targets);
    struct wizard_target *target = &wizard->targets[wizard->n_targets++];
    if (strcmp(name, "groundwork") == 0) { /* the plan does not have it, and it comes first */
        memmove(wizard->targets + 1, wizard->targets, (wizard->n_targets - 1) * sizeof *target);
        target = wizard->targets;
    }
    *target = (struct wizard_target){.name = mem_strdup(name)};
    return target;
}

void wizard_clear_targets(struct wizard *wizard, bool all)
{
    for (size_t i = 0; i < wizard->n_targets; i++) {
        struct wizard_target *target = &wizard->targets[i];
        target->done = target->total = target->changed = target->errors = 0;
        target->begun = target->finished = false;
        if (!all)
            continue;
        free(target->name);
        free(target->actions);
    }
    if (all)
        wizard->n_targets = 0;
    for (size_t i = 0; i < wizard->n_errors; i++)
        free(wizard->errors[i]);
    free(wizard->errors);
    wizard->errors = NULL;
    wizard->n_errors = wizard->errors_capacity = 0;
}

/* -- JSON -------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static size_t size_of(const json_t *object, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(object, key));
    return number > 0 ? (size_t)number : 0;
}

/* The document in what a command printed, past what it may have said before. */
static json_t *document_of(const struct strbuf *output)
{
    const char *start = strchr(output->text, '{');
    return start != NULL ? json_loads(start, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
}

static void add_line(struct strbuf *out, const char *line, size_t len)
{
    if (out->len > 0)
        strbuf_add_char(out, '\n');
    strbuf_add(out, line, len);
}

/* What a command reported: "lectern NAME: message", then indented details and hints. */
static void read_errors(struct wizard_try *try, const char *errors)
{
    for (size_t len; *errors != '\0'; errors += len + (errors[len] == '\n')) {
        len = strcspn(errors, "\n");
        const char *line = errors + strspn(errors, " ");
        size_t rest = len - (size_t)(line - errors);
        if (rest == 0 || rest > len)
            continue;
        if (strncmp(line, "hint: ", 6) == 0)
            add_line(&try->hint, line + 6, rest - 6);
        else if (strncmp(line, "detail: ", 8) == 0)
            add_line(&try->message, line + 8, rest - 8);
        else if (strncmp(line, "lectern: ", 9) == 0) {
            size_t skip = 9 + strspn(line + 9, "abcdefghijklmnopqrstuvwxyz");
            skip = strncmp(line + skip, ": ", 2) == 0 ? skip + 2 : 9;
            add_line(&try->message, line + skip, rest - skip);
        } else
            add_line(&try->message, line, rest);
    }
}

static void add_text(struct strbuf *out, const char *text)
{
    if (*text != '\0')
        add_line(out, text, strlen(text));
}

/* A failure in the words of --json, else in those of the terminal. */
static void fail(struct wizard *wizard, enum draft_page page, const json_t *document,
                 const char *errors)
{
    struct wizard_try *try = &wizard->tries[page];
    const json_t *fault = json_object_get(document, "error");
    if (wizard->cancelled)
        wizard_say(try, "broken off", NULL);
    else if (fault != NULL) {
        add_text(&try->message, text_of(fault, "message"));
        add_text(&try->message, text_of(fault, "detail"));
        add_text(&try->hint, text_of(fault, "hint"));
    } else
        read_errors(try, errors);
    if (try->message.len == 0)
        wizard_say(try, "it ended without saying why", "\"lectern doctor\" looks for the reason.");
    wizard_end_try(wizard, page, false);
}

/* -- servers ----------------------------------------------------------------------------------- */

/* {"servers":[{"name":"PostgreSQL","ok":true,"text":"...","hint":null}]} of `servers`, or
 * {"findings":[{"check":"engine","wrong":false,"text":"...","mend":null}]} of `doctor`: all that is
 * well, or what is not. */
static void read_servers(struct wizard_try *try, const json_t *servers, bool fine)
{
    for (size_t i = 0; i < json_array_size(servers); i++) {
        const json_t *server = json_array_get(servers, i);
        bool ok = json_is_true(json_object_get(server, "ok")) ||
                  json_is_false(json_object_get(server, "wrong"));
        CLEANUP(mem_free_string)
        char *line = mem_printf("%s%s: %s", text_of(server, "name"), text_of(server, "check"),
                                text_of(server, "text"));
        CLEANUP(mem_free_string)
        char *hint = mem_printf("%s%s", text_of(server, "hint"), text_of(server, "mend"));
        if (fine || !ok)
            wizard_say(try, line, *hint != '\0' ? hint : NULL);
    }
}

static void end_servers(struct wizard *wizard, const json_t *document, int status,
                        const char *errors)
{
    struct wizard_try *try = &wizard->tries[PAGE_SERVERS];
    const json_t *servers = json_object_get(document, "servers");
    if (servers == NULL)
        servers = json_object_get(document, "findings");
    read_servers(try, servers, status == 0);
    if (status != 0) {
        fail(wizard, PAGE_SERVERS, document, servers != NULL ? "" : errors);
        return;
    }
    if (servers == NULL)
        wizard_say(try, "the servers run, on this machine only", NULL);
    wizard_end_try(wizard, PAGE_SERVERS, true);
    wizard->ops.servers(draft_is(&wizard->draft, DRAFT_SERVERS, "containers")
                            ? draft_get(&wizard->draft, DRAFT_COMPOSE)
                            : NULL,
                        wizard->ops.data);
}

/* -- example ----------------------------------------------------------------------------------- */

static void add_count(struct strbuf *out, const json_t *objects, const char *kind,
                      const char *words)
{
    size_t n = size_of(objects, kind);
    if (n > 0)
        strbuf_printf(out, "%s%zu %s%s", out->len > 0 ? ", " : "", n, words, n == 1 ? "" : "s");
}

static void read_steps(struct wizard *wizard, const json_t *steps)
{
    CLEANUP(mem_free_string)
    char *example = draft_example(&wizard->draft);
    draft_begin_steps(&wizard->draft, example);
    for (size_t i = 0; i < json_array_size(steps); i++) {
        const json_t *step = json_array_get(steps, i);
        double weight = json_number_value(json_object_get(step, "weight"));
        if (size_of(step, "checks") > 0 && *text_of(step, "name") != '\0')
            draft_add_step(&wizard->draft, text_of(step, "name"), text_of(step, "title"),
                           text_of(step, "hint"), weight > 0 ? weight : 1, size_of(step, "checks"));
    }
    draft_end_steps(&wizard->draft);
    wizard_forget(wizard, PAGE_RULES);
    wizard_keep(wizard);
}

static void end_example(struct wizard *wizard, const json_t *document, int status,
                        const char *errors)
{
    struct wizard_try *try = &wizard->tries[PAGE_EXAMPLE];
    const json_t *objects = json_object_get(document, "objects");
    const json_t *seconds = json_object_get(document, "seconds");
    const json_t *notes = json_object_get(document, "notes");
    if (status != 0 || objects == NULL) {
        fail(wizard, PAGE_EXAMPLE, document, errors);
        return;
    }
    CLEANUP(strbuf_release)
    struct strbuf counts = STRBUF_INIT;
    add_count(&counts, objects, "table", "table");
    add_count(&counts, objects, "view", "view");
    add_count(&counts, objects, "function", "function");
    add_count(&counts, objects, "trigger", "trigger");
    strbuf_printf(&counts, "%s%zu rows", counts.len > 0 ? ", " : "", size_of(document, "rows"));
    CLEANUP(mem_free_string)
    char *line = mem_printf("loaded in %.1f s as an unprivileged role, read in %.1f s",
                            json_number_value(json_object_get(seconds, "load")),
                            json_number_value(json_object_get(seconds, "read")));
    wizard_say(try, line, NULL);
    wizard_say(try, counts.text, NULL);
    read_steps(wizard, json_object_get(document, "steps"));
    size_t checks = 0;
    for (size_t i = 0; i < wizard->draft.n_steps; i++)
        checks += wizard->draft.steps[i].checks;
    CLEANUP(mem_free_string)
    char *steps =
        mem_printf("%zu steps with %zu checks follow from it", wizard->draft.n_steps, checks);
    wizard_say(try, steps, NULL);
    for (size_t i = 0; i < json_array_size(notes) && i < 3; i++) {
        const json_t *note = json_array_get(notes, i);
        CLEANUP(mem_free_string)
        char *words = mem_printf("line %zu was passed over: %s", size_of(note, "line"),
                                 text_of(note, "message"));
        wizard_say(try, NULL, words);
    }
    if (wizard->draft.n_steps == 0) {
        wizard_say(try, NULL, "There is nothing in it that could be a task.");
        wizard_end_try(wizard, PAGE_EXAMPLE, false);
        return;
    }
    wizard_end_try(wizard, PAGE_EXAMPLE, true);
}

/* -- the directory ----------------------------------------------------------------------------- */

static bool write_people(const struct wizard *wizard, const json_t *people, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = draft_people_path(&wizard->draft);
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    strbuf_add_string(&out, "login,name,email\r\n");
    for (size_t i = 0; i < json_array_size(people); i++) {
        const json_t *person = json_array_get(people, i);
        csv_add_field(&out, text_of(person, "login"));
        strbuf_add_char(&out, ',');
        csv_add_field(&out, text_of(person, "name"));
        strbuf_add_char(&out, ',');
        csv_add_field(&out, text_of(person, "email"));
        strbuf_add_string(&out, "\r\n");
    }
    return file_write(path, out.text, out.len, 0600, err);
}

static void say_passed_over(struct wizard_try *try, const json_t *passed)
{
    enum { SHOWN = 2 };
    size_t n = json_array_size(passed);
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    for (size_t i = 0; i < n && i < SHOWN; i++) {
        const json_t *person = json_array_get(passed, i);
        strbuf_printf(&words, "%s\"%s\" is passed over: %s", i > 0 ? "; " : "",
                      text_of(person, "who"), text_of(person, "why"));
    }
    if (n > SHOWN)
        strbuf_printf(&words, "; and %zu more", n - SHOWN);
    if (n > 0)
        wizard_say(try, NULL, words.text);
}

static void end_students(struct wizard *wizard, const json_t *document, int status,
                         const char *errors)
{
    struct wizard_try *try = &wizard->tries[PAGE_STUDENTS];
    const json_t *people = json_object_get(document, "people");
    struct error err = ERROR_INIT;
    if (status != 0 || people == NULL) {
        fail(wizard, PAGE_STUDENTS, document, errors);
        return;
    }
    say_passed_over(try, json_object_get(document, "passed_over"));
    if (json_array_size(people) == 0) {
        wizard_say(try, "nobody is found there", "Look at the base and the filter.");
        wizard_end_try(wizard, PAGE_STUDENTS, false);
    } else if (write_people(wizard, people, &err))
        wizard_read_class(wizard);
    else
        wizard_fail_by(wizard, PAGE_STUDENTS, &err);
}

/* -- the plan ---------------------------------------------------------------------------------- */

/* "create alice, bob and 28 more"; one line per verb, joined by ";". */
static char *actions_of(const json_t *actions)
{
    enum { SHOWN = 3 };
    struct strbuf out = STRBUF_INIT;
    const char *verb = "";
    size_t of_verb = 0;
    for (size_t i = 0; i <= json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        if (strcmp(text_of(action, "action"), verb) != 0) {
            if (of_verb > SHOWN)
                strbuf_printf(&out, " and %zu more", of_verb - SHOWN);
            verb = text_of(action, "action");
            of_verb = 0;
            if (action != NULL)
                strbuf_printf(&out, "%s%s ", out.len > 0 ? "; " : "", verb);
        }
        if (action != NULL && of_verb++ < SHOWN)
            strbuf_printf(&out, "%s%s", of_verb > 1 ? ", " : "", text_of(action, "object"));
    }
    return strbuf_detach(&out);
}

static void end_review(struct wizard *wizard, const json_t *document, int status,
                       const char *errors)
{
    struct wizard_try *try = &wizard->tries[PAGE_REVIEW];
    const json_t *targets = json_object_get(document, "targets");
    const json_t *refused = json_object_get(document, "refused");
    if (targets == NULL || (status != 0 && status != STATUS_DIFFERENT && refused == NULL)) {
        fail(wizard, PAGE_REVIEW, document, errors);
        return;
    }
    wizard_clear_targets(wizard, true);
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *object = json_array_get(targets, i);
        struct wizard_target *target = find_target(wizard, text_of(object, "target"));
        target->wanted = size_of(object, "wanted");
        target->changes = size_of(object, "changes");
        free(target->actions);
        target->actions = actions_of(json_object_get(object, "actions"));
    }
    wizard->connections = (int)size_of(document, "connections_needed");
    for (size_t i = 0; i < json_array_size(refused); i++) {
        const json_t *object = json_array_get(refused, i);
        CLEANUP(mem_free_string)
        char *line = mem_printf("%s \"%s\" exists and was not made by lectern",
                                text_of(object, "kind"), text_of(object, "name"));
        wizard_say(try, line,
                   i == 0 ? "Call those students otherwise, or drop what is there." : NULL);
    }
    const json_t *notes = json_object_get(document, "notes");
    for (size_t i = 0; i < json_array_size(notes); i++)
        wizard_say(try, text_of(json_array_get(notes, i), "text"), NULL);
    if (json_array_size(refused) == 0) {
        CLEANUP(mem_free_string)
        char *line = mem_printf("%s is written; %zu changes on the servers make it so",
                                path_base(wizard->draft.written), size_of(document, "changes"));
        wizard_say(try, line, NULL);
    }
    wizard_end_try(wizard, PAGE_REVIEW, json_array_size(refused) == 0);
}

/* -- apply ------------------------------------------------------------------------------------- */

static void add_error(struct wizard *wizard, const json_t *event)
{
    if (wizard->n_errors == ERRORS_MAX)
        return;
    wizard->errors = mem_grow(wizard->errors, wizard->n_errors, &wizard->errors_capacity,
                              sizeof *wizard->errors);
    wizard->errors[wizard->n_errors++] =
        mem_printf("%s %s%s%s", text_of(event, "target"), text_of(event, "object"),
                   *text_of(event, "object") != '\0' ? ": " : "", text_of(event, "text"));
}

static void take_event(struct wizard *wizard, const json_t *event)
{
    const char *kind = text_of(event, "event");
    struct wizard_try *try = &wizard->tries[PAGE_RUN];
    if (strcmp(kind, "note") == 0) {
        strbuf_reset(&try->last);
        strbuf_add_string(&try->last, text_of(event, "text"));
        return;
    }
    struct wizard_target *target = find_target(wizard, text_of(event, "target"));
    int64_t now_ms = clock_monotonic_ms();
    if (strcmp(kind, "error") == 0) {
        target->errors++;
        add_error(wizard, event);
        return;
    }
    if (!target->begun)
        target->started_ms = now_ms;
    target->begun = true;
    target->ended_ms = now_ms;
    target->total = size_of(event, "total");
    if (strcmp(kind, "start") == 0)
        return;
    target->done = strcmp(kind, "done") == 0 ? target->total : size_of(event, "done");
    target->changed = size_of(event, "changed");
    target->finished = strcmp(kind, "done") == 0;
}

static void end_run(struct wizard *wizard, int status, const char *errors)
{
    struct wizard_try *try = &wizard->tries[PAGE_RUN];
    if (status != 0) {
        fail(wizard, PAGE_RUN, NULL, errors);
        return;
    }
    wizard->done = true;
    wizard->draft.applying = false;
    wizard_keep(wizard);
    wizard_say(try, try->last.text, NULL);
    wizard_end_try(wizard, PAGE_RUN, true);
}

/* -- from the operations ----------------------------------------------------------------------- */

void wizard_job_line(struct wizard *wizard, int tag, const char *line)
{
    struct wizard_try *try = &wizard->tries[tag];
    json_t *event = tag == PAGE_RUN && *line == '{' ? json_loads(line, 0, NULL) : NULL;
    if (event != NULL)
        take_event(wizard, event);
    else if (try->output.len < OUTPUT_MAX)
        strbuf_printf(&try->output, "%s\n", line);
    if (event == NULL && *line != '\0') {
        strbuf_reset(&try->last);
        strbuf_add_string(&try->last, line);
    }
    json_decref(event);
    wizard->ops.changed(wizard->ops.data);
}

void wizard_job_end(struct wizard *wizard, int tag, int status, const char *errors)
{
    json_t *document = tag == PAGE_RUN ? NULL : document_of(&wizard->tries[tag].output);
    if (tag == PAGE_SERVERS)
        end_servers(wizard, document, status, errors);
    else if (tag == PAGE_EXAMPLE)
        end_example(wizard, document, status, errors);
    else if (tag == PAGE_STUDENTS)
        end_students(wizard, document, status, errors);
    else if (tag == PAGE_REVIEW)
        end_review(wizard, document, status, errors);
    else
        end_run(wizard, status, errors);
    json_decref(document);
    wizard->cancelled = wizard->cancelled && tag == PAGE_RUN;
    if ((enum draft_page)tag == wizard->draft.page)
        wizard_follow(wizard);
    wizard->ops.changed(wizard->ops.data);
}

void wizard_tick(struct wizard *wizard)
{
    wizard->ops.changed(wizard->ops.data);
}
