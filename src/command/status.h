/*
 * What `lectern status` and the console share.
 */
#ifndef LECTERN_COMMAND_STATUS_H
#define LECTERN_COMMAND_STATUS_H

#include <stdbool.h>

#include "lab/site.h"

struct command;
struct error;
struct feed_options;

/*
 * Where the servers are, and the lab to show there, malloc'd: "" for the current one, whichever
 * that is.  A lab that is not there is an error; a control database that does not answer is not,
 * for saying so is the feed's work.  On failure there is nothing to release.
 */
bool status_find(const char *argument, struct site *ret_site, char **ret_lab, struct error *err);

/* The error of a lab that is not the current one; false. */
bool status_not_current(const char *lab, struct error *err);

/* The run of a command "[LAB] --json" that shows a feed; `show` opens it. */
typedef bool (*status_show)(const struct site *site, const struct feed_options *options, bool json,
                            struct error *err);
int status_run(const struct command *command, const char *json_help, status_show show, int argc,
               char **argv);

#endif
