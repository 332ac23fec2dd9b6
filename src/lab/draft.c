/*
 * The draft's table, its values and its steps.
 */
#include "lab/draft.h"

#include <ctype.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/strbuf.h"
#include "lab/lab.h"

static const char *const server_words[] = {"embedded", "containers", "existing", NULL};
static const char *const server_titles[] = {"on this machine", "containers", "existing addresses"};
static const char *const source_words[] = {"file", "archive", "live", NULL};
static const char *const source_titles[] = {"SQL file", "pg_dump archive", "live database"};
static const char *const student_words[] = {"csv", "generate", "directory", NULL};
static const char *const student_titles[] = {"a class list (CSV)", "generate them",
                                             "the directory"};
static const char *const goal_words[] = {"build", "query", NULL};
static const char *const goal_titles[] = {"build the database", "write views and functions"};
static const char *const feedback_words[] = {"nothing", "steps", "checks", "verdicts", NULL};
static const char *const feedback_titles[] = {"nothing", "steps", "checks", "and what is wrong"};

#define ALWAYS                .shown_for = NULL
#define WHEN(value, word)     .shown_by = value, .shown_for = word
#define CHOICE(values, shown) .kind = DRAFT_CHOICE, .words = values, .titles = shown
/* clang-format off */
/* Its fallback is the lab file's. */
#define LIMIT(key_, label_, beside_, help_)                                                        \
    {.key = key_, .page = PAGE_RULES, .kind = DRAFT_TEXT, .label = label_, .beside = beside_,      \
     .section = "limits", .name = key_, .help = help_}
#define HEADER(key_, label_, beside_)                                                              \
    {.key = key_, .page = PAGE_STUDENTS, .kind = DRAFT_HEADER, .label = label_,                    \
     .beside = beside_, WHEN(DRAFT_STUDENTS, "csv"),                                               \
     .help = "Which column of the file it is; left and right choose."}
/* clang-format on */

const struct draft_spec draft_specs[DRAFT_VALUES] = {
    [DRAFT_SERVERS] = {"servers", PAGE_SERVERS, CHOICE(server_words, server_titles),
                       .label = "servers", .fallback = "embedded",
                       .help = "Where PostgreSQL, LDAP and Prometheus are."},
    [DRAFT_COMPOSE] = {"compose", PAGE_SERVERS, DRAFT_TEXT, "project", "lectern",
                       WHEN(DRAFT_SERVERS, "containers"),
                       .help = "The compose project's name; docker compose up -d starts it."},
    [DRAFT_HOST] = {"host", PAGE_SERVERS, DRAFT_TEXT, "PostgreSQL", "localhost",
                    WHEN(DRAFT_SERVERS, "existing"),
                    .help = "Its host name, address or socket directory."},
    [DRAFT_PORT] = {"port", PAGE_SERVERS, DRAFT_TEXT, "port", "5432",
                    WHEN(DRAFT_SERVERS, "existing"), .help = "PostgreSQL's TCP port."},
    [DRAFT_ADMIN] = {"admin", PAGE_SERVERS, DRAFT_TEXT, "superuser", "postgres",
                     WHEN(DRAFT_SERVERS, "existing"), .beside = true,
                     .help = "It makes roles and databases."},
    [DRAFT_ADMIN_PASSWORD] =
        {"admin_password", PAGE_SERVERS, DRAFT_SECRET, "password", "",
         WHEN(DRAFT_SERVERS, "existing"), .beside = true,
         .help = "The superuser's; none where it comes in by peer. In a file of mode 0600.",
         .file = "postgres.password"},
    [DRAFT_LDAP] = {"ldap", PAGE_SERVERS, DRAFT_TEXT, "LDAP", "ldaps://localhost:636",
                    WHEN(DRAFT_SERVERS, "existing"),
                    .help = "The directory of the accounts, as ldaps://HOST:PORT."},
    [DRAFT_LDAP_BASE] = {"ldap_base", PAGE_SERVERS, DRAFT_TEXT, "base", "dc=lab",
                         WHEN(DRAFT_SERVERS, "existing"), .beside = true,
                         .help = "Accounts are made in ou=people below it."},
    [DRAFT_LDAP_ADMIN] = {"ldap_admin", PAGE_SERVERS, DRAFT_TEXT, "account", NULL,
                          WHEN(DRAFT_SERVERS, "existing"),
                          .help = "The directory's account that may make others, as it is bound."},
    [DRAFT_LDAP_PASSWORD] = {"ldap_password", PAGE_SERVERS, DRAFT_SECRET, "password", "",
                             WHEN(DRAFT_SERVERS, "existing"), .beside = true,
                             .help = "That account's. Kept in a file of mode 0600.",
                             .file = "ldap.password"},
    [DRAFT_PROMETHEUS] = {"prometheus", PAGE_SERVERS, DRAFT_TEXT, "Prometheus",
                          "http://localhost:9090", WHEN(DRAFT_SERVERS, "existing"),
                          .help = "Its address, as http://HOST:PORT."},
    [DRAFT_EXPORTER] = {"exporter", PAGE_SERVERS, DRAFT_TEXT, "exporter", "9237",
                        WHEN(DRAFT_SERVERS, "existing"), .beside = true,
                        .help = "The port of the students' metrics; the steps' is the next one."},
    [DRAFT_GRAFANA] = {"grafana", PAGE_SERVERS, DRAFT_TEXT, "Grafana", "",
                       WHEN(DRAFT_SERVERS, "existing"),
                       .help = "Its address, as https://HOST; nothing where there is none."},
    [DRAFT_GRAFANA_TOKEN] = {"grafana_token", PAGE_SERVERS, DRAFT_SECRET, "token", "",
                             WHEN(DRAFT_SERVERS, "existing"), .beside = true,
                             .help = "Of a service account, role Admin. Kept in a file of mode "
                                     "0600.",
                             .file = "grafana"},
    [DRAFT_CA] = {"ca_file", PAGE_SERVERS, DRAFT_PATH, "CA file", "",
                  WHEN(DRAFT_SERVERS, "existing"),
                  .help = "The certificate that signed the servers' certificates (PEM).",
                  .endings = "pem crt cer"},
    [DRAFT_SOURCE] = {"source", PAGE_EXAMPLE, CHOICE(source_words, source_titles),
                      .label = "source", .fallback = "file",
                      .help = "The example database is the solution that students work towards."},
    [DRAFT_FILE] = {"file", PAGE_EXAMPLE, DRAFT_PATH, "file", "", WHEN(DRAFT_SOURCE, "file"),
                    .help = "A script that psql takes. Tab completes the path, ^O looks for it.",
                    .endings = "sql psql ddl"},
    [DRAFT_ARCHIVE] = {"archive", PAGE_EXAMPLE, DRAFT_PATH, "archive", "",
                       WHEN(DRAFT_SOURCE, "archive"),
                       .help =
                           "What pg_dump -Fc, -Ft or -Fd wrote. Tab completes, ^O looks for it.",
                       .endings = "dump tar backup pgdump pg_dump custom"},
    [DRAFT_URI] = {"uri", PAGE_EXAMPLE, DRAFT_TEXT, "database", "postgresql://postgres@localhost/",
                   WHEN(DRAFT_SOURCE, "live"),
                   .help = "postgresql://USER@HOST:PORT/DATABASE, only read; passwords: "
                           "~/.pgpass."},
    [DRAFT_STUDENTS] = {"students", PAGE_STUDENTS, CHOICE(student_words, student_titles),
                        .label = "students", .fallback = "csv",
                        .help = "Each gets an account, a password and a database."},
    [DRAFT_CSV] = {"csv", PAGE_STUDENTS, DRAFT_PATH, "file", "", WHEN(DRAFT_STUDENTS, "csv"),
                   .help =
                       "A spreadsheet saved as CSV, with a header line. Tab completes, ^O looks.",
                   .endings = "csv tsv txt"},
    [DRAFT_COLUMN + CLASS_LOGIN] = HEADER("column_login", "login", false),
    [DRAFT_COLUMN + CLASS_NAME] = HEADER("column_name", "name", true),
    [DRAFT_COLUMN + CLASS_EMAIL] = HEADER("column_email", "email", true),
    [DRAFT_COLUMN + CLASS_SEAT] = HEADER("column_seat", "seat", false),
    [DRAFT_COLUMN + CLASS_GROUP] = HEADER("column_group", "group", true),
    [DRAFT_COLUMN + CLASS_FACTOR] = HEADER("column_factor", "time", true),
    [DRAFT_COUNT] = {"count", PAGE_STUDENTS, DRAFT_TEXT, "how many", "30",
                     WHEN(DRAFT_STUDENTS, "generate"), .help = "1 to 500."},
    [DRAFT_PREFIX] = {"prefix", PAGE_STUDENTS, DRAFT_TEXT, "called", "student",
                      WHEN(DRAFT_STUDENTS, "generate"), .beside = true,
                      .help = "student gives student01, student02 ..."},
    [DRAFT_BASE] = {"base", PAGE_STUDENTS, DRAFT_TEXT, "base", "ou=people,dc=lab",
                    WHEN(DRAFT_STUDENTS, "directory"),
                    .help = "Below which entry of the directory they are; Tab searches."},
    [DRAFT_FILTER] = {"filter", PAGE_STUDENTS, DRAFT_TEXT, "filter", "(objectClass=person)",
                      WHEN(DRAFT_STUDENTS, "directory"),
                      .help = "Who of them, as (&(objectClass=person)(ou=11b)); Tab searches."},
    [DRAFT_NAME] = {"name", PAGE_RULES, DRAFT_TEXT, "name", NULL, ALWAYS,
                    .help = "As the commands take it: small letters, digits and _."},
    [DRAFT_TITLE] = {"title", PAGE_RULES, DRAFT_TEXT, "title", NULL, .beside = true,
                     .help = "What stands above the grid."},
    [DRAFT_GOAL] = {"goal", PAGE_RULES, CHOICE(goal_words, goal_titles), .label = "goal",
                    .fallback = "build", .name = "goal",
                    .help = "Students begin with an empty database, or with the tables given."},
    [DRAFT_FEEDBACK] = {"feedback", PAGE_RULES, CHOICE(feedback_words, feedback_titles),
                        .label = "they see", .fallback = "steps", .name = "feedback",
                        .help = "What students read in lectern.progress about their own work."},
    [DRAFT_CONNECTIONS] =
        LIMIT("connections", "sessions", false, "Connections that a student may have at once."),
    [DRAFT_STATEMENT] = LIMIT("statement_timeout", "statement", true,
                              "How long one statement may run, as 60s or 2min."),
    [DRAFT_TEMP] =
        LIMIT("temp_files", "disk", true, "Disk for sorting, per session, as 200MB or 1GB."),
    [DRAFT_IDLE] =
        LIMIT("idle_after", "idle", false, "Without anything done for so long: shown as idle."),
    [DRAFT_STUCK] =
        LIMIT("stuck_after", "stuck", true, "Active without progress for so long: shown as stuck."),
    [DRAFT_BEHIND] =
        LIMIT("behind_by", "behind", true, "So far below the class's median: shown as behind."),
    [DRAFT_LAB_FILE] = {"lab_file", PAGE_REVIEW, DRAFT_PATH, "lab file", NULL, ALWAYS,
                        .help = "What was typed, as an ordinary commented file: change it "
                                "as you like."},
};

/* -- names ------------------------------------------------------------------------------------- */

char *lab_derive_name(const char *example)
{
    const char *base = path_base(example);
    size_t len = lab_example_is_uri(example) ? strcspn(base, "?") : strcspn(base, ".");
    struct strbuf name = STRBUF_INIT;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)base[i];
        if (isalnum(c) && c < 0x80)
            strbuf_add_char(&name, (char)tolower(c));
        else if (name.len > 0 && name.text[name.len - 1] != '_')
            strbuf_add_char(&name, '_');
    }
    while (name.len > 0 && name.text[name.len - 1] == '_')
        strbuf_truncate(&name, name.len - 1);
    if (name.len == 0 || !islower((unsigned char)name.text[0])) {
        char *rest = strbuf_detach(&name);
        strbuf_printf(&name, rest[0] != '\0' ? "lab_%s" : "lab%s", rest);
        free(rest);
    }
    if (name.len > LAB_NAME_MAX)
        strbuf_truncate(&name, LAB_NAME_MAX);
    return strbuf_detach(&name);
}

char *lab_derive_title(const char *name)
{
    char *title = mem_strdup(name);
    title[0] = (char)toupper((unsigned char)title[0]);
    for (char *p = title; *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
    return title;
}

/* -- values ------------------------------------------------------------------------------------ */

static void derive(struct draft *draft, enum draft_value value, char *text)
{
    free(draft->derived[value]);
    draft->derived[value] = text;
}

/* The defaults that follow from other values, in the order in which they follow. */
static void derive_all(struct draft *draft)
{
    CLEANUP(mem_free_string)
    char *example = draft_example(draft);
    bool has = *example != '\0', theirs = draft_is(draft, DRAFT_SERVERS, "existing");
    const char *base = draft_get(draft, DRAFT_LDAP_BASE);
    derive(draft, DRAFT_LDAP_ADMIN, mem_printf("cn=prov,%s", base));
    derive(draft, DRAFT_BASE, theirs ? mem_printf("ou=people,%s", base) : NULL);
    derive(draft, DRAFT_NAME, has ? lab_derive_name(example) : mem_strdup(""));
    derive(draft, DRAFT_TITLE, lab_derive_title(draft_get(draft, DRAFT_NAME)));
    const char *name = draft_get(draft, DRAFT_NAME);
    derive(draft, DRAFT_LAB_FILE,
           *name != '\0' ? mem_printf("%s/labs/%s/lab.yaml", draft->state, name) : mem_strdup(""));
}

void draft_init(struct draft *draft, const char *state, const char *directory)
{
    *draft = (struct draft){.state = mem_strdup(state), .directory = mem_strdup(directory)};
    derive_all(draft);
}

static void release_step(struct draft_step *step)
{
    free(step->name);
    free(step->title);
    free(step->hint);
    free(step->weight);
    free(step->given_hint);
    free(step->given_weight);
}

void draft_release(struct draft *draft)
{
    for (size_t i = 0; i < DRAFT_VALUES; i++) {
        free(draft->values[i]);
        free(draft->derived[i]);
    }
    for (size_t i = 0; i < draft->n_steps; i++)
        release_step(&draft->steps[i]);
    free(draft->steps);
    free(draft->steps_of);
    free(draft->written);
    free(draft->written_name);
    free(draft->written_digest);
    free(draft->state);
    free(draft->directory);
    *draft = (struct draft){.state = NULL};
}

const char *draft_get(const struct draft *draft, enum draft_value value)
{
    if (draft->values[value] != NULL)
        return draft->values[value];
    if (draft->derived[value] != NULL)
        return draft->derived[value];
    const struct draft_spec *spec = &draft_specs[value];
    const char *fallback =
        spec->section != NULL ? lab_fallback(spec->section, spec->name) : spec->fallback;
    return fallback != NULL ? fallback : "";
}

void draft_set(struct draft *draft, enum draft_value value, const char *text)
{
    char *copy = mem_strdup(text); /* it may be the old value */
    free(draft->values[value]);
    draft->values[value] = copy;
    derive_all(draft);
}

bool draft_is(const struct draft *draft, enum draft_value value, const char *word)
{
    return strcmp(draft_get(draft, value), word) == 0;
}

bool draft_shown(const struct draft *draft, enum draft_value value)
{
    const struct draft_spec *spec = &draft_specs[value];
    return spec->shown_for == NULL || draft_is(draft, spec->shown_by, spec->shown_for);
}

static const char *home(void)
{
    const char *home = getenv("HOME");
    if (home != NULL && *home != '\0')
        return home;
    const struct passwd *user = getpwuid(geteuid());
    return user != NULL ? user->pw_dir : "/";
}

char *draft_path(const struct draft *draft, enum draft_value value)
{
    const char *text = draft_get(draft, value);
    if (*text == '\0')
        return mem_strdup("");
    if (text[0] == '~' && (text[1] == '/' || text[1] == '\0'))
        return mem_printf("%s%s", home(), text + 1);
    if (strncmp(text, "./", 2) == 0)
        text += 2;
    return path_join(draft->directory, text);
}

char *draft_example(const struct draft *draft)
{
    if (draft_is(draft, DRAFT_SOURCE, "live")) {
        const char *uri = draft_get(draft, DRAFT_URI);
        return mem_strdup(strcmp(uri, draft_specs[DRAFT_URI].fallback) == 0 ? "" : uri);
    }
    return draft_path(draft, draft_is(draft, DRAFT_SOURCE, "archive") ? DRAFT_ARCHIVE : DRAFT_FILE);
}

/* -- steps ------------------------------------------------------------------------------------- */

/* While a new list is read, the old steps wait for their names, marked by having no checks. */
void draft_begin_steps(struct draft *draft, const char *example)
{
    char *copy = mem_strdup(example);
    free(draft->steps_of);
    draft->steps_of = copy;
    for (size_t i = 0; i < draft->n_steps; i++)
        draft->steps[i].checks = 0;
}

/* What was typed stays; what was not follows the example. */
static void renew(char **text, char **given, char *now)
{
    if (*text == NULL || strcmp(*text, *given) == 0) {
        free(*text);
        *text = mem_strdup(now);
    }
    free(*given);
    *given = now;
}

void draft_add_step(struct draft *draft, const char *name, const char *title, const char *hint,
                    double weight, size_t checks)
{
    struct draft_step *step = NULL;
    for (size_t i = 0; i < draft->n_steps && step == NULL; i++)
        if (strcmp(draft->steps[i].name, name) == 0)
            step = &draft->steps[i];
    if (step == NULL) {
        draft->steps =
            mem_grow(draft->steps, draft->n_steps, &draft->steps_capacity, sizeof *draft->steps);
        step = &draft->steps[draft->n_steps++];
        *step = (struct draft_step){.name = mem_strdup(name)};
    }
    free(step->title);
    step->title = mem_strdup(title);
    step->checks = checks;
    renew(&step->hint, &step->given_hint, mem_strdup(hint));
    renew(&step->weight, &step->given_weight, mem_printf("%.6g", weight));
}

void draft_end_steps(struct draft *draft)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->n_steps; i++) {
        if (draft->steps[i].checks > 0)
            draft->steps[kept++] = draft->steps[i];
        else
            release_step(&draft->steps[i]);
    }
    draft->n_steps = kept;
}

void draft_move_step(struct draft *draft, size_t from, size_t to)
{
    struct draft_step step = draft->steps[from];
    if (from < to)
        memmove(draft->steps + from, draft->steps + from + 1, (to - from) * sizeof step);
    else
        memmove(draft->steps + to + 1, draft->steps + to, (from - to) * sizeof step);
    draft->steps[to] = step;
    draft->steps_moved = true;
}
