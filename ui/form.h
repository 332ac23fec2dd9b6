/*
 * Forms: fields that the keyboard fills in.  Pure C, no curses but its key codes: what a field
 * holds and what a key does to it; ui/form_paint.c puts it on the screen.
 */
#ifndef LECTERN_UI_FORM_H
#define LECTERN_UI_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strbuf.h"

struct canvas;

/* -- a line that is edited --------------------------------------------------------------------- */

enum { EDIT_MAX = 1000 };

struct edit {
    struct strbuf text; /* valid UTF-8, no control characters */
    size_t cursor;      /* byte offset, on a letter's first byte */
    char pending[4];    /* bytes of a letter that has not come whole */
    size_t n_pending;
    bool offered; /* nobody typed it: the first letter takes its place */
};

void edit_set(struct edit *edit, const char *text); /* the cursor goes behind it */
/* As edit_set(), for what stands there before anything is typed; the first letter takes its place,
 * a key that moves or deletes keeps the rest. */
void edit_offer(struct edit *edit, const char *text);
void edit_release(struct edit *edit);
enum edit_result { EDIT_IGNORED, EDIT_MOVED, EDIT_CHANGED };
/* Keys are curses' codes, or bytes of UTF-8. */
enum edit_result edit_key(struct edit *edit, int key);

/* -- fields ------------------------------------------------------------------------------------ */

enum form_kind { FORM_TEXT, FORM_PATH, FORM_CHOICE, FORM_LIST /* keys are the pane's */ };

struct form_field {
    int id;
    enum form_kind kind;
    const char *label, *help; /* borrowed */
    bool beside;              /* on the line of the field before */
    bool masked;              /* a password: painted as stars */
    struct edit edit;         /* FORM_TEXT, FORM_PATH */
    char **titles;            /* FORM_CHOICE: malloc'd, as is each */
    size_t n_titles, chosen;
    bool compact; /* show only the chosen title: there may be many */
    char *fault;  /* malloc'd, or NULL */
    bool quiet;   /* the fault is not yet one: nothing was typed so far */
};

struct form {
    struct form_field *fields;
    size_t count, capacity, focus;
};

void form_clear(struct form *form);
/* The new field, for its members to be set; it lives until the next call. */
struct form_field *form_add(struct form *form, int id, enum form_kind kind, const char *label,
                            const char *help);
void form_add_title(struct form_field *field, const char *title);
struct form_field *form_focused(struct form *form); /* or NULL */
void form_focus(struct form *form, int id);         /* nothing when there is no such field */
bool form_takes_text(const struct form *form);      /* the focused field is one to type into */

enum form_result {
    FORM_IGNORED,
    FORM_MOVED,   /* cursor or focus */
    FORM_CHANGED, /* the focused field's value */
};
/* Up, down, Tab and Shift-Tab move the focus; the rest is the focused field's. */
enum form_result form_key(struct form *form, int key);

/* -- painting ---------------------------------------------------------------------------------- */

/* Paint all fields but lists; returns the lines used.  `focused`: the form has the keys. */
int form_paint(const struct form *form, const struct canvas *canvas, int y, int x, int width,
               bool focused);
/* Paint one edited line in a place, with its cursor when it is focused. */
void form_paint_edit(const struct edit *edit, const struct canvas *canvas, int y, int x, int width,
                     bool focused);

#endif
