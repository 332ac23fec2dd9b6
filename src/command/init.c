/*
 * lectern init: a commented lab.yaml from an example and a roster, both checked first.  The name of
 * a shipped lab instead of an example writes that lab's files, to be changed at will.
 */
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/asset.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/yaml.h"
#include "command/command.h"
#include "command/commands.h"
#include "command/demo_lab.h"
#include "lab/draft.h"
#include "lab/lab.h"
#include "lab/roster.h"

enum { ROSTER_MAX = 16 << 20 };

struct request {
    const char *example, *roster, *name, *output;
    char *directory; /* of the output */
    struct error *err;
};

/* Create the file; one that is there is never touched. */
static bool write_new(const char *path, const char *text, size_t len, struct error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) {
        error_set(err, ERROR_EXISTS, "\"%s\" is there already", path);
        return error_hint(err, "Choose another place with --output, or remove the file.");
    }
    if (fd < 0)
        return error_set_errno(err, errno, "could not create \"%s\"", path);
    int failed = 0;
    while (len > 0 && failed == 0) {
        ssize_t n = write(fd, text, len);
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        } else if (n == 0 || errno != EINTR) {
            failed = n == 0 ? EIO : errno;
        }
    }
    if (failed == 0 && fsync(fd) != 0)
        failed = errno;
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0)
        return true;
    unlink(path);
    return error_set_errno(err, failed, "could not write \"%s\"", path);
}

/* libpq says whether it is a URI; one with a password does not belong into a file for many eyes. */
static bool check_uri(const char *uri, struct error *err)
{
    char *fault = NULL;
    PQconninfoOption *options = PQconninfoParse(uri, &fault);
    if (options == NULL) {
        error_set(err, ERROR_INPUT, "the example \"%s\" is no URI that PostgreSQL knows", uri);
        error_detail(err, "%.*s.", fault != NULL ? (int)strcspn(fault, "\n") : 0,
                     fault != NULL ? fault : "");
        PQfreemem(fault);
        return error_hint(err, "Write it as postgresql://USER@HOST:PORT/DATABASE.");
    }
    bool secret = false, dbname = false;
    for (const PQconninfoOption *o = options; o->keyword != NULL; o++) {
        secret = secret || (strcmp(o->keyword, "password") == 0 && o->val != NULL);
        dbname = dbname || (strcmp(o->keyword, "dbname") == 0 && o->val != NULL);
    }
    PQconninfoFree(options);
    if (secret) {
        error_set(err, ERROR_INPUT, "the example's URI contains a password");
        return error_hint(err, "Leave it out and put it into ~/.pgpass, which only you can read.");
    }
    if (!dbname)
        return error_set(err, ERROR_INPUT, "the example \"%s\" names no database", uri);
    return true;
}

/* A dump: a file with something in it, or a directory that pg_dump wrote. */
static bool check_dump(const char *path, struct error *err)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return error_set_errno(err, errno, "could not find the example \"%s\"", path);
    if (S_ISDIR(info.st_mode)) {
        CLEANUP(mem_free_string)
        char *contents = path_join(path, "toc.dat");
        return file_exists(contents) ||
               error_set(err, ERROR_INPUT,
                         "the example \"%s\" is a directory without a pg_dump "
                         "archive in it",
                         path);
    }
    if (!S_ISREG(info.st_mode))
        return error_set(err, ERROR_INPUT, "the example \"%s\" is not a file", path);
    if (info.st_size == 0)
        return error_set(err, ERROR_INPUT, "the example \"%s\" is empty", path);
    if (access(path, R_OK) != 0)
        return error_set_errno(err, errno, "could not read the example \"%s\"", path);
    return utf8_valid(path, strlen(path)) ||
           error_set(err, ERROR_INPUT, "the example's path is not UTF-8");
}

static bool check_roster(const char *path, size_t *ret_students, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct roster roster;
    if (!utf8_valid(path, strlen(path)))
        return error_set(err, ERROR_INPUT, "the roster's path is not UTF-8");
    if (!file_read(path, ROSTER_MAX, &text, err) ||
        !roster_parse(path, text.text, text.len, &roster, err))
        return false;
    *ret_students = roster.count;
    roster_release(&roster);
    return true;
}

/* A path as lab.yaml must say it: as given where that is right from there, else absolute. */
static char *path_for_lab(const struct request *request, const char *path)
{
    if (path[0] == '/' || strcmp(request->directory, ".") == 0)
        return mem_strdup(path);
    char *whole = realpath(path, NULL);
    return whole != NULL ? whole : mem_strdup(path);
}

/* Write lab.yaml, after the parser that will read it has taken it. */
static bool write_lab(const struct request *request, const struct strbuf *text, struct error *err)
{
    struct lab lab;
    if (!lab_parse(request->output, text->text, text->len, &lab, err))
        return false;
    lab_release(&lab);
    return write_new(request->output, text->text, text->len, err);
}

static bool make_lab(const struct request *request)
{
    struct error *err = request->err;
    if (!(lab_example_is_uri(request->example) ? check_uri(request->example, err)
                                               : check_dump(request->example, err)))
        return false;
    CLEANUP(mem_free_string)
    char *name =
        request->name != NULL ? mem_strdup(request->name) : lab_derive_name(request->example);
    CLEANUP(mem_free_string)
    char *title = lab_derive_title(name);
    CLEANUP(mem_free_string)
    char *example = lab_example_is_uri(request->example) ? mem_strdup(request->example)
                                                         : path_for_lab(request, request->example);
    CLEANUP(mem_free_string)
    char *roster = path_for_lab(request, request->roster);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const struct lab_template template = {
        .name = name, .title = title, .example = example, .roster = roster};
    lab_print_template(&text, &template);
    return write_lab(request, &text, err);
}

/* -- shipped labs ------------------------------------------------------------------------------ */

static char *asset_name(const char *lab, const char *file)
{
    return mem_printf("assets/labs/%s/%s", lab, file);
}

static bool is_shipped(const char *name)
{
    CLEANUP(mem_free_string)
    char *asset = asset_name(name, "lab.yaml");
    return strchr(name, '/') == NULL && asset_find(asset) != NULL;
}

/* Append `text` with the value of the top-level `key` replaced. */
static void add_with_value(struct strbuf *out, const char *text, const char *key, const char *value)
{
    size_t len = strlen(key);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n");
        if (strncmp(text, key, len) == 0 && text[len] == ':')
            strbuf_printf(out, "%s: %s", key, value);
        else
            strbuf_add(out, text, line);
        text += line;
        if (*text == '\n')
            strbuf_add_char(out, *text++);
    }
}

static bool write_rows(const char *directory, const char *script, struct error *err)
{
    if (!file_make_directories(directory, 0755, err))
        return false;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool good = true;
    char *table;
    for (int i = 1; good && demo_lab_next_rows(&script, &table, &text); i++) {
        CLEANUP(mem_free_string)
        char *path = mem_printf("%s/%02d-%s.sql", directory, i, table);
        free(table);
        good = write_new(path, text.text, text.len, err);
        strbuf_reset(&text);
    }
    return good;
}

/* The files beside lab.yaml: all of them new, or none is written. */
static bool write_shipped_files(const struct request *request, struct error *err)
{
    const char *files[] = {"library.sql", "task.md", "rows", "roster.csv"};
    size_t n = request->roster != NULL ? 3 : 4;
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(request->directory, files[i]);
        if (file_exists(path)) {
            error_set(err, ERROR_EXISTS, "\"%s\" is there already", path);
            return error_hint(err, "Choose another directory with --output DIRECTORY/lab.yaml.");
        }
    }
    for (size_t i = 0; i < n; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(request->directory, files[i]);
        CLEANUP(mem_free_string)
        char *name = asset_name(request->example, files[i]);
        const struct asset *asset = asset_find(name);
        if (asset != NULL && !write_new(path, asset->text, asset->len, err))
            return false;
    }
    CLEANUP(mem_free_string)
    char *rows = path_join(request->directory, "rows");
    CLEANUP(mem_free_string)
    char *name = asset_name(request->example, "library.sql");
    return write_rows(rows, asset_get(name)->text, err);
}

static bool make_shipped_lab(const struct request *request)
{
    CLEANUP(mem_free_string)
    char *yaml = asset_name(request->example, "lab.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT, named = STRBUF_INIT;
    const char *name = request->name != NULL ? request->name : request->example;
    add_with_value(&named, asset_get(yaml)->text, "lab", name);
    if (request->roster != NULL) {
        CLEANUP(mem_free_string)
        char *path = path_for_lab(request, request->roster);
        CLEANUP(strbuf_release)
        struct strbuf quoted = STRBUF_INIT;
        yaml_add_quoted(&quoted, path);
        add_with_value(&text, named.text, "roster", quoted.text);
    } else {
        strbuf_add(&text, named.text, named.len);
    }
    if (file_exists(request->output)) {
        error_set(request->err, ERROR_EXISTS, "\"%s\" is there already", request->output);
        return error_hint(request->err, "Choose another place with --output.");
    }
    struct lab lab;
    if (!lab_parse(request->output, text.text, text.len, &lab, request->err))
        return false;
    lab_release(&lab);
    return write_shipped_files(request, request->err) && write_lab(request, &text, request->err);
}

static bool make(struct request *request)
{
    size_t students = 0;
    bool shipped = is_shipped(request->example);
    request->directory = path_directory(request->output);
    if (request->roster != NULL && !check_roster(request->roster, &students, request->err))
        return false;
    if (!file_make_directories(request->directory, 0755, request->err))
        return false;
    if (!(shipped ? make_shipped_lab(request) : make_lab(request)))
        return false;
    printf("wrote %s", request->output);
    if (students > 0)
        printf(" for %zu student%s", students, students == 1 ? "" : "s");
    printf("\nnext: lectern plan %s%s says what would happen, lectern apply does it\n",
           strchr(request->output, '/') == NULL && strstr(request->output, ".yaml") == NULL ? "./"
                                                                                            : "",
           request->output);
    return true;
}

static int run(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct request request = {.output = "lab.yaml", .err = &err};
    const struct option_spec options[] = {
        {"from", OPTION_STRING, &request.example, "EXAMPLE",
         "a dump, a postgresql:// URI, or \"library\", the shipped lab"},
        {"roster", OPTION_STRING, &request.roster, "CSV", "the class list"},
        {"name", OPTION_STRING, &request.name, "NAME", "the lab's name; else from the example's"},
        {"output", OPTION_STRING, &request.output, "FILE", "the lab file; default lab.yaml"},
        {NULL, OPTION_FLAG, NULL, NULL, NULL},
    };
    int n;
    char **rest;
    int status = options_parse(&command_init, options, argc, argv, &n, &rest);
    if (status >= 0)
        return status;
    if (n > 0)
        return command_usage(&command_init, "unexpected argument \"%s\"", rest[0]);
    if (request.example == NULL)
        return command_usage(&command_init, "--from is missing");
    if (request.roster == NULL && !is_shipped(request.example))
        return command_usage(&command_init, "--roster is missing");
    bool good = make(&request);
    free(request.directory);
    return good ? EXIT_FINE : command_fail(&command_init, &err);
}

const struct command command_init = {
    .name = "init",
    .arguments = "--from EXAMPLE --roster CSV",
    .summary = "write a lab file for an example and a class",
    .help = "Checks the example and the roster and writes a commented lab.yaml that \"lectern\n"
            "apply\" takes as it is.  A file that is there already is never touched.\n\n"
            "With --from library the files of the shipped lab are written beside it: the example,\n"
            "the task sheet, the rows to hand out, and a roster when none is given.",
    .run = run,
};
