/*
 * Following the state volume: see exchange.h.
 */
#include "stack/exchange.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "io/child.h"
#include "lab/site.h"
#include "render/render.h"

#define STATE_THERE "/lectern/state"
#define OWNER_THERE "920" /* the user of the lectern containers */

enum { FILE_LIMIT = 64 << 20, TIMEOUT_MS = 60000, LISTED_MAX = 20000 };

/* -- files by their digests -------------------------------------------------------------------- */

struct listed {
    const char *path; /* relative to the state directory */
    const char *here, *there, *before;
};

struct listing {
    struct arena arena;
    struct listed *items;
    size_t n, capacity;
};

static void listing_release(struct listing *listing)
{
    arena_release(&listing->arena);
    free(listing->items);
}

static struct listed *entry_of(struct listing *listing, const char *path)
{
    for (size_t i = 0; i < listing->n; i++)
        if (strcmp(listing->items[i].path, path) == 0)
            return &listing->items[i];
    listing->items =
        mem_grow(listing->items, listing->n, &listing->capacity, sizeof *listing->items);
    listing->items[listing->n] = (struct listed){arena_strdup(&listing->arena, path), "", "", ""};
    return &listing->items[listing->n++];
}

static bool digest_file(const char *path, struct strbuf *out, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    unsigned char digest[DIGEST_SHA256_BYTES];
    if (!file_read(path, FILE_LIMIT, &text, err))
        return false;
    digest_sha256(text.text, text.len, digest);
    explicit_bzero(text.text, text.len);
    digest_add_hex(out, digest, sizeof digest);
    return true;
}

/* The ordinary files of ROOT/labs; into `here`, or into `there`. */
static bool list_files(const char *root, bool is_here, struct listing *listing, struct error *err)
{
    CLEANUP(mem_free_string)
    char *labs = path_join(root, "labs");
    char *const start[] = {labs, NULL};
    FTS *walk = fts_open(start, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL)
        return error_set_errno(err, errno, "could not look into \"%s\"", labs);
    bool ok = true;
    for (const FTSENT *found = fts_read(walk); ok && found != NULL; found = fts_read(walk)) {
        if (found->fts_info != FTS_F || strchr(found->fts_path, '\n') != NULL)
            continue;
        CLEANUP(strbuf_release)
        struct strbuf digest = STRBUF_INIT;
        ok = digest_file(found->fts_path, &digest, err);
        if (ok && listing->n >= LISTED_MAX)
            ok = error_set(err, ERROR_FAILED, "there are too many files in \"%s\"", labs);
        if (!ok)
            break;
        struct listed *entry = entry_of(listing, found->fts_path + strlen(root) + 1);
        const char *hex = arena_strdup(&listing->arena, digest.text);
        *(is_here ? &entry->here : &entry->there) = hex;
    }
    fts_close(walk);
    return ok;
}

/* -- what was exchanged last ------------------------------------------------------------------- */

static void read_before(const char *state, struct listing *listing)
{
    CLEANUP(mem_free_string)
    char *path = path_join(state, "exchanged");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error missing = ERROR_INIT;
    bool there = file_read(path, FILE_LIMIT, &text, &missing);
    error_clear(&missing);
    char *rest = there ? text.text : NULL, *line;
    while (rest != NULL && (line = strsep(&rest, "\n")) != NULL) {
        char *name = strchr(line, ' ');
        if (name == NULL)
            continue;
        *name++ = '\0';
        entry_of(listing, name)->before = arena_strdup(&listing->arena, line);
    }
}

/* Both sides have now what `here` says. */
static bool write_before(const char *state, struct error *err)
{
    CLEANUP(listing_release)
    struct listing now = {.arena = ARENA_INIT};
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *path = path_join(state, "exchanged");
    bool changed;
    if (!list_files(state, true, &now, err))
        return false;
    for (size_t i = 0; i < now.n; i++)
        strbuf_printf(&text, "%s %s\n", now.items[i].here, now.items[i].path);
    return file_update(path, text.text, text.len, 0600, &changed, err);
}

enum exchange_verdict exchange_judge(const char *here, const char *there, const char *before)
{
    if (strcmp(here, there) == 0)
        return EXCHANGE_NOTHING;
    if (strcmp(here, before) == 0)
        return EXCHANGE_FETCH;
    return strcmp(there, before) == 0 ? EXCHANGE_SEND : EXCHANGE_CONFLICT;
}

/* -- from there to here ------------------------------------------------------------------------ */

static bool remove_tree(const char *path, struct error *err)
{
    const char *const argv[] = {"/bin/rm", "-rf", "--", path, NULL};
    struct child_spec spec = {.argv = argv, .timeout_ms = TIMEOUT_MS};
    int status;
    return child_run(&spec, &status, NULL, NULL, err) &&
           (status == 0 || error_set(err, ERROR_FAILED, "could not remove \"%s\"", path));
}

/* One file or directory of the volume, to a path that is not there yet. */
static bool copy_out(const struct container *setup, const char *relative, const char *to,
                     struct error *err)
{
    CLEANUP(mem_free_string)
    char *from = mem_printf("%s:" STATE_THERE "/%s", setup->id, relative);
    const char *const arguments[] = {"cp", from, to, NULL};
    return engine_run(arguments, NULL, 0, NULL, err) ||
           error_wrap(err, "could not read \"%s\" of the volume \"state\"", relative);
}

static bool fetch_file(const char *from_root, const char *to_root, const char *relative,
                       mode_t mode, struct error *err)
{
    CLEANUP(mem_free_string)
    char *from = path_join(from_root, relative);
    CLEANUP(mem_free_string)
    char *to = path_join(to_root, relative);
    CLEANUP(mem_free_string)
    char *directory = path_directory(to);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    bool changed;
    bool ok = file_make_directories(directory, 0700, err) &&
              file_read(from, FILE_LIMIT, &text, err) &&
              file_update(to, text.text, text.len, mode, &changed, err);
    explicit_bzero(text.text, text.len);
    return ok;
}

static bool fetch_secrets(const char *fresh, const char *state, struct error *err)
{
    static const char *const names[] = {"daemon", "console",  "loader",
                                        "ldap",   "exporter", "postgres"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLEANUP(mem_free_string)
        char *relative = mem_printf("secrets/%s", names[i]);
        if (!fetch_file(fresh, state, relative, 0600, err))
            return false;
    }
    return fetch_file(fresh, state, "ca.crt", 0644, err);
}

/* -- from here to there ------------------------------------------------------------------------ */

/* The list for tar: the files and the directories that they are in, each before its contents. */
static void list_for_tar(const struct listing *listing, struct strbuf *names)
{
    strbuf_add(names, "labs", sizeof "labs");
    for (size_t i = 0; i < listing->n; i++) {
        const struct listed *entry = &listing->items[i];
        if (exchange_judge(entry->here, entry->there, entry->before) != EXCHANGE_SEND ||
            *entry->here == '\0')
            continue;
        const char *slash = strchr(entry->path + sizeof "labs", '/');
        for (; slash != NULL; slash = strchr(slash + 1, '/')) {
            strbuf_add(names, entry->path, (size_t)(slash - entry->path));
            strbuf_add_char(names, '\0');
        }
        strbuf_add(names, entry->path, strlen(entry->path) + 1);
    }
}

static bool send_files(const struct container *setup, const char *state,
                       const struct listing *listing, struct error *err)
{
    static const char *const files[] = {"-C",
                                        "",
                                        "--null",
                                        "--no-recursion",
                                        "--owner=" OWNER_THERE,
                                        "--group=" OWNER_THERE,
                                        "--numeric-owner",
                                        "--mode=u=rwX,go=",
                                        "-T",
                                        "-",
                                        NULL};
    const char *argv[sizeof files / sizeof files[0] + 2] = {"tar", "-c"};
    memcpy(argv + 2, files, sizeof files);
    argv[3] = state;
    CLEANUP(strbuf_release)
    struct strbuf names = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf archive = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    list_for_tar(listing, &names);
    struct child_spec spec = {.argv = argv,
                              .input = names.text,
                              .input_len = names.len,
                              .timeout_ms = TIMEOUT_MS,
                              .max_output = FILE_LIMIT};
    int status;
    if (!child_run(&spec, &status, &archive, &words, err))
        return false;
    if (status != 0)
        return error_set(err, ERROR_FAILED, "tar failed: %s", words.text);
    CLEANUP(mem_free_string)
    char *to = mem_printf("%s:" STATE_THERE, setup->id);
    const char *const arguments[] = {"cp", "-", to, NULL};
    bool ok = engine_run(arguments, archive.text, archive.len, NULL, err);
    explicit_bzero(archive.text, archive.len);
    return ok;
}

/* What was burned here, removed there: by a container of the same image, as the same user. */
static bool remove_there(const struct container *setup, const char *relative, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf(STATE_THERE "/%s", relative);
    const char *const arguments[] = {"run",
                                     "--rm",
                                     "--network",
                                     "none",
                                     "--read-only",
                                     "--cap-drop",
                                     "ALL",
                                     "--security-opt",
                                     "no-new-privileges:true",
                                     "--user",
                                     OWNER_THERE ":" OWNER_THERE,
                                     "--volumes-from",
                                     setup->id,
                                     "--entrypoint",
                                     "/bin/rm",
                                     setup->image,
                                     "-f",
                                     "--",
                                     path,
                                     NULL};
    return engine_run(arguments, NULL, 0, NULL, err);
}

/* -- both ways --------------------------------------------------------------------------------- */

static bool conflict(const struct engine_project *project, const char *path, struct error *err)
{
    error_set(err, ERROR_EXISTS, "\"%s\" was changed on this machine and in the containers", path);
    return error_hint(err,
                      "Both were at work on one lab. Keep one: remove the file here to take the "
                      "containers', or there (docker-compose -p %s run --rm --entrypoint rm "
                      "lectern " STATE_THERE "/%s) to keep this machine's.",
                      project->name, path);
}

static bool settle(const struct engine_project *project, const struct container *setup,
                   const char *fresh, const char *state, struct listing *listing, struct error *err)
{
    bool send = false;
    for (size_t i = 0; i < listing->n; i++) {
        const struct listed *entry = &listing->items[i];
        CLEANUP(mem_free_string)
        char *here = path_join(state, entry->path);
        switch (exchange_judge(entry->here, entry->there, entry->before)) {
        case EXCHANGE_NOTHING:
            break;
        case EXCHANGE_CONFLICT:
            return conflict(project, entry->path, err);
        case EXCHANGE_FETCH:
            if (*entry->there == '\0')
                unlink(here);
            else if (!fetch_file(fresh, state, entry->path, 0600, err))
                return false;
            break;
        case EXCHANGE_SEND:
            if (*entry->here != '\0')
                send = true;
            else if (!remove_there(setup, entry->path, err))
                return false;
        }
    }
    return !send || send_files(setup, state, listing, err);
}

static const struct container *setup_of(const struct engine_project *project, struct error *err)
{
    const struct container *setup = engine_get(project, "setup");
    if (setup != NULL)
        return setup;
    error_set(err, ERROR_NOT_FOUND, "the project \"%s\" has no container \"setup\"", project->name);
    error_hint(err,
               "It is not lectern's docker-compose.yml, or that container was removed: "
               "\"docker-compose -p %s up -d\" makes it again.",
               project->name);
    return NULL;
}

/* With the secrets, or the labs alone; `fresh` is an empty directory. */
static bool exchange(const struct engine_project *project, const char *state, const char *fresh,
                     bool all, struct error *err)
{
    const struct container *setup = setup_of(project, err);
    CLEANUP(listing_release)
    struct listing listing = {.arena = ARENA_INIT};
    CLEANUP(mem_free_string)
    char *labs = path_join(state, "labs");
    if (setup == NULL || !file_make_directories(labs, 0700, err))
        return false;
    if (all &&
        (!copy_out(setup, "secrets", fresh, err) || !copy_out(setup, "tls/ca.crt", fresh, err) ||
         !copy_out(setup, "site.yaml", fresh, err) || !fetch_secrets(fresh, state, err)))
        return false;
    read_before(state, &listing);
    return copy_out(setup, "labs", fresh, err) && list_files(state, true, &listing, err) &&
           list_files(fresh, false, &listing, err) &&
           settle(project, setup, fresh, state, &listing, err) && write_before(state, err);
}

/* One at a time: the console's children come in numbers.  The directory itself is open, for psql,
 * which root runs as another user, wants the CA; what is secret lies in closed ones. */
static bool take_lock(const char *state, int *ret_fd, struct error *err)
{
    if (!file_make_directories(state, 0755, err))
        return false;
    int fd = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) != 0) {
        error_set_errno(err, errno, "could not lock \"%s\"", state);
        if (fd >= 0)
            close(fd);
        return false;
    }
    *ret_fd = fd;
    return true;
}

/* -- the site, as this machine sees it --------------------------------------------------------- */

static const struct container *published(const struct engine_project *project, const char *service,
                                         struct error *err)
{
    const struct container *container = engine_get(project, service);
    const char *state = container != NULL ? container->state : "missing";
    if (container != NULL && strcmp(state, "running") == 0 && container->port > 0)
        return container;
    error_set(err, ERROR_CONNECTION, "the container of \"%s\" is %s%s%s", service, state,
              container != NULL && *container->error != '\0' ? ": " : "",
              container != NULL ? container->error : "");
    error_hint(err,
               "\"docker-compose -p %s up -d\" starts it; \"lectern --compose %s doctor\" "
               "says more.",
               project->name, project->name);
    return NULL;
}

/* "127.0.0.1:25636", "[fd00::2]:25636". */
static const char *authority(struct site *site, const struct container *container)
{
    return arena_printf(&site->arena, strchr(container->host, ':') != NULL ? "[%s]:%d" : "%s:%d",
                        container->host, container->port);
}

static bool write_site(const struct engine_project *project, const char *fresh, const char *state,
                       struct error *err)
{
    const struct container *postgres = published(project, "postgres", err);
    const struct container *ldap = postgres != NULL ? published(project, "ldap", err) : NULL;
    const struct container *prometheus =
        ldap != NULL ? published(project, "prometheus", err) : NULL;
    CLEANUP(mem_free_string)
    char *from = path_join(fresh, "site.yaml");
    CLEANUP(mem_free_string)
    char *to = path_join(state, "site.yaml");
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct site site;
    bool changed;
    if (prometheus == NULL || !file_read(from, FILE_LIMIT, &text, err) ||
        !site_parse(to, text.text, text.len, &site, err))
        return false;
    site.project = arena_strdup(&site.arena, project->name);
    site.pg_host = site.room_hostaddr = arena_strdup(&site.arena, postgres->host);
    site.pg_port = site.room_port = postgres->port;
    site.ldap_uri = arena_printf(&site.arena, "ldaps://%s", authority(&site, ldap));
    site.ldaps_port = ldap->port;
    site.prometheus_url = arena_printf(&site.arena, "http://%s", authority(&site, prometheus));
    site.prometheus_port = prometheus->port;
    site.ca_file = arena_printf(&site.arena, "%s/ca.crt", state);
    strbuf_reset(&text);
    site_print(&site, &text);
    site_release(&site);
    return file_update(to, text.text, text.len, 0644, &changed, err);
}

/* This machine's programs may be older than the containers' server, and then refuse it. */
static bool write_programs(const struct engine_project *project, const char *state,
                           struct error *err)
{
    static const char *const names[] = {"pg_dump", "pg_restore"};
    const struct container *postgres = published(project, "postgres", err);
    CLEANUP(mem_free_string)
    char *directory = path_join(state, "bin");
    if (postgres == NULL || !file_make_directories(directory, 0755, err))
        return false;
    CLEANUP(mem_free_string)
    char *port = mem_printf("%d", postgres->port);
    const struct render_value values[] = {
        {"CONTAINER", postgres->id}, {"HOST", postgres->host}, {"PORT", port}, {NULL, NULL}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CLEANUP(mem_free_string)
        char *path = path_join(directory, names[i]);
        const struct render_target target = {.path = path, .mode = 0755};
        bool changed;
        if (!render_file("config/docker/pg_program.sh", values, &target, &changed, err))
            return false;
    }
    return true;
}

static bool with_fresh(const struct engine_project *project, const char *state, bool all,
                       struct error *err)
{
    int lock;
    if (!take_lock(state, &lock, err))
        return false;
    CLEANUP(mem_free_string)
    char *fresh = path_join(state, "fresh");
    bool ok =
        remove_tree(fresh, err) && file_make_directories(fresh, 0700, err) &&
        exchange(project, state, fresh, all, err) &&
        (!all || (write_site(project, fresh, state, err) && write_programs(project, state, err)));
    struct error ignored = ERROR_INIT;
    remove_tree(fresh, &ignored);
    error_clear(&ignored);
    close(lock);
    return ok;
}

bool exchange_all(const struct engine_project *project, const char *state, struct error *err)
{
    return with_fresh(project, state, true, err);
}

bool exchange_labs(const struct engine_project *project, const char *state, struct error *err)
{
    CLEANUP(listing_release)
    struct listing listing = {.arena = ARENA_INIT};
    read_before(state, &listing);
    if (!list_files(state, true, &listing, err))
        return false;
    for (size_t i = 0; i < listing.n; i++)
        if (strcmp(listing.items[i].here, listing.items[i].before) != 0)
            return with_fresh(project, state, false, err);
    return true;
}
