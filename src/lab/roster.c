/*
 * The roster: a CSV file into students, with every mistake of the file told at once.
 */
#include "lab/roster.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"

enum { TOLD_MAX = 20, FIELD_MAX = 255, BYTES_MAX = 16 << 20 };

enum column { LOGIN, NAME, EMAIL, SEAT, GROUP, TIME_FACTOR, COLUMNS };

static const struct {
    const char *name; /* with blanks, _ and - left out */
    enum column column;
} column_names[] = {{"login", LOGIN},
                    {"name", NAME},
                    {"email", EMAIL},
                    {"mail", EMAIL},
                    {"seat", SEAT},
                    {"group", GROUP},
                    {"timefactor", TIME_FACTOR},
                    {"factor", TIME_FACTOR}};

struct fault {
    int line, column;
    char *text;
    const char *hint;
};

_Static_assert(ROSTER_LOGIN_MAX == 57, "the hint says so");
static const char login_hint[] = "A login has small letters, digits, \".\", \"_\" and \"-\", "
                                 "begins with a letter or \"_\", is at "
                                 "most 57 long, and occurs once.";
static const char reserved_hint[] =
    "Reserved are postgres, public, none, all, replication, sameuser, samerole, and what begins "
    "with template, lectern, probe_ or pg_.";
static const char factor_hint[] = "1.5 gives half as much time again; leave it empty for 1.";
static const char fields_hint[] =
    "Every line has as many fields as the first one; a field with a separator in it stands between "
    "double quotes.";
static const char length_hint[] = "Shorten it.";
static const char header_hint[] =
    "The first line names the columns: login (required), name, email, seat, group, time_factor, in "
    "any order, separated by , or ; or tab.";

struct reading {
    const char *file;
    struct roster roster;
    size_t capacity;
    const char **folded; /* of each student's login, for comparing */
    size_t folded_capacity;
    enum column *columns; /* of the header's fields; COLUMNS: a column without a name */
    size_t n_columns;
    struct fault *faults;
    size_t n_faults, faults_capacity;
    struct error *err;
};

static void add_fault(struct reading *reading, int line, int column, const char *hint,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

static void add_fault(struct reading *reading, int line, int column, const char *hint,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reading->faults = mem_grow(reading->faults, reading->n_faults, &reading->faults_capacity,
                               sizeof *reading->faults);
    reading->faults[reading->n_faults++] =
        (struct fault){line, column, mem_vprintf(format, args), hint};
    va_end(args);
}

static int compare_faults(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

/* The first mistake is the message, the others are its detail. */
static bool report_faults(struct reading *reading)
{
    if (reading->n_faults == 0)
        return true;
    qsort(reading->faults, reading->n_faults, sizeof *reading->faults, compare_faults);
    CLEANUP(strbuf_release)
    struct strbuf rest = STRBUF_INIT;
    for (size_t i = 1; i < reading->n_faults && i < TOLD_MAX; i++)
        strbuf_printf(&rest, "%s%s:%d:%d: %s", i == 1 ? "" : "\n", reading->file,
                      reading->faults[i].line, reading->faults[i].column, reading->faults[i].text);
    if (reading->n_faults > TOLD_MAX)
        strbuf_printf(&rest, "\nand %zu more", reading->n_faults - TOLD_MAX);
    const struct fault *first = &reading->faults[0];
    error_set(reading->err, ERROR_INPUT, "%s:%d:%d: %s", reading->file, first->line, first->column,
              first->text);
    if (rest.len > 0)
        error_detail(reading->err, "%s", rest.text);
    return error_hint(reading->err, "%s", first->hint);
}

static const char is_reserved[] = "is reserved";

const char *roster_login_fault(const char *login)
{
    static const char *const reserved[] = {"postgres",    "public",   "none",    "all",
                                           "replication", "sameuser", "samerole"};
    static const char *const prefixes[] = {"template", "lectern", "probe_", "pg_"};
    size_t len = strlen(login);
    if (len == 0)
        return "is empty";
    if (len > ROSTER_LOGIN_MAX)
        return "is too long";
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)login[i];
        if (c >= 'A' && c <= 'Z')
            return "has capital letters";
        if (c >= 0x80)
            return "has letters other than a to z";
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && strchr("._-", c) == NULL)
            return c == ' ' ? "has a blank" : "has a character that is not allowed";
    }
    if (!(login[0] >= 'a' && login[0] <= 'z') && login[0] != '_')
        return "does not begin with a letter";
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (strcmp(login, reserved[i]) == 0)
            return is_reserved;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(login, prefixes[i], strlen(prefixes[i])) == 0)
            return is_reserved;
    return NULL;
}

/* "Time Factor" -> "timefactor" */
static char *plain_name(const char *text)
{
    char *name = mem_strdup(text), *to = name;
    for (const char *from = text; *from != '\0'; from++)
        if (strchr(" _-", *from) == NULL)
            *to++ = (char)tolower((unsigned char)*from);
    *to = '\0';
    return name;
}

static enum column find_column(const char *text)
{
    CLEANUP(mem_free_string)
    char *name = plain_name(text);
    for (size_t i = 0; i < sizeof column_names / sizeof column_names[0]; i++)
        if (strcmp(column_names[i].name, name) == 0)
            return column_names[i].column;
    return COLUMNS;
}

static bool header_error(struct reading *reading, const struct csv_field *field,
                         const char *message, const char *remedy)
{
    CLEANUP(mem_free_string)
    char *name = mem_strdup(field->text);
    if (strlen(name) > 100)
        name[100] = '\0';
    error_set(reading->err, ERROR_INPUT, "%s:%d:%d: %s \"%s\"", reading->file, field->line,
              field->column, message, name);
    return error_hint(reading->err, "%s%s", remedy, header_hint);
}

static bool read_header(struct reading *reading, const struct csv_row *row)
{
    bool seen[COLUMNS] = {false};
    reading->columns = mem_alloc_array(row->count, sizeof *reading->columns);
    reading->n_columns = row->count;
    for (size_t i = 0; i < row->count; i++) {
        const struct csv_field *field = &row->fields[i];
        enum column column = find_column(field->text);
        reading->columns[i] = column;
        if (column == COLUMNS && field->text[0] != '\0')
            return header_error(reading, field, "unknown column", "Rename it or take it out.  ");
        if (column != COLUMNS && seen[column])
            return header_error(reading, field, "two columns for", "Take one out.  ");
        if (column != COLUMNS)
            seen[column] = true;
    }
    return seen[LOGIN] ||
           header_error(reading, &(struct csv_field){"login", row->line, 1}, "no column", "");
}

/* 1.5 or, as spreadsheets of many countries write it, 1,5. */
static void read_time_factor(struct reading *reading, const struct csv_field *field,
                             struct student *student)
{
    student->time_factor = 1;
    if (field->text[0] == '\0')
        return;
    CLEANUP(mem_free_string)
    char *text = mem_strdup(field->text);
    char *comma = strchr(text, ','), *end = text;
    if (comma != NULL)
        *comma = '.';
    double value = strspn(text, "0123456789.") == strlen(text) ? strtod(text, &end) : -1;
    if (value >= 0.5 && value <= 5 && *end == '\0') {
        student->time_factor = value;
        return;
    }
    CLEANUP(mem_free_string)
    char *safe = str_disarm(field->text);
    add_fault(reading, field->line, field->column, factor_hint,
              "time factor \"%.40s\" is not a number from 0.5 to 5", safe);
}

static const char *read_words(struct reading *reading, const struct csv_field *field,
                              const char *column)
{
    if (strlen(field->text) > FIELD_MAX)
        add_fault(reading, field->line, field->column, length_hint, "%s is longer than %d bytes",
                  column, FIELD_MAX);
    return field->text;
}

static void read_login(struct reading *reading, const struct csv_field *field,
                       struct student *student)
{
    student->login = field->text;
    student->line = field->line;
    const char *fault = roster_login_fault(field->text);
    if (fault == NULL)
        return;
    CLEANUP(mem_free_string)
    char *safe = str_disarm(field->text);
    size_t shown = str_fit(safe, 60);
    add_fault(reading, field->line, field->column,
              strcmp(fault, is_reserved) == 0 ? reserved_hint : login_hint, "login \"%.*s%s\" %s",
              (int)shown, safe, safe[shown] != '\0' ? "..." : "", fault);
}

static void read_student(struct reading *reading, const struct csv_row *row)
{
    struct student student = {.name = "", .email = "", .seat = "", .group = "", .time_factor = 1};
    for (size_t i = 0; i < row->count; i++) {
        const struct csv_field *field = &row->fields[i];
        enum column column = i < reading->n_columns ? reading->columns[i] : COLUMNS;
        if (column == LOGIN)
            read_login(reading, field, &student);
        else if (column == NAME)
            student.name = read_words(reading, field, "name");
        else if (column == EMAIL)
            student.email = read_words(reading, field, "email");
        else if (column == SEAT)
            student.seat = read_words(reading, field, "seat");
        else if (column == GROUP)
            student.group = read_words(reading, field, "group");
        else if (column == TIME_FACTOR)
            read_time_factor(reading, field, &student);
        else if (field->text[0] != '\0') {
            add_fault(reading, field->line, field->column, fields_hint,
                      "more fields than the header has (%zu)", reading->n_columns);
            break;
        }
    }
    if (row->count < reading->n_columns)
        add_fault(reading, row->line, 1, fields_hint, "%zu fields where the header has %zu",
                  row->count, reading->n_columns);
    if (student.login == NULL)
        return;
    struct roster *roster = &reading->roster;
    reading->folded = mem_grow(reading->folded, roster->count, &reading->folded_capacity,
                               sizeof *reading->folded);
    CLEANUP(mem_free_string)
    char *folded = str_fold(student.login);
    reading->folded[roster->count] = arena_strdup(&roster->arena, folded);
    roster->students =
        mem_grow(roster->students, roster->count, &reading->capacity, sizeof *roster->students);
    roster->students[roster->count++] = student;
}

struct entry {
    const char *folded;
    const struct student *student;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = strcmp(x->folded, y->folded);
    return order != 0 ? order : x->student->line - y->student->line;
}

static void find_duplicates(struct reading *reading)
{
    struct roster *roster = &reading->roster;
    struct entry *entries = mem_alloc_array(roster->count, sizeof *entries);
    for (size_t i = 0; i < roster->count; i++)
        entries[i] = (struct entry){reading->folded[i], &roster->students[i]};
    qsort(entries, roster->count, sizeof *entries, compare_entries);
    for (size_t i = 1, first = 0; i < roster->count; i++) {
        if (strcmp(entries[i].folded, entries[first].folded) != 0) {
            first = i;
            continue;
        }
        const struct student *one = entries[first].student, *two = entries[i].student;
        if (two->login[0] == '\0')
            continue; /* said already: it is empty */
        CLEANUP(mem_free_string)
        char *safe = str_disarm(two->login);
        bool same = strcmp(one->login, two->login) == 0;
        add_fault(reading, two->line, 1, login_hint, "login \"%.*s\" is the same as in line %d%s",
                  (int)str_fit(safe, 60), safe, one->line,
                  same ? "" : " (but for capitals or the way accents are written)");
    }
    free(entries);
}

static bool read_all(struct reading *reading, struct csv_reader *csv)
{
    struct csv_row row;
    bool more;
    if (!csv_next(csv, &row, &more, reading->err))
        return false;
    if (!more) {
        error_set(reading->err, ERROR_INPUT, "%s:1:1: the roster is empty", reading->file);
        return error_hint(reading->err, "%s", header_hint);
    }
    if (!read_header(reading, &row))
        return false;
    while (csv_next(csv, &row, &more, reading->err) && more) {
        if (row.line > ROSTER_LINES_MAX)
            return error_set(reading->err, ERROR_INPUT, "%s:%d:1: more than %d lines",
                             reading->file, row.line, ROSTER_LINES_MAX);
        read_student(reading, &row);
    }
    if (error_is_set(reading->err))
        return false;
    if (reading->roster.count == 0)
        return error_set(reading->err, ERROR_INPUT, "%s:%d:1: the roster has no students",
                         reading->file, csv->line);
    find_duplicates(reading);
    return report_faults(reading);
}

bool roster_parse(const char *file, const char *text, size_t len, struct roster *ret_roster,
                  struct error *err)
{
    if (len > BYTES_MAX)
        return error_set(err, ERROR_INPUT, "%s: larger than %d bytes", file, BYTES_MAX);
    struct reading reading = {.file = file, .roster = {.arena = ARENA_INIT}, .err = err};
    struct csv_reader csv;
    bool good =
        csv_open(&csv, file, text, len, &reading.roster.arena, err) && read_all(&reading, &csv);
    csv_close(&csv);
    for (size_t i = 0; i < reading.n_faults; i++)
        free(reading.faults[i].text);
    free(reading.faults);
    free(reading.columns);
    free(reading.folded);
    if (good)
        *ret_roster = reading.roster;
    else
        roster_release(&reading.roster);
    return good;
}

void roster_release(struct roster *roster)
{
    free(roster->students);
    arena_release(&roster->arena);
    *roster = (struct roster){.arena = ARENA_INIT};
}
