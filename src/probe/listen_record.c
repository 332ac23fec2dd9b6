/*
 * What was heard: whose it is, what it comes to, and the document of a turn.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "probe/listen_inside.h"

enum {
    KEEP_MAX = 20,         /* of a student's errors in a turn; all are counted */
    BURST_US = 1000000,    /* the same error again so soon is one script, not one more try */
    SKIP_AGAIN_MS = 60000, /* from word to word about what was skipped */
    FLOOD_EACH = 64 << 10, /* bytes of a student that are heard in a turn of a flood */
    MEGABYTE = 1000 * 1000,
};
/* As long as errors are kept (assets/sql/daemon_log_sweep.sql). */
static const int64_t keep_us = INT64_C(24) * 3600 * 1000000;

/* -- the class ----------------------------------------------------------------------------------*/

struct listen_login {
    const char *login;
    size_t student;
};

static int compare_logins(const void *a, const void *b)
{
    return strcmp(((const struct listen_login *)a)->login, ((const struct listen_login *)b)->login);
}

void listen_class_init(struct listen *listen)
{
    const struct measured_lab *lab = turn_lab(listen->turn);
    listen_class_release(listen);
    listen->pupils = mem_alloc_array(lab->n_students + 1, sizeof(*listen->pupils));
    listen->logins = mem_alloc_array(lab->n_students + 1, sizeof(*listen->logins));
    for (size_t i = 0; i < lab->n_students; i++) {
        listen->pupils[i].failed = listen->pupils[i].now_failed = lab->students[i].failed_logins;
        listen->logins[i] = (struct listen_login){lab->students[i].login, i};
    }
    qsort(listen->logins, lab->n_students, sizeof(*listen->logins), compare_logins);
}

void listen_class_release(struct listen *listen)
{
    for (size_t i = 0; i < LISTEN_CAUSES; i++)
        free(listen->causes[i].message);
    memset(listen->causes, 0, sizeof(listen->causes));
    free(listen->pupils);
    free(listen->logins);
    listen->pupils = NULL;
    listen->logins = NULL;
}

static const struct listen_login *find_login(const struct listen *listen, const char *login)
{
    struct listen_login wanted = {login, 0};
    size_t n = turn_lab(listen->turn)->n_students;
    return n > 0 ? bsearch(&wanted, listen->logins, n, sizeof(wanted), compare_logins) : NULL;
}

/* -- hearing ------------------------------------------------------------------------------------*/

static void keep_cause(struct listen *listen, const struct log_record *record)
{
    struct listen_cause *cause = &listen->causes[listen->next_cause++ % LISTEN_CAUSES];
    free(cause->message);
    memcpy(cause->session, record->session, sizeof(cause->session));
    cause->message = mem_strdup(record->message);
    cause->password = record->password;
}

/* A directory that does not answer is no wrong password, though the refusal reads the same. */
static void explain_login(const struct listen *listen, struct log_record *record)
{
    for (size_t i = 0; i < LISTEN_CAUSES; i++) {
        const struct listen_cause *cause = &listen->causes[i];
        if (cause->message == NULL || strcmp(cause->session, record->session) != 0)
            continue;
        record->password = record->password && cause->password;
        free(record->message);
        record->message = mem_strdup(cause->message);
    }
    if (record->password) {
        free(record->message);
        record->message = mem_strdup("wrong password");
    }
}

static void hear_login(struct listen *listen, size_t student, struct log_record *record)
{
    struct listen_pupil *pupil = &listen->pupils[student];
    explain_login(listen, record);
    if (!record->password || record->at_us <= turn_logged_in_us(listen->turn, student))
        return;
    pupil->now_failed++;
    pupil->now_failed_us = record->at_us;
}

/* Of a session that was there too short to be looked at, or is gone before lecternd was back. */
static bool hear_session(struct listen *listen, size_t student, const struct log_record *record)
{
    struct listen_pupil *pupil = &listen->pupils[student];
    bool ends = pupil->now_failed > 0 && record->at_us - record->lasted_us > pupil->now_failed_us;
    if (ends)
        pupil->now_failed = 0;
    return ends;
}

bool listen_passes_over(struct listen *listen, const char *line, size_t len)
{
    char user[LOG_NAME_MAX + 1];
    log_record_user(line, len, user);
    const struct listen_login *login = find_login(listen, user);
    struct listen_pupil *pupil = login != NULL ? &listen->pupils[login->student] : NULL;
    if (pupil != NULL)
        pupil->flooded += len;
    return pupil == NULL || pupil->flooded > FLOOD_EACH;
}

void listen_hear(struct listen *listen, struct log_record *record, int64_t now_us)
{
    if (record->kind == LOG_OTHER)
        return;
    const struct listen_login *login = find_login(listen, record->user);
    if (record->at_us == 0 || record->at_us > now_us)
        record->at_us = now_us;
    if (login == NULL || record->at_us < now_us - keep_us)
        return;
    if (record->kind == LOG_CAUSE) {
        keep_cause(listen, record);
        return;
    }
    if (record->kind == LOG_SESSION && !hear_session(listen, login->student, record))
        return;
    if (record->kind == LOG_LOGIN)
        hear_login(listen, login->student, record);
    listen->pupils[login->student].errors += record->kind == LOG_ERROR;
    listen->pupils[login->student].kept += record->kind != LOG_SESSION;
    listen->heard =
        mem_grow(listen->heard, listen->n_heard, &listen->heard_capacity, sizeof(*listen->heard));
    listen->heard[listen->n_heard++] = (struct listen_heard){login->student, *record};
    record->message = record->statement = record->text = NULL;
}

/* -- the document -------------------------------------------------------------------------------*/

static json_t *marks(const struct listen *listen)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < listen->n_files; i++) {
        const struct listen_file *file = &listen->files[i];
        if (!file->read || (!file->moved && file->to == file->known_to))
            continue;
        json_array_append_new(rows, json_pack("{s:s, s:I, s:I, s:s}", "file", file->name, "read_to",
                                              (json_int_t)file->to, "modified",
                                              (json_int_t)file->modified_us, "head", file->head));
    }
    return rows;
}

/* The newest of each student's. */
static json_t *errors(const struct listen *listen, const struct measured_lab *lab)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < listen->n_heard; i++) {
        const struct listen_heard *heard = &listen->heard[i];
        const struct log_record *r = &heard->record;
        if (r->kind == LOG_SESSION || listen->pupils[heard->student].kept-- > KEEP_MAX)
            continue;
        json_array_append_new(
            rows, json_pack("{s:i, s:i, s:I, s:s, s:s, s:s, s:s, s:o}", "place", (int)i, "student",
                            lab->students[heard->student].student_id, "at", (json_int_t)r->at_us,
                            "kind", r->kind == LOG_LOGIN ? "login" : "error", "sqlstate",
                            r->sqlstate, "message", r->message, "statement", r->statement,
                            "position", r->position > 0 ? json_integer(r->position) : json_null()));
    }
    return rows;
}

static json_t *students(struct listen *listen, const struct measured_lab *lab)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < lab->n_students; i++) {
        struct listen_pupil *pupil = &listen->pupils[i];
        /* He is in: what went wrong before is of the past. */
        if (pupil->now_failed > 0 && turn_logged_in_us(listen->turn, i) > pupil->now_failed_us)
            pupil->now_failed = 0;
        if (pupil->errors == 0 && pupil->now_failed == pupil->failed)
            continue;
        json_array_append_new(rows,
                              json_pack("{s:i, s:i, s:i}", "student", lab->students[i].student_id,
                                        "errors", (int)pupil->errors, "failed", pupil->now_failed));
    }
    return rows;
}

static void skip_words(const struct listen *listen, struct strbuf *out, const char **ret_writer)
{
    double share = 0;
    const char *writer = log_writers_main(&listen->writers, &share);
    *ret_writer = writer;
    strbuf_printf(out, "%" PRId64 " MB of the server's log were skipped, ",
                  (listen->skipped + listen->skipped_now + MEGABYTE / 2) / MEGABYTE);
    if (writer == NULL) {
        strbuf_add_string(out, "and nobody wrote most of it");
        return;
    }
    CLEANUP(mem_free_string)
    char *name = str_disarm(writer);
    strbuf_printf(out, "about %.0f %% of it written by %s", share * 100, name);
}

static json_t *events(struct listen *listen, const struct measured_lab *lab)
{
    json_t *rows = json_array();
    int64_t now_ms = clock_monotonic_ms();
    listen->saying = listen->skipped + listen->skipped_now >= MEGABYTE &&
                     (listen->skip_said_ms == 0 || now_ms - listen->skip_said_ms >= SKIP_AGAIN_MS);
    if (!listen->saying)
        return rows;
    CLEANUP(strbuf_release)
    struct strbuf words = STRBUF_INIT;
    const char *writer;
    skip_words(listen, &words, &writer);
    const struct listen_login *login = writer != NULL ? find_login(listen, writer) : NULL;
    json_array_append_new(
        rows, json_pack("{s:o, s:s}", "student",
                        login != NULL ? json_integer(lab->students[login->student].student_id)
                                      : json_null(),
                        "text", words.text));
    log_line(LOG_LEVEL_WARNING, "%s", words.text);
    return rows;
}

char *listen_document(struct listen *listen)
{
    const struct measured_lab *lab = turn_lab(listen->turn);
    json_t *document =
        json_pack("{s:o, s:o, s:o, s:o}", "marks", marks(listen), "errors", errors(listen, lab),
                  "students", students(listen, lab), "events", events(listen, lab));
    char *text = NULL;
    const char *key;
    json_t *rows;
    json_object_foreach(document, key, rows)
        if (text == NULL && json_array_size(rows) > 0)
            text = json_dumps(document, JSON_COMPACT);
    json_decref(document);
    return text;
}

/* -- recorded -----------------------------------------------------------------------------------*/

/* To the needs: a script that says the same a hundred times is one try. */
static void tell_error(struct listen *listen, size_t student, const struct log_record *record)
{
    struct listen_pupil *pupil = &listen->pupils[student];
    double speed = turn_lab(listen->turn)->speed;
    uint64_t error =
        digest_fnv(digest_fnv(DIGEST_FNV_START, record->sqlstate, strlen(record->sqlstate) + 1),
                   record->message, strlen(record->message));
    bool again =
        error == pupil->last_error &&
        (double)(record->at_us - pupil->last_error_us) * (speed > 0 ? speed : 1) < BURST_US;
    pupil->last_error = error;
    pupil->last_error_us = record->at_us;
    if (!again)
        turn_error(listen->turn, student, record->sqlstate, record->message, record->at_us);
}

void listen_take(struct listen *listen)
{
    listen->skipped = listen->saying ? 0 : listen->skipped + listen->skipped_now;
    if (listen->saying) {
        listen->skip_said_ms = clock_monotonic_ms();
        listen->writers = (struct log_writers){.bytes = 0};
    }
    for (size_t i = 0; i < listen->n_heard; i++) {
        const struct listen_heard *heard = &listen->heard[i];
        const struct log_record *record = &heard->record;
        if (record->kind == LOG_LOGIN && record->password)
            turn_login_failed(listen->turn, heard->student, record->at_us);
        if (record->kind == LOG_SESSION)
            turn_logged_in(listen->turn, heard->student, record->at_us - record->lasted_us);
        if (record->kind == LOG_ERROR)
            tell_error(listen, heard->student, record);
        if (record->kind == LOG_ERROR && listen->options.on_record != NULL &&
            strcasestr(record->text, "lectern") != NULL)
            listen->options.on_record(record, heard->student, listen->options.data);
    }
    for (size_t i = 0; i < turn_lab(listen->turn)->n_students; i++) {
        struct listen_pupil *pupil = &listen->pupils[i];
        pupil->failed = pupil->now_failed;
        pupil->failed_us = pupil->now_failed_us;
    }
}

void listen_forget(struct listen *listen)
{
    for (size_t i = 0; i < listen->n_heard; i++) {
        struct listen_heard *heard = &listen->heard[i];
        log_record_release(&heard->record);
        if (listen->pupils == NULL || listen->turn == NULL)
            continue;
        listen->pupils[heard->student].errors = listen->pupils[heard->student].kept = 0;
    }
    if (listen->pupils != NULL && listen->turn != NULL)
        for (size_t i = 0; i < turn_lab(listen->turn)->n_students; i++) {
            listen->pupils[i].now_failed = listen->pupils[i].failed;
            listen->pupils[i].now_failed_us = listen->pupils[i].failed_us;
            listen->pupils[i].flooded = 0;
        }
    free(listen->heard);
    listen->heard = NULL;
    listen->n_heard = listen->heard_capacity = 0;
}
