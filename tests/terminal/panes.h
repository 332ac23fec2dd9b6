/*
 * Pictures of every pane: one table of pane, scene, sizes and terminals (panes.c), one golden file
 * per pane.
 */
#ifndef TESTS_TERMINAL_PANES_H
#define TESTS_TERMINAL_PANES_H

#include <stddef.h>

struct CMUnitTest;

enum { PANES_TESTS_MAX = 64 };

/* A test per pane into `tests`, which has room for PANES_TESTS_MAX; returns how many. */
size_t panes_tests(struct CMUnitTest *tests);

#endif
