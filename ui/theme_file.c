/*
 * Reading themes.
 */
#include "ui/theme_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/asset.h"
#include "base/error.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "base/yaml.h"
#include "ui/palette.h"

#define FOLDER "assets/themes/"
#define SUFFIX ".yaml"

static const char *const colour_names[] = {
    "black",        "red",           "green",       "yellow",         "blue",
    "magenta",      "cyan",          "white",       "bright-black",   "bright-red",
    "bright-green", "bright-yellow", "bright-blue", "bright-magenta", "bright-cyan",
    "bright-white"};
static const struct {
    const char *name;
    unsigned word;
} words[] = {{"bold", LOOK_BOLD},
             {"dim", LOOK_DIM},
             {"underline", LOOK_UNDERLINE},
             {"reverse", LOOK_REVERSE},
             {"italic", LOOK_ITALIC}};
static const struct depth {
    const char *key;
    int colours;
} depths[THEME_DEPTHS] = {[DEPTH_MONO] = {"mono", 0},
                          [DEPTH_8] = {"8", 8},
                          [DEPTH_16] = {"16", 16},
                          [DEPTH_256] = {"256", 256}};

/* -- one look ---------------------------------------------------------------------------------- */

/* A colour's number, or COLOUR_DEFAULT; false: it is none. */
static bool parse_colour(const char *word, int colours, short *ret_colour)
{
    unsigned r, g, b;
    char *end;
    if (strcmp(word, "default") == 0) {
        *ret_colour = COLOUR_DEFAULT;
        return true;
    }
    for (size_t i = 0; i < sizeof colour_names / sizeof *colour_names; i++)
        if (strcmp(word, colour_names[i]) == 0 && (int)i < colours) {
            *ret_colour = (short)i;
            return true;
        }
    if (*word == '#' && strlen(word) == 7 && strspn(word + 1, "0123456789abcdefABCDEF") == 6 &&
        sscanf(word, "#%2x%2x%2x", &r, &g, &b) == 3) {
        *ret_colour = (short)palette_nearest((struct rgb){r, g, b}, colours);
        return true;
    }
    long number = strtol(word, &end, 10);
    if (*end != '\0' || end == word || number < 0 || number >= colours)
        return false;
    *ret_colour = (short)number;
    return true;
}

static bool parse_word(const char *word, struct theme_look *look)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].name) == 0) {
            look->words |= words[i].word;
            return true;
        }
    return false;
}

/* "203 on 16 bold"; NULL, or the word that is wrong, in `text`, which is cut up. */
static const char *parse_look(char *text, int colours, struct theme_look *ret_look)
{
    struct theme_look look = {COLOUR_DEFAULT, COLOUR_INHERITED, 0};
    bool background = false;
    for (char *rest = text, *word; (word = strsep(&rest, " \t")) != NULL;) {
        if (*word == '\0' || parse_word(word, &look))
            continue;
        if (strcmp(word, "on") == 0)
            background = true;
        else if (colours == 0 || !parse_colour(word, colours, background ? &look.bg : &look.fg))
            return word;
    }
    *ret_look = look;
    return NULL;
}

/* The same for fewer colours. */
static short fewer(short colour, int colours)
{
    return colour < colours ? colour : (short)palette_nearest(palette_rgb(colour), colours);
}

static struct theme_look derive(const struct theme_look *from, int colours)
{
    if (colours == 0)
        return (struct theme_look){COLOUR_DEFAULT, COLOUR_INHERITED, from->words};
    return (struct theme_look){fewer(from->fg, colours), fewer(from->bg, colours), from->words};
}

/* -- a file ------------------------------------------------------------------------------------ */

static bool read_look(const struct yaml_document *document, const struct yaml_node *node,
                      const char *role, enum theme_depth depth, struct theme_set *set, size_t r,
                      struct error *err)
{
    if (node->kind != YAML_TEXT)
        return yaml_error(document, node, err, "\"%s\" must be words as \"203 bold\"", role);
    CLEANUP(mem_free_string)
    char *text = mem_strdup(yaml_is_null(node) ? "" : node->text);
    const char *wrong = parse_look(text, depths[depth].colours, &set->looks[depth][r]);
    if (wrong == NULL)
        return true;
    if (depth == DEPTH_MONO)
        yaml_error(document, node, err, "\"%s\" is no word for a terminal without colours", wrong);
    else
        yaml_error(document, node, err, "\"%s\" is neither one of %d colours nor a word", wrong,
                   depths[depth].colours);
    return error_hint(err, "Words are: bold, dim, underline, reverse, italic; colours: default, a "
                           "number, a name as red or bright-red, \"#rrggbb\".");
}

/* `node` is the look in 256 colours, or a map of looks. */
static bool read_role(const struct yaml_document *document, const struct yaml_node *node,
                      const char *name, size_t role, struct theme_set *set, struct error *err)
{
    static const enum theme_depth order[] = {DEPTH_256, DEPTH_16, DEPTH_8, DEPTH_MONO};
    const struct theme_look *above = &set->looks[DEPTH_256][role];
    for (size_t k = 0; node->kind == YAML_MAP && k < node->count; k++) {
        bool known = false;
        for (size_t d = 0; d < THEME_DEPTHS; d++)
            known = known || strcmp(node->keys[k]->text, depths[d].key) == 0;
        if (!known) {
            yaml_error(document, node->keys[k], err, "unknown kind of terminal \"%s\" in \"%s\"",
                       node->keys[k]->text, name);
            return error_hint(err, "Kinds are 256, 16, 8 and mono.");
        }
    }
    for (size_t i = 0; i < THEME_DEPTHS; i++) {
        enum theme_depth depth = order[i];
        const struct yaml_node *look = node->kind == YAML_MAP ? yaml_get(node, depths[depth].key)
                                       : depth == DEPTH_256   ? node
                                                              : NULL;
        if (look != NULL && !read_look(document, look, name, depth, set, role, err))
            return false;
        if (look == NULL && depth != DEPTH_256)
            set->looks[depth][role] = derive(above, depths[depth].colours);
        above = &set->looks[depth][role];
    }
    return true;
}

static bool read_roles(const struct yaml_document *document, const struct yaml_node *roles,
                       struct theme_set *set, struct error *err)
{
    if (roles->kind != YAML_MAP)
        return yaml_error(document, roles, err, "\"roles\" must hold \"role: look\" lines");
    for (size_t i = 0; i < roles->count; i++) {
        size_t role = 0;
        while (role < THEME_ROLES &&
               strcmp(theme_role_name((enum theme_role)role), roles->keys[i]->text) != 0)
            role++;
        if (role == THEME_ROLES) {
            yaml_error(document, roles->keys[i], err, "unknown role \"%s\"", roles->keys[i]->text);
            return error_hint(err, "\"lectern config theme dark\" prints a theme with all roles.");
        }
        if (!read_role(document, roles->items[i], roles->keys[i]->text, role, set, err))
            return false;
    }
    return true;
}

struct head {
    const char *about, *background;
};
static const struct yaml_field fields[] = {
    {"about", YAML_STRING, offsetof(struct head, about), false, 0, 0, "", NULL},
    {"background", YAML_STRING, offsetof(struct head, background), false, 0, 0, "dark", NULL},
    {"roles", YAML_OTHER, 0, false, 0, 0, NULL, NULL},
    {NULL, YAML_OTHER, 0, false, 0, 0, NULL, NULL},
};

static bool is_own(const char *file)
{
    return strncmp(file, FOLDER, strlen(FOLDER)) == 0;
}

static bool read_document(const struct yaml_document *document, struct theme_set *ret_set,
                          struct error *err)
{
    struct head head;
    struct arena arena = ARENA_INIT;
    bool good = yaml_read_fields(document, document->root, NULL, fields, &head, &arena, err);
    bool light = good && strcmp(head.background, "light") == 0;
    if (good && !light && strcmp(head.background, "dark") != 0)
        good = yaml_error(document, yaml_get(document->root, "background"), err,
                          "\"background\" must be dark or light, not \"%s\"", head.background);
    arena_release(&arena);
    if (!good)
        return false;
    struct theme_set set = {.light = light};
    if (!is_own(document->file))
        theme_built_in(light ? "light" : "dark", &set);
    const struct yaml_node *roles = yaml_get(document->root, "roles");
    if (roles != NULL && !read_roles(document, roles, &set, err))
        return false;
    *ret_set = set;
    return true;
}

bool theme_read(const char *file, const char *text, size_t len, struct theme_set *ret_set,
                struct error *err)
{
    struct yaml_document document;
    if (!yaml_parse(file, text, len, &document, err))
        return false;
    bool good = read_document(&document, ret_set, err);
    yaml_release(&document);
    return good;
}

/* -- those of the program ---------------------------------------------------------------------- */

bool theme_built_in(const char *name, struct theme_set *ret_set)
{
    CLEANUP(mem_free_string)
    char *path = mem_printf(FOLDER "%s" SUFFIX, name);
    const struct asset *asset = asset_find(path);
    struct error err = ERROR_INIT;
    if (asset == NULL)
        return false;
    if (!theme_read(asset->name, asset->text, asset->len, ret_set, &err))
        abort(); /* the file is wrong, which the unit test says better */
    return true;
}

const char *theme_built_in_name(size_t index)
{
    static const char *const names[] = {"dark", "light", "high-contrast"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

/* -- contrast ---------------------------------------------------------------------------------- */

static bool is_text(enum theme_role role)
{
    return role != THEME_RULE && role != THEME_REST && role != THEME_BAR_HAND && role < THEME_BAR;
}

static double contrast_on(const struct theme_set *set, const struct theme_look *look,
                          struct rgb ground)
{
    struct rgb own = set->light ? (struct rgb){0, 0, 0} : (struct rgb){255, 255, 255};
    struct rgb fg = look->fg >= 0 ? palette_rgb(look->fg) : own;
    short bg = look->bg == COLOUR_INHERITED ? set->looks[DEPTH_256][THEME_TEXT].bg : look->bg;
    return palette_contrast(fg, bg >= 0 ? palette_rgb(bg) : ground);
}

double theme_contrast(const struct theme_set *set, enum theme_role role)
{
    static const struct rgb dark[] = {{0, 0, 0}, {30, 30, 30}},
                            light[] = {{255, 255, 255}, {250, 250, 250}};
    const struct theme_look *look = &set->looks[DEPTH_256][role];
    if (!is_text(role) || (look->fg == COLOUR_DEFAULT && look->bg < 0))
        return 21;
    const struct rgb *grounds = set->light ? light : dark;
    return fmin(contrast_on(set, look, grounds[0]), contrast_on(set, look, grounds[1]));
}

double theme_least_contrast(const struct theme_set *set, enum theme_role *ret_role)
{
    double least = (double)INFINITY;
    for (size_t role = 0; role < THEME_ROLES; role++) {
        double contrast = theme_contrast(set, (enum theme_role)role);
        if (contrast < least) {
            least = contrast;
            *ret_role = (enum theme_role)role;
        }
    }
    return least;
}
