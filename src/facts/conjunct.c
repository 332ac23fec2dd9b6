/*
 * Conditions by what they demand: split where they are joined by AND, with the ways of writing one
 * demand brought together (x = 'a' OR x = 'b' is x IN ('a', 'b'), in any order; 0 < x is x > 0).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/strbuf.h"
#include "base/text.h"
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

/* -- comparisons ------------------------------------------------------------------------------- */

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

static bool is_literal(const char *text, size_t len)
{
    return len > 0 && literal_len(text) == len;
}

/* Each turned round, and denied. */
static const struct comparison {
    const char *text, *turned, *denied;
} comparisons[] = {
    {"<=", ">=", ">"}, {">=", "<=", "<"}, {"<>", "<>", "="},
    {"<", ">", ">="},  {">", "<", "<="},  {"=", "=", "<>"},
};

/* The comparison that this run of operators' characters is; a minus behind it is a number's. */
static const struct comparison *comparison_at(const char *text, size_t len)
{
    for (size_t i = 0; i < sizeof comparisons / sizeof *comparisons; i++) {
        size_t n = strlen(comparisons[i].text);
        bool minus = len == n + 1 && text[n] == '-' && text[len] >= '0' && text[len] <= '9';
        if ((len == n || minus) && strncmp(text, comparisons[i].text, n) == 0)
            return &comparisons[i];
    }
    return NULL;
}

/* The place of the only comparison outside of parentheses, or NULL ("->" and "@>" are none). */
static const char *find_comparison(const char *text, const struct comparison **ret_comparison)
{
    const char *found = NULL, *end = text + strlen(text);
    int depth = 0;
    for (const char *p = text; p < end;) {
        size_t run = strspn(p, "+-*/<>=~!@#%^&|`?");
        if (run == 0) {
            const char *next = skip(p, end);
            depth += next == p + 1 ? depth_of(*p) : 0;
            p = next;
            continue;
        }
        const struct comparison *comparison = depth == 0 ? comparison_at(p, run) : NULL;
        if (comparison != NULL && found != NULL)
            return NULL;
        if (comparison != NULL) {
            found = p;
            *ret_comparison = comparison;
        }
        p += run;
    }
    return found;
}

/* "x=any array[...]": what is compared with a list stands before it. */
static bool is_list(const char *text)
{
    return (strncmp(text, "any", 3) == 0 || strncmp(text, "all", 3) == 0) && text[3] != '\0' &&
           strchr(" '(", text[3]) != NULL;
}

/* "0<amount" becomes "amount>0", "b>a" "a<b": literals stand behind, others by their names. */
static char *turned(char *text)
{
    const struct comparison *comparison = NULL;
    const char *at = find_comparison(text, &comparison);
    if (at == NULL || at == text)
        return text;
    size_t len = (size_t)(at - text);
    const char *right = at + strlen(comparison->text);
    bool literal = is_literal(right, strlen(right));
    if (*right == '\0' || is_list(right) || literal)
        return text;
    if (!is_literal(text, len) &&
        (strncmp(text, right, len) < 0 || (strncmp(text, right, len) == 0 && right[len] != '\0')))
        return text;
    char *result = mem_printf("%s%s%.*s", right, comparison->turned, (int)len, text);
    free(text);
    return result;
}

/* "b is distinct from a" becomes "a is distinct from b". */
static char *distinct(char *text)
{
    static const char *const words[] = {"is distinct from ", "is not distinct from "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(text, words[i]);
        if (at == NULL || at == text || strchr(text, '\'') != NULL)
            continue;
        const char *right = at + strlen(words[i]);
        size_t len = (size_t)(at - text) - (at[-1] == ' ');
        bool swap = strncmp(text, right, len) > 0;
        char *result = swap ? mem_printf("%s %s%.*s", right, words[i], (int)len, text)
                            : mem_printf("%.*s %s%s", (int)len, text, words[i], right);
        free(text);
        return result;
    }
    return text;
}

/* NOT of one comparison is the opposite one; NULL when it is something else. */
static char *denied(const char *text)
{
    static const char *const nulls[] = {" is null", " is not null"};
    size_t len = strlen(text);
    for (size_t i = 0; i < 2; i++) {
        size_t tail = strlen(nulls[i]);
        bool plain = strcspn(text, " ") + tail == len; /* nothing else of several words */
        if (len > tail && plain && strcmp(text + len - tail, nulls[i]) == 0)
            return mem_printf("%.*s%s", (int)(len - tail), text, nulls[1 - i]);
    }
    const struct comparison *comparison = NULL;
    const char *at = strncmp(text, "case ", 5) != 0 ? find_comparison(text, &comparison) : NULL;
    if (at == NULL || at == text)
        return NULL;
    const char *right = at + strlen(comparison->text);
    const char *list = strncmp(right, "any ", 4) == 0   ? "all "
                       : strncmp(right, "all ", 4) == 0 ? "any "
                                                        : "";
    if (is_list(right) && *list == '\0')
        return NULL;
    return mem_printf("%.*s%s%s%s", (int)(at - text), text, comparison->denied, list,
                      right + strlen(list));
}

/* -- one demand -------------------------------------------------------------------------------- */

/* A list of literals, each once and sorted. */
struct items {
    char **list;
    size_t n, capacity;
};

static void items_release(struct items *items)
{
    for (size_t i = 0; i < items->n; i++)
        free(items->list[i]);
    free(items->list);
}

/* Steals `text`. */
static void items_add(struct items *items, char *text)
{
    items->list = mem_grow(items->list, items->n, &items->capacity, sizeof *items->list);
    items->list[items->n++] = text;
}

static void items_sort(struct items *items)
{
    if (items->n == 0)
        return;
    qsort(items->list, items->n, sizeof *items->list, str_compare);
    size_t kept = 1;
    for (size_t i = 1; i < items->n; i++)
        if (strcmp(items->list[i], items->list[kept - 1]) == 0)
            free(items->list[i]);
        else
            items->list[kept++] = items->list[i];
    items->n = kept;
}

static char *items_join(const struct items *items, const char *between)
{
    struct strbuf out = STRBUF_INIT;
    for (size_t i = 0; i < items->n; i++)
        strbuf_printf(&out, "%s%s", i > 0 ? between : "", items->list[i]);
    return strbuf_detach(&out);
}

/* "array['b','a']" or "'{b,a}'", to its end; false when it is not only literals. */
static bool read_items(const char *p, struct items *items)
{
    bool array = strncmp(p, "array[", 6) == 0;
    const char *end = array ? "]" : "}'";
    if (!array && strncmp(p, "'{", 2) != 0)
        return false;
    p += array ? 6 : 2;
    for (;;) {
        size_t len = array ? literal_len(p) : strcspn(p, ",{}'\"\\ ");
        if (len == 0 || (!array && len == 4 && strncasecmp(p, "null", 4) == 0))
            return false;
        bool bare = array || strspn(p, "-.0123456789") == len;
        items_add(items, mem_printf(bare ? "%.*s" : "'%.*s'", (int)len, p));
        p += len;
        if (*p != ',')
            return strcmp(p, end) == 0;
        p++;
    }
}

/* "x=any array['b','a']" and "x=any'{b,a}'" become "x=any array['a','b']", of one "x='a'"; "x<>all
 * array[...]" one part for each.  Takes `text`. */
static void add_demand(struct items *parts, char *text)
{
    static const char *const marks[][2] = {{"=any", "="}, {"<>all", "<>"}};
    for (size_t i = 0; i < 2; i++) {
        const char *at = strstr(text, marks[i][0]);
        if (at == NULL)
            continue;
        const char *list = at + strlen(marks[i][0]);
        struct items items = {0};
        bool whole = read_items(list + (*list == ' '), &items);
        items_sort(&items);
        int len = (int)(at - text);
        if (whole && (i == 1 || items.n == 1)) {
            for (size_t k = 0; k < items.n; k++)
                items_add(parts, mem_printf("%.*s%s%s", len, text, marks[i][1], items.list[k]));
            free(text);
            text = NULL;
        } else if (whole) {
            CLEANUP(mem_free_string)
            char *joined = items_join(&items, ",");
            char *sorted = mem_printf("%.*s=any array[%s]", len, text, joined);
            free(text);
            text = sorted;
        }
        items_release(&items);
        if (text == NULL)
            return;
    }
    items_add(parts, text);
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

static void add_parts(struct items *parts, const char *from, const char *end, int depth);

/* What all of this demands, as one text. */
static char *whole(const char *from, const char *end, int depth)
{
    struct items parts = {0};
    add_parts(&parts, from, end, depth + 1);
    items_sort(&parts);
    char *text = items_join(&parts, " and ");
    if (parts.n > 1) {
        char *group = mem_printf("(%s)", text);
        free(text);
        text = group;
    }
    items_release(&parts);
    return text;
}

/* The sides of ORs, in whatever order. */
static void add_sides(struct items *sides, const char *from, const char *end, int depth)
{
    strip(&from, &end);
    const char *cut = depth < DEPTH_MAX && find_word(from, end, " AND ") == NULL
                          ? find_word(from, end, " OR ")
                          : NULL;
    if (cut == NULL) {
        items_add(sides, whole(from, end, depth));
        return;
    }
    add_sides(sides, from, cut, depth + 1);
    add_sides(sides, cut + 4, end, depth + 1);
}

static char *any_of(const char *from, const char *end, int depth)
{
    struct items sides = {0};
    add_sides(&sides, from, end, depth + 1);
    items_sort(&sides);
    char *text = items_join(&sides, " or ");
    items_release(&sides);
    return text;
}

static char *opposite(const char *from, const char *end, int depth)
{
    CLEANUP(mem_free_string)
    char *inner = whole(from, end, depth);
    bool sides = strstr(inner, " or ") != NULL;
    CLEANUP(mem_free_string)
    char *single = *inner != '(' && !sides ? denied(inner) : NULL;
    return single != NULL ? turned(mem_strdup(single))
                          : mem_printf(sides ? "not (%s)" : "not %s", inner);
}

static void add_parts(struct items *parts, const char *from, const char *end, int depth)
{
    strip(&from, &end);
    const char *cut = depth < DEPTH_MAX ? find_word(from, end, " AND ") : NULL;
    if (cut != NULL) {
        add_parts(parts, from, cut, depth + 1);
        add_parts(parts, cut + 5, end, depth + 1);
    } else if (depth < DEPTH_MAX && find_word(from, end, " OR ") != NULL) {
        char *list = alternatives(from, end);
        if (list != NULL)
            add_demand(parts, list);
        else
            items_add(parts, any_of(from, end, depth));
    } else if (depth < DEPTH_MAX && end - from > 4 && memcmp(from, "NOT ", 4) == 0) {
        add_demand(parts, opposite(from + 4, end, depth));
    } else {
        add_demand(parts, distinct(turned(canonical(from, end))));
    }
}

json_t *expression_conjuncts(const char *expr)
{
    struct items parts = {0};
    json_t *list = json_array();
    add_parts(&parts, expr, expr + strlen(expr), 0);
    for (size_t i = 0; i < parts.n; i++)
        json_array_append_new(list, json_string(parts.list[i]));
    items_release(&parts);
    return list;
}

char *expression_demands(const char *expr)
{
    struct items parts = {0};
    add_parts(&parts, expr, expr + strlen(expr), 0);
    items_sort(&parts);
    char *text = items_join(&parts, " and ");
    items_release(&parts);
    return text;
}
