/*
 * CSV: a reader that keeps places, and a writer that spreadsheets cannot run.
 */
#include "base/csv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"

static bool set_at(const struct csv_reader *reader, int line, int column, struct error *err,
                   const char *message)
{
    return error_set(err, ERROR_INPUT, "%s:%d:%d: %s", reader->file, line, column, message);
}

/* One letter further; CRLF, LF and CR each are one line's end. */
static void advance(struct csv_reader *reader)
{
    uint32_t code;
    size_t n = utf8_decode(reader->text + reader->at, reader->len - reader->at, &code);
    reader->at += n;
    reader->column++;
    bool cr_alone = code == '\r' && (reader->at >= reader->len || reader->text[reader->at] != '\n');
    if (code == '\n' || cr_alone) {
        reader->line++;
        reader->column = 1;
    }
}

static bool check_bytes(struct csv_reader *reader, struct error *err)
{
    const char *text = reader->text;
    size_t len = reader->len;
    if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0)) {
        error_set(err, ERROR_INPUT, "%s:1:1: the file is UTF-16, not UTF-8", reader->file);
        return error_hint(err, "Save it as \"CSV UTF-8\".");
    }
    if (utf8_valid(text, len) && memchr(text, '\0', len) == NULL)
        return true;
    while (reader->at < len) {
        uint32_t code;
        const char *here = text + reader->at;
        size_t n = utf8_decode(here, len - reader->at, &code);
        if (code == 0) {
            set_at(reader, reader->line, reader->column, err, "a zero byte");
            return error_hint(err, "This is not a text file; save the list as \"CSV UTF-8\".");
        }
        if (code == 0xfffd && n == 1) {
            CLEANUP(mem_free_string)
            char *what = mem_printf("the byte 0x%02x is not UTF-8", (unsigned char)*here);
            set_at(reader, reader->line, reader->column, err, what);
            return error_hint(err, "Save the file as UTF-8 (in Excel: \"CSV UTF-8\").");
        }
        advance(reader);
    }
    return true;
}

/* The first line's most frequent separator outside quotes. */
static char find_separator(const char *text, size_t len)
{
    static const char candidates[] = ",;\t";
    size_t counts[3] = {0, 0, 0}, best = 0;
    bool quoted = false;
    for (size_t i = 0; i < len && (quoted || (text[i] != '\n' && text[i] != '\r')); i++) {
        if (text[i] == '"')
            quoted = !quoted;
        for (size_t j = 0; !quoted && j < 3; j++)
            counts[j] += text[i] == candidates[j];
    }
    for (size_t j = 1; j < 3; j++)
        if (counts[j] > counts[best])
            best = j;
    return candidates[best];
}

static bool at_line_end(const struct csv_reader *reader)
{
    return reader->at >= reader->len || reader->text[reader->at] == '\n' ||
           reader->text[reader->at] == '\r';
}

static void skip_line_end(struct csv_reader *reader)
{
    char first = reader->at < reader->len ? reader->text[reader->at] : '\0';
    if (first == '\r' || first == '\n')
        advance(reader);
    if (first == '\r' && reader->at < reader->len && reader->text[reader->at] == '\n')
        advance(reader);
}

bool csv_open(struct csv_reader *reader, const char *file, const char *text, size_t len,
              struct arena *arena, struct error *err)
{
    *reader = (struct csv_reader){
        .file = file, .text = text, .len = len, .line = 1, .column = 1, .arena = arena};
    if (!check_bytes(reader, err))
        return false;
    reader->line = reader->column = 1;
    reader->at = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (len - reader->at >= 5 && memcmp(text + reader->at, "sep=", 4) == 0 &&
        strchr(",;\t", text[reader->at + 4]) != NULL) {
        reader->separator = text[reader->at + 4];
        while (!at_line_end(reader))
            advance(reader);
        skip_line_end(reader);
    } else {
        reader->separator = find_separator(text + reader->at, len - reader->at);
    }
    return true;
}

void csv_close(struct csv_reader *reader)
{
    free(reader->fields);
    reader->fields = NULL;
    reader->capacity = 0;
}

static bool is_blank(const struct csv_reader *reader, char c)
{
    return c == ' ' || (c == '\t' && reader->separator != '\t');
}

/* Behind the opening quote, up to behind the closing one and the blanks after it. */
static bool read_quoted(struct csv_reader *reader, struct csv_field *field, struct error *err)
{
    int line = reader->line, column = reader->column - 1;
    struct strbuf text = STRBUF_INIT;
    for (;;) {
        if (reader->at >= reader->len) {
            strbuf_release(&text);
            set_at(reader, line, column, err, "this quote is never closed");
            return error_hint(err, "Write a quote that belongs to the text twice.");
        }
        size_t start = reader->at;
        bool quote = reader->text[start] == '"';
        advance(reader);
        if (quote && (reader->at >= reader->len || reader->text[reader->at] != '"'))
            break;
        if (quote)
            advance(reader);
        strbuf_add(&text, reader->text + start, quote ? 1 : reader->at - start);
    }
    field->text = arena_strndup(reader->arena, text.text, text.len);
    strbuf_release(&text);
    while (reader->at < reader->len && is_blank(reader, reader->text[reader->at]))
        advance(reader);
    if (at_line_end(reader) || reader->text[reader->at] == reader->separator)
        return true;
    set_at(reader, reader->line, reader->column, err, "text behind the closing quote");
    return error_hint(err, "Write a quote that belongs to the text twice.");
}

static bool read_field(struct csv_reader *reader, struct csv_field *field, struct error *err)
{
    while (reader->at < reader->len && is_blank(reader, reader->text[reader->at]))
        advance(reader);
    if (reader->at < reader->len && reader->text[reader->at] == '"') {
        advance(reader);
        *field = (struct csv_field){.line = reader->line, .column = reader->column};
        return read_quoted(reader, field, err);
    }
    *field = (struct csv_field){.line = reader->line, .column = reader->column};
    size_t start = reader->at;
    while (!at_line_end(reader) && reader->text[reader->at] != reader->separator)
        advance(reader);
    size_t end = reader->at;
    while (end > start && is_blank(reader, reader->text[end - 1]))
        end--;
    field->text = arena_strndup(reader->arena, reader->text + start, end - start);
    return true;
}

bool csv_next(struct csv_reader *reader, struct csv_row *ret_row, bool *ret_more, struct error *err)
{
    while (reader->at < reader->len) {
        struct csv_row row = {.line = reader->line};
        bool something = false;
        for (;;) {
            reader->fields =
                mem_grow(reader->fields, row.count, &reader->capacity, sizeof *reader->fields);
            struct csv_field *field = &reader->fields[row.count++];
            if (!read_field(reader, field, err))
                return false;
            something = something || field->text[0] != '\0';
            if (at_line_end(reader))
                break;
            advance(reader); /* the separator */
        }
        skip_line_end(reader);
        if (something) {
            row.fields = reader->fields;
            *ret_row = row;
            *ret_more = true;
            return true;
        }
    }
    *ret_more = false;
    return true;
}

void csv_add_field(struct strbuf *out, const char *text)
{
    CLEANUP(mem_free_string)
    char *safe = str_disarm(text);
    /* Spreadsheets skip leading blanks before they look for a formula. */
    const char *first = safe + strspn(safe, " ");
    bool formula = *first != '\0' && strchr("=+-@", *first) != NULL;
    if (!formula && strpbrk(safe, ",;\"") == NULL && first == safe) {
        strbuf_add_string(out, safe);
        return;
    }
    strbuf_add_string(out, formula ? "\"'" : "\"");
    for (const char *p = safe; *p != '\0'; p++) {
        if (*p == '"')
            strbuf_add_char(out, '"');
        strbuf_add_char(out, *p);
    }
    strbuf_add_char(out, '"');
}
