/*
 * Large letters, for what is read from a screen by somebody who stands in front of it: a to z and
 * "-", 5 by 7 dots each.
 */
#ifndef LECTERN_UI_LETTERS_H
#define LECTERN_UI_LETTERS_H

#include <stddef.h>

#include "ui/canvas.h"

enum letters_size {
    LETTERS_SMALL, /* 6 columns and 4 lines a letter, of half blocks: needs the Unicode glyphs */
    LETTERS_LARGE, /* 12 columns and 8 lines */
};

int letters_width(enum letters_size size, size_t n);
int letters_height(enum letters_size size);
/* Paint `n` letters without leaving a copy of them in memory; others than a to z are blank. */
void letters_paint(const struct canvas *canvas, int y, int x, enum letters_size size,
                   enum theme_role role, const char *text, size_t n);
/* The word that says a letter on the telephone: "alfa"; "" for what is no letter. */
const char *letters_word(char letter);

#endif
