/*
 * The server's log: whatever a file has in it, lines come to an end, what is kept is short and
 * safe, and how the bytes are cut into pieces makes no difference.
 */
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "fuzz.h"
#include "lab/log_record.h"
#include "lab/log_secret.h"

static void check_line(const char *line, size_t len, bool whole, void *data)
{
    struct log_record record;
    size_t *bytes = data;
    *bytes += len;
    MUST(memchr(line, '\n', len) == NULL);
    if (!log_record_parse(line, len, whole, &record))
        return;
    MUST(strlen(record.user) <= LOG_NAME_MAX && strlen(record.sqlstate) <= 5);
    MUST((record.message != NULL) == (record.kind != LOG_OTHER));
    if (record.kind != LOG_OTHER) {
        MUST(record.user[0] != '\0');
        MUST(utf8_valid(record.message, strlen(record.message)));
        MUST(strlen(record.message) <= 8 * LOG_MESSAGE_CHARS);
        MUST(strlen(record.statement) <= 8 * LOG_STATEMENT_CHARS);
        MUST(strlen(record.text) <= LOG_TEXT_BYTES);
    }
    log_record_release(&record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct log_split once = {.inside = false}, twice = {.inside = false};
    size_t bytes = 0, pieces = 0;
    size_t done = log_split(&once, text, size, check_line, &bytes);
    MUST(done <= size && bytes <= size);
    size_t half = log_split(&twice, text, size / 2, check_line, &pieces);
    MUST(half <= size / 2);
    half += log_split(&twice, text + half, size - half, check_line, &pieces);
    MUST(half == done && pieces == bytes && once.lines == twice.lines);

    CLEANUP(strbuf_release)
    struct strbuf hidden = STRBUF_INIT;
    log_secret_hide(&hidden, text, size);
    MUST(hidden.len <= size + strlen(" ***"));
    struct log_writers writers = {.bytes = 0};
    log_writers_take(&writers, text, size / 2, false);
    log_writers_take(&writers, text + size / 2, size - size / 2, true);
    MUST(writers.bytes == size);
    return 0;
}
