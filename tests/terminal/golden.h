/*
 * Golden pictures of a screen: tests/terminal/golden/FILE holds those of one pane, a section each
 * (LECTERN_GOLDEN=write makes them anew).  A section is its text and its looks: runs of letters per
 * line ("3 a12.4b": line 3; plain ends are left out), and what the letters stand for.
 */
#ifndef TESTS_TERMINAL_GOLDEN_H
#define TESTS_TERMINAL_GOLDEN_H

#include <stdbool.h>

#include "tests/terminal/vt.h"

struct golden {
    const char *file, *section;
    /* A section of the same file that this one has to equal in what it doesn't hold itself; NULL:
     * it holds both. */
    const char *like;
    bool own_text, own_looks;
};

/* Fails the test unless the screen becomes equal to its picture before the deadline. */
void golden_check(struct vt *vt, const struct golden *golden);
/* The file holds no picture that was not checked since the program began; writing removes them. */
void golden_finish(const char *file);

#endif
