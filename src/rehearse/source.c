/*
 * The example as the robots type it: dump, split, proof.
 */
#include "rehearse/source.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/source.h"
#include "io/child.h"

enum {
    DUMP_MAX = 64 << 20, /* more is nobody's exercise */
    DUMP_TIMEOUT_MS = 120 * 1000,
    PROOF_TIMEOUT_MS = 180 * 1000,
    CONNECT_TIMEOUT_MS = 10 * 1000,
    PASSES = 8,
    ROWS_PER_INSERT = 100,
};

static bool dump_example(const struct pg_address *loader, struct strbuf *out, struct error *err)
{
    CLEANUP(mem_free_string)
    char *program = pg_own_program("pg_dump");
    if (program == NULL && (program = source_find_program("pg_dump", err)) == NULL)
        return false;
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    const char *const argv[] = {program,
                                "--no-password",
                                "--inserts",
                                "--rows-per-insert=100",
                                "--no-owner",
                                "--no-comments",
                                "--no-privileges",
                                "--no-tablespaces",
                                "--no-publications",
                                "--no-subscriptions",
                                "--no-security-labels",
                                NULL};
    struct child_spec spec = {.argv = argv,
                              .environment = pg_environment(loader, &arena),
                              .timeout_ms = DUMP_TIMEOUT_MS,
                              .max_output = DUMP_MAX + 1};
    CLEANUP(strbuf_release)
    struct strbuf said = STRBUF_INIT;
    int status = -1;
    bool ran = child_run(&spec, &status, out, &said, err);
    if (!ran)
        return false;
    if (status != 0) {
        error_set(err, ERROR_FAILED, "the example \"%s\" could not be dumped", loader->dbname);
        return error_detail(err, "%s", said.text);
    }
    if (out->len > DUMP_MAX)
        return error_set(err, ERROR_INPUT, "the example \"%s\" is too large for robots (%d MB)",
                         loader->dbname, DUMP_MAX >> 20);
    return true;
}

/* -- the proof --------------------------------------------------------------------------------- */

static bool say(const struct pg_address *address, const char *sql, struct error *err)
{
    PGconn *conn;
    if (!pg_connect_now(address, CONNECT_TIMEOUT_MS, &conn, err))
        return false;
    bool ok = pg_script_now(conn, sql, err);
    PQfinish(conn);
    return ok;
}

/* One after the other, for CREATE DATABASE stands alone. */
static bool make_scratch(const struct pg_address *admin, const char *name, const char *owner,
                         struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "CREATE DATABASE ");
    pg_add_identifier(&sql, name);
    strbuf_add_string(&sql, " OWNER ");
    pg_add_identifier(&sql, owner);
    strbuf_add_string(&sql, " TEMPLATE template0");
    if (!say(admin, sql.text, err))
        return false;
    strbuf_reset(&sql);
    strbuf_add_string(&sql, "REVOKE ALL ON DATABASE ");
    pg_add_identifier(&sql, name);
    strbuf_add_string(&sql, " FROM PUBLIC");
    return say(admin, sql.text, err);
}

static void drop_scratch(const struct pg_address *admin, const char *name)
{
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    strbuf_add_string(&sql, "DROP DATABASE IF EXISTS ");
    pg_add_identifier(&sql, name);
    strbuf_add_string(&sql, " WITH (FORCE)");
    struct error ignored = ERROR_INIT; /* the first error is what counts */
    say(admin, sql.text, &ignored);
    error_clear(&ignored);
}

/* In a process of its own that nobody waits for: dropping a database waits for a checkpoint, which
 * right after `apply` made a class takes many seconds, and the class is waiting. */
static void drop_scratch_aside(const struct pg_address *admin, const char *name)
{
    pid_t child = fork();
    if (child < 0) {
        drop_scratch(admin, name);
        return;
    }
    if (child > 0) {
        waitpid(child, NULL, 0);
        return;
    }
    if (fork() == 0) {
        setsid();
        int nothing = open("/dev/null", O_RDWR);
        for (int fd = 0; fd <= 2 && nothing >= 0; fd++)
            dup2(nothing, fd);
        drop_scratch(admin, name);
    }
    _exit(0);
}

struct proof {
    PGconn *conn;
    struct robot_source *source;
    struct part *good, *left;
    size_t n_good, n_left;
    int64_t deadline;
};

/* Try what is left, once; the order of what succeeds is the order that works. */
static bool run_pass(struct proof *proof, bool *ret_moved, struct error *err)
{
    size_t kept = 0;
    struct split *split = &proof->source->split;
    proof->source->first_fault = NULL;
    for (size_t i = 0; i < proof->n_left; i++) {
        struct part part = proof->left[i];
        struct error fault = ERROR_INIT;
        if (pg_script_now(proof->conn, part.sql, &fault)) {
            proof->good[proof->n_good++] = part;
            continue;
        }
        if (fault.code == ERROR_CONNECTION || clock_monotonic_ms() > proof->deadline) {
            error_move(err, &fault);
            return error_wrap(err, "trying the example's statements");
        }
        if (kept == 0)
            proof->source->first_fault =
                arena_printf(&split->arena, "%s: %s", part.step, fault.message);
        error_clear(&fault);
        proof->left[kept++] = part;
    }
    *ret_moved = kept < proof->n_left;
    proof->n_left = kept;
    return true;
}

static bool run_passes(struct proof *proof, struct error *err)
{
    bool moved = true;
    for (int pass = 0; pass < PASSES && moved && proof->n_left > 0; pass++)
        if (!run_pass(proof, &moved, err))
            return false;
    return true;
}

static bool prove_order(const struct pg_address *admin, const struct pg_address *loader,
                        struct robot_source *source, struct error *err)
{
    struct split *split = &source->split;
    CLEANUP(mem_free_string)
    char *name = mem_printf("lectern_rehearsal_%d", (int)getpid());
    struct proof proof = {
        .source = source,
        .good = arena_alloc_array(&split->arena, split->count + 1, sizeof(struct part)),
        .left = split->parts,
        .n_left = split->count,
        .deadline = clock_monotonic_ms() + PROOF_TIMEOUT_MS};
    struct pg_address scratch = *loader;
    scratch.dbname = name;
    scratch.options = "-c client_min_messages=error -c statement_timeout=60s -c TimeZone=UTC";
    bool ok = make_scratch(admin, name, loader->user, err) &&
              pg_connect_now(&scratch, CONNECT_TIMEOUT_MS, &proof.conn, err) &&
              run_passes(&proof, err);
    PQfinish(proof.conn);
    drop_scratch_aside(admin, name);
    if (!ok)
        return error_wrap(err, "the scratch database \"%s\"", name);
    split->parts = proof.good;
    split->count = proof.n_good;
    source->left_out = proof.n_left;
    return true;
}

static size_t place_of(const char *step, const char *const steps[], size_t n)
{
    size_t place = 0;
    while (place < n && strcmp(steps[place], step) != 0)
        place++;
    return place;
}

/* The lab's order, then the split's; what belongs to no step comes last. */
static void follow_steps(struct split *split, const char *const steps[], size_t n)
{
    struct part *ordered = arena_alloc_array(&split->arena, split->count + 1, sizeof(*ordered));
    size_t count = 0;
    for (size_t place = 0; place <= n; place++)
        for (size_t i = 0; i < split->count; i++)
            if (place_of(split->parts[i].step, steps, n) == place)
                ordered[count++] = split->parts[i];
    split->parts = ordered;
}

bool robot_source_read(const struct pg_address *admin, const struct pg_address *loader,
                       const char *const steps[], size_t n_steps, struct robot_source *ret_source,
                       struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf dump = STRBUF_INIT;
    struct robot_source source = {.left_out = 0};
    if (!dump_example(loader, &dump, err) ||
        !split_script(loader->dbname, dump.text, dump.len, ROWS_PER_INSERT, &source.split, err))
        return false;
    follow_steps(&source.split, steps, n_steps);
    if (source.split.count == 0)
        error_set(err, ERROR_INPUT, "the example \"%s\" is empty", loader->dbname);
    if (source.split.count == 0 || !prove_order(admin, loader, &source, err)) {
        robot_source_release(&source);
        return false;
    }
    *ret_source = source;
    return true;
}

void robot_source_release(struct robot_source *source)
{
    split_release(&source->split);
    *source = (struct robot_source){.left_out = 0};
}
