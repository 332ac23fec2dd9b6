/*
 * The console's settings.
 */
#include "command/console_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"

enum { WATCH_MS = 1000 };

bool console_settings_load(struct console_settings *self, const struct settings_flag *flags,
                           struct error *err)
{
    *self = (struct console_settings){.flags = flags, .path = settings_path()};
    if (settings_load(NULL, flags, &self->settings, &self->fault) ||
        settings_load("/dev/null", flags, &self->settings, err))
        return true;
    error_clear(&self->fault);
    free(self->path);
    self->path = NULL;
    return false;
}

void console_settings_fill(const struct console_settings *self, struct app_options *options)
{
    static const int colours[] = {0, 256, 16, 8, -1};
    const struct settings *settings = &self->settings;
    options->ascii = settings->ascii;
    options->mouse = settings->mouse;
    options->colours = colours[settings_choice(settings, "colours")];
    options->escape_ms = settings->escape_ms;
    options->dark = &settings->dark;
    options->light = &settings->light;
    options->keys = &settings->keys;
    options->density = settings_choice(settings, "density");
    options->sort = settings_choice(settings, "sort");
    options->helper = settings->helper;
    options->pseudonyms = settings->pseudonyms;
}

/* -- changes ----------------------------------------------------------------------------------- */

static void tell_fault(struct console_settings *self)
{
    if (error_is_set(&self->fault))
        app_tell(self->app, false, self->fault.message);
}

static void on_change(uv_fs_poll_t *handle, int status, const uv_stat_t *before,
                      const uv_stat_t *now)
{
    struct console_settings *self = handle->data;
    struct settings settings;
    (void)before;
    (void)now;
    if (self == NULL)
        return;
    /* A file that went is one with the defaults; one that never was is reported once, too. */
    bool was = self->there;
    self->there = status == 0;
    if (!was && !self->there)
        return;
    error_clear(&self->fault);
    if (!settings_load(NULL, self->flags, &settings, &self->fault)) {
        tell_fault(self);
        return;
    }
    settings_release(&self->settings);
    self->settings = settings;
    struct app_options options = {.ascii = false};
    console_settings_fill(self, &options);
    app_configure(self->app, &options);
    app_tell(self->app, true, "read the settings again");
}

void console_settings_watch(struct console_settings *self, struct loop *loop, struct app *app)
{
    self->app = app;
    self->watch = mem_alloc(sizeof *self->watch);
    uv_fs_poll_init(&loop->uv, self->watch);
    self->watch->data = self;
    self->there = file_exists(self->path);
    uv_fs_poll_start(self->watch, on_change, self->path, WATCH_MS);
    tell_fault(self);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle);
}

void console_settings_stop(struct console_settings *self)
{
    if (self->watch == NULL)
        return;
    self->watch->data = NULL;
    uv_close((uv_handle_t *)self->watch, on_closed);
    self->watch = NULL;
}

void console_settings_release(struct console_settings *self)
{
    if (self->path == NULL)
        return;
    settings_release(&self->settings);
    error_clear(&self->fault);
    free(self->path);
}
