/*
 * The console's half of the setup wizard: this program's own commands as children on the loop.
 */
#ifndef LECTERN_COMMAND_CONSOLE_WIZARD_H
#define LECTERN_COMMAND_CONSOLE_WIZARD_H

#include "io/loop.h"
#include "ui/app.h"
#include "ui/wizard.h"

struct console_wizard {
    struct loop *loop;
    struct app *app; /* to be set once there is one; NULL: nobody is told anything */
    struct wizard *wizard;
    /* There are servers now; `compose` names the project, or is NULL. */
    void (*servers)(const char *compose, void *data);
    void *data;
    char *program, *state, *directory;
};

void console_wizard_init(struct console_wizard *self, struct loop *loop,
                         void (*servers)(const char *compose, void *data), void *data);
/* Ends what runs; for the loop's end, and afterwards once more does no harm. */
void console_wizard_stop(struct console_wizard *self);

#endif
