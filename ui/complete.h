/*
 * Completing a path as a shell does.
 */
#ifndef LECTERN_UI_COMPLETE_H
#define LECTERN_UI_COMPLETE_H

#include <stdbool.h>
#include <stddef.h>

struct strbuf;

/*
 * Append to `out` what `typed` becomes: as long as all names that begin like it agree; a directory
 * gets its slash.  `typed` is relative to `directory`; "~/" is the home directory.  `names` gets a
 * line of the candidates when there are several.  Returns how many there are.
 */
size_t complete_path(const char *directory, const char *typed, struct strbuf *out,
                     struct strbuf *names);

#endif
