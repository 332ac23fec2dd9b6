/*
 * Pseudonyms: a copy of the snapshot in which every student is called "teal otter" or the like.
 * They are stable while the key and the roster's earlier students are, and nobody who lacks the key
 * can tell whose is whose.
 */
#ifndef LECTERN_UI_MASK_H
#define LECTERN_UI_MASK_H

#include "lab/snapshot.h"

struct mask {
    struct snapshot shown; /* borrows all but the students from the snapshot it was made of */
    struct snapshot_student *students;
    struct arena arena;
};

/* What to show in the place of `snapshot`; lives until the next call or mask_release(). */
const struct snapshot *mask_snapshot(struct mask *mask, const struct snapshot *snapshot,
                                     const char *key);
void mask_release(struct mask *mask); /* all zero is fine, too */

#endif
