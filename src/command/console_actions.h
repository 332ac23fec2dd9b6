/*
 * The console's half of actions (ui/action.h): each is one run of this program as a child on the
 * loop, so that nothing that takes long holds up the keys, and every action is a command as well.
 */
#ifndef LECTERN_COMMAND_CONSOLE_ACTIONS_H
#define LECTERN_COMMAND_CONSOLE_ACTIONS_H

#include "base/memory.h"
#include "io/child.h"
#include "ui/action.h"
#include "ui/app.h"

enum { CONSOLE_ACTIONS_MAX = 8 };

struct console_action; /* one that runs */

struct console_actions {
    struct loop *loop;
    struct app *app; /* to be set once there is one; NULL: nobody is told anything */
    char *lab;       /* that is shown; NULL: none */
    char *program;
    struct console_action *running[CONSOLE_ACTIONS_MAX]; /* NULL: free */
};

void console_actions_init(struct console_actions *actions, struct loop *loop);
/* For the loop's end (loop_on_stop()): nobody is told any more, and what was begun is finished
 * before the loop ends. */
void console_actions_leave(struct console_actions *actions);
/* Frees; what still runs is ended. */
void console_actions_stop(struct console_actions *actions);
/* Actions are for this lab from now on. */
void console_actions_show(struct console_actions *actions, const char *lab);
/* For struct app_handlers. */
void console_actions_act(struct console_actions *actions, const struct action *action);

/* The command of an action: the arguments behind the program's name, NULL-terminated, in the arena.
 */
const char *const *console_action_command(const struct action *action, const char *lab,
                                          struct arena *arena);

#endif
