/*
 * Files from templates: a text of config/ or assets/ with placeholders in which each "@NAME@"
 * (capitals, digits, underscores; beginning with a letter) stands for a value.
 *
 * Values go in as they are: whoever makes them quotes for the language of the file.  A placeholder
 * that has no value is a programmer's error, for templates are part of the program.
 */
#ifndef LECTERN_RENDER_RENDER_H
#define LECTERN_RENDER_RENDER_H

#include <stdbool.h>
#include <sys/types.h>

struct error;
struct strbuf;

struct render_value {
    const char *name; /* "STATE" for @STATE@ */
    const char *value;
};

/* Where a text goes.  `user` owns the file, with that user's group; NULL or "": the caller. */
struct render_target {
    const char *path;
    mode_t mode;
    const char *user;
};

/* Append the template with its placeholders replaced.  `values` ends with a NULL name. */
void render_text(const char *template_text, const struct render_value *values, struct strbuf *out);

/*
 * Bring the file to this text, mode and owner: written beside, synced and renamed, so nobody sees
 * half of it and a full disk leaves the old one.  An equal file is left alone, its times included.
 */
bool render_write(const struct render_target *target, const char *text, bool *ret_changed,
                  struct error *err);

/* Both: the asset `template_name` ("config/servers/pg_hba.conf") to the target. */
bool render_file(const char *template_name, const struct render_value *values,
                 const struct render_target *target, bool *ret_changed, struct error *err);

/* The ids of a system user.  NULL or "": the caller's own. */
bool render_find_user(const char *user, uid_t *ret_uid, gid_t *ret_gid, struct error *err);

#endif
