/*
 * The wizard's turns: what was typed is kept, tried, and led on from page to page.
 */
#include "ui/wizard.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "ui/wizard_inside.h"

enum { DRAFT_MAX = 4 << 20, OUTPUT_MAX = 16 << 20, ARGUMENTS = 28 };

/* -- the draft file ---------------------------------------------------------------------------- */

static char *draft_file(const struct wizard *wizard)
{
    return path_join(wizard->ops.state, "wizard.json");
}

static void load(struct wizard *wizard)
{
    CLEANUP(mem_free_string)
    char *path = draft_file(wizard);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    struct stat info;
    if (stat(path, &info) != 0)
        return;
    if (!S_ISREG(info.st_mode) || !file_read(path, DRAFT_MAX, &text, &err) ||
        !draft_parse(&wizard->draft, text.text, text.len, &err))
        strbuf_printf(&wizard->save_fault, "what was typed earlier cannot be read (%s): %s", path,
                      err.message != NULL ? err.message : "not a file");
    error_clear(&err);
}

static char *secret_file(const struct wizard *wizard, enum draft_value value)
{
    return mem_printf("%s/secrets/%s", wizard->ops.state, draft_specs[value].file);
}

/* Passwords are not of the draft file, and the commands that take them read their files. */
static void load_secrets(struct wizard *wizard)
{
    for (int v = 0; v < DRAFT_VALUES; v++) {
        if (draft_specs[v].kind != DRAFT_SECRET)
            continue;
        CLEANUP(mem_free_string)
        char *path = secret_file(wizard, (enum draft_value)v);
        CLEANUP(secret_free_line)
        char *line = NULL;
        struct error unread = ERROR_INIT;
        if (secret_load_line(path, &line, &unread) && utf8_valid(line, strlen(line)))
            draft_set(&wizard->draft, (enum draft_value)v, line);
        error_clear(&unread);
    }
}

static void keep_secret(struct wizard *wizard, enum draft_value value)
{
    CLEANUP(mem_free_string)
    char *path = secret_file(wizard, value), *directory = path_directory(path);
    CLEANUP(secret_free_line)
    char *line = mem_printf("%s\n", draft_get(&wizard->draft, value));
    struct error err = ERROR_INIT;
    if (line[0] == '\n')
        unlink(path);
    else if (!file_make_directories(directory, 0700, &err) ||
             !file_write(path, line, strlen(line), 0600, &err))
        strbuf_printf(&wizard->save_fault, "what is typed is not kept: %s", err.message);
    error_clear(&err);
}

void wizard_keep(struct wizard *wizard)
{
    CLEANUP(mem_free_string)
    char *path = draft_file(wizard);
    CLEANUP(mem_free_string)
    char *text = draft_print(&wizard->draft);
    struct error err = ERROR_INIT;
    strbuf_reset(&wizard->save_fault);
    if (!file_make_directories(wizard->ops.state, 0755, &err) ||
        !file_write(path, text, strlen(text), 0600, &err))
        strbuf_printf(&wizard->save_fault, "what is typed is not kept: %s", err.message);
    error_clear(&err);
}

/* -- tries ------------------------------------------------------------------------------------- */

static struct wizard_try *current(struct wizard *wizard)
{
    return &wizard->tries[wizard->draft.page];
}

void wizard_forget(struct wizard *wizard, enum draft_page page)
{
    struct wizard_try *try = &wizard->tries[page];
    if (try->job != NULL)
        wizard->ops.abandon(try->job, wizard->ops.data);
    free(try->fingerprint);
    strbuf_release(&try->message);
    strbuf_release(&try->hint);
    strbuf_release(&try->output);
    strbuf_release(&try->last);
    *try = (struct wizard_try){
        .message = STRBUF_INIT, .hint = STRBUF_INIT, .output = STRBUF_INIT, .last = STRBUF_INIT};
}

bool wizard_is_tried(const struct wizard *wizard, enum draft_page page)
{
    const struct wizard_try *try = &wizard->tries[page];
    if (try->state == TRY_NONE)
        return false;
    CLEANUP(mem_free_string)
    char *now = draft_fingerprint(&wizard->draft, page);
    return strcmp(now, try->fingerprint) == 0;
}

static void begin_try(struct wizard *wizard)
{
    enum draft_page page = wizard->draft.page;
    wizard_forget(wizard, page);
    wizard->tries[page].fingerprint = draft_fingerprint(&wizard->draft, page);
    wizard->tries[page].started_ms = clock_monotonic_ms();
}

void wizard_end_try(struct wizard *wizard, enum draft_page page, bool fine)
{
    struct wizard_try *try = &wizard->tries[page];
    try->state = fine ? TRY_FINE : TRY_WRONG;
    try->took_ms = clock_monotonic_ms() - try->started_ms;
    try->job = NULL;
    if (!fine)
        wizard->go_on = false;
}

void wizard_say(struct wizard_try *try, const char *message, const char *hint)
{
    if (message != NULL)
        strbuf_printf(&try->message, "%s%s", try->message.len > 0 ? "\n" : "", message);
    if (hint != NULL)
        strbuf_printf(&try->hint, "%s%s", try->hint.len > 0 ? "\n" : "", hint);
}

void wizard_fail_by(struct wizard *wizard, enum draft_page page, struct error *err)
{
    struct wizard_try *try = &wizard->tries[page];
    wizard_say(try, err->message, err->hint);
    wizard_say(try, err->detail, NULL);
    error_clear(err);
    wizard_end_try(wizard, page, false);
}

/* The servers of a containers' project are named before the command. */
static size_t add_site(const struct draft *draft, const char *arguments[])
{
    if (!draft_is(draft, DRAFT_SERVERS, "containers"))
        return 0;
    arguments[0] = "--compose";
    arguments[1] = draft_get(draft, DRAFT_COMPOSE);
    return 2;
}

static size_t add_servers(const struct draft *draft, const char *arguments[])
{
    if (draft_is(draft, DRAFT_SERVERS, "embedded")) {
        arguments[0] = "up";
        return 1;
    }
    size_t n = add_site(draft, arguments);
    if (n > 0) {
        arguments[n++] = "doctor";
        arguments[n++] = "--json";
        return n;
    }
    arguments[n++] = "servers";
    static const struct {
        const char *option;
        enum draft_value value;
    } options[] = {{"--host", DRAFT_HOST},
                   {"--port", DRAFT_PORT},
                   {"--admin", DRAFT_ADMIN},
                   {"--ldap", DRAFT_LDAP},
                   {"--ldap-base", DRAFT_LDAP_BASE},
                   {"--ldap-admin", DRAFT_LDAP_ADMIN},
                   {"--prometheus", DRAFT_PROMETHEUS},
                   {"--exporter", DRAFT_EXPORTER},
                   {"--grafana", DRAFT_GRAFANA}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        arguments[n++] = options[i].option;
        arguments[n++] = draft_get(draft, options[i].value);
    }
    arguments[n++] = "--save";
    arguments[n++] = "--json";
    return n;
}

static void start_job(struct wizard *wizard, const char *const arguments[])
{
    enum draft_page page = wizard->draft.page;
    struct wizard_try *try = &wizard->tries[page];
    CLEANUP(mem_free_string)
    char *fault = NULL;
    try->state = TRY_RUNNING;
    try->job = wizard->ops.start(wizard, (int)page, arguments, &fault, wizard->ops.data);
    if (try->job != NULL)
        return;
    wizard_say(try, fault != NULL ? fault : "it could not be started", NULL);
    wizard_end_try(wizard, page, false);
}

static void try_servers(struct wizard *wizard)
{
    const char *arguments[ARGUMENTS] = {NULL};
    CLEANUP(mem_free_string)
    char *ca = draft_path(&wizard->draft, DRAFT_CA);
    size_t n = add_servers(&wizard->draft, arguments);
    if (draft_is(&wizard->draft, DRAFT_SERVERS, "existing")) {
        arguments[n++] = "--ca-file";
        arguments[n++] = ca;
    }
    start_job(wizard, arguments);
}

static void try_example(struct wizard *wizard)
{
    const char *arguments[ARGUMENTS] = {NULL};
    CLEANUP(mem_free_string)
    char *example = draft_example(&wizard->draft);
    size_t n = add_site(&wizard->draft, arguments);
    arguments[n++] = "checks";
    arguments[n++] = "--json";
    arguments[n++] = "--";
    arguments[n++] = example;
    start_job(wizard, arguments);
}

void wizard_read_class(struct wizard *wizard)
{
    struct error err = ERROR_INIT;
    draft_class_release(&wizard->class);
    if (draft_read_class(&wizard->draft, &wizard->class, &err))
        wizard_end_try(wizard, PAGE_STUDENTS, true);
    else
        wizard_fail_by(wizard, PAGE_STUDENTS, &err);
}

static void try_students(struct wizard *wizard)
{
    const struct draft *draft = &wizard->draft;
    const char *arguments[ARGUMENTS] = {NULL};
    if (!draft_is(draft, DRAFT_STUDENTS, "directory")) {
        wizard_read_class(wizard);
        return;
    }
    draft_class_release(&wizard->class);
    size_t n = add_site(draft, arguments);
    arguments[n++] = "directory";
    arguments[n++] = "--json";
    arguments[n++] = "--base";
    arguments[n++] = draft_get(draft, DRAFT_BASE);
    arguments[n++] = "--filter";
    arguments[n++] = draft_get(draft, DRAFT_FILTER);
    start_job(wizard, arguments);
}

static void try_rules(struct wizard *wizard)
{
    struct wizard_try *try = &wizard->tries[PAGE_RULES];
    size_t on = 0;
    for (size_t i = 0; i < wizard->draft.n_steps; i++) {
        const struct draft_step *step = &wizard->draft.steps[i];
        CLEANUP(mem_free_string)
        char *fault = draft_step_fault(step);
        on += !step->skip;
        if (fault != NULL) {
            wizard_say(try, step->name, fault);
            wizard_end_try(wizard, PAGE_RULES, false);
            return;
        }
    }
    if (on == 0)
        wizard_say(try, "every step is switched off", "Switch one on: Space, in the list.");
    wizard_end_try(wizard, PAGE_RULES, on > 0);
}

static void run_on_lab(struct wizard *wizard, const char *command, const char *const *more)
{
    const char *arguments[ARGUMENTS] = {NULL};
    size_t n = add_site(&wizard->draft, arguments);
    arguments[n++] = command;
    for (; *more != NULL; more++)
        arguments[n++] = *more;
    arguments[n++] = wizard->draft.written;
    start_job(wizard, arguments);
}

static void try_review(struct wizard *wizard)
{
    struct error err = ERROR_INIT;
    bool written = draft_write_lab(&wizard->draft, &err);
    wizard_keep(wizard);
    if (written)
        run_on_lab(wizard, "plan", (const char *const[]){"--json", NULL});
    else
        wizard_fail_by(wizard, PAGE_REVIEW, &err);
}

static void try_run(struct wizard *wizard)
{
    wizard_clear_targets(wizard, false);
    wizard->cancelled = wizard->done = false;
    wizard->draft.applying = true;
    wizard_keep(wizard);
    run_on_lab(wizard, "apply", (const char *const[]){"--events-fd", "1", NULL});
}

void wizard_try(struct wizard *wizard)
{
    static void (*const tries[])(struct wizard *) = {try_servers, try_example, try_students,
                                                     try_rules,   try_review,  try_run};
    enum draft_page page = wizard->draft.page;
    bool same = wizard_is_tried(wizard, page);
    enum try_state state = current(wizard)->state;
    if (same && (state == TRY_RUNNING || state == TRY_FINE))
        return;
    if (draft_first_fault(&wizard->draft, page) != DRAFT_VALUES)
        return;
    begin_try(wizard);
    tries[page](wizard);
    wizard_follow(wizard);
}

/* -- pages ------------------------------------------------------------------------------------- */

static void enter(struct wizard *wizard, enum draft_page page)
{
    wizard->draft.page = page;
    wizard->go_on = wizard->complain = false;
    wizard_keep(wizard);
    if (page == PAGE_STUDENTS || page == PAGE_REVIEW || (page == PAGE_RUN && !wizard->done) ||
        (page == PAGE_EXAMPLE && draft_first_fault(&wizard->draft, page) == DRAFT_VALUES))
        wizard_try(wizard);
}

void wizard_follow(struct wizard *wizard)
{
    enum draft_page page = wizard->draft.page;
    if (!wizard->go_on || current(wizard)->state != TRY_FINE || page == PAGE_RUN)
        return;
    enter(wizard, page + 1);
}

bool wizard_next(struct wizard *wizard, enum draft_value *ret_value)
{
    enum draft_page page = wizard->draft.page;
    enum draft_value fault = draft_first_fault(&wizard->draft, page);
    if (fault != DRAFT_VALUES) {
        wizard->complain = true;
        *ret_value = fault;
        return false;
    }
    wizard->go_on = page != PAGE_RUN;
    /* Rules are cheap; a wrong page is tried anew, for the world may have changed. */
    if (page == PAGE_RULES)
        wizard_forget(wizard, page);
    wizard_try(wizard);
    wizard_follow(wizard);
    return true;
}

void wizard_back(struct wizard *wizard)
{
    if (wizard->draft.page == PAGE_SERVERS || wizard_is_applying(wizard))
        return;
    wizard->draft.page--;
    wizard->go_on = wizard->complain = false;
    wizard_keep(wizard);
}

void wizard_set(struct wizard *wizard, enum draft_value value, const char *text)
{
    draft_set(&wizard->draft, value, text);
    enum draft_page page = draft_specs[value].page;
    wizard->go_on = false;
    if (wizard->tries[page].state != TRY_NONE && !wizard_is_tried(wizard, page))
        wizard_forget(wizard, page);
    wizard_keep(wizard);
    if (draft_specs[value].kind == DRAFT_SECRET)
        keep_secret(wizard, value);
    /* A search of the directory waits until its words are typed. */
    bool at_once =
        value == DRAFT_STUDENTS || !draft_is(&wizard->draft, DRAFT_STUDENTS, "directory");
    if (page == PAGE_STUDENTS && at_once && draft_first_fault(&wizard->draft, page) == DRAFT_VALUES)
        wizard_try(wizard);
}

bool wizard_is_applying(const struct wizard *wizard)
{
    return wizard->tries[PAGE_RUN].state == TRY_RUNNING;
}

bool wizard_cancel(struct wizard *wizard)
{
    struct wizard_try *try = current(wizard);
    if (try->job == NULL)
        return false;
    wizard->cancelled = true;
    wizard->go_on = false;
    wizard->ops.stop(try->job, wizard->ops.data);
    return true;
}

/* -- life -------------------------------------------------------------------------------------- */

void wizard_begin(struct wizard *wizard)
{
    struct draft draft;
    draft_init(&draft, wizard->ops.state, wizard->ops.directory);
    for (int v = 0; v < DRAFT_VALUES; v++)
        if (draft_specs[v].page == PAGE_SERVERS)
            draft_set(&draft, (enum draft_value)v, wizard->draft.values[v]);
    draft_release(&wizard->draft);
    wizard->draft = draft;
    for (int page = 0; page < DRAFT_PAGES; page++)
        wizard_forget(wizard, (enum draft_page)page);
    draft_class_release(&wizard->class);
    wizard_clear_targets(wizard, true);
    wizard->done = wizard->cancelled = wizard->complain = wizard->go_on = false;
    wizard_keep(wizard);
}

struct wizard *wizard_new(const struct wizard_ops *ops)
{
    struct wizard *wizard = mem_alloc(sizeof *wizard);
    wizard->ops = *ops;
    wizard->save_fault = STRBUF_INIT;
    for (int page = 0; page < DRAFT_PAGES; page++)
        wizard_forget(wizard, (enum draft_page)page);
    draft_init(&wizard->draft, ops->state, ops->directory);
    load(wizard);
    load_secrets(wizard);
    if (wizard->draft.page == PAGE_RUN && !wizard->draft.applying)
        wizard_begin(wizard); /* that lab stands */
    return wizard;
}

void wizard_free(struct wizard *wizard)
{
    if (wizard == NULL)
        return;
    for (int page = 0; page < DRAFT_PAGES; page++)
        wizard_forget(wizard, (enum draft_page)page);
    wizard_clear_targets(wizard, true);
    free(wizard->targets);
    draft_class_release(&wizard->class);
    draft_release(&wizard->draft);
    strbuf_release(&wizard->save_fault);
    free(wizard);
}
