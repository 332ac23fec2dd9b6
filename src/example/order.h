/*
 * How deep relations stand: tables behind those that their foreign keys refer to (cycles are cut),
 * views behind the views they read.  Pure.
 */
#ifndef LECTERN_EXAMPLE_ORDER_H
#define LECTERN_EXAMPLE_ORDER_H

#include "base/memory.h"
#include "lab/fact.h"

struct depths;

struct depths *depths_new(const struct fact_set *facts, struct arena *arena); /* the arena's */
/* 0 for those that need no other, and for what is no relation. */
int depth_of(const struct depths *depths, const char *relation);

#endif
