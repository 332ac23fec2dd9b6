/*
 * A class that stands still: the same snapshot for every picture of the screen.
 */
#ifndef TESTS_TERMINAL_FIXTURE_H
#define TESTS_TERMINAL_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/snapshot.h"

struct sheet;

/* `n` students of the library lab.  `scene`: "fresh", "late", "prometheus", "exporter", "control",
 * "daemon", "no_lab" (those are stale), "calm" (nobody needs help), "hostile" (names), "burned"
 * (passwords), "announced" (at length), "ends" (in five minutes, as announced), "over". */
void fixture_make(struct snapshot *snapshot, size_t n, const char *scene);
/* Give the student of that login steps and checks, as the feed does for the open one. */
void fixture_open(struct snapshot *snapshot, const char *login);
/* Give everybody the scores of all steps, as the feed does for the heat map. */
void fixture_all_steps(struct snapshot *snapshot);
/* The hand-out of that class; passwords are made up, and differ from all texts of this program. */
struct sheet *fixture_sheet(const struct snapshot *snapshot, bool burned);

#endif
