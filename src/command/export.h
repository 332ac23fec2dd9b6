/*
 * The results of a lesson as CSV and JSON: pure text, made by export_print.c.
 */
#ifndef LECTERN_COMMAND_EXPORT_H
#define LECTERN_COMMAND_EXPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "lab/outcome.h"

struct error;
struct strbuf;

/* `columns`: names joined by commas; NULL for all but e-mail.  An unknown one is ERROR_USAGE. */
bool export_add_csv(struct strbuf *out, const struct outcome *outcome, const char *columns,
                    struct error *err);
json_t *export_json(const struct outcome *outcome); /* new reference */

#endif
