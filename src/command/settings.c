/*
 * The settings: table, sources, themes.
 */
#include "command/settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "ui/theme_file.h"

enum { BYTES_MAX = 1 << 18 };

/* clang-format off */
#define TEXT(key, member, fallback, help)                                                          \
    {key, YAML_STRING, offsetof(struct settings, member), false, 0, 60, fallback, help}
#define FLAG(key, member, fallback, help)                                                          \
    {key, YAML_BOOL, offsetof(struct settings, member), false, 0, 0, fallback, help}
/* clang-format on */

const struct yaml_field settings_fields[] = {
    TEXT("theme", theme, "default",
         "What the screen looks like: default (dark or light, by the background), dark, light,\n"
         "high-contrast, or a file of your own: themes/NAME.yaml beside this one.  \"lectern\n"
         "config theme dark\" prints one to begin with."),
    TEXT("background", background, "auto",
         "The terminal's background.  auto asks the terminal, and takes dark when it is silent."),
    TEXT("colours", colours, "auto",
         "At most so many colours.  NO_COLOR in the environment means none, too."),
    FLAG("ascii", ascii, "false", "No signs outside ASCII, for fonts that lack them."),
    FLAG("mouse", mouse, "true",
         "Hear of the mouse.  Selecting text then needs the Shift key in most terminals."),
    TEXT("privacy", privacy, "projector",
         "How the console begins: projector (nothing private on the screen) or private."),
    FLAG("pseudonyms", pseudonyms, "false", "Made-up names in place of the students'."),
    TEXT("density", density, "auto",
         "How large the students are shown: auto takes the largest in which all are seen."),
    TEXT("sort", sort, "roster", "The order of the students."),
    TEXT("helper", helper, "", "Your name, for the hands that you claim; empty: it is asked once."),
    {"refresh", YAML_SECONDS, offsetof(struct settings, refresh_s), false, 1, 60, "1s",
     "How often the screen asks for new data."},
    {"escape", YAML_INT, offsetof(struct settings, escape_ms), false, 0, 1000, "0",
     "Milliseconds that the rest of a key's sequence may take behind Escape; 0: 25 here, and 100\n"
     "over SSH.  More where arrow keys act as Escape, on a bad line."},
    {"keys", YAML_OTHER, 0, false, 0, 0, NULL, NULL},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};
enum { FIELDS = sizeof settings_fields / sizeof *settings_fields - 1, VALUES = FIELDS - 1 };
_Static_assert((int)FIELDS <= (int)SETTINGS_MAX, "an origin for each");

static const char *const backgrounds[] = {"auto", "light", "dark", NULL};
static const char *const colours[] = {"auto", "256", "16", "8", "none", NULL};
static const char *const privacies[] = {"projector", "private", NULL};
static const char *const densities[] = {"auto", "large", "cards", "lines", "cells", NULL};
static const char *const sorts[] = {"roster", "seat", "name", "progress", "state", NULL};
static const struct {
    const char *key;
    const char *const *words;
} choices[] = {{"background", backgrounds},
               {"colours", colours},
               {"privacy", privacies},
               {"density", densities},
               {"sort", sorts}};

static const char *const *choices_of(size_t field)
{
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcmp(choices[i].key, settings_fields[field].key) == 0)
            return choices[i].words;
    return NULL;
}

static const char *text_of(const struct settings *settings, const struct yaml_field *field)
{
    return *(const char *const *)(const void *)((const char *)settings + field->offset);
}

int settings_choice(const struct settings *settings, const char *key)
{
    for (size_t i = 0; i < VALUES; i++) {
        const char *const *words = choices_of(i);
        for (int w = 0; strcmp(settings_fields[i].key, key) == 0 && words[w] != NULL; w++)
            if (strcmp(words[w], text_of(settings, &settings_fields[i])) == 0)
                return w;
    }
    abort(); /* checked when it was read */
}

static char *variable_of(const struct yaml_field *field)
{
    char *name = mem_printf("LECTERN_%s", field->key);
    for (char *c = name; *c != '\0'; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}

/* -- places ------------------------------------------------------------------------------------ */

static char *config_directory(void)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config != NULL && *config == '/')
        return mem_printf("%s/lectern", config);
    return mem_printf("%s/.config/lectern", home != NULL && *home == '/' ? home : "/root");
}

char *settings_path(void)
{
    const char *path = getenv("LECTERN_CONFIG");
    if (path != NULL && *path != '\0')
        return mem_strdup(path);
    CLEANUP(mem_free_string)
    char *directory = config_directory();
    return mem_printf("%s/lectern.yaml", directory);
}

/* -- reading ----------------------------------------------------------------------------------- */

static bool check_choice(const struct yaml_document *document, const struct yaml_node *node,
                         const struct settings *settings, size_t i, struct error *err)
{
    const char *const *words = choices_of(i);
    const char *text = words != NULL ? text_of(settings, &settings_fields[i]) : "";
    CLEANUP(strbuf_release)
    struct strbuf hint = STRBUF_INIT;
    for (size_t w = 0; words != NULL && words[w] != NULL; w++) {
        if (strcmp(words[w], text) == 0)
            return true;
        strbuf_printf(&hint, "%s%s", w == 0 ? "" : ", ", words[w]);
    }
    if (words == NULL)
        return true;
    yaml_error(document, node, err, "\"%s\" cannot be \"%s\"", settings_fields[i].key, text);
    return error_hint(err, "It is one of: %s.", hint.text);
}

static bool read_document(const struct yaml_document *document, struct settings *settings,
                          struct error *err)
{
    const struct yaml_node *root = yaml_is_null(document->root) ? NULL : document->root;
    if (!yaml_read_fields(document, root, NULL, settings_fields, settings, &settings->arena, err))
        return false;
    for (size_t i = 0; root != NULL && i < VALUES; i++) {
        const struct yaml_node *node = yaml_get(root, settings_fields[i].key);
        if (node == NULL)
            continue;
        settings->origin[i] = arena_strdup(&settings->arena, document->file);
        if (!check_choice(document, node, settings, i, err))
            return false;
    }
    const struct yaml_node *keys = root != NULL ? yaml_get(root, "keys") : NULL;
    return keys == NULL || yaml_is_null(keys) || keymap_read(&settings->keys, document, keys, err);
}

static bool read_file(const char *path, bool required, struct settings *settings, struct error *err)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct yaml_document document;
    if (!required && !file_exists(path))
        return true;
    if (!file_read(path, BYTES_MAX, &text, err) ||
        !yaml_parse(path, text.text, text.len, &document, err))
        return false;
    bool good = read_document(&document, settings, err);
    yaml_release(&document);
    return good;
}

/* One value from a variable or a flag; its errors name that in place of a line. */
static bool read_value(size_t i, const char *origin, const char *value, struct settings *settings,
                       struct error *err)
{
    const struct yaml_field one[] = {settings_fields[i], settings_fields[FIELDS]};
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    struct yaml_document document;
    strbuf_printf(&text, "%s: ", one[0].key);
    yaml_add_quoted(&text, value);
    struct error fault = ERROR_INIT;
    if (yaml_parse("", text.text, text.len, &document, &fault)) {
        if (yaml_read_fields(&document, document.root, NULL, one, settings, &settings->arena,
                             &fault))
            check_choice(&document, document.root, settings, i, &fault);
        yaml_release(&document);
    }
    settings->origin[i] = arena_strdup(&settings->arena, origin);
    if (!error_is_set(&fault))
        return true;
    const char *words = strstr(fault.message, ": "); /* behind ":1:8" */
    error_set(err, ERROR_INPUT, "%s: %s", origin, words != NULL ? words + 2 : fault.message);
    if (fault.hint != NULL)
        error_hint(err, "%s", fault.hint);
    error_clear(&fault);
    return false;
}

static bool read_environment(struct settings *settings, struct error *err)
{
    const char *refused = getenv("NO_COLOR");
    for (size_t i = 0; i < VALUES; i++) {
        CLEANUP(mem_free_string)
        char *variable = variable_of(&settings_fields[i]);
        const char *value = getenv(variable);
        if (value != NULL && *value != '\0') {
            if (!read_value(i, variable, value, settings, err))
                return false;
        } else if (strcmp(settings_fields[i].key, "colours") == 0 && refused != NULL &&
                   *refused != '\0' && !read_value(i, "NO_COLOR", "none", settings, err))
            return false;
    }
    return true;
}

static bool read_flags(const struct settings_flag *flags, struct settings *settings,
                       struct error *err)
{
    for (; flags != NULL && flags->key != NULL; flags++)
        for (size_t i = 0; i < VALUES; i++)
            if (flags->value != NULL && strcmp(settings_fields[i].key, flags->key) == 0) {
                CLEANUP(mem_free_string)
                char *origin = mem_printf("--%s", flags->key);
                if (!read_value(i, origin, flags->value, settings, err))
                    return false;
            }
    return true;
}

/* -- themes ------------------------------------------------------------------------------------ */

static bool is_name(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_") == strlen(text);
}

/* A file of the user's beats the program's own of that name. */
static bool load_theme(const char *name, struct theme_set *ret_set, struct error *err)
{
    CLEANUP(mem_free_string)
    char *directory = config_directory();
    CLEANUP(mem_free_string)
    char *path = mem_printf("%s/themes/%s.yaml", directory, name);
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    if (is_name(name) && file_exists(path))
        return file_read(path, BYTES_MAX, &text, err) &&
               theme_read(path, text.text, text.len, ret_set, err);
    if (is_name(name) && theme_built_in(name, ret_set))
        return true;
    error_set(err, ERROR_NOT_FOUND, "there is no theme \"%s\"", name);
    return error_hint(
        err, "There are: default, dark, light, high-contrast, and those in %s/themes.", directory);
}

static bool load_themes(struct settings *settings, struct error *err)
{
    bool by_ground = strcmp(settings->theme, "default") == 0;
    if (!load_theme(by_ground ? "dark" : settings->theme, &settings->dark, err) ||
        !load_theme(by_ground ? "light" : settings->theme, &settings->light, err))
        return false;
    if (strcmp(settings->background, "light") == 0)
        settings->dark = settings->light;
    else if (strcmp(settings->background, "dark") == 0)
        settings->light = settings->dark;
    return true;
}

/* -- life -------------------------------------------------------------------------------------- */

static void set_defaults(struct settings *settings)
{
    struct error err = ERROR_INIT;
    *settings = (struct settings){.arena = ARENA_INIT};
    yaml_read_fields(NULL, NULL, NULL, settings_fields, settings, &settings->arena, &err);
    for (size_t i = 0; i < FIELDS; i++)
        settings->origin[i] = "default";
}

void settings_default(struct settings *ret_settings)
{
    set_defaults(ret_settings);
    theme_built_in("dark", &ret_settings->dark);
    theme_built_in("light", &ret_settings->light);
}

bool settings_load(const char *path, const struct settings_flag *flags,
                   struct settings *ret_settings, struct error *err)
{
    struct settings settings;
    CLEANUP(mem_free_string)
    char *usual = settings_path();
    set_defaults(&settings);
    bool named = path != NULL || getenv("LECTERN_CONFIG") != NULL;
    if (!read_file(path != NULL ? path : usual, named, &settings, err) ||
        !read_environment(&settings, err) || !read_flags(flags, &settings, err) ||
        !load_themes(&settings, err)) {
        settings_release(&settings);
        return false;
    }
    *ret_settings = settings;
    return true;
}

void settings_release(struct settings *settings)
{
    arena_release(&settings->arena);
}

/* -- the template ------------------------------------------------------------------------------ */

void settings_document(struct strbuf *out)
{
    strbuf_add_string(out, "# lectern's console.  Every line here is what counts without it.\n");
    for (size_t i = 0; i < VALUES; i++) {
        const struct yaml_field *field = &settings_fields[i];
        const char *const *words = choices_of(i);
        CLEANUP(mem_free_string)
        char *variable = variable_of(field);
        strbuf_add_string(out, "\n# ");
        for (const char *c = field->help; *c != '\0'; c++)
            strbuf_printf(out, *c == '\n' ? "\n# " : "%c", *c);
        if (words != NULL)
            strbuf_add_string(out, "\n# One of:");
        for (size_t w = 0; words != NULL && words[w] != NULL; w++)
            strbuf_printf(out, "%s %s", w == 0 ? "" : ",", words[w]);
        strbuf_printf(out, "%s\n# In the environment: %s\n", words != NULL ? "." : "", variable);
        strbuf_printf(out, "%s: %s\n", field->key,
                      *field->fallback != '\0' ? field->fallback : "\"\"");
    }
    strbuf_add_string(out, "\n# Other keys for what the keys do: pane, then action.\n");
    keymap_document(out);
}
