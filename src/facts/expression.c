/*
 * The canonical form of an expression: one pass over its characters that drops what two people who
 * mean the same may write differently.
 */
#include "facts/expression.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Behind the closing quote; doubled quotes belong to it. */
static const char *skip_quoted(const char *p)
{
    char quote = *p++;
    while (*p != '\0') {
        if (*p == quote && p[1] != quote)
            return p + 1;
        p += *p == quote ? 2 : 1;
    }
    return p;
}

static const char *skip_word(const char *p)
{
    if (*p == '"')
        return skip_quoted(p);
    while (is_word(*p))
        p++;
    return p;
}

/* Behind "(12,2)", when that is here. */
static const char *skip_modifier(const char *p)
{
    size_t n = 1 + strspn(p + (*p == '('), "0123456789,");
    return *p == '(' && n > 1 && p[n] == ')' ? p + n + 1 : p;
}

/* Behind the type's name that follows "::": also of several words, schema-qualified, with modifier
 * and brackets. */
static const char *skip_type(const char *p)
{
    static const char *const tails[] = {" varying", " precision", " without time zone",
                                        " with time zone"};
    p = skip_word(p);
    while (*p == '.')
        p = skip_word(p + 1);
    p = skip_modifier(p); /* timestamp(3) without time zone */
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++)
        if (strncmp(p, tails[i], strlen(tails[i])) == 0)
            p += strlen(tails[i]);
    p = skip_modifier(p);
    while (p[0] == '[' && p[1] == ']')
        p += 2;
    return p;
}

/* 'literal': a number loses its quotes, the moment "now" its way of being said. */
static const char *add_literal(struct strbuf *out, const char *p)
{
    const char *end = skip_quoted(p);
    size_t len = (size_t)(end - p);
    size_t digits = strspn(p + 1, "-.0123456789");
    if (digits > 0 && digits + 2 == len)
        strbuf_add(out, p + 1, digits);
    else if (len == 5 && strncasecmp(p, "'now'", 5) == 0)
        strbuf_add_string(out, "now");
    else
        strbuf_add(out, p, len);
    return end;
}

/* An identifier, keyword or number, in lower case. */
static const char *add_word(struct strbuf *out, const char *p)
{
    static const char *const moments[] = {
        "current_timestamp", "localtimestamp",      "current_date", "transaction_timestamp",
        "clock_timestamp",   "statement_timestamp", "current_time", "localtime",
    };
    const char *end = skip_word(p);
    size_t start = out->len;
    bool quoted = *p == '"';
    for (const char *c = quoted ? p + 1 : p; c < end - (quoted ? 1 : 0); c++)
        strbuf_add_char(out, lower(*c));
    for (size_t i = 0; !quoted && i < sizeof moments / sizeof *moments; i++)
        if (strcmp(out->text + start, moments[i]) == 0) {
            strbuf_truncate(out, start);
            strbuf_add_string(out, "now");
        }
    return end;
}

char *expression_canonical(const char *expr)
{
    struct strbuf out = STRBUF_INIT;
    bool gap = false; /* blanks or parentheses were dropped: two words stay two */
    const char *p = expr;
    while (*p != '\0') {
        if (strchr("() \t\n\r", *p) != NULL) {
            gap = true;
            p++;
            continue;
        }
        if (p[0] == ':' && p[1] == ':') {
            p = skip_type(p + 2);
            continue;
        }
        bool word = *p == '"' || is_word(*p);
        if (gap && word && out.len > 0 && is_word(out.text[out.len - 1]))
            strbuf_add_char(&out, ' ');
        gap = false;
        if (*p == '\'')
            p = add_literal(&out, p);
        else if (word)
            p = add_word(&out, p);
        else
            strbuf_add_char(&out, *p++);
    }
    return strbuf_detach(&out);
}
