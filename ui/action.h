/*
 * Actions: what a key of the console does to the class.  A pane fills in view->want and returns
 * PANE_ACT; the app asks first where a text is needed or a question is due, then gives the action
 * to app_handlers.act.  How it went comes back by app_tell().
 */
#ifndef LECTERN_UI_ACTION_H
#define LECTERN_UI_ACTION_H

#include <stdbool.h>

enum action_kind {
    /* of a raised hand */
    ACTION_CLAIM,
    ACTION_PAUSE,
    ACTION_RESUME,
    ACTION_NOT_FOUND,
    ACTION_RESOLVE, /* text: a note, or "" */
    /* of a student */
    ACTION_RESET,
    ACTION_UNDO,
    ACTION_PASSWD,
    ACTION_KICK,
    ACTION_UNLOCK,
    ACTION_TRY,        /* log in as a lab PC would */
    ACTION_EXTRA_TIME, /* text: minutes, "-5" takes away */
    ACTION_NOTE,
    ACTION_PSQL, /* needs the terminal: no child in the background */
    /* of the lesson */
    ACTION_LESSON_START, /* text: minutes, or "" */
    ACTION_LESSON_PAUSE,
    ACTION_LESSON_RESUME,   /* takes back an announced end, too */
    ACTION_LESSON_ANNOUNCE, /* text: minutes until its end */
    ACTION_LESSON_END,
    ACTION_LESSON_CLOSE, /* end it if it has not, and close the logins */
    ACTION_ANNOUNCE,     /* text: "" takes back what is announced */
    ACTIONS
};

enum { ACTION_LOGIN_MAX = 64, ACTION_HELPER_MAX = 100, ACTION_TEXT_MAX = 1000 };

struct action {
    enum action_kind kind;
    bool asked; /* whatever there was to ask was answered */
    char login[ACTION_LOGIN_MAX];
    char helper[ACTION_HELPER_MAX]; /* who acts, as he calls himself; "" when nobody asked */
    char text[ACTION_TEXT_MAX];
};

/* What is asked before an action. */
struct action_ask {
    const char *title;    /* "Reset the database"; the student's name follows where there is one */
    const char *question; /* a sentence that a "y" answers; NULL: nothing to confirm */
    const char *label;    /* of the text that is typed; NULL: none */
    const char *text;     /* what stands there at first */
    const char *help;     /* a sentence below it; NULL */
    bool needs_text;      /* not empty */
    bool minutes;         /* the text is a number */
    bool needs_helper;    /* who helps, once in a session */
};
const struct action_ask *action_ask(enum action_kind kind);

/* Fill in what is wanted; `login` NULL: of the class. */
void action_want(struct action *action, enum action_kind kind, const char *login);
/* There is nothing (left) to ask. */
bool action_is_ready(const struct action *action);
/* What is wrong with the answers, as a short sentence; NULL when they are good. */
const char *action_fault(const struct action *action);

#endif
