/*
 * Mistakes: of typing, and of types.
 */
#include <pg_query.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/strbuf.h"
#include "rehearse/random.h"
#include "rehearse/script.h"

enum { TRIES = 6 };

enum mistake { MISTAKE_KEYWORD, MISTAKE_BRACKET, MISTAKE_COMMA, MISTAKE_NAME, MISTAKE_COUNT };

static const char *const keywords[] = {"CREATE",   "TABLE",      "INSERT",   "VALUES",
                                       "ALTER",    "CONSTRAINT", "NOT NULL", "INDEX",
                                       "FUNCTION", "VIEW",       "PRIMARY",  "FOREIGN"};

/* `sql` with `len` bytes at `at` replaced. */
static char *replaced(const char *sql, size_t at, size_t len, const char *text, struct arena *arena)
{
    return arena_printf(arena, "%.*s%s%s", (int)at, sql, text, sql + at + len);
}

static char *swap_letters(const char *sql, struct random *random, struct arena *arena)
{
    size_t first = random_below(random, sizeof(keywords) / sizeof(*keywords));
    for (size_t i = 0; i < sizeof(keywords) / sizeof(*keywords); i++) {
        const char *word = keywords[(first + i) % (sizeof(keywords) / sizeof(*keywords))];
        const char *found = strstr(sql, word);
        if (found == NULL)
            continue;
        size_t at = 1 + random_below(random, strlen(word) - 2);
        char letters[3] = {word[at + 1], word[at], '\0'};
        return replaced(sql, (size_t)(found - sql) + at, 2, letters, arena);
    }
    return NULL;
}

static char *lose(const char *sql, const char *found, struct arena *arena)
{
    return found != NULL ? replaced(sql, (size_t)(found - sql), 1, "", arena) : NULL;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

/* The last letter of the first long name: "public.film_acto". */
static char *cut_name(const char *sql, struct arena *arena)
{
    size_t run = 0;
    for (const char *p = sql; *p != '\0'; p++) {
        run = is_letter(*p) ? run + 1 : 0;
        if (run >= 4 && !is_letter(p[1]) && p[1] != '.')
            return lose(sql, p, arena);
    }
    return NULL;
}

static bool parses(const char *sql)
{
    PgQueryParseResult parsed = pg_query_parse(sql);
    bool ok = parsed.error == NULL;
    pg_query_free_parse_result(parsed);
    return ok;
}

const char *mistype(const char *sql, struct random *random, struct arena *arena)
{
    for (int i = 0; i < TRIES; i++) {
        enum mistake mistake = (enum mistake)random_below(random, MISTAKE_COUNT);
        char *wrong = NULL;
        if (mistake == MISTAKE_KEYWORD)
            wrong = swap_letters(sql, random, arena);
        else if (mistake == MISTAKE_BRACKET)
            wrong = lose(sql, strrchr(sql, ')'), arena);
        else if (mistake == MISTAKE_COMMA)
            wrong = lose(sql, strchr(sql, ','), arena);
        else if (strncmp(sql, "ALTER TABLE", 11) == 0 || strncmp(sql, "INSERT INTO", 11) == 0)
            /* Elsewhere a name cut short would be a new name, and the mistake would stay. */
            return cut_name(sql, arena);
        if (wrong != NULL && !parses(wrong))
            return wrong;
    }
    return NULL;
}

const char *confuse_types(const char *sql, struct arena *arena)
{
    static const char *const types[][2] = {
        {" integer", " bigint"},
        {" text", " character varying"},
        {" date", " timestamp without time zone"},
    };
    CLEANUP(strbuf_release)
    struct strbuf out = STRBUF_INIT;
    while (*sql != '\0') {
        bool found = false;
        for (size_t i = 0; i < sizeof(types) / sizeof(*types) && !found; i++) {
            size_t len = strlen(types[i][0]);
            found = strncmp(sql, types[i][0], len) == 0 && !is_letter(sql[len]);
            if (found) {
                strbuf_add_string(&out, types[i][1]);
                sql += len;
            }
        }
        if (!found)
            strbuf_add_char(&out, *sql++);
    }
    return arena_strdup(arena, out.text);
}
