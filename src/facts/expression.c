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

/* Marks of parentheses that group, while they are kept. */
enum { GROUP = '\1', GROUP_END = '\2' };

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

/* Behind the schema of a function, "music.fine(": functions are known by their name. */
static const char *skip_schema(const char *p)
{
    const char *dot = skip_word(p);
    const char *end = dot > p && *dot == '.' ? skip_word(dot + 1) : dot;
    return end > dot + 1 && *end == '(' ? dot + 1 : p;
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

/* "12.50" without the zeros behind the point. */
static size_t without_zeros(const char *digits, size_t len)
{
    if (memchr(digits, '.', len) == NULL)
        return len;
    while (len > 1 && digits[len - 1] == '0')
        len--;
    return len > 1 && digits[len - 1] == '.' ? len - 1 : len;
}

/* 'literal': a number loses its quotes, the moment "now" its way of being said. */
static const char *add_literal(struct strbuf *out, const char *p)
{
    static const char *const numbers[] = {"::numeric", "::double precision", "::real"};
    const char *end = skip_quoted(p);
    size_t len = (size_t)(end - p);
    size_t digits = strspn(p + 1, "-.0123456789");
    bool number = false; /* not a text of digits */
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        number |= strncmp(end, numbers[i], strlen(numbers[i])) == 0;
    if (digits > 0 && digits + 2 == len)
        strbuf_add(out, p + 1, number ? without_zeros(p + 1, digits) : digits);
    else if (len == 5 && strncasecmp(p, "'now'", 5) == 0)
        strbuf_add_string(out, "now");
    else
        strbuf_add(out, p, len);
    return end;
}

/* Behind a number: does what it is compared with, or nothing, stand next to it? */
static bool ends_operand(const char *p)
{
    while (*p == ')' || *p == ' ' || (p[0] == ':' && p[1] == ':'))
        p = *p == ':' ? skip_type(p + 2) : p + 1;
    return *p == '\0' || strchr("<>=,]", *p) != NULL || is_word(*p);
}

/* The same before it, in what was made already. */
static bool begins_operand(const struct strbuf *out)
{
    size_t n = out->len;
    while (n > 0 && out->text[n - 1] == GROUP)
        n--;
    char last = n > 0 ? out->text[n - 1] : '=';
    if (last != ',')
        return strchr("<>=[", last) != NULL;
    while (n > 0 && strchr("[](", out->text[n - 1]) == NULL)
        n--;
    return n > 0 && out->text[n - 1] == '[';
}

/* A number; 0.50 is 0.5 where it is compared or stands alone (but 7 / 2.0 is not 7 / 2). */
static const char *add_number(struct strbuf *out, const char *p)
{
    size_t len = strspn(p, "0123456789.");
    bool plain = !is_word(p[len]) && begins_operand(out) && ends_operand(p + len);
    strbuf_add(out, p, plain ? without_zeros(p, len) : len);
    return p + len;
}

/* An identifier or keyword, in lower case. */
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

/* One parenthesis of those that are kept; `kinds` remembers how the open ones were written. */
static const char *add_parenthesis(struct strbuf *out, struct strbuf *kinds, const char *p,
                                   bool adjacent)
{
    if (*p == '(' && p[1] == ')')
        return p + 2; /* now() is now */
    if (*p == '(') {
        bool call = adjacent && out->len > 0 && is_word(out->text[out->len - 1]);
        strbuf_add_char(kinds, call ? ')' : GROUP_END);
        strbuf_add_char(out, call ? '(' : GROUP);
    } else if (kinds->len > 0) {
        strbuf_add_char(out, kinds->text[kinds->len - 1]);
        strbuf_truncate(kinds, kinds->len - 1);
    }
    return p + 1;
}

static char *make_canonical(const char *expr, bool keep)
{
    struct strbuf out = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf kinds = STRBUF_INIT;
    bool gap = false; /* blanks or parentheses were dropped: two words stay two */
    const char *p = expr;
    while (*p != '\0') {
        if (keep && (*p == '(' || *p == ')')) {
            p = add_parenthesis(&out, &kinds, p, !gap);
            gap = false;
            continue;
        }
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
        if (word)
            p = skip_schema(p);
        if (gap && word && out.len > 0 && is_word(out.text[out.len - 1]))
            strbuf_add_char(&out, ' ');
        gap = false;
        if (*p == '\'')
            p = add_literal(&out, p);
        else if (*p >= '0' && *p <= '9')
            p = add_number(&out, p);
        else if (word)
            p = add_word(&out, p);
        else
            strbuf_add_char(&out, *p++);
    }
    return strbuf_detach(&out);
}

char *expression_canonical(const char *expr)
{
    return make_canonical(expr, false);
}

/* -- with the parentheses that matter ---------------------------------------------------------- */

/* Behind the group, call or list that opens here, or one character, or a literal. */
static const char *skip_piece(const char *p, const char *end)
{
    if (*p == '\'') {
        p = skip_quoted(p);
        return p < end ? p : end;
    }
    if (strchr("([\1", *p) == NULL || *p == '\0')
        return p + 1;
    int depth = 0;
    while (p < end) {
        if (*p == '\'') {
            p = skip_quoted(p);
            continue;
        }
        depth += *p == '(' || *p == '[' || *p == GROUP;
        depth -= *p == ')' || *p == ']' || *p == GROUP_END;
        p++;
        if (depth == 0)
            return p;
    }
    return end;
}

/* A word, literal, number, call or list: needs no parentheses around it. */
static bool is_atom(const char *text)
{
    const char *end = text + strlen(text);
    if (*text == '-' && text[1] >= '0' && text[1] <= '9')
        text++;
    if (*text == '(')
        return skip_piece(text, end) == end;
    if (*text == '\'')
        return skip_piece(text, end) == end;
    while (text < end && (is_word(*text) || *text == '.'))
        text++;
    while (text < end && (*text == '(' || *text == '['))
        text = skip_piece(text, end);
    return text == end;
}

static char *reduce(const char *from, const char *end)
{
    struct strbuf out = STRBUF_INIT;
    while (from < end) {
        const char *next = skip_piece(from, end);
        if (*from != GROUP) {
            bool opens = *from == '(' || *from == '['; /* what is inside is reduced, too */
            next = opens ? from + 1 : next;
            strbuf_add(&out, from, (size_t)(next - from));
            from = next;
            continue;
        }
        CLEANUP(mem_free_string)
        char *inner = reduce(from + 1, next - (next[-1] == GROUP_END));
        bool atom = is_atom(inner);
        if (atom && out.len > 0 && is_word(out.text[out.len - 1]) && is_word(*inner))
            strbuf_add_char(&out, ' ');
        strbuf_printf(&out, atom ? "%s" : "(%s)", inner);
        if (atom && is_word(*next))
            strbuf_add_char(&out, ' ');
        from = next;
    }
    return strbuf_detach(&out);
}

char *expression_exact(const char *expr)
{
    CLEANUP(mem_free_string)
    char *marked = make_canonical(expr, true);
    char *text = reduce(marked, marked + strlen(marked));
    size_t len = strlen(text);
    if (len > 2 && text[0] == '(' && skip_piece(text, text + len) == text + len) {
        memmove(text, text + 1, len - 2);
        text[len - 2] = '\0';
    }
    return text;
}
