/*
 * Archives of databases.
 */
#include "provision/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "control/connect.h"
#include "io/child.h"
#include "io/loop.h"
#include "io/pg.h"
#include "provision/outside.h"

enum { WORKERS = 4, DUMP_MS = 30 * 60 * 1000, LIST_MS = 5 * 60 * 1000, DUMP_ARGUMENTS = 8 };

struct archive {
    const char *const *environment; /* whom pg_dump connects to, and as what */
    const char *directory;
    char *pg_dump, *pg_restore;
    struct loop *loop;
    struct archive_item *items;
    size_t n, next;
};

struct worker {
    struct archive *archive;
    struct archive_item *item;
    char *path, *beside; /* of the item */
};

static void take_next(struct worker *worker);

static void finish_item(struct worker *worker, char *error)
{
    worker->item->error = error;
    if (error != NULL)
        unlink(worker->beside);
    free(worker->path);
    free(worker->beside);
    worker->path = worker->beside = NULL;
    take_next(worker);
}

/* The last line of what a program wrote to stderr is what stopped it. */
static char *last_line(const char *program, int status, const char *errors)
{
    size_t end = strlen(errors);
    while (end > 0 && errors[end - 1] == '\n')
        end--;
    size_t start = end;
    while (start > 0 && errors[start - 1] != '\n')
        start--;
    if (end == start)
        return mem_printf("%s ended with status %d", program, status);
    return mem_printf("not archived: %.*s", (int)(end - start), errors + start);
}

/* On the disk, then under its name. */
static char *keep_file(const struct worker *worker)
{
    int fd = open(worker->beside, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fchmod(fd, 0600) == 0 && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    if (ok && rename(worker->beside, worker->path) == 0)
        return NULL;
    return mem_printf("not archived: %s", strerror(ok ? errno : saved));
}

/* The names of what was renamed are on the disk, too. */
static bool sync_names(const char *directory, struct error *err)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return ok || error_set_errno(err, saved, "could not bring \"%s\" to the disk", directory);
}

static void on_listed(int status, const char *errors, void *data)
{
    struct worker *worker = data;
    finish_item(worker, status == 0 ? keep_file(worker) : last_line("pg_restore", status, errors));
}

static void start(struct worker *worker, const char *const *argv, int64_t timeout_ms,
                  child_exit_cb on_exit)
{
    struct error err = ERROR_INIT;
    struct child_spec spec = {
        .argv = argv, .environment = worker->archive->environment, .timeout_ms = timeout_ms};
    if (child_start(worker->archive->loop, &spec, NULL, on_exit, worker, &err) != NULL)
        return;
    char *text = mem_printf("not archived: %s", err.message);
    error_clear(&err);
    finish_item(worker, text);
}

static void on_dumped(int status, const char *errors, void *data)
{
    struct worker *worker = data;
    if (status != 0) {
        finish_item(worker, last_line("pg_dump", status, errors));
        return;
    }
    const char *const argv[] = {worker->archive->pg_restore, "--list", worker->beside, NULL};
    start(worker, argv, LIST_MS, on_listed);
}

static void dump(struct worker *worker)
{
    const struct archive *archive = worker->archive;
    CLEANUP(mem_free_string)
    char *file = mem_printf("--file=%s", worker->beside);
    CLEANUP(mem_free_string)
    char *name = mem_printf("--dbname=%s", worker->item->database);
    const char *const argv[DUMP_ARGUMENTS] = {
        archive->pg_dump, "--format=custom", "--no-password", "--no-sync", file, name, NULL};
    outside_call();
    start(worker, argv, DUMP_MS, on_dumped);
}

static void take_next(struct worker *worker)
{
    struct archive *archive = worker->archive;
    while (archive->next < archive->n && archive->items[archive->next].database == NULL)
        archive->next++;
    if (archive->next == archive->n)
        return;
    worker->item = &archive->items[archive->next++];
    worker->path = mem_printf("%s/%s.dump", archive->directory, worker->item->name);
    worker->beside = mem_printf("%s.part", worker->path);
    dump(worker);
}

static bool find_programs(struct archive *archive, struct error *err)
{
    static const char *const directories[] = {
        "/usr/lib/postgresql/18/bin", "/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin",
        "/usr/lib/postgresql/15/bin", NULL};
    archive->pg_dump = pg_own_program("pg_dump");
    archive->pg_restore = pg_own_program("pg_restore");
    if (archive->pg_dump == NULL || archive->pg_restore == NULL) {
        free(archive->pg_dump);
        free(archive->pg_restore);
        archive->pg_dump = child_find_program("pg_dump", directories);
        archive->pg_restore = child_find_program("pg_restore", directories);
    }
    if (archive->pg_dump != NULL && archive->pg_restore != NULL)
        return true;
    error_set(err, ERROR_NOT_FOUND, "there is no pg_dump or pg_restore");
    return error_hint(err, "On Debian: apt-get install postgresql-client.");
}

bool archive_databases(const struct site *site, const char *directory, struct archive_item *items,
                       size_t n, struct error *err)
{
    CLEANUP(arena_release)
    struct arena arena = ARENA_INIT;
    struct pg_address admin;
    connect_as_admin(site, "postgres", &arena, &admin);
    struct archive archive = {.environment = pg_environment(&admin, &arena),
                              .directory = directory,
                              .items = items,
                              .n = n};
    struct worker workers[WORKERS];
    struct loop loop;
    bool ok = find_programs(&archive, err) && file_make_directories(directory, 0700, err);
    if (ok) {
        mode_t mask = umask(077);
        loop_init(&loop);
        archive.loop = &loop;
        for (size_t i = 0; i < WORKERS; i++) {
            workers[i] = (struct worker){.archive = &archive};
            take_next(&workers[i]);
        }
        loop_run(&loop);
        loop_release(&loop);
        umask(mask);
        ok = sync_names(directory, err);
    }
    free(archive.pg_dump);
    free(archive.pg_restore);
    return ok;
}
