/*
 * lectern config: what counts, is it right, and what could be said.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/file.h"
#include "base/strbuf.h"
#include "command/commands.h"
#include "command/settings.h"
#include "ui/theme_file.h"

/* -- show -------------------------------------------------------------------------------------- */

/* "theme: "default"" of one field, without the line's end. */
static void add_value(struct strbuf *out, const struct settings *settings, size_t i)
{
    const struct yaml_field one[] = {settings_fields[i], {.key = NULL}};
    yaml_print_fields(out, 0, one, settings);
    if (out->len > 0)
        out->text[--out->len] = '\0';
}

static void show(const struct settings *settings)
{
    for (size_t i = 0; settings_fields[i].type != YAML_OTHER; i++) {
        CLEANUP(strbuf_release)
        struct strbuf line = STRBUF_INIT;
        add_value(&line, settings, i);
        printf("%-28s # %s\n", line.text, settings->origin[i]);
    }
    if (settings->keys.n > 0)
        puts("keys:");
    for (size_t i = 0; i < settings->keys.n; i++) {
        const struct keymap_entry *entry = &settings->keys.entries[i];
        char typed[16], code[16];
        keymap_key_name(entry->typed, typed);
        keymap_key_name(entry->code, code);
        printf("  # in %s, %s is what %s was\n", entry->pane, typed, code);
    }
}

static json_t *value_of(const struct settings *settings, const struct yaml_field *field)
{
    const char *member = (const char *)settings + field->offset;
    if (field->type == YAML_STRING)
        return json_string(*(const char *const *)(const void *)member);
    if (field->type == YAML_BOOL)
        return json_boolean(*(const bool *)member);
    return json_integer(*(const int *)(const void *)member);
}

static void show_json(const struct settings *settings, const char *path)
{
    json_t *values = json_array(), *keys = json_array();
    for (size_t i = 0; settings_fields[i].type != YAML_OTHER; i++)
        json_array_append_new(values, json_pack("{s:s, s:o, s:s}", "key", settings_fields[i].key,
                                                "value", value_of(settings, &settings_fields[i]),
                                                "origin", settings->origin[i]));
    for (size_t i = 0; i < settings->keys.n; i++) {
        const struct keymap_entry *entry = &settings->keys.entries[i];
        char typed[16], code[16];
        keymap_key_name(entry->typed, typed);
        keymap_key_name(entry->code, code);
        json_array_append_new(keys, json_pack("{s:s, s:s, s:s}", "pane", entry->pane, "key", typed,
                                              "instead_of", code));
    }
    command_print_json(json_pack("{s:s, s:b, s:o, s:o}", "file", path, "exists",
                                 (int)file_exists(path), "settings", values, "keys", keys));
}

/* -- check ------------------------------------------------------------------------------------- */

/* What is allowed, and yet hard to read. */
static json_t *find_warnings(const struct settings *settings)
{
    const struct theme_set *const sets[] = {&settings->dark, &settings->light};
    json_t *warnings = json_array();
    for (size_t s = 0; s < 2; s++)
        for (size_t role = 0; role < THEME_ROLES; role++) {
            double contrast = theme_contrast(sets[s], (enum theme_role)role);
            if (contrast >= THEME_CONTRAST || (s == 1 && sets[0]->light == sets[1]->light))
                continue;
            CLEANUP(mem_free_string)
            char *text = mem_printf("theme \"%s\": role \"%s\" has a contrast of %.1f only; from "
                                    "%.1f on it is read easily",
                                    settings->theme, theme_role_name((enum theme_role)role),
                                    contrast, THEME_CONTRAST);
            json_array_append_new(warnings, json_string(text));
        }
    return warnings;
}

static void check(const struct settings *settings, const char *path, bool json)
{
    json_t *warnings = find_warnings(settings), *warning;
    size_t i;
    if (json) {
        command_print_json(json_pack("{s:s, s:b, s:o}", "file", path, "exists",
                                     (int)file_exists(path), "warnings", warnings));
        return;
    }
    json_array_foreach(warnings, i, warning)
        printf("%s\n", json_string_value(warning));
    printf(file_exists(path) ? "%s is fine\n" : "there is no %s: the defaults count\n", path);
    json_decref(warnings);
}

/* -- the command ------------------------------------------------------------------------------- */

static bool print_theme(const char *name, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf("assets/themes/%s.yaml", name);
    const struct asset *asset = asset_find(path);
    if (asset == NULL) {
        error_set(err, ERROR_NOT_FOUND, "no theme \"%s\" comes with lectern", name);
        return error_hint(err, "There are: dark, light, high-contrast.");
    }
    fputs(asset->text, stdout);
    return true;
}

static void print_document(void)
{
    CLEANUP(strbuf_release)
    struct strbuf text = STRBUF_INIT;
    settings_document(&text);
    fputs(text.text, stdout);
}

static bool look(bool checking, const char *file, bool json, struct error *err)
{
    CLEANUP(mem_free_string)
    char *path = file != NULL ? mem_strdup(file) : settings_path();
    struct settings settings;
    if (!settings_load(file, NULL, &settings, err))
        return false;
    if (checking)
        check(&settings, path, json);
    else if (json)
        show_json(&settings, path);
    else
        show(&settings);
    settings_release(&settings);
    return true;
}

static int run(int argc, char **argv)
{
    bool json = false;
    const struct option_spec options[] = {
        {"json", OPTION_FLAG, &json, NULL, "show and check: as JSON"},
        {.name = NULL},
    };
    int status = options_parse(&command_config, options, argc, argv, &argc, &argv);
    if (status >= 0)
        return status;
    const char *verb = argc > 0 ? argv[0] : "show";
    struct error err = ERROR_INIT;
    bool good = true;
    if (strcmp(verb, "doc") == 0 && argc == 1)
        print_document();
    else if (strcmp(verb, "theme") == 0 && argc == 2)
        good = print_theme(argv[1], &err);
    else if ((strcmp(verb, "show") == 0 && argc <= 1) || (strcmp(verb, "check") == 0 && argc <= 2))
        good = look(*verb == 'c', argc == 2 ? argv[1] : NULL, json, &err);
    else
        return command_usage(&command_config, "say show, check, doc or theme");
    return good ? EXIT_FINE : command_fail(&command_config, &err);
}

const struct command command_config = {
    .name = "config",
    .arguments = "[show | check [FILE] | doc | theme NAME]",
    .summary = "what the console looks like, and its keys",
    .help =
        "The console reads $XDG_CONFIG_HOME/lectern/lectern.yaml (~/.config/lectern/lectern.yaml,\n"
        "or LECTERN_CONFIG): theme, colours, mouse, order and size of the students, your name, "
        "and\n"
        "other keys.  A variable LECTERN_THEME and the like beats the file, a flag of the console\n"
        "beats both.  \"show\" prints what counts and where it comes from, \"check\" reads a file\n"
        "and names what is wrong by line and column, \"doc\" prints a file with every setting, "
        "and\n"
        "\"theme\" a theme (dark, light, high-contrast) to change and keep as\n"
        "themes/NAME.yaml beside the file.",
    .run = run,
};
