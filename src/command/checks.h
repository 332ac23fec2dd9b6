/*
 * What the commands about checks have in common: how a check and an error look in JSON.
 */
#ifndef LECTERN_COMMAND_CHECKS_H
#define LECTERN_COMMAND_CHECKS_H

#include <jansson.h>

#include "base/error.h"
#include "command/command.h"
#include "facts/load.h"
#include "lab/check.h"

/* A JSON string of whatever text; what is no UTF-8 is disarmed. */
json_t *checks_json_text(const char *text);
/* {"id","step","kind","object","title","weight"}; object is "film" or "film.title". */
json_t *checks_json(const struct check_set *set, const struct check *check);
/* {"name","title","hint","weight"} */
json_t *checks_json_step(const struct step *step);
/* [{"line","message"}]: what of a dump could not be run. */
json_t *checks_json_notes(const struct load_report *report);

/* {"message","detail","hint"} */
json_t *checks_json_error(const struct error *err);
/* As command_fail(); with `json` the error is printed on stdout, too, as {"error": ...}. */
int checks_fail(const struct command *command, bool json, struct error *err);

/* A configuration for the plain exporter: one query per step against one student's database. */
void checks_print_exporter(const struct check_set *set);

#endif
