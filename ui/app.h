/*
 * The console's screen: a frame around a stack of panes.  It borrows a snapshot until the next one
 * and asks by callbacks for what it needs; it knows no servers.
 */
#ifndef LECTERN_UI_APP_H
#define LECTERN_UI_APP_H

#include <stdbool.h>

#include "io/loop.h"
#include "lab/snapshot.h"

struct action;
struct error;
struct app;
struct handout_ops;
struct keymap;
struct sheet;
struct theme_set;
struct wizard;

/* What of the private may be seen. */
enum app_privacy {
    PRIVACY_PROJECTOR, /* nothing, until the lab master presses p */
    PRIVACY_PRIVATE,   /* all, until p is pressed */
    PRIVACY_LOCKED,    /* nothing, whatever is pressed */
};

struct app_options {
    bool ascii; /* no signs outside ASCII, whatever the terminal says it can */
    bool mouse;
    int colours;                          /* at most so many; 0: all, negative: none */
    int escape_ms;                        /* ui/terminal.h */
    const struct theme_set *dark, *light; /* by the terminal's background; NULL: the program's */
    const struct keymap *keys;            /* NULL: those that the panes know */
    int density;                          /* enum grid_density, from 1 on; 0: what fits */
    int sort;                             /* enum roll_sort */
    const char *helper;                   /* who claims hands; NULL or "": is asked once */
    const char *login;                    /* what stands in that question; copied; NULL: nothing */
    enum app_privacy privacy;
    bool pseudonyms;           /* made-up names; for good where privacy is locked */
    const char *pseudonym_key; /* makes them; copied; NULL: the same as "" */
};

struct app_handlers {
    /* This student's steps and checks are wanted from now on; NULL: nobody's. */
    void (*open_student)(const char *login, void *data);
    /* Every student's steps are wanted from now on, or no longer.  May be NULL. */
    void (*want_steps)(bool wanted, void *data);
    void (*quit)(void *data);
    /* Do it, and tell by app_tell() how it went; NULL: nothing can be done here. */
    void (*act)(const struct action *action, void *data);
    void *data;
    const struct handout_ops *handout; /* ui/pane_handout.h; NULL: there is no hand-out pane */
    struct wizard *wizard;             /* ui/wizard.h; NULL: there is no wizard pane */
};

/* Take the terminal. */
struct app *app_new(struct loop *loop, const struct app_options *options,
                    const struct app_handlers *handlers, struct error *err);
/* The app as it would paint on a terminal of that type, onto a file: app_key(), app_paint(). */
struct app *app_new_on(const char *type, const char *path, int rows, int cols, struct error *err);

/* Other looks and keys from now on; what the terminal was asked for at the start stays. */
void app_configure(struct app *app, const struct app_options *options);
/* From now on this is what is shown; it has to live until the next. */
void app_show(struct app *app, const struct snapshot *snapshot);
/* The answers to struct handout_ops: take(s) the sheet; NULL: the problem says why there is none.
 */
void app_take_sheet(struct app *app, struct sheet *sheet, const char *problem);
void app_handout_done(struct app *app, bool good, const char *words);
/* Say in one line how something went. */
void app_tell(struct app *app, bool good, const char *words);
/* Give the terminal to a program until it ends; false: it could not be started. */
bool app_lend(struct app *app, const char *const argv[], struct error *err);
/* Show the setup wizard, and what changed in it. */
void app_open_wizard(struct app *app);
void app_wake(struct app *app);
void app_key(struct app *app, int code);
/* One frame; the app paints by itself when it runs on a loop. */
void app_paint(struct app *app);
/* Gives the terminal back at once.  NULL is fine. */
void app_free(struct app *app);

#endif
