/*
 * Panes: each is a table of operations in a file of its own.  recalc is pure C on the model; paint
 * puts it on the screen; key tells by flags what should happen, and only the app acts on them.
 */
#ifndef LECTERN_UI_PANE_H
#define LECTERN_UI_PANE_H

#include "lab/snapshot.h"
#include "ui/action.h"
#include "ui/canvas.h"

struct keymap;
struct roll;

/* What a pane paints from and on.  The body is `rows` lines from line `top`, `cols` wide. */
struct view {
    const struct snapshot *snapshot; /* never NULL */
    const struct canvas *canvas;
    int top, rows, cols;
    bool projector;            /* hide what is private: e-mails, passwords, messages, statements */
    bool locked;               /* ... whatever is pressed: don't offer keys that need it off */
    bool pseudonyms;           /* names are made up: show no login either (student_login()) */
    const struct keymap *keys; /* ui/keymap.h: other keys for what the keys do; never NULL */
    struct roll *roll;         /* ui/roll.h: who is shown, selected and marked; never NULL */
    struct action *want;       /* ui/action.h: what PANE_ACT asks for; never NULL */
};

enum pane_flags {
    PANE_IGNORED = 0,
    PANE_HANDLED = 1,
    PANE_RECALC = 2,  /* the model changed */
    PANE_REPAINT = 4, /* only the looks changed */
    PANE_CLOSE = 8,
    PANE_QUIT = 16,
    PANE_OPEN = 32, /* open the roll's selected student */
    PANE_HELP = 64,
    PANE_HANDOUT = 128, /* open the hand-out; with PANE_CLOSE: in place of this pane */
    PANE_ACT = 256,     /* do what view->want says: action_want() */
};

enum mouse_act { MOUSE_PRESS, MOUSE_DOUBLE, MOUSE_UP, MOUSE_DOWN }; /* the last two: the wheel */

struct pane_key {
    const char *keys; /* "arrows" */
    const char *what; /* "move": for the bottom line; NULL: only in the help */
    const char *help; /* a sentence for the help */
};

struct pane;

struct pane_ops {
    const char *name;
    const struct pane_key *keys; /* ends with NULL keys; the most important first */
    /* Those of `keys` that work now, for the bottom line; NULL: all. */
    const struct pane_key *(*keys_now)(const struct pane *pane, const struct view *view);
    void (*recalc)(struct pane *pane, const struct view *view);
    /* Of a pane that is not about the class: paints the three lines above it, which are then its
     * own; NULL: the class's four. */
    void (*header)(const struct pane *pane, const struct view *view);
    void (*paint)(const struct pane *pane, const struct view *view);
    /* A key that it leaves (PANE_IGNORED) may be one that works everywhere: F2, p ... */
    unsigned (*key)(struct pane *pane, const struct view *view, int key);
    /* The mouse on line `y` and column `x` of the screen; NULL: nothing follows from it. */
    unsigned (*mouse)(struct pane *pane, const struct view *view, int y, int x, enum mouse_act act);
    /* Words for the line below the body, left and right; malloc'd, or NULL. */
    char *(*note)(const struct pane *pane, const struct view *view);
    char *(*more)(const struct pane *pane, const struct view *view);
    bool all_steps; /* wants every student's steps while it is open */
    bool over;      /* a dialog: painted over the pane below it */
    /* Its keys are letters of a text now, and mean what they are; NULL: never. */
    bool (*is_typing)(const struct pane *pane);
    /* A text that is pasted is for it now; NULL: when its keys are letters. */
    bool (*takes_text)(const struct pane *pane);
    void (*free)(struct pane *pane);
};

struct pane {
    const struct pane_ops *ops;
};

/* `density`: enum grid_density, or -1 for what fits. */
struct pane *pane_grid_new(int density);
struct pane *pane_heat_new(void);
struct pane *pane_seats_new(void);
struct pane *pane_student_new(const char *login);
struct pane *pane_queue_new(void);
struct pane *pane_log_new(void);
/* What an action asks before it is done; and the lesson's clock, with the student who is selected
 * (NULL: nobody). */
struct pane *pane_ask_new(const struct action *action);
struct pane *pane_timer_new(const char *login);
/* Explains the keys of `of`, those that work everywhere (`everywhere` ends as pane_ops.keys), and
 * the signs. */
struct pane *pane_help_new(const struct pane_ops *of, const struct pane_key *everywhere);

#endif
