/*
 * What most commands need: where the state directory is, the site that `lectern up` wrote there,
 * and the programs beside this one.
 */
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "command/command.h"
#include "command/compose.h"
#include "stack/machine.h"

enum { SITE_MAX = 65536 };

static const char *set_variable(const char *name)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Absolute, so that servers and children with another directory mean the same. */
static char *absolute(const char *path)
{
    char here[PATH_MAX];
    if (path[0] == '/' || getcwd(here, sizeof here) == NULL)
        return mem_strdup(path);
    return path_join(here, path);
}

static char *without_trailing_slashes(char *path)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        path[--len] = '\0';
    return path;
}

/* The servers' own; below it each compose project has one. */
static char *base_directory(void)
{
    const char *state = set_variable("LECTERN_STATE");
    if (state != NULL)
        return without_trailing_slashes(absolute(state));
    const char *base = set_variable("XDG_STATE_HOME");
    /* The specification says that a relative value is to be ignored. */
    if (base != NULL && base[0] == '/')
        return path_join(base, "lectern");
    if (geteuid() == 0)
        return mem_strdup("/var/lib/lectern");
    const char *home = set_variable("HOME");
    if (home == NULL) {
        const struct passwd *user = getpwuid(geteuid());
        home = user != NULL ? user->pw_dir : "/tmp";
    }
    CLEANUP(mem_free_string)
    char *there = path_join(home, ".local/state/lectern");
    return absolute(there);
}

char *command_state_directory(void)
{
    char *base = base_directory();
    if (compose_project() == NULL)
        return base;
    char *state = mem_printf("%s/compose/%s", base, compose_project());
    free(base);
    return state;
}

bool command_read_site(struct site *ret_site, struct error *err)
{
    CLEANUP(mem_free_string)
    char *state = command_state_directory();
    if (compose_project() != NULL && !compose_refresh(state, err))
        return false;
    CLEANUP(mem_free_string)
    char *path = path_join(state, "site.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (!file_read(path, SITE_MAX, &text, err)) {
        if (err->code != ERROR_NOT_FOUND)
            return false;
        error_clear(err);
        error_set(err, ERROR_NOT_FOUND, "there are no servers in \"%s\" yet", state);
        return error_hint(err, "Start them with \"lectern up\", or set LECTERN_STATE to the "
                               "directory where they are.");
    }
    struct site site;
    if (!site_parse(path, text.text, text.len, &site, err))
        return false;
    site.state = arena_strdup(&site.arena, state);
    *ret_site = site;
    return true;
}

/*
 * Whoever else asks can't read the secrets, nor see what runs: he would be told that servers are
 * down which are up.
 */
static bool check_owner(const struct site *site, struct error *err)
{
    struct stat info;
    if (!site->embedded || geteuid() == 0 || stat(site->state, &info) != 0 ||
        info.st_uid == geteuid())
        return true;
    const struct passwd *owner = getpwuid(info.st_uid);
    error_set(err, ERROR_EXISTS, "the state directory \"%s\" belongs to user \"%s\"", site->state,
              owner != NULL ? owner->pw_name : "?");
    return error_hint(err, "Run lectern as that user, or set LECTERN_STATE to a directory of "
                           "your own.");
}

/* Between containers addresses come and go: there the file has a name. */
static void resolve_room(struct site *site)
{
    if (!site->containers)
        return;
    bool ours;
    CLEANUP(mem_free_string)
    char *addresses = machine_resolve(site->room_hostaddr, &ours);
    if (addresses != NULL)
        site->room_hostaddr = arena_strndup(&site->arena, addresses, strcspn(addresses, ","));
}

bool command_load_site(struct site *ret_site, struct error *err)
{
    struct site site;
    if (!command_read_site(&site, err))
        return false;
    if (!check_owner(&site, err)) {
        site_release(&site);
        return false;
    }
    resolve_room(&site);
    *ret_site = site;
    return true;
}

bool command_load_own_site(struct site *ret_site, struct error *err)
{
    if (!command_load_site(ret_site, err))
        return false;
    if (site_is_ours(ret_site))
        return true;
    error_set(err, ERROR_EXISTS, "\"%s/site.yaml\" names servers that lectern does not run",
              ret_site->state);
    site_release(ret_site);
    return error_hint(err, "\"lectern doctor\" tells how they are.");
}

void command_print_json(json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(document);
}

char *command_sibling(const char *name)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return mem_strdup(name);
    self[n] = '\0';
    CLEANUP(mem_free_string)
    char *directory = path_directory(self);
    return path_join(directory, name);
}
