/*
 * The lexer behind statements.h.  It follows the rules of psql's own scanner, because psql gets
 * what it produces: where the two disagreed, a statement would be blamed for another's error.
 */
#include "facts/statements.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"

struct lexer {
    const char *file;
    const char *at;
    const char *end;
    int line;
    bool plain_strings; /* standard_conforming_strings: a backslash in '...' is just that */
    struct error *err;
};

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,
    TOKEN_QUOTED, /* "identifier" */
    TOKEN_STRING, /* '...', $$...$$ */
    TOKEN_NUMBER,
    TOKEN_OTHER,     /* one character */
    TOKEN_BACKSLASH, /* the backslash of a psql command */
    TOKEN_BAD,       /* err is set */
};

struct token {
    enum token_kind kind;
    const char *text;
    size_t len;
    int line;
};

static bool is_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
    return is_word_start(c) || is_digit(c) || c == '$';
}

static bool is_space(char c)
{
    return c != '\0' && strchr(" \t\n\r\f\v", c) != NULL;
}

static char peek(const struct lexer *lexer, size_t ahead)
{
    return (size_t)(lexer->end - lexer->at) > ahead ? lexer->at[ahead] : '\0';
}

static void advance(struct lexer *lexer)
{
    if (*lexer->at == '\n')
        lexer->line++;
    lexer->at++;
}

static bool unterminated(struct lexer *lexer, int line, const char *what)
{
    return error_set(lexer->err, ERROR_INPUT, "%s:%d: unterminated %s", lexer->file, line, what);
}

static void skip_line(struct lexer *lexer)
{
    while (lexer->at < lexer->end && *lexer->at != '\n')
        lexer->at++;
}

/* Skip a comment that begins here; false when there is none, or with err set. */
static bool skip_comment(struct lexer *lexer)
{
    if (peek(lexer, 0) == '-' && peek(lexer, 1) == '-') {
        skip_line(lexer);
        return true;
    }
    if (peek(lexer, 0) != '/' || peek(lexer, 1) != '*')
        return false;
    int line = lexer->line;
    int depth = 0;
    while (lexer->at < lexer->end) {
        if (peek(lexer, 0) == '/' && peek(lexer, 1) == '*') {
            depth++;
            lexer->at += 2;
        } else if (peek(lexer, 0) == '*' && peek(lexer, 1) == '/') {
            lexer->at += 2;
            if (--depth == 0)
                return true;
        } else {
            advance(lexer);
        }
    }
    return unterminated(lexer, line, "comment");
}

static void skip_blanks(struct lexer *lexer)
{
    while (lexer->at < lexer->end) {
        if (is_space(*lexer->at))
            advance(lexer);
        else if (!skip_comment(lexer))
            return;
    }
}

/* A string goes on when only blanks with a newline among them part it from the next quote. */
static bool string_goes_on(struct lexer *lexer)
{
    const char *p = lexer->at;
    int lines = 0;
    while (p < lexer->end && is_space(*p))
        lines += *p++ == '\n';
    if (lines == 0 || p >= lexer->end || *p != '\'')
        return false;
    lexer->at = p;
    lexer->line += lines;
    return true;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_to_quote(struct lexer *lexer, char quote, bool escapes)
{
    while (lexer->at < lexer->end) {
        char c = *lexer->at;
        if (c == '\\' && escapes) {
            advance(lexer);
            if (lexer->at < lexer->end)
                advance(lexer);
        } else if (c == quote && peek(lexer, 1) == quote) {
            lexer->at += 2;
        } else {
            advance(lexer);
            if (c == quote)
                return true;
        }
    }
    return false;
}

static enum token_kind scan_quoted(struct lexer *lexer, char quote, bool escapes)
{
    int line = lexer->line;
    do {
        lexer->at++;
        if (!skip_to_quote(lexer, quote, escapes)) {
            unterminated(lexer, line, quote == '"' ? "quoted identifier" : "quoted string");
            return TOKEN_BAD;
        }
    } while (quote == '\'' && string_goes_on(lexer));
    return quote == '"' ? TOKEN_QUOTED : TOKEN_STRING;
}

/* The length of a $tag$ that begins here, or 0. */
static size_t dollar_tag(const struct lexer *lexer)
{
    size_t n = 1;
    if (is_digit(peek(lexer, 1)))
        return 0;
    while (is_word_char(peek(lexer, n)) && peek(lexer, n) != '$')
        n++;
    return peek(lexer, n) == '$' ? n + 1 : 0;
}

static enum token_kind scan_dollar_quoted(struct lexer *lexer, size_t tag_len)
{
    const char *tag = lexer->at;
    const char *body = tag + tag_len;
    const char *close = memmem(body, (size_t)(lexer->end - body), tag, tag_len);
    if (close == NULL) {
        unterminated(lexer, lexer->line, "dollar-quoted string");
        return TOKEN_BAD;
    }
    while (lexer->at < close + tag_len)
        advance(lexer);
    return TOKEN_STRING;
}

/* A word, or a string with a prefix: E'', B'', X'', N'', U&'', U&"". */
static enum token_kind scan_word(struct lexer *lexer)
{
    char c = *lexer->at;
    bool escapes = c == 'e' || c == 'E';
    if (strchr("eEbBxXnN", c) != NULL && peek(lexer, 1) == '\'') {
        lexer->at++;
        return scan_quoted(lexer, '\'', escapes);
    }
    if ((c == 'u' || c == 'U') && peek(lexer, 1) == '&' &&
        (peek(lexer, 2) == '\'' || peek(lexer, 2) == '"')) {
        lexer->at += 2;
        return scan_quoted(lexer, *lexer->at, false);
    }
    while (is_word_char(peek(lexer, 0)))
        lexer->at++;
    return TOKEN_WORD;
}

static enum token_kind scan_token(struct lexer *lexer)
{
    char c = *lexer->at;
    size_t tag_len;
    if (is_word_start(c))
        return scan_word(lexer);
    if (is_digit(c) || (c == '$' && is_digit(peek(lexer, 1)))) {
        do
            lexer->at++;
        while (is_word_char(peek(lexer, 0)) || peek(lexer, 0) == '.');
        return TOKEN_NUMBER;
    }
    if (c == '\'')
        return scan_quoted(lexer, c, !lexer->plain_strings);
    if (c == '"')
        return scan_quoted(lexer, c, false);
    if (c == '$' && (tag_len = dollar_tag(lexer)) > 0)
        return scan_dollar_quoted(lexer, tag_len);
    lexer->at++;
    return c == '\\' ? TOKEN_BACKSLASH : TOKEN_OTHER;
}

static struct token next_token(struct lexer *lexer)
{
    skip_blanks(lexer);
    struct token token = {TOKEN_END, lexer->at, 0, lexer->line};
    if (error_is_set(lexer->err))
        token.kind = TOKEN_BAD;
    else if (lexer->at < lexer->end)
        token.kind = scan_token(lexer);
    token.len = (size_t)(lexer->at - token.text);
    return token;
}

static bool token_is(const struct token *token, const char *word)
{
    return (token->kind == TOKEN_WORD || token->kind == TOKEN_OTHER) &&
           token->len == strlen(word) && strncasecmp(token->text, word, token->len) == 0;
}

/* -- statements -------------------------------------------------------------------------------- */

/* What is known about the statement that is being read. */
struct reading {
    struct statement statement;
    int words;       /* how many words so far */
    bool create;     /* CREATE ... */
    bool routine;    /* CREATE [OR REPLACE] FUNCTION | PROCEDURE */
    bool copy;       /* COPY ... */
    bool from;       /* the last token was FROM */
    bool from_stdin; /* COPY ... FROM STDIN */
    bool set;        /* SET ... */
    bool conforming; /* SET standard_conforming_strings */
    int parens;
    int begins; /* BEGIN and CASE of a routine's body that wait for their END */
};

/* As psql does: inside CREATE FUNCTION, BEGIN opens a body and END closes it; CASE has an END. */
static void count_begins(struct reading *reading, const struct token *token)
{
    if (!reading->routine || reading->parens > 0)
        return;
    if (token_is(token, "begin"))
        reading->begins++;
    else if (token_is(token, "case") && reading->begins > 0)
        reading->begins++;
    else if (token_is(token, "end") && reading->begins > 0)
        reading->begins--;
}

static void read_word(struct reading *reading, const struct token *token)
{
    count_begins(reading, token);
    if (reading->words == 0) {
        reading->create = token_is(token, "create");
        reading->copy = token_is(token, "copy");
        reading->set = token_is(token, "set");
    }
    if (reading->words == 1)
        reading->conforming = reading->set && token_is(token, "standard_conforming_strings");
    if (reading->create && (reading->words == 1 || reading->words == 3) &&
        (token_is(token, "function") || token_is(token, "procedure")))
        reading->routine = true;
    if (reading->copy && reading->parens == 0 && reading->from && token_is(token, "stdin"))
        reading->from_stdin = true;
    reading->words++;
}

/* SET standard_conforming_strings = off, or = 'off': the next strings are read differently. */
static void read_set_value(struct lexer *lexer, const struct reading *reading,
                           const struct token *token)
{
    if (!reading->conforming || (token->kind != TOKEN_STRING && token->kind != TOKEN_WORD))
        return;
    if (strncasecmp(token->text, "'off'", token->len) == 0 || token_is(token, "off"))
        lexer->plain_strings = false;
    else if (strncasecmp(token->text, "'on'", token->len) == 0 || token_is(token, "on"))
        lexer->plain_strings = true;
}

/* COPY's rows: from behind the line of its semicolon to the line "\.". */
static bool read_rows(struct lexer *lexer, struct statement *statement)
{
    skip_line(lexer);
    if (lexer->at < lexer->end)
        advance(lexer);
    statement->kind = STATEMENT_COPY;
    statement->data = lexer->at;
    while (lexer->at < lexer->end) {
        const char *row = lexer->at;
        const char *newline = memchr(row, '\n', (size_t)(lexer->end - row));
        size_t len = (size_t)((newline != NULL ? newline : lexer->end) - row);
        statement->end_line = lexer->line;
        lexer->at = newline != NULL ? newline + 1 : lexer->end;
        lexer->line += newline != NULL;
        if (len > 0 && row[len - 1] == '\r')
            len--;
        if (len == 2 && row[0] == '\\' && row[1] == '.') {
            statement->data_len = (size_t)(row - statement->data);
            return true;
        }
    }
    return unterminated(lexer, statement->line, "COPY data (no \"\\.\" line)");
}

static void set_end(const struct lexer *lexer, struct statement *statement)
{
    statement->len = (size_t)(lexer->at - statement->text);
    statement->end_line = lexer->line;
}

static void read_backslash(struct lexer *lexer, struct statement *statement)
{
    statement->kind = STATEMENT_BACKSLASH;
    skip_line(lexer);
    set_end(lexer, statement);
    if (statement->text[statement->len - 1] == '\r')
        statement->len--;
}

/* The token belongs to the statement; true when it ends it. */
static bool read_token(struct lexer *lexer, struct reading *reading, const struct token *token)
{
    if (reading->statement.text == NULL) {
        reading->statement.text = token->text;
        reading->statement.line = token->line;
    }
    set_end(lexer, &reading->statement);
    if (token->kind == TOKEN_BACKSLASH) {
        read_backslash(lexer, &reading->statement);
        return true;
    }
    if (token->kind == TOKEN_WORD)
        read_word(reading, token);
    read_set_value(lexer, reading, token);
    reading->from = token_is(token, "from");
    if (token_is(token, "("))
        reading->parens++;
    else if (token_is(token, ")") && reading->parens > 0)
        reading->parens--;
    return token_is(token, ";") && reading->parens == 0 && reading->begins == 0;
}

/* Read one statement; its text stays NULL at the end of the script. */
static bool read_statement(struct lexer *lexer, struct statement *ret_statement)
{
    struct reading reading = {0};
    struct token token;
    do {
        token = next_token(lexer);
        if (token.kind == TOKEN_BAD)
            return false;
    } while (token.kind != TOKEN_END && !read_token(lexer, &reading, &token));
    if (reading.from_stdin && token.kind == TOKEN_OTHER && !read_rows(lexer, &reading.statement))
        return false;
    *ret_statement = reading.statement;
    return true;
}

bool statements_split(const char *file, const char *script, size_t len,
                      struct statements *ret_statements, struct error *err)
{
    struct statements all = {NULL, 0, 0};
    struct lexer lexer = {file, script, script + len, 1, true, err};
    if (len >= 3 && memcmp(script, "\xef\xbb\xbf", 3) == 0)
        lexer.at += 3;
    for (;;) {
        struct statement statement = {0};
        if (!read_statement(&lexer, &statement)) {
            statements_release(&all);
            return false;
        }
        if (statement.text == NULL)
            break;
        if (statement.len == 1 && *statement.text == ';')
            continue;
        all.items = mem_grow(all.items, all.count, &all.capacity, sizeof *all.items);
        all.items[all.count++] = statement;
    }
    *ret_statements = all;
    return true;
}

void statements_release(struct statements *statements)
{
    free(statements->items);
    *statements = (struct statements){NULL, 0, 0};
}

/* -- words ------------------------------------------------------------------------------------- */

static struct lexer lexer_of(const struct statement *statement, struct error *err)
{
    return (struct lexer){"", statement->text, statement->text + statement->len, 1, true, err};
}

static void copy_word(const struct token *token, char ret_word[STATEMENT_WORD_SIZE])
{
    const char *text = token->text;
    size_t len = token->len;
    if (token->kind == TOKEN_STRING || token->kind == TOKEN_NUMBER) {
        text = token->kind == TOKEN_STRING ? "'" : "0";
        len = 1;
    } else if (token->kind == TOKEN_QUOTED && *text == '"') {
        text++;
        len -= 2;
    }
    size_t n = len < STATEMENT_WORD_SIZE - 1 ? len : STATEMENT_WORD_SIZE - 1;
    for (size_t i = 0; i < n; i++) {
        bool upper = text[i] >= 'A' && text[i] <= 'Z';
        ret_word[i] = upper ? (char)(text[i] - 'A' + 'a') : text[i];
    }
    ret_word[n] = '\0';
}

size_t statement_words(const struct statement *statement,
                       char ret_words[STATEMENT_WORDS][STATEMENT_WORD_SIZE])
{
    struct error err = ERROR_INIT;
    struct lexer lexer = lexer_of(statement, &err);
    size_t n = 0;
    while (n < STATEMENT_WORDS) {
        struct token token = next_token(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            break;
        copy_word(&token, ret_words[n++]);
    }
    error_clear(&err);
    return n;
}

bool statement_next_token(const struct statement *statement, size_t *at,
                          struct statement_token *ret_token)
{
    struct error err = ERROR_INIT;
    struct lexer lexer = lexer_of(statement, &err);
    lexer.at += *at;
    struct token token = next_token(&lexer);
    error_clear(&err);
    if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
        return false;
    char kind = token.kind == TOKEN_WORD     ? 'w'
                : token.kind == TOKEN_QUOTED ? '"'
                : token.kind == TOKEN_STRING ? '\''
                : token.kind == TOKEN_NUMBER ? '0'
                                             : *token.text;
    *at = (size_t)(lexer.at - statement->text);
    *ret_token = (struct statement_token){kind, token.text, token.len};
    return true;
}

/* The word at `*wanted`, which the token may be; moves to the next one when it is. */
static bool matches(const struct token *token, const char **wanted)
{
    size_t len = strcspn(*wanted, " ");
    if (token->kind != TOKEN_WORD || token->len != len ||
        strncasecmp(token->text, *wanted, len) != 0)
        return false;
    *wanted += len;
    *wanted += strspn(*wanted, " ");
    return true;
}

long statement_find_words(const struct statement *statement, const char *words, long *ret_last)
{
    struct error err = ERROR_INIT;
    struct lexer lexer = lexer_of(statement, &err);
    const char *wanted = words;
    long first = -1, last = -1;
    int parens = 0;
    struct token token;
    while (*wanted != '\0') {
        token = next_token(&lexer);
        if (token.kind == TOKEN_END || token.kind == TOKEN_BAD)
            break;
        parens += token_is(&token, "(") ? 1 : token_is(&token, ")") ? -1 : 0;
        last = (long)(token.text - statement->text);
        if (parens == 0 && wanted != words && matches(&token, &wanted))
            continue;
        wanted = words; /* the words may begin at this one */
        if (parens == 0 && matches(&token, &wanted))
            first = last;
    }
    error_clear(&err);
    if (*wanted != '\0')
        return -1;
    if (ret_last != NULL)
        *ret_last = last;
    return first;
}
