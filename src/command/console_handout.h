/*
 * The console's half of the hand-out pane: `lectern handout` as a child on the loop.
 */
#ifndef LECTERN_COMMAND_CONSOLE_HANDOUT_H
#define LECTERN_COMMAND_CONSOLE_HANDOUT_H

#include "base/strbuf.h"
#include "io/child.h"
#include "ui/app.h"
#include "ui/pane_handout.h"

struct console_handout {
    struct handout_ops ops; /* for struct app_handlers */
    struct loop *loop;
    struct app *app;      /* to be set once there is one; NULL: nobody is told anything */
    const char *lab;      /* "": the current one */
    struct child *reader; /* of the sheet; NULL: none runs */
    struct child *writer; /* print or save */
    struct strbuf text;   /* what they printed */
    struct strbuf words;
    char *program, *directory;
};

/* `lab` is borrowed. */
void console_handout_init(struct console_handout *handout, struct loop *loop, const char *lab);
/* Ends what runs; for the loop's end (loop_on_stop()), and afterwards once more does no harm. */
void console_handout_stop(struct console_handout *handout);

/* The sheet of what `lectern handout --json` printed; NULL when that is not what it is. */
struct sheet *console_handout_parse(const char *text, const char *remark);

#endif
