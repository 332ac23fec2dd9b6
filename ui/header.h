/*
 * The upper lines, whatever pane of the class is open: "how is the class?" at a glance.
 */
#ifndef LECTERN_UI_HEADER_H
#define LECTERN_UI_HEADER_H

#include "ui/pane.h"

struct strbuf;

/* Lines it takes on a screen of so many columns, with the rule below it. */
int header_lines(const struct snapshot *snapshot, const struct canvas *canvas, int cols);
void header_paint(const struct view *view);

/* The class's progress in ten columns of 0 to 10 %, ... 90 to 100 %: how many students in each.
 * Those who are absent or unknown do not count. */
enum { HEADER_BINS = 10 };
void header_bins(const struct snapshot *snapshot, size_t ret_bins[HEADER_BINS]);

/* What holds up the class, in about `width` columns: "loan (member_id refers to member): 19 of 28
 * lack it"; false: nothing does. */
bool header_stuck(const struct snapshot *snapshot, int width, struct strbuf *out);

#endif
