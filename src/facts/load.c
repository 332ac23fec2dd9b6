/*
 * Loading a script through psql.  psql stops at the first error; we note it, and start it again
 * behind the statement that failed, saying first what the session had been told.  (Letting it run
 * on would not do: after a COPY that fails, psql reads the rows as if they were statements.)
 */
#include "facts/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "facts/source.h"
#include "io/child.h"
#include "io/loop.h"

enum {
    TIMEOUT_MS = 600 * 1000,
    RUNS_MAX = 400, /* starts of psql: so many statements may fail, over all passes */
    PASSES_MAX = 20,
    SIZE_EVERY_MS = 500,
    WATCHER_TIMEOUT_MS = 10 * 1000,
    KEY_BYTES = 16,
    EXIT_SCRIPT = 3, /* psql's exit status after an error with ON_ERROR_STOP */
};

#define MAX_BYTES INT64_C(4294967296)

struct loader {
    const struct script *script;
    const struct load_options *options;
    struct load_report *report;
    char *psql;
    const char *environment[20];
    struct arena arena; /* of the environment */
    bool change_user;
    unsigned uid, gid;
    int64_t deadline_ms;
    int64_t max_bytes;
    const char **failed; /* per item: the server's message; NULL: fine */
    int runs;

    struct loop loop;
    struct pg *watcher;
    bool watching; /* false: the watcher's connection is gone */
    struct child *child;
    uv_timer_t timer;
    bool done;
    bool too_large;
    int status;
    char *errors;
};

/* -- psql -------------------------------------------------------------------------------------- */

/* \restrict came with 15.14 and its like in the other branches. */
static bool knows_restrict(int major, int minor)
{
    static const int since[][2] = {{13, 22}, {14, 19}, {15, 14}, {16, 10}, {17, 6}};
    for (size_t i = 0; i < sizeof since / sizeof *since; i++)
        if (major == since[i][0])
            return minor >= since[i][1];
    return major >= 18;
}

static bool find_psql(struct loader *loader, struct error *err)
{
    loader->psql = source_find_program("psql", err);
    if (loader->psql == NULL)
        return false;
    const char *const argv[] = {loader->psql, "--version", NULL};
    const struct child_spec spec = {.argv = argv, .timeout_ms = 10 * 1000};
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    int status = 0, major = 0, minor = 0;
    if (!child_run(&spec, &status, &out, NULL, err))
        return false;
    if (sscanf(out.text, "psql (PostgreSQL) %d.%d", &major, &minor) < 1 ||
        !knows_restrict(major, minor)) {
        error_set(err, ERROR_FAILED, "psql %d.%d cannot load dumps safely", major, minor);
        return error_hint(err,
                          "Install psql 15.14, 16.10, 17.6, 18 or newer: it knows \\restrict.");
    }
    return true;
}

static void set_environment(struct loader *loader)
{
    const struct pg_address *address = &loader->options->loader;
    const struct {
        const char *name, *value;
    } variables[] = {
        {"PGHOST", address->host},
        {"PGHOSTADDR", address->hostaddr},
        {"PGPORT", address->port},
        {"PGDATABASE", address->dbname},
        {"PGUSER", address->user},
        {"PGPASSWORD", address->password},
        {"PGSSLMODE", address->sslmode != NULL  ? address->sslmode
                      : address->host[0] != '/' ? "verify-full"
                                                : "disable"},
        {"PGSSLROOTCERT", address->sslrootcert},
        {"PGSSLCERT", "/nonexistent/postgresql.crt"}, /* root's home is closed to psql's user */
        {"PGAPPNAME", "lectern load"},
        {"PGPASSFILE", "/dev/null"},
        {"PGCLIENTENCODING", "UTF8"},
        {"PGCONNECT_TIMEOUT", "10"},
        /* An endless statement ends soon after psql did. */
        {"PGOPTIONS", "-c search_path=public -c client_min_messages=error "
                      "-c synchronous_commit=off -c client_connection_check_interval=500"},
        {"LC_ALL", "C"},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (variables[i].value != NULL)
            loader->environment[n++] =
                arena_printf(&loader->arena, "%s=%s", variables[i].name, variables[i].value);
}

/* -- the size watch ---------------------------------------------------------------------------- */

static void on_size(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct loader *loader = data;
    loader->watching = pg_is_open(pg);
    if (err != NULL || PQntuples(result) != 1)
        return;
    if (strtoll(PQgetvalue(result, 0, 0), NULL, 10) > loader->max_bytes) {
        loader->too_large = true;
        if (loader->child != NULL)
            child_kill(loader->child, SIGKILL);
    }
}

static void on_watcher(struct pg *pg, const struct error *err, void *data)
{
    struct loader *loader = data;
    (void)pg;
    loader->watching = err == NULL;
}

static void open_watcher(struct loader *loader)
{
    loader->watching = true;
    loader->watcher =
        pg_open(&loader->loop, loader->options->watcher, WATCHER_TIMEOUT_MS, on_watcher, loader);
}

static void on_tick(uv_timer_t *timer)
{
    struct loader *loader = timer->data;
    const char *const params[] = {loader->options->loader.dbname};
    if (!loader->watching) {
        pg_close(loader->watcher);
        open_watcher(loader);
    } else if (pg_is_open(loader->watcher) && !pg_is_busy(loader->watcher)) {
        pg_query(loader->watcher, "SELECT pg_catalog.pg_database_size($1::pg_catalog.name)", 1,
                 params, WATCHER_TIMEOUT_MS, on_size, loader);
    }
}

static void start_watch(struct loader *loader)
{
    loop_init(&loader->loop);
    if (loader->options->watcher == NULL)
        return;
    open_watcher(loader);
    uv_timer_init(&loader->loop.uv, &loader->timer);
    loader->timer.data = loader;
    uv_timer_start(&loader->timer, on_tick, SIZE_EVERY_MS, SIZE_EVERY_MS);
}

/* -- one run ----------------------------------------------------------------------------------- */

/* What psql gets, and which lines of it are which item. */
struct feed {
    struct strbuf text;
    size_t *items; /* per statement in the feed: its item, and the line behind its last one */
    int *ends;
    size_t count;
};

static void feed_release(struct feed *feed)
{
    strbuf_release(&feed->text);
    free(feed->items);
    free(feed->ends);
}

static int count_lines(const char *text, size_t len)
{
    int lines = 0;
    for (const char *p = text; (p = memchr(p, '\n', len - (size_t)(p - text))) != NULL; p++)
        lines++;
    return lines;
}

static void feed_item(struct feed *feed, const struct script_item *item, size_t index, int *line)
{
    strbuf_add(&feed->text, item->text, item->len);
    *line += count_lines(item->text, item->len) + 1;
    if (item->len == 0 || item->text[item->len - 1] != ';')
        strbuf_add_string(&feed->text, "\n;"), ++*line;
    strbuf_add_char(&feed->text, '\n');
    if (item->data != NULL) {
        bool returns = item->data_len > 1 && item->data[item->data_len - 2] == '\r';
        strbuf_add(&feed->text, item->data, item->data_len);
        strbuf_add_string(&feed->text, returns ? "\\.\r\n" : "\\.\n"); /* as the rows' ends are */
        *line += count_lines(item->data, item->data_len) + 1;
    }
    feed->items[feed->count] = index;
    feed->ends[feed->count++] = *line;
}

/* The items from `from` on that `wanted` says, and before them the session's own.  `together`: in
 * one transaction, at whose end constraints are looked at. */
static bool make_feed(const struct loader *loader, const bool *wanted, size_t from, bool together,
                      struct feed *ret_feed, struct error *err)
{
    const struct script *script = loader->script;
    struct feed feed = {STRBUF_INIT, NULL, NULL, 0};
    feed.items = mem_alloc_array(script->count + 1, sizeof *feed.items);
    feed.ends = mem_alloc_array(script->count + 1, sizeof *feed.ends);
    unsigned char key[KEY_BYTES];
    if (getrandom(key, sizeof key, 0) != sizeof key) {
        feed_release(&feed);
        return error_set(err, ERROR_FAILED, "the kernel gave no random bytes");
    }
    strbuf_add_string(&feed.text, "\\restrict ");
    for (size_t i = 0; i < sizeof key; i++)
        strbuf_printf(&feed.text, "%02x", key[i]);
    strbuf_add_char(&feed.text, '\n');
    int line = 2;
    if (together)
        strbuf_add_string(&feed.text, "BEGIN;\nSET CONSTRAINTS ALL DEFERRED;\n"), line += 2;
    for (size_t i = 0; i < script->count; i++) {
        bool session = script->items[i].session && (!loader->failed[i] || (i >= from && !together));
        if (session || (i >= from && wanted[i]))
            feed_item(&feed, &script->items[i], i, &line);
    }
    if (together)
        strbuf_add_string(&feed.text, "COMMIT;\n");
    *ret_feed = feed;
    return true;
}

static void on_exit_(int status, const char *errors, void *data)
{
    struct loader *loader = data;
    loader->child = NULL;
    loader->status = status;
    loader->errors = mem_strdup(errors);
    loader->done = true;
}

static bool run_psql(struct loader *loader, const struct feed *feed, struct error *err)
{
    const char *const argv[] = {loader->psql,
                                "--no-psqlrc",
                                "--quiet",
                                "--no-password",
                                "--tuples-only",
                                "--no-align",
                                "--output=/dev/null",
                                "--set=ON_ERROR_STOP=1",
                                "--set=VERBOSITY=verbose",
                                "--set=SHOW_CONTEXT=never",
                                "--set=FETCH_COUNT=1000",
                                "--file=-",
                                NULL};
    int64_t left = loader->deadline_ms - clock_monotonic_ms();
    struct child_spec spec = {
        .argv = argv,
        .environment = loader->environment,
        .input = feed->text.text,
        .input_len = feed->text.len,
        .uid = loader->uid,
        .gid = loader->gid,
        .change_user = loader->change_user,
        .timeout_ms = left > 1 ? left : 1,
    };
    loader->done = false;
    loader->child = child_start(&loader->loop, &spec, NULL, on_exit_, loader, err);
    if (loader->child == NULL)
        return false;
    loop_run_until(&loader->loop, &loader->done, left + 5000);
    if (!loader->done) {
        child_abandon(loader->child);
        loader->child = NULL;
    }
    if (loader->too_large) {
        error_set(err, ERROR_TIMEOUT, "%s: loading it was stopped: the database grew above %lld MB",
                  loader->script->file, (long long)(loader->max_bytes >> 20));
        return error_hint(err, "The example may be too large, or fill the disk on purpose.");
    }
    if (!loader->done || clock_monotonic_ms() >= loader->deadline_ms) {
        error_set(err, ERROR_TIMEOUT, "%s: loading it was stopped after %lld s",
                  loader->script->file,
                  (long long)((loader->options->timeout_ms > 0 ? loader->options->timeout_ms
                                                               : TIMEOUT_MS) /
                              1000));
        return error_hint(err, "It may be too large, or hold a statement that never ends.");
    }
    return true;
}

/* -- what psql said ---------------------------------------------------------------------------- */

/* "psql:<stdin>:LINE: ERROR:  CODE: message": the line, and the message, malloc'd. */
static bool read_complaint(const char *errors, int *ret_line, char **ret_message)
{
    const char *p = strstr(errors, "psql:<stdin>:");
    if (p == NULL)
        return false;
    p += strlen("psql:<stdin>:");
    char *end;
    long line = strtol(p, &end, 10);
    if (end == p || *end != ':')
        return false;
    p = end + 1;
    p += strspn(p, " ");
    const char *stop = strchr(p, '\n');
    /* Without the severity; the code stays, for those who look it up. */
    const char *colon = strstr(p, ":  ");
    if (colon != NULL && (stop == NULL || colon < stop))
        p = colon + 3;
    *ret_line = (int)line;
    *ret_message = mem_strndup(p, stop != NULL ? (size_t)(stop - p) : strlen(p));
    return true;
}

static bool lost(const struct loader *loader, const char *errors, struct error *err)
{
    size_t len = strcspn(errors, "\n");
    return error_set(err, ERROR_CONNECTION, "%s: psql ended with status %d: %.*s",
                     loader->script->file, loader->status, (int)(len < 300 ? len : 300), errors);
}

/* Find the item that failed, note it; *ret_next is where to go on. */
static bool take_failure(struct loader *loader, const struct feed *feed, size_t *ret_next,
                         struct error *err)
{
    int line = 0;
    CLEANUP(mem_free_string)
    char *message = NULL;
    if (loader->status != EXIT_SCRIPT || !read_complaint(loader->errors, &line, &message))
        return lost(loader, loader->errors, err);
    for (size_t i = 0; i < feed->count; i++)
        if (line < feed->ends[i]) {
            size_t len = strlen(message);
            loader->failed[feed->items[i]] =
                arena_strndup(&loader->report->arena, message, len < 400 ? len : 400);
            if (*ret_next <= feed->items[i])
                *ret_next = feed->items[i] + 1;
            return true;
        }
    return lost(loader, loader->errors, err);
}

static bool too_many(const struct loader *loader, struct error *err)
{
    for (size_t i = 0; i < loader->script->count; i++)
        if (loader->failed[i] != NULL)
            return error_set(
                err, ERROR_INPUT, "%s:%d: too many statements fail, beginning here: %s",
                loader->script->file, loader->script->items[i].line, loader->failed[i]);
    return error_set(err, ERROR_INPUT, "%s: too many statements fail", loader->script->file);
}

/* One pass over the wanted items, psql started anew behind each that fails. */
static bool run_pass(struct loader *loader, const bool *wanted, struct error *err)
{
    size_t next = 0;
    for (bool more = true; more;) {
        if (++loader->runs > RUNS_MAX)
            return too_many(loader, err);
        struct feed feed;
        if (!make_feed(loader, wanted, next, false, &feed, err))
            return false;
        free(loader->errors);
        loader->errors = NULL;
        bool ok = run_psql(loader, &feed, err);
        more = ok && loader->status != 0;
        ok = ok && (!more || take_failure(loader, &feed, &next, err));
        feed_release(&feed);
        if (!ok)
            return false;
    }
    return true;
}

/* Still to be had: its failure was not its last word. */
static bool left_over(const struct loader *loader, size_t i)
{
    const struct script_item *item = &loader->script->items[i];
    return loader->failed[i] != NULL && !item->no_retry && !item->session;
}

/* What a pass left is tried again, as long as each pass gets further. */
static bool run_passes(struct loader *loader, bool *wanted, struct error *err)
{
    const struct script *script = loader->script;
    bool ok = true;
    for (size_t before = script->count + 1;;) {
        loader->report->passes++;
        ok = run_pass(loader, wanted, err);
        size_t again = 0;
        for (size_t i = 0; i < script->count; i++) {
            wanted[i] = left_over(loader, i);
            again += wanted[i];
        }
        if (!ok || again == 0 || again >= before || loader->report->passes >= PASSES_MAX)
            break;
        before = again;
        for (size_t i = 0; i < script->count; i++)
            if (wanted[i])
                loader->failed[i] = NULL;
    }
    return ok;
}

/* The statements of a transaction that failed one by one, in one: rows that refer to each other by
 * deferred keys.  All of them succeed, or none. */
static bool run_together(struct loader *loader, bool *wanted, int block, bool *ret_done,
                         struct error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < loader->script->count; i++) {
        wanted[i] = loader->script->items[i].block == block && left_over(loader, i);
        n += wanted[i];
    }
    if (n < 2 || loader->runs >= RUNS_MAX)
        return true;
    struct feed feed;
    if (!make_feed(loader, wanted, 0, true, &feed, err))
        return false;
    loader->runs++;
    free(loader->errors);
    loader->errors = NULL;
    bool ok = run_psql(loader, &feed, err);
    feed_release(&feed);
    *ret_done = ok && loader->status == 0;
    for (size_t i = 0; i < loader->script->count && *ret_done; i++)
        if (wanted[i])
            loader->failed[i] = NULL;
    return ok;
}

/* The transactions of which more than one statement is left over, each once. */
static bool run_blocks(struct loader *loader, bool *wanted, bool *ret_further, struct error *err)
{
    int last = 0;
    for (size_t i = 0; i < loader->script->count; i++) {
        int block = loader->script->items[i].block;
        bool done = false;
        if (block <= last || !left_over(loader, i))
            continue;
        last = block;
        if (!run_together(loader, wanted, block, &done, err))
            return false;
        *ret_further |= done;
    }
    return true;
}

static bool run_all(struct loader *loader, struct error *err)
{
    const struct script *script = loader->script;
    bool *wanted = mem_alloc_array(script->count + 1, sizeof *wanted);
    for (size_t i = 0; i < script->count; i++)
        wanted[i] = true;
    bool ok = run_passes(loader, wanted, err);
    for (bool further = ok; further;) {
        further = false;
        ok = run_blocks(loader, wanted, &further, err);
        size_t again = 0;
        for (size_t i = 0; i < script->count && further; i++) {
            wanted[i] = left_over(loader, i);
            again += wanted[i];
            if (wanted[i])
                loader->failed[i] = NULL;
        }
        further = further && again > 0;
        ok = ok && (!further || run_passes(loader, wanted, err));
        further = further && ok;
    }
    free(wanted);
    return ok;
}

static void list_failures(const struct loader *loader)
{
    struct load_report *report = loader->report;
    const struct script *script = loader->script;
    report->failures =
        arena_alloc_array(&report->arena, script->count + 1, sizeof *report->failures);
    for (size_t i = 0; i < script->count; i++) {
        if (loader->failed[i] == NULL)
            continue;
        report->failures[report->n_failures++] = (struct load_failure){
            .line = script->items[i].line,
            .message = loader->failed[i],
            .minor = script->items[i].minor,
        };
        report->n_major += !script->items[i].minor;
    }
}

bool load_script(const struct script *script, const struct load_options *options,
                 struct load_report *ret_report, struct error *err)
{
    struct load_report report = {.arena = ARENA_INIT};
    struct loader loader = {
        .script = script,
        .options = options,
        .report = &report,
        .arena = ARENA_INIT,
        .max_bytes = options->max_bytes > 0 ? options->max_bytes : MAX_BYTES,
    };
    loader.deadline_ms =
        clock_monotonic_ms() + (options->timeout_ms > 0 ? options->timeout_ms : TIMEOUT_MS);
    loader.failed = mem_alloc_array(script->count + 1, sizeof *loader.failed);
    loader.change_user = source_child_user(&loader.uid, &loader.gid);
    bool ok = find_psql(&loader, err);
    if (ok) {
        set_environment(&loader);
        start_watch(&loader);
        ok = run_all(&loader, err);
        list_failures(&loader);
        pg_close(loader.watcher);
        loop_release(&loader.loop);
    }
    free(loader.errors);
    free(loader.failed);
    free(loader.psql);
    arena_release(&loader.arena);
    if (!ok) {
        load_report_release(&report);
        return false;
    }
    *ret_report = report;
    return true;
}

void load_report_release(struct load_report *report)
{
    arena_release(&report->arena);
    *report = (struct load_report){.arena = ARENA_INIT};
}
