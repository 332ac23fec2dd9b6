/*
 * What each statement makes, and for which step.  The statements' order is split_order.c's, COPY's
 * rows are split_rows.c's.
 */
#include "facts/split.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "facts/split_inside.h"
#include "facts/statements.h"

/* -- reading a statement ----------------------------------------------------------------------- */

struct reader {
    const struct statement *statement;
    size_t at;
    struct statement_token token; /* the next one; kind 0 at the end */
};

static void step_on(struct reader *reader)
{
    if (!statement_next_token(reader->statement, &reader->at, &reader->token))
        reader->token = (struct statement_token){0, "", 0};
}

static struct reader reader_of(const struct statement *statement)
{
    struct reader reader = {.statement = statement};
    step_on(&reader);
    return reader;
}

static bool is_word(const struct reader *reader, const char *word)
{
    return reader->token.kind == 'w' && reader->token.len == strlen(word) &&
           strncasecmp(reader->token.text, word, reader->token.len) == 0;
}

static bool accept(struct reader *reader, const char *word)
{
    if (!is_word(reader, word))
        return false;
    step_on(reader);
    return true;
}

/* Any of the words, separated by blanks, as often as they come. */
static void skip_words(struct reader *reader, const char *words)
{
    for (const char *word = words; *word != '\0';) {
        size_t len = strcspn(word, " ");
        char one[32] = "";
        memcpy(one, word, len < sizeof(one) ? len : sizeof(one) - 1);
        word += len + strspn(word + len, " ");
        if (accept(reader, one))
            word = words;
    }
}

static bool find_word(struct reader *reader, const char *word)
{
    while (reader->token.kind != 0 && !is_word(reader, word))
        step_on(reader);
    return accept(reader, word);
}

static void add_name_part(struct strbuf *name, const struct statement_token *token)
{
    if (token->kind == '"') {
        for (size_t i = 1; i + 1 < token->len; i++) {
            strbuf_add_char(name, token->text[i]);
            if (token->text[i] == '"')
                i++;
        }
        return;
    }
    for (size_t i = 0; i < token->len; i++) {
        char c = token->text[i];
        strbuf_add_char(name, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
}

/* A name, perhaps with its schema; the schema "public" goes without saying.  "" when none. */
static const char *read_name(struct reader *reader, struct arena *arena)
{
    CLEANUP(strbuf_release)
    struct strbuf name = STRBUF_INIT;
    while (reader->token.kind == 'w' || reader->token.kind == '"') {
        add_name_part(&name, &reader->token);
        step_on(reader);
        if (reader->token.kind != '.')
            break;
        if (strcmp(name.text, "public") == 0)
            strbuf_reset(&name);
        else
            strbuf_add_char(&name, '.');
        step_on(reader);
    }
    return arena_strdup(arena, name.text);
}

/* As read_name() from within a string: 'public.film_id_seq'. */
static const char *name_in_string(const struct statement_token *token, struct arena *arena)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (token->len > 2)
        strbuf_add(&text, token->text + 1, token->len - 2);
    struct statement inner = {.text = text.text, .len = text.len};
    struct reader reader = reader_of(&inner);
    return read_name(&reader, arena);
}

/* -- what it makes ----------------------------------------------------------------------------- */

static void add_reference(struct rough *rough, const char *name, struct arena *arena)
{
    if (*name == '\0' || strcmp(name, rough->owner) == 0)
        return;
    const char **more = arena_alloc_array(arena, rough->n_references + 1, sizeof(*more));
    if (rough->n_references > 0)
        memcpy(more, rough->references, rough->n_references * sizeof(*more));
    more[rough->n_references++] = name;
    rough->references = more;
}

/* Other tables that this one needs: REFERENCES x, PARTITION OF x, INHERITS (x). */
static void find_references(struct rough *rough, struct reader reader, struct arena *arena)
{
    while (reader.token.kind != 0) {
        if (accept(&reader, "references")) {
            rough->has_references = true;
            add_reference(rough, read_name(&reader, arena), arena);
        } else if (accept(&reader, "partition")) {
            if (accept(&reader, "of"))
                add_reference(rough, read_name(&reader, arena), arena);
        } else if (accept(&reader, "inherits")) {
            step_on(&reader);
            add_reference(rough, read_name(&reader, arena), arena);
        } else {
            step_on(&reader);
        }
    }
}

static bool read_table(struct rough *rough, struct reader *reader, struct arena *arena)
{
    skip_words(reader, "if not exists");
    rough->kind = PART_TABLE;
    rough->owner = rough->object = read_name(reader, arena);
    find_references(rough, *reader, arena);
    return true;
}

static bool read_type(struct rough *rough, struct reader *reader, struct arena *arena)
{
    bool schema = accept(reader, "schema");
    bool extension = !schema && accept(reader, "extension");
    if (!schema && !extension)
        step_on(reader); /* type, domain, collation */
    skip_words(reader, "if not exists");
    rough->kind = PART_TYPE;
    rough->object = read_name(reader, arena);
    /* They are there already. */
    return !(schema && strcmp(rough->object, "public") == 0) &&
           !(extension && strcmp(rough->object, "plpgsql") == 0);
}

static bool read_index(struct rough *rough, struct reader *reader, struct arena *arena)
{
    skip_words(reader, "concurrently if not exists");
    rough->kind = PART_INDEX;
    rough->object = is_word(reader, "on") ? "" : read_name(reader, arena);
    if (!accept(reader, "on"))
        return false;
    skip_words(reader, "only");
    rough->owner = read_name(reader, arena);
    return true;
}

/* A trigger, rule or policy: "name ... ON table", of a rule "... TO table". */
static bool read_attached(struct rough *rough, struct reader *reader, struct arena *arena)
{
    bool rule = is_word(reader, "rule");
    rough->kind = is_word(reader, "trigger") ? PART_TRIGGER : PART_ALTER;
    step_on(reader);
    rough->object = read_name(reader, arena);
    if (!find_word(reader, rule ? "to" : "on"))
        return false;
    rough->owner = read_name(reader, arena);
    return true;
}

static bool read_create(struct rough *rough, struct reader *reader, struct arena *arena)
{
    skip_words(reader, "or replace global local temp temporary unlogged unique materialized "
                       "recursive constraint trusted");
    if (accept(reader, "table"))
        return read_table(rough, reader, arena);
    if (accept(reader, "index"))
        return read_index(rough, reader, arena);
    if (is_word(reader, "schema") || is_word(reader, "extension") || is_word(reader, "type") ||
        is_word(reader, "domain") || is_word(reader, "collation"))
        return read_type(rough, reader, arena);
    if (is_word(reader, "trigger") || is_word(reader, "rule") || is_word(reader, "policy"))
        return read_attached(rough, reader, arena);
    if (accept(reader, "sequence"))
        rough->kind = PART_SEQUENCE;
    else if (accept(reader, "view"))
        rough->kind = PART_VIEW;
    else if (accept(reader, "function") || accept(reader, "procedure") ||
             accept(reader, "aggregate"))
        rough->kind = PART_FUNCTION;
    else if (is_word(reader, "operator") || is_word(reader, "cast") ||
             is_word(reader, "statistics"))
        step_on(reader); /* stays PART_OTHER */
    else
        return false; /* DATABASE, ROLE, USER, EVENT TRIGGER, PUBLICATION ... */
    skip_words(reader, "if not exists");
    rough->object = read_name(reader, arena);
    return true;
}

/* Behind ALTER TABLE name. */
static bool read_table_action(struct rough *rough, struct reader *reader, struct arena *arena)
{
    rough->kind = PART_ALTER;
    if (is_word(reader, "owner") || is_word(reader, "cluster") || is_word(reader, "replica"))
        return false;
    if (accept(reader, "enable") || accept(reader, "disable"))
        return !is_word(reader, "trigger");
    if (accept(reader, "attach")) {
        skip_words(reader, "partition");
        const char *parent = rough->owner;
        rough->kind = PART_ATTACH;
        rough->owner = read_name(reader, arena);
        add_reference(rough, parent, arena);
        return true;
    }
    if (!accept(reader, "add"))
        return true;
    find_references(rough, *reader, arena);
    bool named = accept(reader, "constraint");
    if (named)
        rough->object = read_name(reader, arena);
    bool key = named || is_word(reader, "primary") || is_word(reader, "unique") ||
               is_word(reader, "foreign") || is_word(reader, "check") || is_word(reader, "exclude");
    if (key)
        rough->kind = rough->has_references ? PART_FOREIGN_KEY : PART_KEY;
    return true;
}

static bool read_alter(struct rough *rough, struct reader *reader, struct arena *arena)
{
    bool table = accept(reader, "table");
    bool sequence = !table && accept(reader, "sequence");
    bool index = !table && !sequence && accept(reader, "index");
    bool other = is_word(reader, "type") || is_word(reader, "domain");
    if (!table && !sequence && !index && !other)
        return false;
    if (other)
        step_on(reader);
    skip_words(reader, "if exists only");
    rough->object = rough->owner = read_name(reader, arena);
    if (table) {
        if (reader->token.kind == '*')
            step_on(reader);
        return read_table_action(rough, reader, arena);
    }
    if (is_word(reader, "owner"))
        return false;
    if (sequence) {
        rough->kind = PART_ALTER;
        rough->sequence = rough->object;
        if (find_word(reader, "owned") && accept(reader, "by")) {
            /* "film.film_id": without the column it is the table. */
            const char *column = read_name(reader, arena);
            const char *dot = strrchr(column, '.');
            rough->owner = dot != NULL ? arena_strndup(arena, column, (size_t)(dot - column)) : "";
        }
        return true;
    }
    rough->kind = index ? PART_INDEX : PART_TYPE;
    if (index && accept(reader, "attach")) { /* needs the partition's index */
        rough->kind = PART_ATTACH;
        skip_words(reader, "partition");
        rough->owner = read_name(reader, arena);
    }
    return true;
}

static bool read_select(struct rough *rough, struct reader *reader, struct arena *arena)
{
    const char *function = read_name(reader, arena);
    if (strcmp(function, "setval") != 0 && strcmp(function, "pg_catalog.setval") != 0)
        return false;
    step_on(reader);
    if (reader->token.kind != '\'')
        return false;
    rough->kind = PART_SETVAL;
    rough->object = rough->sequence = name_in_string(&reader->token, arena);
    return true;
}

/* False: the statement is left out. */
static bool read_statement(struct rough *rough, struct arena *arena)
{
    struct reader reader = reader_of(&rough->statement);
    if (accept(&reader, "create"))
        return read_create(rough, &reader, arena);
    if (accept(&reader, "alter"))
        return read_alter(rough, &reader, arena);
    if (accept(&reader, "select"))
        return read_select(rough, &reader, arena);
    if (accept(&reader, "refresh")) {
        skip_words(&reader, "materialized view concurrently");
        rough->kind = PART_VIEW;
        rough->object = read_name(&reader, arena);
        return true;
    }
    if (accept(&reader, "do"))
        return true;
    bool rows = accept(&reader, "insert") || accept(&reader, "copy") || accept(&reader, "update") ||
                accept(&reader, "delete");
    if (!rows)
        return false; /* SET, GRANT, COMMENT, DROP, BEGIN ... */
    skip_words(&reader, "into from only");
    rough->kind = PART_ROWS;
    rough->owner = rough->object = read_name(&reader, arena);
    return *rough->owner != '\0';
}

/* -- the whole --------------------------------------------------------------------------------- */

static const char *statement_text(const struct statement *statement, struct arena *arena)
{
    bool ended = statement->len > 0 && statement->text[statement->len - 1] == ';';
    return arena_printf(arena, "%.*s%s", (int)statement->len, statement->text, ended ? "" : ";");
}

static void add_rough(struct rough_list *list, const struct rough *rough)
{
    list->items = mem_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count] = *rough;
    list->items[list->count].place = list->count;
    list->count++;
}

static bool take_statement(const char *file, const struct statement *statement, size_t rows,
                           struct split *split, struct rough_list *list, struct error *err)
{
    struct rough rough = {
        .kind = PART_OTHER, .object = "", .owner = "", .sequence = "", .statement = *statement};
    if (statement->kind == STATEMENT_BACKSLASH || statement->len > SPLIT_STATEMENT_MAX ||
        !read_statement(&rough, &split->arena)) {
        split->dropped++;
        return true;
    }
    if (statement->kind == STATEMENT_COPY)
        return split_rows(file, &rough, rows, &split->arena, list, err);
    rough.sql = statement_text(statement, &split->arena);
    add_rough(list, &rough);
    return true;
}

void split_add(struct rough_list *list, const struct rough *rough, const char *sql)
{
    struct rough one = *rough;
    one.sql = sql;
    add_rough(list, &one);
}

bool split_script(const char *file, const char *text, size_t len, size_t rows_per_insert,
                  struct split *ret_split, struct error *err)
{
    struct statements statements;
    if (!statements_split(file, text, len, &statements, err))
        return false;
    struct split split = {.arena = ARENA_INIT};
    struct rough_list list = {NULL, 0, 0};
    bool ok = true;
    for (size_t i = 0; i < statements.count && ok; i++)
        ok = take_statement(file, &statements.items[i], rows_per_insert > 0 ? rows_per_insert : 100,
                            &split, &list, err);
    statements_release(&statements);
    if (ok) {
        split_order(&list, &split.arena);
        split.parts = arena_alloc_array(&split.arena, list.count + 1, sizeof(*split.parts));
        split.count = list.count;
        for (size_t i = 0; i < list.count; i++) {
            const struct rough *from = &list.items[i];
            split.parts[i] = (struct part){from->kind, from->step, from->object, from->sql,
                                           from->statement.line};
        }
        *ret_split = split;
    } else {
        split_release(&split);
    }
    free(list.items);
    return ok;
}

void split_release(struct split *split)
{
    arena_release(&split->arena);
    *split = (struct split){.arena = ARENA_INIT};
}
