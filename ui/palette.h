/*
 * The terminal's 256 colours as numbers: which is nearest to another, how well text of one reads on
 * another, and what people see who see colours differently.
 */
#ifndef LECTERN_UI_PALETTE_H
#define LECTERN_UI_PALETTE_H

struct rgb {
    double r, g, b; /* sRGB, 0 to 255 */
};

/* xterm's colour of that number; those below 16 are what xterm makes of them by default. */
struct rgb palette_rgb(int index);
/* The colour among the first `n` (8, 16 or 256) that looks most like it; with 256 never one of the
 * first 16, which every terminal shows as it likes. */
int palette_nearest(struct rgb colour, int n);
/* Contrast of WCAG 2 (w3.org/TR/WCAG22, "contrast ratio"): 1 to 21. */
double palette_contrast(struct rgb a, struct rgb b);

enum palette_sight { SIGHT_USUAL, SIGHT_PROTAN, SIGHT_DEUTAN, SIGHT_TRITAN, SIGHTS };

/*
 * How different two colours look: the distance in CIELAB (CIE 1976, D65; about 2.3 is just to be
 * noticed), after the simulation of a full dichromacy by Machado, Oliveira and Fernandes, "A
 * Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009,
 * severity 1.0, applied to linear RGB.
 */
double palette_difference(struct rgb a, struct rgb b, enum palette_sight sight);

#endif
