/*
 * The servers' programs: see programs.h.
 */
#include "stack/programs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"

enum { VERSION_FILE_MAX = 64 };

/* Debian keeps servers outside an ordinary user's PATH. */
static const char *const directories[] = {"/usr/sbin", "/usr/bin",       "/sbin",
                                          "/bin",      "/usr/local/bin", NULL};

static void need(const char *name, const char *package, char **ret_path, struct strbuf *missing)
{
    *ret_path = child_find_program(name, directories);
    if (*ret_path != NULL || strstr(missing->text, package) != NULL)
        return;
    strbuf_printf(missing, "%s%s", missing->len > 0 ? ", " : "", package);
}

static char *postgres_program(int version, const char *name)
{
    CLEANUP(mem_free_string)
    char *directory = mem_printf("/usr/lib/postgresql/%d/bin", version);
    CLEANUP(mem_free_string)
    char *path = path_join(directory, name);
    if (file_exists(path))
        return mem_strdup(path);
    return NULL;
}

/* The version that made the data, or 0 when there are none yet. */
static int data_version(const char *state)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "postgres/PG_VERSION");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool ok = file_read(path, VERSION_FILE_MAX, &text, &missing);
    error_clear(&missing);
    return ok ? (int)strtol(text.text, NULL, 10) : 0;
}

static void find_postgres(const char *state, struct programs *programs, struct strbuf *missing)
{
    int made_by = data_version(state);
    int newest = made_by != 0 ? made_by : PROGRAMS_POSTGRES_NEWEST;
    int oldest = made_by != 0 ? made_by : PROGRAMS_POSTGRES_OLDEST;
    for (int version = newest; version >= oldest; version--) {
        programs->postgres = postgres_program(version, "postgres");
        programs->initdb = postgres_program(version, "initdb");
        programs->postgres_version = version;
        if (programs->postgres != NULL && programs->initdb != NULL)
            return;
        mem_free_string(&programs->postgres);
        mem_free_string(&programs->initdb);
    }
    strbuf_printf(missing, "%spostgresql-%d", missing->len > 0 ? ", " : "", oldest);
}

bool programs_find(const char *state, struct programs *ret_programs, struct error *err)
{
    struct programs found = {0};
    CLEANUP(strbuf_release)
    struct strbuf missing = STRBUF_INIT;
    need("runsvdir", "runit", &found.runsvdir, &missing);
    need("svlogd", "runit", &found.svlogd, &missing);
    need("setpriv", "util-linux", &found.setpriv, &missing);
    need("slapd", "slapd", &found.slapd, &missing);
    need("slapadd", "slapd", &found.slapadd, &missing);
    find_postgres(state, &found, &missing);
    need("prometheus-sql-exporter", "prometheus-sql-exporter", &found.exporter, &missing);
    /* The exporter's package has the other's name in its own: look for the name alone. */
    found.prometheus = child_find_program("prometheus", directories);
    if (found.prometheus == NULL)
        strbuf_printf(&missing, "%sprometheus", missing.len > 0 ? ", " : "");
    if (missing.len == 0) {
        *ret_programs = found;
        return true;
    }
    programs_release(&found);
    error_set(err, ERROR_NOT_FOUND, "server programs are missing; Debian packages: %s",
              missing.text);
    return error_hint(err, "Run \"./bootstrap deps\" where lectern's sources are, or install the "
                           "packages; lectern starts its own servers, not the packages'.");
}

void programs_release(struct programs *programs)
{
    char **all[] = {&programs->runsvdir, &programs->svlogd,   &programs->setpriv,
                    &programs->slapd,    &programs->slapadd,  &programs->initdb,
                    &programs->postgres, &programs->exporter, &programs->prometheus};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        mem_free_string(all[i]);
        *all[i] = NULL;
    }
}
