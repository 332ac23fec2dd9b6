/*
 * Files: read whole (capped), write whole (beside, synced, renamed), make directories.
 */
#ifndef LECTERN_BASE_FILE_H
#define LECTERN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct error;
struct strbuf;

/* Append the file's bytes to `out`; more than `max` bytes are an ERROR_INPUT. */
bool file_read(const char *path, size_t max, struct strbuf *out, struct error *err);

/* Replace the file as one step: nobody ever sees half of it, and a full disk leaves the old one. */
bool file_write(const char *path, const void *data, size_t len, mode_t mode, struct error *err);

/* As file_write(), but leaves an equal file (contents and mode) alone; tells whether it wrote. */
bool file_update(const char *path, const void *data, size_t len, mode_t mode, bool *ret_changed,
                 struct error *err);

/* Make the directory and its parents; an existing directory is fine (its mode is left alone). */
bool file_make_directories(const char *path, mode_t mode, struct error *err);

bool file_exists(const char *path);

/* "directory/name" unless `name` is absolute; malloc'd. */
char *path_join(const char *directory, const char *name);
/* The directory part ("." when there is none); malloc'd. */
char *path_directory(const char *path);
/* The part behind the last slash; points into `path`. */
const char *path_base(const char *path);

#endif
