/*
 * What the word LAB of a command line means.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/class.h"
#include "command/command.h"
#include "command/demo_lab.h"
#include "command/lab_files.h"
#include "io/pg.h"

enum { LAB_FILE_MAX = 256 * 1024, ROSTER_FILE_MAX = 16 * 1024 * 1024 };

static bool is_path(const char *argument)
{
    size_t len = strlen(argument);
    return strchr(argument, '/') != NULL || (len > 5 && strcmp(argument + len - 5, ".yaml") == 0);
}

static bool is_given(const char *argument)
{
    return argument != NULL && argument[0] != '\0';
}

/* Name and source of the applied lab of that name, or of the current one; malloc'd, both NULL when
 * there is no such lab. */
static bool find_applied(const struct site *site, const char *name, char **ret_name,
                         char **ret_source, struct error *err)
{
    PGconn *conn = NULL;
    PGresult *result = NULL;
    *ret_name = *ret_source = NULL;
    if (!class_connect(site, &conn, err))
        return false;
    bool ok = pg_query_now(conn,
                           "SELECT name, source FROM public.labs"
                           " WHERE name = $1 OR ($1 IS NULL AND is_current)",
                           1, &name, &result, err);
    if (ok && PQntuples(result) == 1) {
        *ret_name = mem_strdup(pg_value(result, 0, "name"));
        *ret_source = mem_strdup(pg_value(result, 0, "source"));
    }
    PQclear(result);
    PQfinish(conn);
    return ok;
}

static bool no_current(struct error *err)
{
    error_set(err, ERROR_NOT_FOUND, "there is no current lab");
    return error_hint(err,
                      "Apply a lab file, \"lectern apply LAB.yaml\", take one that was applied, "
                      "\"lectern lab use NAME\", or try \"lectern demo\".");
}

static bool read_lab(const char *path, struct lab *ret_lab, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    return file_read(path, LAB_FILE_MAX, &text, err) &&
           lab_parse(path, text.text, text.len, ret_lab, err);
}

bool command_resolve_lab(const struct site *site, const char *argument, char **ret_name,
                         struct error *err)
{
    if (is_given(argument) && is_path(argument)) {
        struct lab lab;
        if (!read_lab(argument, &lab, err))
            return false;
        *ret_name = mem_strdup(lab.name);
        lab_release(&lab);
        return true;
    }
    CLEANUP(mem_free_string)
    char *source = NULL;
    if (!find_applied(site, is_given(argument) ? argument : NULL, ret_name, &source, err))
        return false;
    if (*ret_name != NULL)
        return true;
    if (!is_given(argument))
        return no_current(err);
    error_set(err, ERROR_NOT_FOUND, "no lab \"%s\" was applied", argument);
    return error_hint(err, "\"lectern lab list\" shows those that were.");
}

/* The path that was meant; malloc'd. */
static char *find_file(const struct site *site, const char *argument, struct error *err)
{
    CLEANUP(mem_free_string)
    char *name = NULL;
    char *source = NULL;
    if (is_given(argument) && is_path(argument))
        return mem_strdup(argument);
    if (!find_applied(site, is_given(argument) ? argument : NULL, &name, &source, err))
        return NULL;
    if (source != NULL)
        return source;
    if (!is_given(argument)) {
        no_current(err);
        return NULL;
    }
    CLEANUP(mem_free_string)
    char *relative = mem_printf("labs/%s", argument);
    CLEANUP(mem_free_string)
    char *directory = site_path(site, relative);
    char *path = path_join(directory, "lab.yaml");
    if (file_exists(path) ||
        (strcmp(argument, DEMO_LAB) == 0 && demo_lab_unpack(directory, DEMO_STUDENTS, 1, err)))
        return path;
    free(path);
    error_set(err, ERROR_NOT_FOUND, "there is no lab \"%s\"", argument);
    error_hint(err, "Give the path of its lab.yaml; \"lectern lab list\" shows the labs that were "
                    "applied.");
    return NULL;
}

static bool read_roster(struct lab_files *files, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const char *path = files->lab.roster;
    if (file_exists(path))
        return file_read(path, ROSTER_FILE_MAX, &text, err) &&
               roster_parse(path, text.text, text.len, &files->roster, err);
    error_set(err, ERROR_NOT_FOUND, "%s: roster: there is no file \"%s\"", files->path, path);
    return error_hint(err, "Write the class list there, or mend the path: it begins at the lab "
                           "file's folder.");
}

bool lab_files_load(const struct site *site, const char *argument, struct lab_files *ret_files,
                    struct error *err)
{
    CLEANUP(mem_free_string)
    char *found = find_file(site, argument, err);
    if (found == NULL)
        return false;
    struct lab_files files = {.path = realpath(found, NULL)};
    if (files.path == NULL)
        return error_set_errno(err, errno, "could not open the lab file \"%s\"", found);
    bool ok = read_lab(files.path, &files.lab, err);
    if (ok && !read_roster(&files, err)) {
        lab_release(&files.lab);
        ok = false;
    }
    if (ok)
        *ret_files = files;
    else
        free(files.path);
    return ok;
}

void lab_files_release(struct lab_files *files)
{
    free(files->path);
    lab_release(&files->lab);
    roster_release(&files->roster);
    files->path = NULL;
}
