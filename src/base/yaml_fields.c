/*
 * Settings: a table of fields that reads, checks and prints the keys of a YAML map.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "base/yaml.h"

struct unit {
    const char *name;
    double factor;
};

static const struct unit time_units[] = {
    {"s", 1},       {"sec", 1},      {"second", 1}, {"seconds", 1}, {"min", 60},     {"m", 60},
    {"minute", 60}, {"minutes", 60}, {"h", 3600},   {"hour", 3600}, {"hours", 3600}, {NULL, 0}};
static const struct unit size_units[] = {{"MB", 1},   {"MiB", 1},   {"M", 1},
                                         {"mb", 1},   {"GB", 1024}, {"GiB", 1024},
                                         {"G", 1024}, {"gb", 1024}, {NULL, 0}};
static const struct unit ratio_units[] = {{"", 1}, {"%", 0.01}, {NULL, 0}};
static const struct unit no_units[] = {{"", 1}, {NULL, 0}};

static const struct {
    const struct unit *units;
    const char *expected;
} types[] = {
    [YAML_STRING] = {NULL, "a text"},
    [YAML_INT] = {no_units, "a whole number"},
    [YAML_INT64] = {no_units, "a whole number"},
    [YAML_BOOL] = {NULL, "true or false"},
    [YAML_RATIO] = {ratio_units, "a part of one, as 0.25 or 25%"},
    [YAML_NUMBER] = {no_units, "a number"},
    [YAML_SECONDS] = {time_units, "a duration with its unit, as 90s, 5min or 2h"},
    [YAML_MEGABYTES] = {size_units, "a size with its unit, as 200MB or 1GB"},
    [YAML_STRINGS] = {NULL, "a list of texts"},
    [YAML_OTHER] = {NULL, ""},
};

/* "12.5 min" by a table of units: a plain decimal number, never hexadecimal, "inf" or "nan". */
static bool parse_number(const char *text, const struct unit *units, double *ret_value)
{
    if (strspn(text, "-+.0123456789") == 0)
        return false;
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || !isfinite(value) || memchr(text, 'x', (size_t)(end - text)))
        return false;
    end += strspn(end, " ");
    for (; units->name != NULL; units++)
        if (strcmp(end, units->name) == 0) {
            *ret_value = value * units->factor;
            return true;
        }
    return false;
}

bool yaml_seconds(const char *text, double *ret_seconds)
{
    return parse_number(text, time_units, ret_seconds);
}

static bool parse_bool(const char *text, bool *ret_value)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(text, words[i]) == 0) {
            *ret_value = i % 2 == 1;
            return true;
        }
    return false;
}

static char *expected_fault(enum yaml_type type, const char *text)
{
    return mem_printf("must be %s, not \"%s\"", types[type].expected, text);
}

/* As store(), for numbers. */
static char *store_number(const struct yaml_field *field, const char *text, void *member)
{
    double value = 0;
    bool whole = field->type == YAML_INT || field->type == YAML_INT64 ||
                 field->type == YAML_SECONDS || field->type == YAML_MEGABYTES;
    if (!parse_number(text, types[field->type].units, &value) || (whole && value != floor(value)))
        return expected_fault(field->type, text);
    bool bounded = field->least < field->most;
    double most = bounded ? field->most : field->type == YAML_INT64 ? 9e15 : INT_MAX;
    double least = bounded ? field->least : -most;
    if (value < least || value > most)
        return mem_printf("must be between %.15g and %.15g%s, not %.15g", least, most,
                          field->type == YAML_SECONDS     ? " seconds"
                          : field->type == YAML_MEGABYTES ? " MB"
                                                          : "",
                          value);
    if (field->type == YAML_RATIO || field->type == YAML_NUMBER)
        *(double *)member = value;
    else if (field->type == YAML_INT64)
        *(int64_t *)member = (int64_t)value;
    else
        *(int *)member = (int)value;
    return NULL;
}

/* NULL when the text was stored, else what is wrong with it, malloc'd. */
static char *store(const struct yaml_field *field, const char *text, void *target,
                   struct arena *arena)
{
    void *member = (char *)target + field->offset;
    if (field->type == YAML_BOOL)
        return parse_bool(text, member) ? NULL : expected_fault(field->type, text);
    if (field->type != YAML_STRING)
        return store_number(field, text, member);
    if (field->most > 0 && (double)strlen(text) > field->most)
        return mem_printf("is longer than %.0f bytes", field->most);
    if (field->required && text[0] == '\0')
        return mem_strdup("is empty");
    *(const char **)member = arena_strdup(arena, text);
    return NULL;
}

/* The list of texts as a NULL-terminated array in the arena. */
static bool read_strings(const struct yaml_document *document, const struct yaml_node *node,
                         const char *key, struct arena *arena, const char *const **ret_strings,
                         struct error *err)
{
    size_t count = yaml_is_null(node) ? 0 : node->count;
    if (node->kind != YAML_LIST && !yaml_is_null(node)) {
        yaml_error(document, node, err, "\"%s\" must be a list of texts", key);
        return error_hint(err, "Write it as [\"one\", \"two\"], or [] for none.");
    }
    const char **strings = arena_alloc_array(arena, count + 1, sizeof *strings);
    for (size_t i = 0; i < count; i++) {
        const struct yaml_node *item = node->items[i];
        if (item->kind != YAML_TEXT || item->text[0] == '\0')
            return yaml_error(document, item, err, "an element of \"%s\" must be a text", key);
        strings[i] = arena_strdup(arena, item->text);
    }
    *ret_strings = strings;
    return true;
}

static bool unknown_key(const struct yaml_document *document, const struct yaml_node *key,
                        const char *section, const struct yaml_field *fields, struct error *err)
{
    if (section != NULL)
        yaml_error(document, key, err, "unknown key \"%s\" in \"%s\"", key->text, section);
    else
        yaml_error(document, key, err, "unknown key \"%s\"", key->text);
    CLEANUP(strbuf_release)
    struct strbuf hint = STRBUF_INIT;
    const char *nearest = NULL;
    size_t best = 3;
    for (const struct yaml_field *f = fields; f->key != NULL; f++) {
        size_t d = str_distance(key->text, f->key);
        if (d < best && d < strlen(f->key)) {
            best = d;
            nearest = f->key;
        }
    }
    if (nearest != NULL)
        strbuf_printf(&hint, "Did you mean \"%s\"?  ", nearest);
    strbuf_add_string(&hint, "Allowed here: ");
    for (const struct yaml_field *f = fields; f->key != NULL; f++)
        strbuf_printf(&hint, "%s%s", f == fields ? "" : ", ", f->key);
    strbuf_add_char(&hint, '.');
    return error_hint(err, "%s", hint.text);
}

static const struct yaml_field *find_field(const struct yaml_field *fields, const char *key)
{
    for (; fields->key != NULL; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    return NULL;
}

static bool read_field(const struct yaml_document *document, const struct yaml_field *field,
                       const struct yaml_node *node, void *target, struct arena *arena,
                       struct error *err)
{
    if (field->type == YAML_OTHER)
        return true;
    if (field->type == YAML_STRINGS)
        return read_strings(document, node, field->key, arena,
                            (const char *const **)(void *)((char *)target + field->offset), err);
    if (node->kind != YAML_TEXT || (yaml_is_null(node) && field->type != YAML_STRING))
        return yaml_error(document, node, err, "\"%s\" must be %s", field->key,
                          types[field->type].expected);
    if (yaml_is_null(node) && !field->required && field->fallback == NULL)
        return true;
    CLEANUP(mem_free_string)
    char *fault = store(field, yaml_is_null(node) ? "" : node->text, target, arena);
    return fault == NULL || yaml_error(document, node, err, "\"%s\" %s", field->key, fault);
}

bool yaml_read_fields(const struct yaml_document *document, const struct yaml_node *node,
                      const char *section, const struct yaml_field *fields, void *target,
                      struct arena *arena, struct error *err)
{
    if (node != NULL && yaml_is_null(node))
        node = NULL;
    if (node != NULL && node->kind != YAML_MAP)
        return section != NULL
                   ? yaml_error(document, node, err, "\"%s\" must hold \"key: value\" lines",
                                section)
                   : yaml_error(document, node, err, "the file must hold \"key: value\" lines");
    for (size_t i = 0; node != NULL && i < node->count; i++)
        if (find_field(fields, node->keys[i]->text) == NULL)
            return unknown_key(document, node->keys[i], section, fields, err);
    for (const struct yaml_field *f = fields; f->key != NULL; f++) {
        const struct yaml_node *value = node != NULL ? yaml_get(node, f->key) : NULL;
        if (value != NULL) {
            if (!read_field(document, f, value, target, arena, err))
                return false;
        } else if (f->required) {
            yaml_error(document, node != NULL ? node : document->root, err,
                       "key \"%s\" is missing%s%s%s", f->key, section != NULL ? " in \"" : "",
                       section != NULL ? section : "", section != NULL ? "\"" : "");
            return false;
        } else if (f->fallback != NULL && f->type != YAML_OTHER) {
            char *fault = store(f, f->fallback, target, arena);
            if (fault != NULL)
                abort(); /* the table is wrong */
        }
    }
    return true;
}

void yaml_print_fields(struct strbuf *out, int indent, const struct yaml_field *fields,
                       const void *target)
{
    for (const struct yaml_field *f = fields; f->key != NULL; f++) {
        const char *member = (const char *)target + f->offset;
        if (f->type == YAML_OTHER || f->type == YAML_STRINGS)
            continue;
        strbuf_printf(out, "%*s%s: ", indent, "", f->key);
        if (f->type == YAML_STRING) {
            const char *text = *(const char *const *)(const void *)member;
            yaml_add_quoted(out, text != NULL ? text : "");
        } else if (f->type == YAML_BOOL) {
            strbuf_add_string(out, *(const bool *)member ? "true" : "false");
        } else if (f->type == YAML_INT64) {
            strbuf_printf(out, "%" PRId64, *(const int64_t *)(const void *)member);
        } else if (f->type == YAML_RATIO || f->type == YAML_NUMBER) {
            strbuf_printf(out, "%.15g", *(const double *)(const void *)member);
        } else {
            strbuf_printf(out, "%d%s", *(const int *)(const void *)member,
                          f->type == YAML_SECONDS     ? "s"
                          : f->type == YAML_MEGABYTES ? "MB"
                                                      : "");
        }
        strbuf_add_char(out, '\n');
    }
}
