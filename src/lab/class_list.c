/*
 * Class lists of all kinds, and what becomes of their columns.
 */
#include "lab/class_list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"

enum { BYTES_MAX = 16 << 20, ROWS_MAX = 20000, HEADERS_MAX = 200 };

static const char *const names[] = {"login", "name", "email", "seat", "group", "time_factor"};
_Static_assert(sizeof names / sizeof names[0] == CLASS_COLUMNS, "a name for each column");

/* What spreadsheets and school programs call them; blanks, _, - and capitals do not count. */
static const char *const words[CLASS_COLUMNS][12] = {
    {"login", "user", "username", "userid", "loginname", "account", "uid", "benutzername",
     "benutzer", "kennung", "identifiant"},
    {"name", "fullname", "displayname", "student", "studentname", "schüler", "vollername", "nom",
     "nombre"},
    {"email", "mail", "emailaddress", "mailaddress", "correo", "courriel"},
    {"seat", "place", "desk", "platz", "sitzplatz", "computer", "pc"},
    {"group", "class", "team", "gruppe", "klasse", "groupe", "section"},
    {"timefactor", "factor", "extratime", "zeitfaktor"},
};

static bool check_file(const char *path, struct error *err)
{
    struct stat info;
    if (*path == '\0') {
        error_set(err, ERROR_INPUT, "no file was named");
        return error_hint(err, "Type the path of the class list; Tab completes it.");
    }
    if (stat(path, &info) != 0)
        return error_set(err, ERROR_NOT_FOUND, "there is no file \"%s\"", path);
    if (S_ISREG(info.st_mode))
        return true;
    error_set(err, ERROR_INPUT, "\"%s\" is %s", path,
              S_ISDIR(info.st_mode) ? "a directory" : "not a regular file");
    return error_hint(err, "Choose a CSV file, as a spreadsheet saves it.");
}

static bool add_row(struct class_list *list, const struct csv_row *row, struct error *err)
{
    if (row->count > list->n_headers) {
        error_set(err, ERROR_INPUT, "%s:%d: %zu fields, but the first line names %zu", list->file,
                  row->line, row->count, list->n_headers);
        return error_hint(err, "The first line names the columns; a field with a separator in it "
                               "stands between double quotes.");
    }
    if (list->n_rows == ROWS_MAX)
        return error_set(err, ERROR_INPUT, "%s has more than %d lines", list->file, ROWS_MAX);
    list->rows = mem_grow(list->rows, list->n_rows, &list->capacity, sizeof *list->rows);
    struct class_row *out = &list->rows[list->n_rows++];
    out->line = row->line;
    out->fields = arena_alloc_array(&list->arena, list->n_headers, sizeof *out->fields);
    for (size_t i = 0; i < list->n_headers; i++)
        out->fields[i] = i < row->count ? row->fields[i].text : "";
    return true;
}

static const char *const first_names[] = {"vorname", "firstname", "givenname", "forename", NULL};
static const char *const last_names[] = {"nachname", "lastname", "surname", "familyname", NULL};

static bool is_word(const char *header, const char *word)
{
    for (; *header != '\0'; header++) {
        if (strchr(" _-.", *header) != NULL)
            continue;
        if (tolower((unsigned char)*header) != *(const unsigned char *)word)
            return false;
        word++;
    }
    return *word == '\0';
}

static int find_word(const struct class_list *list, const char *const *of)
{
    for (; *of != NULL; of++)
        for (size_t i = 0; i < list->n_headers; i++)
            if (is_word(list->headers[i], *of))
                return (int)i;
    return -1;
}

/* First and last name in columns of their own make one more column, "first last". */
static void join_names(struct class_list *list)
{
    int first = find_word(list, first_names), last = find_word(list, last_names);
    if (first < 0 || last < 0)
        return;
    size_t n = list->n_headers++;
    for (size_t i = 0; i <= list->n_rows; i++) {
        const char **old = i < list->n_rows ? list->rows[i].fields : list->headers;
        const char **fields = arena_alloc_array(&list->arena, n + 1, sizeof *fields);
        memcpy(fields, old, n * sizeof *fields);
        fields[n] = arena_printf(&list->arena, "%s %s", old[first], old[last]);
        if (i < list->n_rows)
            list->rows[i].fields = fields;
        else
            list->headers = fields;
    }
    list->joined_names = true;
}

static bool read_rows(struct class_list *list, const struct strbuf *text, struct error *err)
{
    struct csv_reader reader;
    struct csv_row row;
    bool more = false;
    if (!csv_open(&reader, list->file, text->text, text->len, &list->arena, err))
        return false;
    bool good = csv_next(&reader, &row, &more, err);
    if (good && !more)
        good = error_set(err, ERROR_INPUT, "\"%s\" is empty", list->file);
    else if (good && row.count > HEADERS_MAX)
        good =
            error_set(err, ERROR_INPUT, "\"%s\" has more than %d columns", list->file, HEADERS_MAX);
    if (good) {
        list->n_headers = row.count;
        list->headers = arena_alloc_array(&list->arena, row.count, sizeof *list->headers);
        for (size_t i = 0; i < row.count; i++)
            list->headers[i] = row.fields[i].text;
    }
    while (good && (good = csv_next(&reader, &row, &more, err)) && more)
        good = add_row(list, &row, err);
    csv_close(&reader);
    if (good && list->n_rows == 0) {
        error_set(err, ERROR_INPUT, "\"%s\" names nobody", list->file);
        good = error_hint(err, "The first line names the columns, each other line is a student.");
    }
    return good;
}

bool class_list_read(const char *path, struct class_list *ret_list, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct class_list list = {.arena = ARENA_INIT};
    if (!check_file(path, err) || !file_read(path, BYTES_MAX, &text, err))
        return false;
    list.file = arena_strdup(&list.arena, path);
    if (!read_rows(&list, &text, err)) {
        class_list_release(&list);
        return false;
    }
    join_names(&list);
    *ret_list = list;
    return true;
}

void class_list_release(struct class_list *list)
{
    free(list->rows);
    arena_release(&list->arena);
    *list = (struct class_list){.arena = ARENA_INIT};
}

/* -- columns ----------------------------------------------------------------------------------- */

int class_list_guess(const struct class_list *list, enum class_column column)
{
    if (column == CLASS_NAME && list->joined_names)
        return (int)list->n_headers - 1;
    for (size_t w = 0; w < sizeof words[0] / sizeof words[0][0] && words[column][w] != NULL; w++)
        for (size_t i = 0; i < list->n_headers; i++)
            if (is_word(list->headers[i], words[column][w]))
                return (int)i;
    return -1;
}

int class_list_find(const struct class_list *list, const char *header)
{
    for (size_t i = 0; i < list->n_headers; i++)
        if (strcmp(list->headers[i], header) == 0)
            return (int)i;
    return -1;
}

static void add_field(struct strbuf *out, const char *text)
{
    if (text[strcspn(text, "\",;\t\r\n")] == '\0' && *text != ' ') {
        strbuf_add_string(out, text);
        return;
    }
    strbuf_add_char(out, '"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            strbuf_add_char(out, '"');
        strbuf_add_char(out, *text == '\n' || *text == '\r' ? ' ' : *text);
    }
    strbuf_add_char(out, '"');
}

static void add_login(struct strbuf *out, const char *text)
{
    CLEANUP(strbuf_release)
    struct strbuf login = STRBUF_INIT;
    size_t len = strcspn(text, "@");
    for (size_t i = 0; i < (text[len] == '@' && len > 0 ? len : strlen(text)); i++)
        strbuf_add_char(&login, (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]));
    add_field(out, login.text);
}

void class_list_print(const struct class_list *list, const int mapping[CLASS_COLUMNS],
                      bool keep_lines, struct strbuf *out)
{
    int line = 1;
    for (size_t c = 0, n = 0; c < CLASS_COLUMNS; c++)
        if (mapping[c] >= 0)
            strbuf_printf(out, "%s%s", n++ > 0 ? "," : "", names[c]);
    for (size_t i = 0; i < list->n_rows; i++) {
        strbuf_add_char(out, '\n');
        for (line++; keep_lines && line < list->rows[i].line; line++)
            strbuf_add_char(out, '\n');
        for (size_t c = 0, n = 0; c < CLASS_COLUMNS; c++) {
            if (mapping[c] < 0)
                continue;
            if (n++ > 0)
                strbuf_add_char(out, ',');
            if (c == CLASS_LOGIN)
                add_login(out, list->rows[i].fields[mapping[c]]);
            else
                add_field(out, list->rows[i].fields[mapping[c]]);
        }
    }
    strbuf_add_char(out, '\n');
}

void class_list_generate(const char *prefix, int count, struct strbuf *out)
{
    int digits = count > 999 ? 4 : count > 99 ? 3 : 2;
    strbuf_add_string(out, "login,name,seat\n");
    for (int i = 1; i <= count; i++)
        strbuf_printf(out, "%s%0*d,Student %0*d,%d\n", prefix, digits, i, digits, i, i);
}
