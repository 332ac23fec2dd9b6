/*
 * Unpacks the lab that the program carries with it.  The rows that students are given are not
 * shipped a second time: they are the INSERTs of the example, cut into a file per table.
 */
#include "command/demo_lab.h"

#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/strbuf.h"

#define ASSETS "assets/labs/" DEMO_LAB "/"

/* For classes that are larger than the shipped roster. */
static const char *const first_names[] = {"Aisha", "Bjarne", "Chloé", "Daniel", "Emine",
                                          "Felix", "Gloria", "Hamza", "Irina",  "Juan"};
static const char *const last_names[] = {"Abebe",  "Berg",  "Costa",  "Diaz",   "Eriksen",
                                         "Fraser", "Gupta", "Horvat", "Iqbal",  "Jansen",
                                         "Kim",    "Lopez", "Moyo",   "Nielsen"};
enum {
    FIRST_NAMES = sizeof first_names / sizeof *first_names,
    LAST_NAMES = sizeof last_names / sizeof *last_names,
    SEATS_PER_ROW = 6,
    ROWS = 26,
};

static const char *line_end(const char *line)
{
    const char *end = strchr(line, '\n');
    return end != NULL ? end + 1 : line + strlen(line);
}

static void add_invented(int number, struct strbuf *out)
{
    int i = number - 1;
    strbuf_printf(out, "s%03d,%s %s,s%03d@school.example,%c%d,%s,1\n", number,
                  first_names[i % FIRST_NAMES], last_names[i / FIRST_NAMES % LAST_NAMES], number,
                  'A' + i / SEATS_PER_ROW % ROWS,
                  i % SEATS_PER_ROW + 1 + i / (SEATS_PER_ROW * ROWS) * SEATS_PER_ROW,
                  i % 2 == 0 ? "red" : "blue");
}

void demo_lab_roster(int students, struct strbuf *out)
{
    const char *line = asset_get(ASSETS "roster.csv")->text;
    for (int i = 0; i <= students; i++) {
        const char *next = line_end(line);
        if (next == line)
            add_invented(i, out);
        else
            strbuf_add(out, line, (size_t)(next - line));
        line = next;
    }
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The length of the table's name when the line begins with words that are about a table's rows. */
static size_t table_of_rows(const char *line, const char **ret_table)
{
    static const char insert[] = "INSERT INTO ", alter[] = "ALTER TABLE ";
    const char *end = line_end(line);
    if (starts_with(line, insert))
        *ret_table = line + sizeof insert - 1;
    else if (starts_with(line, alter) && memmem(line, (size_t)(end - line), " RESTART WITH ", 14))
        *ret_table = line + sizeof alter - 1;
    else
        return 0;
    return strcspn(*ret_table, " (\n");
}

/* Behind the statement that begins at `line`: the first line that ends in a semicolon. */
static const char *statement_end(const char *line)
{
    const char *end = strstr(line, ";\n");
    return end != NULL ? end + 2 : line + strlen(line);
}

bool demo_lab_next_rows(const char **cursor, char **ret_table, struct strbuf *out)
{
    char *name = NULL;
    const char *line = *cursor;
    while (*line != '\0') {
        const char *table;
        size_t len = table_of_rows(line, &table);
        if (len == 0) {
            line = line_end(line);
            continue;
        }
        if (name == NULL) {
            name = mem_strndup(table, len);
            strbuf_printf(out, "-- The rows of table %s, all of them or none.\nBEGIN;\n", name);
        } else if (strlen(name) != len || strncmp(name, table, len) != 0) {
            break;
        }
        const char *end = statement_end(line);
        strbuf_add(out, line, (size_t)(end - line));
        line = end;
    }
    *cursor = line;
    if (name == NULL)
        return false;
    strbuf_add_string(out, "COMMIT;\n");
    *ret_table = name;
    return true;
}

static bool update(const char *directory, const char *name, const char *text, size_t len,
                   struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, name);
    bool changed;
    return file_update(path, text, len, 0644, &changed, err);
}

static bool write_rows(const char *directory, struct error *err)
{
    CLEANUP(mem_free_string)
    char *rows = path_join(directory, "rows");
    if (!file_make_directories(rows, 0755, err))
        return false;
    const char *cursor = asset_get(ASSETS "library.sql")->text;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    char *table;
    for (int i = 1; demo_lab_next_rows(&cursor, &table, &text); i++) {
        CLEANUP(mem_free_string)
        char *name = mem_printf("%02d-%s.sql", i, table);
        mem_free_string(&table);
        if (!update(rows, name, text.text, text.len, err))
            return false;
        strbuf_reset(&text);
    }
    return true;
}

static bool write_lab(const char *directory, double speed, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    strbuf_add_string(&text, asset_get(ASSETS "lab.yaml")->text);
    if (speed > 1)
        strbuf_printf(&text,
                      "\n# Added by lectern demo: robots at %g times the speed of people.\n"
                      "limits:\n  speed: %g\n",
                      speed, speed);
    return update(directory, "lab.yaml", text.text, text.len, err);
}

static bool write_roster(const char *directory, int students, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = path_join(directory, "roster.csv");
    if (students <= 0 && file_exists(path))
        return true;
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    demo_lab_roster(students > 0 ? students : DEMO_STUDENTS, &text);
    return update(directory, "roster.csv", text.text, text.len, err);
}

bool demo_lab_unpack(const char *directory, int students, double speed, struct error *err)
{
    const struct asset *example = asset_get(ASSETS "library.sql");
    const struct asset *task = asset_get(ASSETS "task.md");
    return file_make_directories(directory, 0755, err) &&
           update(directory, "library.sql", example->text, example->len, err) &&
           update(directory, "task.md", task->text, task->len, err) && write_rows(directory, err) &&
           write_roster(directory, students, err) && write_lab(directory, speed, err);
}
