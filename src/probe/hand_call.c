/*
 * Reading a call for help off a statement.
 */
#include "probe/hand_call.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "facts/statements.h"

const char *hand_call_name(enum hand_call_kind kind)
{
    return kind == HAND_HELP ? "help" : "thanks";
}

char *hand_call_words(const char *message)
{
    CLEANUP(strbuf_release)
    struct strbuf line = STRBUF_INIT;
    size_t characters = 0;
    bool gap = false;
    for (const char *at = message; *at != '\0' && characters < HAND_MESSAGE_MAX;) {
        uint32_t code;
        size_t len = utf8_decode(at, strlen(at), &code);
        bool blank = code == ' ' || (code >= '\t' && code <= '\r');
        if (!blank) {
            if (gap && line.len > 0) {
                strbuf_add_char(&line, ' ');
                characters++;
            }
            strbuf_add(&line, at, len);
            characters++;
        }
        gap = blank;
        at += len;
    }
    return str_disarm(line.text);
}

/* -- literals ---------------------------------------------------------------------------------- */

static void add_code(struct strbuf *out, unsigned long code)
{
    if (code < 0x80) {
        if (code != 0)
            strbuf_add_char(out, (char)code);
    } else if (code < 0x800) {
        strbuf_add_char(out, (char)(0xc0 | (code >> 6)));
        strbuf_add_char(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x10000) {
        strbuf_add_char(out, (char)(0xe0 | (code >> 12)));
        strbuf_add_char(out, (char)(0x80 | ((code >> 6) & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | (code & 0x3f)));
    } else if (code < 0x110000) {
        strbuf_add_char(out, (char)(0xf0 | (code >> 18)));
        strbuf_add_char(out, (char)(0x80 | ((code >> 12) & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | ((code >> 6) & 0x3f)));
        strbuf_add_char(out, (char)(0x80 | (code & 0x3f)));
    }
}

/* The number that begins at `at`, of at most `most` digits; how many there were. */
static size_t read_digits(const char *at, const char *end, int base, size_t most,
                          unsigned long *ret_code)
{
    char digits[9] = "";
    size_t n = 0;
    const char *wanted = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    while (n < most && at + n < end && at[n] != '\0' && strchr(wanted, at[n]) != NULL) {
        digits[n] = at[n];
        n++;
    }
    *ret_code = strtoul(digits, NULL, base);
    return n;
}

/* What the backslash at `at` stands for; returns what is behind it. */
static const char *add_escape(struct strbuf *out, const char *at, const char *end)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    unsigned long code;
    if (++at == end)
        return at;
    const char *letter = *at != '\0' ? strchr(letters, *at) : NULL;
    size_t n = 0;
    if (letter != NULL) {
        strbuf_add_char(out, meant[letter - letters]);
        return at + 1;
    }
    if (*at == 'x' || *at == 'u' || *at == 'U')
        n = read_digits(at + 1, end, 16, *at == 'x' ? 2 : *at == 'u' ? 4 : 8, &code);
    if (n > 0) {
        if (*at == 'x') /* a byte; several make a character */
            strbuf_add_char(out, (char)code);
        else
            add_code(out, code);
        return at + 1 + n;
    }
    n = read_digits(at, end, 8, 3, &code);
    if (n == 0) {
        strbuf_add_char(out, *at);
        return at + 1;
    }
    strbuf_add_char(out, (char)code);
    return at + n;
}

/* "'it''s'", from its first quote on; without a closing quote it ends where the text does. */
static void add_quoted(struct strbuf *out, const char *at, const char *end, bool escapes)
{
    while (++at < end) {
        if (*at == '\'' && at + 1 < end && at[1] == '\'') {
            strbuf_add_char(out, *at++);
        } else if (*at == '\'') { /* another part on the next line? */
            at++;
            at += strspn(at, " \t\n\r\f\v");
            if (at >= end || *at != '\'')
                return;
        } else if (*at == '\\' && escapes) {
            at = add_escape(out, at, end) - 1;
        } else {
            strbuf_add_char(out, *at);
        }
    }
}

static void add_dollars(struct strbuf *out, const char *at, const char *end)
{
    const char *body = memchr(at + 1, '$', (size_t)(end - at - 1));
    if (body == NULL)
        return;
    size_t tag = (size_t)(++body - at);
    const char *close = memmem(body, (size_t)(end - body), at, tag);
    strbuf_add(out, body, (size_t)((close != NULL ? close : end) - body));
}

/* False for what is no text: bits, a name. */
static bool add_literal(struct strbuf *out, const char *at, const char *end)
{
    if (at < end && *at == '$') {
        add_dollars(out, at, end);
        return true;
    }
    bool escapes = at + 1 < end && (*at == 'e' || *at == 'E') && at[1] == '\'';
    if (escapes || (at + 1 < end && (*at == 'n' || *at == 'N') && at[1] == '\''))
        at++;
    if (at >= end || *at != '\'')
        return false;
    add_quoted(out, at, end, escapes);
    return true;
}

/* -- statements -------------------------------------------------------------------------------- */

struct reader {
    const struct statement *statement;
    size_t at;
    struct statement_token token;
    bool there; /* `token` is one */
};

static void next(struct reader *reader)
{
    reader->there = statement_next_token(reader->statement, &reader->at, &reader->token);
}

static bool is_char(const struct reader *reader, char c)
{
    return reader->there && reader->token.kind == c;
}

/* The token is this keyword or name, quoted or not. */
static bool is_name(const struct reader *reader, const char *name)
{
    const struct statement_token *token = &reader->token;
    size_t len = strlen(name);
    if (!reader->there)
        return false;
    if (token->kind == '"')
        return token->len == len + 2 && memcmp(token->text + 1, name, len) == 0;
    return token->kind == 'w' && token->len == len && strncasecmp(token->text, name, len) == 0;
}

static bool take(struct reader *reader, bool wanted)
{
    if (wanted)
        next(reader);
    return wanted;
}

/* The argument, when it is a literal; `reader` stands behind the opening parenthesis. */
static char *read_message(struct reader *reader)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    const struct statement *statement = reader->statement;
    const char *end = statement->text + statement->len;
    struct reader ahead = *reader;
    if (take(&ahead, is_name(&ahead, "message")) &&
        (take(&ahead, is_char(&ahead, '=')) || take(&ahead, is_char(&ahead, ':'))) &&
        (is_char(&ahead, '>') || is_char(&ahead, '='))) {
        *reader = ahead;
        next(reader);
    }
    if (!reader->there) { /* the literal is cut off, and no token any more */
        const char *from = statement->text + reader->at;
        from += strspn(from, " \t\n\r\f\v");
        add_literal(&text, from, end);
        return hand_call_words(text.text);
    }
    if (reader->token.kind != '\'' ||
        !add_literal(&text, reader->token.text, reader->token.text + reader->token.len))
        return mem_strdup("");
    next(reader);
    bool alone = !reader->there || is_char(reader, ')') || is_char(reader, ':');
    return alone ? hand_call_words(text.text) : mem_strdup("");
}

static bool parse_statement(const struct statement *statement, struct hand_call *ret_call)
{
    struct reader reader = {.statement = statement};
    next(&reader);
    if (!take(&reader, is_name(&reader, "select")))
        return false;
    if (take(&reader, is_char(&reader, '*')) && !take(&reader, is_name(&reader, "from")))
        return false;
    if (!take(&reader, is_name(&reader, "lectern")) || !take(&reader, is_char(&reader, '.')))
        return false;
    enum hand_call_kind kind = is_name(&reader, "thanks") ? HAND_THANKS : HAND_HELP;
    if (!take(&reader, is_name(&reader, hand_call_name(kind))) ||
        !take(&reader, is_char(&reader, '(')))
        return false;
    *ret_call = (struct hand_call){
        .kind = kind,
        .message = kind == HAND_HELP ? read_message(&reader) : mem_strdup(""),
    };
    return true;
}

/* What the server cut off cannot be taken apart as a whole: the last of its statements, as far as
 * it goes.  The lexer stops before an unfinished quote.  A body that was cut off calls nobody. */
static bool parse_cut_off(const char *query, struct hand_call *ret_call)
{
    struct statement last = {.kind = STATEMENT_SQL, .text = query, .len = strlen(query)};
    struct reader reader = {.statement = &last};
    size_t from = 0;
    for (next(&reader); reader.there; next(&reader)) {
        if (is_name(&reader, "atomic"))
            return false;
        if (is_char(&reader, ';'))
            from = reader.at;
    }
    last.text += from;
    last.len -= from;
    return parse_statement(&last, ret_call);
}

bool hand_call_parse(const char *query, struct hand_call *ret_call)
{
    struct statements statements;
    struct error err = ERROR_INIT;
    bool found = false;
    if (!statements_split("", query, strlen(query), &statements, &err)) {
        error_clear(&err);
        return parse_cut_off(query, ret_call);
    }
    for (size_t i = statements.count; i-- > 0 && !found;)
        found = statements.items[i].kind == STATEMENT_SQL &&
                parse_statement(&statements.items[i], ret_call);
    statements_release(&statements);
    return found;
}
