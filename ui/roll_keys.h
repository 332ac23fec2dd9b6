/*
 * The keys that every pane of the class has: filter, sort, groups, marks, search; and the words
 * below such a pane.
 */
#ifndef LECTERN_UI_ROLL_KEYS_H
#define LECTERN_UI_ROLL_KEYS_H

#include "ui/form.h"
#include "ui/pane.h"
#include "ui/roll.h"

struct roll_keys {
    bool typing; /* the filter: all keys are its letters */
    struct edit edit;
};

/* What a pane of the class begins with. */
struct roll_pane {
    struct pane pane;
    struct roll_keys common;
};

/* A zeroed pane of `size` bytes with these operations. */
void *roll_pane_new(size_t size, const struct pane_ops *ops);
void roll_pane_free(struct pane *pane);
/* Operations of a pane: */
bool roll_pane_is_typing(const struct pane *pane);
const struct pane_key *roll_pane_keys_now(const struct pane *pane, const struct view *view);
char *roll_pane_note(const struct pane *pane, const struct view *view);
/* The keys that open, help and close; PANE_IGNORED: it is none of these. */
unsigned roll_pane_key(const struct view *view, int code);

void roll_keys_init(struct roll_keys *self);
void roll_keys_release(struct roll_keys *self);
/* PANE_IGNORED: it is none of these keys. */
unsigned roll_keys_press(struct roll_keys *self, const struct view *view, int code);
/* A pane_ops.note: what is typed, or the filter and who is selected; malloc'd. */
char *roll_keys_note(const struct roll_keys *self, const struct view *view);
/* While typing, the keys that work; else NULL. */
const struct pane_key *roll_keys_now(const struct roll_keys *self);
/* Of a body without a class: what is missing and how to get it; false: there is one. */
bool roll_paint_no_class(const struct view *view);
/* Of a body in which the filter finds nobody; false: it finds some. */
bool roll_paint_nobody(const struct view *view, int left);

/* For the table of a pane's keys. */
/* clang-format off */
#define ROLL_KEYS_FIND {"/", "filter", "name, seat, group, state"}
#define ROLL_KEYS_HELP                                                                             \
    {"m M", NULL, "mark; only the marked"}, {"f", NULL, "the next group"},                         \
        {"n N", NULL, "the next that / finds"}
/* clang-format on */

#endif
