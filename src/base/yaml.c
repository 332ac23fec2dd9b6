/*
 * YAML through libyaml's events: a capped tree with places.  The reader of settings is in
 * yaml_fields.c.
 */
#include "base/yaml.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"

enum { MESSAGE_MAX = 500 };

struct reader {
    yaml_parser_t parser;
    struct yaml_document *document;
    const char *text;
    size_t len;
    size_t n_nodes;
    struct error *err;
};

static bool set_at(const char *file, size_t line, size_t column, struct error *err,
                   const char *message)
{
    return error_set(err, ERROR_INPUT, "%s:%zu:%zu: %s", file, line, column, message);
}

bool yaml_error(const struct yaml_document *document, const struct yaml_node *node,
                struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    CLEANUP(mem_free_string)
    char *message = mem_vprintf(format, args);
    va_end(args);
    size_t len = strlen(message);
    if (len > MESSAGE_MAX) /* a value of a megabyte is no reason for a message of that size */
        strcpy(message + MESSAGE_MAX - 3, "...");
    return set_at(document->file, (size_t)node->line, (size_t)node->column, err, message);
}

/* The place of a byte, for errors of the reader, which knows offsets only. */
static void find_place(const char *text, size_t offset, size_t *ret_line, size_t *ret_column)
{
    *ret_line = *ret_column = 1;
    for (size_t i = 0; i < offset;) {
        uint32_t code;
        i += utf8_decode(text + i, offset - i, &code);
        if (code == '\n') {
            ++*ret_line;
            *ret_column = 0;
        }
        ++*ret_column;
    }
}

/* libyaml's own words, with a place and, for what people do wrong most often, a way out. */
static bool parser_error(struct reader *reader)
{
    const yaml_parser_t *p = &reader->parser;
    const char *problem = p->problem != NULL ? p->problem : "not a YAML document";
    if (p->error == YAML_READER_ERROR) {
        size_t line, column;
        size_t offset = p->problem_offset < reader->len ? p->problem_offset : reader->len;
        find_place(reader->text, offset, &line, &column);
        set_at(reader->document->file, line, column, reader->err, problem);
        return error_hint(reader->err, "The file must be UTF-8 text: save it as UTF-8.");
    }
    CLEANUP(mem_free_string)
    char *words =
        p->context != NULL ? mem_printf("%s, %s", problem, p->context) : mem_strdup(problem);
    set_at(reader->document->file, p->problem_mark.line + 1, p->problem_mark.column + 1,
           reader->err, words);
    if (strstr(problem, "start any token") != NULL)
        error_hint(reader->err, "Indent with spaces, not tabs, and put texts with special "
                                "characters into \"quotes\".");
    else if (strstr(problem, "not allowed in this context") != NULL)
        error_hint(reader->err, "A text that contains \": \" must stand in \"quotes\".");
    return false;
}

static bool event_error(struct reader *reader, const yaml_event_t *event, const char *message)
{
    return set_at(reader->document->file, event->start_mark.line + 1, event->start_mark.column + 1,
                  reader->err, message);
}

static bool next_event(struct reader *reader, yaml_event_t *event)
{
    return yaml_parser_parse(&reader->parser, event) != 0 || parser_error(reader);
}

static struct yaml_node *new_node(struct reader *reader, enum yaml_kind kind,
                                  const yaml_event_t *event)
{
    struct yaml_node *node = arena_alloc(&reader->document->arena, sizeof *node);
    node->kind = kind;
    node->line = (int)event->start_mark.line + 1;
    node->column = (int)event->start_mark.column + 1;
    return node;
}

static struct yaml_node *read_node(struct reader *reader, const yaml_event_t *event, int depth);

static bool check_key(struct reader *reader, size_t count, struct yaml_node *const *keys,
                      const struct yaml_node *key)
{
    if (key->kind != YAML_TEXT)
        return yaml_error(reader->document, key, reader->err, "a key must be a text");
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i]->text, key->text) == 0)
            return yaml_error(reader->document, key, reader->err,
                              "key \"%s\" was given already in line %d", key->text, keys[i]->line);
    return true;
}

/* The children up to the end of the list or map. */
static bool read_children(struct reader *reader, struct yaml_node *node, int depth)
{
    struct yaml_node **items = NULL, **keys = NULL;
    size_t count = 0, items_capacity = 0, keys_capacity = 0;
    bool good = false;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event))
            break;
        if (event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            good = true;
            break;
        }
        struct yaml_node *child = read_node(reader, &event, depth + 1);
        yaml_event_delete(&event);
        if (child == NULL)
            break;
        if (node->kind == YAML_MAP) {
            if (!check_key(reader, count, keys, child))
                break;
            keys = mem_grow(keys, count, &keys_capacity, sizeof *keys);
            keys[count] = child;
            if (!next_event(reader, &event))
                break;
            child = read_node(reader, &event, depth + 1);
            yaml_event_delete(&event);
            if (child == NULL)
                break;
        }
        items = mem_grow(items, count, &items_capacity, sizeof *items);
        items[count++] = child;
    }
    if (good && count > 0) {
        struct arena *arena = &reader->document->arena;
        node->count = count;
        node->items = arena_alloc_array(arena, count, sizeof *items);
        memcpy(node->items, items, count * sizeof *items);
        if (keys != NULL) {
            node->keys = arena_alloc_array(arena, count, sizeof *keys);
            memcpy(node->keys, keys, count * sizeof *keys);
        }
    }
    free(items);
    free(keys);
    return good;
}

static struct yaml_node *read_text(struct reader *reader, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (event->data.scalar.anchor != NULL) {
        event_error(reader, event, "anchors (\"&name\") are not supported");
        return NULL;
    }
    if (event->data.scalar.tag != NULL) {
        event_error(reader, event, "tags (\"!name\") are not supported");
        return NULL;
    }
    if (memchr(value, '\0', len) != NULL) {
        event_error(reader, event, "a text cannot contain a zero byte");
        return NULL;
    }
    struct yaml_node *node = new_node(reader, YAML_TEXT, event);
    node->text = arena_strndup(&reader->document->arena, value, len);
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return node;
}

/* NULL: the error is set. */
static struct yaml_node *read_node(struct reader *reader, const yaml_event_t *event, int depth)
{
    if (++reader->n_nodes > YAML_MAX_NODES || depth > YAML_MAX_DEPTH) {
        event_error(reader, event,
                    depth > YAML_MAX_DEPTH ? "nested too deeply" : "the file has too many values");
        return NULL;
    }
    const void *anchor = NULL, *tag = NULL;
    enum yaml_kind kind = YAML_LIST;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_text(reader, event);
    case YAML_SEQUENCE_START_EVENT:
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        kind = YAML_MAP;
        break;
    default:
        event_error(reader, event, "aliases (\"*name\") are not supported");
        return NULL;
    }
    if (anchor != NULL || tag != NULL) {
        event_error(reader, event,
                    anchor != NULL ? "anchors (\"&name\") are not supported"
                                   : "tags (\"!name\") are not supported");
        return NULL;
    }
    struct yaml_node *node = new_node(reader, kind, event);
    return read_children(reader, node, depth) ? node : NULL;
}

static bool read_document(struct reader *reader)
{
    bool seen = false;
    for (;;) {
        yaml_event_t event;
        if (!next_event(reader, &event))
            return false;
        enum yaml_event_type_e type = event.type;
        bool good = true;
        if (type == YAML_DOCUMENT_START_EVENT && seen)
            good = event_error(reader, &event, "the file holds more than one document");
        else if (type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
                 type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT) {
            reader->document->root = read_node(reader, &event, 0);
            good = reader->document->root != NULL;
            seen = true;
        }
        yaml_event_delete(&event);
        if (!good)
            return false;
        if (type == YAML_STREAM_END_EVENT)
            return seen || set_at(reader->document->file, 1, 1, reader->err, "the file is empty");
    }
}

bool yaml_parse(const char *file, const char *text, size_t len, struct yaml_document *ret_document,
                struct error *err)
{
    if (len > YAML_MAX_BYTES)
        return error_set(err, ERROR_INPUT, "%s: larger than %d bytes", file, YAML_MAX_BYTES);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        len -= 3;
    }
    struct yaml_document document = {.arena = ARENA_INIT};
    document.file = arena_strdup(&document.arena, file);
    struct reader reader = {.document = &document, .text = text, .len = len, .err = err};
    if (yaml_parser_initialize(&reader.parser) == 0)
        abort();
    /* Otherwise libyaml takes a file with the right two first bytes for UTF-16. */
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, len);
    bool good = read_document(&reader);
    yaml_parser_delete(&reader.parser);
    if (good)
        *ret_document = document;
    else
        arena_release(&document.arena);
    return good;
}

void yaml_release(struct yaml_document *document)
{
    arena_release(&document->arena);
    document->root = NULL;
}

struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (strcmp(map->keys[i]->text, key) == 0)
            return map->items[i];
    return NULL;
}

bool yaml_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_TEXT && node->plain &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

void yaml_add_quoted(struct strbuf *out, const char *text)
{
    strbuf_add_char(out, '"');
    for (size_t len = strlen(text); len > 0;) {
        uint32_t code;
        size_t n = utf8_decode(text, len, &code);
        if (code == '"' || code == '\\')
            strbuf_printf(out, "\\%c", (char)code);
        else if (code == '\n')
            strbuf_add_string(out, "\\n");
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            strbuf_printf(out, "\\x%02x", (unsigned)code);
        else if (code == 0xfeff || code == 0x2028 || code == 0x2029 || code == 0xfffe ||
                 code == 0xffff)
            strbuf_printf(out, "\\u%04x", (unsigned)code);
        else if (n == 1 && code == 0xfffd)
            strbuf_add_string(out, "\\ufffd");
        else
            strbuf_add(out, text, n);
        text += n;
        len -= n;
    }
    strbuf_add_char(out, '"');
}
