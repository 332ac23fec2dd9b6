/*
 * Words for what happened: who and what of an event, and what an error means.  They hide what is
 * private, so that all panes hide the same.
 */
#ifndef LECTERN_UI_HAPPENED_H
#define LECTERN_UI_HAPPENED_H

#include "ui/pane.h"

/* The event's text; on a projector only of kinds that say nothing about a person but how far he is.
 */
const char *event_text(const struct view *view, const struct snapshot_event *event);
/* "step done". */
char *event_kind(const struct snapshot_event *event); /* malloc'd */
/* What the student of that login is called; the login itself where he left, "" with pseudonyms. */
const char *login_label(const struct view *view, const char *login);

/* How it went on with a hand: "helped by Kim", "said thanks to Kim", "withdrawn", "waiting";
 * malloc'd. */
char *hand_outcome(const struct snapshot_hand *hand);

#endif
