/*
 * The lab file: one table per section reads it, checks it, and prints the template.
 */
#include "lab/lab.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "lab/class.h"
#include "lab/lab_inside.h"

#define AT(member) offsetof(struct lab, member)

static const struct yaml_field top_fields[] = {
    {"lab", YAML_STRING, AT(name), true, 0, LAB_NAME_MAX, NULL,
     "The lab's name, as the commands take it: small letters, digits and _."},
    {"title", YAML_STRING, AT(title), false, 0, 200, NULL, "What stands above the grid."},
    {"example", YAML_STRING, AT(example), true, 0, 4000, NULL,
     "The solution: a dump (SQL or pg_dump archive), its path relative to this file,\n"
     "or a live database as postgresql://USER@HOST/DATABASE."},
    {"roster", YAML_STRING, AT(roster), true, 0, 4000, NULL,
     "The class list: CSV with the columns login, name, email, seat, group, time_factor."},
    {"task", YAML_STRING, AT(task), false, 0, 4000, NULL, "The task sheet; a path."},
    {"leave_out", YAML_STRINGS, AT(leave_out), false, 0, 0, NULL,
     "Objects of the example that are not part of the task; * stands for any letters."},
    {"goal", YAML_OTHER, 0, false, 0, 0, NULL,
     "What students do: build the example's database, or query given tables."},
    {"feedback", YAML_OTHER, 0, false, 0, 0, NULL,
     "What they see of it in lectern.progress: nothing, steps, checks or verdicts."},
    {"content", YAML_OTHER, 0, false, 0, 0, NULL, "Whether the rows themselves are compared."},
    {"compare", YAML_OTHER, 0, false, 0, 0, NULL,
     "How strictly: strict loses the check, family keeps a part, ignore does not count."},
    {"weights", YAML_OTHER, 0, false, 0, 0, NULL, "What each kind of check weighs in its step."},
    {"views", YAML_OTHER, 0, false, 0, 0, NULL, "How the rows that views give are compared."},
    {"functions", YAML_OTHER, 0, false, 0, 0, NULL,
     "Calls of functions whose results are compared with the example's."},
    {"extra", YAML_OTHER, 0, false, 0, 0, NULL,
     "Checks of your own: a query, run with the student's rights, and the value it is to give."},
    {"given", YAML_OTHER, 0, false, 0, 0, NULL,
     "Of a query lab: which tables are given, and whether their rows may be changed."},
    {"limits", YAML_OTHER, 0, false, 0, 0, NULL, "What each student may use, and when to look."},
    {"need", YAML_OTHER, 0, false, 0, 0, NULL, "What else makes a student somebody to look after."},
    {"steps", YAML_OTHER, 0, false, 0, 0, NULL,
     "Words and weights of single steps, named as in `lectern status --json` after an apply."},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

static const struct yaml_field content_fields[] = {
    {"compare", YAML_BOOL, AT(compare_content), false, 0, 0, "true",
     "false: only the number of rows counts"},
    {"max_rows", YAML_INT64, AT(content_max_rows), false, 0, 1e9, "100000",
     "larger tables are compared by their number of rows only"},
    {"volatile", YAML_STRINGS, AT(volatile_columns), false, 0, 0, NULL,
     "columns that differ for everybody: [\"film.last_update\", \"*.created_at\"]"},
    {"ignore_keys", YAML_STRINGS, AT(ignore_keys), false, 0, 0, NULL,
     "surrogate keys whose numbers may differ: [\"film.film_id\", \"*.id\"]"},
    {"beyond", YAML_OTHER, 0, false, 0, 0, "count", "of larger tables: count or sample"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

static const struct yaml_field limit_fields[] = {
    {"connections", YAML_INT, AT(connections), false, 1, 100, "8", "at once, per student"},
    {"statement_timeout", YAML_SECONDS, AT(statement_timeout_s), false, 1, 86400, "60s",
     "for one statement; students can change it for themselves"},
    {"temp_files", YAML_MEGABYTES, AT(temp_file_mb), false, 1, 1048576, "200MB",
     "disk for sorting, per session"},
    {"idle_after", YAML_SECONDS, AT(idle_after_s), false, 10, 86400, "6min",
     "without anything done: shown as idle"},
    {"stuck_after", YAML_SECONDS, AT(stuck_after_s), false, 10, 86400, "8min",
     "work without progress, until the class shows its own time: stuck"},
    {"behind_by", YAML_RATIO, AT(behind_by), false, 0.01, 1, "22%",
     "below where the class was after as long: shown as behind"},
    {"speed", YAML_NUMBER, AT(speed), false, 0.1, 10000, "1",
     "seconds of the class in one of the clock: for robots (lectern rehearse) only"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

#undef AT
#define AT(member) offsetof(struct lab, need.member)

static const struct yaml_field need_fields[] = {
    {"learn", YAML_BOOL, AT(learn), false, 0, 0, "true",
     "times follow what is usual in the class; false: as they stand here"},
    {"stuck_factor", YAML_NUMBER, AT(stuck_factor), false, 0.5, 10, "4",
     "stuck: so many times the class's spread beyond its median"},
    {"same_error", YAML_INT, AT(same_error), false, 2, 1000, "8",
     "times the same error without progress: stuck"},
    {"open_after", YAML_SECONDS, AT(open_after_s), false, 5, 86400, "200s",
     "a transaction sits open: blocked"},
    {"wait_after", YAML_SECONDS, AT(wait_after_s), false, 1, 86400, "15s",
     "a session waits for a lock: blocked"},
    {"wrong_passwords", YAML_INT, AT(wrong_passwords), false, 1, 1000, "3",
     "in a row, and not in: blocked"},
    {"behind_ratio", YAML_RATIO, AT(behind_ratio), false, 0.01, 1, "50%",
     "behind: below this part of what the class had, too"},
    {"absent_after", YAML_SECONDS, AT(absent_after_s), false, 10, 86400, "390s",
     "not come since the lesson began: absent"},
    {"unknown_after", YAML_SECONDS, AT(unknown_after_s), false, 1, 86400, "20s",
     "nothing can be measured: unknown"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

#undef AT
#define AT(member) offsetof(struct lab_step, member)

static const struct yaml_field step_fields[] = {
    {"step", YAML_STRING, AT(name), true, 0, 200, NULL, "its name: \"table book\""},
    {"title", YAML_STRING, AT(title), false, 0, 200, NULL, "as the grid shows it"},
    {"hint", YAML_STRING, AT(hint), false, 0, 500, NULL, "for who is stuck here"},
    {"weight", YAML_NUMBER, AT(weight), false, 0.001, 1000, NULL, "within the whole; 1"},
    {"skip", YAML_BOOL, AT(skip), false, 0, 0, "false", "true: not part of the task"},
    {"weights", YAML_OTHER, 0, false, 0, 0, NULL, "per kind of check, here only"},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

#undef AT

/* For the template: a value of each of a step's fields but the first. */
static const char *const step_samples[] = {"\"books\"", "\"an ISBN is a text\"", "2", "false",
                                           "{rows: 0}"};

/* And of sections that are not given. */
static const struct {
    const char *key, *sample;
} top_samples[] = {
    {"goal", "#goal: build\n"},
    {"feedback", "#feedback: steps\n"},
    {"weights", "#weights: {table: 2, column: 1}\n"},
    {"views", "#views:\n#  compare: bag\n"},
    {"functions", "#functions:\n#  - name: fine_for\n#    calls: [\"fine_for(1)\"]\n"},
    {"extra", "#extra:\n#  - title: \"nobody owes more than 100\"\n"
              "#    sql: \"SELECT max(amount) <= 100 FROM fine\"\n"},
    {"given", "#given: {tables: [\"*\"], dml: false}\n"},
};

static bool name_is_legal(const char *name)
{
    size_t len = strlen(name);
    return name[0] >= 'a' && name[0] <= 'z' && len <= LAB_NAME_MAX &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

bool lab_example_is_uri(const char *example)
{
    return strncmp(example, "postgresql://", 13) == 0 || strncmp(example, "postgres://", 11) == 0;
}

/* Paths of the file are relative to where it stands. */
static const char *absolute(struct lab *lab, const char *directory, const char *path)
{
    CLEANUP(mem_free_string)
    char *joined = path_join(directory, path);
    return arena_strdup(&lab->arena, joined);
}

static bool resolve_paths(struct lab *lab, struct error *err)
{
    CLEANUP(mem_free_string)
    char *directory = path_directory(lab->file);
    if (directory[0] != '/') {
        CLEANUP(mem_free_string)
        char *current = getcwd(NULL, 0);
        if (current == NULL)
            return error_set(err, ERROR_FAILED, "the current directory is gone");
        char *whole =
            strcmp(directory, ".") == 0 ? mem_strdup(current) : path_join(current, directory);
        free(directory);
        directory = whole;
    }
    lab->example_is_uri = lab_example_is_uri(lab->example);
    if (!lab->example_is_uri)
        lab->example = absolute(lab, directory, lab->example);
    lab->roster = absolute(lab, directory, lab->roster);
    if (lab->task != NULL && lab->task[0] != '\0')
        lab->task = absolute(lab, directory, lab->task);
    else
        lab->task = NULL;
    return true;
}

static bool read_step_weights(const struct yaml_document *document, const struct yaml_node *node,
                              struct lab *lab, struct lab_step *step, struct error *err)
{
    const struct yaml_node *given = yaml_get(node, "weights");
    if (given == NULL)
        return true;
    struct kind_weights *weights = arena_alloc_array(&lab->arena, 1, sizeof *weights);
    step->weights = weights;
    return lab_read_weights(document, given, weights, err);
}

static bool read_steps(const struct yaml_document *document, const struct yaml_node *list,
                       struct lab *lab, struct error *err)
{
    if (list == NULL || yaml_is_null(list))
        return true;
    if (list->kind != YAML_LIST) {
        yaml_error(document, list, err, "\"steps\" must be a list");
        return error_hint(err, "Begin each step with a dash: \"- step: table book\".");
    }
    lab->steps = arena_alloc_array(&lab->arena, list->count, sizeof *lab->steps);
    for (size_t i = 0; i < list->count; i++) {
        struct lab_step *step = &lab->steps[i];
        *step = (struct lab_step){.weight = -1, .line = list->items[i]->line};
        if (list->items[i]->kind != YAML_MAP) {
            yaml_error(document, list->items[i], err, "a step must hold \"key: value\" lines");
            return error_hint(err, "Begin it with its name: \"- step: table book\".");
        }
        if (!yaml_read_fields(document, list->items[i], "steps", step_fields, step, &lab->arena,
                              err) ||
            !read_step_weights(document, list->items[i], lab, step, err))
            return false;
        const struct lab_step *other = lab_find_step(lab, step->name);
        if (other != NULL)
            return yaml_error(document, yaml_get(list->items[i], "step"), err,
                              "step \"%s\" was given already in line %d", step->name, other->line);
        lab->n_steps++;
    }
    return true;
}

static bool read_lab(const struct yaml_document *document, struct lab *lab, struct error *err)
{
    static const char *const none[] = {NULL};
    const struct yaml_node *root = document->root;
    lab->leave_out = lab->volatile_columns = lab->ignore_keys = none;
    if (!yaml_read_fields(document, root, NULL, top_fields, lab, &lab->arena, err) ||
        !yaml_read_fields(document, yaml_get(root, "content"), "content", content_fields, lab,
                          &lab->arena, err) ||
        !yaml_read_fields(document, yaml_get(root, "limits"), "limits", limit_fields, lab,
                          &lab->arena, err) ||
        !yaml_read_fields(document, yaml_get(root, "need"), "need", need_fields, lab, &lab->arena,
                          err) ||
        !read_steps(document, yaml_get(root, "steps"), lab, err) ||
        !lab_read_judgement(document, lab, err))
        return false;
    if (!name_is_legal(lab->name)) {
        yaml_error(document, yaml_get(root, "lab"), err, "\"%s\" cannot be a lab's name",
                   lab->name);
        return error_hint(err,
                          "A name has small letters, digits and _, begins with a letter, and "
                          "is at most %d long.",
                          LAB_NAME_MAX);
    }
    if (lab->title == NULL || lab->title[0] == '\0')
        lab->title = lab->name;
    return resolve_paths(lab, err);
}

bool lab_parse(const char *file, const char *text, size_t len, struct lab *ret_lab,
               struct error *err)
{
    struct yaml_document document;
    if (!yaml_parse(file, text, len, &document, err))
        return false;
    struct lab lab = {.arena = ARENA_INIT};
    lab.file = arena_strdup(&lab.arena, file);
    bool good = read_lab(&document, &lab, err);
    yaml_release(&document);
    if (good)
        *ret_lab = lab;
    else
        arena_release(&lab.arena);
    return good;
}

void lab_release(struct lab *lab)
{
    arena_release(&lab->arena);
    *lab = (struct lab){.arena = ARENA_INIT};
}

void lab_class_rules(const struct lab *lab, struct class_rules *ret_rules)
{
    const struct lab_need *need = &lab->need;
    *ret_rules = (struct class_rules){.learn = need->learn,
                                      .stuck_after_s = lab->stuck_after_s,
                                      .stuck_factor = need->stuck_factor,
                                      .same_error = need->same_error,
                                      .idle_after_s = lab->idle_after_s,
                                      .open_after_s = need->open_after_s,
                                      .wait_after_s = need->wait_after_s,
                                      .absent_after_s = need->absent_after_s,
                                      .unknown_after_s = need->unknown_after_s,
                                      .wrong_passwords = need->wrong_passwords,
                                      .behind_by = lab->behind_by,
                                      .behind_ratio = need->behind_ratio};
}

static const struct {
    const char *name;
    const struct yaml_field *fields;
} sections[] = {{"content", content_fields}, {"limits", limit_fields}, {"need", need_fields}};

static const struct yaml_field *section_fields(const char *section)
{
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        if (strcmp(sections[i].name, section) == 0)
            return sections[i].fields;
    return NULL;
}

const char *lab_fallback(const char *section, const char *key)
{
    const struct yaml_field *fields = section_fields(section);
    for (const struct yaml_field *f = fields; f != NULL && f->key != NULL; f++)
        if (strcmp(f->key, key) == 0)
            return f->fallback;
    return NULL;
}

const struct lab_step *lab_find_step(const struct lab *lab, const char *name)
{
    for (size_t i = 0; i < lab->n_steps; i++)
        if (strcmp(lab->steps[i].name, name) == 0)
            return &lab->steps[i];
    return NULL;
}

/* "# first line\n# second line\n" */
static void print_comment(struct strbuf *out, const char *text)
{
    strbuf_add_string(out, "# ");
    for (; *text != '\0'; text++) {
        strbuf_add_char(out, *text);
        if (*text == '\n')
            strbuf_add_string(out, "# ");
    }
    strbuf_add_char(out, '\n');
}

/* A value that is safe without quotes stands without them, for people. */
static void print_value(struct strbuf *out, const char *value)
{
    if (*value != '\0' &&
        strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789.%MGB") == strlen(value))
        strbuf_add_string(out, value);
    else
        yaml_add_quoted(out, value);
}

/* The value that was asked for; NULL: none. */
static const char *find_setting(const struct lab_template *template, const char *section,
                                const char *key)
{
    for (size_t i = 0; i < template->n_settings; i++) {
        const struct lab_setting *s = &template->settings[i];
        if (strcmp(s->key, key) == 0 && (section == NULL) == (s->section == NULL) &&
            (section == NULL || strcmp(s->section, section) == 0))
            return s->value;
    }
    return NULL;
}

static void print_section(struct strbuf *out, const struct lab_template *template,
                          const char *section, const struct yaml_field *fields)
{
    for (const struct yaml_field *f = fields; f->key != NULL; f++) {
        CLEANUP(strbuf_release)
        struct strbuf line = STRBUF_INIT;
        const char *value = find_setting(template, section, f->key);
        strbuf_printf(&line, "%s: ", f->key);
        if (value != NULL)
            print_value(&line, value);
        else
            strbuf_add_string(&line, f->fallback != NULL ? f->fallback : "[]");
        strbuf_printf(out, "  %-26s # %s\n", line.text, f->help);
    }
}

static const char *find_sample(const char *key)
{
    for (size_t i = 0; i < sizeof top_samples / sizeof *top_samples; i++)
        if (strcmp(top_samples[i].key, key) == 0)
            return top_samples[i].sample;
    return NULL;
}

static void print_step_sample(struct strbuf *out)
{
    strbuf_add_string(out, "steps: []\n#  - step: \"table book\"\n");
    for (size_t j = 0; j < sizeof step_samples / sizeof step_samples[0]; j++) {
        CLEANUP(mem_free_string)
        char *line = mem_printf("%s: %s", step_fields[j + 1].key, step_samples[j]);
        strbuf_printf(out, "#    %-24s # %s\n", line, step_fields[j + 1].help);
    }
}

static void print_text_of_step(struct strbuf *out, const char *key, const char *text)
{
    if (text == NULL)
        return;
    strbuf_printf(out, "    %s: ", key);
    yaml_add_quoted(out, text);
    strbuf_add_char(out, '\n');
}

static void print_steps(struct strbuf *out, const struct lab_template *template)
{
    if (template->n_steps == 0) {
        print_step_sample(out);
        return;
    }
    strbuf_add_string(out, "steps:\n");
    for (size_t i = 0; i < template->n_steps; i++) {
        const struct lab_step *step = &template->steps[i];
        strbuf_add_string(out, "  - step: ");
        yaml_add_quoted(out, step->name);
        strbuf_add_char(out, '\n');
        print_text_of_step(out, "title", step->title);
        print_text_of_step(out, "hint", step->hint);
        if (step->weight >= 0)
            strbuf_printf(out, "    weight: %.6g\n", step->weight);
        if (step->skip)
            strbuf_add_string(out, "    skip: true\n");
    }
}

static void print_field(struct strbuf *out, const struct lab_template *template,
                        const struct yaml_field *field)
{
    const char *value = find_setting(template, NULL, field->key);
    const struct yaml_field *fields = section_fields(field->key);
    if (strcmp(field->key, "steps") == 0) {
        print_steps(out, template);
    } else if (fields != NULL) {
        strbuf_printf(out, "%s:\n", field->key);
        print_section(out, template, field->key, fields);
    } else if (value != NULL) {
        strbuf_printf(out, "%s: ", field->key);
        print_value(out, value);
        strbuf_add_char(out, '\n');
    } else if (strcmp(field->key, "task") == 0) {
        strbuf_add_string(out, "#task: task.md\n");
    } else if (field->type == YAML_STRINGS) {
        strbuf_printf(out, "%s: []\n", field->key);
    } else if (find_sample(field->key) != NULL) {
        strbuf_add_string(out, find_sample(field->key));
    } else if (strcmp(field->key, "compare") == 0) {
        strbuf_add_string(out, "#compare:\n");
        lab_print_rules(out);
    }
}

void lab_print_template(struct strbuf *out, const struct lab_template *template)
{
    const char *const values[] = {template->name, template->title, template->example,
                                  template->roster};
    strbuf_add_string(out, "# A lab: what the class builds, and how that is measured.\n"
                           "# `lectern plan` says what would happen, `lectern apply` does it.\n");
    size_t i = 0;
    for (const struct yaml_field *f = top_fields; f->key != NULL; f++, i++) {
        strbuf_add_char(out, '\n');
        print_comment(out, f->help);
        if (i < sizeof values / sizeof values[0]) {
            strbuf_printf(out, "%s: ", f->key);
            yaml_add_quoted(out, values[i]);
            strbuf_add_char(out, '\n');
        } else {
            print_field(out, template, f);
        }
    }
}
