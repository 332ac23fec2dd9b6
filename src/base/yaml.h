/*
 * YAML: a document as a small tree with the place of every node, and a strict reader of settings.
 *
 * Only what a settings file needs: maps, lists and texts.  Anchors, aliases, tags, several
 * documents and duplicate keys are errors, as is everything beyond the caps (1 MB, 20 deep, 20,000
 * nodes).  Errors are ERROR_INPUT and begin with "FILE:LINE:COLUMN: ".
 */
#ifndef LECTERN_BASE_YAML_H
#define LECTERN_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;
struct strbuf;

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_DEPTH = 20, YAML_MAX_NODES = 20000 };

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_node {
    enum yaml_kind kind;
    int line, column; /* 1-based */
    const char *text; /* YAML_TEXT: without NUL bytes inside */
    bool plain;       /* YAML_TEXT: written without quotes, so "~" and "" mean nothing given */
    struct yaml_node **items; /* YAML_LIST: elements; YAML_MAP: values */
    struct yaml_node **keys;  /* YAML_MAP: texts */
    size_t count;
};

struct yaml_document {
    struct arena arena;
    const char *file;
    struct yaml_node *root;
};

/* Parse `text`; `file` is for messages. */
bool yaml_parse(const char *file, const char *text, size_t len, struct yaml_document *ret_document,
                struct error *err);
void yaml_release(struct yaml_document *document);

/* The value of a key, or NULL; of anything but a map NULL. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
/* The node is "nothing": plain and empty, "~" or "null". */
bool yaml_is_null(const struct yaml_node *node);
/* Set ERROR_INPUT "FILE:LINE:COLUMN: message".  Returns false. */
bool yaml_error(const struct yaml_document *document, const struct yaml_node *node,
                struct error *err, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Append `text` as a quoted scalar that every YAML reader takes back as the same text. */
void yaml_add_quoted(struct strbuf *out, const char *text);

/* -- settings -----------------------------------------------------------------------------------
 * One table describes the keys of a map: it reads, checks, prints and documents them.
 */

enum yaml_type {
    YAML_STRING,    /* const char *, in the arena */
    YAML_INT,       /* int */
    YAML_INT64,     /* int64_t */
    YAML_BOOL,      /* bool: true, false, yes, no, on, off */
    YAML_RATIO,     /* double: 0.25 or "25 %" */
    YAML_NUMBER,    /* double */
    YAML_SECONDS,   /* int: "90s", "5min", "2h"; the unit is required */
    YAML_MEGABYTES, /* int: "200MB", "1GB"; the unit is required */
    YAML_STRINGS,   /* const char *const *: a list of texts, NULL-terminated */
    YAML_OTHER,     /* the caller reads it; the table only allows the key */
};

struct yaml_field {
    const char *key;
    enum yaml_type type;
    size_t offset; /* of the member in the struct that is filled */
    bool required;
    double least, most;   /* of a number; both 0: any.  Of a text: most bytes */
    const char *fallback; /* the value's text when the key is not given; NULL: member untouched */
    const char *help;     /* for the template: lines of a comment; may be NULL */
};

/*
 * Read the map `node` (named `section` in messages; NULL: the file's top) into `target` by the
 * table, which ends with a NULL key.  `node` may be NULL: then only the fallbacks are set.  Unknown
 * keys are errors whose hint lists the allowed ones.
 */
bool yaml_read_fields(const struct yaml_document *document, const struct yaml_node *node,
                      const char *section, const struct yaml_field *fields, void *target,
                      struct arena *arena, struct error *err);
/* A duration as YAML_SECONDS takes it, for whoever else asks for one. */
bool yaml_seconds(const char *text, double *ret_seconds);
/* Append "key: value" lines of `target`, indented. */
void yaml_print_fields(struct strbuf *out, int indent, const struct yaml_field *fields,
                       const void *target);

#endif
