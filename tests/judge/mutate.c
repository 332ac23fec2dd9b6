/*
 * Plants single defects, or makes changes that mean the same, each in a copy of a finished
 * database, and sees what `lectern score` says of it.
 *
 *   mutate CATALOGUE NAME EXAMPLE TEMPLATE ROLE OUT [--per N] [--batch N] [--only MUTATION] [--lab
 * LAB]
 *
 * NAME is for the lines of OUT (appended to), EXAMPLE what `lectern score` takes, TEMPLATE a
 * database that has the whole of it, ROLE its objects' owner.  SERVER is the URI of the server,
 * PGHOST and PGPORT say the same.
 *
 * The catalogue is a list of blocks:
 *
 *   prelude                  SQL for the session that picks: temporary views and functions
 *   mutation NAME            or: rewrite NAME
 *     pick  SELECT ...       one row per place where it can be planted; the column "object" names
 *                            it, and {column} stands for a value below
 *     do    SQL              what is done, as ROLE
 *     must  KIND OBJECT; ... one of these has to fall (mutations only); * stands for anything
 *     may   KIND OBJECT; ... and these may, nothing else
 *     most  N                at most so many checks may fall
 *     if    KIND OBJECT      counts only where the example asks for that at all: a view that takes
 *                            longer than its deadline has no result that could be compared
 *
 * A line of OUT, between tabs: database, mutation, object, progress, verdict (right, wrong,
 * missed), what fell as "KIND OBJECT=SCORE" joined by "; ", and the SQL that was run.
 */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"
#include "io/pg.h"

enum { CONNECT_MS = 20000, BATCH = 40, OUTPUT_MAX = 512 << 20, SCORE_MS = 1800 * 1000 };

struct entry {
    char *name;
    bool rewrite;
    struct strbuf pick, run, must, may, only_if;
    int most; /* 0: any number */
};

struct catalogue {
    struct strbuf prelude;
    struct entry *entries;
    size_t count, capacity;
};

struct testcase {
    const struct entry *entry;
    char *object, *sql, *must, *may, *only_if;
    char database[40];
};

struct bench {
    const char *name, *example, *source, *role, *only, *lab;
    int per;
    size_t batch;
    FILE *out;
    struct testcase *cases;
    size_t count, capacity;
    size_t planted, right, wrong, missed;
};

static struct pg_address address_of(const char *role, const char *dbname)
{
    return (struct pg_address){
        .host = getenv("PGHOST"), .port = getenv("PGPORT"), .user = role, .dbname = dbname};
}

static bool open_as(const char *role, const char *dbname, PGconn **ret_conn, struct error *err)
{
    struct pg_address to = address_of(role, dbname);
    return pg_connect_now(&to, CONNECT_MS, ret_conn, err);
}

/* -- the catalogue ----------------------------------------------------------------------------- */

static struct strbuf *field_of(struct entry *entry, const char *word)
{
    if (entry == NULL)
        return NULL;
    return strcmp(word, "pick") == 0   ? &entry->pick
           : strcmp(word, "do") == 0   ? &entry->run
           : strcmp(word, "must") == 0 ? &entry->must
           : strcmp(word, "may") == 0  ? &entry->may
           : strcmp(word, "if") == 0   ? &entry->only_if
                                       : NULL;
}

static struct entry *add_entry(struct catalogue *catalogue, bool rewrite, const char *name)
{
    catalogue->entries = mem_grow(catalogue->entries, catalogue->count, &catalogue->capacity,
                                  sizeof *catalogue->entries);
    catalogue->entries[catalogue->count] =
        (struct entry){mem_strdup(name), rewrite,     STRBUF_INIT, STRBUF_INIT,
                       STRBUF_INIT,      STRBUF_INIT, STRBUF_INIT, 0};
    return &catalogue->entries[catalogue->count++];
}

/* One line: a block's head, a field, or more of the field before. */
static bool read_line(struct catalogue *catalogue, char *line, struct strbuf **field)
{
    size_t indent = strspn(line, " \t");
    char *word = line + indent;
    if (*word == '\0' || *word == '#')
        return true;
    struct entry *last = catalogue->count > 0 ? &catalogue->entries[catalogue->count - 1] : NULL;
    size_t len = strcspn(word, " ");
    char *rest = word + len + strspn(word + len, " ");
    if (indent == 0) {
        word[len] = '\0';
        bool rewrite = strcmp(word, "rewrite") == 0;
        *field = NULL;
        if (strcmp(word, "prelude") == 0)
            *field = &catalogue->prelude;
        else if (rewrite || strcmp(word, "mutation") == 0)
            add_entry(catalogue, rewrite, rest);
        else
            return false;
        return true;
    }
    if (indent == 2 && *field != &catalogue->prelude) {
        word[len] = '\0';
        if (strcmp(word, "most") == 0 && last != NULL) {
            last->most = atoi(rest);
            return true;
        }
        *field = field_of(last, word);
        word = rest;
    }
    if (*field == NULL)
        return false;
    strbuf_printf(*field, "%s%s", (*field)->len > 0 ? "\n" : "", word);
    return true;
}

static bool read_catalogue(const char *path, struct catalogue *ret_catalogue, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    *ret_catalogue = (struct catalogue){.prelude = STRBUF_INIT};
    struct strbuf *field = NULL;
    if (!file_read(path, 1 << 20, &text, err))
        return false;
    int number = 1;
    for (char *line = text.text; line != NULL && *line != '\0'; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL)
            *end++ = '\0';
        if (!read_line(ret_catalogue, line, &field))
            return error_set(err, ERROR_INPUT, "%s:%d: what is \"%s\"?", path, number, line);
        line = end;
    }
    return true;
}

/* -- cases ------------------------------------------------------------------------------------- */

/* The template with {column} replaced by the row's values; malloc'd. */
static char *fill(const char *template, const PGresult *result, int row)
{
    struct strbuf out = STRBUF_INIT;
    for (const char *p = template; *p != '\0'; p++) {
        const char *end = *p == '{' ? strchr(p, '}') : NULL;
        char name[40];
        int column = -1;
        if (end != NULL && (size_t)(end - p) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(end - p - 1), p + 1);
            column = PQfnumber(result, name);
        }
        if (column < 0) {
            strbuf_add_char(&out, *p);
            continue;
        }
        strbuf_add_string(&out, PQgetvalue(result, row, column));
        p = end;
    }
    return strbuf_detach(&out);
}

static bool pick(struct bench *bench, PGconn *conn, const struct entry *entry, struct error *err)
{
    PGresult *result = NULL;
    if (!pg_query_now(conn, entry->pick.text, 0, NULL, &result, err))
        return error_wrap(err, "%s: pick", entry->name);
    int n = PQntuples(result), object = PQfnumber(result, "object");
    int wanted = bench->per > 0 && bench->per < n ? bench->per : n;
    for (int i = 0; i < wanted; i++) {
        int row = (int)((long)i * n / wanted); /* spread over them all */
        bench->cases = mem_grow(bench->cases, bench->count, &bench->capacity, sizeof *bench->cases);
        struct testcase *test = &bench->cases[bench->count++];
        *test = (struct testcase){
            .entry = entry,
            .object = mem_strdup(object >= 0 ? PQgetvalue(result, row, object) : ""),
            .sql = fill(entry->run.text, result, row),
            .must = fill(entry->must.text, result, row),
            .may = fill(entry->may.text, result, row),
            .only_if = fill(entry->only_if.text, result, row),
        };
    }
    PQclear(result);
    return true;
}

static bool find_cases(struct bench *bench, const struct catalogue *catalogue, struct error *err)
{
    PGconn *conn = NULL;
    if (!open_as(bench->role, bench->source, &conn, err))
        return false;
    bool ok = catalogue->prelude.len == 0 || pg_script_now(conn, catalogue->prelude.text, err) ||
              error_wrap(err, "prelude");
    for (size_t i = 0; ok && i < catalogue->count; i++)
        if (bench->only == NULL || strcmp(bench->only, catalogue->entries[i].name) == 0)
            ok = pick(bench, conn, &catalogue->entries[i], err);
    PQfinish(conn);
    return ok;
}

/* -- planting ---------------------------------------------------------------------------------- */

/* A copy with the change made; false with the error when it could not be. */
static bool plant(const struct bench *bench, PGconn *admin, struct testcase *test, size_t number,
                  struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    snprintf(test->database, sizeof test->database, "case_%s_%zu", bench->name, number);
    strbuf_add_string(&sql, "CREATE DATABASE ");
    pg_add_identifier(&sql, test->database);
    strbuf_add_string(&sql, " STRATEGY file_copy TEMPLATE ");
    pg_add_identifier(&sql, bench->source);
    PGconn *conn = NULL;
    CLEANUP(strbuf_release)
    struct strbuf grant = STRBUF_INIT; /* a copy has not got the database's own privileges */
    strbuf_add_string(&grant, "GRANT ALL ON DATABASE ");
    pg_add_identifier(&grant, test->database);
    strbuf_add_string(&grant, " TO ");
    pg_add_identifier(&grant, bench->role);
    bool ok = pg_execute_now(admin, sql.text, 0, NULL, err) &&
              pg_execute_now(admin, grant.text, 0, NULL, err) &&
              open_as(bench->role, test->database, &conn, err) &&
              pg_script_now(conn, test->sql, err);
    PQfinish(conn);
    return ok;
}

static void drop(PGconn *admin, const char *database)
{
    struct error ignored = ERROR_INIT;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_identifier(&sql, database);
    strbuf_add_string(&sql, " WITH (FORCE)");
    pg_execute_now(admin, sql.text, 0, NULL, &ignored);
    error_clear(&ignored);
}

/* Run `lectern score` on these databases; its JSON. */
static json_t *score(const struct bench *bench, struct testcase *const *cases, size_t n,
                     struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    const char **argv = arena_alloc_array(&arena, n + 10, sizeof *argv);
    size_t argc = 0;
    argv[argc++] = "lectern";
    argv[argc++] = "score";
    argv[argc++] = "--json";
    argv[argc++] = "--server";
    argv[argc++] = getenv("SERVER");
    if (bench->lab != NULL) {
        argv[argc++] = "--lab";
        argv[argc++] = bench->lab;
    }
    argv[argc++] = bench->example;
    for (size_t i = 0; i < n; i++)
        argv[argc++] = arena_printf(&arena, "postgresql://%s@/%s?host=%s&port=%s", bench->role,
                                    cases[i]->database, getenv("PGHOST"), getenv("PGPORT"));
    const struct child_spec spec = {.argv = argv, .timeout_ms = SCORE_MS, .max_output = OUTPUT_MAX};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    int status = 0;
    if (!child_run(&spec, &status, &out, &errors, err))
        return NULL;
    json_error_t fault;
    json_t *json = json_loadb(out.text, out.len, 0, &fault);
    json_t *targets = json_object_get(json, "targets");
    if (json_array_size(targets) == n)
        return json;
    json_decref(json);
    error_set(err, ERROR_FAILED, "lectern score: status %d: %s", status, errors.text);
    return NULL;
}

/* -- judging ----------------------------------------------------------------------------------- */

static bool matches(const char *pattern, size_t len, const char *text)
{
    while (len > 0 && *pattern != '*') {
        if (*pattern != *text)
            return false;
        pattern++, text++, len--;
    }
    if (len == 0)
        return *text == '\0';
    for (;; text++) {
        if (matches(pattern + 1, len - 1, text))
            return true;
        if (*text == '\0')
            return false;
    }
}

/* Is "KIND OBJECT" one of the patterns between semicolons? */
static bool is_in(const char *list, const char *what)
{
    for (const char *p = list; *p != '\0';) {
        p += strspn(p, " \n;");
        const char *end = strstr(p, ";;") != NULL ? strstr(p, ";;") : p + strlen(p);
        size_t len = (size_t)(end - p);
        while (len > 0 && strchr(" \n;", p[len - 1]) != NULL)
            len--;
        if (len > 0 && matches(p, len, what))
            return true;
        p = end;
    }
    return false;
}

static const char *text_of(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text != NULL ? text : "";
}

static void tell(struct bench *bench, const struct testcase *test, const char *verdict,
                 const json_t *progress, const char *fallen)
{
    bench->planted++;
    bench->right += strcmp(verdict, "right") == 0;
    bench->wrong += strcmp(verdict, "wrong") == 0;
    bench->missed += strcmp(verdict, "missed") == 0;
    CLEANUP(mem_free_string)
    char *sql = mem_strdup(test->sql);
    for (char *p = sql; *p != '\0'; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    CLEANUP(mem_free_string)
    char *score = json_is_number(progress) ? mem_printf("%.6f", json_number_value(progress))
                                           : mem_strdup("unknown");
    fprintf(bench->out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", bench->name, test->entry->name,
            test->object, score, verdict, fallen, sql);
    if (strcmp(verdict, "right") != 0)
        printf("# %s: %s of %s: %s: %s\n#   %s\n", bench->name, test->entry->name, test->object,
               verdict, *fallen != '\0' ? fallen : "nothing fell", sql);
}

static void judge(struct bench *bench, const struct testcase *test, const json_t *target)
{
    CLEANUP(strbuf_release)
    struct strbuf fallen = STRBUF_INIT;
    const json_t *problem = json_object_get(json_object_get(target, "error"), "message");
    if (problem != NULL)
        strbuf_printf(&fallen, "not graded: %s", json_string_value(problem));
    bool undeclared = problem != NULL, found = false;
    bool asked = problem != NULL || *test->only_if == '\0';
    int n = 0;
    size_t i;
    const json_t *check;
    json_array_foreach(json_object_get(target, "checks"), i, check) {
        const json_t *value = json_object_get(check, "score");
        CLEANUP(mem_free_string)
        char *what = mem_printf("%s %s", text_of(check, "kind"), text_of(check, "object"));
        asked = asked || is_in(test->only_if, what);
        if (json_is_number(value) && json_number_value(value) >= 1)
            continue;
        bool must = is_in(test->must, what);
        bool declared = must || is_in(test->may, what);
        found = found || must;
        undeclared = undeclared || !declared;
        n++;
        strbuf_printf(&fallen, "%s%s%s=", fallen.len > 0 ? "; " : "", declared ? "" : "! ", what);
        if (json_is_number(value))
            strbuf_printf(&fallen, "%.3g", json_number_value(value));
        else
            strbuf_printf(&fallen, "unknown");
        if (!declared)
            strbuf_printf(&fallen, " (%s)", text_of(check, "verdict"));
    }
    for (char *p = fallen.text; p != NULL && *p != '\0'; p++)
        if (*p == '\n' || *p == '\t')
            *p = ' ';
    if (!asked) {
        printf("# %s: %s of %s: not asked for\n", bench->name, test->entry->name, test->object);
        return;
    }
    bool many = test->entry->most > 0 && n > test->entry->most;
    tell(bench, test,
         undeclared || many              ? "wrong"
         : found || test->entry->rewrite ? "right"
                                         : "missed",
         json_object_get(target, "progress"), fallen.text);
}

static bool run_batch(struct bench *bench, PGconn *admin, struct testcase *cases, size_t n,
                      size_t first, struct error *err)
{
    struct testcase **planted = mem_alloc_array(n + 1, sizeof *planted);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct error one = ERROR_INIT;
        if (plant(bench, admin, &cases[i], first + i, &one)) {
            planted[count++] = &cases[i];
        } else {
            CLEANUP(mem_free_string)
            char *why = mem_printf("could not be planted: %s", one.message);
            tell(bench, &cases[i], "wrong", NULL, why);
        }
        error_clear(&one);
    }
    json_t *json = count > 0 ? score(bench, planted, count, err) : NULL;
    for (size_t i = 0; json != NULL && i < count; i++)
        judge(bench, planted[i], json_array_get(json_object_get(json, "targets"), i));
    json_decref(json);
    for (size_t i = 0; i < n; i++)
        drop(admin, cases[i].database);
    free(planted);
    fflush(bench->out);
    return !error_is_set(err);
}

static bool run(struct bench *bench, struct error *err)
{
    PGconn *admin = NULL;
    if (!open_as("postgres", "postgres", &admin, err))
        return false;
    bool ok = true;
    for (size_t i = 0; ok && i < bench->count; i += bench->batch) {
        size_t n = bench->count - i < bench->batch ? bench->count - i : bench->batch;
        ok = run_batch(bench, admin, bench->cases + i, n, i, err);
    }
    PQfinish(admin);
    return ok;
}

static bool parse(int argc, char **argv, struct bench *bench)
{
    if (argc < 7 || argc % 2 == 0)
        return false;
    *bench = (struct bench){
        .name = argv[2], .example = argv[3], .source = argv[4], .role = argv[5], .batch = BATCH};
    for (int i = 7; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--per") == 0)
            bench->per = atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--batch") == 0)
            bench->batch = (size_t)atoi(argv[i + 1]);
        else if (strcmp(argv[i], "--only") == 0)
            bench->only = argv[i + 1];
        else if (strcmp(argv[i], "--lab") == 0)
            bench->lab = argv[i + 1];
        else
            return false;
    }
    return bench->batch > 0;
}

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct bench bench;
    struct catalogue catalogue;
    if (!parse(argc, argv, &bench) || getenv("SERVER") == NULL) {
        fprintf(stderr,
                "usage: mutate CATALOGUE NAME EXAMPLE TEMPLATE ROLE OUT [OPTION VALUE]...\n");
        return 2;
    }
    bench.out = fopen(argv[6], "a");
    if (bench.out == NULL) {
        perror(argv[6]);
        return 2;
    }
    bool ok = read_catalogue(argv[1], &catalogue, &err) && find_cases(&bench, &catalogue, &err) &&
              run(&bench, &err);
    fclose(bench.out);
    if (!ok)
        error_report(&err, stderr, "mutate");
    printf("# %s: %zu kinds in the catalogue, planted %zu, right %zu, wrong %zu, missed %zu\n",
           bench.name, catalogue.count, bench.planted, bench.right, bench.wrong, bench.missed);
    return !ok ? 2 : bench.wrong + bench.missed > 0 ? 1 : 0;
}
