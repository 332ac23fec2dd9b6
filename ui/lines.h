/*
 * A list of lines, some of which can be chosen, in a place that may be too small for it: panes fill
 * it anew for each frame and paint the part that is seen.
 */
#ifndef LECTERN_UI_LINES_H
#define LECTERN_UI_LINES_H

#include <stddef.h>

#include "ui/canvas.h"

enum { LINE_PARTS = 7 };

struct line_part {
    int x, width; /* from the list's left edge; width 0: the part is not there */
    enum theme_role role;
    char *text; /* malloc'd */
};

struct line {
    long item; /* what can be chosen, several lines long; -1: a heading */
    struct line_part parts[LINE_PARTS];
    size_t n_parts;
};

struct lines {
    struct line *items;
    size_t n, capacity;
};

/* A new line of item `item`. */
void lines_add(struct lines *lines, long item);
/* A part of the last line. */
void lines_put(struct lines *lines, int x, int width, enum theme_role role, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Words over at most `max` new lines of the item, the last with an ellipsis where there is more. */
void lines_wrap(struct lines *lines, long item, int x, int width, size_t max, enum theme_role role,
                const char *text);
/* The same from the last line on: the first words stand there. */
void lines_wrap_on(struct lines *lines, long item, int x, int width, size_t max,
                   enum theme_role role, const char *text);
void lines_release(struct lines *lines);

/* The first line that is seen, so that `item` is, moving `first` as little as possible; -1: only
 * that the last line is not above the end. */
size_t lines_scroll(const struct lines *lines, size_t first, long item, size_t seen);
/* Paint from `first` on; the chosen item's first line stands out.  Where there are more a line says
 * so. */
void lines_paint(const struct lines *lines, const struct canvas *canvas, int y, int x, int width,
                 int height, size_t first, long chosen);

#endif
