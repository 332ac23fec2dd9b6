/*
 * What commands share that act on a class: who it was, the question before, the answer after.
 */
#ifndef LECTERN_COMMAND_ACT_H
#define LECTERN_COMMAND_ACT_H

#include <jansson.h>
#include <stdbool.h>

#include "command/command.h"

struct strbuf;

/* Who acts: the operating system's user, behind sudo the one who called it; malloc'd. */
char *act_actor(void);

/*
 * Ask before what cannot be undone, unless --yes was given.  A no is ERROR_INTERRUPTED; without a
 * terminal nothing is asked: ERROR_USAGE names --yes.
 */
bool act_confirm(bool yes, const char *question, struct error *err);
/* The same for what costs a whole class: the lab's name is to be typed. */
bool act_confirm_lab(bool yes, const char *consequence, const char *lab, struct error *err);

/*
 * The end of an action.  With --json its document ("ok": true is added) or the error ("ok": false,
 * message, detail, hint) goes to stdout; without, an error goes to stderr, and what is said of a
 * success the caller has printed.  Releases both; returns the exit status.
 */
int act_answer(const struct command *command, bool json, json_t *document, struct error *err);

/* Times in answers: "2026-03-01T10:42:07Z", null for 0.  New reference. */
json_t *act_moment(int64_t utc_us);

#endif
