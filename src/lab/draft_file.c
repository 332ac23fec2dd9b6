/*
 * The draft's files: itself as JSON, the roster and the lab file that come of it.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "lab/draft.h"
#include "lab/draft_inside.h"
#include "lab/lab.h"
#include "lab/roster.h"

enum {
    LAB_FILE_MAX = 1 << 20,
    CLASS_FILE_MAX = 16 << 20,
    SETTINGS_MAX = DRAFT_VALUES,
    STEPS_MAX = 5000
};

/* -- the draft itself -------------------------------------------------------------------------- */

/* Typed bytes are UTF-8, because the form takes no others; a path of the draft's may not be. */
static void put(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

char *draft_print(const struct draft *draft)
{
    json_t *root = json_object(), *values = json_object(), *steps = json_array();
    for (int v = 0; v < DRAFT_VALUES; v++)
        if (draft_specs[v].kind != DRAFT_SECRET)
            put(values, draft_specs[v].key, draft->values[v]);
    for (size_t i = 0; i < draft->n_steps; i++) {
        const struct draft_step *step = &draft->steps[i];
        json_t *object = json_object();
        put(object, "step", step->name);
        put(object, "title", step->title);
        put(object, "hint", step->hint);
        put(object, "weight", step->weight);
        put(object, "given_hint", step->given_hint);
        put(object, "given_weight", step->given_weight);
        json_object_set_new(object, "skip", json_boolean(step->skip));
        json_object_set_new(object, "checks", json_integer((json_int_t)step->checks));
        json_array_append_new(steps, object);
    }
    json_object_set_new(root, "page", json_integer(draft->page));
    json_object_set_new(root, "applying", json_boolean(draft->applying));
    json_object_set_new(root, "steps_moved", json_boolean(draft->steps_moved));
    put(root, "directory", draft->directory);
    put(root, "written", draft->written);
    put(root, "written_name", draft->written_name);
    put(root, "written_digest", draft->written_digest);
    put(root, "steps_of", draft->steps_of);
    json_object_set_new(root, "values", values);
    json_object_set_new(root, "steps", steps);
    char *text = json_dumps(root, JSON_INDENT(1));
    json_decref(root);
    return text;
}

static void take(const json_t *object, const char *key, char **member)
{
    const char *text = json_string_value(json_object_get(object, key));
    if (text == NULL)
        return;
    free(*member);
    *member = mem_strdup(text);
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static void take_step(struct draft *draft, const json_t *object)
{
    json_int_t checks = json_integer_value(json_object_get(object, "checks"));
    size_t before = draft->n_steps;
    if (*text_of(object, "step") == '\0' || checks <= 0 || before == STEPS_MAX)
        return;
    draft_add_step(draft, text_of(object, "step"), text_of(object, "title"),
                   text_of(object, "given_hint"), strtod(text_of(object, "given_weight"), NULL),
                   (size_t)checks);
    struct draft_step *step = &draft->steps[before];
    if (draft->n_steps == before)
        return;
    take(object, "hint", &step->hint);
    take(object, "weight", &step->weight);
    step->skip = json_is_true(json_object_get(object, "skip"));
}

bool draft_parse(struct draft *draft, const char *text, size_t len, struct error *err)
{
    json_error_t fault;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault);
    if (!json_is_object(root)) {
        json_decref(root);
        return error_set(err, ERROR_INPUT, "the wizard's draft is damaged: %s",
                         root == NULL ? fault.text : "no object");
    }
    const json_t *steps = json_object_get(root, "steps");
    json_int_t page = json_integer_value(json_object_get(root, "page"));
    for (int v = 0; v < DRAFT_VALUES; v++)
        if (draft_specs[v].kind != DRAFT_SECRET)
            take(json_object_get(root, "values"), draft_specs[v].key, &draft->values[v]);
    for (size_t i = 0; i < json_array_size(steps); i++)
        take_step(draft, json_array_get(steps, i));
    take(root, "directory", &draft->directory);
    take(root, "written", &draft->written);
    take(root, "written_name", &draft->written_name);
    take(root, "written_digest", &draft->written_digest);
    take(root, "steps_of", &draft->steps_of);
    draft->steps_moved = json_is_true(json_object_get(root, "steps_moved"));
    draft->applying = json_is_true(json_object_get(root, "applying"));
    draft->page = page >= 0 && page < DRAFT_PAGES ? (enum draft_page)page : PAGE_SERVERS;
    json_decref(root);
    draft_set(draft, DRAFT_SERVERS, draft->values[DRAFT_SERVERS]); /* what follows from them */
    return true;
}

/* -- the class --------------------------------------------------------------------------------- */

/* A header that was chosen and is not there any more counts as none. */
static void map(const struct draft *draft, struct draft_class *class)
{
    bool own = draft_is(draft, DRAFT_STUDENTS, "csv"); /* else nobody chose any */
    for (int c = 0; c < CLASS_COLUMNS; c++) {
        const char *chosen = own ? draft->values[DRAFT_COLUMN + c] : NULL;
        class->mapping[c] = chosen != NULL ? class_list_find(&class->list, chosen)
                                           : class_list_guess(&class->list, (enum class_column)c);
    }
    /* An address tells the login, too. */
    if (class->mapping[CLASS_LOGIN] < 0 && draft->values[DRAFT_COLUMN + CLASS_LOGIN] == NULL)
        class->mapping[CLASS_LOGIN] = class->mapping[CLASS_EMAIL];
}

char *draft_people_path(const struct draft *draft)
{
    return path_join(draft->state, "people.csv");
}

static bool read_list(const struct draft *draft, struct draft_class *class, struct error *err)
{
    bool own = draft_is(draft, DRAFT_STUDENTS, "csv");
    CLEANUP(mem_free_string)
    char *path = own ? draft_path(draft, DRAFT_CSV) : draft_people_path(draft);
    if (!class_list_read(path, &class->list, err))
        return false;
    class->read = own; /* its columns can be chosen */
    map(draft, class);
    if (class->mapping[CLASS_LOGIN] < 0) {
        error_set(err, ERROR_INPUT, "no column is the login");
        return error_hint(err, "Choose the column that has the logins, or e-mail addresses.");
    }
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    class_list_print(&class->list, class->mapping, true, &text);
    if (!roster_parse(path, text.text, text.len, &class->roster, err))
        return false;
    strbuf_reset(&text);
    class_list_print(&class->list, class->mapping, false, &text);
    class->text = strbuf_detach(&text);
    return true;
}

/* The file says by itself what the mapping makes of it. */
static bool is_roster(const struct draft *draft, const struct draft_class *class)
{
    for (size_t c = 0; c < CLASS_COLUMNS; c++)
        if (draft->values[DRAFT_COLUMN + c] != NULL)
            return false;
    CLEANUP(mem_free_string)
    char *path = draft_path(draft, DRAFT_CSV);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    struct roster roster;
    bool good = file_read(path, CLASS_FILE_MAX, &text, &err) &&
                roster_parse(path, text.text, text.len, &roster, &err);
    if (good) {
        good = roster.count == class->roster.count;
        roster_release(&roster);
    }
    error_clear(&err);
    return good;
}

bool draft_read_class(const struct draft *draft, struct draft_class *ret_class, struct error *err)
{
    *ret_class = (struct draft_class){.read = false};
    for (size_t c = 0; c < CLASS_COLUMNS; c++)
        ret_class->mapping[c] = -1;
    if (draft_is(draft, DRAFT_STUDENTS, "csv")) {
        if (!read_list(draft, ret_class, err))
            return false;
        ret_class->as_it_is = is_roster(draft, ret_class);
        return true;
    }
    if (draft_is(draft, DRAFT_STUDENTS, "directory"))
        return read_list(draft, ret_class, err);
    struct strbuf text = STRBUF_INIT;
    class_list_generate(draft_get(draft, DRAFT_PREFIX), atoi(draft_get(draft, DRAFT_COUNT)), &text);
    bool good = roster_parse("roster.csv", text.text, text.len, &ret_class->roster, err);
    ret_class->text = strbuf_detach(&text);
    return good;
}

void draft_class_release(struct draft_class *class)
{
    class_list_release(&class->list);
    roster_release(&class->roster);
    free(class->text);
    *class = (struct draft_class){.read = false};
}

/* -- the lab file ------------------------------------------------------------------------------ */

static char *digest_of(const char *text, size_t len)
{
    unsigned char digest[DIGEST_SHA256_BYTES];
    struct strbuf hex = STRBUF_INIT;
    digest_sha256(text, len, digest);
    digest_add_hex(&hex, digest, sizeof digest);
    return strbuf_detach(&hex);
}

char *draft_file_digest(const char *path)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct error err = ERROR_INIT;
    struct stat info;
    bool good = stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
                file_read(path, LAB_FILE_MAX, &text, &err);
    error_clear(&err);
    return good ? digest_of(text.text, text.len) : NULL;
}

static bool step_differs(const struct draft_step *step)
{
    return step->skip || strcmp(step->hint, step->given_hint) != 0 ||
           strcmp(step->weight, step->given_weight) != 0;
}

/* Steps are named in the file when one of them differs from what the example says; then all of
 * them, for their order is the file's. */
static bool steps_differ(const struct draft *draft)
{
    bool differ = draft->steps_moved && draft->n_steps > 0;
    for (size_t i = 0; i < draft->n_steps; i++)
        differ = differ || step_differs(&draft->steps[i]);
    return differ;
}

static struct lab_step lab_step_of(const struct draft_step *step)
{
    bool other_hint = strcmp(step->hint, step->given_hint) != 0;
    bool other_weight = strcmp(step->weight, step->given_weight) != 0;
    return (struct lab_step){.name = step->name,
                             .hint = other_hint ? step->hint : NULL,
                             .weight = other_weight ? strtod(step->weight, NULL) : -1,
                             .skip = step->skip};
}

static void print_lab(const struct draft *draft, const char *roster, struct strbuf *out)
{
    struct lab_setting settings[SETTINGS_MAX];
    size_t n = 0, n_steps = steps_differ(draft) ? draft->n_steps : 0;
    CLEANUP(mem_free_string)
    char *example = draft_example(draft);
    for (int v = 0; v < DRAFT_VALUES; v++)
        if (draft_specs[v].name != NULL)
            settings[n++] = (struct lab_setting){draft_specs[v].section, draft_specs[v].name,
                                                 draft_get(draft, (enum draft_value)v)};
    struct lab_step *steps = mem_alloc_array(n_steps + 1, sizeof *steps);
    for (size_t i = 0; i < n_steps; i++)
        steps[i] = lab_step_of(&draft->steps[i]);
    lab_print_template(out, &(struct lab_template){.name = draft_get(draft, DRAFT_NAME),
                                                   .title = draft_get(draft, DRAFT_TITLE),
                                                   .example = example,
                                                   .roster = roster,
                                                   .settings = settings,
                                                   .n_settings = n,
                                                   .steps = steps,
                                                   .n_steps = n_steps});
    free(steps);
}

/* Beside the lab file; outside the state directory other files may have the usual name. */
static char *roster_name(const struct draft *draft, const char *path)
{
    if (draft->values[DRAFT_LAB_FILE] == NULL)
        return mem_strdup("roster.csv");
    const char *base = path_base(path);
    return mem_printf("%.*s_roster.csv", (int)(strlen(base) - strlen(".yaml")), base);
}

static bool write_roster(const struct draft *draft, const struct draft_class *class,
                         const char *lab_file, const char *path, struct error *err)
{
    bool again = draft->written != NULL && strcmp(draft->written, lab_file) == 0;
    if (!again && file_exists(path)) {
        error_set(err, ERROR_EXISTS, "\"%s\" is there already", path);
        return error_hint(err, "Choose another lab file, or remove that one.");
    }
    return file_write(path, class->text, strlen(class->text), 0644, err);
}

static bool write_all(struct draft *draft, const struct draft_class *class, const char *path,
                      struct error *err)
{
    CLEANUP(mem_free_string)
    char *directory = path_directory(path);
    CLEANUP(mem_free_string)
    char *roster = class->as_it_is ? draft_path(draft, DRAFT_CSV) : roster_name(draft, path);
    CLEANUP(mem_free_string)
    char *roster_path = path_join(directory, roster);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct lab lab;
    print_lab(draft, roster, &text);
    if (!lab_parse(path, text.text, text.len, &lab, err))
        return false;
    lab_release(&lab);
    if (!file_make_directories(directory, 0755, err) ||
        (!class->as_it_is && !write_roster(draft, class, path, roster_path, err)) ||
        !file_write(path, text.text, text.len, 0644, err))
        return false;
    free(draft->written);
    free(draft->written_name);
    free(draft->written_digest);
    draft->written = mem_strdup(path);
    draft->written_name = mem_strdup(draft_get(draft, DRAFT_NAME));
    draft->written_digest = digest_of(text.text, text.len);
    return true;
}

bool draft_write_lab(struct draft *draft, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = draft_path(draft, DRAFT_LAB_FILE);
    CLEANUP(mem_free_string)
    char *fault = draft_fault(draft, DRAFT_LAB_FILE);
    struct draft_class class;
    if (fault != NULL)
        return error_set(err, ERROR_EXISTS, "%s", fault);
    bool good = draft_read_class(draft, &class, err) && write_all(draft, &class, path, err);
    draft_class_release(&class);
    return good;
}
