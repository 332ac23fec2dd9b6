/*
 * The words for a check: "film.title is text, not null".  Pure.
 */
#ifndef LECTERN_EXAMPLE_TITLE_H
#define LECTERN_EXAMPLE_TITLE_H

#include "base/memory.h"
#include "lab/check.h"

/* Of a check whose title is not set yet; in the arena. */
const char *check_title(struct arena *arena, const struct check *check);

#endif
