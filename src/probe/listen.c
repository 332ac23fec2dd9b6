/*
 * A turn of listening: list -> read, file by file, piece by piece -> record -> tell.  What was
 * heard counts only once it is recorded; until then a failure leaves everything as it was, and the
 * next turn reads it again.
 */
#include "probe/listen.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/memory.h"
#include "control/server_log.h"
#include "probe/listen_inside.h"

enum {
    TURN_MS = 900, /* beats come each 500 ms */
    SWEEP_MS = 60000,
    AGAIN_MS = 60000, /* where the log cannot be read, and from word to word about skipping */
    /* Somebody floods the log: from when more than FLOOD_MIN waits until a turn reads all of it. */
    FLOOD_MIN = 8 << 20,
    FLOOD_TURN = 32 << 20, /* bytes that a turn looks through then, */
    FLOOD_MAX = 256 << 20, /* and of what waits before so many none are */
    STALE_US = 10000000,   /* half a line that old stays one: the server died on it */
};

static void read_next(struct listen *listen);

/* -- life ---------------------------------------------------------------------------------------*/

struct listen *listen_new(const struct listen_options *options)
{
    struct listen *listen = mem_alloc(sizeof(*listen));
    listen->options = *options;
    listen->begun_ms = -TURN_MS;
    return listen;
}

void listen_stop(struct listen *listen)
{
    listen_forget(listen);
    listen_class_release(listen);
    listen->turn = NULL;
    listen->number++;
}

void listen_lost(struct listen *listen)
{
    listen_stop(listen);
    listen->busy = false;
}

void listen_free(struct listen *listen)
{
    if (listen == NULL)
        return;
    listen_lost(listen);
    free(listen->files);
    free(listen->trouble);
    free(listen);
}

/* -- words --------------------------------------------------------------------------------------*/

/* The log cannot be read: said once, tried again later. */
static void give_up(struct listen *listen, const char *why)
{
    if (listen->trouble == NULL || strcmp(listen->trouble, why) != 0) {
        free(listen->trouble);
        listen->trouble = mem_strdup(why);
        log_line(LOG_LEVEL_WARNING,
                 "the server's log cannot be read, so errors and failed logins are not seen: %s",
                 why);
    }
    listen->again_ms = clock_monotonic_ms() + AGAIN_MS;
    listen->busy = false;
    listen_forget(listen);
}

/* Whether an answer is of use; `false` leaves nothing under way. */
static bool is_wanted(struct listen *listen, struct pg *pg, const struct error *err)
{
    if (err != NULL && !pg_is_open(pg)) {
        listen->busy = false;
        listen->options.on_failure(err, listen->options.data);
    } else if (listen->asked != listen->number || listen->turn == NULL) {
        listen->busy = false;
    } else if (err != NULL) {
        give_up(listen, err->message);
    } else {
        return true;
    }
    return false;
}

/* -- recording ----------------------------------------------------------------------------------*/

static void on_swept(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct listen *listen = data;
    if (!is_wanted(listen, pg, err))
        return;
    listen->busy = false;
    if (!pg_is_true(result, 0, "has_json"))
        give_up(listen, "the server writes none as JSON (log_destination, logging_collector)");
}

static void end_turn(struct listen *listen)
{
    int64_t now_ms = clock_monotonic_ms();
    listen_forget(listen);
    if (listen->swept_ms != 0 && now_ms - listen->swept_ms < SWEEP_MS) {
        listen->busy = false;
        return;
    }
    listen->swept_ms = now_ms;
    server_log_sweep(listen->pg, on_swept, listen);
}

static void on_recorded(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct listen *listen = data;
    (void)result;
    if (!is_wanted(listen, pg, err))
        return;
    free(listen->trouble);
    listen->trouble = NULL;
    listen_take(listen);
    if (listen->broken > 0)
        log_line(LOG_LEVEL_INFO, "%zu lines of the server's log could not be read", listen->broken);
    listen->broken = 0;
    end_turn(listen);
}

static void record(struct listen *listen)
{
    CLEANUP(mem_free_string)
    char *document = listen_document(listen);
    if (document == NULL)
        end_turn(listen);
    else
        server_log_record(listen->pg, turn_lab(listen->turn)->lab_id, document, on_recorded,
                          listen);
}

/* -- reading ------------------------------------------------------------------------------------*/

static void on_line(const char *line, size_t len, bool whole, void *data)
{
    struct listen *listen = data;
    struct log_record record;
    if (listen->flooded) {
        if (listen_passes_over(listen, line, len))
            return;
        listen->skipped_now -= (int64_t)len + 1;
    }
    if (!log_record_parse(line, len, whole, &record)) {
        listen->broken++;
        return;
    }
    listen_hear(listen, &record, listen->now_us);
    log_record_release(&record);
}

/* What is left of a line at the file's end is read again with the rest of it, unless there will be
 * none. */
static void take_bytes(struct listen *listen, struct listen_file *file, const char *bytes,
                       size_t len)
{
    struct log_split *split = &listen->split;
    bool goes_on = strcmp(listen->split_file, file->name) == 0 && listen->split_at == file->from;
    split->inside = file->skipped > 0 || (goes_on && split->inside);
    bool inside = split->inside;
    size_t done = log_split(split, bytes, len, on_line, listen);
    if (listen->flooded) {
        listen->skipped_now += (int64_t)done;
        log_writers_take(&listen->writers, bytes, done, inside);
    }
    if (done < len && file->from + (int64_t)len >= file->size &&
        file->modified_us < listen->now_us - STALE_US)
        done = len;
    file->to = file->from + (int64_t)done;
    listen->budget -= (int64_t)len;
    memcpy(listen->split_file, file->name, sizeof(listen->split_file));
    listen->split_at = file->to;
}

static void on_read(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct listen *listen = data;
    if (!is_wanted(listen, pg, err))
        return;
    struct listen_file *file = &listen->files[listen->next];
    const char *head = pg_value(result, 0, "head");
    size_t len;
    CLEANUP(mem_free_string)
    char *bytes = server_log_bytes(result, 0, "bytes", &len);
    if (head == NULL || bytes == NULL || strlen(head) >= sizeof(file->head) + 2) { /* gone */
        listen->next++;
        read_next(listen);
        return;
    }
    head += strlen("\\x");
    if (strncmp(head, file->head, strlen(file->head)) != 0 && file->from > 0) {
        /* Another file by now. */
        file->from = file->skipped = 0;
        file->head[0] = '\0';
        read_next(listen);
        return;
    }
    memcpy(file->head, head, strlen(head) + 1);
    file->read = true;
    take_bytes(listen, file, bytes, len);
    if (file->to > file->from && file->to < file->size) {
        file->from = file->to;
        file->skipped = 0;
    } else {
        listen->next++;
    }
    read_next(listen);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void read_next(struct listen *listen)
{
    while (listen->next < listen->n_files && listen->budget > 0) {
        struct listen_file *file = &listen->files[listen->next];
        if (file->size > 0) {
            int64_t n = least(file->size - file->from, SERVER_LOG_READ_MAX);
            server_log_read(listen->pg, file->name, file->from, least(n, listen->budget), on_read,
                            listen);
            return;
        }
        file->to = 0;
        file->head[0] = '\0';
        file->read = true;
        listen->next++;
    }
    record(listen);
}

/* -- floods -------------------------------------------------------------------------------------*/

/* Leave out what is before the last FLOOD_MAX bytes. */
static void skip(struct listen *listen, int64_t excess)
{
    for (size_t i = 0; i < listen->n_files && excess > 0; i++) {
        struct listen_file *file = &listen->files[i];
        int64_t n = least(file->size - file->from, excess);
        file->skipped = n;
        file->from += n;
        excess -= n;
        listen->skipped_now += n;
        listen->writers.last[0] = '\0';
    }
}

static void begin_reading(struct listen *listen, int64_t waiting)
{
    listen->flooded = waiting > (listen->flooded ? SERVER_LOG_READ_MAX : FLOOD_MIN);
    listen->budget = listen->flooded ? FLOOD_TURN : SERVER_LOG_READ_MAX;
    skip(listen, waiting - FLOOD_MAX);
    read_next(listen);
}

/* -- listing ------------------------------------------------------------------------------------*/

/* Returns how many bytes wait. */
static int64_t take_files(struct listen *listen, const PGresult *result)
{
    int64_t waiting = 0;
    free(listen->files);
    listen->n_files = (size_t)PQntuples(result);
    listen->files = mem_alloc_array(listen->n_files + 1, sizeof(*listen->files));
    for (int i = 0; i < (int)listen->n_files; i++) {
        struct listen_file *file = &listen->files[i];
        snprintf(file->name, sizeof(file->name), "%s", pg_value(result, i, "file"));
        snprintf(file->head, sizeof(file->head), "%s", pg_value(result, i, "head"));
        file->size = pg_whole(result, i, "size", 0);
        file->modified_us = pg_whole(result, i, "modified_us", 0);
        file->moved = pg_is_true(result, i, "moved");
        file->known_to = file->from = pg_whole(result, i, "read_to", 0);
        if (file->size < file->from) { /* written anew */
            file->from = 0;
            file->head[0] = '\0';
        }
        waiting += file->size - file->from;
        listen->now_us = pg_whole(result, i, "now_us", 0);
    }
    return waiting;
}

static void on_listed(struct pg *pg, const PGresult *result, const struct error *err, void *data)
{
    struct listen *listen = data;
    if (!is_wanted(listen, pg, err))
        return;
    int64_t waiting = take_files(listen, result);
    if (listen->n_files > 0 && !pg_is_true(result, 0, "begun")) {
        /* At the first start what was before is nobody's business. */
        for (size_t i = 0; i < listen->n_files; i++) {
            listen->files[i].to = listen->files[i].size;
            listen->files[i].read = true;
        }
        record(listen);
    } else {
        begin_reading(listen, waiting);
    }
}

void listen_turn(struct listen *listen, struct pg *pg, struct turn *turn)
{
    int64_t now_ms = clock_monotonic_ms();
    if (listen->busy || now_ms - listen->begun_ms < TURN_MS || now_ms < listen->again_ms)
        return;
    listen->busy = true;
    listen->begun_ms = now_ms;
    listen->pg = pg;
    if (listen->turn != turn) {
        listen->turn = turn;
        listen_class_init(listen);
    }
    listen->asked = listen->number;
    listen->next = 0;
    listen->skipped_now = 0;
    server_log_list(pg, on_listed, listen);
}
