/*
 * The hand-out pane's operations.  Each is one run of this program: `lectern handout LAB --json`,
 * `--print`, `--output DIRECTORY`.  What it prints goes into the sheet and is wiped on the way.
 */
#include "command/console_handout.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "command/command.h"
#include "command/console_words.h"

enum { READ_MS = 120000, WRITE_MS = 120000 };

/* -- the sheet --------------------------------------------------------------------------------- */

/* jansson frees parts of what it parsed without a word. */
static void free_wiped(void *memory)
{
    if (memory != NULL)
        explicit_bzero(memory, malloc_usable_size(memory));
    free(memory);
}

static const char *text_of(struct sheet *sheet, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? arena_strdup(&sheet->arena, text) : "";
}

static void fill_student(struct sheet *sheet, struct sheet_student *student, const json_t *object)
{
    const char *password = json_string_value(json_object_get(object, "password"));
    const json_t *changed = json_object_get(object, "changed");
    student->login = text_of(sheet, object, "login");
    student->name = text_of(sheet, object, "name");
    student->seat = text_of(sheet, object, "seat");
    student->state = json_is_true(changed)    ? SHEET_CHANGED
                     : password == NULL       ? SHEET_GONE
                     : json_is_false(changed) ? SHEET_INITIAL
                                              : SHEET_UNSURE;
    if (password != NULL && student->state != SHEET_CHANGED &&
        strlen(password) < sizeof student->password)
        strcpy(student->password, password);
}

struct sheet *console_handout_parse(const char *text, const char *remark)
{
    json_malloc_t allocate;
    json_free_t release;
    json_get_alloc_funcs(&allocate, &release);
    json_set_alloc_funcs(allocate, free_wiped);
    json_t *root = json_loads(text, 0, NULL), *students = json_object_get(root, "students");
    struct sheet *sheet = NULL;
    if (json_is_array(students)) {
        sheet = sheet_new(json_array_size(students));
        sheet->title = text_of(sheet, root, "title");
        sheet->host = text_of(sheet, root, "host");
        sheet->port = (int)json_integer_value(json_object_get(root, "port"));
        sheet->remark = arena_strdup(&sheet->arena, remark);
        for (size_t i = 0; i < sheet->n; i++)
            fill_student(sheet, &sheet->students[i], json_array_get(students, i));
    }
    json_decref(root);
    json_set_alloc_funcs(allocate, release);
    return sheet;
}

/* -- children ---------------------------------------------------------------------------------- */

static void on_sheet_line(const char *line, void *data)
{
    struct console_handout *handout = data;
    strbuf_add_secret(&handout->text, line, strlen(line));
    strbuf_add_secret(&handout->text, "\n", 1);
}

static void on_sheet(int status, const char *errors, void *data)
{
    struct console_handout *handout = data;
    CLEANUP(mem_free_string)
    char *words = console_words(errors, "handout");
    handout->reader = NULL;
    struct sheet *sheet =
        status == EXIT_FINE ? console_handout_parse(handout->text.text, words) : NULL;
    strbuf_wipe(&handout->text);
    if (handout->app != NULL)
        app_take_sheet(handout->app, sheet,
                       sheet != NULL    ? NULL
                       : *words != '\0' ? words
                                        : "lectern handout did not answer in time");
    else
        sheet_free(sheet);
}

static void on_word(const char *line, void *data)
{
    struct console_handout *handout = data;
    strbuf_reset(&handout->words);
    strbuf_add_string(&handout->words, line);
}

static void on_written(int status, const char *errors, void *data)
{
    struct console_handout *handout = data;
    CLEANUP(mem_free_string)
    char *words = console_words(errors, "handout");
    handout->writer = NULL;
    bool good = status == EXIT_FINE;
    if (handout->app != NULL)
        app_handout_done(handout->app, good,
                         good             ? handout->words.text
                         : *words != '\0' ? words
                                          : "lectern handout did not end in time");
}

/* `arguments`: behind "handout LAB", NULL-terminated, at most two. */
static struct child *start(struct console_handout *handout, const char *const arguments[],
                           child_line_cb on_line, child_exit_cb on_exit, int64_t timeout_ms)
{
    const char *argv[] = {handout->program, "handout", handout->lab, arguments[0], NULL, NULL};
    if (arguments[0] != NULL)
        argv[4] = arguments[1];
    const struct child_spec spec = {.argv = argv, .secret = true, .timeout_ms = timeout_ms};
    struct error err = ERROR_INIT;
    struct child *child = child_start(handout->loop, &spec, on_line, on_exit, handout, &err);
    if (child == NULL && handout->app != NULL)
        app_take_sheet(handout->app, NULL, err.message);
    error_clear(&err);
    return child;
}

/* -- the operations ---------------------------------------------------------------------------- */

static void drop(void *data)
{
    struct console_handout *handout = data;
    child_abandon(handout->reader);
    handout->reader = NULL;
    strbuf_wipe(&handout->text);
}

static void read_sheet(void *data)
{
    struct console_handout *handout = data;
    drop(handout);
    handout->reader =
        start(handout, (const char *const[]){"--json", NULL}, on_sheet_line, on_sheet, READ_MS);
}

static void write_slips(struct console_handout *handout, const char *const arguments[])
{
    if (handout->writer != NULL) /* a second key while it works */
        return;
    strbuf_reset(&handout->words);
    handout->writer = start(handout, arguments, on_word, on_written, WRITE_MS);
}

static void print(const char *login, void *data)
{
    write_slips(data, (const char *const[]){"--print", login, NULL});
}

static void save(void *data)
{
    struct console_handout *handout = data;
    CLEANUP(mem_free_string)
    char *output = mem_printf("--output=%s", handout->directory);
    write_slips(handout, (const char *const[]){output, NULL});
}

void console_handout_init(struct console_handout *handout, struct loop *loop, const char *lab)
{
    const char *home = getenv("HOME");
    *handout = (struct console_handout){
        .loop = loop,
        .lab = lab,
        .text = STRBUF_INIT,
        .words = STRBUF_INIT,
        .program = command_sibling("lectern"),
        .directory = path_join(home != NULL ? home : ".", "lectern-handout")};
    handout->ops = (struct handout_ops){read_sheet, print, save, drop, handout->directory, handout};
}

void console_handout_stop(struct console_handout *handout)
{
    handout->app = NULL;
    drop(handout);
    child_abandon(handout->writer);
    handout->writer = NULL;
    strbuf_release(&handout->words);
    mem_free_string(&handout->program);
    mem_free_string(&handout->directory);
}
