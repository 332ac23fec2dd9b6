/*
 * The roll: which students the panes of the class show, in which order, who is selected and who is
 * marked.  One for all panes, so that a filter, a mark or a choice holds in each of them.  Pure.
 */
#ifndef LECTERN_UI_ROLL_H
#define LECTERN_UI_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/snapshot.h"

enum roll_sort { SORT_ROSTER, SORT_SEAT, SORT_NAME, SORT_PROGRESS, SORT_STATE, SORTS };

struct roll {
    enum roll_sort sort;
    char *filter;     /* words, as typed; NULL: none */
    char *last;       /* the filter before it was cleared, for n and N; NULL: none */
    char *group;      /* only this group; NULL: all */
    bool marked_only; /* only those who are marked */
    bool hide_logins; /* logins are no words to be found by: pseudonyms are shown */
    char **marks;     /* logins */
    size_t n_marks, marks_capacity;
    char *selected; /* login; NULL: nobody */
    size_t *order;  /* indexes into the snapshot's students: those who are shown */
    size_t n, capacity;
    size_t at;  /* of the selected student in `order` */
    bool apart; /* the selected one need not be in `order`: he was chosen elsewhere */
};

void roll_init(struct roll *roll);
void roll_release(struct roll *roll);
/* Bring the order up to date; the selection follows its student. */
void roll_recalc(struct roll *roll, const struct snapshot *snapshot);

/* After these: roll_recalc(). */
void roll_filter(struct roll *roll, const char *words); /* "" or NULL: no filter */
void roll_next_group(struct roll *roll, const struct snapshot *snapshot); /* ..., then all */
void roll_toggle_mark(struct roll *roll, const char *login);
/* Show everybody again; false: everybody is shown. */
bool roll_show_all(struct roll *roll);

bool roll_is_marked(const struct roll *roll, const char *login);
bool roll_is_filtered(const struct roll *roll);
/* What is shown of the class, in words: "/bob", "group B2, marked"; malloc'd, "" for all. */
char *roll_words(const struct roll *roll);

/* The selection; both stay inside. */
void roll_select(struct roll *roll, const struct snapshot *snapshot, size_t at);
void roll_move(struct roll *roll, const struct snapshot *snapshot, long by);
/* Also one that the filter hides. */
void roll_select_login(struct roll *roll, const char *login);
bool roll_is_selected(const struct roll *roll, const struct snapshot_student *student);
/* The next (or the one before) that the filter, or the one that was last, finds; false: none. */
bool roll_search(struct roll *roll, const struct snapshot *snapshot, bool forward);
const struct snapshot_student *roll_selected(const struct roll *roll,
                                             const struct snapshot *snapshot); /* or NULL */
const struct snapshot_student *roll_student(const struct roll *roll,
                                            const struct snapshot *snapshot, size_t at);

const char *roll_sort_name(enum roll_sort sort);

/*
 * True when each word of `words` is found: as part of name, login (with `logins`), seat or group,
 * or as the beginning of a word for the state or the need ("stuck", "hand", "absent"), or is
 * "marked".  Letters' case does not count.
 */
bool filter_matches(const char *words, const struct snapshot_student *student, bool marked,
                    bool logins);
/* The first of `all` that is seen, so that `at` is among the `seen`, moving as little as possible.
 */
size_t roll_scroll(size_t first, size_t at, size_t seen, size_t all);
/* Numbers in texts by their value: "C2" is before "C10". */
int compare_natural(const char *a, const char *b);

#endif
