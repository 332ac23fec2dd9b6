/*
 * Making a dump fit for a role without privileges, statement by statement, by a table of what to do
 * with statements that begin with certain words.
 */
#include "facts/script.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "facts/statements.h"

enum action {
    KEEP,
    DROP,
    MINOR,    /* keep; its failing does not matter */
    ONCE,     /* the same, and never to be tried again */
    SETTING,  /* keep when the setting is known and harmless */
    REMEMBER, /* keep, it belongs to the session */
    BEGIN,    /* a transaction begins, */
    COMMIT,   /* ends, */
    ROLLBACK, /* or takes back what was done in it */
    SAVEPOINT,
};

/* The first rule whose words the statement begins with; "*" is any one word. */
static const struct rule {
    const char *words;
    enum action action;
} rules[] = {
    {"create database", DROP},
    {"drop database", DROP},
    {"alter database", DROP},
    {"comment on database", DROP},
    {"create user mapping", MINOR},
    {"create role", DROP},
    {"create user", DROP},
    {"create group", DROP},
    {"drop role", DROP},
    {"drop user", DROP},
    {"drop group", DROP},
    {"drop owned", DROP},
    {"reassign owned", DROP},
    {"alter role", DROP},
    {"alter user", DROP},
    {"alter group", DROP},
    {"alter system", DROP},
    {"alter default privileges", DROP},
    {"create tablespace", DROP},
    {"drop tablespace", DROP},
    {"alter tablespace", DROP},
    {"grant", DROP},
    {"revoke", DROP},
    {"security label", DROP},
    {"create extension plpgsql", DROP},
    {"create extension if not exists plpgsql", DROP},
    {"drop extension plpgsql", DROP},
    {"drop extension if exists plpgsql", DROP},
    {"comment on extension", DROP},
    {"create language plpgsql", DROP},
    {"create procedural language plpgsql", DROP},
    {"create or replace language plpgsql", DROP},
    {"create or replace procedural language plpgsql", DROP},
    {"alter language", DROP},
    {"alter procedural language", DROP},
    {"comment on language", DROP},
    {"comment on procedural language", DROP},
    {"create schema public ;", DROP},
    {"create schema if not exists public", DROP},
    {"create schema public authorization", DROP},
    {"drop schema public", DROP},
    {"drop schema if exists public", DROP},
    {"alter schema public", DROP},
    {"comment on schema public", DROP},
    {"begin", BEGIN},
    {"start transaction", BEGIN},
    {"commit prepared", DROP},
    {"commit", COMMIT},
    {"end", COMMIT},
    {"prepare transaction", COMMIT},
    {"rollback prepared", DROP},
    {"rollback", ROLLBACK},
    {"abort", ROLLBACK},
    {"savepoint", SAVEPOINT},
    {"release", DROP},
    {"set transaction", DROP},
    {"set constraints", DROP},
    {"set local", DROP},
    {"set role", DROP},
    {"set session authorization", DROP},
    {"set session characteristics", DROP},
    {"set", SETTING},
    {"select pg_catalog . set_config", REMEMBER},
    {"select set_config", REMEMBER},
    {"select * from pg_catalog . pg_restore_relation_stats", DROP},
    {"select * from pg_catalog . pg_restore_attribute_stats", DROP},
    {"reset", SETTING},
    {"discard", DROP},
    {"lock", DROP},
    {"listen", DROP},
    {"unlisten", DROP},
    {"notify", DROP},
    {"checkpoint", DROP},
    {"vacuum", MINOR},
    {"analyze", MINOR},
    {"create extension", MINOR},
    {"alter extension", MINOR},
    {"comment", MINOR},
    {"create publication", MINOR},
    {"alter publication", MINOR},
    {"create subscription", MINOR},
    {"alter subscription", MINOR},
    {"create event trigger", MINOR},
    {"create server", MINOR},
    {"drop", ONCE},
};

/* Settings that change what the next statements mean, and do no harm.  All others are left out: a
 * newer server's would be errors here, and time limits are ours to set. */
static const char *const settings[] = {
    "search_path",        "standard_conforming_strings",
    "client_encoding",    "names",
    "xmloption",          "check_function_bodies",
    "datestyle",          "intervalstyle",
    "timezone",           "time",
    "bytea_output",       "array_nulls",
    "extra_float_digits", "escape_string_warning",
    "backslash_quote",
};

/* A SAVEPOINT, and how many items the script had when it was set. */
struct mark {
    char name[STATEMENT_WORD_SIZE];
    size_t count;
};

enum { MARKS_MAX = 64 };

struct preparing {
    struct script *script;
    bool open;                    /* a transaction is */
    size_t began;                 /* the items before it */
    int block;                    /* its number, 1-based */
    struct mark marks[MARKS_MAX]; /* its savepoints, the first ones */
    size_t n_marks;
    char words[STATEMENT_WORDS][STATEMENT_WORD_SIZE];
    size_t n_words;
    const char *connected; /* the first \connect line */
    size_t connected_len;
    bool content; /* something was made since then */
};

static bool begins_with(const struct preparing *preparing, const char *words)
{
    for (size_t i = 0; *words != '\0'; i++) {
        size_t len = strcspn(words, " ");
        if (i >= preparing->n_words || strlen(preparing->words[i]) != len ||
            strncmp(preparing->words[i], words, len) != 0)
            return false;
        words += len;
        words += strspn(words, " ");
    }
    return true;
}

static enum action action_of(const struct preparing *preparing, const struct statement *statement)
{
    if (strcmp(preparing->words[0], "alter") == 0 &&
        statement_find_words(statement, "owner to", NULL) >= 0)
        return DROP;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (begins_with(preparing, rules[i].words))
            return rules[i].action;
    return KEEP;
}

static bool is_known_setting(const struct preparing *preparing)
{
    const char *name = preparing->words[preparing->n_words > 1 ? 1 : 0];
    if (strcmp(name, "session") == 0 && preparing->n_words > 2)
        name = preparing->words[2];
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        if (strcmp(settings[i], name) == 0)
            return true;
    return false;
}

static struct script_item *add(struct script *script, size_t *capacity,
                               const struct statement *statement)
{
    script->items = mem_grow(script->items, script->count, capacity, sizeof *script->items);
    struct script_item *item = &script->items[script->count++];
    *item = (struct script_item){
        .text = statement->text,
        .len = statement->len,
        .data = statement->kind == STATEMENT_COPY ? statement->data : NULL,
        .data_len = statement->data_len,
        .line = statement->line,
    };
    return item;
}

/* DISABLE TRIGGER ALL would touch the triggers of foreign keys, which is a superuser's to do. */
static void rewrite_triggers(struct script *script, struct script_item *item,
                             const struct statement *statement)
{
    long last = -1;
    if (statement_find_words(statement, "disable trigger all", &last) < 0 &&
        statement_find_words(statement, "enable trigger all", &last) < 0)
        return;
    item->text = arena_printf(&script->arena, "%.*sUSER%.*s", (int)last, statement->text,
                              (int)(statement->len - (size_t)last - 3), statement->text + last + 3);
    item->len = strlen(item->text);
}

/*
 * The role of CREATE SCHEMA ... AUTHORIZATION is another cluster's; a schema without a name has the
 * role's.
 */
static void rewrite_authorization(struct preparing *preparing, struct script_item *item,
                                  const struct statement *statement)
{
    long from = statement_find_words(statement, "authorization", NULL);
    if (from < 0)
        return;
    size_t at = (size_t)from;
    struct statement_token word, role;
    if (!statement_next_token(statement, &at, &word) ||
        !statement_next_token(statement, &at, &role) || (role.kind != 'w' && role.kind != '"'))
        return;
    bool unnamed = begins_with(preparing, "create schema authorization") ||
                   begins_with(preparing, "create schema if not exists authorization");
    const char *rest = unnamed ? role.text : role.text + role.len;
    item->text = arena_printf(&preparing->script->arena, "%.*s%.*s", (int)from, statement->text,
                              (int)(statement->text + statement->len - rest), rest);
    item->len = strlen(item->text);
}

/* -- transactions ------------------------------------------------------------------------------ */

static bool has_word(const struct preparing *preparing, const char *word)
{
    for (size_t i = 1; i < preparing->n_words; i++)
        if (strcmp(preparing->words[i], word) == 0)
            return true;
    return false;
}

/* The word before the semicolon: a savepoint's name. */
static const char *last_word(const struct preparing *preparing)
{
    size_t n = preparing->n_words;
    if (n > 1 && strcmp(preparing->words[n - 1], ";") == 0)
        n--;
    return preparing->words[n - 1];
}

static void begin_transaction(struct preparing *preparing)
{
    preparing->open = true;
    preparing->began = preparing->script->count;
    preparing->n_marks = 0;
    preparing->block++;
}

/* Only what stands is loaded: what a script takes back was never there. */
static void take_back(struct preparing *preparing, bool to)
{
    size_t count = preparing->began;
    if (to) {
        size_t i = preparing->n_marks;
        while (i > 0 && strcmp(preparing->marks[i - 1].name, last_word(preparing)) != 0)
            i--;
        if (i == 0)
            return;
        count = preparing->marks[i - 1].count;
        preparing->n_marks = i; /* it stays set */
    }
    preparing->script->dropped += preparing->script->count - count;
    preparing->script->count = count;
}

/* BEGIN, COMMIT and the like are taken out: what is between them stands by itself. */
static void see_transaction(struct preparing *preparing, enum action action)
{
    if (action == BEGIN) {
        if (!preparing->open)
            begin_transaction(preparing);
        return;
    }
    if (!preparing->open)
        return;
    if (action == SAVEPOINT) {
        if (preparing->n_marks == MARKS_MAX)
            return;
        struct mark *mark = &preparing->marks[preparing->n_marks++];
        memcpy(mark->name, last_word(preparing), sizeof mark->name);
        mark->count = preparing->script->count;
        return;
    }
    bool to = action == ROLLBACK && has_word(preparing, "to");
    if (action == ROLLBACK)
        take_back(preparing, to);
    if (to)
        return;
    preparing->open = false;
    if (has_word(preparing, "chain") && !has_word(preparing, "no"))
        begin_transaction(preparing);
}

/* -- psql's own commands ----------------------------------------------------------------------- */

/* The word at `p`, up to a blank. */
static bool word_is(const char *p, size_t len, const char *word)
{
    return strlen(word) == len && strncmp(p, word, len) == 0;
}

static bool is_harmless(const char *line, size_t len)
{
    static const char *const harmless[] = {"\\restrict", "\\unrestrict", "\\echo",
                                           "\\qecho",    "\\warn",       "\\timing",
                                           "\\pset",     "\\.",          "\\x"};
    static const char *const variables[] = {"ON_ERROR_STOP", "ON_ERROR_ROLLBACK", "ECHO",
                                            "QUIET",         "VERBOSITY",         "AUTOCOMMIT"};
    size_t n = 0;
    while (n < len && line[n] != ' ' && line[n] != '\t')
        n++;
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (word_is(line, n, harmless[i]))
            return true;
    if (!word_is(line, n, "\\set"))
        return false;
    size_t begin = n;
    while (begin < len && (line[begin] == ' ' || line[begin] == '\t'))
        begin++;
    size_t end = begin;
    while (end < len && line[end] != ' ' && line[end] != '\t')
        end++;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (word_is(line + begin, end - begin, variables[i]))
            return true;
    return false;
}

static bool is_connect(const char *line, size_t len)
{
    size_t n = 0;
    while (n < len && line[n] != ' ' && line[n] != '\t')
        n++;
    return word_is(line, n, "\\connect") || word_is(line, n, "\\c");
}

/* One database is what we want: a dump of several would be poured into one. */
static bool see_connect(struct preparing *preparing, const struct statement *statement,
                        struct error *err)
{
    bool first = preparing->connected == NULL;
    bool other = !first && (preparing->connected_len != statement->len ||
                            memcmp(preparing->connected, statement->text, statement->len) != 0);
    if (other && preparing->content) {
        error_set(err, ERROR_INPUT, "%s:%d: the dump holds more than one database",
                  preparing->script->file, statement->line);
        return error_hint(err, "Dump one database: pg_dump --format=plain NAME.");
    }
    preparing->connected = statement->text;
    preparing->connected_len = statement->len;
    return true;
}

static bool refuse(const struct preparing *preparing, const struct statement *statement,
                   struct error *err)
{
    const char *command = memchr(statement->text, '\\', statement->len);
    size_t len = statement->len - (size_t)(command - statement->text);
    CLEANUP(mem_free_string)
    char *line = mem_strndup(command, len < 40 ? len : 40);
    CLEANUP(mem_free_string)
    char *shown = str_disarm(line);
    error_set(err, ERROR_INPUT, "%s:%d: psql command \"%s\" is not allowed in a dump",
              preparing->script->file, statement->line, shown);
    if (strncmp(line, "\\i", 2) == 0 && strncmp(line, "\\if", 3) != 0)
        return error_hint(err, "Put the text of the included file in its place.");
    if (strncmp(line, "\\copy", 5) == 0)
        return error_hint(err, "Use COPY ... FROM stdin, with the rows in the dump itself.");
    return error_hint(err, "A dump holds SQL only: remove the line.");
}

static bool prepare_backslash(struct preparing *preparing, const struct statement *statement,
                              struct error *err)
{
    if (*statement->text != '\\')
        return refuse(preparing, statement, err);
    if (is_connect(statement->text, statement->len))
        return see_connect(preparing, statement, err);
    if (!is_harmless(statement->text, statement->len))
        return refuse(preparing, statement, err);
    return true;
}

/*
 * pg_dump --clean begins with a stand-in, CREATE OR REPLACE VIEW v AS SELECT NULL::integer AS ...,
 * for a view that cannot be dropped at once.  Where nothing is to be dropped it may fail, and tried
 * again later it would replace the view itself.
 */
static bool is_stand_in(const struct preparing *preparing, const struct statement *statement)
{
    static const char *const words[] = {"create", "or", "replace", "view"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (i >= preparing->n_words || strcmp(preparing->words[i], words[i]) != 0)
            return false;
    return statement_find_words(statement, "as select null", NULL) > 0;
}

/* -- the whole --------------------------------------------------------------------------------- */

static bool prepare_statement(struct preparing *preparing, size_t *capacity,
                              const struct statement *statement, struct error *err)
{
    struct script *script = preparing->script;
    if (statement->kind == STATEMENT_BACKSLASH) {
        script->dropped++;
        return prepare_backslash(preparing, statement, err);
    }
    preparing->n_words = statement_words(statement, preparing->words);
    enum action action = action_of(preparing, statement);
    if (action == SETTING)
        action = is_known_setting(preparing) ? REMEMBER : DROP;
    if (action == DROP || action >= BEGIN) {
        script->dropped++;
        if (action >= BEGIN)
            see_transaction(preparing, action);
        return true;
    }
    struct script_item *item = add(script, capacity, statement);
    item->block = preparing->open ? preparing->block : 0;
    item->session = action == REMEMBER;
    bool stand_in = is_stand_in(preparing, statement);
    item->minor = action == MINOR || action == ONCE || action == REMEMBER || stand_in;
    item->no_retry = action == ONCE || stand_in;
    preparing->content |= !item->session;
    if (strcmp(preparing->words[0], "alter") == 0)
        rewrite_triggers(script, item, statement);
    if (begins_with(preparing, "create schema"))
        rewrite_authorization(preparing, item, statement);
    return true;
}

bool script_prepare(const char *file, const char *text, size_t len, struct script *ret_script,
                    struct error *err)
{
    if (memchr(text, '\0', len) != NULL)
        return error_set(err, ERROR_INPUT, "%s: not a text file", file);
    struct statements statements;
    if (!statements_split(file, text, len, &statements, err))
        return false;
    struct script script = {.arena = ARENA_INIT};
    script.file = arena_strdup(&script.arena, file);
    struct preparing preparing = {.script = &script};
    size_t capacity = 0;
    bool ok = true;
    for (size_t i = 0; i < statements.count && ok; i++)
        ok = prepare_statement(&preparing, &capacity, &statements.items[i], err);
    statements_release(&statements);
    if (!ok) {
        script_release(&script);
        return false;
    }
    *ret_script = script;
    return true;
}

void script_release(struct script *script)
{
    free(script->items);
    arena_release(&script->arena);
    *script = (struct script){.arena = ARENA_INIT};
}
