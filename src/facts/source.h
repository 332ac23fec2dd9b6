/*
 * Where an example or a homework comes from, as SQL text: a plain dump as it is, an archive
 * (custom, directory, tar) through pg_restore, a live database through pg_dump.  Nothing is
 * executed here.
 */
#ifndef LECTERN_FACTS_SOURCE_H
#define LECTERN_FACTS_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct strbuf;

enum { SOURCE_MAX_BYTES = 512 * 1024 * 1024, SOURCE_TIMEOUT_MS = 600 * 1000 };

/*
 * Append the SQL text of `source`: a file, a directory (archive) or, with `is_uri`, the URI of a
 * live database; its password never enters an argument.  More than `max_bytes` of text are an
 * error; 0: SOURCE_MAX_BYTES.  Compressed files, binary files and archives of a newer pg_dump are
 * errors that say the remedy.
 */
bool source_read(const char *source, bool is_uri, size_t max_bytes, struct strbuf *out,
                 struct error *err);

/* The newest of the installed PostgreSQL's programs of that name (Debian keeps several); malloc'd,
 * NULL with err set when there is none. */
char *source_find_program(const char *name, struct error *err);

/* The unprivileged user that child programs run as when we are root; false: stay who we are. */
bool source_child_user(unsigned *ret_uid, unsigned *ret_gid);

#endif
