/*
 * COPY's rows (text format) as INSERT statements.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "facts/split_inside.h"

/* The byte that a backslash sequence stands for; moves `*at` behind it. */
static char unescape(const char **at, const char *end)
{
    static const char letters[] = "bfnrtv", bytes[] = "\b\f\n\r\t\v";
    char c = *(*at)++;
    const char *found = strchr(letters, c);
    if (c != '\0' && found != NULL)
        return bytes[found - letters];
    int base = c == 'x' ? 16 : c >= '0' && c <= '7' ? 8 : 0;
    if (base == 0)
        return c;
    if (base == 8)
        (*at)--;
    int value = 0;
    for (int digits = 0; *at < end && digits < (base == 8 ? 3 : 2); digits++, (*at)++) {
        char d = **at;
        int n = d >= '0' && d <= '9'   ? d - '0'
                : d >= 'a' && d <= 'f' ? d - 'a' + 10
                : d >= 'A' && d <= 'F' ? d - 'A' + 10
                                       : 99;
        if (n >= base)
            break;
        value = value * base + n;
    }
    return (char)value;
}

static void add_value(struct strbuf *sql, const char *at, const char *end)
{
    if (end - at == 2 && at[0] == '\\' && at[1] == 'N') {
        strbuf_add_string(sql, "NULL");
        return;
    }
    strbuf_add_char(sql, '\'');
    while (at < end) {
        char c = *at++;
        if (c == '\\' && at < end)
            c = unescape(&at, end);
        if (c == '\'')
            strbuf_add_char(sql, '\'');
        strbuf_add_char(sql, c);
    }
    strbuf_add_char(sql, '\'');
}

static void add_row(struct strbuf *sql, const char *row, const char *end)
{
    strbuf_add_char(sql, '(');
    for (;;) {
        const char *tab = memchr(row, '\t', (size_t)(end - row));
        add_value(sql, row, tab != NULL ? tab : end);
        if (tab == NULL)
            break;
        strbuf_add_string(sql, ", ");
        row = tab + 1;
    }
    strbuf_add_char(sql, ')');
}

/* "film (film_id, title)" out of "COPY film (film_id, title) FROM stdin;". */
static bool find_target(const struct statement *statement, struct strbuf *ret_target)
{
    struct statement_token token;
    size_t at = 0;
    if (!statement_next_token(statement, &at, &token)) /* COPY */
        return false;
    size_t begin = at;
    long from = statement_find_words(statement, "from stdin", NULL);
    if (from < 0 || (size_t)from <= begin)
        return false;
    while (begin < (size_t)from && statement->text[begin] == ' ')
        begin++;
    strbuf_add(ret_target, statement->text + begin, (size_t)from - begin);
    while (ret_target->len > 0 && ret_target->text[ret_target->len - 1] <= ' ')
        strbuf_truncate(ret_target, ret_target->len - 1);
    return true;
}

/* WITH (FORMAT csv), DELIMITER ...: nobody's pg_dump writes them. */
static bool is_plain(const struct statement *statement)
{
    long last = 0;
    if (statement_find_words(statement, "from stdin", &last) < 0)
        return false;
    struct statement_token token;
    size_t at = (size_t)last;
    bool more = statement_next_token(statement, &at, &token) &&
                statement_next_token(statement, &at, &token);
    return !more || token.kind == ';';
}

bool split_rows(const char *file, const struct rough *rough, size_t rows_per_insert,
                struct arena *arena, struct rough_list *list, struct error *err)
{
    const struct statement *statement = &rough->statement;
    CLEANUP(strbuf_release)
    struct strbuf target = STRBUF_INIT;
    CLEANUP(strbuf_release)
    struct strbuf sql = STRBUF_INIT;
    if (!is_plain(statement) || !find_target(statement, &target))
        return error_set(err, ERROR_INPUT, "%s:%d: COPY with options cannot be split", file,
                         statement->line);
    const char *row = statement->data, *end = row + statement->data_len;
    size_t rows = 0;
    while (row < end) {
        const char *newline = memchr(row, '\n', (size_t)(end - row));
        const char *row_end = newline != NULL ? newline : end;
        const char *next = newline != NULL ? newline + 1 : end;
        if (row_end > row && row_end[-1] == '\r')
            row_end--;
        if (rows == 0)
            strbuf_printf(&sql, "INSERT INTO %s OVERRIDING SYSTEM VALUE VALUES\n    ", target.text);
        else
            strbuf_add_string(&sql, ",\n    ");
        add_row(&sql, row, row_end);
        row = next;
        if (++rows == rows_per_insert || row >= end) {
            strbuf_add_char(&sql, ';');
            split_add(list, rough, arena_strndup(arena, sql.text, sql.len));
            strbuf_reset(&sql);
            rows = 0;
        }
    }
    return true;
}
