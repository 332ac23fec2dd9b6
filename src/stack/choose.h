/*
 * The site of the embedded servers: ports, names and users, decided once and kept in site.yaml.
 */
#ifndef LECTERN_STACK_CHOOSE_H
#define LECTERN_STACK_CHOOSE_H

#include <stdbool.h>

#include "lab/site.h"
#include "stack/stack.h"

struct error;

/* Can servers work in a directory of this name?  Its sockets' paths are limited. */
bool choose_check_path(const char *state, struct error *err);

/* What the file says, or a new choice; with the room as the options want it.  Writes the file. */
bool choose_site(const struct stack_options *options, struct site *ret_site, struct error *err);

#endif
