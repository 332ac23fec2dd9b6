/*
 * The terminal: curses on the loop.  Taken by terminal_start(), given back by terminal_stop() and
 * on every other way out, a crash included.
 *
 * Keys are read until there are none left on every wake-up, because curses queues bytes where the
 * loop cannot see them.  SIGWINCH, SIGTSTP and SIGCONT come through the loop.
 */
#ifndef LECTERN_UI_TERMINAL_H
#define LECTERN_UI_TERMINAL_H

#include <stdbool.h>

#include "io/loop.h"

struct error;

struct terminal_handlers {
    void (*key)(int code, void *data);
    void (*paste)(int code, void *data); /* as key: one of a text that was pasted, not typed */
    void (*resize)(void *data);          /* rows and cols are new, or all has to be painted anew */
    void (*paint)(void *data);           /* at most once per turn, after terminal_wake() */
    void (*background)(bool light, void *data); /* it was asked for, and is known now; or NULL */
    void *data;
};

struct terminal_options {
    bool mouse;          /* hear of the mouse; selecting text needs Shift then */
    bool ask_background; /* is it light?  COLORFGBG says it at once, the terminal later or never */
    int colours;         /* at most so many; 0: all, but none by NO_COLOR; negative: none */
    int escape_ms; /* how long the rest of a key's sequence may take; 0: by the kind of the line */
};

/* The handles on the loop: they outlive the terminal until the loop has closed them. */
struct terminal_handles;

struct terminal {
    bool utf8;    /* the locale writes UTF-8 */
    bool unicode; /* and the terminal has the signs */
    int colours;  /* 0, 8, 16 or 256 */
    int rows, cols;
    struct terminal_handlers handlers;
    struct terminal_handles *handles; /* NULL: on no loop */
    bool dirty;
};

/* Fails where standard input and output are no terminal, or curses does not know it. */
bool terminal_start(struct terminal *terminal, struct loop *loop,
                    const struct terminal_options *options,
                    const struct terminal_handlers *handlers, struct error *err);
/* Paint at the end of this turn of the loop. */
void terminal_wake(struct terminal *terminal);
/* Gives the terminal back at once.  A terminal that was not started is fine. */
void terminal_stop(struct terminal *terminal);

/* Give the terminal to a program until it ends, and wait for that; then paint all anew. */
bool terminal_lend(struct terminal *terminal, const char *const argv[], struct error *err);

/* As terminal_start(), without a loop and onto a file: for measuring. */
bool terminal_start_on(struct terminal *terminal, const char *type, const char *path, int rows,
                       int cols, struct error *err);

#endif
