/*
 * Conditions by what they demand: split where they are joined by AND, with the ways of writing one
 * demand brought together (x = 'a' OR x = 'b' is x IN ('a', 'b'), in any order; 0 < x is x > 0).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/expression.h"

enum { DEPTH_MAX = 50 };

/* Behind a quoted text or name, or a character. */
static const char *skip(const char *p, const char *end)
{
    char quote = *p++;
    if (quote != '\'' && quote != '"')
        return p;
    while (p < end && *p != quote)
        p++;
    return p < end ? p + 1 : p;
}

static int depth_of(char c)
{
    return strchr("([", c) != NULL ? 1 : strchr(")]", c) != NULL ? -1 : 0;
}

/* Without blanks and the parentheses around the whole. */
static void strip(const char **from, const char **end)
{
    for (;;) {
        while (*from < *end && **from == ' ')
            ++*from;
        while (*from < *end && (*end)[-1] == ' ')
            --*end;
        if (*from == *end || **from != '(' || (*end)[-1] != ')')
            return;
        int depth = 0;
        const char *p = *from;
        while (p < *end) {
            const char *next = skip(p, *end);
            if (next == p + 1 && *p != '\0')
                depth += depth_of(*p);
            p = next;
            if (depth == 0)
                break;
        }
        if (p < *end)
            return;
        ++*from;
        --*end;
    }
}

/* The place of the first " WORD " outside of parentheses and quotes, or NULL. */
static const char *find_word(const char *from, const char *end, const char *word)
{
    int depth = 0;
    size_t len = strlen(word);
    while (from < end) {
        if (depth == 0 && (size_t)(end - from) > len && memcmp(from, word, len) == 0)
            return from;
        const char *next = skip(from, end);
        if (next == from + 1 && *from != '\0')
            depth += depth_of(*from);
        from = next;
    }
    return NULL;
}

static char *canonical(const char *from, const char *end)
{
    CLEANUP(mem_free_string)
    char *text = mem_strndup(from, (size_t)(end - from));
    return expression_exact(text);
}

/* -- one demand -------------------------------------------------------------------------------- */

/* "'a'" or "12.5": a literal at the beginning; its length, or 0. */
static size_t literal_len(const char *text)
{
    if (*text != '\'')
        return strspn(text, "-.0123456789");
    const char *p = text + 1;
    while (*p != '\0' && (*p != '\'' || p[1] == '\''))
        p += *p == '\'' ? 2 : 1;
    return *p == '\'' ? (size_t)(p + 1 - text) : 0;
}

/* "0<amount" becomes "amount>0". */
static char *turned(char *text)
{
    static const char *const turns[][2] = {{"<=", ">="}, {">=", "<="}, {"<>", "<>"},
                                           {"<", ">"},   {">", "<"},   {"=", "="}};
    size_t len = literal_len(text);
    for (size_t i = 0; len > 0 && i < sizeof turns / sizeof *turns; i++) {
        size_t op = strlen(turns[i][0]);
        const char *rest = text + len + op;
        if (strncmp(text + len, turns[i][0], op) != 0 || *rest == '\0' || literal_len(rest) > 0 ||
            strpbrk(rest, "<>=") != NULL)
            continue;
        char *result = mem_printf("%s%s%.*s", rest, turns[i][1], (int)len, text);
        free(text);
        return result;
    }
    return text;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "x=any array['b','a']" becomes "x=any array['a','b']". */
static char *sorted(char *text)
{
    static const char mark[] = "=any array[";
    char *list = strstr(text, mark);
    if (list == NULL)
        return text;
    list += sizeof mark - 1;
    char **items = NULL;
    size_t n = 0, capacity = 0;
    const char *p = list;
    for (size_t len; (len = literal_len(p)) > 0; p += *p == ',') {
        items = mem_grow(items, n, &capacity, sizeof *items);
        items[n++] = mem_strndup(p, len);
        p += len;
        if (*p != ',')
            break;
    }
    bool whole = n > 0 && strcmp(p, "]") == 0;
    if (whole) {
        CLEANUP(strbuf_release)
        struct strbuf out = STRBUF_INIT;
        strbuf_add(&out, text, (size_t)(list - text));
        qsort(items, n, sizeof *items, by_text);
        for (size_t i = 0; i < n; i++)
            strbuf_printf(&out, "%s%s", i > 0 ? "," : "", items[i]);
        strbuf_add_char(&out, ']');
        free(text);
        text = strbuf_detach(&out);
    }
    for (size_t i = 0; i < n; i++)
        free(items[i]);
    free(items);
    return text;
}

/* "x = 'a' OR x = 'b'" as one list; NULL when the parts are not all of that kind. */
static char *alternatives(const char *from, const char *end)
{
    CLEANUP(strbuf_release)
    struct strbuf list = STRBUF_INIT;
    CLEANUP(mem_free_string)
    char *left = NULL;
    for (bool more = true; more;) {
        const char *cut = find_word(from, end, " OR ");
        more = cut != NULL;
        const char *a = from, *b = more ? cut : end;
        strip(&a, &b);
        CLEANUP(mem_free_string)
        char *part = turned(canonical(a, b));
        char *equal = strchr(part, '=');
        size_t len = equal != NULL ? literal_len(equal + 1) : 0;
        if (len == 0 || equal[1 + len] != '\0' || equal == part || strchr("<>!", equal[-1]) != NULL)
            return NULL;
        *equal = '\0';
        if (left != NULL && strcmp(left, part) != 0)
            return NULL;
        strbuf_printf(&list, "%s%s", left != NULL ? "," : "", equal + 1);
        if (left == NULL)
            left = mem_strdup(part);
        from = more ? cut + 4 : end;
    }
    return mem_printf("%s=any array[%s]", left, list.text);
}

/* -- the whole --------------------------------------------------------------------------------- */

static void add_parts(json_t *parts, const char *from, const char *end, int depth)
{
    strip(&from, &end);
    const char *cut = depth < DEPTH_MAX ? find_word(from, end, " AND ") : NULL;
    if (cut != NULL) {
        add_parts(parts, from, cut, depth + 1);
        add_parts(parts, cut + 5, end, depth + 1);
        return;
    }
    char *part = find_word(from, end, " OR ") != NULL ? alternatives(from, end) : NULL;
    if (part == NULL)
        part = turned(canonical(from, end));
    part = sorted(part);
    json_array_append_new(parts, json_string(part));
    free(part);
}

json_t *expression_conjuncts(const char *expr)
{
    json_t *parts = json_array();
    add_parts(parts, expr, expr + strlen(expr), 0);
    return parts;
}
