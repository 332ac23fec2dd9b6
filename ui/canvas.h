/*
 * Painting text: everything that reaches the screen goes through here, disarmed, cut to its place
 * by columns (never by bytes), and spelled in what the terminal can show.
 */
#ifndef LECTERN_UI_CANVAS_H
#define LECTERN_UI_CANVAS_H

#include <stdbool.h>

#include "ui/theme.h"

struct canvas {
    struct theme theme;
    bool utf8;      /* the locale can write every letter; otherwise "?" stands for it */
    bool highlight; /* paint all as THEME_SELECTED: the head of the selected student */
    bool underline; /* underline all: the selected one of a part that does not have the keys */
};

/* Columns that `text` takes once it is painted. */
int canvas_width(const struct canvas *canvas, const char *text);
/* Paint at most `width` columns and end in an ellipsis when that cuts; returns the columns used. */
int canvas_text(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                const char *text);
int canvas_printf(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));
/* Paint ASCII as it is, without leaving a copy of it in memory: for passwords. */
void canvas_secret(const struct canvas *canvas, int y, int x, enum theme_role role,
                   const char *text);
/* As canvas_text(), ending at the right edge of the place. */
int canvas_right(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                 const char *text);
/* Paint words over at most `lines` lines; returns the lines used. */
int canvas_wrap(const struct canvas *canvas, int y, int x, int width, int lines,
                enum theme_role role, const char *text);
/* The lines that canvas_wrap() would use. */
int canvas_wrapped(const struct canvas *canvas, int width, int lines, const char *text);
/* Fill a place with one sign ("" or NULL: blanks). */
void canvas_fill(const struct canvas *canvas, int y, int x, int width, enum theme_role role,
                 const char *glyph);
void canvas_column(const struct canvas *canvas, int y, int x, int height, enum theme_role role,
                   const char *glyph);
/* A bar; `ratio` NAN: an empty one. */
void canvas_bar(const struct canvas *canvas, int y, int x, int width, double ratio,
                enum theme_role role);

#endif
