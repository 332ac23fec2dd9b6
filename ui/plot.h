/*
 * A plot of progress over time: one student's course, drawn through, and the class's median,
 * dotted.  Two by four dots to a letter (braille), or signs of ASCII.  The raster is pure.
 */
#ifndef LECTERN_UI_PLOT_H
#define LECTERN_UI_PLOT_H

#include "lab/snapshot.h"
#include "ui/canvas.h"

enum { PLOT_DOTS_X = 2, PLOT_DOTS_Y = 4 };

struct plot {
    int width, height;           /* letters */
    unsigned char *own, *median; /* a letter's dots each: bits of braille */
};

/* Draw both over the time from..to; points are by time.  `thick`: the course is two dots high. */
void plot_make(struct plot *plot, int width, int height, int64_t from_us, int64_t to_us, bool thick,
               const struct snapshot_open *open);
void plot_release(struct plot *plot);
/* The letter of dots; `text` has room for four bytes. */
void plot_letter(unsigned char dots, char text[4]);

/* With axes and the line that says which is which; `own`: what the course is called, its value. */
void plot_paint(const struct canvas *canvas, int y, int x, int width, int height,
                const struct snapshot *snapshot, const char *own, double progress);

#endif
