/*
 * A record is one flat JSON object of strings and numbers.  It is read by hand rather than by a
 * JSON library: a line may be cut where it is too long, a database in another encoding writes bytes
 * that are no UTF-8, and most lines are somebody's flood and only their head is looked at.
 */
#include "lab/log_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "lab/log_secret.h"

/* -- JSON ---------------------------------------------------------------------------------------*/

struct slice {
    const char *text; /* NULL: the field is not there */
    size_t len;
    bool cut;
};

struct cursor {
    const char *at, *end;
};

static bool take(struct cursor *cursor, char c)
{
    if (cursor->at == cursor->end || *cursor->at != c)
        return false;
    cursor->at++;
    return true;
}

/* The inside of a string, escapes as they are; cut when the end comes first. */
static bool take_string(struct cursor *cursor, struct slice *ret_slice)
{
    if (!take(cursor, '"'))
        return false;
    const char *begin = cursor->at;
    while (cursor->at < cursor->end && *cursor->at != '"') {
        if ((unsigned char)*cursor->at < 0x20)
            return false;
        cursor->at += *cursor->at == '\\' && cursor->at + 1 < cursor->end ? 2 : 1;
    }
    bool cut = cursor->at == cursor->end;
    *ret_slice = (struct slice){begin, (size_t)(cursor->at - begin), cut};
    if (!cut)
        cursor->at++;
    return true;
}

static bool take_number(struct cursor *cursor, struct slice *ret_slice)
{
    const char *begin = cursor->at;
    while (cursor->at < cursor->end &&
           ((*cursor->at >= '0' && *cursor->at <= '9') || *cursor->at == '-'))
        cursor->at++;
    *ret_slice = (struct slice){begin, (size_t)(cursor->at - begin), cursor->at == cursor->end};
    return cursor->at > begin;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* \uXXXX at `text`; the server writes it for control characters only. */
static void add_code(struct strbuf *out, const char *text, size_t len)
{
    unsigned code = 0;
    for (size_t i = 0; i < 4; i++) {
        int digit = i < len ? hex_digit(text[i]) : -1;
        if (digit < 0)
            return;
        code = code * 16 + (unsigned)digit;
    }
    strbuf_add_char(out, code > 0 && code < 0x80 ? (char)code : '?');
}

static void decode(struct strbuf *out, struct slice slice)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    for (size_t i = 0; i < slice.len; i++) {
        if (slice.text[i] != '\\') {
            strbuf_add_char(out, slice.text[i]);
            continue;
        }
        if (++i == slice.len)
            break;
        const char *escape = strchr(escapes, slice.text[i]);
        if (slice.text[i] == 'u') {
            add_code(out, slice.text + i + 1, slice.len - i - 1);
            i += 4;
        } else if (escape != NULL && *escape != '\0') {
            strbuf_add_char(out, meanings[escape - escapes]);
        }
    }
}

/* A name or code into a field of `size` bytes; one that does not fit is none. */
static void copy(char *field, size_t size, struct slice slice)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    field[0] = '\0';
    if (slice.text == NULL || slice.cut || slice.len > 6 * size)
        return;
    decode(&text, slice);
    if (text.len < size)
        memcpy(field, text.text, text.len + 1);
}

static bool equals(struct slice slice, const char *text)
{
    return slice.text != NULL && !slice.cut && slice.len == strlen(text) &&
           memcmp(slice.text, text, slice.len) == 0;
}

/* -- fields -------------------------------------------------------------------------------------*/

enum field {
    FIELD_TIMESTAMP,
    FIELD_USER,
    FIELD_DATABASE,
    FIELD_SESSION,
    FIELD_PS,
    FIELD_SEVERITY,
    FIELD_SQLSTATE,
    FIELD_MESSAGE,
    FIELD_STATEMENT,
    FIELD_POSITION,
    FIELD_BACKEND,
    FIELDS
};
static const char *const field_names[FIELDS] = {
    "timestamp",  "user",    "dbname",    "session_id",      "ps",           "error_severity",
    "state_code", "message", "statement", "cursor_position", "backend_type",
};

/* Of a field that is there twice the first counts: the server writes who and what before what a
 * student wrote. */
static void put_field(struct slice *fields, struct slice name, struct slice value)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].text == NULL && equals(name, field_names[i]))
            fields[i] = value;
}

/* False: it is no object, or ends too early for a whole one. */
static bool read_fields(const char *line, size_t len, bool whole, struct slice *fields)
{
    struct cursor cursor = {line, line + len};
    if (!take(&cursor, '{'))
        return false;
    do {
        struct slice name, value;
        if (!take_string(&cursor, &name))
            return !whole && cursor.at == cursor.end;
        if (name.cut || !take(&cursor, ':'))
            return !whole && cursor.at == cursor.end;
        if (cursor.at == cursor.end)
            return !whole;
        bool taken =
            *cursor.at == '"' ? take_string(&cursor, &value) : take_number(&cursor, &value);
        if (!taken)
            return false;
        put_field(fields, name, value);
        if (cursor.at == cursor.end)
            return !whole;
    } while (take(&cursor, ','));
    return take(&cursor, '}') && cursor.at == cursor.end;
}

/* "2026-11-22 21:33:39.027 UTC"; 0 when it is in another zone than the server is told to write. */
static int64_t read_time(struct slice slice)
{
    char text[40], zone[8] = "";
    struct tm tm = {.tm_isdst = 0};
    int ms = 0;
    copy(text, sizeof(text), slice);
    const char *rest = strptime(text, "%Y-%m-%d %H:%M:%S", &tm);
    if (rest == NULL || *rest != '.')
        return 0;
    for (rest++; *rest >= '0' && *rest <= '9' && ms < 100000; rest++)
        ms = ms * 10 + (*rest - '0');
    if (*rest == ' ')
        memcpy(zone, rest + 1, strnlen(rest + 1, sizeof(zone) - 1));
    if (strcmp(zone, "UTC") != 0 && strcmp(zone, "GMT") != 0 && strcmp(zone, "Etc/UTC") != 0)
        return 0;
    time_t seconds = timegm(&tm);
    return seconds > 0 ? (int64_t)seconds * 1000000 + ms * 1000 : 0;
}

static int read_whole(struct slice slice)
{
    int value = 0;
    for (size_t i = 0; slice.text != NULL && i < slice.len && value < 100000000; i++)
        value =
            slice.text[i] >= '0' && slice.text[i] <= '9' ? value * 10 + slice.text[i] - '0' : value;
    return slice.cut ? 0 : value;
}

/* -- what it is ---------------------------------------------------------------------------------*/

/* Ended by the operator, the server's end or a broken line: nothing that a login is refused for. */
static bool is_refusal(const char *sqlstate)
{
    return strncmp(sqlstate, "57", 2) != 0 && strncmp(sqlstate, "08", 2) != 0;
}

/* "disconnection: session time: 0:00:00.012 user=..." */
static bool is_session_end(struct slice message, int64_t *ret_lasted_us)
{
    static const char words[] = "disconnection: session time: ";
    const size_t n = sizeof(words) - 1;
    char text[24] = "";
    unsigned hours, minutes, seconds, ms;
    if (message.text == NULL || message.len < n || memcmp(message.text, words, n) != 0)
        return false;
    size_t rest = message.len - n;
    memcpy(text, message.text + n, rest < sizeof(text) ? rest : sizeof(text) - 1);
    if (sscanf(text, "%6u:%2u:%2u.%3u", &hours, &minutes, &seconds, &ms) != 4)
        return false;
    *ret_lasted_us =
        (((int64_t)hours * 60 + minutes) * 60 + seconds) * 1000000 + (int64_t)ms * 1000;
    return true;
}

static enum log_kind kind_of(const struct slice *fields, struct log_record *record, bool whole)
{
    bool client = equals(fields[FIELD_BACKEND], "client backend") ||
                  (fields[FIELD_BACKEND].text == NULL && !whole);
    bool authenticates = equals(fields[FIELD_PS], "authentication");
    bool outside = (authenticates || equals(fields[FIELD_PS], "startup")) &&
                   fields[FIELD_STATEMENT].text == NULL && whole;
    if (!client || record->user[0] == '\0')
        return LOG_OTHER;
    if (equals(fields[FIELD_SEVERITY], "ERROR"))
        return LOG_ERROR;
    if (equals(fields[FIELD_SEVERITY], "FATAL") && outside)
        return is_refusal(record->sqlstate) ? LOG_LOGIN : LOG_OTHER;
    if (equals(fields[FIELD_SEVERITY], "FATAL") && strcmp(record->sqlstate, "25P03") == 0)
        return LOG_ERROR; /* sat idle in a transaction for too long */
    if (!equals(fields[FIELD_SEVERITY], "LOG"))
        return LOG_OTHER;
    if (authenticates && outside)
        return LOG_CAUSE;
    return is_session_end(fields[FIELD_MESSAGE], &record->lasted_us) ? LOG_SESSION : LOG_OTHER;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
    size_t len = strlen(text), n = strlen(with);
    return len >= n && strcmp(text + len - n, with) == 0;
}

/* Before there is a session the message is the server's own. */
static bool is_password(const struct log_record *record)
{
    if (record->kind == LOG_LOGIN)
        return strcmp(record->sqlstate, "28P01") == 0 ||
               (strcmp(record->sqlstate, "28000") == 0 &&
                begins(record->message, "LDAP authentication failed"));
    return record->kind == LOG_CAUSE && ends(record->message, ": Invalid credentials");
}

/* Its first characters on one line, each white space a blank so that positions stay; disarmed. */
static char *shorten(struct strbuf *text, size_t chars)
{
    size_t at = 0;
    for (size_t n = 0; at < text->len && n < chars; n++) {
        uint32_t code;
        if (text->text[at] >= '\t' && text->text[at] <= '\r')
            text->text[at] = ' ';
        at += utf8_decode(text->text + at, text->len - at, &code);
    }
    strbuf_truncate(text, at);
    return str_disarm(text->text);
}

static void read_words(const struct slice *fields, struct log_record *record)
{
    CLEANUP(strbuf_release)
    struct strbuf raw = STRBUF_INIT, kept = STRBUF_INIT;
    struct slice statement = fields[FIELD_STATEMENT], message = fields[FIELD_MESSAGE];
    decode(&raw, statement);
    /* Behind the cut there may be anything, and the message may quote it. */
    bool secret = log_secret_hide(&kept, raw.text, raw.len) || statement.cut;
    record->statement = shorten(&kept, LOG_STATEMENT_CHARS);
    record->text = mem_strndup(raw.text, raw.len < LOG_TEXT_BYTES ? raw.len : LOG_TEXT_BYTES);
    strbuf_reset(&raw);
    strbuf_reset(&kept);
    decode(&raw, message);
    if (record->kind == LOG_ERROR)
        log_secret_hide_message(&kept, raw.text, raw.len, secret);
    else
        strbuf_add(&kept, raw.text, raw.len);
    record->message = shorten(&kept, LOG_MESSAGE_CHARS);
}

bool log_record_parse(const char *line, size_t len, bool whole, struct log_record *ret_record)
{
    struct slice fields[FIELDS] = {{NULL, 0, false}};
    struct log_record record = {.kind = LOG_OTHER};
    if (!read_fields(line, len, whole, fields) || fields[FIELD_SEVERITY].text == NULL ||
        fields[FIELD_SEVERITY].cut)
        return false;
    record.at_us = read_time(fields[FIELD_TIMESTAMP]);
    copy(record.user, sizeof(record.user), fields[FIELD_USER]);
    copy(record.database, sizeof(record.database), fields[FIELD_DATABASE]);
    copy(record.session, sizeof(record.session), fields[FIELD_SESSION]);
    copy(record.sqlstate, sizeof(record.sqlstate), fields[FIELD_SQLSTATE]);
    record.position = read_whole(fields[FIELD_POSITION]);
    record.kind = kind_of(fields, &record, whole);
    if (record.kind != LOG_OTHER)
        read_words(fields, &record);
    record.password = is_password(&record);
    *ret_record = record;
    return true;
}

/* The server writes it second, behind the time, or not at all. */
void log_record_user(const char *line, size_t len, char ret_user[LOG_NAME_MAX + 1])
{
    struct cursor cursor = {line, line + len};
    struct slice name, value = {NULL, 0, false};
    bool read = take(&cursor, '{') && take_string(&cursor, &name) && take(&cursor, ':') &&
                take_string(&cursor, &value) && take(&cursor, ',') && take_string(&cursor, &name) &&
                equals(name, "user") && take(&cursor, ':') && take_string(&cursor, &value);
    if (!read)
        value.text = NULL;
    copy(ret_user, LOG_NAME_MAX + 1, value);
}

void log_record_release(struct log_record *record)
{
    free(record->message);
    free(record->statement);
    free(record->text);
    record->message = record->statement = record->text = NULL;
}

/* -- lines --------------------------------------------------------------------------------------*/

static void give(struct log_split *split, const char *line, size_t len, bool whole,
                 log_line_cb on_line, void *data)
{
    if (len > LOG_LINE_MAX) {
        len = LOG_LINE_MAX;
        whole = false;
    }
    split->lines++;
    split->cut += !whole;
    on_line(line, len, whole, data);
}

size_t log_split(struct log_split *split, const char *bytes, size_t len, log_line_cb on_line,
                 void *data)
{
    size_t at = 0;
    while (at < len) {
        const char *newline = memchr(bytes + at, '\n', len - at);
        size_t end = newline != NULL ? (size_t)(newline - bytes) : len;
        if (newline == NULL && !split->inside && end - at < LOG_LINE_MAX)
            return at;
        if (!split->inside)
            give(split, bytes + at, end - at, newline != NULL, on_line, data);
        split->inside = newline == NULL;
        at = newline != NULL ? end + 1 : len;
    }
    return at;
}

/* -- who writes so much -------------------------------------------------------------------------*/

/* Space-saving: who writes most is never missing, however many write. */
void log_writers_add(struct log_writers *writers, const char *user, uint64_t bytes)
{
    struct log_writer *place = &writers->most[0];
    writers->bytes += bytes;
    for (size_t i = 0; i < LOG_WRITERS; i++) {
        struct log_writer *writer = &writers->most[i];
        if (writer->bytes > 0 && strcmp(writer->user, user) == 0) {
            writer->bytes += bytes;
            return;
        }
        if (writer->bytes < place->bytes)
            place = writer;
    }
    memset(place->user, 0, sizeof(place->user));
    memcpy(place->user, user, strnlen(user, LOG_NAME_MAX));
    place->bytes += bytes;
}

const char *log_writers_main(const struct log_writers *writers, double *ret_share)
{
    for (size_t i = 0; i < LOG_WRITERS; i++)
        if (writers->most[i].bytes > writers->bytes / 2 && writers->most[i].user[0] != '\0') {
            *ret_share = (double)writers->most[i].bytes / (double)writers->bytes;
            return writers->most[i].user;
        }
    return NULL;
}

void log_writers_take(struct log_writers *writers, const char *bytes, size_t len, bool inside)
{
    const char *at = bytes, *end = bytes + len;
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline != NULL ? newline + 1 : end;
        if (!inside)
            log_record_user(at, (size_t)(next - at), writers->last);
        log_writers_add(writers, writers->last, (uint64_t)(next - at));
        inside = false;
        at = next;
    }
}
