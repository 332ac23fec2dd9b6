/*
 * A class list as it comes from elsewhere: any CSV with a header line.  Its columns are mapped onto
 * the roster's, the login is made of what is there, and the result is a roster (lab/roster.h).
 */
#ifndef LECTERN_LAB_CLASS_LIST_H
#define LECTERN_LAB_CLASS_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/memory.h"

struct error;
struct strbuf;

/* The roster's columns. */
enum class_column {
    CLASS_LOGIN,
    CLASS_NAME,
    CLASS_EMAIL,
    CLASS_SEAT,
    CLASS_GROUP,
    CLASS_FACTOR,
    CLASS_COLUMNS
};

struct class_row {
    const char **fields; /* as many as there are headers; "" where the line is shorter */
    int line;
};

struct class_list {
    struct arena arena;
    const char *file;
    const char **headers;
    size_t n_headers;
    bool joined_names;      /* the last column is made of first and last names */
    struct class_row *rows; /* malloc'd */
    size_t n_rows, capacity;
};

/* Read a regular file of at most 16 MB; its lines may be shorter than its header, not longer. */
bool class_list_read(const char *path, struct class_list *ret_list, struct error *err);
void class_list_release(struct class_list *list);

/* The index of the header that names the column in one of the usual words, or -1. */
int class_list_guess(const struct class_list *list, enum class_column column);
/* The index of the header of that name, or -1. */
int class_list_find(const struct class_list *list, const char *header);

/*
 * Append the roster of the mapping (indexes of headers, -1: none): logins in small letters, of an
 * e-mail address what stands before the @.  `keep_lines`: each student in the line of the list, so
 * that messages about the roster name the list's lines.
 */
void class_list_print(const struct class_list *list, const int mapping[CLASS_COLUMNS],
                      bool keep_lines, struct strbuf *out);
/* Append a roster of `count` students "student01", "student02" ... */
void class_list_generate(const char *prefix, int count, struct strbuf *out);

#endif
