/*
 * Reading an example or a homework as SQL text, by PostgreSQL's own programs where it is no text.
 */
#include "facts/source.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "io/child.h"

enum { HEAD_SIZE = 512, ENVIRONMENT_MAX = 64 };

char *source_find_program(const char *name, struct error *err)
{
    CLEANUP(mem_free_string)
    char *pattern = mem_printf("/usr/lib/postgresql/*/bin/%s", name);
    glob_t found = {0};
    char *best = NULL;
    double version = -1;
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) {
            double v = strtod(found.gl_pathv[i] + strlen("/usr/lib/postgresql/"), NULL);
            if (v <= version || access(found.gl_pathv[i], X_OK) != 0)
                continue;
            version = v;
            free(best);
            best = mem_strdup(found.gl_pathv[i]);
        }
    globfree(&found);
    if (best == NULL)
        best = child_find_program(name, NULL);
    if (best == NULL) {
        error_set(err, ERROR_NOT_FOUND, "program \"%s\" is not installed", name);
        error_hint(err, "Install PostgreSQL's client programs: postgresql-client.");
    }
    return best;
}

bool source_child_user(unsigned *ret_uid, unsigned *ret_gid)
{
    const struct passwd *nobody = geteuid() == 0 ? getpwnam("nobody") : NULL;
    if (nobody == NULL)
        return false;
    *ret_uid = nobody->pw_uid;
    *ret_gid = nobody->pw_gid;
    return true;
}

/* The last line of what a program wrote to stderr, disarmed; malloc'd. */
static char *last_line(const struct strbuf *errors)
{
    size_t end = errors->len;
    while (end > 0 && errors->text[end - 1] == '\n')
        end--;
    size_t begin = end;
    while (begin > 0 && errors->text[begin - 1] != '\n')
        begin--;
    CLEANUP(mem_free_string)
    char *line = mem_strndup(errors->text + begin, end - begin);
    return str_disarm(line);
}

/* Run a program whose output is the SQL text. */
static bool run(const struct child_spec *spec, size_t max_bytes, struct strbuf *out,
                struct strbuf *errors, int *ret_status, struct error *err)
{
    struct child_spec limited = *spec;
    limited.max_output = max_bytes + 1;
    limited.timeout_ms = SOURCE_TIMEOUT_MS;
    size_t before = out->len;
    if (!child_run(&limited, ret_status, out, errors, err))
        return false;
    if (out->len - before > max_bytes)
        return error_set(err, ERROR_INPUT, "the dump is larger than %zu MB", max_bytes >> 20);
    return true;
}

/* -- a live database --------------------------------------------------------------------------- */

struct environment {
    const char *items[ENVIRONMENT_MAX];
    size_t count;
    struct arena arena;
};

static bool add_parameters(struct environment *environment, const PQconninfoOption *options,
                           struct error *err)
{
    for (const PQconninfoOption *option = options; option->keyword != NULL; option++) {
        if (option->val == NULL || *option->val == '\0')
            continue;
        if (option->envvar == NULL || environment->count + 1 >= ENVIRONMENT_MAX)
            return error_set(err, ERROR_INPUT, "parameter \"%s\" of the URI cannot be used here",
                             option->keyword);
        environment->items[environment->count++] =
            arena_printf(&environment->arena, "%s=%s", option->envvar, option->val);
    }
    return true;
}

static bool dump_live(const char *program, const struct environment *environment, size_t max_bytes,
                      struct strbuf *out, struct error *err)
{
    const char *const argv[] = {program,
                                "--format=plain",
                                "--no-owner",
                                "--no-privileges",
                                "--no-comments",
                                "--exclude-schema=lectern",
                                "--no-password",
                                "--no-tablespaces",
                                "--no-publications",
                                "--no-subscriptions",
                                NULL};
    const struct child_spec spec = {.argv = argv, .environment = environment->items};
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    int status = 0;
    if (!run(&spec, max_bytes, out, &errors, &status, err))
        return false;
    if (status == 0)
        return true;
    CLEANUP(mem_free_string)
    char *line = last_line(&errors);
    error_set(err, ERROR_CONNECTION, "the live database cannot be dumped: %s", line);
    if (strstr(errors.text, "server version mismatch") != NULL)
        error_hint(err, "Its server is newer than the pg_dump here: dump it there with "
                        "pg_dump --format=plain, and take the file.");
    else
        error_hint(err, "pg_dump read it from here without asking for a password: see whether psql "
                        "with the same URI gets in (~/.pgpass), or dump it yourself and take the "
                        "file.");
    return false;
}

static bool read_live(const char *uri, size_t max_bytes, struct strbuf *out, struct error *err)
{
    char *fault = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &fault);
    if (options == NULL) {
        /* libpq's message may quote the URI, password and all. */
        PQfreemem(fault);
        error_set(err, ERROR_INPUT, "the example's URI cannot be read");
        return error_hint(err, "Write it as postgresql://USER@HOST:PORT/DATABASE.");
    }
    struct environment environment = {.arena = ARENA_INIT};
    CLEANUP(mem_free_string)
    char *program = NULL;
    bool ok = add_parameters(&environment, options, err) &&
              (program = source_find_program("pg_dump", err)) != NULL &&
              dump_live(program, &environment, max_bytes, out, err);
    PQconninfoFree(options);
    arena_release(&environment.arena);
    return ok;
}

/* -- archives ---------------------------------------------------------------------------------- */

/* `directory`: an archive in a directory; otherwise `fd` is the archive. */
static bool read_archive(const char *source, const char *directory, int fd, size_t max_bytes,
                         struct strbuf *out, struct error *err)
{
    CLEANUP(mem_free_string)
    char *program = source_find_program("pg_restore", err);
    if (program == NULL)
        return false;
    const char *const argv[] = {program,    "--no-owner", "--no-privileges",
                                "--file=-", directory,    NULL};
    struct child_spec spec = {.argv = argv, .input_fd = fd};
    unsigned uid, gid;
    if (directory == NULL && source_child_user(&uid, &gid)) {
        spec.change_user = true;
        spec.uid = uid;
        spec.gid = gid;
    }
    CLEANUP(strbuf_release)
    struct strbuf errors = STRBUF_INIT;
    int status = 0;
    if (!run(&spec, max_bytes, out, &errors, &status, err))
        return error_wrap(err, "%s", source);
    if (status == 0)
        return true;
    CLEANUP(mem_free_string)
    char *line = last_line(&errors);
    error_set(err, ERROR_INPUT, "%s: the archive cannot be read: %s", source, line);
    if (strstr(errors.text, "unsupported version") != NULL)
        error_hint(err, "It was made by a newer pg_dump than the pg_restore here: make it again "
                        "with pg_dump --format=plain.");
    return false;
}

/* -- files ------------------------------------------------------------------------------------- */

static bool head_is(const unsigned char *head, size_t len, size_t offset, const char *magic,
                    size_t magic_len)
{
    return len >= offset + magic_len && memcmp(head + offset, magic, magic_len) == 0;
}

/* What the file's first bytes say that it is, when that is nothing for us; NULL: fine. */
static const char *unfit(const unsigned char *head, size_t len)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *hint;
    } formats[] = {
        {"\x1f\x8b", 2, "It is compressed: unpack it with gunzip."},
        {"BZh", 3, "It is compressed: unpack it with bunzip2."},
        {"\xfd"
         "7zXZ",
         5, "It is compressed: unpack it with unxz."},
        {"\x28\xb5\x2f\xfd", 4, "It is compressed: unpack it with unzstd."},
        {"PK\x03\x04", 4, "It is a zip archive: unpack it, and give the dump inside."},
        {"\xff\xfe", 2, "It is UTF-16: save it as UTF-8."},
        {"\xfe\xff", 2, "It is UTF-16: save it as UTF-8."},
        {"SQLite format 3", 15, "It is an SQLite database: give a PostgreSQL dump."},
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (head_is(head, len, 0, formats[i].magic, formats[i].len))
            return formats[i].hint;
    return NULL;
}

static bool read_file(const char *source, size_t max_bytes, struct strbuf *out, struct error *err)
{
    int fd = open(source, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "could not open \"%s\"", source);
    unsigned char head[HEAD_SIZE];
    ssize_t n = read(fd, head, sizeof head);
    size_t len = n > 0 ? (size_t)n : 0;
    bool archive = head_is(head, len, 0, "PGDMP", 5) || head_is(head, len, 257, "ustar", 5);
    bool ok = true;
    if (archive)
        ok = lseek(fd, 0, SEEK_SET) == 0 && read_archive(source, NULL, fd, max_bytes, out, err);
    close(fd);
    if (archive)
        return ok;
    const char *hint = unfit(head, len);
    if (hint != NULL) {
        error_set(err, ERROR_INPUT, "%s: not a SQL dump", source);
        return error_hint(err, "%s", hint);
    }
    return file_read(source, max_bytes, out, err);
}

bool source_read(const char *source, bool is_uri, size_t max_bytes, struct strbuf *out,
                 struct error *err)
{
    size_t max = max_bytes != 0 ? max_bytes : SOURCE_MAX_BYTES;
    if (is_uri)
        return read_live(source, max, out, err);
    struct stat status;
    if (stat(source, &status) != 0)
        return error_set_errno(err, errno, "could not open \"%s\"", source);
    if (!S_ISDIR(status.st_mode))
        return read_file(source, max, out, err);
    CLEANUP(mem_free_string)
    char *toc = path_join(source, "toc.dat");
    if (!file_exists(toc)) {
        error_set(err, ERROR_INPUT, "%s: a directory, but no archive of pg_dump", source);
        return error_hint(err, "Make it with pg_dump --format=directory, or give a file.");
    }
    return read_archive(source, source, 0, max, out, err);
}
