/*
 * Golden pictures of a screen: tests/terminal/golden/NAME holds its text and its looks
 * (LECTERN_GOLDEN=write makes them anew).
 */
#ifndef TESTS_TERMINAL_GOLDEN_H
#define TESTS_TERMINAL_GOLDEN_H

#include "tests/terminal/vt.h"

/* Fails the test unless the screen becomes equal to its picture before the deadline. */
void golden_check(struct vt *vt, const char *name);

#endif
