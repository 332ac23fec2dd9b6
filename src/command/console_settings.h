/*
 * The console's settings: read at the start, and again whenever the file changes.  A file with a
 * mistake leaves the old values in force, and the bottom line says file, line and column.
 */
#ifndef LECTERN_COMMAND_CONSOLE_SETTINGS_H
#define LECTERN_COMMAND_CONSOLE_SETTINGS_H

#include "base/error.h"
#include "command/settings.h"
#include "io/loop.h"
#include "ui/app.h"

struct console_settings {
    struct settings settings;
    const struct settings_flag *flags;
    char *path;
    struct error fault; /* what is wrong with the file, while it is */
    struct app *app;    /* to be set once there is one */
    uv_fs_poll_t *watch;
    bool there; /* the file, when it was last looked at */
};

/* False when a flag or a variable is wrong; a file that is wrong is told later. */
bool console_settings_load(struct console_settings *self, const struct settings_flag *flags,
                           struct error *err);
/* What they say, into options that are otherwise filled; borrowed from `self`. */
void console_settings_fill(const struct console_settings *self, struct app_options *options);
/* From now on the app is told of changes. */
void console_settings_watch(struct console_settings *self, struct loop *loop, struct app *app);
/* For the loop's end; afterwards once more does no harm. */
void console_settings_stop(struct console_settings *self);
void console_settings_release(struct console_settings *self);

#endif
