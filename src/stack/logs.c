/*
 * Reading logs: see logs.h.
 */
#include "stack/logs.h"

#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "stack/service.h"
#include "stack/stack.h"

enum { LINE_MAX_BYTES = 65536, CHUNK = 65536, TIME_MAX = 32 };

struct source {
    const char *service;
    char *path;      /* svlogd's current file; NULL for the JSON log */
    char *directory; /* of PostgreSQL's JSON logs; NULL otherwise */
    int fd;          /* -1: not open */
    ino_t inode;
    struct strbuf partial; /* a line without its end yet */
};

struct logs {
    struct source sources[SERVICES + 1];
    size_t n_sources;
    struct log_entry *entries;
    size_t n_entries, capacity;
    struct arena arena; /* of the entries */
};

struct logs *logs_open(const char *state, const char *service)
{
    struct logs *logs = mem_alloc(sizeof *logs);
    for (int i = 0; i < SERVICES; i++) {
        if (service != NULL && strcmp(service_names[i], service) != 0)
            continue;
        logs->sources[logs->n_sources++] =
            (struct source){.service = service_names[i],
                            .path = stack_log_path(state, service_names[i]),
                            .fd = -1,
                            .partial = STRBUF_INIT};
        if (i == SERVICE_POSTGRES)
            logs->sources[logs->n_sources++] =
                (struct source){.service = service_names[i],
                                .directory = mem_printf("%s/postgres/log", state),
                                .fd = -1,
                                .partial = STRBUF_INIT};
    }
    return logs;
}

void logs_close(struct logs *logs)
{
    for (size_t i = 0; logs != NULL && i < logs->n_sources; i++) {
        struct source *source = &logs->sources[i];
        if (source->fd >= 0)
            close(source->fd);
        mem_free_string(&source->path);
        mem_free_string(&source->directory);
        strbuf_release(&source->partial);
    }
    if (logs == NULL)
        return;
    arena_release(&logs->arena);
    free(logs->entries);
    free(logs);
}

/* -- lines ------------------------------------------------------------------------------------- */

static void add_entry(struct logs *logs, const char *service, const char *when, const char *text)
{
    logs->entries =
        mem_grow(logs->entries, logs->n_entries, &logs->capacity, sizeof *logs->entries);
    logs->entries[logs->n_entries] = (struct log_entry){
        .when = arena_strdup(&logs->arena, when),
        .service = service,
        .text = arena_strdup(&logs->arena, text),
        .place = logs->n_entries,
    };
    logs->n_entries++;
}

/* "2026-03-01_10:42:07.12345 words" of svlogd -tt. */
static void add_plain(struct logs *logs, const char *service, const char *line)
{
    size_t len = strcspn(line, " ");
    bool timed = len > 19 && len < TIME_MAX && line[4] == '-' && line[10] == '_';
    CLEANUP(mem_free_string)
    char *when = mem_strndup(line, timed ? len : 0);
    add_entry(logs, service, when, timed && line[len] == ' ' ? line + len + 1 : line);
}

static const char *member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

/* One record of the JSON log; its time is "2026-03-01 10:42:07.123 UTC". */
static void add_record(struct logs *logs, const char *service, const char *line)
{
    json_t *record = json_loads(line, JSON_ALLOW_NUL, NULL);
    if (!json_is_object(record)) {
        json_decref(record);
        add_entry(logs, service, "", line);
        return;
    }
    CLEANUP(mem_free_string)
    char *when = mem_strdup(member(record, "timestamp"));
    if (strlen(when) > 11 && when[10] == ' ') {
        when[10] = '_';
        when[strcspn(when, " ")] = '\0';
    }
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, member(record, "error_severity"));
    if (member(record, "user")[0] != '\0')
        strbuf_printf(&text, " %s@%s", member(record, "user"), member(record, "dbname"));
    strbuf_printf(&text, ": %s", member(record, "message"));
    if (member(record, "statement")[0] != '\0')
        strbuf_printf(&text, "; statement: %s", member(record, "statement"));
    add_entry(logs, service, when, text.text);
    json_decref(record);
}

static void add_line(struct logs *logs, const struct source *source, const char *line)
{
    if (source->directory != NULL)
        add_record(logs, source->service, line);
    else
        add_plain(logs, source->service, line);
}

/* Take what came to the file; a line without its end waits. */
static void read_source(struct logs *logs, struct source *source)
{
    static char chunk[CHUNK];
    ssize_t n;
    while (source->fd >= 0 && (n = read(source->fd, chunk, sizeof chunk)) > 0) {
        const char *at = chunk, *end = chunk + n, *newline;
        while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
            strbuf_add(&source->partial, at, (size_t)(newline - at));
            add_line(logs, source, source->partial.text);
            strbuf_reset(&source->partial);
            at = newline + 1;
        }
        if (source->partial.len < LINE_MAX_BYTES)
            strbuf_add(&source->partial, at, (size_t)(end - at));
    }
}

/* -- files ------------------------------------------------------------------------------------- */

/* The JSON log that was written to last; malloc'd, or NULL. */
static char *newest_record_file(const char *path)
{
    DIR *directory = opendir(path);
    char *newest = NULL;
    struct timespec latest = {0, 0};
    if (directory == NULL)
        return NULL;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        struct stat info;
        size_t len = strlen(entry->d_name);
        if (len < 5 || strcmp(entry->d_name + len - 5, ".json") != 0 ||
            fstatat(dirfd(directory), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(info.st_mode))
            continue;
        bool later =
            info.st_mtim.tv_sec > latest.tv_sec ||
            (info.st_mtim.tv_sec == latest.tv_sec && info.st_mtim.tv_nsec >= latest.tv_nsec);
        if (!later)
            continue;
        latest = info.st_mtim;
        mem_free_string(&newest);
        newest = mem_printf("%s/%s", path, entry->d_name);
    }
    closedir(directory);
    return newest;
}

/* When another file has the name now, finish the old one and begin the new. */
static void follow_rotation(struct logs *logs, struct source *source)
{
    CLEANUP(mem_free_string)
    char *path = source->directory != NULL ? newest_record_file(source->directory)
                                           : mem_strdup(source->path);
    struct stat info;
    if (path == NULL || stat(path, &info) != 0 || (source->fd >= 0 && info.st_ino == source->inode))
        return;
    read_source(logs, source);
    if (source->fd >= 0)
        close(source->fd);
    source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    source->inode = info.st_ino;
}

static int compare_times(const void *a, const void *b)
{
    const struct log_entry *left = a, *right = b;
    int order = strcmp(left->when, right->when);
    /* qsort need not be stable. */
    return order != 0 ? order : (left->place > right->place) - (left->place < right->place);
}

size_t logs_read(struct logs *logs, const struct log_entry **ret_entries)
{
    arena_release(&logs->arena);
    logs->n_entries = 0;
    for (size_t i = 0; i < logs->n_sources; i++) {
        follow_rotation(logs, &logs->sources[i]);
        read_source(logs, &logs->sources[i]);
    }
    if (logs->n_entries > 1)
        qsort(logs->entries, logs->n_entries, sizeof *logs->entries, compare_times);
    *ret_entries = logs->entries;
    return logs->n_entries;
}
