/*
 * What a lab master likes: ~/.config/lectern/lectern.yaml.  One table loads, checks, prints and
 * documents it; what counts last wins: default, file, environment (LECTERN_THEME ...), flag.
 */
#ifndef LECTERN_COMMAND_SETTINGS_H
#define LECTERN_COMMAND_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"
#include "base/yaml.h"
#include "ui/keymap.h"
#include "ui/theme.h"

struct error;
struct strbuf;

enum { SETTINGS_MAX = 16 };

struct settings {
    struct arena arena;
    const char *theme, *background, *colours, *privacy, *density, *sort, *helper;
    bool ascii, mouse, pseudonyms;
    int refresh_s, escape_ms;
    struct keymap keys;
    struct theme_set dark, light;     /* for each background; mostly one and the same */
    const char *origin[SETTINGS_MAX]; /* of each field: "default", the file, a variable, a flag */
};

/* "--theme NAME" and the like; ends with a NULL key. */
struct settings_flag {
    const char *key, *value; /* value NULL: not given */
};

/* $XDG_CONFIG_HOME/lectern/lectern.yaml or ~/.config/lectern/lectern.yaml, or LECTERN_CONFIG;
 * malloc'd. */
char *settings_path(void);

/*
 * Read file, environment and flags into `*ret_settings`, which is untouched when anything is wrong.
 * `path` NULL: settings_path(), and it need not exist; `flags` may be NULL.
 */
bool settings_load(const char *path, const struct settings_flag *flags,
                   struct settings *ret_settings, struct error *err);
/* What counts where nothing is given. */
void settings_default(struct settings *ret_settings);
void settings_release(struct settings *settings);

/* The table, which ends with a NULL key. */
extern const struct yaml_field settings_fields[];
/* The value's place in its list of choices. */
int settings_choice(const struct settings *settings, const char *key);
/* A file with every setting, its default and what it means, as comments. */
void settings_document(struct strbuf *out);

#endif
