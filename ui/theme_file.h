/*
 * Themes in files: YAML, a line per role (assets/themes/dark.yaml shows how).  Those that come with
 * the program are complete; one of the user's starts as "dark" or "light", by its `background`, and
 * changes what it names.
 */
#ifndef LECTERN_UI_THEME_FILE_H
#define LECTERN_UI_THEME_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/theme.h"

struct error;
struct strbuf;

/* Errors are ERROR_INPUT and begin "FILE:LINE:COLUMN: "; `*ret_set` is untouched then. */
bool theme_read(const char *file, const char *text, size_t len, struct theme_set *ret_set,
                struct error *err);
/* One that comes with the program; false: there is none of that name. */
bool theme_built_in(const char *name, struct theme_set *ret_set);
/* Their names: "dark", ...; NULL behind the last. */
const char *theme_built_in_name(size_t index);

/* The contrast that WCAG 2 asks of text. */
#define THEME_CONTRAST 4.5

/*
 * The least contrast of a text role in 256 colours: against its own background, or black to
 * #1e1e1e for a theme of dark terminals, white to #fafafa for one of light ones.  `ret_role` is the
 * role that has it.
 */
double theme_least_contrast(const struct theme_set *set, enum theme_role *ret_role);
/* The role's contrast alone; 21 where it has the terminal's own colours, or is no text. */
double theme_contrast(const struct theme_set *set, enum theme_role role);

#endif
