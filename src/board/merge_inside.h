/*
 * What the halves of merging share.
 */
#ifndef LECTERN_BOARD_MERGE_INSIDE_H
#define LECTERN_BOARD_MERGE_INSIDE_H

#include "control/words.h"
#include "lab/snapshot.h"

/* An index by name, sorted. */
struct merge_entry {
    const char *key;
    size_t index;
};
const struct merge_entry *merge_find(const struct merge_entry *entries, size_t n, const char *key);

/* Put a document of the words into the snapshot.  It is outside input: what has another form is
 * left out, and so is what is beyond each list's end.  NULL: there is none. */
void merge_class(struct snapshot *snapshot, const struct words *words,
                 const struct merge_entry *by_login);
void merge_open(struct snapshot *snapshot, const char *login, const json_t *document);

#endif
